"""Forms with text fields. A form must be the first answer to a command or a press; it cannot follow a deferral.

What a filled form does is found by its `custom_id` (see `actions`), so one opened before a restart still works.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import discord

from bot.interaction.replies import Interaction

LONGEST = 4000
"""Characters that Discord lets a field hold."""
_TITLE = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One text field. Labels hold 45 characters; hints and placeholders 100."""

    key: str
    label: str
    hint: str | None = None
    placeholder: str | None = None
    value: str = ""
    """What stands in it already."""
    several_lines: bool = False
    required: bool = False
    longest: int = LONGEST


async def open_form(
    interaction: Interaction, title: str, *, custom_id: str, fields: Sequence[FormField]
) -> None:
    """Show it to whoever asked."""
    modal = discord.ui.Modal(title=title[:_TITLE], custom_id=custom_id)
    for field in fields:
        modal.add_item(
            discord.ui.Label(text=field.label, description=field.hint, component=_input(field))
        )
    modal.stop()  # discord.py then keeps nothing in memory for it
    await interaction.response.send_modal(modal)


def filled(interaction: Interaction) -> dict[str, str]:
    """The texts of a filled form by key, without blanks around them."""
    data: Any = interaction.data or {}
    return {
        str(part["custom_id"]): str(part.get("value") or "").strip()
        for part in _inputs(data.get("components") or ())
    }


def _input(field: FormField) -> discord.ui.TextInput[Any]:
    return discord.ui.TextInput(
        custom_id=field.key,
        style=discord.TextStyle.paragraph if field.several_lines else discord.TextStyle.short,
        placeholder=field.placeholder,
        default=field.value or None,
        required=field.required,
        max_length=field.longest,
    )


def _inputs(components: Any) -> Iterator[dict[str, Any]]:
    """Every field, whatever it is laid out in."""
    for part in components:
        if "custom_id" in part:
            yield part
        yield from _inputs(part.get("components") or ())
        if isinstance(part.get("component"), dict):
            yield from _inputs((part["component"],))
