"""What victims had aboard: kept, fetched, wanted, or given up with a reason.

Nothing is fetched that nobody asked for. What is wanted is a row, so that a restart forgets nothing, and each row is
claimed before ESI is asked: several processes may run this, and none asks for what another one is asking for.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy import Row

from services.domain.clock import Clock
from services.domain.fetch import FetchedFit, FetchState
from services.domain.ids import KillmailId
from services.domain.killmail import Item
from services.domain.trouble import NoWatch, TroubleWatch
from services.fits import store
from services.fits.fetching import FitSource, Known, Later, Outcome, Refused, fetch_fit
from services.fits.settings import FitSettings
from services.fits.store import Claim
from services.storage.database import Database, Transaction

CLAIM = timedelta(minutes=2)
"""How long a claim holds: ESI answers or is given up within half a minute, and waits for its pace for as long."""
NO_NETWORK = "Not asked: no network."
NO_HASH = "Its hash is not known here, and ESI wants it."

log = structlog.get_logger(__name__)


class KeptMails(Protocol):
    """What is needed of the stored killmails."""

    async def load_hashes(
        self, tx: Transaction, ids: Collection[KillmailId]
    ) -> Mapping[KillmailId, str]:
        """The hash of each that is stored; those without one are missing."""
        ...

    async def load_kept_items(
        self, tx: Transaction, ids: Collection[KillmailId]
    ) -> Mapping[KillmailId, tuple[Item, ...]]:
        """What the victims carried; those whose items are not kept are missing."""
        ...


class Packing(Protocol):
    """How items lie in a column."""

    def pack_items(self, items: Sequence[Item]) -> bytes:
        """The stacks in their order."""
        ...

    def unpack_items(self, blob: bytes | None) -> tuple[Item, ...] | None:
        """And back; None for None."""
        ...


class FitService:
    """Run `run()` for ever: it fetches what was wanted."""

    def __init__(
        self,
        database: Database,
        source: FitSource | None,
        *,
        mails: KeptMails,
        packing: Packing,
        settings: FitSettings,
        clock: Clock,
        watch: TroubleWatch | None = None,
    ) -> None:
        """Make the service.

        Args:
            database: where the rows are.
            source: ESI; None where there is no network, and then nobody is asked.
            mails: the stored killmails.
            packing: how their items are kept.
            settings: pace, patience, and ages.
            clock: the time.
            watch: who hears that ESI's answers have another shape.
        """
        self._database = database
        self._source = source
        self._mails = mails
        self._packing = packing
        self._settings = settings
        self._clock = clock
        self._watch = watch or NoWatch()
        self._bell = asyncio.Event()

    async def fits(self, ids: Collection[KillmailId]) -> dict[KillmailId, FetchedFit]:
        """How it stands with each of these.

        Those that are neither kept nor were ever wanted are missing; where there is no network they have failed.
        """
        async with self._database.read() as tx:
            kept = await self._mails.load_kept_items(tx, ids)
            rows = await store.load_rows(tx, [key for key in ids if key not in kept])
        found = {
            key: FetchedFit(killmail_id=key, state=FetchState.SUCCEEDED, items=items)
            for key, items in kept.items()
        }
        found |= {row.killmail_id: self._fit(row) for row in rows}
        if self._source is None:
            offline = [key for key in ids if key not in found or found[key].items is None]
            found |= {key: _not_asked(key) for key in offline}
        return found

    async def want(self, ids: Collection[KillmailId]) -> None:
        """Have those fetched that are not kept; the same again changes nothing.

        One that was given up is wanted anew, but for the first minutes (`again_minutes`).
        """
        if self._source is None:
            return
        async with self._database.read() as tx:
            kept = await self._mails.load_kept_items(tx, ids)
            known = await store.load_rows(tx, ids)
        now = self._clock()
        failed_before = now - timedelta(minutes=self._settings.again_minutes)
        settled = {row.killmail_id for row in known if not _is_stale(row, failed_before)}
        wanted = [key for key in dict.fromkeys(ids) if key not in kept and key not in settled]
        if not wanted:
            return
        async with self._database.write() as tx:
            changed = await store.want(tx, wanted, now=now)
        if changed:
            log.info("fits are wanted", killmails=changed)
            self._bell.set()

    async def run(self) -> None:
        """Fetch for ever; returns only when cancelled. Errors of the database are raised."""
        while True:
            self._bell.clear()
            if not await self.step():
                await self._rest()

    async def step(self) -> int:
        """Fetch what is due, at most `parallel_requests` killmails; returns how many were asked for."""
        if self._source is None or not await self._anything_due():
            return 0
        now = self._clock()
        async with self._database.write() as tx:
            claims = await store.claim(
                tx,
                now=now,
                until=now + CLAIM,
                limit=self._settings.parallel_requests,
                most_tries=self._settings.tries,
            )
            hashes = await self._mails.load_hashes(tx, [claim.killmail_id for claim in claims])
        outcomes = await asyncio.gather(
            *(self._fetch(self._source, claim, hashes) for claim in claims)
        )
        async with self._database.write() as tx:
            for claim, outcome in zip(claims, outcomes, strict=True):
                await store.settle(tx, claim, self._settled(claim, outcome))
        return len(claims)

    async def prune(self) -> int:
        """Forget what was wanted long ago; returns how many. Run it once a day."""
        before = self._clock() - timedelta(days=self._settings.keep_days)
        async with self._database.write() as tx:
            return await store.prune(tx, before=before)

    async def _rest(self) -> None:
        """Until somebody wants something here, or it is time to look what others were asked for."""
        try:
            async with asyncio.timeout(self._settings.idle_seconds):
                await self._bell.wait()
        except TimeoutError:
            return

    async def _anything_due(self) -> bool:
        """Asked of a reader, so that an idle bot never takes the write lock."""
        async with self._database.read() as tx:
            due = await store.load_next_due(tx)
        return due is not None and due <= self._clock()

    async def _fetch(
        self, source: FitSource, claim: Claim, hashes: Mapping[KillmailId, str]
    ) -> Outcome:
        killmail_hash = hashes.get(claim.killmail_id)
        if killmail_hash is None:
            return Refused(reason=NO_HASH)
        return await fetch_fit(source, claim.killmail_id, killmail_hash, watch=self._watch)

    def _settled(self, claim: Claim, outcome: Outcome) -> dict[str, Any]:
        match outcome:
            case Known(items=items):
                return store.succeeded(self._packing.pack_items(items))
            case Refused(reason=reason):
                return store.failed(reason)
            case Later(reason=reason) if claim.tries >= self._settings.tries:
                return store.failed(f"Given up after {claim.tries} tries. The last: {reason}")
            case Later(reason=reason, wait=wait):
                return store.postponed(reason, self._next_try(claim.tries, wait))

    def _next_try(self, tries: int, wait: float | None) -> datetime:
        grown = self._settings.first_wait_seconds * 3.0 ** (tries - 1)
        seconds = max(min(grown, self._settings.longest_wait_seconds), wait or 0.0)
        return self._clock() + timedelta(seconds=seconds)

    def _fit(self, row: Row[Any]) -> FetchedFit:
        state = FetchState(row.state)
        return FetchedFit(
            killmail_id=row.killmail_id,
            state=state,
            items=self._packing.unpack_items(row.items),
            tries=row.tries,
            next_try_at=row.next_try_at if state is FetchState.PENDING else None,
            error=row.error,
        )


def _is_stale(row: Row[Any], failed_before: datetime) -> bool:
    """It was given up long enough ago to be asked for anew."""
    return bool(row.state == FetchState.FAILED and row.claimed_at <= failed_before)


def _not_asked(killmail_id: KillmailId) -> FetchedFit:
    return FetchedFit(killmail_id=killmail_id, state=FetchState.FAILED, error=NO_NETWORK)
