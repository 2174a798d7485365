"""Occurrences into the outbox: each told once a channel, however many alerts want it, in the transaction that found it.

Campaigns have messages of their own (`campaigns`). Of everything else, what one answer brought of one kind for a
channel is one message. What quiet hours hold, what is beyond an hour's limit and what changed while a source gave
nothing comes together in one message (`held_news`), and whatever becomes of a match is counted for its alert.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b

from services.alerts.service import AlertService
from services.alerts.settings import AlertSettings
from services.battles.service import BattleService
from services.domain.alert import Alert, Outcome, Reason
from services.domain.delivery import Destination, Posting
from services.domain.ids import AlertId
from services.domain.message import Message
from services.domain.news import NewsMessage
from services.domain.occurrence import CAMPAIGN_KINDS, Occurrence, OccurrenceKind
from services.domain.sovereignty import Campaign
from services.occurrences import store as kept
from services.outbox import store as outbox
from services.polling.source import Moment
from services.publishing.campaigns import Campaigns
from services.publishing.held_news import LINES, by_time, gap_sheet
from services.publishing.ledger import Ledger, Servers, calls_somebody
from services.publishing.spots import (
    Desk,
    Spot,
    ages_of,
    by_channel,
    people_of,
    roles_of,
    with_reasons,
)
from services.publishing.summaries import NEWS_FOR, Sheet, Summaries
from services.publishing.telling import GAP, GAPS, Telling
from services.publishing.verdicts import Way
from services.storage.database import Transaction
from services.storage.turns import NEWS, take_turn

_LONGEST_KEY = 80
"""Characters of an occurrence's key that fit into a message's, with what stands before and behind it."""
_AT_ITS_TIME = frozenset({OccurrenceKind.WINDOW, OccurrenceKind.SKYHOOK})
"""What happens at a known moment; all else happened when its source said so."""


@dataclass(slots=True)
class _Bunch:
    """Occurrences of one kind that the same alerts want: judged together."""

    alerts: list[Alert]
    occurrences: list[Occurrence] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    """Occurrences of one kind that a channel is told of in one message."""

    bunches: list[_Bunch] = field(default_factory=list)
    alerts: dict[int, Alert] = field(default_factory=dict)

    @property
    def occurrences(self) -> list[Occurrence]:
        """Oldest first."""
        if len(self.bunches) == 1:
            return self.bunches[0].occurrences
        return sorted((one for bunch in self.bunches for one in bunch.occurrences), key=by_time)


_Groups = dict[tuple[Spot, OccurrenceKind], _Group]
_Bunches = dict[tuple[OccurrenceKind, tuple[AlertId, ...]], _Bunch]


class NewsPublisher:
    """Keeps what pollers find, and tells the channels that want it."""

    def __init__(
        self,
        alerts: AlertService,
        battles: BattleService,
        *,
        settings: AlertSettings,
        edit_spacing: timedelta,
    ) -> None:
        """Make it.

        Args:
            alerts: who wants what.
            battles: which kills are one fight.
            settings: how long people are called for something, and how much a channel gets.
            edit_spacing: the least time between two edits of a message.
        """
        self.ages = ages_of(settings)
        self.desk = Desk(edit_spacing=edit_spacing)
        self.campaigns = Campaigns(alerts, ages=self.ages)
        self._alerts = alerts
        self._battles = battles
        self._limit = settings.posts_per_channel_hour
        self._servers = Servers()

    async def tell(
        self, tx: Transaction, occurrences: Sequence[Occurrence], moment: Moment
    ) -> None:
        """Keep what one answer of a source brought, and tell what of it is new."""
        await take_turn(tx, NEWS)
        new = sorted(await kept.save_new(tx, occurrences), key=by_time)
        if not new:
            return
        telling = self.begin(moment.now, gap=_gap(new, moment))
        for topic, number in Counter(one.kind.topic for one in new).items():
            telling.ledger.saw(number, topic)
        contests = [one for one in new if one.kind in CAMPAIGN_KINDS]
        campaigns = await self.campaigns.load(tx, contests)
        await telling.contests.learn(tx, campaigns.values())
        bunches: _Bunches = {}
        for one in new:
            alerts = await self._alerts.matching_occurrence(tx, one)
            campaign = _contest(one, campaigns)
            if campaign is not None and alerts:
                alerts = await self.campaigns.tell(
                    tx, one, campaign, alerts, telling=telling, at=moment.at
                )
            if alerts:
                key = one.kind, tuple(alert.id for alert in alerts)
                bunches.setdefault(key, _Bunch(alerts)).occurrences.append(one)
            await asyncio.sleep(0)  # each was shown to all alerts
        await self._tell(tx, bunches, telling=telling, at=moment.at)
        await self.campaigns.refresh(tx, campaigns.values(), telling)
        await telling.write(tx)

    def begin(self, now: datetime, *, gap: Sheet | None = None) -> Telling:
        """The books of one transaction, which has the turn (`NEWS`). `gap`: the summary that all goes to."""
        ledger = Ledger(
            self._servers,
            self._battles,
            Summaries(self.desk, now=now),
            now=now,
            ages=self.ages,
            limit=self._limit,
        )
        return Telling(ledger, self.desk, limit=self._limit, gap=gap)

    async def _tell(
        self, tx: Transaction, bunches: _Bunches, *, telling: Telling, at: datetime
    ) -> None:
        groups: _Groups = {}
        for bunch in bunches.values():
            await telling.ledger.learn(tx, bunch.alerts)
            for spot, alerts in by_channel(bunch.alerts, lambda alert: alert).items():
                await self._sort(tx, spot, bunch, alerts, telling=telling, groups=groups)
                await telling.outgoing.pause()
        standing = await _standing(tx, groups)
        for (spot, _), group in groups.items():
            before = standing.get((spot.destination, news_key(group.occurrences[0])))
            await self._post(tx, spot, group, before, telling=telling, at=at)
            await telling.outgoing.pause()

    async def _sort(
        self,
        tx: Transaction,
        spot: Spot,
        bunch: _Bunch,
        alerts: Sequence[Alert],
        *,
        telling: Telling,
        groups: _Groups,
    ) -> None:
        """To the message that is to be posted, or to one that is held."""
        found = bunch.occurrences
        key = spot, found[0].kind
        verdict, _ = await telling.judge(tx, spot, alerts, telling.now, free=key in groups)
        if verdict.way is Way.POST:
            if key not in groups:
                telling.ledger.post(spot.channel_id)
                groups[key] = _Group()
            groups[key].bunches.append(bunch)
            groups[key].alerts |= {alert.id: alert for alert in verdict.told}
        elif verdict.way is not Way.NOT:
            await telling.hold(tx, spot, verdict, found)
        telling.count(verdict.outcomes, len(found))

    async def _post(
        self,
        tx: Transaction,
        spot: Spot,
        group: _Group,
        before: Posting | None,
        *,
        telling: Telling,
        at: datetime,
    ) -> None:
        """`before`: what stands under the same key."""
        alerts, found = [group.alerts[key] for key in sorted(group.alerts)], group.occurrences
        happened = max(_happened(one, at) for one in found)
        callers: list[Alert] = []
        if before is not None and before.posted:
            calling = [alert for alert in alerts if calls_somebody(alert)]
            telling.ledger.count((alert.id, Outcome.EDIT_PING) for alert in calling)
        elif any(map(calls_somebody, alerts)):
            _, moment = await telling.judge(tx, spot, alerts, happened, free=True)
            callers = await telling.ledger.callers(tx, alerts, None, moment=moment)
        message = NewsMessage(
            occurrences=tuple(found[:LINES]),
            reasons=tuple(Reason.of(alert) for alert in alerts),
            more=max(len(found) - LINES, 0),
            home_id=next(filter(None, map(self._alerts.home_of, alerts)), None),
            ping=roles_of(callers),
            call=people_of(callers),
            ping_until=happened + self.ages.calling(callers),
        )
        if before is not None:
            message = _joined(before.message, message)
        telling.outgoing.put(spot, news_key(found[0]), message, expires_at=telling.now + NEWS_FOR)


async def _standing(tx: Transaction, groups: _Groups) -> dict[tuple[Destination, str], Posting]:
    """What stands where these would be posted. Only what is not kept can come twice under one key."""
    fleeting = [group for (_, kind), group in groups.items() if not kind.is_kept]
    keys = {news_key(group.occurrences[0]) for group in fleeting}
    found = await outbox.load_messages(tx, sorted(keys)) if keys else []
    return {(posting.destination, posting.dedupe_key): posting for posting in found}


def _joined(before: Message, now: NewsMessage) -> NewsMessage:
    """What stands there with what comes to it: nobody is taken out of it who is to be called."""
    assert isinstance(before, NewsMessage)
    once = {one.key: one for one in (*now.occurrences, *before.occurrences)}
    found = sorted(once.values(), key=by_time)
    return replace(
        before,
        occurrences=tuple(found[:LINES]),
        reasons=with_reasons(before.reasons, now.reasons),
        more=before.more + now.more + max(len(found) - LINES, 0),
        ping=tuple(dict.fromkeys((*before.ping, *now.ping))),
        call=tuple(dict.fromkeys((*before.call, *now.call))),
        ping_until=now.ping_until if now.ping or now.call else before.ping_until,
    )


def _contest(occurrence: Occurrence, campaigns: Mapping[int, Campaign]) -> Campaign | None:
    if occurrence.kind not in CAMPAIGN_KINDS or occurrence.subject is None:
        return None
    return campaigns.get(occurrence.subject)


def news_key(first: Occurrence) -> str:
    """The key of the message that begins with this one; the end of a long one is told by its hash."""
    key = first.key
    if len(key) > _LONGEST_KEY:
        digest = blake2b(key.encode(), digest_size=8).hexdigest()
        key = f"{key[: _LONGEST_KEY - 17]}~{digest}"
    return f"news:{key}"


def _gap(new: Sequence[Occurrence], moment: Moment) -> Sheet | None:
    """The summary of what changed while the source gave nothing for long; None where it did not."""
    longest = GAPS.get(new[0].kind.topic, GAP)
    if moment.before is None or moment.at - moment.before <= longest:
        return None
    return gap_sheet(f"{news_key(new[0])}:gap", (moment.before, moment.at))


def _happened(occurrence: Occurrence, at: datetime) -> datetime:
    if occurrence.kind in _AT_ITS_TIME and occurrence.starts is not None:
        return min(occurrence.starts, at)
    return at
