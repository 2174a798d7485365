"""What is sent when: order within a channel, channels side by side, newest content only, edits a minute apart."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from services.domain.message import MESSAGE_VERSION
from services.outbox import overview, store
from services.outbox.due import next_due
from services.outbox.sender import Limited
from services.outbox.service import OutboxService
from services.storage.tables import outbox
from tests.fakes.channels import Fate
from tests.services.newsroom import Newsroom, channel, person
from tests.services.outbox.notes import note, texts

A, B, C = channel(1), channel(2), channel(3)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


async def test_channels_go_side_by_side_and_each_keeps_its_order(newsroom: Newsroom) -> None:
    channels = newsroom.channels
    door = channels.doors[A] = asyncio.Event()
    for key, place in (("a1", A), ("b1", B), ("a2", A), ("b2", B), ("b3", B)):
        await newsroom.put(key, note(key), place)
    running = asyncio.create_task(newsroom.worker.run())
    await until(lambda: len(channels.read(B)) == 3)
    assert channels.read(A) == []
    door.set()
    await until(lambda: len(channels.read(A)) == 2)
    await newsroom.put("c1", note("c1"), C)
    newsroom.bell.set()
    await until(lambda: len(channels.read(C)) == 1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert texts(channels.read(A)) == ["a1", "a2"]
    assert texts(channels.read(B)) == ["b1", "b2", "b3"]
    assert set((await newsroom.states()).values()) == {"sent"}, "nothing is left in hand"


async def test_a_post_that_waits_holds_up_the_posts_behind_it_and_nothing_else(
    newsroom: Newsroom,
) -> None:
    channels = newsroom.channels
    await newsroom.put("old", note("old"), A)
    await newsroom.drain()
    channels.plan(A, Limited(seconds=300))
    for key, place in (("a1", A), ("a2", A), ("b1", B)):
        await newsroom.put(key, note(key), place)
    await newsroom.put("old", note("old, changed"), A)
    await newsroom.drain()
    assert texts(channels.read(A)) == ["old"]
    assert texts(channels.read(B)) == ["b1"]
    await newsroom.drain(seconds=61)
    assert texts(channels.read(A)) == ["old, changed"], "an edit does not wait for the posts"
    await newsroom.drain(seconds=300)
    assert texts(channels.read(A)) == ["old, changed", "a1", "a2"]


async def test_only_the_newest_content_is_sent_and_edits_are_a_minute_apart(
    newsroom: Newsroom,
) -> None:
    channels = newsroom.channels
    await newsroom.put("k", note("1"), A)
    await newsroom.put("k", note("2"), A)
    await newsroom.drain()
    await newsroom.put("k", note("2"), A)
    assert await newsroom.states() == {"k": "sent"}
    await newsroom.drain(minutes=5)
    assert [(c.what, c.message.text) for c in channels.calls] == [("post", "2")]

    await newsroom.put("k", note("3"), A)
    await newsroom.drain()
    assert texts(channels.read(A)) == ["3"], "long after the last one, an edit goes at once"
    await newsroom.put("k", note("4"), A)
    await newsroom.drain(seconds=59)
    await newsroom.put("k", note("5"), A)
    assert texts(channels.read(A)) == ["3"]
    await newsroom.drain(seconds=1)
    assert [(c.what, c.message.text) for c in channels.calls[1:]] == [("edit", "3"), ("edit", "5")]


async def test_what_changes_while_it_is_sent_is_edited_afterwards(newsroom: Newsroom) -> None:
    channels = newsroom.channels
    door = channels.doors[A] = asyncio.Event()
    await newsroom.put("k", note("1"), A)
    sending = asyncio.create_task(newsroom.drain())
    await channels.at_door.wait()
    await newsroom.put("k", note("2"), A)
    door.set()
    await sending
    await newsroom.drain(seconds=59)
    assert texts(channels.read(A)) == ["1"]
    await newsroom.drain(seconds=1)
    assert texts(channels.read(A)) == ["2"]
    assert await newsroom.states() == {"k": "sent"}


async def test_two_workers_share_the_rows_and_send_each_once(newsroom: Newsroom) -> None:
    places = [channel(n) for n in range(5)]
    for number in range(40):
        await newsroom.put(f"{number}", note(f"{number}"), places[number % 5])
    workers = [newsroom.make_worker(sole_worker=False, parallel_channels=3) for _ in range(2)]
    await asyncio.gather(*(worker.drain() for worker in workers))
    await workers[0].drain()
    for number, place in enumerate(places):
        assert texts(newsroom.channels.read(place)) == [f"{n}" for n in range(number, 40, 5)]
    assert len(newsroom.channels.calls) == 40


async def test_news_grows_old_but_what_was_posted_is_brought_to_its_end(newsroom: Newsroom) -> None:
    soon = newsroom.clock() + timedelta(minutes=10)
    service = OutboxService(newsroom.database, clock=newsroom.clock, ring=newsroom.bell.set)
    await newsroom.put("posted", note("1"), A, expires_at=soon)
    await newsroom.drain()
    await service.hold()
    await newsroom.put("posted", note("2"), A, expires_at=soon)
    await newsroom.put("missed", note("1"), A, expires_at=soon)
    await newsroom.drain(minutes=11)
    assert await service.is_held()
    assert texts(newsroom.channels.read(A)) == ["1"], "nothing leaves while it is held"
    newsroom.bell.clear()
    await service.release()
    assert newsroom.bell.is_set()
    await newsroom.drain()
    assert texts(newsroom.channels.read(A)) == ["2"]
    assert await newsroom.states() == {"posted": "sent", "missed": "expired"}
    async with newsroom.database.read() as tx:
        assert [p.dedupe_key for p in await store.load_messages(tx, ["posted", "missed"])] == [
            "posted"
        ]

    later = newsroom.clock() + timedelta(minutes=10)
    await newsroom.put("missed", note("2, with news"), A, expires_at=later)
    await newsroom.drain()
    assert texts(newsroom.channels.read(A)) == ["2", "2, with news"]


async def test_the_queue_from_above(newsroom: Newsroom) -> None:
    await newsroom.put("sent", note("1"), A)
    await newsroom.drain()
    created = newsroom.clock()
    await newsroom.put("waits", note("1"), B)
    newsroom.clock.advance(minutes=1)
    await newsroom.put("waits too", note("1"), B)
    async with newsroom.database.write() as tx:
        queue = await overview.load_queue(tx)
        assert (queue.waiting, queue.oldest_due_at) == (2, created)
        assert queue.by_state == {"sent": 1, "pending": 2}
        await store.block(tx, B, "closed", guild_id=None, now=created)
        assert await overview.load_blocked(tx) == {B: "closed"}
        assert await next_due(tx) is None, "nothing is due where nothing can go"


async def test_old_rows_are_pruned_and_a_server_is_forgotten(newsroom: Newsroom) -> None:
    await newsroom.put("old", note("1"), A, guild_id=7)
    await newsroom.drain()
    await newsroom.drain(days=31)
    await newsroom.put("new", note("1"), A, guild_id=7)
    await newsroom.put("other", note("1"), B, guild_id=8)
    await newsroom.put("waiting", note("1"), C, guild_id=7)
    async with newsroom.database.write() as tx:
        await store.block(tx, C, "closed", guild_id=7, now=newsroom.clock())
        await store.block(tx, B, "closed", guild_id=None, now=newsroom.clock())
    await newsroom.drain(days=31)
    async with newsroom.database.write() as tx:
        assert await store.prune(tx, before=newsroom.clock() - timedelta(days=40)) == 1
    assert set(await newsroom.states()) == {"new", "other", "waiting"}, "what waits is kept"
    async with newsroom.database.write() as tx:
        await store.forget_guild(tx, 7)
        assert await overview.load_blocked(tx) == {B: "closed"}
    assert set(await newsroom.states()) == {"other"}


async def test_what_a_newer_program_wrote_is_left_alone(newsroom: Newsroom) -> None:
    for key in ("newer", "ours"):
        await newsroom.put(key, note("1"), A)
    async with newsroom.database.write() as tx:
        newer = outbox.c.dedupe_key == "newer"
        await tx.execute(update(outbox).where(newer).values(version=MESSAGE_VERSION + 1))
    await newsroom.drain()
    assert texts(newsroom.channels.read(A)) == ["1"], "what is ours goes past it"
    await newsroom.put("newer", note("2"), A)
    async with newsroom.database.read() as tx:
        assert [p.dedupe_key for p in await store.load_messages(tx, ["newer", "ours"])] == ["ours"]
        row = (await tx.execute(select(outbox).where(newer))).one()
        assert await next_due(tx) is None
    assert (row.state, row.version, row.revision) == ("pending", MESSAGE_VERSION + 1, 1)


async def test_a_channel_with_hundreds_of_edits_does_not_starve_the_others(
    small_newsroom: Newsroom,
) -> None:
    newsroom = small_newsroom
    for number in range(250):
        await newsroom.put(f"a{number}", note("1"), A)
    async with newsroom.database.write() as tx:
        await tx.execute(update(outbox).values(message_id=1, sent_revision=0))
    await newsroom.put("b", note("1"), B)
    async with newsroom.database.write() as tx:
        claimed = await store.claim(tx, worker="w", now=newsroom.clock(), limit=8, busy=(A,))
    assert [c.delivery.destination for c in claimed] == [B]


@pytest.mark.parametrize("ended", ["deleted", "expired", "dead", "uncertain"])
async def test_a_message_can_go_on_under_the_key_of_one_that_has_ended(
    small_newsroom: Newsroom, ended: str
) -> None:
    newsroom = small_newsroom
    for key in ("first", "second"):
        await newsroom.put(key, note(key), A)
    await newsroom.drain()
    async with newsroom.database.write() as tx:
        await tx.execute(update(outbox).where(outbox.c.dedupe_key == "first").values(state=ended))
        await store.rekey(tx, A, "second", "first")
    await newsroom.put("first", note("both"), A)
    await newsroom.drain(minutes=2)
    assert texts(newsroom.channels.read(A)) == ["first", "both"]
    assert await newsroom.states() == {"first": "sent"}


async def test_direct_messages_and_channels_with_one_number_are_not_mixed_up(
    small_newsroom: Newsroom,
) -> None:
    newsroom = small_newsroom
    newsroom.channels.plan(person(1), Fate.UNSENT)
    await newsroom.put("k", note("dm"), person(1))
    await newsroom.put("k", note("public"), A)
    await newsroom.drain()
    assert texts(newsroom.channels.read(A)) == ["public"]
    await newsroom.drain(seconds=2)
    assert texts(newsroom.channels.read(person(1))) == ["dm"]
