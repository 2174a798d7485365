"""Boards keep themselves up to date: edited when they say something else, posted again, at rest, closed."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta

import pytest

from services.boards import store
from services.boards.settings import BoardSettings
from services.domain.delivery import Posting
from services.domain.freshness import NEVER, Freshness
from services.domain.guild import GuildSettings
from services.domain.ids import AllianceId, ChannelId, ConstellationId, RegionId, SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.message import NoticeMessage
from services.domain.news import BoardMessage
from services.domain.sovereignty import (
    Campaign,
    CampaignState,
    Claim,
    Score,
    Timers,
    TimerSearch,
)
from services.domain.timer import Board, BoardRequest, TimerRequest
from services.guilds import store as guilds
from services.outbox import store as outbox
from services.outbox.sender import Refused
from services.publishing.board_states import CAMPAIGNS, BoardStates, looks
from services.publishing.boards import BoardKeeper, close_board
from services.storage.database import Transaction
from services.timers import store as timers
from tests.factories import CHANNEL, GUILD, MIDNIGHT, OWNER
from tests.services.newsroom import Newsroom, channel

DELVE, CATCH = RegionId(10000060), RegionId(10000014)
HERE, THERE = SystemId(30004759), SystemId(30001162)
REGIONS = {HERE: DELVE, THERE: CATCH}
FRT, INIT = (Organisation(n, OrganisationKind.ALLIANCE) for n in (99003581, 1900696668))
GONE = Refused(status=404, code=10008, text="Unknown Message")
CLOSED = Refused(status=403, code=50001, text="Missing Access")
ALL = Board(
    id=1,
    guild_id=GUILD,
    channel_id=CHANNEL,
    created_by=OWNER,
    generation=1,
    created_at=MIDNIGHT,
)


def campaign(number: int = 1, system: SystemId = HERE, **fields: object) -> Campaign:
    given = {
        "id": number,
        "event_type": "ihub_defense",
        "system_id": system,
        "constellation_id": ConstellationId(20000696),
        "structure_id": 104,
        "defender_id": AllianceId(FRT.id),
        "start": MIDNIGHT + timedelta(hours=6),
        "state": CampaignState.SCHEDULED,
        "first_seen": MIDNIGHT,
        "seen": MIDNIGHT,
    }
    return Campaign(**(given | fields))  # type: ignore[arg-type]


class Sovereignty:
    """Tells what it was told to tell, as fresh as it was told."""

    def __init__(self) -> None:
        self.told = Timers(campaigns=(), claims=(), freshness=NEVER)

    def tell(self, newsroom: Newsroom, *campaigns: Campaign, adm: float | None = 4.2) -> None:
        now = newsroom.clock()
        self.told = Timers(
            campaigns=tuple(replace(one, seen=now) for one in campaigns),
            claims=(Claim(system_id=HERE, holder=FRT, adm=adm),),
            freshness=Freshness(as_of=now),
        )

    async def timers(self, search: TimerSearch) -> Timers:
        assert search == TimerSearch()
        return self.told


class Keeping:
    """A newsroom with a keeper."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        self.clock = newsroom.clock
        self.sovereignty = Sovereignty()
        self.restart()

    def restart(self) -> None:
        self.keeper = self.fresh()

    def fresh(self) -> BoardKeeper:
        """One that remembers nothing: of a process that starts, or of another."""
        return BoardKeeper(
            self.newsroom.database,
            self.sovereignty,
            BoardSettings(),
            region_of=REGIONS.get,
            clock=self.clock,
            ring=self.newsroom.bell.set,
        )

    def tell(self, *campaigns: Campaign, adm: float | None = 4.2) -> None:
        self.sovereignty.tell(self.newsroom, *campaigns, adm=adm)

    async def add(self, number: int = CHANNEL, **fields: object) -> Board:
        given = {"guild_id": GUILD, "channel_id": ChannelId(number), "created_by": OWNER}
        request = BoardRequest(**(given | fields))  # type: ignore[arg-type]
        async with self.newsroom.database.write() as tx:
            return await store.add(tx, request, now=self.clock())

    async def look(self, **after: float) -> int:
        """Time passes, the keeper looks, what is due is sent."""
        self.clock.advance(**after)
        changed = await self.keeper.refresh()
        await self.newsroom.worker.drain()
        return changed

    def board(self, number: int = CHANNEL) -> BoardMessage:
        """The board as it stands last in a channel."""
        message = self.newsroom.channels.read(channel(number))[-1]
        assert isinstance(message, BoardMessage)
        return message

    def posts(self, what: str = "post", number: int = CHANNEL) -> int:
        return len(self.newsroom.channels.calls_to(channel(number), what))


@pytest.fixture
def keeping(small_newsroom: Newsroom) -> Keeping:
    return Keeping(small_newsroom)


async def test_a_board_is_posted_once_and_edited_when_it_says_something_else(
    newsroom: Newsroom,
) -> None:
    keeping = Keeping(newsroom)
    await keeping.add()
    keeping.tell(campaign())
    assert await keeping.look() == 1
    assert keeping.newsroom.bell.is_set()
    assert keeping.board().state.adms == ((HERE, 4.2),)
    keeping.tell(campaign())
    assert await keeping.look(minutes=2) == 0, "the same, told again"
    keeping.restart()
    assert await keeping.look() == 0, "what stands is known after a restart"
    keeping.tell(campaign(scores=(Score(keeping.clock(), 0.6, 0.4),)))
    assert await keeping.look(minutes=2) == 1
    keeping.tell(campaign(scores=(Score(keeping.clock(), 0.6, 0.4),)), adm=4.1)
    assert await keeping.look(minutes=2) == 1
    assert (keeping.posts(), keeping.posts("edit")) == (1, 2)


async def test_what_a_board_says_is_read_again_only_where_somebody_else_changed_it(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[list[str]] = []
    load = outbox.load_messages

    async def watched(tx: Transaction, keys: Iterable[str]) -> list[Posting]:
        read.append(list(keys))
        return await load(tx, read[-1])

    monkeypatch.setattr(outbox, "load_messages", watched)
    boards = [await keeping.add(number) for number in range(70, 73)]
    keeping.tell(campaign())
    await keeping.look()
    for minutes in (1, 2):
        keeping.tell(campaign(), adm=4.2 - minutes / 10)
        assert await keeping.look(minutes=minutes) == 3
        assert await keeping.look(seconds=30) == 0
    assert not any(read), "what was said here is known here"
    mine, keeping.keeper = keeping.keeper, keeping.fresh()
    keeping.tell(campaign(), adm=3.0)
    assert await keeping.look(minutes=2) == 3
    keeping.keeper = mine
    read.clear()
    assert await keeping.look(seconds=30) == 0, "another process said it"
    assert read == [[f"board:{board.id}:1" for board in boards]]
    keeping.tell(campaign(), adm=4.0)
    assert await keeping.look(minutes=2) == 3, "and what this one said before is told again"


async def test_boards_of_one_look_share_its_transactions(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(70, 75):
        await keeping.add(number, regions=(DELVE,) if number % 2 else ())
    keeping.tell(campaign(1), campaign(2, THERE))
    database, written = keeping.newsroom.database, 0
    write = database.write

    def counted() -> AbstractAsyncContextManager[Transaction]:
        nonlocal written
        written += 1
        return write()

    monkeypatch.setattr(database, "write", counted)
    assert await keeping.keeper.refresh() == 5
    assert written == 1
    assert await keeping.keeper.refresh() == 0
    assert written == 1, "nothing to say, nothing written"
    await keeping.newsroom.worker.drain()
    shown = [len(keeping.board(number).state.campaigns) for number in range(70, 75)]
    assert shown == [2, 1, 2, 1, 2]


def test_looks_differ_by_what_a_reader_would_see() -> None:
    def seen(minutes: float) -> bytes:
        one = campaign(seen=MIDNIGHT + timedelta(minutes=minutes), first_seen=MIDNIGHT)
        told = Timers(campaigns=(one,), claims=(), freshness=Freshness(as_of=one.seen))
        return looks(BoardStates(told, region_of=REGIONS.get, now=MIDNIGHT).of(ALL, ()).state)

    assert seen(0) == seen(359)
    assert seen(359) != seen(360), "it has begun"


async def test_an_unchanged_board_is_drawn_anew_for_its_age(keeping: Keeping) -> None:
    await keeping.add()
    keeping.tell(campaign())
    await keeping.look()
    told = 0
    for _ in range(30):
        keeping.clock.advance(minutes=1)
        keeping.tell(campaign())
        told += await keeping.look()
    assert told == 3
    as_of = keeping.board().state.freshness.as_of
    assert as_of is not None
    assert keeping.clock() - as_of < timedelta(minutes=10)


async def test_a_source_that_falls_silent_is_told_once(keeping: Keeping) -> None:
    await keeping.add()
    keeping.tell(campaign())
    await keeping.look()
    stale = replace(keeping.sovereignty.told.freshness, stale_since=keeping.clock())
    keeping.sovereignty.told = replace(keeping.sovereignty.told, freshness=stale)
    assert await keeping.look(minutes=20) == 1
    assert keeping.board().state.freshness.stale_since is not None
    assert await keeping.look(minutes=90) == 0


async def test_a_start_that_passes_while_the_source_is_silent_is_told_once(
    keeping: Keeping,
) -> None:
    await keeping.add()
    keeping.tell(campaign(start=keeping.clock() + timedelta(minutes=5)))
    stale = replace(keeping.sovereignty.told.freshness, stale_since=keeping.clock())
    keeping.sovereignty.told = replace(keeping.sovereignty.told, freshness=stale)
    await keeping.look()
    assert (keeping.board().state.missed, await keeping.look(minutes=6)) == ((), 0)
    assert await keeping.look(minutes=3) == 1
    assert keeping.board().state.missed == (1,)
    assert await keeping.look(minutes=30) == 0


async def test_a_deleted_board_is_posted_again_but_not_over_and_over(newsroom: Newsroom) -> None:
    keeping = Keeping(newsroom)
    board = await keeping.add()
    keeping.tell(campaign())
    await keeping.look()
    keeping.newsroom.channels.plan(channel(), GONE)
    keeping.tell(campaign(), adm=3.9)
    await keeping.look(minutes=2)
    assert keeping.posts() == 1
    assert await keeping.look(seconds=30) == 1
    assert keeping.posts() == 2
    assert keeping.board().board.generation == board.generation + 1
    keeping.newsroom.channels.plan(channel(), GONE)
    keeping.tell(campaign(), adm=3.8)
    await keeping.look(minutes=2)
    assert await keeping.look(seconds=30) == 0, "whoever deletes it twice meant it"
    assert await keeping.look(minutes=60) == 1
    assert keeping.posts() == 3


async def test_a_channel_that_refuses_rests(keeping: Keeping) -> None:
    await keeping.add()
    other = 71
    await keeping.add(other)
    keeping.newsroom.channels.plan(channel(), CLOSED)
    keeping.tell(campaign())
    assert await keeping.look() == 2
    keeping.tell(campaign(), adm=3.9)
    assert await keeping.look(minutes=2) == 1, "the other goes on"
    assert keeping.posts() == 1
    async with keeping.newsroom.database.write() as tx:
        await keeping.newsroom.alerts._unblock(tx, channel())
    assert await keeping.look(minutes=2) == 1
    assert keeping.board().state.adms == ((HERE, 3.9),)


async def test_boards_of_a_server_that_was_left_rest(keeping: Keeping) -> None:
    await keeping.add()
    keeping.tell(campaign())
    async with keeping.newsroom.database.write() as tx:
        await guilds.save_settings(tx, GuildSettings(guild_id=GUILD, left_at=keeping.clock()))
    assert await keeping.look() == 0


async def test_own_timers_stand_on_boards_of_their_server_until_an_hour_after(
    keeping: Keeping,
) -> None:
    await keeping.add()
    await keeping.add(71, own_timers=False)
    request = TimerRequest(
        guild_id=GUILD,
        channel_id=CHANNEL,
        what="Fortizar",
        system_id=HERE,
        at=MIDNIGHT + timedelta(hours=1),
        created_by=OWNER,
    )
    async with keeping.newsroom.database.write() as tx:
        await timers.add(tx, request, now=keeping.clock())
        await timers.add(tx, replace(request, guild_id=8, what="Theirs"), now=keeping.clock())  # type: ignore[arg-type]
        hidden = replace(request, what="Of the fleet command", on_boards=False)
        await timers.add(tx, hidden, now=keeping.clock())
    keeping.tell()
    assert await keeping.look() == 2
    assert [timer.what for timer in keeping.board().state.timers] == ["Fortizar"]
    assert keeping.board(71).state.timers == ()
    assert await keeping.look(minutes=119) == 0
    assert await keeping.look(minutes=2) == 1
    assert keeping.board().state.timers == ()


async def test_a_removed_board_says_so_and_is_never_told_again(keeping: Keeping) -> None:
    board = await keeping.add()
    unsent = await keeping.add(71)
    keeping.tell(campaign())
    await keeping.keeper.refresh()
    async with keeping.newsroom.database.write() as tx:
        await store.remove(tx, unsent.id)
        await close_board(tx, unsent, keeping.clock())
    await keeping.newsroom.worker.drain()
    assert keeping.posts(number=71) == 0, "what was not posted yet is taken back"
    async with keeping.newsroom.database.write() as tx:
        await store.remove(tx, board.id)
        await close_board(tx, board, keeping.clock())
    keeping.tell(campaign(), adm=1.0)
    assert await keeping.look(minutes=2) == 0
    (standing,) = keeping.newsroom.channels.read(channel())
    assert isinstance(standing, NoticeMessage)
    assert standing.title == "This board was removed"


async def test_a_board_that_is_removed_while_it_is_looked_at_is_not_posted(
    keeping: Keeping,
) -> None:
    board = await keeping.add()
    keeping.tell(campaign())
    told = keeping.sovereignty.timers

    async def removing(search: TimerSearch) -> Timers:
        async with keeping.newsroom.database.write() as tx:
            await store.remove(tx, board.id)
        return await told(search)

    keeping.sovereignty.timers = removing  # type: ignore[method-assign]
    assert await keeping.look() == 0
    assert keeping.posts() == 0


@pytest.mark.parametrize(
    ("regions", "parties", "expected"),
    [
        ((), (), [1, 2, 3]),
        ((DELVE,), (), [1, 3]),
        ((), (INIT,), [3]),
        ((CATCH,), (INIT,), [2, 3]),
        ((RegionId(10000001),), (), []),
    ],
)
def test_a_board_shows_its_regions_and_its_defenders(
    regions: tuple[RegionId, ...], parties: tuple[Organisation, ...], expected: list[int]
) -> None:
    board = replace(ALL, regions=regions, parties=parties)
    told = Timers(
        campaigns=(
            campaign(1),
            campaign(2, THERE),
            campaign(3, defender_id=AllianceId(INIT.id)),
        ),
        claims=(Claim(system_id=THERE, holder=FRT, adm=2.0),),
        freshness=NEVER,
    )
    state = BoardStates(told, region_of=REGIONS.get, now=MIDNIGHT).of(board, ()).state
    assert [one.id for one in state.campaigns] == expected
    assert state.adms == (((THERE, 2.0),) if 2 in expected else ())
    many = replace(told, campaigns=tuple(campaign(n) for n in range(40)))
    full = BoardStates(many, region_of=REGIONS.get, now=MIDNIGHT).of(ALL, ()).state
    assert (len(full.campaigns), full.more) == (CAMPAIGNS, 40 - CAMPAIGNS)
