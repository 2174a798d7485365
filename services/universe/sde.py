"""Reading the static data export: a folder of JSONL files, or the official zip.

In the zip the files may lie at the root or in a folder. Every fault is told as one line that names the file and,
where there is one, the line. A row is either whole or the build stops: half an export would make a universe that lies.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, Self, TypeVar

import msgspec

from services.universe.errors import SdeError

AnyRow = TypeVar("AnyRow", bound=msgspec.Struct)

_UNREADABLE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What a cut, encrypted or corrupt file raises while it is read (zipfile uses RuntimeError for the second)."""


class SdeSource:
    """An export to read from. Use it as a context manager; it closes the zip."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = ExitStack()
        self._zip: zipfile.ZipFile | None = None
        self._members: dict[str, str] = {}

    def __enter__(self) -> Self:
        if not self._path.exists():
            raise SdeError(self._path.name, "there is no such file or folder")
        if not self._path.is_dir():
            self._open_zip()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def rows(self, name: str, kind: type[AnyRow]) -> Iterator[tuple[int, AnyRow]]:
        """The rows of `name`.jsonl with their line numbers, from 1; raises SdeError at the first fault."""
        file = f"{name}.jsonl"
        decoder = msgspec.json.Decoder(kind)
        try:
            with self._open(file) as stream:
                for number, line in enumerate(stream, start=1):
                    if line.strip():
                        yield number, _decode(decoder, line, file=file, number=number)
        except _UNREADABLE as error:
            raise SdeError(file, f"cannot be read to its end: {error}") from error

    def _open_zip(self) -> None:
        try:
            self._zip = self._stack.enter_context(zipfile.ZipFile(self._path))
        except _UNREADABLE as error:
            raise SdeError(self._path.name, f"is no whole zip file: {error}") from error
        for member in sorted(self._zip.namelist(), key=lambda name: (name.count("/"), name)):
            self._members.setdefault(PurePosixPath(member).name, member)

    def _open(self, file: str) -> BinaryIO:
        if self._zip is not None:
            if file not in self._members:
                raise SdeError(file, f"is missing from {self._path.name}")
            return self._zip.open(self._members[file])  # type: ignore[return-value]
        path = self._path / file
        if not path.is_file():
            raise SdeError(file, f"is missing from the folder {self._path.name}")
        return path.open("rb")


def _decode(
    decoder: msgspec.json.Decoder[AnyRow], line: bytes, *, file: str, number: int
) -> AnyRow:
    try:
        return decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        reason = f"is cut or damaged: {error}"
        raise SdeError(file, reason, line=number) from error
