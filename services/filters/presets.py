"""Ready-made filters: from one word and a few options to a filter that can then be edited like any other. Pure.

A preset that lacks something says what to give. Every option narrows, whatever the preset; all that is given must hold.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from services.domain.errors import UserError
from services.domain.filter import (
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterNode,
    FilterValue,
    GroupKind,
    Op,
    Reach,
    Side,
    Trait,
)
from services.domain.ids import FactionId, GroupId, RegionId, SystemId, TypeId
from services.domain.space import HullClass
from services.domain.standing import Standing
from services.filters.fields import MOST_JUMPS, MOST_LIGHT_YEARS
from services.filters.normal import check_limits, normalised

BIG = 5e9
"""ISK from which a kill is big: some dozens a day in all of New Eden."""
CAPITAL_LIGHT_YEARS = 7.0
"""How near is near for capitals: what most of them jump with the skill at its highest."""
HOME_JUMPS = 5
MILITIAS = tuple(FactionId(500_000 + number) for number in (1, 2, 3, 4, 10, 11))
"""Caldari, Minmatar, Amarr and Gallente; and those that pirates fight for: Guristas and Angel Cartel."""
STARBASE_PARTS = tuple(GroupId(number) for number in (
    311, 363, 364, 397, 404, 413, 414, 416, 417, 418, 426, 430, 438, 439, 440, 441, 443, 444, 445, 449, 471, 473, 480,
    707, 709, 710, 837, 838, 839, 840, 877, 1212, 1282,
))  # fmt: skip
"""Groups of what stands around a control tower: guns, batteries, silos, arrays. No new ones are made any more."""

_DISTANCE = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>[a-z][a-z -]*)?", re.IGNORECASE | re.ASCII
)
_JUMPS = frozenset({"j", "jump", "jumps", "gate", "gates"})
_LIGHT_YEARS = frozenset({"ly", "lys", "light-year", "light-years", "light year", "light years"})


class Preset(StrEnum):
    """What can be asked for in one word. The values are those of the command's choices."""

    OUR_KILLS = "our kills"
    OUR_LOSSES = "our losses"
    BIG_KILLS = "big kills"
    CAPITALS_NEAR = "capitals near"
    HOME_DEFENCE = "home defence"
    STRUCTURES = "structures"
    SOLO = "solo"
    GATE_GANKS = "gate ganks"
    FACTION_WAR = "faction war"
    ONE_HULL = "one hull"


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """How far from a system, by gate or by light-years; exactly one is set."""

    jumps: int | None = None
    light_years: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is given beside a preset, or without one. At most one place, and one hull or one group of hulls."""

    system_id: SystemId | None = None
    region_id: RegionId | None = None
    distance: Distance | None = None
    min_isk: float | None = None
    hull_id: TypeId | None = None
    hull_group_id: GroupId | None = None

    @property
    def has_place(self) -> bool:
        """True when a system or a region is named."""
        return self.system_id is not None or self.region_id is not None

    @property
    def has_hull(self) -> bool:
        """True when a hull or a group of hulls is named."""
        return self.hull_id is not None or self.hull_group_id is not None


def parse_distance(text: str) -> Distance:
    """`7ly`, `7.5 light-years`, `5j`, `5 jumps`. Raises UserError that shows how to write it."""
    matched = _DISTANCE.fullmatch(text.strip())
    unit = (matched["unit"] or "").lower() if matched else ""
    amount = float(matched["number"].replace(",", ".")) if matched else 0.0
    if unit in _JUMPS and amount.is_integer() and amount <= MOST_JUMPS:
        return Distance(jumps=int(amount))
    if unit in _LIGHT_YEARS and 0 < amount <= MOST_LIGHT_YEARS:
        return Distance(light_years=amount)
    raise UserError(
        f"That is no distance that I can read. Write it like `7ly` or `5j`: at most {MOST_LIGHT_YEARS:.0f} "
        f"light-years or {MOST_JUMPS} jumps."
    )


def preset_filter(preset: Preset | None, wishes: Wishes, *, has_us: bool) -> Filter:
    """The filter for it. `has_us`: the server has marked somebody as us. Raises UserError for what is missing."""
    if wishes.distance is not None and wishes.system_id is None:
        raise UserError("A `distance` is measured from a system: give one as `place`.")
    nodes: list[FilterNode] = []
    if preset is not None:
        _check(preset, wishes, has_us=has_us)
        nodes += _ABOUT[preset]
    nodes += [*_place(preset, wishes), *_floor(preset, wishes)]
    if wishes.hull_group_id is not None:
        nodes.append(_is(FilterField.GROUP, wishes.hull_group_id, side=Side.VICTIM))
    if wishes.hull_id is not None:
        nodes.append(_is(FilterField.HULL, wishes.hull_id, side=Side.VICTIM))
    return normalised(Filter(FilterGroup(GroupKind.ALL, tuple(nodes))))


def joined(first: Filter, second: Filter) -> Filter:
    """What meets both. A filter that asks for nothing adds nothing. Raises FilterFault where it is too large."""
    members: list[FilterNode] = []
    for part in (first, second):
        root = part.root
        members += root.members if root.kind is GroupKind.ALL else (root,)
    return check_limits(normalised(Filter(FilterGroup(GroupKind.ALL, tuple(members)))))


def _check(preset: Preset, wishes: Wishes, *, has_us: bool) -> None:
    """Raises UserError that says what the preset lacks."""
    missing = None
    if preset in (Preset.OUR_KILLS, Preset.OUR_LOSSES) and not has_us:
        raise UserError(
            f"The preset *{preset}* needs to know who you are. Mark your alliance, corporation or pilots first: "
            "`/standing add as:us names:` and their name."
        )
    if preset is Preset.CAPITALS_NEAR and wishes.system_id is None:
        missing = "the system to measure from as `place`"
    if preset is Preset.HOME_DEFENCE and not wishes.has_place:
        missing = "your home, a system or a region, as `place`"
    if preset is Preset.ONE_HULL and not wishes.has_hull:
        missing = "the ship, or a group of ships, as `hull`"
    if preset in _MANY and not (wishes.has_place or wishes.has_hull or wishes.min_isk is not None):
        missing = "a `place`, a `hull` or a floor as `min_isk`: else hundreds a day come"
    if missing is not None:
        raise UserError(f"The preset *{preset}* needs {missing}.")


def _place(preset: Preset | None, wishes: Wishes) -> list[FilterNode]:
    if wishes.region_id is not None:
        return [_is(FilterField.REGION, wishes.region_id)]
    if wishes.system_id is None:
        return []
    distance = wishes.distance
    if distance is None and preset is Preset.CAPITALS_NEAR:
        distance = Distance(light_years=CAPITAL_LIGHT_YEARS)
    if distance is None and preset is Preset.HOME_DEFENCE:
        distance = Distance(jumps=HOME_JUMPS)
    if distance is None or distance.jumps == 0:
        return [_is(FilterField.SYSTEM, wishes.system_id)]
    reach = Reach(
        system_id=wishes.system_id, jumps=distance.jumps, light_years=distance.light_years
    )
    return [_is(FilterField.WITHIN, reach)]


def _floor(preset: Preset | None, wishes: Wishes) -> list[FilterNode]:
    floor = wishes.min_isk
    if floor is None and preset is Preset.BIG_KILLS:
        floor = BIG
    return [] if floor is None else [Condition(FilterField.ISK, (floor,), Op.AT_LEAST)]


def _is(field: FilterField, *values: FilterValue, side: Side | None = None) -> Condition:
    return Condition(field, values, Op.IS, side)


def _standing(side: Side, *standings: Standing) -> Condition:
    return _is(FilterField.STANDING, *(mark.value for mark in standings), side=side)


def _none(condition: Condition) -> FilterGroup:
    return FilterGroup(GroupKind.NONE, (condition,))


_CAPITALS = (HullClass.CAPITAL.value, HullClass.SUPERCAPITAL.value)
_MANY = frozenset({Preset.SOLO, Preset.FACTION_WAR})
"""Presets that say too little by themselves."""
_ABOUT: dict[Preset, tuple[FilterNode, ...]] = {
    Preset.OUR_KILLS: (
        _standing(Side.ATTACKER, Standing.US),
        _none(_standing(Side.VICTIM, Standing.US)),
    ),
    Preset.OUR_LOSSES: (_standing(Side.VICTIM, Standing.US),),
    Preset.BIG_KILLS: (),
    Preset.CAPITALS_NEAR: (_is(FilterField.CLASS, *_CAPITALS, side=Side.EITHER),),
    Preset.HOME_DEFENCE: (
        _none(_standing(Side.ATTACKER, Standing.US, Standing.FRIEND)),
        _none(_is(FilterField.IS, Trait.NPC.value)),
    ),
    Preset.STRUCTURES: (
        _is(FilterField.CLASS, HullClass.STRUCTURE.value, side=Side.VICTIM),
        _none(_is(FilterField.GROUP, *STARBASE_PARTS, side=Side.VICTIM)),
    ),
    Preset.SOLO: (_is(FilterField.IS, Trait.SOLO.value),),
    Preset.GATE_GANKS: (_is(FilterField.IS, Trait.GANK.value),),
    Preset.FACTION_WAR: (
        _is(FilterField.FACTION, *MILITIAS, side=Side.VICTIM),
        _is(FilterField.FACTION, *MILITIAS, side=Side.ATTACKER),
    ),
    Preset.ONE_HULL: (),
}
"""What each is about, without its place, floor and hull."""
