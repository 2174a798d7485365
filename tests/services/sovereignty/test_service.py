"""Use cases and queries of sovereignty, on each kind of database."""

from services.domain.freshness import NEVER
from services.domain.ids import SystemId
from services.domain.killmail import OrganisationKind, party
from services.domain.sovereignty import CampaignState, TimerSearch
from services.sovereignty import history, store
from services.storage.database import Database
from tests.services.sovereignty.desk import Desk
from tests.services.sovereignty.made_up import (
    GOONS,
    HORDE,
    HUB,
    SYSTEM,
    campaign_row,
    minutes,
    system_row,
)

FAR = SystemId(SYSTEM + 100)


async def test_timers_are_searched_and_come_with_their_claims(desk: Desk) -> None:
    desk.campaigns(
        campaign_row(1, start=90),
        campaign_row(2, start=-30),
        campaign_row(3, start=30, solar_system_id=FAR, defender_id=HORDE.id),
    )
    desk.systems(system_row(SYSTEM, GOONS, adm=5.1))
    assert (await desk.service.timers(TimerSearch())).freshness == NEVER
    await desk.look()
    everything = await desk.service.timers(TimerSearch())
    assert [one.id for one in everything.campaigns] == [2, 3, 1]
    assert [(one.system_id, one.adm) for one in everything.claims] == [(SYSTEM, 5.1)]
    assert everything.freshness.as_of is not None
    for search, expected in (
        (TimerSearch(systems=frozenset({FAR, SystemId(1)})), [3]),
        (TimerSearch(party=GOONS), [2, 1]),
        (TimerSearch(until=minutes(90)), [2, 3]),
        (TimerSearch(party=party(HORDE.id, OrganisationKind.CORPORATION)), []),
    ):
        found = await desk.service.timers(search)
        assert [one.id for one in found.campaigns] == expected
    await desk.until(31)
    later = await desk.service.timers(TimerSearch())
    assert [(one.id, one.state) for one in later.campaigns] == [
        (2, CampaignState.RUNNING),
        (3, CampaignState.RUNNING),
        (1, CampaignState.SCHEDULED),
    ]
    assert [one.id for one in await desk.service.campaigns_of(FAR, minutes(0))] == [3]
    assert await desk.service.find_campaign(4) is None


async def test_who_holds_what_follows_the_table(desk: Desk) -> None:
    corporation = party(98_000_001, OrganisationKind.CORPORATION)
    rows = [system_row(SYSTEM + n, GOONS, hub=HUB + n) for n in range(3)]
    desk.systems(*rows, system_row(FAR, None))
    assert await desk.service.all_claims() == ()
    assert await desk.service.freshness() == NEVER
    await desk.look()
    assert [one.system_id for one in await desk.service.holdings(GOONS)] == [
        SYSTEM,
        SYSTEM + 1,
        SYSTEM + 2,
    ]
    assert len(await desk.service.holdings(corporation)) == 3
    # What has not changed is not read again.
    assert await desk.service.find_claim(SYSTEM) is await desk.service.find_claim(SYSTEM)
    desk.systems(system_row(SYSTEM, HORDE, hub=7, capital=True), *rows[1:], system_row(FAR, None))
    await desk.until(6)
    assert [one.system_id for one in await desk.service.holdings(HORDE)] == [SYSTEM]
    asked = (FAR, SYSTEM, SystemId(1))
    assert [one.holder for one in await desk.service.claims(asked)] == [None, HORDE]
    assert len(await desk.service.all_claims()) == 4
    held = [one.system_id for one in await desk.service.holdings(GOONS)]
    assert held == [SYSTEM + 1, SYSTEM + 2]
    still = [one.system_id for one in await desk.service.holdings(corporation)]
    assert still == [SYSTEM, SYSTEM + 1, SYSTEM + 2]
    assert await desk.service.holdings(party(GOONS.id, OrganisationKind.FACTION)) == ()
    async with desk.database.read() as tx:
        kept = (await store.load_claims(tx))[SYSTEM]
    assert kept == await desk.service.find_claim(SYSTEM)
    assert (kept.is_capital, kept.adm, kept.military, kept.hub_id) == (True, 4.2, 3, 7)


async def test_the_multiplier_of_a_system_over_time(desk: Desk) -> None:
    history_of = desk.service.adm_history
    assert await history_of(SYSTEM, minutes(-900)) == ()
    assert await desk.service.watched_since() is None
    for until, adm in ((0, 4.2), (80, 4.5), (100, 5.1), (190, 6.0), (250, 3.7)):
        desk.systems(system_row(SYSTEM, GOONS, adm=adm), system_row(FAR, GOONS, adm=2.0))
        await desk.look()
        await desk.until(until)
    found = await history_of(SYSTEM, minutes(-900))
    assert [adm for _, adm in found] == [4.2, 4.5, 5.1, 6.0, 3.7]
    moments = [at for at, _ in found]
    assert await desk.service.watched_since() == moments[0]
    assert moments[0] == (await history_of(FAR, minutes(-900)))[0][0]
    for moment, at in zip(moments, (0, 1, 80, 100, 190), strict=True):
        assert minutes(at) <= moment < minutes(at + 6)
    # Two changes of one hour lie in one row.
    assert await history_of(SYSTEM, minutes(95)) == ((minutes(95), 5.1), *found[3:])
    assert await history_of(SYSTEM, minutes(150)) == ((minutes(150), 6.0), found[-1])
    assert await history_of(SYSTEM, minutes(300)) == ((minutes(300), 3.7),)
    assert [adm for _, adm in await history_of(FAR, minutes(150))] == [2.0]
    assert await history_of(SystemId(1), minutes(0)) == ()
    async with desk.database.read() as tx:
        assert len(await history.load_multipliers(tx, SYSTEM, minutes(150))) == 1


async def test_what_is_old_is_forgotten(desk: Desk) -> None:
    desk.campaigns(campaign_row(1, start=300), campaign_row(2, start=300))
    desk.systems(system_row(SYSTEM, GOONS))
    await desk.until(1)
    desk.campaigns(campaign_row(1, start=300))
    await desk.until(18)
    assert [one.id for one in await desk.service.campaigns_of(SYSTEM, minutes(0))] == [1, 2]
    assert [one.id for one in await desk.service.campaigns_of(SYSTEM, minutes(9))] == [1]
    async with desk.database.read() as tx:
        assert [one.id for one in await store.load_recent(tx, minutes(0))] == [2]
    await desk.service.prune()
    assert await desk.service.find_campaign(2) is not None
    desk.clock.advance(days=desk.settings.keep_days)
    await desk.service.prune()
    assert await desk.service.find_campaign(2) is None
    assert await desk.service.find_campaign(1) is not None
    assert await desk.service.adm_history(SYSTEM, minutes(0)) == ()


async def test_a_campaign_is_kept_as_it_is(database: Database) -> None:
    """Written, read, written again: nothing is lost on the way."""
    async with Desk.open(database) as desk:
        row = campaign_row(1, start=-5, defender_id=None, constellation_id=None)
        del row["defender_id"], row["constellation_id"]
        desk.campaigns(row | {"participants": [{"alliance_id": GOONS.id, "score": 0.3}]})
        await desk.look()
        found = await desk.campaign(1)
    assert (found.defender_id, found.constellation_id) == (None, None)
    assert found.participants == ((GOONS.id, 0.3),)
    async with database.write() as tx:
        await store.save_campaigns(tx, [found])
    async with database.read() as tx:
        assert await store.load_followed(tx, ()) == [found]
        assert await store.load_gone(tx) == []
        assert await store.load_alive(tx) == [found]
