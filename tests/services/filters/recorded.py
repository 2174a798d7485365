"""Recorded killmails for filters, with their items, values and labels: all odd ones, and the first of one day."""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

from services.domain.killmail import Killmail
from services.feeds.wire import decode_killmail, decode_r2z2, decode_zkb_package

DAY = "killmails-2021-11-30.tar.bz2"


def load_recorded(data: Path, *, of_the_day: int = 400) -> dict[int, Killmail]:
    """By id: 106 odd mails, 78 packages with zKillboard's values, 2 of the live feed, and the first of a day."""
    folder = data / "killmails"
    mails = [
        decode_killmail(path.read_bytes()) for path in (folder / "edge_cases/corpus").glob("*.json")
    ]
    mails += [
        decode_zkb_package(path.read_bytes()) for path in (folder / "zkb_packages").glob("*.json")
    ]
    packages = (folder / "redisq_2020-12-18/redisq_packages_62.concat.json").read_text()
    mails += [decode_zkb_package(json.dumps(one).encode()) for one in _concatenated(packages)]
    mails += [
        decode_r2z2(path.read_bytes()).killmail for path in (data / "feeds").glob("r2z2_*.json")
    ]
    mails += _first(folder / DAY, of_the_day)
    return {mail.id: mail for mail in sorted(mails, key=lambda mail: mail.id)}


def _concatenated(text: str) -> Iterator[object]:
    decoder, at = json.JSONDecoder(), 0
    while at < len(text.rstrip()):
        at += len(text[at:]) - len(text[at:].lstrip())
        document, at = decoder.raw_decode(text, at)
        yield document


def _first(archive: Path, count: int) -> Iterator[Killmail]:
    """Read as a stream: what comes after is not unpacked."""
    with tarfile.open(archive, "r|bz2") as tar:
        for member in tar:
            body = tar.extractfile(member) if member.name.endswith(".json") else None
            if body is None:
                continue
            if not count:
                return
            count -= 1
            yield decode_killmail(body.read())
