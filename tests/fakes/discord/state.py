"""What the stand-in remembers: people, servers, channels, messages. Plain records, no behaviour of the protocol.

Records are live: a test that holds a `Message` sees its later edits. All of them are plain data, so that the
separate process hands the same types to its client as JSON.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.discord.permissions import BOT_DEFAULT, EVERYONE_DEFAULT

DISCORD_EPOCH_MS = 1_420_070_400_000
HAS_THREAD = 1 << 5
EPHEMERAL = 1 << 6
LOADING = 1 << 7
COMPONENTS_V2 = 1 << 15

TEXT, DM, ANNOUNCEMENT, ANNOUNCEMENT_THREAD, PUBLIC_THREAD, FORUM = 0, 1, 5, 10, 11, 15
THREADS = (10, 11, 12)


@dataclass(kw_only=True, slots=True)
class User:
    """A person or a bot. `blocks_dms` makes Discord answer 50007 to a direct message."""

    id: int
    name: str
    bot: bool = False
    blocks_dms: bool = False


@dataclass(kw_only=True, slots=True)
class Role:
    """A role of one server; the one with the server's own id is @everyone."""

    id: int
    guild_id: int
    name: str
    permissions: int = 0
    mentionable: bool = False
    managed: bool = False
    position: int = 1


@dataclass(kw_only=True, slots=True)
class Overwrite:
    """A channel's exception for a role or a member."""

    target_id: int
    member: bool
    allow: int = 0
    deny: int = 0


@dataclass(kw_only=True, slots=True)
class Channel:
    """A text channel, a forum, a thread (a forum's post is one) or a direct message channel."""

    id: int
    name: str
    guild_id: int | None = None
    kind: int = TEXT
    parent_id: int | None = None
    recipient_id: int | None = None
    position: int = 0
    overwrites: list[Overwrite] = field(default_factory=list)
    archived: bool = False
    locked: bool = False
    auto_archive_minutes: int = 1440
    created_at: datetime | None = None
    owner_id: int | None = None
    """Who made the thread; the bot where nobody is named."""
    active_at: datetime | None = None
    """When somebody last wrote in the thread or opened it: it is archived so long after that."""
    archived_at: datetime | None = None
    tags: list[int] = field(default_factory=list)
    """Of a forum: the tags that a post may have."""
    requires_tag: bool = False

    @property
    def is_thread(self) -> bool:
        return self.kind in THREADS

    def tend(self, now: datetime) -> None:
        """Archive a thread in which nothing happened for as long as it says."""
        if self.is_thread and not self.archived and self.active_at is not None:
            end = self.active_at + timedelta(minutes=self.auto_archive_minutes)
            if end <= now:
                self.archived, self.archived_at = True, end

    def archive(self, archived: bool, *, now: datetime) -> None:
        """Archive it or open it again; what it is already, it stays."""
        if archived and not self.archived:
            self.archived_at = now
        elif self.archived and not archived:
            self.active_at = now
        self.archived = archived


@dataclass(kw_only=True, slots=True)
class Guild:
    """A server. `left` and `unavailable` are what the gateway told last; a left server answers 50001."""

    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, list[int]] = field(default_factory=dict)
    """The role ids of each member, @everyone not among them."""
    unavailable: bool = False
    left: bool = False


@dataclass(kw_only=True, slots=True)
class Attachment:
    """A file as it was uploaded."""

    id: int
    filename: str
    content_type: str
    content: bytes
    description: str | None = None


@dataclass(kw_only=True, slots=True)
class Version:
    """One state of a message's body."""

    at: datetime
    content: str
    embeds: list[dict[str, Any]]
    components: list[dict[str, Any]]
    attachment_ids: list[int]


@dataclass(kw_only=True, slots=True)
class Pings:
    """Whom a message notified when it was created. Edits notify nobody."""

    everyone: bool = False
    roles: list[int] = field(default_factory=list)
    users: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.everyone or bool(self.roles or self.users)


@dataclass(kw_only=True, slots=True)
class Message:
    """A message with its history. `embeds` are as they were sent (`attachment://` not resolved)."""

    id: int
    channel_id: int
    author_id: int
    created_at: datetime
    content: str = ""
    embeds: list[dict[str, Any]] = field(default_factory=list)
    components: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    nonce: str | None = None
    pings: Pings = field(default_factory=Pings)
    reference_id: int | None = None
    versions: list[Version] = field(default_factory=list)
    edited_at: datetime | None = None
    deleted: bool = False
    interaction: dict[str, Any] | None = None
    """`interaction_metadata`, when it answers an interaction."""

    @property
    def edits(self) -> int:
        """How often it was edited."""
        return max(len(self.versions) - 1, 0)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        return bool(self.flags & LOADING)

    @property
    def pinged_roles(self) -> list[int]:
        return self.pings.roles

    @property
    def pinged_users(self) -> list[int]:
        return self.pings.users

    @property
    def text(self) -> str:
        """Every word a reader sees, line by line: content, embeds, labels of components."""
        return "\n".join(_words([self.content, self.embeds, self.components]))


_READABLE = ("title", "description", "name", "value", "text", "label", "placeholder", "content")


def _words(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node] if node else []
    if isinstance(node, list):
        return [word for child in node for word in _words(child)]
    return [
        word
        for key, child in node.items()
        if key in _READABLE or isinstance(child, dict | list)
        for word in _words(child)
    ]


class SteppableClock:
    """Another clock plus an offset that tests may push forward."""

    def __init__(self, base: Callable[[], datetime]) -> None:
        self._base = base
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return self._base() + self.offset


class World:
    """All records of one stand-in, and the ids it gives out."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self._last_id = 0
        self._guild_numbers = itertools.count()
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.uploads: dict[int, Attachment] = {}
        """Files that people gave to commands."""
        self.nonces: dict[str, tuple[datetime, int]] = {}
        self.commands: dict[int | None, list[dict[str, Any]]] = {None: []}
        self.team: list[int] = []
        self.thread_limit = 1000
        """Active threads that a server may have."""
        self.bot = self.add_user("War Room", bot=True)
        self.owner = self.add_user("operator")

    @property
    def application_id(self) -> int:
        """The same as the bot user's id, as for every application since 2016."""
        return self.bot.id

    def next_id(self) -> int:
        """A snowflake of the clock's present, larger than every one before."""
        milliseconds = int(self.clock().timestamp() * 1000) - DISCORD_EPOCH_MS
        self._last_id = max(self._last_id + 1, milliseconds << 22)
        return self._last_id

    def add_user(self, name: str, *, snowflake: int | None = None, bot: bool = False) -> User:
        user = User(id=snowflake or self.next_id(), name=name, bot=bot)
        self.users[user.id] = user
        return user

    def add_guild(
        self, name: str, *, snowflake: int | None = None, owner_id: int | None = None
    ) -> Guild:
        """A server with the bot in it. Servers without an id of their own fall on the shards in turn."""
        guild_id = snowflake or ((1 << 37) + next(self._guild_numbers)) << 22
        guild = Guild(id=guild_id, name=name, owner_id=owner_id or self.owner.id)
        everyone = Role(
            id=guild_id,
            guild_id=guild_id,
            name="@everyone",
            permissions=EVERYONE_DEFAULT,
            position=0,
        )
        own = Role(
            id=self.next_id(),
            guild_id=guild_id,
            name=self.bot.name,
            permissions=BOT_DEFAULT,
            managed=True,
        )
        guild.roles = {everyone.id: everyone, own.id: own}
        guild.members = {self.bot.id: [own.id], guild.owner_id: []}
        self.guilds[guild.id] = guild
        return guild

    def find_message(self, channel_id: int, message_id: int) -> Message | None:
        message = self.messages.get(message_id)
        if message is None or message.deleted or message.channel_id != channel_id:
            return None
        return message

    def history(self, channel_id: int) -> list[Message]:
        """The channel's standing messages that everybody sees, oldest first."""
        return [
            m
            for m in self.messages.values()
            if m.channel_id == channel_id and not m.deleted and not m.ephemeral
        ]

    def thread_of(self, message: Message) -> Channel | None:
        """A thread started from a message has the message's id (as has a forum's post, of its own first message)."""
        thread = self.channels.get(message.id)
        started_here = thread is not None and thread.parent_id == message.channel_id
        return thread if started_here else None


def aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
