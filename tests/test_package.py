"""The package as it is shipped: what the wheel holds, what stands in the files beside it."""

import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"bot", "cogs", "services", "assets"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as packed:
        return set(packed.namelist())


def test_the_wheel_holds_exactly_four_packages(wheel: set[str]) -> None:
    top = {name.split("/")[0] for name in wheel}
    assert {name for name in top if not name.endswith(".dist-info")} == OURS


@pytest.mark.parametrize(
    "name",
    [
        "assets/universe.bin",
        "assets/typical_losses.json",
        "assets/demo.bin",
        "assets/grafana/warroom.json",
        "bot/preview/discord.css",
        "services/storage/migrations/versions/0001_first_schema.py",
    ],
)
def test_what_is_read_at_run_time_is_in_it(wheel: set[str], name: str) -> None:
    assert name in wheel


def test_nobody_else_in_this_environment_claims_our_names() -> None:
    claims = packages_distributions()
    for name in OURS:
        assert set(claims.get(name, [])) <= {"eve-warroom"}, name


def test_what_ships_is_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (ROOT / "assets").iterdir()}
    assert sizes["universe.bin"] <= 4_000_000
    assert sizes["demo.bin"] <= 2_000_000


@pytest.mark.parametrize(
    "name", ["requirements.lock", "requirements-build.lock", "requirements-dev.lock"]
)
def test_locks_carry_hashes_and_name_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    pins = [line for line in text.splitlines() if "==" in line and not line.startswith(" ")]
    assert pins
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text
    assert "index-url" not in text


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = (ROOT / "requirements.lock").read_text().lower()
    wanted = [*project["dependencies"], *project["optional-dependencies"]["postgres"]]
    for requirement in wanted:
        name = requirement.split(">")[0].split("[")[0].strip().lower().replace(".", "-")
        assert f"\n{name}==" in f"\n{locked}", name


def test_the_legal_notice_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "Fenris Creations (formerly CCP)" in readme
    assert "not affiliated" in readme
    for picture in (ROOT / "docs/pictures").iterdir():
        assert f"docs/pictures/{picture.name}" in readme
