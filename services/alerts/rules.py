"""What meets an alert: pure. Every condition that is set must hold; an unknown value never meets a floor."""

from collections.abc import Iterable

from services.domain.alert import Alert, AlertKind, AlertRequest
from services.domain.battle import Battle
from services.domain.errors import UserError
from services.domain.ids import RegionId
from services.domain.killmail import Killmail


def meets_kill(alert: Alert, killmail: Killmail, region_id: RegionId | None) -> bool:
    """True when a kill alert wants this kill. The region is the one its system lies in."""
    return (
        alert.kind is AlertKind.KILLS
        and alert.region_id in (None, region_id)
        and killmail.value.meets(alert.min_isk)
    )


def meets_battle(alert: Alert, battle: Battle, region_id: RegionId | None) -> bool:
    """True when a battle alert wants this battle as it stands. What is unpriced does not count towards its ISK."""
    return (
        alert.kind is AlertKind.BATTLES
        and alert.region_id in (None, region_id)
        and battle.kills >= (alert.min_kills or 0)
        and battle.isk_destroyed.isk >= (alert.min_isk or 0.0)
    )


def checked(request: AlertRequest, present: Iterable[Alert], *, max_per_guild: int) -> AlertRequest:
    """Refuse what would flood, what is already there, and what is too much; UserError says what to do instead."""
    alerts = list(present)
    if request.kind is AlertKind.KILLS and request.region_id is None and request.min_isk is None:
        raise UserError(
            "That would post every kill in New Eden, some 14,000 a day. Give a region, a floor in ISK, or both."
        )
    if len(alerts) >= max_per_guild:
        raise UserError(
            f"This server has {len(alerts)} alerts, which is the most it may have. Remove one first."
        )
    for alert in alerts:
        if _same(alert, request):
            raise UserError(f"Alert #{alert.id} already asks for exactly that in that channel.")
    return request


def _same(alert: Alert, request: AlertRequest) -> bool:
    names = ("channel_id", "kind", "region_id", "min_kills", "min_isk", "role_id")
    return all(getattr(alert, name) == getattr(request, name) for name in names)
