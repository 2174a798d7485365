"""What happened in a battle that stands in the channel: a reply of two lines, or a message in its thread.

The battle's own card says everything else, so this says one thing: what is new, and how large the fight was then.
"""

from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

import discord

from bot.presentation import phrases, times
from bot.presentation.battle_words import battle_name, brief_standing
from bot.presentation.battles import colour_of
from bot.presentation.card import Card
from bot.presentation.lexicon import Lexicon
from bot.presentation.reasons import footer
from bot.presentation.text import clamp, escape
from services.domain.battle import related_url
from services.domain.message import BattleMilestoneMessage, MilestoneKind


def render_milestone(
    message: BattleMilestoneMessage, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """One milestone. In a thread the card above says which fight and which alert it was; a reply says so itself."""
    battle = message.battle
    figures = (
        phrases.counted(battle.kills, "kill"),
        phrases.counted(battle.pilots, "pilot"),
        phrases.isk(battle.isk_destroyed),
    )
    moment = f"{times.relative(battle.end)} · {times.eve(battle.end, now=now, zone=zone)}"
    small = (None if message.in_thread else escape(battle_name(battle, lexicon)), moment)
    lines = (phrases.row(figures), brief_standing(battle, lexicon), f"-# {phrases.row(small)}")
    embed = discord.Embed(
        title=_news(message, lexicon),
        url=_page(message),
        description="\n".join(line for line in lines if line),
        colour=colour_of(battle),
    )
    if not message.in_thread:
        embed.set_footer(text=footer(message.reasons, lexicon, battle.public_id))
    return Card(embed=clamp(embed))


def _page(message: BattleMilestoneMessage) -> str:
    """ZKillboard's page of where it happens: the system that it moved to, else the one of the last kill."""
    places = message.battle.places
    if not places:
        return related_url(message.battle.system_id, message.battle.end)
    moved_to = [place for place in places if place.system_id == message.system_id]
    place = max(moved_to or places, key=lambda place: place.end)
    return related_url(place.system_id, place.end)


def _news(message: BattleMilestoneMessage, lexicon: Lexicon) -> str:
    """What is new, in one line."""
    battle = message.battle
    hull = escape(lexicon.hull_name(message.type_id)) if message.type_id is not None else None
    party = phrases.organisation(lexicon, message.organisation) if message.organisation else None
    match message.milestone:
        case MilestoneKind.CAPITALS:
            named = f"First capital: {hull}" if hull else "The first capital is here"
            return f"{named}, {party}" if party else named
        case MilestoneKind.DOUBLED:
            return f"Grown to {phrases.counted(message.count or battle.kills, 'kill')}"
        case MilestoneKind.ARRIVED:
            crew = f" with {phrases.counted(message.count, 'pilot')}" if message.count else ""
            return f"{party or 'Another party'} arrived{crew}"
        case MilestoneKind.STRUCTURE:
            return f"{hull or 'A structure'} destroyed" + (f", lost by {party}" if party else "")
        case MilestoneKind.MOVED:
            place = message.system_id if message.system_id is not None else battle.system_id
            return f"It moved to {escape(lexicon.system_name(place))}"
        case MilestoneKind.OVER if message.merged_into is not None:
            return f"Now part of a larger fight: {escape(message.merged_into)}"
        case MilestoneKind.OVER:
            return f"Over after {times.duration(battle.duration)}"
        case _:
            assert_never(message.milestone)
