"""Faction warfare in words: every kind of event has a line and a title, and figures say no more than is known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.presentation import fw_words, times
from bot.presentation.fw_status import FwStatusView, render_fw_status
from bot.presentation.fw_systems import (
    Fights,
    activity_words,
    quickest,
    share_words,
    stored_line,
    trend_words,
    turn_words,
)
from bot.presentation.lexicon import Lexicon
from services.domain.freshness import NEVER, Freshness
from services.domain.heat import Coverage
from services.domain.ids import FactionId, SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.names import NameBook
from services.domain.occurrence import Occurrence, OccurrenceKind, Topic
from services.domain.warfare import Activity, Forecast, Trend, Warzone, WarzoneSystem
from tests.bot.samples import UTC_ZONE
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
SAFE = replace(
    FLIP, kind=OccurrenceKind.SAFE, old=None, new=None, others=(MINMATAR, AMARR), after=0.98
)
STAGE = replace(FLIP, kind=OccurrenceKind.INSURGENCY_STAGE, old=None, new=ANGELS, word="corruption")
TOLD = [
    (FLIP, "**Amarr Empire** took it from Minmatar Republic", "Amarr Empire took Amamake"),
    (
        replace(FLIP, kind=OccurrenceKind.VULNERABLE, old=None, new=None, others=(AMARR, MINMATAR)),
        "**vulnerable**, held by Amarr Empire: its hub can be attacked",
        "Amamake is vulnerable",
    ),
    (
        replace(FLIP, starts=NOW - timedelta(hours=31, minutes=20)),
        "**Amarr Empire** took it from Minmatar Republic, reset 1 d 7 h before",
        "Amarr Empire took Amamake",
    ),
    (
        replace(SAFE, kind=OccurrenceKind.RESET, before=0.999, after=None),
        "reset to 0 from 99.9% at once, **probably taken**; ESI still names Minmatar Republic",
        "Amamake was probably taken",
    ),
    (
        SAFE,
        "no longer vulnerable, still held by Minmatar Republic, contested 98.0% now",
        "Amamake is no longer vulnerable",
    ),
    (
        replace(SAFE, starts=NOW - timedelta(hours=4), after=0.001),
        "not taken after all, still held by Minmatar Republic, contested 0.1% now",
        "Amamake was not taken after all",
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
    assert share_words(system(reset_at=NOW)) == "reset to 0, **probably taken**"
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
    words = turn_words(system(forecast=soon))
    assert words == f"est. {fw_words.forecast_words(soon, times.relative)}"
    assert turn_words(system()) is None


def fights(
    *, stored: float, latest: float = 1, day: Activity | None = None, hour: Activity | None = None
) -> Fights:
    """Kills of Amamake, and of how many hours of the day and of the last hour kills are stored."""
    return Fights(
        hour={} if hour is None else {AMAMAKE: hour},
        day={} if day is None else {AMAMAKE: day},
        hour_stored=Coverage(window=timedelta(hours=1), stored=timedelta(hours=latest)),
        day_stored=Coverage(window=timedelta(hours=24), stored=timedelta(hours=stored)),
    )


SOME = Activity(kills=12, pilots=34)


@pytest.mark.parametrize(
    ("known", "words", "note"),
    [
        (fights(stored=24), "no kills in 24 h", None),
        (fights(stored=0, latest=0), "unknown kills in 24 h", "none of the last 24 h are stored"),
        (fights(stored=5), "no known kills in 24 h", "stored for 5 h of the last 24 h"),
        (fights(stored=24, day=SOME), "12 kills, 34 pilots in 24 h · none in 1 h", None),
        (fights(stored=24, latest=0, day=SOME), "34 pilots in 24 h · unknown in 1 h", None),
        (fights(stored=24, day=SOME, hour=SOME), "· 12 kills, 34 pilots in 1 h", None),
    ],
)
def test_kills_that_nobody_stored_are_not_told_as_none(
    known: Fights, words: str, note: str | None
) -> None:
    assert words in activity_words(AMAMAKE, known).replace("\N{NO-BREAK SPACE}", " ")
    told = stored_line(known)
    assert told is None if note is None else note in (told or "")


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (fights(stored=24), "0 kills in the warzone in 24 h"),
        (fights(stored=5, day=SOME), "12 kills that I know of in the warzone in 24 h"),
        (fights(stored=0, latest=0), "kills of the last 24 h unknown"),
    ],
)
def test_the_sum_of_the_warzone_says_how_much_of_it_is_known(known: Fights, words: str) -> None:
    warzone = Warzone(
        systems=(system(0),),
        insurgencies=(),
        freshness=Freshness(as_of=NOW),
        advantage=NEVER,
        insurgency=NEVER,
    )
    card = render_fw_status(
        FwStatusView(warzone=warzone, fights=known), LEXICON, now=NOW, zone=UTC_ZONE
    )
    told = (card.embed.description or "").replace("\N{NO-BREAK SPACE}", " ")
    assert told.endswith(words)
    last = card.embed.fields[-1].value or ""
    assert ("what died in the rest is not known" in last) == (words.startswith("12 kills that"))
