"""The same killmails give the same battles, whatever the order, the batches, the repetitions and the delays."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.lookups import atlas
from services.battles.settings import BattleSettings
from services.domain.isk import Value, ValueSource
from services.domain.killmail import Arrival, Killmail
from services.storage.database import Database
from tests.factories import MIDNIGHT, HandClock, mail, party, universe
from tests.services.battles.ground import (
    AFTERWARDS,
    FEW,
    HERE,
    HOLE,
    LATER,
    MAP,
    NEAR,
    NEXT,
    expected,
    feed,
    follow,
    index_of,
    indexed,
    parties_of,
    remember,
    stored,
)
from tests.services.newsroom import Newsroom, empty

PEOPLE = [f"{party}{number}" for party in "ABC" for number in (1, 2)] + ["a", "b", "npc"]
made_up = st.lists(
    st.builds(
        lambda minutes, system, people: (minutes, system, people),
        st.integers(0, 60),
        st.sampled_from([HERE, NEXT, LATER, NEAR, HOLE]),
        st.lists(st.sampled_from(PEOPLE), min_size=2, max_size=5, unique=True),
    ),
    min_size=2,
    max_size=14,
)


KNOWN = dict(
    zip(combinations((party(f"{name}1").id for name in "ABC"), 2), (0.9, -0.6, -0.3), strict=True)
)
"""A and B flew together in an earlier week, and shot at C."""


@given(shapes=made_up, seed=st.integers(0, 2**32), size=st.sampled_from([1, 3, 100]))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_made_up_fights(database: Database, shapes: Any, seed: int, size: int) -> None:
    dice = random.Random(seed)
    numbers = dice.sample(range(1, 100), len(shapes))
    mails = [
        mail(number, minutes, *people, system=system, isk=dice.choice([None, 1e6]))
        for number, (minutes, system, people) in zip(numbers, shapes, strict=True)
    ]
    await empty(database)
    newsroom = Newsroom(database, clock=HandClock(AFTERWARDS), atlas=MAP)
    follow(newsroom, MAP, FEW)
    prior = await remember(newsroom, KNOWN)
    arriving = [*mails, *dice.sample(mails, len(mails) // 2)]
    dice.shuffle(arriving)
    await feed(newsroom, arriving, size=size)
    wanted = expected(mails, MAP, FEW.reach(), prior=prior)
    assert await stored(newsroom) == wanted
    assert await indexed(newsroom) == index_of(wanted, mails)


@pytest.fixture(scope="session")
def evening(recorded_killmails: list[Killmail]) -> list[Killmail]:
    """The hours around the fight in UW9B-F, all of New Eden; fights move from system to system in it."""
    start, end = MIDNIGHT, MIDNIGHT + timedelta(hours=2, minutes=10)
    mails = sorted((m for m in recorded_killmails if start <= m.time < end), key=lambda m: m.time)
    return mails[:1500]


async def test_a_recorded_evening_shuffled(database: Database, evening: list[Killmail]) -> None:
    newsroom = Newsroom(database, clock=HandClock(AFTERWARDS), atlas=atlas(universe()))
    dice = random.Random(7)
    shuffled = [*evening, *dice.sample(evening, 100)]
    dice.shuffle(shuffled)
    await feed(newsroom, shuffled, size=50)
    wanted = expected(evening, newsroom.atlas)
    assert len(wanted) > 50
    assert max(battle.kills for battle in wanted) > 100
    assert sum(len(battle.places) > 1 for battle in wanted) >= 4
    assert await stored(newsroom) == wanted


def as_it_came(mails: Sequence[Killmail], dice: random.Random) -> list[Arrival]:
    """By arrival: one in three is up to 72 hours late, one in ten comes twice, one in ten is another mail at first."""
    found: list[Arrival] = []
    for final in mails:
        late = timedelta(hours=dice.uniform(0, 72)) if dice.random() < 0.3 else timedelta(minutes=1)
        first = Arrival(killmail=final, received_at=final.time + late, published_at=final.time)
        if dice.random() < 0.1:
            blank = replace(final, attackers=final.attackers[:1])
            later = final.time + timedelta(hours=dice.uniform(0, 72))
            known = {"killmail": final, "published_at": later, "received_at": later}
            found.append(replace(first, **known, revised=True))
            first = replace(first, killmail=blank)
        found.append(first)
        if dice.random() < 0.1:
            again = first.received_at + timedelta(hours=dice.uniform(0, 72))
            found.append(replace(first, received_at=again))
    return sorted(found, key=lambda arrival: arrival.received_at)


def made_up_week(mails: Sequence[Killmail], dice: random.Random) -> dict[tuple[int, int], float]:
    """Friends and foes by chance, among the forty parties that are on most of these mails."""
    seen = Counter(one.id for mail in mails for one in parties_of([mail]))
    known = sorted(number for number, _ in seen.most_common(40))
    return {pair: dice.choice((-1.0, 1.0)) for pair in combinations(known, 2)}


@pytest.mark.parametrize(("size", "count"), [(1, 150), (20, 900)])
async def test_a_recorded_evening_as_it_might_come(
    small_newsroom: Newsroom, evening: list[Killmail], size: int, count: int
) -> None:
    """With the clock going on meanwhile: battles end, and begin again with what is late. They are told of, too.

    Of the parties seen most something is known from before, whatever it is.
    """
    newsroom, dice, ground = small_newsroom, random.Random(size), atlas(universe())
    follow(newsroom, ground, BattleSettings())
    mails = [
        replace(m, value=Value(isk=float(m.id), source=ValueSource.ZKB)) for m in evening[-count:]
    ]
    prior = await remember(newsroom, made_up_week(mails, dice))
    arriving = as_it_came(mails, dice)
    for at in range(0, len(arriving), size):
        batch = arriving[at : at + size]
        newsroom.clock.now = batch[-1].received_at
        await newsroom.take(*batch)
        if dice.random() < 0.1:
            await newsroom.battles.end_quiet(newsroom.pipeline.tell)
    newsroom.clock.now = AFTERWARDS
    await newsroom.battles.end_quiet(newsroom.pipeline.tell)
    wanted = expected(mails, ground, prior=prior)
    assert len(wanted) > 10
    assert size == 1 or wanted != expected(mails, ground), "what is known counts"
    assert await stored(newsroom) == wanted
    assert await indexed(newsroom) == index_of(wanted, mails, ground)
