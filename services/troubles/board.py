"""The board: everything that is wrong at the moment, in memory first.

Saying that something begins or ends touches memory only, so it may be said from anywhere and cannot fail. `flush`
writes what changed and tells the operator, in one transaction; where that fails the board keeps everything and the next
flush tries again. What an earlier process left open is shown as unconfirmed until somebody says that it still is so or
is over; when nobody does (its owner does not run any more), it counts as over after a while.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from services.domain.clock import Clock
from services.domain.trouble import Trouble, TroubleState
from services.storage.database import Database, Transaction
from services.troubles import store
from services.troubles.overlooking import Overlooking
from services.troubles.rules import FLAP, Told, is_loud, is_same, over_since, owed
from services.troubles.settings import TroubleSettings
from services.troubles.store import Stored

log = structlog.get_logger(__name__)

_SUBJECT, _DETAIL = 128, 500
_RENEWED = timedelta(hours=1)
"""How old the note of the last sight may grow in the table."""
_QUIET_AFTER = 2
"""From its third beginning within minutes on a trouble is logged only when it is over for good."""

_Key = tuple[Trouble, str]


class Teller(Protocol):
    """Tells the operator, in the transaction that notes it."""

    async def tell(self, tx: Transaction, number: int, state: TroubleState) -> bool:
        """Say how the trouble stands, in one message per number, edited. False when there is nobody to tell."""
        ...


_ASK_AGAIN = timedelta(minutes=1)
"""How long nobody is looked for after there was nobody to tell."""


@dataclass(slots=True, kw_only=True)
class _Entry:
    """A trouble and what of it is written down. `version` counts its changes."""

    state: TroubleState
    seen_at: datetime
    told: Told = Told.NOTHING
    row_id: int | None = None
    version: int = 1
    saved_version: int = 0
    saved_seen_at: datetime | None = None
    refused_at: datetime | None = None
    """When there was nobody to tell; they are looked for again later."""

    @property
    def key(self) -> _Key:
        return self.state.trouble, self.state.subject

    @property
    def is_open(self) -> bool:
        return self.state.ended_at is None

    def change(self, state: TroubleState) -> None:
        """Note a change; the same again is none."""
        if state != self.state:
            self.state = state
            self.version += 1

    @property
    def is_saved(self) -> bool:
        old = self.saved_seen_at is None or self.seen_at - self.saved_seen_at >= _RENEWED
        return self.version == self.saved_version and not (self.is_open and old)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """What a flush wrote of an entry."""

    entry: _Entry
    version: int
    seen_at: datetime
    row_id: int
    told: Told


class TroubleBoard:
    """A `TroubleWatch` that remembers. `load` once before anybody speaks; `flush` every few seconds and at the end."""

    def __init__(
        self,
        database: Database,
        teller: Teller,
        *,
        settings: TroubleSettings,
        clock: Clock,
        ring: Callable[[], None] = lambda: None,
    ) -> None:
        """Make the board.

        Args:
            database: where troubles outlive the process.
            teller: who tells the operator.
            settings: how long troubles are remembered.
            clock: the time.
            ring: called when there is a message to send.
        """
        self._database = database
        self._teller = teller
        self._settings = settings
        self._clock = clock
        self._ring = ring
        self._started_at = clock()
        self._entries: dict[_Key, _Entry] = {}
        self._replaced: list[_Entry] = []
        """Ended, begun anew, and their end not written yet."""
        self._failing = False

    # What is said

    def begins(self, trouble: Trouble, detail: str, *, subject: str = "") -> None:
        """It is so (now or still)."""
        now, detail = self._clock(), " ".join(detail.split())[:_DETAIL]
        key = (trouble, subject[:_SUBJECT])
        entry = self._entries.get(key)
        if entry is not None and entry.is_open:
            self._renew(entry, detail, now)
        elif entry is not None and self._goes_on(entry, now):
            self._begin_again(entry, detail, now)
        else:
            self._begin(key, detail, now)

    def ends(self, trouble: Trouble, *, subject: str = "") -> None:
        """It is not so (any more)."""
        entry = self._entries.get((trouble, subject[:_SUBJECT]))
        if entry is not None and entry.is_open:
            self._end(entry, self._clock())

    @property
    def open(self) -> tuple[TroubleState, ...]:
        """What is wrong at the moment: first what is told, then what mends itself; the oldest first."""
        found = (entry.state for entry in self._entries.values() if entry.is_open)
        return tuple(sorted(found, key=lambda state: (not is_loud(state), state.began_at)))

    def _goes_on(self, entry: _Entry, now: datetime) -> bool:
        ended_at = entry.state.ended_at
        return ended_at is not None and is_same(ended_at, entry.state.began_at, now)

    def _begin(self, key: _Key, detail: str, now: datetime) -> None:
        before = self._entries.get(key)
        if before is not None and not before.is_saved:
            self._replaced.append(before)
        trouble, subject = key
        state = TroubleState(trouble=trouble, subject=subject, detail=detail, began_at=now)
        self._entries[key] = _Entry(state=state, seen_at=now)
        self._log("trouble begins", state, detail=detail)

    def _renew(self, entry: _Entry, detail: str, now: datetime) -> None:
        left_over = not entry.state.confirmed
        entry.seen_at = now
        entry.change(replace(entry.state, detail=detail, confirmed=True))
        if left_over:
            self._log("trouble goes on", entry.state, detail=detail)

    def _begin_again(self, entry: _Entry, detail: str, now: datetime) -> None:
        entry.seen_at = now
        times = entry.state.times + 1
        state = replace(entry.state, detail=detail, ended_at=None, confirmed=True, times=times)
        entry.change(state)
        if times <= _QUIET_AFTER:
            self._log("trouble begins", state, detail=detail, times=times)

    def _end(self, entry: _Entry, now: datetime, **why: str) -> None:
        entry.change(replace(entry.state, ended_at=now))
        if entry.state.times <= _QUIET_AFTER:
            self._log_end(entry.state, **why)

    def _log_end(self, state: TroubleState, **why: str) -> None:
        assert state.ended_at is not None
        seconds = round((state.ended_at - state.began_at).total_seconds())
        log.info(
            "trouble ends",
            trouble=str(state.trouble), subject=state.subject, duration_seconds=seconds, times=state.times, **why,
        )  # fmt: skip

    def _log(self, event: str, state: TroubleState, **more: object) -> None:
        say = log.warning if is_loud(state) else log.info
        say(event, trouble=str(state.trouble), subject=state.subject, **more)

    # What is kept

    async def load(self) -> None:
        """Take over what an earlier process left: open ones stand as unconfirmed. Raises what the database raises."""
        async with self._database.read() as tx:
            found = await store.load_since(tx, self._clock() - FLAP)
        for row in found:
            entry = _Entry(state=row.state, seen_at=row.seen_at)
            _adopt(entry, row)
            before = self._entries.get(entry.key)
            if before is not None and before.is_open:
                # Two processes wrote the same at the same moment: the later row goes on.
                before.change(replace(before.state, ended_at=row.state.began_at))
                self._replaced.append(before)
            self._entries[entry.key] = entry

    async def flush(self) -> None:
        """Write what changed and tell what is due. A database that does not take it is logged once; nothing is lost."""
        now = self._clock()
        self._let_go(now)
        due = [entry for entry in self._everything() if self._is_due(entry, now)]
        written: list[_Written] = []
        with Overlooking(self._database) as look:
            written = await self._write(due, now) if due else []
        if look.failed:
            if not self._failing:
                log.warning("troubles cannot be written")
            self._failing = True
            return
        if due:
            self._failing = False
        for item in written:
            entry = item.entry
            entry.row_id, entry.saved_version = item.row_id, item.version
            entry.saved_seen_at, entry.told = item.seen_at, item.told
            entry.refused_at = None if self._owed(entry, now) is entry.told else now
        self._forget_over(now)

    async def prune(self) -> int:
        """Forget what has been over for long; returns how many."""
        before = self._clock() - timedelta(days=self._settings.keep_days)
        async with self._database.write() as tx:
            return await store.prune(tx, before=before)

    def _everything(self) -> Iterator[_Entry]:
        yield from self._replaced
        yield from self._entries.values()

    def _is_due(self, entry: _Entry, now: datetime) -> bool:
        if not entry.is_saved:
            return True
        waits = entry.refused_at is not None and now - entry.refused_at < _ASK_AGAIN
        return not waits and self._owed(entry, now) is not entry.told

    def _owed(self, entry: _Entry, now: datetime, *, more: int = 0) -> Told:
        others = sum(
            other.is_open
            and other.told is Told.BEGIN
            and other.state.trouble is entry.state.trouble
            for other in self._entries.values()
        )
        written = entry.row_id is not None
        return owed(entry.state, entry.told, now=now, others=others + more, written=written)

    def _let_go(self, now: datetime) -> None:
        """End what nobody has seen for long."""
        for entry in self._entries.values():
            if not entry.is_open:
                continue
            over = over_since(entry.state, seen_at=entry.seen_at, started_at=self._started_at)
            if over is not None and now >= over:
                self._end(entry, now, why="nobody has seen it any more")

    async def _write(self, due: Iterable[_Entry], now: datetime) -> list[_Written]:
        written: list[_Written] = []
        async with self._database.write() as tx:
            foreign = await self._load_foreign(tx, now)
            for entry in due:
                if entry.row_id is None and (row := store.find_same(foreign, entry.state)):
                    _adopt_begin(entry, row)
                more = sum(_newly_told(item, entry.state.trouble) for item in written)
                written.append(await self._write_one(tx, entry, self._owed(entry, now, more=more)))
        if any(item.told is not item.entry.told for item in written):
            self._ring()
        return written

    async def _load_foreign(self, tx: Transaction, now: datetime) -> list[Stored]:
        """Rows that another process wrote."""
        own = {entry.row_id for entry in self._everything()}
        return [row for row in await store.load_since(tx, now) if row.id not in own]

    async def _write_one(self, tx: Transaction, entry: _Entry, wanted: Told) -> _Written:
        state, version, seen_at, told = entry.state, entry.version, entry.seen_at, entry.told
        row_id = await store.save(tx, entry.row_id, state, seen_at=seen_at, told=told)
        if wanted is not told and await self._teller.tell(tx, row_id, state):
            told = wanted
            await store.save(tx, row_id, state, seen_at=seen_at, told=told)
        return _Written(entry=entry, version=version, seen_at=seen_at, row_id=row_id, told=told)

    def _forget_over(self, now: datetime) -> None:
        """What is over, written and can no longer come back leaves memory."""
        self._replaced = [entry for entry in self._replaced if not entry.is_saved]
        for key, entry in list(self._entries.items()):
            if entry.is_open or self._goes_on(entry, now) or not entry.is_saved:
                continue
            if entry.state.times > _QUIET_AFTER:
                self._log_end(entry.state)
            del self._entries[key]


def _newly_told(item: _Written, trouble: Trouble) -> bool:
    return item.entry.state.trouble is trouble and item.told is not item.entry.told


def _adopt(entry: _Entry, row: Stored) -> None:
    """The entry stands in this row."""
    entry.row_id, entry.told = row.id, row.told
    entry.saved_version, entry.saved_seen_at = entry.version, row.seen_at


def _adopt_begin(entry: _Entry, row: Stored) -> None:
    """Another process saw the same before: it began then, and what was told was told."""
    entry.row_id, entry.told = row.id, row.told
    entry.change(replace(entry.state, began_at=min(entry.state.began_at, row.state.began_at)))
