"""SQLite connections that cross to their thread once a statement, and what becomes of them when they are given up."""

import asyncio
import threading
from pathlib import Path

import pytest

from services.storage.one_trip import SoleConnection, connect


@pytest.mark.parametrize("way", ["close", "abandon"])
async def test_given_up_with_a_statement_unread_it_keeps_no_lock(tmp_path: Path, way: str) -> None:
    file = str(tmp_path / "a.db")
    first = await connect(file, busy_seconds=0.2)
    cursor = await first.cursor()
    await cursor.execute("CREATE TABLE t (n INTEGER)")
    await cursor.execute("BEGIN IMMEDIATE")
    await cursor.execute("INSERT INTO t VALUES (1), (2)")
    unread = await first._execute(lambda: first._conn.execute("SELECT n FROM t"))
    await getattr(first, way)()
    second = await connect(file, busy_seconds=0.2)
    other = await second.cursor()
    await other.execute("BEGIN IMMEDIATE")
    await other.execute("SELECT COUNT(*) FROM t")
    assert list(await other.fetchall()) == [(0,)]
    await second.close()
    del unread


async def test_there_is_one_writing_connection_at_a_time(tmp_path: Path) -> None:
    sole = SoleConnection(str(tmp_path / "a.db"), busy_seconds=0.2)
    first = await sole.open()
    cursor = await first.cursor()
    await cursor.execute("BEGIN IMMEDIATE")
    second = await sole.open()
    other = await second.cursor()
    await other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ValueError, match="closed"):
        await cursor.execute("SELECT 1")
    await second.close()


async def test_given_up_twice_it_keeps_nobody_waiting(tmp_path: Path) -> None:
    """SQLAlchemy gives it up first, then whoever opens the next one makes sure."""
    connection = await connect(str(tmp_path / "a.db"), busy_seconds=0.2)
    gate = threading.Event()
    connection._tx.put_nowait((None, lambda: gate.wait(5)))  # so that the thread still lives
    connection.stop()
    abandoning = asyncio.create_task(connection.abandon())
    await asyncio.sleep(0)
    gate.set()
    await asyncio.wait_for(abandoning, 3)
    assert not abandoning.cancelled()
