"""How a body becomes a message, or a new version of one: judge first, then change everything at once.

The same rules serve channel posts, answers to interactions and follow-ups. What differs (permissions, nonces,
the ephemeral flag) is decided by the caller.
"""

import mimetypes
from dataclasses import dataclass
from typing import Any

from tests.fakes.discord.errors import DiscordError, Form
from tests.fakes.discord.limits import check_files, check_message
from tests.fakes.discord.mentions import find_pings
from tests.fakes.discord.state import (
    COMPONENTS_V2,
    EPHEMERAL,
    LOADING,
    Attachment,
    Channel,
    Message,
    Version,
    World,
)

_SENDABLE = (1 << 2) | (1 << 12) | COMPONENTS_V2
"""Flags that a sender may set: no previews, no notification sound, second version of components."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One part `files[n]` of a multipart body."""

    index: int
    filename: str
    content: bytes


def create_message(
    world: World,
    channel: Channel,
    *,
    body: dict[str, Any],
    uploads: list[Upload],
    ephemeral: bool = False,
    interaction: dict[str, Any] | None = None,
    snowflake: int | None = None,
) -> Message:
    """Judge and store a new message of the bot, under an id of its own unless one is given.

    Raises:
        DiscordError: 50035, 50006 for an empty one, 40005 for too many bytes.
    """
    flags = (body.get("flags") or 0) & _SENDABLE | (EPHEMERAL if ephemeral else 0)
    _judge(body, uploads=uploads, kept=[], v2=bool(flags & COMPONENTS_V2))
    replied_to = _replied_to(world, channel, body=body)
    message = Message(
        id=snowflake or world.next_id(),
        channel_id=channel.id,
        author_id=world.bot.id,
        created_at=world.clock(),
        content=(body.get("content") or "").strip(),
        embeds=body.get("embeds") or [],
        components=body.get("components") or [],
        attachments=_store(world, body=body, uploads=uploads),
        flags=flags,
        nonce=None if body.get("nonce") is None else str(body["nonce"]),
        reference_id=replied_to.id if replied_to else None,
        interaction=interaction,
    )
    if is_empty(message):
        raise DiscordError(50006)
    if not ephemeral:
        message.pings = find_pings(world, channel, body=body, replied_to=replied_to)
    _keep_version(message, world)
    world.messages[message.id] = message
    if channel.is_thread:
        channel.active_at = message.created_at
    return message


def create_placeholder(
    world: World, channel: Channel, *, ephemeral: bool, interaction: dict[str, Any]
) -> Message:
    """The "is thinking" message of a deferred answer."""
    message = Message(
        id=world.next_id(),
        channel_id=channel.id,
        author_id=world.bot.id,
        created_at=world.clock(),
        flags=LOADING | (EPHEMERAL if ephemeral else 0),
        interaction=interaction,
    )
    world.messages[message.id] = message
    return message


def edit_message(
    world: World, message: Message, *, body: dict[str, Any], uploads: list[Upload]
) -> None:
    """Judge and apply an edit: keys that are absent stay as they are, null empties.

    An edit that fills a placeholder is its first version and notifies; every other edit notifies nobody.
    """
    kept = message.attachments
    if body.get("attachments") is not None or "attachments" in body:
        wanted = {str(a.get("id")) for a in body["attachments"] or []}
        kept = [a for a in message.attachments if str(a.id) in wanted]
    flags = message.flags | ((body.get("flags") or 0) & _SENDABLE)
    judged = {key: body.get(key, getattr(message, key)) for key in ("embeds", "components")}
    judged = body | {k: v or [] for k, v in judged.items()}
    _judge(judged, uploads=uploads, kept=kept, v2=bool(flags & COMPONENTS_V2))
    fills = message.loading
    after = Message(
        id=message.id,
        channel_id=message.channel_id,
        author_id=message.author_id,
        created_at=message.created_at,
        content=(body.get("content", message.content) or "").strip(),
        embeds=judged["embeds"],
        components=judged["components"],
        attachments=[*kept, *_store(world, body=body, uploads=uploads)],
    )
    if is_empty(after):
        raise DiscordError(50006)
    message.content, message.embeds = after.content, after.embeds
    message.components, message.attachments = after.components, after.attachments
    message.flags = flags & ~LOADING
    if not fills:
        message.edited_at = world.clock()
    elif not message.ephemeral:
        channel = world.channels[message.channel_id]
        message.pings = find_pings(world, channel, body=body, replied_to=None)
    _keep_version(message, world)


def is_empty(message: Message) -> bool:
    return not (message.content or message.embeds or message.components or message.attachments)


def _judge(
    body: dict[str, Any], *, uploads: list[Upload], kept: list[Attachment], v2: bool
) -> None:
    names = {upload.filename for upload in uploads} | {a.filename for a in kept}
    check_message(body, filenames=names, v2=v2)
    check_files([upload.content for upload in uploads])


def _store(world: World, *, body: dict[str, Any], uploads: list[Upload]) -> list[Attachment]:
    told = {str(a.get("id")): a for a in body.get("attachments") or []}
    return [
        Attachment(
            id=world.next_id(),
            filename=upload.filename,
            content_type=mimetypes.guess_type(upload.filename)[0] or "application/octet-stream",
            content=upload.content,
            description=told.get(str(upload.index), {}).get("description"),
        )
        for upload in uploads
    ]


def _replied_to(world: World, channel: Channel, *, body: dict[str, Any]) -> Message | None:
    reference = body.get("message_reference")
    if not reference:
        return None
    channel_id = int(reference.get("channel_id") or channel.id)
    found = world.find_message(channel_id, int(reference["message_id"]))
    if found is None and reference.get("fail_if_not_exists", True):
        form = Form()
        form.add(("message_reference",), "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
        form.raise_if_any()
    return found


def _keep_version(message: Message, world: World) -> None:
    message.versions.append(
        Version(
            at=world.clock(),
            content=message.content,
            embeds=message.embeds,
            components=message.components,
            attachment_ids=[a.id for a in message.attachments],
        )
    )
