"""How a posted message is found again when Discord's answer was lost: it carries the delivery's marker.

It stands in the fragment of the title's address, else at the end of the footer; in a message without an embed in the
fragment of its link. Nothing of that changes where an address leads, and an edit keeps it.
"""

import re
from dataclasses import replace

import discord

from bot.presentation.card import Card
from bot.presentation.text import FOOTER, cut

_LINK_LINE = re.compile(r"^https://[^\s#]+$", re.MULTILINE)


def marked(card: Card, marker: str) -> Card:
    """The same card with the marker in it."""
    if not card.embed:
        return replace(card, content=_marked_text(card.content or "", marker))
    embed = card.embed.copy()
    if embed.url and "#" not in embed.url:
        embed.url = f"{embed.url}#{marker}"
    else:
        text = cut(embed.footer.text or "War Room", FOOTER - len(marker) - 3)
        embed.set_footer(text=f"{text} · {marker}", icon_url=embed.footer.icon_url)
    return replace(card, embed=embed)


def _marked_text(text: str, marker: str) -> str:
    """In the fragment of the first link that is a line of its own, which changes nothing of where it leads."""
    told, count = _LINK_LINE.subn(rf"\g<0>#{marker}", text, count=1)
    return told if count else f"{text}\n-# {marker}".strip()


def carries(message: discord.Message, marker: str) -> bool:
    """True when the message was posted with this marker."""
    places = [text for e in message.embeds for text in (e.url, e.footer.text) if text]
    places += message.content.splitlines()
    return any(place.endswith((f"#{marker}", f" {marker}")) for place in places)
