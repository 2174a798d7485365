"""A stand-in of EVE Ref: daily archives of killmails and their count."""

import bz2
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from tests.fakes.files import FakeFiles

TOTALS = "/killmails/totals.json"


def path_of(day: date) -> str:
    """Where a day lies."""
    return f"/killmails/{day.year}/killmails-{day}.tar.bz2"


def archive_of(mails: Iterable[Mapping[str, Any]], *, broken: Iterable[int] = ()) -> bytes:
    """ESI's killmails as EVE Ref packs them; those in `broken` cannot be read."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for mail in mails:
            number = mail["killmail_id"]
            body = json.dumps({"killmail_hash": f"{number:040x}", **mail}).encode()
            if number in set(broken):
                body = body[:30]
            member = tarfile.TarInfo(f"killmails/{number}.json")
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return bz2.compress(packed.getvalue())


class FakeEveRef(FakeFiles):
    """`publish` puts a day there, or writes it anew."""

    def publish(
        self, day: date, mails: Iterable[Mapping[str, Any]], *, count: int | None = None
    ) -> None:
        """With a count of its own where that differs from what the archive holds."""
        mails = list(mails)
        self.files[path_of(day)] = archive_of(mails)
        self.count(day, len(mails) if count is None else count)

    def count(self, day: date, count: int) -> None:
        """Say how many killmails the day has."""
        totals = json.loads(self.files.get(TOTALS, b"{}"))
        self.files[TOTALS] = json.dumps({**totals, f"{day:%Y%m%d}": count}).encode()
