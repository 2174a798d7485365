"""Battles: one message a channel from the moment an alert matches until the battle is over, through mergers too.

Edits notify nobody. So when an alert with a role begins to match a battle that already stands in the channel (it grew
beyond that alert's floor), the role is called by a short reply to the battle's message.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.alerts.service import AlertService
from services.battles.service import BattleService
from services.domain.alert import Alert, AlertKind
from services.domain.battle import Battle
from services.domain.delivery import Posting
from services.domain.event import Batch, BattleChanged
from services.domain.ids import BattleKey
from services.domain.message import BattleCallMessage, BattleMessage
from services.outbox import store as outbox
from services.publishing.catch_up import Behind, CatchUp
from services.publishing.reading import reads_the_same
from services.publishing.spots import (
    Ages,
    Desk,
    Matches,
    Spot,
    Wanted,
    by_channel,
    reasons_of,
    roles_of,
)
from services.storage.database import Transaction


class BattlePublisher:
    """Tells channels of battles."""

    def __init__(
        self,
        alerts: AlertService,
        battles: BattleService,
        desk: Desk,
        catch_up: CatchUp,
        *,
        ages: Ages,
    ) -> None:
        self._alerts = alerts
        self._battles = battles
        self._desk = desk
        self._catch_up = catch_up
        self._ages = ages

    async def publish(
        self,
        tx: Transaction,
        events: Sequence[BattleChanged],
        batch: Batch,
        *,
        behind: Behind | None,
    ) -> Matches:
        """Post what is new and wanted, edit what stands; returns the alerts that were met.

        While the feed is behind, a battle that is only read up on goes to the summary; one that is fought now is
        posted, whatever of it comes from the backlog.
        """
        keys = [key for event in events for key in (event.battle.key, *event.absorbed)]
        posted: dict[str, list[Posting]] = {}
        for posting in await outbox.load_messages(tx, [battle_key(key) for key in keys]):
            posted.setdefault(posting.dedupe_key, []).append(posting)
        met = 0
        for event in events:
            met += await self._publish_one(tx, event, posted, batch, behind=behind)
        return Matches({AlertKind.BATTLES: met})

    async def _publish_one(
        self,
        tx: Transaction,
        event: BattleChanged,
        posted: dict[str, list[Posting]],
        batch: Batch,
        *,
        behind: Behind | None,
    ) -> int:
        battle, now = event.battle, batch.now
        young = now - battle.end <= self._ages.post
        if event.before is not None and not batch.live and not young:
            return 0
        standing = posted.get(battle_key(battle.key), [])
        here = {Spot(p.destination, p.guild_id): p for p in standing}
        for absorbed in event.absorbed:
            await self._absorb(tx, battle, posted.get(battle_key(absorbed), []), here, now=now)
        wanted = await self._wanted(tx, event) if batch.live and young else {}
        if wanted or here:
            await self._battles.mark_shown(tx, battle)
        summary = await self._summary_of(tx, battle, wanted, here, behind=behind)
        met = 0
        for spot in dict.fromkeys((*here, *wanted)):
            alerts = wanted.get(spot, [])
            if spot not in here and summary is not None:
                new = await self._catch_up.add_battle(
                    tx, spot, battle, alerts, behind=summary, now=now
                )
                met += len(alerts) if new else 0
            else:
                met += await self._put(tx, spot, battle, here.get(spot), alerts, now=now)
        return met

    async def _wanted(self, tx: Transaction, event: BattleChanged) -> Wanted:
        """By alerts that it meets; where no kill joined, only by those that it did not meet as it stood."""
        alerts = await self._alerts.matching_battle(tx, event.battle)
        if event.before is not None:
            before = {alert.id for alert in await self._alerts.matching_battle(tx, event.before)}
            alerts = [alert for alert in alerts if alert.id not in before]
        return by_channel(alerts)

    async def _summary_of(
        self,
        tx: Transaction,
        battle: Battle,
        wanted: Wanted,
        here: dict[Spot, Posting],
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
        here: dict[Spot, Posting],
        *,
        now: datetime,
    ) -> None:
        """A channel that only knew the battle taken in goes on with that message; one that knew both is told."""
        for posting in postings:
            spot = Spot(posting.destination, posting.guild_id)
            if spot not in here:
                new = battle_key(battle.key)
                await outbox.rekey(tx, posting.destination, posting.dedupe_key, new)
                here[spot] = replace(posting, dedupe_key=new)
                continue
            if await outbox.withdraw(tx, posting.destination, posting.dedupe_key):
                continue
            assert isinstance(posting.message, BattleMessage)
            message = replace(posting.message, merged_into=battle.public_id, ping=())
            expires = posting.expires_at
            await self._desk.put(tx, spot, posting.dedupe_key, message, now=now, expires_at=expires)

    async def _put(
        self,
        tx: Transaction,
        spot: Spot,
        battle: Battle,
        posting: Posting | None,
        alerts: Sequence[Alert],
        *,
        now: datetime,
    ) -> int:
        """Returns how many alerts it met that it had not met before."""
        before = posting.message if posting else None
        assert before is None or isinstance(before, BattleMessage)
        until = battle.end + self._ages.ping
        called = before.ping if before else ()
        fresh = tuple(r for r in roles_of(alerts) if r not in called) if now <= until else ()
        stands = posting is not None and posting.posted
        message = BattleMessage(
            battle=battle,
            reasons=reasons_of(before.reasons if before else (), alerts),
            ping=called if stands else (*called, *fresh),
            ping_until=before.ping_until if before else until,
        )
        key, expires = battle_key(battle.key), battle.end + self._ages.post
        if before is None or not reads_the_same(before, message):
            await self._desk.put(tx, spot, key, message, now=now, expires_at=expires)
        for role in fresh if stands else ():
            call = BattleCallMessage(
                battle=battle,
                reasons=reasons_of((), [alert for alert in alerts if alert.role_id == role]),
                ping=(role,),
                ping_until=until,
            )
            await self._desk.reply(
                tx, spot, f"{key}:call:{role}", call, now=now, expires_at=until, to=key
            )
        return len(message.reasons) - len(before.reasons if before else ())


def battle_key(key: BattleKey) -> str:
    """The key of a battle's message."""
    return f"battle:{key}"
