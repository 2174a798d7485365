"""Occurrences into the outbox: each told once a channel, however many alerts want it, in the transaction that found it.

Campaigns have messages of their own (`campaigns`). Of everything else, what one answer brought of one kind for a
channel is one message. What quiet hours hold, what is beyond an hour's limit and what changed while a source gave
nothing comes together in one message (`held_news`), and whatever becomes of a match is counted for its alert.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b

from services.alerts.service import AlertService
from services.alerts.settings import AlertSettings
from services.battles.service import BattleService
from services.domain.alert import Alert, Reason
from services.domain.news import NewsMessage
from services.domain.occurrence import CAMPAIGN_KINDS, Occurrence, OccurrenceKind
from services.domain.sovereignty import Campaign
from services.occurrences import store as kept
from services.polling.source import Moment
from services.publishing.campaigns import Campaigns
from services.publishing.held_news import LINES, HeldNews, by_time, gap_sheet
from services.publishing.ledger import Ledger, Servers
from services.publishing.spots import Desk, Spot, ages_of, by_channel, people_of, roles_of
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
class _Group:
    """Occurrences of one kind that a channel is told of in one message."""

    happened: datetime
    occurrences: list[Occurrence] = field(default_factory=list)
    alerts: dict[int, Alert] = field(default_factory=dict)


_Groups = dict[tuple[Spot, OccurrenceKind], _Group]


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
        self.campaigns = Campaigns(alerts, self.desk, ages=self.ages)
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
        groups: _Groups = {}
        for one in new:
            wanted = by_channel(await self._alerts.matching_occurrence(tx, one), lambda a: a)
            campaign = _contest(one, campaigns)
            for spot, alerts in wanted.items():
                if campaign is None or not await self.campaigns.tell(
                    tx, spot, one, campaign, alerts=alerts, telling=telling, at=moment.at
                ):
                    await self._sort(
                        tx, spot, one, alerts, telling=telling, groups=groups, at=moment.at
                    )
        for (spot, _), group in groups.items():
            await self._post(tx, spot, group, telling=telling)
        await self.campaigns.refresh(tx, campaigns.values(), now=moment.now)
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
        held = HeldNews(self.desk, now=now)
        return Telling(ledger, held, limit=self._limit, gap=gap)

    async def _sort(
        self,
        tx: Transaction,
        spot: Spot,
        occurrence: Occurrence,
        alerts: Sequence[Alert],
        *,
        telling: Telling,
        groups: _Groups,
        at: datetime,
    ) -> None:
        """To the message that is to be posted, or to one that is held."""
        happened, key = _happened(occurrence, at), (spot, occurrence.kind)
        verdict, _ = await telling.judge(tx, spot, alerts, happened, joins=key in groups)
        if verdict.way is Way.POST:
            if key not in groups:
                telling.ledger.post(spot.channel_id)
                groups[key] = _Group(happened)
            group = groups[key]
            group.happened = max(group.happened, happened)
            group.occurrences.append(occurrence)
            group.alerts |= {alert.id: alert for alert in verdict.told}
        elif verdict.way is not Way.NOT:
            await telling.hold(tx, spot, verdict, occurrence)
        telling.count(verdict.outcomes)

    async def _post(self, tx: Transaction, spot: Spot, group: _Group, *, telling: Telling) -> None:
        alerts = [group.alerts[alert_id] for alert_id in sorted(group.alerts)]
        _, moment = await telling.judge(tx, spot, alerts, group.happened, joins=True)
        callers = await telling.ledger.callers(tx, alerts, None, moment=moment)
        found = group.occurrences
        message = NewsMessage(
            occurrences=tuple(found[:LINES]),
            reasons=tuple(Reason.of(alert) for alert in alerts),
            more=max(len(found) - LINES, 0),
            home_id=next(filter(None, map(self._alerts.home_of, alerts)), None),
            ping=roles_of(callers),
            call=people_of(callers),
            ping_until=group.happened + self.ages.calling(callers),
        )
        await self.desk.put(
            tx,
            spot,
            news_key(found[0]),
            message,
            now=telling.now,
            expires_at=telling.now + NEWS_FOR,
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
