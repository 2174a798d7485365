"""`/heatmap`: where things die, as a picture and in words."""

from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.answers import heatmap_card
from bot.interaction.filter_option import FilterOption
from bot.interaction.replies import Interaction, defer, reply
from services.domain.heat import HeatBy

BY = [
    app_commands.Choice(name="kills", value=HeatBy.KILLS.value),
    app_commands.Choice(name="ISK lost", value=HeatBy.ISK.value),
]


class Heatmap(commands.Cog):
    """`/heatmap`."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services

    @app_commands.command(description="Draws the map of New Eden with what died where")
    @app_commands.describe(
        hours="How far back, in hours (24)",
        by="What counts: kills, or the ISK that was lost",
        text="Only kills that meet this, such as: class:capital isk>1b",
        private="Show the answer to you alone",
    )
    @app_commands.rename(text="filter")
    @app_commands.choices(by=BY)
    async def heatmap(
        self,
        interaction: Interaction,
        *,
        hours: app_commands.Range[int, 1, 72] = 24,
        by: str = HeatBy.KILLS.value,
        text: app_commands.Transform[str, FilterOption] | None = None,
        private: bool = False,
    ) -> None:
        """A picture with its figures."""
        await defer(interaction, private=private)
        card = await heatmap_card(
            self._services, interaction.guild_id, hours=hours, by=HeatBy(by), text=text or ""
        )
        await reply(interaction, card, private=private)


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Heatmap(bot))
