"""What becomes of a kill in a channel, and whom it calls: as tables."""

from datetime import timedelta

import pytest

from services.domain.alert import Alert, Match, Outcome
from services.domain.filter import Filter
from services.domain.ids import AlertId, RoleId, UserId
from services.domain.quiet import Quiet, QuietMode
from services.publishing.verdicts import Ages, Called, Moment, Verdict, Way, judge, judge_call
from tests.factories import MIDNIGHT, alert

AGES = Ages(
    post=timedelta(hours=3),
    ping=timedelta(minutes=15),
    behind=timedelta(minutes=5),
    cooldown=timedelta(minutes=10),
)
NOW = MIDNIGHT + timedelta(hours=6)
P, M, Q, U, C, OLD, S = (
    Outcome.POSTED, Outcome.MERGED, Outcome.QUIET_POST, Outcome.MUTED, Outcome.CAPPED, Outcome.TOO_OLD,
    Outcome.SUMMED_UP,
)  # fmt: skip
POSTS, PINGS, LONGER = "posts", "pings", "longer"
QUIET = {
    POSTS: Quiet(mode=QuietMode.POSTS, since=MIDNIGHT, until=NOW + timedelta(hours=1)),
    LONGER: Quiet(mode=QuietMode.POSTS, since=MIDNIGHT, until=NOW + timedelta(hours=2)),
    PINGS: Quiet(mode=QuietMode.PINGS, since=MIDNIGHT, until=NOW + timedelta(hours=1)),
    None: None,
}


def moment(minutes: float = 1, quiet: dict[int, str | None] | None = None, **fields) -> Moment:
    """Now, of a kill so many minutes old."""
    return Moment(
        now=NOW,
        happened=NOW - timedelta(minutes=minutes),
        quiet={AlertId(number): QUIET[which] for number, which in (quiet or {}).items()},
        **{"posts_left": 1, **fields},
    )


def judged(quiet, *, muted=(), **fields) -> Verdict:
    """Of alerts 1, 2, ... with these quiet hours; those in `muted` are."""
    until = NOW + timedelta(seconds=1)
    matches = [
        Match(alert=alert(n, muted_until=until if n in muted else None), because=Filter())
        for n in range(1, len(quiet) + 1)
    ]
    return judge(matches, moment(quiet=dict(enumerate(quiet, 1)), **fields), ages=AGES)


@pytest.mark.parametrize(
    ("quiet", "muted", "fields", "way", "outcomes", "told"),
    [
        # One post, which names all.
        ([None], [], {}, Way.POST, {1: P}, [1]),
        ([None, None, None], [], {}, Way.POST, {1: P, 2: M, 3: M}, [1, 2, 3]),
        # How old it may be.
        ([None], [], {"minutes": 180}, Way.POST, {1: P}, [1]),
        ([None, POSTS], [2], {"minutes": 180.01}, Way.NOT, {1: OLD, 2: OLD}, []),
        # Muted ones say nothing and are not named.
        ([None, None], [1], {}, Way.POST, {1: U, 2: P}, [2]),
        ([None, None], [1, 2], {}, Way.NOT, {1: U, 2: U}, []),
        # Quiet hours hold it only where nobody may speak; who may speaks for all.
        ([POSTS], [], {}, Way.DIGEST, {1: Q}, [1]),
        ([POSTS, POSTS], [], {}, Way.DIGEST, {1: Q, 2: Q}, [1, 2]),
        ([POSTS, None], [], {}, Way.POST, {1: P, 2: M}, [1, 2]),
        ([POSTS, None], [2], {}, Way.DIGEST, {1: Q, 2: U}, [1]),
        ([PINGS, POSTS], [], {}, Way.POST, {1: P, 2: M}, [1, 2]),
        ([PINGS], [], {}, Way.POST, {1: P}, [1]),
        # While the feed is behind: one summary, whatever the age; in quiet hours their digest.
        ([None, None], [], {"late": True}, Way.CATCH_UP, {1: S, 2: S}, [1, 2]),
        ([None], [], {"late": True, "minutes": 600}, Way.CATCH_UP, {1: S}, [1]),
        ([POSTS], [], {"late": True}, Way.DIGEST, {1: Q}, [1]),
        ([POSTS, None], [], {"late": True}, Way.CATCH_UP, {1: S, 2: S}, [1, 2]),
        ([None], [1], {"late": True}, Way.NOT, {1: U}, []),
        # The limit of the hour stops posts alone.
        ([None, None], [], {"posts_left": 0}, Way.CAP, {1: C, 2: C}, [1, 2]),
        ([None], [], {"posts_left": -3}, Way.CAP, {1: C}, [1]),
        ([POSTS], [], {"posts_left": 0}, Way.DIGEST, {1: Q}, [1]),
        ([None], [], {"posts_left": 0, "late": True}, Way.CATCH_UP, {1: S}, [1]),
        ([None, None], [2], {"posts_left": 0}, Way.CAP, {1: C, 2: U}, [1]),
    ],
)  # fmt: skip
def test_what_becomes_of_a_kill(quiet, muted, fields, way, outcomes, told):
    verdict = judged(quiet, muted=muted, **fields)
    assert verdict.way is way
    assert dict(verdict.outcomes) == outcomes
    assert len(verdict.outcomes) == len(quiet), "one each"
    assert [match.alert.id for match in verdict.told] == told
    assert (verdict.window is not None) == (way is Way.DIGEST)


def test_the_digest_is_that_of_the_quiet_hours_that_end_first():
    assert judged([LONGER, POSTS]).window == QUIET[POSTS]
    assert judged([LONGER, POSTS], muted=[2]).window == QUIET[LONGER]


def test_an_alert_is_muted_to_the_moment():
    over = Match(alert=alert(1, muted_until=NOW), because=Filter())
    assert judge([over], moment(), ages=AGES).way is Way.POST


def minutes_ago(minutes: float) -> Called:
    return Called(last=NOW - timedelta(minutes=minutes))


ROLE = {"role_id": RoleId(5)}


@pytest.mark.parametrize(
    ("fields", "moment_", "called", "expected"),
    [
        ({}, {}, Called(), None),
        (ROLE, {}, Called(), Outcome.CALLED),
        ({"user_id": UserId(9)}, {}, Called(), Outcome.CALLED),
        # How old what it calls for may be: the operator's word, or its own.
        (ROLE, {"minutes": 15}, Called(), Outcome.CALLED),
        (ROLE, {"minutes": 15.01}, Called(), Outcome.OLD_PING),
        ({**ROLE, "ping_minutes": 30}, {"minutes": 30}, Called(), Outcome.CALLED),
        ({**ROLE, "ping_minutes": 5}, {"minutes": 5.01}, Called(), Outcome.OLD_PING),
        ({**ROLE, "ping_minutes": 0}, {"minutes": 0.01}, Called(), Outcome.OLD_PING),
        # Nobody while catching up, nobody in quiet hours of either kind.
        (ROLE, {"catching_up": True}, Called(), Outcome.BEHIND_PING),
        (ROLE, {"quiet": {1: PINGS}}, Called(), Outcome.QUIET_PING),
        (ROLE, {"quiet": {1: POSTS}}, Called(), Outcome.QUIET_PING),
        (ROLE, {"quiet": {1: None, 2: POSTS}}, Called(), Outcome.CALLED),
        # Not so soon again, not again for the same fight however long that takes.
        (ROLE, {}, minutes_ago(9.99), Outcome.COOLDOWN),
        (ROLE, {}, minutes_ago(10), Outcome.CALLED),
        ({**ROLE, "cooldown_minutes": 60}, {}, minutes_ago(59), Outcome.COOLDOWN),
        ({**ROLE, "cooldown_minutes": 0}, {}, minutes_ago(0), Outcome.CALLED),
        (ROLE, {}, Called(last=NOW - timedelta(hours=5), for_this_fight=True), Outcome.COOLDOWN),
        ({**ROLE, "cooldown_minutes": 0}, {}, Called(for_this_fight=True), Outcome.COOLDOWN),
    ],
)  # fmt: skip
def test_whom_a_kill_calls(fields, moment_, called, expected):
    asked: Alert = alert(1, **fields)
    assert judge_call(asked, moment(**moment_), ages=AGES, called=called) is expected


def test_a_message_calls_as_long_as_one_of_its_callers_allows():
    callers = [alert(1), alert(2, ping_minutes=5), alert(3, ping_minutes=60)]
    assert AGES.calling(callers) == timedelta(minutes=60)
    assert AGES.calling(callers[1:2]) == timedelta(minutes=5)
    assert AGES.calling([]) == timedelta(minutes=15)
