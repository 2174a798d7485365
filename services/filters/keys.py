"""What a mail must have to meet a filter: the keys that an index files the filter under.

A key is a place in a flat kill (`victim.hulls`) and a value there. A key set is *necessary*: each mail that meets the
filter has at least one of its keys, so whoever looks under all keys of a mail finds every filter that it may meet. In
a conjunction any member's set will do, and the one that fewest mails touch is chosen; a disjunction needs those of all
its alternatives; an exclusion gives none, since what is absent cannot be looked up. The same goes for the floor in ISK.

How many mails touch a key is estimated by shares counted on three recorded days (33,223 killmails of 2021-11-29 to
12-01). Where a field has many values the share lies midway (geometrically) between that of any value and that of a
value weighted by how often it comes: people ask for what happens, and for themselves. Hulls and groups count as often
as their whole class. The shares decide only what is quick, never what is found.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.domain.filter import (
    Condition,
    FilterField,
    FilterGroup,
    FilterNode,
    GroupKind,
    Op,
    Reach,
    Side,
)
from services.domain.standing import Standing, Standings
from services.filters.leaves import marked_as, paths, side_names
from services.filters.reaches import Reaches
from services.universe.hulls import SHIP_GROUPS
from services.universe.universe import Universe

Key = tuple[str, object]
"""A dotted name in a flat kill, where a set is found, and the value to look for in it."""

PLACES = "places"
"""Systems, constellations and regions lie in one set."""
IDS = "ids"
"""Pilots, corporations, alliances and factions of one side too."""

MOST_SYSTEMS = 128
"""Keys that a surrounding may have: wider ones are filed by constellation, and the widest by region."""

_SHARES = {
    FilterField.CHARACTER: 0.0003,
    FilterField.CORPORATION: 0.0013,
    FilterField.ALLIANCE: 0.0045,
    FilterField.FACTION: 0.017,
    FilterField.WEAPON: 0.0064,
    FilterField.WEAPON_GROUP: 0.047,
    FilterField.ITEM: 0.0066,
    FilterField.FITTED: 0.0076,
    FilterField.CARRIED: 0.0039,
    FilterField.SYSTEM: 0.0008,
    FilterField.CONSTELLATION: 0.0022,
    FilterField.REGION: 0.0143,
    FilterField.WORMHOLE: 0.0145,
    FilterField.LABEL: 0.3,
}
"""Of one value, on one side."""

_NAMED_SHARES: dict[FilterField, dict[object, float]] = {
    FilterField.SPACE: {
        "null": 0.47, "low": 0.23, "high": 0.12, "wormhole": 0.095, "pochven": 0.042, "abyssal": 0.041,
    },
    FilterField.IS: {"solo": 0.2, "npc": 0.15, "war": 0.011, "awox": 0.007, "gank": 0.02, "revised": 0.01},
}  # fmt: skip
"""Of each value, where there are few. The recorded mails have no labels: ganks and revised mails are guessed."""

_VICTIM_CLASSES: dict[object, float] = {
    "pod": 0.26, "frigate": 0.23, "cruiser": 0.15, "destroyer": 0.11, "rookie": 0.075, "battlecruiser": 0.05,
    "deployable": 0.048, "industrial": 0.042, "battleship": 0.024, "structure": 0.01, "fighter": 0.003,
    "capital": 0.001,
}  # fmt: skip
_ATTACKER_CLASSES: dict[object, float] = {
    "cruiser": 0.39, "frigate": 0.29, "other": 0.27, "destroyer": 0.25, "battlecruiser": 0.2, "battleship": 0.14,
    "pod": 0.04, "capital": 0.014, "structure": 0.006, "industrial": 0.005, "supercapital": 0.004,
}  # fmt: skip
_RARE = 0.001
"""What the lists do not name."""

_WHO = {FilterField.CHARACTER, FilterField.CORPORATION, FilterField.ALLIANCE, FilterField.FACTION}
_HULLS = {FilterField.HULL, FilterField.GROUP, FilterField.CLASS}
_WHERE = {FilterField.SYSTEM, FilterField.CONSTELLATION, FilterField.REGION}
_KEYED = frozenset({*_SHARES, *_NAMED_SHARES, *_HULLS})
"""Hours, weekdays and figures hold for too many mails to narrow anything."""


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys of which a mail has at least one, and the share of all mails that is expected to."""

    keys: frozenset[Key]
    share: float

    def __or__(self, other: "KeySet") -> "KeySet":
        return KeySet(self.keys | other.keys, self.share + other.share)


class KeyMaker:
    """Finds the keys of filters with these standings."""

    def __init__(self, universe: Universe, reaches: Reaches, standings: Standings) -> None:
        self._universe = universe
        self._reaches = reaches
        self._standings = standings

    def keys(self, node: FilterNode) -> KeySet | None:
        """The set that fewest mails touch; None when nothing narrows it. Not for exclusions."""
        if isinstance(node, Condition):
            return self._of_condition(node)
        found = [self.keys(member) for member in _alternatives(node)]
        if node.kind is GroupKind.ANY:
            return _united(found)
        known = [keys for keys in found if keys is not None]
        return min(known, key=lambda keys: (keys.share, len(keys.keys)), default=None)

    def _of_condition(self, condition: Condition) -> KeySet | None:
        if condition.field in _WHERE:
            keys = frozenset((PLACES, value) for value in condition.values)
            return KeySet(keys, _SHARES[condition.field] * len(keys))
        if condition.field is FilterField.WITHIN:
            return self._of_surroundings(condition)
        if condition.field is FilterField.STANDING:
            return self._of_standing(condition)
        return self._of_values(condition) if condition.field in _KEYED else None

    def _of_values(self, condition: Condition) -> KeySet:
        names = paths(condition)
        if condition.field in _WHO:
            names = tuple(f"{side}.{IDS}" for side in side_names(condition))
        keys = frozenset((name, value) for name in names for value in condition.values)
        victims = condition.side is Side.VICTIM
        one = sum(
            self._share(condition.field, value, victims=victims) for value in condition.values
        )
        return KeySet(keys, one * len(names))

    def _of_standing(self, condition: Condition) -> KeySet | None:
        if Standing.NEUTRAL in condition.values:
            return None
        marked = marked_as(self._standings, condition.values)
        sides = side_names(condition)
        keys = frozenset((f"{side}.{IDS}", key) for side in sides for key in marked)
        return KeySet(keys, _SHARES[FilterField.CORPORATION] * len(keys))

    def _of_surroundings(self, condition: Condition) -> KeySet:
        reaches = [value for value in condition.values if isinstance(value, Reach)]
        systems = frozenset().union(*[self._reaches.covered(reach) for reach in reaches])
        share = _SHARES[FilterField.SYSTEM] * len(systems)
        places: frozenset[int] = frozenset(systems)
        if len(places) > MOST_SYSTEMS:
            held = [self._universe.get_system(system_id) for system_id in systems]
            places = frozenset(system.constellation_id for system in held)
            if len(places) > MOST_SYSTEMS:
                places = frozenset(system.region_id for system in held)
        return KeySet(frozenset((PLACES, place) for place in places), share)

    def _share(self, wanted: FilterField, value: object, *, victims: bool) -> float:
        if wanted in _NAMED_SHARES:
            return _NAMED_SHARES[wanted].get(value, _RARE)
        if wanted not in _HULLS:
            return _SHARES[wanted]
        if wanted is FilterField.HULL and isinstance(value, int):
            value = self._universe.hull_class(value)
        elif wanted is FilterField.GROUP:
            value = SHIP_GROUPS[value][1] if value in SHIP_GROUPS else None
        return (_VICTIM_CLASSES if victims else _ATTACKER_CLASSES).get(value, _RARE)


def floor_of(node: FilterNode) -> float | None:
    """ISK that a mail which meets the node is worth at least; None when it may be worth anything, or unpriced.

    Not for exclusions.
    """
    if isinstance(node, Condition):
        rising = node.field is FilterField.ISK and node.op in {Op.AT_LEAST, Op.ABOVE, Op.IS}
        return float(node.values[0]) if rising and isinstance(node.values[0], int | float) else None
    floors = [floor_of(member) for member in _alternatives(node)]
    known = [floor for floor in floors if floor is not None]
    if node.kind is GroupKind.ALL:
        return max(known, default=None)
    return min(known, default=None) if len(known) == len(floors) else None


def _alternatives(group: FilterGroup) -> Iterator[FilterNode]:
    """The members that something is asked for by: exclusions ask for nothing."""
    for member in group.members:
        if isinstance(member, Condition) or member.kind is not GroupKind.NONE:
            yield member


def _united(found: Iterable[KeySet | None]) -> KeySet | None:
    whole: KeySet | None = None
    for keys in found:
        if keys is None:
            return None
        whole = keys if whole is None else whole | keys
    return whole
