"""How the game shows security, and what kind of space a system lies in. Pure.

Players read security with one decimal, and the kind of space follows from what they read: a system
of true security 0.45 shows 0.5 and is high. Nothing above zero may look like null, so the smallest
positive values show 0.1. Outside the known map the region decides: its security says nothing there.
"""

import math

from services.domain.space import Space

POCHVEN_REGION = 10_000_070
WORMHOLE_REGIONS = range(11_000_000, 12_000_000)
INSTANCED_REGIONS_FROM = 12_000_000
"""Abyssal regions and their younger relatives: no gate, hole or drive leads there."""

POCHVEN_CLASS = 25
ABYSSAL_CLASSES = range(19, 24)

EFFECTS = {
    30574: "Magnetar",
    30575: "Black Hole",
    30576: "Red Giant",
    30577: "Pulsar",
    30669: "Wolf-Rayet",
    30670: "Cataclysmic Variable",
}
"""Wormhole effects by the type of the system's second sun."""


def displayed_security(true_security: float) -> float:
    """Security as the game shows it: one decimal, halves up, and 0.1 for anything above 0 that would show 0.0."""
    if 0.0 < true_security < 0.05:
        return 0.1
    return math.floor(true_security * 10 + 0.5) / 10 + 0.0


def space_of_place(region_id: int, inherited_class: int | None, *, true_security: float) -> Space:
    """The kind of space. `inherited_class` is the wormhole class of the system, else constellation, else region."""
    if region_id in WORMHOLE_REGIONS:
        return Space.WORMHOLE
    if region_id == POCHVEN_REGION or inherited_class == POCHVEN_CLASS:
        return Space.POCHVEN
    if region_id >= INSTANCED_REGIONS_FROM or inherited_class in ABYSSAL_CLASSES:
        return Space.ABYSSAL
    shown = displayed_security(true_security)
    if shown >= 0.5:
        return Space.HIGH
    return Space.LOW if shown > 0.0 else Space.NULL
