"""Every message that the outbox can hold, drawn. A new kind of message does not type-check until it is drawn here."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from bot.presentation.battle_milestones import render_milestone
from bot.presentation.battles import ids_in_battle, render_battle_call, render_battle_message
from bot.presentation.boards import ids_in_board, render_board
from bot.presentation.campaigns import ids_in_campaign, render_campaign, render_campaign_note
from bot.presentation.card import Card
from bot.presentation.kills import render_kill_message
from bot.presentation.lexicon import Lexicon
from bot.presentation.news import ids_in_news, render_news
from bot.presentation.notices import render_notice
from bot.presentation.reasons import because_of, party_ids
from bot.presentation.summaries import render_summary
from bot.presentation.timers import render_timer_note
from services.domain.alert import Reason
from services.domain.killmail import Combatant
from services.domain.message import (
    BattleCallMessage,
    BattleMessage,
    BattleMilestoneMessage,
    KillMessage,
    KillSummary,
    Message,
    NoticeMessage,
    SummaryMessage,
)
from services.domain.news import (
    BoardMessage,
    CampaignMessage,
    CampaignNoteMessage,
    NewsMessage,
    TimerNoteMessage,
)
from services.filters.service import entity_ids

_World = CampaignMessage | CampaignNoteMessage | NewsMessage | TimerNoteMessage | BoardMessage


def render_message(message: Message, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """The card of a message as it is to stand now; `zone` is the server's own, shown beside EVE time."""
    match message:
        case KillMessage():
            return render_kill_message(message, lexicon, now=now, zone=zone)
        case BattleMessage():
            return render_battle_message(message, lexicon, now=now, zone=zone)
        case BattleMilestoneMessage():
            return render_milestone(message, lexicon, now=now, zone=zone)
        case BattleCallMessage():
            return render_battle_call(message, lexicon, now=now, zone=zone)
        case SummaryMessage():
            return render_summary(message, lexicon, now=now, zone=zone)
        case NoticeMessage():
            return render_notice(message)
        case _:
            return _of_the_world(message, lexicon, now=now, zone=zone)


def _of_the_world(message: _World, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """What is told of the game beside kills, and of time."""
    match message:
        case CampaignMessage():
            return render_campaign(message, lexicon, now=now, zone=zone)
        case CampaignNoteMessage():
            return render_campaign_note(message, lexicon, now=now, zone=zone)
        case NewsMessage():
            return render_news(message, lexicon, now=now, zone=zone)
        case TimerNoteMessage():
            return render_timer_note(message, lexicon, now=now, zone=zone)
        case BoardMessage():
            return render_board(message, lexicon, now=now, zone=zone)
        case _:
            assert_never(message)


def named_ids(message: Message) -> frozenset[int]:
    """Pilots and organisations whose names the card would show: what to ask the name book for before drawing."""
    match message:
        case KillMessage():
            return _kill_ids(message.kill) | _reason_ids(message.reasons)
        case BattleMessage() | BattleCallMessage():
            return ids_in_battle(message.battle)
        case BattleMilestoneMessage():
            new = {message.organisation.id} if message.organisation else set()
            return ids_in_battle(message.battle) | new
        case SummaryMessage():
            return _reason_ids(message.reasons)
        case CampaignMessage() | CampaignNoteMessage():
            return ids_in_campaign(message.campaign) | _reason_ids(message.reasons)
        case NewsMessage():
            return ids_in_news(message.occurrences) | _reason_ids(message.reasons)
        case BoardMessage():
            return ids_in_board(message)
        case NoticeMessage() | TimerNoteMessage():
            return frozenset()
        case _:
            assert_never(message)


def _kill_ids(kill: KillSummary) -> frozenset[int]:
    found: set[int | None] = {crew.organisation.id for crew in kill.crews}
    for combatant in (kill.victim, kill.final_blow, kill.top_damage):
        if combatant is not None:
            found |= _combatant_ids(combatant)
    if kill.leading is not None:
        found.add(kill.leading.id)
    return frozenset(entity for entity in found if entity is not None)


def _reason_ids(reasons: Iterable[Reason]) -> frozenset[int]:
    """Everybody whom the alerts name: in what held, and as the party that they watch."""
    reasons = tuple(reasons)
    held = (because_of(reason) for reason in reasons)
    named = (entity_ids(because) for because in held if because is not None)
    return party_ids(reasons).union(*named)


def _combatant_ids(combatant: Combatant) -> set[int | None]:
    return {combatant.character_id, combatant.corporation_id, combatant.alliance_id}
