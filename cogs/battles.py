"""`/battle`: what was fought, as a list and one by one, and the buttons of battle cards."""

from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.amounts import IskAmount
from bot.interaction.battle_answers import battle_page, history_page, report_page, timeline_card
from bot.interaction.battle_export import ExportFormat, export_card
from bot.interaction.battle_finding import NamedBattle, find_battle
from bot.interaction.battle_losses import LossLists
from bot.interaction.battle_muting import mute_battle
from bot.interaction.battle_questions import USUAL_HOURS, BattleQuestion, HistoryQuestion
from bot.interaction.battle_sides import SideMoving
from bot.interaction.choices import BattleOption
from bot.interaction.entities import EntityOption, find_entity
from bot.interaction.paging import Page, Pager
from bot.interaction.places import RegionOption, SystemOption
from bot.interaction.replies import Interaction, defer, reply, say
from bot.presentation.battles import LOSSES, MUTE, REPORT, SIDES, TIMELINE
from services.domain.battle import BattleKind
from services.domain.ids import RegionId, SystemId
from services.domain.space import Space

_TEXTS = {
    "battle": "Its id (BR-…), its system, or a link to its page on zKillboard, br.evetools or warbeacon",
    "private": "Show the answer to you alone",
    "region": "Only in this region (a name, or a zKillboard or DOTLAN link)",
    "system": "Only those that were in this system (a name, or a zKillboard or DOTLAN link)",
    "who": "Only those of this alliance, corporation or pilot (a name, ticker or zKillboard link)",
    "space": "Only those that began in this kind of space",
    "kind": "Only fights of this kind",
    "min_kills": "Only battles with at least so many kills (5, or all where you ask for more than a place)",
    "min_isk": "Only from this value in ISK on: 500m, 1.5b",
    "min_pilots": "Only battles with at least so many pilots",
    "min_capitals": "Only battles with at least so many capitals and supercapitals",
    "hours": "How far back, in hours (24)",
    "days": "How far back, in days; together with hours, both are added",
}
_SPACES = [
    app_commands.Choice(name=name, value=space.value)
    for name, space in (
        ("high-sec", Space.HIGH),
        ("low-sec", Space.LOW),
        ("null-sec", Space.NULL),
        ("J-space (wormholes)", Space.WORMHOLE),
        ("Pochven", Space.POCHVEN),
        ("abyssal deadspace", Space.ABYSSAL),
    )
]
_KINDS = [app_commands.Choice(name=kind.value, value=kind.value) for kind in BattleKind]
_FORMATS = [
    app_commands.Choice(name="JSON: everything", value=ExportFormat.JSON.value),
    app_commands.Choice(name="CSV: its losses, for a spreadsheet", value=ExportFormat.CSV.value),
]
_Battle = app_commands.Transform[str, BattleOption]
_Region = app_commands.Transform[RegionId, RegionOption]
_System = app_commands.Transform[SystemId, SystemOption]
_Who = app_commands.Transform[str, EntityOption]
_Isk = app_commands.Transform[float, IskAmount]


def _texts(*names: str) -> dict[str, str]:
    return {name: _TEXTS[name] for name in names}


class Battles(
    commands.GroupCog, group_name="battle", group_description="What was fought, and how it went"
):
    """`/battle list|show|export|history|losses|sides`, and what the buttons of battle cards do."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        self._lists = Pager(bot.actions, "battles", self._list_page)
        self._reports = Pager(bot.actions, "report", self._report_page)
        self._histories = Pager(bot.actions, "fights", self._history_page)
        self._losses = LossLists(bot)
        self._sides = SideMoving(bot)
        bot.actions.register(REPORT, self._on_report)
        bot.actions.register(TIMELINE, self._on_timeline)
        bot.actions.register(LOSSES, self._on_losses)
        bot.actions.register(SIDES, self._on_sides)
        bot.actions.register(MUTE, self._on_mute)

    @app_commands.command(name="list", description="Lists battles, the latest first")
    @app_commands.describe(
        **_texts(
            "region", "system", "who", "space", "kind", "min_kills", "min_isk", "min_pilots", "min_capitals", "hours",
            "days", "private",
        )
    )  # fmt: skip
    @app_commands.choices(space=_SPACES, kind=_KINDS)
    async def list_battles(
        self,
        interaction: Interaction,
        *,
        region: _Region | None = None,
        system: _System | None = None,
        who: _Who | None = None,
        space: str | None = None,
        kind: str | None = None,
        min_kills: app_commands.Range[int, 2, 10_000] | None = None,
        min_isk: _Isk | None = None,
        min_pilots: app_commands.Range[int, 2, 10_000] | None = None,
        min_capitals: app_commands.Range[int, 1, 10_000] | None = None,
        hours: app_commands.Range[int, 1, 72] | None = None,
        days: app_commands.Range[int, 1, 366] | None = None,
        private: bool = False,
    ) -> None:
        """A list by pages."""
        await defer(interaction, private=private)
        asked = BattleQuestion(
            hours=(hours or 0) + 24 * (days or 0) or USUAL_HOURS,
            region_id=region,
            system_id=system,
            entity_id=None if who is None else (await find_entity(self._services, who)).id,
            space=None if space is None else Space(space),
            kind=None if kind is None else BattleKind(kind),
            min_kills=min_kills,
            min_isk=min_isk,
            min_pilots=min_pilots,
            min_capitals=min_capitals,
        )
        await self._lists.open(interaction, str(asked), private=private)

    @app_commands.command(description="Tells all of one battle: sides, ships, pilots, losses")
    @app_commands.describe(**_texts("battle", "private"))
    @app_commands.rename(battle="id")
    async def show(
        self, interaction: Interaction, *, battle: _Battle, private: bool = False
    ) -> None:
        """A report by pages, with its picture."""
        await defer(interaction, private=private)
        named = await self._named(battle)
        await self._reports.open(interaction, named.public_id, private=private, note=named.note)

    @app_commands.command(description="Gives you one battle as a file")
    @app_commands.describe(
        **_texts("battle", "private"), written="JSON with everything, or its losses as CSV"
    )
    @app_commands.rename(battle="id", written="format")
    @app_commands.choices(written=_FORMATS)
    async def export(
        self,
        interaction: Interaction,
        *,
        battle: _Battle,
        written: str = ExportFormat.JSON.value,
        private: bool = False,
    ) -> None:
        """A file under a few words."""
        await defer(interaction, private=private)
        named = await self._named(battle)
        card = await export_card(
            self._services, interaction.guild_id, named.public_id, ExportFormat(written)
        )
        await reply(interaction, named.noted(card), private=private)

    @app_commands.command(description="Tells how somebody's fights went, beside and against whom")
    @app_commands.describe(
        who="An alliance, corporation or pilot (a name, ticker or zKillboard link)",
        days="How far back, in days (30)",
        private=_TEXTS["private"],
    )
    async def history(
        self,
        interaction: Interaction,
        *,
        who: _Who,
        days: app_commands.Range[int, 1, 366] = 30,
        private: bool = False,
    ) -> None:
        """Their fights by pages."""
        await defer(interaction, private=private)
        entity = await find_entity(self._services, who)
        asked = HistoryQuestion(entity_id=entity.id, days=days)
        await self._histories.open(interaction, str(asked), private=private)

    @app_commands.command(description="Lists what a battle cost, and what each hull had aboard")
    @app_commands.describe(**_texts("battle", "private"))
    @app_commands.rename(battle="id")
    async def losses(
        self, interaction: Interaction, *, battle: _Battle, private: bool = False
    ) -> None:
        """A list by pages, with a menu of fits."""
        await defer(interaction, private=private)
        named = await self._named(battle)
        await self._losses.open(interaction, named.public_id, private=private, note=named.note)

    @app_commands.command(description="Shows who fought beside whom, and lets you put it right")
    @app_commands.describe(**_texts("battle"))
    @app_commands.rename(battle="id")
    async def sides(self, interaction: Interaction, *, battle: _Battle) -> None:
        """For this server alone; seen by the asker alone."""
        await defer(interaction, private=True)
        named = await self._named(battle)
        await self._sides.open(interaction, named.public_id, note=named.note)

    async def _named(self, text: str) -> NamedBattle:
        return await find_battle(self._services, text)

    async def _list_page(self, interaction: Interaction, question: str, number: int) -> Page:
        asked = BattleQuestion.parse(question)
        return await battle_page(self._services, interaction.guild_id, asked, number=number)

    async def _report_page(self, interaction: Interaction, public_id: str, number: int) -> Page:
        return await report_page(self._services, interaction.guild_id, public_id, number=number)

    async def _history_page(self, interaction: Interaction, question: str, number: int) -> Page:
        asked = HistoryQuestion.parse(question)
        return await history_page(self._services, interaction.guild_id, asked, number=number)

    async def _on_report(self, interaction: Interaction, public_id: str) -> None:
        await defer(interaction, private=True)
        await self._reports.open(interaction, public_id, private=True)

    async def _on_timeline(self, interaction: Interaction, public_id: str) -> None:
        await defer(interaction, private=True)
        card = await timeline_card(self._services, interaction.guild_id, public_id)
        await reply(interaction, card, private=True)

    async def _on_losses(self, interaction: Interaction, public_id: str) -> None:
        await defer(interaction, private=True)
        await self._losses.open(interaction, public_id, private=True)

    async def _on_sides(self, interaction: Interaction, public_id: str) -> None:
        await defer(interaction, private=True)
        await self._sides.open(interaction, public_id)

    async def _on_mute(self, interaction: Interaction, public_id: str) -> None:
        await defer(interaction, private=True)
        await say(interaction, await mute_battle(self._services, interaction, public_id))


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Battles(bot))
