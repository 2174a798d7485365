"""How campaigns ended, case by case."""

import pytest

from services.domain.sovereignty import Campaign, CampaignState, CampaignVerdict, Claim
from services.sovereignty.verdicts import judge
from tests.services.sovereignty.made_up import (
    CALDARI,
    GOONS,
    HORDE,
    HUB,
    SYSTEM,
    claim,
    minutes,
)

DEFENDED, LOST, UNKNOWN = (
    CampaignVerdict.DEFENDED,
    CampaignVerdict.LOST,
    CampaignVerdict.UNKNOWN,
)


@pytest.mark.parametrize(
    ("kind", "defended", "held", "expected", "ground"),
    [
        ("ihub_defense", True, claim(), DEFENDED, "The same hub still stood at 18:08 EVE"),
        ("ihub_defense", True, claim(HORDE), DEFENDED, "under another alliance"),
        ("ihub_defense", False, claim(), DEFENDED, "The same hub still stood at 18:08 EVE"),
        ("ihub_defense", True, claim(None), LOST, "Nobody held the system"),
        ("ihub_defense", True, claim(HORDE, hub=7), LOST, "Somebody else held the system"),
        ("ihub_defense", True, claim(CALDARI), LOST, "Somebody else held the system"),
        ("ihub_defense", True, claim(hub=7), LOST, "Another hub of the same alliance"),
        ("ihub_defense", False, claim(HORDE, hub=7), LOST, "Somebody else held the system"),
        # The hub is not named: the next answer may tell.
        ("ihub_defense", True, claim(hub=None), None, ""),
        # A kind that nobody knows, of a structure that is no hub.
        ("moon_defense", True, claim(hub=7), UNKNOWN, "nothing more is published"),
        ("moon_defense", True, claim(HORDE, hub=7), LOST, "Somebody else held the system"),
        ("moon_defense", False, claim(HORDE, hub=7), None, ""),
        ("moon_defense", True, claim(None), LOST, "Nobody held the system"),
    ],
)
def test_the_verdict_and_its_ground(
    kind: str, defended: bool, held: Claim, expected: CampaignVerdict | None, ground: str
) -> None:
    campaign = Campaign(
        id=1,
        event_type=kind,
        system_id=SYSTEM,
        constellation_id=None,
        structure_id=HUB,
        defender_id=GOONS.id if defended else None,  # type: ignore[arg-type]
        start=minutes(-60),
        state=CampaignState.GONE,
        first_seen=minutes(-90),
        seen=minutes(0),
        ended=minutes(1),
    )
    found = judge(campaign, held, at=minutes(8))
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert found[0] is expected
    assert ground in found[1]
    assert "7 minutes after the contest was gone" in found[1]
