"""Days from EVE Ref: brought once, gone on with after every kind of end, compared with what is published."""

import asyncio
from datetime import date, timedelta
from itertools import pairwise

import pytest

from services.backfill.folder import FolderTaken, own_folder
from services.domain.days import DayState
from services.domain.trouble import Trouble
from services.feeds.intake import Intake
from services.pipeline import Taken
from tests.fakes.everef import TOTALS, archive_of, path_of
from tests.fakes.files import HTML, Fault
from tests.services.backfill.conftest import YESTERDAY, Desk, Heard, mails_of

BEFORE = YESTERDAY - timedelta(days=1)


async def test_days_are_fetched_imported_and_compared(any_desk: Desk) -> None:
    desk, heard = any_desk, Heard()
    desk.everef.publish(BEFORE, mails_of(BEFORE, range(1, 31)))
    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, range(31, 71)))

    brought = await desk.bring(BEFORE, YESTERDAY, heard=heard)

    assert [(day.day, day.published, day.stored) for day in brought] == [
        (BEFORE, 30, 30),
        (YESTERDAY, 40, 40),
    ]
    assert all(day.is_complete and day.error is None for day in brought)
    assert (await desk.stored()).keys() == set(range(1, 71))
    assert (await desk.stored())[31] == f"{31:040x}"
    assert [imported.stored for _, imported in heard.done if imported] == [30, 40]
    assert await desk.day(YESTERDAY) == brought[1]
    assert desk.files == [], "imported files are not kept"
    assert desk.watch.open == {}


async def test_a_complete_day_is_looked_at_and_not_fetched(desk: Desk) -> None:
    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, range(1, 11)))
    await desk.bring(YESTERDAY)
    assert desk.everef.paths("GET") == [TOTALS, path_of(YESTERDAY)]

    desk.restart()
    heard = Heard()
    (day,) = await desk.bring(YESTERDAY, heard=heard)

    assert day.is_complete
    assert heard.done == [(day, None)]
    assert desk.everef.paths("GET") == [TOTALS, path_of(YESTERDAY), TOTALS]
    assert desk.everef.paths("HEAD") == [path_of(YESTERDAY)] * 2


async def test_a_day_written_anew_is_read_again(desk: Desk) -> None:
    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, range(1, 11)))
    await desk.bring(YESTERDAY)
    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, range(1, 13)))

    heard = Heard()
    (day,) = await desk.bring(YESTERDAY, heard=heard)

    assert (day.published, day.stored, day.is_complete) == (12, 12, True)
    (imported,) = [imported for _, imported in heard.done]
    assert imported is not None
    assert (imported.stored, imported.known) == (2, 10)


async def test_killmails_that_others_brought_count(desk: Desk) -> None:
    desk.everef.publish(BEFORE, mails_of(YESTERDAY, range(1, 11)))
    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, range(6, 16)))
    brought = await desk.bring(BEFORE, YESTERDAY)
    assert [(day.stored, day.is_complete) for day in brought] == [(10, True), (10, True)]
    assert len(await desk.stored()) == 15


async def test_fewer_than_published_is_a_trouble_until_it_is_not(desk: Desk) -> None:
    trouble = (Trouble.DAY_INCOMPLETE, f"everef {YESTERDAY}")
    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, range(1, 11)), count=12)

    (day,) = await desk.bring(YESTERDAY)
    assert (day.state, day.stored, day.published) == (DayState.INCOMPLETE, 10, 12)
    assert desk.watch.open[trouble] == "2 of 12 killmails are missing"
    fetched = desk.everef.sent

    (day,) = await desk.bring(YESTERDAY)
    assert day.state is DayState.INCOMPLETE
    assert desk.everef.sent - fetched < 200, "the same file would say the same"

    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, range(1, 13)))
    (day,) = await desk.bring(YESTERDAY)
    assert day.is_complete
    assert trouble not in desk.watch.open


async def test_more_than_published_is_fine(desk: Desk) -> None:
    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, range(1, 11)), count=8)
    (day,) = await desk.bring(YESTERDAY)
    assert (day.stored, day.published, day.is_complete) == (10, 8, True)


async def test_a_count_that_is_not_known_is_not_taken_for_complete(desk: Desk) -> None:
    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, range(1, 4)))
    desk.everef.files[TOTALS] = b'{"20200101": 5}'
    (day,) = await desk.bring(YESTERDAY)
    assert (day.state, day.published, day.stored) == (DayState.INCOMPLETE, None, 3)
    assert desk.watch.open == {}

    desk.everef.count(YESTERDAY, 3)
    (day,) = await desk.bring(YESTERDAY)
    assert day.is_complete
    assert desk.everef.paths("GET").count(path_of(YESTERDAY)) == 1


async def test_a_day_that_is_not_there_yet(desk: Desk) -> None:
    desk.everef.publish(BEFORE, mails_of(BEFORE, [1]))
    brought = await desk.bring(YESTERDAY, BEFORE)
    assert [day.state for day in brought] == [DayState.ABSENT, DayState.COMPLETE]
    assert brought[0].error == "not published yet"
    assert brought[0].checked_at is not None
    assert brought[0].next_check_at == brought[0].checked_at + timedelta(hours=1)


async def test_two_at_a_time_and_not_faster_than_allowed(desk: Desk) -> None:
    days = [YESTERDAY - timedelta(days=number) for number in range(6)]
    for number, day in enumerate(days):
        desk.everef.publish(day, mails_of(day, range(number * 10, number * 10 + 5)))
    meeting, held = asyncio.Event(), {path_of(day) for day in days[:2]}
    for path in held:
        desk.everef.faults[path].append(Fault(until=meeting))
    arrived: set[str] = set()
    desk.everef.before = arrived.add

    async def let_go() -> None:
        async with asyncio.timeout(10):
            while not held <= arrived or desk.everef.most_at_once < 2:
                await asyncio.sleep(0)
        for _ in range(500):  # time enough for a third to come
            await asyncio.sleep(0)
        meeting.set()

    await asyncio.gather(desk.bring(*days), let_go())
    assert desk.everef.most_at_once == 2
    assert len(desk.everef.asked) == 1 + 2 * len(days)
    assert sum(desk.clock.slept) >= 0.5 * (len(desk.everef.asked) - 1)


# What is cut off


def big_day(day: date) -> list[dict[str, object]]:
    """An archive of some hundred kilobytes."""
    return mails_of(day, range(1, 800))


async def test_a_download_that_is_cut_off_goes_on_where_it_stopped(desk: Desk) -> None:
    path = path_of(YESTERDAY)
    desk.everef.publish(YESTERDAY, big_day(YESTERDAY))
    size = len(desk.everef.files[path])
    desk.everef.head_faults[path].append(Fault(status=503))
    desk.everef.faults[path] += [Fault(cut=size // 2), Fault(cut=size // 4)]

    (day,) = await desk.bring(YESTERDAY)

    assert day.is_complete
    gets = [asked for asked in desk.everef.asked if asked.path == path and asked.method == "GET"]
    assert [asked.status for asked in gets] == [200, 206, 206]
    assert [asked.first for asked in gets] == [0, size // 2, size // 2 + size // 4]
    assert desk.everef.sent < size + 200
    assert desk.clock.slept, "it waited before each"


async def test_a_process_that_dies_goes_on_with_what_was_fetched(desk: Desk) -> None:
    path = path_of(YESTERDAY)
    desk.everef.publish(YESTERDAY, big_day(YESTERDAY))
    size = len(desk.everef.files[path])
    await cut_off(desk, size // 2)
    assert f"killmails-{YESTERDAY}.tar.bz2.part" in desk.files

    desk.restart()
    (day,) = await desk.bring(YESTERDAY)

    assert day.is_complete
    assert desk.everef.asked[-1].first == size // 2
    assert desk.files == []


async def cut_off(desk: Desk, size: int) -> None:
    """One answer that ends at `size`, and then none; what came is kept."""
    path = path_of(YESTERDAY)
    desk.everef.faults[path] += [Fault(cut=size), *[Fault(status=500)] * 4]
    (day,) = await desk.bring(YESTERDAY)
    assert day.state is DayState.WANTED
    assert "Everef gives nothing: status 500" in (day.error or "")


async def test_what_was_fetched_of_another_edition_is_not_gone_on_with(desk: Desk) -> None:
    desk.everef.publish(YESTERDAY, big_day(YESTERDAY))
    await cut_off(desk, len(desk.everef.files[path_of(YESTERDAY)]) // 2)
    desk.everef.publish(YESTERDAY, big_day(YESTERDAY)[:700])

    (day,) = await desk.bring(YESTERDAY)

    assert day.is_complete
    assert desk.everef.asked[-1].first == 0
    assert len(await desk.stored()) == 700


async def test_a_host_without_parts_gives_the_whole_again(desk: Desk) -> None:
    desk.everef.ranges = False
    desk.everef.publish(YESTERDAY, big_day(YESTERDAY))
    await cut_off(desk, len(desk.everef.files[path_of(YESTERDAY)]) // 2)
    (day,) = await desk.bring(YESTERDAY)
    assert day.is_complete
    assert len(await desk.stored()) == 799


async def test_a_host_without_editions_gives_days_all_the_same(desk: Desk) -> None:
    desk.everef.tags = False
    desk.everef.publish(YESTERDAY, big_day(YESTERDAY))
    assert (await desk.bring(YESTERDAY))[0].is_complete
    assert (await desk.bring(YESTERDAY))[0].is_complete
    assert desk.everef.paths("GET").count(path_of(YESTERDAY)) == 2, "nobody can know"


async def test_a_process_that_dies_between_download_and_import(desk: Desk) -> None:
    desk.everef.publish(YESTERDAY, big_day(YESTERDAY))
    taken = 0

    async def dying(intake: Intake) -> Taken:
        nonlocal taken
        taken += 1
        if taken == 4:
            raise KeyError("killed here")
        return await desk.newsroom.pipeline.take(intake)

    desk.take = dying
    desk.restart()
    with pytest.raises(KeyError):
        await desk.bring(YESTERDAY)
    assert len(await desk.stored()) == 300
    sent = desk.everef.sent

    desk.take = None
    desk.restart()
    heard = Heard()
    (day,) = await desk.bring(YESTERDAY, heard=heard)

    assert day.is_complete
    assert desk.everef.sent - sent < 200, "the file was there"
    imported = heard.done[0][1]
    assert imported is not None
    assert (imported.stored, imported.known) == (499, 300)
    assert desk.files == []


# What is wrong with an answer


async def test_asked_to_wait_it_waits(desk: Desk) -> None:
    path = path_of(YESTERDAY)
    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, [1]))
    desk.everef.head_faults[path].append(Fault(status=429, headers={"Retry-After": "77"}))
    desk.everef.faults[path] += [Fault(status=429), Fault(status=429)]
    assert (await desk.bring(YESTERDAY))[0].is_complete
    times = [asked.at for asked in desk.everef.asked if asked.path == path]
    waits = [(b - a).total_seconds() for a, b in pairwise(times)]
    assert waits == [77, 0.5, 30, 60], "its own wish, else half a minute that doubles"


async def test_who_is_told_to_wait_silences_the_other_download(desk: Desk) -> None:
    desk.everef.publish(BEFORE, mails_of(BEFORE, [1]))
    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, [2]))
    wait = Fault(status=429, headers={"Retry-After": "600"})
    desk.everef.head_faults[path_of(BEFORE)].append(wait)
    await desk.bring(BEFORE, YESTERDAY)
    refused = next(asked.at for asked in desk.everef.asked if asked.status == 429)
    later = [asked for asked in desk.everef.asked if asked.at > refused]
    at_once = [asked for asked in later if asked.at - refused < timedelta(seconds=599)]
    assert len(at_once) <= 1, "no more than what had its turn already"
    assert len(later) >= 3


@pytest.mark.parametrize(
    "fault",
    [
        HTML,
        Fault(body=b"BZ"),
        Fault(body=b""),
        Fault(body=b"<!doctype html>busy"),
        Fault(status=500),
    ],
    ids=["html", "short", "empty", "html in disguise", "500"],
)
async def test_a_page_or_a_stump_is_no_day(desk: Desk, fault: Fault) -> None:
    path = path_of(YESTERDAY)
    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, range(1, 4)))
    desk.everef.faults[path].append(fault)
    (day,) = await desk.bring(YESTERDAY)
    assert (day.is_complete, day.stored) == (True, 3)
    assert ("begins", Trouble.HISTORY_DOWN) in desk.watch.history
    assert desk.watch.open == {}


async def test_a_refusal_is_remembered_and_nothing_more_is_asked(desk: Desk) -> None:
    for number, day in enumerate((BEFORE, YESTERDAY)):
        desk.everef.publish(day, mails_of(day, [number + 1]))
    desk.everef.head_faults[path_of(BEFORE)].append(Fault(status=403))

    brought = await desk.bring(BEFORE, YESTERDAY)

    assert {day.state for day in brought} == {DayState.WANTED}
    until = await desk.memory("everef").load_pause()
    assert until is not None
    assert brought[0].next_check_at == brought[1].next_check_at == until
    assert (Trouble.HISTORY_DOWN, "everef") in desk.watch.open
    asked = len(desk.everef.asked)

    desk.restart()
    await desk.bring(BEFORE, YESTERDAY)
    assert len(desk.everef.asked) == asked, "an hour's silence, over a restart, too"

    await desk.step(hours=1)
    assert (await desk.day(YESTERDAY)).is_complete
    assert (await desk.day(BEFORE)).is_complete
    assert desk.watch.open == {}


async def test_a_damaged_archive_gives_what_it_has_and_is_fetched_anew(desk: Desk) -> None:
    desk.everef.publish(YESTERDAY, big_day(YESTERDAY))
    path = path_of(YESTERDAY)
    whole = desk.everef.files[path]
    desk.everef.files[path] = whole[: len(whole) - 2000]

    (day,) = await desk.bring(YESTERDAY)
    assert day.state is DayState.INCOMPLETE
    assert day.error == "its file is cut off, or empty"
    assert (Trouble.DAY_INCOMPLETE, day.name) in desk.watch.open
    assert desk.files == []

    await desk.bring(YESTERDAY)
    assert desk.everef.paths("GET").count(path) == 2, "it may come whole the next time"
    desk.everef.files[path] = whole
    (day,) = await desk.bring(YESTERDAY)
    assert day.is_complete
    assert desk.watch.open == {}


async def test_what_cannot_be_read_is_missing_and_named(desk: Desk) -> None:
    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, range(1, 11)))
    desk.everef.files[path_of(YESTERDAY)] = archive_of(
        mails_of(YESTERDAY, range(1, 11)), broken=[3, 4]
    )
    (day,) = await desk.bring(YESTERDAY)
    assert (day.stored, day.rejected, day.state) == (8, 2, DayState.INCOMPLETE)
    assert day.error == "2 of 10 killmails are missing, 2 of them unreadable"


async def test_a_folder_that_cannot_be_written_is_said(desk: Desk) -> None:
    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, [1]))
    blocked = desk.folder / "days" / f"killmails-{YESTERDAY}.tar.bz2.part"
    blocked.mkdir(parents=True)
    (blocked / "x").touch()
    (day,) = await desk.bring(YESTERDAY)
    assert not day.is_complete
    assert "cannot be written" in (day.error or "")


async def test_two_processes_do_not_write_into_each_others_files(desk: Desk) -> None:
    with own_folder(desk.folder / "days", "everef"), pytest.raises(FolderTaken, match="Another"):
        await desk.bring(YESTERDAY)
    assert desk.everef.asked == []
    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, [1]))
    await desk.bring(YESTERDAY)
    assert (await desk.day(YESTERDAY)).is_complete


async def test_files_are_kept_where_they_are_wanted(desk: Desk) -> None:
    desk.restart(keep_files=True)
    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, [1]))
    await desk.bring(YESTERDAY)
    kept = desk.folder / "days" / f"killmails-{YESTERDAY}.tar.bz2"
    assert kept.read_bytes() == desk.everef.files[path_of(YESTERDAY)]


async def test_stopped_in_the_middle_nothing_goes_on(desk: Desk) -> None:
    path = path_of(YESTERDAY)
    desk.everef.publish(YESTERDAY, mails_of(YESTERDAY, [1]))
    never, arrived = asyncio.Event(), asyncio.Event()
    desk.everef.faults[path].append(Fault(until=never))
    desk.everef.before = lambda asked: arrived.set() if asked == path else None
    running = asyncio.create_task(desk.bring(YESTERDAY))
    async with asyncio.timeout(10):
        await arrived.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    never.set()
    assert await desk.stored() == {}
    await desk.bring(YESTERDAY)
    assert (await desk.stored()).keys() == {1}
