"""`/battle`: what was fought, as a list and one by one."""

from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.answers import BattleQuestion, battle_card, battle_page
from bot.interaction.choices import BattleOption
from bot.interaction.paging import Page, Pager
from bot.interaction.places import RegionOption
from bot.interaction.replies import Interaction, defer, reply
from services.domain.ids import RegionId


class Battles(
    commands.GroupCog, group_name="battle", group_description="What was fought, and how it went"
):
    """`/battle recent` and `/battle show`."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        self._pager = Pager(bot.actions, "battles", self._page)

    @app_commands.command(description="Lists the latest battles")
    @app_commands.describe(
        region="Only in this region (a name, or a zKillboard or DOTLAN link)",
        min_kills="Only battles with at least so many kills",
        hours="How far back, in hours (24)",
        private="Show the answer to you alone",
    )
    async def recent(
        self,
        interaction: Interaction,
        *,
        region: app_commands.Transform[RegionId, RegionOption] | None = None,
        min_kills: app_commands.Range[int, 2, 10_000] | None = None,
        hours: app_commands.Range[int, 1, 72] = 24,
        private: bool = False,
    ) -> None:
        """A list by pages."""
        await defer(interaction, private=private)
        asked = BattleQuestion(region_id=region, min_kills=min_kills, hours=hours)
        await self._pager.open(interaction, str(asked), private=private)

    @app_commands.command(description="Shows one battle: its sides, losses and ships")
    @app_commands.describe(
        battle="Its id (BR-…), or a link to its page on zKillboard or br.evetools",
        private="Show the answer to you alone",
    )
    @app_commands.rename(battle="id")
    async def show(
        self,
        interaction: Interaction,
        *,
        battle: app_commands.Transform[str, BattleOption],
        private: bool = False,
    ) -> None:
        """One card."""
        await defer(interaction, private=private)
        card = await battle_card(self._services, interaction.guild_id, battle)
        await reply(interaction, card, private=private)

    async def _page(self, interaction: Interaction, question: str, number: int) -> Page:
        asked = BattleQuestion.parse(question)
        return await battle_page(self._services, interaction.guild_id, asked, number=number)


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Battles(bot))
