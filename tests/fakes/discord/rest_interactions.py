"""Answers to interactions: the first one within three seconds, later ones for a quarter of an hour.

The first follow-up after a deferral fills the placeholder and takes its visibility over, as it does on Discord.
Ephemeral messages live only here: channel routes do not know them.
"""

from datetime import timedelta
from typing import Any

from tests.fakes.discord import commands, payloads
from tests.fakes.discord.answers import Callback, Interaction, Kind
from tests.fakes.discord.components import check_modal
from tests.fakes.discord.errors import DiscordError, Form
from tests.fakes.discord.posting import create_message, create_placeholder, edit_message
from tests.fakes.discord.rest import Call
from tests.fakes.discord.state import EPHEMERAL, Message

DEADLINE = timedelta(seconds=3)
LIFETIME = timedelta(minutes=15)
MAX_CHOICES = 25


async def on_callback(call: Call) -> Any:
    """`POST /interactions/{id}/{token}/callback`."""
    discord = call.discord
    interaction = discord.interactions.get(call.text("token"))
    if interaction is None or interaction.id != call.id("interaction"):
        raise DiscordError(10062)
    age = discord.world.clock() - interaction.created_at
    if discord.enforce_deadline and age > DEADLINE:
        raise DiscordError(10062)
    if interaction.answer.callback is not None:
        raise DiscordError(40060)
    kind, data = call.body.get("type"), call.body.get("data") or {}
    _check_kind(interaction, kind)
    message = _APPLY[Callback(kind)](call, interaction, data)
    interaction.answer.callbacks.append(call.body)
    interaction.tell_change()
    discord.tell_posted()
    if call.request.query.get("with_response") not in ("1", "true"):
        return None
    return _callback_json(call, interaction, message)


def _check_kind(interaction: Interaction, kind: Any) -> None:
    """Choices only for autocomplete and nothing else for it; updates only for components; no modal on a modal."""
    form = Form()
    allowed = {4, 5, 9}
    if interaction.answer.kind is Kind.AUTOCOMPLETE:
        allowed = {8}
    elif interaction.answer.kind is Kind.COMPONENT:
        allowed = {4, 5, 6, 7, 9}
    elif interaction.answer.kind is Kind.MODAL:
        allowed = {4, 5} | ({6, 7} if interaction.source else set())
    form.choice(("type",), kind, allowed)
    form.raise_if_any()


def _new_message(call: Call, interaction: Interaction, data: dict[str, Any]) -> Message:
    message = create_message(
        call.discord.world,
        interaction.channel,
        body=data,
        uploads=call.uploads,
        ephemeral=bool((data.get("flags") or 0) & EPHEMERAL),
        interaction=interaction.metadata(call.discord.world),
    )
    interaction.answer.message = message
    return message


def _defer_message(call: Call, interaction: Interaction, data: dict[str, Any]) -> Message:
    world = call.discord.world
    message = create_placeholder(
        world,
        interaction.channel,
        ephemeral=bool((data.get("flags") or 0) & EPHEMERAL),
        interaction=interaction.metadata(world),
    )
    interaction.answer.message = message
    return message


def _defer_update(call: Call, interaction: Interaction, data: dict[str, Any]) -> None:
    return None


def _update(call: Call, interaction: Interaction, data: dict[str, Any]) -> Message:
    source = interaction.source
    assert source is not None
    edit_message(call.discord.world, source, body=data, uploads=call.uploads)
    interaction.answer.message = source
    return source


def _choices(call: Call, interaction: Interaction, data: dict[str, Any]) -> None:
    form = Form()
    choices = form.items(("data", "choices"), data.get("choices"), most=MAX_CHOICES)
    kind = focused_type(interaction.payload["data"])
    commands.check_choices(form, ("data", "choices"), choices, kind=kind)
    form.raise_if_any()


def _modal(call: Call, interaction: Interaction, data: dict[str, Any]) -> None:
    check_modal(data)


_APPLY = {
    Callback.MESSAGE: _new_message,
    Callback.DEFERRED_MESSAGE: _defer_message,
    Callback.DEFERRED_UPDATE: _defer_update,
    Callback.UPDATE: _update,
    Callback.CHOICES: _choices,
    Callback.MODAL: _modal,
}


def focused_type(data: dict[str, Any]) -> int:
    """The option type that a person is typing in."""
    for option in data.get("options") or []:
        if option.get("focused"):
            return int(option["type"])
        if found := focused_type(option):
            return found
    return 0


def _callback_json(call: Call, interaction: Interaction, message: Message | None) -> Any:
    told: dict[str, Any] = {"id": str(interaction.id), "type": int(interaction.answer.kind)}
    if message is None:
        return {"interaction": told}
    told |= {
        "response_message_id": str(message.id),
        "response_message_loading": message.loading,
        "response_message_ephemeral": message.ephemeral,
    }
    resource = {"type": call.body["type"], "message": _json(call, message)}
    return {"interaction": told, "resource": resource}


def _json(call: Call, message: Message) -> dict[str, Any]:
    return payloads.message_json(call.discord.world, message, base=call.discord.base)


def _by_token(call: Call) -> Interaction:
    """The interaction of a webhook address, while its token lives."""
    discord = call.discord
    interaction = discord.interactions.get(call.text("token"))
    if call.id("application") != discord.world.application_id or interaction is None:
        raise DiscordError(10015)
    if discord.world.clock() - interaction.created_at > LIFETIME:
        raise DiscordError(50027)
    if interaction.answer.callback is None:
        raise DiscordError(10015)
    return interaction


def _find(call: Call, interaction: Interaction) -> Message:
    answer = interaction.answer
    if call.text("message") == "@original":
        message = answer.message
        if answer.callback is Callback.DEFERRED_UPDATE:
            message = interaction.source
    else:
        candidates = [answer.message, interaction.source, *answer.followups]
        wanted = call.id("message")
        message = next((m for m in candidates if m is not None and m.id == wanted), None)
    if message is None or message.deleted:
        raise DiscordError(10008)
    return message


async def on_followup(call: Call) -> Any:
    """`POST /webhooks/{application}/{token}`: always answers the message."""
    interaction = _by_token(call)
    answer, body = interaction.answer, call.body or {}
    if answer.message is not None and answer.message.loading and not answer.message.deleted:
        message = answer.message
        edit_message(call.discord.world, message, body=body, uploads=call.uploads)
    else:
        message = create_message(
            call.discord.world,
            interaction.channel,
            body=body,
            uploads=call.uploads,
            ephemeral=bool((body.get("flags") or 0) & EPHEMERAL),
            interaction=interaction.metadata(call.discord.world),
        )
        answer.followups.append(message)
    interaction.tell_change()
    call.discord.tell_posted()
    return _json(call, message)


async def on_edit(call: Call) -> Any:
    interaction = _by_token(call)
    message = _find(call, interaction)
    edit_message(call.discord.world, message, body=call.body or {}, uploads=call.uploads)
    if interaction.answer.message is None:
        interaction.answer.message = message
    interaction.tell_change()
    call.discord.tell_posted()
    return _json(call, message)


async def on_get(call: Call) -> Any:
    return _json(call, _find(call, _by_token(call)))


async def on_delete(call: Call) -> None:
    interaction = _by_token(call)
    message = _find(call, interaction)
    message.deleted = True
    interaction.deleted = interaction.deleted or message is interaction.answer.message
    interaction.tell_change()
