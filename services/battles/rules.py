"""Which killmails belong to one battle, decided for two mails at a time.

Two mails of one system are linked when they are at most 15 minutes apart and share people: two of
them, or more than a third of the smaller crowd. The crowd of a mail is everybody named on it,
victim and attackers; a structure or an empty hull, which has no pilot, stands for its corporation.
Battles are the connected components of the links. Whether two mails are linked depends on nothing
but the two, so the order in which mails arrive cannot matter: a late mail joins what it links to,
and bridges two battles when it links to both.

That two crowds must share people keeps unrelated ganks on one trade route apart; that the link is
short keeps a day of roaming from becoming one battle. Party and place of birth are never enough.

A mail on which no player shot is never linked. A battle needs two kills and two parties.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from services.domain.battle import BattleState
from services.domain.ids import CharacterId, CorporationId, KillmailId, SystemId
from services.domain.killmail import Combatant, Killmail

LINK_WINDOW = timedelta(minutes=15)
"""Mails farther apart are never linked. On the recorded days 20 minutes make Tama's roaming a
battle of more than 2 hours."""

QUIET = timedelta(minutes=30)
"""A battle has ended when nothing died in it for so long."""

SHARED_PEOPLE = 2
"""So many people on both mails are enough, however large the crowds."""

SHARED_PART = 3
"""Else the shared people must be more than one in so many of the smaller crowd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What linking needs of one mail. `crowd`: everybody named on it; a pilotless hull is its corporation."""

    killmail_id: KillmailId
    system_id: SystemId
    time: datetime
    crowd: frozenset[CharacterId | CorporationId]

    @classmethod
    def of(cls, killmail: Killmail) -> Self:
        """The trace of a killmail."""
        crowd = {_who(combatant) for combatant in (killmail.victim, *killmail.attackers)}
        return cls(
            killmail_id=killmail.id,
            system_id=killmail.system_id,
            time=killmail.time,
            crowd=frozenset(who for who in crowd if who is not None),
        )

    @property
    def order(self) -> tuple[datetime, KillmailId]:
        """Sorts traces by time, and those of one second by id."""
        return self.time, self.killmail_id


def _who(combatant: Combatant) -> CharacterId | CorporationId | None:
    if combatant.character_id is not None:
        return combatant.character_id
    return combatant.corporation_id if combatant.is_player else None


def linkable(killmail: Killmail) -> bool:
    """False for mails on which only NPCs shot: they belong to no battle."""
    return killmail.has_player_attacker


def linked(one: Trace, other: Trace) -> bool:
    """True when two mails show the same fight: same system, close in time, enough people on both."""
    if one.system_id != other.system_id or abs(one.time - other.time) > LINK_WINDOW:
        return False
    shared = len(one.crowd & other.crowd)
    if shared >= SHARED_PEOPLE:
        return True
    return shared * SHARED_PART > min(len(one.crowd), len(other.crowd))


def clusters(traces: Iterable[Trace]) -> list[tuple[Trace, ...]]:
    """The connected components of the links, single mails too; each by time, the earliest first."""
    by_system: dict[SystemId, list[Trace]] = defaultdict(list)
    for trace in traces:
        by_system[trace.system_id].append(trace)
    found = [group for mails in by_system.values() for group in _components(mails)]
    return sorted(found, key=lambda group: group[0].order)


def _components(traces: list[Trace]) -> list[tuple[Trace, ...]]:
    """Components within one system: each trace is compared with those of the window before it."""
    ordered = sorted(traces, key=lambda trace: trace.order)
    root = list(range(len(ordered)))
    first = 0
    for at, trace in enumerate(ordered):
        while trace.time - ordered[first].time > LINK_WINDOW:
            first += 1
        for before in range(first, at):
            if _root(root, before) != _root(root, at) and linked(ordered[before], trace):
                root[_root(root, at)] = _root(root, before)
    groups: dict[int, list[Trace]] = defaultdict(list)
    for at, trace in enumerate(ordered):
        groups[_root(root, at)].append(trace)
    return [tuple(group) for group in groups.values()]


def _root(root: list[int], at: int) -> int:
    while root[at] != at:
        root[at] = root[root[at]]
        at = root[at]
    return at


def is_battle(mails: Sequence[Killmail]) -> bool:
    """At least two kills and two parties; the owner of an empty hull or a structure is one."""
    if len({mail.id for mail in mails}) < 2:
        return False
    first = None
    for mail in mails:
        for combatant in (mail.victim, *mail.attackers):
            party = combatant.organisation
            if party is None or party == first:
                continue
            if first is not None:
                return True
            first = party
    return False


def state_of(end: datetime, now: datetime) -> BattleState:
    """Open until nothing died for `QUIET`; `end` is the time of the last mail."""
    return BattleState.ENDED if now - end >= QUIET else BattleState.OPEN
