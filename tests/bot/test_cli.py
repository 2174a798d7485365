"""`warroom` as people and scripts use it: real files, real database, exit codes that tell."""

import bz2
import io
import json
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from bot.__main__ import main
from bot.cli.main import app
from bot.cli.times import parse_moment
from bot.heart import VITAL, find_dead
from bot.settings import CONFIG_VARIABLE
from services.domain.clock import system_clock
from services.domain.errors import WarRoomError
from services.storage.database import Database
from services.storage.marks import save_mark
from services.storage.settings import DatabaseSettings
from tests.integration.evening import evening

BATTLE_KEYS = {
    "id", "system_id", "system", "region", "space", "kind", "state", "start", "end", "places", "kills", "pilots",
    "capitals", "killmail_ids", "isk_destroyed", "unpriced", "estimated", "certainty", "sides", "top_losses",
    "zkill_url",
}  # fmt: skip
SIDE_KEYS = {
    "organisations", "third", "pilots", "kills", "losses", "isk_lost", "unpriced", "hulls", "ships",
}  # fmt: skip
PARTY_KEYS = {
    "id", "kind", "name", "pilots", "kills", "losses", "isk_lost", "unpriced", "certainty", "third", "moved",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "none.toml"))
    monkeypatch.setenv("WARROOM_DATABASE__URL", f"sqlite+aiosqlite:///{tmp_path / 'cli.db'}")
    monkeypatch.delenv("WARROOM_DISCORD__TOKEN", raising=False)


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def archive(path: Path, *, cut: int = 0, corrupt: bool = False) -> Path:
    """An EVE Ref archive of the made-up evening; `cut` bytes are missing at its end."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for document in evening(seed=3, fight=10, singles=4).values():
            mail = {**document["esi"], "killmail_hash": document["hash"]}
            body = json.dumps(mail).encode()
            if corrupt and mail["killmail_id"] % 5 == 0:
                body = body[:40]
            member = tarfile.TarInfo(f"killmails/{mail['killmail_id']}.json")
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    data = bz2.compress(packed.getvalue())
    path.write_bytes(data[: len(data) - cut])
    return path


def test_backfill_twice_adds_nothing(tmp_path: Path) -> None:
    file = str(archive(tmp_path / "killmails-2026-11-20.tar.bz2"))
    first = run("backfill", "--file", file)
    assert first.exit_code == 0, first.output
    assert "24 killmails stored, 0 known before, 0 in quarantine" in first.output
    again = run("backfill", "--file", file)
    assert again.exit_code == 0
    assert "0 killmails stored, 24 known before" in again.output


def test_a_damaged_archive_gives_what_it_can_and_says_so(tmp_path: Path) -> None:
    good = archive(tmp_path / "killmails-2026-11-20.tar.bz2")
    broken = tmp_path / "killmails-2026-11-19.tar.bz2"
    broken.write_bytes(b"no archive at all")
    result = run("backfill", "--file", str(broken), str(good), str(tmp_path / "missing.tar.bz2"))
    assert result.exit_code == 3
    assert "24 killmails stored" in result.output
    assert "killmails-2026-11-19.tar.bz2" in result.output
    assert "missing.tar.bz2" in result.output


def test_corrupt_members_go_to_quarantine(tmp_path: Path) -> None:
    file = archive(tmp_path / "killmails-2026-11-20.tar.bz2", corrupt=True)
    result = run("backfill", "--file", str(file))
    assert result.exit_code == 3
    assert "19 killmails stored, 0 known before, 5 in quarantine" in result.output


def test_battles_as_json_have_stable_keys(tmp_path: Path) -> None:
    run("backfill", "--file", str(archive(tmp_path / "a.tar.bz2")))
    since = (datetime.now(tz=UTC) - timedelta(hours=3)).isoformat()
    result = run("battles", "--since", since, "--min-kills", "5", "--json")
    assert result.exit_code == 0, result.output
    battles = json.loads(result.stdout)
    assert {b["system"] for b in battles} == {"Tama", "1DQ1-A"}
    for battle in battles:
        assert battle.keys() == BATTLE_KEYS
        for side in battle["sides"]:
            assert side.keys() == SIDE_KEYS
            assert all(party.keys() == PARTY_KEYS for party in side["organisations"])
            assert sum(ship["lost"] for ship in side["ships"]) == side["losses"]
            assert sum(hull["lost"] for hull in side["hulls"]) == side["losses"]
        assert [place["system"] for place in battle["places"]] == [battle["system"]]
        assert battle["places"][0]["kills"] == battle["kills"]
        assert battle["kills"] == len(battle["killmail_ids"]) == 10
        assert {o["id"] for s in battle["sides"] for o in s["organisations"]} == {
            99_100_001,
            99_100_002,
        }
        assert sum(s["losses"] for s in battle["sides"]) == 10
        start = datetime.fromisoformat(battle["start"])
        assert battle["zkill_url"].endswith(f"/related/{battle['system_id']}/{start:%Y%m%d%H}00/")
    only = run("battles", "--since", since, "--system", "tama", "--json")
    assert {b["system"] for b in json.loads(only.stdout)} == {"Tama"}
    assert "BR-Tama-" in run("battles", "--since", since, "--region", "The Citadel").stdout


def test_battles_are_filtered(tmp_path: Path) -> None:
    run("backfill", "--file", str(archive(tmp_path / "a.tar.bz2")))
    since = (datetime.now(tz=UTC) - timedelta(hours=3)).isoformat()
    base = ("battles", "--since", since, "--json")
    every = json.loads(run(*base).stdout)
    low = json.loads(run(*base, "--space", "low").stdout)
    assert low == [b for b in every if b["space"] == "low"] != []
    kind = every[0]["kind"]
    named = json.loads(run(*base, "--kind", kind.replace(" ", "-")).stdout)
    assert named == [b for b in every if b["kind"] == kind]
    assert json.loads(run(*base, "--who", "99100001").stdout) == every
    for floor in ("--min-isk=900t", "--min-pilots=5000", "--min-capitals=1"):
        assert json.loads(run(*base, floor).stdout) == []


def test_filters_that_cannot_be_read_say_what_there_is() -> None:
    kind = run("battles", "--since", "2026-01-01", "--kind", "siege")
    assert kind.exit_code == 2
    assert "gate-camp" in kind.output
    amount = run("battles", "--since", "2026-01-01", "--min-isk", "lots")
    assert amount.exit_code == 2
    assert "500m" in amount.output
    who = run("battles", "--since", "2026-01-01", "--who", "Gamma Raiders")
    assert isinstance(who.exception, WarRoomError)
    assert "this command does not ask the game" in str(who.exception)
    assert "zKillboard link or the id" in str(who.exception)


def test_a_place_that_is_not_there_offers_the_nearest() -> None:
    result = run("battles", "--since", "2026-01-01", "--system", "Jitta")
    assert isinstance(result.exception, WarRoomError)
    assert "Jita" in str(result.exception)


def test_finding_nothing_is_said_beside_the_output() -> None:
    result = run("battles", "--since", "2026-01-01")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "No battle" in result.stderr
    assert run("battles", "--since", "2026-01-01", "--json").stdout.strip() == "[]"


def test_a_time_that_is_none_says_how_to_write_it() -> None:
    result = run("battles", "--since", "yesterday evening")
    assert result.exit_code == 2
    assert "2021-11-30T18:00" in result.output


@pytest.mark.parametrize(
    ("text", "hour"),
    [("2026-11-20 18:00", 18), ("2026-11-20T18:00Z", 18), ("2026-11-20T18:00+02:00", 16), ("2026-11-20", 0)],
)  # fmt: skip
def test_times_are_eve_time_unless_they_say_otherwise(text: str, hour: int) -> None:
    assert parse_moment(text) == datetime(2026, 11, 20, hour, tzinfo=UTC)


def test_heatmap_writes_a_picture(tmp_path: Path) -> None:
    run("backfill", "--file", str(archive(tmp_path / "a.tar.bz2")))
    result = run("heatmap", "--out", str(tmp_path / "heat.png"), "--by", "isk")
    assert result.exit_code == 0, result.output
    assert "24 kills" in result.output
    with Image.open(tmp_path / "heat.png") as picture:
        assert picture.width == 1600


def test_backup_copies(tmp_path: Path) -> None:
    run("backfill", "--file", str(archive(tmp_path / "a.tar.bz2")))
    result = run("backup", str(tmp_path / "copy.db"))
    assert result.exit_code == 0
    assert (tmp_path / "copy.db").stat().st_size > 10_000


async def test_health_tells_who_is_dead(tmp_path: Path) -> None:
    database = await Database.open(
        DatabaseSettings(url=f"sqlite+aiosqlite:///{tmp_path / 'cli.db'}")
    )
    assert len(await find_dead(database, clock=system_clock)) == len(VITAL)
    async with database.write() as tx:
        for name in VITAL:
            age = timedelta(seconds=121 if name == "feed" else 100)
            await save_mark(tx, f"heartbeat:{name}", now=system_clock() - age)
    faults = await find_dead(database, clock=system_clock)
    assert len(faults) == 1
    assert faults[0].startswith("feed: no sign of life since")
    await database.close()


def test_health_fails_before_anything_ran() -> None:
    result = run("health")
    assert result.exit_code == 1
    assert "nothing ever ran here" in result.output
    run("battles", "--since", "2026-01-01")
    assert "gateway: no sign of life yet" in run("health").output


def test_typical_losses_are_compiled_from_medians(tmp_path: Path) -> None:
    source = tmp_path / "medians.json"
    source.write_text(
        '{"hulls": {"587": {"median": 5, "n": 9}, "588": {"median": 7, "n": 1}}, "groups": {}}'
    )
    result = run("typical-build", str(source), "--out", str(tmp_path / "out.json"))
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "out.json").read_text())["hulls"] == {"587": 5}


@pytest.mark.parametrize(
    ("words", "variables", "code", "said"),
    [
        (["run"], {}, 2, "make demo"),
        (["run", "--dry-run"], {}, 2, "contact is needed"),
        (["invite"], {}, 2, "WARROOM_DISCORD__TOKEN"),
        (["battles", "--since", "2026-01-01"], {"WARROOM_OUTBOX__KEEP_DAYS": "no"}, 2, "outbox.keep_days"),
        (["backup", "x.db"], {"WARROOM_DATABASE__URL": "mysql://x"}, 1, "database.url"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_one_line_and_a_code(
    words: list[str],
    variables: dict[str, str],
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["warroom", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told


def test_every_command_explains_itself() -> None:
    listing = run("--help")
    assert listing.exit_code == 0
    for command in (
        "run",
        "demo",
        "backfill",
        "battles",
        "heatmap",
        "invite",
        "health",
        "backup",
        "sde",
    ):
        assert command in listing.stdout
        assert run(command, "--help").exit_code == 0
    assert run("--version").stdout.startswith("War Room ")
