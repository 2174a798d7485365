"""The bot about itself: what somebody has to know or do.

A warning wears a word and a sign besides its colour. A notice is our own markdown (it names channels and commands).
"""

import discord

from bot.presentation import colours
from bot.presentation.card import Card
from bot.presentation.text import clamp
from services.domain.message import NoticeMessage, Severity

_COLOURS = {Severity.INFO: colours.NEUTRAL, Severity.WARNING: colours.WARNING}


def render_notice(message: NoticeMessage) -> Card:
    """A notice in the bot's own name."""
    sign = "⚠ Please look: " if message.severity is Severity.WARNING else ""
    embed = discord.Embed(
        title=f"{sign}{message.title}",
        description=message.text,
        colour=_COLOURS[message.severity],
    )
    embed.set_footer(text="War Room about itself")
    return Card(embed=clamp(embed))
