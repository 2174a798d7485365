"""What a hull counts as in a composition. A table, by group, so that a reader can check each line.

Every group of category Ship has a line; hulls are classed by size, not by tech level, and hulls
that work (haul, mine) are one class whatever their size, but for the capital industrial ship, which
fights and jumps with capitals. Of the other categories those that stand on killmails as victims are
classed as a whole; NPCs and drones stay `other`.
"""

from services.domain.space import HullClass

SHIP_CATEGORY = 6
CAPSULE_GROUP = 29

SHIP_GROUPS: dict[int, tuple[str, HullClass]] = {
    29: ("Capsule", HullClass.POD),
    31: ("Shuttle", HullClass.ROOKIE),
    237: ("Corvette", HullClass.ROOKIE),
    25: ("Frigate", HullClass.FRIGATE),
    324: ("Assault Frigate", HullClass.FRIGATE),
    830: ("Covert Ops", HullClass.FRIGATE),
    831: ("Interceptor", HullClass.FRIGATE),
    834: ("Stealth Bomber", HullClass.FRIGATE),
    893: ("Electronic Attack Ship", HullClass.FRIGATE),
    1022: ("Prototype Exploration Ship", HullClass.FRIGATE),  # the Zephyr
    1283: ("Expedition Frigate", HullClass.FRIGATE),
    1527: ("Logistics Frigate", HullClass.FRIGATE),
    2001: ("Citizen Ships", HullClass.FRIGATE),  # the Citizen Venture
    420: ("Destroyer", HullClass.DESTROYER),
    541: ("Interdictor", HullClass.DESTROYER),
    1305: ("Tactical Destroyer", HullClass.DESTROYER),
    1534: ("Command Destroyer", HullClass.DESTROYER),
    26: ("Cruiser", HullClass.CRUISER),
    358: ("Heavy Assault Cruiser", HullClass.CRUISER),
    832: ("Logistics", HullClass.CRUISER),
    833: ("Force Recon Ship", HullClass.CRUISER),
    894: ("Heavy Interdiction Cruiser", HullClass.CRUISER),
    906: ("Combat Recon Ship", HullClass.CRUISER),
    963: ("Strategic Cruiser", HullClass.CRUISER),
    1972: ("Flag Cruiser", HullClass.CRUISER),  # the Monitor
    5087: ("Special Edition Yachts", HullClass.CRUISER),
    419: ("Combat Battlecruiser", HullClass.BATTLECRUISER),
    540: ("Command Ship", HullClass.BATTLECRUISER),
    1201: ("Attack Battlecruiser", HullClass.BATTLECRUISER),
    4902: ("Expedition Command Ship", HullClass.BATTLECRUISER),  # the Odysseus
    27: ("Battleship", HullClass.BATTLESHIP),
    381: ("Elite Battleship", HullClass.BATTLESHIP),  # holds no type
    898: ("Black Ops", HullClass.BATTLESHIP),
    900: ("Marauder", HullClass.BATTLESHIP),
    28: ("Hauler", HullClass.INDUSTRIAL),
    380: ("Deep Space Transport", HullClass.INDUSTRIAL),
    463: ("Mining Barge", HullClass.INDUSTRIAL),
    513: ("Freighter", HullClass.INDUSTRIAL),
    543: ("Exhumer", HullClass.INDUSTRIAL),
    902: ("Jump Freighter", HullClass.INDUSTRIAL),
    941: ("Industrial Command Ship", HullClass.INDUSTRIAL),  # Orca, Porpoise
    1202: ("Blockade Runner", HullClass.INDUSTRIAL),
    485: ("Dreadnought", HullClass.CAPITAL),
    547: ("Carrier", HullClass.CAPITAL),
    883: ("Capital Industrial Ship", HullClass.CAPITAL),  # the Rorqual
    1538: ("Force Auxiliary", HullClass.CAPITAL),
    4594: ("Lancer Dreadnought", HullClass.CAPITAL),
    5120: ("Command Carrier", HullClass.CAPITAL),
    30: ("Titan", HullClass.SUPERCAPITAL),
    659: ("Supercarrier", HullClass.SUPERCAPITAL),
}
"""Group id: its name in the export, and its class."""

CATEGORIES: dict[int, tuple[str, HullClass]] = {
    22: ("Deployable", HullClass.DEPLOYABLE),
    23: ("Starbase", HullClass.STRUCTURE),
    40: ("Sovereignty Structures", HullClass.STRUCTURE),
    46: ("Orbitals", HullClass.STRUCTURE),
    65: ("Structure", HullClass.STRUCTURE),
    87: ("Fighter", HullClass.FIGHTER),
}
"""Category id: its name in the export, and the class of all that is in it."""


def hull_class_of_group(group_id: int, category_id: int | None) -> HullClass:
    """The class by group where the table has it, else by category, else `other`."""
    if group_id in SHIP_GROUPS:
        return SHIP_GROUPS[group_id][1]
    if category_id in CATEGORIES:
        return CATEGORIES[category_id][1]
    return HullClass.OTHER
