"""Cards that go out before all names are known, and are edited when they come: outbox, name service, ESI over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from sqlalchemy import func, select

from bot.presentation.messages import named_ids
from services.domain.delivery import Delivery
from services.domain.message import KillMessage, KillSummary
from services.esi.client import EsiClient
from services.esi.settings import EsiSettings
from services.names.service import NameService
from services.names.settings import NameSettings
from services.outbox import store
from services.outbox.unnamed import Unnamed
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from services.storage.tables import outbox, unnamed
from tests.factories import HandClock, mail
from tests.fakes.channels import Fate, Killed
from tests.fakes.esi import NAMES, FakeEsi, Fault
from tests.services.newsroom import SPACING, Newsroom, channel
from tests.services.outbox.notes import note

A, B = channel(1), channel(2)
PILOT, CORPORATION, ALLIANCE = 90_065_001, 98_000_065, 99_000_065
KNOWN = {
    PILOT: ("character", "Ana Kaseros"),
    CORPORATION: ("corporation", "Alpha Works"),
    ALLIANCE: ("alliance", "Alpha Pact"),
}
DOWN = Fault(status=503)


def kill(number: int = 1, victim: str = "A1") -> KillMessage:
    """Its card names pilot, corporation and alliance A."""
    return KillMessage(kill=KillSummary.of(mail(number, 0, victim)), reasons=())


class Desk:
    """Newsroom and name service; cards are drawn with the names that are known at that moment."""

    def __init__(self, database: Database, esi: FakeEsi, session: aiohttp.ClientSession) -> None:
        self.newsroom = Newsroom(database, clock=HandClock())
        self.clock, self.channels = self.newsroom.clock, self.newsroom.channels
        self.esi, self.database = esi, database
        self._session = session
        self.start()

    def start(self) -> None:
        clock = self.clock
        settings = EsiSettings(base_url=self.esi.url)
        client = EsiClient(self._session, settings, clock=clock, sleep=clock.sleep)
        self.names = NameService(self.database, client, settings=NameSettings(), clock=clock)
        self.unnamed = Unnamed(
            self.database,
            self.names.news,
            clock=clock,
            edit_spacing=SPACING,
            ring=self.newsroom.bell.set,
        )
        self.channels.draw = self.draw

    async def restart(self) -> None:
        """The old process is gone: what it was fetching never came."""
        await self.names.aclose()
        self.newsroom.restart()
        self.start()
        await self.newsroom.worker.recover(starting=True)

    async def draw(self, delivery: Delivery) -> frozenset[int]:
        return (await self.names.book(named_ids(delivery.message), wait_seconds=0)).missing

    async def drain(self, **after: float) -> None:
        """Time passes, names come, what is due is sent."""
        self.clock.advance(**after)
        await self.names.settle()
        await self.unnamed.look()
        await self.names.settle()
        await self.unnamed.look()
        await self.newsroom.worker.drain()

    def traffic(self) -> list[str]:
        return [call.what for call in self.channels.calls]

    def gaps(self) -> set[int]:
        """Whom the cards that stand in the channels do not name."""
        return set().union(*(found.unnamed for found in self.channels.standing.values()))

    async def waits(self) -> int:
        async with self.database.read() as tx:
            return await tx.scalar(select(func.count()).select_from(unnamed)) or 0

    def asked(self) -> list[int]:
        """Every id that ESI was asked for, with repetitions."""
        return [i for asked in self.esi.asked if asked.path == NAMES for i in asked.payload]


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[Desk]:
    async with FakeEsi().serve() as esi, aiohttp.ClientSession() as session:
        esi.names = dict(KNOWN)
        made = Desk(database, esi, session)
        yield made
        await made.names.aclose()


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    """Once on each database."""
    async with opened(database) as made:
        yield made


@pytest.fixture
async def small_desk(sqlite_url: str) -> AsyncIterator[Desk]:
    """On SQLite only: for rules in which the database has no say."""
    database = await Database.open(DatabaseSettings(url=sqlite_url))
    async with opened(database) as made:
        yield made
    await database.close()


async def test_a_card_goes_out_and_is_edited_once_when_its_names_come(desk: Desk) -> None:
    await desk.newsroom.put("k", kill(), A)
    await desk.newsroom.worker.drain()
    assert desk.gaps() == {PILOT, CORPORATION, ALLIANCE}
    assert await desk.waits() == 3
    await desk.drain(seconds=1)
    await desk.drain(seconds=58)
    assert desk.traffic() == ["post"], "edits of a message are a minute apart"
    await desk.drain(seconds=2)
    assert (desk.traffic(), desk.gaps()) == (["post", "edit"], set())
    assert await desk.waits() == 0
    for _ in range(5):
        await desk.drain(minutes=5)
    assert desk.traffic() == ["post", "edit"]
    assert sorted(desk.asked()) == [PILOT, CORPORATION, ALLIANCE]


async def test_names_that_come_one_after_the_other_are_one_edit(small_desk: Desk) -> None:
    desk = small_desk
    desk.esi.fail(NAMES, *[DOWN] * 2)
    await desk.newsroom.put("k", kill(), A)
    await desk.drain()
    await desk.drain(minutes=10)
    assert desk.traffic() == ["post"]
    for entity_id, (category, name) in KNOWN.items():
        await desk.names.seed([(entity_id, category, name, None)], as_of=desk.clock())
        desk.clock.advance(seconds=1)
        assert await desk.unnamed.look() == (entity_id == PILOT)
    await desk.drain(seconds=1)
    assert desk.traffic() == ["post"]
    await desk.drain(seconds=2)
    assert (desk.traffic(), desk.gaps()) == (["post", "edit"], set())
    assert desk.newsroom.bell.is_set()


async def test_a_storm_with_one_missing_name_is_one_fetch_and_one_edit_each(
    small_desk: Desk,
) -> None:
    desk = small_desk
    desk.esi.fail(NAMES, DOWN)
    places = [channel(number) for number in range(1, 5)]
    for number in range(200):
        await desk.newsroom.put(f"k{number}", kill(number), places[number % 4])
    await desk.newsroom.worker.drain()
    assert len(desk.channels.calls) == 200
    desk.esi.asked.clear()
    for _ in range(20):
        await desk.drain(seconds=15)
    assert sorted(desk.asked()) == [PILOT, CORPORATION, ALLIANCE]
    assert desk.traffic().count("post") == 200
    assert {found.edits for found in desk.channels.standing.values()} == {1}
    assert desk.gaps() == set()
    assert await desk.waits() == 0


async def test_news_goes_between_the_edits_of_a_storm(desk: Desk) -> None:
    desk.esi.fail(NAMES, DOWN)
    for number in range(50):
        await desk.newsroom.put(f"k{number}", kill(number), A)
    await desk.newsroom.worker.drain()
    await desk.drain(minutes=30)
    await desk.newsroom.put("news", note("news"), A)
    desk.clock.advance(seconds=6)
    await desk.newsroom.worker.drain()
    assert desk.traffic()[50:] == ["edit", "post"]
    edited = desk.channels.calls[50].message
    assert isinstance(edited, KillMessage)
    assert edited.kill.id == 49, "the newest card first"


async def test_esi_is_down_for_an_hour(small_desk: Desk) -> None:
    desk = small_desk
    desk.esi.fail(NAMES, *[DOWN] * 1000)
    await desk.newsroom.put("k", kill(), A)
    for _ in range(180):
        await desk.drain(seconds=20)
    assert desk.traffic() == ["post"]
    assert len(desk.esi.asked) <= 61, "ESI is left alone for a minute after each failure"
    desk.esi._faults.clear()
    for _ in range(
        4
    ):  # ESI's client asks again after two minutes at the latest, the names a minute later
        await desk.drain(seconds=60)
    await desk.drain(seconds=6)
    assert (desk.traffic(), desk.gaps()) == (["post", "edit"], set())


async def test_an_id_that_esi_does_not_know_ends_the_wait(desk: Desk) -> None:
    del desk.esi.names[PILOT]
    await desk.newsroom.put("k", kill(), A)
    await desk.newsroom.worker.drain()
    assert await desk.waits() == 3
    await desk.drain(seconds=61)
    await desk.drain(seconds=6)
    assert await desk.waits() == 0
    assert desk.traffic() == ["post", "edit"], "for the two that are known"
    await desk.newsroom.put("l", kill(2, "A2"), B)
    await desk.newsroom.worker.drain()
    assert await desk.waits() == 1, "for the pilot, whom nobody has asked for yet"
    await desk.drain()
    assert await desk.waits() == 0
    for _ in range(3):
        await desk.drain(minutes=10)
    assert desk.traffic() == ["post", "edit", "post"]


async def test_a_name_that_comes_while_the_card_is_in_hand_is_not_missed(small_desk: Desk) -> None:
    desk = small_desk

    async def draw(delivery: Delivery) -> frozenset[int]:
        missing = await desk.draw(delivery)
        await desk.names.settle()
        assert await desk.unnamed.look() == 0, "nothing waits yet"
        return missing

    desk.channels.draw = draw
    await desk.newsroom.put("k", kill(), A)
    await desk.newsroom.worker.drain()
    assert desk.gaps()
    desk.channels.draw = desk.draw
    await desk.drain()
    await desk.drain(seconds=61)
    assert (desk.traffic(), desk.gaps()) == (["post", "edit"], set())


async def test_a_name_that_comes_while_an_edit_is_in_hand_is_not_missed(desk: Desk) -> None:
    desk.esi.fail(NAMES, *[DOWN] * 1000)
    await desk.newsroom.put("k", kill(), A)
    await desk.newsroom.worker.drain()
    await desk.newsroom.put("k", kill(2), A)
    everybody = [(i, category, name, None) for i, (category, name) in KNOWN.items()]

    async def draw(delivery: Delivery) -> frozenset[int]:
        missing = await desk.draw(delivery)
        await desk.names.seed(everybody, as_of=desk.clock())
        assert await desk.unnamed.look() == 0, "it is in hand"
        assert await desk.waits() == 0
        return missing

    desk.channels.draw = draw
    desk.clock.advance(seconds=61)
    await desk.newsroom.worker.drain()
    assert (desk.traffic(), len(desk.gaps())) == (["post", "edit"], 3)
    desk.channels.draw = desk.draw
    await desk.drain()
    await desk.drain(seconds=61)
    assert (desk.traffic(), desk.gaps()) == (["post", "edit", "edit"], set())


class TestDeath:
    """The process is killed between two steps; the next one brings every card to its names."""

    async def until_named(self, desk: Desk) -> None:
        await desk.restart()
        for _ in range(6):
            await desk.drain(seconds=61)
        assert desk.gaps() == set()
        assert len(desk.channels.standing) == 1
        assert await desk.waits() == 0
        assert await desk.newsroom.states() == {"k": "sent"}

    @pytest.mark.parametrize("fate", [Fate.KILLED_BEFORE, Fate.KILLED_AFTER])
    @pytest.mark.parametrize("named", [False, True])
    async def test_while_posting(self, small_desk: Desk, fate: Fate, *, named: bool) -> None:
        desk = small_desk
        desk.channels.plan(A, fate)
        await desk.newsroom.put("k", kill(), A)
        with pytest.raises(Killed):
            await desk.newsroom.worker.drain()
        if named:  # they come before the next process draws the card again
            await desk.names.settle()
        await self.until_named(desk)

    async def test_after_posting(self, small_desk: Desk) -> None:
        desk = small_desk
        await desk.newsroom.put("k", kill(), A)
        await desk.newsroom.worker.drain()
        await self.until_named(desk)
        assert desk.traffic() == ["post", "edit"]

    async def test_after_the_names_were_stored(self, small_desk: Desk) -> None:
        desk = small_desk
        await desk.newsroom.put("k", kill(), A)
        await desk.newsroom.worker.drain()
        await desk.names.settle()
        await self.until_named(desk)
        assert desk.traffic() == ["post", "edit"]

    async def test_after_the_card_became_due(self, desk: Desk) -> None:
        await desk.newsroom.put("k", kill(), A)
        await desk.newsroom.worker.drain()
        await desk.names.settle()
        assert await desk.unnamed.look() == 1
        await self.until_named(desk)
        assert desk.traffic() == ["post", "edit"]

    @pytest.mark.parametrize("fate", [Fate.KILLED_BEFORE, Fate.KILLED_AFTER])
    async def test_while_editing(self, small_desk: Desk, fate: Fate) -> None:
        desk = small_desk
        await desk.newsroom.put("k", kill(), A)
        await desk.drain()
        await desk.drain()
        assert desk.traffic() == ["post"]
        desk.channels.plan(A, fate)
        with pytest.raises(Killed):
            await desk.drain(seconds=61)
        await self.until_named(desk)
        assert desk.traffic() == ["post", "edit", "edit"]


@pytest.mark.parametrize("lost_for", [30, 600])
async def test_a_post_whose_answer_was_lost_gets_the_names_that_came_meanwhile(
    small_desk: Desk, lost_for: int
) -> None:
    """Discord keeps the first post of a nonce, drawn without names; one found in the channel says nothing of them."""
    desk = small_desk
    desk.channels.plan(A, Fate.LOST_AFTER)
    await desk.newsroom.put("k", kill(), A)
    await desk.newsroom.worker.drain()
    assert desk.gaps()
    await desk.drain(seconds=lost_for)
    await desk.drain(seconds=61)
    assert desk.gaps() == set()
    assert len(desk.channels.standing) == 1


async def test_a_rename_is_in_the_next_card_and_edits_no_old_one(small_desk: Desk) -> None:
    desk = small_desk
    await desk.newsroom.put("k", kill(), A)
    for _ in range(3):
        await desk.drain(minutes=2)
    assert desk.traffic() == ["post", "edit"]
    desk.esi.names[PILOT] = ("character", "Ana Renamed")
    desk.clock.advance(days=31)
    await desk.names.book([PILOT])
    await desk.drain(minutes=5)
    assert (await desk.names.book([PILOT])).name(PILOT) == "Ana Renamed"
    assert desk.traffic() == ["post", "edit"]


async def test_nobody_waits_for_ever(desk: Desk) -> None:
    desk.esi.fail(NAMES, *[DOWN] * 1000)
    await desk.newsroom.put("old", kill(1), A)
    await desk.newsroom.put("gone", kill(2, "B1"), B)
    await desk.newsroom.put("forgotten", kill(3, "C1"), channel(3), guild_id=7)
    await desk.newsroom.worker.drain()
    await desk.newsroom.drain(hours=1)
    del desk.channels.standing[
        next(k for k, s in desk.channels.standing.items() if s.destination == B)
    ]
    await desk.newsroom.put("gone", kill(2, "B2"), B)
    await desk.newsroom.worker.drain()
    async with desk.database.write() as tx:
        await store.forget_guild(tx, 7)
    asked = len(desk.esi.asked)
    desk.clock.advance(minutes=5)
    await desk.unnamed.look()
    await desk.names.settle()
    assert desk.esi.asked[asked:][0].payload == sorted(KNOWN), "of the one that still stands"
    desk.esi._faults.clear()
    desk.clock.advance(days=1)
    for _ in range(3):
        await desk.drain(minutes=2)
    assert desk.traffic().count("edit") == 1, "the one that was tried on the deleted message"
    async with desk.database.write() as tx:
        await store.prune(tx, before=desk.clock())
    assert await desk.waits() == 0


async def test_what_waits_does_not_keep_what_is_pruned(small_desk: Desk) -> None:
    desk = small_desk
    desk.esi.fail(NAMES, *[DOWN] * 1000)
    await desk.newsroom.put("k", kill(1), A)
    await desk.newsroom.worker.drain()
    desk.clock.advance(days=31)
    async with desk.database.write() as tx:
        assert await store.prune(tx, before=desk.clock()) == 1
    assert await desk.waits() == 0
    async with desk.database.write() as tx:
        await store.forget_all(tx)
        assert await tx.scalar(select(func.count()).select_from(outbox)) == 0
