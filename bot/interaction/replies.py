"""A card on its way into Discord. Nothing sent from here can call anybody, unless the sender says whom.

Views are handed over stopped: discord.py then keeps nothing in memory for them. What their buttons do is found by
`custom_id` (see `actions`), so a button works after a restart as it did before.
"""

from io import BytesIO
from typing import Any

import discord

from bot.interaction.menus import Menu, menu_item
from bot.presentation.card import ActionButton, Button, Card, CardFile, Tone

Interaction = discord.Interaction[Any]
"""An interaction with the War Room bot as its client."""

NOBODY = discord.AllowedMentions.none()
_ANSWERED, _PRIVATE = "answered", "private"
_CONTENT = 2000
_STYLES = {
    Tone.PLAIN: discord.ButtonStyle.secondary,
    Tone.MAIN: discord.ButtonStyle.primary,
    Tone.DANGER: discord.ButtonStyle.danger,
}


def view_of(buttons: tuple[Button, ...], menus: tuple[Menu, ...] = ()) -> discord.ui.View | None:
    """Lists to choose from, one a row, then the buttons of a card, five a row; None without any."""
    if not buttons and not menus:
        return None
    view = discord.ui.View(timeout=None)
    for menu in menus:
        view.add_item(menu_item(menu))
    for button in buttons:
        view.add_item(_item(button))
    view.stop()
    return view


def new_arguments(card: Card, menus: tuple[Menu, ...] = ()) -> dict[str, Any]:
    """Arguments for sending the card as a new message."""
    arguments: dict[str, Any] = {"embed": card.embed, "allowed_mentions": NOBODY}
    if card.content is not None:
        arguments["content"] = card.content
    if (view := view_of(card.buttons, menus)) is not None:
        arguments["view"] = view
    if card.files:
        arguments["files"] = [_file(file) for file in card.files]
    return arguments


def edit_arguments(card: Card, menus: tuple[Menu, ...] = ()) -> dict[str, Any]:
    """Arguments for making a standing message show this card and nothing else."""
    return {
        "content": card.content,
        "embed": card.embed,
        "view": view_of(card.buttons, menus),
        "attachments": [_file(file) for file in card.files],
        "allowed_mentions": NOBODY,
    }


async def defer(interaction: Interaction, *, private: bool) -> None:
    """Say at once that work follows; `private`: only the asker will see the answer."""
    await interaction.response.defer(ephemeral=private, thinking=True)
    interaction.extras[_PRIVATE] = private


async def reply(
    interaction: Interaction, card: Card, *, private: bool, menus: tuple[Menu, ...] = ()
) -> None:
    """Answer with a card, whether or not the answer was deferred (then it stays as private as the deferral was)."""
    await _send(interaction, private=private, **new_arguments(card, menus))


async def say(interaction: Interaction, text: str, *, private: bool = True) -> None:
    """Answer in plain words. An address among them is not unfolded into a page of its own."""
    await _send(
        interaction,
        private=private,
        content=_cut(text),
        allowed_mentions=NOBODY,
        suppress_embeds=True,
    )


async def say_privately(interaction: Interaction, text: str) -> None:
    """As `say`, seen by the asker alone even where the answer was deferred for everybody to see."""
    response = interaction.response
    waiting = (
        response.type is discord.InteractionResponseType.deferred_channel_message
        and not interaction.extras.get(_ANSWERED)
    )
    if waiting and not interaction.extras.get(_PRIVATE):
        await interaction.delete_original_response()
    await say(interaction, text)


async def _send(interaction: Interaction, *, private: bool, **arguments: Any) -> None:
    if interaction.response.is_done():
        await interaction.followup.send(ephemeral=private, **arguments)
    else:
        await interaction.response.send_message(ephemeral=private, **arguments)
    interaction.extras[_ANSWERED] = True


def _cut(text: str) -> str:
    return text if len(text) <= _CONTENT else text[: _CONTENT - 1] + "…"


def _item(button: Button) -> discord.ui.Button[Any]:
    if isinstance(button, ActionButton):
        return discord.ui.Button(
            label=button.label,
            custom_id=button.custom_id,
            style=_STYLES[button.tone],
            disabled=button.disabled,
        )
    return discord.ui.Button(label=button.label, url=button.url)


def _file(file: CardFile) -> discord.File:
    return discord.File(BytesIO(file.data), filename=file.name, description=file.description)
