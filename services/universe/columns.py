"""The compiled file: columns of facts, packed, with a checksum.

It is a head (magic, format version, SHA-256 of what follows) and an LZMA stream of one MessagePack
map. Numbers lie in little-endian arrays, names in one text with a line each, rows by ascending id:
small, quick to read whole, and the same bytes for the same facts. A file that does not check is
refused, never half used.
"""

import hashlib
import lzma
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.universe.errors import DamagedUniverse

MAGIC = b"WRUNIVRS"
FORMAT = 2
NOWHERE = -1
"""The row that a gate leads to which leads nowhere."""
_HEAD = len(MAGIC) + 2 + 32
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9}]


class SystemColumns(msgspec.Struct, frozen=True, kw_only=True):
    """A row a system. Positions are metres, three a row; the flat map's two a row, NaN where it has none."""

    ids: bytes
    names: str
    constellations: bytes
    regions: bytes
    security: bytes
    positions: bytes
    map_positions: bytes
    classes: bytes
    """Wormhole class, inherited; 0 for none."""
    effects: bytes
    """Type id of the second sun; 0 for none."""


class GateColumns(msgspec.Struct, frozen=True, kw_only=True):
    """A row a gate: the rows of the systems where it stands and where it leads (-1 for nowhere).

    Positions are metres from the star, three a row, NaN where the export has none.
    """

    ids: bytes
    systems: bytes
    destinations: bytes
    positions: bytes


class NameColumns(msgspec.Struct, frozen=True, kw_only=True):
    """A row a thing that has an id, a name, and one reference (region, faction, category; 0 for none)."""

    ids: bytes
    names: str
    references: bytes


class TypeColumns(msgspec.Struct, frozen=True, kw_only=True):
    """A row a type. Meta group 0 means none; published is 0 or 1."""

    ids: bytes
    names: str
    groups: bytes
    meta_groups: bytes
    published: bytes


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """All that the compiled file holds."""

    build: int
    release_date: datetime
    systems: SystemColumns
    gates: GateColumns
    constellations: NameColumns
    regions: NameColumns
    types: TypeColumns
    groups: NameColumns
    categories: NameColumns
    factions: NameColumns
    npc_corporations: NameColumns


def pack_ints(values: Iterable[int]) -> bytes:
    """32-bit integers, little-endian."""
    return np.fromiter(values, dtype="<i4").tobytes()


def pack_floats(values: Iterable[float]) -> bytes:
    """64-bit floats, little-endian."""
    return np.fromiter(values, dtype="<f8").tobytes()


def ints(column: bytes) -> NDArray[np.int32]:
    """A column of `pack_ints`, read-only."""
    return np.frombuffer(column, dtype="<i4")


def floats(column: bytes, width: int) -> NDArray[np.float64]:
    """A column of `pack_floats`, read-only, `width` numbers a row."""
    return np.frombuffer(column, dtype="<f8").reshape(-1, width)


def pack_names(names: Sequence[str]) -> str:
    """One text, a line a name; the compiler sees to it that no name holds a line break."""
    return "\n".join(names)


def names(column: str) -> list[str]:
    """A column of `pack_names`."""
    return column.split("\n") if column else []


def pack(columns: Columns) -> bytes:
    """The bytes of a compiled file."""
    body = lzma.compress(
        msgspec.msgpack.encode(columns),
        format=lzma.FORMAT_XZ,
        check=lzma.CHECK_NONE,
        filters=_FILTERS,
    )
    return MAGIC + FORMAT.to_bytes(2, "little") + hashlib.sha256(body).digest() + body


def unpack(data: bytes) -> Columns:
    """The columns of a compiled file. Raises DamagedUniverse when it is cut, changed or of another format."""
    if data[: len(MAGIC)] != MAGIC or len(data) <= _HEAD:
        raise DamagedUniverse("is not a file that this program wrote")
    version = int.from_bytes(data[len(MAGIC) : len(MAGIC) + 2], "little")
    if version != FORMAT:
        raise DamagedUniverse(f"has format {version}, this program reads {FORMAT}")
    body = memoryview(data)[_HEAD:]
    if hashlib.sha256(body).digest() != data[_HEAD - 32 : _HEAD]:
        raise DamagedUniverse("is cut or changed: its checksum does not match")
    try:
        return msgspec.msgpack.decode(lzma.decompress(body), type=Columns)
    except (lzma.LZMAError, msgspec.MsgspecError) as error:
        raise DamagedUniverse(f"cannot be read: {error}") from error
