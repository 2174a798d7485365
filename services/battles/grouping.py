"""Which stored mails new ones belong with: the part of the link rule that needs the database.

A new mail is compared with the stored mails of its system and the near ones within the link window, and with those of
fleets that killed the same party. Those that are in a battle bring their whole battle; those that stand alone are
followed further, because two of them may only be linked through a third. What is found is the connected component,
whatever order the mails came in.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.battles.atlas import Atlas
from services.battles.memory import MailMemory
from services.battles.neighbours import Around, Neighbour, load_neighbours
from services.battles.rules import LINK_WINDOW, Reach, Trace, linked
from services.domain.ids import BattleKey, KillmailId, SystemId
from services.domain.killmail import Organisation
from services.storage.database import Transaction

_GAP = timedelta(hours=1)


@dataclass(slots=True)
class Group:
    """A connected component: whole battles, and mails that were in none."""

    keys: set[BattleKey] = field(default_factory=set)
    loose: set[KillmailId] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What mails are linked over."""

    atlas: Atlas
    reach: Reach


async def group(
    tx: Transaction, memory: MailMemory, fresh: Sequence[Trace], *, ground: Ground
) -> list[Group]:
    """The components that hold a new mail, single mails too. The new ones must be stored already."""
    surroundings = _Surroundings(tx, memory, ground)
    await surroundings.load(fresh)
    of_mail: dict[KillmailId, Group] = {}
    of_battle: dict[BattleKey, Group] = {}
    for trace in sorted(fresh, key=lambda trace: trace.order):
        if trace.killmail_id in of_mail:
            continue
        found = await _component(surroundings, trace)
        for other in [of_battle[key] for key in found.keys if key in of_battle]:
            found.keys |= other.keys
            found.loose |= other.loose
        of_mail |= dict.fromkeys(found.loose, found)
        of_battle |= dict.fromkeys(found.keys, found)
    return list({id(found): found for found in of_mail.values()}.values())


async def _component(surroundings: "_Surroundings", first: Trace) -> Group:
    found = Group(loose={first.killmail_id})
    frontier = [first]
    while frontier:
        trace = frontier.pop()
        for neighbour, other in await surroundings.around(trace):
            if neighbour.killmail_id in found.loose or neighbour.battle_key in found.keys:
                continue
            if not surroundings.linked(trace, other):
                continue
            if neighbour.battle_key is None:
                found.loose.add(neighbour.killmail_id)
                frontier.append(other)
            else:
                found.keys.add(neighbour.battle_key)
    return found


_Found = tuple[Neighbour, Trace]


@dataclass(slots=True)
class _Asked:
    """What was read of a window."""

    start: datetime
    end: datetime
    systems: set[SystemId]
    victims: set[Organisation]


class _Surroundings:
    """The stored mails around the new ones, read at once; what lies farther out is read when it is needed."""

    def __init__(self, tx: Transaction, memory: MailMemory, ground: Ground) -> None:
        self._tx = tx
        self._memory = memory
        self._ground = ground
        self._asked: list[_Asked] = []
        self._known: set[KillmailId] = set()
        self._in_system: dict[SystemId, list[_Found]] = defaultdict(list)
        self._of_fleets: dict[Organisation, list[_Found]] = defaultdict(list)

    def linked(self, one: Trace, other: Trace) -> bool:
        """The rule, over this ground."""
        return linked(one, other, self._ground.atlas, reach=self._ground.reach)

    async def load(self, fresh: Sequence[Trace]) -> None:
        """Read the windows of all new mails, in as few queries as their times allow."""
        systems = {system for trace in fresh for system in self._systems(trace)}
        victims = {victim for trace in fresh for victim in self._victims(trace)}
        for start, end in _spans([trace.time for trace in fresh]):
            await self._read(_Asked(start, end, systems, victims))

    async def around(self, trace: Trace) -> list[_Found]:
        """The stored mails that the trace may be linked with, without itself; some twice."""
        systems, victims = self._systems(trace), self._victims(trace)
        start, end = trace.time - LINK_WINDOW, trace.time + LINK_WINDOW
        missing = _Asked(start, end, set(systems), set(victims))
        for asked in self._asked:
            if asked.start <= start and end <= asked.end:
                missing.systems -= asked.systems
                missing.victims -= asked.victims
        if missing.systems or missing.victims:
            await self._read(missing)
        return [
            (neighbour, other)
            for neighbour, other in self._near(systems, victims)
            if start <= neighbour.time <= end and neighbour.killmail_id != trace.killmail_id
        ]

    def _near(
        self, systems: Collection[SystemId], victims: Collection[Organisation]
    ) -> Iterator[_Found]:
        for system in systems:
            if system in self._in_system:
                yield from self._in_system[system]
        for victim in victims:
            yield from self._of_fleets[victim]

    def _systems(self, trace: Trace) -> Collection[SystemId]:
        """Its own, and those one gate away where it has people enough to be followed to."""
        if len(trace.crowd) < self._ground.reach.least:
            return (trace.system_id,)
        return (trace.system_id, *self._ground.atlas.neighbours(trace.system_id))

    def _victims(self, trace: Trace) -> Collection[Organisation]:
        """The party whose other losses to fleets have to be looked at."""
        if trace.victim is None or len(trace.crowd) < self._ground.reach.fleet:
            return ()
        return (trace.victim,)

    async def _read(self, asked: _Asked) -> None:
        around = Around(
            systems=asked.systems, victims=asked.victims, fleet=self._ground.reach.fleet
        )
        found = await load_neighbours(self._tx, around, start=asked.start, end=asked.end)
        new = [one for one in found if one.killmail_id not in self._known]
        traces = await self._memory.traces(self._tx, [one.killmail_id for one in new])
        for neighbour in new:
            trace = traces[neighbour.killmail_id]
            self._known.add(neighbour.killmail_id)
            self._in_system[trace.system_id].append((neighbour, trace))
            for victim in self._victims(trace):
                self._of_fleets[victim].append((neighbour, trace))
        self._asked.append(asked)


def _spans(times: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """The windows around these times; those close to each other are one."""
    spans: list[tuple[datetime, datetime]] = []
    for time in sorted(times):
        start, end = time - LINK_WINDOW, time + LINK_WINDOW
        if spans and start - spans[-1][1] < _GAP:
            start = spans.pop()[0]
        spans.append((start, end))
    return spans
