"""A file that is being downloaded, and which edition of it: what is there survives the process, and is gone on with.

`name.part` grows; `name.edition` says of what, and is written before the first byte. Only what is whole gets its own
name.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec


@dataclass(frozen=True, slots=True)
class Edition:
    """One state of a file at its publisher. `version`: its ETag, else its date; empty where neither is told."""

    version: str = ""
    size: int | None = None

    @property
    def is_strong(self) -> bool:
        """Equal versions mean equal bytes: the rest can be asked for alone."""
        return self.version.startswith('"') and self.size is not None


class PartFile:
    """The file `target` while it comes."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self._part = target.with_name(target.name + ".part")
        self._edition = target.with_name(target.name + ".edition")

    def held(self, edition: Edition) -> int:
        """How many bytes of this edition are there already."""
        if not edition.is_strong or self._written_edition() != edition or not self._part.exists():
            return 0
        assert edition.size is not None
        size = self._part.stat().st_size
        return size if size <= edition.size else 0

    def is_whole(self, edition: Edition) -> bool:
        """All of this edition is there, under its own name."""
        return (
            edition.is_strong
            and self.target.exists()
            and self.target.stat().st_size == edition.size
            and self._written_edition() == edition
        )

    @contextmanager
    def writing(self, edition: Edition, *, append: bool) -> Iterator[BinaryIO]:
        """Write from the beginning, or behind what is there. Raises OSError where that cannot be done."""
        self.target.parent.mkdir(parents=True, exist_ok=True)
        if not append:
            self._part.unlink(missing_ok=True)
            self._edition.write_bytes(msgspec.json.encode(asdict(edition)))
        with self._part.open("ab") as out:
            yield out

    def finish(self) -> None:
        """It is whole."""
        self._part.replace(self.target)

    def drop(self) -> None:
        """Nothing of it is wanted any more."""
        for path in (self.target, self._part, self._edition):
            path.unlink(missing_ok=True)

    def _written_edition(self) -> Edition | None:
        try:
            return msgspec.json.decode(self._edition.read_bytes(), type=Edition)
        except (OSError, msgspec.MsgspecError):
            return None
