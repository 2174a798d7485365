"""`/config`: a server's own settings, and the end of everything stored for it. Only for those who manage channels."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.actions import custom_id
from bot.interaction.choices import TimeZoneOption
from bot.interaction.replies import Interaction, defer, reply
from bot.interaction.rights import (
    Place,
    guild_of,
    require_manager,
    require_manager_of,
    require_post,
    require_server_manager,
)
from bot.interaction.spans import next_quiet, quiet_times
from bot.presentation import colours
from bot.presentation.alerts import ConfigView, render_config
from bot.presentation.card import ActionButton, Card, Tone
from services.domain.errors import UserError
from services.domain.ids import ChannelId
from services.domain.quiet import QuietMode

_MODES = [
    app_commands.Choice(name="pings: post, and call nobody", value=QuietMode.PINGS.value),
    app_commands.Choice(name="posts: one digest when they end", value=QuietMode.POSTS.value),
]
_FORGET = "forget"
_YES, _NO = "yes", "no"


@app_commands.guild_only()
@app_commands.default_permissions(manage_channels=True)
class Config(commands.GroupCog, group_name="config", group_description="Settings of this server"):
    """`/config show|set|forget`."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._bot = bot
        self._services = bot.services
        bot.actions.register(_FORGET, self._on_forget)

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """The same right that hides these commands, asked for again."""
        require_manager(interaction)
        return True

    @app_commands.command(description="Shows the settings of this server and what is stored for it")
    async def show(self, interaction: Interaction) -> None:
        """One card."""
        await defer(interaction, private=True)
        await self._show(interaction)

    @app_commands.command(name="set", description="Changes the settings of this server")
    @app_commands.describe(
        time_zone="Times are shown in it beside EVE time, such as Europe/Berlin",
        notices_channel="Where I tell what is wrong with me or with a channel",
        no_notices_channel="Tell whoever made an alert instead of a channel",
        quiet_hours="From when to when nobody is called, such as 22:00-07:00, in the server's time zone",
        quiet_mode="What is held in quiet hours",
        no_quiet_hours="No quiet hours any more",
    )
    @app_commands.choices(quiet_mode=_MODES)
    async def set_settings(
        self,
        interaction: Interaction,
        *,
        time_zone: app_commands.Transform[str, TimeZoneOption] | None = None,
        notices_channel: Place | None = None,
        no_notices_channel: bool = False,
        quiet_hours: app_commands.Range[str, 1, 40] | None = None,
        quiet_mode: str | None = None,
        no_quiet_hours: bool = False,
    ) -> None:
        """One or several at once; nothing is changed when one of them is wrong."""
        await defer(interaction, private=True)
        require_server_manager(interaction)
        asks_quiet = quiet_hours is not None or quiet_mode is not None
        told = (time_zone, notices_channel, no_notices_channel, asks_quiet, no_quiet_hours)
        if not any(told):
            raise UserError(
                "Say what to change: `time_zone`, `notices_channel`, `no_notices_channel`, `quiet_hours`, "
                "`quiet_mode` or `no_quiet_hours`."
            )
        if notices_channel is not None and no_notices_channel:
            raise UserError(
                "You named a channel for notices and asked for none. Choose one of the two."
            )
        if asks_quiet and no_quiet_hours:
            raise UserError("You named quiet hours and asked for none. Choose one of the two.")
        guild_id, guilds = guild_of(interaction), self._services.guilds
        if notices_channel is not None:
            require_manager_of(interaction, notices_channel.id)
            require_post(interaction, notices_channel)
        quiet = (await guilds.get(guild_id)).quiet
        if asks_quiet:
            mode = None if quiet_mode is None else QuietMode(quiet_mode)
            quiet = quiet_times(quiet_hours, mode, before=quiet, option="quiet_hours")
        if time_zone is not None:
            await guilds.set_time_zone(guild_id, time_zone)
        if notices_channel is not None or no_notices_channel:
            where = None if notices_channel is None else ChannelId(notices_channel.id)
            await guilds.set_notices_channel(guild_id, where)
        if asks_quiet or no_quiet_hours:
            await guilds.set_quiet(guild_id, None if no_quiet_hours else quiet)
        await self._show(interaction)

    @app_commands.command(description="Deletes everything that is stored for this server")
    async def forget(self, interaction: Interaction) -> None:
        """Asks first."""
        require_server_manager(interaction)
        await reply(interaction, _question(interaction.user.id), private=True)

    async def _on_forget(self, interaction: Interaction, answer: str) -> None:
        require_server_manager(interaction)
        await interaction.response.defer()
        text = "Nothing was deleted."
        if answer == _YES:
            await self._services.guilds.forget(guild_of(interaction))
            text = (
                "Deleted: this server's alerts, its settings, its friends and foes, and the messages that waited for "
                "it. What I posted stays until you delete it in Discord."
            )
        await interaction.edit_original_response(content=text, embed=None, view=None)

    async def _show(self, interaction: Interaction) -> None:
        guild_id = guild_of(interaction)
        alerts = await self._services.alerts.all_of(guild_id)
        settings = await self._services.guilds.get(guild_id)
        view = ConfigView(
            settings=settings,
            alerts=len(alerts),
            alert_limit=self._bot.alert_limit,
            stored=(
                "these settings, the alerts with who made them, who is us, friend or foe, and the messages of the last "
                "weeks that waited for this server or were posted in it. Nothing that anybody writes."
            ),
        )
        card = render_config(view)
        if settings.quiet is not None:
            zone = ZoneInfo(settings.time_zone)
            words = next_quiet(settings.quiet, now=self._services.clock(), zone=zone)
            card = replace(card, content=words)
        await reply(interaction, card, private=True)


def _question(owner: int) -> Card:
    embed = discord.Embed(
        title="Delete everything of this server?",
        description=(
            "Its alerts, its settings, its friends and foes, and the messages that wait for it go at once and cannot "
            "be brought back. I stay in the server."
        ),
        colour=colours.WARNING,
    )
    buttons = (
        ActionButton(
            label="Delete everything",
            custom_id=custom_id(_FORGET, owner=owner, state=_YES),
            tone=Tone.DANGER,
        ),
        ActionButton(label="Keep it", custom_id=custom_id(_FORGET, owner=owner, state=_NO)),
    )
    return Card(embed=embed, buttons=buttons)


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Config(bot))
