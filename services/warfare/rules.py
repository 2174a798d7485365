"""What happened between two answers about the warzone. Pure; a system that one of them does not name says nothing."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from services.domain.ids import FactionId, SystemId
from services.domain.killmail import Organisation, OrganisationKind, party
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.warfare import WarzoneSystem
from services.warfare.roles import zone_of

Systems = Mapping[SystemId, WarzoneSystem]


def faction(faction_id: FactionId) -> Organisation:
    """A faction as a party."""
    return party(faction_id, OrganisationKind.FACTION)


def occupiers(systems: Systems) -> dict[SystemId, FactionId]:
    """By system, who occupies it."""
    return {key: system.occupier_id for key, system in systems.items()}


def minute(moment: datetime) -> str:
    """A moment in a key."""
    return f"{moment:%Y%m%d%H%M}"


def changes(
    old: Systems, new: Systems, *, at: datetime, since: datetime | None = None
) -> Iterator[Occurrence]:
    """Systems that changed hands, became vulnerable, or are no longer so.

    Roles are told where somewhere in the same answer a system changed hands: a role that is another for want of better
    knowledge (of gates, of who is at war) is no event.
    """
    both = [(old[key], system) for key, system in new.items() if key in old]
    for before, now in both:
        if before.occupier_id != now.occupier_id:
            yield _flip(before, now, at=at, since=since)
        elif before.is_vulnerable and not now.is_vulnerable:
            yield _told(OccurrenceKind.SAFE, now, at=at, since=since)
        if now.is_vulnerable and not (
            before.is_vulnerable and before.occupier_id == now.occupier_id
        ):
            yield _told(OccurrenceKind.VULNERABLE, now, at=at, since=since)
    if any(before.occupier_id != now.occupier_id for before, now in both):
        for before, now in both:
            if None not in (before.role, now.role) and before.role is not now.role:
                yield _told(OccurrenceKind.ROLE, now, at=at, since=since, word=str(now.role))


def shifted(
    now: WarzoneSystem, *, before: float, at: datetime, since: datetime | None = None
) -> Occurrence:
    """A share that moved by much, from `before` to what it is."""
    return _told(OccurrenceKind.SHIFT, now, at=at, since=since, before=before, after=now.share)


def _flip(
    before: WarzoneSystem, now: WarzoneSystem, *, at: datetime, since: datetime | None
) -> Occurrence:
    others = {now.owner_id} - {before.occupier_id, now.occupier_id}
    return Occurrence(
        key=f"{OccurrenceKind.FLIP}:{now.system_id}:{now.occupier_id}:{minute(at)}",
        kind=OccurrenceKind.FLIP,
        at=at,
        since=since,
        systems=(now.system_id,),
        old=faction(before.occupier_id),
        new=faction(now.occupier_id),
        others=tuple(map(faction, others)),
    )


def _told(
    kind: OccurrenceKind, now: WarzoneSystem, *, at: datetime, since: datetime | None, **more: Any
) -> Occurrence:
    """Something about a system that concerns its occupier first, its owner, and whoever fights over it."""
    concerned = dict.fromkeys((now.occupier_id, now.owner_id, *zone_of(now.occupier_id)))
    return Occurrence(
        key=f"{kind}:{now.system_id}:{minute(at)}",
        kind=kind,
        at=at,
        since=since,
        systems=(now.system_id,),
        others=tuple(map(faction, concerned)),
        **more,
    )
