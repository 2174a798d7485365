"""`/battle`: what was fought, as a list and one by one."""

from datetime import timedelta
from typing import Any

from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.backdrop import backdrop, ids_in_battles
from bot.interaction.choices import BattleOption
from bot.interaction.paging import Page, Pager, page_count
from bot.interaction.places import RegionOption
from bot.interaction.replies import Interaction, defer, reply
from bot.presentation.battle_lists import PAGE, BattleListView, render_battle, render_battle_list
from bot.presentation.card import Card
from services.domain.battle import BattleSearch
from services.domain.ids import RegionId

MOST = 250
"""Battles that a list goes back; more pages than that nobody turns."""


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
        question = f"{region or ''},{min_kills or ''},{hours}"
        await self._pager.open(interaction, question, private=private)

    @app_commands.command(description="Shows one battle: its sides, losses and ships")
    @app_commands.describe(
        battle="Its id, as lists and cards show it: BR-…", private="Show the answer to you alone"
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
        found = await self._services.battles.get(battle)
        scene = await backdrop(self._services, interaction.guild_id, ids=ids_in_battles([found]))
        card = render_battle(found, scene.lexicon, now=scene.now, zone=scene.zone)
        await reply(interaction, card, private=private)

    async def _page(self, interaction: Interaction, question: str, number: int) -> Page:
        region, min_kills, hours = (int(part) if part else None for part in question.split(","))
        found = await self._services.battles.search(
            BattleSearch(
                since=self._services.clock() - timedelta(hours=hours or 24),
                region_id=None if region is None else RegionId(region),
                min_kills=min_kills or 0,
                limit=MOST,
            )
        )
        pages = page_count(len(found), PAGE)
        page = min(number, pages - 1)
        shown = tuple(found[page * PAGE : (page + 1) * PAGE])
        scene = await backdrop(self._services, interaction.guild_id, ids=ids_in_battles(shown))
        view = BattleListView(
            battles=shown,
            page=page,
            pages=pages,
            total=len(found),
            hours=hours or 24,
            region_id=None if region is None else RegionId(region),
            min_kills=min_kills,
        )
        card = render_battle_list(view, scene.lexicon, now=scene.now, zone=scene.zone)
        return Page(card=_bounded(card, len(found)), page=page, pages=pages)


def _bounded(card: Card, found: int) -> Card:
    """Say so when there may be more than are counted."""
    if found == MOST:
        footer: Any = card.embed.footer
        card.embed.set_footer(text=f"{footer.text} · the latest {MOST} only")
    return card


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Battles(bot))
