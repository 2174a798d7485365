"""A stand-in for ESI on this computer: a real HTTP server with names and prices, and faults on demand.

It judges questions as ESI does: no more than 1000 ids, none twice, and one unknown id fails the whole lot.
"""

import asyncio
import hashlib
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

NAMES = "/universe/names"
PRICES = "/markets/prices"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What one question is answered with instead of the truth. `cut`: the connection breaks in the body."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    payload: Any
    status: int


class FakeEsi:
    """What the stand-in knows, what it was asked, and what it shall do next."""

    def __init__(self) -> None:
        self.url = ""
        self.names: dict[int, tuple[str, str]] = {}
        """By id: category, name."""
        self.prices: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}
        """Sent with every answer."""
        self.asked: list[Asked] = []
        self.open = asyncio.Event()
        """While cleared, questions are taken and not answered."""
        self.open.set()
        self._arrived = asyncio.Condition()
        self._arrivals = 0
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def fail(self, path: str, *faults: Fault) -> None:
        """Answer the next questions for `path` with these, one each."""
        self._faults[path].extend(faults)

    async def arrivals(self, count: int) -> None:
        """Wait until that many questions have arrived, answered or not."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: self._arrivals >= count)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeEsi"]:
        """Listen on loopback for the length of the block."""
        app = web.Application()
        app.router.add_post(NAMES, self._answering(self._answer_names))
        app.router.add_get(PRICES, self._answering(self._answer_prices))
        server = TestServer(app)
        await server.start_server()
        self.url = str(server.make_url("")).rstrip("/")
        try:
            yield self
        finally:
            self.open.set()
            await server.close()

    def _answering(
        self, truth: Callable[[web.Request, Any], web.Response]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            payload = await request.json() if request.can_read_body else None
            async with self._arrived:
                self._arrivals += 1
                self._arrived.notify_all()
            await self.open.wait()
            faults = self._faults[request.path]
            fault = faults.popleft() if faults else None
            response = _faulty(fault) if fault else truth(request, payload)
            response.headers.update(self.headers)
            self.asked.append(
                Asked(
                    method=request.method,
                    path=request.path,
                    headers=dict(request.headers),
                    payload=payload,
                    status=response.status,
                )
            )
            return await _cut(request, response) if fault and fault.cut else response

        return answer

    def _answer_names(self, _request: web.Request, payload: Any) -> web.Response:
        if not isinstance(payload, list) or not 1 <= len(payload) <= 1000:
            return web.json_response({"error": "1 to 1000 ids are wanted"}, status=400)
        if len(set(payload)) < len(payload):
            return web.json_response({"error": "ids must be unique"}, status=400)
        if any(item not in self.names for item in payload):
            return web.json_response({"error": "Ensure all IDs are valid"}, status=404)
        found = [
            {"id": item, "category": self.names[item][0], "name": self.names[item][1]}
            for item in payload
        ]
        response = web.json_response(found)
        response.enable_compression(web.ContentCoding.gzip)
        return response

    def _answer_prices(self, request: web.Request, _payload: Any) -> web.Response:
        text = json.dumps(self.prices)
        etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
        headers = {"ETag": etag, "Cache-Control": "public, max-age=3600"}
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers=headers)
        response = web.json_response(text=text, headers=headers)
        response.enable_compression(web.ContentCoding.gzip)
        return response


def _faulty(fault: Fault) -> web.Response:
    return web.Response(
        status=fault.status,
        body=fault.body,
        headers=dict(fault.headers),
        content_type=fault.content_type,
    )


async def _cut(request: web.Request, response: web.Response) -> web.StreamResponse:
    """Half of the body, then nothing."""
    body = response.body if isinstance(response.body, bytes) else b""
    half = web.StreamResponse(status=response.status, headers={"Content-Length": str(len(body))})
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return half
