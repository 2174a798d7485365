"""`/system`: one system at a glance."""

from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.places import SystemOption
from bot.interaction.replies import Interaction, defer, reply
from bot.interaction.system_answers import system_card
from services.domain.ids import SystemId


class Systems(commands.GroupCog, group_name="system", group_description="Single systems"):
    """`/system show`."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services

    @app_commands.command(
        description="Shows a system: kills by the hour, holder, timers, battles, what lies around"
    )
    @app_commands.describe(
        system="A name, or a zKillboard or DOTLAN link", private="Show the answer to you alone"
    )
    async def show(
        self,
        interaction: Interaction,
        *,
        system: app_commands.Transform[SystemId, SystemOption],
        private: bool = False,
    ) -> None:
        """One card with a map."""
        await defer(interaction, private=private)
        card = await system_card(self._services, interaction.guild_id, system)
        await reply(interaction, card, private=private)


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Systems(bot))
