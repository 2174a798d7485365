"""zKillboard's days on disk: read one killmail at a time, with the hashes beside them."""

import json
import tracemalloc
from pathlib import Path

import pytest

from services.domain.killmail import Killmail, Rejected
from services.feeds.archive import read_archive
from services.feeds.errors import ArchiveError
from services.feeds.history import read_history
from tests.services.feeds.conftest import esi


def write(folder: Path, raw: object, hashes: object) -> tuple[Path, Path]:
    paths = folder / "raw.json", folder / "hashes.json"
    for path, content in zip(paths, (raw, hashes), strict=True):
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return paths


def test_killmails_come_with_their_hashes(tmp_path: Path) -> None:
    raw = {number: esi(number) for number in (1, 2, 3)}
    mails = list(read_history(*write(tmp_path, raw, {1: "ab", 3: "EF", 4: "cc"})))
    assert [(m.id, m.hash) for m in mails if isinstance(m, Killmail)] == [
        (1, "ab"),
        (2, ""),
        (3, "EF"),
    ]


def test_what_cannot_be_read_is_rejected_and_the_rest_is_read(tmp_path: Path) -> None:
    raw = {1: esi(1), 2: {"a": 1}, 3: None, 4: "text", 5: esi(5)}
    records = list(read_history(*write(tmp_path, raw, {})))
    rejected = [record for record in records if isinstance(record, Rejected)]
    assert [r.id for r in records if isinstance(r, Killmail)] == [1, 5]
    assert [(r.source, r.reference) for r in rejected] == [
        ("history", f"raw.json:{number}") for number in (2, 3, 4)
    ]
    assert rejected[0].body == b'{"a": 1}'
    assert all(r.reason for r in rejected)


def test_hashes_that_are_none_are_no_reason_to_lose_a_day(tmp_path: Path) -> None:
    (mail,) = read_history(*write(tmp_path, {1: esi(1)}, {1: None, 2: 5}))
    assert isinstance(mail, Killmail)
    assert mail.hash == ""


@pytest.mark.parametrize(
    ("raw", "hashes"),
    [
        (b"", {}),
        (b'{"1": {"kill', {}),
        ([esi(1)], {}),
        ({1: esi(1)}, b"<html>"),
        ({1: esi(1)}, []),
    ],
    ids=["empty", "cut", "a list", "html", "hashes as a list"],
)
def test_a_file_that_is_no_day_says_so(tmp_path: Path, raw: object, hashes: object) -> None:
    with pytest.raises(ArchiveError) as caught:
        list(read_history(*write(tmp_path, raw, hashes)))
    assert caught.value.read == 0


def test_progress_goes_up_to_nearly_the_files_size(tmp_path: Path) -> None:
    paths = write(tmp_path, {number: esi(number) for number in range(1, 50)}, {})
    told: list[int] = []
    list(read_history(*paths, on_read=told.append))
    assert told == sorted(told)
    assert 0.9 < told[-1] / paths[0].stat().st_size <= 1


def test_memory_does_not_grow_with_the_day(tmp_path: Path) -> None:
    crowd = esi(1)["attackers"] * 200
    raw = {number: esi(number, attackers=crowd) for number in range(1, 601)}
    paths = write(tmp_path, raw, {})
    size = paths[0].stat().st_size
    tracemalloc.start()
    try:
        assert sum(isinstance(record, Killmail) for record in read_history(*paths)) == 600
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 8_000_000
    assert peak < 2_000_000


def test_a_recorded_day_says_the_same_in_both_shapes(recorded_data: Path, tmp_path: Path) -> None:
    archive = recorded_data / "killmails/killmails-2021-12-01.tar.bz2"
    some = [record for _, record in zip(range(500), read_archive(archive), strict=False)]
    raw, hashes = tmp_path / "raw.json", tmp_path / "hashes.json"
    documents = _documents(archive, 500)
    hashes.write_text(json.dumps({d["killmail_id"]: d["killmail_hash"] for d in documents}))
    without = [
        {
            key: value
            for key, value in d.items()
            if key not in ("killmail_hash", "http_last_modified")
        }
        for d in documents
    ]
    raw.write_text(json.dumps({d["killmail_id"]: d for d in without}))
    assert list(read_history(raw, hashes)) == some


def _documents(archive: Path, count: int) -> list[dict[str, object]]:
    import tarfile

    with tarfile.open(archive, "r|bz2") as tar:
        found = []
        for member in tar:
            content = tar.extractfile(member)
            if content is not None:
                found.append(json.load(content))
            if len(found) == count:
                break
    return found
