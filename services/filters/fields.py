"""Every field of a filter: how it is called, what its values are, whose it can be.

One table for all: reading, checking, printing, suggesting and the manual go by it.
"""

from dataclasses import dataclass
from enum import Enum, auto

from services.domain.filter import SIDED, FilterField, Side, Trait
from services.domain.space import HullClass, Space
from services.domain.standing import Standing

F = FilterField


class ValueKind(Enum):
    """What the values of a field are."""

    ENTITY = auto()
    """Ids of pilots, corporations, alliances or factions."""
    TYPE = auto()
    """Ids of item types."""
    GROUP = auto()
    """Ids of groups of types."""
    PLACE = auto()
    """Ids of systems, constellations or regions."""
    WORD = auto()
    """One of a few words."""
    LABEL = auto()
    """Text as it is."""
    NUMBER = auto()
    """One of a few whole numbers that stand for something."""
    FIGURE = auto()
    """Something that is compared; exactly one."""
    REACH = auto()
    HOURS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """One field."""

    field: FilterField
    name: str
    """How it is printed."""
    aliases: tuple[str, ...] = ()
    """What else is understood."""
    kind: ValueKind
    words: tuple[str, ...] = ()
    """Of a WORD: what is stored."""
    numbers: tuple[int, ...] = ()
    least: float = 0
    most: float = 0
    whole: bool = False
    """Of a FIGURE: its bounds, and whether it is counted."""
    exact: bool = False
    """Of a FIGURE: whether "exactly so much" is a sensible question."""
    said: str
    """What it is, for an error: "a region"."""

    @property
    def is_sided(self) -> bool:
        """True for what is asked of the victim or of attackers."""
        return self.field in SIDED

    @property
    def sides(self) -> tuple[Side, ...]:
        """Whose it can be; the first is meant where nobody is named."""
        if self.field in _SHOT_WITH:
            return Side.ATTACKER, Side.FINAL_BLOW
        if not self.is_sided:
            return ()
        return Side.EITHER, Side.VICTIM, Side.ATTACKER, Side.FINAL_BLOW


_SHOT_WITH = frozenset({F.WEAPON, F.WEAPON_GROUP})
_E, _T, _G, _P = ValueKind.ENTITY, ValueKind.TYPE, ValueKind.GROUP, ValueKind.PLACE
_W, _N, _FIG = ValueKind.WORD, ValueKind.NUMBER, ValueKind.FIGURE
_YEAR = 366 * 86400

_ALL = (
    FieldSpec(field=F.CHARACTER, name="pilot", aliases=("character", "char", "player"), kind=_E, said="a pilot"),
    FieldSpec(field=F.CORPORATION, name="corp", aliases=("corporation",), kind=_E, said="a corporation"),
    FieldSpec(field=F.ALLIANCE, name="alliance", aliases=("ally",), kind=_E, said="an alliance"),
    FieldSpec(field=F.FACTION, name="faction", aliases=("militia",), kind=_E, said="a faction"),
    FieldSpec(field=F.STANDING, name="standing", aliases=("standings",), kind=_W, words=tuple(Standing),
              said="us, friend, foe or neutral"),
    FieldSpec(field=F.HULL, name="hull", aliases=("ship", "hulltype", "shiptype"), kind=_T, said="a hull"),
    FieldSpec(field=F.GROUP, name="group", aliases=("hullgroup", "shipgroup"), kind=_G, said="a group of hulls"),
    FieldSpec(field=F.CLASS, name="class", aliases=("hullclass", "shipclass", "size"), kind=_W,
              words=tuple(HullClass), said="a hull class"),
    FieldSpec(field=F.WEAPON, name="weapon", aliases=("weapontype",), kind=_T, said="a weapon"),
    FieldSpec(field=F.WEAPON_GROUP, name="weapongroup", aliases=("weapon_group", "weapon-group"), kind=_G,
              said="a group of weapons"),
    FieldSpec(field=F.ITEM, name="item", aliases=("module", "items"), kind=_T, said="an item"),
    FieldSpec(field=F.FITTED, name="fitted", aliases=("fit", "fitting"), kind=_T, said="an item"),
    FieldSpec(field=F.CARRIED, name="carried", aliases=("cargo", "carries", "carrying"), kind=_T, said="an item"),
    FieldSpec(field=F.SYSTEM, name="system", aliases=("solarsystem", "sys"), kind=_P, said="a system"),
    FieldSpec(field=F.CONSTELLATION, name="constellation", aliases=("const",), kind=_P, said="a constellation"),
    FieldSpec(field=F.REGION, name="region", aliases=("reg",), kind=_P, said="a region"),
    FieldSpec(field=F.WITHIN, name="within", aliases=("near", "range", "distance"), kind=ValueKind.REACH,
              said="a distance"),
    FieldSpec(field=F.SPACE, name="space", kind=_W, words=tuple(Space), said="a kind of space"),
    FieldSpec(field=F.SECURITY, name="security", aliases=("sec", "truesec"), kind=_FIG, least=-1, most=1, exact=True,
              said="a security status from -1.0 to 1.0"),
    FieldSpec(field=F.WORMHOLE, name="wh", aliases=("wormhole", "whclass", "wormholeclass"), kind=_N,
              numbers=(*range(1, 7), *range(12, 19)), said="a wormhole class"),
    FieldSpec(field=F.ISK, name="isk", aliases=("value", "worth"), kind=_FIG, most=1e15, said="an amount of ISK"),
    FieldSpec(field=F.ATTACKERS, name="attackers", aliases=("attackercount", "involved"), kind=_FIG, most=100_000,
              whole=True, exact=True, said="a number of attackers"),
    FieldSpec(field=F.PILOTS, name="pilots", aliases=("pilotcount", "players"), kind=_FIG, most=100_000, whole=True,
              exact=True, said="a number of pilots"),
    FieldSpec(field=F.SHARE, name="share", kind=_FIG, most=1, said="a share from 0% to 100%"),
    FieldSpec(field=F.AGE, name="age", aliases=("killage",), kind=_FIG, most=100 * _YEAR, whole=True,
              said="a length of time"),
    FieldSpec(field=F.IS, name="is", aliases=("trait",), kind=_W, words=tuple(Trait), said="a kind of kill"),
    FieldSpec(field=F.LABEL, name="label", aliases=("labels",), kind=ValueKind.LABEL, said="a zKillboard label"),
    FieldSpec(field=F.TIME, name="time", aliases=("hour", "hours", "eve"), kind=ValueKind.HOURS,
              said="hours in EVE time"),
    FieldSpec(field=F.WEEKDAY, name="day", aliases=("weekday", "days"), kind=_N, numbers=tuple(range(7)),
              said="a weekday"),
)  # fmt: skip

FIELDS = {spec.field: spec for spec in _ALL}
BY_WORD = {word: spec for spec in _ALL for word in (spec.name, *spec.aliases)}
"""By every word that is understood, lower case."""

SIDE_WORDS = {
    "victim": Side.VICTIM,
    "attacker": Side.ATTACKER,
    "final": Side.FINAL_BLOW,
    "final_blow": Side.FINAL_BLOW,
    "finalblow": Side.FINAL_BLOW,
    "final-blow": Side.FINAL_BLOW,
    "either": Side.EITHER,
    "any": Side.EITHER,
}
SIDE_NAMES = {
    Side.VICTIM: "victim",
    Side.ATTACKER: "attacker",
    Side.FINAL_BLOW: "final",
    Side.EITHER: "either",
}
"""How sides are printed."""

LONGEST_LABEL = 60
MOST_JUMPS = 50
LEAST_LIGHT_YEARS, MOST_LIGHT_YEARS = 0.001, 100.0
MOST_SKILL = 5
"""Bounds of a reach: New Eden is about 90 jumps and 120 light-years across, so that a larger one says nothing."""

IDS = range(1, 2**63)


def default_side(spec: FieldSpec) -> Side | None:
    """Who is meant where a condition names nobody; None for a field without a side."""
    return next(iter(spec.sides), None)
