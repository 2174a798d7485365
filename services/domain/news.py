"""What a channel is told of the game beside kills, as data for the outbox (see `services.domain.message`)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.domain.alert import Reason
from services.domain.ids import RoleId, SystemId, UserId
from services.domain.isk import IskSum
from services.domain.occurrence import Occurrence
from services.domain.sovereignty import Campaign
from services.domain.timer import Board, BoardState, OwnTimer


@dataclass(frozen=True, slots=True, kw_only=True)
class FightLine:
    """A battle near a campaign, in one line."""

    public_id: str
    system_id: SystemId
    kills: int
    isk: IskSum
    jumps: int
    """From the campaign's system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fighting:
    """What killmails tell of a campaign's neighbourhood since shortly before its start."""

    kills: int = 0
    """In its system and those within the jumps that count as near."""
    isk: IskSum = field(default_factory=IskSum)
    battles: tuple[FightLine, ...] = ()
    """The largest first, at most three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignMessage:
    """One campaign, once per channel, edited as it goes on."""

    campaign: Campaign
    reasons: tuple[Reason, ...]
    adm: float | None = None
    fighting: Fighting = Fighting()
    home_id: SystemId | None = None
    """The system that the alert measures from: the card tells the jumps."""
    stale_since: datetime | None = None
    """Since when the source should have told of it again and did not; None: what stands here is current."""
    missed: bool = False
    """Its start has passed, and no answer has told of it since."""
    ping: tuple[RoleId, ...] = ()
    call: tuple[UserId, ...] = ()
    ping_until: datetime | None = None
    sample: bool = False


class NoteKind(StrEnum):
    """What a reply to a campaign's message says. The values are stored."""

    REMINDER = "reminder"
    STARTED = "started"
    SCORE = "score"
    """The scores moved by much (told at most once in some minutes)."""
    FIGHT = "fight"
    """A battle broke out near it."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignNoteMessage:
    """A reply to a campaign's message: edits notify nobody."""

    campaign: Campaign
    """As it was then."""
    note: NoteKind
    reasons: tuple[Reason, ...]
    minutes: int | None = None
    """Of a reminder: the one that was asked for."""
    fighting: Fighting = Fighting()
    stale_since: datetime | None = None
    """Since when the source gave nothing when this was said: whether the campaign still stands was not known."""
    ping: tuple[RoleId, ...] = ()
    call: tuple[UserId, ...] = ()
    ping_until: datetime | None = None


class HeldBy(StrEnum):
    """Why news come together in one message. The values are stored."""

    QUIET = "quiet"
    """Quiet hours; the message comes when they end."""
    CAP = "cap"
    """The channel had as many posts as it may have in an hour."""
    GAP = "gap"
    """The source gave nothing for more than an hour: all that changed meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsMessage:
    """Occurrences of one kind that were found at once, or several that were held and come together."""

    occurrences: tuple[Occurrence, ...]
    """Oldest first, at most 40; of more, `more` says how many."""
    reasons: tuple[Reason, ...]
    more: int = 0
    beyond: tuple[str, ...] = ()
    """The contests among those `more`: what is told of them again is no other line."""
    held_by: HeldBy | None = None
    window: tuple[datetime, datetime] | None = None
    """The quiet hours, the hour of the limit, or the time without answers."""
    home_id: SystemId | None = None
    ping: tuple[RoleId, ...] = ()
    call: tuple[UserId, ...] = ()
    ping_until: datetime | None = None
    sample: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerNoteMessage:
    """A reminder of a server's own timer."""

    timer: OwnTimer
    minutes: int
    """Which reminder; 0: it is time."""
    ping: tuple[RoleId, ...] = ()
    ping_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardMessage:
    """A board as it stands."""

    board: Board
    state: BoardState
