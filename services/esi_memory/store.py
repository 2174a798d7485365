"""ESI's answers and its wishes to be left alone, over restarts.

Bodies are packed where that pays. The table stays small by itself: what expired long ago goes, and the oldest answers
give way when all of them together grow too large.
"""

import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from services.domain.clock import Clock
from services.domain.trouble import Trouble
from services.esi.memory import EsiMemoryError, Pause, StoredAnswer
from services.esi.settings import EsiSettings
from services.storage.database import Database, Transaction
from services.storage.statements import chunks, save
from services.storage.tables import esi_answers, esi_pauses

_PRUNED_EVERY = timedelta(hours=1)
_WORTH = 0.9
"""A body is kept packed when that takes no more than this share of its room."""
_LONGEST_PATH = 255


class EsiMemoryStore:
    """An `EsiMemory` in the database."""

    def __init__(self, database: Database, settings: EsiSettings, *, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._pruned_at: datetime | None = None

    async def find_answer(self, path: str) -> StoredAnswer | None:
        """The answer kept for a path, however old."""
        query = select(esi_answers).where(esi_answers.c.path == path)
        async with self._reading() as tx:
            row = (await tx.execute(query)).mappings().one_or_none()
        return None if row is None else _answer(row)

    async def save_answer(self, answer: StoredAnswer) -> None:
        """Keep it, in the place of an earlier one. A path too long for the table is not kept."""
        if len(answer.path) > _LONGEST_PATH:
            return
        async with self._writing() as tx:
            await save(tx, esi_answers, _row(answer))
            await self._prune(tx)

    async def save_confirmed(self, answer: StoredAnswer) -> None:
        """It holds until later than was said; the body stays. Nothing where another answer has taken its place."""
        this = (esi_answers.c.path == answer.path) & (esi_answers.c.etag == answer.etag)
        times = {"fetched_at": answer.fetched_at, "expires_at": answer.expires_at}
        async with self._writing() as tx:
            await tx.execute(update(esi_answers).where(this).values(times))

    async def load_pauses(self) -> Sequence[Pause]:
        """All that were saved and not dropped, over or not."""
        async with self._reading() as tx:
            rows = (await tx.execute(select(esi_pauses))).all()
        return [
            Pause(
                subject=row.subject,
                trouble=Trouble.ESI_BANNED if row.banned else Trouble.ESI_LIMITED,
                since=row.since,
                until=row.until,
                reason=row.reason,
            )
            for row in rows
        ]

    async def save_pause(self, pause: Pause) -> None:
        """Keep it, in the place of an earlier one of the same subject."""
        row = {
            "subject": pause.subject,
            "banned": pause.trouble is Trouble.ESI_BANNED,
            "since": pause.since,
            "until": pause.until,
            "reason": pause.reason,
        }
        async with self._writing() as tx:
            await save(tx, esi_pauses, row)

    async def drop_pause(self, subject: str) -> None:
        """It is over."""
        async with self._writing() as tx:
            await tx.execute(delete(esi_pauses).where(esi_pauses.c.subject == subject))

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Transaction]:
        try:
            async with self._database.read() as tx:
                yield tx
        except (SQLAlchemyError, OSError) as error:
            raise EsiMemoryError(type(error).__name__) from error

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[Transaction]:
        try:
            async with self._database.write() as tx:
                yield tx
        except (SQLAlchemyError, OSError) as error:
            raise EsiMemoryError(type(error).__name__) from error

    async def _prune(self, tx: Transaction) -> None:
        now = self._clock()
        if self._pruned_at is not None and abs(now - self._pruned_at) < _PRUNED_EVERY:
            return
        oldest = now - timedelta(days=self._settings.kept_days)
        await tx.execute(delete(esi_answers).where(esi_answers.c.expires_at < oldest))
        await tx.execute(delete(esi_pauses).where(esi_pauses.c.until < oldest))
        for paths in chunks(await self._beyond(tx)):
            await tx.execute(delete(esi_answers).where(esi_answers.c.path.in_(paths)))
        self._pruned_at = now

    async def _beyond(self, tx: Transaction) -> list[str]:
        """The oldest answers, as many as are too much."""
        size = func.coalesce(func.length(esi_answers.c.body), 0)
        query = select(esi_answers.c.path, size).order_by(esi_answers.c.fetched_at.desc())
        total, beyond = 0, []
        for path, bytes_ in (await tx.execute(query)).all():
            total += bytes_
            if total > self._settings.kept_total_bytes:
                beyond.append(path)
        return beyond


def _row(answer: StoredAnswer) -> dict[str, object]:
    body, packed = answer.body, False
    if body is not None:
        small = zlib.compress(body, 6)
        if packed := len(small) <= _WORTH * len(body):
            body = small
    return {
        "path": answer.path,
        "etag": answer.etag,
        "body": body,
        "packed": packed,
        "fetched_at": answer.fetched_at,
        "expires_at": answer.expires_at,
        "modified_at": answer.modified_at,
        "pages": answer.pages,
    }


def _answer(row: RowMapping) -> StoredAnswer:
    body: bytes | None = row["body"]
    return StoredAnswer(
        path=row["path"],
        etag=row["etag"],
        body=zlib.decompress(body) if body is not None and row["packed"] else body,
        fetched_at=row["fetched_at"],
        expires_at=row["expires_at"],
        modified_at=row["modified_at"],
        pages=row["pages"],
    )
