"""`/config`: a server's own settings, and the end of everything stored for it. Only for those who manage channels."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.actions import custom_id
from bot.interaction.choices import TimeZoneOption
from bot.interaction.replies import Interaction, defer, reply
from bot.interaction.rights import Place, guild_of, require_manager, require_post
from bot.presentation import colours
from bot.presentation.alerts import ConfigView, render_config
from bot.presentation.card import ActionButton, Card, Tone
from services.domain.errors import UserError
from services.domain.ids import ChannelId

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
    )
    async def set_settings(
        self,
        interaction: Interaction,
        *,
        time_zone: app_commands.Transform[str, TimeZoneOption] | None = None,
        notices_channel: Place | None = None,
        no_notices_channel: bool = False,
    ) -> None:
        """One or several at once; nothing is changed when one of them is wrong."""
        await defer(interaction, private=True)
        if time_zone is None and notices_channel is None and not no_notices_channel:
            raise UserError(
                "Say what to change: `time_zone`, `notices_channel` or `no_notices_channel`."
            )
        if notices_channel is not None and no_notices_channel:
            raise UserError(
                "You named a channel for notices and asked for none. Choose one of the two."
            )
        guild_id, guilds = guild_of(interaction), self._services.guilds
        if notices_channel is not None:
            require_manager(interaction, notices_channel)
            require_post(interaction, notices_channel)
        if time_zone is not None:
            await guilds.set_time_zone(guild_id, time_zone)
        if notices_channel is not None:
            await guilds.set_notices_channel(guild_id, ChannelId(notices_channel.id))
        elif no_notices_channel:
            await guilds.set_notices_channel(guild_id, None)
        await self._show(interaction)

    @app_commands.command(description="Deletes everything that is stored for this server")
    async def forget(self, interaction: Interaction) -> None:
        """Asks first."""
        await reply(interaction, _question(interaction.user.id), private=True)

    async def _on_forget(self, interaction: Interaction, answer: str) -> None:
        require_manager(interaction)
        await interaction.response.defer()
        text = "Nothing was deleted."
        if answer == _YES:
            await self._services.guilds.forget(guild_of(interaction))
            text = (
                "Deleted: this server's alerts, its settings, and the messages that waited for it. "
                "What I posted stays until you delete it in Discord."
            )
        await interaction.edit_original_response(content=text, embed=None, view=None)

    async def _show(self, interaction: Interaction) -> None:
        guild_id = guild_of(interaction)
        alerts = await self._services.alerts.all_of(guild_id)
        view = ConfigView(
            settings=await self._services.guilds.get(guild_id),
            alerts=len(alerts),
            alert_limit=self._bot.alert_limit,
            stored=(
                "these settings, the alerts with who made them, and the messages of the last weeks "
                "that waited for this server or were posted in it. Nothing that anybody writes."
            ),
        )
        await reply(interaction, render_config(view), private=True)


def _question(owner: int) -> Card:
    embed = discord.Embed(
        title="Delete everything of this server?",
        description=(
            "Its alerts, its settings, and the messages that wait for it go at once and cannot be "
            "brought back. I stay in the server."
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
