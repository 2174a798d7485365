"""`/fw`: the warzone of faction warfare, as it is and as it went."""

from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.fw_answers import (
    flips_page,
    hotspots_card,
    stats_card,
    status_card,
    system_card,
)
from bot.interaction.fw_options import MILITIAS, ZONES, pair_of
from bot.interaction.maps import fw_map_card
from bot.interaction.paging import Page, Pager
from bot.interaction.places import SystemOption
from bot.interaction.replies import Interaction, defer, reply
from services.domain.ids import FactionId, SystemId

_System = app_commands.Transform[SystemId, SystemOption]
_PRIVATE = "Show the answer to you alone"


class Warfare(
    commands.GroupCog, group_name="fw", group_description="Faction warfare: who holds what"
):
    """`/fw status|hotspots|system|flips|stats|map`."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        self._flips = Pager(bot.actions, "fw-flips", self._flips_page)

    @app_commands.command(description="Tells how the warzones stand, or one militia")
    @app_commands.describe(faction="Only this militia", private=_PRIVATE)
    @app_commands.choices(faction=MILITIAS)
    async def status(
        self, interaction: Interaction, *, faction: int | None = None, private: bool = False
    ) -> None:
        """One card."""
        await defer(interaction, private=private)
        asked = None if faction is None else FactionId(faction)
        card = await status_card(self._services, interaction.guild_id, asked)
        await reply(interaction, card, private=private)

    @app_commands.command(
        description="Lists the most contested systems, and those that move fastest"
    )
    @app_commands.describe(private=_PRIVATE)
    async def hotspots(self, interaction: Interaction, *, private: bool = False) -> None:
        """With the kills and pilots of the last hour and day beside them."""
        await defer(interaction, private=private)
        card = await hotspots_card(self._services, interaction.guild_id)
        await reply(interaction, card, private=private)

    @app_commands.command(description="Tells all that is known of one system of the warzone")
    @app_commands.describe(
        system="The system (a name, or a zKillboard or DOTLAN link)", private=_PRIVATE
    )
    async def system(
        self, interaction: Interaction, *, system: _System, private: bool = False
    ) -> None:
        """One card."""
        await defer(interaction, private=private)
        card = await system_card(self._services, interaction.guild_id, system)
        await reply(interaction, card, private=private)

    @app_commands.command(description="Lists systems that changed hands, the latest first")
    @app_commands.describe(days="How far back, in days (7)", private=_PRIVATE)
    async def flips(
        self,
        interaction: Interaction,
        *,
        days: app_commands.Range[int, 1, 366] = 7,
        private: bool = False,
    ) -> None:
        """By pages."""
        await defer(interaction, private=private)
        await self._flips.open(interaction, str(days), private=private)

    @app_commands.command(description="Tells what the militias did, with a chart")
    @app_commands.describe(days="How far back, in days (14)", private=_PRIVATE)
    async def stats(
        self,
        interaction: Interaction,
        *,
        days: app_commands.Range[int, 1, 366] = 14,
        private: bool = False,
    ) -> None:
        """Kills, victory points, systems held."""
        await defer(interaction, private=private)
        card = await stats_card(self._services, interaction.guild_id, days)
        await reply(interaction, card, private=private)

    @app_commands.command(
        name="map", description="Draws a warzone: who holds what, the front, kills"
    )
    @app_commands.describe(warzone="Which one", private=_PRIVATE)
    @app_commands.choices(warzone=ZONES)
    async def map_(self, interaction: Interaction, *, warzone: int, private: bool = False) -> None:
        """A picture with its facts."""
        await defer(interaction, private=private)
        card = await fw_map_card(self._services, interaction.guild_id, pair_of(warzone))
        await reply(interaction, card, private=private)

    async def _flips_page(self, interaction: Interaction, question: str, number: int) -> Page:
        return await flips_page(self._services, interaction.guild_id, int(question), number=number)


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Warfare(bot))
