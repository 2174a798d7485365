"""Stand-ins of the market services: Fuzzwork's aggregates and Janice's pricer, with faults on demand."""

from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

JITA = 60003760
KEY = "a-key"


@dataclass(slots=True)
class FakeMarkets:
    """`orders`: (station, type) -> (ask, asks, bid). `janice`: name -> (type, split, sell)."""

    orders: dict[tuple[int, int], tuple[float, int, float]] = field(default_factory=dict)
    janice: dict[str, tuple[int, float, float]] = field(default_factory=dict)
    asked: list[tuple[str, list[str]]] = field(default_factory=list)
    """Service or station, and what was asked for, in order."""
    faults: deque[web.Response] = field(default_factory=deque)
    """Given instead of answers, each once."""
    url: str = ""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeMarkets"]:
        """Listen until left."""
        app = web.Application()
        app.router.add_get("/aggregates/", self._aggregates)
        app.router.add_post("/api/rest/v2/pricer", self._pricer)
        async with TestServer(app) as server:
            self.url = str(server.make_url("")).rstrip("/")
            yield self

    def asked_for(self, service: str) -> list[list[str]]:
        """What one service or station was asked for, one entry a request."""
        return [wanted for name, wanted in self.asked if name == service]

    async def _aggregates(self, request: web.Request) -> web.Response:
        types = request.query["types"].split(",")
        station = request.query["station"]
        self.asked.append((station, types))
        if len(types) > 200:
            return web.Response(status=414)
        if self.faults:
            return self.faults.popleft()
        rows = {t: self.orders.get((int(station), int(t)), (0, 0, 0)) for t in types}
        return web.json_response({t: aggregate(*row) for t, row in rows.items()})

    async def _pricer(self, request: web.Request) -> web.Response:
        names = (await request.text()).splitlines()
        self.asked.append(("janice", names))
        if request.headers.get("X-ApiKey") != KEY:
            return web.json_response({"error": "no key"}, status=401)
        if self.faults:
            return self.faults.popleft()
        return web.json_response(list(self._rows(names)))

    def _rows(self, names: Iterable[str]) -> Iterable[dict[str, Any]]:
        for name in names:
            if name in self.janice:
                type_id, split, sell = self.janice[name]
                prices = {"splitPrice": split, "sellPrice": sell, "buyPrice": 0.0}
                yield {
                    "itemType": {"eid": type_id, "name": name},
                    "top5AveragePrices": prices,
                    "immediatePrices": prices,
                }


def aggregate(ask: float, asks: int, bid: float) -> dict[str, dict[str, str]]:
    """One type as Fuzzwork has it: every number is a string."""

    def side(price: float, count: int) -> dict[str, str]:
        return {"percentile": str(price), "median": str(price), "orderCount": str(count)}

    return {"buy": side(bid, 1 if bid else 0), "sell": side(ask, asks)}
