"""Stored killmails to search, and the slow way to find what must be found."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from services.domain.filter import (
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterNode,
    GroupKind,
    Side,
)
from services.domain.killmail import Arrival, Killmail
from services.domain.standing import NO_STANDINGS, Standings
from services.filters.compiling import Compiler
from services.filters.flat import Flattener
from services.killmails.service import KillmailService
from services.killmails.store import save_new
from services.storage.database import Database
from tests.factories import MIDNIGHT, universe

F = FilterField
JITA, AMAMAKE = 30000142, 30002537
ALPHA = 99_000_065
LATER = MIDNIGHT + timedelta(days=1)


async def store(database: Database, arrivals: Sequence[Arrival]) -> KillmailService:
    async with database.write() as tx:
        await save_new(tx, arrivals)
    return KillmailService(database, universe())


def naive(
    wanted: Filter, arrivals: Iterable[Arrival], standings: Standings = NO_STANDINGS
) -> list[Killmail]:
    """Every mail laid out and asked, newest first."""
    flattener, program = Flattener(universe()), Compiler(universe()).compile(wanted, standings)
    met = [
        each.killmail
        for each in arrivals
        if program.holds(flattener.flatten(each.killmail, received_at=each.received_at))
    ]
    return sorted(met, key=lambda mail: (mail.time, mail.id), reverse=True)


def ids(mails: Iterable[Killmail]) -> list[int]:
    return [mail.id for mail in mails]


def window(arrivals: Sequence[Arrival]) -> tuple[datetime, datetime]:
    times = [each.killmail.time for each in arrivals]
    return min(times), max(times) + timedelta(seconds=1)


def every(*members: FilterNode) -> Filter:
    return Filter(FilterGroup(GroupKind.ALL, members))


def attacked_by(alliance: int) -> Condition:
    return Condition(F.ALLIANCE, (alliance,), side=Side.ATTACKER)
