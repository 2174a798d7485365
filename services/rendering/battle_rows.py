"""What a side flew and lost, as rows of a panel: the largest hulls first."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.domain.battle import HullCount
from services.domain.space import HullClass

_WORDS = {
    HullClass.STRUCTURE: "Structures",
    HullClass.SUPERCAPITAL: "Supercapitals",
    HullClass.CAPITAL: "Capitals",
    HullClass.BATTLESHIP: "Battleships",
    HullClass.BATTLECRUISER: "Battlecruisers",
    HullClass.CRUISER: "Cruisers",
    HullClass.DESTROYER: "Destroyers",
    HullClass.FRIGATE: "Frigates",
    HullClass.INDUSTRIAL: "Industrials",
    HullClass.ROOKIE: "Shuttles, corvettes",
    HullClass.POD: "Capsules",
    HullClass.FIGHTER: "Fighters",
    HullClass.DEPLOYABLE: "Deployables",
}
"""In the order of a panel's rows."""
OTHER, UNKNOWN = "Others", "Hull not known"
_ALWAYS = frozenset({HullClass.STRUCTURE, HullClass.SUPERCAPITAL, HullClass.CAPITAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRow:
    """Hulls of one class, or of all that have no row of their own."""

    text: str
    fielded: int
    lost: int

    @property
    def figures(self) -> str:
        """`120 / 34`."""
        return f"{self.fielded:,} / {self.lost:,}"


def fleet_rows(hulls: Sequence[HullCount], *, most: int) -> tuple[FleetRow, ...]:
    """At most `most` rows; classes beyond that, the least flown, are told together."""
    counted = {hull.hull_class: hull for hull in hulls if hull.fielded or hull.lost}
    known = [counted[hull] for hull in _WORDS if hull in counted]
    unknown = [hull for key, hull in counted.items() if key not in _WORDS]
    if len(known) + bool(unknown) > most:
        ranked = sorted(known, key=_rank)
        unknown += ranked[most - 1 :]
        known = [hull for hull in known if hull in ranked[: most - 1]]
    rows = [
        FleetRow(text=_WORDS[hull.hull_class], fielded=hull.fielded, lost=hull.lost)
        for hull in known
    ]
    if unknown:
        fielded, lost = sum(hull.fielded for hull in unknown), sum(hull.lost for hull in unknown)
        text = UNKNOWN if {hull.hull_class for hull in unknown} == {HullClass.OTHER} else OTHER
        rows.append(FleetRow(text=text, fielded=fielded, lost=lost))
    return tuple(rows)


def _rank(hull: HullCount) -> tuple[bool, int]:
    return hull.hull_class not in _ALWAYS, -hull.fielded
