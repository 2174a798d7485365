"""`/alert export` and `/alert import`: a server's alerts as one JSON file, to keep or to take along."""

import json
from typing import Any

import discord

from bot.client import WarRoomBot
from bot.interaction.backdrop import backdrop, ids_in_alerts
from bot.interaction.replies import Interaction, defer, reply
from bot.interaction.rights import (
    Place,
    can_call,
    guild_of,
    require_manager_of,
    require_post,
    require_server_manager,
    rights_in,
)
from bot.presentation import colours
from bot.presentation.card import Card, CardFile
from bot.presentation.lexicon import Lexicon
from bot.presentation.phrases import counted
from bot.presentation.reasons import condition_text
from bot.presentation.text import DESCRIPTION, clamp, fit
from services.domain.alert import Imported
from services.domain.errors import UserError
from services.domain.ids import ChannelId, RoleId, UserId

_FIELD = 1024
LARGEST = 512 * 1024
"""Bytes: more than a server's alerts can fill, and little enough to be read whole."""


class Files:
    """Writes and reads them."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services

    async def export(self, interaction: Interaction) -> None:
        """All alerts of the server, as a file for the asker alone."""
        await defer(interaction, private=True)
        require_server_manager(interaction)
        told = await self._services.alerts.export(guild_of(interaction))
        count = len(told["alerts"])
        if not count:
            raise UserError("This server has no alert yet, so there is nothing to export.")
        data = json.dumps(told, ensure_ascii=False, indent=2).encode()
        embed = discord.Embed(
            title=f"{counted(count, 'alert')} of this server",
            description=(
                "`/alert import` reads this file, here or in another server. It names no channel and nobody of this "
                "server; whoever imports it says where the alerts post."
            ),
            colour=colours.NEUTRAL,
        )
        file = CardFile(name="warroom-alerts.json", data=data, description="Alerts as JSON")
        await reply(interaction, Card(embed=embed, files=(file,)), private=True)

    async def import_(
        self, interaction: Interaction, file: discord.Attachment, channel: Place | None
    ) -> None:
        """Make the alerts of a file here; all of them or, where one is wrong, none."""
        await defer(interaction, private=True)
        require_server_manager(interaction)
        channel_id = ChannelId(require_post(interaction, channel))
        require_manager_of(interaction, channel_id)
        told = await self._services.alerts.import_(
            guild_of(interaction),
            await _read(file),
            by=UserId(interaction.user.id),
            channel_id=channel_id,
            roles=_callable_roles(interaction, channel_id),
        )
        ids = ids_in_alerts(told.added)
        scene = await backdrop(self._services, interaction.guild_id, ids=ids)
        card = _imported_card(told, channel_id, scene.lexicon)
        await reply(interaction, scene.finished(card), private=True)


def _imported_card(told: Imported, channel_id: ChannelId, lexicon: Lexicon) -> Card:
    """What was added, and what was not and why."""
    lines = [f"**#{alert.id}** {condition_text(alert, lexicon)}" for alert in told.added]
    embed = discord.Embed(
        title=f"{counted(len(told.added), 'alert')} added",
        description=fit(lines, DESCRIPTION // 2, more=lambda left: f"*and {left} more*"),
        colour=colours.NEUTRAL,
    )
    if told.skipped:
        notes = [f"- {sentence}" for sentence in told.skipped]
        words = fit(notes, _FIELD, more=lambda left: f"*and {left} more*")
        embed.add_field(name="Not as it stood", value=words, inline=False)
    embed.set_footer(text="/alert list shows all")
    where = f"They post in <#{channel_id}> from now on." if told.added else None
    return Card(embed=clamp(embed), content=where)


def _callable_roles(interaction: Interaction, channel_id: ChannelId) -> list[RoleId]:
    """Roles that the asker could mention in that channel too."""
    guild = interaction.guild
    assert guild is not None, "only in servers"
    rights = rights_in(interaction, channel_id)
    return [
        RoleId(role.id) for role in guild.roles if not role.is_default() and can_call(role, rights)
    ]


async def _read(file: discord.Attachment) -> Any:
    if file.size > LARGEST:
        raise UserError(
            f"That file has {file.size / 1024:,.0f} KB; at most {LARGEST // 1024} KB are read. "
            "Is it the one that `/alert export` gave?"
        )
    try:
        raw = await file.read()
    except discord.HTTPException as error:
        raise UserError("Discord does not give me that file. Upload it again.") from error
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UserError("That file is no JSON. Give the one that `/alert export` made.") from error
