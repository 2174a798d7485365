"""`/war`: who is at war with whom."""

from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.paging import Page, Pager
from bot.interaction.parties import PartyOption, find_party
from bot.interaction.replies import Interaction, defer, reply
from bot.interaction.war_answers import (
    WAGING,
    WarQuestion,
    find_war_number,
    only_war,
    war_card,
    war_page,
)

_PRIVATE = "Show the answer to you alone"
_Who = app_commands.Transform[str, PartyOption(*WAGING)]


class Wars(commands.GroupCog, group_name="war", group_description="Who is at war with whom"):
    """`/war show|list`."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        self._lists = Pager(bot.actions, "wars", self._page)

    @app_commands.command(description="Shows a war: since when, allies, and its score")
    @app_commands.describe(
        war="Its number, its link on zKillboard, or the name of an alliance or corporation in it",
        private=_PRIVATE,
    )
    async def show(self, interaction: Interaction, *, war: _Who, private: bool = False) -> None:
        """One war; of somebody who has several, the list of them."""
        await defer(interaction, private=private)
        number = find_war_number(war)
        if number is None:
            party = await find_party(self._services, war, WAGING)
            number = await only_war(self._services, party)
            if number is None:
                await self._lists.open(interaction, str(WarQuestion(party=party)), private=private)
                return
        card = await war_card(self._services, interaction.guild_id, number)
        await reply(interaction, card, private=private)

    @app_commands.command(name="list", description="Lists wars, the latest first")
    @app_commands.describe(
        who="Whose (a name, ticker or zKillboard link); without it, those of us and our friends",
        finished="Those that are over too",
        private=_PRIVATE,
    )
    async def list_wars(
        self,
        interaction: Interaction,
        *,
        who: _Who | None = None,
        finished: bool = False,
        private: bool = False,
    ) -> None:
        """By pages."""
        await defer(interaction, private=private)
        party = None if who is None else await find_party(self._services, who, WAGING)
        asked = WarQuestion(party=party, finished=finished)
        await self._lists.open(interaction, str(asked), private=private)

    async def _page(self, interaction: Interaction, question: str, number: int) -> Page:
        asked = WarQuestion.parse(question)
        return await war_page(self._services, interaction.guild_id, asked, number=number)


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Wars(bot))
