"""A stand-in of zKillboard's history: raw killmails of a day, their hashes, and how many each day has."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from tests.fakes.files import FakeFiles

TOTALS = "/history/totals.json"


def raw_path(day: date) -> str:
    """Where a day's killmails lie."""
    return f"/history/raw/{day:%Y%m%d}.json"


def hashes_path(day: date) -> str:
    """Where their hashes lie."""
    return f"/history/{day:%Y%m%d}.json"


class FakeHistory(FakeFiles):
    """`publish` puts a day there, or writes it anew."""

    def publish(
        self,
        day: date,
        mails: Iterable[Mapping[str, Any]],
        *,
        count: int | None = None,
        without_hash: Iterable[int] = (),
    ) -> None:
        """With a count of its own where that differs from what the file holds."""
        held = {mail["killmail_id"]: mail for mail in mails}
        unhashed = set(without_hash)
        hashes = {number: f"{number:040x}" for number in held if number not in unhashed}
        self.files[raw_path(day)] = json.dumps(held).encode()
        self.files[hashes_path(day)] = json.dumps(hashes).encode()
        totals = json.loads(self.files.get(TOTALS, b"{}"))
        counted = len(held) if count is None else count
        self.files[TOTALS] = json.dumps({**totals, f"{day:%Y%m%d}": counted}).encode()
