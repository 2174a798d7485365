"""What the feed remembers over a restart."""

from dataclasses import replace
from datetime import timedelta

from structlog.testing import capture_logs

from services.domain.killmail import Rejected
from services.feeds.items import (
    DueHole,
    FileRewritten,
    GapFound,
    Hole,
    HoleCounts,
    HoleFilled,
    Stretch,
    StretchOpened,
    StretchRead,
)
from services.killmails.feed_memory import FeedMemoryStore
from tests.factories import mail
from tests.services.newsroom import Newsroom, dump


def memory(newsroom: Newsroom, name: str = "r2z2") -> FeedMemoryStore:
    return FeedMemoryStore(
        newsroom.database,
        name=name,
        clock=newsroom.clock,
        hole_retry=timedelta(minutes=5),
        hole_lifetime=timedelta(hours=1),
    )


async def test_the_position_and_the_pause_do_not_touch_each_other(newsroom: Newsroom) -> None:
    feed = memory(newsroom)
    assert await feed.load_cursor() is None
    assert await feed.load_pause() is None
    until = newsroom.clock() + timedelta(hours=1)
    await feed.save_pause(until)
    assert (await feed.load_cursor(), await feed.load_pause()) == (None, until)
    await newsroom.take(cursor=("r2z2", 100))
    await newsroom.take(cursor=("other", 7))
    assert (await feed.load_cursor(), await feed.load_pause()) == (100, until)
    await feed.save_pause(None)
    assert (await feed.load_cursor(), await feed.load_pause()) == (100, None)
    assert await memory(newsroom, "other").load_cursor() == 7


async def test_holes_are_asked_for_again_until_found_or_given_up(newsroom: Newsroom) -> None:
    feed, clock = memory(newsroom), newsroom.clock
    assert await feed.load_next_hole_at() is None
    await newsroom.take(notes=(Hole(7), Hole(5), Hole(6)))
    seen_at = clock()
    assert await feed.due_holes(clock()) == [DueHole(sequence=n) for n in (5, 6, 7)]
    assert await feed.load_next_hole_at() == clock()
    await feed.save_hole_attempt(6, now=clock())
    await newsroom.take(notes=(HoleFilled(5), HoleFilled(7)))
    assert await feed.due_holes(clock()) == []
    assert await feed.load_next_hole_at() == clock() + timedelta(minutes=5)
    clock.advance(minutes=5)
    assert await feed.due_holes(clock()) == [DueHole(sequence=6)]
    await newsroom.take(notes=(Hole(5), Hole(6), Hole(7)))
    assert await feed.due_holes(clock()) == [DueHole(sequence=6)], "what is known is not begun anew"
    assert await feed.count_holes() == HoleCounts(open=1)
    tries = 0
    while await feed.due_holes(clock()):
        await feed.save_hole_attempt(6, now=clock())
        clock.advance(minutes=5)
        tries += 1
    assert tries == 12, "after an hour it is given up"
    await feed.save_hole_attempt(404, now=clock())
    assert await feed.count_holes() == HoleCounts(given_up=1)
    assert await feed.load_next_hole_at() is None
    tables = await dump(newsroom.database)
    assert {row[0]: (row[2], row[4]) for row in tables["holes"]} == {
        5: (1, True),
        6: (13, False),
        7: (1, True),
    }
    ((_, first, last, since, until, found_at, filled_at),) = tables["gaps"]
    assert (first, last, filled_at) == (6, 6, None), "the history has to tell what it held"
    assert (since, until) == (seen_at - timedelta(days=1), seen_at)
    assert found_at == clock() - timedelta(minutes=5)


async def test_a_number_given_up_is_said(small_newsroom: Newsroom) -> None:
    feed = memory(small_newsroom)
    await small_newsroom.take(notes=(Hole(6),))
    small_newsroom.clock.advance(hours=1)
    with capture_logs() as logs:
        await feed.save_hole_attempt(6, now=small_newsroom.clock())
        await feed.save_hole_attempt(6, now=small_newsroom.clock())
    assert [(entry["event"], entry["sequence"]) for entry in logs[:1]] == [
        ("feed number given up", 6)
    ]


async def test_a_file_written_anew_is_due_however_it_came_the_first_time(
    newsroom: Newsroom,
) -> None:
    """Never seen, found late, given up once: it is read again. A number never read stays a hole."""
    feed, clock = memory(newsroom), newsroom.clock
    await newsroom.take(notes=(Hole(2), Hole(3), Hole(4)))
    await newsroom.take(notes=(HoleFilled(2),))
    clock.advance(hours=1)
    await feed.save_hole_attempt(3, now=clock())
    await newsroom.take(notes=tuple(FileRewritten(number) for number in (1, 2, 3, 4)))
    assert await feed.due_holes(clock()) == [
        DueHole(sequence=1, revised=True),
        DueHole(sequence=2, revised=True),
        DueHole(sequence=3, revised=True),
        DueHole(sequence=4),
    ]
    await newsroom.take(notes=(HoleFilled(1), HoleFilled(2), HoleFilled(3), HoleFilled(4)))
    assert await feed.due_holes(clock()) == []
    assert await feed.count_holes() == HoleCounts()


async def test_a_file_written_anew_that_never_comes_makes_no_gap(newsroom: Newsroom) -> None:
    feed, clock = memory(newsroom), newsroom.clock
    await newsroom.take(notes=(FileRewritten(1), FileRewritten(2)))
    clock.advance(hours=1)
    await feed.save_hole_attempt(1, now=clock())
    assert await feed.count_holes() == HoleCounts(open=1), "its killmail came once"
    await newsroom.take(notes=(Hole(1), Hole(2)))
    assert await feed.due_holes(clock()) == [DueHole(sequence=1), DueHole(sequence=2)]
    clock.advance(hours=1)
    for number in (1, 2):
        await feed.save_hole_attempt(number, now=clock())
    assert await feed.count_holes() == HoleCounts(given_up=2)
    assert [row[1] for row in (await dump(newsroom.database))["gaps"]] == [1, 2]


async def test_a_stretch_opens_with_the_cursor_and_is_read_to_its_end(newsroom: Newsroom) -> None:
    feed, clock = memory(newsroom), newsroom.clock
    since = clock() - timedelta(hours=3)
    opened = StretchOpened(first=10, last=19, since=since)
    await newsroom.take(cursor=("r2z2", 19), notes=(opened,))
    await newsroom.take(cursor=("r2z2", 39), notes=(StretchOpened(first=30, last=39, since=None),))
    first = Stretch(first=10, last=19, position=9, opened_at=clock(), since=since)
    second = Stretch(first=30, last=39, position=29, opened_at=clock(), since=None)
    assert await feed.load_stretches() == [first, second]
    assert (first.left, await feed.load_cursor()) == (10, 39)

    await newsroom.take(mail(7, 0, "B1", "A1"), notes=(StretchRead(first=10, position=14),))
    assert [stretch.position for stretch in await feed.load_stretches()] == [14, 29]
    gap = GapFound(first=15, last=19, since=since, until=clock())
    await newsroom.take(notes=(gap, StretchRead(first=10, position=19)))
    assert await feed.load_stretches() == [second]
    await newsroom.take(notes=(opened, gap))
    assert await feed.load_stretches() == [second], "what is known is not begun anew"
    rows = (await dump(newsroom.database))["gaps"]
    assert [row[1:5] for row in rows] == [(15, 19, since, clock())]


async def test_a_ban_does_not_hide_when_the_cursor_moved(newsroom: Newsroom) -> None:
    feed, clock = memory(newsroom), newsroom.clock
    assert await feed.load_cursor_time() is None
    await feed.save_pause(clock() + timedelta(hours=1))
    assert await feed.load_cursor_time() is None, "it never did"
    await newsroom.take(cursor=("r2z2", 100))
    moved_at = clock()
    clock.advance(minutes=5)
    await feed.save_pause(clock() + timedelta(hours=1))
    await feed.save_pause(None)
    assert await feed.load_cursor_time() == moved_at


async def test_what_could_not_be_read_goes_with_the_details(newsroom: Newsroom) -> None:
    old = Rejected(source="r2z2", reference="7", reason="no victim", body=b"{}")
    await newsroom.take(rejected=(old,))
    newsroom.clock.advance(days=1)
    await newsroom.take(rejected=(replace(old, reference="8"),))
    newsroom.clock.advance(days=89)
    retention = newsroom.retention()
    await retention.prune()
    assert [row[2] for row in (await dump(newsroom.database))["quarantine"]] == ["7", "8"]
    newsroom.clock.advance(seconds=1)
    await retention.prune()
    assert [row[2] for row in (await dump(newsroom.database))["quarantine"]] == ["8"]
