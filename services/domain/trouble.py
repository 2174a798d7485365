"""What can be wrong for a while: one list for the log, `/status`, the metrics, the operator's notices and the manual.

A trouble begins, lasts and ends. Whoever notices says `begins` as often as they like and `ends` when all is well again;
what is told to whom, and after how long, is decided in one place (`services.troubles`). `docs/operations.md` says of
each what an operator can do.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Trouble(StrEnum):
    """Every kind. The value is the name in the log, the metrics and the manual; never renamed."""

    FEED_DOWN = "feed-down"
    """The kill feed does not answer, or not with killmails."""
    FEED_BANNED = "feed-banned"
    """The kill feed refuses us for a time."""
    FEED_SILENT = "feed-silent"
    """The kill feed answers and has nothing new, for longer than the game ever is quiet."""
    FEED_LATE = "feed-late"
    """A backlog is being read beside what happens now."""
    FEED_GAP = "feed-gap"
    """Killmails expired before they were read; the history will fill them in."""
    FALLBACK_FEED = "fallback-feed"
    """Killmails come from the second feed."""
    FALLBACK_DOWN = "fallback-down"
    """The second feed is wanted and does not answer."""
    HISTORY_DOWN = "history-down"
    """zKillboard's history or EVE Ref's archives cannot be fetched."""
    DAY_INCOMPLETE = "day-incomplete"
    """A day holds fewer killmails than its publisher counts. Subject: source and day."""
    QUARANTINE = "quarantine"
    """Killmails came that could not be read."""
    ESI_DOWN = "esi-down"
    """The game's API does not answer."""
    ESI_LIMITED = "esi-limited"
    """The game's API asks us to wait. Subject: the bucket."""
    ESI_BANNED = "esi-banned"
    """The game's API refuses us."""
    ESI_SCHEMA = "esi-schema"
    """An answer of the game's API has not the shape that we know. Subject: the route."""
    SOURCE_STALE = "source-stale"
    """A polled source gives nothing that can be used; what it said last is shown with its age. Subject: the source."""
    PRICES_OLD = "prices-old"
    """Market prices could not be renewed for days."""
    UNIVERSE_OLD = "universe-old"
    """The game's static data could not be renewed."""
    DATABASE = "database"
    """The database cannot be written: disk full, locked, not reachable."""
    DISK_LOW = "disk-low"
    """Little room is left where the database lies."""
    LOOP_FAILED = "loop-failed"
    """Something unexpected keeps one of the bot's loops from its work. Subject: the loop."""
    JOB_FAILED = "job-failed"
    """Something unexpected keeps a recurring job from its work. Subject: the job."""
    DISCORD_DOWN = "discord-down"
    """No connection to Discord."""
    OUTBOX_LATE = "outbox-late"
    """Messages that are due are not sent."""
    MESSAGES_LOST = "messages-lost"
    """Messages were given up: Discord will never take them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleState:
    """One trouble as it stands, or stood until `ended_at`."""

    trouble: Trouble
    subject: str
    detail: str
    began_at: datetime
    ended_at: datetime | None = None
    times: int = 1
    """How often it began: more than once where it came back within minutes."""
    confirmed: bool = True
    """False: left from before the start, and nobody has said since whether it is still so."""


class TroubleWatch(Protocol):
    """Where troubles are told. Never raises, never waits: it may be called from anywhere."""

    def begins(self, trouble: Trouble, detail: str, *, subject: str = "") -> None:
        """It is so (now or still). `detail`: one line for a person; no secrets, no text from outside unescaped."""
        ...

    def ends(self, trouble: Trouble, *, subject: str = "") -> None:
        """It is not so (any more)."""
        ...


class NoWatch:
    """Nobody listens: a command line, a test of something else."""

    def begins(self, trouble: Trouble, detail: str, *, subject: str = "") -> None:
        """Nothing happens."""

    def ends(self, trouble: Trouble, *, subject: str = "") -> None:
        """Nothing happens."""
