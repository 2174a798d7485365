"""What a thread is called: the thread of a battle, and the post that a message becomes in a forum.

A name stands for as long as the thread does (Discord lets a bot rename one twice in ten minutes), so it says what
stays true: the kind of fight and where, not how large it was when somebody looked. Names are no markdown.
"""

import re

from bot.presentation.battle_words import battle_name
from bot.presentation.card import Card
from bot.presentation.kills import kill_title
from bot.presentation.lexicon import Lexicon
from bot.presentation.sov_words import campaign_name
from bot.presentation.text import cut, plain
from services.domain.message import (
    BattleCallMessage,
    BattleMessage,
    BattleMilestoneMessage,
    KillMessage,
    Message,
)
from services.domain.news import CampaignMessage, CampaignNoteMessage

LONGEST = 100
"""Characters that Discord allows."""
_NAMELESS = "War Room"
_ESCAPED = re.compile(r"\\([^0-9A-Za-z\s])")


def thread_name(message: Message, card: Card, lexicon: Lexicon) -> str:
    """The name of the thread that belongs to a message; `card` is that message drawn."""
    match message:
        case BattleMessage() | BattleMilestoneMessage() | BattleCallMessage():
            told = battle_name(message.battle, lexicon)
        case CampaignMessage() | CampaignNoteMessage():
            told = _unescaped(campaign_name(message.campaign, lexicon))
        case KillMessage():
            told = _unescaped(kill_title(message.kill, lexicon, stance=message.stance))
        case _:
            told = _unescaped(card.embed.title or "")
    if isinstance(message, BattleMessage | KillMessage) and message.sample:
        told = f"SAMPLE · {told}"
    return cut(plain(told), LONGEST) or _NAMELESS


def _unescaped(text: str) -> str:
    """A title as it reads, without what keeps markdown out of it."""
    return _ESCAPED.sub(r"\1", text)
