"""The books of one batch: what it must know of servers, channels and calls, and what it counts.

All of it is asked for once a batch and written once, however many kills the batch has, in the batch's own transaction:
whatever was decided is counted, and what comes to nothing with its transaction is not.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from services.alerts import calls, counts, posts
from services.alerts.calls import FIGHT_AT_MOST, Call
from services.alerts.counts import everybody
from services.battles.service import BattleService
from services.domain.alert import Alert, Outcome
from services.domain.guild import GuildSettings
from services.domain.ids import AlertId, ChannelId, GuildId, KillmailId
from services.domain.occurrence import Topic
from services.domain.quiet import Quiet, quiet_at
from services.guilds import store as guilds
from services.publishing.summaries import Summaries
from services.publishing.verdicts import Ages, Called, Moment, judge_call
from services.storage.database import Transaction

_FRESH = timedelta(seconds=1)


def calls_somebody(alert: Alert) -> bool:
    """It has a role or a person to call."""
    return alert.role_id is not None or alert.user_id is not None


class Servers:
    """The settings of servers, asked for at most once a second."""

    def __init__(self) -> None:
        self._known: dict[GuildId, tuple[datetime, GuildSettings]] = {}

    async def quiet(
        self, tx: Transaction, alerts: Iterable[Alert], *, now: datetime
    ) -> dict[AlertId, Quiet | None]:
        """The quiet hours that last now, by alert."""
        found: dict[AlertId, Quiet | None] = {}
        for alert in alerts:
            server = await self._load(tx, alert.guild_id, now)
            found[alert.id] = quiet_at(
                now, own=alert.quiet, server=server.quiet, time_zone=server.time_zone
            )
        return found

    async def learn(self, tx: Transaction, ids: Iterable[GuildId], *, now: datetime) -> None:
        """Ask for these servers at once, where they are to be asked for."""
        if unknown := {guild_id for guild_id in ids if self._find(guild_id, now) is None}:
            found = await guilds.load_many(tx, sorted(unknown))
            self._known |= {guild_id: (now, settings) for guild_id, settings in found.items()}

    async def _load(self, tx: Transaction, guild_id: GuildId, now: datetime) -> GuildSettings:
        settings = self._find(guild_id, now)
        if settings is None:
            settings = await guilds.load(tx, guild_id)
            self._known[guild_id] = now, settings
        return settings

    def _find(self, guild_id: GuildId, now: datetime) -> GuildSettings | None:
        known = self._known.get(guild_id)
        fresh = known is not None and timedelta(0) <= now - known[0] < _FRESH
        return known[1] if known is not None and fresh else None


class Ledger:
    """Made for one batch, written at its end."""

    def __init__(
        self,
        servers: Servers,
        battles: BattleService,
        summaries: Summaries,
        *,
        now: datetime,
        ages: Ages,
        limit: int,
    ) -> None:
        self.now = now
        self.summaries = summaries
        """Those that the batch adds to."""
        self._servers = servers
        self._battles = battles
        self._ages = ages
        self._limit = limit
        self._counts: Counter[tuple[AlertId, Outcome]] = Counter()
        self._used: dict[ChannelId, int] = {}
        self._posted: Counter[ChannelId] = Counter()
        self._calls: dict[AlertId, list[Call]] = {}
        self._called: list[Call] = []

    def saw(self, number: int, topic: Topic | None = None) -> None:
        """So many kills, or occurrences of a topic, were looked at."""
        self._counts[everybody(topic), Outcome.SEEN] += number

    def count(self, outcomes: Iterable[tuple[AlertId, Outcome]]) -> None:
        """What became of matches."""
        self._counts.update(outcomes)

    async def quiet(
        self, tx: Transaction, alerts: Iterable[Alert]
    ) -> Mapping[AlertId, Quiet | None]:
        """The quiet hours that last now, by alert."""
        return await self._servers.quiet(tx, alerts, now=self.now)

    async def learn(self, tx: Transaction, alerts: Sequence[Alert]) -> None:
        """Ask at once for all that judging these alerts needs, however many channels and servers they are of."""
        await self.look_at(tx, dict.fromkeys(alert.channel_id for alert in alerts))
        await self._servers.learn(tx, (alert.guild_id for alert in alerts), now=self.now)
        await self._learn_calls(tx, [alert for alert in alerts if calls_somebody(alert)])

    async def look_at(self, tx: Transaction, channels: Iterable[ChannelId]) -> None:
        """Learn how many posts these channels have had in this hour."""
        if unknown := [channel for channel in channels if channel not in self._used]:
            self._used |= await posts.load(tx, unknown, now=self.now)

    def posts_left(self, channel_id: ChannelId) -> int:
        """How many messages may still be posted there in this hour; the channel was looked at."""
        return self._limit - self._used[channel_id] - self._posted[channel_id]

    def post(self, channel_id: ChannelId) -> None:
        """A kill is posted there, or news."""
        self._posted[channel_id] += 1

    async def called(
        self, tx: Transaction, alerts: Collection[Alert], killmail_id: KillmailId | None
    ) -> dict[AlertId, Called]:
        """What the calls of these alerts say of one for this kill; None: for what is no kill, and no fight."""
        await self._learn_calls(tx, alerts)
        before = {call.killmail_id for alert in alerts for call in self._calls[alert.id]}
        fellows: Collection[KillmailId] = ()
        if before and killmail_id is not None:
            fellows = await self._battles.in_one_battle(tx, killmail_id, before)
        return {
            alert.id: Called(
                last=max((call.at for call in self._calls[alert.id]), default=None),
                for_this_fight=any(c.killmail_id in fellows for c in self._calls[alert.id]),
            )
            for alert in alerts
        }

    async def _learn_calls(self, tx: Transaction, alerts: Collection[Alert]) -> None:
        unknown = [alert for alert in alerts if alert.id not in self._calls]
        if not unknown:
            return
        longest = max(FIGHT_AT_MOST, *(self._ages.cooldown_of(alert) for alert in unknown))
        self._calls |= {alert.id: [] for alert in unknown}
        ids = [alert.id for alert in unknown]
        for call in await calls.load(tx, ids, since=self.now - longest):
            self._calls[call.alert_id].append(call)

    async def judge_calls(
        self,
        tx: Transaction,
        alerts: Iterable[Alert],
        killmail_id: KillmailId | None,
        *,
        moment: Moment,
        spaced: bool = True,
    ) -> dict[AlertId, Outcome | None]:
        """Whether each calls for this kill, or (None) for what is none.

        Their calls are looked up only where nothing else forbids one. Not `spaced`: a call before does not forbid it.
        """
        alerts = tuple(alerts)
        verdicts = {alert.id: judge_call(alert, moment, ages=self._ages) for alert in alerts}
        if not spaced:
            return verdicts
        might = [alert for alert in alerts if verdicts[alert.id] is Outcome.CALLED]
        called = await self.called(tx, might, killmail_id) if might else {}
        for alert in might:
            verdicts[alert.id] = judge_call(alert, moment, ages=self._ages, called=called[alert.id])
        return verdicts

    def call(self, alert: Alert, killmail_id: KillmailId | None) -> None:
        """It calls for this kill, or (None) for what is none; what its calls say was asked before."""
        number = calls.no_kill(self.now) if killmail_id is None else killmail_id
        made = Call(alert_id=alert.id, killmail_id=number, at=self.now)
        self._calls[alert.id].append(made)
        self._called.append(made)

    async def callers(
        self,
        tx: Transaction,
        alerts: Sequence[Alert],
        killmail_id: KillmailId | None,
        *,
        moment: Moment,
        spaced: bool = True,
    ) -> list[Alert]:
        """Those that call somebody for this kill, or (None) for what is none; counted, as are those that do not.

        Not `spaced`: however lately they called somebody.
        """
        if not any(map(calls_somebody, alerts)):
            return []
        if not spaced:
            await self._learn_calls(tx, [alert for alert in alerts if calls_somebody(alert)])
        verdicts = await self.judge_calls(tx, alerts, killmail_id, moment=moment, spaced=spaced)
        self.count((key, outcome) for key, outcome in verdicts.items() if outcome is not None)
        calling = [alert for alert in alerts if verdicts[alert.id] is Outcome.CALLED]
        for alert in calling:
            self.call(alert, killmail_id)
        return calling

    async def write(self, tx: Transaction) -> None:
        """Write what changed."""
        await self.summaries.write(tx)
        await counts.add(tx, self._counts, now=self.now)
        await posts.add(tx, self._posted, now=self.now)
        await calls.save(tx, self._called)
