"""The bot about itself: told in the server's notices channel, else to an alert's creator, else in `/alert list`.

A notice must not depend on the channel it is about: where that very channel is the notices channel, or the notices
channel itself is closed, the alert's creator is written to instead.
"""

from collections.abc import Sequence
from datetime import timedelta

from services.alerts.service import AlertService
from services.domain.alert import Alert
from services.domain.clock import Clock
from services.domain.delivery import Delivery, Destination, DestinationKind, Posting
from services.domain.ids import ChannelId, GuildId
from services.domain.message import NoticeMessage, Severity
from services.guilds import store as guilds
from services.outbox import overview
from services.outbox import store as outbox
from services.storage.database import Transaction

_NO_SPACING = timedelta(0)
_NEWS_FOR = timedelta(days=2)


class Notices:
    """Hears of trouble from the outbox (`services.outbox.worker.Trouble`) and tells people."""

    def __init__(self, alerts: AlertService, *, clock: Clock) -> None:
        self._alerts = alerts
        self._clock = clock

    async def on_blocked(
        self, tx: Transaction, guild_id: GuildId | None, destination: Destination, reason: str
    ) -> None:
        """Mark the channel's alerts, and tell the server's notices channel, or each owner of one."""
        if destination.kind is not DestinationKind.CHANNEL or guild_id is None:
            return
        channel_id = ChannelId(destination.id)
        hit = await self._alerts.block_channel(tx, channel_id, reason)
        if not hit:
            return
        numbers = ", ".join(f"#{alert.id}" for alert in hit)
        notice = NoticeMessage(
            title="Alerts are waiting",
            text=(
                f"I cannot post in <#{channel_id}>: {reason}. Alert {numbers} rests until somebody mends that "
                "and uses `/alert resume`. Nothing was deleted."
            ),
            severity=Severity.WARNING,
        )
        for place in await self._places(tx, guild_id, channel_id, hit):
            await self._put(tx, guild_id, place, f"blocked:{channel_id}", notice)

    async def on_uncertain(self, tx: Transaction, delivery: Delivery) -> None:
        """A message may be missing, and nobody can look: say so where the server reads notices."""
        if delivery.guild_id is None or delivery.destination.kind is not DestinationKind.CHANNEL:
            return
        notice = NoticeMessage(
            title="One message may be missing",
            text=(
                f"A restart fell between posting in <#{delivery.destination.id}> and Discord's answer, and I may "
                "not read that channel's history. I did not post again, to spare you a duplicate."
            ),
        )
        channel_id = ChannelId(delivery.destination.id)
        alerts = await self._alerts.in_channel(tx, channel_id)
        for place in await self._places(tx, delivery.guild_id, channel_id, alerts):
            await self._put(tx, delivery.guild_id, place, f"uncertain:{delivery.id}", notice)

    async def _places(
        self, tx: Transaction, guild_id: GuildId, about: ChannelId, alerts: Sequence[Alert]
    ) -> list[Destination]:
        channel = (await guilds.load(tx, guild_id)).notices_channel_id
        if channel is not None and channel != about:
            office = Destination(DestinationKind.CHANNEL, channel)
            if office not in await overview.load_blocked(tx):
                return [office]
        owners = dict.fromkeys(alert.created_by for alert in alerts)
        return [Destination(DestinationKind.USER, owner) for owner in owners]

    async def _put(
        self,
        tx: Transaction,
        guild_id: GuildId,
        place: Destination,
        key: str,
        notice: NoticeMessage,
    ) -> None:
        now = self._clock()
        posting = Posting(
            destination=place,
            guild_id=guild_id,
            # Each outage is told anew, not edited into an old message that nobody looks at.
            dedupe_key=f"{key}:{now:%Y%m%d%H%M%S}",
            message=notice,
            expires_at=now + _NEWS_FOR,
        )
        await outbox.put(tx, posting, now=now, edit_spacing=_NO_SPACING)
