"""Occupancy and contested shares, from ESI (`/fw/systems`): a polled source.

An answer is compared with what is kept, and with the snapshots of the last hour for moves of the share. What the answer
does not name stays as it is; what two answers in a row do not name is no longer in the warzone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from services.domain.ids import FactionId, SystemId
from services.domain.occurrence import Occurrence
from services.domain.trouble import TroubleWatch
from services.domain.warfare import Role, WarzoneSystem
from services.esi.reading import Reader, Rows
from services.polling.asked import AsksEsi, fetch_route
from services.polling.source import Fetched, Moment
from services.storage.database import Transaction
from services.universe.universe import Universe
from services.warfare import enemies, store
from services.warfare.changes import held, pack
from services.warfare.doubts import refuse_shrunken
from services.warfare.roles import Pair, roles
from services.warfare.rules import changes, occupiers, reset_since, shifted
from services.warfare.settings import WarfareSettings
from services.warfare.shifts import find_moves
from services.warfare.wire import SYSTEMS, SystemRow

NAME = "fw-systems"
_NOTES = "fw-notes"
_HOUR = timedelta(hours=1)
_WORD = 32
"""Characters of a state that are kept."""

Systems = dict[SystemId, WarzoneSystem]


class _Notes(msgspec.Struct):
    """What must be remembered from one answer to the next beside the warzone itself."""

    told: dict[int, datetime] = {}
    """By system: when a move of its share was last told, within the last hour."""
    missed: tuple[int, ...] = ()
    """Systems that the last answer did not name."""


class FwSystemSource:
    """`/fw/systems`."""

    name = NAME

    def __init__(
        self,
        esi: AsksEsi,
        universe: Universe,
        settings: WarfareSettings,
        *,
        watch: TroubleWatch | None = None,
    ) -> None:
        self._esi = esi
        self._universe = universe
        self._settings = settings
        self._reader = Reader(watch)

    @property
    def pace(self) -> timedelta:
        """As ESI makes it."""
        return self._settings.systems_pace

    async def fetch(self, etag: str | None) -> Fetched[Rows[SystemRow]]:
        """Ask. Raises SourceFault."""

        def read(body: bytes) -> Rows[SystemRow]:
            return self._reader.read_rows(body, SystemRow, path=SYSTEMS)

        return await fetch_route(self._esi, SYSTEMS, read, etag=etag)

    async def take(
        self, tx: Transaction, value: Rows[SystemRow] | None, moment: Moment
    ) -> Sequence[Occurrence]:
        """Compare, keep, say what happened. Raises SourceFault, Doubted."""
        if value is None:
            await store.add_changes(tx, moment.at, b"")
            return ()
        old = await store.load_systems(tx)
        named = {SystemId(row.solar_system_id): row for row in value.rows}
        shrunken = refuse_shrunken(len(named), len(old), moment, self._settings)
        notes = await store.load_copy(tx, _NOTES, _Notes) or _Notes()
        at, since = moment.at, moment.since(self.pace)
        gone = set() if value.skipped else old.keys() - named.keys()
        lost = gone if shrunken else gone & set(notes.missed)
        new = self._joined(old, named, await enemies.load(tx), lost=lost, at=at)
        told = {key: when for key, when in notes.told.items() if at - when <= _HOUR}
        moves = await self._moves(tx, old, new, told=told, at=at)
        await _keep(tx, old, new, at=at, lost=lost)
        told |= dict.fromkeys(moves, at)
        after = _Notes(told=told, missed=tuple(sorted(gone - lost)))
        if after != notes:
            await store.save_copy(tx, _NOTES, after, at=at)
        shifts = (shifted(new[key], before=b, at=at, since=since) for key, b in moves.items())
        return [*changes(old, new, at=at, since=since), *shifts]

    async def _moves(
        self,
        tx: Transaction,
        old: Systems,
        new: Systems,
        *,
        told: Mapping[int, datetime],
        at: datetime,
    ) -> dict[SystemId, float]:
        rows = await store.load_history(tx, since=at - _HOUR, until=at)
        if not rows and (last := await store.load_last(tx, before=at)) is not None:
            rows = await store.load_history(tx, since=last, until=at)
        return find_moves(old, new, rows, step=self._settings.shift, told=told, at=at)

    def _joined(
        self,
        old: Systems,
        named: Mapping[SystemId, SystemRow],
        pairs: Sequence[Pair],
        *,
        lost: Collection[SystemId],
        at: datetime,
    ) -> Systems:
        """The warzone as the answer says, and as it was where the answer says nothing."""
        kept = {key: system for key, system in old.items() if key not in lost}
        held_by = occupiers(kept)
        held_by |= {key: FactionId(row.occupier_faction_id) for key, row in named.items()}
        found = roles(held_by, self._universe.gates, pairs)
        return {
            key: joined(named[key], old.get(key), found[key], at=at)
            if key in named
            else replace(kept[key], role=found[key])
            for key in held_by
        }


async def _keep(
    tx: Transaction, old: Systems, new: Systems, *, at: datetime, lost: set[SystemId]
) -> None:
    """The warzone as it is now, and what that replaced."""
    changed = {key: system for key, system in new.items() if system != old.get(key)}
    await store.save_systems(tx, changed.values())
    if lost:
        await store.delete_systems(tx, lost)
    before = {key: held(old[key]) if key in old else None for key in (*changed, *sorted(lost))}
    replaced = {k: was for k, was in before.items() if k not in new or was != held(new[k])}
    await store.add_changes(tx, at, pack(replaced))


def joined(
    row: SystemRow, before: WarzoneSystem | None, role: Role | None, *, at: datetime
) -> WarzoneSystem:
    """A system as an answer tells it, with what is known of it from before."""
    occupier = FactionId(row.occupier_faction_id)
    flipped = before is not None and before.occupier_id != occupier
    known_since = before.occupied_since if before is not None else None
    system = WarzoneSystem(
        system_id=SystemId(row.solar_system_id),
        owner_id=FactionId(row.owner_faction_id),
        occupier_id=occupier,
        contested=row.contested[:_WORD],
        victory_points=row.victory_points,
        threshold=row.victory_points_threshold,
        role=role,
        occupied_since=at if flipped else known_since,
    )
    reset_at = reset_since(before, system, at=at)
    return system if reset_at is None else replace(system, reset_at=reset_at)
