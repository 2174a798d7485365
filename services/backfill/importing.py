"""What a file of killmails holds, into the pipeline: the same way in as the live feed's, and nobody is alerted."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from services.domain.clock import Clock
from services.domain.ids import KillmailId
from services.domain.killmail import Arrival, Killmail, Rejected
from services.feeds.archive import Record
from services.feeds.errors import ArchiveError
from services.feeds.intake import Intake
from services.pipeline import Taken

Take = Callable[[Intake], Awaitable[Taken]]
"""The pipeline."""
OnTaken = Callable[[int], None]
"""Told how many killmails have been taken in."""


@dataclass(slots=True, kw_only=True)
class Imported:
    """What became of one file. `fault`: why it could not be read to its end; what came before that is stored."""

    stored: int = 0
    known: int = 0
    rejected: int = 0
    fault: ArchiveError | None = None
    held: set[KillmailId] = field(default_factory=set)
    """Killmails of the file that are stored now."""


async def import_records(
    batches: AsyncGenerator[list[Record], None],
    take: Take,
    *,
    clock: Clock,
    on_taken: OnTaken = lambda _: None,
) -> Imported:
    """Take in whatever can be read. Killmails that are known already change nothing."""
    imported = Imported()
    try:
        async with aclosing(batches):
            async for records in batches:
                _count(imported, records, await take(_intake(records, clock)))
                on_taken(imported.stored + imported.known)
    except ArchiveError as error:
        imported.fault = error
    return imported


def _count(imported: Imported, records: list[Record], taken: Taken) -> None:
    imported.stored += taken.stored
    imported.known += taken.known + taken.revised
    imported.rejected += taken.rejected
    imported.held.update(record.id for record in records if isinstance(record, Killmail))


def _intake(records: list[Record], clock: Clock) -> Intake:
    now = clock()
    return Intake(
        live=False,
        arrivals=tuple(
            Arrival(killmail=r, received_at=now) for r in records if isinstance(r, Killmail)
        ),
        rejected=tuple(r for r in records if isinstance(r, Rejected)),
    )
