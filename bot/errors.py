"""The one place that turns what went wrong into a reply.

Who asked for something impossible reads why and what to do; who ran into a fault of ours gets a reference that stands
in the log beside the traceback. Whatever happens here, nobody is left looking at a spinner if Discord still listens.
"""

import secrets
from collections.abc import Awaitable
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.interaction.replies import Interaction, say_privately
from services.domain.errors import UserError

log = structlog.get_logger(__name__)

UNKNOWN_INTERACTION = 10062
ALREADY_ANSWERED = 40060
_GONE = frozenset({UNKNOWN_INTERACTION, ALREADY_ANSWERED, 10008, 10015, 50027})
"""Discord's words for: there is no longer anybody to answer."""


class WarRoomTree(app_commands.CommandTree[Any]):
    """The command tree; it only adds what happens to errors."""

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError) -> None:
        """Every error of a command ends here."""
        await answer_error(interaction, error)


async def guarded(interaction: Interaction, work: Awaitable[None]) -> None:
    """Do what a button asks for; its errors are answered like a command's."""
    try:
        await work
    except Exception as error:  # noqa: BLE001 - the command error handler
        await answer_error(interaction, error)


async def answer_error(interaction: Interaction, error: BaseException) -> None:
    """Reply to whoever asked, privately, and log what was not their doing."""
    cause = _cause(error)
    where = _where(interaction)
    if isinstance(cause, discord.NotFound) and cause.code == UNKNOWN_INTERACTION:
        log.info("answered too late", at=where)
        return
    text = describe(cause)
    if text is None:
        reference = secrets.token_hex(3).upper()
        log.error("command failed", at=where, reference=reference, exc_info=cause)
        text = (
            f"Something went wrong, and it is not your fault. Try again in a moment; if it stays, "
            f"tell whoever runs this bot the reference **{reference}**."
        )
    await _tell(interaction, text)


def describe(error: BaseException) -> str | None:
    """What to tell the person; None for what only the operator can understand."""
    match error:
        case UserError():
            return str(error)
        case app_commands.MissingPermissions():
            return f"You need {_permissions(error.missing_permissions)} here to do that."
        case app_commands.BotMissingPermissions():
            return f"I need {_permissions(error.missing_permissions)} here to do that."
        case app_commands.NoPrivateMessage():
            return "That works in a server only, not in direct messages."
        case app_commands.CheckFailure():
            return "You may not use that command."
        case app_commands.CommandNotFound() | app_commands.CommandSignatureMismatch():
            return (
                "Discord still shows you an older version of that command. Try again in a minute."
            )
        case app_commands.TransformerError():
            return _untransformed(error)
        case _:
            return None


def permission_name(flag: str) -> str:
    """`manage_channels` as Discord writes it: `Manage Channels`."""
    return flag.replace("_", " ").replace("guild", "server").title()


def _permissions(flags: list[str]) -> str:
    names = [permission_name(flag) for flag in flags]
    if len(names) == 1:
        return f"the permission {names[0]}"
    return f"the permissions {', '.join(names[:-1])} and {names[-1]}"


def _untransformed(error: app_commands.TransformerError) -> str:
    if error.type is discord.AppCommandOptionType.channel:
        return (
            "I cannot see that channel. Give me View Channel there, or use the command inside it."
        )
    return f"I cannot make sense of “{str(error.value)[:80]}”. Choose one of the offered answers."


def _cause(error: BaseException) -> BaseException:
    """What really happened, out of discord.py's wrapping."""
    if isinstance(error, app_commands.CommandInvokeError):
        return error.original
    if isinstance(error, app_commands.TransformerError) and error.__cause__ is not None:
        return error.__cause__
    return error


def _where(interaction: Interaction) -> str:
    if interaction.command is not None:
        return f"/{interaction.command.qualified_name}"
    data: Any = interaction.data or {}
    return str(data.get("custom_id") or data.get("name") or "unknown")


async def _tell(interaction: Interaction, text: str) -> None:
    try:
        await say_privately(interaction, text)
    except discord.HTTPException as error:
        if error.code in _GONE:
            log.info("nobody left to answer", at=_where(interaction), code=error.code)
        else:
            log.warning("an error could not be told", at=_where(interaction), reason=str(error))
    except (discord.ClientException, OSError) as error:
        log.warning("an error could not be told", at=_where(interaction), reason=str(error))
