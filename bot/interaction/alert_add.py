"""The commands `/alert add ...`, apart from the rest of `/alert`: what each takes.

What they do stands in `alert_adding` (kills and battles) and `alert_news` (all else).
"""

from dataclasses import replace

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
from bot.interaction.alert_news import NewsAsked, add_news
from bot.interaction.alert_options import (
    STYLE_CHOICES,
    UPDATE_CHOICES,
    BelligerentChoice,
    Distance,
    FactionChoice,
    FilterChoice,
    FwEvents,
    HolderChoice,
    HullChoice,
    IncursionEvents,
    IskChoice,
    Name,
    PlaceChoice,
    RegionChoice,
    Reminders,
    SovEvents,
    SystemChoice,
    WarEvents,
    texts,
)
from bot.interaction.alert_scopes import ScopeWishes
from bot.interaction.replies import Interaction, defer
from bot.interaction.rights import Place, guild_of
from services.domain.alert import AlertKind, AlertRequest, CardStyle, Updates
from services.domain.ids import UserId
from services.domain.occurrence import Topic


class AddCommands(commands.Cog):
    """`/alert add battles|kills|sov|fw|incursion|war`, for the cog that has the rest of `/alert`."""

    add = app_commands.Group(name="add", description="Asks for battles, kills or other news")

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        self._adding = Adding(bot)

    @add.command(name="battles", description="Posts battles here and keeps each post up to date")
    @app_commands.describe(
        **texts("region", "min_kills", "min_isk", "role", "updates", "name", "channel")
    )
    @app_commands.choices(updates=UPDATE_CHOICES)
    async def add_battles(
        self,
        interaction: Interaction,
        *,
        region: RegionChoice | None = None,
        min_kills: app_commands.Range[int, 2, 10_000] | None = None,
        min_isk: IskChoice | None = None,
        role: discord.Role | None = None,
        updates: str = Updates.NONE.value,
        name: Name | None = None,
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
        added = await self._services.alerts.add(wanted)
        await tell_added(self._services, interaction, added)

    @add.command(
        name="kills",
        description="Posts single kills here: a preset, a filter, or both; without any, a form opens",
    )
    @app_commands.describe(
        **texts(
            "text", "preset", "place", "distance", "min_isk", "hull", "style", "role", "user", "name", "channel"
        )
    )  # fmt: skip
    @app_commands.rename(text="filter")
    @app_commands.choices(preset=PRESETS, style=STYLE_CHOICES)
    async def add_kills(
        self,
        interaction: Interaction,
        *,
        preset: str | None = None,
        text: FilterChoice | None = None,
        place: PlaceChoice | None = None,
        distance: Distance | None = None,
        min_isk: IskChoice | None = None,
        hull: HullChoice | None = None,
        style: str = CardStyle.FULL.value,
        role: discord.Role | None = None,
        user: discord.Member | None = None,
        name: Name | None = None,
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

    @add.command(name="sov", description="Posts sovereignty timers, changes of holder and the like")
    @app_commands.describe(
        **texts(
            "region", "system", "distance", "alliance", "us", "events", "reminders", "role", "user", "name", "channel"
        )
    )  # fmt: skip
    async def add_sov(
        self,
        interaction: Interaction,
        *,
        region: RegionChoice | None = None,
        system: SystemChoice | None = None,
        distance: Distance | None = None,
        alliance: HolderChoice | None = None,
        us: bool | None = None,
        events: SovEvents | None = None,
        reminders: Reminders | None = None,
        role: discord.Role | None = None,
        user: discord.Member | None = None,
        name: Name | None = None,
        channel: Place | None = None,
    ) -> None:
        """One message per campaign, reminders as replies; all else as it happens."""
        wishes = ScopeWishes(
            region_id=region, system_id=system, distance=distance, party=alliance, us=us
        )
        call = Call(role=role, person=user)
        asked = NewsAsked(
            wishes=wishes,
            events=events,
            reminders=reminders,
            call=call,
            name=name,
            channel=channel,
        )
        await add_news(self._services, interaction, Topic.SOV, asked)

    @add.command(name="fw", description="Posts what changes in faction warfare, and insurgencies")
    @app_commands.describe(
        **texts(
            "region", "system", "distance", "faction", "us", "events", "role", "user", "name", "channel"
        )
    )  # fmt: skip
    async def add_fw(
        self,
        interaction: Interaction,
        *,
        region: RegionChoice | None = None,
        system: SystemChoice | None = None,
        distance: Distance | None = None,
        faction: FactionChoice | None = None,
        us: bool | None = None,
        events: FwEvents | None = None,
        role: discord.Role | None = None,
        user: discord.Member | None = None,
        name: Name | None = None,
        channel: Place | None = None,
    ) -> None:
        """Flips, systems that become vulnerable, shares that move fast."""
        wishes = ScopeWishes(
            region_id=region, system_id=system, distance=distance, party=faction, us=us
        )
        call = Call(role=role, person=user)
        asked = NewsAsked(wishes=wishes, events=events, call=call, name=name, channel=channel)
        await add_news(self._services, interaction, Topic.FW, asked)

    @add.command(
        name="incursion", description="Posts incursions: new, mobilizing, withdrawing, gone"
    )
    @app_commands.describe(
        **texts("region", "system", "distance", "events", "role", "user", "name", "channel")
    )
    async def add_incursion(
        self,
        interaction: Interaction,
        *,
        region: RegionChoice | None = None,
        system: SystemChoice | None = None,
        distance: Distance | None = None,
        events: IncursionEvents | None = None,
        role: discord.Role | None = None,
        user: discord.Member | None = None,
        name: Name | None = None,
        channel: Place | None = None,
    ) -> None:
        """From the first day to the last."""
        wishes = ScopeWishes(region_id=region, system_id=system, distance=distance)
        call = Call(role=role, person=user)
        asked = NewsAsked(wishes=wishes, events=events, call=call, name=name, channel=channel)
        await add_news(self._services, interaction, Topic.INCURSION, asked)

    @add.command(name="war", description="Posts the wars of those marked us or friend")
    @app_commands.describe(**texts("who", "events", "role", "user", "name", "channel"))
    async def add_war(
        self,
        interaction: Interaction,
        *,
        who: BelligerentChoice | None = None,
        events: WarEvents | None = None,
        role: discord.Role | None = None,
        user: discord.Member | None = None,
        name: Name | None = None,
        channel: Place | None = None,
    ) -> None:
        """Declared, begun, joined, finished."""
        call = Call(role=role, person=user)
        wishes = ScopeWishes(party=who)
        asked = NewsAsked(wishes=wishes, events=events, call=call, name=name, channel=channel)
        await add_news(self._services, interaction, Topic.WAR, asked)
