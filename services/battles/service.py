"""Battles as killmails come in, and as people ask for them.

Each new mail finds its connected component; the component's picture is made anew from all its mails. That costs more
than adding to the old picture and is never wrong: any order of arrival gives the same battles, and so does a mail that
is revised later (`reopening`).
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from services.battles import store
from services.battles.aside import count_aside
from services.battles.atlas import Atlas
from services.battles.grouping import Ground, Group, group
from services.battles.ids import stem
from services.battles.memory import LoadMails, MailMemory
from services.battles.naming import number_afresh
from services.battles.reopening import Reopened, heirs, reopen
from services.battles.rules import QUIET, Trace, is_battle, linkable, state_of
from services.battles.settings import BattleSettings
from services.battles.sides import Prior
from services.battles.store import Standing
from services.battles.summary import summarise
from services.domain.battle import Battle, BattleSearch, BattleState, Fought
from services.domain.clock import Clock
from services.domain.errors import NotFound
from services.domain.event import Batch, BattleChanged, Event, Revision
from services.domain.ids import BattleKey, KillmailId, SystemId
from services.domain.killmail import Killmail, Organisation
from services.storage.database import Database, Transaction
from services.storage.turns import BATTLES, take_turn

NO_KEY = BattleKey(0)

Tell = Callable[[Transaction, Sequence[Event]], Awaitable[None]]


class KnowsParties(Protocol):
    """Who remembers which parties flew with and against each other in the weeks before a battle."""

    async def prior(
        self, tx: Transaction, parties: Collection[Organisation], start: datetime
    ) -> Prior:
        """What is known of these parties from before `start`; the same whenever it is asked."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A component's new picture, and what stood there before."""

    battle: Battle
    rows: tuple[Standing, ...]
    joined: tuple[Killmail, ...]
    """Those that were in no battle before."""

    @property
    def absorbed(self) -> tuple[BattleKey, ...]:
        """Rows that are taken in."""
        return tuple(row.key for row in self.rows[1:])

    @property
    def public_id(self) -> str:
        """The id it had before."""
        return self.rows[0].public_id if self.rows else self.battle.public_id

    @property
    def stems_to_number(self) -> frozenset[str]:
        """None while a battle only grows; else its stem and those it leaves."""
        before = {row.stem for row in self.rows}
        if before == {self.battle.public_id} and not self.absorbed:
            return frozenset()
        return frozenset({self.battle.public_id, *before})


class BattleService:
    """A consumer of the pipeline, and the use cases of `/battle`."""

    def __init__(
        self,
        database: Database,
        atlas: Atlas,
        load_mails: LoadMails,
        *,
        settings: BattleSettings,
        clock: Clock,
        acquaintances: KnowsParties | None = None,
    ) -> None:
        self._database = database
        self._atlas = atlas
        self._ground = Ground(atlas=atlas, reach=settings.reach())
        self._memory = MailMemory(load_mails, size=settings.remembered_mails)
        self._clock = clock
        self._acquaintances = acquaintances

    async def consume(self, tx: Transaction, batch: Batch) -> Sequence[BattleChanged]:
        """Join new killmails to battles, and let battles follow what was revised; says which changed."""
        self._memory.begin()
        fresh = [a.killmail for a in batch.arrivals if linkable(a.killmail)]
        traces = [self._memory.learn(mail) for mail in fresh]
        revised = [r for r in batch.revisions if r.changes_battle]
        if revised:
            events = await self._join_revised(tx, traces, revised, now=batch.now)
        else:
            events = await self._join(tx, traces, Reopened(), now=batch.now)
        self._memory.trim()
        return events

    async def _join_revised(
        self, tx: Transaction, fresh: list[Trace], revised: Sequence[Revision], *, now: datetime
    ) -> list[BattleChanged]:
        await self._memory.renew(tx, [revision.before.id for revision in revised], now=now)
        reopened = await reopen(tx, self._memory, revised, self._atlas.space_of)
        return await self._join(tx, [*fresh, *reopened.traces], reopened, now=now)

    async def _join(
        self, tx: Transaction, traces: Sequence[Trace], reopened: Reopened, *, now: datetime
    ) -> list[BattleChanged]:
        groups = await group(tx, self._memory, traces, ground=self._ground)
        grown = {key for found in groups for key in found.keys}
        groups += [found for found in reopened.groups if not found.keys & grown]
        changes, gone = await self._changes(tx, groups, reopened, now=now)
        events = await self._write(tx, changes, gone)
        return [_compared(event, reopened.before.get(event.battle.key)) for event in events]

    async def _changes(
        self, tx: Transaction, groups: Sequence[Group], reopened: Reopened, *, now: datetime
    ) -> tuple[list[_Change], list[Standing]]:
        """The new pictures, and the rows of which no battle is left.

        A component that is no battle (a lone mail, one party) changes nothing.
        """
        groups = [found for found in groups if found.keys or len(found.loose) > 1]
        keys = {key for found in groups for key in found.keys}
        standing = await store.load_standing(tx, {*keys, *reopened.parted})
        members = await store.load_members(tx, keys)
        fought: list[tuple[Group, Sequence[Killmail]]] = []
        for found in groups:
            ids = found.loose.union(*(members[key] for key in found.keys))
            mails = await self._memory.mails(tx, ids)
            if is_battle(mails):
                fought.append((found, mails))
        inherited = heirs(reopened.parted, [found for found, _ in fought])
        for key, heir in inherited.items():
            heir.keys.add(key)
        changes = [
            await self._change(tx, found, mails, [standing[key] for key in found.keys], now=now)
            for found, mails in fought
        ]
        return changes, [standing[key] for key in reopened.parted if key not in inherited]

    async def _change(
        self,
        tx: Transaction,
        found: Group,
        mails: Sequence[Killmail],
        rows: Sequence[Standing],
        *,
        now: datetime,
    ) -> _Change:
        """The earliest-starting row goes on and takes in the others; the place is that of the earliest mail."""
        rows = sorted(rows, key=lambda row: (row.start, row.key))
        first = min(mails, key=lambda mail: (mail.time, mail.id))
        summarised = partial(
            summarise,
            mails,
            key=rows[0].key if rows else NO_KEY,
            public_id=stem(self._atlas.system_name(first.system_id), first.time),
            state=state_of(max(mail.time for mail in mails), now),
            atlas=self._atlas,
            prior=await self._prior(tx, mails, first.time),
        )
        battle = await count_aside(mails, summarised)
        joined = tuple(mail for mail in mails if mail.id in found.loose)
        return _Change(battle=battle, rows=tuple(rows), joined=joined)

    async def _prior(
        self, tx: Transaction, mails: Sequence[Killmail], start: datetime
    ) -> Prior | None:
        if self._acquaintances is None:
            return None
        parties = await self._memory.parties(tx, [mail.id for mail in mails])
        return await self._acquaintances.prior(tx, parties, start)

    async def _write(
        self, tx: Transaction, changes: Sequence[_Change], gone: Sequence[Standing]
    ) -> list[BattleChanged]:
        await store.drop(tx, [row.key for row in gone])
        for change in changes:
            if change.absorbed:
                await store.absorb(tx, change.battle.key, change.absorbed)
        new = [change for change in changes if not change.rows]
        region_of = self._atlas.region_of
        created = await store.create(tx, [change.battle for change in new], region_of)
        grown = [change for change in changes if change.rows]
        await store.save(tx, [change.battle for change in grown], region_of)
        written = [
            *zip(created, new, strict=True),
            *((change.battle, change) for change in grown),
        ]
        joined = [(battle.key, mail) for battle, change in written for mail in change.joined]
        await store.join(tx, joined, region_of)
        stems = {name for change in changes for name in change.stems_to_number}
        names = await number_afresh(tx, stems | {row.stem for row in gone})
        return [
            BattleChanged(
                battle=replace(battle, public_id=names.get(battle.key, change.public_id)),
                absorbed=change.absorbed,
            )
            for battle, change in written
        ]

    async def end_quiet(self, tell: Tell) -> int:
        """End the battles in which nothing died for half an hour, and tell; returns how many."""
        now = self._clock()
        async with self._database.read() as tx:
            if not await store.load_quiet(tx, last_before=now - QUIET):
                return 0
        async with self._database.write() as tx:
            await take_turn(tx, BATTLES)
            keys = await store.load_quiet(tx, last_before=now - QUIET)
            await store.set_state(tx, keys, BattleState.ENDED)
            battles = await store.load_battles(tx, keys, self._atlas.space_of)
            await tell(tx, [_ended(battle) for battle in battles])
        return len(keys)

    async def before_pruning(self, tx: Transaction, ids: Sequence[KillmailId]) -> None:
        """Details of these mails go: their battles keep the picture they have."""
        await store.freeze(tx, ids)
        self._memory.forget(ids)

    async def is_fought_in_time(
        self, tx: Transaction, battle: Battle, *, since: datetime, lag: timedelta
    ) -> bool:
        """Whether a kill of it came in after `since`, within `lag` of its publication: it is not only read up on."""
        return await store.holds_a_kill_in_time(tx, battle.key, since=since, lag=lag)

    async def in_one_battle(
        self, tx: Transaction, killmail_id: KillmailId, among: Collection[KillmailId]
    ) -> frozenset[KillmailId]:
        """Those of these killmails that belong to the same battle as this one; none when it belongs to none."""
        return await store.load_in_one_battle(tx, killmail_id, among)

    async def mark_shown(self, tx: Transaction, battle: Battle) -> None:
        """The battle's present id is about to be seen by people: it must lead to it for ever."""
        await store.mark_shown(tx, [battle.public_id])

    async def search(self, search: BattleSearch, *, shown: bool = True) -> list[Battle]:
        """Battles, latest first. `shown`: somebody will read their ids."""
        async with self._database.read() as tx:
            found = await store.load_search(tx, search, self._atlas.space_of)
        if shown and found:
            async with self._database.write() as tx:
                await store.mark_shown(tx, [battle.public_id for battle in found])
        return found

    async def count_found(self, search: BattleSearch) -> int:
        """How many battles meet a search, whatever its limit and offset."""
        async with self._database.read() as tx:
            return await store.count_search(tx, search)

    async def fought(
        self, systems: Collection[SystemId], start: datetime, end: datetime
    ) -> dict[SystemId, Fought]:
        """What battles of any size left in each of these systems within [start, end); quiet ones are absent."""
        async with self._database.read() as tx:
            return await store.load_fought(tx, systems, start, end)

    async def get(self, public_id: str) -> Battle:
        """The battle that an id leads to, even one it had before a merge; its present id counts as shown from now on.

        NotFound for an unknown id.
        """
        async with self._database.read() as tx:
            key = await store.find_key(tx, public_id)
            found = await store.load_battles(tx, [key], self._atlas.space_of) if key else []
            seen = bool(found) and await store.is_shown(tx, found[0].public_id)
        if not found:
            raise NotFound("I know no battle with that id. `/battle list` lists those I have seen.")
        if not seen:
            async with self._database.write() as tx:
                await store.mark_shown(tx, [found[0].public_id])
        return found[0]

    async def load_mails(self, tx: Transaction, ids: Collection[KillmailId]) -> list[Killmail]:
        """Killmails of battles with their attackers, mostly from memory. The caller has the turn (`BATTLES`)."""
        self._memory.begin()
        found = await self._memory.mails(tx, ids)
        self._memory.trim()
        return found

    async def load(self, tx: Transaction, key: BattleKey) -> Battle | None:
        """The battle of a row; None when it is no more."""
        found = await store.load_battles(tx, [key], self._atlas.space_of)
        return found[0] if found else None

    async def newest(self) -> Battle | None:
        """The latest battle of all, for a sample that people will see."""
        found = await self.search(BattleSearch(limit=1))
        return found[0] if found else None


def _compared(event: BattleChanged, before: Battle | None) -> BattleChanged:
    """With how it stood, where the same killmails make it up."""
    if before is None or before.killmail_ids != event.battle.killmail_ids:
        return event
    return replace(event, before=before)


def _ended(battle: Battle) -> BattleChanged:
    return BattleChanged(battle=battle, before=replace(battle, state=BattleState.OPEN))
