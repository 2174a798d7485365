"""Faults on demand: what a request meets instead of, or after, Discord's ordinary treatment of it.

A fault strikes *before* the request is worked (it has no effect) or *after* (the message exists, but the answer is
wrong, late or lost). A rule says which requests it strikes and how often.
"""

import asyncio
import fnmatch
import itertools
from dataclasses import dataclass, field
from enum import StrEnum


class FaultKind(StrEnum):
    """How a struck request is answered."""

    HTTP = "http"
    """A bare status with a short text, as from a broken server behind the edge."""
    CODE = "code"
    """One of Discord's JSON error codes; 401 stands for a refused token."""
    RATE_LIMIT = "rate_limit"
    """429 as Discord says it: JSON, Retry-After, Via."""
    CLOUDFLARE = "cloudflare"
    """429 as the edge says it to a banned address: a page of HTML, no Via."""
    LOST = "lost"
    """The connection is cut without an answer."""
    HOLD = "hold"
    """The answer waits until the rule is released."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What happens. `after` lets the request take effect first."""

    kind: FaultKind
    status: int = 500
    code: int = 0
    retry_after: float = 0.0
    is_global: bool = False
    after: bool = False


def http(status: int, *, after: bool = False) -> Fault:
    """A 5xx (or any other) status without a JSON body."""
    return Fault(kind=FaultKind.HTTP, status=status, after=after)


def code(number: int, *, retry_after: float = 0.0) -> Fault:
    """A JSON error code (10003, 50013, ...), or 401."""
    return Fault(kind=FaultKind.CODE, code=number, retry_after=retry_after)


def rate_limit(retry_after: float, *, is_global: bool = False) -> Fault:
    """Discord's own 429; discord.py waits `retry_after` seconds and tries again."""
    return Fault(
        kind=FaultKind.RATE_LIMIT, status=429, retry_after=retry_after, is_global=is_global
    )


def cloudflare_ban() -> Fault:
    """The edge's 429; discord.py raises at once."""
    return Fault(kind=FaultKind.CLOUDFLARE, status=429, retry_after=3600)


def lost_answer(*, after: bool = True) -> Fault:
    """By default the message is made and the client never learns of it; with `after=False` it is not made."""
    return Fault(kind=FaultKind.LOST, after=after)


def hold(*, after: bool = True) -> Fault:
    """By default the message is made and the answer waits; with `after=False` the request itself waits."""
    return Fault(kind=FaultKind.HOLD, after=after)


@dataclass(kw_only=True, slots=True)
class Rule:
    """Which requests a fault strikes. `path` is a glob without `/api/v10`; None matches everything."""

    id: int
    fault: Fault
    method: str | None = None
    path: str | None = None
    channel_id: int | None = None
    times: int | None = 1
    """How many more requests it strikes; None means until cleared."""
    hits: int = 0
    waiting: int = 0
    """Requests that are held at this moment."""

    def matches(self, method: str, path: str, channel_id: int | None) -> bool:
        return (
            self.times != 0
            and self.method in (None, method)
            and (self.path is None or fnmatch.fnmatchcase(path, self.path))
            and self.channel_id in (None, channel_id)
        )


@dataclass(kw_only=True, slots=True)
class _Gate:
    released: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)


class FaultBook:
    """All rules, the newest first: a test's own rule wins over a general one."""

    def __init__(self) -> None:
        self._rules: dict[int, Rule] = {}
        self._gates: dict[int, _Gate] = {}
        self._numbers = itertools.count(1)

    def add(
        self,
        fault: Fault,
        *,
        method: str | None = None,
        path: str | None = None,
        channel_id: int | None = None,
        times: int | None = 1,
    ) -> Rule:
        rule = Rule(
            id=next(self._numbers),
            fault=fault,
            method=method,
            path=path,
            channel_id=channel_id,
            times=times,
        )
        self._rules[rule.id] = rule
        self._gates[rule.id] = _Gate()
        return rule

    def get(self, rule_id: int) -> Rule:
        """A rule by its id, also after it ended."""
        return self._rules[rule_id]

    def strike(self, method: str, path: str, *, channel_id: int | None) -> Rule | None:
        """The rule that strikes this request, counted; None when it goes its ordinary way."""
        for rule in reversed(self._rules.values()):
            if rule.matches(method, path, channel_id):
                rule.hits += 1
                rule.times = None if rule.times is None else rule.times - 1
                return rule
        return None

    async def hold(self, rule: Rule) -> None:
        """Wait until the rule is released."""
        gate = self._gates[rule.id]
        rule.waiting += 1
        try:
            async with gate.changed:
                gate.changed.notify_all()
            await gate.released.wait()
        finally:
            rule.waiting -= 1

    async def reached(self, rule_id: int, *, count: int = 1, patience: float = 5.0) -> None:
        """Wait until `count` requests are held by the rule; TimeoutError (`patience` in seconds) otherwise."""
        rule, gate = self._rules[rule_id], self._gates[rule_id]
        async with asyncio.timeout(patience), gate.changed:
            await gate.changed.wait_for(lambda: rule.waiting >= count)

    def release(self, rule_id: int) -> None:
        """Let the held requests go on, and strike no more."""
        self._rules[rule_id].times = 0
        self._gates[rule_id].released.set()

    def clear(self) -> None:
        """Forget every rule; what is held goes on."""
        for rule_id in list(self._rules):
            self.release(rule_id)
