"""`/alert edit|quiet|mute|copy`: what a standing alert is changed to. Nothing is changed where one thing is wrong."""

import asyncio
from datetime import timedelta
from typing import Any

from bot.client import WarRoomBot
from bot.interaction.alert_adding import Call, tell_added
from bot.interaction.alert_drafts import (
    EDIT,
    EDIT_AGAIN,
    Typed,
    ask_for_change,
    refusal,
    typed_in_form,
    typed_in_refusal,
)
from bot.interaction.alert_showing import show_alert
from bot.interaction.backdrop import backdrop
from bot.interaction.forms import LONGEST
from bot.interaction.replies import Interaction, defer, reply, say
from bot.interaction.rights import (
    Place,
    guild_of,
    require_manager,
    require_post,
    require_same_call,
)
from bot.interaction.spans import quiet_times
from bot.presentation import times
from services.container import Services
from services.domain.alert import Alert, AlertKind
from services.domain.errors import UserError
from services.domain.filter import Filter
from services.domain.ids import AlertId, ChannelId, RoleId, UserId
from services.domain.quiet import QuietHours, QuietMode
from services.filters.text import to_text

_TEXT_WAIT_SECONDS = 1.5
"""How long names may take for a form, which Discord wants to have within three seconds; after that ids stand in it."""
_CALLS_MORE = frozenset(
    {
        "filter", "channel_id", "ping_minutes", "cooldown_minutes", "region_id", "min_kills", "min_isk",
    }
)  # fmt: skip
"""What decides when, where and how often an alert calls: changing it is calling."""
_NO_NAME = "-"
_NEVER = frozenset({"never", "none", "no", "off", "-"})
_AS_SERVER = frozenset({"server", "default", "as server"})


class Changing:
    """Changes alerts."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        bot.actions.register(EDIT, self._on_form)
        bot.actions.register(EDIT_AGAIN, self._on_again)

    async def edit(
        self, interaction: Interaction, alert_id: AlertId, text: str | None, changes: dict[str, Any]
    ) -> None:
        """Change what was given, or open the form where nothing was."""
        if text is None and not changes:
            await self._open(interaction, alert_id)
            return
        await defer(interaction, private=True)
        if text is None:
            await self._change(interaction, alert_id, changes)
            return
        await self._change_text(interaction, alert_id, Typed(text=text), changes)

    async def quiet(
        self, interaction: Interaction, alert_id: AlertId, hours: str | None, mode: QuietMode | None
    ) -> None:
        """Give it quiet hours of its own, none at all, or the server's."""
        await defer(interaction, private=True)
        before = await self._services.alerts.get(guild_of(interaction), alert_id)
        settings = await self._services.guilds.get(guild_of(interaction))
        quiet = _quiet(hours, mode, alert=before, of_server=settings.quiet)
        await self._change(interaction, alert_id, {"quiet": quiet})

    async def mute(self, interaction: Interaction, alert_id: AlertId, span: timedelta) -> None:
        """Let it be silent for a while; no time at all: let it speak again."""
        await defer(interaction, private=True)
        await say(interaction, await muted(self._services, interaction, alert_id, span))

    async def copy(self, interaction: Interaction, alert_id: AlertId, channel: Place) -> None:
        """Ask for the same in another channel."""
        await defer(interaction, private=True)
        require_manager(interaction, channel)
        alert = await self._services.alerts.get(guild_of(interaction), alert_id)
        require_same_call(interaction, role_id=alert.role_id, user_id=alert.user_id)
        require_post(interaction, channel)
        copied = await self._services.alerts.copy(
            guild_of(interaction), alert_id, ChannelId(channel.id), by=UserId(interaction.user.id)
        )
        await tell_added(self._services, interaction, copied)

    async def _open(self, interaction: Interaction, alert_id: AlertId) -> None:
        alert = await self._services.alerts.get(guild_of(interaction), alert_id)
        if alert.kind is not AlertKind.KILLS or alert.filter is None:
            raise UserError(
                f"Alert #{alert_id} is for battles and has no filter. Say what to change: `region`, `min_kills`, "
                "`min_isk`, `name`, `role`, `nobody` or `channel`."
            )
        text = await self._text(alert.filter)
        if len(text) > LONGEST:
            raise UserError(
                f"The filter of alert #{alert_id} is too long for a form ({len(text):,} characters). "
                "Give a new one as `filter`, or use `/alert export` and `/alert import`."
            )
        await ask_for_change(interaction, alert_id, Typed(text=text, name=alert.name))

    async def _text(self, wanted: Filter) -> str:
        try:
            async with asyncio.timeout(_TEXT_WAIT_SECONDS):
                return await self._services.filters.write(wanted)
        except TimeoutError:
            return to_text(wanted, lambda _field, _id: None)

    async def _on_form(self, interaction: Interaction, state: str) -> None:
        require_manager(interaction)
        await defer(interaction, private=True)
        typed = typed_in_form(interaction)
        await self._change_text(interaction, AlertId(int(state)), typed, {"name": typed.name})

    async def _on_again(self, interaction: Interaction, state: str) -> None:
        require_manager(interaction)
        await ask_for_change(interaction, AlertId(int(state)), typed_in_refusal(interaction))

    async def _change_text(
        self, interaction: Interaction, alert_id: AlertId, typed: Typed, changes: dict[str, Any]
    ) -> None:
        try:
            wanted = await self._services.filters.read(typed.text)
            await self._change(interaction, alert_id, changes | {"filter": wanted})
        except UserError as fault:
            owner = interaction.user.id
            card = refusal(fault, typed, action=EDIT, owner=owner, state=str(alert_id))
            await reply(interaction, card, private=True)

    async def _change(
        self, interaction: Interaction, alert_id: AlertId, changes: dict[str, Any]
    ) -> None:
        guild_id = guild_of(interaction)
        if _CALLS_MORE & changes.keys() and "role_id" not in changes:
            alert = await self._services.alerts.get(guild_id, alert_id)
            require_same_call(interaction, role_id=alert.role_id, user_id=alert.user_id)
        changed = await self._services.alerts.edit(guild_id, alert_id, **changes)
        title = f"Alert #{alert_id} is changed"
        await show_alert(self._services, interaction, changed, title=title)


def changes_of(
    interaction: Interaction,
    *,
    name: str | None,
    call: Call,
    nobody: bool,
    channel: Place | None,
    others: dict[str, Any],
) -> dict[str, Any]:
    """What `/alert edit` was given, as the service takes it, once it is sure that all of it may be."""
    changes = {key: value for key, value in others.items() if value is not None}
    if name is not None:
        changes["name"] = None if name.strip() == _NO_NAME else name.strip()
    if nobody and (call.role or call.person):
        raise UserError("You named whom to call and asked to call nobody. Choose one of the two.")
    call.require(interaction)
    if nobody or call.role or call.person:
        changes["role_id"] = None if call.role is None else RoleId(call.role.id)
        changes["user_id"] = None if call.person is None else UserId(call.person.id)
    if channel is not None:
        require_manager(interaction, channel)
        changes["channel_id"] = ChannelId(require_post(interaction, channel))
    return changes


async def muted(
    services: Services, interaction: Interaction, alert_id: AlertId, span: timedelta
) -> str:
    """Mute an alert and say until when, or that it speaks again."""
    guild_id, by = guild_of(interaction), UserId(interaction.user.id)
    until = services.clock() + span if span else None
    await services.alerts.mute(guild_id, alert_id, until=until, by=by)
    if until is None:
        return f"Alert #{alert_id} is not muted any more."
    scene = await backdrop(services, interaction.guild_id)
    moment = times.eve(until, now=scene.now, zone=scene.zone)
    return (
        f"Alert #{alert_id} is muted until {moment} ({times.relative(until)}): it posts nothing and calls nobody. "
        f"To end that now: `/alert mute alert:{alert_id} for:0`."
    )


def _quiet(
    hours: str | None, mode: QuietMode | None, *, alert: Alert, of_server: QuietHours | None
) -> QuietHours | None:
    said = (hours or "").strip().casefold()
    if said in _AS_SERVER:
        return None
    if said in _NEVER:
        return QuietHours(start=0, end=0, mode=mode or QuietMode.PINGS)
    if hours is None and mode is None:
        raise UserError(
            "Say from when to when (`hours:22:00-07:00`), `hours:never`, or `hours:server` for the server's own."
        )
    before = alert.quiet if alert.quiet and alert.quiet.start != alert.quiet.end else of_server
    return quiet_times(hours, mode, before=before)
