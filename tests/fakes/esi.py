"""A stand-in for ESI on this computer: a real HTTP server with names and prices, and faults on demand.

It judges questions as ESI does: no more than 1000 ids, none twice, and one unknown id fails the whole lot. With a clock
it keeps ESI's limits too (`tests.fakes.esi_judge`), and notes who breaks one.
"""

import asyncio
import hashlib
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes.esi_judge import Clock, EsiJudge

NAMES = "/universe/names"
IDS = "/universe/ids"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a route answers: one page or several, for how many seconds it holds, when it was made."""

    pages: tuple[Any, ...]
    max_age: int
    made: datetime | None


class FakeEsi:
    """What the stand-in knows, what it was asked, and what it shall do next."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.url = ""
        self.judge = EsiJudge(clock) if clock else None
        self.documents: dict[str, Document] = {}
        """By path: what `put` put there."""
        self.after: Callable[[str], None] | None = None
        """Called with the path and query of each question, when it has been answered."""
        self.names: dict[int, tuple[str, str]] = {}
        """By id: category, name."""
        self.tickers: dict[int, str] = {}
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

    @property
    def violations(self) -> list[str]:
        """What the client did against ESI's rules; needs a clock."""
        assert self.judge is not None
        return self.judge.violations

    def put(self, path: str, *pages: Any, max_age: int = 300, made: datetime | None = None) -> None:
        """Answer a route with this, from now on."""
        self.documents[path] = Document(pages=pages, max_age=max_age, made=made)

    async def arrivals(self, count: int) -> None:
        """Wait until that many questions have arrived, answered or not."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: self._arrivals >= count)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeEsi"]:
        """Listen on loopback for the length of the block."""
        app = web.Application()
        app.router.add_post(NAMES, self._answering(self._answer_names))
        app.router.add_post(IDS, self._answering(self._answer_ids))
        for kind in ("alliances", "corporations"):
            app.router.add_get(f"/{kind}/{{id}}", self._answering(self._answer_organisation))
        app.router.add_get(PRICES, self._answering(self._answer_prices))
        app.router.add_get("/{path:.+}", self._answering(self._answer_document))
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
            refusal = self.judge.refuse(request) if self.judge else None
            fault = faults.popleft() if faults and refusal is None else None
            response = refusal or (_faulty(fault) if fault else truth(request, payload))
            response.headers.update(self.headers)
            if self.judge:
                self.judge.count(request, response)
            self.asked.append(
                Asked(
                    method=request.method,
                    path=request.path,
                    headers=dict(request.headers),
                    payload=payload,
                    status=response.status,
                )
            )
            if self.after is not None:
                self.after(request.path_qs)
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

    def _answer_ids(self, _request: web.Request, payload: Any) -> web.Response:
        if not isinstance(payload, list) or not 1 <= len(payload) <= 500:
            return web.json_response({"error": "1 to 500 names are wanted"}, status=400)
        if not all(isinstance(name, str) and 1 <= len(name) <= 100 for name in payload):
            return web.json_response({"error": "1 to 100 characters are wanted"}, status=400)
        found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        asked = {name.casefold() for name in payload}
        for entity_id, (category, name) in self.names.items():
            if name.casefold() in asked:
                found[f"{category}s"].append({"id": entity_id, "name": name})
        return web.json_response(found)

    def _answer_organisation(self, request: web.Request, _payload: Any) -> web.Response:
        kind, entity_id = request.path.strip("/").split("/")
        category, name = self.names.get(int(entity_id), ("", ""))
        if f"{category}s" != kind:
            return web.json_response({"error": "not found"}, status=404)
        ticker = self.tickers.get(int(entity_id), "TICK")
        headers = {"Cache-Control": "public, max-age=3600"}
        return web.json_response({"name": name, "ticker": ticker}, headers=headers)

    def _answer_prices(self, request: web.Request, _payload: Any) -> web.Response:
        return _with_etag(request, self.prices, {"Cache-Control": "public, max-age=3600"})

    def _answer_document(self, request: web.Request, _payload: Any) -> web.Response:
        document = self.documents.get(request.path)
        number = int(request.query.get("page", "1"))
        if document is None or number > len(document.pages):
            return web.json_response({"error": "not found"}, status=404)
        headers = {"Cache-Control": f"public, max-age={document.max_age}"}
        if "page" in request.query:
            headers["X-Pages"] = str(len(document.pages))
        if document.made is not None:
            headers["Last-Modified"] = format_datetime(document.made, usegmt=True)
        return _with_etag(request, document.pages[number - 1], headers)


def _with_etag(request: web.Request, content: Any, headers: dict[str, str]) -> web.Response:
    text = json.dumps(content)
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
    headers = {"ETag": etag, **headers}
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
