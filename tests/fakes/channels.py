"""Channels that remember: a Sender as strict as Discord where it matters (nonces, ids, archived threads), in memory.

It can fail on command, lose an answer after having kept the message, and die in the middle like a killed process.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from services.domain.clock import Clock
from services.domain.delivery import Delivery, Destination
from services.domain.ids import MessageId
from services.domain.message import Message
from services.outbox.sender import Delivered, Lost, NotSent, Outcome, Refused, Searched

NONCE_MEMORY = timedelta(minutes=3)


class Killed(BaseException):
    """The process died here."""


class Fate(Enum):
    """What becomes of one request."""

    WELL = auto()
    UNSENT = auto()
    LOST_BEFORE = auto()
    """No answer, and Discord never had it."""
    LOST_AFTER = auto()
    """No answer, though Discord has it."""
    KILLED_BEFORE = auto()
    KILLED_AFTER = auto()


@dataclass(slots=True)
class Standing:
    """A message in a channel."""

    destination: Destination
    message: Message
    marker: str
    edits: int = 0
    unnamed: frozenset[int] = frozenset()
    """Whom the card does not name, as it stands."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as it came in."""

    what: str
    destination: Destination
    message: Message
    nonce: str
    at: datetime
    reply_to: int | None = None


class Channels:
    """The model. `script` holds what becomes of the next requests to a destination; then `chance` decides."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._nonces: dict[tuple[Destination, str], tuple[MessageId, datetime]] = {}
        self._next = 9000
        self.standing: dict[MessageId, Standing] = {}
        self.calls: list[Call] = []
        self.script: dict[Destination, deque[Fate | Outcome]] = defaultdict(deque)
        self.chance: Callable[[], Fate | Outcome] = lambda: Fate.WELL
        self.unreadable: set[Destination] = set()
        self.forums: set[Destination] = set()
        """Here nonces are no help: what may have been posted is looked for, as the bot's own sender does."""
        self.archived: set[Destination] = set()
        self.locked: set[Destination] = set()
        self.doors: dict[Destination, asyncio.Event] = {}
        """A request to one of these waits until the door is opened."""
        self.at_door = asyncio.Event()
        self.draw: Callable[[Delivery], Awaitable[frozenset[int]]] | None = None
        """Asked at each request whom the card cannot name, as the bot's own sender does."""
        self._inside: set[Destination] = set()

    def plan(self, destination: Destination, *fates: Fate | Outcome) -> None:
        """What becomes of the next requests to this destination."""
        self.script[destination].extend(fates)

    def read(self, destination: Destination) -> list[Message]:
        """What stands in a channel, oldest first."""
        return [
            found.message for found in self.standing.values() if found.destination == destination
        ]

    def calls_to(self, destination: Destination, what: str | None = None) -> list[Call]:
        """The requests of one kind to one destination."""
        return [c for c in self.calls if c.destination == destination and what in (None, c.what)]

    async def send(self, delivery: Delivery) -> Outcome:
        """Post or edit."""
        place = delivery.destination
        assert place not in self._inside, "two requests to one channel at the same time"
        self._inside.add(place)
        try:
            if place in self.doors:
                self.at_door.set()
                await self.doors[place].wait()
            await asyncio.sleep(0)
            missing = await self.draw(delivery) if self.draw else frozenset()
            return self._answer(delivery, missing)
        finally:
            self._inside.discard(place)

    def _answer(self, delivery: Delivery, missing: frozenset[int]) -> Outcome:
        place = delivery.destination
        self._note("post" if delivery.message_id is None else "edit", delivery)
        fate = self.script[place].popleft() if self.script[place] else self.chance()
        match fate:
            case Fate.UNSENT:
                return NotSent(text="no route")
            case Fate.LOST_BEFORE:
                return Lost(text="time-out")
            case Fate.KILLED_BEFORE:
                raise Killed
            case Fate.WELL | Fate.LOST_AFTER | Fate.KILLED_AFTER:
                answer = self._act(delivery, missing)
                if fate is Fate.KILLED_AFTER:
                    raise Killed
                return Lost(text="time-out") if fate is Fate.LOST_AFTER else answer
        return fate

    def _act(self, delivery: Delivery, missing: frozenset[int]) -> Outcome:
        if delivery.destination in self.archived:
            return Refused(status=400, code=50083, text="Thread is archived")
        if delivery.message_id is not None:
            return self._edit(delivery, delivery.message_id, missing)
        key, now = (delivery.destination, delivery.nonce), self._clock()
        known = self._nonces.get(key)
        if delivery.destination in self.forums:
            found = self._found(delivery) if delivery.unsure else None
            known = None if found is None else (found, now)
        if known is not None and now - known[1] < NONCE_MEMORY:
            return Delivered(message_id=known[0], missing=missing)
        self._next += 1
        new = MessageId(self._next)
        self._nonces[key] = (new, now)
        self.standing[new] = Standing(
            delivery.destination, delivery.message, delivery.marker, unnamed=missing
        )
        return Delivered(message_id=new, missing=missing)

    def _edit(self, delivery: Delivery, message_id: MessageId, missing: frozenset[int]) -> Outcome:
        found = self.standing.get(message_id)
        if found is None:
            return Refused(status=404, code=10008, text="Unknown Message")
        found.message = delivery.message
        found.edits += 1
        found.unnamed = missing
        return Delivered(message_id=message_id, missing=missing)

    async def find(self, delivery: Delivery) -> Searched:
        """Look through the channel."""
        await asyncio.sleep(0)
        self._note("find", delivery)
        if delivery.destination in self.unreadable:
            return Searched(readable=False)
        return Searched(readable=True, message_id=self._found(delivery))

    def _found(self, delivery: Delivery) -> MessageId | None:
        here = (
            key
            for key, found in self.standing.items()
            if found.destination == delivery.destination and found.marker == delivery.marker
        )
        return next(here, None)

    async def unarchive(self, destination: Destination) -> Outcome | None:
        """Open a thread."""
        if destination in self.locked:
            return Refused(status=403, code=50013, text="Missing Permissions")
        self.archived.discard(destination)
        return None

    def _note(self, what: str, delivery: Delivery) -> None:
        self.calls.append(
            Call(
                what,
                delivery.destination,
                delivery.message,
                delivery.nonce,
                self._clock(),
                delivery.reply_to,
            )
        )
