"""Who may do what: the bot in a channel, the asker in a server.

Discord hides configuring commands from those without Manage Channels, but a server may show them to others, and a
channel may grant that right for itself alone; therefore it is asked for again here, in the channel that is meant, and
in the whole server for what concerns the whole server. Rights in the channel of the command are taken from Discord's
own word in the interaction, those elsewhere are worked out from what the gateway told and the roles of the asker.
"""

import discord
from discord import app_commands

from bot.interaction.replies import Interaction
from services.domain.alert import Updates
from services.domain.errors import UserError
from services.domain.ids import GuildId

Place = discord.TextChannel | discord.Thread | discord.ForumChannel
"""Channels that an option can name."""

_NEEDED = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "embed_links": "Embed Links",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}
_IN_THREADS = _NEEDED | {"send_messages_in_threads": "Send Messages in Threads"}
del _IN_THREADS["send_messages"]
_IN_FORUMS = _NEEDED | {
    "send_messages": "Create Posts",
    "send_messages_in_threads": "Send Messages in Posts",
}
"""As Discord's settings of a forum call them. A post needs no right to make threads."""
_FOR_THREADS = _NEEDED | {
    "create_public_threads": "Create Public Threads",
    "send_messages_in_threads": "Send Messages in Threads",
}


def probe(channel: Place, me: discord.Member, *, updates: Updates = Updates.NONE) -> list[str]:
    """What the bot lacks for posting there, as Discord writes it; nothing when all is well."""
    return _missing(channel.permissions_for(me), channel, updates=updates)


def require_post(
    interaction: Interaction, channel: Place | None, *, updates: Updates = Updates.NONE
) -> int:
    """The id of the channel that is meant (None: this one), where an alert with these `updates` can post.

    Raises UserError that names what the bot lacks there, or why it cannot be there at all.
    """
    if channel is None or channel.id == interaction.channel_id:
        here: object = interaction.channel
        missing = _missing(interaction.app_permissions, here, updates=updates)
        channel_id = interaction.channel_id
    else:
        assert interaction.guild is not None, "only in servers"
        here = channel
        missing = probe(channel, interaction.guild.me, updates=updates)
        channel_id = channel.id
    assert channel_id is not None, "Discord names the channel of every command"
    _require_kind(here, channel_id, updates=updates)
    if missing:
        raise UserError(
            f"I cannot post in <#{channel_id}> yet: I lack **{', '.join(missing)}** there. "
            "Give me that in the channel's settings, then use the command again."
        )
    return channel_id


def require_post_again(
    interaction: Interaction, channel_id: int, *, updates: Updates = Updates.NONE
) -> None:
    """As `require_post`, for a channel by id. One that is not in sight any more passes: Discord's answer says why."""
    assert interaction.guild is not None, "only in servers"
    channel = interaction.guild.get_channel_or_thread(channel_id)
    if channel_id == interaction.channel_id:
        require_post(interaction, None, updates=updates)
    elif isinstance(channel, Place):
        require_post(interaction, channel, updates=updates)


def posted_in(interaction: Interaction) -> int | None:
    """The channel whose alerts post where a button was pressed: a forum's card stands in a post of it."""
    here = interaction.channel
    if isinstance(here, discord.Thread) and isinstance(here.parent, discord.ForumChannel):
        return here.parent_id
    return interaction.channel_id


def require_manager(interaction: Interaction) -> None:
    """Raises MissingPermissions unless the asker may manage channels here."""
    if not is_manager(interaction):
        raise app_commands.MissingPermissions(["manage_channels"])


def require_manager_of(interaction: Interaction, channel_id: int) -> None:
    """Raises UserError unless the asker may manage that channel; one that is gone: channels in the whole server."""
    if not _manages(rights_in(interaction, channel_id)):
        raise UserError(
            f"You need the permission Manage Channels in <#{channel_id}> for that; if that channel is gone, in the "
            "whole server."
        )


def require_server_manager(interaction: Interaction) -> None:
    """As `require_manager`, for what concerns the whole server: UserError for those who manage single channels."""
    require_manager(interaction)
    if not _manages(_rights_in_server(interaction)):
        raise UserError(
            "You need the permission Manage Channels in the whole server for that, not in single channels alone."
        )


def rights_in(interaction: Interaction, channel_id: int) -> discord.Permissions:
    """What the asker may do in a channel; those in the whole server where it is not in sight."""
    if channel_id == interaction.channel_id:
        return interaction.permissions
    guild, member = interaction.guild, interaction.user
    channel = None if guild is None else guild.get_channel_or_thread(channel_id)
    if channel is None or not isinstance(member, discord.Member):
        return _rights_in_server(interaction)
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return _rights_in_server(interaction)
    return channel.permissions_for(member)


def guild_of(interaction: Interaction) -> GuildId:
    """The server of the command. Raises NoPrivateMessage in direct messages."""
    if interaction.guild_id is None:
        raise app_commands.NoPrivateMessage
    return GuildId(interaction.guild_id)


def is_manager(interaction: Interaction) -> bool:
    """True when the asker may configure here."""
    return _manages(interaction.permissions)


def require_mention(interaction: Interaction, role: discord.Role, channel_id: int) -> None:
    """Raises UserError unless the asker could mention the role in that channel too."""
    if role.is_default():
        raise UserError("@everyone is no role that I call. Choose another one.")
    if not can_call(role, rights_in(interaction, channel_id)):
        raise UserError(
            f"You may not mention {role.mention} in <#{channel_id}> yourself, so I will not do it for you. "
            "Somebody with Mention Everyone can, or the role can be made mentionable."
        )


def require_call(interaction: Interaction, person: discord.Member | None, channel_id: int) -> None:
    """As `require_mention`, for a person: themself, or anybody with Mention Everyone."""
    if person is None or person.id == interaction.user.id:
        return
    if person.bot:
        raise UserError("A bot hears no call. Choose a person or a role.")
    if not rights_in(interaction, channel_id).mention_everyone:
        raise UserError(
            f"You may have yourself called, but not {person.mention}: that needs the permission Mention Everyone in "
            f"<#{channel_id}>. They can make the alert themselves."
        )


def require_same_call(
    interaction: Interaction, channel_id: int, *, role_id: int | None, user_id: int | None
) -> None:
    """As `require_mention` and `require_call`, for whom a stored alert calls. A role that is gone calls nobody."""
    guild = interaction.guild
    assert guild is not None, "only in servers"
    if role_id is not None and (role := guild.get_role(role_id)) is not None:
        require_mention(interaction, role, channel_id)
    if user_id in (None, interaction.user.id):
        return
    if not rights_in(interaction, channel_id).mention_everyone:
        raise UserError(
            f"It calls <@{user_id}>, and only somebody with Mention Everyone in <#{channel_id}> may have others "
            "called. `/alert edit` with `nobody`, or with yourself as `user`, changes whom it calls."
        )


def can_call(role: discord.Role, permissions: discord.Permissions) -> bool:
    """True when the bot's mention of this role makes a sound."""
    return role.mentionable or permissions.mention_everyone


def lacking(
    interaction: Interaction, channel_id: int, *, updates: Updates = Updates.NONE
) -> tuple[str, ...]:
    """What the bot lacks for posting in a channel, by what is in memory; nothing for one that is not in sight."""
    guild = interaction.guild
    channel = None if guild is None else guild.get_channel_or_thread(channel_id)
    if channel_id == interaction.channel_id:
        here = interaction.channel
        return tuple(_missing(interaction.app_permissions, here, updates=updates))
    if guild is None or not isinstance(channel, Place):
        return ()
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return ()
    return tuple(probe(channel, guild.me, updates=updates))


def _manages(permissions: discord.Permissions) -> bool:
    return permissions.manage_channels or permissions.administrator


def _rights_in_server(interaction: Interaction) -> discord.Permissions:
    """By the asker's roles; none outside of servers, and while Discord has not told the server's roles."""
    member = interaction.user
    if not isinstance(member, discord.Member) or member.guild.unavailable:
        return discord.Permissions.none()
    return member.guild_permissions


def _missing(permissions: discord.Permissions, channel: object, *, updates: Updates) -> list[str]:
    if permissions.administrator:
        return []
    needed = _needed(channel, updates)
    return [name for flag, name in needed.items() if not getattr(permissions, flag)]


def _needed(channel: object, updates: Updates) -> dict[str, str]:
    """Rights by their flag, as Discord writes them."""
    if isinstance(channel, discord.Thread):
        return _IN_THREADS
    if isinstance(channel, discord.ForumChannel):
        return _IN_FORUMS
    return _FOR_THREADS if updates is Updates.THREAD else _NEEDED


def _require_kind(channel: object, channel_id: int, *, updates: Updates) -> None:
    """Raises UserError for what no right would mend."""
    if isinstance(channel, discord.ForumChannel):
        if channel.is_media():
            raise UserError(
                f"<#{channel_id}> is a channel for media. Choose a text channel, a forum or a thread."
            )
        if channel.flags.require_tag:
            raise UserError(
                f"The forum <#{channel_id}> asks for a tag on every post, and I give none. Turn that off in its "
                "settings (Require people to select tags when posting), then use the command again."
            )
    if isinstance(channel, discord.Thread) and updates is Updates.THREAD:
        raise UserError(
            f"<#{channel_id}> is a thread, and a thread has no threads of its own. Choose `updates:replies` there, "
            "or a channel."
        )
