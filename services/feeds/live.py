"""Reads R2Z2 at its head, one numbered file after another: what happens now is never behind what happened before.

The rule: a file that is not there is asked for again, the same number, after a quiet time; it is missing for good only
when later files exist, and then it is handed out as a hole and the reader goes on. When the pointer is far ahead, the
reader jumps to it and hands the numbers between out as a stretch, in one item with the cursor's jump. Passing faults
are repeated with growing pauses; what is there but cannot be read is handed out as rejected. The reader stores nothing
of what it hands out and never moves the cursor: asking for the next batch says that the last one is safe.
"""

import itertools
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from services.domain.clock import Clock
from services.feeds.backlog import Backlog
from services.feeds.client import Verdict
from services.feeds.errors import WireError
from services.feeds.items import FeedItem, FeedMemory, Hole, StretchOpened
from services.feeds.pace import Sleep
from services.feeds.r2z2_files import (
    POINTER,
    PRESENT,
    arrival_of,
    path_of,
    rejected_item,
    rewritten_by,
)
from services.feeds.settings import FeedSettings
from services.feeds.upstream import Upstream
from services.feeds.wire import decode_r2z2

log = structlog.get_logger(__name__)

_STORED_AFTER = timedelta(minutes=10)
"""Time between publication and storage that is allowed for, where only the latter is known."""
_FAR = 1000
"""A pointer so many numbers behind the cursor cannot only be trailing."""


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


class LiveReader:
    """One task iterates `batches`."""

    def __init__(
        self,
        upstream: Upstream,
        settings: FeedSettings,
        *,
        memory: FeedMemory,
        backlog: Backlog,
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self._upstream = upstream
        self._settings = settings
        self._memory = memory
        self._backlog = backlog
        self._clock = clock
        self._sleep = sleep
        self._tries = _Tries()
        self._published_at: datetime | None = None
        self._late = True
        """Whether the last file read was late. At the start the pointer has just been looked at: as if it was."""
        self._unlooked = 0
        """How many numbers were read since the pointer was last looked at."""
        self.sequence: int | None = None
        self.last_new_at: datetime | None = None
        self.at_head = False

    async def batches(self) -> AsyncGenerator[tuple[FeedItem, ...], None]:
        """What has arrived, in order, for ever: one item mostly, several while catching up. Never empty."""
        await self._backlog.load()
        step = await self._first_step()
        self._tries = _Tries()
        pending: list[FeedItem] = []
        while True:
            number = step.next
            pending.extend(step.items)
            if pending and (step.wait is not None or self._should_hand_out(pending)):
                yield tuple(pending)
                if any(isinstance(note, StretchOpened) for i in pending for note in i.notes):
                    await self._backlog.load()
                pending.clear()
            if step.wait:
                await self._sleep(step.wait)
            step = await self._step(number)
            if step.next != number:
                self._tries = _Tries()

    # Where to begin

    async def _first_step(self) -> _Step:
        cursor = await self._memory.load_cursor()
        if cursor is None:
            return _Step(next=await self._first_number())
        self._unlooked = self._settings.jump_ahead
        pointer = await self._ask_pointer()
        if pointer is not None and pointer - cursor - 1 > self._settings.jump_ahead:
            moved_at = await self._memory.load_cursor_time()
            return self._jump(cursor + 1, pointer, since=moved_at and moved_at - _STORED_AFTER)
        return _Step(next=cursor + 1)

    async def _first_number(self) -> int:
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
        answer = await self._upstream.ask(POINTER)
        if answer.verdict is not Verdict.FOUND:
            return None
        try:
            pointer = msgspec.json.decode(answer.body, type=_Pointer, strict=False).sequence
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        self._unlooked = 0
        return pointer if pointer > 0 else None

    # One step

    async def _step(self, number: int) -> _Step:
        if self._is_behind() and self._unlooked >= self._settings.jump_ahead:
            pointer = await self._ask_pointer()
            if pointer is not None and pointer - number > self._settings.jump_ahead:
                return self._jump(number, pointer, since=self._published_at)
            self._unlooked = 0
        answer = await self._upstream.ask(path_of(number))
        match answer.verdict:
            case Verdict.FOUND:
                return self._on_body(number, answer.body)
            case Verdict.MISSING:
                return await self._on_missing(number)
            case Verdict.CUT:
                hole = FeedItem(cursor=number, notes=(Hole(number),))
                return self._on_cut(number, answer.reason, given_up=hole)
            case Verdict.TOO_LARGE:
                return self._done(
                    number, rejected_item(number, answer.reason, body=b"", cursor=number)
                )
            case Verdict.BANNED | Verdict.THROTTLED | Verdict.FAULT:
                return _Step(next=number, wait=self._upstream.pause_after(answer))

    def _on_body(self, number: int, body: bytes) -> _Step:
        try:
            publication = decode_r2z2(body)
        except WireError as error:
            return self._on_unreadable(number, body, error=error)
        self._published_at = publication.uploaded_at or self._published_at
        self._note_lateness()
        item = FeedItem(
            cursor=number,
            arrival=arrival_of(publication, self._clock),
            notes=rewritten_by(publication, number),
        )
        return self._done(number, item)

    def _on_unreadable(self, number: int, body: bytes, *, error: WireError) -> _Step:
        """JSON that is no killmail stays so; JSON that breaks off may come whole the next time."""
        given_up = rejected_item(number, error.reason, body=body, cursor=number)
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
            self.at_head = True
        return self._idle(number)

    async def _look_ahead(self, number: int) -> _Step:
        """Is `number` not there yet, or is it a hole? Later numbers tell, else the pointer (which trails the head)."""
        for later in range(number + 1, number + 1 + self._settings.probe_ahead):
            answer = await self._upstream.ask(path_of(later))
            if answer.verdict in PRESENT:
                # Both may have come since this one was asked for: once more, and then it is a hole.
                self._tries.later = later
                return self._idle(number)
            if answer.verdict is not Verdict.MISSING:
                return _Step(next=number, wait=self._upstream.pause_after(answer))
        pointer = await self._ask_pointer()
        if pointer is None:
            return self._idle(number)
        if pointer - number > self._settings.jump_ahead:
            return self._jump(number, pointer, since=self._published_at)
        if pointer > number:
            return self._holes(number, number + 1)
        if number - pointer > _FAR:
            log.warning("feed's pointer is far behind the cursor", sequence=number, pointer=pointer)
        self.at_head = True
        return self._idle(number)

    def _jump(self, number: int, pointer: int, *, since: datetime | None) -> _Step:
        """Leave the numbers before the pointer to the backlog, and go on there."""
        self.at_head = False
        self.sequence = pointer - 1
        log.info("feed jumps to the pointer", first=number, last=pointer - 1)
        opened = StretchOpened(first=number, last=pointer - 1, since=since)
        item = FeedItem(cursor=pointer - 1, notes=(opened,))
        return _Step(next=pointer, items=(item,), wait=0.0)

    def _holes(self, first: int, until: int) -> _Step:
        self.at_head = False
        self.sequence = until - 1
        log.info("feed hole", first=first, last=until - 1)
        holes = tuple(
            FeedItem(cursor=number, notes=(Hole(number),)) for number in range(first, until)
        )
        return _Step(next=until, items=holes)

    def _idle(self, number: int) -> _Step:
        return _Step(next=number, wait=self._settings.idle_seconds)

    def _done(self, number: int, item: FeedItem) -> _Step:
        self.sequence = number
        self._unlooked += 1
        if item.arrival is not None:
            self.last_new_at = item.arrival.received_at
        return _Step(next=number + 1, items=(item,))

    # How far behind

    def _note_lateness(self) -> None:
        """The first late file after one in time (this computer slept, a ban is over) makes the pointer worth a look."""
        behind = self._is_behind()
        if behind and not self._late:
            self._unlooked = self._settings.jump_ahead
        self._late = behind
        self.at_head = self.at_head and not behind

    def age(self) -> float | None:
        """Seconds since the last publication that was read."""
        if self._published_at is None:
            return None
        return max(0.0, (self._clock() - self._published_at).total_seconds())

    def _is_behind(self) -> bool:
        age = self.age()
        return age is not None and age > self._settings.catch_up_seconds

    def _should_hand_out(self, pending: list[FeedItem]) -> bool:
        full = len(pending) >= self._settings.batch_limit
        return full or not self._is_behind() or self._upstream.paused_until is not None
