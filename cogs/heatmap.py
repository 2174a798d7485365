"""`/heatmap`: where things die, as a picture and in words."""

from datetime import timedelta

from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.backdrop import backdrop
from bot.interaction.replies import Interaction, defer, reply
from bot.presentation.heatmap import TOP, HeatmapView, HotSystem, render_heatmap_card
from services.domain.heat import HeatBy, HeatPicture

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
        private="Show the answer to you alone",
    )
    @app_commands.choices(by=BY)
    async def heatmap(
        self,
        interaction: Interaction,
        *,
        hours: app_commands.Range[int, 1, 72] = 24,
        by: str = HeatBy.KILLS.value,
        private: bool = False,
    ) -> None:
        """A picture with its figures."""
        await defer(interaction, private=private)
        now = self._services.clock()
        drawn = await self._services.pictures.heatmap(
            now - timedelta(hours=hours), now, by=HeatBy(by)
        )
        scene = await backdrop(self._services, interaction.guild_id)
        card = render_heatmap_card(_view(drawn), scene.lexicon, now=scene.now, zone=scene.zone)
        await reply(interaction, card, private=private)


def _view(drawn: HeatPicture) -> HeatmapView:
    return HeatmapView(
        picture=drawn.png,
        by_isk=drawn.by is HeatBy.ISK,
        start=drawn.start,
        end=drawn.end,
        kills=drawn.kills,
        isk=drawn.isk,
        hottest=tuple(
            HotSystem(system_id=system_id, kills=heat.kills, isk=heat.isk)
            for system_id, heat in drawn.systems[:TOP]
        ),
    )


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Heatmap(bot))
