"""Gaps of the live feed, filled from the history of their days: when, from whom, and how politely."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from services.domain.days import DayState, Source
from services.domain.trouble import Trouble
from services.publishing.publisher import Publisher
from tests.factories import EVENING
from tests.fakes.files import HTML, Fault
from tests.fakes.history import TOTALS, hashes_path, raw_path
from tests.services.backfill.conftest import TODAY, YESTERDAY, Desk, mails_of

SINCE = EVENING - timedelta(hours=30)
"""The feed stood still since yesterday noon."""
MORNING = datetime(2026, 11, 21, 6, 15, tzinfo=UTC)
FIRST = YESTERDAY - timedelta(days=3)
"""Killmails may be published three days late."""
DAYS = [FIRST + timedelta(days=number) for number in range(5)]
GAP = (Trouble.FEED_GAP, "")


def publish_all(desk: Desk, *, until: date = TODAY) -> None:
    for number, day in enumerate(DAYS):
        if day <= until:
            desk.history.publish(day, mails_of(day, range(number * 10 + 1, number * 10 + 6)))


async def test_a_gap_is_filled_the_morning_after(any_desk: Desk) -> None:
    desk = any_desk
    publish_all(desk, until=YESTERDAY)
    await desk.gap(SINCE, EVENING)

    await desk.step()

    assert await desk.days() == [f"zkillboard {day}" for day in DAYS]
    assert len(await desk.stored()) == 20, "what is there already comes at once"
    assert GAP in desk.watch.open
    assert await desk.open_gaps() == 1

    publish_all(desk)
    desk.history.publish(FIRST, mails_of(FIRST, [*range(1, 6), 500]))  # one came 72 hours late
    await desk.step_at(MORNING)
    await desk.step(minutes=10)

    assert await desk.open_gaps() == 0
    assert len(await desk.stored()) == 26
    assert (await desk.stored())[500] == f"{500:040x}"
    assert desk.watch.open == {}
    assert desk.files == []


async def test_days_that_did_not_change_are_not_fetched_again(desk: Desk) -> None:
    publish_all(desk, until=YESTERDAY)
    await desk.gap(SINCE, EVENING)
    await desk.step()
    desk.history.asked.clear()
    publish_all(desk)

    await desk.step_at(MORNING)

    assert await desk.open_gaps() == 0
    assert desk.history.paths() == [TOTALS, hashes_path(TODAY), raw_path(TODAY)]


async def test_nothing_is_asked_while_nothing_is_due(desk: Desk) -> None:
    publish_all(desk, until=YESTERDAY)
    await desk.step()
    assert desk.history.asked == []
    await desk.gap(SINCE, EVENING)
    await desk.step()
    desk.history.asked.clear()
    for _ in range(6):
        await desk.step(minutes=10)
    assert desk.history.asked == []


async def test_it_asks_one_after_another_and_seconds_apart(desk: Desk) -> None:
    publish_all(desk, until=YESTERDAY)
    await desk.gap(SINCE, EVENING)
    await desk.step()
    times = [asked.at for asked in desk.history.asked]
    assert len(times) == 1 + 2 * 4
    assert min((b - a).total_seconds() for a, b in pairwise(times)) >= 3


async def test_nobody_is_alerted_of_what_is_old(desk: Desk) -> None:
    told: list[bool] = []
    publish = Publisher.publish

    async def listening(self, tx, events, batch):  # type: ignore[no-untyped-def]
        told.append(batch.live)
        return await publish(self, tx, events, batch)

    desk.newsroom.publisher.publish = listening.__get__(desk.newsroom.publisher)  # type: ignore[method-assign]
    publish_all(desk, until=YESTERDAY)
    await desk.gap(SINCE, EVENING)
    await desk.step()
    assert told
    assert not any(told)


async def test_a_killmail_without_a_hash_is_stored_without(desk: Desk) -> None:
    desk.history.publish(YESTERDAY, mails_of(YESTERDAY, [1, 2]), without_hash=[2])
    await desk.gap(SINCE, EVENING)
    await desk.step()
    assert await desk.stored() == {1: f"{1:040x}", 2: ""}


async def test_a_day_written_anew_is_read_again_for_some_days(desk: Desk) -> None:
    publish_all(desk)
    await desk.gap(SINCE, EVENING)
    await desk.step_at(MORNING)
    assert await desk.open_gaps() == 0
    desk.history.publish(TODAY, mails_of(TODAY, range(41, 48)))
    await desk.step(days=1)
    assert 47 in await desk.stored()
    assert (await desk.day(TODAY, Source.ZKILLBOARD)).published == 7

    for _ in range(10):
        await desk.step(days=1)
    desk.history.asked.clear()
    await desk.step(days=1)
    assert desk.history.asked == []


async def test_a_gap_without_a_beginning_goes_back_a_day_and_three(desk: Desk) -> None:
    await desk.gap(None, EVENING)
    await desk.step()
    wanted = [name for name in await desk.days() if name.startswith("zkillboard")]
    assert wanted == [f"zkillboard {TODAY - timedelta(days=back)}" for back in (4, 3, 2, 1, 0)]


# When the history does not serve


async def test_a_refusal_silences_the_live_feed_too(desk: Desk) -> None:
    publish_all(desk, until=YESTERDAY)
    await desk.gap(SINCE, EVENING)
    desk.history.faults[TOTALS].append(Fault(status=403))
    await desk.step()
    until = await desk.memory("r2z2").load_pause()
    assert until is not None
    assert until - desk.clock() > timedelta(minutes=59)
    assert (Trouble.HISTORY_DOWN, "zkillboard") in desk.watch.open
    desk.restart()
    await desk.step(minutes=30)
    assert len(desk.history.asked) == 1
    await desk.step(minutes=31)
    assert len(await desk.stored()) == 20
    assert (Trouble.HISTORY_DOWN, "zkillboard") not in desk.watch.open


async def test_while_the_live_feed_is_refused_nothing_is_asked(desk: Desk) -> None:
    publish_all(desk, until=YESTERDAY)
    await desk.gap(SINCE, EVENING)
    await desk.memory("r2z2").save_pause(EVENING + timedelta(minutes=45))
    await desk.step()
    assert desk.history.asked == []
    await desk.step(minutes=46)
    assert len(await desk.stored()) == 20


async def test_a_day_that_the_history_no_longer_has_comes_from_everef(desk: Desk) -> None:
    publish_all(desk)
    for path in (raw_path(FIRST), hashes_path(FIRST)):
        del desk.history.files[path]
    desk.everef.publish(FIRST, mails_of(FIRST, range(1, 6)))
    await desk.gap(SINCE, EVENING)

    await desk.step_at(MORNING)
    assert (await desk.day(FIRST, Source.ZKILLBOARD)).state is DayState.ABSENT
    await desk.step(minutes=10)

    assert (await desk.day(FIRST)).is_complete
    assert await desk.open_gaps() == 0
    assert desk.watch.open == {}
    assert (await desk.day(FIRST, Source.ZKILLBOARD)).next_check_at is None


async def test_a_history_that_fails_for_days_is_replaced_by_everef(desk: Desk) -> None:
    for number, day in enumerate(DAYS):
        desk.everef.publish(day, mails_of(day, range(number * 10 + 1, number * 10 + 6)))
    await desk.gap(SINCE, EVENING)
    for _ in range(80):
        desk.history.faults[TOTALS].append(HTML)
    await desk.step()
    assert (Trouble.HISTORY_DOWN, "zkillboard") in desk.watch.open
    await desk.step(hours=30)
    assert desk.everef.asked == []
    for _ in range(5):
        await desk.step(hours=12)
    assert await desk.open_gaps() == 0
    assert len(await desk.stored()) == 25
    assert GAP not in desk.watch.open


async def test_a_source_that_fails_is_left_alone_although_complete_days_are_to_be_looked_at(
    desk: Desk,
) -> None:
    publish_all(desk, until=YESTERDAY)
    await desk.gap(SINCE, EVENING)
    await desk.step()
    desk.history.asked.clear()
    desk.history.faults[TOTALS].extend([Fault(status=503)] * 1000)

    async with asyncio.timeout(20):
        await desk.step_at(MORNING)

    asked = len(desk.history.asked)
    assert asked < 20
    await desk.step(minutes=10)
    assert len(desk.history.asked) == asked, "the next look has its time"


async def test_a_day_that_stays_short_is_told(desk: Desk) -> None:
    publish_all(desk, until=YESTERDAY)
    desk.history.publish(YESTERDAY, mails_of(YESTERDAY, range(1, 6)), count=9)
    await desk.gap(SINCE, EVENING)
    await desk.step()
    detail = desk.watch.open[Trouble.DAY_INCOMPLETE, f"zkillboard {YESTERDAY}"]
    assert detail == "4 of 9 killmails are missing"


async def test_a_broken_day_is_fetched_again(desk: Desk) -> None:
    publish_all(desk, until=YESTERDAY)
    whole = desk.history.files[raw_path(YESTERDAY)]
    desk.history.files[raw_path(YESTERDAY)] = whole[:200]
    await desk.gap(SINCE, EVENING)
    await desk.step()
    day = await desk.day(YESTERDAY, Source.ZKILLBOARD)
    assert day.state is DayState.INCOMPLETE
    assert (day.error or "").startswith("its file is no history of a day")
    desk.history.files[raw_path(YESTERDAY)] = whole
    await desk.step(hours=1, minutes=5)
    assert (await desk.day(YESTERDAY, Source.ZKILLBOARD)).is_complete


async def test_a_process_that_dies_takes_the_gap_up_again(desk: Desk) -> None:
    publish_all(desk, until=YESTERDAY)
    await desk.gap(SINCE, EVENING)
    await desk.service.step()
    await desk.service.aclose()
    desk.restart()
    await desk.step()
    assert len(await desk.stored()) == 20


async def test_every_numbers_gap_is_followed(desk: Desk) -> None:
    await desk.gap(SINCE, EVENING)
    await desk.gap(EVENING - timedelta(days=9), EVENING - timedelta(days=8), first=50)
    await desk.step()
    overview = await desk.service.overview()
    assert overview.gaps == 2
    assert overview.days[0].day == TODAY - timedelta(days=12)
    assert f"{TODAY - timedelta(days=12)} to {TODAY}" in desk.watch.open[GAP]
