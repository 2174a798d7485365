"""Boards: made, refused, listed, woken, taken away."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from services.boards.service import MOST_REGIONS, BoardService
from services.boards.settings import BoardSettings
from services.domain.delivery import Destination, DestinationKind
from services.domain.errors import NotFound, UserError
from services.domain.guild import GuildSettings
from services.domain.ids import ChannelId, GuildId, RegionId, UserId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.timer import Board, BoardRequest
from services.outbox import overview
from services.outbox import store as outbox
from services.storage.database import Database, Transaction
from services.storage.settings import DatabaseSettings
from tests.factories import CHANNEL, GUILD, OWNER, HandClock

PLACE = Destination(DestinationKind.CHANNEL, CHANNEL)
DELVE, CATCH = RegionId(10000060), RegionId(10000014)
FRT = Organisation(99003581, OrganisationKind.ALLIANCE)


class House:
    """The service, and whose end was told."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = HandClock()
        self.closed: list[Board] = []
        self.boards = BoardService(
            database,
            BoardSettings(max_per_guild=3),
            clock=self.clock,
            unblock=outbox.unblock,
            load_blocked=overview.load_blocked,
            close=self._close,
        )

    async def _close(self, _tx: Transaction, board: Board, _now: datetime) -> None:
        self.closed.append(board)

    async def block(self) -> None:
        async with self.database.write() as tx:
            await outbox.block(tx, PLACE, "no way in", guild_id=GUILD, now=self.clock())

    async def is_blocked(self) -> bool:
        async with self.database.read() as tx:
            return PLACE in await overview.load_blocked(tx)


@pytest.fixture
def house(database: Database) -> House:
    return House(database)


@pytest.fixture
async def small_house(migrated_sqlite_url: str) -> AsyncIterator[House]:
    """On SQLite only: for rules in which the database has no say."""
    opened = await Database.open(DatabaseSettings(url=migrated_sqlite_url))
    yield House(opened)
    await opened.close()


def request(channel: ChannelId = CHANNEL, **fields: object) -> BoardRequest:
    given = {"guild_id": GUILD, "channel_id": channel, "created_by": OWNER}
    return BoardRequest(**(given | fields))  # type: ignore[arg-type]


async def test_a_board_is_kept_as_it_was_asked_for_and_wakes_its_channel(house: House) -> None:
    await house.block()
    asked = request(regions=(DELVE, CATCH, DELVE), parties=(FRT,), own_timers=False)
    board = await house.boards.add(asked)
    assert board.regions == (CATCH, DELVE)
    assert (board.parties, board.own_timers, board.generation) == ((FRT,), False, 1)
    assert await house.boards.all_of(GUILD) == (board,)
    assert await house.boards.get(GUILD, board.id) == board
    assert not await house.is_blocked()
    assert await house.boards.all_of(GuildId(8)) == ()


async def test_too_many_boards_and_the_same_again_are_refused(small_house: House) -> None:
    house = small_house
    first = await house.boards.add(request(regions=(DELVE, CATCH)))
    with pytest.raises(UserError, match=rf"Board #{first.id} shows the same in <#{CHANNEL}>"):
        await house.boards.add(request(regions=(CATCH, DELVE)))
    await house.boards.add(request(regions=(CATCH, DELVE), own_timers=False))
    await house.boards.add(request(ChannelId(71), regions=(CATCH, DELVE)))
    with pytest.raises(UserError, match="has 3 boards, and may have no more"):
        await house.boards.add(request(ChannelId(72)))
    many = tuple(RegionId(10000001 + n) for n in range(MOST_REGIONS + 1))
    with pytest.raises(UserError, match="at most 10 regions"):
        await house.boards.add(request(ChannelId(72), regions=many))


async def test_a_board_rests_where_discord_refuses_and_is_woken_by_hand(house: House) -> None:
    board = await house.boards.add(request())
    with pytest.raises(UserError, match="does not rest"):
        await house.boards.resume(GUILD, board.id)
    await house.block()
    assert await house.boards.resting(GUILD) == {CHANNEL: "no way in"}
    assert await house.boards.resume(GUILD, board.id) == board
    assert await house.boards.resting(GUILD) == {}


async def test_a_server_that_comes_back_has_its_boards_tried_again(small_house: House) -> None:
    house = small_house
    await house.boards.add(request())
    await house.block()
    async with house.database.write() as tx:
        left = GuildSettings(guild_id=GUILD, left_at=house.clock())
        await house.boards.on_guild_changed(tx, left)
    assert await house.is_blocked()
    async with house.database.write() as tx:
        await house.boards.on_guild_changed(tx, GuildSettings(guild_id=GUILD))
    assert not await house.is_blocked()


async def test_another_server_can_do_nothing_to_a_board(small_house: House) -> None:
    house = small_house
    board = await house.boards.add(request())
    for use in (house.boards.get, house.boards.remove, house.boards.resume):
        with pytest.raises(NotFound, match="`/sov board list`"):
            await use(GuildId(8), board.id)
    assert house.closed == []
    assert await house.boards.remove(GUILD, board.id) == board
    assert house.closed == [board]
    assert await house.boards.all_of(GUILD) == ()


async def test_a_forgotten_server_has_no_boards(house: House) -> None:
    await house.boards.add(request())
    kept = await house.boards.add(request(ChannelId(80), guild_id=GuildId(8), created_by=UserId(5)))
    async with house.database.write() as tx:
        await house.boards.forget_guild(tx, GUILD)
    assert await house.boards.all_of(GUILD) == ()
    assert await house.boards.all_of(GuildId(8)) == (kept,)
