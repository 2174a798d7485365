"""Records -> the JSON that Discord's API and gateway speak. Pure; ids are strings, times ISO 8601, as there."""

import struct
from typing import Any

from tests.fakes.discord import permissions
from tests.fakes.discord.state import (
    DM,
    FORUM,
    Attachment,
    Channel,
    Guild,
    Message,
    Overwrite,
    Role,
    User,
    World,
)

_JOINED = "2024-01-01T00:00:00.000000+00:00"
_PNG = b"\x89PNG\r\n\x1a\n"
_REQUIRE_TAG = 1 << 4


def user_json(user: User) -> dict[str, Any]:
    return {
        "id": str(user.id),
        "username": user.name.lower().replace(" ", "_"),
        "discriminator": "0",
        "global_name": None if user.bot else user.name,
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
        "flags": 0,
    }


def own_user_json(world: World) -> dict[str, Any]:
    own = {"verified": True, "mfa_enabled": True, "locale": "en-US", "email": None}
    return user_json(world.bot) | own


def role_json(role: Role) -> dict[str, Any]:
    return {
        "id": str(role.id),
        "name": role.name,
        "permissions": str(role.permissions),
        "position": role.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": role.managed,
        "mentionable": role.mentionable,
        "flags": 0,
    }


def member_json(
    world: World, guild: Guild, user_id: int, *, granted: int | None = None
) -> dict[str, Any]:
    """A member; `granted` adds the permissions that an interaction tells."""
    member: dict[str, Any] = {
        "user": user_json(world.users[user_id]),
        "roles": [str(role) for role in guild.members.get(user_id, [])],
        "nick": None,
        "avatar": None,
        "joined_at": _JOINED,
        "premium_since": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }
    if granted is not None:
        member["permissions"] = str(granted)
    return member


def _overwrite_json(overwrite: Overwrite) -> dict[str, Any]:
    return {
        "id": str(overwrite.target_id),
        "type": int(overwrite.member),
        "allow": str(overwrite.allow),
        "deny": str(overwrite.deny),
    }


def channel_json(world: World, channel: Channel) -> dict[str, Any]:
    """A text channel, forum, thread or direct message channel."""
    base: dict[str, Any] = {"id": str(channel.id), "type": channel.kind, "flags": 0}
    if channel.kind == DM:
        recipient = user_json(world.users[channel.recipient_id or 0])
        return base | {"last_message_id": None, "recipients": [recipient]}
    base |= {
        "guild_id": str(channel.guild_id),
        "name": channel.name,
        "parent_id": None if channel.parent_id is None else str(channel.parent_id),
        "rate_limit_per_user": 0,
        "last_message_id": None,
    }
    if not channel.is_thread:
        exceptions = [_overwrite_json(overwrite) for overwrite in channel.overwrites]
        rest = {"topic": None, "position": channel.position, "nsfw": False}
        base |= rest | {"permission_overwrites": exceptions}
        return base | _forum_json(channel) if channel.kind == FORUM else base
    moment = (channel.created_at or world.clock()).isoformat()
    changed = channel.archived_at if channel.archived else channel.active_at
    return base | {
        "owner_id": str(channel.owner_id or world.bot.id),
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "thread_metadata": {
            "archived": channel.archived,
            "archive_timestamp": changed.isoformat() if changed else moment,
            "auto_archive_duration": channel.auto_archive_minutes,
            "locked": channel.locked,
            "create_timestamp": moment,
        },
        "member": {
            "id": str(channel.id),
            "user_id": str(world.bot.id),
            "join_timestamp": moment,
            "flags": 0,
        },
    }


def _forum_json(forum: Channel) -> dict[str, Any]:
    tags = [
        {
            "id": str(tag),
            "name": f"tag {n}",
            "moderated": False,
            "emoji_id": None,
            "emoji_name": None,
        }
        for n, tag in enumerate(forum.tags)
    ]
    return {
        "flags": _REQUIRE_TAG if forum.requires_tag else 0,
        "available_tags": tags,
        "default_reaction_emoji": None,
        "default_sort_order": None,
        "default_forum_layout": 0,
    }


def guild_json(world: World, guild: Guild) -> dict[str, Any]:
    """A server as `GET /guilds/{id}` tells it."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "icon": None,
        "splash": None,
        "banner": None,
        "description": None,
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "features": [],
        "emojis": [],
        "stickers": [],
        "roles": [role_json(role) for role in guild.roles.values()],
    }


def guild_create_json(world: World, guild: Guild, *, joined: bool = False) -> dict[str, Any]:
    """A server as the gateway tells it. `unavailable` is absent when the bot has just joined."""
    channels = [c for c in world.channels.values() if c.guild_id == guild.id]
    extra: dict[str, Any] = {
        "joined_at": _JOINED,
        "large": False,
        "member_count": len(guild.members),
        "members": [member_json(world, guild, world.bot.id)],
        "channels": [channel_json(world, c) for c in channels if not c.is_thread],
        "threads": [channel_json(world, c) for c in channels if c.is_thread and not c.archived],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }
    if not joined:
        extra["unavailable"] = False
    return guild_json(world, guild) | extra


def partial_channel_json(world: World, channel: Channel, *, granted: int) -> dict[str, Any]:
    """A channel as an interaction tells it, with what its user may do there."""
    return channel_json(world, channel) | {"permissions": str(granted)}


def attachment_json(attachment: Attachment, *, channel_id: int, base: str) -> dict[str, Any]:
    """A file; `base` is the address of the stand-in, which serves it."""
    url = f"{base}/attachments/{channel_id}/{attachment.id}/{attachment.filename}"
    told: dict[str, Any] = {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": len(attachment.content),
        "url": url,
        "proxy_url": url,
        "content_type": attachment.content_type,
    }
    if attachment.description is not None:
        told["description"] = attachment.description
    if attachment.content.startswith(_PNG):
        told["width"], told["height"] = struct.unpack(">II", attachment.content[16:24])
    return told


def message_json(world: World, message: Message, *, base: str) -> dict[str, Any]:
    """A message. Files that an embed shows stand in the embed and not in the list, as Discord has it."""
    files = {
        f"attachment://{a.filename}": attachment_json(a, channel_id=message.channel_id, base=base)
        for a in message.attachments
    }
    embeds = [_embed_json(embed, files=files) for embed in message.embeds]
    shown = _shown(message.embeds)
    told: dict[str, Any] = {
        "id": str(message.id),
        "channel_id": str(message.channel_id),
        "type": 0,
        "author": user_json(world.users[message.author_id]),
        "content": message.content,
        "timestamp": message.created_at.isoformat(),
        "edited_timestamp": message.edited_at.isoformat() if message.edited_at else None,
        "tts": False,
        "pinned": False,
        "mention_everyone": message.pings.everyone,
        "mentions": [user_json(world.users[user]) for user in message.pings.users],
        "mention_roles": [str(role) for role in message.pings.roles],
        "attachments": [told for name, told in files.items() if name not in shown],
        "embeds": embeds,
        "components": message.components,
        "flags": message.flags,
    }
    if message.nonce is not None:
        told["nonce"] = message.nonce
    if message.interaction is not None:
        told |= {
            "type": 20 if message.interaction["type"] == 2 else 0,
            "webhook_id": str(world.application_id),
            "application_id": str(world.application_id),
            "interaction_metadata": message.interaction,
        }
    return told | _relations(world, message, base=base)


def _relations(world: World, message: Message, *, base: str) -> dict[str, Any]:
    """The message that this one answers, and the thread started from it."""
    told: dict[str, Any] = {}
    if message.reference_id is not None:
        channel = world.channels[message.channel_id]
        told["type"] = 19
        told["message_reference"] = {
            "type": 0,
            "message_id": str(message.reference_id),
            "channel_id": str(message.channel_id),
            "guild_id": str(channel.guild_id),
        }
        original = world.find_message(message.channel_id, message.reference_id)
        told["referenced_message"] = original and _shallow(world, original, base=base)
    if (thread := world.thread_of(message)) is not None:
        told["thread"] = channel_json(world, thread)
    return told


def _shallow(world: World, message: Message, *, base: str) -> dict[str, Any]:
    """A referenced message does not drag its own reference along."""
    told = message_json(world, message, base=base)
    told.pop("referenced_message", None)
    return told


def _media(embed: dict[str, Any]) -> list[tuple[str, str]]:
    places = (
        ("image", "url"),
        ("thumbnail", "url"),
        ("author", "icon_url"),
        ("footer", "icon_url"),
    )
    return [(part, key) for part, key in places if (embed.get(part) or {}).get(key)]


def _shown(embeds: list[dict[str, Any]]) -> set[str]:
    return {embed[part][key] for embed in embeds for part, key in _media(embed)}


def _embed_json(embed: dict[str, Any], *, files: dict[str, dict[str, Any]]) -> dict[str, Any]:
    told = {key: value for key, value in embed.items() if value is not None} | {"type": "rich"}
    for part, key in _media(embed):
        address = embed[part][key]
        if address in files:
            address = files[address]["url"]
        told[part] = embed[part] | {key: address, f"proxy_{key}": address}
    return told


def application_json(world: World) -> dict[str, Any]:
    """The application with its owner; a team's application is owned by a user that stands for the team."""
    told: dict[str, Any] = {
        "id": str(world.application_id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "summary": "",
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": 0,
        "owner": user_json(world.owner),
        "team": None,
        "bot": user_json(world.bot),
        "approximate_guild_count": len(world.guilds),
    }
    if world.team:
        told["team"] = {
            "id": "1",
            "icon": None,
            "name": "team",
            "owner_user_id": str(world.team[0]),
            "members": [
                {
                    "membership_state": 2,
                    "permissions": ["*"],
                    "role": "admin",
                    "team_id": "1",
                    "user": user_json(world.users[user_id]),
                }
                for user_id in world.team
            ],
        }
    return told


def app_permissions(world: World, channel: Channel) -> str:
    """What the bot may do in a channel, as interactions tell it."""
    return str(permissions.in_channel(world, channel, world.bot.id))
