"""The forms in which filters are typed, and what becomes of a text that has a fault: it is handed back, never lost.

Everything stands in Discord: what the form is for in its `custom_id`, the typed text in the message that says what is
wrong with it. So both survive a restart.
"""

from dataclasses import dataclass
from typing import Self

import discord

from bot.interaction.actions import custom_id
from bot.interaction.forms import FormField, filled, open_form
from bot.interaction.question_texts import base36
from bot.interaction.replies import Interaction
from bot.presentation import colours
from bot.presentation.card import ActionButton, Card, Tone
from services.domain.alert import CardStyle
from services.domain.errors import UserError
from services.domain.ids import AlertId, ChannelId, RoleId, UserId

ADD, ADD_AGAIN = "alert-add", "alert-add-again"
EDIT, EDIT_AGAIN = "alert-edit", "alert-edit-again"
NAME_LENGTH = 100
EXAMPLE = "region:Delve isk>1b attackers>=10 -attacker:us"
_AGAIN = {ADD: ADD_AGAIN, EDIT: EDIT_AGAIN}
_FENCE = "```\n", "\n```"
_NAMED = "Name: "
_CONTENT = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An alert for kills without its filter and name, short enough for a button."""

    channel_id: ChannelId
    role_id: RoleId | None = None
    user_id: UserId | None = None
    style: CardStyle = CardStyle.FULL

    def __str__(self) -> str:
        ids = (self.channel_id, self.role_id or 0, self.user_id or 0)
        return ".".join([*map(base36, ids), self.style.value])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote."""
        channel, role, user, style = text.split(".")
        return cls(
            channel_id=ChannelId(int(channel, 36)),
            role_id=RoleId(int(role, 36)) or None,
            user_id=UserId(int(user, 36)) or None,
            style=CardStyle(style),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A filter as it was typed, with the name that the alert shall have."""

    text: str = ""
    name: str | None = None


async def ask_for_new(interaction: Interaction, draft: Draft, typed: Typed) -> None:
    """Open the form of a new alert."""
    await _open(interaction, "A new alert for kills", ADD, state=str(draft), typed=typed)


async def ask_for_change(interaction: Interaction, alert_id: AlertId, typed: Typed) -> None:
    """Open the form of an alert that stands."""
    await _open(interaction, f"Alert #{alert_id}", EDIT, state=str(alert_id), typed=typed)


def typed_in_form(interaction: Interaction) -> Typed:
    """What stands in the form that was sent."""
    texts = filled(interaction)
    return Typed(text=texts.get("filter", ""), name=texts.get("name") or None)


def typed_in_refusal(interaction: Interaction) -> Typed:
    """What stands in the message whose button was pressed."""
    message = interaction.message
    if message is None or not message.embeds:
        return Typed()
    embed = message.embeds[0]
    name = (embed.footer.text or "").removeprefix(_NAMED)
    text = (embed.description or "").removeprefix(_FENCE[0]).removesuffix(_FENCE[1])
    return Typed(text=text, name=name or None)


def refusal(
    fault: UserError, typed: Typed, *, action: str, owner: int, state: str, note: str = ""
) -> Card:
    """What is wrong, the text as it was typed, and a button that opens the form with it again.

    `note`: what else must be said of it, in a sentence or two.
    """
    embed = discord.Embed(
        title="What you typed",
        description=typed.text.join(_FENCE),
        colour=colours.WARNING,
    )
    if typed.name:
        embed.set_footer(text=f"{_NAMED}{typed.name}")
    again = ActionButton(
        label="Edit again",
        custom_id=custom_id(_AGAIN[action], owner=owner, state=state),
        tone=Tone.MAIN,
    )
    return Card(embed=embed, buttons=(again,), content=_with_note(str(fault), note))


def _with_note(words: str, note: str) -> str:
    end = f"\n{note}" if note else ""
    return words[: _CONTENT - len(end)] + end


async def _open(
    interaction: Interaction, title: str, action: str, *, state: str, typed: Typed
) -> None:
    fields = (
        FormField(
            key="filter",
            label="Which kills",
            hint="Every condition must hold; a minus excludes",
            placeholder=EXAMPLE,
            value=typed.text,
            several_lines=True,
            required=True,
        ),
        FormField(
            key="name",
            label="What you call it",
            placeholder="Enemies near home",
            value=typed.name or "",
            longest=NAME_LENGTH,
        ),
    )
    made = custom_id(action, owner=interaction.user.id, state=state)
    await open_form(interaction, title, custom_id=made, fields=fields)
