"""The port through which messages leave, and everything that can become of one.

An outcome says what is known, not what to do about it: that is `policy.decide`'s.
"""

from dataclasses import dataclass
from typing import Protocol

from services.domain.delivery import Delivery, Destination
from services.domain.ids import MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """It stands in the channel under this id.

    `missing`: pilots and organisations that could not be named when it was drawn, and whose names may still come.
    """

    message_id: MessageId
    missing: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Discord answered no: HTTP status and Discord's own code (0 where it gave none)."""

    status: int
    code: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """Discord asks to wait `seconds`; `code` is its JSON code, if any (30046: too many edits of old messages)."""

    seconds: float
    code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """No answer, or a server error: the message may stand in the channel or not."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """It never left this computer (no connection)."""

    text: str


Outcome = Delivered | Refused | Limited | Lost | NotSent


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """The result of looking for a posted message in a channel's history."""

    readable: bool
    message_id: MessageId | None = None


class Sender(Protocol):
    """Something that can post. Must not raise for anything that Discord or the network does."""

    async def send(self, delivery: Delivery) -> Outcome:
        """Post it with its nonce, or edit the message that it names."""
        ...

    async def find(self, delivery: Delivery) -> Searched:
        """Look for the delivery's marker in the destination's recent history."""
        ...

    async def unarchive(self, destination: Destination) -> Outcome | None:
        """Open an archived thread again; None when that worked."""
        ...
