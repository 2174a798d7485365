"""Threads: started from a message, or as a post of a forum; listed, changed, archived.

A thread started from a message has the message's id, and a forum's post has the id of its own first message. Discord
knows no nonce for posts: the same request twice makes two of them. A thread is archived when nothing happened in it
for as long as it says; a message opens it again, and so does whoever may write in it, unless a moderator locked it.
"""

from datetime import datetime
from typing import Any

from tests.fakes.discord import payloads, permissions
from tests.fakes.discord.errors import DiscordError, Form
from tests.fakes.discord.posting import create_message
from tests.fakes.discord.rest import Call, Created
from tests.fakes.discord.rest_messages import get_channel, get_message, require_for
from tests.fakes.discord.state import (
    ANNOUNCEMENT,
    ANNOUNCEMENT_THREAD,
    FORUM,
    HAS_THREAD,
    PUBLIC_THREAD,
    TEXT,
    Channel,
)

_TAGS = 5
_DURATIONS = (60, 1440, 4320, 10080)


async def on_start_thread(call: Call) -> Any:
    """A thread: a post where the channel is a forum; from a message where the path names one."""
    world = call.discord.world
    channel = get_channel(call, call.id("channel"))
    if channel.kind == FORUM and "message" not in call.request.match_info:
        return await _start_post(call, channel)
    get_channel(call, channel.id, permissions.CREATE_PUBLIC_THREADS)
    if channel.kind not in (TEXT, ANNOUNCEMENT):
        raise DiscordError(50024)
    thread_id = world.next_id()
    if "message" in call.request.match_info:
        message = get_message(call, channel)
        if message.flags & HAS_THREAD:  # also when that thread was deleted
            raise DiscordError(160004)
        thread_id = message.id
    thread = _new_thread(call, channel, thread_id=thread_id)
    world.channels[thread.id] = thread
    if thread.id in world.messages:
        world.messages[thread.id].flags |= HAS_THREAD
    await call.discord.tell_channel("THREAD_CREATE", thread)
    return Created(payloads.channel_json(world, thread))


async def _start_post(call: Call, forum: Channel) -> Any:
    world, body = call.discord.world, call.body.get("message") or {}
    require_for(call, forum, body=body)
    form = Form()
    if "message" not in call.body:
        form.required(("message",))
    tags = form.items(("applied_tags",), call.body.get("applied_tags"), most=_TAGS)
    for index, tag in enumerate(tags):
        form.choice(("applied_tags", index), int(tag), forum.tags)
    form.raise_if_any()
    if forum.requires_tag and not tags:
        raise DiscordError(40067)
    post = _new_thread(call, forum, thread_id=world.next_id())
    world.channels[post.id] = post
    try:
        message = create_message(world, post, body=body, uploads=call.uploads, snowflake=post.id)
    except DiscordError:
        del world.channels[post.id]
        raise
    await call.discord.tell_channel("THREAD_CREATE", post)
    call.discord.tell_posted()
    told = payloads.message_json(world, message, base=call.discord.base)
    return Created(payloads.channel_json(world, post) | {"message": told})


def _new_thread(call: Call, parent: Channel, *, thread_id: int) -> Channel:
    """Judge the body, and what the server can hold."""
    world, form = call.discord.world, Form()
    form.text(("name",), call.body.get("name"), least=1, most=100)
    minutes = call.body.get("auto_archive_duration") or 1440
    form.choice(("auto_archive_duration",), minutes, _DURATIONS)
    slow = call.body.get("rate_limit_per_user")
    form.whole(("rate_limit_per_user",), slow, least=0, most=21600)
    form.raise_if_any()
    if len(_active(call, parent.guild_id or 0)) >= world.thread_limit:
        raise DiscordError(160006)
    now = world.clock()
    return Channel(
        id=thread_id,
        name=call.body["name"].strip(),
        guild_id=parent.guild_id,
        kind=ANNOUNCEMENT_THREAD if parent.kind == ANNOUNCEMENT else PUBLIC_THREAD,
        parent_id=parent.id,
        auto_archive_minutes=minutes,
        created_at=now,
        active_at=now,
        owner_id=world.bot.id,
    )


async def on_edit_channel(call: Call) -> Any:
    """Threads only: name, archived, locked, auto archive."""
    world, body = call.discord.world, call.body
    channel = get_channel(call, call.id("channel"))
    if not channel.is_thread:
        raise DiscordError(50013)
    opens = body.get("archived") is False
    theirs = channel.owner_id not in (None, world.bot.id)
    if channel.locked or "locked" in body or (theirs and not opens):
        get_channel(call, channel.id, permissions.MANAGE_THREADS)
    if opens:
        get_channel(call, channel.id, permissions.SEND_MESSAGES_IN_THREADS)
    elif channel.archived:
        raise DiscordError(50083)
    form = Form()
    form.text(("name",), body.get("name"), most=100)
    form.raise_if_any()
    channel.name = body.get("name") or channel.name
    channel.archive(body.get("archived", channel.archived), now=world.clock())
    channel.locked = body.get("locked", channel.locked)
    await call.discord.tell_channel("THREAD_UPDATE", channel)
    return payloads.channel_json(world, channel)


async def on_active_threads(call: Call) -> Any:
    """Those of the whole server that the bot sees, the newest first."""
    guild_id = call.id("guild")
    guild = call.discord.world.guilds.get(guild_id)
    if guild is None or guild.left:
        raise DiscordError(10004 if guild is None else 50001)
    seen = [thread for thread in _active(call, guild_id) if _sees(call, thread)]
    newest = sorted(seen, key=lambda thread: thread.id, reverse=True)
    return _threads_json(call, newest) | {"has_more": False}


async def on_archived_threads(call: Call) -> Any:
    """Of one channel, what was archived last first; `before` and `limit` as documented."""
    world, query = call.discord.world, call.request.query
    channel = get_channel(call, call.id("channel"), permissions.READ_MESSAGE_HISTORY)
    limit = int(query.get("limit", 50))
    form = Form()
    form.whole(("limit",), limit, least=2, most=100)
    form.raise_if_any()
    threads = [c for c in world.channels.values() if c.parent_id == channel.id and c.is_thread]
    for thread in threads:
        thread.tend(world.clock())
    ended = [(t.archived_at or world.clock(), t) for t in threads if t.archived]
    if "before" in query:
        before = datetime.fromisoformat(query["before"])
        ended = [pair for pair in ended if pair[0] < before]
    ended.sort(key=lambda pair: (pair[0], pair[1].id), reverse=True)
    told = _threads_json(call, [thread for _, thread in ended[:limit]])
    return told | {"has_more": len(ended) > limit}


async def on_join_thread(call: Call) -> None:
    get_channel(call, call.id("channel"))


def _active(call: Call, guild_id: int) -> list[Channel]:
    world = call.discord.world
    threads = [c for c in world.channels.values() if c.guild_id == guild_id and c.is_thread]
    for thread in threads:
        thread.tend(world.clock())
    return [thread for thread in threads if not thread.archived]


def _sees(call: Call, thread: Channel) -> bool:
    world = call.discord.world
    return bool(permissions.in_channel(world, thread, world.bot.id))


def _threads_json(call: Call, threads: list[Channel]) -> dict[str, Any]:
    told = [payloads.channel_json(call.discord.world, thread) for thread in threads]
    return {"threads": told, "members": []}
