"""Unpacking and decoding the recorded days, alone: the yardstick that a backfill is held against."""

import asyncio
import bz2
import json
import os
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

from services.domain.killmail import Killmail
from services.feeds.archive import read_archive, stream_archive
from services.feeds.history import read_history
from tests.benchmarks.figure import Figure, seconds


def recorded_archives() -> list[Path]:
    """The recorded days in their order; none where WARROOM_TEST_DATA is unset."""
    folder = os.environ.get("WARROOM_TEST_DATA")
    return sorted(Path(folder).glob("killmails/killmails-*.tar.bz2")) if folder else []


def unpack_and_decode(paths: Iterable[Path]) -> int:
    """Read every killmail of these archives into the house's own type; how many there were."""
    return sum(isinstance(record, Killmail) for path in paths for record in read_archive(path))


def unpack(paths: Iterable[Path]) -> int:
    """Only unpack; how many bytes came out."""
    size = 0
    for path in paths:
        with bz2.open(path) as unpacked:
            while part := unpacked.read(1 << 18):
                size += len(part)
    return size


async def _stream(paths: Iterable[Path]) -> int:
    return sum([len(batch) for path in paths async for batch in stream_archive(path)])


def write_history(archive: Path, folder: Path) -> tuple[Path, Path]:
    """A recorded day as zKillboard's history has it: the killmails in one file, their hashes in another."""
    raw, hashes = {}, {}
    with tarfile.open(archive, "r|bz2") as tar:
        for member in tar:
            if (content := tar.extractfile(member)) is not None:
                mail = json.load(content)
                hashes[mail["killmail_id"]] = mail.pop("killmail_hash")
                raw[mail["killmail_id"]] = mail
    paths = folder / "raw.json", folder / "hashes.json"
    for path, held in zip(paths, (raw, hashes), strict=True):
        path.write_text(json.dumps(held, separators=(",", ":")))
    return paths


def history_figure(archive: Path) -> Figure:
    """One day in the history's shape beside the same day as an archive."""
    with tempfile.TemporaryDirectory() as folder:
        raw, hashes = write_history(archive, Path(folder))
        megabytes = raw.stat().st_size / 1e6
        took = seconds(lambda: sum(1 for _ in read_history(raw, hashes)), repeat=2)
    return Figure(
        name=f"the last day from the history's file ({megabytes:.0f} MB)",
        value=took,
        unit="s",
        yardstick=seconds(lambda: unpack_and_decode([archive]), repeat=2),
        yardstick_name="unpack and decode its archive",
    )


def bench() -> list[Figure]:
    """Seconds for the three recorded days, best of two."""
    paths = recorded_archives()
    if not paths:
        return []
    alone = seconds(lambda: unpack(paths), repeat=2)
    decoded = seconds(lambda: unpack_and_decode(paths), repeat=2)
    streamed = seconds(lambda: asyncio.run(_stream(paths)), repeat=2)
    count = unpack_and_decode(paths)
    return [
        Figure(
            name=f"unpack and decode {count} killmails",
            value=decoded,
            unit="s",
            yardstick=alone,
            yardstick_name="unpacking alone",
        ),
        Figure(
            name=f"the same through a reading thread ({count / streamed:.0f} killmails/s)",
            value=streamed,
            unit="s",
            yardstick=decoded,
            yardstick_name="unpack and decode",
        ),
        history_figure(paths[-1]),
    ]


if __name__ == "__main__":
    for figure in bench():
        print(figure.line())
