"""`/kill`: one kill by its id or link, or those that meet a filter."""

from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.answers import kill_card
from bot.interaction.filter_option import FilterOption
from bot.interaction.paging import Page, Pager
from bot.interaction.replies import Interaction, defer, reply
from bot.interaction.searches import KillQuestion, kill_page, kill_question

LONGEST_HOURS = 720
"""Thirty days."""


class Kills(commands.GroupCog, group_name="kill", group_description="Single kills"):
    """`/kill show` and `/kill search`."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        self._pager = Pager(bot.actions, "kills", self._page)

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

    @app_commands.command(description="Lists the kills that meet a filter, the latest first")
    @app_commands.describe(
        text="Which kills, such as: region:Delve isk>1b -attacker:us",
        hours="How far back, in hours (24)",
        private="Show the answer to you alone",
    )
    @app_commands.rename(text="filter")
    async def search(
        self,
        interaction: Interaction,
        *,
        text: app_commands.Transform[str, FilterOption],
        hours: app_commands.Range[int, 1, LONGEST_HOURS] = 24,
        private: bool = False,
    ) -> None:
        """A list by pages."""
        await defer(interaction, private=private)
        asked = await kill_question(self._services, text, hours=hours)
        await self._pager.open(interaction, str(asked), private=private)

    async def _page(self, interaction: Interaction, question: str, number: int) -> Page:
        asked = KillQuestion.parse(question)
        return await kill_page(self._services, interaction.guild_id, asked, number=number)


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Kills(bot))
