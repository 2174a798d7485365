"""`warroom sde build`, as somebody types it."""

from pathlib import Path

import typer
from typer.testing import CliRunner

from bot.cli import sde
from services.universe.errors import SdeError
from services.universe.universe import Universe


def run(*arguments: str):
    root = typer.Typer()
    root.add_typer(sde.app, name="sde")
    return CliRunner().invoke(root, ["sde", "build", *arguments])


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
