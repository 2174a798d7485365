"""Faction warfare in words: every kind of event has a line and a title, and figures say no more than is known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.presentation import fw_words
from bot.presentation.fw_systems import quickest, share_words, trend_words, turn_words
from bot.presentation.lexicon import Lexicon
from services.domain.ids import FactionId, SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.names import NameBook
from services.domain.occurrence import Occurrence, OccurrenceKind, Topic
from services.domain.warfare import Forecast, Trend, WarzoneSystem
from tests.factories import universe

NOW = datetime(2026, 11, 21, 18, tzinfo=UTC)
AMAMAKE = SystemId(30002537)
AMARR, MINMATAR, ANGELS = (
    Organisation(key, OrganisationKind.FACTION) for key in (500_003, 500_002, 500_011)
)
LEXICON = Lexicon(universe=universe(), names=NameBook())
FLIP = Occurrence(
    key="x", kind=OccurrenceKind.FLIP, at=NOW, systems=(AMAMAKE,), old=MINMATAR, new=AMARR
)
SHIFT = replace(FLIP, kind=OccurrenceKind.SHIFT, old=None, new=None, before=0.421, after=0.553)
STAGE = replace(FLIP, kind=OccurrenceKind.INSURGENCY_STAGE, old=None, new=ANGELS, word="corruption")
TOLD = [
    (FLIP, "**Amarr Empire** took it from Minmatar Republic", "Amarr Empire took Amamake"),
    (
        replace(FLIP, kind=OccurrenceKind.VULNERABLE, old=None, new=None, others=(AMARR, MINMATAR)),
        "**vulnerable**, held by Amarr Empire: its hub can be attacked",
        "Amamake is vulnerable",
    ),
    (
        replace(FLIP, kind=OccurrenceKind.SAFE, old=None, new=None),
        "no longer vulnerable, and not taken",
        "Amamake is no longer vulnerable",
    ),
    (
        SHIFT,
        "contested 42.1% → 55.3% within an hour (+13.2\N{NO-BREAK SPACE}points)",
        "Amamake: contested 42.1% → 55.3% within an hour",
    ),
    (
        replace(SHIFT, since=NOW - timedelta(hours=2), after=0.1),
        "contested 42.1% → 10.0% (\N{MINUS SIGN}32.1\N{NO-BREAK SPACE}points)",
        "Amamake: contested 42.1% → 10.0%",
    ),
    (
        replace(FLIP, kind=OccurrenceKind.ROLE, old=None, new=None, word="command operations"),
        "now **command operations**",
        "Amamake: now command operations",
    ),
    (
        replace(FLIP, kind=OccurrenceKind.INSURGENCY_STARTED, old=None, new=ANGELS),
        "**Angel Cartel** started an insurgency from here",
        "Insurgency of Angel Cartel from Amamake",
    ),
    (
        replace(STAGE, before=4.0, after=5.0),
        "corruption 4 → 5 of 5, lawless",
        "Amamake: corruption 4 → 5 of 5, lawless",
    ),
    (
        replace(STAGE, word="suppression", before=5.0, after=3.0),
        "suppression 5 → 3 of 5",
        "Amamake: suppression 5 → 3 of 5",
    ),
    (
        replace(FLIP, kind=OccurrenceKind.INSURGENCY_ENDED, old=None, new=ANGELS),
        "the insurgency of Angel Cartel from here is over",
        "The insurgency from Amamake is over",
    ),
]


@pytest.mark.parametrize(("occurrence", "line", "title"), TOLD)
def test_every_kind_has_its_words(occurrence: Occurrence, line: str, title: str) -> None:
    told = fw_words.line(occurrence, LEXICON)
    place = "**[Amamake](https://evemaps.dotlan.net/system/Amamake)** 0.4 (Heimatar): "
    assert told == place + line
    assert fw_words.title(occurrence, LEXICON) == title


def test_no_kind_is_without_words() -> None:
    """Also one of a newer version's, of which little is known: of a system that is not on the map, and of nobody."""
    for kind in OccurrenceKind:
        if kind.topic is Topic.FW:
            bare = Occurrence(key="x", kind=kind, at=NOW, systems=(SystemId(39_999_999),))
            assert "system #39999999" in fw_words.line(bare, LEXICON)
            assert "system #39999999" in fw_words.title(bare, LEXICON)
            nowhere = replace(bare, systems=(), word="@everyone **x**")
            assert "@everyone" not in fw_words.line(nowhere, LEXICON)
            assert fw_words.title(nowhere, LEXICON)
    assert {occurrence.kind for occurrence, *_ in TOLD} == {
        kind for kind in OccurrenceKind if kind.topic is Topic.FW
    }


@pytest.mark.parametrize(
    ("share", "words"),
    [(None, "unknown"), (0.0, "0.0%"), (0.9999, "99.9%"), (1.0, "100.0%"), (0.4236, "42.4%")],
)
def test_a_share_is_never_rounded_up_to_vulnerable(share: float | None, words: str) -> None:
    assert fw_words.percent(share) == words


def system(points: int = 0, threshold: int = 75_000, **more: object) -> WarzoneSystem:
    given: dict[str, object] = {"contested": "contested", **more}
    return WarzoneSystem(
        system_id=AMAMAKE,
        owner_id=FactionId(500_002),
        occupier_id=FactionId(500_003),
        victory_points=points,
        threshold=threshold,
        **given,  # type: ignore[arg-type]
    )


def test_what_is_not_known_is_not_zero() -> None:
    assert share_words(system(points=500, threshold=0)) == "contested **unknown**"
    assert share_words(system(contested="vulnerable")) == "**vulnerable**"
    unknown = (Trend(hours=1, per_hour=None), Trend(hours=6, per_hour=-0.03))
    assert quickest(system(trends=unknown)) == unknown[1]
    assert trend_words(unknown[1]) == (
        "\N{MINUS SIGN}3.0\N{NO-BREAK SPACE}points/h over 6\N{NO-BREAK SPACE}h"
    )
    assert trend_words(Trend(hours=1, per_hour=0.0001)) == "still"
    assert trend_words(unknown[0]) is None
    assert trend_words(quickest(system())) is None


def test_an_estimate_has_its_spread() -> None:
    hours = [NOW + timedelta(hours=count) for count in (3, 2, 6)]
    soon = Forecast(vulnerable=True, at=hours[0], earliest=hours[1], latest=hours[2])

    def short(moment: datetime) -> str:
        return f"{moment:%H}"

    assert fw_words.forecast_words(soon, short) == (
        "vulnerable 21 (20 at the earliest, 00 at the latest)"
    )
    perhaps = replace(soon, vulnerable=False, latest=None)
    assert "perhaps never" in fw_words.forecast_words(perhaps, short)
    assert turn_words(system(forecast=soon)) == f"est. vulnerable <t:{int(hours[0].timestamp())}:R>"
    assert turn_words(system(forecast=perhaps)) == f"est. safe <t:{int(hours[0].timestamp())}:R>"
    assert turn_words(system()) is None
