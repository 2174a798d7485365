"""`/kill`: one kill by its id or link."""

from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.answers import kill_card
from bot.interaction.replies import Interaction, defer, reply


class Kills(commands.GroupCog, group_name="kill", group_description="Single kills"):
    """`/kill show`."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services

    @app_commands.command(description="Shows one kill")
    @app_commands.describe(
        kill="Its id, or its link on zKillboard", private="Show the answer to you alone"
    )
    @app_commands.rename(kill="link_or_id")
    async def show(
        self,
        interaction: Interaction,
        *,
        kill: app_commands.Range[str, 1, 300],
        private: bool = False,
    ) -> None:
        """One card."""
        await defer(interaction, private=private)
        card = await kill_card(self._services, interaction.guild_id, kill)
        await reply(interaction, card, private=private)


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Kills(bot))
