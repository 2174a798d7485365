"""ESI's rules, kept by the stand-in: real buckets, the error limit, bans; and a note of whoever breaks one.

A well-behaved client never meets any of this by its own fault: `violations` stays empty.
"""

from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import web

from services.esi.routes import template

Clock = Callable[[], datetime]
QUARTER = 900.0
ERRORS = 100
SECOND = timedelta(seconds=1)


class EsiJudge:
    """Judges by the test's own clock."""

    def __init__(self, clock: Clock, *, compatibility_date: str = "2026-08-18") -> None:
        self.clock = clock
        self.compatibility_date = compatibility_date
        self.limits: dict[str, tuple[str, int, float]] = {
            "/sovereignty/campaigns": ("sovereignty", 600, QUARTER),
            "/sovereignty/systems": ("sovereignty", 600, QUARTER),
            "/fw/systems": ("factional-warfare", 150, QUARTER),
            "/fw/wars": ("factional-warfare", 150, QUARTER),
            "/skyhooks/raidable": ("activity", 30, QUARTER),
            "/wars/{}": ("killmail", 3600, QUARTER),
            "/killmails/{}/{}": ("killmail", 3600, QUARTER),
        }
        """By route: group, tokens, window in seconds."""
        self.violations: list[str] = []
        self.lowest: dict[str, int] = {}
        """The fewest tokens that each bucket ever had."""
        self._spent: defaultdict[str, deque[tuple[datetime, int]]] = defaultdict(deque)
        self._errors = 0
        self._errors_until: datetime | None = None
        self._left_alone: dict[str, datetime] = {}
        self._holds: dict[str, datetime] = {}
        self._recent: deque[datetime] = deque()

    def spend(self, group: str, tokens: int) -> None:
        """Somebody else at our address asks."""
        self._spent[group].append((self.clock(), tokens))

    def refuse(self, request: web.Request) -> web.Response | None:
        """What ESI says before it looks at the question; None when it may be answered."""
        now, route = self.clock(), template(request.path)
        self._note_manners(request, route, now)
        headers = request.headers
        if not any(mark in headers.get("User-Agent", "") for mark in ("@", "contact")):
            self.violations.append(f"{route}: no contact in the User-Agent")
            return _error(403, "no contact")
        if headers.get("X-Compatibility-Date") != self.compatibility_date:
            self.violations.append(f"{route}: another compatibility date")
            return _error(400, "no such compatibility date")
        if self._count_errors(now) >= ERRORS:
            self.violations.append(f"{route}: asked while locked out")
            return _error(420, "error limited")
        if (limit := self.limits.get(route)) is not None and self.left(limit[0]) <= 0:
            group, _, window = limit
            self.violations.append(f"{route}: the bucket is empty")
            back = self._spent[group][0][0] + timedelta(seconds=window)
            wait = str(max(1, round((back - now).total_seconds())))
            return _error(429, "slow down", {"Retry-After": wait})
        return None

    def left(self, group: str) -> int:
        """Tokens in a bucket now."""
        _, tokens, window = next(limit for limit in self.limits.values() if limit[0] == group)
        spent = self._spent[group]
        while spent and (self.clock() - spent[0][0]).total_seconds() >= window:
            spent.popleft()
        return tokens - sum(cost for _, cost in spent)

    def count(self, request: web.Request, response: web.Response) -> None:
        """Take what the answer costs, and say so in its headers."""
        now, route, status = self.clock(), template(request.path), response.status
        limit = self.limits.get(route)
        if limit is not None:
            group, tokens, window = limit
            cost = 0 if status == 429 else {2: 2, 3: 1, 4: 5}.get(status // 100, 0)
            if cost:
                self._spent[group].append((now, cost))
            left = self.left(group)
            self.lowest[group] = min(left, self.lowest.get(group, left))
            self._say(response, "X-Ratelimit-Group", group)
            self._say(response, "X-Ratelimit-Limit", f"{tokens}/{window / 60:g}m")
            self._say(response, "X-Ratelimit-Remaining", str(max(0, left)))
            self._say(response, "X-Ratelimit-Used", str(cost))
        else:
            self._count_errors(now)
            if status >= 400 and status != 420:
                self._errors += 1
            assert self._errors_until is not None
            reset = max(1, round((self._errors_until - now).total_seconds()))
            self._say(response, "X-ESI-Error-Limit-Remain", str(max(0, ERRORS - self._errors)))
            self._say(response, "X-ESI-Error-Limit-Reset", str(reset))
        self._remember(request, response, limit[0] if limit else route)

    def _remember(self, request: web.Request, response: web.Response, subject: str) -> None:
        """What the client must not do from now on."""
        now, status = self.clock(), response.status
        wait = response.headers.get("Retry-After")
        if status == 403:
            self._left_alone[""] = now + timedelta(hours=1)
        elif status == 420:
            reset = float(response.headers.get("X-ESI-Error-Limit-Reset", "60"))
            self._left_alone[""] = now + timedelta(seconds=reset)
        elif status == 429:
            self._left_alone[subject] = now + timedelta(seconds=float(wait or 60))
        elif status in {200, 304} and request.method == "GET":
            age = response.headers.get("Cache-Control", "").partition("max-age=")[2]
            if age:
                self._holds[request.path_qs] = now + timedelta(seconds=float(age))

    def _note_manners(self, request: web.Request, route: str, now: datetime) -> None:
        limit = self.limits.get(route)
        for subject in ("", limit[0] if limit else route):
            if now < self._left_alone.get(subject, now):
                self.violations.append(f"{route}: asked while it was to be left alone")
        if request.method == "GET" and now < self._holds.get(request.path_qs, now):
            self.violations.append(f"{request.path_qs}: asked before it expired")
        self._recent.append(now)
        while now - self._recent[0] >= SECOND:
            self._recent.popleft()
        if len(self._recent) > 20:
            self.violations.append(f"{len(self._recent)} requests in a second")

    def _count_errors(self, now: datetime) -> int:
        if self._errors_until is None or now >= self._errors_until:
            self._errors, self._errors_until = 0, now + timedelta(seconds=60)
        return self._errors

    @staticmethod
    def _say(response: web.Response, name: str, value: str) -> None:
        if name not in response.headers:
            response.headers[name] = value


def _error(status: int, text: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": text}, status=status, headers=headers)
