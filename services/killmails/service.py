"""Use cases of killmails: found by id, link or filter, counted by system and by hour."""

import re
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import and_

from services.domain.errors import NotFound, UserError
from services.domain.filter import Filter
from services.domain.heat import Coverage, Heat
from services.domain.ids import KillmailId, SystemId
from services.domain.killmail import Killmail
from services.domain.standing import NO_STANDINGS, Standings
from services.domain.trial import Found, Trial
from services.domain.warfare import Activity
from services.killmails import questions, store
from services.killmails.activity import load_activity
from services.killmails.hours import covered, load_hours
from services.killmails.searching import SEARCHING_SECONDS, Searcher, Window
from services.killmails.sieve import Sieve, Sieves
from services.killmails.store import Totals
from services.killmails.trying import BUDGET_SECONDS, Trier
from services.killmails.turns import Turns
from services.storage.database import Database
from services.storage.tables import killmails
from services.universe.universe import Universe

_ID = re.compile(
    r"(?:(?:https?://)?(?:www\.)?(?:zkillboard\.com|esi\.evetech\.net|eve-kill\.com)/(?:[\w.-]+/)?"
    r"kill(?:mails?)?/)?(\d{1,18})(?:[/?#].*)?",
    re.IGNORECASE,
)


def parse_killmail_id(text: str) -> KillmailId:
    """An id out of `134398778` or a link to a kill (zKillboard, EVE-KILL, ESI); UserError for anything else."""
    matched = _ID.fullmatch(text.strip().strip("<>"))
    if matched is None:
        raise UserError(
            "That is no kill. Give its id, or its link on zKillboard, EVE-KILL or ESI, such as "
            "https://zkillboard.com/kill/134398778/."
        )
    return KillmailId(int(matched[1]))


class KillmailService:
    """Reads; what comes in goes through the pipeline."""

    def __init__(
        self,
        database: Database,
        universe: Universe | None = None,
        *,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """`universe`: what filters are read by; nobody may search without one."""
        self._database = database
        self._sieves = None if universe is None else Sieves.of(universe)
        self._searcher = Searcher(database, timer=timer)
        self._trier = Trier(database, timer=timer)
        self._turns = Turns()

    async def get(self, link_or_id: str) -> Killmail:
        """A stored killmail, with its items where they are still kept. NotFound when it was never seen."""
        killmail_id = parse_killmail_id(link_or_id)
        async with self._database.read() as tx:
            found = await store.load_killmails(tx, [killmail_id])
            items = await store.load_items(tx, killmail_id)
        if not found:
            raise NotFound(
                f"I have not seen kill {killmail_id}. I know what came over the feed since I was started, "
                "and what my operator has backfilled."
            )
        return replace(found[0], victim=replace(found[0].victim, items=items or ()))

    async def search(
        self,
        wanted: Filter,
        *,
        since: datetime,
        until: datetime,
        standings: Standings = NO_STANDINGS,
        known_at: datetime | None = None,
        limit: int = 10,
        offset: int = 0,
        patience: float = SEARCHING_SECONDS,
    ) -> Found:
        """Kills of [since, until) that meet a filter, newest first; `known_at`: of those that had come in by then.

        Raises:
            UserError: too many ask at the same time, as for everything that is asked by a filter.
        """
        window = Window(since=since, until=until, known_at=known_at)
        async with self._turns.turn():
            sieve = self._sieve(wanted, standings)
            return await self._searcher.search(
                sieve, window, page=slice(offset, offset + limit), patience=patience
            )

    async def remember(self, wanted: Filter, *, now: datetime) -> str:
        """Keep a filter for some days; gives a key of 16 signs."""
        async with self._database.write() as tx:
            return await questions.remember(tx, wanted, now=now)

    async def recall(self, key: str) -> Filter:
        """The filter of a key. UserError when it has been forgotten."""
        async with self._database.read() as tx:
            return await questions.recall(tx, key)

    async def try_filter(
        self,
        wanted: Filter,
        *,
        since: datetime,
        until: datetime,
        standings: Standings = NO_STANDINGS,
        budget: float = BUDGET_SECONDS,
    ) -> Trial:
        """How much a filter would have found in [since, until), in about `budget` seconds."""
        window = Window(since=since, until=until)
        async with self._turns.turn():
            sieve = self._sieve(wanted, standings)
            return await self._trier.try_filter(sieve, window, seconds=budget)

    async def heat(
        self, start: datetime, end: datetime, *, systems: Collection[SystemId] | None = None
    ) -> dict[SystemId, Heat]:
        """Kills by system in a window (`end` excluded), in these systems or anywhere."""
        where = Window(since=start, until=end).clause
        if systems is not None:
            where = and_(killmails.c.system_id.in_(sorted(systems)), where)
        async with self._database.read() as tx:
            return await store.load_heat(tx, where=where)

    async def coverage(self, start: datetime, end: datetime) -> Coverage:
        """How much of a window (`end` excluded) there are stored kills of, anywhere."""
        async with self._database.read() as tx:
            hours = await load_hours(tx, start, end)
        return Coverage(window=end - start, stored=sum(covered(hours).values(), timedelta(0)))

    async def heat_of(
        self,
        wanted: Filter,
        start: datetime,
        end: datetime,
        *,
        standings: Standings = NO_STANDINGS,
    ) -> tuple[dict[SystemId, Heat], int]:
        """Kills by system that meet a filter; and how many may or may not, because their details are gone."""
        async with self._turns.turn():
            sieve = self._sieve(wanted, standings)
            return await self._searcher.heat(sieve, Window(since=start, until=end))

    async def activity(
        self, systems: Collection[SystemId], start: datetime, end: datetime
    ) -> dict[SystemId, Activity]:
        """Kills and distinct pilots by system in a window (`end` excluded); systems without a kill are absent."""
        if not systems:
            return {}
        async with self._database.read() as tx:
            return await load_activity(tx, systems, start, end)

    async def totals(self) -> Totals:
        """How many are stored, and the latest."""
        async with self._database.read() as tx:
            return await store.load_totals(tx)

    def _sieve(self, wanted: Filter, standings: Standings) -> Sieve:
        assert self._sieves is not None, "filters are read by the universe"
        return self._sieves.sieve(wanted, standings)
