"""Where a message goes, and the message on its way."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.domain.ids import GuildId, MessageId
from services.domain.message import Message


class DestinationKind(StrEnum):
    """A channel or thread of a server, or a person's direct messages."""

    CHANNEL = "channel"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Destination:
    """A place that messages go to. Destinations in the same server do not wait for each other."""

    kind: DestinationKind
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What is to stand in a destination, exactly once: a newer message under the same key replaces the older."""

    destination: Destination
    guild_id: GuildId | None
    dedupe_key: str
    message: Message
    expires_at: datetime | None = None
    """Not posted after this (edits of what was posted still are)."""
    reply_to: str | None = None
    """The key of the message in the same destination that this one answers."""
    posted: bool = False
    """True where it already stands in the destination, or may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A claimed posting: to be sent, or, when `message_id` is known, to be edited."""

    id: int
    destination: Destination
    guild_id: GuildId | None
    message: Message
    revision: int
    nonce: str
    """Random 64-bit number in decimal; Discord refuses to post it twice within a few minutes."""
    message_id: MessageId | None = None
    reply_to: MessageId | None = None
    unsure: bool = False
    """An earlier try may have posted it. Where the nonce does not help (a forum's posts have none) look first."""

    @property
    def marker(self) -> str:
        """A short text that the posted message carries, so that it can be found again in the channel's history."""
        return f"wr-{int(self.nonce):x}"
