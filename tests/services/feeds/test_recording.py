"""Recordings: everything comes out as it went in, and damage is refused in words."""

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.isk import Value, ValueSource
from services.domain.killmail import (
    Attacker,
    Item,
    Killmail,
    Organisation,
    OrganisationKind,
    Position,
    Victim,
)
from services.domain.names import EntityName
from services.feeds.archive import read_archive
from services.feeds.errors import ArchiveError
from services.feeds.recording import (
    FORMAT,
    MAGIC,
    Recording,
    RecordingError,
    pack,
    read_recording,
    shipped_recording,
    unpack,
    write_recording,
)
from services.feeds.recording_build import build_recording

START = datetime(2021, 11, 30, 17, 30, tzinfo=UTC)
END = START + timedelta(hours=5)
FRATERNITY = Organisation(99003581, OrganisationKind.ALLIANCE)
UNKNOWN_CORPORATION = Organisation(98000001, OrganisationKind.CORPORATION)

PLAIN = Killmail(
    id=97045000,
    hash="00" * 19 + "ff",
    time=START,
    system_id=30001967,
    victim=Victim(
        character_id=2112000001,
        corporation_id=98000001,
        alliance_id=99003581,
        ship_type_id=587,
        damage_taken=412,
        position=Position(1.5e12, -2.25, 0.1),
        items=(
            Item(type_id=34, flag=5, destroyed=3_000_000_000),
            Item(type_id=1003, flag=5, dropped=1, copy=True),
        ),
    ),
    attackers=(
        Attacker(
            character_id=2112000002,
            corporation_id=1000125,
            faction_id=500001,
            ship_type_id=11567,
            weapon_type_id=3074,
            damage=412,
            final_blow=True,
        ),
        Attacker(ship_type_id=1, damage=-7),
    ),
    war_id=700001,
    moon_id=40009081,
)
BARE = Killmail(
    id=97044999,
    hash="",
    time=END - timedelta(seconds=1),
    system_id=31000368,
    victim=Victim(),
    attackers=(),
)
SMALL = Recording(
    start=START,
    end=END,
    killmails=(PLAIN, BARE),
    names={
        FRATERNITY: EntityName(name="Fraternity.", ticker="FRT"),
        UNKNOWN_CORPORATION: EntityName(name="  Two  spaces, no ticker"),
    },
)


def test_it_comes_out_as_it_went_in() -> None:
    assert unpack(pack(SMALL)) == SMALL


def test_nothing_at_all_can_be_recorded() -> None:
    empty = Recording(start=START, end=END, killmails=(), names={})
    assert unpack(pack(empty)) == empty


ids = st.integers(1, 2**40)
combatants = {
    "character_id": st.none() | ids,
    "corporation_id": st.none() | ids,
    "alliance_id": st.none() | ids,
    "faction_id": st.none() | ids,
    "ship_type_id": st.none() | ids,
}
metres = st.floats(allow_nan=False, allow_infinity=False)
items = st.builds(
    Item,
    type_id=ids,
    flag=st.integers(0, 200),
    destroyed=st.integers(0, 2**40),
    dropped=st.integers(0, 2**40),
    copy=st.booleans(),
)
mails = st.builds(
    Killmail,
    id=ids,
    hash=st.just("") | st.binary(min_size=20, max_size=20).filter(any).map(bytes.hex),
    time=st.integers(0, 17_999).map(lambda seconds: START + timedelta(seconds=seconds)),
    system_id=ids,
    victim=st.builds(
        Victim,
        **combatants,
        damage_taken=st.integers(-(2**40), 2**40),
        position=st.none() | st.builds(Position, metres, metres, metres),
        items=st.lists(items, max_size=3).map(tuple),
    ),
    attackers=st.lists(
        st.builds(
            Attacker,
            **combatants,
            weapon_type_id=st.none() | ids,
            damage=st.integers(-(2**40), 2**40),
            final_blow=st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
    war_id=st.none() | ids,
    moon_id=st.none() | ids,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(mails, max_size=4, unique_by=lambda mail: mail.id))
def test_any_killmail_of_an_archive_comes_out_as_it_went_in(found: list[Killmail]) -> None:
    recording = Recording(start=START, end=END, killmails=tuple(found), names={})
    in_order = sorted(found, key=lambda mail: (mail.time, mail.id))
    assert unpack(pack(recording)).killmails == tuple(in_order)


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (replace(PLAIN, value=Value(isk=1.0, source=ValueSource.ZKB)), "zKillboard"),
        (replace(PLAIN, labels=("ganked",)), "zKillboard"),
        (replace(PLAIN, npc=False), "zKillboard"),
        (replace(PLAIN, location_id=50000001), "zKillboard"),
        (replace(PLAIN, time=START + timedelta(microseconds=1)), "between two seconds"),
        (replace(PLAIN, time=END), "outside"),
        (replace(PLAIN, time=START - timedelta(seconds=1)), "outside"),
        (replace(PLAIN, hash="abcd"), "hash"),
    ],
)
def test_what_would_be_lost_is_refused(mail: Killmail, words: str) -> None:
    with pytest.raises(RecordingError, match=words):
        pack(replace(SMALL, killmails=(mail,)))


def test_a_name_that_would_break_the_list_is_refused() -> None:
    with pytest.raises(RecordingError, match="tab or a line break"):
        pack(replace(SMALL, names={FRATERNITY: EntityName(name="a\nb")}))


def _cut(data: bytes) -> bytes:
    return data[:-1]


def _changed(data: bytes) -> bytes:
    return data[:-20] + bytes([data[-20] ^ 1]) + data[-19:]


def _newer(data: bytes) -> bytes:
    return MAGIC + (FORMAT + 1).to_bytes(2, "little") + data[10:]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_cut, "cut or changed"),
        (_changed, "cut or changed"),
        (_newer, f"format {FORMAT + 1}"),
        (lambda data: data[:30], "cut or changed"),
        (lambda data: data[:10], "cut or changed"),
        (lambda _: b"", "no recording"),
        (lambda data: b"PK\x03\x04" + data, "no recording"),
    ],
)
def test_damage_is_refused_and_the_file_named(
    tmp_path: Path, damage: Callable[[bytes], bytes], words: str
) -> None:
    path = tmp_path / "evening.bin"
    path.write_bytes(damage(pack(SMALL)))
    with pytest.raises(RecordingError, match=words) as caught:
        read_recording(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"evening\.bin: No such file"):
        read_recording(tmp_path / "evening.bin")


def test_it_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "evening.bin"
    assert write_recording(SMALL, path) == path.stat().st_size
    before = path.read_bytes()
    with pytest.raises(RecordingError):
        write_recording(replace(SMALL, killmails=(replace(PLAIN, hash="abcd"),)), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    with pytest.raises(RecordingError, match="No such file"):
        write_recording(SMALL, tmp_path / "nowhere" / "evening.bin")


def test_the_shipped_recording_is_small_and_whole() -> None:
    assert shipped_recording().stat().st_size <= 2_000_000
    evening = read_recording()
    assert evening.end - evening.start == timedelta(hours=5)
    assert all(evening.start <= mail.time < evening.end for mail in evening.killmails)
    assert all(mail.hash for mail in evening.killmails)


# Out of the recorded archives

DAY = "killmails/killmails-2021-11-30.tar.bz2"
FIGHT = (datetime(2021, 11, 30, 19, 22, tzinfo=UTC), datetime(2021, 11, 30, 19, 32, tzinfo=UTC))


@pytest.fixture(scope="module")
def fight(recorded_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the real mails of half an hour, so that not every test unpacks a whole day."""
    path = tmp_path_factory.mktemp("fight") / "killmails-fight.tar.bz2"
    with tarfile.open(recorded_data / DAY) as day, tarfile.open(path, "w:bz2") as out:
        for member in day:
            content = day.extractfile(member).read() if member.isreg() else b""
            if b'"killmail_time":"2021-11-30T19:2' in content.replace(b" ", b""):
                out.addfile(member, io.BytesIO(content))
    return path


def build(archives: list[Path], names: Path) -> Recording:
    start, end = FIGHT
    return build_recording(archives, names, start=start, end=end)


def test_it_holds_what_the_archive_holds(fight: Path, recorded_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "fight.bin"
    # Named twice, each kill is still recorded once.
    write_recording(build([fight, fight], recorded_data / "names"), path)
    read = read_recording(path)
    start, end = FIGHT
    told = [r for r in read_archive(fight) if isinstance(r, Killmail) and start <= r.time < end]
    assert len(told) > 100
    assert list(read.killmails) == sorted(told, key=lambda mail: (mail.time, mail.id))
    assert read.names[FRATERNITY] == EntityName(name="Fraternity.", ticker="FRT")
    on_mails = {
        entity
        for mail in told
        for found in (mail.victim, *mail.attackers)
        for entity in (found.alliance_id, found.corporation_id)
    }
    assert {organisation.id for organisation in read.names} <= on_mails


def test_another_process_makes_the_same_bytes(
    fight: Path, recorded_data: Path, tmp_path: Path
) -> None:
    out, names = tmp_path / "made.bin", recorded_data / "names"
    code = (
        "import sys, typer; from bot.cli.demo import demo_build;"
        "app = typer.Typer(); app.command()(demo_build); app(sys.argv[1:])"
    )
    start, end = (f"{moment:%Y-%m-%dT%H:%M}" for moment in FIGHT)
    ran = subprocess.run(
        [
            *(sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-c", code),
            *(fight, "--names", names, "--start", start, "--end", end, "--out", out),
        ],
        env=os.environ | {"PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "made.bin" in ran.stdout.replace("\n", "")
    assert out.read_bytes() == pack(build([fight], names))


def test_the_shipped_recording_is_what_the_archives_say(recorded_data: Path) -> None:
    evening = read_recording()
    made = build_recording(
        [recorded_data / DAY], recorded_data / "names", start=evening.start, end=evening.end
    )
    assert evening == made


def test_a_damaged_source_makes_no_recording(
    fight: Path, recorded_data: Path, tmp_path: Path
) -> None:
    names = recorded_data / "names"
    cut = tmp_path / "killmails-cut.tar.bz2"
    cut.write_bytes(fight.read_bytes()[:-2000])
    with pytest.raises(ArchiveError):
        build([cut], names)
    with tarfile.open(tmp_path / "odd.tar.bz2", "w:bz2") as odd:
        odd.addfile(tarfile.TarInfo("1.json"))
    with pytest.raises(RecordingError, match=r"odd\.tar\.bz2:1\.json is unreadable"):
        build([tmp_path / "odd.tar.bz2"], names)
    with pytest.raises(RecordingError, match="nothing died between"):
        build_recording([fight], names, start=END, end=END + timedelta(hours=1))


def test_a_damaged_list_of_names_makes_no_recording(
    fight: Path, recorded_data: Path, tmp_path: Path
) -> None:
    with pytest.raises(RecordingError, match=r"alliances\.json: No such file"):
        build([fight], tmp_path)
    (tmp_path / "alliances.json").write_text("{}")
    with pytest.raises(RecordingError, match="no list of names"):
        build([fight], tmp_path)
