"""Options of timers: when, where in words that are checked on submit, and which of the server's timers.

Whoever cannot see a timer's channel is not offered it and not shown it.
"""

import re
from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.interaction.places import Choices
from bot.interaction.replies import Interaction
from bot.interaction.rights import rights_in
from bot.presentation.text import cut
from services.container import Services
from services.domain.errors import UserError
from services.domain.ids import GuildId
from services.domain.timer import OwnTimer

_CHOICES = 25
_LONGEST = 100
_NUMBER = re.compile(r"(?:timer)?\s*#?\s*(\d{1,12})(?:\s.*)?", re.IGNORECASE | re.DOTALL)


def is_in_sight(interaction: Interaction, timer: OwnTimer) -> bool:
    """True for whoever made it, and for those who can see the channel that it is told in.

    Who is in a private thread, and who saw a channel that is gone, nobody can say: then those who manage it.
    """
    if timer.created_by == interaction.user.id or timer.channel_id == interaction.channel_id:
        return True
    guild, rights = interaction.guild, rights_in(interaction, timer.channel_id)
    channel = None if guild is None else guild.get_channel_or_thread(timer.channel_id)
    if channel is None:
        return rights.manage_channels
    if isinstance(channel, discord.Thread) and channel.is_private():
        return rights.manage_threads
    return rights.view_channel


async def timers_in_sight(
    services: Services, interaction: Interaction, guild_id: GuildId
) -> tuple[list[OwnTimer], int]:
    """The server's timers that the asker may see, by time, and how many others there are."""
    all_of_them = await services.timers.upcoming(guild_id)
    seen = [timer for timer in all_of_them if is_in_sight(interaction, timer)]
    return seen, len(all_of_them) - len(seen)


class TimerOption(app_commands.Transformer[Any]):
    """An option that takes one of the server's timers, by its number or by what it is for."""

    async def transform(self, interaction: Interaction, value: str, /) -> int:
        """Find what it is for, or read the number; whether there is such a timer is the service's question."""
        typed = value.strip()
        if interaction.guild_id is not None:
            services: Services = interaction.client.services
            seen, _ = await timers_in_sight(services, interaction, GuildId(interaction.guild_id))
            named = [timer.id for timer in seen if timer.what.casefold() == typed.casefold()]
            if len(named) > 1:
                numbers = ", ".join(f"#{number}" for number in named)
                raise UserError(
                    f"Several timers are called so: {numbers}. Give the number of the one that you mean."
                )
            if named:
                return named[0]
        if (matched := _NUMBER.fullmatch(typed)) is not None:
            return int(matched[1])
        raise UserError(
            "Give the timer's number, or choose one that is offered. `/timer list` shows them all."
        )

    async def autocomplete(  # type: ignore[override]
        self, interaction: Interaction, value: str, /
    ) -> Choices:
        """Timers in words: those that hold what was typed, by time."""
        if interaction.guild_id is None:
            return []
        services: Services = interaction.client.services
        seen, _ = await timers_in_sight(services, interaction, GuildId(interaction.guild_id))
        return _matching(value, seen, services, interaction.guild)


def _matching(
    typed: str, timers: Sequence[OwnTimer], services: Services, guild: discord.Guild | None
) -> Choices:
    wanted = typed.strip().lstrip("#").casefold()
    offered = ((_words(timer, services, guild), str(timer.id)) for timer in timers)
    return [
        app_commands.Choice(name=cut(words, _LONGEST), value=value)
        for words, value in offered
        if wanted in words.casefold() or wanted == value
    ][:_CHOICES]


def _words(timer: OwnTimer, services: Services, guild: discord.Guild | None) -> str:
    system = services.universe.find_system(timer.system_id)
    channel = guild.get_channel_or_thread(timer.channel_id) if guild else None
    parts = (
        f"#{timer.id} {cut(timer.what, 48)}",
        system.name if system else "",
        f"{timer.at:%Y-%m-%d %H:%M} EVE",
        f"#{channel.name}" if channel else "",
    )
    return " · ".join(part for part in parts if part)
