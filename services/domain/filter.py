"""What a kill must meet: a tree of conditions, as plain data.

A group holds conditions and other groups. `all`: every one holds. `any`: one of them holds. `none`: not one of them
holds. `same`: one and the same attacker meets every condition. **An exclusion always wins**: a `none` inside an `any`
is no alternative but excludes from the whole group, whatever else of it holds; so `{"any": [A, B, {"none": [C]}]}`
means "A or B, and never C". Groups without an alternative left (`all` and `any` of nothing but exclusions) hold unless
something excludes; an empty filter holds for every kill.

A condition holds when the kill has the field on the asked side and one of its values fits. What a mail does not say
fits nothing: not a value, not a floor, not a ceiling; so `none` of it holds.
"""

from dataclasses import dataclass
from enum import StrEnum

from services.domain.ids import SystemId, TypeId

FILTER_VERSION = 1


class FilterField(StrEnum):
    """What is compared. The values stand in stored filters: they never change."""

    # Who, on a side. Values: ids.
    CHARACTER = "character"
    CORPORATION = "corporation"
    ALLIANCE = "alliance"
    FACTION = "faction"
    STANDING = "standing"
    """`us`, `friend`, `foe` or `neutral`, as the server says (`services.domain.standing`)."""

    # In what, on a side. Values: ids; for the class a `HullClass`, each for itself.
    HULL = "hull"
    GROUP = "group"
    CLASS = "class"
    WEAPON = "weapon"
    """The type that an attacker shot with (attacker or final blow)."""
    WEAPON_GROUP = "weapon_group"

    # What the victim had. Values: ids of types.
    ITEM = "item"
    """Anywhere aboard."""
    FITTED = "fitted"
    CARRIED = "carried"
    """Not fitted: in a hold or hangar."""

    # Where.
    SYSTEM = "system"
    CONSTELLATION = "constellation"
    REGION = "region"
    WITHIN = "within"
    """Values: `Reach`."""
    SPACE = "space"
    """Values: a `Space`."""
    SECURITY = "security"
    """As the game displays it, one decimal. Compared."""
    WORMHOLE = "wormhole"
    """The class as a number: 1 to 6, 12 Thera, 13 shattered for small hulls, 14 to 18 drifters."""

    # Figures. Compared.
    ISK = "isk"
    ATTACKERS = "attackers"
    """Entries on the mail, NPCs included."""
    PILOTS = "pilots"
    """Named attackers, each once."""
    SHARE = "share"
    """Share of the named attackers, 0 to 1, that belong to the organisation with most of them."""
    AGE = "age"
    """Seconds from the kill to its arrival here."""

    # What it was.
    IS = "is"
    """Values: a `Trait`."""
    LABEL = "label"
    """Values: zKillboard's labels, as text."""

    # When, EVE time.
    TIME = "time"
    """Values: `Hours`."""
    WEEKDAY = "weekday"
    """Values: 0 Monday to 6 Sunday."""


class Op(StrEnum):
    """How a value is compared; everything that is no figure knows `is` alone."""

    IS = "is"
    AT_LEAST = ">="
    AT_MOST = "<="
    ABOVE = ">"
    BELOW = "<"


class Side(StrEnum):
    """Whom a condition is about."""

    VICTIM = "victim"
    ATTACKER = "attacker"
    """Any of the attackers, whoever dealt the final blow among them."""
    FINAL_BLOW = "final_blow"
    EITHER = "either"
    """The victim or any attacker."""


class Trait(StrEnum):
    """What a kill can be. All but `revised` and `war` are zKillboard's word where the feed has it."""

    NPC = "npc"
    """Only NPCs shot."""
    SOLO = "solo"
    AWOX = "awox"
    """Killed by its own side."""
    GANK = "gank"
    """A suicide gank in high security: zKillboard's label `ganked`, which comes late (it waits until CONCORD has killed
    the ganker) and which mails from archives never have."""
    WAR = "war"
    """In a declared war."""
    REVISED = "revised"
    """The feed wrote the mail anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Systems near one: by gate, by light-years, or within a hull's jump. Exactly one of the three is set."""

    system_id: SystemId
    jumps: int | None = None
    light_years: float | None = None
    hull_id: TypeId | None = None
    skill: int | None = None
    """Level of Jump Drive Calibration, 0 to 5; set exactly when the hull is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A part of the day in EVE time, in minutes after midnight; the end does not belong to it. May cross midnight."""

    start: int
    end: int

    def holds(self, minute: int) -> bool:
        """True when this minute of the day lies in it. Start and end the same: the whole day."""
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


FilterValue = int | float | str | Reach | Hours


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. Holds for any one of the values; figures have exactly one."""

    field: FilterField
    values: tuple[FilterValue, ...]
    op: Op = Op.IS
    side: Side | None = None
    """None for fields that have no side."""


class GroupKind(StrEnum):
    """How the members of a group belong together."""

    ALL = "all"
    ANY = "any"
    NONE = "none"
    SAME = "same"
    """Conditions that one and the same attacker meets; holds nothing but conditions of the side `attacker`."""


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """Several conditions or groups."""

    kind: GroupKind
    members: "tuple[FilterNode, ...]"


FilterNode = Condition | FilterGroup


@dataclass(frozen=True, slots=True)
class Filter:
    """A whole filter. The root is a group `all` or `any`; stored filters are in the normal form (`filters.data`)."""

    root: FilterGroup = FilterGroup(GroupKind.ALL, ())

    @property
    def is_empty(self) -> bool:
        """True when every kill meets it."""
        return not self.root.members


SIDED = frozenset(
    {
        FilterField.CHARACTER, FilterField.CORPORATION, FilterField.ALLIANCE, FilterField.FACTION,
        FilterField.STANDING, FilterField.HULL, FilterField.GROUP, FilterField.CLASS, FilterField.WEAPON,
        FilterField.WEAPON_GROUP,
    }
)  # fmt: skip
"""Fields that are asked of a side; weapons only of attackers and of the final blow."""

FIGURES = frozenset(
    {
        FilterField.SECURITY, FilterField.ISK, FilterField.ATTACKERS, FilterField.PILOTS, FilterField.SHARE,
        FilterField.AGE,
    }
)  # fmt: skip
"""Fields that are compared; all others know `is` alone."""
