"""Who flew with whom, in numbers, and what they do to sides."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.battles.graph import read
from services.battles.learning import (
    LEARNT,
    WEEKS,
    Lesson,
    faded,
    is_known,
    shared_out,
    start_of,
    week_of,
    weeks_before,
)
from services.battles.sides import Prior, Sides, split
from services.domain.killmail import Killmail, Organisation, OrganisationKind, Victim
from tests.factories import mail, party
from tests.services.battles.measure import fit, trial_battles

A, B, C, D = (party(name) for name in ("A1", "B1", "C1", "D1"))


def weights(mails: Sequence[Killmail], *, at_once: int = 1000) -> dict[tuple[int, int], float]:
    lesson = Lesson()
    for first in range(0, len(mails), at_once):
        lesson.hear(read(mails[first : first + at_once]))
    return lesson.weights()


def mails(*words: str) -> list[Killmail]:
    """`A1:B1,C1`: victim and attackers."""
    found = []
    for number, word in enumerate(words, 1):
        victim, _, attackers = word.partition(":")
        found.append(mail(number, number, victim, *attackers.split(",")))
    return found


def told_of(prior: Mapping[tuple[int, int], float], *parties: Organisation) -> Prior:
    """What a lesson says of the parties of a battle."""
    here = {p.id: p for p in parties}
    return shared_out({pair: w for pair, w in prior.items() if set(pair) <= here.keys()}, here)


@pytest.mark.parametrize(
    ("week", "expected"),
    [
        pytest.param(["A1:B1"] * 2, {(A, B): -0.5}, id="only shot at each other"),
        pytest.param(["A1:B1", "B1:A1"], {(A, B): -0.5}, id="both ways"),
        pytest.param(["A1:B1"] * 18, {(A, B): -0.9}, id="often"),
        pytest.param(["A1:B1"] * 2 + ["npc:A1,B1"] * 5, {(A, B): 0.25}, id="rather together"),
        pytest.param(["A1:A2,A3"], {}, id="one party alone"),
        pytest.param(["A1:B1,C1,D1,E1,F1"], {}, id="too little in a crowd"),
    ],
)
def test_a_pair_is_worth_what_was_seen_of_it(
    week: list[str], expected: dict[tuple[Organisation, Organisation], float]
) -> None:
    found = weights(mails(*week))
    assert found == pytest.approx({(a.id, b.id): w for (a, b), w in expected.items()})


def test_pilots_who_fight_for_themselves_are_not_remembered() -> None:
    [shot] = mails("A1:B1,B2")
    alone = replace(shot, victim=Victim(character_id=shot.victim.character_id))
    assert alone.victim.organisation is not None
    assert alone.victim.organisation.kind is OrganisationKind.CHARACTER
    assert weights([shot] * 9)
    assert weights([alone] * 9) == {}


def test_a_week_may_be_heard_in_parts(recorded_killmails: list[Killmail]) -> None:
    some = recorded_killmails[:2000]
    assert weights(some, at_once=300) == weights(some[::-1]) != {}


MONDAY = datetime(2026, 11, 16, tzinfo=UTC)


def test_only_weeks_that_ended_five_days_before_are_asked() -> None:
    week = week_of(MONDAY)
    assert start_of(week) == MONDAY
    assert week_of(MONDAY - timedelta(seconds=1)) == week - 1
    assert weeks_before(MONDAY + LEARNT, LEARNT) == range(week - WEEKS, week)
    early = weeks_before(MONDAY + LEARNT - timedelta(seconds=1), LEARNT)
    assert early == range(week - WEEKS - 1, week - 1)


def test_older_weeks_weigh_less() -> None:
    assert faded([(9, 1.0)], 9) == 1.0
    assert faded([(2, 1.0)], 9) == pytest.approx(0.082, abs=0.001)
    turned = [(week, 0.8) for week in range(2, 8)] + [(8, -0.8), (9, -0.8)]
    assert faded(turned, 9) < 0.0, "two weeks after a coalition broke, that is what is known"


pairs = st.dictionaries(
    st.tuples(st.integers(1, 9), st.integers(1, 9)).filter(lambda pair: pair[0] < pair[1]),
    st.floats(-3, 3),
)


@given(pairs)
def test_what_is_known_of_a_party_never_comes_to_more_than_one(
    known: dict[tuple[int, int], float],
) -> None:
    parties = {n: Organisation(n, OrganisationKind.ALLIANCE) for n in range(1, 10)}
    found = shared_out(known, parties)
    assert len(found) == len(known)
    for one in parties.values():
        assert sum(abs(weight) for pair, weight in found.items() if one in pair) <= 1.000_001
    assert all(weight * known[pair[0].id, pair[1].id] >= 0 for pair, weight in found.items()), (
        "nobody becomes a foe"
    )


def together(sides: Sides, one: Organisation, other: Organisation) -> bool:
    return sides.of[one] == sides.of[other]


USUAL = ["A1:B1,C1"] * 4 + ["B1:A1,D1"] * 4
"""Two coalitions: A with D, B with C."""


def test_one_mail_lands_a_party_on_its_usual_side() -> None:
    """A pilot of C is on one mail: he shot at a dying friend, with a whole fleet, to be on it."""
    fleet = ",".join(f"A{n}" for n in range(1, 11))
    fight = mails(*["A1:B1,B2", "B1:A1,A2"] * 3, f"B1:C1,D1,{fleet}")
    prior = told_of(weights(mails(*USUAL)), A, B, C, D)
    plain, known = split(fight), split(fight, prior)
    assert together(plain, C, A)
    assert together(known, C, B)
    assert together(known, D, A)
    assert not together(known, A, B)


def test_a_fight_that_is_clear_stays_as_it_was() -> None:
    """Who fights against his usual friends is put where he fights, whatever is known."""
    prior = told_of(weights(mails(*USUAL * 9)), A, B, C, D)
    assert prior[A, D] > 0.3
    betrayed = mails("C1:A1,B1", "D1:A1,B1", "A1:C1,D1", "B1:C1,D1")
    found = split(betrayed, prior)
    assert found == split(betrayed)
    assert together(found, A, B)
    assert together(found, C, D)
    duel = mails("A1:D1")
    assert split(duel, prior) == split(duel)


def test_what_is_known_tells_a_fight_that_has_just_begun(
    recorded_killmails: list[Killmail],
) -> None:
    """A day's fights, told from a twentieth of their mails and what the other days taught; judged by all mails."""
    fights = trial_battles(recorded_killmails)[:25]
    day = min(fight[0].time.date() for fight in fights)
    fights = [fight for fight in fights if fight[0].time.date() == day]
    taught = weights([m for m in recorded_killmails if m.time.date() != day], at_once=40_000)
    chance = random.Random(1)
    begun = [chance.sample(fight, max(2, len(fight) // 20)) for fight in fights]
    priors = [told_of(taught, *filter(is_known, split(fight).of)) for fight in begun]
    plain = fit(fights, [split(fight).of for fight in begun])
    known = fit(fights, [split(f, p).of for f, p in zip(begun, priors, strict=True)])
    assert known.scored == plain.scored > 400
    assert known.blue < plain.blue - 1.0
    assert known.blue + known.split < plain.blue + plain.split - 1.0
