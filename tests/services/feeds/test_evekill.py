"""The second feed: where it begins, what it hands out, and how it bears with the service."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from services.domain.isk import UNKNOWN_VALUE
from services.domain.trouble import Trouble
from services.feeds.evekill import EveKillFeed, pages_of
from services.feeds.http import create_session, user_agent
from services.feeds.items import FeedItem
from services.feeds.settings import FallbackSettings
from tests.fakes.evekill import FakeEveKill
from tests.fakes.r2z2 import BANNED, CUT, HTML, MISSING, SILENCE, Reply, failing, throttled
from tests.services.feeds.conftest import START, ManualClock, Memory, Watch, esi


@dataclass
class Stand:
    """The feed at its stand-in."""

    clock: ManualClock
    fake: FakeEveKill
    session: aiohttp.ClientSession
    memory: Memory = field(default_factory=Memory)
    watch: Watch = field(default_factory=Watch)
    waits: list[float] = field(default_factory=list)

    def feed(self, **settings: Any) -> EveKillFeed:
        return EveKillFeed(
            self.session,
            FallbackSettings(base_url=self.fake.base_url, **settings),
            memory=self.memory,
            clock=self.clock,
            sleep=self.clock.sleep,
            jitter=lambda: 1.0,
            watch=self.watch,
        )

    def publish(self, *sequences: int) -> None:
        for sequence in sequences:
            self.fake.publish(sequence, esi(1_000_000 + sequence))

    async def poll(self, feed: EveKillFeed, times: int = 1) -> list[FeedItem]:
        """Ask so often, storing and waiting as the loop does."""
        found: list[FeedItem] = []
        for _ in range(times):
            polled = await feed.poll()
            self.memory.store(polled.items, self.clock.now)
            found += polled.items
            self.waits.append(polled.wait)
            await self.clock.sleep(polled.wait)
        return found


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    clock = ManualClock()
    async with (
        FakeEveKill(clock=clock) as fake,
        create_session(user_agent("tester@example.org", "0")) as session,
    ):
        yield Stand(clock=clock, fake=fake, session=session)
    assert fake.least_spacing >= 1
    assert all("tester@example.org" in r.headers["User-Agent"] for r in fake.requests)


async def test_it_begins_a_good_while_before_the_head(stand: Stand) -> None:
    stand.publish(*range(100, 351))

    items = await stand.poll(stand.feed(start_back=150, page=100), 3)

    assert stand.fake.queries == [(0, 100), (200, 100), (300, 100)]
    assert [item.cursor for item in items] == list(range(201, 351))
    assert stand.waits == [0, 0, 10], "pages follow each other at once"


@pytest.mark.parametrize(
    ("saved", "begins"),
    [(300, 300), (350, 350), (201, 201), (200, 200), (100, 200), (351, 200), (None, 200)],
)
async def test_it_goes_on_where_it_stopped_when_that_is_not_long_ago(
    stand: Stand, saved: int | None, begins: int
) -> None:
    stand.publish(*range(100, 351))
    stand.memory.cursor = saved

    await stand.poll(stand.feed(start_back=150), 2)

    assert stand.fake.queries[1][0] == begins


async def test_a_young_feed_begins_at_its_beginning(stand: Stand) -> None:
    stand.publish(1, 2, 3)

    items = await stand.poll(stand.feed(), 2)

    assert stand.fake.queries[1][0] == 1, "0 would mean its head"
    assert [item.cursor for item in items] == [2, 3]


async def test_an_arrival_has_no_values_of_zkillboard(stand: Stand) -> None:
    stand.publish(1)
    stand.fake.publish(7, esi(42), "0123abcd")
    stand.memory.cursor = 5

    (item,) = await stand.poll(stand.feed(), 2)

    assert item.arrival is not None
    killmail = item.arrival.killmail
    assert (killmail.id, killmail.hash, killmail.value) == (42, "0123abcd", UNKNOWN_VALUE)
    assert (killmail.npc, killmail.solo, killmail.labels) == (None, None, ())
    assert not item.arrival.revised


async def test_what_was_there_before_it_was_asked_is_late_what_comes_is_not(stand: Stand) -> None:
    stand.publish(1, 2)
    stand.memory.cursor = 1
    stand.clock.at(25, lambda: stand.publish(3))

    before, after = await stand.poll(stand.feed(), 5)

    assert before.arrival is not None
    assert after.arrival is not None
    assert before.arrival.published_at == before.arrival.killmail.time
    assert after.arrival.published_at is None


async def test_nothing_new_is_asked_for_again_after_ten_seconds(stand: Stand) -> None:
    stand.publish(1, 2)
    feed = stand.feed()
    stand.clock.at(25, lambda: stand.publish(3, 5))

    items = await stand.poll(feed, 5)

    assert [item.cursor for item in items] == [2, 3, 5]
    assert [after for after, _ in stand.fake.queries] == [0, 1, 2, 2, 2]
    assert stand.watch.told == []


async def test_what_cannot_be_read_goes_to_quarantine_and_holds_up_nothing(stand: Stand) -> None:
    stand.publish(1, 2)
    stand.fake.publish(3, None)
    stand.fake.publish(4, {"killmail_id": 4})
    stand.publish(5)

    items = await stand.poll(stand.feed(), 2)

    assert [item.cursor for item in items] == [2, 3, 4, 5]
    assert [item.rejected and item.rejected.reference for item in items] == [None, "3", "4", None]
    assert items[1].rejected is not None
    assert items[1].rejected.source == "evekill"


@pytest.mark.parametrize(
    "reply",
    [
        failing(),
        HTML,
        CUT,
        MISSING,
        SILENCE,
        Reply(body=b"[]"),
        Reply(body=b'{"data": 5}'),
        Reply(body=b'{"data": [{"killmail_id": 4}]}'),
        throttled(),
    ],
    ids=["503", "html", "cut", "404", "hang up", "list", "shape", "no number", "429"],
)
async def test_a_fault_is_told_once_and_repeated(stand: Stand, reply: Reply) -> None:
    stand.publish(1, 2)
    # The HTTP library repeats by itself when the service hangs up.
    stand.fake.script(*[reply] * (6 if reply is SILENCE else 4))
    feed = stand.feed()

    items = await stand.poll(feed, 3)
    assert items == []
    assert stand.watch.wrong.keys() == {Trouble.FALLBACK_DOWN}
    assert feed.last_error is not None
    items = await stand.poll(feed, 5)

    assert [item.cursor for item in items] == [2]
    assert stand.watch.told == ["fallback-down begins", "fallback-down ends"]
    assert stand.waits[:2] == [10, 10]


async def test_a_429_waits_as_it_is_told(stand: Stand) -> None:
    stand.publish(1, 2)
    stand.fake.script(throttled("77"))

    await stand.poll(stand.feed(), 1)

    assert stand.waits == [77]


async def test_the_service_says_when_it_has_had_enough(stand: Stand) -> None:
    stand.publish(*range(1, 100))
    stand.fake.budget = 2

    items = await stand.poll(stand.feed(page=10), 4)

    assert stand.waits == [0, 60, 0, 60], "the page came all the same"
    assert len(items) == 30


async def test_a_403_is_an_hour_of_silence_over_a_restart(stand: Stand) -> None:
    stand.publish(1, 2)
    stand.fake.script(BANNED)
    await stand.poll(stand.feed())
    assert stand.memory.pause == START + timedelta(hours=1)

    feed = stand.feed()
    stand.watch.wrong.clear()
    before = stand.clock.now
    assert (await feed.poll()).wait == 60
    assert stand.clock.now == before
    while not stand.memory.items:
        await stand.poll(feed)

    assert (stand.fake.requests[1].at - START).total_seconds() >= 3600
    assert max(stand.waits) <= 60, "whoever waits can change their mind each minute"
    assert stand.watch.told[-1] == "fallback-down ends"


async def test_begun_anew_it_reads_again_what_was_not_stored(stand: Stand) -> None:
    stand.publish(1, 2, 3)
    feed = stand.feed()
    await feed.poll()
    await feed.poll()

    feed.begin()
    items = await stand.poll(feed, 2)

    assert [item.cursor for item in items] == [2, 3]


def test_portions_keep_the_order() -> None:
    items = [FeedItem(cursor=number) for number in range(7)]
    portions = pages_of(items, 3)
    assert [len(portion) for portion in portions] == [3, 3, 1]
    assert [item.cursor for portion in portions for item in portion] == list(range(7))


def test_too_many_requests_are_refused_except_on_this_computer() -> None:
    with pytest.raises(ValueError, match="at most 10"):
        FallbackSettings(requests_per_second=11)
    FallbackSettings(base_url="http://localhost:1", requests_per_second=100)


def test_every_setting_is_explained() -> None:
    for name, setting in FallbackSettings.model_fields.items():
        assert setting.description, name
        assert "Default" in setting.description, name
