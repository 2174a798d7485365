"""`/sov`: who holds null security space, the contests over it, and boards that keep themselves up to date."""

from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.entities import EntityOption, find_entity
from bot.interaction.maps import sov_map_card
from bot.interaction.paging import Page, Pager
from bot.interaction.places import RegionOption, SystemOption
from bot.interaction.replies import Interaction, defer, reply, say
from bot.interaction.rights import Place, guild_of, require_manager
from bot.interaction.sov_answers import (
    changes_page,
    sov_alliance_card,
    sov_system_card,
    timers_page,
)
from bot.interaction.sov_boards import (
    BoardOption,
    add_board,
    boards_card,
    remove_board,
    resume_board,
)
from bot.interaction.sov_questions import USUAL_DAYS, ChangeQuestion, TimerQuestion
from services.domain.errors import UserError
from services.domain.ids import RegionId, SystemId
from services.domain.names import EntityKind

_TEXTS = {
    "region": "Only in this region (a name, or a zKillboard or DOTLAN link)",
    "alliance": "Only those that this alliance defends (a name, ticker or zKillboard link)",
    "near": "Only near this system, which distances are told from (10 jumps, unless you say how far)",
    "jumps": "How many jumps by gate around that system",
    "hours": "Only those that start within so many hours, beside those under way",
    "private": "Show the answer to you alone",
}
_BOARD_TEXTS = {
    "region": "Contests in this region",
    "region2": "And in this one",
    "region3": "And in this one",
    "alliance": "Contests over what this alliance holds, wherever that is",
    "alliance2": "And over what this one holds",
    "alliance3": "And over what this one holds",
    "own_timers": "Whether own timers stand on it too, those that /timer add shows on boards (yes)",
    "channel": "Where it stands (this channel)",
}
_Region = app_commands.Transform[RegionId, RegionOption]
_System = app_commands.Transform[SystemId, SystemOption]
_Alliance = app_commands.Transform[str, EntityOption(EntityKind.ALLIANCE)]
_Board = app_commands.Transform[int, BoardOption]
_ALLIANCES = frozenset({EntityKind.ALLIANCE})


class SovereigntyCommands(
    commands.GroupCog, group_name="sov", group_description="Who holds what, and who contests it"
):
    """`/sov timers|system|alliance|changes|map` and `/sov board add|list|resume|remove`."""

    board = app_commands.Group(
        name="board", description="Messages that keep themselves up to date with timers"
    )

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        self._timers = Pager(bot.actions, "sov-timers", self._timers_page)
        self._changes = Pager(bot.actions, "sov-changes", self._changes_page)

    @app_commands.command(description="Lists contests that are under way or ahead")
    @app_commands.describe(**_TEXTS)
    async def timers(
        self,
        interaction: Interaction,
        *,
        region: _Region | None = None,
        alliance: _Alliance | None = None,
        near: _System | None = None,
        jumps: app_commands.Range[int, 0, 50] | None = None,
        hours: app_commands.Range[int, 1, 168] | None = None,
        private: bool = False,
    ) -> None:
        """A list by pages."""
        if jumps is not None and near is None:
            raise UserError("Jumps from where? Give `near`, a system, too.")
        await defer(interaction, private=private)
        asked = TimerQuestion(
            region_id=region,
            alliance_id=None if alliance is None else await self._alliance_id(alliance),
            near_id=near,
            jumps=jumps,
            hours=hours,
        )
        await self._timers.open(interaction, str(asked), private=private)

    @app_commands.command(
        description="Tells who holds a system, how firmly, and what was fought over it"
    )
    @app_commands.describe(
        system="The system (a name, or a zKillboard or DOTLAN link)", private=_TEXTS["private"]
    )
    async def system(
        self, interaction: Interaction, *, system: _System, private: bool = False
    ) -> None:
        """One card."""
        await defer(interaction, private=private)
        card = await sov_system_card(self._services, interaction.guild_id, system)
        await reply(interaction, card, private=private)

    @app_commands.command(description="Tells what an alliance holds, and what it won and lost")
    @app_commands.describe(
        who="The alliance (a name, ticker or zKillboard link)", private=_TEXTS["private"]
    )
    async def alliance(
        self, interaction: Interaction, *, who: _Alliance, private: bool = False
    ) -> None:
        """One card."""
        await defer(interaction, private=private)
        alliance_id = await self._alliance_id(who)
        card = await sov_alliance_card(self._services, interaction.guild_id, alliance_id)
        await reply(interaction, card, private=private)

    @app_commands.command(description="Lists what changed hands, was lost, moved or was decided")
    @app_commands.describe(
        days="How far back, in days (7)",
        region=_TEXTS["region"],
        alliance="Only what concerns this alliance (a name, ticker or zKillboard link)",
        private=_TEXTS["private"],
    )
    async def changes(
        self,
        interaction: Interaction,
        *,
        days: app_commands.Range[int, 1, 366] = USUAL_DAYS,
        region: _Region | None = None,
        alliance: _Alliance | None = None,
        private: bool = False,
    ) -> None:
        """A list by pages."""
        await defer(interaction, private=private)
        asked = ChangeQuestion(
            days=days,
            region_id=region,
            alliance_id=None if alliance is None else await self._alliance_id(alliance),
        )
        await self._changes.open(interaction, str(asked), private=private)

    @app_commands.command(name="map", description="Draws who holds what")
    @app_commands.describe(
        region="This region; without it, all of null security space", private=_TEXTS["private"]
    )
    async def sov_map(
        self, interaction: Interaction, *, region: _Region | None = None, private: bool = False
    ) -> None:
        """A picture and the same in words."""
        await defer(interaction, private=private)
        card = await sov_map_card(self._services, interaction.guild_id, region)
        await reply(interaction, card, private=private)

    @board.command(
        name="add", description="Posts a message that keeps itself up to date with timers"
    )
    @app_commands.describe(**_BOARD_TEXTS)
    async def add_board(
        self,
        interaction: Interaction,
        *,
        region: _Region | None = None,
        region2: _Region | None = None,
        region3: _Region | None = None,
        alliance: _Alliance | None = None,
        alliance2: _Alliance | None = None,
        alliance3: _Alliance | None = None,
        own_timers: bool = True,
        channel: Place | None = None,
    ) -> None:
        """What is contested in any of these regions, or held by any of these alliances; without any, everything."""
        self._require_manager(interaction)
        await defer(interaction, private=True)
        named = [name for name in (alliance, alliance2, alliance3) if name is not None]
        told = await add_board(
            self._services,
            interaction,
            channel,
            regions=[place for place in (region, region2, region3) if place is not None],
            alliances=[await self._alliance_id(name) for name in named],
            own_timers=own_timers,
        )
        await say(interaction, told)

    @board.command(name="list", description="Lists the boards of this server")
    async def list_boards(self, interaction: Interaction) -> None:
        """Seen by the asker alone."""
        self._require_manager(interaction)
        await defer(interaction, private=True)
        await reply(interaction, await boards_card(self._services, interaction), private=True)

    @board.command(name="resume", description="Tries a board again whose channel was closed to me")
    @app_commands.describe(board="Its number")
    async def resume_board(self, interaction: Interaction, *, board: _Board) -> None:
        """After somebody mended the channel."""
        self._require_manager(interaction)
        await defer(interaction, private=True)
        await say(interaction, await resume_board(self._services, interaction, board))

    @board.command(name="remove", description="Takes a board away")
    @app_commands.describe(board="Its number")
    async def remove_board(self, interaction: Interaction, *, board: _Board) -> None:
        """Its message says so."""
        self._require_manager(interaction)
        await defer(interaction, private=True)
        await say(interaction, await remove_board(self._services, interaction, board))

    def _require_manager(self, interaction: Interaction) -> None:
        guild_of(interaction)
        require_manager(interaction)

    async def _alliance_id(self, text: str) -> int:
        return (await find_entity(self._services, text, _ALLIANCES)).id

    async def _timers_page(self, interaction: Interaction, question: str, number: int) -> Page:
        asked = TimerQuestion.parse(question)
        return await timers_page(self._services, interaction.guild_id, asked, number=number)

    async def _changes_page(self, interaction: Interaction, question: str, number: int) -> Page:
        asked = ChangeQuestion.parse(question)
        return await changes_page(self._services, interaction.guild_id, asked, number=number)


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(SovereigntyCommands(bot))
