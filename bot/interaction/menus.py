"""Lists that people choose from, under a message. What a choice does is found by `custom_id` (see `actions`)."""

from dataclasses import dataclass
from typing import Any

import discord

from bot.presentation.text import cut

_LONGEST = 100
_MOST = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuOption:
    """One line of a list."""

    label: str
    value: str
    description: str | None = None
    chosen: bool = False
    """Ticked when the list is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """A list of at most 25 lines, of which at least `least` and at most `most` are chosen."""

    custom_id: str
    placeholder: str
    options: tuple[MenuOption, ...]
    least: int = 1
    most: int = 1


def menu_item(menu: Menu) -> discord.ui.Select[Any]:
    """As discord.py sends it."""
    return discord.ui.Select(
        custom_id=menu.custom_id,
        placeholder=menu.placeholder,
        min_values=menu.least,
        max_values=menu.most,
        options=[
            discord.SelectOption(
                label=cut(option.label, _LONGEST),
                value=option.value,
                description=option.description,
                default=option.chosen,
            )
            for option in menu.options[:_MOST]
        ],
    )


def chosen(interaction: discord.Interaction[Any]) -> list[str]:
    """The values of the lines that somebody chose."""
    data: Any = interaction.data or {}
    return [str(value) for value in data.get("values", ())]
