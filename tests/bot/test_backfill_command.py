"""`warroom backfill START [END]`: real downloads from a stand-in of EVE Ref, into a real database."""

import asyncio
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner, Result

from bot.cli.main import app
from bot.settings import CONFIG_VARIABLE
from services.backfill.settings import BackfillSettings
from services.domain.clock import system_clock
from tests.fakes.everef import FakeEveRef, path_of
from tests.fakes.files import Fault
from tests.services.backfill.conftest import mails_of

DAY = date(2026, 11, 18)
NEXT = DAY + timedelta(days=1)


@pytest.fixture
def everef() -> Iterator[FakeEveRef]:
    """In a thread of its own: a command runs its own loop."""
    fake = FakeEveRef(system_clock)
    loop = asyncio.new_event_loop()
    up, down = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with fake.serve():
            up.set()
            await down.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert up.wait(10)
    yield fake
    loop.call_soon_threadsafe(down.set)
    thread.join(10)
    loop.close()


@pytest.fixture
def run(
    everef: FakeEveRef, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    for name, value in {
        "WARROOM_CONTACT": "tester@example.org",
        "WARROOM_DATABASE__URL": f"sqlite+aiosqlite:///{tmp_path / 'cli.db'}",
        "WARROOM_UPSTREAMS__EVEREF": everef.url,
        "WARROOM_BACKFILL__EVEREF_REQUESTS_PER_SECOND": "1000",
        "WARROOM_BACKFILL__FOLDER": str(tmp_path / "days"),
        CONFIG_VARIABLE: str(tmp_path / "none.toml"),
    }.items():
        monkeypatch.setenv(name, value)
    return lambda *words: CliRunner().invoke(app, ["backfill", *words])


def test_days_are_brought_and_told(everef: FakeEveRef, run: Callable[..., Result]) -> None:
    everef.publish(DAY, mails_of(DAY, range(1, 21)))
    everef.publish(NEXT, mails_of(NEXT, range(21, 31)))

    result = run(str(DAY), str(NEXT))

    assert result.exit_code == 0, result.output
    assert "2026-11-18         20         20  complete\n" in result.stdout
    assert "2 of 2 days complete\n" in result.stdout
    assert "30 killmails stored, 0 known before, 0 in quarantine" in result.stdout
    again = run(str(DAY), str(NEXT))
    assert again.exit_code == 0
    assert "0 killmails stored, 0 known before" in again.stdout
    assert everef.paths().count(path_of(DAY)) == 1


def test_what_is_incomplete_is_done_in_part(everef: FakeEveRef, run: Callable[..., Result]) -> None:
    everef.publish(DAY, mails_of(DAY, range(1, 21)), count=25)
    result = run(str(DAY), str(NEXT))
    assert result.exit_code == 3
    assert "incomplete: 5 of 25 killmails are missing" in result.stdout
    assert "2026-11-19    unknown          0  absent: not published yet" in result.stdout
    assert "0 of 2 days complete" in result.stdout


def test_nothing_at_all_is_a_failure(everef: FakeEveRef, run: Callable[..., Result]) -> None:
    everef.publish(DAY, mails_of(DAY, [1]))
    everef.head_faults[path_of(DAY)].append(Fault(status=403))
    result = run(str(DAY))
    assert result.exit_code == 1
    assert "not fetched: EVE Ref refuses us: no question before" in result.stdout


def test_yesterday_is_a_day(everef: FakeEveRef, run: Callable[..., Result]) -> None:
    yesterday = system_clock().date() - timedelta(days=1)
    everef.publish(yesterday, mails_of(DAY, [1]))
    assert "1 of 1 days complete" in run("yesterday").stdout


def _tomorrow() -> str:
    return str(system_clock().date() + timedelta(days=1))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Say which days"),
        (["2026-11-18", "2026-11-19", "2026-11-20"], "Say which days"),
        (["2026-11-19", "2026-11-18"], "is before the start"),
        (["2007-12-04"], "no killmails before 2007-12-05"),
        (["18.11.2026"], "Write it like 2026-11-19"),
        ([_tomorrow()], "has not ended yet"),
        ([str(system_clock().date())], "has not ended yet"),
    ],
)
def test_days_that_cannot_be_are_refused(
    words: list[str], said: str, everef: FakeEveRef, run: Callable[..., Result]
) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())
    assert everef.asked == []


def test_killed_while_it_fetches_and_while_it_imports_it_goes_on(
    everef: FakeEveRef, run: Callable[..., Result], tmp_path: Path
) -> None:
    path, part = path_of(DAY), tmp_path / "days" / f"killmails-{DAY}.tar.bz2.part"
    noise = random.Random(1)
    everef.publish(DAY, mails_of(DAY, range(1, 4001), noise=noise.randbytes(40).hex()))
    size = len(everef.files[path])
    half = size // 2
    everef.faults[path].append(Fault(cut=half, until=asyncio.Event()))
    kill_when(lambda: part.exists() and part.stat().st_size == half)
    kill_when(lambda: count(tmp_path / "cli.db") >= 1000)
    begun = count(tmp_path / "cli.db")
    assert begun < 4000, "killed before the end"

    result = run(str(DAY))

    assert result.exit_code == 0, result.output
    assert f"{4000 - begun:,} killmails stored, {begun:,} known before" in result.stdout
    assert count(tmp_path / "cli.db") == 4000
    gets = [asked for asked in everef.asked if asked.method == "GET" and asked.path == path]
    assert [asked.first for asked in gets] == [0, half], "no byte came twice"
    assert not list((tmp_path / "days").glob("killmails*"))


def kill_when(condition: Callable[[], bool]) -> None:
    """Run the command in a process of its own, and kill it as nothing else does."""
    command = [sys.executable, "-m", "bot", "backfill", str(DAY)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        tick = threading.Event()
        for _ in range(6000):
            if condition() or process.poll() is not None:
                break
            tick.wait(0.005)
        assert process.poll() is None, process.stderr and process.stderr.read().decode()
        process.kill()


def count(database: Path) -> int:
    """Killmails that are committed."""
    if not database.exists():
        return 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            return int(connection.execute("SELECT COUNT(*) FROM killmails").fetchone()[0])
        except sqlite3.OperationalError:
            return 0  # not migrated yet


@pytest.mark.parametrize(
    ("url", "everef", "history", "lawful"),
    [
        ("https://data.everef.net", 2.0, 1.0, True),
        ("https://data.everef.net", 2.1, 0.3, False),
        ("https://data.everef.net", 2.0, 1.1, False),
        ("http://127.0.0.1:80", 1000.0, 0.3, True),
    ],
)
def test_nobody_can_set_what_earns_a_ban(
    url: str, everef: float, history: float, lawful: bool
) -> None:
    with nullcontext() if lawful else pytest.raises(ValidationError):
        BackfillSettings(
            everef_url=url, everef_requests_per_second=everef, history_requests_per_second=history
        )


def test_without_a_contact_nothing_is_asked(
    everef: FakeEveRef, run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WARROOM_CONTACT")
    result = run(str(DAY))
    assert "A contact is needed" in str(result.exception)
    assert everef.asked == []
