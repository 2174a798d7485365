"""A stand-in of EVE-KILL's feed on this computer: a list of killmails by its own numbers, and its limits.

It counts requests as the service does (600 a minute, told in headers), refuses the nameless, and answers `after=0` with
its head alone.
"""

import json
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Self

from aiohttp import web

from services.domain.clock import Clock, system_clock
from tests.fakes.r2z2 import Reply, Request

POLL = "/api/feed/poll"
LIMIT = 600


class FakeEveKill:
    """The stand-in. Use as an async context manager; `base_url` is where it listens."""

    def __init__(self, *, clock: Clock = system_clock) -> None:
        self.kills: dict[int, dict[str, Any]] = {}
        self.requests: list[Request] = []
        self.queries: list[tuple[int, int]] = []
        """`after` and `limit` of every question."""
        self.budget = LIMIT
        self._clock = clock
        self._replies: deque[Reply] = deque()
        self._runner: web.AppRunner | None = None
        self.base_url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.base_url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def publish(self, sequence: int, killmail: Mapping[str, Any] | None, hash_: str = "ab") -> None:
        """Put ESI's killmail there; None: it is announced and cannot be loaded."""
        number = killmail["killmail_id"] if killmail else 0
        self.kills[sequence] = {
            "seq": sequence,
            "killmail_id": number,
            "killmail_hash": hash_,
            "data": killmail,
        }

    def script(self, *replies: Reply) -> None:
        """The next answers, one each; after them what it holds."""
        self._replies.extend(replies)

    @property
    def least_spacing(self) -> float:
        """Seconds between the two requests that lay closest; infinite with fewer than two."""
        times = [request.at for request in self.requests]
        gaps = [(b - a).total_seconds() for a, b in pairwise(times)]
        return min(gaps, default=float("inf"))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        reply = self._judge(request)
        now = self._clock()
        self.requests.append(Request(request.path, now, dict(request.headers), reply.status))
        headers = {"Content-Type": "application/json", **self._limits(now), **reply.headers}
        if reply.drop:
            assert request.transport is not None
            request.transport.close()
        return web.Response(status=reply.status, body=reply.body, headers=headers)

    def _limits(self, now: datetime) -> dict[str, str]:
        recent = [r for r in self.requests if now - r.at < timedelta(minutes=1)]
        left = max(0, self.budget - len(recent))
        return {
            "RateLimit-Limit": str(LIMIT),
            "RateLimit-Remaining": str(left),
            "RateLimit-Reset": "60",
        }

    def _judge(self, request: web.Request) -> Reply:
        if request.path != POLL:
            return Reply(status=404, body=b"{}")
        if not request.headers.get("User-Agent", "").strip():
            return Reply(status=403)
        after, limit = int(request.query["after"]), int(request.query["limit"])
        self.queries.append((after, limit))
        if self._replies:
            return self._replies.popleft()
        return Reply(body=json.dumps(self._page(after, limit)).encode())

    def _page(self, after: int, limit: int) -> dict[str, Any]:
        head = max(self.kills, default=None)
        rows = [self.kills[seq] for seq in sorted(self.kills) if seq > after] if after else []
        last = rows[:limit][-1]["seq"] if rows else after
        return {
            "data": rows[:limit],
            "latest": head,
            "hasMore": len(rows) > limit if after else head is not None,
            "next": f"/feed/poll?after={last}&limit={limit}",
            "last": f"/feed/poll?after={max(0, (head or 0) - limit)}&limit={limit}",
        }
