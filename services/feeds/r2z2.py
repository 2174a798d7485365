"""The live feed: zKillboard's R2Z2, one numbered file after another.

The rule: a file that is not there is asked for again, the same number, after a quiet time; it is missing for good only
when later files exist, and then it is handed out as a hole and the feed goes on. Passing faults are repeated with
growing pauses; what is there but cannot be read is handed out as rejected. The feed stores nothing of what it hands out
and never moves the cursor: asking for the next batch says that the last one is safe.
"""

import asyncio
import itertools
import random
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import datetime

import aiohttp
import msgspec
import structlog

from services.domain.clock import Clock
from services.domain.killmail import Arrival, Rejected
from services.feeds.client import Answer, R2Z2Client, Verdict
from services.feeds.errors import WireError
from services.feeds.items import FeedItem, FeedMemory, FeedStatus, Hole, HoleFilled
from services.feeds.pace import Pace, Sleep
from services.feeds.settings import FeedSettings
from services.feeds.upstream import Upstream
from services.feeds.wire import Publication, decode_r2z2

__all__ = ["FeedItem", "FeedMemory", "FeedStatus", "R2Z2Feed"]

log = structlog.get_logger(__name__)

_SOURCE = "r2z2"
_POINTER = "/ephemeral/sequence.json"
_PRESENT = frozenset({Verdict.FOUND, Verdict.CUT, Verdict.TOO_LARGE})
"""Verdicts that prove a file to be there, whatever is in it."""


class _Pointer(msgspec.Struct):
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What one question led to: items, the number to ask for next, and the seconds to wait before (None: at once)."""

    next: int
    items: tuple[FeedItem, ...] = ()
    wait: float | None = None


@dataclass(slots=True)
class _Tries:
    """How often the present number disappointed."""

    missing: int = 0
    cut: int = 0
    later: int | None = None
    """A later number that was found while this one was missing."""


class R2Z2Feed:
    """The feed. One task iterates `batches`; another may call `retry_holes` now and then."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: FeedSettings,
        *,
        memory: FeedMemory,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._memory = memory
        self._clock = clock
        self._sleep = sleep
        pace = Pace(
            clock,
            sleep,
            requests_per_second=settings.requests_per_second,
            quiet_seconds=settings.idle_seconds,
        )
        client = R2Z2Client(
            session, settings.base_url, pace=pace, clock=clock, body_limit=settings.body_limit_bytes
        )
        self._upstream = Upstream(
            client, settings, memory=memory, clock=clock, sleep=sleep, jitter=jitter
        )
        self._tries = _Tries()
        self._sequence: int | None = None
        self._published_at: datetime | None = None
        self._at_head = False
        self._gap: tuple[int, int] | None = None

    @property
    def status(self) -> FeedStatus:
        """How the feed stands now."""
        caught_up = self._at_head and self._upstream.last_error is None
        return FeedStatus(
            sequence=self._sequence,
            caught_up=caught_up,
            lag_seconds=0.0 if caught_up else self._age(),
            paused_until=self._upstream.paused_until,
            last_error=self._upstream.last_error,
            last_success_at=self._upstream.last_success_at,
            requests=self._upstream.requests,
            gap=self._gap,
        )

    async def batches(self) -> AsyncGenerator[tuple[FeedItem, ...], None]:
        """What has arrived, in order, for ever: one item mostly, several while catching up. Never empty.

        Asking for the next batch says that the last one is stored, cursor and all.
        """
        number = await self._first_number()
        self._tries = _Tries()
        pending: list[FeedItem] = []
        while True:
            step = await self._step(number)
            if step.next != number:
                self._tries = _Tries()
            number = step.next
            pending.extend(step.items)
            if pending and (step.wait is not None or self._should_hand_out(pending)):
                yield tuple(pending)
                pending.clear()
            if step.wait:
                await self._sleep(step.wait)

    async def retry_holes(self) -> tuple[FeedItem, ...]:
        """Look once for each missing number that is due, and hand out what is there now.

        The consumer remembers the items' notes when it has stored them. Nothing is asked during a ban or after a
        fault: the holes stay due.
        """
        await self._upstream.load_pause()
        found = []
        for sequence in await self._memory.due_holes(self._clock()):
            if self._upstream.paused_until is not None:
                break
            answer = await self._upstream.ask(_path(sequence))
            item = self._late_item(sequence, answer)
            if item is not None:
                found.append(item)
            elif answer.verdict is Verdict.MISSING or answer.verdict in _PRESENT:
                await self._memory.save_hole_attempt(sequence, found=False, now=self._clock())
            else:
                break
        return tuple(found)

    # Where to begin

    async def _first_number(self) -> int:
        cursor = await self._memory.load_cursor()
        if cursor is not None:
            return cursor + 1
        for tries in itertools.count(1):
            pointer = await self._ask_pointer()
            if pointer is not None:
                log.info("feed starts at the pointer", sequence=pointer)
                return pointer
            if self._upstream.last_error is None:
                self._upstream.note_fault("the pointer is not there, or cannot be read")
            await self._sleep(self._upstream.backoff(tries))
        raise AssertionError  # pragma: no cover - counting never ends

    async def _ask_pointer(self) -> int | None:
        answer = await self._upstream.ask(_POINTER)
        if answer.verdict is not Verdict.FOUND:
            return None
        try:
            pointer = msgspec.json.decode(answer.body, type=_Pointer, strict=False).sequence
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        return pointer if pointer > 0 else None

    # One step

    async def _step(self, number: int) -> _Step:
        answer = await self._upstream.ask(_path(number))
        match answer.verdict:
            case Verdict.FOUND:
                return await self._on_body(number, answer.body)
            case Verdict.MISSING:
                return await self._on_missing(number)
            case Verdict.CUT:
                return self._on_cut(
                    number, answer.reason, given_up=FeedItem(cursor=number, notes=(Hole(number),))
                )
            case Verdict.TOO_LARGE:
                return self._done(number, _rejected(number, answer.reason, body=b""))
            case Verdict.BANNED | Verdict.THROTTLED | Verdict.FAULT:
                return _Step(next=number, wait=self._upstream.pause_after(answer))

    async def _on_body(self, number: int, body: bytes) -> _Step:
        try:
            publication = decode_r2z2(body)
        except WireError as error:
            return self._on_unreadable(number, body, error=error)
        self._published_at = publication.uploaded_at or self._published_at
        self._at_head = self._at_head and not self._is_behind()
        step = self._done(number, FeedItem(cursor=number, arrival=self._arrival(publication)))
        rewritten = await self._rewritten(publication, before=number)
        return step if rewritten is None else _Step(next=step.next, items=(*step.items, rewritten))

    def _on_unreadable(self, number: int, body: bytes, *, error: WireError) -> _Step:
        """JSON that is no killmail stays so; JSON that breaks off may come whole the next time."""
        given_up = _rejected(number, error.reason, body=body)
        if error.malformed:
            return self._on_cut(number, error.reason, given_up=given_up)
        return self._done(number, given_up)

    def _on_cut(self, number: int, reason: str, *, given_up: FeedItem) -> _Step:
        self._tries.cut += 1
        if self._tries.cut >= self._settings.cut_tries:
            return self._done(number, given_up)
        self._upstream.last_error = reason
        log.info("feed file cut off", sequence=number, tries=self._tries.cut, reason=reason)
        return _Step(next=number, wait=self._upstream.backoff(self._tries.cut))

    async def _on_missing(self, number: int) -> _Step:
        self._tries.missing += 1
        if self._tries.later is not None:
            return self._holes(number, self._tries.later)
        if self._tries.missing % self._settings.missing_tries == 0:
            return await self._look_ahead(number)
        if self._published_at is not None and not self._is_behind():
            self._at_head = True
        return self._idle(number)

    async def _look_ahead(self, number: int) -> _Step:
        """Is `number` not there yet, or is it a hole? Later numbers tell, else the pointer (which trails the head)."""
        for later in range(number + 1, number + 1 + self._settings.probe_ahead):
            answer = await self._upstream.ask(_path(later))
            if answer.verdict in _PRESENT:
                # Both may have come since this one was asked for: once more, and then it is a hole.
                self._tries.later = later
                return self._idle(number)
            if answer.verdict is not Verdict.MISSING:
                return _Step(next=number, wait=self._upstream.pause_after(answer))
        pointer = await self._ask_pointer()
        if pointer is None:
            return self._idle(number)
        if pointer - number > self._settings.jump_ahead:
            return await self._jump(number, pointer)
        if pointer > number:
            return self._holes(number, number + 1)
        if number - pointer > self._settings.jump_ahead:
            log.warning("feed's pointer is far behind the cursor", sequence=number, pointer=pointer)
        self._at_head = True
        return self._idle(number)

    async def _jump(self, number: int, pointer: int) -> _Step:
        """Files from `number` on have expired: go to the oldest that is left, at the latest to the pointer.

        Files expire in order, so halving finds the border in some 15 questions instead of giving up a day's files.
        """
        expired, present = number + self._settings.probe_ahead, pointer
        while present - expired > 1:
            middle = (expired + present) // 2
            answer = await self._upstream.ask(_path(middle))
            if answer.verdict in _PRESENT:
                present = middle
            elif answer.verdict is Verdict.MISSING:
                expired = middle
            else:
                return _Step(next=number, wait=self._upstream.pause_after(answer))
        self._gap = (number, present - 1)
        self._at_head = False
        log.warning("feed gap: files expired before they were read", first=number, last=present - 1)
        return _Step(next=present)

    def _holes(self, first: int, until: int) -> _Step:
        self._at_head = False
        self._sequence = until - 1
        log.info("feed hole", first=first, last=until - 1)
        holes = tuple(
            FeedItem(cursor=number, notes=(Hole(number),)) for number in range(first, until)
        )
        return _Step(next=until, items=holes)

    def _idle(self, number: int) -> _Step:
        return _Step(next=number, wait=self._settings.idle_seconds)

    def _done(self, number: int, item: FeedItem) -> _Step:
        self._sequence = number
        return _Step(next=number + 1, items=(item,))

    # Out of turn

    async def _rewritten(self, publication: Publication, *, before: int) -> FeedItem | None:
        """The older file that was written anew together with this one. Best effort: its killmail came once already."""
        older = publication.sequence_updated
        if older is None or older >= before:
            return None
        answer = await self._upstream.ask(_path(older))
        if answer.verdict is not Verdict.FOUND:
            return None
        try:
            return FeedItem(cursor=None, arrival=self._arrival(decode_r2z2(answer.body)))
        except WireError as error:
            log.info("feed file written anew cannot be read", sequence=older, reason=error.reason)
            return None

    def _late_item(self, sequence: int, answer: Answer) -> FeedItem | None:
        """What fills a hole; None when nothing usable came."""
        if answer.verdict is Verdict.TOO_LARGE:
            return _rejected(sequence, answer.reason, body=b"", late=True)
        if answer.verdict is not Verdict.FOUND:
            return None
        try:
            arrival = self._arrival(decode_r2z2(answer.body))
        except WireError as error:
            if error.malformed:
                return None
            return _rejected(sequence, error.reason, body=answer.body, late=True)
        return FeedItem(cursor=None, arrival=arrival, notes=(HoleFilled(sequence),))

    def _arrival(self, publication: Publication) -> Arrival:
        return Arrival(
            killmail=publication.killmail,
            received_at=self._clock(),
            published_at=publication.uploaded_at,
        )

    # How far behind

    def _age(self) -> float | None:
        """Seconds since the last publication that was read."""
        if self._published_at is None:
            return None
        return max(0.0, (self._clock() - self._published_at).total_seconds())

    def _is_behind(self) -> bool:
        age = self._age()
        return age is not None and age > self._settings.catch_up_seconds

    def _should_hand_out(self, pending: list[FeedItem]) -> bool:
        full = len(pending) >= self._settings.batch_limit
        return full or not self._is_behind() or self._upstream.paused_until is not None


def _path(sequence: int) -> str:
    return f"/ephemeral/{sequence}.json"


def _rejected(sequence: int, reason: str, *, body: bytes, late: bool = False) -> FeedItem:
    rejected = Rejected(source=_SOURCE, reference=str(sequence), reason=reason, body=body)
    return FeedItem(
        cursor=None if late else sequence,
        rejected=rejected,
        notes=(HoleFilled(sequence),) if late else (),
    )
