"""`/alert add kills`: out of a preset, options, a typed filter, or all of them, joined.

Who may ask for it, and whether it could be posted, is settled before anything is read or stored. A text with a fault is
handed back with a button that opens it in a form.
"""

from dataclasses import dataclass, replace

import discord
from discord import app_commands

from bot.client import WarRoomBot
from bot.interaction.alert_drafts import (
    ADD,
    ADD_AGAIN,
    Draft,
    Typed,
    ask_for_new,
    refusal,
    typed_in_form,
    typed_in_refusal,
)
from bot.interaction.backdrop import backdrop, ids_in_alerts
from bot.interaction.forecasts import forecast
from bot.interaction.forms import LONGEST
from bot.interaction.hulls import HullWish
from bot.interaction.places import LinkedPlace
from bot.interaction.promises import promise
from bot.interaction.replies import Interaction, defer, reply
from bot.interaction.rights import (
    Place,
    can_call,
    guild_of,
    require_call,
    require_manager_of,
    require_mention,
    require_post,
    require_post_again,
    require_same_call,
)
from bot.presentation.alerts import render_alert
from services.container import Services
from services.domain.alert import Alert, AlertKind, AlertRequest, CardStyle, Updates
from services.domain.errors import UserError
from services.domain.filter import Filter
from services.domain.ids import ChannelId, RoleId, UserId
from services.domain.quiet import quiet_at
from services.domain.standing import Standing, Standings
from services.filters.presets import Preset, Wishes, joined, parse_distance, preset_filter

PRESETS = [app_commands.Choice(name=preset.value, value=preset.value) for preset in Preset]
"""What the command offers."""
_NO_HULL, _NOTHING = HullWish(), Wishes()
_TOO_LONG = (
    "**The preset and the options do not fit into the form** beside so long a filter: it holds what you typed alone. "
    "Use the command again with a shorter filter to keep them."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Whom an alert shall call: a role, a person, or nobody."""

    role: discord.Role | None = None
    person: discord.Member | None = None

    def require(self, interaction: Interaction, channel_id: int) -> None:
        """Raises UserError where the asker may not have them called in that channel."""
        if self.role is not None and self.person is not None:
            raise UserError("Choose one of `role` and `user`: an alert calls one of the two.")
        if self.role is not None:
            require_mention(interaction, self.role, channel_id)
        require_call(interaction, self.person, channel_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What `/alert add kills` was given, besides where and whom it calls."""

    text: str | None = None
    preset: Preset | None = None
    wishes: Wishes = _NOTHING
    name: str | None = None

    @property
    def is_empty(self) -> bool:
        """True when it says nothing of the kills that are wanted."""
        return self.text is None and self.preset is None and self.wishes == _NOTHING


def preset_named(value: str | None) -> Preset | None:
    """The one that was chosen of `PRESETS`."""
    return None if value is None else Preset(value)


def wishes_of(
    *,
    place: LinkedPlace | None,
    distance: str | None,
    min_isk: float | None,
    hull: HullWish | None,
) -> Wishes:
    """The options as a preset takes them. Raises UserError for a distance that cannot be read."""
    ship = hull or _NO_HULL
    return Wishes(
        system_id=place.system_id if place else None,
        region_id=place.region_id if place else None,
        distance=None if distance is None else parse_distance(distance),
        min_isk=min_isk,
        hull_id=ship.hull_id,
        hull_group_id=ship.group_id,
    )


def draft_of(
    interaction: Interaction,
    *,
    channel: Place | None,
    call: Call,
    style: CardStyle = CardStyle.FULL,
    updates: Updates = Updates.NONE,
) -> Draft:
    """Where it posts and whom it calls, once it is sure that both may be."""
    channel_id = interaction.channel_id if channel is None else channel.id
    assert channel_id is not None, "Discord names the channel of every command"
    require_manager_of(interaction, channel_id)
    call.require(interaction, channel_id)
    return Draft(
        channel_id=ChannelId(require_post(interaction, channel, updates=updates)),
        role_id=None if call.role is None else RoleId(call.role.id),
        user_id=None if call.person is None else UserId(call.person.id),
        style=style,
    )


class Adding:
    """Makes alerts for kills."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        bot.actions.register(ADD, self._on_form)
        bot.actions.register(ADD_AGAIN, self._on_again)

    async def add(self, interaction: Interaction, draft: Draft, asked: Asked) -> None:
        """Add it, or open the form where nothing was said of the kills."""
        if asked.is_empty:
            await ask_for_new(interaction, draft, Typed(name=asked.name))
            return
        await defer(interaction, private=True)
        ready = await self._ready(interaction, asked)
        if asked.text is None:
            await self._store(interaction, draft, asked.name, filter_=ready)
            return
        typed = Typed(text=asked.text, name=asked.name)
        try:
            wanted = await self._services.filters.read(asked.text)
            await self._store(interaction, draft, asked.name, filter_=joined(ready, wanted))
        except UserError as fault:
            note = ""
            if not ready.is_empty:
                whole = f"{await self._services.filters.write(ready)} ({asked.text})"
                if len(whole) <= LONGEST:
                    typed = replace(typed, text=whole)
                else:
                    note = _TOO_LONG
            await self._refuse(interaction, fault, draft, typed, note=note)

    async def _ready(self, interaction: Interaction, asked: Asked) -> Filter:
        """The filter of the preset and the options; an empty one without any."""
        standings = await self._services.standings.standings(guild_of(interaction))
        has_us = Standing.US in standings.marks.values()
        return preset_filter(asked.preset, asked.wishes, has_us=has_us)

    async def _on_form(self, interaction: Interaction, state: str) -> None:
        draft, typed = Draft.parse(state), typed_in_form(interaction)
        require_manager_of(interaction, draft.channel_id)
        await defer(interaction, private=True)
        try:
            require_same_call(
                interaction, draft.channel_id, role_id=draft.role_id, user_id=draft.user_id
            )
            require_post_again(interaction, draft.channel_id)
            wanted = await self._services.filters.read(typed.text)
            await self._store(interaction, draft, typed.name, filter_=wanted)
        except UserError as fault:
            await self._refuse(interaction, fault, draft, typed)

    async def _on_again(self, interaction: Interaction, state: str) -> None:
        draft = Draft.parse(state)
        require_manager_of(interaction, draft.channel_id)
        await ask_for_new(interaction, draft, typed_in_refusal(interaction))

    async def _refuse(
        self,
        interaction: Interaction,
        fault: UserError,
        draft: Draft,
        typed: Typed,
        *,
        note: str = "",
    ) -> None:
        owner = interaction.user.id
        card = refusal(fault, typed, action=ADD, owner=owner, state=str(draft), note=note)
        await reply(interaction, card, private=True)

    async def _store(
        self, interaction: Interaction, draft: Draft, name: str | None, *, filter_: Filter
    ) -> None:
        wanted = AlertRequest(
            guild_id=guild_of(interaction),
            channel_id=draft.channel_id,
            kind=AlertKind.KILLS,
            created_by=UserId(interaction.user.id),
            name=name,
            filter=filter_,
            role_id=draft.role_id,
            user_id=draft.user_id,
            style=draft.style,
        )
        await tell_added(self._services, interaction, await self._services.alerts.add(wanted))


async def tell_added(services: Services, interaction: Interaction, alert: Alert) -> None:
    """Answer with the new alert and what it will do."""
    scene = await backdrop(services, interaction.guild_id, ids=ids_in_alerts([alert]))
    card = render_alert(alert, scene.lexicon, title=f"Alert #{alert.id} is set", now=scene.now)
    standings = await services.standings.standings(alert.guild_id)
    settings = await services.guilds.get(alert.guild_id)
    words = promise(
        alert,
        deaf=_is_deaf(interaction, alert),
        nobody_marked=not _marked(alert, standings),
        quiet=quiet_at(
            scene.now, own=alert.quiet, server=settings.quiet, time_zone=settings.time_zone
        ),
    )
    if expected := await forecast(services, alert):
        words += f"\n{expected}"
    await reply(interaction, replace(card, content=words), private=True)


def _marked(alert: Alert, standings: Standings) -> bool:
    """True when somebody bears a mark that it may ask for."""
    if alert.kind.topic is None:
        return bool(standings.marks)
    return bool({Standing.US, Standing.FRIEND} & set(standings.marks.values()))


def _is_deaf(interaction: Interaction, alert: Alert) -> bool:
    """True when the role that it calls would not hear it as things are."""
    guild = interaction.guild
    if guild is None or alert.role_id is None:
        return False
    role, channel = guild.get_role(alert.role_id), guild.get_channel_or_thread(alert.channel_id)
    rights = interaction.app_permissions
    if channel is not None and channel.id != interaction.channel_id:
        rights = channel.permissions_for(guild.me)
    return role is not None and not can_call(role, rights)
