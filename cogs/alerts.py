"""`/alert`: what a server's channels ask for. Only for those who manage channels; every answer is for them alone."""

from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.amounts import IskAmount
from bot.interaction.backdrop import backdrop
from bot.interaction.choices import AlertOption
from bot.interaction.paging import Page, Pager, page_count
from bot.interaction.places import RegionOption
from bot.interaction.promises import promise
from bot.interaction.replies import Interaction, defer, reply, say
from bot.interaction.rights import (
    Place,
    can_call,
    guild_of,
    require_manager,
    require_mention,
    require_post,
    require_post_again,
)
from bot.presentation.alerts import AlertLine, AlertListView, render_alert, render_alert_list
from services.domain.alert import Alert, AlertKind, AlertRequest, AlertState
from services.domain.errors import UserError
from services.domain.ids import AlertId, ChannelId, RegionId, RoleId, UserId

PER_PAGE = 8
_TEXTS = {
    "region": "Only in this region (a name, or a zKillboard or DOTLAN link); everywhere without it",
    "min_kills": "Only battles with at least so many kills",
    "min_isk": "Only from this value in ISK on: 500m, 1.5b",
    "role": "A role to call once per post while it is news",
    "channel": "Where to post; here without it",
}
_Region = app_commands.Transform[RegionId, RegionOption]
_Isk = app_commands.Transform[float, IskAmount]
_Number = app_commands.Transform[AlertId, AlertOption]


@app_commands.guild_only()
@app_commands.default_permissions(manage_channels=True)
class Alerts(commands.GroupCog, group_name="alert", group_description="What this server is told"):
    """`/alert add|list|remove|pause|resume|test`."""

    add = app_commands.Group(name="add", description="Asks for battles or kills")

    def __init__(self, bot: WarRoomBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._alerts = bot.services.alerts
        self._pager = Pager(bot.actions, "alerts", self._page)

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """The same right that hides these commands, asked for again."""
        require_manager(interaction)
        return True

    @add.command(name="battles", description="Posts battles here and keeps each post up to date")
    @app_commands.describe(**_TEXTS)
    async def add_battles(
        self,
        interaction: Interaction,
        *,
        region: _Region | None = None,
        min_kills: app_commands.Range[int, 2, 10_000] | None = None,
        min_isk: _Isk | None = None,
        role: discord.Role | None = None,
        channel: Place | None = None,
    ) -> None:
        """One message per battle."""
        await defer(interaction, private=True)
        wanted = self._request(interaction, AlertKind.BATTLES, channel=channel, role=role)
        wanted = replace(wanted, region_id=region, min_kills=min_kills, min_isk=min_isk)
        await self._add(interaction, wanted, role)

    @add.command(name="kills", description="Posts single kills here")
    @app_commands.describe(**{key: text for key, text in _TEXTS.items() if key != "min_kills"})
    async def add_kills(
        self,
        interaction: Interaction,
        *,
        region: _Region | None = None,
        min_isk: _Isk | None = None,
        role: discord.Role | None = None,
        channel: Place | None = None,
    ) -> None:
        """One message per kill."""
        await defer(interaction, private=True)
        wanted = self._request(interaction, AlertKind.KILLS, channel=channel, role=role)
        await self._add(interaction, replace(wanted, region_id=region, min_isk=min_isk), role)

    @app_commands.command(name="list", description="Lists the alerts of this server")
    async def list_alerts(self, interaction: Interaction) -> None:
        """By pages, with why one is silent."""
        await defer(interaction, private=True)
        await self._pager.open(interaction, private=True)

    @app_commands.command(description="Removes an alert")
    @app_commands.describe(alert="Its number")
    async def remove(self, interaction: Interaction, alert: _Number) -> None:
        """What it posted stays."""
        await defer(interaction, private=True)
        removed = await self._alerts.remove(guild_of(interaction), alert)
        await self._show(interaction, removed, title=f"Alert #{alert} is removed", removed=True)

    @app_commands.command(description="Pauses an alert until it is resumed")
    @app_commands.describe(alert="Its number")
    async def pause(self, interaction: Interaction, alert: _Number) -> None:
        """Until somebody resumes it."""
        await defer(interaction, private=True)
        by = UserId(interaction.user.id)
        paused = await self._alerts.pause(guild_of(interaction), alert, by=by)
        await self._show(interaction, paused, title=f"Alert #{alert} is paused")

    @app_commands.command(
        description="Resumes an alert that is paused, or whose channel refused it"
    )
    @app_commands.describe(alert="Its number")
    async def resume(self, interaction: Interaction, alert: _Number) -> None:
        """Its channel is looked at first: resuming it for nothing helps nobody."""
        await defer(interaction, private=True)
        asleep = await self._alerts.get(guild_of(interaction), alert)
        require_post_again(interaction, asleep.channel_id)
        active = await self._alerts.resume(guild_of(interaction), alert)
        await self._show(interaction, active, title=f"Alert #{alert} is active again")

    @app_commands.command(description="Posts a sample of what an alert posts")
    @app_commands.describe(alert="Its number")
    async def test(self, interaction: Interaction, alert: _Number) -> None:
        """Marked as one; it calls nobody."""
        await defer(interaction, private=True)
        found = await self._alerts.get(guild_of(interaction), alert)
        if found.state is AlertState.BLOCKED:
            raise UserError(
                f"Alert #{alert} is blocked because <#{found.channel_id}> refused me. "
                f"Mend that, then `/alert resume {alert}`."
            )
        require_post_again(interaction, found.channel_id)
        await self._services.posts.sample(found)
        text = f"A sample is on its way to <#{found.channel_id}>. It calls nobody."
        if await self._services.outbox.is_held():
            text += " My operator holds all messages back at the moment; it comes when they let go."
        await say(interaction, text)

    def _request(
        self,
        interaction: Interaction,
        kind: AlertKind,
        *,
        channel: Place | None,
        role: discord.Role | None,
    ) -> AlertRequest:
        """Who may ask for it, and whether it could be posted, is settled before anything is stored."""
        if channel is not None:
            require_manager(interaction, channel)
        if role is not None:
            require_mention(interaction, role)
        return AlertRequest(
            guild_id=guild_of(interaction),
            channel_id=ChannelId(require_post(interaction, channel)),
            kind=kind,
            created_by=UserId(interaction.user.id),
            role_id=None if role is None else RoleId(role.id),
        )

    async def _add(
        self, interaction: Interaction, wanted: AlertRequest, role: discord.Role | None
    ) -> None:
        alert = await self._alerts.add(wanted)
        scene = await backdrop(self._services, interaction.guild_id)
        deaf = role is not None and not can_call(role, interaction.app_permissions)
        words = promise(alert, scene.lexicon, deaf=deaf)
        card = render_alert(alert, scene.lexicon, title=f"Alert #{alert.id} is set")
        await reply(interaction, replace(card, content=words), private=True)

    async def _show(
        self, interaction: Interaction, alert: Alert, *, title: str, removed: bool = False
    ) -> None:
        scene = await backdrop(self._services, interaction.guild_id)
        card = render_alert(alert, scene.lexicon, title=title, removed=removed)
        await reply(interaction, card, private=True)

    async def _page(self, interaction: Interaction, _question: str, number: int) -> Page:
        require_manager(interaction)
        alerts = await self._alerts.all_of(guild_of(interaction))
        pages = page_count(len(alerts), PER_PAGE)
        page = min(number, pages - 1)
        view = AlertListView(
            lines=tuple(
                AlertLine(alert=alert) for alert in alerts[page * PER_PAGE : (page + 1) * PER_PAGE]
            ),
            page=page,
            pages=pages,
            total=len(alerts),
            limit=self._bot.alert_limit,
        )
        scene = await backdrop(self._services, interaction.guild_id)
        return Page(card=render_alert_list(view, scene.lexicon), page=page, pages=pages)


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Alerts(bot))
