"""The sources before a stand-in of ESI: what is told of a campaign's life, and what bad answers do not."""

import json
from pathlib import Path

import pytest

from services.domain.ids import SystemId
from services.domain.occurrence import OccurrenceKind
from services.domain.sovereignty import CampaignState, CampaignVerdict
from services.domain.trouble import Trouble
from services.sovereignty import store
from services.sovereignty.wire import CAMPAIGNS, SKYHOOKS, SYSTEMS
from tests.fakes.esi import Fault
from tests.services.sovereignty.desk import Desk, Killed
from tests.services.sovereignty.made_up import (
    GOONS,
    HORDE,
    HUB,
    SYSTEM,
    campaign_row,
    minutes,
    skyhook_row,
    system_row,
)

PAST = skyhook_row(1, start=-90, end=-30)
"""A first answer without any skyhook would not be believed."""
OTHERS = tuple(system_row(SYSTEM + n, GOONS, hub=HUB + n) for n in range(1, 6))


async def furnish(desk: Desk) -> None:
    """Everything was asked for once."""
    desk.campaigns(campaign_row(1, start=300))
    desk.systems(system_row(SYSTEM, GOONS), *OTHERS)
    desk.skyhooks(PAST)
    await desk.look()
    assert desk.told == []


async def test_a_campaign_from_its_announcement_to_its_verdict(desk: Desk) -> None:
    await furnish(desk)
    desk.campaigns(campaign_row(1, start=300), campaign_row(2, start=20))
    assert await desk.until(19) == ["campaign-new:2"]
    desk.restart()
    assert await desk.until(25) == [f"campaign-started:2:{int(minutes(20).timestamp()) // 60}"]
    moved = campaign_row(2, start=20, defender_score=0.7, attackers_score=0.3)
    desk.campaigns(campaign_row(1, start=300), moved)
    (score,) = await desk.until(29)
    assert score.startswith("campaign-score:2:")
    desk.campaigns(campaign_row(1, start=300))
    assert await desk.until(31) == []
    assert (await desk.campaign(2)).state is CampaignState.GONE
    desk.restart()
    assert await desk.until(34) == []
    assert await desk.until(41) == ["campaign-ended:2"]
    found = await desk.campaign(2)
    assert (found.verdict, found.state) == (CampaignVerdict.DEFENDED, CampaignState.OVER)
    assert found.ended == minutes(30)
    assert (
        found.ground
        == "The same hub still stood at 18:39 EVE, 9 minutes after the contest was gone."
    )
    assert [(s.defender, s.attackers) for s in found.scores] == [(0.6, 0.4), (0.7, 0.3)]
    assert await desk.until(60) == []


async def test_a_lost_hub_ends_its_campaign_as_lost(small_desk: Desk) -> None:
    desk = small_desk
    await furnish(desk)
    desk.campaigns(campaign_row(1, start=300), campaign_row(2, start=-5))
    await desk.until(2)
    desk.campaigns(campaign_row(1, start=300))
    desk.systems(system_row(SYSTEM, None), *OTHERS)
    lost, ended = await desk.until(15)
    assert lost.startswith(f"sov-hub-lost:{SYSTEM}:")
    assert ended == "campaign-ended:2"
    assert (await desk.campaign(2)).verdict is CampaignVerdict.LOST


NOT_NOW = [
    *[Fault(status=status) for status in (420, 429, 502)],
    Fault(body=b"<html>maintenance</html>", content_type="text/html"),
    Fault(body=b"[]"),
    Fault(body=b'{"solar_systems": [], "skyhooks": []}'),
    Fault(body=b'{"solar_systems": [{"solar_system_id": 30004759, "claim": {"unclaimed": true}}]}'),
    Fault(body=b'[{"campaign_id": 1', cut=True),
]


@pytest.mark.parametrize("fault", NOT_NOW)
async def test_an_answer_that_cannot_be_raises_nothing(small_desk: Desk, fault: Fault) -> None:
    desk = small_desk
    rows = [campaign_row(1, start=300), campaign_row(2, start=3)]
    await furnish(desk)
    desk.campaigns(*rows)
    desk.skyhooks(skyhook_row(40, start=200, end=260))
    await desk.until(7)
    told = len(desk.told)
    for path in (CAMPAIGNS, SYSTEMS, SKYHOOKS):
        desk.esi.fail(path, *([fault] * 2))
    assert await desk.until(25) == []
    assert [(await desk.campaign(n)).state for n in (1, 2)] == [
        CampaignState.SCHEDULED,
        CampaignState.RUNNING,
    ]
    claim = await desk.service.find_claim(SYSTEM)
    assert claim is not None
    assert claim.holder == GOONS
    assert len(await desk.service.skyhooks()) == 1
    assert len(desk.told) == told
    assert (Trouble.SOURCE_STALE, "sov-campaigns") not in desk.watch.open


async def test_what_is_said_for_long_is_believed(small_desk: Desk) -> None:
    desk = small_desk
    await furnish(desk)
    desk.campaigns(campaign_row(2, start=3))
    await desk.until(4)
    desk.campaigns()
    assert await desk.until(33) == []
    assert (await desk.campaign(2)).state is CampaignState.RUNNING
    await desk.until(36)
    assert (await desk.campaign(2)).state is CampaignState.GONE


async def test_an_empty_list_of_a_downtime_cancels_nothing(small_desk: Desk) -> None:
    """It lasts half an hour, and the list comes back some minutes after it was believed."""
    desk = small_desk
    await furnish(desk)
    rows = [campaign_row(number, start=40 + 4 * number) for number in range(1, 5)]
    desk.campaigns(*rows)
    await desk.until(3)
    told = len(desk.told)
    desk.campaigns()
    assert await desk.until(40) == []
    assert (await desk.campaign(1)).state is CampaignState.MISSING
    desk.campaigns(*rows)
    assert await desk.until(43) == []
    assert len(desk.told) == told
    assert await desk.until(47) == [f"campaign-started:1:{int(minutes(44).timestamp()) // 60}"]


async def test_one_that_is_listed_again_is_told_again_to_its_end(small_desk: Desk) -> None:
    desk = small_desk
    await furnish(desk)
    desk.campaigns(campaign_row(1, start=300), campaign_row(2, start=60))
    await desk.until(2)
    desk.campaigns(campaign_row(1, start=300))
    assert await desk.until(20) == ["campaign-ended:2"]
    desk.restart()
    desk.campaigns(campaign_row(1, start=300), campaign_row(2, start=60))
    again = (await desk.campaign(2)).next_id
    started = int(minutes(60).timestamp()) // 60
    assert await desk.until(62) == [f"campaign-new:{again}", f"campaign-started:{again}:{started}"]
    assert (await desk.campaign(2)).verdict is CampaignVerdict.UNKNOWN
    desk.restart()
    desk.campaigns(campaign_row(1, start=300))
    assert await desk.until(80) == [f"campaign-ended:{again}"]
    assert (await desk.campaign(again)).verdict is CampaignVerdict.DEFENDED
    desk.campaigns(campaign_row(1, start=300), campaign_row(2, start=60))
    assert (await desk.until(82))[0] == f"campaign-new:{(await desk.campaign(again)).next_id}"


async def test_campaigns_that_end_shortly_after_each_other_are_no_fault(small_desk: Desk) -> None:
    desk = small_desk
    await furnish(desk)
    rows = [campaign_row(number, start=400) for number in range(1, 6)]
    for left, until in ((5, 10.0), (3, 11.2), (1, 29.0)):
        desk.campaigns(*rows[:left])
        await desk.until(until)
    states = [(await desk.campaign(number)).state for number in range(1, 6)]
    assert states == [CampaignState.SCHEDULED] + 4 * [CampaignState.OVER]


async def test_killed_before_the_commit_all_of_it_is_told_by_the_next(desk: Desk) -> None:
    await furnish(desk)
    desk.systems(system_row(SYSTEM, HORDE, hub=7), *OTHERS)
    desk.dies = True
    with pytest.raises(Killed):
        await desk.until(10)
    claim = await desk.service.find_claim(SYSTEM)
    assert claim is not None
    assert claim.holder == GOONS
    desk.dies = False
    # The same process goes on: what it held in memory was rolled back, too.
    (key,) = await desk.until(16)
    assert key.startswith(f"sov-holder:{SYSTEM}:")
    assert await desk.until(40) == []


async def test_a_window_opens_while_the_answer_stays_the_same(small_desk: Desk) -> None:
    desk = small_desk
    await furnish(desk)
    desk.systems(system_row(SYSTEM, GOONS, window=(17, 200)), *OTHERS)
    assert await desk.until(16) == []
    (key,) = await desk.until(60)
    assert key == f"sov-window:{SYSTEM}:{int(minutes(17).timestamp()) // 60}"


async def test_after_a_night_without_answers_changes_say_since_when(small_desk: Desk) -> None:
    desk = small_desk
    await furnish(desk)
    desk.clock.now = minutes(600)
    desk.systems(system_row(SYSTEM, HORDE, hub=7, window=(599, 700)), *OTHERS)
    await desk.look()
    (change,) = [one for one in desk.told if one.kind is OccurrenceKind.HOLDER]
    assert change.since is not None
    assert change.since < minutes(1)
    assert OccurrenceKind.WINDOW not in {one.kind for one in desk.told}


async def test_nothing_changes_in_a_quiet_night(small_desk: Desk) -> None:
    """Answers that stay the same are answers: what changes after hours of them happened just now."""
    desk = small_desk
    desk.esi.put(CAMPAIGNS, [], max_age=5, made=minutes(-1))
    desk.systems(system_row(SYSTEM, GOONS), *OTHERS, made=-1)
    desk.skyhooks()
    await desk.look()
    assert await desk.until(75) == []
    as_of = (await desk.service.campaigns_freshness()).as_of
    assert as_of is not None
    assert as_of > minutes(73)
    desk.systems(system_row(SYSTEM, HORDE, hub=7), *OTHERS, made=76)
    await desk.until(85)
    assert [(one.kind, one.since) for one in desk.told] == [(OccurrenceKind.HOLDER, None)]


async def test_a_skyhook_is_told_once_for_each_window(small_desk: Desk) -> None:
    desk = small_desk
    await furnish(desk)
    first, second = (skyhook_row(40, start=start, end=start + 60) for start in (10, 1450))
    desk.skyhooks(first)
    assert await desk.until(30) == [f"skyhook:40:{int(minutes(10).timestamp()) // 60}"]
    assert desk.told[0].others == (GOONS,)
    desk.restart()
    desk.skyhooks(first, second, skyhook_row(41, start=-90, end=-30))
    assert await desk.until(45) == [f"skyhook:40:{int(minutes(1450).timestamp()) // 60}"]
    assert [one.planet_id for one in await desk.service.skyhooks({SYSTEM})] == [40, 40]
    assert await desk.service.skyhooks({SystemId(SYSTEM + 1)}) == ()


async def test_a_skyhook_that_comes_back_is_not_told_again(small_desk: Desk) -> None:
    desk = small_desk
    await furnish(desk)
    there, gone = (
        [skyhook_row(n, start=10, end=40) for n in (40, 41)],
        skyhook_row(40, start=10, end=40),
    )

    async def listed() -> list[int]:
        return [one.planet_id for one in await desk.service.skyhooks()]

    desk.skyhooks(*there)
    assert len(await desk.until(6)) == 2
    # One answer without it says little; the second one, which is the same, that it is gone.
    desk.skyhooks(gone)
    assert await desk.until(11) == []
    assert await listed() == [40, 41]
    assert await desk.until(17) == []
    assert await listed() == [40]
    desk.restart()
    desk.skyhooks(*there)
    assert await desk.until(27) == []
    assert await listed() == [40, 41]
    desk.skyhooks(gone)
    await desk.until(46)
    async with desk.database.read() as tx:
        assert [one.planet_id for one in await store.load_kept_skyhooks(tx)] == [40]


async def test_the_recorded_answers_twice_are_no_news(
    small_desk: Desk, recorded_data: Path
) -> None:
    desk = small_desk
    campaigns, systems = (
        json.loads((recorded_data / f"esi/sovereignty-{name}_2026-05-17.json").read_text())
        for name in ("campaigns", "systems")
    )
    desk.campaigns(*campaigns)
    desk.systems(*systems["solar_systems"])
    await desk.look()
    claims = await desk.service.all_claims()
    assert len(claims) == 5485
    systems["solar_systems"].reverse()
    desk.systems(*systems["solar_systems"])
    # They were recorded half a year before: all contests began, and none of it is news.
    assert await desk.until(6) == []
    desk.restart()
    assert sorted(await desk.service.all_claims(), key=lambda claim: claim.system_id) == sorted(
        claims, key=lambda claim: claim.system_id
    )
    capitals = [row for row in systems["solar_systems"] if _is_capital(row)]
    claim = capitals[0]["claim"]["alliance"]
    claim["development"]["activity_defense_multiplier"] = 1.0
    claim["is_capital_system"] = False
    desk.systems(*systems["solar_systems"])
    (key,) = await desk.until(12)
    assert key.startswith("sov-adm:")


def _is_capital(row: dict[str, object]) -> bool:
    claim = row["claim"]
    assert isinstance(claim, dict)
    return bool(claim.get("alliance", {}).get("is_capital_system"))
