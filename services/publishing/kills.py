"""Kills: one message a channel, whatever comes in how often.

A kill that is revised keeps its messages; they are edited where people would read a difference. An alert that wants it
only as it is now (it is worth more than it seemed) has it posted as if it had just come, while that is still news.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from services.alerts.service import AlertService
from services.domain.alert import Alert, AlertKind, CardStyle, Match, Outcome
from services.domain.delivery import Posting
from services.domain.event import Revision
from services.domain.ids import AlertId, KillmailId, SystemId
from services.domain.killmail import Arrival, Killmail
from services.domain.message import KillMessage, KillSummary
from services.domain.quiet import Quiet
from services.outbox import store as outbox
from services.publishing.catch_up import Behind, lag_of
from services.publishing.ledger import Ledger
from services.publishing.reading import reads_the_same
from services.publishing.spots import (
    Desk,
    HullClassOf,
    Matches,
    Spot,
    matches_by_channel,
    people_of,
    roles_of,
    why,
    with_reasons,
)
from services.publishing.summaries import Sheet
from services.publishing.verdicts import (
    Ages,
    Moment,
    Way,
    is_muted,
    is_too_old,
    judge,
)
from services.storage.database import Transaction


@dataclass(frozen=True, kw_only=True)
class _News:
    """A kill that is told, and the circumstances of its batch."""

    arrival: Arrival
    behind: Behind | None
    summary_of: Callable[[Arrival], KillSummary]
    late: bool

    @cached_property
    def kill(self) -> KillSummary:
        """What cards show; made only where somebody wants it."""
        return self.summary_of(self.arrival)


class KillPublisher:
    """Tells channels of kills."""

    def __init__(
        self,
        alerts: AlertService,
        desk: Desk,
        *,
        ages: Ages,
        limit: int,
        hull_class: HullClassOf | None,
    ) -> None:
        self._alerts = alerts
        self._desk = desk
        self._ages = ages
        self._limit = limit
        self._hull_class = hull_class

    async def publish(
        self,
        tx: Transaction,
        arrival: Arrival,
        ledger: Ledger,
        *,
        behind: Behind | None,
    ) -> Matches:
        """Tell of a new kill where it is wanted."""
        matches = await self._alerts.matching_kill(
            tx, arrival.killmail, received_at=arrival.received_at, revised=arrival.revised
        )
        told = await self._tell(tx, self._news(arrival, behind), matches, ledger) if matches else 0
        return Matches({AlertKind.KILLS: told})

    async def publish_revised(
        self,
        tx: Transaction,
        revision: Revision,
        ledger: Ledger,
        *,
        live: bool,
        behind: Behind | None,
    ) -> Matches:
        """Edit what stands; tell where it is wanted only now. What is not live posts nothing and lets old ones be."""
        mail = revision.after.killmail
        young = ledger.now - mail.time <= self._ages.post
        if not live and not young:
            return Matches()
        news = self._news(revision.after, behind)
        matches, again = await self._newly_wanted(tx, revision) if live else ([], frozenset())
        wanted = matches_by_channel(matches)
        standing = await outbox.load_messages(tx, [kill_key(mail.id)])
        told = 0
        for posting in standing:
            spot = Spot(posting.destination, posting.guild_id)
            new = _not_named(posting, wanted.pop(spot, []))
            told += len(new)
            if not young:
                _count(new, Outcome.TOO_OLD, ledger)
            await self._edit(tx, spot, posting, news, new if young else [], ledger=ledger)
        for spot in await self._over(tx, mail.id, wanted):
            del wanted[spot]
        elsewhere = [match for found in wanted.values() for match in found]
        if elsewhere and young:
            told += await self._tell(tx, news, elsewhere, ledger, again=again)
        elif elsewhere:
            _count(elsewhere, Outcome.TOO_OLD, ledger)
            told += len(elsewhere)
        return Matches({AlertKind.KILLS: told})

    async def _over(
        self, tx: Transaction, killmail_id: KillmailId, spots: Iterable[Spot]
    ) -> list[Spot]:
        """Channels in which its message has come to an end: the kill is not told there again, nor counted as told."""
        key = kill_key(killmail_id)
        return [spot for spot in spots if await outbox.find_ended(tx, spot.destination, key)]

    def _news(self, arrival: Arrival, behind: Behind | None) -> _News:
        late = behind is not None and lag_of(arrival) > self._ages.behind
        return _News(arrival=arrival, behind=behind, summary_of=self._summary, late=late)

    def _summary(self, arrival: Arrival) -> KillSummary:
        return KillSummary.of(
            arrival.killmail, received_at=arrival.received_at, hull_class=self._hull_class
        )

    async def _newly_wanted(
        self, tx: Transaction, revision: Revision
    ) -> tuple[list[Match], frozenset[AlertId]]:
        """By the alerts that want it as it is and did not want it as it was.

        Nobody knows whether it was revised before. So the second are those of them that want it for that alone: where
        they were told of it, they were told of this.
        """
        after, at = revision.after, revision.after.received_at
        found = await self._alerts.matching_kill(
            tx, after.killmail, received_at=at, revised=after.revised
        )
        if not found:
            return [], frozenset()
        before = await self._wanting(tx, revision.before, at, revised=False)
        new = [match for match in found if match.alert.id not in before]
        if not new or not after.revised:
            return new, frozenset()
        return new, await self._wanting(tx, revision.before, at, revised=True)

    async def _wanting(
        self, tx: Transaction, killmail: Killmail, received_at: datetime, *, revised: bool
    ) -> frozenset[AlertId]:
        found = await self._alerts.matching_kill(
            tx, killmail, received_at=received_at, revised=revised
        )
        return frozenset(match.alert.id for match in found)

    async def _tell(
        self,
        tx: Transaction,
        news: _News,
        matches: Sequence[Match],
        ledger: Ledger,
        *,
        again: Collection[AlertId] = (),
    ) -> int:
        """What no message says yet: each channel is told in its own way. Returns how many alerts it is new for.

        `again`: alerts for which it is not, where it stands in a summary.
        """
        told = 0
        happened = news.arrival.killmail.time
        wanted = matches_by_channel(matches)
        old = is_too_old(happened, ledger.now, late=news.late, ages=self._ages)
        quiet: Mapping[AlertId, Quiet | None] = {}
        if not old:
            quiet = await ledger.quiet(tx, [match.alert for match in matches])
            await ledger.look_at(tx, [spot.channel_id for spot in wanted])
        for spot, found in wanted.items():
            moment = Moment(
                now=ledger.now,
                happened=happened,
                late=news.late,
                catching_up=news.behind is not None,
                quiet=quiet,
                posts_left=0 if old else ledger.posts_left(spot.channel_id),
            )
            verdict = judge(found, moment, ages=self._ages)
            known: Collection[AlertId] = ()
            if verdict.way is Way.POST:
                await self._post(tx, spot, news, verdict.told, ledger=ledger, moment=moment)
            elif verdict.way is not Way.NOT:
                sheet = self._sheet(verdict.way, verdict.window, news, ledger)
                if again and await ledger.summaries.holds(tx, spot, sheet, news.kill):
                    known = again
                await self._sum_up(tx, spot, sheet, news, verdict.told, ledger=ledger)
            new = [pair for pair in verdict.outcomes if pair[0] not in known]
            ledger.count((alert_id, Outcome.MATCHED) for alert_id, _ in new)
            ledger.count(new)
            told += len(new)
        return told

    async def _sum_up(
        self,
        tx: Transaction,
        spot: Spot,
        sheet: Sheet,
        news: _News,
        told: Sequence[Match],
        *,
        ledger: Ledger,
    ) -> None:
        await ledger.summaries.add_kill(
            tx,
            spot,
            sheet,
            news.kill,
            alerts=[match.alert for match in told],
            lag=lag_of(news.arrival) if news.late else timedelta(0),
        )

    def _sheet(self, way: Way, window: Quiet | None, news: _News, ledger: Ledger) -> Sheet:
        if window is not None:
            return Sheet.of_quiet(window)
        if way is Way.CAP:
            return Sheet.of_cap(ledger.now, self._limit)
        assert news.behind is not None, "a late kill begins the catching up"
        return news.behind.sheet(ledger.now)

    async def _post(
        self,
        tx: Transaction,
        spot: Spot,
        news: _News,
        told: Sequence[Match],
        *,
        ledger: Ledger,
        moment: Moment,
    ) -> None:
        """The message looks as the oldest alert says, but has the buttons and the distance that any of them wants."""
        ledger.post(spot.channel_id)
        mail, oldest = news.arrival.killmail, told[0].alert
        callers = await ledger.callers(tx, [m.alert for m in told], mail.id, moment=moment)
        message = KillMessage(
            kill=news.kill,
            reasons=tuple(why(match) for match in told),
            ping=roles_of(callers),
            call=people_of(callers),
            ping_until=mail.time + self._ages.calling(callers),
            style=_style(oldest.style, told),
            hidden=tuple(sorted(oldest.hidden)),
            stance=told[0].stance,
            home_id=self._home(told),
        )
        expires = mail.time + self._ages.post
        await self._desk.put(
            tx, spot, kill_key(mail.id), message, now=ledger.now, expires_at=expires
        )

    async def _edit(
        self,
        tx: Transaction,
        spot: Spot,
        posting: Posting,
        news: _News,
        matches: Sequence[Match],
        *,
        ledger: Ledger,
    ) -> None:
        """The message that stands there, with the kill as it is now and the alerts that want it now, and did not."""
        told, mail = posting.message, news.arrival.killmail
        assert isinstance(told, KillMessage)
        merged = [match for match in matches if not is_muted(match.alert, ledger.now)]
        muted = [match for match in matches if is_muted(match.alert, ledger.now)]
        _count(merged, Outcome.MERGED, ledger)
        _count(muted, Outcome.MUTED, ledger)
        callers = await self._callers_of_edit(tx, posting, news, merged, ledger=ledger)
        until = mail.time + self._ages.calling(callers) if callers else told.ping_until
        message = replace(
            told,
            kill=replace(news.kill, received_at=told.kill.received_at),
            reasons=with_reasons(told.reasons, [why(match) for match in merged]),
            ping=tuple(dict.fromkeys((*told.ping, *roles_of(callers)))),
            call=tuple(dict.fromkeys((*told.call, *people_of(callers)))),
            ping_until=max(filter(None, (told.ping_until, until)), default=None),
            style=told.style if posting.posted else _style(told.style, merged),
            home_id=told.home_id or self._home(merged),
        )
        if reads_the_same(told, message):
            return
        expires = mail.time + self._ages.post
        await self._desk.put(
            tx, spot, posting.dedupe_key, message, now=ledger.now, expires_at=expires
        )

    def _home(self, matches: Iterable[Match]) -> SystemId | None:
        """Where the first of them that measures at all measures from."""
        homes = (self._alerts.home_of(match.alert) for match in matches)
        return next((home for home in homes if home is not None), None)

    async def _callers_of_edit(
        self,
        tx: Transaction,
        posting: Posting,
        news: _News,
        matches: Sequence[Match],
        *,
        ledger: Ledger,
    ) -> list[Alert]:
        """Nobody where it was sent: an edit calls nobody."""
        alerts = [match.alert for match in matches]
        if posting.posted:
            calling = [a for a in alerts if a.role_id is not None or a.user_id is not None]
            ledger.count((alert.id, Outcome.EDIT_PING) for alert in calling)
            return []
        mail = news.arrival.killmail
        moment = Moment(
            now=ledger.now,
            happened=mail.time,
            catching_up=news.behind is not None,
            quiet=await ledger.quiet(tx, alerts),
            posts_left=0,
        )
        return await ledger.callers(tx, alerts, mail.id, moment=moment)


def _not_named(posting: Posting, matches: Iterable[Match]) -> list[Match]:
    """Those that a message does not name yet."""
    assert isinstance(posting.message, KillMessage)
    known = {reason.alert_id for reason in posting.message.reasons}
    return [match for match in matches if match.alert.id not in known]


def _count(matches: Sequence[Match], outcome: Outcome, ledger: Ledger) -> None:
    ledger.count((match.alert.id, Outcome.MATCHED) for match in matches)
    ledger.count((match.alert.id, outcome) for match in matches)


def _style(own: CardStyle, matches: Iterable[Match]) -> CardStyle:
    """With buttons where anybody wants them."""
    wished = any(match.alert.style is CardStyle.WATCH for match in matches)
    return CardStyle.WATCH if wished else own


def kill_key(killmail_id: KillmailId) -> str:
    """The key of a kill's messages."""
    return f"kill:{killmail_id}"
