"""What was still to be said of a battle and is taken back, because somebody muted it: it did not happen.

A call that was never sent is none: it does not count as one, and where the mute is lifted while the battle is news it
is made after all. Turns of the fight are not told later, as always (`services.publishing.milestones`).
"""

from services.alerts import calls, counts
from services.domain.alert import Outcome
from services.domain.delivery import Destination
from services.domain.message import BattleCallMessage, BattleMessage
from services.outbox import replies
from services.storage.database import Transaction


async def hush(tx: Transaction, place: Destination, key: str) -> None:
    """Of the battle's message `key` in this channel; what may stand there already stays."""
    for message, put_at in await replies.take_back(tx, place, key):
        if isinstance(message, BattleCallMessage):
            alerts = {reason.alert_id for reason in message.reasons}
            await calls.take_back(tx, alerts, message.battle.killmail_ids[:1])
            await counts.move(tx, alerts, Outcome.CALLED, to=Outcome.MUTED_PING, at=put_at)


async def unsaid(tx: Transaction, message: BattleMessage) -> None:
    """A post that was never sent is withdrawn: whom it would have called may be called for the fight that goes on."""
    alerts = {reason.alert_id for reason in message.reasons if reason.role_id in message.ping}
    if alerts:
        await calls.take_back(tx, alerts, message.battle.killmail_ids)
