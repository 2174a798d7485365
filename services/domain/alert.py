"""What a channel asked for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypedDict

from services.domain.filter import Filter
from services.domain.ids import AlertId, ChannelId, GuildId, RegionId, RoleId, UserId
from services.domain.occurrence import OccurrenceKind, Scope, Topic
from services.domain.quiet import QuietHours
from services.domain.standing import Stance


class AlertKind(StrEnum):
    """What an alert watches."""

    BATTLES = "battles"
    KILLS = "kills"
    SOV = "sov"
    FW = "fw"
    INCURSION = "incursion"
    WAR = "war"

    @property
    def topic(self) -> Topic | None:
        """Of occurrences, those of this topic are watched; None for battles and kills."""
        return _TOPICS.get(self)


_TOPICS = {AlertKind(topic.value): topic for topic in Topic}

REMINDERS = (1440, 180, 30, 5)
"""Minutes before a campaign starts at which an alert reminds that names no others."""


class AlertState(StrEnum):
    """`paused` by a member of the server; `blocked` because Discord refuses the channel."""

    ACTIVE = "active"
    PAUSED = "paused"
    BLOCKED = "blocked"


class CardStyle(StrEnum):
    """How much a kill's card shows. The values are stored."""

    LINK = "link"
    """One line with a link to the killboard, which Discord unfolds as it likes."""
    COMPACT = "compact"
    """Two lines."""
    FULL = "full"
    WATCH = "watch"
    """The full card with buttons: acknowledge, resolve, false alarm, mute."""


class CardPart(StrEnum):
    """A part of a kill's card that can be left out. The values are stored."""

    VICTIM = "victim"
    FINAL_BLOW = "final_blow"
    TOP_DAMAGE = "top_damage"
    ATTACKERS = "attackers"
    PLACE = "place"
    DISTANCE = "distance"
    VALUE = "value"
    TIME = "time"
    NOTES = "notes"
    PICTURE = "picture"
    LINKS = "links"
    REASON = "reason"
    """Which alerts fired, and why."""


class Updates(StrEnum):
    """What an alert on battles tells of a fight beside the one message that is edited. The values are stored."""

    NONE = "none"
    REPLIES = "replies"
    """Milestones are replies to the message."""
    THREAD = "thread"
    """Milestones go to a thread of the message, which is archived when the fight is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRequest:
    """An alert as it is asked for.

    An alert for kills has a filter; region and floors are for battles alone; scope, events and reminders for what is
    watched by topic.

    Floors are inclusive; None means no condition. It calls a role or a person, or nobody.
    """

    guild_id: GuildId
    channel_id: ChannelId
    kind: AlertKind
    created_by: UserId
    name: str | None = None
    """As its server calls it, at most 100 characters."""
    filter: Filter | None = None
    region_id: RegionId | None = None
    min_kills: int | None = None
    min_isk: float | None = None
    role_id: RoleId | None = None
    user_id: UserId | None = None
    ping_minutes: int | None = None
    """How old a kill may be that it calls for; None: as the operator says."""
    cooldown_minutes: int | None = None
    """At most one call in so long, and one a fight; None: as the operator says."""
    style: CardStyle = CardStyle.FULL
    hidden: frozenset[CardPart] = frozenset()
    quiet: QuietHours | None = None
    """Its own quiet hours; None: the server's. Of no length: never quiet, whatever the server says."""
    updates: Updates = Updates.NONE
    """Of battles only."""
    scope: Scope | None = None
    """Which occurrences of its topic; None: all."""
    events: frozenset[OccurrenceKind] = frozenset()
    """Kinds of occurrences, of its topic; none: the usual ones (`services.domain.occurrence.USUAL`)."""
    reminders: tuple[int, ...] | None = None
    """Minutes before a campaign starts, longest first; None: `REMINDERS`; none in it: never. Of sovereignty only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(AlertRequest):
    """A stored alert. `reason` says why it is not active, in markdown of our own; people stand in it as mentions."""

    id: AlertId
    created_at: datetime
    state: AlertState = AlertState.ACTIVE
    reason: str | None = None
    muted_until: datetime | None = None
    """Posts nothing until then (somebody pressed *Mute*); it stays active."""


class AlertChanges(TypedDict, total=False):
    """What of an alert is to be different, by the names of `AlertRequest`; what is left out stays."""

    channel_id: ChannelId
    name: str | None
    filter: Filter
    region_id: RegionId | None
    min_kills: int | None
    min_isk: float | None
    role_id: RoleId | None
    """Calling a role ends calling a person, and the other way round."""
    user_id: UserId | None
    ping_minutes: int | None
    cooldown_minutes: int | None
    style: CardStyle
    hidden: frozenset[CardPart]
    quiet: QuietHours | None
    updates: Updates
    scope: Scope | None
    events: frozenset[OccurrenceKind]
    reminders: tuple[int, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came of alerts that were given as a document."""

    added: tuple[Alert, ...]
    skipped: tuple[str, ...] = ()
    """What was left out and why, a sentence each; markdown of our own, what others wrote stands in code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An alert that wants a kill, and why."""

    alert: Alert
    because: Filter
    """What of its filter held: of alternatives the first that did, of several values those that fit; exclusions left
    out."""
    stance: Stance = Stance.NEUTRAL
    """What the kill is to the alert's server."""


class Outcome(StrEnum):
    """What became of a kill that an alert was asked about. The values are stored, and counted by the hour."""

    SEEN = "seen"
    """Looked at, by all alerts alike (counted for alert 0)."""
    MATCHED = "matched"
    POSTED = "posted"
    MERGED = "merged"
    """Posted with another alert's post in the same channel, which names both."""
    QUIET_POST = "quiet post"
    """Held for the digest."""
    QUIET_PING = "quiet ping"
    MUTED = "muted"
    TOO_OLD = "too old"
    """Too old to be posted."""
    OLD_PING = "old ping"
    """Posted, too old to call anybody."""
    COOLDOWN = "cooldown"
    """Posted, calling nobody: it had called shortly before, or for the same fight."""
    BEHIND_PING = "behind ping"
    """Posted while the feed was catching up, when nobody is called."""
    EDIT_PING = "edit ping"
    """Its kill stood in the channel before the alert wanted it; an edit calls nobody."""
    MUTED_PING = "muted ping"
    """Posted, calling nobody: somebody had muted the battle in the channel, or did before the call was sent."""
    SUMMED_UP = "summed up"
    """In the summary of a catching up."""
    CAPPED = "capped"
    """The channel had its posts for the hour: in the summary."""
    CALLED = "called"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    FALSE_ALARM = "false alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a message was posted: which alert matched, and whom it calls."""

    alert_id: AlertId
    kind: AlertKind
    name: str | None = None
    because: str | None = None
    """What of its filter held, as JSON (`services.filters.data`); None for battles."""
    region_id: RegionId | None = None
    min_kills: int | None = None
    min_isk: float | None = None
    role_id: RoleId | None = None
    user_id: UserId | None = None
    scope: Scope | None = None

    @classmethod
    def of(cls, alert: Alert, because: str | None = None) -> "Reason":
        """The part of an alert that a card shows."""
        return cls(
            alert_id=alert.id,
            kind=alert.kind,
            name=alert.name,
            because=because,
            region_id=alert.region_id,
            min_kills=alert.min_kills,
            min_isk=alert.min_isk,
            role_id=alert.role_id,
            user_id=alert.user_id,
            scope=alert.scope,
        )
