"""`/status`, `/about`, `/help`: how the bot is, what it is, what it can do."""

from typing import Any

from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.answers import status_card
from bot.interaction.replies import Interaction, defer, reply
from bot.presentation.status import AboutView, HelpEntry, render_about, render_help


class StatusCommands(commands.Cog):
    """Answers are private unless they are asked for otherwise: nobody else's channel needs them."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._bot = bot
        self._services = bot.services

    @app_commands.command(description="How I am: the feed, what is stored, what waits to be posted")
    @app_commands.describe(private="Show the answer to you alone (yes)")
    async def status(self, interaction: Interaction, *, private: bool = True) -> None:
        """One card."""
        await defer(interaction, private=private)
        card = await status_card(self._services, servers=len(self._bot.guilds))
        await reply(interaction, card, private=private)

    @app_commands.command(description="What I am, who runs me, and how to invite me")
    async def about(self, interaction: Interaction) -> None:
        """One card with the invite address."""
        view = AboutView(
            version=self._bot.version,
            invite_url=self._bot.invite or "https://discord.com/oauth2/authorize",
            contact=self._bot.contact,
        )
        await reply(interaction, render_about(view), private=True)

    @app_commands.command(description="What I can do")
    async def help(self, interaction: Interaction) -> None:
        """Every command in a line."""
        entries = tuple(_entries(self._bot))
        await reply(interaction, render_help(entries), private=True)


def _entries(bot: WarRoomBot) -> list[HelpEntry]:
    """Out of the commands themselves, so that no list of them can grow old."""
    found = [
        HelpEntry(
            command=f"/{command.qualified_name}",
            text=command.description,
            options=tuple(option.display_name for option in command.parameters),
            configures=_configures(command.root_parent or command),
        )
        for command in bot.tree.walk_commands()
        if isinstance(command, app_commands.Command)
    ]
    return sorted(found, key=lambda entry: entry.command)


def _configures(root: app_commands.Command[Any, ..., Any] | app_commands.Group) -> bool:
    wanted = root.default_permissions
    return wanted is not None and wanted.manage_channels


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(StatusCommands(bot))
