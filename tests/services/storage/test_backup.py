"""Copies of the database: whole, checked, and never half of one under its name."""

import resource
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from services.storage import backup
from services.storage.backup import copy_sqlite
from services.storage.errors import BackupFailed

PAGES = 500


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A database of some megabytes, in the mode that ours is in."""
    file = tmp_path / "warroom.db"
    with closing(sqlite3.connect(file)) as writing, writing:
        writing.execute("PRAGMA journal_mode=WAL")
        writing.execute("CREATE TABLE kills (id INTEGER PRIMARY KEY, body BLOB)")
        writing.executemany(
            "INSERT INTO kills (body) VALUES (?)", ((bytes(4000),) for _ in range(PAGES))
        )
    return file


def kills(file: Path) -> int:
    with closing(sqlite3.connect(file)) as reading:
        return int(reading.execute("SELECT COUNT(*) FROM kills").fetchone()[0])


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes: to whoever writes, a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_copy_is_whole_and_replaces_an_older_one(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "copies" / "copy.db"
    copy_sqlite(source, target)
    with closing(sqlite3.connect(source)) as writing, writing:
        writing.execute("DELETE FROM kills WHERE id > 3")
    copy_sqlite(source, target)
    assert kills(target) == 3
    assert [path.name for path in target.parent.iterdir()] == ["copy.db"]


def test_writing_goes_on_meanwhile_and_the_copy_does_not_begin_anew(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that commits between any two of its steps would keep a copy in steps busy for ever."""
    stop, written = threading.Event(), threading.Semaphore(0)

    def write_on() -> None:
        with closing(sqlite3.connect(source, timeout=1, isolation_level=None)) as writing:
            while not stop.is_set():
                writing.execute("INSERT INTO kills (body) VALUES (x'00')")
                written.release()

    steps: list[int] = []
    real = sqlite3.Connection

    class Counted(real):
        def backup(self, target: sqlite3.Connection, *, pages: int = -1, **more: object) -> None:
            def on_step(*_: object) -> None:
                steps.append(pages)
                for _ in range(3):  # somebody else commits, for certain, before the next step
                    written.acquire()

            super().backup(target, pages=pages, progress=on_step, **more)  # type: ignore[arg-type]

    def connect(*args: object, **more: object) -> sqlite3.Connection:
        return real_connect(*args, factory=Counted, **more)  # type: ignore[call-overload,no-any-return]

    real_connect = sqlite3.connect
    writer = threading.Thread(target=write_on)
    writer.start()
    monkeypatch.setattr(backup.sqlite3, "connect", connect)
    try:
        copy_sqlite(source, tmp_path / "copy.db")
    finally:
        stop.set()
        writer.join()
    assert len(steps) == 1
    assert PAGES <= kills(tmp_path / "copy.db") <= kills(source)


def test_a_full_disk_leaves_the_older_copy_and_nothing_else(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "copies" / "copy.db"
    target.parent.mkdir()
    older = sqlite3.connect(target)
    older.execute("CREATE TABLE older (n)")
    older.close()
    with room_for(500_000), pytest.raises(BackupFailed, match="failed"):
        copy_sqlite(source, target)
    with closing(sqlite3.connect(target)) as reading:
        assert reading.execute("SELECT name FROM sqlite_master").fetchall() == [("older",)]
    assert [path.name for path in target.parent.iterdir()] == ["copy.db"]


def test_no_room_is_said_before_anything_is_written(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        backup.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 9_000_000})
    )
    with pytest.raises(BackupFailed, match="no room .* needs 18 MB, and 9 MB are free"):
        copy_sqlite(source, tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy*"))


def test_a_damaged_database_gives_no_copy(source: Path, tmp_path: Path) -> None:
    whole = source.read_bytes()
    middle = len(whole) // 2 // 4096 * 4096
    source.write_bytes(whole[:middle] + b"\xff" * 4096 + whole[middle + 4096 :])
    with pytest.raises(BackupFailed, match="failed"):
        copy_sqlite(source, tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy*"))


def test_what_an_earlier_attempt_left_does_no_harm(source: Path, tmp_path: Path) -> None:
    for suffix in (".part", ".part-journal", ".part-wal"):
        (tmp_path / f"copy.db{suffix}").write_bytes(b"half of something" * 1000)
    copy_sqlite(source, tmp_path / "copy.db")
    assert kills(tmp_path / "copy.db") == PAGES
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy.db"]


def test_it_is_not_written_onto_what_it_would_ruin(source: Path, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("contact = 'me'")
    in_use = sqlite3.connect(tmp_path / "used.db")
    in_use.execute("PRAGMA journal_mode=WAL")
    in_use.execute("CREATE TABLE t (n)")
    for target, why in (
        (source, "the database itself"),
        (tmp_path / "config.toml", "no older copy"),
        (tmp_path / "used.db", "in use"),
    ):
        before = target.read_bytes()
        with pytest.raises(BackupFailed, match=why):
            copy_sqlite(source, target)
        assert target.read_bytes() == before
    in_use.close()


def test_where_there_is_no_database_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="no database"):
        copy_sqlite(tmp_path / "nothing.db", tmp_path / "copy.db")
    assert not list(tmp_path.iterdir())
