"""Whether people would read the same: an edit that nobody could see is not worth one.

Figures are shown with three digits (`format_isk`), shares in percent; of a kill's labels only suicide ganks are told,
of its hash and place in space nothing but the gate. What is not named here counts as read.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from services.domain.battle import Battle, Loss, Party, Side
from services.domain.ids import is_stargate
from services.domain.isk import IskSum
from services.domain.message import BattleMessage, KillMessage, KillSummary, Message
from services.domain.news import CampaignMessage
from services.domain.sovereignty import Campaign

_TOLD_LABELS = frozenset({"ganked"})
_UNSEEN = timedelta(minutes=3)
"""A start is told by the answers that follow it; after so long without one it was missed."""


def reads_the_same(one: Message, other: Message) -> bool:
    """True when the cards of two messages say the same."""
    return _as_read(one) == _as_read(other)


def missed_start(campaign: Campaign, now: datetime) -> bool:
    """Its start has passed by some minutes, and no answer has told of it since: whoever reads it is to know."""
    return campaign.is_alive and not campaign.has_begun and now - campaign.start >= _UNSEEN


def _as_read(message: Message) -> Message:
    if isinstance(message, KillMessage):
        return replace(message, kill=_kill(message.kill))
    if isinstance(message, BattleMessage):
        return replace(message, battle=_battle(message.battle), counted=None)
    if isinstance(message, CampaignMessage):
        return _campaign(message)
    return message


def _campaign(message: CampaignMessage) -> CampaignMessage:
    """When it was last confirmed is no news: an answer a minute would be an edit a minute. That nobody can ask is."""
    campaign, fighting = message.campaign, message.fighting
    lines = tuple(replace(line, isk=_sum(line.isk)) for line in fighting.battles)
    return replace(
        message,
        campaign=replace(campaign, seen=campaign.first_seen),
        fighting=replace(fighting, isk=_sum(fighting.isk), battles=lines),
        stale_since=campaign.first_seen if message.stale_since else None,
    )


def _kill(kill: KillSummary) -> KillSummary:
    return replace(
        kill,
        hash="",
        value=replace(kill.value, isk=_shown(kill.value.isk), dropped=_shown(kill.value.dropped)),
        labels=tuple(sorted(_TOLD_LABELS.intersection(kill.labels))),
        damage_taken=0,
        top_damage_share=round(kill.top_damage_share, 2),
        final_weapon_type_id=None,
        location_id=kill.location_id if is_stargate(kill.location_id) else None,
        position=None,
    )


def _battle(battle: Battle) -> Battle:
    return replace(
        battle,
        isk_destroyed=_sum(battle.isk_destroyed),
        certainty=round(battle.certainty, 2),
        top_losses=tuple(_loss(loss) for loss in battle.top_losses),
        sides=tuple(_side(side) for side in battle.sides),
    )


def _side(side: Side) -> Side:
    return replace(
        side,
        isk_lost=_sum(side.isk_lost),
        parties=tuple(_party(party) for party in side.parties),
    )


def _party(party: Party) -> Party:
    share = None if party.certainty is None else round(party.certainty, 2)
    return replace(party, isk_lost=_sum(party.isk_lost), certainty=share)


def _loss(loss: Loss) -> Loss:
    return replace(loss, value=replace(loss.value, isk=_shown(loss.value.isk)))


def _sum(isk: IskSum) -> IskSum:
    return replace(isk, isk=float(f"{isk.isk:.3g}"), estimated=min(isk.estimated, 1))


def _shown(isk: float | None) -> float | None:
    return None if isk is None else float(f"{isk:.3g}")
