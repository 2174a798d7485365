"""Events -> matching alerts -> outbox rows, in the transaction that made the events true.

One post per kill and channel however many alerts match: they are reasons on the message, their roles are called
together. A battle is one message per channel that is edited as long as the battle changes, even when the alert that
asked for it has gone meanwhile. What happened too long ago is stored and not told; while the feed is behind, kills are
told as one summary per channel.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.alerts.service import AlertService
from services.alerts.settings import AlertSettings
from services.battles.service import BattleService
from services.domain.alert import Alert, Reason
from services.domain.battle import Battle
from services.domain.delivery import Destination, DestinationKind, Posting
from services.domain.event import Batch, BattleChanged, Event, KillStored
from services.domain.ids import BattleKey, GuildId, RoleId
from services.domain.isk import IskSum
from services.domain.killmail import Arrival
from services.domain.message import BattleMessage, CatchUpMessage, KillMessage, KillSummary, Message
from services.outbox import store as outbox
from services.storage.database import Transaction
from services.storage.marks import drop_mark, load_mark_time, save_mark

_CATCH_UP = "catch-up since"


@dataclass(frozen=True, slots=True)
class _Spot:
    """A channel, and the server it belongs to."""

    destination: Destination
    guild_id: GuildId | None


class Publisher:
    """Turns events into what channels are told."""

    def __init__(
        self,
        alerts: AlertService,
        battles: BattleService,
        *,
        settings: AlertSettings,
        edit_spacing: timedelta,
    ) -> None:
        self._alerts = alerts
        self._battles = battles
        self._post_age = timedelta(minutes=settings.post_max_age_minutes)
        self._ping_age = timedelta(minutes=settings.ping_max_age_minutes)
        self._behind = timedelta(seconds=settings.catch_up_lag_seconds)
        self._edit_spacing = edit_spacing
        self._calm = False

    async def publish(self, tx: Transaction, events: Sequence[Event], batch: Batch) -> None:
        """Say what there is to say. A backfill posts nothing new; it only brings posted messages up to date."""
        if batch.live:
            await self._publish_kills(tx, [e for e in events if isinstance(e, KillStored)], batch)
        changed = [event for event in events if isinstance(event, BattleChanged)]
        if changed:
            await self._publish_battles(tx, changed, batch)

    # Kills

    async def _publish_kills(
        self, tx: Transaction, events: Iterable[KillStored], batch: Batch
    ) -> None:
        late: list[Arrival] = []
        for event in events:
            if self._lag(event.arrival) > self._behind:
                late.append(event.arrival)
            elif batch.now - event.arrival.killmail.time <= self._post_age:
                await self._publish_kill(tx, event.arrival, now=batch.now)
        if late or await self._load_catching_up(tx) is not None:
            await self._publish_catch_up(tx, late, now=batch.now)

    def _lag(self, arrival: Arrival) -> timedelta:
        if arrival.published_at is None:
            return timedelta(0)
        return arrival.received_at - arrival.published_at

    async def _publish_kill(self, tx: Transaction, arrival: Arrival, *, now: datetime) -> None:
        mail = arrival.killmail
        for spot, alerts in _by_channel(await self._alerts.matching_kill(tx, mail)).items():
            until = mail.time + self._ping_age
            message = KillMessage(
                kill=KillSummary.of(mail),
                reasons=tuple(Reason.of(alert) for alert in alerts),
                ping=_roles(alerts) if now <= until else (),
                ping_until=until,
            )
            expires = mail.time + self._post_age
            await self._put(tx, spot, f"kill:{mail.id}", message, now=now, expires_at=expires)

    # The summary while the feed is behind

    async def _publish_catch_up(
        self, tx: Transaction, late: Sequence[Arrival], *, now: datetime
    ) -> None:
        since = await self._load_catching_up(tx)
        if not late:
            await drop_mark(tx, _CATCH_UP)
            return
        if since is None:
            since = now
            await save_mark(tx, _CATCH_UP, now=now)
            self._calm = False
        for arrival in late:
            for spot, alerts in _by_channel(
                await self._alerts.matching_kill(tx, arrival.killmail)
            ).items():
                await self._add_to_summary(tx, spot, arrival, alerts, since=since, now=now)

    async def _add_to_summary(
        self,
        tx: Transaction,
        spot: _Spot,
        arrival: Arrival,
        alerts: Sequence[Alert],
        *,
        since: datetime,
        now: datetime,
    ) -> None:
        key = f"catch-up:{since:%Y%m%d%H%M%S}"
        before = await self._find_summary(tx, spot, key)
        kill = KillSummary.of(arrival.killmail)
        largest = before.largest if before else None
        if largest is None or (kill.value.isk or 0) > (largest.value.isk or 0):
            largest = kill
        message = CatchUpMessage(
            since=min(before.since, kill.time) if before else kill.time,
            until=max(before.until, kill.time) if before else kill.time,
            lag_seconds=max(
                before.lag_seconds if before else 0.0, self._lag(arrival).total_seconds()
            ),
            kills=(before.kills if before else 0) + 1,
            isk=(before.isk if before else IskSum()) + IskSum.of([kill.value]),
            largest=largest,
            reasons=_reasons(before.reasons if before else (), alerts),
        )
        await self._put(tx, spot, key, message, now=now, expires_at=None)

    async def _find_summary(self, tx: Transaction, spot: _Spot, key: str) -> CatchUpMessage | None:
        for posting in await outbox.load_messages(tx, [key]):
            if posting.destination == spot.destination:
                assert isinstance(posting.message, CatchUpMessage)
                return posting.message
        return None

    async def _load_catching_up(self, tx: Transaction) -> datetime | None:
        """Only a look at the table makes calm: what this transaction changes may yet come to nothing."""
        if self._calm:
            return None
        since = await load_mark_time(tx, _CATCH_UP)
        self._calm = since is None
        return since

    # Battles

    async def _publish_battles(
        self, tx: Transaction, events: Sequence[BattleChanged], batch: Batch
    ) -> None:
        keys = [key for event in events for key in (event.battle.key, *event.absorbed)]
        posted: dict[str, list[Posting]] = {}
        for posting in await outbox.load_messages(tx, [_battle_key(key) for key in keys]):
            posted.setdefault(posting.dedupe_key, []).append(posting)
        for event in events:
            await self._publish_battle(tx, event, posted, batch)

    async def _publish_battle(
        self,
        tx: Transaction,
        event: BattleChanged,
        posted: dict[str, list[Posting]],
        batch: Batch,
    ) -> None:
        battle = event.battle
        here = {
            _Spot(p.destination, p.guild_id): p for p in posted.get(_battle_key(battle.key), [])
        }
        for absorbed in event.absorbed:
            await self._absorb(tx, battle, posted.get(_battle_key(absorbed), []), here, batch.now)
        wanted: dict[_Spot, list[Alert]] = {}
        if batch.live and batch.now - battle.end <= self._post_age:
            wanted = _by_channel(await self._alerts.matching_battle(tx, battle))
        if wanted or here:
            await self._battles.mark_shown(tx, battle)
        for spot in dict.fromkeys((*here, *wanted)):
            await self._put_battle(
                tx, spot, battle, here.get(spot), wanted.get(spot, []), now=batch.now
            )

    async def _absorb(
        self,
        tx: Transaction,
        battle: Battle,
        postings: Sequence[Posting],
        here: dict[_Spot, Posting],
        now: datetime,
    ) -> None:
        """A channel that only knew the battle taken in goes on with that message; one that knew both is told."""
        for posting in postings:
            spot = _Spot(posting.destination, posting.guild_id)
            if spot not in here:
                new = _battle_key(battle.key)
                await outbox.rekey(tx, posting.destination, posting.dedupe_key, new)
                here[spot] = replace(posting, dedupe_key=new)
                continue
            if await outbox.withdraw(tx, posting.destination, posting.dedupe_key):
                continue
            assert isinstance(posting.message, BattleMessage)
            message = replace(posting.message, merged_into=battle.public_id, ping=())
            expires = posting.expires_at
            await self._put(tx, spot, posting.dedupe_key, message, now=now, expires_at=expires)

    async def _put_battle(
        self,
        tx: Transaction,
        spot: _Spot,
        battle: Battle,
        posting: Posting | None,
        alerts: Sequence[Alert],
        *,
        now: datetime,
    ) -> None:
        before = posting.message if posting else None
        assert before is None or isinstance(before, BattleMessage)
        until = battle.end + self._ping_age
        message = BattleMessage(
            battle=battle,
            reasons=_reasons(before.reasons if before else (), alerts),
            ping=_merged(before.ping if before else (), _roles(alerts) if now <= until else ()),
            ping_until=before.ping_until if before else until,
        )
        expires = battle.end + self._post_age
        await self._put(tx, spot, _battle_key(battle.key), message, now=now, expires_at=expires)

    async def _put(
        self,
        tx: Transaction,
        spot: _Spot,
        key: str,
        message: Message,
        *,
        now: datetime,
        expires_at: datetime | None,
    ) -> None:
        posting = Posting(
            destination=spot.destination,
            guild_id=spot.guild_id,
            dedupe_key=key,
            message=message,
            expires_at=expires_at,
        )
        await outbox.put(tx, posting, now=now, edit_spacing=self._edit_spacing)


def _battle_key(key: BattleKey) -> str:
    return f"battle:{key}"


def _by_channel(alerts: Iterable[Alert]) -> dict[_Spot, list[Alert]]:
    found: dict[_Spot, list[Alert]] = {}
    for alert in alerts:
        destination = Destination(DestinationKind.CHANNEL, alert.channel_id)
        found.setdefault(_Spot(destination, alert.guild_id), []).append(alert)
    return found


def _roles(alerts: Iterable[Alert]) -> tuple[RoleId, ...]:
    return tuple(dict.fromkeys(a.role_id for a in alerts if a.role_id is not None))


def _merged(first: tuple[RoleId, ...], second: tuple[RoleId, ...]) -> tuple[RoleId, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _reasons(before: tuple[Reason, ...], alerts: Iterable[Alert]) -> tuple[Reason, ...]:
    known = {reason.alert_id for reason in before}
    return (*before, *(Reason.of(alert) for alert in alerts if alert.id not in known))
