"""What tests of commands share: forms, lists, answers, and what is stored."""

from collections.abc import Sequence
from typing import Any

from services.domain.alert import Alert
from services.domain.ids import GuildId
from tests.fakes.discord import Answer, Message
from tests.fakes.discord.components import walk
from tests.stage import Stage


async def stored(stage: Stage) -> Sequence[Alert]:
    """The server's alerts, oldest first."""
    return await stage.services.alerts.all_of(GuildId(stage.guild.id))


async def the_alert(stage: Stage) -> Alert:
    """The only one."""
    (alert,) = await stored(stage)
    return alert


async def asked(stage: Stage, alert: Alert) -> str:
    """What an alert asks for, as text."""
    assert alert.filter is not None
    return await stage.services.filters.write(alert.filter)


async def fill(stage: Stage, opened: Answer, **values: str) -> Answer:
    """Send the form that an answer opened; what is not given stays as it stands in it."""
    assert opened.modal is not None, opened.text
    return await stage.discord.submit_modal(opened.interaction_id, values=values)


def in_form(opened: Answer) -> dict[str, str]:
    """What stands in the fields of the form that an answer opened."""
    assert opened.modal is not None, opened.text
    parts = (part for _, part in walk(opened.modal["components"]) if "custom_id" in part)
    return {part["custom_id"]: part.get("value") or "" for part in parts}


def menus(message: Message) -> list[dict[str, Any]]:
    """The lists under a message, in order."""
    return [part for _, part in walk(message.components) if part["type"] == 3]


def ticked(menu: dict[str, Any]) -> set[str]:
    """The values that are chosen in a list as it is shown."""
    return {option["value"] for option in menu["options"] if option.get("default")}


def message_of(answer: Answer) -> Message:
    """The message of an answer."""
    assert answer.message is not None
    return answer.message


async def refused(stage: Stage, answer: Answer) -> str:
    """What only the asker reads after a question that came to nothing."""
    answer = await stage.discord.settle(answer.interaction_id, followups=1)
    assert answer.followups[-1].ephemeral
    return answer.followups[-1].text


def parts(message: Message) -> list[dict[str, Any]]:
    """Buttons and lists under a message."""
    return [part for _, part in walk(message.components)]
