"""The polled source of wars: the list of the latest, and one by one those that are new or concern somebody marked.

A look that gets only some of what it wanted keeps that; the rest is asked for in the next one. ESI's own answers are
kept until they expire, so looking more often asks nothing more.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.domain.clock import Clock
from services.domain.ids import WarId
from services.domain.occurrence import Occurrence
from services.domain.trouble import NoWatch, TroubleWatch
from services.domain.war import War
from services.esi.errors import EsiError, EsiRefused, EsiUnreadable
from services.esi.reading import Reader
from services.polling.source import Fetched, Moment, SourceFault
from services.storage.database import Database, Transaction
from services.wars import rules, store
from services.wars.asking import HOLDS, GetsEsi, fetch_ids, fetch_war
from services.wars.rules import Bounds
from services.wars.settings import WarSettings

NAME = "wars"
_LEFT_ALONE = timedelta(days=1)
"""A war that ESI will not give, or not in a shape that can be read, is not asked for again before."""
_REFUSALS = 5
"""So many of them in one look are a fault of the route."""

Marked = Callable[[Transaction], Awaitable[frozenset[int]]]
"""The ids of all that any server marked as us or friend."""


@dataclass(frozen=True, slots=True)
class WarNews:
    """What one look brought: wars as ESI tells them, and which were in sight the first time."""

    wars: tuple[War, ...]
    bounds: Bounds


class WarSource:
    """`/wars` and `/wars/{id}`. Nothing is asked while nobody has marked anybody."""

    def __init__(
        self,
        esi: GetsEsi,
        database: Database,
        settings: WarSettings,
        *,
        marked: Marked,
        clock: Clock,
        watch: TroubleWatch | None = None,
    ) -> None:
        """Make it.

        Args:
            esi: is asked.
            database: tells which wars are known.
            settings: how many at once.
            marked: gives the ids of all that any server marked as us or friend.
            clock: the time.
            watch: hears of answers in another shape.
        """
        self._esi = esi
        self._database = database
        self._settings = settings
        self._marked = marked
        self._clock = clock
        self._reader = Reader(watch or NoWatch())
        self._left_alone: dict[WarId, datetime] = {}

    @property
    def name(self) -> str:
        """In the log and the troubles."""
        return NAME

    @property
    def pace(self) -> timedelta:
        """The least time between two looks."""
        return self._settings.pace

    async def fetch(self, etag: str | None) -> Fetched[WarNews]:  # noqa: ARG002 - several answers, no ETag
        """Ask for what is wanted; nothing at all is as good as an answer where nobody is marked. Raises SourceFault."""
        async with self._database.read() as tx:
            marked = await self._marked(tx)
        if not marked:
            return Fetched(value=None)
        try:
            ids = await fetch_ids(self._esi, self._reader)
        except EsiError as error:
            raise SourceFault(str(error)) from error
        if not ids:
            raise SourceFault("ESI names no war at all")
        bounds, wanted = await self._wanted(ids, marked)
        return Fetched(value=WarNews(await self._fetch_wars(wanted), bounds))

    async def take(
        self, tx: Transaction, value: WarNews | None, moment: Moment
    ) -> Sequence[Occurrence]:
        """Keep the wars; told are those of somebody marked."""
        if value is None:
            return ()
        marked = await self._marked(tx)
        if await store.load_bounds(tx) is None:
            await store.save_bounds(tx, value.bounds, now=moment.now)
        known = await store.load_wars(tx, [war.id for war in value.wars])
        found: list[Occurrence] = []
        for war in value.wars:
            due_at = rules.due_at(war, marked=marked, again=HOLDS)
            await store.save_war(tx, war, due_at=due_at)
            if rules.concerns(war, marked):
                found += self._told(known.get(war.id), war, moment, bounds=value.bounds)
        after = moment.before or moment.now
        for war in await store.load_started(tx, marked, after=after, until=moment.now):
            found += rules.begun(war, moment.now)
        for war in await store.load_ended(tx, marked, after=after, until=moment.now):
            found += rules.ended(war, known.get(war.id), moment.now)
        return found

    async def _wanted(
        self, ids: Sequence[WarId], marked: Iterable[int]
    ) -> tuple[Bounds, list[WarId]]:
        """Known ones that are due, then the newest of those that are not known."""
        most = self._settings.per_step
        async with self._database.read() as tx:
            bounds = await store.load_bounds(tx)
            if bounds is None:
                bounds = Bounds(floor=ids[: self._settings.first][-1], head=ids[0])
            due = await store.load_due_ids(tx, frozenset(marked), now=self._clock(), limit=most)
            floor = max(bounds.floor, ids[-1])
            known = await store.load_known_ids(tx, floor=floor)
        new = [war_id for war_id in ids if war_id >= floor and war_id not in known]
        now = self._clock()
        self._left_alone = {key: until for key, until in self._left_alone.items() if until > now}
        wanted = [war_id for war_id in (*due, *new) if war_id not in self._left_alone]
        return bounds, wanted[:most]

    async def _fetch_wars(self, wanted: Sequence[WarId]) -> tuple[War, ...]:
        """One after the other, until ESI falls silent. Raises SourceFault where it does before the first."""
        wars: list[War] = []
        refusals: list[EsiError] = []
        for war_id in wanted:
            try:
                wars.append(await fetch_war(self._esi, self._reader, war_id, now=self._clock()))
            except (EsiRefused, EsiUnreadable) as error:
                self._left_alone[war_id] = self._clock() + _LEFT_ALONE
                refusals.append(error)
            except EsiError as error:
                if not wars:
                    raise SourceFault(str(error)) from error
                break
            if len(refusals) >= _REFUSALS:
                break
        if refusals and not wars:
            raise SourceFault(str(refusals[-1])) from refusals[-1]
        return tuple(wars)

    def _told(
        self, before: War | None, war: War, moment: Moment, *, bounds: Bounds
    ) -> list[Occurrence]:
        if before is not None:
            return list(rules.changed(before, war, moment))
        fresh = timedelta(days=self._settings.fresh_days)
        return list(rules.found_new(war, moment, bounds=bounds, fresh=fresh))
