"""Which alerts a kill may concern, found without asking all of them.

Filters are filed under the keys of which every mail that meets them has one (`services.filters.keys`), and under each
key by the ISK that they ask for at least. A mail is looked up under its own keys, as far as its value reaches; what is
found there is asked. So cost follows the number of candidates. No other could hold: what the index says is what a loop
over all alerts would say, only sooner.

Equal filters with equal standings (of those filters that ask for standings) are one program, compiled and asked once.
Programs belong to one build of the universe: with a new one all are compiled anew at the next mail.
"""

import operator
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from typing import Any

from services.domain.filter import Condition, Filter, FilterField, FilterNode
from services.domain.ids import AlertId
from services.domain.standing import NO_STANDINGS, Standing, Standings
from services.filters.compiling import Compiler, Program
from services.filters.flat import FlatKill
from services.universe.universe import Universe

_NO_FLOOR = float("-inf")
_Identity = tuple[Filter, frozenset[tuple[int, Standing]]]
_BY_ALERT = operator.itemgetter(0)


class _Filed:
    """One program and whose it is."""

    __slots__ = ("alert_ids", "holds", "identity", "program", "standings")

    def __init__(self, identity: _Identity, standings: Standings, program: Program) -> None:
        self.identity = identity
        self.standings = standings
        self.alert_ids: list[AlertId] = []
        self.use(program)

    def use(self, program: Program) -> None:
        """Ask this one from now on."""
        self.program = program
        self.holds = program.holds

    @property
    def floor(self) -> float:
        """ISK that a mail needs to be looked at."""
        return _NO_FLOOR if self.program.floor is None else self.program.floor


class _Bucket:
    """Programs under one key, by rising floor."""

    __slots__ = ("_filed", "_floors")

    def __init__(self) -> None:
        self._floors: list[float] = []
        self._filed: list[_Filed] = []

    def put(self, filed: _Filed) -> None:
        at = bisect_right(self._floors, filed.floor)
        self._floors.insert(at, filed.floor)
        self._filed.insert(at, filed)

    def drop(self, filed: _Filed) -> None:
        at = self._filed.index(filed, bisect_left(self._floors, filed.floor))
        del self._floors[at], self._filed[at]

    def reached_by(self, isk: float) -> list[_Filed]:
        """Those whose floor a value meets."""
        return self._filed[: bisect_right(self._floors, isk)]

    def __bool__(self) -> bool:
        return bool(self._filed)


class AlertIndex:
    """Alerts for kills, changed in place. Not for several threads at once."""

    def __init__(self, universe: Universe) -> None:
        self._universe = universe
        self._compiler = Compiler(universe)
        self._edition = universe.edition
        self._filed: dict[_Identity, _Filed] = {}
        self._of_alert: dict[AlertId, _Filed] = {}
        self._unkeyed = _Bucket()
        self._shelves: dict[str, _Shelf] = {}

    def __len__(self) -> int:
        return len(self._of_alert)

    @property
    def programs(self) -> int:
        """How many different ones the alerts come down to."""
        return len(self._filed)

    def put(self, alert_id: AlertId, wanted: Filter, standings: Standings = NO_STANDINGS) -> None:
        """Add an alert, or give it another filter or other standings."""
        relevant = standings if _asks_for_standings(wanted.root) else NO_STANDINGS
        identity = wanted, frozenset(relevant.marks.items())
        self.drop(alert_id)
        filed = self._filed.get(identity)
        if filed is None:
            filed = _Filed(identity, relevant, self._compiler.compile(wanted, relevant))
            self._filed[identity] = filed
            self._file(filed)
        insort(filed.alert_ids, alert_id)
        self._of_alert[alert_id] = filed

    def drop(self, alert_id: AlertId) -> None:
        """Forget an alert; one that is not there may be dropped too."""
        filed = self._of_alert.pop(alert_id, None)
        if filed is None:
            return
        filed.alert_ids.remove(alert_id)
        if not filed.alert_ids:
            del self._filed[filed.identity]
            self._unfile(filed)

    def matching(self, flat: FlatKill) -> list[tuple[AlertId, Filter]]:
        """The alerts that want this kill, by id, each with what of its filter held."""
        if self._universe.edition is not self._edition:
            self._compile_anew()
        found: list[tuple[AlertId, Filter]] = []
        for filed in self._candidates(flat):
            if filed.holds(flat):
                because = filed.program.because(flat)
                for alert_id in filed.alert_ids:
                    found.append((alert_id, because))  # noqa: PERF401 - mostly there is one
        found.sort(key=_BY_ALERT)
        return found

    def _candidates(self, flat: FlatKill) -> set[_Filed]:
        isk = _NO_FLOOR if flat.isk is None else flat.isk
        candidates = set(self._unkeyed.reached_by(isk))
        for shelf in self._shelves.values():
            for bucket in shelf.touched_by(flat):
                candidates.update(bucket.reached_by(isk))
        return candidates

    def _file(self, filed: _Filed) -> None:
        if filed.program.keys is None:
            self._unkeyed.put(filed)
            return
        for name, value in filed.program.keys.keys:
            if name not in self._shelves:
                self._shelves[name] = _Shelf(name)
            self._shelves[name].put(value, filed)

    def _unfile(self, filed: _Filed) -> None:
        if filed.program.keys is None:
            self._unkeyed.drop(filed)
            return
        for name, value in filed.program.keys.keys:
            self._shelves[name].drop(value, filed)

    def _compile_anew(self) -> None:
        self._edition = self._universe.edition
        self._unkeyed, self._shelves = _Bucket(), {}
        for filed in self._filed.values():
            filed.use(self._compiler.compile(filed.program.filter, filed.standings))
            self._file(filed)


class _Shelf:
    """Buckets by value, for one place in a flat kill."""

    def __init__(self, name: str) -> None:
        self._read: Callable[[FlatKill], Any] = operator.attrgetter(name)
        self._buckets: dict[object, _Bucket] = {}

    def put(self, value: object, filed: _Filed) -> None:
        self._buckets.setdefault(value, _Bucket()).put(filed)

    def drop(self, value: object, filed: _Filed) -> None:
        bucket = self._buckets[value]
        bucket.drop(filed)
        if not bucket:
            del self._buckets[value]

    def touched_by(self, flat: FlatKill) -> Iterator[_Bucket]:
        """The buckets of the values that the mail has."""
        if self._buckets:
            for value in self._buckets.keys() & _as_set(self._read(flat)):
                yield self._buckets[value]


def _as_set(read: Any) -> Any:
    return read if isinstance(read, frozenset) else (read,)


def _asks_for_standings(node: FilterNode) -> bool:
    if isinstance(node, Condition):
        return node.field is FilterField.STANDING
    return any(_asks_for_standings(member) for member in node.members)
