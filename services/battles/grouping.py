"""Which stored mails new ones belong with: the part of the link rule that needs the database.

A new mail is compared with the stored mails of its system within the link window. Those that are in a battle bring
their whole battle; those that stand alone are followed further, because two of them may only be linked through a
third. What is found is the connected component, whatever order the mails came in.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.battles import store
from services.battles.memory import MailMemory
from services.battles.rules import LINK_WINDOW, Trace, linked
from services.battles.store import Neighbour
from services.domain.ids import BattleKey, KillmailId, SystemId
from services.storage.database import Transaction

_GAP = timedelta(hours=1)


@dataclass(slots=True)
class Group:
    """A connected component in one system: whole battles, and mails that were in none."""

    system_id: SystemId
    keys: set[BattleKey] = field(default_factory=set)
    loose: set[KillmailId] = field(default_factory=set)


async def group(tx: Transaction, memory: MailMemory, fresh: Sequence[Trace]) -> list[Group]:
    """The components that hold a new mail, single mails too. The new ones must be stored already."""
    surroundings = _Surroundings(tx, memory)
    await surroundings.load(fresh)
    groups: dict[SystemId, list[Group]] = defaultdict(list)
    for trace in sorted(fresh, key=lambda trace: trace.order):
        known = groups[trace.system_id]
        if any(trace.killmail_id in found.loose for found in known):
            continue
        found = await _component(surroundings, trace)
        for other in [g for g in known if g.keys & found.keys]:
            known.remove(other)
            found.keys |= other.keys
            found.loose |= other.loose
        known.append(found)
    return [found for system in groups.values() for found in system]


async def _component(surroundings: "_Surroundings", first: Trace) -> Group:
    found = Group(system_id=first.system_id, loose={first.killmail_id})
    frontier = [first]
    while frontier:
        trace = frontier.pop()
        for neighbour, other in await surroundings.around(trace):
            if neighbour.killmail_id in found.loose or neighbour.battle_key in found.keys:
                continue
            if not linked(trace, other):
                continue
            if neighbour.battle_key is None:
                found.loose.add(neighbour.killmail_id)
                frontier.append(other)
            else:
                found.keys.add(neighbour.battle_key)
    return found


class _Surroundings:
    """The stored mails around the new ones, read at once; what lies farther out is read when it is needed."""

    def __init__(self, tx: Transaction, memory: MailMemory) -> None:
        self._tx = tx
        self._memory = memory
        self._spans: list[tuple[datetime, datetime]] = []
        self._mails: dict[SystemId, list[tuple[Neighbour, Trace]]] = defaultdict(list)

    async def load(self, fresh: Sequence[Trace]) -> None:
        """Read the windows of all new mails, in as few queries as their times allow."""
        systems = {trace.system_id for trace in fresh}
        for start, end in _spans([trace.time for trace in fresh]):
            self._spans.append((start, end))
            await self._read(systems, start, end, into=self._mails)

    async def around(self, trace: Trace) -> list[tuple[Neighbour, Trace]]:
        """The stored mails of the trace's system within its window, without itself."""
        start, end = trace.time - LINK_WINDOW, trace.time + LINK_WINDOW
        known = self._mails
        if not any(first <= start and end <= last for first, last in self._spans):
            known = defaultdict(list)
            await self._read({trace.system_id}, start, end, into=known)
        return [
            (neighbour, other)
            for neighbour, other in known[trace.system_id]
            if start <= neighbour.time <= end and neighbour.killmail_id != trace.killmail_id
        ]

    async def _read(
        self,
        systems: set[SystemId],
        start: datetime,
        end: datetime,
        *,
        into: dict[SystemId, list[tuple[Neighbour, Trace]]],
    ) -> None:
        found = await store.load_neighbours(self._tx, systems, start=start, end=end)
        traces = await self._memory.traces(self._tx, [n.killmail_id for n in found])
        for neighbour in found:
            trace = traces[neighbour.killmail_id]
            into[trace.system_id].append((neighbour, trace))


def _spans(times: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """The windows around these times; those close to each other are one."""
    spans: list[tuple[datetime, datetime]] = []
    for time in sorted(times):
        start, end = time - LINK_WINDOW, time + LINK_WINDOW
        if spans and start - spans[-1][1] < _GAP:
            start = spans.pop()[0]
        spans.append((start, end))
    return spans
