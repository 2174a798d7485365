"""A message as short as can be."""

from services.domain.message import NoticeMessage


def note(text: str) -> NoticeMessage:
    return NoticeMessage(title="", text=text)


def texts(messages: list[NoticeMessage]) -> list[str]:
    return [message.text for message in messages]
