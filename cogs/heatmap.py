"""`/heatmap`: where things die, as a picture and in words; from the galaxy to a region to a system."""

from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.filter_option import FilterOption
from bot.interaction.map_flow import MapFlow
from bot.interaction.map_questions import heat_question
from bot.interaction.maps import galaxy_answer, region_answer
from bot.interaction.places import RegionOption
from bot.interaction.replies import Interaction, defer, reply
from services.domain.heat import HeatBy
from services.domain.ids import RegionId

BY = [
    app_commands.Choice(name="kills", value=HeatBy.KILLS.value),
    app_commands.Choice(name="ISK lost", value=HeatBy.ISK.value),
]
_TEXTS = {
    "hours": "How far back, in hours (24)",
    "by": "What counts: kills, or the ISK that was lost",
    "text": "Only kills that meet this, such as: class:capital isk>1b",
    "private": "Show the answer to you alone",
}
_Filter = app_commands.Transform[str, FilterOption]
_Hours = app_commands.Range[int, 1, 72]


class Heatmap(
    commands.GroupCog, group_name="heatmap", group_description="Where things die, as a map"
):
    """`/heatmap galaxy` and `/heatmap region`."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        self._flow = MapFlow(bot)

    @app_commands.command(description="Draws the map of New Eden with what died where")
    @app_commands.describe(**_TEXTS)
    @app_commands.rename(text="filter")
    @app_commands.choices(by=BY)
    async def galaxy(
        self,
        interaction: Interaction,
        *,
        hours: _Hours = 24,
        by: str = HeatBy.KILLS.value,
        text: _Filter | None = None,
        private: bool = False,
    ) -> None:
        """A picture with its figures, and a list of the hottest regions."""
        await defer(interaction, private=private)
        asked, wanted = await heat_question(
            self._services, hours=hours, by=HeatBy(by), text=text or ""
        )
        answer = await galaxy_answer(self._services, interaction.guild_id, asked, wanted=wanted)
        await reply(interaction, answer.card, private=private, menus=answer.menus)

    @app_commands.command(description="Draws a region's map with what died where")
    @app_commands.describe(region="A name, or a zKillboard or DOTLAN link", **_TEXTS)
    @app_commands.rename(text="filter")
    @app_commands.choices(by=BY)
    async def region(
        self,
        interaction: Interaction,
        *,
        region: app_commands.Transform[RegionId, RegionOption],
        hours: _Hours = 24,
        by: str = HeatBy.KILLS.value,
        text: _Filter | None = None,
        private: bool = False,
    ) -> None:
        """A picture with its figures, and a list of the hottest systems."""
        await defer(interaction, private=private)
        asked, wanted = await heat_question(
            self._services, hours=hours, by=HeatBy(by), text=text or ""
        )
        answer = await region_answer(
            self._services, interaction.guild_id, region, asked, wanted=wanted
        )
        await reply(interaction, answer.card, private=private, menus=answer.menus)


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Heatmap(bot))
