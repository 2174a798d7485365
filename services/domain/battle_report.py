"""All that is known of one battle: what its pictures, pages and exports are made of.

Victims, times and values are kept for ever; who shot is forgotten with the details of the killmails, and then nobody
is named as having dealt most damage.
"""

from dataclasses import dataclass
from datetime import datetime

from services.domain.battle import Battle, Loss
from services.domain.ids import CharacterId, SystemId, TypeId
from services.domain.killmail import Organisation
from services.domain.space import HullClass


@dataclass(frozen=True, slots=True, kw_only=True)
class KillMoment:
    """One kill on the battle's time line. `side`: place of the victim's side in `Battle.sides`; None: of no side."""

    time: datetime
    system_id: SystemId
    side: int | None
    isk: float | None
    """None: unknown."""
    estimated: bool
    ship_type_id: TypeId | None
    hull_class: HullClass


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotDeeds:
    """What one named pilot did. `ship_type_id`: the hull flown on most of the mails, where any is named."""

    character_id: CharacterId
    organisation: Organisation | None
    side: int | None
    ship_type_id: TypeId | None
    damage: int
    final_blows: int
    kills: int
    """Mails of other sides' victims that the pilot is on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BattleReport:
    """One battle with its mails read."""

    battle: Battle
    moments: tuple[KillMoment, ...]
    """By time."""
    losses: tuple[Loss, ...]
    """All of them, the most valuable first; those of unknown value last, by time."""
    pilots: tuple[PilotDeeds, ...]
    """Those who shot, most damage first; none where the details are gone."""
    detailed: bool
    """False when the attackers of some of its mails are no longer kept."""
