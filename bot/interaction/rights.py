"""Who may do what: the bot in a channel, the asker in a server.

Discord hides configuring commands from those without Manage Channels, but a server may show them to others; therefore
the right is checked again here. Rights of the bot in the channel of the command are taken from Discord's own word in
the interaction, those in another channel are worked out from what the gateway told.
"""

import discord
from discord import app_commands

from bot.interaction.replies import Interaction
from services.domain.errors import UserError
from services.domain.ids import GuildId

Place = discord.TextChannel | discord.Thread
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


def probe(channel: Place, me: discord.Member) -> list[str]:
    """What the bot lacks for posting there, as Discord writes it; nothing when all is well."""
    return _missing(channel.permissions_for(me), thread=isinstance(channel, discord.Thread))


def require_post(interaction: Interaction, channel: Place | None) -> int:
    """The id of the channel that is meant (None: this one). Raises UserError that names what the bot lacks there."""
    if channel is None or channel.id == interaction.channel_id:
        here = interaction.channel
        missing = _missing(interaction.app_permissions, thread=isinstance(here, discord.Thread))
        channel_id = interaction.channel_id
    else:
        assert interaction.guild is not None, "only in servers"
        missing = probe(channel, interaction.guild.me)
        channel_id = channel.id
    assert channel_id is not None, "Discord names the channel of every command"
    if missing:
        raise UserError(
            f"I cannot post in <#{channel_id}> yet: I lack **{', '.join(missing)}** there. "
            "Give me that in the channel's settings, then use the command again."
        )
    return channel_id


def require_post_again(interaction: Interaction, channel_id: int) -> None:
    """As `require_post`, for a channel by id. One that is not in sight any more passes: Discord's answer says why."""
    assert interaction.guild is not None, "only in servers"
    channel = interaction.guild.get_channel_or_thread(channel_id)
    if channel_id == interaction.channel_id:
        require_post(interaction, None)
    elif isinstance(channel, discord.TextChannel | discord.Thread):
        require_post(interaction, channel)


def require_manager(interaction: Interaction, channel: Place | None = None) -> None:
    """Raises MissingPermissions unless the asker may manage channels, here and in the channel that is named."""
    rights = [interaction.permissions]
    if channel is not None and isinstance(interaction.user, discord.Member):
        rights.append(channel.permissions_for(interaction.user))
    if not all(right.manage_channels or right.administrator for right in rights):
        raise app_commands.MissingPermissions(["manage_channels"])


def guild_of(interaction: Interaction) -> GuildId:
    """The server of the command. Raises NoPrivateMessage in direct messages."""
    if interaction.guild_id is None:
        raise app_commands.NoPrivateMessage
    return GuildId(interaction.guild_id)


def is_manager(interaction: Interaction) -> bool:
    """True when the asker may configure here."""
    right = interaction.permissions
    return right.manage_channels or right.administrator


def require_mention(interaction: Interaction, role: discord.Role) -> None:
    """Raises UserError unless the asker could mention the role too."""
    if role.is_default():
        raise UserError("@everyone is no role that I call. Choose another one.")
    if not (role.mentionable or interaction.permissions.mention_everyone):
        raise UserError(
            f"You may not mention {role.mention} yourself, so I will not do it for you. "
            "Somebody with Mention Everyone can, or the role can be made mentionable."
        )


def require_call(interaction: Interaction, person: discord.Member | None) -> None:
    """Raises UserError unless the asker may have this person called: themself, or anybody with Mention Everyone."""
    if person is None or person.id == interaction.user.id:
        return
    if person.bot:
        raise UserError("A bot hears no call. Choose a person or a role.")
    if not interaction.permissions.mention_everyone:
        raise UserError(
            f"You may have yourself called, but not {person.mention}: that needs the permission Mention Everyone. "
            "They can make the alert themselves."
        )


def require_same_call(
    interaction: Interaction, *, role_id: int | None, user_id: int | None
) -> None:
    """As `require_mention` and `require_call`, for whom a stored alert calls. A role that is gone calls nobody."""
    guild = interaction.guild
    assert guild is not None, "only in servers"
    if role_id is not None and (role := guild.get_role(role_id)) is not None:
        require_mention(interaction, role)
    if user_id not in (None, interaction.user.id) and not interaction.permissions.mention_everyone:
        raise UserError(
            f"It calls <@{user_id}>, and only somebody with Mention Everyone may have others called. "
            "Use `nobody` or name yourself."
        )


def can_call(role: discord.Role, permissions: discord.Permissions) -> bool:
    """True when the bot's mention of this role makes a sound."""
    return role.mentionable or permissions.mention_everyone


def _missing(permissions: discord.Permissions, *, thread: bool) -> list[str]:
    if permissions.administrator:
        return []
    needed = _IN_THREADS if thread else _NEEDED
    return [name for flag, name in needed.items() if not getattr(permissions, flag)]
