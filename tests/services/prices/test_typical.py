import json
from pathlib import Path
from typing import Any

import pytest

import assets
from services.domain.ids import GroupId, TypeId
from services.prices.errors import BadTypicalLosses
from services.prices.typical import TypicalValues, compile_typical

RIFTER, CAPSULE, STRANGER, FRIGATES = TypeId(587), TypeId(670), TypeId(99), GroupId(25)


def group_of(type_id: TypeId) -> GroupId | None:
    return {RIFTER: FRIGATES, CAPSULE: GroupId(29)}.get(type_id)


def test_hull_then_group_then_nothing() -> None:
    typical = TypicalValues({CAPSULE: 10_000}, {FRIGATES: 4_000_000})
    assert typical.find(CAPSULE, group_of) == 10_000
    assert typical.find(RIFTER, group_of) == 4_000_000
    assert all(isinstance(typical.find(hull, group_of), float) for hull in (CAPSULE, RIFTER))
    assert typical.find(STRANGER, group_of) is None
    assert typical.find(None, group_of) is None


def test_few_samples_and_zeros_are_left_out(tmp_path: Path) -> None:
    entries = {
        "hulls": {
            "5": {"median": 10, "n": 1},
            "2": {"median": 20.6, "n": 2},
            "9": {"median": 0, "n": 50},
        },
        "groups": {"25": {"median": 30, "n": 2}, "26": {"median": 40, "n": 3}},
    }
    source = tmp_path / "medians.json"
    source.write_text(json.dumps({"note": "prose that stays behind", **entries}))
    compiled = compile_typical(source)
    assert json.loads(compiled) == {"hulls": {"2": 21}, "groups": {"26": 40}}
    target = tmp_path / "typical.json"
    target.write_bytes(compiled)
    assert TypicalValues.load(target).find(TypeId(2), group_of) == 21


@pytest.mark.parametrize("body", ["", "[]", '{"hulls": {}}', '{"hulls": {"x": 1}, "groups": {}}'])
def test_damaged_files_are_named(tmp_path: Path, body: str) -> None:
    file = tmp_path / "typical.json"
    file.write_text(body)
    with pytest.raises(BadTypicalLosses, match=r"typical\.json"):
        TypicalValues.load(file)
    with pytest.raises(BadTypicalLosses, match=r"typical\.json"):
        compile_typical(file)


def test_ids_that_are_none_are_named(tmp_path: Path) -> None:
    file = tmp_path / "medians.json"
    file.write_text('{"hulls": {"x": {"median": 1, "n": 9}}, "groups": {}}')
    with pytest.raises(BadTypicalLosses):
        compile_typical(file)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadTypicalLosses, match=r"nowhere\.json"):
        TypicalValues.load(tmp_path / "nowhere.json")


def test_shipped_file_holds_figures_and_nothing_else() -> None:
    typical = TypicalValues.load()
    assert typical.find(CAPSULE, group_of) == 10_000
    keepstar = typical.find(TypeId(35834), group_of)
    assert keepstar is not None
    assert 1e11 < keepstar < 3e11


def test_shipped_file_is_what_the_recorded_medians_compile_to(recorded_data: Path) -> None:
    source = recorded_data / "market" / "typical_loss_values.json"
    shipped = Path(str(assets.__path__[0])) / "typical_losses.json"
    compiled: Any = json.loads(compile_typical(source))
    assert json.loads(shipped.read_bytes()) == compiled
