"""How campaigns ended, case by case."""

from typing import Any

import pytest

from services.domain.ids import AllianceId
from services.domain.sovereignty import Campaign, CampaignState, CampaignVerdict, Claim
from services.sovereignty.settings import SovereigntySettings
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

SETTINGS = SovereigntySettings()
DEFENDED, LOST, UNKNOWN = (
    CampaignVerdict.DEFENDED,
    CampaignVerdict.LOST,
    CampaignVerdict.UNKNOWN,
)


def gone(*, seen: float = 0, ended: float = 1, **fields: Any) -> Campaign:
    """A contest over the hub of Goons that was last listed, and first absent, at these minutes of the evening."""
    made: dict[str, Any] = {
        "event_type": "ihub_defense",
        "defender_id": AllianceId(GOONS.id),
        "start": minutes(min(-60, seen)),
    }
    return Campaign(
        id=1,
        system_id=SYSTEM,
        constellation_id=None,
        structure_id=HUB,
        state=CampaignState.GONE,
        first_seen=minutes(-90),
        seen=minutes(seen),
        ended=minutes(ended),
        **made | fields,
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
    campaign = gone(event_type=kind, defender_id=GOONS.id if defended else None)
    found = judge(campaign, held, at=minutes(8), settings=SETTINGS)
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert found[0] is expected
    assert ground in found[1]
    assert "7 minutes after the contest was gone" in found[1]


def test_after_an_outage_the_ground_says_how_little_is_known() -> None:
    """Nobody could ask for half an hour, half a day, two days."""

    def judged(held: Claim, *, seen: float) -> tuple[CampaignVerdict, str]:
        found = judge(gone(seen=seen), held, at=minutes(8), settings=SETTINGS)
        assert found is not None
        return found

    assert judged(claim(None), seen=-30) == (
        LOST,
        (
            "Nobody held the system at 18:08 EVE (the contest was gone some time between 17:30 and "
            "18:01 EVE); its hub was gone."
        ),
    )
    assert judged(claim(), seen=-720) == (
        DEFENDED,
        (
            "The same hub still stood at 18:08 EVE (the contest was gone some time between 06:00 and "
            "18:01 EVE)."
        ),
    )
    assert judged(claim(HORDE, hub=7), seen=-2880) == (
        UNKNOWN,
        (
            "Somebody else held the system at 2026-11-20 18:08 EVE (the contest was gone some time "
            "between 2026-11-18 18:00 and 2026-11-20 18:01 EVE). It may have been lost in this contest "
            "or since then."
        ),
    )


def test_a_contest_that_no_answer_saw_begin_was_not_seen_to_be_defended() -> None:
    unseen = gone(start=minutes(-10), seen=-40)
    found = judge(unseen, claim(), at=minutes(8), settings=SETTINGS)
    assert found is not None
    assert found[0] is UNKNOWN
    assert found[1].startswith("The same hub still stood at 18:08 EVE")
    assert found[1].endswith("; whether it was fought over nobody knows.")
    lost = judge(unseen, claim(None), at=minutes(8), settings=SETTINGS)
    assert lost is not None
    assert lost[0] is LOST
