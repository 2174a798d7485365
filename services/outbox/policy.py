"""What to do about an outcome: a pure function of the outcome and how often it was tried.

Discord's own error code decides, because its HTTP status alone cannot tell "this channel is closed to you" from "this
message is gone".
"""

from dataclasses import dataclass

from services.outbox.sender import Delivered, Limited, Lost, NotSent, Outcome, Refused

UNKNOWN_MESSAGE = 10008
ARCHIVED_THREAD = 50083
TOO_MANY_EDITS = 30046
_CLOSED = {
    10003: "the channel no longer exists",
    10004: "the server is gone",
    40066: "the forum asks for a tag on every post, and I give none: turn that off in its settings",
    40067: "the forum asks for a tag on every post, and I give none: turn that off in its settings",
    50001: "the bot may not see the channel",
    50007: "this person takes no direct messages",
    50013: "the bot lacks a permission there (View Channel, Send Messages, Embed Links, Attach Files)",
    160005: "the thread is locked",
}
_BACKOFF = (1.0, 2.0, 5.0, 15.0, 60.0, 180.0, 600.0)
_OLD_EDITS_PAUSE = 300.0
_OFFLINE_PAUSE = 2.0
"""Trying costs nothing while there is no connection, and it is no fault of the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """Done."""

    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Again after `seconds`. `unsure`: the message may already stand there. `counts`: it is a failed attempt."""

    seconds: float
    unsure: bool = False
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Unarchive:
    """Open the thread, then again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Nothing can go to this destination until somebody acts; its rows wait."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndMessage:
    """Somebody deleted the message: it is not written again, and not edited any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bury:
    """This revision can never be sent; logged, the channel goes on."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Nothing can be sent anywhere."""

    reason: str


Decision = Settle | Retry | Unarchive | Block | EndMessage | Bury | Stop


def decide(outcome: Outcome, attempt: int, *, max_attempts: int) -> Decision:
    """Attempts are counted from 1."""
    match outcome:
        case Delivered():
            return Settle(message_id=outcome.message_id)
        case Limited(code=code, seconds=seconds):
            pause = max(seconds, _OLD_EDITS_PAUSE) if code == TOO_MANY_EDITS else seconds
            return Retry(seconds=pause, counts=False)
        case Refused():
            return _refused(outcome)
        case NotSent():
            return Retry(seconds=_OFFLINE_PAUSE, counts=False)
        case Lost() if attempt >= max_attempts:
            return Bury(reason=f"given up after {attempt} tries: {outcome.text}")
        case Lost():
            return Retry(seconds=backoff(attempt), unsure=True)


def backoff(attempt: int) -> float:
    """Seconds to wait after the n-th failure."""
    return _BACKOFF[min(attempt, len(_BACKOFF)) - 1]


def _refused(outcome: Refused) -> Decision:
    if outcome.status == 401:
        return Stop(reason="Discord refuses the bot's token")
    if outcome.code == UNKNOWN_MESSAGE:
        return EndMessage()
    if outcome.code == ARCHIVED_THREAD:
        return Unarchive()
    if outcome.code == TOO_MANY_EDITS:
        return Retry(seconds=_OLD_EDITS_PAUSE, counts=False)
    if outcome.code in _CLOSED:
        return Block(reason=_CLOSED[outcome.code])
    if outcome.status in {403, 404}:
        return Block(reason=f"Discord refuses the channel (error {outcome.code or outcome.status})")
    return Bury(
        reason=f"Discord refuses the message ({outcome.code or outcome.status}: {outcome.text})"
    )
