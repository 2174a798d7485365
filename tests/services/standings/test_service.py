"""Who is us, friend or foe: marked, listed, taken away, seen by other processes."""

from asyncio import TaskGroup
from datetime import timedelta

import pytest

from services.domain.errors import NotFound, UserError
from services.domain.ids import GuildId, UserId
from services.domain.killmail import OrganisationKind
from services.domain.standing import NO_STANDINGS, Mark, Standing, Standings, listed
from services.standings.service import MAX_MARKS, StandingService
from services.standings.store import load_version
from services.storage.database import Database, Transaction
from tests.factories import GUILD, OWNER, HandClock

THERE = GuildId(GUILD + 1)
PILOT, CORP = OrganisationKind.CHARACTER, OrganisationKind.CORPORATION
ALLIANCE, FACTION = OrganisationKind.ALLIANCE, OrganisationKind.FACTION
US, FRIEND, FOE = Standing.US, Standing.FRIEND, Standing.FOE


class House:
    """One process."""

    def __init__(self, database: Database, clock: HandClock) -> None:
        self.database = database
        self.told = 0
        self.service = StandingService(database, clock=clock, changed=self.on_changed)

    async def on_changed(self, _tx: Transaction) -> None:
        self.told += 1

    async def load(self) -> dict[GuildId, Standings]:
        async with self.database.read() as tx:
            return dict(await self.service.load_standings(tx))


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def house(database: Database, clock: HandClock) -> House:
    return House(database, clock)


async def test_marked_listed_taken_away(house: House, clock: HandClock) -> None:
    service = house.service
    assert await service.all_of(GUILD) == []
    assert await service.standings(GUILD) == NO_STANDINGS
    pasted = [(30, ALLIANCE, FOE), (20, CORP, US), (10, PILOT, FRIEND), (5, FACTION, FOE)]
    added = await service.add(GUILD, pasted, by=OWNER)
    assert added[0] == Mark(
        entity_id=30, kind=ALLIANCE, standing=FOE, added_by=OWNER, added_at=clock()
    )
    assert [mark.entity_id for mark in await service.all_of(GUILD)] == [20, 10, 30, 5]
    assert await service.standings(GUILD) == Standings({20: US, 10: FRIEND, 30: FOE, 5: FOE})

    clock.advance(hours=1)
    await service.add(GUILD, [(30, ALLIANCE, US), (30, ALLIANCE, FRIEND)], by=UserId(2))
    [turned] = [mark for mark in await service.all_of(GUILD) if mark.entity_id == 30]
    assert (turned.standing, turned.added_by, turned.added_at) == (FRIEND, 2, clock())
    assert [mark.entity_id for mark in await service.remove(GUILD, [30, 5, 99])] == [30, 5]
    with pytest.raises(NotFound, match="/standing list"):
        await service.remove(GUILD, [30])
    with pytest.raises(NotFound):
        await service.remove(THERE, [20])
    assert await service.standings(GUILD) == Standings({20: US, 10: FRIEND})
    assert house.told == 3


async def test_each_server_has_its_own(house: House) -> None:
    await house.service.add(GUILD, [(1, ALLIANCE, US)], by=OWNER)
    await house.service.add(THERE, [(1, ALLIANCE, FOE), (2, CORP, US)], by=OWNER)
    everybody = {GUILD: Standings({1: US}), THERE: Standings({1: FOE, 2: US})}
    assert await house.load() == everybody
    async with house.database.write() as tx:
        await house.service.forget_guild(tx, GUILD)
    assert house.told == 3
    assert await house.load() == {THERE: everybody[THERE]}
    assert await house.service.all_of(GUILD) == []


async def test_other_processes_see_each_change(house: House, clock: HandClock) -> None:
    """And get the same object while nothing changes: whoever made something of it knows that it holds."""
    there = House(house.database, clock)
    assert await there.load() == {}
    await house.service.add(GUILD, [(1, ALLIANCE, US)], by=OWNER)
    seen = await there.load()
    assert seen == {GUILD: Standings({1: US})}
    assert (await there.load())[GUILD] is seen[GUILD]
    clock.advance(hours=-1)
    await house.service.add(GUILD, [(1, ALLIANCE, FOE)], by=OWNER)
    await house.service.add(GUILD, [(2, ALLIANCE, FOE)], by=OWNER)
    assert await there.load() == {GUILD: Standings({1: FOE, 2: FOE})}
    assert there.told == 0


async def test_two_changes_at_once_are_two(house: House, clock: HandClock) -> None:
    """In the same millisecond, each in a transaction of its own: nobody may take one for the other."""
    async with TaskGroup() as group:
        for number in range(1, 11):
            group.create_task(house.service.add(GUILD, [(number, PILOT, US)], by=OWNER))
    async with house.database.read() as tx:
        assert await load_version(tx) == clock() + timedelta(milliseconds=9)
    clock.advance(hours=1)
    await house.service.remove(GUILD, [10])
    await house.service.add(GUILD, [(10, PILOT, FOE)], by=OWNER)
    async with house.database.read() as tx:
        assert await load_version(tx) == clock() + timedelta(milliseconds=1)
    assert len(await house.service.all_of(GUILD)) == 10


async def test_so_many_and_no_more(house: House) -> None:
    many = [(number, PILOT, FOE) for number in range(1, MAX_MARKS + 1)]
    await house.service.add(GUILD, many, by=OWNER)
    with pytest.raises(UserError, match=r"501 marks, .* at most 500"):
        await house.service.add(GUILD, [(1, PILOT, US), (501, PILOT, US)], by=OWNER)
    await house.service.add(GUILD, [(1, PILOT, US)], by=OWNER)
    await house.service.add(THERE, [(501, PILOT, US)], by=OWNER)
    standings = await house.service.standings(GUILD)
    assert (len(standings.marks), standings.marks[1]) == (MAX_MARKS, US)
    assert len(await house.service.remove(GUILD, range(1, 400))) == 399


async def test_nobody_is_marked_neutral(house: House) -> None:
    with pytest.raises(UserError, match="/standing remove"):
        await house.service.add(GUILD, [(1, PILOT, US), (2, PILOT, Standing.NEUTRAL)], by=OWNER)
    assert await house.service.all_of(GUILD) == []
    assert await house.service.add(GUILD, [], by=OWNER) == ()


def test_listed_by_standing_then_name() -> None:
    marks = [
        Mark(
            entity_id=number, kind=PILOT, standing=standing, added_by=OWNER, added_at=HandClock()()
        )
        for number, standing in enumerate([FOE, FRIEND, US, FOE, US])
    ]
    names = ["zeta", "Mu", "Beta", "Alpha", "alpha"]
    assert [mark.entity_id for mark in listed(marks, names.__getitem__)] == [4, 2, 1, 3, 0]
