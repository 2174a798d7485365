"""What changed from one state of the systems to the next, as occurrences. Pure.

A system of which the answer before said nothing has not changed. Whoever a fact concerns besides an old and a new
holder stands in `others`: the holder whose window opens, whose multiplier or capital moved.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.domain.ids import SystemId
from services.domain.killmail import Organisation
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.sovereignty import Claim
from services.polling.source import Moment
from services.sovereignty.moments import follows, minute
from services.sovereignty.settings import SovereigntySettings


@dataclass(frozen=True, slots=True)
class Change:
    """One system, before and after; `old` is None where it was not known."""

    old: Claim | None
    new: Claim


def changed(known: Mapping[SystemId, Claim], told: Mapping[SystemId, Claim]) -> list[Change]:
    """Every system of which something else is said than before, by id."""
    found = [
        Change(known.get(system_id), claim)
        for system_id, claim in told.items()
        if known.get(system_id) != claim
    ]
    return sorted(found, key=lambda change: change.new.system_id)


def occurrences(
    changes: Sequence[Change],
    known: Mapping[SystemId, Claim],
    *,
    moment: Moment,
    settings: SovereigntySettings,
) -> list[Occurrence]:
    """What the changes are: holders, hubs, capitals, multipliers. Windows are told by `opened`."""
    since = moment.since(settings.systems_pace)
    found = []
    for change in changes:
        if change.old is None:
            continue
        if change.old.holder != change.new.holder:
            found.append(_holder(change.old, change.new, moment, since=since))
        elif _whole_crossed(change.old, change.new):
            found.append(_adm(change.old, change.new, moment, since=since))
    return found + _capitals(changes, known, moment, since=since)


def opened(claims: Iterable[Claim], moment: Moment) -> list[Occurrence]:
    """The windows that opened since the answer before; none after a gap, when they are no news any more."""
    before, at = moment.before, moment.at
    if before is None or not follows(moment):
        return []
    return [
        Occurrence(
            key=f"{OccurrenceKind.WINDOW}:{claim.system_id}:{minute(window.start)}",
            kind=OccurrenceKind.WINDOW,
            at=window.start,
            systems=(claim.system_id,),
            others=(claim.holder,) if claim.holder else (),
            starts=window.start,
            ends=window.end,
        )
        for claim in claims
        if (window := claim.window) is not None and before < window.start <= at < window.end
    ]


def _holder(old: Claim, new: Claim, moment: Moment, *, since: datetime | None) -> Occurrence:
    lost = new.holder is None and old.hub_id is not None
    kind = OccurrenceKind.HUB_LOST if lost else OccurrenceKind.HOLDER
    at = _claimed(new, moment)
    return Occurrence(
        key=f"{kind}:{new.system_id}:{minute(at)}:{new.holder.id if new.holder else 0}",
        kind=kind,
        at=at,
        since=since if at == moment.at else None,
        systems=(new.system_id,),
        old=old.holder,
        new=new.holder,
    )


def _claimed(claim: Claim, moment: Moment) -> datetime:
    """The game's own time of a new claim where it is one that can be: since the answer before."""
    since = claim.claimed_since
    if since is None or moment.before is None or not moment.before < since <= moment.at:
        return moment.at
    return since


def _whole_crossed(old: Claim, new: Claim) -> bool:
    """With the same hub: another one begins anew."""
    if old.adm is None or new.adm is None or old.hub_id != new.hub_id:
        return False
    return math.floor(old.adm) != math.floor(new.adm)


def _adm(old: Claim, new: Claim, moment: Moment, *, since: datetime | None) -> Occurrence:
    kind = OccurrenceKind.ADM
    return Occurrence(
        key=f"{kind}:{new.system_id}:{minute(moment.at)}:{new.adm}",
        kind=kind,
        at=moment.at,
        since=since,
        systems=(new.system_id,),
        others=(new.holder,) if new.holder else (),
        before=old.adm,
        after=new.adm,
    )


def _capitals(
    changes: Sequence[Change],
    known: Mapping[SystemId, Claim],
    moment: Moment,
    *,
    since: datetime | None,
) -> list[Occurrence]:
    """Alliances whose capital is another system now. One that has none any more did not move it."""
    new = [change for change in changes if change.old is not None and _is_new_capital(change)]
    if not new:
        return []
    capitals = {claim.holder: claim.system_id for claim in known.values() if claim.is_capital}
    return [
        _capital(change.new.system_id, holder, capitals.get(holder), moment=moment, since=since)
        for change in new
        if (holder := change.new.holder) is not None
    ]


def _is_new_capital(change: Change) -> bool:
    """It is the capital, and was not that of the same holder."""
    old, new = change.old, change.new
    return new.is_capital and (old is None or not old.is_capital or old.holder != new.holder)


def _capital(
    system_id: SystemId,
    holder: Organisation,
    before: SystemId | None,
    *,
    moment: Moment,
    since: datetime | None,
) -> Occurrence:
    kind = OccurrenceKind.CAPITAL
    return Occurrence(
        key=f"{kind}:{holder.id}:{system_id}:{minute(moment.at)}",
        kind=kind,
        at=moment.at,
        since=since,
        systems=(system_id,) if before is None else (system_id, before),
        others=(holder,),
    )
