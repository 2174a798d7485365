"""`warroom sde build` and `warroom sde update`, as somebody types them."""

import asyncio
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bot.cli import sde
from services.domain.errors import ConfigurationError
from services.universe.errors import SdeError, UpdateFailed
from services.universe.outcome import Outcome, Verdict
from services.universe.universe import Universe
from tests.factories import MIDNIGHT
from tests.fakes.sde import FakeSde


def run(*arguments: str, command: str = "build"):
    root = typer.Typer()
    root.add_typer(sde.app, name="sde")
    return CliRunner().invoke(root, ["sde", command, *arguments])


def test_a_damaged_source_is_an_error_of_the_house(tmp_path: Path) -> None:
    out = tmp_path / "universe.bin"
    result = run(str(tmp_path), "--out", str(out))
    assert result.exit_code != 0
    assert isinstance(result.exception, SdeError)
    assert str(result.exception).startswith("_sde.jsonl: is missing from the folder")
    assert not out.exists()


def test_the_recorded_export_compiles_to_the_shipped_universe(
    recorded_data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "universe.bin"
    result = run(str(recorded_data / "sde"), "--out", str(out))
    assert result.exit_code == 0, result.exception
    assert "universe.bin: build 3475087 of 2026-08-20, 8,490 systems, 13,978 gates" in result.output
    assert Universe.load(out).build == Universe.load().build


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs; nobody listens at the publisher's address."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WARROOM_CONTACT", "tests")
    monkeypatch.setenv("WARROOM_UPSTREAMS__SDE", "http://127.0.0.1:9")
    return tmp_path


def test_an_update_that_finds_nobody_is_one_line(folder: Path) -> None:
    result = run(command="update")
    assert result.exit_code != 0
    assert isinstance(result.exception, UpdateFailed)
    told = str(result.exception)
    assert told.startswith("static data is not updated, build 3475087 of 2026-08-20 stays: ")
    assert "\n" not in told
    assert [path.name for path in (folder / "data").iterdir()] == ["universe.json"]


def test_an_update_needs_a_contact(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WARROOM_CONTACT")
    assert isinstance(run(command="update").exception, ConfigurationError)
    assert list(folder.iterdir()) == []


async def test_an_update_that_is_not_needed_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with FakeSde(build=3475087).serve() as publisher:
        monkeypatch.setenv("WARROOM_UPSTREAMS__SDE", publisher.url)
        result = await asyncio.to_thread(run, command="update")
    assert result.exit_code == 0, result.exception
    assert result.output == "Static data is up to date: build 3475087 of 2026-08-20.\n"
    assert publisher.asked == ["latest"]
    assert (folder / "data" / "universe.json").is_file()


def test_every_outcome_is_told(universe: Universe) -> None:
    def told(verdict: Verdict) -> str:
        return sde.describe(
            Outcome(
                verdict=verdict,
                at=MIDNIGHT,
                before=7,
                build=universe.build,
                newest=9,
                reason="it rains",
                received=12_345_678,
            ),
            universe,
        )

    assert told(Verdict.UPDATED) == (
        "Static data updated: build 7 -> 3475087 of 2026-08-20, 8,490 systems, 50,846 types, "
        "12.3 MB downloaded."
    )
    with pytest.raises(UpdateFailed, match=r"^build 9 is refused, 3475087 of .* stays: it rains$"):
        told(Verdict.REFUSED)
    with pytest.raises(UpdateFailed, match=r"^static data is not updated, .* stays: it rains$"):
        told(Verdict.UNAVAILABLE)
