"""What a channel asked for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.domain.ids import AlertId, ChannelId, GuildId, RegionId, RoleId, UserId


class AlertKind(StrEnum):
    """What an alert watches."""

    BATTLES = "battles"
    KILLS = "kills"


class AlertState(StrEnum):
    """`paused` by a member of the server; `blocked` because Discord refuses the channel."""

    ACTIVE = "active"
    PAUSED = "paused"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRequest:
    """An alert as it is asked for. Floors are inclusive; None means no condition."""

    guild_id: GuildId
    channel_id: ChannelId
    kind: AlertKind
    created_by: UserId
    region_id: RegionId | None = None
    min_kills: int | None = None
    min_isk: float | None = None
    role_id: RoleId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(AlertRequest):
    """A stored alert. `reason` says why it is not active, in markdown of our own; people stand in it as mentions."""

    id: AlertId
    created_at: datetime
    state: AlertState = AlertState.ACTIVE
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a message was posted: which alert matched, and which role it calls."""

    alert_id: AlertId
    kind: AlertKind
    region_id: RegionId | None = None
    min_kills: int | None = None
    min_isk: float | None = None
    role_id: RoleId | None = None

    @classmethod
    def of(cls, alert: Alert) -> "Reason":
        """The part of an alert that a card shows."""
        return cls(
            alert_id=alert.id,
            kind=alert.kind,
            region_id=alert.region_id,
            min_kills=alert.min_kills,
            min_isk=alert.min_isk,
            role_id=alert.role_id,
        )
