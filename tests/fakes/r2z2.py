"""A stand-in of R2Z2 on this computer: numbered killmail files, a pointer, and the service's temper.

In tests it is told what to answer, number by number, and it remembers every request with its time by the test's clock.
On its own (`python -m tests.fakes.r2z2 --port 8081 --killmails FILE`) it serves a recording to a whole process.
"""

import argparse
import asyncio
import bz2
import contextlib
import gzip
import json
import tarfile
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Self

from aiohttp import web

from services.domain.clock import Clock, system_clock

POINTER = "/ephemeral/sequence.json"
QUIET = timedelta(seconds=6)
RATE = 15
"""Requests within one second that the strict stand-in suffers, as the public documents say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One scripted answer. `drop` hangs up in the middle of the body, or without a word when there is none."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False


MISSING = Reply(status=404, body=b"not found")
BANNED = Reply(status=403, body=b"forbidden")
HTML = Reply(
    body=b"<!DOCTYPE html><title>Just a moment...</title>", headers={"Content-Type": "text/html"}
)
CUT = Reply(body=b'{"killmail_id": 1234, "esi": {"killm')
HANG_UP = Reply(body=b'{"killmail_id": 12', drop=True)
SILENCE = Reply(drop=True)


def failing(status: int = 503) -> Reply:
    """The service itself is in trouble."""
    return Reply(status=status, body=b"<html>down</html>", headers={"Content-Type": "text/html"})


def throttled(retry_after: str | None = None) -> Reply:
    """Too many requests, with or without a time to wait."""
    return Reply(status=429, headers={} if retry_after is None else {"Retry-After": retry_after})


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, when, with which headers, and the status of the answer."""

    path: str
    at: datetime
    headers: Mapping[str, str]
    status: int


class FakeR2Z2:
    """The stand-in. Use as an async context manager; `base_url` is where it listens.

    `strict` makes it bite as the real one does: the same missing number within 6 s, or no User-Agent, earns a 403 for
    everything; more than 15 requests within a second earn a 429.
    """

    def __init__(self, *, clock: Clock = system_clock, strict: bool = True, port: int = 0) -> None:
        self.files: dict[int, bytes] = {}
        self.pointer: int | None = None
        self.requests: list[Request] = []
        self.strict = strict
        self.banned = False
        self.lifetime: timedelta | None = None
        """How long a file stays there; None: for ever."""
        self._written_at: dict[int, datetime] = {}
        self._broken: deque[Reply] = deque()
        self._clock = clock
        self._port = port
        self._scripts: defaultdict[str, deque[Reply]] = defaultdict(deque)
        self._missing_at: dict[str, datetime] = {}
        self._runner: web.AppRunner | None = None
        self.base_url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        host, port = self._runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    # What it holds

    def publish(
        self,
        sequence: int,
        document: Mapping[str, Any] | bytes,
        *,
        written_at: datetime | None = None,
    ) -> None:
        """Put a file there (or write it anew); the pointer follows, never backwards."""
        self._written_at[sequence] = written_at or self._clock()
        self.files[sequence] = (
            document if isinstance(document, bytes) else json.dumps(document).encode()
        )
        self.pointer = max(sequence, self.pointer or 0)

    def script(self, sequence: int | str, *replies: Reply) -> None:
        """The next answers for a number (or a path), one each; after them what it holds."""
        self._scripts[_path(sequence)].extend(replies)

    def breaks(self, *replies: Reply) -> None:
        """From now on it answers everything with these, in turn and over again; without any it is well."""
        self._broken = deque(replies)

    # What it saw

    def times(self, sequence: int | str) -> list[datetime]:
        """When a number (or a path) was asked for."""
        return [request.at for request in self.requests if request.path == _path(sequence)]

    def count(self, sequence: int | str) -> int:
        """How often a number (or a path) was asked for."""
        return len(self.times(sequence))

    @property
    def asked(self) -> list[str]:
        """The asked files in order: numbers, and `sequence` for the pointer."""
        return [Path(request.path).stem for request in self.requests]

    @property
    def least_spacing(self) -> float:
        """Seconds between the two requests that lay closest; infinite with fewer than two."""
        times = [request.at for request in self.requests]
        return min(
            ((b - a).total_seconds() for a, b in pairwise(times)),
            default=float("inf"),
        )

    @property
    def least_quiet(self) -> float:
        """Seconds between a 404 and the next request for the same file, at the least."""
        last: dict[str, datetime] = {}
        least = float("inf")
        for request in self.requests:
            if request.path in last:
                least = min(least, (request.at - last.pop(request.path)).total_seconds())
            if request.status == 404:
                last[request.path] = request.at
        return least

    # How it answers

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        now = self._clock()
        reply = self._judge(request, now)
        self.requests.append(Request(request.path, now, dict(request.headers), reply.status))
        if reply.status == 404:
            self._missing_at[request.path] = now
        if reply.drop:
            return await self._hang_up(request, reply)
        body, headers = reply.body, {"Content-Type": "application/json", **reply.headers}
        if (
            "gzip" in request.headers.get("Accept-Encoding", "")
            and "Content-Encoding" not in headers
        ):
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        return web.Response(status=reply.status, body=body, headers=headers)

    def _judge(self, request: web.Request, now: datetime) -> Reply:
        if self.strict and self._provoked(request, now):
            return BANNED if self.banned else throttled()
        if self._broken:
            self._broken.rotate(-1)
            return self._broken[-1]
        script = self._scripts[request.path]
        if script:
            return script.popleft()
        if request.path == POINTER and self.pointer is not None:
            return Reply(body=json.dumps({"sequence": self.pointer}).encode())
        stem = Path(request.path).stem
        body = self._find(int(stem), now) if stem.isdigit() else None
        return MISSING if body is None else Reply(body=body)

    def _find(self, sequence: int, now: datetime) -> bytes | None:
        written_at = self._written_at.get(sequence)
        if written_at and self.lifetime and now - written_at >= self.lifetime:
            return None
        return self.files.get(sequence)

    def _provoked(self, request: web.Request, now: datetime) -> bool:
        missed = self._missing_at.get(request.path)
        if missed is not None and now - missed < QUIET:
            self.banned = True
        if not request.headers.get("User-Agent", "").strip():
            self.banned = True
        recent = sum(1 for seen in self.requests[-RATE:] if now - seen.at < timedelta(seconds=1))
        return self.banned or recent >= RATE

    async def _hang_up(self, request: web.Request, reply: Reply) -> web.StreamResponse:
        assert request.transport is not None
        response = web.StreamResponse(headers={"Content-Length": str(len(reply.body) + 1000)})
        if reply.body:
            await response.prepare(request)
            await response.write(reply.body)
        request.transport.close()
        return response


def _path(sequence: int | str) -> str:
    return f"/ephemeral/{sequence}.json" if isinstance(sequence, int) else sequence


# Documents


def document(
    killmail: Mapping[str, Any],
    sequence: int,
    *,
    uploaded_at: datetime | None = None,
    zkb: Mapping[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """An R2Z2 file around one of ESI's (or EVE Ref's) killmails."""
    esi = {
        key: value
        for key, value in killmail.items()
        if key not in ("killmail_hash", "http_last_modified")
    }
    hash_ = killmail.get("killmail_hash", f"{killmail.get('killmail_id', 0):040x}")
    return {
        "killmail_id": esi.get("killmail_id"),
        "hash": hash_,
        "esi": esi,
        "zkb": {
            "hash": hash_,
            "npc": False,
            "solo": False,
            "awox": False,
            "labels": [],
            **(zkb or {}),
        },
        "sequence_id": sequence,
        **({} if uploaded_at is None else {"uploaded_at": int(uploaded_at.timestamp())}),
        **more,
    }


def load_recording(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Killmail and zkb block of each record: an EVE Ref archive, or JSON documents of any shape one after another."""
    for record in _load_archive(path) if path.name.endswith(".tar.bz2") else _load_documents(path):
        inner = record.get("package", record)
        killmail = inner.get("esi") or inner.get("killmail") or inner
        zkb = inner.get("zkb") or {}
        yield {"killmail_hash": inner.get("hash") or zkb.get("hash") or "", **killmail}, zkb


def _load_archive(path: Path) -> Iterator[dict[str, Any]]:
    with bz2.open(path) as unpacked, tarfile.open(fileobj=unpacked, mode="r|") as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None:
                yield json.load(content)


def _load_documents(path: Path) -> Iterator[dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    decoder = json.JSONDecoder()
    at = _after_space(text, 0)
    while at < len(text):
        record, at = decoder.raw_decode(text, at)
        at = _after_space(text, at)
        yield from record if isinstance(record, list) else [record]


def _after_space(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def shifted(killmail: dict[str, Any], by: timedelta) -> dict[str, Any]:
    """The same killmail at another time."""
    moment = datetime.fromisoformat(killmail["killmail_time"]) + by
    return {**killmail, "killmail_time": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


# On its own


async def serve(
    fake: FakeR2Z2,
    recording: Iterable[tuple[dict[str, Any], dict[str, Any]]],
    *,
    start: int,
    rate: float,
) -> None:
    """Publish the recording from number `start`, `rate` killmails a second (0: all at once), and stay."""
    async with fake:
        fake.pointer = start
        print(f"listening on {fake.base_url}", flush=True)
        for sequence, (killmail, zkb) in enumerate(recording, start):
            fake.files[sequence] = json.dumps(
                document(killmail, sequence, uploaded_at=system_clock(), zkb=zkb)
            ).encode()
            if rate:
                fake.pointer = max(start, sequence - 50)
                await asyncio.sleep(1 / rate)
        print(f"published {len(fake.files)} killmails", flush=True)
        await asyncio.Event().wait()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.r2z2", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one; it is printed")
    parser.add_argument(
        "--killmails", type=Path, required=True, help="an archive, or a file of JSON documents"
    )
    parser.add_argument("--start", type=int, default=1_000_000, help="the first number")
    parser.add_argument("--skip", type=int, default=0, help="leave out so many at the beginning")
    parser.add_argument("--limit", type=int, default=None, help="publish so many at the most")
    parser.add_argument(
        "--rate", type=float, default=0.0, help="killmails a second; 0 publishes all at once"
    )
    parser.add_argument(
        "--now", action="store_true", help="move the times so that the last kill is now"
    )
    parser.add_argument(
        "--holes", type=int, nargs="*", default=(), help="numbers that stay missing"
    )
    parser.add_argument("--lenient", action="store_true", help="never ban, never throttle")
    return parser.parse_args()


def main() -> None:
    """Serve a recording until stopped."""
    arguments = _arguments()
    until = None if arguments.limit is None else arguments.skip + arguments.limit
    recording = list(islice(load_recording(arguments.killmails), arguments.skip, until))
    if arguments.now and recording:
        newest = max(datetime.fromisoformat(killmail["killmail_time"]) for killmail, _ in recording)
        by = system_clock() - newest
        recording = [(shifted(killmail, by), zkb) for killmail, zkb in recording]
    fake = FakeR2Z2(strict=not arguments.lenient, port=arguments.port)
    for hole in arguments.holes:
        fake.script(hole, *[MISSING] * 1000)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(fake, recording, start=arguments.start, rate=arguments.rate))


if __name__ == "__main__":
    main()
