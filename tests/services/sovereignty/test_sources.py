"""The sources before a stand-in of ESI: what is told of a campaign's life, and what bad answers do not."""

import json
from pathlib import Path

import pytest

from services.domain.ids import SystemId
from services.domain.occurrence import OccurrenceKind
from services.domain.sovereignty import CampaignState, CampaignVerdict
from services.domain.trouble import Trouble
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

OTHERS = tuple(system_row(SYSTEM + n, GOONS, hub=HUB + n) for n in range(1, 6))


async def furnish(desk: Desk) -> None:
    """Everything was asked for once."""
    desk.campaigns(campaign_row(1, start=300))
    desk.systems(system_row(SYSTEM, GOONS), *OTHERS)
    desk.skyhooks()
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
    assert await desk.until(13) == []
    assert (await desk.campaign(2)).state is CampaignState.RUNNING
    await desk.until(16)
    assert (await desk.campaign(2)).state is CampaignState.GONE


async def test_campaigns_that_end_shortly_after_each_other_are_no_fault(small_desk: Desk) -> None:
    desk = small_desk
    await furnish(desk)
    rows = [campaign_row(number, start=400) for number in range(1, 6)]
    for left, until in ((5, 10.0), (3, 11.2), (1, 14.0)):
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
    # One that is not listed any more is gone, be its window over or not.
    desk.skyhooks(second)
    await desk.until(55)
    assert [one.window.start for one in await desk.service.skyhooks()] == [minutes(1450)]


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
    desk.skyhooks()
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
