"""A batch of killmails in, one transaction out.

Everything that a killmail changes is written together with the feed's position: the mail itself, what the consumers
learn from it, what channels are told, and what could not be read. A mail that is known may come again and say more:
then what is stored changes, and what was posted is edited (`killmails.rules` says which record stands). Killed at any
instant, the process has done all of it or nothing. Live feeds and backfills take this one path.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.domain.clock import Clock
from services.domain.event import Batch, Consumer, Event, KillRevised, KillStored, Revision
from services.domain.ids import KillmailId
from services.domain.isk import Value
from services.domain.killmail import Arrival, Rejected
from services.domain.tally import Tally
from services.domain.trouble import NoWatch, Trouble, TroubleWatch
from services.feeds.intake import Intake
from services.killmails.feed_memory import move_cursor, remember, save_rejected
from services.killmails.revisions import Price, revalue, revise
from services.killmails.rules import best_of_each, first_of_each, may_replace
from services.killmails.store import load_known, save_new
from services.publishing.publisher import Matches, Publisher
from services.storage.database import Database, Transaction
from services.storage.turns import BATTLES, take_turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of it."""

    stored: int
    known: int
    rejected: int
    revised: int = 0


class Pipeline:
    """The one way in."""

    def __init__(
        self,
        database: Database,
        publisher: Publisher,
        consumers: Sequence[Consumer[Transaction]],
        *,
        price: Price,
        clock: Clock,
        ring: Callable[[], None],
        watch: TroubleWatch | None = None,
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._consumers = tuple(consumers)
        self._price = price
        self._clock = clock
        self._ring = ring
        self._watch = watch or NoWatch()
        self.tally = Tally()

    async def take(self, intake: Intake) -> Taken:
        """Store, understand, tell, move the cursor; all or nothing."""
        arrivals = best_of_each(intake.arrivals)
        now = self._clock()
        async with self._database.write() as tx:
            await take_turn(tx, BATTLES)
            batch, doubted = await self._store(tx, arrivals, intake, now=now)
            matches = await self._understand(tx, batch)
            rejected = (*intake.rejected, *doubted)
            await save_rejected(tx, rejected, now=now)
            await remember(tx, intake.notes, now=now)
            if intake.cursor is not None:
                name, position = intake.cursor
                await move_cursor(tx, name, position, now=now)
        self._publisher.matches.update(matches)
        if rejected:
            last = rejected[-1]
            detail = f"{last.source} {last.reference}: {last.reason}"
            self._watch.begins(Trouble.QUARANTINE, detail)
        if batch.revisions or (batch.arrivals and intake.live):
            self._ring()
        stored, revised = len(batch.arrivals), len(batch.revisions)
        known = len(intake.arrivals) - stored - revised - len(doubted)
        taken = Taken(stored=stored, known=known, revised=revised, rejected=len(rejected))
        self._count(taken, batch)
        return taken

    async def revalue(self, values: Mapping[KillmailId, Value]) -> int:
        """Give stored killmails better estimates, in one transaction; returns how many changed.

        A zKillboard value is never overwritten, an unknown id is passed over, and an estimate that is there already
        changes nothing. Battles that hold the mails are summarised anew. Nobody is told anything new; what was posted
        is edited where its kill is still young enough to be posted. Hand over some hundreds at a time: nothing else is
        stored meanwhile.
        """
        now = self._clock()
        async with self._database.write() as tx:
            await take_turn(tx, BATTLES)
            changed, revisions = await revalue(tx, values, now=now)
            batch = Batch(arrivals=(), revisions=tuple(revisions), now=now, live=False)
            await self._understand(tx, batch)
        if revisions:
            self._ring()
        return changed

    async def tell(self, tx: Transaction, events: Sequence[Event]) -> None:
        """Publish what happened without a killmail (a battle that fell quiet), in the caller's transaction."""
        await self._publisher.publish(tx, events, Batch(arrivals=(), now=self._clock(), live=True))

    async def _store(
        self, tx: Transaction, arrivals: Sequence[Arrival], intake: Intake, *, now: datetime
    ) -> tuple[Batch, list[Rejected]]:
        """Store what is new, oldest first, and let what is known be replaced by what goes before it."""
        known = await load_known(tx, {arrival.killmail.id for arrival in arrivals})
        fresh, doubted = first_of_each(a for a in arrivals if a.killmail.id not in known)
        new = sorted(map(self._priced, fresh), key=lambda a: (a.killmail.time, a.killmail.id))
        if new:
            await save_new(tx, new)
        revisions: list[Revision] = []
        again = [a for a in arrivals if a.killmail.id in known and may_replace(a)]
        if again:
            revisions, disbelieved = await revise(tx, again, price=self._price)
            doubted += disbelieved
        batch = Batch(
            arrivals=tuple(new),
            revisions=tuple(revisions),
            now=now,
            live=intake.live,
            behind=intake.behind,
        )
        return batch, doubted

    async def _understand(self, tx: Transaction, batch: Batch) -> Matches:
        if not batch.arrivals and not batch.revisions:
            return Matches()
        events: list[Event] = [KillRevised(revision=revision) for revision in batch.revisions]
        if batch.live:
            events += [KillStored(arrival=arrival) for arrival in batch.arrivals]
        for consumer in self._consumers:
            events += await consumer.consume(tx, batch)
        return await self._publisher.publish(tx, events, batch)

    def _priced(self, arrival: Arrival) -> Arrival:
        priced = self._price(arrival.killmail)
        return arrival if priced is arrival.killmail else replace(arrival, killmail=priced)

    def _count(self, taken: Taken, batch: Batch) -> None:
        """What was committed, and how long it took from its publication."""
        tally, now = self.tally, self._clock()
        tally.stored += taken.stored
        tally.known += taken.known
        tally.revised += taken.revised
        tally.rejected += taken.rejected
        for arrival in batch.arrivals if batch.live else ():
            if arrival.published_at is not None:
                tally.lag.add((now - arrival.published_at).total_seconds())
