"""Kinds of space and hull classes, in the field's words."""

from enum import StrEnum


class Space(StrEnum):
    """Where a system lies."""

    HIGH = "high"
    LOW = "low"
    NULL = "null"
    WORMHOLE = "wormhole"
    POCHVEN = "pochven"
    ABYSSAL = "abyssal"
    UNKNOWN = "unknown"
    """A system that this universe does not hold (newer than the compiled data)."""


class HullClass(StrEnum):
    """What a hull counts as in a composition, smallest first."""

    POD = "pod"
    ROOKIE = "rookie"
    """Corvettes and shuttles."""
    FRIGATE = "frigate"
    DESTROYER = "destroyer"
    CRUISER = "cruiser"
    BATTLECRUISER = "battlecruiser"
    BATTLESHIP = "battleship"
    INDUSTRIAL = "industrial"
    """Haulers, mining barges, freighters and other hulls that work."""
    CAPITAL = "capital"
    SUPERCAPITAL = "supercapital"
    STRUCTURE = "structure"
    DEPLOYABLE = "deployable"
    FIGHTER = "fighter"
    OTHER = "other"
    """NPC hulls, unknown types, and attackers whose hull the mail does not name."""
