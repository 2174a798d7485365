"""What the publishers share: channels that want something, why, and how it is put into the outbox."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.alerts.settings import AlertSettings
from services.domain.alert import Alert, AlertKind, Reason
from services.domain.delivery import Destination, DestinationKind, Posting
from services.domain.ids import GuildId, RoleId
from services.domain.message import Message
from services.outbox import store as outbox
from services.storage.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """How old is still news."""

    post: timedelta
    ping: timedelta
    behind: timedelta
    """A kill that took longer from the feed to us says that the feed is behind."""

    @classmethod
    def of(cls, settings: AlertSettings) -> "Ages":
        """The operator's."""
        return cls(
            post=timedelta(minutes=settings.post_max_age_minutes),
            ping=timedelta(minutes=settings.ping_max_age_minutes),
            behind=timedelta(seconds=settings.catch_up_lag_seconds),
        )


@dataclass(frozen=True, slots=True)
class Spot:
    """A channel, and the server it belongs to."""

    destination: Destination
    guild_id: GuildId | None


Matches = Counter[AlertKind]
"""How many alerts were met, by their kind."""

Wanted = dict[Spot, list[Alert]]
"""Channels, each with the alerts that matched there, oldest first."""


def by_channel(alerts: Iterable[Alert]) -> Wanted:
    """Alerts by their channel."""
    found: Wanted = {}
    for alert in alerts:
        destination = Destination(DestinationKind.CHANNEL, alert.channel_id)
        found.setdefault(Spot(destination, alert.guild_id), []).append(alert)
    return found


def roles_of(alerts: Iterable[Alert]) -> tuple[RoleId, ...]:
    """The roles to call, each once."""
    return tuple(dict.fromkeys(a.role_id for a in alerts if a.role_id is not None))


def reasons_of(before: tuple[Reason, ...], alerts: Iterable[Alert]) -> tuple[Reason, ...]:
    """The reasons so far, and those of alerts that are new among them."""
    known = {reason.alert_id for reason in before}
    return (*before, *(Reason.of(alert) for alert in alerts if alert.id not in known))


class Desk:
    """Puts messages into the outbox."""

    def __init__(self, *, edit_spacing: timedelta) -> None:
        self._edit_spacing = edit_spacing

    async def put(
        self,
        tx: Transaction,
        spot: Spot,
        key: str,
        message: Message,
        *,
        now: datetime,
        expires_at: datetime | None,
    ) -> None:
        """Say that this should stand in the channel under `key`."""
        posting = Posting(
            destination=spot.destination,
            guild_id=spot.guild_id,
            dedupe_key=key,
            message=message,
            expires_at=expires_at,
        )
        await outbox.put(tx, posting, now=now, edit_spacing=self._edit_spacing)

    async def reply(
        self,
        tx: Transaction,
        spot: Spot,
        key: str,
        message: Message,
        *,
        now: datetime,
        expires_at: datetime,
        to: str,
    ) -> None:
        """Answer the message with the key `to`; said once, never edited."""
        posting = Posting(
            destination=spot.destination,
            guild_id=spot.guild_id,
            dedupe_key=key,
            message=message,
            expires_at=expires_at,
            reply_to=to,
        )
        await outbox.put_once(tx, posting, now=now)
