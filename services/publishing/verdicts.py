"""What becomes of a kill in a channel, and whom it calls: pure.

A channel is told of a kill once, for all alerts that want it there. So one that may speak now speaks for all: those in
their quiet hours are named with it, and call nobody. Each alert that wants a kill has exactly one outcome, and one more
where it has somebody to call.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from services.domain.alert import Alert, Match, Outcome
from services.domain.ids import AlertId
from services.domain.quiet import Quiet, QuietMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """How old is still news, and how often one alert may call."""

    post: timedelta
    ping: timedelta
    behind: timedelta
    """A kill that took longer from the feed to us says that the feed is behind."""
    cooldown: timedelta

    def ping_of(self, alert: Alert) -> timedelta:
        """How old a kill may be that this alert calls for."""
        own = alert.ping_minutes
        return self.ping if own is None else timedelta(minutes=own)

    def calling(self, alerts: Iterable[Alert]) -> timedelta:
        """How old what these alerts call for together may get: as long as one of them allows it.

        None takes away another's call; which kills are too old for each is decided when it is (`judge_call`).
        """
        return max((self.ping_of(alert) for alert in alerts), default=self.ping)

    def cooldown_of(self, alert: Alert) -> timedelta:
        """How long it calls nobody after a call."""
        own = alert.cooldown_minutes
        return self.cooldown if own is None else timedelta(minutes=own)


class Way(Enum):
    """How a channel hears of a kill."""

    NOT = auto()
    POST = auto()
    DIGEST = auto()
    """In the digest of its quiet hours."""
    CATCH_UP = auto()
    """In the summary of a catching up."""
    CAP = auto()
    """In the summary of an hour in which the channel has had its posts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What is known when it is decided."""

    now: datetime
    happened: datetime
    """When the kill did."""
    late: bool = False
    """It took so long from the feed to us that the feed is behind."""
    catching_up: bool = False
    """The feed is catching up, with this kill or with others."""
    quiet: Mapping[AlertId, Quiet | None]
    """The quiet hours that last now, by alert."""
    posts_left: int
    """How many kills the channel may still be posted in this hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a kill in one channel."""

    way: Way
    outcomes: tuple[tuple[AlertId, Outcome], ...]
    told: tuple[Match, ...] = ()
    """The alerts that the message names, oldest first; none where nothing is said."""
    window: Quiet | None = None
    """The quiet hours whose digest it is."""


def is_too_old(happened: datetime, now: datetime, *, late: bool, ages: Ages) -> bool:
    """Not told one by one any more. What comes late is told in a summary, however old it is."""
    return not late and now - happened > ages.post


def is_muted(alert: Alert, now: datetime) -> bool:
    """True while somebody has muted it."""
    return alert.muted_until is not None and now < alert.muted_until


def judge(matches: Sequence[Match], moment: Moment, *, ages: Ages) -> Verdict:
    """What becomes of a kill that these alerts of one channel want, oldest first."""
    alerts = [match.alert for match in matches]
    if is_too_old(moment.happened, moment.now, late=moment.late, ages=ages):
        return Verdict(way=Way.NOT, outcomes=_all(alerts, Outcome.TOO_OLD))
    news = judge_news(alerts, moment)
    named = {alert.id for alert in news.told}
    told = tuple(match for match in matches if match.alert.id in named)
    return Verdict(way=news.way, outcomes=news.outcomes, told=told, window=news.window)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsVerdict:
    """What becomes of something that is news, whatever its age, in one channel."""

    way: Way
    outcomes: tuple[tuple[AlertId, Outcome], ...]
    told: tuple[Alert, ...] = ()
    """The alerts that the message names, oldest first; none where nothing is said."""
    window: Quiet | None = None
    """The quiet hours whose digest it is."""


def judge_news(alerts: Sequence[Alert], moment: Moment) -> NewsVerdict:
    """What becomes of something that these alerts of one channel want, oldest first."""
    muted = [alert for alert in alerts if is_muted(alert, moment.now)]
    told = tuple(alert for alert in alerts if not is_muted(alert, moment.now))
    silent = _all(muted, Outcome.MUTED)
    if not told:
        return NewsVerdict(way=Way.NOT, outcomes=silent)
    way, window = _way([moment.quiet.get(alert.id) for alert in told], moment)
    if way is Way.POST:
        outcomes = _all(told[:1], Outcome.POSTED) + _all(told[1:], Outcome.MERGED)
    else:
        outcomes = _all(told, _SUMMED[way])
    return NewsVerdict(way=way, outcomes=silent + outcomes, told=told, window=window)


_SUMMED = {
    Way.DIGEST: Outcome.QUIET_POST,
    Way.CATCH_UP: Outcome.SUMMED_UP,
    Way.CAP: Outcome.CAPPED,
}


def _way(quiet: Sequence[Quiet | None], moment: Moment) -> tuple[Way, Quiet | None]:
    if (window := holding(quiet)) is not None:
        return Way.DIGEST, window
    if moment.late:
        return Way.CATCH_UP, None
    return (Way.POST if moment.posts_left > 0 else Way.CAP), None


def holding(quiet: Sequence[Quiet | None]) -> Quiet | None:
    """The quiet hours that hold posts back, if those of every alert do: the ones that end first."""
    held = [window for window in quiet if window is not None and window.mode is QuietMode.POSTS]
    return min(held, key=lambda window: window.until) if len(held) == len(quiet) else None


def _all(alerts: Sequence[Alert], outcome: Outcome) -> tuple[tuple[AlertId, Outcome], ...]:
    return tuple((alert.id, outcome) for alert in alerts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What an alert's calls so far say of one more."""

    last: datetime | None = None
    """When it last called anybody."""
    for_this_fight: bool = False


def judge_call(
    alert: Alert, moment: Moment, *, ages: Ages, called: Called = Called()
) -> Outcome | None:
    """What becomes of the call for a kill that is posted: `CALLED`, or why nobody is; None for who calls nobody."""
    if alert.role_id is None and alert.user_id is None:
        return None
    if moment.now - moment.happened > ages.ping_of(alert):
        return Outcome.OLD_PING
    if moment.catching_up:
        return Outcome.BEHIND_PING
    if moment.quiet.get(alert.id) is not None:
        return Outcome.QUIET_PING
    if called.for_this_fight:
        return Outcome.COOLDOWN
    if called.last is not None and moment.now - called.last < ages.cooldown_of(alert):
        return Outcome.COOLDOWN
    return Outcome.CALLED
