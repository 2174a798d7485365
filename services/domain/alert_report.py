"""What became of an alert's kills, and what stands between it and its channel: the answer to "why is it silent"."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.domain.alert import Alert, Outcome
from services.domain.news_trial import SourceHealth
from services.domain.quiet import Quiet


@dataclass(frozen=True, slots=True, kw_only=True)
class SendFailure:
    """A message that did not reach the channel, or is gone from it."""

    at: datetime
    """When it was to be posted."""
    reason: str
    """In words; may hold text of Discord's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """How the kill feed is."""

    lag_seconds: float | None
    """How far it is behind the present; None when that is not known."""
    last_new_at: datetime | None
    """When a new killmail last came; None when none has since the start."""
    backlog: int
    """Earlier numbers of the feed that are still to be read."""
    catching_up_since: datetime | None
    """Since when late kills are summed up; None while the feed is current."""
    failing_since: datetime | None
    paused_until: datetime | None
    """The feed refuses us until then."""
    fault: str | None
    """What is wrong with it at this moment; None when all is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertWhy:
    """All that `/alert why` says, at `now`.

    Counters are those of whole EVE hours, this one among them; an outcome that did not happen is missing.
    """

    now: datetime
    alert: Alert
    day: Mapping[Outcome, int]
    """The last 24 hours."""
    week: Mapping[Outcome, int]
    """The last 7 days."""
    seen_day: int
    """Kills that all alerts were asked about."""
    seen_week: int
    last_match_at: datetime | None
    """In the last 7 days; None when nothing matched."""
    last_post_at: datetime | None
    """When it last had something posted as a message of its own, in the last 7 days."""
    failed: int
    """Messages of the last 7 days that named it and failed."""
    failures: tuple[SendFailure, ...]
    """The latest of them, at most three, the latest first."""
    waiting: int
    """Messages that name it and wait to be sent."""
    waiting_since: datetime | None
    held: int
    """Kills and battles in the digest that comes when quiet hours end."""
    digest_at: datetime | None
    muted_until: datetime | None
    """None when it is not muted now."""
    quiet: Quiet | None
    """The quiet hours that hold for it now."""
    blocked_since: datetime | None
    """Since when Discord refuses the channel; None while it takes messages."""
    blocked_reason: str | None
    posts: int
    """Kills posted in the channel in this EVE hour, for all its alerts."""
    posts_limit: int
    sending_held: bool
    """The operator holds every message back."""
    feed: FeedHealth | None
    """None where no feed runs (a demo, a command line)."""
    sources: tuple[SourceHealth, ...] = ()
    """Of an alert on occurrences: what it depends on."""
