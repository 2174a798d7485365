"""How long an answer may silence a source, and which doubts count together."""

from datetime import timedelta

import pytest

from services.polling.rules import etag_of, faulted, moment_of, taken
from services.polling.source import AGE, EMPTY, FEW, Doubted, Fetched, SourceFault
from services.polling.store import PollState
from tests.factories import EVENING

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def answered(pace: timedelta, lasts: timedelta | None) -> PollState:
    """A source that has given its first answer."""
    expires_at = None if lasts is None else EVENING + lasts
    fetched = Fetched(value=1, etag="a", expires_at=expires_at)
    blank = PollState(name="numbers", pace=pace)
    return taken(blank, fetched, moment_of(blank, fetched, EVENING))


@pytest.mark.parametrize(
    ("pace", "lasts", "waits"),
    [
        (MINUTE, None, MINUTE),
        (MINUTE, 5 * SECOND, MINUTE),
        (MINUTE, 14 * MINUTE, 14 * MINUTE),
        (MINUTE, 48 * HOUR, 15 * MINUTE),
        (5 * MINUTE, 48 * HOUR, 50 * MINUTE),
        (30 * MINUTE, 48 * HOUR, 5 * HOUR),
        (20 * HOUR, 24 * HOUR, 24 * HOUR),
        (20 * HOUR, 400 * HOUR, 48 * HOUR),
        (36 * HOUR, 400 * HOUR, 72 * HOUR),
    ],
)
def test_an_answer_lasts_no_longer_than_some_paces(
    pace: timedelta, lasts: timedelta | None, waits: timedelta
) -> None:
    state = answered(pace, lasts)
    assert state.due_at == EVENING + waits
    cut = lasts is not None and lasts > waits
    assert etag_of(state) == (None if cut else "a"), "whose claim is not believed is asked for anew"
    late = max(pace, 5 * MINUTE)
    assert not state.freshness(EVENING + pace + late).is_stale
    assert state.freshness(EVENING + pace + late + SECOND).stale_since == EVENING + pace


def test_a_fault_leaves_the_etag() -> None:
    state = faulted(answered(MINUTE, None), SourceFault("502"), expires_at=None, now=EVENING + HOUR)
    assert etag_of(state) == "a"


def test_doubts_about_something_else_begin_anew() -> None:
    state, told = answered(MINUTE, None), []
    for minute, about in enumerate([AGE] * 12 + [EMPTY, EMPTY, FEW]):
        now = EVENING + minute * MINUTE
        moment = moment_of(state, Fetched(value=0), now)
        told.append((moment.has_doubted_for(10 * MINUTE, about), moment.doubts))
        state = faulted(state, Doubted("no", about), expires_at=None, now=now)
    assert told[10] == (True, 10)
    assert [believed for believed, _ in told[12:]] == [False, False, False]
    assert (state.doubts, state.doubted_since, state.doubted) == (1, now, FEW)
    assert not moment.has_doubted_for(timedelta(0), FEW), (
        "what was doubted was that nothing is there"
    )
    assert moment.has_doubted_for(MINUTE, EMPTY, times=2)
    assert not moment.has_doubted_for(MINUTE, EMPTY, times=3)
