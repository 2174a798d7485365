"""What one map shows: any set of systems, and what is known of them, in layers that may each be empty.

Facts and finished words only. Two of the same content are equal, and have the same key.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.domain.heat import HeatBy
from services.domain.ids import SystemId
from services.domain.warfare import Role
from services.rendering.palette import RGB


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whoever holds systems: on the map by `label` (a ticker or one short word), in the legend by `name`."""

    key: int
    label: str
    name: str
    count: int
    """Systems, shown in the legend."""
    colour: RGB


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """How a system of the warzone stands. `share`: 0 to 1; None where it is not known."""

    system_id: SystemId
    share: float | None
    vulnerable: bool = False
    role: Role | None = None


class MarkKind(StrEnum):
    """What a system is marked with beside its name."""

    CAMPAIGN = "campaign"
    FLIP = "flip"
    BATTLE = "battle"
    CAPITAL = "capital"
    INSURGENCY = "insurgency"


@dataclass(frozen=True, slots=True, kw_only=True)
class MapMark:
    """A mark with a few words: `in 3 h`, `45 kills`."""

    system_id: SystemId
    kind: MarkKind
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapData:
    """One map. Systems that a layer names and that are not shown are passed over."""

    systems: tuple[SystemId, ...]
    """Those shown, by id, at least one; all of them with a place on the flat map."""
    title: str
    subtitle: tuple[str, ...] = ()
    """At most two lines under it."""
    figure: str = ""
    """What it sums up to, top right."""
    detail: str = ""
    """Under it."""
    heat: tuple[tuple[SystemId, float], ...] = ()
    """Kills or ISK; only above 0."""
    by: HeatBy = HeatBy.KILLS
    heat_text: str = ""
    """What the heat is, for the legend: `Kills in 24 hours`. Empty: this map shows none."""
    holders: tuple[Holder, ...] = ()
    """Most important first: where colours or room run out, the last ones give way."""
    held: tuple[tuple[SystemId, int], ...] = ()
    """System and its holder's key."""
    contests: tuple[Contest, ...] = ()
    enemies: tuple[tuple[int, int], ...] = ()
    """Holders at war: gates between their systems are the front."""
    marks: tuple[MapMark, ...] = ()
    exits: bool = True
    """Whether gates to other regions say where they lead."""
    asked: SystemId | None = None
    """The system that it was drawn for."""
    empty: str = ""
    """Stands across a map on which there is nothing to see."""
    notes: tuple[str, ...] = ()
    """How old and how certain it is; at the foot."""
    drawn_at: datetime


def map_key(data: MapData) -> str:
    """The same for data that give the same picture."""
    return hashlib.blake2b(repr(data).encode(), digest_size=16).hexdigest()
