"""`/alert`: what a server's channels ask for. Only for those who manage channels; every answer is for them alone."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.alert_add import AddCommands
from bot.interaction.alert_adding import Call
from bot.interaction.alert_changing import Changes, Changing
from bot.interaction.alert_files import Files
from bot.interaction.alert_looks import Looks
from bot.interaction.alert_options import (
    MODE_CHOICES,
    RESET_CHOICES,
    STYLE_CHOICES,
    TEXTS,
    UPDATE_CHOICES,
    AlertChoice,
    AnyEvents,
    AnyPartyChoice,
    Distance,
    FilterChoice,
    IskChoice,
    Name,
    RegionChoice,
    Reminders,
    SpanChoice,
    SystemChoice,
    texts,
)
from bot.interaction.alert_rescoping import NewsChanges
from bot.interaction.alert_rights import managed_alert, require_its_call
from bot.interaction.alert_scopes import ScopeWishes
from bot.interaction.alert_showing import Showing, show_alert
from bot.interaction.replies import Interaction, defer, reply
from bot.interaction.rights import Place, guild_of, require_manager, require_post_again
from bot.interaction.trials import try_alert_card, try_card
from services.domain.alert import CardStyle, Updates
from services.domain.errors import UserError
from services.domain.ids import UserId
from services.domain.quiet import QuietMode


@app_commands.guild_only()
@app_commands.default_permissions(manage_channels=True)
class Alerts(
    AddCommands,
    commands.GroupCog,
    group_name="alert",
    group_description="What this server is told",
):
    """`/alert add|edit|style|quiet|mute|list|show|try|why|test|copy|export|import|pause|resume|remove`."""

    def __init__(self, bot: WarRoomBot) -> None:
        super().__init__(bot)
        self._alerts = bot.services.alerts
        self._changing = Changing(bot)
        self._showing = Showing(bot)
        self._looks = Looks(bot, self._showing)
        self._files = Files(bot)

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """The same right that hides these commands, asked for again."""
        require_manager(interaction)
        return True

    @app_commands.command(description="Changes an alert; without anything else, a form opens")
    @app_commands.describe(
        **texts(
            "alert", "text", "name", "style", "role", "user", "nobody", "channel", "ping_minutes", "cooldown", "reset",
            "distance",
        ),
        region=TEXTS["any_region"], min_kills=TEXTS["battle_kills"], min_isk=TEXTS["battle_isk"],
        updates=TEXTS["battle_updates"], system=TEXTS["any_system"], who=TEXTS["any_who"], us=TEXTS["any_us"],
        events=TEXTS["any_events"], reminders=TEXTS["any_reminders"],
    )  # fmt: skip
    @app_commands.rename(text="filter")
    @app_commands.choices(style=STYLE_CHOICES, reset=RESET_CHOICES, updates=UPDATE_CHOICES)
    async def edit(
        self,
        interaction: Interaction,
        *,
        alert: AlertChoice,
        text: FilterChoice | None = None,
        name: Name | None = None,
        style: str | None = None,
        role: discord.Role | None = None,
        user: discord.Member | None = None,
        nobody: bool = False,
        channel: Place | None = None,
        ping_minutes: app_commands.Range[int, 1, 1440] | None = None,
        cooldown: app_commands.Range[int, 0, 1440] | None = None,
        region: RegionChoice | None = None,
        system: SystemChoice | None = None,
        distance: Distance | None = None,
        who: AnyPartyChoice | None = None,
        us: bool | None = None,
        events: AnyEvents | None = None,
        reminders: Reminders | None = None,
        min_kills: app_commands.Range[int, 2, 10_000] | None = None,
        min_isk: IskChoice | None = None,
        updates: str | None = None,
        reset: str | None = None,
    ) -> None:
        """What is left out stays as it is."""
        wishes = ScopeWishes(
            region_id=region, system_id=system, distance=distance, party=who, us=us
        )
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
                "min_kills": min_kills,
                "min_isk": min_isk,
                "updates": None if updates is None else Updates(updates),
            },
            news=NewsChanges(wishes=wishes, events=events, reminders=reminders),
        )
        await self._changing.edit(interaction, alert, text or None, changes)

    @app_commands.command(description="Chooses how an alert's cards look and what they show")
    @app_commands.describe(**texts("alert"))
    async def style(self, interaction: Interaction, alert: AlertChoice) -> None:
        """Two lists to choose from."""
        await self._looks.open(interaction, alert)

    @app_commands.command(description="Gives an alert quiet hours of its own")
    @app_commands.describe(**texts("alert", "hours", "mode"))
    @app_commands.choices(mode=MODE_CHOICES)
    async def quiet(
        self,
        interaction: Interaction,
        *,
        alert: AlertChoice,
        hours: app_commands.Range[str, 1, 40] | None = None,
        mode: str | None = None,
    ) -> None:
        """In the server's time zone."""
        held = None if mode is None else QuietMode(mode)
        await self._changing.quiet(interaction, alert, hours, held)

    @app_commands.command(description="Silences an alert for a while")
    @app_commands.describe(**texts("alert", "span"))
    @app_commands.rename(span="for")
    async def mute(self, interaction: Interaction, alert: AlertChoice, span: SpanChoice) -> None:
        """It speaks again by itself."""
        await self._changing.mute(interaction, alert, span)

    @app_commands.command(name="list", description="Lists the alerts of this server")
    async def list_alerts(self, interaction: Interaction) -> None:
        """By pages, with why one is silent."""
        await self._showing.open_list(interaction)

    @app_commands.command(description="Shows one alert with all that it asks for")
    @app_commands.describe(**texts("alert"))
    async def show(self, interaction: Interaction, alert: AlertChoice) -> None:
        """Nothing is cut, unlike in the list."""
        await self._showing.show(interaction, alert)

    @app_commands.command(
        name="try",
        description="Shows what a filter or an alert would have posted, out of what is stored",
    )
    @app_commands.describe(**texts("text", "days", "alert"))
    @app_commands.rename(text="filter")
    async def try_filter(
        self,
        interaction: Interaction,
        *,
        text: FilterChoice | None = None,
        alert: AlertChoice | None = None,
        days: app_commands.Range[int, 1, 30] = 7,
    ) -> None:
        """How many, when, and the latest of them."""
        await defer(interaction, private=True)
        if (text is None) == (alert is None):
            raise UserError("Say what to try: a `filter`, or an `alert` that stands.")
        if alert is not None:
            standing = await managed_alert(self._services, interaction, alert)
            card = await try_alert_card(self._services, standing, days)
        else:
            card = await try_card(self._services, guild_of(interaction), text or "", days)
        await reply(interaction, card, private=True)

    @app_commands.command(description="Says what became of the kills that an alert was asked about")
    @app_commands.describe(**texts("alert"))
    async def why(self, interaction: Interaction, alert: AlertChoice) -> None:
        """Why it is silent, or what it does."""
        await self._showing.why(interaction, alert)

    @app_commands.command(description="Posts a sample of what an alert posts")
    @app_commands.describe(**texts("alert"))
    async def test(self, interaction: Interaction, alert: AlertChoice) -> None:
        """Marked as one; it calls nobody."""
        await defer(interaction, private=True)
        await self._showing.sample(interaction, alert)

    @app_commands.command(description="Asks for the same in another channel")
    @app_commands.describe(alert=TEXTS["alert"], channel="Where the copy posts")
    async def copy(self, interaction: Interaction, alert: AlertChoice, channel: Place) -> None:
        """The other one stays."""
        await self._changing.copy(interaction, alert, channel)

    @app_commands.command(description="Gives you all alerts of this server as a file")
    async def export(self, interaction: Interaction) -> None:
        """JSON."""
        await self._files.export(interaction)

    @app_commands.command(name="import", description="Adds the alerts of a file")
    @app_commands.describe(**texts("file", "channel"))
    async def import_alerts(
        self, interaction: Interaction, file: discord.Attachment, channel: Place | None = None
    ) -> None:
        """All of them or, where one is wrong, none."""
        await self._files.import_(interaction, file, channel)

    @app_commands.command(description="Removes an alert")
    @app_commands.describe(**texts("alert"))
    async def remove(self, interaction: Interaction, alert: AlertChoice) -> None:
        """What it posted stays."""
        await defer(interaction, private=True)
        await managed_alert(self._services, interaction, alert)
        gone = await self._alerts.remove(guild_of(interaction), alert)
        title = f"Alert #{alert} is removed"
        await show_alert(self._services, interaction, gone, title=title, removed=True)

    @app_commands.command(description="Pauses an alert until it is resumed")
    @app_commands.describe(**texts("alert"))
    async def pause(self, interaction: Interaction, alert: AlertChoice) -> None:
        """Until somebody resumes it."""
        await defer(interaction, private=True)
        await managed_alert(self._services, interaction, alert)
        by = UserId(interaction.user.id)
        paused = await self._alerts.pause(guild_of(interaction), alert, by=by)
        await show_alert(self._services, interaction, paused, title=f"Alert #{alert} is paused")

    @app_commands.command(
        description="Resumes an alert that is paused, or whose channel refused it"
    )
    @app_commands.describe(**texts("alert"))
    async def resume(self, interaction: Interaction, alert: AlertChoice) -> None:
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
