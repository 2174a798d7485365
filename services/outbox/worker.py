"""The worker: claims due rows, sends them, settles them; one row of a destination at a time, destinations in parallel.

Between Discord's answer and the settling anything may happen to this process. So a row is claimed in a committed
transaction before it is sent, and a row found claimed by nobody alive is treated as *maybe posted*: repeated with its
nonce while Discord still remembers that, else looked for in the channel, else reported and left alone.
"""

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

import structlog

from services.domain.clock import Clock
from services.domain.delivery import Delivery, Destination
from services.domain.ids import GuildId
from services.domain.trouble import NoWatch, Trouble, TroubleWatch
from services.outbox import overview, store
from services.outbox.due import next_due
from services.outbox.errors import SendingRefused
from services.outbox.policy import (
    Block,
    Bury,
    Decision,
    EndMessage,
    Retry,
    Settle,
    Stop,
    Unarchive,
    backoff,
    decide,
)
from services.outbox.sender import Delivered, Limited, Lost, Outcome, Sender
from services.outbox.settings import OutboxSettings
from services.outbox.states import DEAD, DELETED, UNCERTAIN
from services.outbox.store import Claimed
from services.storage.database import Database, Transaction

log = structlog.get_logger(__name__)

_TEND_EVERY = timedelta(seconds=30)
_LATE = timedelta(minutes=10)


class Told(Protocol):
    """Whoever must hear that messages do not get through, in the transaction that notes it."""

    async def on_blocked(
        self, tx: Transaction, guild_id: GuildId | None, destination: Destination, reason: str
    ) -> None:
        """Discord refuses a destination: its alerts are marked, their owner told."""
        ...

    async def on_uncertain(self, tx: Transaction, delivery: Delivery) -> None:
        """A message may or may not stand in the channel, and nobody can look."""
        ...


class OutboxWorker:
    """Run `run()` for ever, or `drain()` until nothing is due."""

    def __init__(
        self,
        database: Database,
        sender: Sender,
        told: Told,
        *,
        settings: OutboxSettings,
        clock: Clock,
        bell: asyncio.Event,
        beat: Callable[[], None] = lambda: None,
        watch: TroubleWatch | None = None,
    ) -> None:
        """Make the worker.

        Args:
            database: where the rows are.
            sender: what posts.
            told: who hears when something cannot be posted.
            settings: pace and limits.
            clock: the time.
            bell: set by whoever adds a row, so that it is sent at once.
            beat: called in each round, as a sign of life.
            watch: who hears that messages are late, or were given up.
        """
        self._database = database
        self._sender = sender
        self._told = told
        self._watch = watch or NoWatch()
        self.outcomes: Counter[str] = Counter()
        """Tries since the start: posted, edited, retried, limited, lost, refused, dead, uncertain."""
        self._settings = settings
        self._clock = clock
        self._name = str(uuid.uuid4())
        self._bell = bell
        self._beat = beat
        self._busy: dict[Destination, asyncio.Task[None]] = {}
        self._lost_posts = 0

    async def run(self) -> None:
        """Send for ever. Raises SendingRefused when Discord refuses the token."""
        await self.recover(starting=True)
        tended_at = self._clock()
        try:
            while True:
                self._beat()
                self._bell.clear()
                if self._clock() - tended_at >= _TEND_EVERY:
                    await self.recover(starting=False)
                    await self.look_for_late()
                    tended_at = self._clock()
                if not await self._start_due():
                    await self._rest()
        finally:
            await self._finish_started()

    async def drain(self) -> None:
        """Send until nothing is due; returns with nothing in hand."""
        while await self._start_due() or self._busy:
            await self._finish_started()

    async def recover(self, *, starting: bool) -> None:
        """Take over rows whose worker is gone."""
        lease = timedelta(seconds=self._settings.nonce_seconds)
        sole = self._settings.sole_worker
        if sole and not starting:
            return
        async with self._database.write() as tx:
            count = await store.recover(tx, claimed_before=None if sole else self._clock() - lease)
        if count:
            log.warning("messages taken over from a worker that is gone", rows=count)

    async def look_for_late(self) -> None:
        """Tell when messages wait for long that nobody holds back."""
        async with self._database.read() as tx:
            held = await overview.is_held(tx)
            since = await overview.load_waiting_since(tx)
        if held or since is None or self._clock() - since <= _LATE:
            self._watch.ends(Trouble.OUTBOX_LATE)
        else:
            detail = f"the oldest message waits since {since:%Y-%m-%d %H:%M} EVE"
            self._watch.begins(Trouble.OUTBOX_LATE, detail)

    async def _rest(self) -> None:
        """Wait for a ring, for a destination to become free, or for the next tick."""
        bell = asyncio.create_task(self._bell.wait())
        try:
            await asyncio.wait(
                {bell, *self._busy.values()},
                timeout=self._settings.idle_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            bell.cancel()
        self._collect()

    async def _start_due(self) -> int:
        self._collect()
        free = self._settings.parallel_channels - len(self._busy)
        if free <= 0 or not await self._anything_due():
            return 0
        async with self._database.write() as tx:
            claimed = await store.claim(
                tx, worker=self._name, now=self._clock(), limit=free, busy=tuple(self._busy)
            )
        for item in claimed:
            self._busy[item.delivery.destination] = asyncio.create_task(
                self._deliver(item), name=f"deliver-{item.delivery.id}"
            )
        return len(claimed)

    async def _anything_due(self) -> bool:
        """Asked of a reader, so that an idle bot never takes the write lock."""
        async with self._database.read() as tx:
            due = await next_due(tx)
            if due is None or due > self._clock():
                return False
            return not await overview.is_held(tx)

    def _collect(self) -> None:
        for destination, task in list(self._busy.items()):
            if task.done():
                del self._busy[destination]
                task.result()

    async def _finish_started(self) -> None:
        try:
            if self._busy:
                await asyncio.wait(self._busy.values())
        except asyncio.CancelledError:
            # Not even the time to finish: the rows are taken over at the next start.
            for task in self._busy.values():
                task.cancel()
            raise
        self._collect()

    async def _deliver(self, claimed: Claimed) -> None:
        try:
            outcome = await self._attempt(claimed)
        except Exception as error:
            # A message that cannot be drawn must not hold up all others for ever; its row keeps what it was.
            log.exception("message cannot be drawn", row=claimed.delivery.id)
            await self._bury(claimed, f"cannot be drawn: {error!r}")
            return
        if outcome is None:
            await self._give_up_uncertain(claimed)
            return
        decision = decide(outcome, claimed.attempt, max_attempts=self._settings.max_attempts)
        if isinstance(decision, Unarchive):
            decision = await self._unarchive(claimed)
        await self._carry_out(claimed, decision, outcome)

    async def _attempt(self, claimed: Claimed) -> Outcome | None:
        """Send; but look first where an earlier post may stand that Discord no longer remembers by its nonce."""
        since = claimed.unsure_since
        if since is None or claimed.delivery.message_id is not None:
            return await self._sender.send(claimed.delivery)
        if self._clock() - since < timedelta(seconds=self._settings.nonce_seconds):
            return await self._sender.send(claimed.delivery)
        searched = await self._sender.find(claimed.delivery)
        if not searched.readable:
            return None
        if searched.message_id is not None:
            return Delivered(message_id=searched.message_id)
        return await self._sender.send(claimed.delivery)

    async def _unarchive(self, claimed: Claimed) -> Decision:
        outcome = await self._sender.unarchive(claimed.delivery.destination)
        if outcome is None:
            again = claimed.attempt > 1  # opened, and archived all the same: no reason to hurry
            return Retry(seconds=backoff(claimed.attempt) if again else 0)
        decision = decide(outcome, claimed.attempt, max_attempts=self._settings.max_attempts)
        if isinstance(decision, Unarchive | Settle):
            return Block(reason="the thread is archived and cannot be opened")
        return decision

    async def _carry_out(self, claimed: Claimed, decision: Decision, outcome: Outcome) -> None:
        match decision:
            case Settle(message_id=message_id):
                await self._settle(claimed, message_id, outcome)
            case Retry():
                await self._retry(claimed, decision, outcome)
            case Block(reason=reason):
                await self._block(claimed, reason)
            case EndMessage():
                await self._finish(claimed, DELETED, error="deleted in Discord")
                self.outcomes["refused"] += 1
            case Bury(reason=reason):
                log.error("message given up", row=claimed.delivery.id, reason=reason)
                await self._bury(claimed, reason)
            case Stop(reason=reason):
                await self._give_back(claimed, Retry(seconds=0, counts=False), outcome)
                self.outcomes["refused"] += 1
                raise SendingRefused(reason)
            case Unarchive():
                msg = "unarchiving is decided before"
                raise AssertionError(msg)

    async def _settle(self, claimed: Claimed, message_id: int, outcome: Outcome) -> None:
        spacing = timedelta(seconds=self._settings.edit_spacing_seconds)
        missing = outcome.missing if isinstance(outcome, Delivered) else frozenset()
        async with self._database.write() as tx:
            await store.settle(
                tx, claimed, message_id, now=self._clock(), edit_spacing=spacing, missing=missing
            )
        self.outcomes["posted" if claimed.delivery.message_id is None else "edited"] += 1

    async def _retry(self, claimed: Claimed, decision: Retry, outcome: Outcome) -> None:
        await self._give_back(claimed, decision, outcome)
        match outcome:
            case Limited():
                self.outcomes["limited"] += 1
            case Lost():
                self.outcomes["lost"] += 1
            case _:
                self.outcomes["retried"] += 1

    async def _bury(self, claimed: Claimed, reason: str) -> None:
        await self._finish(claimed, DEAD, error=reason)
        self.outcomes["dead"] += 1
        if claimed.delivery.message_id is None:
            self._lost_posts += 1
            detail = f"{self._lost_posts} since the start; the last one is row {claimed.delivery.id} of the outbox"
            self._watch.begins(Trouble.MESSAGES_LOST, detail)

    async def _give_back(self, claimed: Claimed, decision: Retry, outcome: Outcome) -> None:
        async with self._database.write() as tx:
            await store.retry(
                tx,
                claimed,
                due_at=self._clock() + timedelta(seconds=decision.seconds),
                unsure=decision.unsure,
                counts=decision.counts,
                error=str(outcome),
            )

    async def _finish(self, claimed: Claimed, state: str, *, error: str) -> None:
        async with self._database.write() as tx:
            await store.finish(tx, claimed, state, error=error)

    async def _block(self, claimed: Claimed, reason: str) -> None:
        now = self._clock()
        delivery = claimed.delivery
        async with self._database.write() as tx:
            await store.retry(tx, claimed, due_at=now, unsure=False, counts=False, error=reason)
            await store.block(tx, delivery.destination, reason, guild_id=delivery.guild_id, now=now)
            await self._told.on_blocked(tx, delivery.guild_id, delivery.destination, reason)
        self.outcomes["refused"] += 1
        log.warning("destination blocked", destination=delivery.destination.id, reason=reason)

    async def _give_up_uncertain(self, claimed: Claimed) -> None:
        why = "may have been posted; the channel cannot be read"
        async with self._database.write() as tx:
            await store.finish(tx, claimed, UNCERTAIN, error=why)
            await self._told.on_uncertain(tx, claimed.delivery)
        self.outcomes["uncertain"] += 1
        log.error("message uncertain", row=claimed.delivery.id)
