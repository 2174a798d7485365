"""Kills: one message a channel, whatever comes in how often.

A kill that is revised keeps its messages; they are edited where people would read a difference. An alert that wants it
only as it is now (it is worth more than it seemed) has it posted as if it had just come, while that is still news.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.alerts.service import AlertService
from services.domain.alert import Alert, AlertKind
from services.domain.delivery import Posting
from services.domain.event import Revision
from services.domain.ids import KillmailId
from services.domain.killmail import Arrival, Killmail
from services.domain.message import KillMessage, KillSummary
from services.outbox import store as outbox
from services.publishing.catch_up import Behind, CatchUp, lag_of
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


class KillPublisher:
    """Tells channels of kills."""

    def __init__(self, alerts: AlertService, desk: Desk, catch_up: CatchUp, *, ages: Ages) -> None:
        self._alerts = alerts
        self._desk = desk
        self._catch_up = catch_up
        self._ages = ages

    async def publish(
        self, tx: Transaction, arrival: Arrival, *, behind: Behind | None, now: datetime
    ) -> Matches:
        """Post a new kill, or count it in the summary when it comes late from the feed."""
        late = lag_of(arrival) > self._ages.behind
        if not late and now - arrival.killmail.time > self._ages.post:
            return Matches()
        wanted = by_channel(await self._alerts.matching_kill(tx, arrival.killmail))
        if late:
            assert behind is not None, "a late kill begins the catching up"
            await self._catch_up.add_kill(tx, arrival, wanted, since=behind.since, now=now)
        else:
            for spot, alerts in wanted.items():
                await self._put(tx, spot, arrival.killmail, alerts, before=None, now=now)
        return _counted(wanted)

    async def publish_revised(
        self,
        tx: Transaction,
        revision: Revision,
        *,
        live: bool,
        behind: Behind | None,
        now: datetime,
    ) -> Matches:
        """Edit what stands; post where it is wanted only now. What is not live posts nothing and lets old ones be."""
        mail = revision.after.killmail
        young = now - mail.time <= self._ages.post
        if not live and not young:
            return Matches()
        wanted = await self._newly_wanted(tx, revision) if live and young else {}
        standing = {
            Spot(posting.destination, posting.guild_id): posting
            for posting in await outbox.load_messages(tx, [_key(mail.id)])
        }
        for spot, posting in standing.items():
            await self._put(tx, spot, mail, wanted.get(spot, []), before=posting, now=now)
        new = {spot: alerts for spot, alerts in wanted.items() if spot not in standing}
        if behind is not None and lag_of(revision.after) > self._ages.behind:
            await self._catch_up.add_kill(tx, revision.after, new, since=behind.since, now=now)
        else:
            for spot, alerts in new.items():
                await self._put(tx, spot, mail, alerts, before=None, now=now)
        return _counted(wanted)

    async def _newly_wanted(self, tx: Transaction, revision: Revision) -> Wanted:
        """By the alerts that want it as it is and did not want it as it was."""
        before = {alert.id for alert in await self._alerts.matching_kill(tx, revision.before)}
        after = await self._alerts.matching_kill(tx, revision.after.killmail)
        return by_channel(alert for alert in after if alert.id not in before)

    async def _put(
        self,
        tx: Transaction,
        spot: Spot,
        mail: Killmail,
        alerts: Sequence[Alert],
        *,
        before: Posting | None,
        now: datetime,
    ) -> None:
        until = mail.time + self._ages.ping
        roles = roles_of(alerts) if now <= until else ()
        message = KillMessage(
            kill=KillSummary.of(mail),
            reasons=reasons_of((), alerts),
            ping=roles,
            ping_until=until,
        )
        if before is not None:
            assert isinstance(before.message, KillMessage)
            told = before.message
            # An edit calls nobody: a role that comes in is called only where nothing was sent yet.
            called = told.ping if before.posted else tuple(dict.fromkeys((*told.ping, *roles)))
            reasons = reasons_of(told.reasons, alerts)
            message = replace(told, kill=message.kill, reasons=reasons, ping=called)
            if reads_the_same(told, message):
                return
        expires = mail.time + self._ages.post
        await self._desk.put(tx, spot, _key(mail.id), message, now=now, expires_at=expires)


def _counted(wanted: Wanted) -> Matches:
    return Counter({AlertKind.KILLS: sum(len(alerts) for alerts in wanted.values())})


def _key(killmail_id: KillmailId) -> str:
    return f"kill:{killmail_id}"
