"""What the client does after a restart: nothing is asked before it may be, once on SQLite: `test_store.py` has both."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import delete, func, select, text

from services.domain.trouble import Trouble
from services.esi.errors import EsiRefused, EsiUnavailable
from services.esi.settings import EsiSettings
from services.esi_memory.store import EsiMemoryStore
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from services.storage.tables import esi_answers, esi_pauses
from tests.factories import HandClock
from tests.fakes.esi import PRICES, FakeEsi, Fault
from tests.services.esi.conftest import Start, Watch

SYSTEMS, FW, KILLS = "/sovereignty/systems", "/fw/systems", "/universe/system_kills"
Store = Callable[..., EsiMemoryStore]


@pytest.fixture
async def database(migrated_sqlite_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(DatabaseSettings(url=migrated_sqlite_url))
    yield opened
    await opened.close()


@pytest.fixture
def store(database: Database, clock: HandClock) -> Store:
    """Makes the memory as after a restart."""
    return lambda **settings: EsiMemoryStore(database, EsiSettings(**settings), clock=clock)


async def count(database: Database) -> int:
    async with database.read() as tx:
        return int(await tx.scalar(select(func.count()).select_from(esi_answers)) or 0)


class TestAnswers:
    async def test_not_asked_before_it_expires(
        self, start: Start, store: Store, esi: FakeEsi, clock: HandClock
    ) -> None:
        first = await start(store()).get(SYSTEMS)
        assert (first.status, first.unchanged) == (200, False)
        clock.advance(seconds=298)
        client = start(store())
        again = await client.get(SYSTEMS)
        assert (again.status, again.body, again.etag) == (200, first.body, first.etag)
        assert again.unchanged
        assert again.expires_at == first.expires_at
        assert len(esi.asked) == 1
        assert client.status.from_store == 1

    async def test_then_confirmed_at_half_the_cost(
        self, start: Start, store: Store, esi: FakeEsi, clock: HandClock
    ) -> None:
        first = await start(store()).get(SYSTEMS)
        clock.advance(seconds=300)
        client = start(store())
        again = await client.get(SYSTEMS)
        assert (again.status, again.body, again.unchanged) == (200, first.body, True)
        assert [asked.status for asked in esi.asked] == [200, 304]
        assert client.status.tokens["sovereignty"] == 597
        clock.advance(seconds=299)
        assert (await start(store()).get(SYSTEMS)).body == first.body
        assert len(esi.asked) == 2
        assert not esi.violations

    async def test_a_new_one_takes_its_place(
        self, start: Start, store: Store, esi: FakeEsi, clock: HandClock
    ) -> None:
        await start(store()).get(SYSTEMS)
        esi.put(SYSTEMS, [{"solar_system_id": 1}] * 500)
        clock.advance(seconds=300)
        changed = await start(store()).get(SYSTEMS)
        assert not changed.unchanged
        clock.advance(seconds=10)
        assert (await start(store()).get(SYSTEMS)).body == changed.body
        assert len(esi.asked) == 2

    async def test_two_at_once_ask_once(self, start: Start, store: Store, esi: FakeEsi) -> None:
        client = start(store())
        found = await asyncio.gather(*(client.get(SYSTEMS) for _ in range(5)))
        assert len({answer.body for answer in found}) == 1
        assert len(esi.asked) == 1

    async def test_a_clock_set_back_is_not_believed(
        self, start: Start, store: Store, esi: FakeEsi, clock: HandClock
    ) -> None:
        await start(store()).get(SYSTEMS)
        clock.advance(days=-1)
        esi.put(SYSTEMS, [{"solar_system_id": 2}])
        assert b"2" in (await start(store()).get(SYSTEMS)).body
        assert len(esi.asked) == 2
        await start(store()).get(SYSTEMS)
        assert len(esi.asked) == 2

    async def test_faults_keep_nothing(
        self, start: Start, store: Store, esi: FakeEsi, clock: HandClock, database: Database
    ) -> None:
        client = start(store())
        held = {"ETag": '"x"', "Cache-Control": "max-age=60"}
        esi.fail(
            SYSTEMS,
            Fault(status=200, body=b"<html>", headers=held),
            Fault(status=200, body=b'[{"a": 1}, {"b": 2}]', headers=held, cut=True),
        )
        for _ in range(2):
            with pytest.raises(EsiUnavailable):
                await client.get(SYSTEMS)
        with pytest.raises(EsiRefused):
            await client.get("/nowhere")
        assert await count(database) == 0

    async def test_304_to_a_question_without_an_etag(
        self, start: Start, store: Store, esi: FakeEsi, database: Database
    ) -> None:
        client = start(store())
        esi.fail(SYSTEMS, Fault(status=304, body=b""), Fault(status=304, body=b""))
        with pytest.raises(EsiUnavailable):
            await client.get(SYSTEMS)
        with pytest.raises(EsiUnavailable):
            await client.get_changed(SYSTEMS, etag=None)
        assert await count(database) == 0

    async def test_a_bare_304_renews_nothing(
        self, start: Start, store: Store, esi: FakeEsi, clock: HandClock
    ) -> None:
        first = await start(store()).get(SYSTEMS)
        clock.advance(seconds=300)
        esi.fail(SYSTEMS, Fault(status=304, body=b""))
        again = await start(store()).get(SYSTEMS)
        assert (again.body, again.etag) == (first.body, first.etag)
        assert (await start(store()).get(SYSTEMS)).unchanged
        assert [asked.status for asked in esi.asked] == [200, 304, 304]

    async def test_a_body_too_large_is_handed_out_and_not_kept(
        self, start: Start, store: Store, esi: FakeEsi, clock: HandClock
    ) -> None:
        client = start(store(), kept_body_bytes=10)
        body = (await client.get(SYSTEMS)).body
        clock.advance(seconds=300)
        assert (await client.get(SYSTEMS)).body == body
        assert [asked.status for asked in esi.asked] == [200, 200]


class TestChanged:
    """For a caller who keeps what the answer says."""

    async def test_not_asked_before_it_expires(
        self, start: Start, store: Store, esi: FakeEsi, clock: HandClock, database: Database
    ) -> None:
        first = await start(store()).get_changed(PRICES, etag=None)
        assert first.status == 200
        clock.advance(seconds=3590)
        again = await start(store()).get_changed(PRICES, etag=first.etag)
        assert (again.status, again.body, again.etag) == (304, b"", first.etag)
        assert again.expires_at == first.expires_at
        assert len(esi.asked) == 1
        async with database.read() as tx:
            assert await tx.scalar(select(esi_answers.c.body)) is None
        clock.advance(seconds=10)
        assert (await start(store()).get_changed(PRICES, etag=first.etag)).status == 304
        clock.advance(seconds=3599)
        assert (await start(store()).get_changed(PRICES, etag=first.etag)).status == 304
        assert [asked.status for asked in esi.asked] == [200, 304]
        assert not esi.violations

    async def test_who_lost_it_gets_it_again(
        self, start: Start, store: Store, esi: FakeEsi
    ) -> None:
        first = await start(store()).get_changed(PRICES, etag=None)
        for etag in (None, '"another"'):
            again = await start(store()).get_changed(PRICES, etag=etag)
            assert (again.status, again.body) == (200, first.body)

    async def test_who_holds_what_the_memory_lost_is_confirmed(
        self, start: Start, store: Store, esi: FakeEsi, database: Database, clock: HandClock
    ) -> None:
        first = await start(store()).get_changed(PRICES, etag=None)
        async with database.write() as tx:
            await tx.execute(delete(esi_answers))
        clock.advance(seconds=3600)
        assert (await start(store()).get_changed(PRICES, etag=first.etag)).status == 304
        clock.advance(seconds=3599)
        assert (await start(store()).get_changed(PRICES, etag=first.etag)).status == 304
        assert len(esi.asked) == 2


class TestPauses:
    @pytest.mark.parametrize(
        ("fault", "seconds", "trouble"),
        [
            (
                Fault(status=403, body=b"<html>", content_type="text/html"),
                3600,
                (Trouble.ESI_BANNED, ""),
            ),
            (
                Fault(status=420, headers={"Retry-After": "50"}),
                50,
                (Trouble.ESI_LIMITED, "all routes"),
            ),
        ],
        ids=["403", "420"],
    )
    async def test_everything_over_a_restart(
        self,
        start: Start,
        store: Store,
        esi: FakeEsi,
        clock: HandClock,
        watch: Watch,
        fault: Fault,
        seconds: float,
        trouble: tuple[Trouble, str],
    ) -> None:
        esi.fail(PRICES, fault)
        with pytest.raises(EsiUnavailable):
            await start(store()).get_json(PRICES)
        watch.open.clear()
        clock.advance(seconds=seconds - 1)
        client = start(store())
        for path in (PRICES, SYSTEMS):
            with pytest.raises(EsiUnavailable) as caught:
                await client.get_json(path)
            assert caught.value.retry_after == 1
        assert len(esi.asked) == 1
        assert set(watch.open) == {trouble}
        clock.advance(seconds=1)
        await client.get_json(SYSTEMS)
        assert not watch.open
        assert await store().load_pauses() == []

    async def test_a_bucket_over_a_restart(
        self, start: Start, store: Store, esi: FakeEsi, clock: HandClock
    ) -> None:
        esi.fail(SYSTEMS, Fault(status=429, headers={"Retry-After": "500"}))
        with pytest.raises(EsiUnavailable):
            await start(store()).get_json(SYSTEMS)
        clock.advance(seconds=10)
        client = start(store())
        await client.load()
        assert [pause.subject for pause in client.status.pauses] == ["sovereignty"]
        with pytest.raises(EsiUnavailable):
            await client.get_json(SYSTEMS)
        await client.get_json(KILLS)
        assert not esi.violations

    async def test_one_that_nobody_asks_again_is_forgotten(
        self, start: Start, store: Store, esi: FakeEsi, clock: HandClock, watch: Watch
    ) -> None:
        client = start(store())
        esi.fail(SYSTEMS, Fault(status=429, headers={"Retry-After": "60"}))
        with pytest.raises(EsiUnavailable):
            await client.get_json(SYSTEMS)
        clock.advance(minutes=10)
        await client.get_json(KILLS)
        assert watch.open
        clock.advance(minutes=5)
        await client.get_json(KILLS)
        assert not watch.open
        assert await store().load_pauses() == []


class TestWithoutADatabase:
    async def test_nothing_is_asked_while_nobody_knows(
        self, start: Start, store: Store, esi: FakeEsi, database: Database
    ) -> None:
        async with database.write() as tx:
            await tx.execute(text("ALTER TABLE esi_pauses RENAME TO hidden"))
        client = start(store())
        with pytest.raises(EsiUnavailable):
            await client.get_json(SYSTEMS)
        async with database.write() as tx:
            await tx.execute(text("ALTER TABLE hidden RENAME TO esi_pauses"))
            await tx.execute(text("ALTER TABLE esi_answers RENAME TO hidden"))
        with pytest.raises(EsiUnavailable):
            await client.get(SYSTEMS)
        assert not esi.asked
        assert (await client.get_json(SYSTEMS)).status == 200

    async def test_what_cannot_be_written_is_handed_out_and_written_later(
        self, start: Start, store: Store, esi: FakeEsi, database: Database, clock: HandClock
    ) -> None:
        client = start(store())
        await client.load()
        async with database.write() as tx:
            await tx.execute(text("ALTER TABLE esi_pauses RENAME TO hidden"))
        esi.fail(SYSTEMS, Fault(status=429, headers={"Retry-After": "60"}))
        with pytest.raises(EsiUnavailable):
            await client.get(SYSTEMS)
        async with database.write() as tx:
            await tx.execute(text("ALTER TABLE hidden RENAME TO esi_pauses"))
        await client.get(KILLS)
        async with database.read() as tx:
            assert await tx.scalar(select(esi_pauses.c.subject)) == "sovereignty"
