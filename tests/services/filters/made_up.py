"""Random filters that have something to do with the mails they are asked of: values are taken from those."""

from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import strategies as st

from services.domain.filter import (
    FIGURES,
    SIDED,
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    GroupKind,
    Hours,
    Op,
    Reach,
    Side,
)
from services.domain.ids import SystemId
from services.domain.standing import Standing, Standings
from services.filters.flat import FlatKill

_ATTRIBUTES = {
    FilterField.CHARACTER: "characters", FilterField.CORPORATION: "corporations", FilterField.ALLIANCE: "alliances",
    FilterField.FACTION: "factions", FilterField.HULL: "hulls", FilterField.GROUP: "groups",
    FilterField.CLASS: "classes", FilterField.WEAPON: "weapons", FilterField.WEAPON_GROUP: "weapon_groups",
    FilterField.ITEM: "items", FilterField.FITTED: "fitted", FilterField.CARRIED: "carried",
    FilterField.SYSTEM: "system_id", FilterField.CONSTELLATION: "constellation_id", FilterField.REGION: "region_id",
    FilterField.SPACE: "space", FilterField.SECURITY: "security", FilterField.WORMHOLE: "wormhole_class",
    FilterField.ISK: "isk", FilterField.ATTACKERS: "attacker_count", FilterField.PILOTS: "pilots",
    FilterField.SHARE: "share", FilterField.IS: "traits", FilterField.LABEL: "labels", FilterField.WEEKDAY: "weekday",
}  # fmt: skip
REACHES = (
    Reach(system_id=SystemId(30002537), jumps=4),
    Reach(system_id=SystemId(30002537), light_years=5),
    Reach(system_id=SystemId(30004759), jumps=2),
    Reach(system_id=SystemId(30004759), jumps=25),
    Reach(system_id=SystemId(30000142), light_years=3.5),
    Reach(system_id=SystemId(31001003), jumps=1),
)


class Makings:
    """Values of each field, as those mails have them, the common ones more often."""

    def __init__(self, flats: Sequence[FlatKill]) -> None:
        self._values = {
            field: list(_all(flats, field, name)) for field, name in _ATTRIBUTES.items()
        }
        self._values[FilterField.STANDING] = list(Standing)
        self._values[FilterField.WITHIN] = list(REACHES)
        self._values[FilterField.AGE] = [0, 60, 3600, 1e6]
        spans = ((0, 1440), (480, 720), (1320, 120), (0, 60), (5, 5))
        self._values[FilterField.TIME] = [Hours(start=a, end=b) for a, b in spans]
        self._ids = [
            one for field in ("CHARACTER", "CORPORATION", "ALLIANCE", "FACTION")
            for one in self._values[FilterField[field]]
        ]  # fmt: skip

    def standings(self) -> st.SearchStrategy[Standings]:
        """A server's marks on people of those mails."""
        marks = st.sampled_from([Standing.US, Standing.FRIEND, Standing.FOE])
        known = st.dictionaries(st.sampled_from(self._ids), marks, max_size=12)
        return known.map(Standings)

    def filters(self) -> st.SearchStrategy[Filter]:
        """Groups in groups, three deep, with every field."""
        kinds = st.sampled_from([GroupKind.ALL, GroupKind.ANY, GroupKind.NONE])
        nodes = st.recursive(
            self.conditions() | self._same(),
            lambda inner: st.builds(
                lambda kind, members: FilterGroup(kind, tuple(members)), kinds, st.lists(inner, max_size=4)
            ),
            max_leaves=8,
        )  # fmt: skip
        root = st.sampled_from([GroupKind.ALL, GroupKind.ANY])
        return st.builds(
            lambda kind, members: Filter(FilterGroup(kind, tuple(members))), root, st.lists(nodes, max_size=4)
        )  # fmt: skip

    def conditions(self) -> st.SearchStrategy[Condition]:
        """One comparison of any field."""
        return st.sampled_from(list(FilterField)).flatmap(self._condition)

    def _same(self) -> st.SearchStrategy[FilterGroup]:
        fields = st.sampled_from(sorted(SIDED))
        one = fields.flatmap(lambda field: self._condition(field, (Side.ATTACKER,)))
        return st.lists(one, min_size=1, max_size=3).map(
            lambda members: FilterGroup(GroupKind.SAME, tuple(members))
        )

    def _condition(
        self, field: FilterField, sides: Sequence[Side] = tuple(Side)
    ) -> st.SearchStrategy[Condition]:
        value = st.sampled_from(self._values[field])
        figure = field in FIGURES
        values = st.lists(value, min_size=1, max_size=1 if figure else 3, unique=True).map(tuple)
        ops = st.sampled_from(list(Op)) if figure else st.just(Op.IS)
        if field not in SIDED:
            return st.builds(Condition, st.just(field), values, ops)
        if field in {FilterField.WEAPON, FilterField.WEAPON_GROUP}:
            sides = [side for side in sides if side in {Side.ATTACKER, Side.FINAL_BLOW}]
        return st.builds(Condition, st.just(field), values, ops, st.sampled_from(sides))


def _all(flats: Iterable[FlatKill], field: FilterField, name: str) -> Iterable[Any]:
    for flat in flats:
        sides = [flat.victim, flat.attackers] if field in SIDED else [flat]
        for side in sides:
            said = getattr(side, name)
            yield from (
                sorted(said)[:3] if isinstance(said, frozenset) else () if said is None else (said,)
            )
