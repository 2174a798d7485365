"""Compiling an export: whole ones in, damaged ones refused with the place of the fault."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from services.domain.space import HullClass, Space
from services.universe.columns import unpack
from services.universe.compile import Build, build_universe
from services.universe.errors import SdeError
from services.universe.universe import Universe
from tests.services.universe import small_export
from tests.services.universe.small_export import NO_LEAST, Rows, write_folder, write_zip

OLD = b"the old universe"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "universe.bin"
    path.write_bytes(OLD)
    return path


def build(source: Path, out: Path) -> Build:
    return build_universe(source, out, least_rows=NO_LEAST)


def refused(source: Path, out: Path) -> str:
    with pytest.raises(SdeError) as caught:
        build(source, out)
    assert out.read_bytes() == OLD
    assert [path.name for path in out.parent.iterdir()] == [out.name]
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_folder_becomes_a_universe(tmp_path: Path, out: Path) -> None:
    made = build(write_folder(tmp_path / "sde", small_export.rows()), out)
    u = Universe.load(out)
    assert (u.build, u.release_date.isoformat()) == (42, "2026-01-02T03:04:05+00:00")
    assert made.rows["mapSolarSystems"] == len(u.systems) == 4
    assert made.unclassed_ship_groups == ("Brand New Hulls",)
    assert list(u.systems) == [30000001, 30000002, 30000003, 31000001]
    alpha = u.get_system(30000001)
    assert (alpha.name, alpha.security, alpha.space) == ("Alpha", 0.5, Space.HIGH)
    assert alpha.map_position == (1.0, 2.0)
    beta = u.get_system(30000002)
    assert (beta.security, beta.space, beta.map_position) == (0.1, Space.LOW, None)
    hole = u.get_system(31000001)
    assert (hole.space, hole.wormhole_class, hole.effect) == (Space.WORMHOLE, 3, "Magnetar")
    assert u.route(30000001, 30000003) == (30000001, 30000002, 30000003)
    assert u.jumps(30000001, 31000001) is None
    placed, plain = u.find_gate(1), u.find_gate(3)
    assert placed is not None
    assert plain is not None
    assert (placed.id, placed.system_id, placed.destination_id) == (1, 30000001, 30000002)
    assert (placed.metres_to(3e10, 0, 0), plain.metres_to(0, 0, 0)) == (4e10, None)
    assert u.find_gate(5) is u.find_gate(None) is None
    assert u.light_years(30000001, 30000003) == pytest.approx(2.0)
    assert u.regions[u.systems[alpha.id].region_id].faction_id == 7
    assert u.factions[7].name == "Holders"
    assert u.npc_corporations[1000001].faction_id == 7
    assert u.hull_class(35832) is HullClass.STRUCTURE
    assert u.types[9].name == "#9"
    assert u.hull_class(9) is HullClass.OTHER


def test_a_gate_that_leads_nowhere_and_two_that_lead_alike(tmp_path: Path, out: Path) -> None:
    content = small_export.rows()
    del content["mapStargates"][0]["destination"]
    content["mapStargates"].append(small_export.gate(5, 30000002, 30000003))
    build(write_folder(tmp_path / "sde", content), out)
    u = Universe.load(out)
    nowhere, fifth = u.find_gate(1), u.find_gate(5)
    assert nowhere is not None
    assert fifth is not None
    assert (nowhere.system_id, nowhere.destination_id) == (30000001, None)
    assert (fifth.system_id, fifth.destination_id) == (30000002, 30000003)
    assert u.gates[30000001] == ()
    assert u.gates[30000002] == (30000001, 30000003)


def test_the_compiled_file_holds_no_prose(tmp_path: Path, out: Path) -> None:
    build(write_folder(tmp_path / "sde", small_export.rows()), out)
    assert "prose" not in repr(unpack(out.read_bytes()))
    assert out.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("inside", ["", "eve-online-static-data-42-jsonl/"])
def test_a_zip_gives_the_same_bytes_as_the_folder(tmp_path: Path, out: Path, inside: str) -> None:
    build(write_folder(tmp_path / "sde", small_export.rows()), out)
    from_folder = out.read_bytes()
    build(write_zip(tmp_path / "sde.zip", small_export.rows(), inside=inside), out)
    assert out.read_bytes() == from_folder


def test_the_order_of_the_lines_does_not_matter(tmp_path: Path, out: Path) -> None:
    content = small_export.rows()
    build(write_folder(tmp_path / "sde", content), out)
    first = out.read_bytes()
    backwards = {file: lines[::-1] for file, lines in content.items()}
    build(write_folder(tmp_path / "backwards", backwards), out)
    assert out.read_bytes() == first


def test_another_process_writes_the_same_bytes(tmp_path: Path, out: Path) -> None:
    source = write_folder(tmp_path / "sde", small_export.rows())
    build(source, out)
    code = (
        "import sys; from pathlib import Path; from services.universe.compile import build_universe;"
        "build_universe(Path(sys.argv[1]), Path(sys.argv[2]), least_rows={})"
    )
    other = out.with_name("other.bin")
    env = os.environ | {"PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", code, str(source), str(other)], check=True, env=env)
    assert other.read_bytes() == out.read_bytes()


@pytest.mark.parametrize("file", sorted(small_export.rows()))
def test_a_missing_file_is_named(tmp_path: Path, out: Path, file: str) -> None:
    content = small_export.rows()
    del content[file]
    assert refused(write_folder(tmp_path / "sde", content), out).startswith(
        f"{file}.jsonl: is missing"
    )
    assert refused(write_zip(tmp_path / "z.zip", content), out).startswith(
        f"{file}.jsonl: is missing"
    )


def test_a_cut_line_is_named(tmp_path: Path, out: Path) -> None:
    source = write_folder(tmp_path / "sde", small_export.rows())
    gates = source / "mapStargates.jsonl"
    gates.write_bytes(gates.read_bytes()[:-20])
    assert refused(source, out).startswith("mapStargates.jsonl line 4: is cut or damaged")


def _no_systems(content: Rows) -> None:
    content["mapSolarSystems"] = []


def _gate_to_nowhere(content: Rows) -> None:
    content["mapStargates"].append(small_export.gate(5, 30000001, 30000009))


def _cut_between_lines(content: Rows) -> None:
    content["mapStargates"].pop()


def _lost_system(content: Rows) -> None:
    content["mapSolarSystems"].pop()


def _lost_constellation(content: Rows) -> None:
    content["mapConstellations"].pop()


def _twice(content: Rows) -> None:
    content["types"].append(content["types"][0])


def _text_for_a_number(content: Rows) -> None:
    content["types"][1]["groupID"] = "many"


def _no_position(content: Rows) -> None:
    del content["mapSolarSystems"][2]["position"]


def _sun_nowhere(content: Rows) -> None:
    content["mapSecondarySuns"][0]["solarSystemID"] = 1


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_no_systems, "mapSolarSystems.jsonl: holds 0 rows, expected at least 1: is it cut?"),
        (
            _gate_to_nowhere,
            "mapStargates.jsonl line 5: names system 30000009, which mapSolarSystems",
        ),
        (_cut_between_lines, "mapSolarSystems.jsonl line 1: names stargate 4, which mapStargates"),
        (_lost_system, "mapConstellations.jsonl line 2: names system 31000001, which mapSolar"),
        (
            _lost_constellation,
            "mapRegions.jsonl line 2: names constellation 21000001, which mapCon",
        ),
        (_twice, "types.jsonl line 5: holds the id 587 a second time"),
        (_text_for_a_number, "types.jsonl line 2: is cut or damaged"),
        (_no_position, "mapSolarSystems.jsonl line 3: is cut or damaged"),
        (
            _sun_nowhere,
            "mapSecondarySuns.jsonl line 1: names system 1, which mapSolarSystems.jsonl",
        ),
    ],
)
def test_damage_is_refused_and_named(
    tmp_path: Path, out: Path, damage: Callable[[Rows], None], message: str
) -> None:
    content = small_export.rows()
    damage(content)
    assert refused(write_folder(tmp_path / "sde", content), out).startswith(message)


def test_far_too_few_rows_are_refused(tmp_path: Path, out: Path) -> None:
    source = write_folder(tmp_path / "sde", small_export.rows())
    with pytest.raises(SdeError, match=r"mapSolarSystems\.jsonl: holds 4 rows, expected at least"):
        build_universe(source, out)
    assert out.read_bytes() == OLD


def test_a_zip_with_a_wrong_checksum_is_refused(tmp_path: Path, out: Path) -> None:
    path = write_zip(tmp_path / "sde.zip", small_export.rows())
    data = path.read_bytes()
    assert data.count(b'"Rifter"') == 1
    path.write_bytes(data.replace(b'"Rifter"', b'"Ripper"'))
    assert refused(path, out).startswith("types.jsonl: cannot be read to its end: Bad CRC")


def test_a_cut_zip_is_refused(tmp_path: Path, out: Path) -> None:
    path = write_zip(tmp_path / "sde.zip", small_export.rows())
    path.write_bytes(path.read_bytes()[:-30])
    assert refused(path, out).startswith("sde.zip: is no whole zip file")


def test_a_source_that_is_not_there_is_refused(tmp_path: Path, out: Path) -> None:
    assert refused(tmp_path / "nothing", out) == "nothing: there is no such file or folder"


def test_a_target_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "sde", small_export.rows())
    with pytest.raises(SdeError, match=r"^universe\.bin: cannot be written"):
        build(source, tmp_path / "no" / "universe.bin")


def test_who_reads_the_old_file_reads_it_to_its_end(tmp_path: Path, out: Path) -> None:
    with out.open("rb") as reader:
        build(write_folder(tmp_path / "sde", small_export.rows()), out)
        assert reader.read() == OLD
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_a_target_that_is_a_folder_is_told_and_nothing_is_left_behind(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "sde", small_export.rows())
    (tmp_path / "home" / "universe.bin").mkdir(parents=True)
    with pytest.raises(SdeError, match=r"^universe\.bin: cannot be written"):
        build(source, tmp_path / "home" / "universe.bin")
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["universe.bin"]
