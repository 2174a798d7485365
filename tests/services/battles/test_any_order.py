"""The same killmails give the same battles, whatever the order, the batches, the repetitions and the delays."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from services.battles.ids import numbered, stem
from services.battles.rules import Trace, clusters, is_battle, linkable, state_of
from services.battles.summary import summarise
from services.domain.battle import Battle, BattleSearch
from services.domain.ids import BattleKey
from services.domain.killmail import Killmail
from services.storage.database import Database
from services.storage.schema import metadata
from tests.factories import MIDNIGHT, HandClock, mail
from tests.services.newsroom import ATLAS, Newsroom

AFTERWARDS = MIDNIGHT + timedelta(hours=12)


def expected(mails: Iterable[Killmail]) -> list[Battle]:
    """What the plain rules make of all mails at once."""
    known = {m.id: m for m in mails}
    battles: list[Battle] = []
    for traces in clusters(Trace.of(m) for m in known.values() if linkable(m)):
        group = [known[trace.killmail_id] for trace in traces]
        if is_battle(group):
            battles.append(picture_of(group))
    names: dict[str, Iterable[str]] = {}
    numbered_battles = []
    for battle in sorted(battles, key=lambda b: b.killmail_ids[0]):
        free = names.setdefault(battle.public_id, numbered(battle.public_id))
        numbered_battles.append(replace(battle, public_id=next(iter(free))))
    return sorted(numbered_battles, key=lambda b: b.public_id)


def picture_of(group: Sequence[Killmail]) -> Battle:
    system, times = group[0].system_id, [m.time for m in group]
    return summarise(
        group,
        key=BattleKey(0),
        public_id=stem(ATLAS.system_name(system), min(times)),
        system_id=system,
        space=ATLAS.space_of(system),
        state=state_of(max(times), AFTERWARDS),
        hull_class=ATLAS.hull_class,
    )


async def stored(newsroom: Newsroom) -> list[Battle]:
    """What stands in the tables; each battle is what its id leads to."""
    found = await newsroom.battles.search(BattleSearch(), shown=False)
    for battle in found:
        assert (await newsroom.battles.get(battle.public_id)).key == battle.key
    return sorted((replace(b, key=BattleKey(0)) for b in found), key=lambda b: b.public_id)


async def feed(newsroom: Newsroom, mails: Sequence[Killmail], *, size: int) -> None:
    rest = iter(mails)
    while batch := list(islice(rest, size)):
        await newsroom.take(*batch, live=False)


def disorder(mails: Sequence[Killmail], dice: random.Random) -> list[Killmail]:
    """By time, but three in ten come much later, and one in ten comes twice."""
    late = [m for m in mails if dice.random() < 0.3]
    dice.shuffle(late)
    on_time = [m for m in mails if m not in late]
    return on_time + late + dice.sample(list(mails), len(mails) // 10)


PEOPLE = [f"{party}{number}" for party in "ABC" for number in (1, 2)] + ["a", "b", "npc"]
made_up = st.lists(
    st.builds(
        lambda minutes, system, people: (minutes, system, people),
        st.integers(0, 60),
        st.sampled_from([30_000_001, 30_000_002]),
        st.lists(st.sampled_from(PEOPLE), min_size=2, max_size=4, unique=True),
    ),
    min_size=2,
    max_size=14,
)


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
    async with database.write() as tx:
        for table in metadata.sorted_tables:
            await tx.execute(delete(table))
    newsroom = Newsroom(database, clock=HandClock(AFTERWARDS))
    arriving = [*mails, *dice.sample(mails, len(mails) // 2)]
    dice.shuffle(arriving)
    await feed(newsroom, arriving, size=size)
    assert await stored(newsroom) == expected(mails)


@pytest.fixture(scope="session")
def evening(recorded_killmails: list[Killmail]) -> list[Killmail]:
    """The hours around the fight in UW9B-F, all of New Eden."""
    start, end = MIDNIGHT, MIDNIGHT + timedelta(hours=2)
    mails = sorted((m for m in recorded_killmails if start <= m.time < end), key=lambda m: m.time)
    return mails[:1500]


async def test_a_recorded_evening_shuffled(database: Database, evening: list[Killmail]) -> None:
    newsroom = Newsroom(database, clock=HandClock(AFTERWARDS))
    dice = random.Random(7)
    shuffled = [*evening, *dice.sample(evening, 100)]
    dice.shuffle(shuffled)
    await feed(newsroom, shuffled, size=50)
    wanted = expected(evening)
    assert len(wanted) > 50
    assert max(battle.kills for battle in wanted) > 100
    assert await stored(newsroom) == wanted


@pytest.mark.parametrize(("size", "count"), [(1, 250), (7, 900), (5000, 1500)])
async def test_a_recorded_evening_with_many_late(
    small_newsroom: Newsroom, evening: list[Killmail], size: int, count: int
) -> None:
    small_newsroom.clock.now = AFTERWARDS
    mails = evening[:count]
    await feed(small_newsroom, disorder(mails, random.Random(size)), size=size)
    assert await stored(small_newsroom) == expected(mails)
