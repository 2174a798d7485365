"""Use cases of boards: made, listed, taken away, woken. Who keeps them up to date is `services.publishing.boards`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime

from services.boards import store
from services.boards.settings import BoardSettings
from services.domain.clock import Clock
from services.domain.delivery import Destination, DestinationKind
from services.domain.errors import NotFound, UserError
from services.domain.guild import GuildSettings
from services.domain.ids import ChannelId, GuildId
from services.domain.timer import Board, BoardRequest
from services.storage.database import Database, Transaction

MOST_REGIONS, MOST_PARTIES = 10, 10
"""Regions, and alliances, of one board: what a message of some thousand characters can still tell apart."""

Unblock = Callable[[Transaction, Destination], Awaitable[None]]
LoadBlocked = Callable[[Transaction], Awaitable[Mapping[Destination, str]]]
Close = Callable[[Transaction, Board, datetime], Awaitable[None]]
"""Says on a board's message that it is not kept up to date any more."""


class BoardService:
    """Boards live in the database alone. What Discord refuses is known to the outbox, so it is asked."""

    def __init__(
        self,
        database: Database,
        settings: BoardSettings,
        *,
        clock: Clock,
        unblock: Unblock,
        load_blocked: LoadBlocked,
        close: Close,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._unblock = unblock
        self._load_blocked = load_blocked
        self._close = close

    async def add(self, request: BoardRequest) -> Board:
        """Store a board; UserError for too many, and for one that stands there already. Its channel is tried afresh."""
        request = _completed(request)
        _check(request)
        async with self._database.write() as tx:
            present = await store.load_guild(tx, request.guild_id)
            _check_among(request, present, most=self._settings.max_per_guild)
            board = await store.add(tx, request, now=self._clock())
            await self._unblock(tx, _channel(request.channel_id))
        return board

    async def all_of(self, guild_id: GuildId) -> tuple[Board, ...]:
        """A server's boards, oldest first."""
        async with self._database.read() as tx:
            return await store.load_guild(tx, guild_id)

    async def get(self, guild_id: GuildId, board_id: int) -> Board:
        """One of a server's boards. Raises NotFound."""
        async with self._database.read() as tx:
            return await _get(tx, guild_id, board_id)

    async def resting(self, guild_id: GuildId) -> Mapping[ChannelId, str]:
        """Channels with boards of this server that Discord refuses, with the reason: those boards rest."""
        async with self._database.read() as tx:
            closed = await self._load_blocked(tx)
            boards = await store.load_guild(tx, guild_id)
        reasons = {board.channel_id: closed.get(_channel(board.channel_id)) for board in boards}
        return {channel: reason for channel, reason in reasons.items() if reason is not None}

    async def remove(self, guild_id: GuildId, board_id: int) -> Board:
        """Delete one, and say so on its message; gives what it was. Raises NotFound."""
        async with self._database.write() as tx:
            board = await _get(tx, guild_id, board_id)
            await store.remove(tx, board_id)
            await self._close(tx, board, self._clock())
        return board

    async def resume(self, guild_id: GuildId, board_id: int) -> Board:
        """Try its channel again, which Discord had refused. Raises NotFound, and UserError where it does not rest."""
        async with self._database.write() as tx:
            board = await _get(tx, guild_id, board_id)
            place = _channel(board.channel_id)
            if place not in await self._load_blocked(tx):
                raise UserError(f"Board #{board_id} does not rest: it is kept up to date.")
            await self._unblock(tx, place)
        return board

    async def forget_guild(self, tx: Transaction, guild_id: GuildId) -> None:
        """Delete a server's boards."""
        await store.forget_guild(tx, guild_id)

    async def on_guild_changed(self, tx: Transaction, settings: GuildSettings) -> None:
        """A server came or went: what Discord refused meanwhile it refused because the bot was gone."""
        if settings.left_at is None:
            for board in await store.load_guild(tx, settings.guild_id):
                await self._unblock(tx, _channel(board.channel_id))


def _completed(request: BoardRequest) -> BoardRequest:
    """Each region and party once, in an order by which equal boards are found equal."""
    return replace(
        request,
        regions=tuple(sorted(set(request.regions))),
        parties=tuple(sorted(set(request.parties))),
    )


def _check(request: BoardRequest) -> None:
    if len(request.regions) > MOST_REGIONS or len(request.parties) > MOST_PARTIES:
        raise UserError(
            f"A board shows at most {MOST_REGIONS} regions and {MOST_PARTIES} alliances. Without any it shows all."
        )


def _check_among(request: BoardRequest, present: tuple[Board, ...], *, most: int) -> None:
    for board in present:
        if board.channel_id == request.channel_id and _scope(board) == _scope(request):
            raise UserError(
                f"Board #{board.id} shows the same in <#{board.channel_id}>. Where its message is gone, it is posted"
                f" again within the hour; where it rests, `/sov board resume {board.id}` wakes it."
            )
    if len(present) >= most:
        raise UserError(
            f"This server has {len(present)} boards, and may have no more. `/sov board remove` takes one away."
        )


def _scope(board: BoardRequest) -> object:
    return board.regions, board.parties, board.own_timers


async def _get(tx: Transaction, guild_id: GuildId, board_id: int) -> Board:
    board = await store.find(tx, guild_id, board_id)
    if board is None:
        raise NotFound(
            f"This server has no board #{board_id}. `/sov board list` shows those that it has."
        )
    return board


def _channel(channel_id: ChannelId) -> Destination:
    return Destination(DestinationKind.CHANNEL, channel_id)
