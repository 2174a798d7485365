"""`/incursion`: where Sansha's incursions are."""

from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.backdrop import backdrop
from bot.interaction.places import SystemOption
from bot.interaction.replies import Interaction, defer, reply
from bot.presentation.incursions import render_incursions
from services.domain.ids import SystemId


class Incursions(
    commands.GroupCog, group_name="incursion", group_description="Where incursions are"
):
    """`/incursion list`."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services

    @app_commands.command(
        name="list", description="Lists incursions: how far they have come, and how far away"
    )
    @app_commands.describe(
        near="Count jumps from this system, nearest first (a name, or a zKillboard or DOTLAN link)",
        private="Show the answer to you alone",
    )
    async def list_incursions(
        self,
        interaction: Interaction,
        *,
        near: app_commands.Transform[SystemId, SystemOption] | None = None,
        private: bool = False,
    ) -> None:
        """All of them; there are never many."""
        await defer(interaction, private=private)
        found = await self._services.incursions.current()
        scene = await backdrop(self._services, interaction.guild_id)
        card = render_incursions(found, scene.lexicon, near=near, now=scene.now, zone=scene.zone)
        await reply(interaction, card, private=private)


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Incursions(bot))
