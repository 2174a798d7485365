"""`warroom kills` and `warroom heatmap --filter` as scripts use them: real files, what is said where, exit codes."""

import asyncio
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from bot.__main__ import main
from bot.app import open_house
from bot.cli.filters import read_filter
from bot.cli.main import app
from bot.settings import CONFIG_VARIABLE, Settings
from services.domain.errors import UserError
from services.domain.killmail import Arrival
from services.feeds.intake import Intake
from tests.factories import mail, universe
from tests.undrawn import undraw
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


@pytest.mark.usefixtures("_stored")
def test_whoever_has_no_name_is_told_by_kind_and_id() -> None:
    async def take() -> None:
        async with open_house(Settings.read(), online=False, universe=universe()) as house:
            now = datetime.now(tz=UTC)
            killmail = replace(mail(4, 0, "B9", "A9"), time=now - timedelta(hours=1))
            arrivals = (Arrival(killmail=killmail, received_at=now),)
            await house.pipeline.take(Intake(live=False, arrivals=arrivals))

    asyncio.run(take())
    (line,) = (each for each in run("kills", "").stdout.splitlines() if "kill/4/" in each)
    assert re.search(r"  pilot \d+ by pilot \d+  ", line)


async def test_a_filter_on_the_command_line_is_about_the_game_alone() -> None:
    async with open_house(Settings.read(), online=False, universe=universe()) as house:
        assert (await read_filter(house.services, "isk>1b")).root.members
        for text in ("victim:us", "-(attacker:foe isk>1b)", "isk>1b or attacker:neutral"):
            with pytest.raises(UserError, match="belong to a server"):
                await read_filter(house.services, text)
        with pytest.raises(UserError, match="Give the zKillboard link or the id") as ended:
            await read_filter(house.services, 'alliance:"Never Heard Of Them"')
        assert "minute" not in str(ended.value)
        assert "at the moment" not in str(ended.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("kills", "regoin:Delve"), "'region'"),
        (("heatmap", "--out", "{}/h.png", "--filter", "victim:us"), "belong to a server"),
        (("heatmap", "--out", "{}/no/h.png"), "There is no folder"),
        (("heatmap", "--out", "{}"), "is a folder"),
        (
            ("heatmap", "--out", "{}/h.png", "--since", "2021-12-01", "--until", "2021-11-30"),
            "no time between",
        ),
        (("battles", "--since", "2021-12-01", "--until", "2021-11-30"), "no time between"),
    ],
)
def test_what_cannot_be_is_one_plain_line(
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.argv", ["warroom", *(word.format(tmp_path) for word in words)])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr().err
    assert ended.value.code == 1
    assert said in told
    assert "`" not in told
    assert not (tmp_path / "h.png").exists()


def test_the_mark_of_a_fault_stays_below_its_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["warroom", "kills", "isk>1b regoin:Delve"])
    with pytest.raises(SystemExit):
        main()
    *_, text, mark = capsys.readouterr().err.rstrip("\n").split("\n")
    assert text == "isk>1b regoin:Delve"
    assert mark.index("^") == text.index("regoin")


@pytest.mark.parametrize("hours", ["1e9", "nan", "inf", "0"])
def test_hours_that_no_time_has(hours: str) -> None:
    result = run("kills", "", "--hours", hours)
    assert result.exit_code == 2
    assert "--hours" in result.stderr


@pytest.mark.usefixtures("_stored")
def test_a_heatmap_by_filter(tmp_path: Path) -> None:
    out = tmp_path / "heat.png"
    result = run("heatmap", "--out", str(out), "--filter", "system:Amamake")
    assert result.exit_code == 0, result.output
    assert "2 kills in 1 systems, ISK lost: 3.50B" in result.output
    assert Image.open(out).width == 1600


@pytest.mark.usefixtures("_stored")
def test_a_heatmap_that_cannot_be_drawn_is_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undraw(monkeypatch)
    result = run("heatmap", "--out", str(tmp_path / "heat.png"))
    assert isinstance(result.exception, UserError)
    assert "could not be drawn" in str(result.exception)
    assert not (tmp_path / "heat.png").exists()
