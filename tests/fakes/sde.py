"""A stand-in of the static data's publisher: the newest build's name and its zip, with parts, without, or wrong."""

import asyncio
import json
import random
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer

PAGE = "<!doctype html><html><body>Just a moment...</body></html>"
Export = Mapping[str, bytes]
"""The text of each file, by its name without `.jsonl`."""


def export_of(rows: Mapping[str, list[dict[str, object]]]) -> dict[str, bytes]:
    """An export of rows."""
    return {
        file: b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        for file, lines in rows.items()
    }


def recorded_export(folder: Path) -> dict[str, bytes]:
    """An export that lies in a folder."""
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.jsonl"))}


def zip_of(export: Export, *, ballast: int = 300_000) -> bytes:
    """A zip in which `ballast` bytes of what nobody wants lie before every fourth file, and at the end."""
    noise = random.Random(1).randbytes(ballast)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for number, (file, text) in enumerate(export.items()):
            if number % 4 == 0:
                archive.writestr(f"mapPlanets{number}.jsonl", noise)
            archive.writestr(f"{file}.jsonl", text, compress_type=zipfile.ZIP_DEFLATED)
        archive.writestr("typeDogma.jsonl", noise)
    return buffer.getvalue()


@dataclass(slots=True)
class FakeSde:
    """Set what it holds and how it misbehaves; read what it was asked."""

    build: int = 43
    """Named as the newest."""
    zip: bytes = b""
    gives_parts: bool = True
    latest_status: int = 200
    zip_status: int = 200
    page_for: str = ""
    """`latest` or `zip`: answered with a page and status 200."""
    cut_at: int | None = None
    """Bytes of the zip after which the connection breaks, counted over all answers."""
    zip_etag: list[str] = field(default_factory=lambda: ['"one"'])
    """Of the zip; with several, each answer has the next."""
    claimed_extra: int = 0
    """Added to the length of the whole that answers to parts claim, from the second on."""
    stall: asyncio.Event | None = None
    """Set, no byte of the zip's second answer comes before it."""
    asked: list[str] = field(default_factory=list)
    """`latest`, `latest 304`, or the part of the zip (`bytes=0-9`, `whole`), in order."""
    sent: int = 0
    """Bytes of the zip."""
    url: str = ""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when somebody waits for a stalled answer."""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["FakeSde"]:
        """Listen until left."""
        app = web.Application()
        app.router.add_get("/static-data/tranquility/latest.jsonl", self._latest)
        app.router.add_get("/static-data/tranquility/{name}", self._zip)
        async with TestServer(app) as server:
            self.url = str(server.make_url("/static-data"))
            yield self

    @property
    def parts(self) -> list[str]:
        """What was asked of the zip."""
        return [what for what in self.asked if not what.startswith("latest")]

    async def _latest(self, request: web.Request) -> web.Response:
        etag = f'"{self.build}"'
        if self.latest_status != 200:
            return web.Response(status=self.latest_status, text=PAGE, content_type="text/html")
        if self.page_for == "latest":
            return web.Response(text=PAGE, content_type="text/html")
        if request.headers.get("If-None-Match") == etag:
            self.asked.append("latest 304")
            return web.Response(status=304, headers={"ETag": etag})
        self.asked.append("latest")
        row = {"_key": "sde", "buildNumber": self.build, "releaseDate": "2026-10-02T11:08:57Z"}
        return web.Response(text=json.dumps(row) + "\n", headers={"ETag": etag})

    async def _zip(self, request: web.Request) -> web.StreamResponse:
        wish = request.headers.get("Range", "whole")
        self.asked.append(wish)
        if request.match_info["name"] != f"eve-online-static-data-{self.build}-jsonl.zip":
            return web.Response(status=404)
        if self.zip_status != 200:
            return web.Response(status=self.zip_status)
        if self.page_for == "zip":
            return web.Response(text=PAGE, content_type="text/html")
        assert "gzip" not in request.headers["Accept-Encoding"]
        etag = self.zip_etag.pop(0) if len(self.zip_etag) > 1 else self.zip_etag[0]
        changed = request.headers.get("If-Range", etag) != etag
        if wish == "whole" or not self.gives_parts or changed:
            return await self._send(request, web.Response(headers={"ETag": etag}), self.zip)
        first, last = _span(wish, len(self.zip))
        extra = self.claimed_extra if len(self.parts) > 1 else 0
        place = f"bytes {first}-{last}/{len(self.zip) + extra}"
        answer = web.Response(status=206, headers={"ETag": etag, "Content-Range": place})
        return await self._send(request, answer, self.zip[first : last + 1])

    async def _send(
        self, request: web.Request, head: web.Response, body: bytes
    ) -> web.StreamResponse:
        answer = web.StreamResponse(status=head.status, headers=head.headers)
        answer.content_length = len(body)
        await answer.prepare(request)
        if self.stall is not None and len(self.parts) > 1:
            self.reached.set()
            await self.stall.wait()
        room = len(body) if self.cut_at is None else max(0, self.cut_at - self.sent)
        await answer.write(body[:room])
        self.sent += min(room, len(body))
        if room < len(body):
            assert request.transport is not None
            request.transport.close()
        return answer


def _span(wish: str, length: int) -> tuple[int, int]:
    first, _, last = wish.removeprefix("bytes=").partition("-")
    if not first:
        return max(0, length - int(last)), length - 1
    return int(first), min(int(last), length - 1)
