"""The dry run of an alert on occurrences: what of those that are kept it would have told.

Campaigns are one message each and replies to it; of everything else what was found at once, of one kind, is one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.alerts.service import AlertService
from services.alerts.watching import wanted_kinds
from services.domain.alert import AlertRequest
from services.domain.clock import Clock
from services.domain.errors import UserError
from services.domain.news_trial import NewsTrial
from services.domain.occurrence import (
    CAMPAIGN_KINDS,
    Occurrence,
    OccurrenceKind,
    OccurrenceSearch,
    Topic,
)
from services.occurrences import store as kept
from services.polling.store import load_poll
from services.publishing.campaigns import SCORE_SPACING, SCORE_STEP
from services.storage.database import Database, Transaction

LONGEST = 90
"""Days of one trial."""
_PAGE = 2000
"""Occurrences that are read at once; between two pages others have their turn."""
_LATEST = 5
_APART = {
    OccurrenceKind.HOLDER: timedelta(minutes=5),
    OccurrenceKind.WAR_DECLARED: timedelta(hours=1),
    OccurrenceKind.WAR_STARTED: timedelta(hours=1),
}
"""Of what the game itself names the time of: how far apart two answers are. What happened within so much was mostly
found at once. All else happened when an answer said so."""
_SOURCES = {
    Topic.SOV: ("sov-campaigns", "sov-systems"),
    Topic.FW: ("fw-systems",),
    Topic.INCURSION: ("incursions",),
    Topic.WAR: ("wars",),
}


@dataclass(slots=True)
class _Counts:
    """What was found so far; it is given latest first."""

    kinds: Counter[OccurrenceKind] = field(default_factory=Counter)
    latest: list[Occurrence] = field(default_factory=list)
    posts: int = 0
    begun: dict[OccurrenceKind, datetime] = field(default_factory=dict)
    """The latest occurrence of the message that the last one of its kind was counted into."""
    turns: int = 0
    scores: list[Occurrence] = field(default_factory=list)

    def add(self, found: Sequence[Occurrence]) -> None:
        for one in found:
            self.kinds[one.kind] += 1
            if one.kind is OccurrenceKind.CAMPAIGN_SCORE:
                self.scores.append(one)
            elif one.kind in CAMPAIGN_KINDS:
                self.turns += 1
            elif not self._is_with_others(one):
                self.posts += 1
                self.begun[one.kind] = one.at
        self.latest += found[: _LATEST - len(self.latest)]

    @property
    def messages(self) -> int:
        """New ones and replies."""
        return self.turns + self.posts + told_scores(self.scores[::-1])

    def _is_with_others(self, one: Occurrence) -> bool:
        """Whether it was found with the one of its kind that came before it, which is no earlier."""
        begun = self.begun.get(one.kind)
        if begun is None:
            return False
        return begun == one.at or begun - one.at < _APART.get(one.kind, timedelta(0))


class NewsTrials:
    """Answers `/alert try` for alerts on occurrences."""

    def __init__(self, database: Database, alerts: AlertService, *, clock: Clock) -> None:
        self._database = database
        self._alerts = alerts
        self._clock = clock

    async def try_alert(self, alert: AlertRequest, days: int) -> NewsTrial:
        """What it would have told in the last days. UserError for an alert on kills or battles."""
        topic = alert.kind.topic
        if topic is None:
            raise UserError("Only alerts on what happens beside kills are tried so.")
        now, kinds = self._clock(), wanted_kinds(alert)
        search = OccurrenceSearch(
            topic=topic,
            kinds=frozenset(kind for kind in kinds if kind.is_kept),
            since=now - timedelta(days=min(max(days, 1), LONGEST)),
            until=now,
            limit=_PAGE,
        )
        counts = _Counts()
        async with self._database.read() as tx:
            kept_since = await _kept_since(tx, topic)
            for page in range(await kept.count(tx, search) // _PAGE + 1):
                found = await kept.load(tx, _page(search, page))
                counts.add(await self._alerts.told_of(tx, alert, found))
        assert search.since is not None
        return NewsTrial(
            since=search.since,
            until=now,
            kept_since=kept_since,
            matches=counts.kinds.total(),
            kinds=tuple(sorted(counts.kinds.items(), key=lambda of: (-of[1], of[0]))),
            latest=tuple(counts.latest),
            messages=counts.messages,
            not_kept=tuple(sorted(kind for kind in kinds if not kind.is_kept)),
        )


def told_scores(scores: Sequence[Occurrence]) -> int:
    """How many of these moves, oldest first, would have been told: each by much since the one before, and spaced."""
    told: dict[int | None, tuple[datetime | None, float]] = {}
    number = 0
    for one in scores:
        if one.before is None or one.after is None:
            continue
        last, share = told.setdefault(one.subject, (None, one.before))
        far = round(abs(one.after - share), 6) >= SCORE_STEP
        if far and (last is None or one.at - last >= SCORE_SPACING):
            told[one.subject] = one.at, one.after
            number += 1
    return number


def _page(search: OccurrenceSearch, number: int) -> OccurrenceSearch:
    return OccurrenceSearch(
        topic=search.topic,
        kinds=search.kinds,
        since=search.since,
        until=search.until,
        limit=_PAGE,
        offset=number * _PAGE,
    )


async def _kept_since(tx: Transaction, topic: Topic) -> datetime | None:
    """The earliest that is kept; where nothing happened yet, when the sources were last heard; None: never."""
    earliest = await kept.load_since(tx, topic)
    if earliest is not None:
        return earliest
    heard = [await load_poll(tx, name, pace=timedelta(0)) for name in _SOURCES[topic]]
    return min((poll.checked_at for poll in heard if poll.checked_at), default=None)
