"""Boards: messages that keep themselves up to date with the contests and timers that lie ahead.

A board is edited when it says something else than what stands, and now and then for the age on it; what stands is read
off the outbox, so a restart repeats nothing. A message that somebody deleted is followed by another (the board's next
generation), a channel that refuses rests until somebody wakes it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from services.boards import store
from services.boards.settings import BoardSettings
from services.domain.clock import Clock
from services.domain.delivery import Destination, DestinationKind, Posting
from services.domain.ids import RegionId, SystemId
from services.domain.message import Message, NoticeMessage
from services.domain.news import BoardMessage
from services.domain.sovereignty import Campaign, Score, Timers, TimerSearch
from services.domain.timer import Board, BoardState, OwnTimer
from services.outbox import overview
from services.outbox import store as outbox
from services.storage.database import Database, Transaction
from services.timers.rules import STILL_SHOWN
from services.timers.store import load_upcoming

CAMPAIGNS = 25
"""Contests on one board: what a message has room for."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class TellsTimers(Protocol):
    """What is needed of `SovereigntyService`."""

    async def timers(self, search: TimerSearch) -> Timers:
        """Campaigns that are running or ahead."""
        ...


class BoardKeeper:
    """Looks at all boards, now and then."""

    def __init__(
        self,
        database: Database,
        sovereignty: TellsTimers,
        settings: BoardSettings,
        *,
        region_of: Callable[[SystemId], RegionId | None],
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

    async def refresh(self) -> int:
        """Bring every board up to date that says something else by now; gives how many were."""
        async with self._database.read() as tx:
            closed = await overview.load_blocked(tx)
            boards = [b for b in await store.load_kept_up(tx) if _place(b) not in closed]
        if not boards:
            return 0
        timers = await self._sovereignty.timers(TimerSearch())
        async with self._database.read() as tx:
            wanted = await self._wanted(tx, boards, timers)
        changed = 0
        for message in wanted:
            async with self._database.write() as tx:
                changed += await self._put(tx, message)
        if changed:
            self._ring()
        return changed

    async def _wanted(
        self, tx: Transaction, boards: Sequence[Board], timers: Timers
    ) -> list[BoardMessage]:
        """The boards that say something else than what stands."""
        now = self._clock()
        postings = await outbox.load_messages(tx, [_key(board) for board in boards])
        standing = {posting.dedupe_key: posting.message for posting in postings}
        own: dict[int, tuple[OwnTimer, ...]] = {}
        wanted = []
        for board in boards:
            if board.guild_id not in own:
                since = now - STILL_SHOWN
                own[board.guild_id] = await load_upcoming(tx, board.guild_id, since=since)
            state = board_state(board, timers, own=own[board.guild_id], region_of=self._region_of)
            if self._is_news(state, standing.get(_key(board))):
                wanted.append(BoardMessage(board=board, state=state))
        return wanted

    def _is_news(self, state: BoardState, standing: Message | None) -> bool:
        if not isinstance(standing, BoardMessage):
            return True
        if _said(state) != _said(standing.state):
            return True
        before, after = standing.state.freshness.as_of, state.freshness.as_of
        if before is None or after is None:
            return False
        return after - before >= timedelta(minutes=self._settings.redraw_minutes)

    async def _put(self, tx: Transaction, message: BoardMessage) -> bool:
        """Say it, unless the board is gone by now; where its message is gone, by a new one."""
        board, now = message.board, self._clock()
        if not await store.stands(tx, board):
            return False
        if await outbox.find_ended(tx, _place(board), _key(board)) is not None:
            again = await self._again(tx, board, now)
            if again is None:
                return False
            message = replace(message, board=again)
        posting = _posting(message.board, message)
        spacing = timedelta(seconds=self._settings.edit_seconds)
        await outbox.put(tx, posting, now=now, edit_spacing=spacing)
        return True

    async def _again(self, tx: Transaction, board: Board, now: datetime) -> Board | None:
        """The board with its next message; None while the last one was posted anew not long ago."""
        last = self._reposted.get(board.id)
        if last is not None and now - last < timedelta(minutes=self._settings.repost_minutes):
            return None
        self._reposted[board.id] = now
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


def board_state(
    board: Board,
    timers: Timers,
    *,
    own: Iterable[OwnTimer],
    region_of: Callable[[SystemId], RegionId | None],
) -> BoardState:
    """What a board shows: the campaigns of its regions or defenders, in their order, and the server's own timers."""
    shown = [one for one in timers.campaigns if _is_wanted(board, one, region_of)]
    systems = {campaign.system_id for campaign in shown[:CAMPAIGNS]}
    adms: Mapping[SystemId, float] = {
        claim.system_id: claim.adm
        for claim in timers.claims
        if claim.adm is not None and claim.system_id in systems
    }
    return BoardState(
        campaigns=tuple(shown[:CAMPAIGNS]),
        adms=tuple(sorted(adms.items())),
        timers=tuple(own) if board.own_timers else (),
        more=max(len(shown) - CAMPAIGNS, 0),
        freshness=timers.freshness,
    )


def _is_wanted(
    board: Board, campaign: Campaign, region_of: Callable[[SystemId], RegionId | None]
) -> bool:
    if not board.regions and not board.parties:
        return True
    defenders = {party.id for party in board.parties}
    return campaign.defender_id in defenders or region_of(campaign.system_id) in board.regions


def _said(state: BoardState) -> BoardState:
    """What a reader would see changed: when the source last confirmed it is told now and then, not each time."""
    freshness = state.freshness
    known = None if freshness.as_of is None else _EPOCH
    return replace(
        state,
        campaigns=tuple(_shown(campaign) for campaign in state.campaigns),
        freshness=replace(freshness, as_of=known),
    )


def _shown(campaign: Campaign) -> Campaign:
    score = campaign.score
    scores = () if score is None else (Score(_EPOCH, score.defender, score.attackers),)
    return replace(campaign, seen=_EPOCH, first_seen=_EPOCH, scores=scores, participants=())


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
