"""What a filter says of places and hulls, as sets of the ids that stand in the tables.

The same as the flat kill says of each mail (`services.filters.flat`), turned around: not "what is this system", but
"which systems are so". A system or type that the universe does not hold is in no set.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from operator import eq, ge, gt, le, lt
from typing import Any

import numpy as np

from services.domain.filter import Condition, FilterField, Op, Reach
from services.domain.space import HullClass
from services.filters.reaches import Reaches
from services.universe.columns import ints
from services.universe.edition import Edition
from services.universe.hulls import SHIP_GROUPS, hull_class_of_group
from services.universe.model import System
from services.universe.universe import Universe

COMPARISONS: Mapping[Op, Callable[[Any, Any], Any]] = {
    Op.IS: eq,
    Op.AT_LEAST: ge,
    Op.AT_MOST: le,
    Op.ABOVE: gt,
    Op.BELOW: lt,
}
_OF_SYSTEM: Mapping[FilterField, Callable[[System], Any]] = {
    FilterField.CONSTELLATION: lambda system: system.constellation_id,
    FilterField.REGION: lambda system: system.region_id,
    FilterField.SPACE: lambda system: system.space,
    FilterField.WORMHOLE: lambda system: system.wormhole_class,
    FilterField.SECURITY: lambda system: system.security,
}
_Table = dict[Any, set[int]]


class Systems:
    """Systems by what a filter says of them. What has been asked once is kept for as long as the build lasts."""

    def __init__(self, universe: Universe) -> None:
        self._universe = universe
        self._reaches = Reaches(universe)
        self._edition: Edition | None = None
        self._tables: dict[FilterField, _Table] = {}

    @property
    def all(self) -> Collection[int]:
        """Every system that is known."""
        return self._universe.systems.keys()

    def meeting(self, condition: Condition) -> set[int]:
        """Ids of the known systems that a condition about places takes."""
        field, values = condition.field, condition.values
        if field is FilterField.WITHIN:
            reaches = [value for value in values if isinstance(value, Reach)]
            return set().union(*map(self._reaches.covered, reaches))
        if field is FilterField.SYSTEM:
            return {int(value) for value in values if value in self._universe.systems}  # type: ignore[arg-type]
        table = self._table(field)
        if field is FilterField.SECURITY:
            fits = COMPARISONS[condition.op]
            return set().union(*(ids for value, ids in table.items() if fits(value, values[0])))
        return set().union(*(table.get(value, ()) for value in values))

    def _table(self, field: FilterField) -> _Table:
        """Ids of the systems by a field's value."""
        if self._universe.edition is not self._edition:
            self._edition = self._universe.edition
            self._tables.clear()
        table = self._tables.get(field)
        if table is None:
            table, read = self._tables.setdefault(field, {}), _OF_SYSTEM[field]
            for key, system in self._universe.systems.items():
                table.setdefault(read(system), set()).add(key)
        return table


class Types:
    """Types by group, and hulls by class."""

    def __init__(self, universe: Universe) -> None:
        self._universe = universe

    def of_groups(self, groups: Iterable[int]) -> list[int]:
        """Ids of the types in these groups."""
        columns = self._universe.edition.columns.types
        rows = np.isin(ints(columns.groups), list(groups))
        return [int(key) for key in ints(columns.ids)[rows]]

    def of_classes(self, classes: Collection[HullClass]) -> list[int]:
        """Ids of the types that count as one of these; `other`, which is all the rest, must not be among them."""
        categories = {int(g.id): g.category_id for g in self._universe.groups.values()}
        groups = categories.keys() | SHIP_GROUPS.keys()
        return self.of_groups(
            group
            for group in groups
            if hull_class_of_group(group, categories.get(group)) in classes
        )
