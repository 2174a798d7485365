"""A finished message, before anybody knows where it goes: what is drawn and what may be pressed.

Discord's client objects need a running loop and a connection; a card needs neither, so it can be drawn in a test, sent
by the delivery, or written to a page by the preview.
"""

from dataclasses import dataclass
from enum import StrEnum

import discord

from services.domain.ids import RoleId, UserId


class Tone(StrEnum):
    """How an action button looks."""

    PLAIN = "plain"
    MAIN = "main"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkButton:
    """Opens a page. Labels hold 80 characters."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionButton:
    """Comes back to the bot with its `custom_id` (at most 100 characters)."""

    label: str
    custom_id: str
    tone: Tone = Tone.PLAIN
    disabled: bool = False


Button = LinkButton | ActionButton


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFile:
    """A picture that travels with the message; the embed names it as `attachment://<name>`."""

    name: str
    data: bytes
    description: str = ""
    """What the picture shows, for those who cannot see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One message. `content` may show roles and people; only those in the pings may be called (`allowed_mentions`)."""

    embed: discord.Embed
    """Empty (and then false) where the message is text alone."""
    buttons: tuple[Button, ...] = ()
    files: tuple[CardFile, ...] = ()
    content: str | None = None
    role_pings: tuple[RoleId, ...] = ()
    user_pings: tuple[UserId, ...] = ()
