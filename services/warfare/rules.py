"""What happened between two answers about the warzone. Pure; a system that one of them does not name says nothing.

ESI shows a capture in two steps: the points go from all to 0 at once while the old occupier is still named, and half an
hour to more than a day later the new one is. The first step is told as what it is, and never as "not taken".
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from services.domain.ids import FactionId, SystemId
from services.domain.killmail import Organisation, OrganisationKind, party
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.warfare import WarzoneSystem
from services.warfare.changes import held, is_reset
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


def reset_since(
    before: WarzoneSystem | None, now: WarzoneSystem, *, at: datetime
) -> datetime | None:
    """Since when a system is reset that was so before, or is since this answer; None: it is not, or no longer."""
    if before is None or before.occupier_id != now.occupier_id:
        return None
    if now.victory_points or now.is_vulnerable:
        return None
    if before.reset_at is not None:
        return before.reset_at
    return at if before.is_vulnerable or is_reset(held(before), held(now)) else None


def changes(
    old: Systems, new: Systems, *, at: datetime, since: datetime | None = None
) -> Iterator[Occurrence]:
    """Systems that changed hands, became vulnerable, were reset, or are no longer vulnerable.

    Roles are told where somewhere in the same answer a system changed hands: a role that is another for want of better
    knowledge (of gates, of who is at war) is no event.
    """
    both = [(old[key], system) for key, system in new.items() if key in old]
    for before, now in both:
        if before.occupier_id != now.occupier_id:
            yield _flip(before, now, at=at, since=since)
        elif now.is_reset:
            if not before.is_reset:
                yield _told(OccurrenceKind.RESET, now, at=at, since=since, before=before.share)
        elif (before.is_vulnerable or before.is_reset) and not now.is_vulnerable:
            was = before.reset_at
            yield _told(OccurrenceKind.SAFE, now, at=at, since=since, after=now.share, starts=was)
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
        starts=before.reset_at,
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
