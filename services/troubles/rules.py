"""What is told of which trouble, and after how long: one table, and pure functions over it.

The operator is told what they can act on, or would wonder about; what mends itself stands in `/status` alone. The name
of each kind is its heading in `docs/operations.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from services.domain.message import Severity
from services.domain.trouble import Trouble, TroubleState

FLAP = timedelta(minutes=5)
"""A trouble that comes back within this is the same one, on and off: one message, edited."""
LONGEST = timedelta(days=1)
"""One that comes back so long after it first began is told anew all the same."""
MOST_TOLD = 3
"""Of one kind (each with its own subject) no more than this stand told at a time; `/status` knows the others."""

_WORTH_TELLING = timedelta(minutes=1)
"""What is over before anybody could be told, after less than this, is not told any more."""
_AT_ONCE = timedelta(0)
_DAY = timedelta(days=1)


class Told(StrEnum):
    """What the operator was told of a trouble last."""

    NOTHING = "nothing"
    BEGIN = "begin"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one kind is treated."""

    title: str
    """In plain words, without what the subject says."""
    patience: timedelta | None
    """How long it lasts before the operator is told, besides what whoever noticed it waited already; None: it is for
    `/status` alone."""
    severity: Severity = Severity.WARNING
    end_told: bool = True
    fades: timedelta | None = None
    """For what happens rather than lasts: it counts as over when it has not been seen for so long."""
    doubt: timedelta = _DAY
    """Left open by an earlier process and seen by nobody since: for so long it stands as unconfirmed, then it is over.
    Longer than whoever looks needs for its next look."""


def _rule(title: str, patience: timedelta | None, **more: object) -> Rule:
    return Rule(title=title, patience=patience, **more)  # type: ignore[arg-type]


def _minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


_SLOW = {"doubt": timedelta(days=8)}
_EVENT = {"fades": _DAY, "end_told": False}

RULES: Mapping[Trouble, Rule] = MappingProxyType(
    {
        Trouble.FEED_DOWN: _rule("The kill feed does not answer", _minutes(10)),
        Trouble.FEED_BANNED: _rule("The kill feed refuses us", _AT_ONCE),
        Trouble.FEED_SILENT: _rule("The kill feed has nothing new", _minutes(5)),
        Trouble.FEED_LATE: _rule("A backlog of killmails is being read", None),
        Trouble.FEED_GAP: _rule("Killmails expired before they were read", 3 * _DAY, **_SLOW),
        Trouble.FALLBACK_FEED: _rule("Killmails come from the second feed", None),
        Trouble.FALLBACK_DOWN: _rule("The second feed does not answer either", _minutes(15)),
        Trouble.HISTORY_DOWN: _rule("Past killmails cannot be fetched", 6 * _minutes(60), **_SLOW),
        Trouble.DAY_INCOMPLETE: _rule("A day is not complete", 2 * _DAY, **_SLOW),
        Trouble.QUARANTINE: _rule("Killmails could not be read", _AT_ONCE, **_EVENT),
        Trouble.ESI_DOWN: _rule("The game's API does not answer", _minutes(30)),
        Trouble.ESI_LIMITED: _rule("The game's API asks us to wait", _minutes(60)),
        Trouble.ESI_BANNED: _rule("The game's API refuses us", _AT_ONCE),
        Trouble.ESI_SCHEMA: _rule("The game's API answers in a new shape", _AT_ONCE, **_EVENT),
        Trouble.SOURCE_STALE: _rule("A source of the game's news gives nothing new", _minutes(60)),
        Trouble.PRICES_OLD: _rule("Market prices cannot be renewed", 2 * _DAY),
        Trouble.UNIVERSE_OLD: _rule("The game's static data is old", _AT_ONCE, **_SLOW),
        Trouble.DATABASE: _rule("The database cannot be written", _minutes(1)),
        Trouble.DISK_LOW: _rule("The disk is nearly full", _AT_ONCE),
        Trouble.LOOP_FAILED: _rule("A part of the bot does not work", _minutes(5)),
        # Longer than the longest time between two runs, so that one bad run alone is not told.
        Trouble.JOB_FAILED: _rule("A recurring job does not work", _minutes(65)),
        Trouble.DISCORD_DOWN: _rule("No connection to Discord", _minutes(10)),
        Trouble.OUTBOX_LATE: _rule("Messages are not sent", _minutes(5)),
        Trouble.MESSAGES_LOST: _rule("Messages were given up", _AT_ONCE, **_EVENT),
    }
)


def title(state: TroubleState) -> str:
    """What is (or was) wrong, in a few words. The subject is our own word for a thing, never text from outside."""
    words = RULES[state.trouble].title
    return f"{words} ({state.subject})" if state.subject else words


def is_loud(state: TroubleState) -> bool:
    """True for what the operator is told; the rest mends itself and stands in `/status`."""
    return RULES[state.trouble].patience is not None


def is_same(ended_at: datetime, began_at: datetime, now: datetime) -> bool:
    """True when what begins now is the trouble that ended at `ended_at`, on and off."""
    return now - ended_at < FLAP and now - began_at < LONGEST


def over_since(state: TroubleState, *, seen_at: datetime, started_at: datetime) -> datetime | None:
    """When an open trouble counts as over because nobody has seen it any more; None: not by itself."""
    rule = RULES[state.trouble]
    ends = [seen_at + rule.fades] if rule.fades is not None else []
    if not state.confirmed:
        ends.append(started_at + rule.doubt)
    return min(ends, default=None)


def owed(
    state: TroubleState, told: Told, *, now: datetime, others: int, written: bool = True
) -> Told:
    """What the operator should have been told by now.

    Args:
        state: how the trouble stands.
        told: what they were told of it.
        now: the time.
        others: open troubles of its kind of which they know.
        written: False where it has never reached the database. What began and ended while that was down is told too.
    """
    rule = RULES[state.trouble]
    if rule.patience is None:
        return Told.NOTHING
    if told is Told.NOTHING:
        lasted = (state.ended_at or now) - state.began_at
        if not state.confirmed or others >= MOST_TOLD or lasted < rule.patience:
            return Told.NOTHING
        if state.ended_at is None:
            return Told.BEGIN
        missed = not written and rule.end_told and lasted >= _WORTH_TELLING
        return Told.END if missed else Told.NOTHING
    if state.ended_at is not None:
        return Told.END if rule.end_told else told
    return Told.BEGIN
