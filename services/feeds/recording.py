"""A recording: some hours of real kills in one small file, to be replayed where there is no network.

It holds facts only, as the archives tell them, and the names of the organisations that occur; pilots' names are not
recorded. The file is a head (magic, format version, SHA-256 of what follows) and an LZMA stream of one MessagePack map.
The same facts give the same bytes. A file that does not check is refused, never half used.
"""

import hashlib
import lzma
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec

from services.domain.killmail import Killmail, Organisation, OrganisationKind
from services.domain.names import EntityName
from services.feeds.errors import FeedError
from services.feeds.recording_columns import (
    KillmailColumns,
    Table,
    pack_killmails,
    pack_table,
    unpack_killmails,
    unpack_table,
)

ASSET: Final = "demo.bin"
MAGIC: Final = b"WRRECORD"
FORMAT: Final = 1
_HEAD = len(MAGIC) + 2 + hashlib.sha256().digest_size
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME}]
_KINDS = tuple(OrganisationKind)
"""A kind as a small number: its place here."""


class RecordingError(FeedError):
    """A recording that cannot be read, or not be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Killmails by time, then id, of a window (`end` excluded), and the names of who stands on them."""

    start: datetime
    end: datetime
    killmails: tuple[Killmail, ...]
    names: Mapping[Organisation, EntityName]


class _Content(msgspec.Struct, frozen=True, kw_only=True):
    start: int
    end: int
    """The window, in seconds since 1970."""
    killmails: KillmailColumns
    organisations: Table
    names: str
    """A line an organisation: its name, a tab, its ticker (empty where it has none)."""


def shipped_recording() -> Path:
    """Where the recording lies that comes with the program."""
    return Path(str(files("assets") / ASSET))


def read_recording(path: Path | None = None) -> Recording:
    """Read one; without a path, the shipped one.

    Raises:
        RecordingError: it is missing, cut, changed, or of another format; the text says which.
    """
    source = path or shipped_recording()
    try:
        return unpack(source.read_bytes())
    except OSError as error:
        raise RecordingError(f"{source}: {error.strerror or error}") from error
    except RecordingError as error:
        raise RecordingError(f"{source} {error}") from error


def write_recording(recording: Recording, path: Path) -> int:
    """Write it whole or not at all; returns its size in bytes.

    Raises:
        RecordingError: a killmail lies outside the window or says more than a recording holds, or the file cannot be
            written.
    """
    data = pack(recording)
    aside = path.with_name(f"{path.name}.new")
    try:
        aside.write_bytes(data)
        aside.replace(path)
    except OSError as error:
        raise RecordingError(f"{path}: {error.strerror or error}") from error
    return len(data)


def pack(recording: Recording) -> bytes:
    """The bytes of a recording's file. Raises RecordingError as `write_recording` does."""
    body = lzma.compress(
        msgspec.msgpack.encode(_content(recording)),
        format=lzma.FORMAT_XZ,
        check=lzma.CHECK_NONE,
        filters=_FILTERS,
    )
    return MAGIC + FORMAT.to_bytes(2, "little") + hashlib.sha256(body).digest() + body


def unpack(data: bytes) -> Recording:
    """The recording in a file's bytes. Raises RecordingError when they are cut, changed or of another format."""
    if data[: len(MAGIC)] != MAGIC:
        raise RecordingError("is no recording that this program wrote")
    version = int.from_bytes(data[len(MAGIC) : len(MAGIC) + 2], "little")
    if version != FORMAT:
        raise RecordingError(f"has format {version}, this program reads {FORMAT}")
    body = memoryview(data)[_HEAD:]
    if hashlib.sha256(body).digest() != data[len(MAGIC) + 2 : _HEAD]:
        raise RecordingError("is cut or changed: its checksum does not match")
    try:
        return _recording(msgspec.msgpack.decode(lzma.decompress(body), type=_Content))
    except (lzma.LZMAError, msgspec.MsgspecError, ValueError, TypeError, LookupError) as error:
        raise RecordingError(f"holds nothing readable: {error}") from error


def _content(recording: Recording) -> _Content:
    mails = sorted(recording.killmails, key=lambda mail: (mail.time, mail.id))
    if mails and not recording.start <= mails[0].time <= mails[-1].time < recording.end:
        raise RecordingError("killmails lie outside the recording's window")
    organisations = sorted(recording.names)
    try:
        columns = pack_killmails(mails, recording.start)
    except ValueError as error:
        raise RecordingError(str(error)) from error
    return _Content(
        start=int(recording.start.timestamp()),
        end=int(recording.end.timestamp()),
        killmails=columns,
        organisations=pack_table(
            ("id", "kind"), ((found.id, _KINDS.index(found.kind)) for found in organisations)
        ),
        names="\n".join(_line(recording.names[found]) for found in organisations),
    )


def _recording(content: _Content) -> Recording:
    start = datetime.fromtimestamp(content.start, tz=UTC)
    organisations = unpack_table(content.organisations, ("id", "kind"))
    lines = content.names.split("\n") if organisations else []
    return Recording(
        start=start,
        end=datetime.fromtimestamp(content.end, tz=UTC),
        killmails=unpack_killmails(content.killmails, start),
        names={
            Organisation(entity_id, _KINDS[kind]): _name(line)
            for (entity_id, kind), line in zip(organisations, lines, strict=True)
        },
    )


def _line(name: EntityName) -> str:
    """What parts columns and lines here is no part of any name in the game."""
    line = f"{name.name}\t{name.ticker or ''}"
    if line.count("\t") != 1 or "\n" in line:
        raise RecordingError(f"the name {name.name!r} holds a tab or a line break")
    return line


def _name(line: str) -> EntityName:
    name, _, ticker = line.partition("\t")
    return EntityName(name=name, ticker=ticker or None)
