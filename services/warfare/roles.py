"""What a system is to the front, told from who occupies what and from the gates. The game publishes no list.

- Frontline: a gate leads to a system of the warzone that an enemy militia occupies.
- Command operations: no frontline itself, and a gate leads to a frontline of the same occupier.
- Rearguard: everything else.

Who is whose enemy is what ESI says (`/fw/wars`). Until it has said so: Caldari and Gallente, Amarr and Minmatar, each
in a warzone of their own. Contested shares and owners do not count.
"""

from collections.abc import Collection, Mapping

from services.domain.ids import FactionId, SystemId
from services.domain.warfare import Role

CALDARI, MINMATAR, AMARR, GALLENTE = map(FactionId, (500_001, 500_002, 500_003, 500_004))
Pair = tuple[FactionId, FactionId]

ZONES: tuple[Pair, ...] = ((CALDARI, GALLENTE), (MINMATAR, AMARR))
"""The two warzones; the smaller id first."""


def pair(one: FactionId, other: FactionId) -> Pair:
    """Both, the smaller id first."""
    return (one, other) if one < other else (other, one)


def zone_of(faction_id: FactionId) -> tuple[FactionId, ...]:
    """Both militias of the warzone in which this one fights; the faction alone where that is not known."""
    return next((zone for zone in ZONES if faction_id in zone), (faction_id,))


def roles(
    occupiers: Mapping[SystemId, FactionId],
    gates: Mapping[SystemId, Collection[SystemId]],
    enemies: Collection[Pair],
) -> dict[SystemId, Role]:
    """The role of every system of the warzone.

    Args:
        occupiers: by system, who occupies it.
        gates: by system, where its gates lead.
        enemies: factions at war, the smaller id first.
    """
    at_war = frozenset(enemies)
    neighbours = {
        system_id: [there for there in gates.get(system_id, ()) if there in occupiers]
        for system_id in occupiers
    }
    front = {
        system_id
        for system_id, faction in occupiers.items()
        if any(pair(faction, occupiers[there]) in at_war for there in neighbours[system_id])
    }
    found = {}
    for system_id, faction in occupiers.items():
        near = (t for t in neighbours[system_id] if t in front and occupiers[t] == faction)
        behind = Role.COMMAND if any(near) else Role.REARGUARD
        found[system_id] = Role.FRONTLINE if system_id in front else behind
    return found
