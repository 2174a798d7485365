"""`/alert edit|quiet|mute|copy`: what a standing alert is changed to. Nothing is changed where one thing is wrong."""

import asyncio
from dataclasses import dataclass, field
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
from bot.interaction.alert_rescoping import (
    SCOPE_RESETS,
    NewsChanges,
    is_news_reset,
    news_changes,
    require_fitting,
)
from bot.interaction.alert_rights import managed_alert, require_its_call
from bot.interaction.alert_showing import show_alert
from bot.interaction.backdrop import backdrop
from bot.interaction.forecasts import forecast
from bot.interaction.forms import LONGEST
from bot.interaction.replies import Interaction, defer, reply, say
from bot.interaction.rights import (
    Place,
    guild_of,
    require_manager_of,
    require_post,
    require_post_again,
    require_same_call,
)
from bot.interaction.spans import quiet_times
from bot.presentation import times
from bot.presentation.reasons import kind_noun
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
        "filter", "channel_id", "role_id", "user_id", "quiet", "ping_minutes", "cooldown_minutes", "region_id",
        "min_kills", "min_isk", "scope", "events", "reminders",
    }
)  # fmt: skip
"""What decides whom, when, where and how often an alert calls: changing it is calling."""
_ASKS = frozenset({"filter", "scope", "events"})
"""What decides how much it tells."""
_NO_NAME = "-"
RESETS = {
    "ping_minutes": "ping_minutes",
    "cooldown": "cooldown_minutes",
    "region": "region_id",
    "min_kills": "min_kills",
    "min_isk": "min_isk",
    **{option: option for option in SCOPE_RESETS},
}
"""What `/alert edit` can take away again: the option, and what the service calls it."""
_NOT_CHANGED = "Nothing else that you gave is changed either; give it again: the form holds filter and name alone."
_CHANGEABLE = {
    True: "`region`, `min_kills`, `min_isk`, `updates`",
    False: "`region`, `system`, `distance`, `who`, `us`, `events`, `reminders`",
}
_NEVER = frozenset({"never", "none", "no", "off", "-"})
_AS_SERVER = frozenset({"server", "default", "as server"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What `/alert edit` was given besides a filter."""

    name: str | None = None
    call: Call = field(default_factory=Call)
    nobody: bool = False
    channel: Place | None = None
    reset: str | None = None
    others: dict[str, Any] = field(default_factory=dict)
    """By the service's names; None: left out."""
    news: NewsChanges = field(default_factory=NewsChanges)
    """Where, whom and which events; of an alert for battles, its region."""

    @property
    def is_empty(self) -> bool:
        """True when nothing is to be changed."""
        given = (self.name, self.call.role, self.call.person, self.channel, self.reset)
        values = (*given, *self.others.values())
        return not self.nobody and not self.news.given() and all(value is None for value in values)


class Changing:
    """Changes alerts."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        bot.actions.register(EDIT, self._on_form)
        bot.actions.register(EDIT_AGAIN, self._on_again)

    async def edit(
        self, interaction: Interaction, alert_id: AlertId, text: str | None, wanted: Changes
    ) -> None:
        """Change what was given, or open the form where nothing was."""
        if text is None and wanted.is_empty:
            await self._open(interaction, alert_id)
            return
        await defer(interaction, private=True)
        alert = await managed_alert(self._services, interaction, alert_id)
        given = wanted.others | {"filter": text}
        require_fitting(alert, wanted.news, others=given, reset=wanted.reset)
        changes = changes_of(interaction, alert, wanted)
        if (topic := alert.kind.topic) is not None:
            changes |= await news_changes(
                self._services, alert, topic, wanted=wanted.news, reset=wanted.reset
            )
        if text is None:
            await self._change(interaction, alert, changes)
            return
        typed = Typed(text=text, name=changes.get("name", alert.name))
        await self._change_text(interaction, alert, typed, changes)

    async def quiet(
        self, interaction: Interaction, alert_id: AlertId, hours: str | None, mode: QuietMode | None
    ) -> None:
        """Give it quiet hours of its own, none at all, or the server's."""
        await defer(interaction, private=True)
        before = await managed_alert(self._services, interaction, alert_id)
        settings = await self._services.guilds.get(guild_of(interaction))
        quiet = _quiet(hours, mode, alert=before, of_server=settings.quiet)
        await self._change(interaction, before, {"quiet": quiet})

    async def mute(self, interaction: Interaction, alert_id: AlertId, span: timedelta) -> None:
        """Let it be silent for a while; no time at all: let it speak again."""
        await defer(interaction, private=True)
        await say(interaction, await muted(self._services, interaction, alert_id, span))

    async def copy(self, interaction: Interaction, alert_id: AlertId, channel: Place) -> None:
        """Ask for the same in another channel."""
        await defer(interaction, private=True)
        require_manager_of(interaction, channel.id)
        alert = await managed_alert(self._services, interaction, alert_id)
        require_same_call(interaction, channel.id, role_id=alert.role_id, user_id=alert.user_id)
        require_post(interaction, channel, updates=alert.updates)
        copied = await self._services.alerts.copy(
            guild_of(interaction), alert_id, ChannelId(channel.id), by=UserId(interaction.user.id)
        )
        await tell_added(self._services, interaction, copied)

    async def _open(self, interaction: Interaction, alert_id: AlertId) -> None:
        alert = await managed_alert(self._services, interaction, alert_id)
        if alert.kind is not AlertKind.KILLS or alert.filter is None:
            raise UserError(
                f"Alert #{alert_id} is for {kind_noun(alert.kind)} and has no filter. Say what to change: "
                f"{_CHANGEABLE[alert.kind.topic is None]}, `name`, `role`, `nobody` or `channel`."
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
        await defer(interaction, private=True)
        alert = await managed_alert(self._services, interaction, AlertId(int(state)))
        typed = typed_in_form(interaction)
        await self._change_text(interaction, alert, typed, {"name": typed.name})

    async def _on_again(self, interaction: Interaction, state: str) -> None:
        alert = await managed_alert(self._services, interaction, AlertId(int(state)))
        await ask_for_change(interaction, alert.id, typed_in_refusal(interaction))

    async def _change_text(
        self, interaction: Interaction, alert: Alert, typed: Typed, changes: dict[str, Any]
    ) -> None:
        try:
            wanted = await self._services.filters.read(typed.text)
            await self._change(interaction, alert, changes | {"filter": wanted})
        except UserError as fault:
            owner = interaction.user.id
            note = _NOT_CHANGED if changes.keys() - {"name"} else ""
            card = refusal(fault, typed, action=EDIT, owner=owner, state=str(alert.id), note=note)
            await reply(interaction, card, private=True)

    async def _change(
        self, interaction: Interaction, alert: Alert, changes: dict[str, Any]
    ) -> None:
        if _CALLS_MORE & changes.keys():
            require_same_call(
                interaction,
                changes.get("channel_id", alert.channel_id),
                role_id=changes.get("role_id", alert.role_id),
                user_id=changes.get("user_id", alert.user_id),
            )
        changed = await self._services.alerts.edit(alert.guild_id, alert.id, **changes)
        words = await forecast(self._services, changed) if _ASKS & changes.keys() else None
        title = f"Alert #{alert.id} is changed"
        await show_alert(self._services, interaction, changed, title=title, words=words)


def changes_of(interaction: Interaction, alert: Alert, wanted: Changes) -> dict[str, Any]:
    """The same as the service takes it, once it is sure that all of it may be."""
    changes = {key: value for key, value in wanted.others.items() if value is not None}
    if alert.kind.topic is None and wanted.news.wishes.region_id is not None:
        changes["region_id"] = wanted.news.wishes.region_id
    if wanted.reset is not None and not is_news_reset(alert, wanted.reset):
        if RESETS[wanted.reset] in changes:
            raise UserError(
                f"You named `{wanted.reset}` and asked to reset it. Choose one of the two."
            )
        changes[RESETS[wanted.reset]] = None
    if wanted.name is not None:
        name = wanted.name.strip()
        changes["name"] = None if name == _NO_NAME else name
    call, channel = wanted.call, wanted.channel
    if wanted.nobody and (call.role or call.person):
        raise UserError("You named whom to call and asked to call nobody. Choose one of the two.")
    call.require(interaction, alert.channel_id if channel is None else channel.id)
    if wanted.nobody or call.role or call.person:
        changes["role_id"] = None if call.role is None else RoleId(call.role.id)
        changes["user_id"] = None if call.person is None else UserId(call.person.id)
    updates = changes.get("updates", alert.updates)
    if channel is not None:
        require_manager_of(interaction, channel.id)
        changes["channel_id"] = ChannelId(require_post(interaction, channel, updates=updates))
    elif "updates" in changes:
        require_post_again(interaction, alert.channel_id, updates=updates)
    return changes


async def muted(
    services: Services, interaction: Interaction, alert_id: AlertId, span: timedelta
) -> str:
    """Mute an alert and say until when, or that it speaks again."""
    alert, by = await managed_alert(services, interaction, alert_id), UserId(interaction.user.id)
    until = services.clock() + span if span else None
    if until is None:
        require_its_call(interaction, alert)
    await services.alerts.mute(alert.guild_id, alert_id, until=until, by=by)
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
    return quiet_times(hours, mode, before=before, option="hours")
