"""What turns ids into words. It only reads; what it does not know it says so, and it never invents a name.

Everything here is raw text: escaping is the business of whoever puts it into a card (`phrases`, `text`).
"""

from dataclasses import dataclass

from bot.presentation.text import MINUS
from services.domain.ids import (
    CorporationId,
    FactionId,
    RegionId,
    SystemId,
    TypeId,
    is_npc_corporation,
)
from services.domain.killmail import Combatant, Organisation
from services.domain.names import NameBook
from services.domain.space import HullClass, Space
from services.universe.universe import Universe

_SPACES = {
    Space.HIGH: "high-sec",
    Space.LOW: "low-sec",
    Space.NULL: "null-sec",
    Space.WORMHOLE: "wormhole space",
    Space.POCHVEN: "Pochven",
    Space.ABYSSAL: "abyssal space",
    Space.UNKNOWN: "unknown space",
}
_OFF_THE_MAP = frozenset({Space.WORMHOLE, Space.ABYSSAL, Space.UNKNOWN})
_THERA, _SMALL_HULLS, _FIRST_DRIFTER = 12, 13, 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """The universe and the names that one card, or one list, needs."""

    universe: Universe
    names: NameBook

    def system_name(self, system_id: SystemId) -> str:
        """The system's name; `system #id` for one that is newer than the compiled universe."""
        system = self.universe.find_system(system_id)
        return system.name if system else f"system #{system_id}"

    def region_name(self, region_id: RegionId | None) -> str:
        """The region's name; `anywhere` without one."""
        if region_id is None:
            return "anywhere"
        region = self.universe.find_region(region_id)
        return region.name if region else f"region #{region_id}"

    def constellation_name(self, constellation_id: int) -> str:
        """The constellation's name."""
        found = self.universe.find_constellation(constellation_id)
        return found.name if found else f"constellation #{constellation_id}"

    def region_of(self, system_id: SystemId) -> str | None:
        """The name of the system's region, if the system is known."""
        system = self.universe.find_system(system_id)
        return self.region_name(system.region_id) if system else None

    def area(self, system_id: SystemId) -> str | None:
        """The region's name; in wormhole space, whose regions nobody knows by name, the class, unless it is said."""
        system = self.universe.find_system(system_id)
        if system is None or system.space is not Space.WORMHOLE or system.wormhole_class is None:
            return self.region_of(system_id)
        named = self.wormhole_name(system.wormhole_class)
        return None if named == system.name else named

    def is_on_map(self, system_id: SystemId) -> bool:
        """True when the map of New Eden has a place for it."""
        return self.universe.space_of(system_id) not in _OFF_THE_MAP

    def security(self, system_id: SystemId) -> str | None:
        """`0.4`, `-0.1`; None where security says nothing (wormholes, the abyss, unknown systems)."""
        system = self.universe.find_system(system_id)
        if system is None or system.space in (Space.WORMHOLE, Space.ABYSSAL):
            return None
        return f"{system.security:.1f}".replace("-", MINUS)

    def space(self, system_id: SystemId) -> str:
        """`low-sec`, `Pochven`, `C2 wormhole (Pulsar)`."""
        system = self.universe.find_system(system_id)
        if system is None:
            return _SPACES[Space.UNKNOWN]
        if system.space is not Space.WORMHOLE or system.wormhole_class is None:
            return _SPACES[system.space]
        effect = f" ({system.effect})" if system.effect else ""
        return self.wormhole_name(system.wormhole_class) + effect

    def space_name(self, word: str) -> str:
        """`low-sec` for the stored `low`; a word that is no kind of space stays as it is."""
        return _SPACES[Space(word)] if word in _SPACES else word

    def wormhole_name(self, wormhole_class: int) -> str:
        """`C2 wormhole`, `Thera`, `drifter wormhole`."""
        if wormhole_class == _THERA:
            return "Thera"
        if wormhole_class == _SMALL_HULLS:
            return "shattered wormhole"
        if wormhole_class >= _FIRST_DRIFTER:
            return "drifter wormhole"
        return f"C{wormhole_class} wormhole"

    def hull_name(self, type_id: TypeId | None) -> str:
        """The type's name; `Unknown hull` without an id, `Hull #id` for a type newer than the universe."""
        if type_id is None:
            return "Unknown hull"
        kind = self.universe.find_type(type_id)
        return kind.name if kind else f"Hull #{type_id}"

    def type_name(self, type_id: TypeId) -> str:
        """The name of any type; `type #id` for one newer than the universe."""
        kind = self.universe.find_type(type_id)
        return kind.name if kind else f"type #{type_id}"

    def group_name(self, group_id: int) -> str:
        """The name of a group of types."""
        group = self.universe.find_group(group_id)
        return group.name if group else f"group #{group_id}"

    def hull_class(self, type_id: TypeId | None) -> HullClass:
        """What the hull counts as."""
        return self.universe.hull_class(type_id)

    def pilot_name(self, character_id: int | None) -> str | None:
        """The pilot's name, if it is known."""
        found = self.names.names.get(character_id) if character_id is not None else None
        return found.name if found else None

    def organisation_name(self, organisation: Organisation) -> str:
        """The name; `alliance #id` and the like while it is not known: an id tells two parties apart."""
        known = self.names.names.get(organisation.id)
        if known:
            return known.name
        return self._npc_name(organisation.id) or f"{organisation.kind.value} #{organisation.id}"

    def ticker(self, organisation: Organisation) -> str | None:
        """The ticker without brackets, if it is known and the party has one."""
        return self.names.ticker(organisation.id)

    def npc_name(self, combatant: Combatant) -> str | None:
        """Whose NPC it is: corporation or faction, as far as the mail says. None for players."""
        if is_npc_corporation(combatant.corporation_id):
            return self._npc_name(combatant.corporation_id)
        return self._npc_name(combatant.faction_id)

    def _npc_name(self, entity_id: int | None) -> str | None:
        if entity_id is None:
            return None
        faction = self.universe.factions.get(FactionId(entity_id))
        corporation = self.universe.npc_corporations.get(CorporationId(entity_id))
        found = faction or corporation
        return found.name if found else None
