"""A host that keeps files, as EVE Ref and zKillboard's history are: ETags, HEAD, Range with If-Range, gzip; and faults.

`files` maps paths to bodies; their ETags follow the bodies. `faults[path]` are given instead of answers, each once;
`head_faults` to HEAD.
"""

import asyncio
import gzip
import hashlib
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from aiohttp import web
from aiohttp.test_utils import TestServer

from services.domain.clock import Clock


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: `first` is the first byte that was asked for."""

    method: str
    path: str
    at: datetime
    status: int
    first: int = 0
    user_agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is answered instead. `cut`: the real answer, ended after so many bytes; `until`: not before it is set (with
    `cut`: the end comes then)."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    until: asyncio.Event | None = None


HTML = Fault(body=b"<html>busy</html>", headers={"Content-Type": "text/html"})


class FakeFiles:
    """`ranges=False`: the host knows no parts. `tags=False`: it tells no editions."""

    def __init__(self, clock: Clock, *, ranges: bool = True, tags: bool = True) -> None:
        self._clock = clock
        self.ranges = ranges
        self.tags = tags
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.head_faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self.sent = 0
        """Bytes of bodies, in all."""
        self.before: Callable[[str], None] = lambda _path: None
        """Called with the path when a request comes in."""
        self._now = 0
        self.url = ""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Self]:
        """Listen until left."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        async with TestServer(app) as server:
            self.url = str(server.make_url("")).rstrip("/")
            yield self

    def paths(self, method: str = "GET") -> list[str]:
        """What was asked for, in order."""
        return [asked.path for asked in self.asked if asked.method == method]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            for _ in range(20):  # long enough for another to come in beside it
                await asyncio.sleep(0)
            self.before(request.path)
            return await self._give(request)
        finally:
            self._now -= 1

    async def _give(self, request: web.Request) -> web.StreamResponse:
        kind = self.head_faults if request.method == "HEAD" else self.faults
        faults = kind[request.path]
        fault = faults.popleft() if faults else None
        if fault is not None and fault.until is not None and fault.cut is None:
            await fault.until.wait()
            fault = None
        if fault is not None and fault.cut is None:
            self._note(request, fault.status)
            return web.Response(status=fault.status, body=fault.body, headers=fault.headers)
        body = self.files.get(request.path)
        if body is None:
            self._note(request, 404)
            return web.Response(status=404)
        etag = f'"{hashlib.sha1(body).hexdigest()}"'
        if request.headers.get("If-None-Match") == etag:
            self._note(request, 304)
            return web.Response(status=304)
        return await self._give_file(request, body, etag, fault)

    async def _give_file(
        self, request: web.Request, body: bytes, etag: str, fault: Fault | None
    ) -> web.StreamResponse:
        headers = {"Content-Type": "application/octet-stream"}
        headers |= {"ETag": etag} if self.tags else {}
        first = self._first(request, etag)
        if first is not None:
            if first >= len(body):
                self._note(request, 416)
                return web.Response(status=416)
            headers["Content-Range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
        self._note(request, 200 if first is None else 206, first or 0)
        part = body[first or 0 :]
        if "gzip" in request.headers.get("Accept-Encoding", "") and fault is None:
            part, headers["Content-Encoding"] = gzip.compress(part, 1), "gzip"
        if fault is not None and fault.cut is not None:
            return await self._hang_up(request, part, headers, fault)
        if request.method == "GET":
            self.sent += len(part)
        return web.Response(status=200 if first is None else 206, body=part, headers=headers)

    def _first(self, request: web.Request, etag: str) -> int | None:
        asked = request.headers.get("Range", "")
        if not self.ranges or not asked or request.headers.get("If-Range") != etag:
            return None
        return int(asked.removeprefix("bytes=").removesuffix("-"))

    def _note(self, request: web.Request, status: int, first: int = 0) -> None:
        agent = request.headers.get("User-Agent", "")
        self.asked.append(Asked(request.method, request.path, self._clock(), status, first, agent))

    async def _hang_up(
        self, request: web.Request, part: bytes, headers: dict[str, str], fault: Fault
    ) -> web.StreamResponse:
        assert request.transport is not None
        assert fault.cut is not None
        status = 206 if "Content-Range" in headers else 200
        response = web.StreamResponse(
            status=status, headers={**headers, "Content-Length": str(len(part))}
        )
        await response.prepare(request)
        await response.write(part[: fault.cut])
        self.sent += fault.cut
        if fault.until is not None:
            await fault.until.wait()
        if request.transport is not None:  # the other side may have gone meanwhile
            request.transport.close()
        return response
