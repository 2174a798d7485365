"""What is said because its time has come: reminders of campaigns, and fights near running campaigns.

How far was looked stands in the database and moves in the transaction that says what fell into the time since: each
reminder is said once, whenever the process stops. After a pause only the last one due is said, none for a start that
is past, and none before the source was asked again. Servers' own timers are looked at with them (`own_timers`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.alerts.service import AlertService
from services.alerts.watching import reminders_of, wants_campaigns
from services.battles.store import mark_shown
from services.domain.alert import Alert
from services.domain.clock import Clock
from services.domain.news import Fighting, NoteKind
from services.domain.sovereignty import Campaign, CampaignState
from services.polling.store import load_freshness, load_poll
from services.publishing.campaigns import Turn
from services.publishing.fighting import Front, load_fronts
from services.publishing.news import NewsPublisher
from services.publishing.own_timers import OwnTimers
from services.publishing.spots import Spot, by_channel
from services.publishing.telling import Telling
from services.publishing.verdicts import Way
from services.sovereignty import store as sovereignty
from services.sovereignty.campaign_source import NAME
from services.storage.database import Database, Transaction
from services.storage.marks import load_mark_time, save_mark
from services.storage.turns import NEWS, take_turn
from services.universe.universe import Universe

_MARK = "reminders"
_MINUTE = timedelta(minutes=1)
_TOLD_FOR = timedelta(hours=1)
"""How long a fight is still worth telling."""
_PATIENCE = timedelta(minutes=3)
"""For how long reminders wait for a first answer after a start, or for one that settles whether a contest is gone."""
_OVERDUE = 3
"""A source that should have been asked so many paces ago was not asked yet."""
_ALL = timedelta(minutes=10)
"""How often all messages of campaigns are compared with what they should say, changed or not."""
_LATELY = timedelta(hours=3)
"""A campaign that is gone waits for its verdict; none waits longer."""
_FIGHT = "fight"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """A campaign of which a reminder fell into the time since the last look."""

    campaign: Campaign
    minutes: frozenset[int]
    """All that fell into it."""


class Reminders:
    """`look` is to be called every few seconds."""

    def __init__(
        self,
        database: Database,
        publisher: NewsPublisher,
        alerts: AlertService,
        universe: Universe,
        *,
        clock: Clock,
        ring: Callable[[], None],
        min_kills: int = 5,
        pace: timedelta = _MINUTE,
    ) -> None:
        """Make it.

        Args:
            database: where everything is kept.
            publisher: who tells channels of campaigns.
            alerts: who wants to be reminded.
            universe: the map.
            clock: the time.
            ring: called when messages may have become due.
            min_kills: from so many on a battle near a campaign is a fight for it.
            pace: how often the source of campaigns is asked.
        """
        self._database = database
        self._publisher = publisher
        self._alerts = alerts
        self._universe = universe
        self._clock = clock
        self._ring = ring
        self._min_kills = min_kills
        self._pace = pace
        self._timers = OwnTimers(database, publisher.desk, ages=publisher.ages, ring=ring)
        self._began: datetime | None = None
        self._looked_at_fights: datetime | None = None
        self._looked_at_all: datetime | None = None

    async def look(self) -> None:
        """Say what has become due since the last look, and bring the messages of campaigns up to date once a minute."""
        now = self._clock()
        self._began = self._began or now
        await self._timers.look(now)
        await self._look_at_time(now)
        if _is_past(self._looked_at_fights, now, _MINUTE):
            await self._look_at_fights(now)
            self._looked_at_fights = now

    async def _look_at_time(self, now: datetime) -> None:
        """The mark moves when something is said, and else once a minute: who reads is cheaper than who writes."""
        async with self._database.read() as tx:
            last = await load_mark_time(tx, _MARK)
            recent = last is not None and last <= now < last + _MINUTE
            due = [] if last is None else await self._due(tx, last, now)
            if recent and not due:
                return
            if _is_unsettled(due, now) or await self._waits_for_answer(tx, now):
                return
        async with self._database.write() as tx:
            await take_turn(tx, NEWS)
            last = await load_mark_time(tx, _MARK)
            await save_mark(tx, _MARK, now=now)
            told = last is not None and await self._tell(tx, last, now)
        if told:
            self._ring()

    async def _waits_for_answer(self, tx: Transaction, now: datetime) -> bool:
        """True for some minutes after a start, while the source has not been asked yet: much may be over by now."""
        if _is_past(self._began, now, _PATIENCE):
            return False
        state = await load_poll(tx, NAME, pace=self._pace)
        return state.due_at is not None and now - state.due_at > _OVERDUE * self._pace

    async def _tell(self, tx: Transaction, last: datetime, now: datetime) -> bool:
        due = await self._due(tx, last, now)
        if due:
            telling = self._publisher.begin(now)
            stale = (await load_freshness(tx, NAME, pace=self._pace, now=now)).stale_since
            for found in due:
                await self._remind(tx, found, telling, stale_since=stale)
            await telling.write(tx)
        return bool(due)

    async def _due(self, tx: Transaction, last: datetime, now: datetime) -> list[_Due]:
        """Campaigns that have not started, and the reminders of which the moment lies in (last, now]."""
        asked = await self._alerts.reminders(tx)
        if not asked:
            return []
        until = now + timedelta(minutes=max(asked) + 1)
        found = []
        for campaign in await sovereignty.load_alive(tx, until=until):
            fell = frozenset(m for m in asked if last < _moment(campaign, m) <= now)
            if fell and campaign.start > now:
                found.append(_Due(campaign=campaign, minutes=fell))
        return found

    async def _remind(
        self, tx: Transaction, due: _Due, telling: Telling, *, stale_since: datetime | None
    ) -> None:
        campaign = due.campaign
        watching = await self._alerts.watching_campaign(tx, campaign)
        asked = [alert for alert in watching if due.minutes.intersection(reminders_of(alert))]
        turns = []
        for spot, alerts in by_channel(asked, lambda alert: alert).items():
            last = min(min(due.minutes.intersection(reminders_of(alert))) for alert in alerts)
            turn = Turn(
                campaign=campaign,
                happened=_moment(campaign, last),
                note=NoteKind.REMINDER,
                what=f"reminder:{campaign.start:%Y%m%d%H%M}:{last}",
                expires_at=campaign.start,
                minutes=last,
                stale_since=stale_since,
            )
            turns.append((turn, spot, alerts))
        await self._say(tx, campaign, turns, telling=telling)

    async def _say(
        self,
        tx: Transaction,
        campaign: Campaign,
        turns: Sequence[tuple[Turn, Spot, Sequence[Alert]]],
        *,
        telling: Telling,
    ) -> int:
        """Each said once, whatever the clock did meanwhile; held where it may not be said now. How many were new."""
        contests = telling.contests
        await contests.learn_said(tx, campaign)
        new = [one for one in turns if not contests.has_said(one[1], campaign.id, one[0].what)]
        if not new:
            return 0
        await contests.learn(tx, [campaign])
        await telling.ledger.learn(tx, [alert for _, _, alerts in new for alert in alerts])
        for turn, spot, alerts in new:
            await telling.outgoing.pause()
            await self._judge(tx, turn, spot, alerts, telling=telling)
        return len(new)

    async def _judge(
        self,
        tx: Transaction,
        turn: Turn,
        spot: Spot,
        alerts: Sequence[Alert],
        *,
        telling: Telling,
    ) -> None:
        verdict, moment = await telling.judge(
            tx, spot, alerts, turn.happened, free=turn.is_promised
        )
        if verdict.way is Way.POST:
            campaigns = self._publisher.campaigns
            await campaigns.say(tx, spot, turn, verdict.told, telling=telling, moment=moment)
        elif verdict.way is not Way.NOT:
            new = await telling.hold_campaign(tx, spot, verdict, turn.campaign)
            if not new and turn.note is NoteKind.FIGHT:
                return  # it is looked at again each minute
        elif turn.note is NoteKind.FIGHT:
            return
        telling.count(verdict.outcomes)

    async def _look_at_fights(self, now: datetime) -> None:
        """What changed of campaigns that are alive or were lately, and what is fought near those that run."""
        campaigns = self._publisher.campaigns
        async with self._database.read() as tx:
            alive = await sovereignty.load_alive(tx)
            known = [*alive, *await sovereignty.load_recent(tx, now - _LATELY)]
            fronts = await self._fronts(tx, [one for one in alive if one.start <= now])
            fighting = _of(fronts)
            stale = (await load_freshness(tx, NAME, pace=self._pace, now=now)).stale_since
            if _is_past(self._looked_at_all, now, _ALL):
                campaigns.forget(known)  # whatever another process wrote
                self._looked_at_all = now
            other = await campaigns.unlike(tx, known, now=now, fighting=fighting, stale_since=stale)
            changed = await campaigns.refresh(
                tx, other, self._publisher.begin(now), fighting=fighting, stale_since=stale
            )
        if changed:
            campaigns.forget(other)  # until it is written
        news = now - _TOLD_FOR
        fought = {key: front for key, front in fronts.items() if (front.latest or news) > news}
        if changed or fought:
            async with self._database.write() as tx:
                await take_turn(tx, NEWS)
                telling = self._publisher.begin(now)
                concerned = {*fought, *(campaign.id for campaign in other)}
                found = await sovereignty.load_campaigns(tx, sorted(concerned))
                told = await self._tell_fights(tx, found, fought, telling, stale_since=stale)
                told += await campaigns.refresh(
                    tx, found if changed else [], telling, fighting=fighting, stale_since=stale
                )
                await telling.write(tx)
            if told:
                self._ring()

    async def _fronts(self, tx: Transaction, running: Sequence[Campaign]) -> dict[int, Front]:
        """Of campaigns that anybody watches."""
        watched = [
            campaign for campaign in running if await self._alerts.watching_campaign(tx, campaign)
        ]
        return await load_fronts(tx, watched, universe=self._universe, min_kills=self._min_kills)

    async def _tell_fights(
        self,
        tx: Transaction,
        campaigns: Sequence[Campaign],
        fought: Mapping[int, Front],
        telling: Telling,
        *,
        stale_since: datetime | None,
    ) -> int:
        """The first battle near a campaign is told; the message names those that follow."""
        said = 0
        for campaign in campaigns:
            front = fought.get(campaign.id)
            if front is None or not campaign.is_alive:
                continue
            turn = Turn(
                campaign=campaign,
                happened=front.latest or telling.now,
                note=NoteKind.FIGHT,
                what=_FIGHT,
                expires_at=telling.now + _TOLD_FOR,
                fighting=front.fighting,
                stale_since=stale_since,
            )
            watching = await self._alerts.watching_campaign(tx, campaign)
            wanted = [alert for alert in watching if wants_campaigns(alert)]
            channels = by_channel(wanted, lambda alert: alert)
            turns = [(turn, spot, alerts) for spot, alerts in channels.items()]
            said += await self._say(tx, campaign, turns, telling=telling)
            await mark_shown(tx, [line.public_id for line in front.fighting.battles])
        return said


def _is_unsettled(due: Iterable[_Due], now: datetime) -> bool:
    """One of these was not listed just now: the next answer says whether it is gone."""
    missing = CampaignState.MISSING
    found = [one.campaign.ended for one in due if one.campaign.state is missing]
    return not all(_is_past(since, now, _PATIENCE) for since in found)


def _is_past(since: datetime | None, now: datetime, length: timedelta) -> bool:
    """So long ago, or never; or in the future, by a clock that was set back."""
    return since is None or not timedelta(0) <= now - since < length


def _of(fronts: Mapping[int, Front]) -> dict[int, Fighting]:
    return {key: front.fighting for key, front in fronts.items()}


def _moment(campaign: Campaign, minutes: int) -> datetime:
    return campaign.start - timedelta(minutes=minutes)
