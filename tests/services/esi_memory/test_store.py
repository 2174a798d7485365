"""The tables themselves, on both databases."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from services.domain.trouble import Trouble
from services.esi.memory import EsiMemoryError, Pause, StoredAnswer
from services.esi.settings import EsiSettings
from services.esi_memory.store import EsiMemoryStore
from services.storage.database import Database
from services.storage.tables import esi_answers
from tests.factories import EVENING, HandClock

Store = Callable[..., EsiMemoryStore]


@pytest.fixture
def store(database: Database, clock: HandClock) -> Store:
    """Makes the memory as after a restart."""
    return lambda **settings: EsiMemoryStore(database, EsiSettings(**settings), clock=clock)


async def count(database: Database) -> int:
    async with database.read() as tx:
        return int(await tx.scalar(select(func.count()).select_from(esi_answers)) or 0)


def answer(path: str, body: bytes, clock: HandClock, etag: str = '"old"') -> StoredAnswer:
    now = clock()
    return StoredAnswer(
        path=path,
        etag=etag,
        body=body,
        fetched_at=now,
        expires_at=now + timedelta(hours=1),
        modified_at=EVENING,
        pages=3,
    )


def noise(length: int) -> bytes:
    """Bytes that no packing makes smaller."""
    return random.Random(length).randbytes(length)


async def test_it_stays_small(store: Store, database: Database, clock: HandClock) -> None:
    memory = store(kept_total_bytes=1000, kept_days=1)
    for number in range(10):
        await memory.save_answer(answer(f"/wars/{number}", noise(300), clock))
        clock.advance(minutes=61)
    assert await count(database) == 3
    assert await memory.find_answer("/wars/9") is not None
    assert await memory.find_answer("/wars/6") is None
    clock.advance(days=2)
    await memory.save_answer(answer("/wars/10", noise(300), clock))
    assert await count(database) == 1


async def test_bodies_come_back_as_they_went(
    store: Store, database: Database, clock: HandClock
) -> None:
    memory = store()
    for body in (b"[1, 2]", b'[{"type_id": 34}]' * 1000, noise(5000), b""):
        await memory.save_answer(answer("/wars", body, clock))
        assert await memory.find_answer("/wars") == answer("/wars", body, clock)
    await memory.save_answer(answer("/wars", b"[" + b" " * 100_000 + b"]", clock))
    async with database.read() as tx:
        size = await tx.scalar(select(func.length(esi_answers.c.body)))
    assert size is not None
    assert size < 1000


async def test_a_path_too_long_is_not_kept(
    store: Store, database: Database, clock: HandClock
) -> None:
    await store().save_answer(answer("/" + "x" * 300, b"[]", clock))
    assert await count(database) == 0


async def test_confirming_what_was_replaced_changes_nothing(store: Store, clock: HandClock) -> None:
    memory = store()
    new = answer("/wars", b"[2]", clock, etag='"new"')
    await memory.save_answer(new)
    clock.advance(hours=1)
    old = answer("/wars", b"[1]", clock)
    await memory.save_confirmed(old)
    assert await memory.find_answer("/wars") == new


async def test_errors_have_one_name(store: Store, database: Database) -> None:
    async with database.write() as tx:
        await tx.execute(text("DROP TABLE esi_answers"))
    with pytest.raises(EsiMemoryError):
        await store().find_answer("/wars")


async def test_pauses(store: Store) -> None:
    ban = Pause(
        subject="all routes",
        trouble=Trouble.ESI_BANNED,
        since=EVENING,
        until=EVENING + timedelta(hours=1),
        reason="403",
    )
    limit = Pause(
        subject="killmail",
        trouble=Trouble.ESI_LIMITED,
        since=EVENING,
        until=EVENING + timedelta(seconds=5),
        reason="429",
    )
    await store().save_pause(limit)
    await store().save_pause(ban)
    await store().save_pause(ban)
    assert sorted(await store().load_pauses(), key=lambda p: p.subject) == [ban, limit]
    await store().drop_pause("killmail")
    assert await store().load_pauses() == [ban]
