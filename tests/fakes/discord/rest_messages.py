"""Channels, messages, threads and direct messages.

Who may do what: a channel that the bot cannot see answers 50001, one where it sees but may not answers 50013, one
that is gone 10003. A nonce with `enforce_nonce` finds the message that the bot made with it a short while ago, in
whatever channel; a deleted one answers 10008 and is not made again.
"""

from typing import Any

from tests.fakes.discord import payloads, permissions
from tests.fakes.discord.errors import DiscordError, Form
from tests.fakes.discord.posting import create_message, edit_message
from tests.fakes.discord.rest import Call
from tests.fakes.discord.state import DM, FORUM, Channel, Message


def get_channel(call: Call, channel_id: int, *needed: int) -> Channel:
    """The channel, if it is there and the bot may do all of `needed` in it."""
    world = call.discord.world
    channel = world.channels.get(channel_id)
    if channel is None:
        raise DiscordError(10003)
    channel.tend(world.clock())
    if channel.guild_id is not None:
        may = permissions.in_channel(world, channel, world.bot.id)
        if world.guilds[channel.guild_id].left or not may & permissions.VIEW_CHANNEL:
            raise DiscordError(50001)
        if any(not may & bit for bit in needed):
            raise DiscordError(50013)
    return channel


def get_message(call: Call, channel: Channel) -> Message:
    message = call.discord.world.find_message(channel.id, call.id("message"))
    if message is None or message.ephemeral:
        raise DiscordError(10008)
    return message


def _json(call: Call, message: Message) -> dict[str, Any]:
    return payloads.message_json(call.discord.world, message, base=call.discord.base)


async def on_get_channel(call: Call) -> Any:
    return payloads.channel_json(call.discord.world, get_channel(call, call.id("channel")))


async def on_create_message(call: Call) -> Any:
    world, body = call.discord.world, call.body or {}
    channel = get_channel(call, call.id("channel"))
    if channel.kind == DM and world.users[channel.recipient_id or 0].blocks_dms:
        raise DiscordError(50007)
    if channel.kind == FORUM:
        raise DiscordError(40058)
    require_for(call, channel, body=body)
    await _open_for(call, channel)
    nonce = body.get("nonce") if body.get("enforce_nonce") else None
    if nonce is not None and (known := call.discord.find_by_nonce(str(nonce))) is not None:
        if known.deleted:
            raise DiscordError(10008)
        return _json(call, known)
    message = create_message(world, channel, body=body, uploads=call.uploads)
    if nonce is not None:
        world.nonces[str(nonce)] = (world.clock(), message.id)
    call.discord.tell_posted()
    return _json(call, message)


async def _open_for(call: Call, channel: Channel) -> None:
    """A message opens the thread that it goes to, unless a moderator locked that."""
    world = call.discord.world
    if channel.locked:
        may = permissions.in_channel(world, channel, world.bot.id)
        if not may & permissions.MANAGE_THREADS:
            raise DiscordError(50083 if channel.archived else 160005)
    if channel.archived:
        channel.archive(False, now=world.clock())
        await call.discord.tell_channel("THREAD_UPDATE", channel)


def require_for(call: Call, channel: Channel, *, body: dict[str, Any]) -> None:
    """What a body needs beyond seeing the channel."""
    send = permissions.SEND_MESSAGES_IN_THREADS if channel.is_thread else permissions.SEND_MESSAGES
    get_channel(call, channel.id, send)
    if body.get("embeds"):
        get_channel(call, channel.id, permissions.EMBED_LINKS)
    if call.uploads:
        get_channel(call, channel.id, permissions.ATTACH_FILES)
    may = permissions.in_channel(call.discord.world, channel, call.discord.world.bot.id)
    if body.get("message_reference") and not may & permissions.READ_MESSAGE_HISTORY:
        raise DiscordError(160002)


async def on_edit_message(call: Call) -> Any:
    channel = get_channel(call, call.id("channel"))
    message = get_message(call, channel)
    if message.author_id != call.discord.world.bot.id:
        raise DiscordError(50005)
    if channel.archived:
        raise DiscordError(50083)
    edit_message(call.discord.world, message, body=call.body or {}, uploads=call.uploads)
    call.discord.tell_posted()
    return _json(call, message)


async def on_get_message(call: Call) -> Any:
    channel = get_channel(call, call.id("channel"), permissions.READ_MESSAGE_HISTORY)
    return _json(call, get_message(call, channel))


async def on_delete_message(call: Call) -> None:
    channel = get_channel(call, call.id("channel"))
    message = get_message(call, channel)
    if message.author_id != call.discord.world.bot.id:
        get_channel(call, channel.id, permissions.MANAGE_MESSAGES)
    if channel.archived:
        raise DiscordError(50083)
    message.deleted = True


async def on_history(call: Call) -> Any:
    """Newest first; `before`, `after`, `around`, `limit` as documented. Nothing without the right to read."""
    world = call.discord.world
    channel = get_channel(call, call.id("channel"))
    if channel.kind == FORUM:
        raise DiscordError(50024)
    may = permissions.in_channel(world, channel, world.bot.id)
    if not may & permissions.READ_MESSAGE_HISTORY:
        return []
    query = call.request.query
    limit = int(query.get("limit", 50))
    if not 1 <= limit <= 100:
        form = Form()
        form.whole(("limit",), limit, least=1, most=100)
        form.raise_if_any()
    found = sorted(world.history(channel.id), key=lambda message: message.id)
    if "after" in query:
        found = [m for m in found if m.id > int(query["after"])][:limit]
    elif "before" in query:
        found = [m for m in found if m.id < int(query["before"])][-limit:]
    elif "around" in query:
        middle = int(query["around"])
        near = sorted(found, key=lambda m: abs(m.id - middle))[:limit]
        found = sorted(near, key=lambda m: m.id)
    return [_json(call, message) for message in reversed(found[-limit:])]


async def on_typing(call: Call) -> None:
    get_channel(call, call.id("channel"), permissions.SEND_MESSAGES)


async def on_open_dm(call: Call) -> Any:
    world = call.discord.world
    user_id = int(call.body["recipient_id"])
    if user_id not in world.users:
        raise DiscordError(10013)
    return payloads.channel_json(world, call.discord.dm_channel(user_id))
