"""What a person gets for an action, and the server's record of the action until then."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any

from tests.fakes.discord import payloads
from tests.fakes.discord.state import Channel, Message, World


class Kind(IntEnum):
    """Interaction types."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Callback(IntEnum):
    """Types of the first answer."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(kw_only=True, slots=True)
class Answer:
    """What a person got. `message` is the first answer, `followups` what came after it."""

    interaction_id: int
    kind: Kind
    user_id: int
    callbacks: list[dict[str, Any]] = field(default_factory=list)
    """The bodies of `/callback`, mostly one."""
    message: Message | None = None
    followups: list[Message] = field(default_factory=list)

    @property
    def callback(self) -> Callback | None:
        """The type of the first answer; None while there is none."""
        return Callback(self.callbacks[0]["type"]) if self.callbacks else None

    @property
    def deferred(self) -> bool:
        return self.callback in (Callback.DEFERRED_MESSAGE, Callback.DEFERRED_UPDATE)

    @property
    def ephemeral(self) -> bool:
        """Whether only the person who asked sees the first message."""
        return self.message is not None and self.message.ephemeral

    @property
    def text(self) -> str:
        """Every word of every message of this answer."""
        shown = [self.message, *self.followups]
        return "\n".join(message.text for message in shown if message is not None)

    @property
    def choices(self) -> list[dict[str, Any]]:
        """What autocomplete offered."""
        return list((self._data(Callback.CHOICES) or {}).get("choices") or [])

    @property
    def modal(self) -> dict[str, Any] | None:
        """The form that was opened, with `custom_id`, `title` and `components`."""
        return self._data(Callback.MODAL)

    def _data(self, kind: Callback) -> dict[str, Any] | None:
        return self.callbacks[0].get("data") if self.callback is kind else None


@dataclass(kw_only=True)
class Interaction:
    """One interaction on the server's side; `answer` is what the test sees of it."""

    answer: Answer
    token: str
    created_at: datetime
    channel: Channel
    payload: dict[str, Any]
    source: Message | None = None
    """The message whose component was used."""
    deleted: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def id(self) -> int:
        return self.answer.interaction_id

    def tell_change(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    @property
    def settled(self) -> bool:
        """True when nothing more has to come: an answer stands, or a placeholder has been filled."""
        answer = self.answer
        if answer.callback is None:
            return False
        if answer.callback is Callback.DEFERRED_MESSAGE:
            return self.deleted or (answer.message is not None and not answer.message.loading)
        if answer.callback is Callback.DEFERRED_UPDATE:
            return bool(answer.followups) or answer.message is not None
        return True

    def metadata(self, world: World) -> dict[str, Any]:
        """`interaction_metadata` of the messages that answer it."""
        told: dict[str, Any] = {
            "id": str(self.id),
            "type": int(self.answer.kind),
            "user": payloads.user_json(world.users[self.answer.user_id]),
            "authorizing_integration_owners": self.payload["authorizing_integration_owners"],
        }
        if self.source is not None:
            told["interacted_message_id"] = str(self.source.id)
        if self.answer.kind is Kind.MODAL:
            told["triggering_interaction_metadata"] = told | {"type": int(Kind.COMMAND)}
        return told
