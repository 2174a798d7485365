"""How a source stands after each answer and each fault, and when it is asked next. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from services.polling.source import AGE, Doubted, Fetched, Moment, SourceFault
from services.polling.store import PollState

T = TypeVar("T")

_FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(minutes=15)
_BACKWARDS = timedelta(hours=1)
"""For so long an answer must be repeated that is older than the one before."""
_PACES = 10
_SHORTEST_LIMIT, _LONGEST_LIMIT = timedelta(minutes=15), timedelta(days=2)
"""No answer is believed to last longer than so many paces, within these limits: else one wrong header would silence a
source for days."""


def without_old_doubts(state: PollState, now: datetime) -> PollState:
    """What was said before a silence, and is said after it, has not been said for that long."""
    if state.due_at is None or now - state.due_at <= max(LONGEST_PAUSE, state.pace):
        return state
    return replace(state, doubts=0, doubted_since=None, doubted=None)


def last_answer(state: PollState) -> tuple[object, ...]:
    """The last good answer, as far as it can be told from another one."""
    return state.checked_at, state.at, state.modified_at, state.etag


def moment_of(state: PollState, fetched: Fetched[T], now: datetime) -> Moment:
    """When the answer came, after what."""
    return Moment(
        now=now,
        at=_true_at(state, fetched, now),
        before=state.at,
        doubts=state.doubts,
        doubted_since=state.doubted_since,
        doubted=state.doubted,
    )


def taken(state: PollState, fetched: Fetched[T], moment: Moment) -> PollState:
    """How it stands when the answer was taken."""
    made = state.modified_at if fetched.value is None else fetched.modified_at
    return PollState(
        name=state.name,
        pace=state.pace,
        checked_at=moment.now,
        at=moment.at,
        modified_at=None if fetched.mirror else made,
        due_at=_due(state, moment.now, fetched.expires_at),
        etag=fetched.etag or (state.etag if fetched.value is None else None),
        mirror=fetched.mirror,
    )


def faulted(
    state: PollState, fault: SourceFault, *, expires_at: datetime | None, now: datetime
) -> PollState:
    """How it stands after a fault: as before, and doubts are counted as long as all are about the same."""
    new = replace(
        state,
        due_at=now + _pause(state),
        faults=state.faults + 1,
        fault=str(fault)[:500],
        doubts=0,
        doubted_since=None,
        doubted=None,
    )
    if not isinstance(fault, Doubted):
        return new
    again = state.doubts > 0 and state.doubted == fault.about
    return replace(
        new,
        # It is asked for again at the usual pace: only more answers can settle it.
        due_at=_due(state, now, expires_at),
        doubts=state.doubts + 1 if again else 1,
        doubted_since=state.doubted_since if again else now,
        doubted=fault.about,
    )


def etag_of(state: PollState) -> str | None:
    """Of the last good answer, for the next question; None to have the whole answer.

    That is wanted where the last one claims to last longer than can be believed: whoever keeps answers until they
    expire would only say that it holds, and nobody would have been asked.
    """
    if state.checked_at is None or state.due_at is None or state.faults:
        return state.etag
    return None if state.due_at - state.checked_at >= _longest_wait(state) else state.etag


def _true_at(state: PollState, fetched: Fetched[T], now: datetime) -> datetime:
    """When what an answer tells was true: when it was made, or now where the source says that it still is.

    A mirror that gives the same copy again says nothing of the present.
    """
    if fetched.value is not None:
        return min(fetched.modified_at or now, now)
    return state.at if fetched.mirror and state.at is not None else now


def refuse_older(state: PollState, fetched: Fetched[T], moment: Moment) -> None:
    """One of several servers may still give what the others have replaced, and so may a mirror. Raises Doubted.

    What the source itself repeats for long is believed in the end: its clock was wrong before.
    """
    held = state.at if fetched.mirror else state.modified_at
    if fetched.value is None or fetched.modified_at is None or held is None:
        return
    repeated = not fetched.mirror and moment.has_doubted_for(_BACKWARDS, AGE)
    if fetched.modified_at < held <= moment.now and not repeated:
        msg = f"its answer of {fetched.modified_at:%H:%M:%S} is older than the one before, of {held:%H:%M:%S}"
        raise Doubted(msg, AGE)


def _due(state: PollState, now: datetime, expires_at: datetime | None) -> datetime:
    """When the source may be asked next: nothing newer is to be had before an answer expires, believed or not."""
    return min(max(now + state.pace, expires_at or now), now + _longest_wait(state))


def _pause(state: PollState) -> timedelta:
    """How long a source that gives nothing is left alone; one that is asked daily is not given up for a day."""
    doubled: int = 2 ** min(state.faults, 6)
    # What changes by the minute is asked for again soon: ESI is spared by its client's own pauses.
    return min(min(state.pace, _FIRST_PAUSE) * doubled, LONGEST_PAUSE, 3 * state.pace)


def lies_ahead(state: PollState, due: datetime, now: datetime) -> bool:
    """Not due yet, by a clock that can be believed.

    What was checked in the future, or is due further ahead than any answer lasts, was written before the clock was set
    back.
    """
    was_set_back = state.checked_at is not None and state.checked_at > now
    return not was_set_back and now < due <= now + _longest_wait(state)


def _longest_wait(state: PollState) -> timedelta:
    limit = max(_LONGEST_LIMIT, 2 * state.pace)
    return min(max(_PACES * state.pace, _SHORTEST_LIMIT), limit)
