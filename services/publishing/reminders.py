"""What is said because its time has come: reminders of campaigns, servers' own timers, fights near running campaigns.

How far was looked stands in the database and moves in the transaction that says what fell into the time since: each
reminder is said once, whenever the process stops. After a pause only the last one due is said, and none for a start
that is past. Own timers know no quiet hours: whoever sets one wants to be told then.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.alerts.service import AlertService
from services.alerts.watching import reminders_of, wants_campaigns
from services.battles.store import mark_shown
from services.domain.alert import Alert
from services.domain.clock import Clock
from services.domain.delivery import Destination, DestinationKind
from services.domain.news import Fighting, NoteKind, TimerNoteMessage
from services.domain.sovereignty import Campaign
from services.domain.timer import OwnTimer
from services.outbox import store as outbox
from services.publishing.campaigns import Turn
from services.publishing.fighting import Front, load_fronts
from services.publishing.news import NewsPublisher
from services.publishing.spots import Spot, by_channel
from services.publishing.telling import Telling
from services.publishing.verdicts import Way
from services.sovereignty import store as sovereignty
from services.storage.database import Database, Transaction
from services.storage.marks import load_mark_time, save_mark
from services.storage.turns import NEWS, take_turn
from services.timers import store as timers
from services.universe.universe import Universe

_MARK = "reminders"
_MINUTE = timedelta(minutes=1)
_TOLD_FOR = timedelta(hours=1)
"""How long after its moment a reminder of an own timer, or a fight, is still worth telling."""
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
        """
        self._database = database
        self._publisher = publisher
        self._alerts = alerts
        self._universe = universe
        self._clock = clock
        self._ring = ring
        self._min_kills = min_kills
        self._looked_at_fights: datetime | None = None

    async def look(self) -> None:
        """Say what has become due since the last look, and bring the messages of campaigns up to date once a minute."""
        now = self._clock()
        await self._look_at_time(now)
        last = self._looked_at_fights
        if last is None or not timedelta(0) <= now - last < _MINUTE:
            await self._look_at_fights(now)
            self._looked_at_fights = now

    async def _look_at_time(self, now: datetime) -> None:
        """The mark moves when something is said, and else once a minute: who reads is cheaper than who writes."""
        async with self._database.read() as tx:
            last = await load_mark_time(tx, _MARK)
            if last is not None and last <= now < last + _MINUTE:
                due = await self._due(tx, last, now)
                if not due and not await timers.load_between(tx, last, now):
                    return
        async with self._database.write() as tx:
            await take_turn(tx, NEWS)
            last = await load_mark_time(tx, _MARK)
            await save_mark(tx, _MARK, now=now)
            told = last is not None and await self._tell(tx, last, now)
        if told:
            self._ring()

    async def _tell(self, tx: Transaction, last: datetime, now: datetime) -> bool:
        due = await self._due(tx, last, now)
        own = await timers.load_between(tx, last, now)
        if due:
            telling = self._publisher.begin(now)
            for found in due:
                await self._remind(tx, found, telling)
            await telling.write(tx)
        for timer, minutes in own:
            await self._tell_timer(tx, timer, minutes, now=now)
        return bool(due or own)

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

    async def _remind(self, tx: Transaction, due: _Due, telling: Telling) -> None:
        campaign = due.campaign
        watching = await self._alerts.watching_campaign(tx, campaign)
        asked = [alert for alert in watching if due.minutes.intersection(reminders_of(alert))]
        for spot, alerts in by_channel(asked, lambda alert: alert).items():
            last = min(min(due.minutes.intersection(reminders_of(alert))) for alert in alerts)
            turn = Turn(
                campaign=campaign,
                happened=_moment(campaign, last),
                note=NoteKind.REMINDER,
                what=f"reminder:{campaign.start:%Y%m%d%H%M}:{last}",
                expires_at=campaign.start,
                minutes=last,
            )
            await self._say(tx, spot, turn, alerts, telling=telling)

    async def _say(
        self,
        tx: Transaction,
        spot: Spot,
        turn: Turn,
        alerts: Sequence[Alert],
        *,
        telling: Telling,
    ) -> None:
        """Said once, whatever the clock did meanwhile; held where it may not be said now."""
        campaigns = self._publisher.campaigns
        said = await campaigns.said(tx, spot, turn.campaign)
        if any(what == turn.what for what, _ in said):
            return
        verdict, moment = await telling.judge(tx, spot, alerts, turn.happened)
        if verdict.way is Way.POST:
            await campaigns.say(tx, spot, turn, verdict.told, telling=telling, moment=moment)
        elif verdict.way is not Way.NOT:
            new = await telling.hold_campaign(tx, spot, verdict, turn.campaign)
            if not new and turn.note is NoteKind.FIGHT:
                return  # it is looked at again each minute
        elif turn.note is NoteKind.FIGHT:
            return
        telling.count(verdict.outcomes)

    async def _tell_timer(
        self, tx: Transaction, timer: OwnTimer, minutes: int, *, now: datetime
    ) -> None:
        moment = timer.at - timedelta(minutes=minutes)
        ages = self._publisher.ages
        message = TimerNoteMessage(
            timer=timer,
            minutes=minutes,
            ping=() if timer.role_id is None else (timer.role_id,),
            ping_until=moment + ages.ping,
        )
        spot = Spot(Destination(DestinationKind.CHANNEL, timer.channel_id), timer.guild_id)
        # A channel that was closed once may be open by now, and nobody resumes a timer.
        await outbox.unblock(tx, spot.destination)
        await self._publisher.desk.reply(
            tx,
            spot,
            f"timer:{timer.id}:{minutes}",
            message,
            now=now,
            expires_at=max(now, timer.at) + _TOLD_FOR,
            to=None,
        )

    async def _look_at_fights(self, now: datetime) -> None:
        """What changed of campaigns that are alive or were lately, and what is fought near those that run."""
        async with self._database.read() as tx:
            alive = await sovereignty.load_alive(tx)
            known = [*alive, *await sovereignty.load_recent(tx, now - _LATELY)]
            fronts = await self._fronts(tx, [one for one in alive if one.start <= now])
            changed = await self._publisher.campaigns.stale(tx, known, fighting=_of(fronts))
        news = now - _TOLD_FOR
        fought = {key: front for key, front in fronts.items() if (front.latest or news) > news}
        if not changed and not fought:
            return
        async with self._database.write() as tx:
            await take_turn(tx, NEWS)
            found = await sovereignty.load_campaigns(tx, [campaign.id for campaign in known])
            told = await self._tell_fights(tx, found, fought, now=now)
            campaigns = self._publisher.campaigns
            told += await campaigns.refresh(tx, found, now=now, fighting=_of(fronts))
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
        *,
        now: datetime,
    ) -> int:
        """The first battle near a campaign is told; the message names those that follow."""
        telling = self._publisher.begin(now)
        for campaign in campaigns:
            front = fought.get(campaign.id)
            if front is None or not campaign.is_alive:
                continue
            turn = Turn(
                campaign=campaign,
                happened=front.latest or now,
                note=NoteKind.FIGHT,
                what=_FIGHT,
                expires_at=now + _TOLD_FOR,
                fighting=front.fighting,
            )
            watching = await self._alerts.watching_campaign(tx, campaign)
            wanted = [alert for alert in watching if wants_campaigns(alert)]
            for spot, alerts in by_channel(wanted, lambda alert: alert).items():
                await self._say(tx, spot, turn, alerts, telling=telling)
            await mark_shown(tx, [line.public_id for line in front.fighting.battles])
        await telling.write(tx)
        return len(fought)


def _of(fronts: Mapping[int, Front]) -> dict[int, Fighting]:
    return {key: front.fighting for key, front in fronts.items()}


def _moment(campaign: Campaign, minutes: int) -> datetime:
    return campaign.start - timedelta(minutes=minutes)
