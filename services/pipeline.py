"""A batch of killmails in, one transaction out.

Everything that a killmail changes is written together with the feed's position: the mail itself, what the consumers
learn from it, what channels are told, and what could not be read. Killed at any instant, the process has done all of
it or nothing. Live feeds and backfills take this one path.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.domain.clock import Clock
from services.domain.event import Batch, Consumer, Event, KillStored
from services.domain.killmail import Arrival, Killmail
from services.feeds.intake import Intake
from services.killmails.feed_memory import move_cursor, remember, save_rejected
from services.killmails.store import save_new
from services.publishing.publisher import Publisher
from services.storage.database import Database, Transaction
from services.storage.turns import BATTLES, take_turn

Price = Callable[[Killmail], Killmail]
"""Gives a killmail without a value the best estimate there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of it."""

    stored: int
    known: int
    rejected: int


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
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._consumers = tuple(consumers)
        self._price = price
        self._clock = clock
        self._ring = ring

    async def take(self, intake: Intake) -> Taken:
        """Store, understand, tell, move the cursor; all or nothing."""
        arrivals = sorted(
            (self._priced(arrival) for arrival in intake.arrivals),
            key=lambda arrival: (arrival.killmail.time, arrival.killmail.id),
        )
        now = self._clock()
        async with self._database.write() as tx:
            await take_turn(tx, BATTLES)
            fresh = await save_new(tx, arrivals)
            if fresh:
                batch = Batch(arrivals=tuple(fresh), now=now, live=intake.live)
                await self._understand(tx, batch)
            await save_rejected(tx, intake.rejected, now=now)
            await remember(tx, intake.notes, now=now)
            if intake.cursor is not None:
                name, position = intake.cursor
                await move_cursor(tx, name, position, now=now)
        if fresh and intake.live:
            self._ring()
        return Taken(
            stored=len(fresh),
            known=len(arrivals) - len(fresh),
            rejected=len(intake.rejected),
        )

    async def tell(self, tx: Transaction, events: Sequence[Event]) -> None:
        """Publish what happened without a killmail (a battle that fell quiet), in the caller's transaction."""
        await self._publisher.publish(tx, events, Batch(arrivals=(), now=self._clock(), live=True))

    async def _understand(self, tx: Transaction, batch: Batch) -> None:
        events: list[Event] = []
        if batch.live:
            events += [KillStored(arrival=arrival) for arrival in batch.arrivals]
        for consumer in self._consumers:
            events += await consumer.consume(tx, batch)
        await self._publisher.publish(tx, events, batch)

    def _priced(self, arrival: Arrival) -> Arrival:
        priced = self._price(arrival.killmail)
        if priced is arrival.killmail:
            return arrival
        return Arrival(
            killmail=priced, received_at=arrival.received_at, published_at=arrival.published_at
        )
