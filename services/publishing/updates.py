"""Milestones of a battle into the outbox: each once a channel, as a reply or in the thread of the battle's message.

They follow the alerts that want them: those that are active, match the battle as it stands and are not muted. While all
of these are in quiet hours that hold posts, and while the feed is catching up, nothing is said; nor of a battle whose
message is not posted yet, or was muted.

An end closes a thread: it is told while the feed is behind too, and in the thread of a battle that another one took in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.alerts.service import AlertService
from services.domain.alert import Alert, Reason, Updates
from services.domain.battle import Battle
from services.domain.delivery import Posting
from services.domain.event import Batch
from services.domain.killmail import Killmail
from services.domain.message import BattleMessage, BattleMilestoneMessage, MilestoneKind, Mute
from services.outbox import replies
from services.outbox.codec import kind_of
from services.publishing.ledger import Ledger
from services.publishing.milestones import NEWS, THE_END, Milestone, reached, taken_in
from services.publishing.spots import Desk, HullClassOf, IsLandmark, Spot, by_channel
from services.publishing.verdicts import Ages, holding, is_muted
from services.storage.database import Transaction

_MILESTONE = kind_of(BattleMilestoneMessage)


@dataclass(slots=True)
class Standing:
    """What stands in a channel of a battle: its message, and those of battles that it has just taken in."""

    posting: Posting
    taken_in: list[Posting] = field(default_factory=list)

    @property
    def message(self) -> BattleMessage:
        """The battle's own."""
        return _battle_message(self.posting)

    @property
    def told(self) -> tuple[BattleMessage, ...]:
        """All of them, its own first."""
        return (self.message, *(_battle_message(posting) for posting in self.taken_in))

    @property
    def muted(self) -> Mute | None:
        """Whoever muted one of what is one fight now muted the fight."""
        return next((known.muted for known in self.told if known.muted is not None), None)


def _battle_message(posting: Posting) -> BattleMessage:
    assert isinstance(posting.message, BattleMessage)
    return posting.message


def key_of(message_key: str, what: str) -> str:
    """The key of a milestone that answers this message."""
    return f"{message_key}:milestone:{what}"


def end_of(message_key: str) -> str:
    """The key of what is said last in the thread of this message."""
    return key_of(message_key, THE_END)


class BattleUpdates:
    """Says how battles go on, where that is wanted."""

    def __init__(
        self,
        alerts: AlertService,
        desk: Desk,
        *,
        ages: Ages,
        hull_class: HullClassOf,
        is_landmark: IsLandmark,
    ) -> None:
        self._alerts = alerts
        self._desk = desk
        self._ages = ages
        self._hull_class = hull_class
        self._is_landmark = is_landmark

    async def tell(
        self,
        tx: Transaction,
        battle: Battle,
        here: Mapping[Spot, Standing],
        shown: Mapping[Spot, Battle],
        *,
        batch: Batch,
        ledger: Ledger,
        only_ends: bool,
    ) -> None:
        """Say what is new where the battle stands; `shown`: as the server of each channel sees it now.

        `only_ends`: whatever these killmails bear is no news.
        """
        news = [] if only_ends else _news(battle, batch)
        alerts = [
            alert
            for alert in await self._alerts.matching_battle(tx, battle)
            if alert.updates is not Updates.NONE and not is_muted(alert, batch.now)
        ]
        for spot, followers in by_channel(alerts, lambda alert: alert).items():
            standing = here.get(spot)
            if standing is not None and standing.muted is None:
                await self._tell_one(
                    tx, spot, standing, shown[spot], followers, news=news, ledger=ledger
                )

    async def _tell_one(
        self,
        tx: Transaction,
        spot: Spot,
        standing: Standing,
        battle: Battle,
        alerts: Sequence[Alert],
        *,
        news: Sequence[Killmail],
        ledger: Ledger,
    ) -> None:
        turns = [(one, taken_in(battle)) for one in standing.taken_in if one.posted]
        if standing.posting.posted:
            new = reached(
                standing.told,
                battle,
                news,
                now=ledger.now,
                hull_class=self._hull_class,
                is_landmark=self._is_landmark,
            )
            turns += [(standing.posting, turn) for turn in new]
        if not turns:
            return
        quiet = await ledger.quiet(tx, alerts)
        if holding([quiet[alert.id] for alert in alerts]) is not None:
            return
        for posting, turn in turns:
            await self._say(tx, spot, posting, battle, alerts, turn=turn, now=ledger.now)

    async def _say(
        self,
        tx: Transaction,
        spot: Spot,
        posting: Posting,
        battle: Battle,
        alerts: Sequence[Alert],
        *,
        turn: Milestone,
        now: datetime,
    ) -> None:
        """Where it is said is the oldest alert's word. An end is told only to a thread in which something was said."""
        key, place = posting.dedupe_key, spot.destination
        threaded = alerts[0].updates is Updates.THREAD
        over = turn.kind is MilestoneKind.OVER
        if over and not (threaded and await replies.has_any(tx, place, key, kind=_MILESTONE)):
            return
        message = BattleMilestoneMessage(
            battle=battle,
            milestone=turn.kind,
            reasons=tuple(Reason.of(alert) for alert in alerts),
            organisation=turn.organisation,
            type_id=turn.type_id,
            system_id=turn.system_id,
            count=turn.count,
            in_thread=threaded,
            merged_into=turn.merged_into,
        )
        expires = battle.end + self._ages.post if over else now + NEWS
        await self._desk.reply(
            tx, spot, key_of(key, turn.what), message, now=now, expires_at=expires, to=key
        )


def _news(battle: Battle, batch: Batch) -> list[Killmail]:
    """Its killmails that came in with this batch and are news."""
    own = set(battle.killmail_ids)
    return [
        arrival.killmail
        for arrival in batch.arrivals
        if arrival.killmail.id in own and batch.now - arrival.killmail.time <= NEWS
    ]
