"""The recorded warzone, and a stand-in for ESI's client that gives its snapshots at their times."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from services.esi.answer import EsiAnswer
from services.esi.errors import EsiUnavailable

FILE = "fw/fw_systems_2026-07-11_08-06.jsonl.gz"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An answer of `/fw/systems`."""

    at: datetime
    body: bytes


class _Line(msgspec.Struct):
    fetched: datetime
    systems: msgspec.Raw


def load_snapshots(folder: Path) -> list[Snapshot]:
    """All of them, oldest first."""
    with gzip.open(folder / FILE, "rb") as lines:
        read = [msgspec.json.decode(line, type=_Line) for line in lines]
    return [Snapshot(line.fetched, bytes(line.systems)) for line in read]


@dataclass(slots=True)
class GivenEsi:
    """`answers[path]`: a body, or a fault. `made`: when what it says was true; None: ESI does not say."""

    answers: dict[str, Any] = field(default_factory=dict)
    made: datetime | None = None
    asked: list[str] = field(default_factory=list)

    async def get_changed(self, path: str, *, etag: str | None) -> EsiAnswer:
        self.asked.append(path)
        answer = self.answers[path]
        if isinstance(answer, EsiUnavailable):
            raise answer
        body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
        status = 304 if body == b"304" else 200
        return EsiAnswer(
            status=status,
            body=b"" if status == 304 else body,
            etag=None,
            expires_at=None,
            modified_at=self.made,
        )


def flips(snapshots: Sequence[Snapshot]) -> list[tuple[int, int, datetime]]:
    """System, new occupier and moment of every change of hands, counted by hand."""
    found, before = [], dict[int, int]()
    for snapshot in snapshots:
        rows = msgspec.json.decode(snapshot.body)
        now = {row["solar_system_id"]: row["occupier_faction_id"] for row in rows}
        found += [(s, o, snapshot.at) for s, o in now.items() if before.get(s, o) != o]
        before = now
    return found
