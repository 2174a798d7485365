"""`warroom kills` and `warroom heatmap --filter` as scripts use them: real files, what is said where, exit codes."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from bot.__main__ import main
from bot.app import open_house
from bot.cli.main import app
from bot.settings import CONFIG_VARIABLE, Settings
from services.domain.killmail import Arrival
from services.feeds.intake import Intake
from tests.factories import mail, universe
from tests.wiring import AMAMAKE, JITA, NAMES

KILL_KEYS = {
    "id", "hash", "time", "system_id", "system", "region", "space", "isk", "isk_source", "victim", "final_blow",
    "attackers", "pilots", "npc", "solo", "awox", "war_id", "labels", "zkill_url",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "none.toml"))
    monkeypatch.setenv("WARROOM_DATABASE__URL", f"sqlite+aiosqlite:///{tmp_path / 'cli.db'}")
    monkeypatch.delenv("WARROOM_DISCORD__TOKEN", raising=False)


@pytest.fixture
def _stored() -> None:
    """Three kills of the last hours."""

    async def take() -> None:
        async with open_house(Settings.read(), online=False, universe=universe()) as house:
            await house.services.names.seed((key, *told) for key, told in NAMES.items())
            now = datetime.now(tz=UTC)
            minutes = (now - timedelta(hours=2) - mail(1, 0, "A1").time) / timedelta(minutes=1)
            mails = [
                mail(1, minutes, "B1", "A1", "A2", system=AMAMAKE, isk=1.5e9),
                mail(2, minutes + 30, "B2", "A1", system=JITA, isk=1e6),
                mail(3, minutes - 1200, "B3", "npc", system=AMAMAKE, isk=2e9),
            ]
            arrivals = tuple(Arrival(killmail=each, received_at=now) for each in mails)
            await house.pipeline.take(Intake(live=False, arrivals=arrivals))

    asyncio.run(take())


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


@pytest.mark.usefixtures("_stored")
def test_kills_by_filter_as_a_table() -> None:
    result = run("kills", 'attacker.alliance:"Alpha Pact" isk>1b')
    assert result.exit_code == 0, result.output
    (line,) = result.stdout.splitlines()
    assert datetime.fromisoformat(line.split()[0]).tzinfo is not None
    for word in ("1.50B", "Rifter", "Amamake", "Vex *Rourke* by Ana Kaseros", "kill/1/"):
        assert word in line
    assert result.stderr == ""
    assert len(run("kills", "isk>1b", "--hours", "48").stdout.splitlines()) == 2


@pytest.mark.usefixtures("_stored")
def test_kills_as_json_have_stable_keys() -> None:
    result = run("kills", "", "--json", "--hours", "48")
    kills = json.loads(result.stdout)
    assert [kill["id"] for kill in kills] == [2, 1, 3]
    assert all(kill.keys() == KILL_KEYS for kill in kills)
    assert kills[1]["victim"]["character"] == "Vex *Rourke*"
    assert kills[1]["final_blow"]["ship"] == "Rifter"
    assert (kills[1]["attackers"], kills[1]["pilots"], kills[2]["pilots"]) == (2, 2, 0)
    assert kills[1]["isk"] == 1.5e9
    least = run("kills", "", "--json", "--hours", "48", "--limit", "1")
    assert [kill["id"] for kill in json.loads(least.stdout)] == [2]
    assert "the latest 1 of 3" in least.stderr


@pytest.mark.usefixtures("_stored")
def test_nothing_found_is_said_beside_the_output() -> None:
    result = run("kills", "region:Delve", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])
    assert "No kill is stored that meets this" in result.stderr


def test_a_text_that_is_no_filter_ends_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["warroom", "kills", "regoin:Delve"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "region" in capsys.readouterr().err


@pytest.mark.usefixtures("_stored")
def test_a_heatmap_by_filter(tmp_path: Path) -> None:
    out = tmp_path / "heat.png"
    result = run("heatmap", "--out", str(out), "--filter", "system:Amamake")
    assert result.exit_code == 0, result.output
    assert "2 kills in 1 systems, ISK lost: 3.50B" in result.output
    assert Image.open(out).width == 1600
