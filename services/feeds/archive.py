"""EVE Ref's daily archives on disk: a tar of single killmails, packed with bzip2, read as a stream.

The rule: one damaged member costs one member, a damaged archive costs what lies behind the damage. Everything readable
is handed out first, then an ArchiveError says what is wrong. Memory stays the same whatever the archive's size.

The headers are read by the standard library, walking from one to the next is done here: the library's own stream reader
took twice as long as unpacking itself. Unpacking stays with the standard library, too. With rapidgzip on two cores a
whole import takes a tenth to a quarter less time, but a damaged archive gives less, and a file left open after a
fault can take the process down.
"""

import asyncio
import bz2
import tarfile
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from services.domain.killmail import Killmail, Rejected
from services.feeds.errors import ArchiveError, WireError
from services.feeds.wire import decode_killmail

_BLOCK = tarfile.BLOCKSIZE
_END = bytes(_BLOCK)
_WITHOUT_CONTENT = frozenset(
    {
        tarfile.LNKTYPE,
        tarfile.SYMTYPE,
        tarfile.DIRTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
    }
)
_SOURCE = "archive"
_LARGEST_MEMBER = 16 * 1024 * 1024
_KEPT_OF_LARGER = 64 * 1024
"""Of a member beyond all measure, this much is kept for whoever looks into the quarantine."""
_SKIPPED_AT_ONCE = 1024 * 1024

Record = Killmail | Rejected
OnRead = Callable[[int], None]
"""Told now and then how many bytes of the file have been read, for a progress bar. Runs in the reading thread."""


class _Member(NamedTuple):
    name: str
    content: bytes
    whole: bool


def read_archive(path: Path, *, on_read: OnRead | None = None) -> Generator[Record, None, None]:
    """The killmails of one `killmails-YYYY-MM-DD.tar.bz2`, in its order; a Rejected for each unreadable member.

    Raises:
        ArchiveError: when the file cannot be opened, is no such archive, or is damaged or cut off; not before all that
            could be read was yielded.
    """
    read = 0
    try:
        for member in _members(path, on_read):
            yield _to_record(path, member)
            read += 1
    except EOFError as error:
        raise ArchiveError(path, "cut off, or empty", read=read) from error
    except tarfile.TarError as error:
        raise ArchiveError(path, f"damaged, or no tar archive: {error}", read=read) from error
    except OSError as error:
        raise ArchiveError(
            path, error.strerror or f"damaged, or not packed with bzip2: {error}", read=read
        ) from error


def stream_archive(
    path: Path, *, batch: int = 500, on_read: OnRead | None = None
) -> AsyncGenerator[list[Record], None]:
    """The same in batches, as `in_batches` has it."""
    return in_batches(read_archive(path, on_read=on_read), batch)


async def in_batches(
    records: Generator[Record, None, None], batch: int
) -> AsyncGenerator[list[Record], None]:
    """What a reader gives, read by a thread of its own, so that unpacking runs beside what the caller does.

    One batch is read ahead, no more: memory is bounded. Close it (`contextlib.aclosing`) when leaving early.

    Raises:
        ArchiveError: as the reader does, after the last readable batch.
    """
    loop = asyncio.get_running_loop()
    reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")
    try:
        ahead = loop.run_in_executor(reader, _take, records, batch)
        while True:
            taken, error = await ahead
            if error is None and len(taken) == batch:
                ahead = loop.run_in_executor(reader, _take, records, batch)
            if taken:
                yield taken
            if error is not None:
                raise error
            if len(taken) < batch:
                return
    finally:
        reader.submit(records.close)
        reader.shutdown(wait=False)


def _take(records: Iterator[Record], count: int) -> tuple[list[Record], ArchiveError | None]:
    taken: list[Record] = []
    try:
        for record in records:
            taken.append(record)
            if len(taken) >= count:
                break
    except ArchiveError as error:
        return taken, error
    return taken, None


def _members(path: Path, on_read: OnRead | None) -> Iterator[_Member]:
    with path.open("rb") as packed, bz2.open(packed) as tar:
        while (block := _read(tar, _BLOCK)) != _END:
            header = tarfile.TarInfo.frombuf(block, "utf-8", "replace")
            if header.size < 0:
                raise tarfile.ReadError("a member of negative size")
            length = 0 if header.type in _WITHOUT_CONTENT else header.size
            if header.isreg():
                yield _Member(
                    header.name,
                    _read(tar, min(length, _LARGEST_MEMBER)),
                    whole=length <= _LARGEST_MEMBER,
                )
                length = max(0, length - _LARGEST_MEMBER)
            _skip(tar, length + -header.size % _BLOCK)
            if on_read is not None:
                on_read(packed.tell())


def _read(tar: bz2.BZ2File, size: int) -> bytes:
    content = tar.read(size)
    if len(content) < size:
        raise EOFError
    return content


def _skip(tar: bz2.BZ2File, size: int) -> None:
    while size > 0:
        size -= len(_read(tar, min(size, _SKIPPED_AT_ONCE)))


def _to_record(path: Path, member: _Member) -> Record:
    reason = f"more than {_LARGEST_MEMBER} bytes"
    if member.whole:
        try:
            return decode_killmail(member.content)
        except WireError as error:
            reason = error.reason
    return Rejected(
        source=_SOURCE,
        reference=f"{path.name}:{member.name}",
        reason=reason,
        body=member.content if member.whole else member.content[:_KEPT_OF_LARGER],
    )
