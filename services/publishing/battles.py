"""Battles: one message a channel from the moment an alert matches until the battle is over, through mergers too.

Edits notify nobody. So when an alert with a role begins to match a battle that already stands in the channel (it grew
beyond that alert's floor), the role is called by a short reply to the battle's message. While nobody may be called
(quiet hours, catching up) none is; the role is called when the battle changes after that, as long as it is news. Nobody
is called for a battle that was muted in the channel.

A server that put parties on other sides reads the battle so; what alerts ask of it is the same for all.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.alerts.service import AlertService
from services.battles.service import BattleService
from services.domain.alert import Alert, AlertKind, Outcome, Reason
from services.domain.battle import Battle
from services.domain.delivery import Posting
from services.domain.event import Batch, BattleChanged
from services.domain.ids import AlertId, BattleKey, GuildId, RoleId
from services.domain.isk import IskSum
from services.domain.message import BattleCallMessage, BattleMessage, KillCount
from services.domain.quiet import Quiet
from services.outbox import replies
from services.outbox import store as outbox
from services.publishing.catch_up import Behind
from services.publishing.hush import hush, unsaid
from services.publishing.ledger import Ledger
from services.publishing.milestones import counted, doubled
from services.publishing.reading import reads_the_same
from services.publishing.spots import (
    Desk,
    HullClassOf,
    IsLandmark,
    Matches,
    Spot,
    by_channel,
    roles_of,
    with_reasons,
)
from services.publishing.summaries import Sheet
from services.publishing.updates import BattleUpdates, Standing, end_of
from services.publishing.verdicts import Ages, Moment, holding, is_muted
from services.storage.database import Transaction

Wanted = dict[Spot, list[Alert]]
"""Channels, each with the alerts that want a battle there, oldest first."""

SeenBy = Callable[[Transaction, Battle, Collection[GuildId]], Awaitable[Mapping[GuildId, Battle]]]
"""The battle as those of these servers see it that put parties on other sides."""


async def as_counted(
    _tx: Transaction, _battle: Battle, _guilds: Collection[GuildId]
) -> Mapping[GuildId, Battle]:
    """Nobody put anybody anywhere."""
    return {}


class BattlePublisher:
    """Tells channels of battles."""

    def __init__(
        self,
        alerts: AlertService,
        battles: BattleService,
        desk: Desk,
        *,
        ages: Ages,
        hull_class: HullClassOf,
        is_landmark: IsLandmark,
        seen: SeenBy = as_counted,
    ) -> None:
        self._alerts = alerts
        self._battles = battles
        self._desk = desk
        self._ages = ages
        self._seen = seen
        self._updates = BattleUpdates(
            alerts, desk, ages=ages, hull_class=hull_class, is_landmark=is_landmark
        )

    async def publish(
        self,
        tx: Transaction,
        events: Sequence[BattleChanged],
        batch: Batch,
        ledger: Ledger,
        *,
        behind: Behind | None,
    ) -> Matches:
        """Post what is new and wanted, edit what stands; returns the alerts that were met.

        While the feed is behind, a battle that is only read up on goes to the summary; one that is fought now is
        posted, whatever of it comes from the backlog. In quiet hours that hold posts it goes to their digest.
        """
        keys = [key for event in events for key in (event.battle.key, *event.absorbed)]
        posted: dict[str, list[Posting]] = {}
        for posting in await outbox.load_messages(tx, [battle_key(key) for key in keys]):
            posted.setdefault(posting.dedupe_key, []).append(posting)
        met = 0
        for event in events:
            met += await self._publish_one(tx, event, posted, batch, ledger=ledger, behind=behind)
        return Matches({AlertKind.BATTLES: met})

    async def _publish_one(
        self,
        tx: Transaction,
        event: BattleChanged,
        posted: dict[str, list[Posting]],
        batch: Batch,
        *,
        ledger: Ledger,
        behind: Behind | None,
    ) -> int:
        battle, now = event.battle, batch.now
        young = now - battle.end <= self._ages.post
        if event.before is not None and not batch.live and not young:
            return 0
        standing = posted.get(battle_key(battle.key), [])
        here = {Spot(p.destination, p.guild_id): Standing(p) for p in standing}
        for absorbed in event.absorbed:
            await self._absorb(tx, battle, posted.get(battle_key(absorbed), []), here, now=now)
        wanted = await self._wanted(tx, event, batch, ledger) if batch.live and young else {}
        if wanted or here:
            await self._battles.mark_shown(tx, battle)
        summary = await self._summary_of(tx, battle, wanted, here, behind=behind)
        shown = await self._shown(tx, battle, (*here, *wanted))
        met = 0
        for spot, picture in shown.items():
            alerts = wanted.get(spot, [])
            quiet = await ledger.quiet(tx, alerts)
            held = holding([quiet[alert.id] for alert in alerts]) if alerts else None
            if spot not in here and (held is not None or summary is not None):
                met += await self._sum_up(
                    tx, spot, event, alerts, ledger=ledger, held=held, behind=summary
                )
                continue
            moment = Moment(
                now=now,
                happened=battle.end,
                catching_up=behind is not None,
                quiet=quiet,
                posts_left=0,
            )
            met += await self._put(
                tx, spot, picture, here.get(spot), alerts, moment=moment, ledger=ledger
            )
        if here and batch.live and young:
            await self._updates.tell(
                tx, battle, here, shown, batch=batch, ledger=ledger, only_ends=behind is not None
            )
        return met

    async def _shown(
        self, tx: Transaction, battle: Battle, spots: Sequence[Spot]
    ) -> dict[Spot, Battle]:
        """The battle as the server of each channel sees it, once each."""
        guilds = {spot.guild_id for spot in spots if spot.guild_id is not None}
        seen = await self._seen(tx, battle, guilds) if guilds else {}
        return {
            spot: battle if spot.guild_id is None else seen.get(spot.guild_id, battle)
            for spot in spots
        }

    async def _wanted(
        self, tx: Transaction, event: BattleChanged, batch: Batch, ledger: Ledger
    ) -> Wanted:
        """By alerts that it meets; where no kill joined, only by those that it did not meet as it stood."""
        alerts = await self._alerts.matching_battle(tx, event.battle)
        if event.before is not None:
            before = {alert.id for alert in await self._alerts.matching_battle(tx, event.before)}
            alerts = [alert for alert in alerts if alert.id not in before]
        if muted := {alert.id for alert in alerts if is_muted(alert, ledger.now)}:
            met = await self._met_before(tx, event.battle, batch)
            _count(ledger, sorted(muted - met), Outcome.MUTED)
        return by_channel((a for a in alerts if a.id not in muted), lambda alert: alert)

    async def _met_before(
        self, tx: Transaction, battle: Battle, batch: Batch
    ) -> frozenset[AlertId]:
        """Alerts that met it without what this batch brings: it is not new to them."""
        own = set(battle.killmail_ids)
        new = [a.killmail for a in batch.arrivals if a.killmail.id in own]
        ids = own.difference(mail.id for mail in new)
        if not ids:
            return frozenset()
        isk = battle.isk_destroyed.isk - IskSum.of(mail.value for mail in new).isk
        before = replace(
            battle,
            killmail_ids=tuple(sorted(ids)),
            isk_destroyed=replace(battle.isk_destroyed, isk=isk),
        )
        return frozenset(alert.id for alert in await self._alerts.matching_battle(tx, before))

    async def _sum_up(
        self,
        tx: Transaction,
        spot: Spot,
        event: BattleChanged,
        alerts: Sequence[Alert],
        *,
        ledger: Ledger,
        held: Quiet | None,
        behind: Behind | None,
    ) -> int:
        """Name it in the digest of the quiet hours, else in the summary of the catching up."""
        if held is not None:
            sheet, outcome = Sheet.of_quiet(held), Outcome.QUIET_POST
        else:
            assert behind is not None
            sheet, outcome = behind.sheet(ledger.now), Outcome.SUMMED_UP
        lag = timedelta(0) if behind is None else behind.lag
        new = await ledger.summaries.add_battle(
            tx, spot, sheet, event.battle, absorbed=event.absorbed, alerts=alerts, lag=lag
        )
        if new:
            _count(ledger, [alert.id for alert in alerts], outcome)
        return len(alerts) if new else 0

    async def _summary_of(
        self,
        tx: Transaction,
        battle: Battle,
        wanted: Wanted,
        here: Mapping[Spot, Standing],
        *,
        behind: Behind | None,
    ) -> Behind | None:
        """The catching up whose summary names the battle where it is new; None where it is posted as always.

        A late kill took longer than `behind`, so what came in that long before the first one came after the silence.
        """
        if behind is None or not wanted.keys() - here.keys():
            return None
        lag = self._ages.behind
        since = behind.since - lag
        fought = await self._battles.is_fought_in_time(tx, battle, since=since, lag=lag)
        return None if fought else behind

    async def _absorb(
        self,
        tx: Transaction,
        battle: Battle,
        postings: Sequence[Posting],
        here: dict[Spot, Standing],
        *,
        now: datetime,
    ) -> None:
        """A channel that only knew the battle taken in goes on with that message; one that knew both is told.

        What was said for it by replies was said for the battle that goes on, but for its end.
        """
        new = battle_key(battle.key)
        for posting in postings:
            place, old = posting.destination, posting.dedupe_key
            spot = Spot(place, posting.guild_id)
            if spot not in here:
                await outbox.rekey(tx, place, old, new)
                await replies.lead(tx, place, old, new)
                await replies.follow(tx, place, old, new)
                here[spot] = Standing(replace(posting, dedupe_key=new))
                continue
            await replies.follow(tx, place, old, new, but={end_of(old)})
            assert isinstance(posting.message, BattleMessage)
            if await outbox.withdraw(tx, place, old):
                await unsaid(tx, posting.message)
                continue
            here[spot].taken_in.append(posting)
            if here[spot].muted is not None:
                await hush(tx, place, new)
            message = replace(posting.message, merged_into=battle.public_id, ping=())
            expires = posting.expires_at
            await self._desk.put(tx, spot, old, message, now=now, expires_at=expires)

    async def _put(
        self,
        tx: Transaction,
        spot: Spot,
        battle: Battle,
        standing: Standing | None,
        alerts: Sequence[Alert],
        *,
        moment: Moment,
        ledger: Ledger,
    ) -> int:
        """Returns how many alerts it met that it had not met before."""
        before, muted = (standing.message, standing.muted) if standing else (None, None)
        called = before.ping if before else ()
        silent = [alert for alert in alerts if alert.role_id not in called]
        mail_id = battle.killmail_ids[0]
        if muted is None:
            calls = await ledger.judge_calls(tx, silent, mail_id, moment=moment)
        else:
            calls = _silenced(silent)
        callers = [alert for alert in silent if calls[alert.id] is Outcome.CALLED]
        now, until = moment.now, battle.end + self._ages.calling(callers)
        fresh = list(roles_of(callers))
        stands = standing is not None and standing.posting.posted
        if stands:
            fresh = await self._call(tx, spot, battle, callers, now=now, until=until)
        told = before.reasons if before else ()
        message = BattleMessage(
            battle=battle,
            reasons=with_reasons(told, [Reason.of(alert) for alert in alerts]),
            ping=called if stands else (*called, *fresh),
            ping_until=_ping_until(before, until, calls=bool(fresh) and not stands),
            muted=muted,
            counted=_counted(standing, battle, now, called=stands and bool(fresh)),
        )
        key, expires = battle_key(battle.key), battle.end + self._ages.post
        if before is None or not reads_the_same(before, message):
            await self._desk.put(tx, spot, key, message, now=now, expires_at=expires)
        new = [reason.alert_id for reason in message.reasons[len(told) :]]
        first = 0 if told else 1
        _count(ledger, new[:first], Outcome.POSTED)
        _count(ledger, new[first:], Outcome.MERGED)
        callers = [alert for alert in callers if alert.role_id in fresh]
        ledger.count((alert.id, Outcome.CALLED) for alert in callers)
        for alert in callers:
            ledger.call(alert, mail_id)
        ledger.count(_uncalled(calls, new))
        return len(new)

    async def _call(
        self,
        tx: Transaction,
        spot: Spot,
        battle: Battle,
        callers: Sequence[Alert],
        *,
        now: datetime,
        until: datetime,
    ) -> list[RoleId]:
        """Call the roles of these alerts by replies, each once a battle; returns those that were not called before."""
        key = battle_key(battle.key)
        called = []
        for role in roles_of(callers):
            call = BattleCallMessage(
                battle=battle,
                reasons=tuple(Reason.of(alert) for alert in callers if alert.role_id == role),
                ping=(role,),
                ping_until=until,
            )
            if await self._desk.reply(
                tx, spot, f"{key}:call:{role}", call, now=now, expires_at=until, to=key
            ):
                called.append(role)
        return called


def _ping_until(before: BattleMessage | None, until: datetime, *, calls: bool) -> datetime | None:
    """How long the message may call: as long as any of those that it calls for allows."""
    if before is None:
        return until
    if not calls or before.ping_until is None:
        return until if calls else before.ping_until
    return max(before.ping_until, until)


def _silenced(alerts: Sequence[Alert]) -> dict[AlertId, Outcome | None]:
    """Somebody muted the battle where it stands: its edits call nobody, whoever comes to want it."""
    return {alert.id: Outcome.MUTED_PING if alert.role_id is not None else None for alert in alerts}


def _uncalled(
    calls: Mapping[AlertId, Outcome | None], new: Sequence[AlertId]
) -> Iterator[tuple[AlertId, Outcome]]:
    """Why those that it met now called nobody, where they have anybody to call."""
    for alert_id, call in calls.items():
        if call is not None and call is not Outcome.CALLED and alert_id in new:
            yield alert_id, call


def _counted(
    standing: Standing | None, battle: Battle, now: datetime, *, called: bool
) -> KillCount:
    """The kills that the channel was told of: by the post, a call, or when they had doubled (told or held back)."""
    posted = standing is not None and standing.posting.posted
    if standing is None or not posted or called or doubled(standing.told, battle, now):
        return KillCount(kills=battle.kills, at=now)
    return counted(standing.told)


def _count(ledger: Ledger, alerts: Sequence[AlertId], outcome: Outcome) -> None:
    """Each of them wanted a battle, and this became of it."""
    ledger.count((alert_id, Outcome.MATCHED) for alert_id in alerts)
    ledger.count((alert_id, outcome) for alert_id in alerts)


def battle_key(key: BattleKey) -> str:
    """The key of a battle's message."""
    return f"battle:{key}"
