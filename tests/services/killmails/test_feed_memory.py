"""What the feed remembers over a restart."""

from dataclasses import replace
from datetime import timedelta

from services.domain.killmail import Rejected
from services.feeds.items import Hole, HoleFilled
from services.killmails.feed_memory import FeedMemoryStore
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
    await newsroom.take(notes=(Hole(7), Hole(5), Hole(6)))
    assert await feed.due_holes(clock()) == [5, 6, 7]
    await feed.save_hole_attempt(5, found=True, now=clock())
    await feed.save_hole_attempt(6, found=False, now=clock())
    await newsroom.take(notes=(HoleFilled(7),))
    assert await feed.due_holes(clock()) == []
    clock.advance(minutes=5)
    assert await feed.due_holes(clock()) == [6]
    await newsroom.take(notes=(Hole(5), Hole(6), Hole(7)))
    assert await feed.due_holes(clock()) == [6], "what is known is not begun anew"
    tries = 0
    while await feed.due_holes(clock()):
        await feed.save_hole_attempt(6, found=False, now=clock())
        clock.advance(minutes=5)
        tries += 1
    assert tries == 12, "after an hour it is given up"
    await feed.save_hole_attempt(404, found=False, now=clock())
    holes = {row[0]: (row[2], row[4]) for row in (await dump(newsroom.database))["holes"]}
    assert holes == {5: (1, True), 6: (13, False), 7: (1, True)}


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
