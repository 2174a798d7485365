"""Archives on disk: whole ones, ones with bad members, and every way in which one can be broken."""

import asyncio
import bz2
import io
import json
import random
import tarfile
import threading
import tracemalloc
from contextlib import aclosing
from pathlib import Path

import pytest

from services.domain.killmail import Killmail, Rejected
from services.feeds import archive
from services.feeds.archive import read_archive, stream_archive
from services.feeds.errors import ArchiveError
from tests.services.feeds.conftest import esi

NAME = "killmails-2021-11-29.tar.bz2"


def killmail_body(killmail_id: int) -> bytes:
    return json.dumps(esi(killmail_id) | {"killmail_hash": "ab"}).encode()


def tar_bytes(
    bodies: dict[str, bytes], *, tar_format: int = tarfile.GNU_FORMAT, folder: bool = True
) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tar_format) as tar:
        if folder:
            entry = tarfile.TarInfo("killmails")
            entry.type = tarfile.DIRTYPE
            tar.addfile(entry)
        for name, body in bodies.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))
    return out.getvalue()


def write_archive(folder: Path, count: int = 50, **bad: bytes) -> Path:
    bodies = {f"killmails/{number}.json": killmail_body(number) for number in range(1, count + 1)}
    bodies |= {f"killmails/{name}.json": body for name, body in bad.items()}
    path = folder / NAME
    path.write_bytes(bz2.compress(tar_bytes(bodies)))
    return path


def read_all(path: Path) -> tuple[list[Killmail | Rejected], ArchiveError | None]:
    records: list[Killmail | Rejected] = []
    try:
        for record in read_archive(path):
            records.append(record)  # noqa: PERF402 - what came before the error counts
    except ArchiveError as error:
        return records, error
    return records, None


def noisy_archive() -> bytearray:
    """3,000 killmails that cannot be packed well: several blocks of bzip2."""
    dice = random.Random(1)
    bodies = {
        f"{number}.json": json.dumps(esi(number) | {"x": dice.randbytes(150).hex()}).encode()
        for number in range(1, 3001)
    }
    return bytearray(bz2.compress(tar_bytes(bodies), 1))


def ids(records: list[Killmail | Rejected]) -> list[int]:
    return [record.id for record in records if isinstance(record, Killmail)]


def test_killmails_come_in_the_order_of_the_archive(tmp_path: Path) -> None:
    records, error = read_all(write_archive(tmp_path, 50))

    assert error is None
    assert ids(records) == list(range(1, 51))


def test_a_corrupt_member_is_rejected_and_the_rest_goes_in(tmp_path: Path) -> None:
    path = write_archive(
        tmp_path,
        3,
        cut=b'{"killmail_id": 4, "vic',
        empty=b"",
        other=b'{"a": 1}',
        last=killmail_body(9),
    )

    records, error = read_all(path)

    assert error is None
    assert ids(records) == [1, 2, 3, 9]
    rejected = [record for record in records if isinstance(record, Rejected)]
    assert [record.reference for record in rejected] == [
        f"{NAME}:killmails/{name}.json" for name in ("cut", "empty", "other")
    ]
    assert all(record.source == "archive" and record.reason for record in rejected)
    assert rejected[0].body == b'{"killmail_id": 4, "vic'


def test_an_empty_day_is_no_error(tmp_path: Path) -> None:
    assert read_all(write_archive(tmp_path, 0)) == ([], None)


@pytest.mark.parametrize(
    "tar_format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
)
def test_every_flavour_of_tar_and_long_names(tmp_path: Path, tar_format: int) -> None:
    name = "killmails/" + "x" * (90 if tar_format == tarfile.USTAR_FORMAT else 300) + ".json"
    bodies = {name: killmail_body(1), "killmails/ü.json": killmail_body(2)}
    path = tmp_path / NAME
    path.write_bytes(bz2.compress(tar_bytes(bodies, tar_format=tar_format)))

    assert ids(read_all(path)[0]) == [1, 2]


def test_an_archive_packed_in_several_pieces(tmp_path: Path) -> None:
    whole = tar_bytes({f"{number}.json": killmail_body(number) for number in range(1, 21)})
    path = tmp_path / NAME
    path.write_bytes(bz2.compress(whole[:5000]) + bz2.compress(whole[5000:]))

    assert ids(read_all(path)[0]) == list(range(1, 21))


def test_a_member_beyond_all_measure_is_rejected_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_LARGEST_MEMBER", 2000)
    monkeypatch.setattr(archive, "_KEPT_OF_LARGER", 100)
    path = write_archive(tmp_path, 2, huge=b"{" + b" " * 9000 + b"}", last=killmail_body(3))

    records, error = read_all(path)

    assert error is None
    assert ids(records) == [1, 2, 3]
    (huge,) = [record for record in records if isinstance(record, Rejected)]
    assert len(huge.body) == 100


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_a_cut_off_file_gives_what_it_has_and_says_so(tmp_path: Path, share: float) -> None:
    path = tmp_path / NAME
    whole = noisy_archive()
    path.write_bytes(whole[: int(len(whole) * share)])

    records, error = read_all(path)

    assert error is not None
    assert "cut off" in error.reason
    assert error.path == path
    assert 0 < error.read == len(records) < 3000
    assert ids(records) == list(range(1, len(records) + 1))


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / NAME
    whole = noisy_archive()
    whole[len(whole) * 2 // 3] ^= 0x10
    path.write_bytes(whole)

    records, error = read_all(path)

    assert error is not None
    assert "damaged" in error.reason
    assert 0 < error.read == len(records) < 3000


def test_a_tar_without_its_end_is_cut_off(tmp_path: Path) -> None:
    whole = tar_bytes({f"{n}.json": killmail_body(n) for n in range(1, 11)}, folder=False)
    path = tmp_path / NAME
    path.write_bytes(bz2.compress(whole[: 1024 * 5]))

    records, error = read_all(path)

    assert ids(records) == [1, 2, 3, 4, 5]
    assert error is not None
    assert error.read == 5


def test_a_tar_cut_inside_a_member_does_not_blame_the_member(tmp_path: Path) -> None:
    whole = tar_bytes({f"{n}.json": killmail_body(n) for n in range(1, 11)}, folder=False)
    path = tmp_path / NAME
    path.write_bytes(bz2.compress(whole[: 1024 * 5 + 600]))

    records, error = read_all(path)

    assert len(records) == len(ids(records)) == 5
    assert error is not None
    assert "cut off" in error.reason


def test_a_damaged_header_ends_the_archive(tmp_path: Path) -> None:
    whole = bytearray(
        tar_bytes({f"{n}.json": killmail_body(n) for n in range(1, 11)}, folder=False)
    )
    whole[1024 * 5 + 130] ^= 0x01
    path = tmp_path / NAME
    path.write_bytes(bz2.compress(bytes(whole)))

    records, error = read_all(path)

    assert ids(records) == [1, 2, 3, 4, 5]
    assert error is not None
    assert "damaged" in error.reason


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"this is no archive at all" * 100,
        b"BZh9garbage",
        bz2.compress(b"packed, but no tar" * 100),
        bz2.compress(b""),
        b"<html>404</html>",
        b"\x00" * 4096,
    ],
    ids=["nothing", "text", "garbage", "no tar", "packed nothing", "html", "zeros"],
)
def test_what_is_no_archive_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / NAME
    path.write_bytes(content)

    records, error = read_all(path)

    assert records == []
    assert error is not None
    assert (error.read, error.path) == (0, path)
    assert NAME in str(error)


def test_a_missing_file_and_a_folder_say_so(tmp_path: Path) -> None:
    for path in (tmp_path / "none.tar.bz2", tmp_path):
        records, error = read_all(path)
        assert records == []
        assert error is not None


def test_progress_ends_at_the_files_size(tmp_path: Path) -> None:
    path = write_archive(tmp_path, 200)
    told: list[int] = []

    list(read_archive(path, on_read=told.append))

    assert told == sorted(told)
    assert told[-1] == path.stat().st_size


# The stream


async def test_the_stream_gives_the_same_in_batches(tmp_path: Path) -> None:
    path = write_archive(tmp_path, 25)
    batches = [batch async for batch in stream_archive(path, batch=10)]

    assert [len(batch) for batch in batches] == [10, 10, 5]
    assert [record for batch in batches for record in batch] == list(read_archive(path))


async def test_a_full_last_batch_ends_the_stream_too(tmp_path: Path) -> None:
    assert [len(b) async for b in stream_archive(write_archive(tmp_path, 20), batch=10)] == [10, 10]


async def test_the_stream_gives_the_readable_part_before_the_error(tmp_path: Path) -> None:
    whole = tar_bytes({f"{n}.json": killmail_body(n) for n in range(1, 11)}, folder=False)
    path = tmp_path / NAME
    path.write_bytes(bz2.compress(whole[: 1024 * 5]))
    batches = []

    with pytest.raises(ArchiveError):
        async for batch in stream_archive(path, batch=2):
            batches.append(ids(batch))  # noqa: PERF401

    assert batches == [[1, 2], [3, 4], [5]]


async def test_the_stream_reads_one_batch_ahead_and_no_more(tmp_path: Path) -> None:
    path = write_archive(tmp_path, 100)
    read = []
    async with aclosing(stream_archive(path, batch=10, on_read=read.append)) as batches:
        await anext(batches)
        await asyncio.get_running_loop().run_in_executor(None, _wait_for_quiet, read)
        assert 10 <= len(read) <= 20


def _wait_for_quiet(read: list[int]) -> None:
    waiting = threading.Event()
    before = -1
    while before != len(read):
        before = len(read)
        waiting.wait(0.02)


async def test_leaving_early_ends_the_reading_thread(tmp_path: Path) -> None:
    path = write_archive(tmp_path, 100)
    async with aclosing(stream_archive(path, batch=10)) as batches:
        await anext(batches)
    for thread in threading.enumerate():
        if thread.name.startswith("archive"):
            thread.join(5)
            assert not thread.is_alive()


def test_memory_does_not_grow_with_the_archive(tmp_path: Path) -> None:
    path = write_archive(tmp_path, 6000)
    tracemalloc.start()
    try:
        for record in read_archive(path):
            assert isinstance(record, Killmail)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6_000_000


# The recorded days


def test_a_recorded_day_is_read_whole(recorded_data: Path) -> None:
    mails = attackers = items = 0
    for record in read_archive(recorded_data / "killmails/killmails-2021-12-01.tar.bz2"):
        assert isinstance(record, Killmail)
        mails += 1
        attackers += len(record.attackers)
        items += len(record.victim.items)

    assert (mails, attackers, items) == (10_671, 41_120, 170_263)
