"""A killmail laid out for questions: looked at once, asked by every filter.

What nearly every filter asks (place, figures) is read at once; the rest, a set for each field of each side, is made at
the first question and kept. So a mail with thousands of attackers costs thousands of steps once, not once a filter.

What the mail does not say is None, or in no set. Nothing is guessed, but for the flags that zKillboard gives: where it
has not looked at a mail, `services.filters.traits` judges by the same rules.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple, TypeVar

from services.domain.filter import Trait
from services.domain.ids import GroupId, TypeId
from services.domain.killmail import Attacker, Combatant, Killmail, Organisation
from services.domain.space import HullClass, Space
from services.filters.flags import FITTED_FLAGS
from services.filters.traits import traits_of
from services.universe.edition import Edition
from services.universe.universe import Universe

Id = TypeVar("Id", bound=int)
Membership = tuple[int | None, int | None, int | None]
"""Corporation, alliance and faction of somebody on the mail."""


class Kind(NamedTuple):
    """What a type is: its group where that is known, and what it counts as for a hull."""

    group_id: GroupId | None
    hull_class: HullClass


class Place(NamedTuple):
    """Where a system lies; None for what is not known of it."""

    constellation_id: int | None
    region_id: int | None
    space: Space
    security: float | None
    wormhole_class: int | None


class _Kinds(dict[int, Kind]):
    def __init__(self, universe: Universe) -> None:
        self._universe = universe

    def __missing__(self, type_id: int) -> Kind:
        found = self._universe.find_type(type_id)
        group_id = None if found is None else found.group_id
        kind = self[type_id] = Kind(group_id, self._universe.hull_class(type_id))
        return kind


class _Places(dict[int, Place]):
    def __init__(self, universe: Universe) -> None:
        self._universe = universe

    def __missing__(self, system_id: int) -> Place:
        system = self._universe.find_system(system_id)
        place = self[system_id] = (
            Place(None, None, Space.UNKNOWN, None, None)
            if system is None
            else Place(
                system.constellation_id,
                system.region_id,
                system.space,
                system.security,
                system.wormhole_class,
            )
        )
        return place


class FlatSide:
    """Everybody on one side of a mail, as sets; empty ones for what nobody's entry says."""

    def __init__(self, everybody: Sequence[Combatant], kinds: _Kinds) -> None:
        self.everybody = everybody
        self._kinds = kinds

    @cached_property
    def characters(self) -> frozenset[int]:
        """Ids of named pilots."""
        return _known([one.character_id for one in self.everybody])

    @cached_property
    def corporations(self) -> frozenset[int]:
        """Ids, those of NPCs among them."""
        return _known([one.corporation_id for one in self.everybody])

    @cached_property
    def alliances(self) -> frozenset[int]:
        """Ids."""
        return _known([one.alliance_id for one in self.everybody])

    @cached_property
    def factions(self) -> frozenset[int]:
        """Ids: the militia of a pilot, the owner of an NPC."""
        return _known([one.faction_id for one in self.everybody])

    @cached_property
    def ids(self) -> frozenset[int]:
        """Pilots, corporations, alliances and factions together; their ids do not overlap."""
        return self.characters.union(self.corporations, self.alliances, self.factions)

    @cached_property
    def memberships(self) -> frozenset[Membership]:
        """Who belongs where: far fewer than there are pilots."""
        return frozenset(
            [(one.corporation_id, one.alliance_id, one.faction_id) for one in self.everybody]
        )

    @cached_property
    def hulls(self) -> frozenset[int]:
        """Type ids."""
        return _known([one.ship_type_id for one in self.everybody])

    @cached_property
    def groups(self) -> frozenset[int]:
        """Group ids of the hulls."""
        return _known([self._kinds[hull].group_id for hull in self.hulls])

    @cached_property
    def classes(self) -> frozenset[HullClass]:
        """What the hulls count as."""
        return frozenset([self._kinds[hull].hull_class for hull in self.hulls])

    @cached_property
    def weapons(self) -> frozenset[int]:
        """Type ids; a victim has none."""
        shooters = [one for one in self.everybody if isinstance(one, Attacker)]
        return _known([one.weapon_type_id for one in shooters])

    @cached_property
    def weapon_groups(self) -> frozenset[int]:
        """Group ids of the weapons."""
        return _known([self._kinds[weapon].group_id for weapon in self.weapons])


def _known(ids: Iterable[Id | None]) -> frozenset[Id]:
    return frozenset([one for one in ids if one is not None])


class Sides:
    """The three sides of a mail. The final blow is nobody where the mail does not say who dealt it."""

    def __init__(self, victim: FlatSide, final_blow: FlatSide, attackers: FlatSide) -> None:
        self.victim = victim
        self.final_blow = final_blow
        self.attackers = attackers


class FlatKill(Sides):
    """One kill, ready to be asked."""

    def __init__(
        self,
        killmail: Killmail,
        place: Place,
        *,
        kinds: _Kinds,
        received_at: datetime | None,
        revised: bool,
    ) -> None:
        last = killmail.final_blow
        super().__init__(
            FlatSide((killmail.victim,), kinds),
            FlatSide(() if last is None else (last,), kinds),
            FlatSide(killmail.attackers, kinds),
        )
        self._kinds = kinds
        self.killmail = killmail
        self.received_at = received_at
        self.revised = revised
        self.system_id = killmail.system_id
        self.constellation_id, self.region_id, self.space, self.security, self.wormhole_class = (
            place
        )
        self.isk = killmail.value.isk
        self.attacker_count = len(killmail.attackers)

    @cached_property
    def places(self) -> frozenset[int]:
        """System, constellation and region; their ids do not overlap."""
        return _known((self.system_id, self.constellation_id, self.region_id))

    @cached_property
    def pilots(self) -> int:
        """Named attackers, each once."""
        return len(self.attackers.characters)

    @cached_property
    def share(self) -> float | None:
        """Of the organisation with most of the named attackers, 0 to 1; None where nobody has a name."""
        sides: dict[int, Organisation | None] = {
            one.character_id: one.organisation
            for one in self.killmail.attackers
            if one.character_id is not None
        }
        return max(Counter(sides.values()).values()) / len(sides) if sides else None

    @cached_property
    def age(self) -> float | None:
        """Seconds from the kill to its arrival; None where nobody told when it arrived."""
        if self.received_at is None:
            return None
        return (self.received_at - self.killmail.time).total_seconds()

    @cached_property
    def minute(self) -> int:
        """Minutes after midnight, EVE time."""
        return self.killmail.time.hour * 60 + self.killmail.time.minute

    @cached_property
    def weekday(self) -> int:
        """0 Monday to 6 Sunday, EVE time."""
        return self.killmail.time.weekday()

    @cached_property
    def labels(self) -> frozenset[str]:
        """Those of zKillboard."""
        return frozenset(self.killmail.labels)

    @cached_property
    def traits(self) -> frozenset[Trait]:
        """What it was."""
        hull_id = self.killmail.victim.ship_type_id
        hull_class = HullClass.OTHER if hull_id is None else self._kinds[hull_id].hull_class
        return traits_of(self.killmail, hull_class, pilots=self.pilots, revised=self.revised)

    @cached_property
    def items(self) -> frozenset[int]:
        """Type ids of all that the victim had aboard."""
        return self.fitted | self.carried

    @cached_property
    def fitted(self) -> frozenset[TypeId]:
        """Type ids of what was in a slot, or plugged into the pilot."""
        items = self.killmail.victim.items
        return frozenset([item.type_id for item in items if item.flag in FITTED_FLAGS])

    @cached_property
    def carried(self) -> frozenset[TypeId]:
        """Type ids of what lay in a hold or hangar."""
        items = self.killmail.victim.items
        return frozenset([item.type_id for item in items if item.flag not in FITTED_FLAGS])

    @cached_property
    def each_attacker(self) -> tuple[Sides, ...]:
        """The same mail with one attacker alone, once for each: for what one and the same must meet."""
        return tuple(self._alone())

    def _alone(self) -> Iterator[Sides]:
        for attacker in self.killmail.attackers:
            yield Sides(self.victim, self.final_blow, FlatSide((attacker,), self._kinds))


class Flattener:
    """Lays mails out, by the universe as it is at that moment."""

    def __init__(self, universe: Universe) -> None:
        self._universe = universe
        self._learn(universe.edition)

    def flatten(
        self, killmail: Killmail, *, received_at: datetime | None = None, revised: bool = False
    ) -> FlatKill:
        """One mail. Without `received_at` (searches) its age is unknown."""
        if self._universe.edition is not self._edition:
            self._learn(self._universe.edition)
        return FlatKill(
            killmail,
            self._places[killmail.system_id],
            kinds=self._kinds,
            received_at=received_at,
            revised=revised,
        )

    def _learn(self, edition: Edition) -> None:
        """What is remembered of places and types belongs to one build."""
        pinned = Universe(edition)
        self._edition, self._kinds, self._places = edition, _Kinds(pinned), _Places(pinned)
