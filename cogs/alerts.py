"""`/alert`: what a server's channels ask for. Only for those who manage channels; every answer is for them alone."""

from dataclasses import replace
from datetime import timedelta

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.alert_adding import (
    PRESETS,
    Adding,
    Asked,
    Call,
    draft_of,
    preset_named,
    tell_added,
    wishes_of,
)
from bot.interaction.alert_changing import RESETS, Changes, Changing
from bot.interaction.alert_drafts import NAME_LENGTH
from bot.interaction.alert_files import Files
from bot.interaction.alert_looks import STYLES, Looks
from bot.interaction.alert_rights import managed_alert, require_its_call
from bot.interaction.alert_showing import Showing, show_alert
from bot.interaction.amounts import IskAmount
from bot.interaction.choices import AlertOption
from bot.interaction.filter_option import FilterOption
from bot.interaction.hulls import HullOption, HullWish
from bot.interaction.places import LinkedPlace, PlaceOption, RegionOption
from bot.interaction.replies import Interaction, defer, reply
from bot.interaction.rights import Place, guild_of, require_manager, require_post_again
from bot.interaction.spans import Span
from bot.interaction.trials import try_card
from services.domain.alert import AlertKind, AlertRequest, CardStyle, Updates
from services.domain.ids import AlertId, RegionId, UserId
from services.domain.quiet import QuietMode

_TEXTS = {
    "battle_region": "Of an alert for battles: only in this region",
    "battle_kills": "Of an alert for battles: the smallest",
    "battle_isk": "Of an alert for battles: only from this value in ISK on",
    "battle_updates": "Of an alert for battles: where it tells what happens in a fight, beside the message",
    "region": "Only in this region (a name, or a zKillboard or DOTLAN link); everywhere without it",
    "place": "A system or a region (a name, or a zKillboard or DOTLAN link)",
    "distance": "How far from the system: 7ly or 5j",
    "min_kills": "Only battles with at least so many kills",
    "min_isk": "Only from this value in ISK on: 500m, 1.5b",
    "hull": "Only losses of this ship or group of ships",
    "text": "Which kills, such as: region:Delve isk>1b -attacker:us",
    "preset": "A ready-made filter; with a filter, both must hold",
    "style": "How much a card shows",
    "updates": "Where it tells what happens in a fight, beside the message that it edits (none)",
    "role": "A role to call while it is news",
    "user": "A person to call while it is news: yourself",
    "nobody": "Call nobody any more",
    "name": "What you call it",
    "channel": "Where to post; here without it",
    "alert": "Its number or its name",
    "ping_minutes": "Call only for kills at most so old, in minutes",
    "cooldown": "At least so many minutes between two calls",
    "reset": "Takes a setting of it away again",
    "hours": "Such as 22:00-07:00; never; or server, for the server's own",
    "mode": "What is held meanwhile",
    "span": "How long, such as 1h or 2d; 0 ends it",
    "days": "How far back, in days (7)",
    "file": "The file that /alert export made",
}
_STYLES = [
    app_commands.Choice(name=label.lower(), value=style.value)
    for style, (label, _) in STYLES.items()
]
_MODES = [
    app_commands.Choice(name="pings: post, and call nobody", value=QuietMode.PINGS.value),
    app_commands.Choice(name="posts: one digest when they end", value=QuietMode.POSTS.value),
]
_UPDATES = [
    app_commands.Choice(name="none: one message, edited as the fight goes on", value="none"),
    app_commands.Choice(name="replies: milestones answer that message", value="replies"),
    app_commands.Choice(
        name="thread: milestones go into its thread, archived at the end", value="thread"
    ),
]
_RESETS = [app_commands.Choice(name=name, value=name) for name in RESETS]
_Region = app_commands.Transform[RegionId, RegionOption]
_Place = app_commands.Transform[LinkedPlace, PlaceOption]
_Isk = app_commands.Transform[float, IskAmount]
_Hull = app_commands.Transform[HullWish, HullOption]
_Filter = app_commands.Transform[str, FilterOption]
_Alert = app_commands.Transform[AlertId, AlertOption]
_Span = app_commands.Transform[timedelta, Span]
_Name = app_commands.Range[str, 1, NAME_LENGTH]


def _texts(*names: str) -> dict[str, str]:
    return {name: _TEXTS[name] for name in names}


@app_commands.guild_only()
@app_commands.default_permissions(manage_channels=True)
class Alerts(commands.GroupCog, group_name="alert", group_description="What this server is told"):
    """`/alert add|edit|style|quiet|mute|list|try|why|test|copy|export|import|pause|resume|remove`."""

    add = app_commands.Group(name="add", description="Asks for battles or kills")

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        self._alerts = bot.services.alerts
        self._adding = Adding(bot)
        self._changing = Changing(bot)
        self._showing = Showing(bot)
        self._looks = Looks(bot, self._showing)
        self._files = Files(bot)

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """The same right that hides these commands, asked for again."""
        require_manager(interaction)
        return True

    @add.command(name="battles", description="Posts battles here and keeps each post up to date")
    @app_commands.describe(
        **_texts("region", "min_kills", "min_isk", "role", "updates", "name", "channel")
    )
    @app_commands.choices(updates=_UPDATES)
    async def add_battles(
        self,
        interaction: Interaction,
        *,
        region: _Region | None = None,
        min_kills: app_commands.Range[int, 2, 10_000] | None = None,
        min_isk: _Isk | None = None,
        role: discord.Role | None = None,
        updates: str = Updates.NONE.value,
        name: _Name | None = None,
        channel: Place | None = None,
    ) -> None:
        """One message per battle."""
        await defer(interaction, private=True)
        told = Updates(updates)
        draft = draft_of(interaction, channel=channel, call=Call(role=role), updates=told)
        wanted = AlertRequest(
            guild_id=guild_of(interaction),
            channel_id=draft.channel_id,
            kind=AlertKind.BATTLES,
            created_by=UserId(interaction.user.id),
            name=name,
            role_id=draft.role_id,
            updates=told,
        )
        wanted = replace(wanted, region_id=region, min_kills=min_kills, min_isk=min_isk)
        await tell_added(self._services, interaction, await self._alerts.add(wanted))

    @add.command(
        name="kills",
        description="Posts single kills here: a preset, a filter, or both; without any, a form opens",
    )
    @app_commands.describe(
        **_texts(
            "text", "preset", "place", "distance", "min_isk", "hull", "style", "role", "user", "name", "channel"
        )
    )  # fmt: skip
    @app_commands.rename(text="filter")
    @app_commands.choices(preset=PRESETS, style=_STYLES)
    async def add_kills(
        self,
        interaction: Interaction,
        *,
        preset: str | None = None,
        text: _Filter | None = None,
        place: _Place | None = None,
        distance: app_commands.Range[str, 1, 30] | None = None,
        min_isk: _Isk | None = None,
        hull: _Hull | None = None,
        style: str = CardStyle.FULL.value,
        role: discord.Role | None = None,
        user: discord.Member | None = None,
        name: _Name | None = None,
        channel: Place | None = None,
    ) -> None:
        """One message per kill."""
        call = Call(role=role, person=user)
        draft = draft_of(interaction, channel=channel, call=call, style=CardStyle(style))
        asked = Asked(
            text=text or None,
            preset=preset_named(preset),
            wishes=wishes_of(place=place, distance=distance, min_isk=min_isk, hull=hull),
            name=name,
        )
        await self._adding.add(interaction, draft, asked)

    @app_commands.command(description="Changes an alert; without anything else, a form opens")
    @app_commands.describe(
        **_texts(
            "alert", "text", "name", "style", "role", "user", "nobody", "channel", "ping_minutes", "cooldown", "reset",
        ),
        region=_TEXTS["battle_region"], min_kills=_TEXTS["battle_kills"], min_isk=_TEXTS["battle_isk"],
        updates=_TEXTS["battle_updates"],
    )  # fmt: skip
    @app_commands.rename(text="filter")
    @app_commands.choices(style=_STYLES, reset=_RESETS, updates=_UPDATES)
    async def edit(
        self,
        interaction: Interaction,
        *,
        alert: _Alert,
        text: _Filter | None = None,
        name: _Name | None = None,
        style: str | None = None,
        role: discord.Role | None = None,
        user: discord.Member | None = None,
        nobody: bool = False,
        channel: Place | None = None,
        ping_minutes: app_commands.Range[int, 1, 1440] | None = None,
        cooldown: app_commands.Range[int, 0, 1440] | None = None,
        region: _Region | None = None,
        min_kills: app_commands.Range[int, 2, 10_000] | None = None,
        min_isk: _Isk | None = None,
        updates: str | None = None,
        reset: str | None = None,
    ) -> None:
        """What is left out stays as it is."""
        changes = Changes(
            name=name,
            call=Call(role=role, person=user),
            nobody=nobody,
            channel=channel,
            reset=reset,
            others={
                "style": None if style is None else CardStyle(style),
                "ping_minutes": ping_minutes,
                "cooldown_minutes": cooldown,
                "region_id": region,
                "min_kills": min_kills,
                "min_isk": min_isk,
                "updates": None if updates is None else Updates(updates),
            },
        )
        await self._changing.edit(interaction, alert, text or None, changes)

    @app_commands.command(description="Chooses how an alert's cards look and what they show")
    @app_commands.describe(**_texts("alert"))
    async def style(self, interaction: Interaction, alert: _Alert) -> None:
        """Two lists to choose from."""
        await self._looks.open(interaction, alert)

    @app_commands.command(description="Gives an alert quiet hours of its own")
    @app_commands.describe(**_texts("alert", "hours", "mode"))
    @app_commands.choices(mode=_MODES)
    async def quiet(
        self,
        interaction: Interaction,
        *,
        alert: _Alert,
        hours: app_commands.Range[str, 1, 40] | None = None,
        mode: str | None = None,
    ) -> None:
        """In the server's time zone."""
        held = None if mode is None else QuietMode(mode)
        await self._changing.quiet(interaction, alert, hours, held)

    @app_commands.command(description="Silences an alert for a while")
    @app_commands.describe(**_texts("alert", "span"))
    @app_commands.rename(span="for")
    async def mute(self, interaction: Interaction, alert: _Alert, span: _Span) -> None:
        """It speaks again by itself."""
        await self._changing.mute(interaction, alert, span)

    @app_commands.command(name="list", description="Lists the alerts of this server")
    async def list_alerts(self, interaction: Interaction) -> None:
        """By pages, with why one is silent."""
        await self._showing.open_list(interaction)

    @app_commands.command(
        name="try", description="Shows what a filter would have posted, out of the stored kills"
    )
    @app_commands.describe(**_texts("text", "days"))
    @app_commands.rename(text="filter")
    async def try_filter(
        self,
        interaction: Interaction,
        *,
        text: _Filter,
        days: app_commands.Range[int, 1, 30] = 7,
    ) -> None:
        """How many, when, and the latest of them."""
        await defer(interaction, private=True)
        card = await try_card(self._services, guild_of(interaction), text, days)
        await reply(interaction, card, private=True)

    @app_commands.command(description="Says what became of the kills that an alert was asked about")
    @app_commands.describe(**_texts("alert"))
    async def why(self, interaction: Interaction, alert: _Alert) -> None:
        """Why it is silent, or what it does."""
        await self._showing.why(interaction, alert)

    @app_commands.command(description="Posts a sample of what an alert posts")
    @app_commands.describe(**_texts("alert"))
    async def test(self, interaction: Interaction, alert: _Alert) -> None:
        """Marked as one; it calls nobody."""
        await defer(interaction, private=True)
        await self._showing.sample(interaction, alert)

    @app_commands.command(description="Asks for the same in another channel")
    @app_commands.describe(alert=_TEXTS["alert"], channel="Where the copy posts")
    async def copy(self, interaction: Interaction, alert: _Alert, channel: Place) -> None:
        """The other one stays."""
        await self._changing.copy(interaction, alert, channel)

    @app_commands.command(description="Gives you all alerts of this server as a file")
    async def export(self, interaction: Interaction) -> None:
        """JSON."""
        await self._files.export(interaction)

    @app_commands.command(name="import", description="Adds the alerts of a file")
    @app_commands.describe(**_texts("file", "channel"))
    async def import_alerts(
        self, interaction: Interaction, file: discord.Attachment, channel: Place | None = None
    ) -> None:
        """All of them or, where one is wrong, none."""
        await self._files.import_(interaction, file, channel)

    @app_commands.command(description="Removes an alert")
    @app_commands.describe(**_texts("alert"))
    async def remove(self, interaction: Interaction, alert: _Alert) -> None:
        """What it posted stays."""
        await defer(interaction, private=True)
        await managed_alert(self._services, interaction, alert)
        gone = await self._alerts.remove(guild_of(interaction), alert)
        title = f"Alert #{alert} is removed"
        await show_alert(self._services, interaction, gone, title=title, removed=True)

    @app_commands.command(description="Pauses an alert until it is resumed")
    @app_commands.describe(**_texts("alert"))
    async def pause(self, interaction: Interaction, alert: _Alert) -> None:
        """Until somebody resumes it."""
        await defer(interaction, private=True)
        await managed_alert(self._services, interaction, alert)
        by = UserId(interaction.user.id)
        paused = await self._alerts.pause(guild_of(interaction), alert, by=by)
        await show_alert(self._services, interaction, paused, title=f"Alert #{alert} is paused")

    @app_commands.command(
        description="Resumes an alert that is paused, or whose channel refused it"
    )
    @app_commands.describe(**_texts("alert"))
    async def resume(self, interaction: Interaction, alert: _Alert) -> None:
        """Its channel is looked at first: resuming it for nothing helps nobody."""
        await defer(interaction, private=True)
        asleep = await managed_alert(self._services, interaction, alert)
        require_its_call(interaction, asleep)
        require_post_again(interaction, asleep.channel_id)
        active = await self._alerts.resume(guild_of(interaction), alert)
        await show_alert(
            self._services, interaction, active, title=f"Alert #{alert} is active again"
        )


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Alerts(bot))
