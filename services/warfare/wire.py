"""ESI's rows of faction warfare as they come (`/fw/systems`, `/fw/stats`, `/fw/wars`), and nothing inwards of here.

Numbers are bounded to what the tables hold: a row with another one cannot be read, and costs itself alone.
"""

from typing import Annotated

import msgspec

SYSTEMS, STATS, WARS = "/fw/systems", "/fw/stats", "/fw/wars"

_Id = Annotated[int, msgspec.Meta(ge=1, lt=2**31)]
_Count = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
_Points = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class SystemRow(msgspec.Struct, frozen=True):
    """One system of the warzone."""

    solar_system_id: _Id
    owner_faction_id: _Id
    occupier_faction_id: _Id
    contested: str
    victory_points: _Count
    victory_points_threshold: _Count


class Kills(msgspec.Struct, frozen=True):
    """Kills of a militia."""

    yesterday: _Count
    last_week: _Count
    total: _Count


class Points(msgspec.Struct, frozen=True):
    """Victory points of a militia."""

    yesterday: _Points
    last_week: _Points
    total: _Points


class StatsRow(msgspec.Struct, frozen=True):
    """One militia's figures."""

    faction_id: _Id
    pilots: _Count
    systems_controlled: _Count
    kills: Kills
    victory_points: Points


class WarRow(msgspec.Struct, frozen=True):
    """One faction at war with another; ESI names both ways."""

    faction_id: _Id
    against_id: _Id
