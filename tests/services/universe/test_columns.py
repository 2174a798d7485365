"""The compiled file: refused when anything about it is wrong."""

from pathlib import Path

import pytest

from services.universe.columns import (
    FORMAT,
    MAGIC,
    floats,
    ints,
    names,
    pack,
    pack_floats,
    pack_ints,
    pack_names,
    unpack,
)
from services.universe.errors import DamagedUniverse
from services.universe.universe import Universe, shipped_file


def test_columns_come_back_as_they_went() -> None:
    assert ints(pack_ints([3, -1, 2**31 - 1])).tolist() == [3, -1, 2**31 - 1]
    assert floats(pack_floats([0.1, 2.5e18, 1, 2]), 2).tolist() == [[0.1, 2.5e18], [1, 2]]
    assert names(pack_names(["Jita", "Käse"])) == ["Jita", "Käse"]
    assert names(pack_names([])) == []


def test_the_shipped_file_is_small_and_packs_to_itself() -> None:
    data = shipped_file().read_bytes()
    assert len(data) <= 4_000_000
    columns = unpack(data)
    assert unpack(pack(columns)) == columns


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: b"", "not a file that this program wrote"),
        (lambda data: data[:20], "not a file that this program wrote"),
        (lambda data: b"PK" + data[2:], "not a file that this program wrote"),
        (lambda data: MAGIC + (FORMAT + 1).to_bytes(2, "little") + data[10:], "has format 3"),
        (lambda data: MAGIC + (FORMAT - 1).to_bytes(2, "little") + data[10:], "has format 1"),
        (lambda data: data[:-1], "checksum"),
        (lambda data: data[:5000] + bytes([data[5000] ^ 1]) + data[5001:], "checksum"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, damage, reason: str) -> None:
    path = tmp_path / "universe.bin"
    path.write_bytes(damage(shipped_file().read_bytes()))
    with pytest.raises(DamagedUniverse, match=reason):
        Universe.load(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DamagedUniverse, match="No such file"):
        Universe.load(tmp_path / "none.bin")
