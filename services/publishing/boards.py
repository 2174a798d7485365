"""Boards: messages that keep themselves up to date with the contests and timers that lie ahead.

A board is edited when it says something else than what stands, and now and then for the age on it; what stands is read
off the outbox, so a restart repeats nothing. A message that somebody deleted is followed by another (the board's next
generation), a channel that refuses rests until somebody wakes it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from services.boards import store
from services.boards.settings import BoardSettings
from services.domain.clock import Clock
from services.domain.delivery import Destination, DestinationKind, Posting
from services.domain.message import Message, NoticeMessage
from services.domain.news import BoardMessage
from services.domain.sovereignty import Timers, TimerSearch
from services.domain.timer import Board
from services.outbox import everywhere, overview
from services.outbox import store as outbox
from services.outbox.revisions import load_ended, load_revisions
from services.publishing.board_states import BoardStates, RegionOf, Shown, looks
from services.storage.database import Database, Transaction
from services.storage.statements import chunks
from services.timers.rules import STILL_SHOWN
from services.timers.store import load_for_boards

_AT_ONCE = 50
"""Boards of one transaction: others, who write or hear, have their turn between them."""


class TellsTimers(Protocol):
    """What is needed of `SovereigntyService`."""

    async def timers(self, search: TimerSearch) -> Timers:
        """Campaigns that are running or ahead."""
        ...


@dataclass(frozen=True, slots=True)
class _Said:
    """What a board's message says, and at which revision of it."""

    revision: int
    looks: bytes
    as_of: datetime | None


class BoardKeeper:
    """Looks at all boards, now and then.

    What each says is remembered with the revision of its message: read are those alone that somebody else changed.
    """

    def __init__(
        self,
        database: Database,
        sovereignty: TellsTimers,
        settings: BoardSettings,
        *,
        region_of: RegionOf,
        clock: Clock,
        ring: Callable[[], None],
    ) -> None:
        """Make it.

        Args:
            database: where boards and the outbox are.
            sovereignty: tells what lies ahead.
            settings: how often a board is edited.
            region_of: the region of a system.
            clock: the time.
            ring: called when a message has become due.
        """
        self._database = database
        self._sovereignty = sovereignty
        self._settings = settings
        self._region_of = region_of
        self._clock = clock
        self._ring = ring
        self._reposted: dict[int, datetime] = {}
        self._said: dict[str, _Said] = {}

    async def refresh(self) -> int:
        """Bring every board up to date that says something else by now; gives how many were."""
        async with self._database.read() as tx:
            closed = await overview.load_blocked(tx)
            boards = [b for b in await store.load_kept_up(tx) if _place(b) not in closed]
        if not boards:
            return 0
        timers = await self._sovereignty.timers(TimerSearch())
        states = BoardStates(timers, region_of=self._region_of, now=self._clock())
        self._forget_but(boards)
        changed = 0
        for some in chunks(boards, _AT_ONCE):
            async with self._database.read() as tx:
                wanted = await self._wanted(tx, some, states)
            if wanted:
                changed += await self._put(wanted)
        if changed:
            self._ring()
        return changed

    def _forget_but(self, boards: Iterable[Board]) -> None:
        keys = {_key(board) for board in boards}
        self._said = {key: said for key, said in self._said.items() if key in keys}

    async def _wanted(
        self, tx: Transaction, boards: Sequence[Board], states: BoardStates
    ) -> list[tuple[Board, Shown]]:
        """The boards that say something else than what stands, with what they are to say."""
        standing = await self._standing(tx, [_key(board) for board in boards])
        since = self._clock() - STILL_SHOWN
        guilds = {board.guild_id for board in boards if board.own_timers}
        own = await load_for_boards(tx, guilds, since=since)
        shown = ((board, states.of(board, own.get(board.guild_id, ()))) for board in boards)
        return [
            (board, one) for board, one in shown if self._is_news(one, standing.get(_key(board)))
        ]

    async def _standing(self, tx: Transaction, keys: Sequence[str]) -> Mapping[str, _Said]:
        """What stands under these keys, or should; missing where it does not, and where its end has come."""
        revisions = await load_revisions(tx, keys)
        known = {
            key: said
            for key, revision in revisions.items()
            if (said := self._said.get(key)) is not None and said.revision == revision
        }
        unknown = [key for key in revisions if key not in known]
        for posting in await outbox.load_messages(tx, unknown):
            if isinstance(posting.message, BoardMessage):
                key, state = posting.dedupe_key, posting.message.state
                known[key] = _Said(revisions[key], looks(state), state.freshness.as_of)
        self._said.update(known)
        return known

    def _is_news(self, shown: Shown, standing: _Said | None) -> bool:
        if standing is None or shown.looks != standing.looks:
            return True
        before, after = standing.as_of, shown.state.freshness.as_of
        if before is None or after is None:
            return False
        return after - before >= timedelta(minutes=self._settings.redraw_minutes)

    async def _put(self, wanted: Sequence[tuple[Board, Shown]]) -> int:
        """Say it, unless a board is gone by now; where its message is gone, by a new one. Gives how many were said."""
        now = self._clock()
        async with self._database.write() as tx:
            said = await self._living(tx, wanted, now)
            postings = [
                _posting(board, BoardMessage(board=board, state=one.state)) for board, one in said
            ]
            spacing = timedelta(seconds=self._settings.edit_seconds)
            await everywhere.put(tx, postings, now=now, edit_spacing=spacing)
            revisions = await load_revisions(tx, [posting.dedupe_key for posting in postings])
        before = {board.id: board.generation for board, _ in wanted}
        for board, one in said:
            if board.generation != before[board.id]:
                self._reposted[board.id] = now
            if (revision := revisions.get(_key(board))) is not None:
                as_of = one.state.freshness.as_of
                self._said[_key(board)] = _Said(revision, one.looks, as_of)
        return len(said)

    async def _living(
        self, tx: Transaction, wanted: Sequence[tuple[Board, Shown]], now: datetime
    ) -> list[tuple[Board, Shown]]:
        """Those that can be said: of boards that are there, whose message is, or may be posted anew."""
        generations = await store.load_generations(tx, [board.id for board, _ in wanted])
        ended = await load_ended(tx, [_key(board) for board, _ in wanted])
        living = []
        for board, one in wanted:
            if generations.get(board.id) != board.generation:
                continue
            again: Board | None = board
            if _key(board) in ended:
                again = await self._again(tx, board, now)
            if again is not None:
                living.append((again, one))
        return living

    async def _again(self, tx: Transaction, board: Board, now: datetime) -> Board | None:
        """The board with its next message; None while the last one was posted anew not long ago."""
        last = self._reposted.get(board.id)
        if last is not None and now - last < timedelta(minutes=self._settings.repost_minutes):
            return None
        return await store.begin_generation(tx, board)


async def close_board(tx: Transaction, board: Board, now: datetime) -> None:
    """Say on a removed board's message, where it stands, that nobody keeps it up any more."""
    place = _place(board)
    if await outbox.withdraw(tx, place, _key(board)):
        return
    if await outbox.find_message(tx, place, _key(board)) is None:
        return
    farewell = NoticeMessage(
        title="This board was removed",
        text="It is not kept up to date any more. `/sov board add` makes another, `/sov timers` tells what lies ahead.",
    )
    await outbox.put(tx, _posting(board, farewell), now=now, edit_spacing=timedelta(0))


def _posting(board: Board, message: Message) -> Posting:
    return Posting(
        destination=_place(board),
        guild_id=board.guild_id,
        dedupe_key=_key(board),
        message=message,
    )


def _key(board: Board) -> str:
    return f"board:{board.id}:{board.generation}"


def _place(board: Board) -> Destination:
    return Destination(DestinationKind.CHANNEL, board.channel_id)
