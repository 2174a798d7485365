"""What one answer after the other says of a war: pure.

A war is told where one of its parties bears a mark. It is announced when it is declared, unless that was long ago or
before anybody looked; that fighting begins is told by the clock, for ESI names the moment beforehand. So is that it is
over, where its end was named beforehand, which is told at once too.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.domain.ids import WarId
from services.domain.killmail import Organisation
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.war import War
from services.polling.source import Moment

RETRACTED = "retracted"
_OVER = ":over"
"""Behind the key of an end that came, where the end was told beforehand."""
_LATE = timedelta(hours=2)
"""ESI names a war up to an hour after its declaration, and looks take their time: so late it is news of now."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which wars are looked at: none below `floor`; those up to `head` were declared before anybody looked."""

    floor: WarId
    head: WarId

    @classmethod
    def parse(cls, text: str) -> "Bounds":
        """Read what `str` wrote."""
        floor, _, head = text.partition(":")
        return cls(WarId(int(floor)), WarId(int(head)))

    def __str__(self) -> str:
        return f"{self.floor}:{self.head}"


def is_over(war: War, now: datetime) -> bool:
    """Nobody may shoot any more. ESI names the end up to a day beforehand."""
    return war.finished is not None and war.finished <= now


def due_at(war: War, *, marked: Collection[int], again: timedelta) -> datetime | None:
    """When to ask for it again; None: never, for it is over or concerns nobody."""
    if is_over(war, war.fetched) or not concerns(war, marked):
        return None
    return war.fetched + again


def concerns(war: War, marked: Collection[int]) -> bool:
    """One of its parties bears a mark."""
    return any(party.id in marked for party in war.parties)


def found_new(
    war: War, moment: Moment, *, bounds: Bounds, fresh: timedelta
) -> Iterator[Occurrence]:
    """What is told of a war that was not known."""
    young = moment.now - war.declared < fresh
    if war.id > bounds.head and young and not is_over(war, moment.now):
        at = moment.at if moment.at - war.declared < _LATE else war.declared
        yield occurrence(OccurrenceKind.WAR_DECLARED, war, at=at)


def changed(before: War, war: War, moment: Moment) -> Iterator[Occurrence]:
    """What is told of one that was."""
    for ally in war.allies:
        if ally not in before.allies:
            kind = OccurrenceKind.WAR_ALLY
            yield occurrence(kind, war, at=moment.at, suffix=f":{ally.id}", others=(ally,))
    if war.finished is not None and before.finished is None:
        yield occurrence(OccurrenceKind.WAR_FINISHED, war, at=moment.at)


def ended(war: War, before: War | None, now: datetime) -> Iterator[Occurrence]:
    """That it is over, of a war whose end came between the look before and this one and was named beforehand.

    `before`: what was known of it in the look before, where this one read it anew.
    """
    told_now = before is not None and before.finished is None
    if war.finished is not None and is_over(war, now) and not told_now:
        over = occurrence(OccurrenceKind.WAR_FINISHED, war, at=war.finished, suffix=_OVER)
        yield replace(over, word=None)  # how it came to an end was told beforehand


def begun(war: War, now: datetime) -> Iterator[Occurrence]:
    """That fighting may begin, of a war whose beginning came between the look before and this one."""
    if war.started is not None and not is_over(war, now):
        yield occurrence(OccurrenceKind.WAR_STARTED, war, at=war.started)


def occurrence(
    kind: OccurrenceKind,
    war: War,
    *,
    at: datetime,
    suffix: str = "",
    others: tuple[Organisation, ...] | None = None,
) -> Occurrence:
    """The same for every kind: who, since when, and until when where that is known."""
    retracted = kind is OccurrenceKind.WAR_FINISHED and war.retracted is not None
    return Occurrence(
        key=f"{kind}:{war.id}{suffix}",
        kind=kind,
        at=at,
        old=war.aggressor.party,
        new=war.defender.party,
        others=war.allies if others is None else others,
        starts=war.started,
        ends=war.finished,
        subject=war.id,
        word=RETRACTED if retracted else None,
    )
