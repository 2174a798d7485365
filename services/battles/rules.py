"""Which killmails belong to one battle, decided for two mails at a time.

Two mails are linked when they are at most 15 minutes apart and show the same people. The crowd of a mail is everybody
named on it, victim and attackers; a structure or an empty hull, which has no pilot, stands for its corporation.

- In one system: two people on both, or more than a third of the smaller crowd.
- One gate apart, with half of the smaller crowd on both: three people when the victims are of one party (a fight that
  moved), or five within 5 minutes whoever the victims are (a gang on its way).
- Farther, within the reach of a jump drive or where one of the systems lies in wormhole space: a fleet of ten, half of
  the smaller crowd, and victims of one party. The same fleet in front of another enemy is another fight.

Battles are the connected components of the links. Whether two mails are linked depends on nothing but the two and the
map, so the order in which mails arrive cannot matter: a late mail joins what it links to, and bridges battles when it
links to several. Who was there an hour ago links nobody: it is the people present now, on both mails, that count.
Party and place of birth are never enough.

On the recorded days (33,223 mails, 5,890 battles) 102 battles span systems, 11 of them three and none more; the longest
of these lasts 1.1 h. Tama's largest has 32 kills in 1.0 h, Uedama's 16 in 0.3 h, Jita's 37 in 0.8 h, Amamake's 58 in
0.7 h, each in one system, and no battle that touches one of the four lasts over 1.0 h, whoever roams or ganks there all
day; one of them spans systems (a hauler that was ganked in Jita and again in Sobaseki). In all of New Eden one battle
lasts over 2 h: 2.3 h, a camp of 51 kills in 5ZXX-K by the same people all the while.

A mail on which no player shot is never linked. A battle needs two kills and two parties.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from services.battles.atlas import Atlas
from services.domain.battle import BattleState
from services.domain.ids import CharacterId, CorporationId, KillmailId, SystemId
from services.domain.killmail import Combatant, Killmail, Organisation

LINK_WINDOW = timedelta(minutes=15)
"""Mails farther apart are never linked. On the recorded days 20 minutes make Tama's roaming a
battle of more than 2 hours."""

QUIET = timedelta(minutes=30)
"""A battle has ended when nothing died in it for so long."""

SHARED_PEOPLE = 2
"""So many people on both mails of one system are enough, however large the crowds."""

SHARED_PART = 3
"""Else the shared people must be more than one in so many of the smaller crowd."""

MOVED_PART = 2
"""From system to system at least one in so many of the smaller crowd must be on both mails: those who moved are the
fight, not some who left it. On the recorded days a third instead would join two battles more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How many people take a fight along to another system (`settings` has the reasons)."""

    followed: int = 3
    """Through a gate, when the victims are of one party."""
    gang: int = 5
    """Through a gate, whoever the victims are."""
    gang_window: timedelta = timedelta(minutes=5)
    """So soon after each other."""
    fleet: int = 10
    """Farther than a gate."""
    light_years: float = 8.0
    """At most so far, where the distance is known."""

    @property
    def least(self) -> int:
        """Fewer people never take a fight along."""
        return min(self.followed, self.gang, self.fleet)


REACH = Reach()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What linking needs of one mail. `crowd`: everybody named on it; a pilotless hull is its corporation."""

    killmail_id: KillmailId
    system_id: SystemId
    time: datetime
    crowd: frozenset[CharacterId | CorporationId]
    victim: Organisation | None = None
    """The victim's party."""

    @classmethod
    def of(cls, killmail: Killmail) -> Self:
        """The trace of a killmail."""
        crowd = {_who(combatant) for combatant in (killmail.victim, *killmail.attackers)}
        return cls(
            killmail_id=killmail.id,
            system_id=killmail.system_id,
            time=killmail.time,
            crowd=frozenset(who for who in crowd if who is not None),
            victim=killmail.victim.organisation,
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


def linked(one: Trace, other: Trace, atlas: Atlas | None = None, *, reach: Reach = REACH) -> bool:
    """True when two mails show the same fight. Without a map each system is for itself."""
    apart = abs(one.time - other.time)
    if apart > LINK_WINDOW:
        return False
    shared = len(one.crowd & other.crowd)
    smaller = min(len(one.crowd), len(other.crowd))
    if one.system_id == other.system_id:
        return shared >= SHARED_PEOPLE or shared * SHARED_PART > smaller
    if atlas is None or shared < reach.least or shared * MOVED_PART < smaller:
        return False
    one_enemy = one.victim is not None and one.victim == other.victim
    if other.system_id in atlas.neighbours(one.system_id):
        followed = one_enemy and shared >= reach.followed
        return followed or (shared >= reach.gang and apart <= reach.gang_window)
    if not one_enemy or shared < reach.fleet:
        return False
    distance = atlas.light_years(one.system_id, other.system_id)
    return distance is None or distance <= reach.light_years


def clusters(
    traces: Iterable[Trace], atlas: Atlas | None = None, *, reach: Reach = REACH
) -> list[tuple[Trace, ...]]:
    """The connected components of the links, single mails too; each by time, the earliest first."""
    ordered = sorted(traces, key=lambda trace: trace.order)
    root = list(range(len(ordered)))
    lately = _Lately(ordered, atlas, reach)
    for at, trace in enumerate(ordered):
        for before in lately.around(trace):
            mine, theirs = _root(root, at), _root(root, before)
            if mine != theirs and linked(ordered[before], trace, atlas, reach=reach):
                root[max(mine, theirs)] = min(mine, theirs)
        lately.add(at)
    groups: dict[int, list[Trace]] = defaultdict(list)
    for at, trace in enumerate(ordered):
        groups[_root(root, at)].append(trace)
    return [tuple(group) for group in groups.values()]


class _Lately:
    """The mails of the last window, by where they can be linked from: their system, or (of fleets) their victim."""

    def __init__(self, ordered: Sequence[Trace], atlas: Atlas | None, reach: Reach) -> None:
        self._ordered = ordered
        self._atlas = atlas
        self._reach = reach
        self._in_system: dict[SystemId, deque[int]] = defaultdict(deque)
        self._of_fleets: dict[Organisation, deque[int]] = defaultdict(deque)

    def add(self, at: int) -> None:
        """The next mail, by its place."""
        trace = self._ordered[at]
        self._in_system[trace.system_id].append(at)
        if trace.victim is not None and len(trace.crowd) >= self._reach.fleet:
            self._of_fleets[trace.victim].append(at)

    def around(self, trace: Trace) -> Iterator[int]:
        """Those before it that it may be linked with."""
        yield from self._kept(self._in_system[trace.system_id], trace)
        if self._atlas is None or len(trace.crowd) < self._reach.least:
            return
        for system in self._atlas.neighbours(trace.system_id):
            if system in self._in_system:
                yield from self._kept(self._in_system[system], trace)
        if trace.victim is not None and len(trace.crowd) >= self._reach.fleet:
            yield from self._kept(self._of_fleets[trace.victim], trace)

    def _kept(self, places: deque[int], trace: Trace) -> deque[int]:
        while places and trace.time - self._ordered[places[0]].time > LINK_WINDOW:
            places.popleft()
        return places


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
