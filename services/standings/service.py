"""Use cases of standings: marked, listed, taken away, and loaded for whoever judges kills by them."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime

from services.domain.clock import Clock
from services.domain.errors import NotFound, UserError
from services.domain.ids import GuildId, UserId
from services.domain.killmail import OrganisationKind
from services.domain.standing import NO_STANDINGS, Mark, Standing, Standings
from services.standings import store
from services.storage.database import Database, Transaction

MAX_MARKS = 500
"""Marks one server may have. A coalition is some dozens of alliances; more is better said by marking those."""

Changed = Callable[[Transaction], Awaitable[None]]
"""Told, in the transaction, when marks changed: what was made from them is stale."""


class StandingService:
    """Marks live in the database; a copy of all of them is kept and renewed when any of them changed."""

    def __init__(self, database: Database, *, clock: Clock, changed: Changed) -> None:
        self._database = database
        self._clock = clock
        self._changed = changed
        self._copy: Mapping[GuildId, Standings] = {}
        self._version: datetime | None = None

    async def add(
        self,
        guild_id: GuildId,
        entities: Sequence[tuple[int, OrganisationKind, Standing]],
        *,
        by: UserId,
    ) -> Sequence[Mark]:
        """Mark them, all or none; of one named twice the last counts. Whoever bore another mark bears this one.

        UserError where a server would have too many. Nobody is marked neutral: that is to take the mark away.
        """
        if any(standing is Standing.NEUTRAL for _, _, standing in entities):
            raise UserError("Neutral is who bears no mark: use `/standing remove`.")
        now = self._clock()
        marks = {
            entity_id: Mark(
                entity_id=entity_id, kind=kind, standing=standing, added_by=by, added_at=now
            )
            for entity_id, kind, standing in entities
        }
        async with self._database.write() as tx:
            await store.save_marks(tx, guild_id, list(marks.values()))
            if (total := await store.count(tx, guild_id)) > MAX_MARKS:
                raise UserError(
                    f"This server would have {total} marks, and at most {MAX_MARKS} are kept. "
                    "Mark alliances in place of their corporations and pilots, or remove some first."
                )
            await self._touch(tx)
        return tuple(marks.values())

    async def remove(self, guild_id: GuildId, ids: Collection[int]) -> Sequence[Mark]:
        """Take marks away; returns those that there were. NotFound where there was none at all."""
        async with self._database.write() as tx:
            gone = [m for m in await store.load_guild(tx, guild_id) if m.entity_id in ids]
            if not gone:
                raise NotFound(
                    "None of them is marked here. `/standing list` shows who is us, friend or foe."
                )
            await store.remove(tx, guild_id, [mark.entity_id for mark in gone])
            await self._touch(tx)
        return gone

    async def all_of(self, guild_id: GuildId) -> Sequence[Mark]:
        """A server's marks: us, friends, foes; each by kind and id (`domain.standing.listed` orders by name)."""
        async with self._database.read() as tx:
            return await store.load_guild(tx, guild_id)

    async def standings(self, guild_id: GuildId) -> Standings:
        """Whom a server marked, to judge by."""
        async with self._database.read() as tx:
            return (await self.load_standings(tx)).get(guild_id, NO_STANDINGS)

    async def load_standings(self, tx: Transaction) -> Mapping[GuildId, Standings]:
        """Of every server that marked somebody; the same object as last time where nothing changed."""
        version = await store.load_version(tx)
        if version is None or version != self._version:
            marks = await store.load_all(tx)
            self._copy = {guild_id: Standings(of) for guild_id, of in marks.items()}
            self._version = version
        return self._copy

    async def forget_guild(self, tx: Transaction, guild_id: GuildId) -> None:
        """Delete a server's marks, in the caller's transaction."""
        await store.forget_guild(tx, guild_id)
        await self._touch(tx)

    async def _touch(self, tx: Transaction) -> None:
        await store.touch_version(tx, now=self._clock())
        await self._changed(tx)
