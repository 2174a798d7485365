"""How tests furnish the world: servers, channels, roles, people, rights; and take it away again.

What happens to a server is told over the gateway at once, when somebody listens.
"""

from typing import TYPE_CHECKING

from tests.fakes.discord import payloads
from tests.fakes.discord.state import (
    DM,
    PUBLIC_THREAD,
    TEXT,
    Channel,
    Guild,
    Message,
    Overwrite,
    Role,
    User,
    World,
)

if TYPE_CHECKING:
    from tests.fakes.discord.gateway import Gateway


class Seeding:
    """The part of `FakeDiscord` that changes the world from outside."""

    world: World
    gateway: "Gateway"

    @property
    def owner(self) -> User:
        """Who owns the application."""
        return self.world.owner

    @property
    def bot(self) -> User:
        """The bot's own user; its id is the application's."""
        return self.world.bot

    def get_owner(self) -> User:
        """As `owner`, for the separate process."""
        return self.world.owner

    def get_bot(self) -> User:
        """As `bot`, for the separate process."""
        return self.world.bot

    def set_team(self, user_ids: list[int]) -> None:
        """Give the application to a team; an empty list gives it back to its owner."""
        self.world.team = list(user_ids)

    def add_user(
        self, name: str, *, snowflake: int | None = None, blocks_dms: bool = False
    ) -> User:
        """A person, member of nothing yet (using a command in a server makes one a member)."""
        user = self.world.add_user(name, snowflake=snowflake)
        user.blocks_dms = blocks_dms
        return user

    def add_member(self, guild_id: int, user_id: int, *, role_ids: list[int] | None = None) -> None:
        """Put a person into a server with these roles."""
        self.world.guilds[guild_id].members[user_id] = list(role_ids or [])

    async def add_guild(
        self, name: str = "Testers", *, snowflake: int | None = None, owner_id: int | None = None
    ) -> Guild:
        """A server that has the bot, owned by the application's owner unless told otherwise."""
        guild = self.world.add_guild(name, snowflake=snowflake, owner_id=owner_id)
        await self.gateway.announce(guild, joined=True)
        return guild

    async def add_channel(
        self,
        guild_id: int,
        name: str = "intel",
        *,
        snowflake: int | None = None,
        kind: int = TEXT,
        requires_tag: bool = False,
    ) -> Channel:
        """A text channel; of another `kind` a forum, which may ask for a tag on every post (it has one to give)."""
        channel = Channel(
            id=snowflake or self.world.next_id(), name=name, guild_id=guild_id, kind=kind
        )
        channel.requires_tag = requires_tag
        channel.tags = [self.world.next_id()] if requires_tag else []
        self.world.channels[channel.id] = channel
        await self._tell_channel("CHANNEL_CREATE", channel)
        return channel

    async def add_post(self, forum_id: int, user_id: int, text: str) -> Channel:
        """A person's post in a forum."""
        forum, now = self.world.channels[forum_id], self.world.clock()
        post = Channel(
            id=self.world.next_id(), name=text[:100], guild_id=forum.guild_id, kind=PUBLIC_THREAD,
            parent_id=forum_id, created_at=now, active_at=now, owner_id=user_id,
        )  # fmt: skip
        self.world.channels[post.id] = post
        self.world.messages[post.id] = Message(
            id=post.id, channel_id=post.id, author_id=user_id, created_at=now, content=text
        )
        await self._tell_channel("THREAD_CREATE", post)
        return post

    async def set_forum(self, channel_id: int, *, requires_tag: bool) -> None:
        """Change whether a forum asks for a tag on every post."""
        forum = self.world.channels[channel_id]
        forum.requires_tag = requires_tag
        await self._tell_channel("CHANNEL_UPDATE", forum)

    async def remove_channel(self, channel_id: int) -> None:
        """Delete a channel; it answers 10003 from now on."""
        channel = self.world.channels.pop(channel_id)
        event = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
        await self._tell_channel(event, channel)

    async def add_role(
        self,
        guild_id: int,
        name: str,
        *,
        snowflake: int | None = None,
        mentionable: bool = False,
        permissions: int = 0,
    ) -> Role:
        """A role."""
        role = Role(
            id=snowflake or self.world.next_id(),
            guild_id=guild_id,
            name=name,
            mentionable=mentionable,
            permissions=permissions,
        )
        self.world.guilds[guild_id].roles[role.id] = role
        data = {"guild_id": str(guild_id), "role": payloads.role_json(role)}
        await self.gateway.dispatch("GUILD_ROLE_CREATE", data, guild_id=guild_id)
        return role

    async def set_role(
        self, guild_id: int, role_id: int, *, permissions: int | None = None
    ) -> None:
        """Change what a role may do (the server's id names @everyone)."""
        role = self.world.guilds[guild_id].roles[role_id]
        role.permissions = role.permissions if permissions is None else permissions
        data = {"guild_id": str(guild_id), "role": payloads.role_json(role)}
        await self.gateway.dispatch("GUILD_ROLE_UPDATE", data, guild_id=guild_id)

    async def set_permissions(
        self,
        channel_id: int,
        *,
        allow: int = 0,
        deny: int = 0,
        user_id: int | None = None,
        role_id: int | None = None,
    ) -> None:
        """A channel's exception, replacing an earlier one: for the bot unless a user or role is named."""
        channel = self.world.channels[channel_id]
        target = role_id or user_id or self.world.bot.id
        kept = [o for o in channel.overwrites if o.target_id != target]
        added = Overwrite(target_id=target, member=role_id is None, allow=allow, deny=deny)
        channel.overwrites = [*kept, added]
        await self._tell_channel("CHANNEL_UPDATE", channel)

    async def set_archived(
        self, thread_id: int, *, archived: bool = True, locked: bool = False
    ) -> None:
        """Archive, lock or reopen a thread."""
        thread = self.world.channels[thread_id]
        thread.archive(archived, now=self.world.clock())
        thread.locked = locked
        await self._tell_channel("THREAD_UPDATE", thread)

    def remove_message(self, message_id: int) -> None:
        """A moderator deletes a message; it answers 10008 from now on."""
        self.world.messages[message_id].deleted = True

    def dm_channel(self, user_id: int) -> Channel:
        """The direct message channel with a person, made when it is first asked for."""
        for channel in self.world.channels.values():
            if channel.kind == DM and channel.recipient_id == user_id:
                return channel
        channel = Channel(id=self.world.next_id(), name="", kind=DM, recipient_id=user_id)
        self.world.channels[channel.id] = channel
        return channel

    async def remove_bot(self, guild_id: int) -> None:
        """The bot leaves a server, or is thrown out."""
        self.world.guilds[guild_id].left = True
        await self.gateway.dispatch("GUILD_DELETE", {"id": str(guild_id)}, guild_id=guild_id)

    async def return_bot(self, guild_id: int) -> None:
        """The bot is invited again."""
        guild = self.world.guilds[guild_id]
        guild.left = False
        await self.gateway.announce(guild, joined=True)

    async def set_unavailable(self, guild_id: int, *, unavailable: bool = True) -> None:
        """An outage of one server begins or ends; the bot has not left it."""
        guild = self.world.guilds[guild_id]
        guild.unavailable = unavailable
        if unavailable:
            data = {"id": str(guild_id), "unavailable": True}
            await self.gateway.dispatch("GUILD_DELETE", data, guild_id=guild_id)
        else:
            await self.gateway.announce(guild, joined=False)

    async def _tell_channel(self, event: str, channel: Channel) -> None:
        data = payloads.channel_json(self.world, channel)
        await self.gateway.dispatch(event, data, guild_id=channel.guild_id)
