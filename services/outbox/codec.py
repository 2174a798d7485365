"""Messages to JSON and back, with the version that wrote them."""

from dataclasses import replace
from typing import Any

import msgspec

from services.domain.message import (
    MESSAGE_VERSION,
    BattleCallMessage,
    BattleMessage,
    BattleMilestoneMessage,
    KillMessage,
    KillSummary,
    Message,
    NoticeMessage,
    SummaryMessage,
)
from services.domain.news import (
    BoardMessage,
    CampaignMessage,
    CampaignNoteMessage,
    NewsMessage,
    TimerNoteMessage,
)
from services.outbox.errors import UnknownMessageVersion

_KINDS: dict[str, type[Any]] = {
    "kill": KillMessage,
    "battle": BattleMessage,
    "battle call": BattleCallMessage,
    "milestone": BattleMilestoneMessage,
    "catch-up": SummaryMessage,  # its name in rows of version 1
    "summary": SummaryMessage,
    "notice": NoticeMessage,
    "campaign": CampaignMessage,
    "campaign note": CampaignNoteMessage,
    "news": NewsMessage,
    "timer note": TimerNoteMessage,
    "board": BoardMessage,
}
KINDS = tuple(_KINDS)
"""The kinds of message that this War Room knows."""
NAMELESS = frozenset({"notice"})
"""Kinds that name nobody: drawn at any time, they look the same."""
_NAMES = {kind: name for name, kind in _KINDS.items()}
_encoder = msgspec.json.Encoder()
_decoders = {name: msgspec.json.Decoder(kind) for name, kind in _KINDS.items()}


def kind_of(message: type[Message]) -> str:
    """The name of a kind of message, as it stands in its rows."""
    return _NAMES[message]


def encode_message(message: Message) -> tuple[str, bytes]:
    """The message's kind and its JSON."""
    return _NAMES[type(message)], _encoder.encode(message)


def decode_message(kind: str, payload: bytes, *, version: int) -> Message:
    """Raises UnknownMessageVersion for what a newer War Room wrote."""
    if version > MESSAGE_VERSION or kind not in _decoders:
        msg = f"a message of kind {kind}, version {version}, was written by a newer War Room"
        raise UnknownMessageVersion(msg)
    message: Message = _decoders[kind].decode(payload)
    if kind == "catch-up":
        assert isinstance(message, SummaryMessage)
        return _with_largest(message, payload)
    return message


class _Largest(msgspec.Struct):
    """What the summary of a catching up held in version 1 in the place of its top."""

    largest: KillSummary | None = None


_largest = msgspec.json.Decoder(_Largest)


def _with_largest(message: SummaryMessage, payload: bytes) -> SummaryMessage:
    largest = _largest.decode(payload).largest
    return message if largest is None else replace(message, top=(largest,))
