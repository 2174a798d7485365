"""The daily round: what is counted is exact whatever comes and goes, and nobody waits for more than one step of it."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from services.domain.ids import KillmailId
from services.killmails.service import KillmailService
from services.storage.columns import to_milliseconds
from services.storage.database import Transaction
from services.storage.marks import save_mark
from services.storage.tables import killmails
from tests.factories import MIDNIGHT, arrival, mail
from tests.services.newsroom import Newsroom, empty

HOURS = st.sampled_from([0, 0.5, 1, 30, 24 * 89, 24 * 200])
ROUND = st.one_of(st.just("prune"), st.integers(1, 3))


async def come_in(newsroom: Newsroom, *numbers: int) -> None:
    """Now, whenever they were published."""
    now = newsroom.clock()
    await newsroom.take(
        *(arrival(mail(n, n, f"A{n}", "B1"), now) for n in numbers), live=False, published=False
    )


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(days=st.lists(st.tuples(HOURS, ROUND), min_size=1, max_size=8))
async def test_the_count_is_exact_whatever_comes_and_goes(
    small_newsroom: Newsroom, days: list[tuple[float, str | int]]
) -> None:
    newsroom, service = small_newsroom, KillmailService(small_newsroom.database)
    await empty(newsroom.database)
    newsroom.clock.now, number = MIDNIGHT, 0
    for hours, what in days:
        newsroom.clock.advance(hours=hours)
        if isinstance(what, int):
            await come_in(newsroom, *range(number + 1, number + what + 1))
            number += what
        else:
            await newsroom.retention().prune()
        totals = await service.totals()
        assert totals.killmails == number
        assert (totals.last_received_at is None) == (number == 0)


async def test_after_a_round_only_what_came_since_is_counted(newsroom: Newsroom) -> None:
    service = KillmailService(newsroom.database)
    await come_in(newsroom, 1, 2)
    newsroom.clock.advance(hours=2)
    await newsroom.retention().prune()
    async with newsroom.database.write() as tx:
        noted = f"1000 {to_milliseconds(newsroom.clock() - timedelta(hours=1))}"
        await save_mark(tx, "killmails counted", noted, now=newsroom.clock())
    await come_in(newsroom, 3, 4, 5)
    assert (await service.totals()).killmails == 1003


async def test_when_all_are_pruned_the_last_one_is_still_known(newsroom: Newsroom) -> None:
    await come_in(newsroom, 1, 2)
    received_at = newsroom.clock()
    newsroom.clock.advance(days=200)
    assert await newsroom.retention().prune() == 2
    totals = await KillmailService(newsroom.database).totals()
    assert (totals.killmails, totals.last_received_at) == (2, received_at)


async def test_a_kill_that_comes_meanwhile_waits_for_one_step(newsroom: Newsroom) -> None:
    await come_in(newsroom, *range(1, 41))
    newsroom.clock.advance(days=91)
    steps: list[int] = []
    arriving: list[asyncio.Task[object]] = []

    async def before(tx: Transaction, ids: list[KillmailId]) -> None:
        newer = select(func.count()).select_from(killmails).where(killmails.c.id == 100)
        steps.append(int(await tx.scalar(newer) or 0))
        if not arriving:
            arriving.append(asyncio.create_task(come_in(newsroom, 100)))
            for _ in range(5000):
                await asyncio.sleep(0)  # until it waits for its turn; it may have to connect first

    retention = newsroom.retention(prune_batch=2)
    retention._before = before  # type: ignore[assignment]
    assert await retention.prune() == 40
    await asyncio.gather(*arriving)
    assert len(steps) == 20
    assert steps[0] == 0
    assert steps[3:] == [1] * 17


async def test_a_round_that_breaks_off_counts_nobody_out(newsroom: Newsroom) -> None:
    retention = newsroom.retention(prune_batch=1)
    await retention.prune()
    await come_in(newsroom, 1, 2, 3)
    newsroom.clock.advance(days=200)  # the bot was off for long
    steps: list[int] = []

    async def before(_tx: Transaction, ids: list[KillmailId]) -> None:
        steps.extend(ids)
        if len(steps) == 3:
            raise ZeroDivisionError

    retention._before = before  # type: ignore[assignment]
    with pytest.raises(ZeroDivisionError):
        await retention.prune()
    assert (await KillmailService(newsroom.database).totals()).killmails == 3


async def test_the_room_of_what_was_pruned_is_used_again(small_newsroom: Newsroom) -> None:
    newsroom, crowd = small_newsroom, [f"B{n}" for n in range(1, 60)]

    async def store(first: int) -> int:
        mails = [mail(n, n, f"A{n}", *crowd) for n in range(first, first + 100)]
        await newsroom.take(*(arrival(m, newsroom.clock()) for m in mails), live=False)
        async with newsroom.database.read() as tx:
            return int(await tx.scalar(text("PRAGMA page_count")) or 0)

    async with newsroom.database.read() as tx:
        empty_file = int(await tx.scalar(text("PRAGMA page_count")) or 0)
    once = await store(1)
    newsroom.clock.advance(days=91)
    assert await newsroom.retention().prune() == 100
    assert await store(1001) - once < (once - empty_file) / 4
