"""`warroom health`: one line a fault, and an exit code that a container understands."""

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import main
from bot.cli.main import app
from bot.heart import Heart
from bot.rehearsal import DATABASE
from bot.settings import CONFIG_VARIABLE
from services.domain.clock import system_clock
from services.storage.database import Database
from services.storage.settings import DatabaseSettings


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "none.toml"))
    monkeypatch.setenv("WARROOM_DATABASE__URL", f"sqlite+aiosqlite:///{tmp_path / 'health.db'}")


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["health", *words])


def beat(file: Path, *parts: str, loops: tuple[str, ...], age: float = 0) -> None:
    """What a process that runs `loops` wrote when `parts` of it were last alive, `age` seconds ago."""

    async def write() -> None:
        database = await Database.open(DatabaseSettings(url=f"sqlite+aiosqlite:///{file}"))
        heart = Heart(database, clock=lambda: system_clock() - timedelta(seconds=age))
        await heart.begin(loops)
        for part in parts:
            heart.beat(part)
        await heart.write()
        await database.close()

    asyncio.run(write())


def test_the_bot_is_well_or_each_dead_part_has_its_line(tmp_path: Path) -> None:
    loops = ("feed", "outbox", "gateway", "holes")
    file = tmp_path / "health.db"
    beat(file, *loops, loops=loops, age=100)
    assert (run().exit_code, run().output) == (0, "well\n")
    beat(file, *loops, loops=loops, age=130)
    beat(file, "outbox", loops=loops)
    result = run()
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert [line.split(":")[0] for line in lines] == ["feed", "gateway"]
    assert all("no sign of life since" in line for line in lines)


def test_a_dry_run_has_its_own_database_and_no_gateway(tmp_path: Path) -> None:
    page = tmp_path / "dry" / "index.html"
    result = run("--dry-run", "--page", str(page))
    assert result.exit_code == 1
    assert "nothing ever ran here" in result.stderr
    page.parent.mkdir()
    beat(page.parent / DATABASE, "feed", "outbox", loops=("feed", "outbox"))
    assert run("--dry-run", "--page", str(page)).output == "well\n"
    assert run().exit_code == 1


@pytest.mark.parametrize("server", [False, True])
def test_a_database_that_cannot_be_asked_is_one_line(
    server: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "health.db").write_bytes(b"no database at all, whatever its name says" * 99)
    if server:
        monkeypatch.setenv("WARROOM_DATABASE__URL", "postgresql+asyncpg://x:y@127.0.0.1:1/z")
    monkeypatch.setattr("sys.argv", ["warroom", "health"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("warroom: The database cannot be used: the ")
    assert said.count("\n") == 1


def test_a_database_that_stops_answering_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat(tmp_path / "health.db", "feed", loops=("feed",))

    async def locked(_database: Database, **_: object) -> list[str]:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise error

    monkeypatch.setattr("bot.cli.health.find_dead", locked)
    result = run()
    assert (result.exit_code, result.stderr) == (1, "the database does not answer\n")
