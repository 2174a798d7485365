"""What the publishers share: channels that want something, why, and how it is put into the outbox."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from services.alerts.settings import AlertSettings
from services.domain.alert import Alert, AlertKind, Match, Reason
from services.domain.delivery import Destination, DestinationKind, Posting
from services.domain.ids import ChannelId, GuildId, RoleId, TypeId, UserId
from services.domain.message import Message
from services.domain.space import HullClass
from services.filters.data import encode
from services.outbox import store as outbox
from services.publishing.verdicts import Ages
from services.storage.database import Transaction

T = TypeVar("T")

HullClassOf = Callable[[TypeId | None], HullClass]
"""What a type counts as."""

IsLandmark = Callable[[TypeId | None], bool]
"""Whether a type is a structure that people gather at and fleets are called for."""


def ages_of(settings: AlertSettings) -> Ages:
    """The operator's."""
    return Ages(
        post=timedelta(minutes=settings.post_max_age_minutes),
        ping=timedelta(minutes=settings.ping_max_age_minutes),
        behind=timedelta(seconds=settings.catch_up_lag_seconds),
        cooldown=timedelta(minutes=settings.call_cooldown_minutes),
    )


@dataclass(frozen=True, slots=True)
class Spot:
    """A channel, and the server it belongs to."""

    destination: Destination
    guild_id: GuildId | None

    @property
    def channel_id(self) -> ChannelId:
        """The channel's id."""
        return ChannelId(self.destination.id)


Matches = Counter[AlertKind]
"""How many alerts were met, by their kind."""


def by_channel(items: Iterable[T], alert_of: Callable[[T], Alert]) -> dict[Spot, list[T]]:
    """Alerts, or what has one, by the alert's channel; in the order they come in."""
    found: dict[Spot, list[T]] = {}
    for item in items:
        alert = alert_of(item)
        destination = Destination(DestinationKind.CHANNEL, alert.channel_id)
        found.setdefault(Spot(destination, alert.guild_id), []).append(item)
    return found


def matches_by_channel(matches: Iterable[Match]) -> dict[Spot, list[Match]]:
    """Matches by their alert's channel, oldest alert first."""
    return by_channel(matches, lambda match: match.alert)


def roles_of(alerts: Iterable[Alert]) -> tuple[RoleId, ...]:
    """The roles to call, each once."""
    return tuple(dict.fromkeys(a.role_id for a in alerts if a.role_id is not None))


def people_of(alerts: Iterable[Alert]) -> tuple[UserId, ...]:
    """The people to call, each once."""
    return tuple(dict.fromkeys(a.user_id for a in alerts if a.user_id is not None))


def with_reasons(before: tuple[Reason, ...], new: Iterable[Reason]) -> tuple[Reason, ...]:
    """The reasons so far, and those of alerts that are new among them."""
    known = {reason.alert_id for reason in before}
    return (*before, *(reason for reason in new if reason.alert_id not in known))


def why(match: Match) -> Reason:
    """Why an alert wants this very kill."""
    return Reason.of(match.alert, because=encode(match.because))


def wish(alert: Alert) -> Reason:
    """What an alert wants, of whatever it may be."""
    return Reason.of(alert, because=None if alert.filter is None else encode(alert.filter))


class Desk:
    """Puts messages into the outbox."""

    def __init__(self, *, edit_spacing: timedelta) -> None:
        self.edit_spacing = edit_spacing

    async def put(
        self,
        tx: Transaction,
        spot: Spot,
        key: str,
        message: Message,
        *,
        now: datetime,
        expires_at: datetime | None,
        due_at: datetime | None = None,
    ) -> None:
        """Say that this should stand in the channel under `key`; not before `due_at`, where that is given."""
        posting = Posting(
            destination=spot.destination,
            guild_id=spot.guild_id,
            dedupe_key=key,
            message=message,
            expires_at=expires_at,
        )
        await outbox.put(tx, posting, now=now, edit_spacing=self.edit_spacing, due_at=due_at)

    async def reply(
        self,
        tx: Transaction,
        spot: Spot,
        key: str,
        message: Message,
        *,
        now: datetime,
        expires_at: datetime,
        to: str | None,
    ) -> bool:
        """Answer the message with the key `to`, or none; said once, never edited. False where it was said before."""
        posting = Posting(
            destination=spot.destination,
            guild_id=spot.guild_id,
            dedupe_key=key,
            message=message,
            expires_at=expires_at,
            reply_to=to,
        )
        return await outbox.put_once(tx, posting, now=now)
