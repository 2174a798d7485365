"""Boards as people ask for them: only whoever manages the board's channel may make one, wake one or take one away."""

from collections.abc import Collection
from typing import Any

import discord
from discord import app_commands

from bot.interaction.backdrop import backdrop
from bot.interaction.replies import Interaction
from bot.interaction.rights import (
    Place,
    guild_of,
    is_manager,
    require_manager_of,
    require_post,
    require_post_again,
)
from bot.presentation.boards import (
    BoardListView,
    board_scope,
    board_scope_plain,
    render_board_list,
)
from bot.presentation.card import Card
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import cut
from services.container import Services
from services.domain.ids import ChannelId, GuildId, RegionId, UserId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.timer import Board, BoardRequest

_CHOICES, _LONGEST = 25, 100


async def add_board(
    services: Services,
    interaction: Interaction,
    channel: Place | None,
    *,
    regions: Collection[RegionId],
    alliances: Collection[int],
    own_timers: bool,
) -> str:
    """Make one; says where it will stand. Raises UserError for missing rights, the asker's or the bot's."""
    guild_id = guild_of(interaction)
    wanted = channel.id if channel is not None else interaction.channel_id
    assert wanted is not None, "Discord names the channel of every command"
    require_manager_of(interaction, wanted)
    board = await services.boards.add(
        BoardRequest(
            guild_id=guild_id,
            channel_id=ChannelId(require_post(interaction, channel)),
            created_by=UserId(interaction.user.id),
            regions=tuple(regions),
            parties=tuple(Organisation(key, OrganisationKind.ALLIANCE) for key in alliances),
            own_timers=own_timers,
        )
    )
    scope = board_scope(board, await _lexicon(services, guild_id, [board]))
    own = (
        " This server's own timers stand on it too, those that `/timer add` was told to show on boards."
        if own_timers
        else ""
    )
    return (
        f"Board #{board.id} will stand in <#{board.channel_id}> within half a minute: {scope}.{own} It keeps itself "
        f"up to date; pin it if you like. `/sov board remove {board.id}` takes it away."
    )


async def boards_card(services: Services, interaction: Interaction) -> Card:
    """`/sov board list`."""
    guild_id = guild_of(interaction)
    boards = await services.boards.all_of(guild_id)
    resting = await services.boards.resting(guild_id)
    view = BoardListView(boards=boards, resting=resting)
    return render_board_list(view, await _lexicon(services, guild_id, boards))


async def remove_board(services: Services, interaction: Interaction, board_id: int) -> str:
    """Take one away; says so. Raises NotFound, and UserError for missing rights."""
    guild_id = guild_of(interaction)
    board = await services.boards.get(guild_id, board_id)
    require_manager_of(interaction, board.channel_id)
    await services.boards.remove(guild_id, board_id)
    return (
        f"Board #{board_id} in <#{board.channel_id}> is not kept up to date any more, and its message says so."
        " Delete that if you like."
    )


async def resume_board(services: Services, interaction: Interaction, board_id: int) -> str:
    """Wake one whose channel was closed to the bot. Raises NotFound, and UserError for missing rights."""
    guild_id = guild_of(interaction)
    board = await services.boards.get(guild_id, board_id)
    require_manager_of(interaction, board.channel_id)
    require_post_again(interaction, board.channel_id)
    await services.boards.resume(guild_id, board_id)
    return f"Board #{board_id} in <#{board.channel_id}> is tried again within half a minute."


class BoardOption(app_commands.Transformer[Any]):
    """An option that takes one of the server's boards by its number."""

    @property
    def type(self) -> Any:
        """A number; people read it in the list."""
        return discord.AppCommandOptionType.integer

    async def transform(self, interaction: Interaction, value: int, /) -> int:  # noqa: ARG002
        """Whether there is such a board is the service's question."""
        return value

    async def autocomplete(  # type: ignore[override]
        self, interaction: Interaction, value: int | str, /
    ) -> list[app_commands.Choice[int]]:
        """The server's boards in words; only to those who may configure them."""
        if interaction.guild_id is None or not is_manager(interaction):
            return []
        services: Services = interaction.client.services
        guild_id = GuildId(interaction.guild_id)
        boards = await services.boards.all_of(guild_id)
        lexicon = await _lexicon(services, guild_id, boards, wait=False)
        typed = str(value).strip().lstrip("#")
        return [
            app_commands.Choice(
                name=cut(_words(board, lexicon, interaction), _LONGEST), value=board.id
            )
            for board in boards
            if str(board.id).startswith(typed)
        ][:_CHOICES]


def _words(board: Board, lexicon: Lexicon, interaction: Interaction) -> str:
    guild = interaction.guild
    channel = guild.get_channel_or_thread(board.channel_id) if guild else None
    where = f"#{channel.name}: " if channel else ""
    return f"#{board.id} {where}{board_scope_plain(board, lexicon)}"


async def _lexicon(
    services: Services, guild_id: GuildId, boards: Collection[Board], *, wait: bool = True
) -> Lexicon:
    ids = {party.id for board in boards for party in board.parties}
    if not wait:
        return Lexicon(
            universe=services.universe, names=await services.names.book(ids, wait_seconds=0)
        )
    return (await backdrop(services, guild_id, ids=ids)).lexicon
