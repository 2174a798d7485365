"""Rows of the static data export, as they lie in its JSONL files. They never leave this folder.

Fields can be absent in any row, and new ones come and go: what the rest of the house can do without
has a default, and what is not named here is skipped.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `_key` is the id."""

    key: int = msgspec.field(name="_key")


class Name(msgspec.Struct, frozen=True, kw_only=True):
    """A map of languages; only English is read."""

    en: str = ""


class NamedRow(Row, frozen=True, kw_only=True):
    """A row with a name."""

    name: Name = Name()

    @property
    def label(self) -> str:
        """The English name on one line; the id where there is none."""
        return " ".join(self.name.en.split()) or f"#{self.key}"


NamedAny = TypeVar("NamedAny", bound=NamedRow)


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """Metres in space."""

    x: float
    y: float
    z: float


class MapPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A place on the flat map."""

    x: float
    y: float


class SystemRow(NamedRow, frozen=True, kw_only=True):
    """`mapSolarSystems`."""

    constellation: int = msgspec.field(name="constellationID")
    region: int = msgspec.field(name="regionID")
    position: Point
    security: float = msgspec.field(name="securityStatus", default=0.0)
    map_position: MapPoint | None = msgspec.field(name="position2D", default=None)
    stargates: Sequence[int] = msgspec.field(name="stargateIDs", default=())
    wormhole_class: int | None = msgspec.field(name="wormholeClassID", default=None)


class ConstellationRow(NamedRow, frozen=True, kw_only=True):
    """`mapConstellations`."""

    region: int = msgspec.field(name="regionID")
    systems: Sequence[int] = msgspec.field(name="solarSystemIDs", default=())
    wormhole_class: int | None = msgspec.field(name="wormholeClassID", default=None)


class RegionRow(NamedRow, frozen=True, kw_only=True):
    """`mapRegions`."""

    constellations: Sequence[int] = msgspec.field(name="constellationIDs", default=())
    faction: int = msgspec.field(name="factionID", default=0)
    wormhole_class: int | None = msgspec.field(name="wormholeClassID", default=None)


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where a gate leads."""

    system: int = msgspec.field(name="solarSystemID")


class GateRow(Row, frozen=True, kw_only=True):
    """`mapStargates`."""

    system: int = msgspec.field(name="solarSystemID")
    destination: Destination | None = None
    position: Point | None = None


class SunRow(Row, frozen=True, kw_only=True):
    """`mapSecondarySuns`."""

    system: int = msgspec.field(name="solarSystemID")
    effect: int = msgspec.field(name="effectBeaconTypeID", default=0)


class TypeRow(NamedRow, frozen=True, kw_only=True):
    """`types`."""

    group: int = msgspec.field(name="groupID")
    meta_group: int = msgspec.field(name="metaGroupID", default=0)
    published: bool = False


class GroupRow(NamedRow, frozen=True, kw_only=True):
    """`groups`."""

    category: int = msgspec.field(name="categoryID")


class CorporationRow(NamedRow, frozen=True, kw_only=True):
    """`npcCorporations`."""

    faction: int = msgspec.field(name="factionID", default=0)


class BuildRow(msgspec.Struct, frozen=True, kw_only=True):
    """`_sde`: which build this is."""

    build: int = msgspec.field(name="buildNumber")
    release_date: Annotated[datetime, msgspec.Meta(tz=True)] = msgspec.field(name="releaseDate")
