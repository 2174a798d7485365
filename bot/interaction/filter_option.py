"""An option that takes a filter's text. It is read when the command runs; while somebody types, words are completed."""

import asyncio
from typing import Any

from discord import app_commands

from bot.interaction.forms import LONGEST
from bot.interaction.replies import Interaction

_CHOICES = 25
_LONGEST_CHOICE = 100
"""A choice replaces the whole text, and Discord lets it hold no more than this."""
_PATIENCE = 0.1
"""Seconds after which an offer comes too late for whoever types."""


class FilterOption(app_commands.Transformer[Any]):
    """Gives the text as it was typed: names may have to be asked for, which is done after the deferral."""

    @property
    def max_value(self) -> int:
        """As much as a form's field holds, so that every filter can be edited there."""
        return LONGEST

    async def transform(self, interaction: Interaction, value: str, /) -> str:  # noqa: ARG002
        """Nothing is looked at yet."""
        return value.strip()

    async def autocomplete(  # type: ignore[override]
        self, interaction: Interaction, value: str, /
    ) -> list[app_commands.Choice[str]]:
        """Whole texts that go on from what was typed; none once they would be too long."""
        if len(value) >= _LONGEST_CHOICE:
            return []
        try:
            async with asyncio.timeout(_PATIENCE):
                offered = await interaction.client.services.filters.suggest(value)
        except TimeoutError:
            return []
        return [
            app_commands.Choice(name=text, value=text)
            for text in offered
            if 0 < len(text) <= _LONGEST_CHOICE
        ][:_CHOICES]
