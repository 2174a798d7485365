"""Dry runs of filters: what they count, what they estimate, and how honest they are about it."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.domain.filter import (
    Condition,
    Filter,
    Op,
    Side,
)
from services.domain.ids import SystemId
from services.domain.isk import Value, ValueSource
from services.domain.killmail import Arrival
from services.domain.trial import Trial
from services.killmails.service import KillmailService
from services.storage.database import Database
from tests.factories import FRIGATE, MIDNIGHT, arrival, mail, universe
from tests.services.killmails.filter_dice import FilterDice
from tests.services.killmails.stored_kills import (
    ALPHA,
    AMAMAKE,
    JITA,
    LATER,
    F,
    attacked_by,
    every,
    ids,
    naive,
    store,
)


def hourly(trial: Trial) -> dict[datetime, float]:
    return {bar.start: bar.matches for bar in trial.bars if bar.matches}


@given(seed=st.integers(0, 2**32))
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_a_dry_run_counts_what_the_alert_would(
    stored: KillmailService, recorded: list[Arrival], seed: int
) -> None:
    dice = FilterDice(Random(seed), [each.killmail for each in recorded], universe())
    wanted = dice.filter()
    until = datetime.fromisoformat("2021-12-01T00:00:00+00:00")
    since = until - timedelta(days=7)
    trial = await stored.try_filter(wanted, since=since, until=until)
    expected = [m for m in naive(wanted, recorded) if since <= m.time < until]
    assert (trial.matches, trial.margin, trial.sampled) == (len(expected), 0, False)
    assert ids(trial.latest) == ids(expected[:5])
    by_hour: dict[datetime, float] = {}
    for each in expected:
        hour = each.time.replace(minute=0, second=0)
        by_hour[hour] = by_hour.get(hour, 0) + 1
    assert hourly(trial) == by_hour


async def test_a_dry_run_knows_how_much_of_the_time_it_rests_on(database: Database) -> None:
    """Kills of three hours in a week say something of three hours, wherever in an hour they begin."""
    mails = [mail(n, 25 + 5 * n, "B1", "A1" if n % 2 else "C1") for n in range(37)]
    service = await store(database, [arrival(each) for each in mails])
    trial = await service.try_filter(
        every(attacked_by(ALPHA)), since=MIDNIGHT - timedelta(days=6), until=LATER
    )
    assert (trial.killmails, trial.matches) == (37, 18)
    assert trial.covered == timedelta(hours=3)
    assert trial.coverage == pytest.approx(3 / 168)
    assert trial.per_day == pytest.approx(18 * 8)
    assert not trial.floods
    assert len(trial.bars) == 168
    assert [bar.covered for bar in trial.bars if bar.covered] == pytest.approx(
        [35 / 60, 1, 1, 25 / 60]
    )
    at_once = await service.try_filter(
        Filter(), since=MIDNIGHT, until=MIDNIGHT + timedelta(minutes=45)
    )
    assert at_once.matches == 4
    assert at_once.per_day is None, "some minutes say nothing of a day"


async def test_a_long_window_is_shown_by_days(database: Database) -> None:
    service = await store(database, [arrival(mail(1, 5, "B1", "A1"))])
    trial = await service.try_filter(Filter(), since=MIDNIGHT - timedelta(days=29), until=LATER)
    assert trial.step == timedelta(days=1)
    assert [bar.matches for bar in trial.bars] == [0] * 29 + [1]


async def test_a_sample_holds_the_truth_within_its_margin(database: Database) -> None:
    """A clock that jumps makes everything take too long, so most of the mails are sampled."""
    dice = Random(4)
    systems = [SystemId(JITA), SystemId(AMAMAKE)]
    arrivals = [
        arrival(
            replace(
                mail(n, n / 10, "B1", "A1", system=dice.choice(systems)),
                value=Value(isk=dice.random() * 1e9, source=ValueSource.ZKB),
            )
        )
        for n in range(9_000)
    ]
    service = await store(database, arrivals)
    for wanted in (
        every(Condition(F.SYSTEM, (AMAMAKE,))),
        every(Condition(F.ISK, (2e8,), op=Op.BELOW)),
        every(Condition(F.HULL, (FRIGATE,), side=Side.VICTIM)),
    ):
        truth = len(naive(wanted, arrivals))
        ticks = count(step=0.45)
        hurried = KillmailService(database, universe(), timer=lambda ticks=ticks: next(ticks))  # type: ignore[misc]
        trial = await hurried.try_filter(wanted, since=MIDNIGHT, until=LATER, budget=1.0)
        assert trial.sampled
        assert trial.share < 0.8
        assert 0 < trial.margin < truth / 2
        assert abs(trial.matches - truth) <= trial.margin
        assert sum(bar.matches for bar in trial.bars) == pytest.approx(trial.matches)
        exact = await service.try_filter(wanted, since=MIDNIGHT, until=LATER, budget=1e9)
        assert (exact.matches, exact.sampled) == (truth, False)
        again = count(step=0.45)
        repeated = KillmailService(database, universe(), timer=lambda again=again: next(again))  # type: ignore[misc]
        assert await repeated.try_filter(wanted, since=MIDNIGHT, until=LATER, budget=1.0) == trial
