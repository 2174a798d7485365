"""Lists of kills and dry runs: what was asked, how far it reaches, and what to do where it is too much."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.presentation import colours
from bot.presentation.searches import PAGE, KillListView, render_kill_list
from bot.presentation.text import embed_length
from bot.presentation.trials import FILE, TrialView, render_trial
from services.domain.filter import Condition, Filter, FilterField, FilterGroup, GroupKind
from services.domain.message import KillSummary
from services.domain.trial import Bar, Layer, Trial
from tests.bot.samples import AMAMAKE, BERLIN, NOW, UTC_ZONE, lexicon
from tests.factories import mail

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
IN_AMAMAKE = Filter(FilterGroup(GroupKind.ALL, (Condition(FilterField.SYSTEM, (AMAMAKE,)),)))


def kill(number: int, *attackers: str, isk: float | None = None) -> KillSummary:
    return KillSummary.of(mail(number, number, "B1", *attackers, system=AMAMAKE, isk=isk))


def listed(**changes: object) -> KillListView:
    fields = {
        "filter": IN_AMAMAKE,
        "kills": (kill(1, "A1", isk=2.5e9),),
        "page": 0,
        "total": 1,
        "more": False,
        "hours": 24,
        "since": NOW - DAY,
        "reached": NOW - DAY,
        "stored_since": NOW - 30 * DAY,
        **changes,
    }
    return KillListView(**fields)  # type: ignore[arg-type]


def list_text(**changes: object) -> str:
    card = render_kill_list(listed(**changes), lexicon(), now=NOW, zone=UTC_ZONE)
    return f"{card.embed.title}\n{card.embed.description}\n{card.embed.footer.text}"


def tried(*values: float, step: timedelta = HOUR, **changes: object) -> Trial:
    start = NOW.replace(minute=0) - len(values) * step
    bars = tuple(
        Bar(start=start + i * step, matches=value, covered=1.0) for i, value in enumerate(values)
    )
    fields = {
        "filter": IN_AMAMAKE,
        "since": start,
        "until": start + len(values) * step,
        "step": step,
        "bars": bars,
        "layers": (Layer(share=1.0, matches=int(sum(values))),),
        "latest": (),
        "covered": len(values) * step,
        "killmails": 10_000,
        "tested": 10_000,
        **changes,
    }
    return Trial(**fields)  # type: ignore[arg-type]


def trial_text(trial: Trial, *latest: KillSummary) -> str:
    card = render_trial(
        TrialView(trial=trial, latest=latest, picture=b"png"), lexicon(), now=NOW, zone=UTC_ZONE
    )
    return f"{card.embed.title}\n{card.embed.description}"


def test_a_list_tells_value_hull_who_where_and_when() -> None:
    text = list_text(kills=(kill(1, "A1", "A2", isk=2.5e9), kill(2, "npc"), kill(3)))
    assert "Asked for** kills in Amamake" in text
    assert "[Rifter](https://zkillboard.com/kill/1/)" in text
    assert "2.50B ISK" in text
    assert "Amamake (Heimatar)" in text
    assert "and 1 other" in text
    assert "(NPC)" in text
    assert "value unknown" in text
    assert "00:01 EVE" in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"total": 41, "page": 2}, "Page 3 of 5 · 41 kills"),
        ({"total": None, "more": True, "page": 1}, "Page 2 · more follow"),
        ({"total": None, "more": False, "page": 1}, "Page 2 · the last one"),
        ({"total": 1}, "\n1 kill"),
        ({"unknown": 3}, "3 kills are left out"),
        ({"unknown": 1}, "1 kill is left out"),
        ({"reached": NOW - 2 * HOUR}, "I looked back to 00:20 EVE"),
        ({"stored_since": NOW - HOUR}, "The earliest kill that I have is of 01:20 EVE"),
        ({"kills": (), "total": 0}, "Ask for more hours, or for less at once"),
        ({"kills": (), "total": 0, "stored_since": None}, "I have not stored any kill yet"),
    ],
)
def test_a_list_says_how_far_it_reaches(changes: dict[str, object], words: str) -> None:
    assert words in list_text(**changes)


def test_a_full_page_fits() -> None:
    view = listed(kills=tuple(kill(n, "A1", "A2", isk=1e9) for n in range(PAGE)), unknown=9)
    card = render_kill_list(view, lexicon(), now=NOW, zone=BERLIN)
    assert embed_length(card.embed) < 6000
    assert card.embed.description is not None
    assert card.embed.description.count("zkillboard.com/kill/") == PAGE


def test_a_trial_says_what_the_picture_shows() -> None:
    text = trial_text(tried(0, 3, 9, 0), kill(7, "A1", isk=3e9))
    assert "This would post about 72 a day" in text
    assert "**12 matches** of 10,000 kills in the last 4 hours" in text
    assert "Most in one hour: 9, from 00:00 EVE" in text
    assert "[Rifter](https://zkillboard.com/kill/7/)" in text
    assert "too much" not in text
    assert "estimate" not in text.lower()
    daily = trial_text(tried(*[0, 4, 2] * 5, step=DAY))
    assert "Most on one day: 4, on 2021-11-28 EVE" in daily
    assert "in the last 15 days" in daily


def test_a_wormhole_is_told_by_its_class_and_not_by_a_region_that_nobody_knows() -> None:
    known = lexicon().universe
    system = next(each for each in known.systems.values() if each.wormhole_class == 5)
    thera = next(each for each in known.systems.values() if each.name == "Thera")
    there = [KillSummary.of(mail(1, 1, "B1", "A1", system=each.id)) for each in (system, thera)]
    text = list_text(kills=tuple(there))
    assert f"{system.name} (C5 wormhole)\n" in text
    assert "\xa0· Thera\n" in text


def test_a_little_is_not_told_as_nothing_and_nothing_not_as_a_little() -> None:
    days = [0.0] * 29
    text = trial_text(tried(*days, 1, step=DAY))
    assert "This would post less than 0.1 a day" in text
    assert "**1 match** of 10,000 kills in the last 30 days: **less than 0.1 a day**." in text
    nothing = trial_text(tried(*days, step=DAY))
    assert "**0 matches** of 10,000 kills in the last 29 days." in nothing
    assert "a day" not in nothing


def test_the_busiest_hour_of_several_days_has_its_day() -> None:
    text = trial_text(tried(*[1.0] * 24, 5, 1))
    assert "Most in one hour: 5, from 2021-11-30 00:00 EVE." in text
    view = TrialView(trial=tried(*[1.0] * 24, 5), latest=(), picture=b"")
    card = render_trial(view, lexicon(), now=NOW, zone=BERLIN)
    assert "CET" not in (card.embed.footer.text or ""), "hours without dates say nothing of days"
    short = replace(view, trial=tried(1, 2))
    assert "CET" in (render_trial(short, lexicon(), now=NOW, zone=BERLIN).embed.footer.text or "")


def test_the_picture_is_described_for_those_who_cannot_see_it() -> None:
    view = TrialView(trial=tried(1, 2), latest=(), picture=b"png")
    card = render_trial(view, lexicon(), now=NOW, zone=UTC_ZONE)
    (file,) = card.files
    assert (file.name, file.data) == (FILE, b"png")
    assert "per hour: 3 matches in 2 hours" in file.description
    assert card.embed.image.url == f"attachment://{FILE}"


def test_too_much_is_said_with_what_to_do() -> None:
    """Above 200 a day; at that it is still silent."""
    flood, calm = tried(*[201.0] * 2, step=DAY), tried(*[200.0] * 2, step=DAY)
    text = trial_text(flood)
    assert "That is too much for a channel**: one every 7\xa0minutes" in text
    assert "isk>1b" in text
    assert "region:Delve" in text
    assert "too much" not in trial_text(calm)
    view = TrialView(trial=flood, latest=(), picture=b"")
    assert render_trial(view, lexicon(), now=NOW, zone=UTC_ZONE).embed.colour.value == colours.LOSS


def test_a_sample_is_called_an_estimate() -> None:
    sampled = tried(
        *[400.0] * 10,
        step=DAY,
        layers=(Layer(share=0.25, matches=500), Layer(share=1.0, matches=2_000)),
        tested=4_000,
    )
    text = trial_text(sampled, kill(1, "A1"))
    assert "about 4,000 matches** (± 152)" in text
    assert "about 400 a day** (± 15)" in text
    assert "40% of the stored kills were tested" in text
    assert "Latest of those tested" in text


@pytest.mark.parametrize(
    ("covered", "words", "a_day"),
    [
        (timedelta(minutes=20), "too little to say how many", None),
        (3 * HOUR, "a rough guess", 96.0),
        (5 * DAY, "counts those alone", 2.4),
        (10 * DAY, None, 1.2),
    ],
)
def test_how_much_of_the_time_is_stored(
    covered: timedelta, words: str | None, a_day: float | None
) -> None:
    trial = tried(*[1.2] * 10, step=DAY, covered=covered)
    trial = replace(trial, layers=(Layer(share=1.0, matches=12),))
    assert trial.per_day == (None if a_day is None else pytest.approx(a_day))
    text = trial_text(trial)
    assert ("I have kills of" in text) == (words is not None)
    assert words is None or words in text
    assert (a_day is None) == ("a day" not in text.splitlines()[0])


def test_nothing_stored_is_not_nothing_matched() -> None:
    nothing = trial_text(tried(0, 0, killmails=0, tested=0, covered=timedelta(0)))
    assert "Nothing is stored to try this on" in nothing
    assert "backfill" in nothing
    assert "This would have posted nothing" in trial_text(tried(0, 0))


def test_what_is_not_kept_is_said() -> None:
    assert "5 kills are left out" in trial_text(tried(1, 2, unknown=5))


def test_a_margin_of_nothing_found_is_not_nothing() -> None:
    trial = tried(0, 0, layers=(Layer(share=0.1, matches=0),), tested=1000)
    assert trial.matches == 0
    assert trial.margin > 10
