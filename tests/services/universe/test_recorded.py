"""The shipped file against the recorded export and the recorded wormhole tables, which came from elsewhere."""

import json
from pathlib import Path

from services.feeds.wire import decode_zkb_package
from services.universe.columns import unpack
from services.universe.compile import build_universe
from services.universe.universe import Universe, shipped_file
from tests.services.feeds.test_wire_recorded import documents


def test_the_shipped_file_is_the_recorded_export(recorded_data: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.bin", tmp_path / "second.bin"
    made = build_universe(recorded_data / "sde", first)
    build_universe(recorded_data / "sde", second)
    assert first.read_bytes() == second.read_bytes()
    assert unpack(first.read_bytes()) == unpack(shipped_file().read_bytes())
    assert made.unclassed_ship_groups == ()


def test_recorded_kills_at_gates_happened_in_the_gates_system(
    recorded_data: Path, universe: Universe
) -> None:
    """zKillboard names the celestial nearest to a kill: in a third of the packages with one it is a stargate."""
    folder = recorded_data / "killmails"
    paths = (*(folder / "zkb_packages").iterdir(), *(recorded_data / "feeds").glob("r2z2_*.json"))
    texts = [path.read_text() for path in paths]
    texts += documents((folder / "redisq_2020-12-18/redisq_packages_62.concat.json").read_text())
    mails = [decode_zkb_package(text.encode()) for text in texts]
    assert sum(mail.location_id is not None for mail in mails) == len(mails) == 80
    gates = [(universe.find_gate(mail.location_id), mail.system_id) for mail in mails]
    at_gates = [(gate, system_id) for gate, system_id in gates if gate is not None]
    assert len(at_gates) == 28
    assert all(gate.system_id == system_id for gate, system_id in at_gates)
    assert all(gate.destination_id in universe.gates[gate.system_id] for gate, _ in at_gates)


def test_effects_agree_with_another_source(recorded_data: Path, universe: Universe) -> None:
    rows = json.loads((recorded_data / "wormholes" / "wormholeSystems.json").read_text())
    assert len(rows) == 2604
    for row in rows:
        effect = universe.get_system(int(row["solarSystemID"])).effect
        assert effect == (row["effectName"] and row["effectName"].removesuffix(" Star")), row


def test_classes_agree_with_the_statics_of_another_source(
    recorded_data: Path, universe: Universe
) -> None:
    """A static hole lists the classes that it opens from; some it names by sort, as `c4-shattered` or `drifter`."""
    folder = recorded_data / "wormholes"
    holes = {hole["name"]: hole for hole in json.loads((folder / "wormholes.json").read_text())}
    classes = {
        row["wormholeClassID"]: row["id"]
        for row in json.loads((folder / "wormholeClasses.json").read_text())
    }
    checked = 0
    for row in json.loads((folder / "wormholeSystems.json").read_text()):
        system = universe.get_system(int(row["solarSystemID"]))
        assert system.wormhole_class is not None
        name = "drifter" if system.wormhole_class >= 14 else classes[system.wormhole_class]
        for static in row["statics"]:
            sources = {source.removesuffix("-shattered") for source in holes[static]["src"]}
            assert name in sources, (system, static)
            checked += 1
    assert checked > 3500
