"""What one answer after the other says of incursions: pure.

An incursion is gone when two good answers did not hold it, one after the other; a single one may be an oversight. Rows
that could not be read say nothing about who is missing. One that is back at its beginning after an hour in which nobody
looked, or that stages elsewhere, is another one in the same constellation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.domain.ids import ConstellationId, FactionId, SystemId
from services.domain.incursion import Incursion
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.polling.source import Moment

_ANSWERS = 2
"""Good answers without it that settle that it is gone."""
_LONG = timedelta(hours=1)
"""Nobody looked for so long: an incursion may have gone and another one come."""
_STAGES = ("established", "mobilizing", "withdrawing")
_TOLD = {
    "mobilizing": OccurrenceKind.INCURSION_MOBILIZING,
    "withdrawing": OccurrenceKind.INCURSION_WITHDRAWING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One incursion as an answer has it; the staging system first."""

    constellation_id: ConstellationId
    faction_id: FactionId
    systems: tuple[SystemId, ...]
    state: str
    influence: float
    has_boss: bool


@dataclass(frozen=True, slots=True)
class Sightings:
    """One answer. `whole`: every row of it could be read."""

    rows: tuple[Sighting, ...]
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """An incursion that is followed. `missed`: good answers without it since it was last seen."""

    incursion: Incursion
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What an answer changed: rows as they are now, and what happened."""

    followed: tuple[Followed, ...]
    found: tuple[Occurrence, ...]


def is_doubtful(followed: Sequence[Followed], answer: Sightings) -> bool:
    """Fewer than half of those that the last answer held: rather a fault of the source than the truth."""
    held = sum(one.missed == 0 for one in followed)
    return 2 * len(answer.rows) < held


def advance(
    followed: Sequence[Followed], answer: Sightings | None, moment: Moment, *, pace: timedelta
) -> Step:
    """Compare an answer with those that are followed (none of them gone); None: the same answer once more."""
    steps: list[tuple[Followed, list[Occurrence]]] = []
    rows = {} if answer is None else {row.constellation_id: row for row in answer.rows}
    for one in followed:
        row = rows.get(one.incursion.constellation_id)
        if row is not None and not _is_another(one.incursion, row, moment):
            del rows[row.constellation_id]
            steps.append(_seen(one, row, moment, pace=pace))
        elif row is not None:
            steps.append(_gone(one, moment, pace=pace))
        elif answer is None and one.missed == 0:
            steps.append((replace(one, incursion=replace(one.incursion, seen=moment.at)), []))
        else:
            steps.append(_missed(one, moment, pace=pace, counts=answer is None or answer.whole))
    steps += [_new(row, moment, pace=pace) for row in rows.values()]
    return Step(tuple(one for one, _ in steps), tuple(_flat(found for _, found in steps)))


def _is_another(known: Incursion, row: Sighting, moment: Moment) -> bool:
    if (row.faction_id, row.systems[0]) != (known.faction_id, known.staging_id):
        return True
    began_again = row.state == _STAGES[0] and known.state in _STAGES[1:]
    return began_again and moment.at - known.seen > _LONG


def _seen(
    one: Followed, row: Sighting, moment: Moment, *, pace: timedelta
) -> tuple[Followed, list[Occurrence]]:
    before = one.incursion
    changed = row.state != before.state
    now = replace(
        before,
        systems=row.systems,
        state=row.state,
        influence=row.influence,
        has_boss=row.has_boss,
        seen=moment.at,
        state_since=_begun(moment, pace) if changed else before.state_since,
    )
    kind = _TOLD.get(row.state) if changed else None
    found = [] if kind is None else [_occurrence(kind, now, moment, since=moment.since(pace))]
    return Followed(incursion=now), found


def _missed(
    one: Followed, moment: Moment, *, pace: timedelta, counts: bool
) -> tuple[Followed, list[Occurrence]]:
    missed = one.missed + counts
    if missed >= _ANSWERS:
        return _gone(one, moment, pace=pace)
    return replace(one, missed=missed), []


def _gone(one: Followed, moment: Moment, *, pace: timedelta) -> tuple[Followed, list[Occurrence]]:
    now = replace(one.incursion, gone=moment.at)
    # Two answers settle it, so twice the pace is the usual time.
    since = now.seen if moment.at - now.seen > (_ANSWERS + 1) * pace else None
    found = _occurrence(OccurrenceKind.INCURSION_GONE, now, moment, since=since)
    return Followed(incursion=now, missed=one.missed + 1), [found]


def _new(row: Sighting, moment: Moment, *, pace: timedelta) -> tuple[Followed, list[Occurrence]]:
    incursion = Incursion(
        key=f"{row.constellation_id}:{moment.at:%Y%m%d%H%M}",
        constellation_id=row.constellation_id,
        faction_id=row.faction_id,
        staging_id=row.systems[0],
        systems=row.systems,
        state=row.state,
        influence=row.influence,
        has_boss=row.has_boss,
        first_seen=moment.at,
        seen=moment.at,
        state_since=_begun(moment, pace),
    )
    kind = OccurrenceKind.INCURSION_STARTED
    found = _occurrence(kind, incursion, moment, since=moment.since(pace))
    return Followed(incursion=incursion), [found]


def _begun(moment: Moment, pace: timedelta) -> datetime | None:
    """When a state began; None where nobody had looked for a while, or ever."""
    return None if moment.is_first or moment.since(pace) is not None else moment.at


def _occurrence(
    kind: OccurrenceKind, incursion: Incursion, moment: Moment, *, since: datetime | None
) -> Occurrence:
    return Occurrence(
        key=f"{kind}:{incursion.key}",
        kind=kind,
        at=moment.at,
        since=since,
        systems=incursion.systems,
        others=(Organisation(incursion.faction_id, OrganisationKind.FACTION),),
        after=incursion.influence,
        subject=incursion.constellation_id,
        word=incursion.state,
    )


def _flat(lists: Iterable[Sequence[Occurrence]]) -> Iterable[Occurrence]:
    return (one for found in lists for one in found)
