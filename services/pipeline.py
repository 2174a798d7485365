"""A batch of killmails in, one transaction out.

Everything that a killmail changes is written together with the feed's position: the mail itself, what the consumers
learn from it, what channels are told, and what could not be read. Killed at any instant, the process has done all of
it or nothing. Live feeds and backfills take this one path.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.domain.clock import Clock
from services.domain.event import Batch, Consumer, Event, KillStored
from services.domain.killmail import Arrival, Killmail, Rejected
from services.feeds.items import FeedItem
from services.killmails.feed_memory import fill_holes, move_cursor, save_holes, save_rejected
from services.killmails.store import save_new
from services.publishing.publisher import Publisher
from services.storage.database import Database, Transaction
from services.storage.turns import BATTLES, take_turn

Price = Callable[[Killmail], Killmail]
"""Gives a killmail without a value the best estimate there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What a feed hands over at once. `cursor` is the feed's name and how far this takes it."""

    live: bool
    arrivals: tuple[Arrival, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    holes: tuple[int, ...] = ()
    found_holes: tuple[int, ...] = ()
    cursor: tuple[str, int] | None = None


def intake_of(items: Sequence[FeedItem], *, feed: str) -> Intake:
    """What a live feed hands over at once, for the pipeline."""
    cursors = [item.cursor for item in items if item.cursor is not None]
    return Intake(
        live=True,
        arrivals=tuple(item.arrival for item in items if item.arrival is not None),
        rejected=tuple(item.rejected for item in items if item.rejected is not None),
        holes=tuple(item.hole for item in items if item.hole is not None),
        found_holes=tuple(item.found_hole for item in items if item.found_hole is not None),
        cursor=(feed, max(cursors)) if cursors else None,
    )


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
            await save_holes(tx, intake.holes, now=now)
            await fill_holes(tx, intake.found_holes)
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
