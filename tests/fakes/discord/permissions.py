"""Discord's permission bits and the documented order in which they are worked out.

Server owner and administrators may do everything; else @everyone, then roles, then the channel's exceptions for
@everyone, for roles together, for the member. Without "view channel" nothing else counts. Threads take their
parent's.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.fakes.discord.state import Channel, World

ADMINISTRATOR = 1 << 3
MANAGE_CHANNELS = 1 << 4
MANAGE_GUILD = 1 << 5
ADD_REACTIONS = 1 << 6
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
MANAGE_ROLES = 1 << 28
USE_APPLICATION_COMMANDS = 1 << 31
MANAGE_THREADS = 1 << 34
CREATE_PUBLIC_THREADS = 1 << 35
SEND_MESSAGES_IN_THREADS = 1 << 38

ALL = (1 << 50) - 1
BOT_DEFAULT = (
    VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS
)
"""What War Room's invite asks for."""
EVERYONE_DEFAULT = BOT_DEFAULT | ADD_REACTIONS | USE_APPLICATION_COMMANDS


def in_guild(world: "World", guild_id: int, user_id: int) -> int:
    """A member's permissions before any channel's exceptions."""
    guild = world.guilds[guild_id]
    if guild.owner_id == user_id:
        return ALL
    allowed = guild.roles[guild_id].permissions
    for role_id in guild.members.get(user_id, []):
        allowed |= guild.roles[role_id].permissions
    return ALL if allowed & ADMINISTRATOR else allowed


def in_channel(world: "World", channel: "Channel", user_id: int) -> int:
    """What a member may do in a channel; everything in a direct message."""
    if channel.guild_id is None:
        return ALL
    if channel.parent_id is not None and channel.is_thread:
        channel = world.channels[channel.parent_id]
    guild_id = channel.guild_id
    assert guild_id is not None
    allowed = in_guild(world, guild_id, user_id)
    if allowed == ALL:
        return ALL
    roles = world.guilds[guild_id].members.get(user_id, [])
    ladder = (
        lambda o: not o.member and o.target_id == guild_id,
        lambda o: not o.member and o.target_id in roles,
        lambda o: o.member and o.target_id == user_id,
    )
    for step in ladder:
        matching = [o for o in channel.overwrites if step(o)]
        for overwrite in matching:
            allowed &= ~overwrite.deny
        for overwrite in matching:
            allowed |= overwrite.allow
    return allowed if allowed & VIEW_CHANNEL else 0
