"""What Discord's refusals and the network's failures say about a request: pure, and the only place that reads them."""

import json

import aiohttp
import discord

from services.outbox.sender import Limited, Lost, NotSent, Outcome, Refused

UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
MISSING_ACCESS = 50001
MISSING_PERMISSIONS = 50013
WRONG_CHANNEL_TYPE = 50024
ARCHIVED_THREAD = 50083
THREAD_EXISTS = 160004
LOCKED_THREAD = 160005
TOO_MANY_THREADS = frozenset({160006, 160007})
"""A server holds a limited number of active threads; announcement channels have a limit of their own."""
THREADS_PAUSE_SECONDS = 600.0
"""Threads are archived an hour after their last message: looking more often than this finds no room."""
UNKNOWN_WAIT_SECONDS = 60.0
"""Pause after a 429 that does not say how long."""
_TOO_MANY = 429

TROUBLE = (
    discord.HTTPException,
    discord.RateLimited,
    aiohttp.ClientError,
    OSError,  # time-outs and refused connections among them
    json.JSONDecodeError,
)
"""Everything that Discord and the network can do to a request."""


def outcome_of(error: BaseException) -> Outcome:
    """What an exception of `TROUBLE` says about the request."""
    match error:
        case discord.RateLimited():
            return Limited(seconds=error.retry_after)
        case discord.HTTPException(status=status) if status == _TOO_MANY:
            return Limited(seconds=_wait(error), code=error.code)
        case discord.HTTPException(status=status) if status >= 500 or status == 408:
            return Lost(text=words_of(error))
        case discord.HTTPException(code=code) if code in TOO_MANY_THREADS:
            return Limited(seconds=THREADS_PAUSE_SECONDS, code=code)
        case discord.HTTPException():
            return Refused(status=error.status, code=error.code, text=error.text)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return NotSent(text=words_of(error))
        case _:
            return Lost(text=words_of(error))


def ended(text: str) -> Refused:
    """As if somebody had deleted the message: it is not written again, and nothing else is held up."""
    return Refused(status=404, code=UNKNOWN_MESSAGE, text=text)


def words_of(error: BaseException) -> str:
    """The exception's own words, or its name."""
    return str(error) or type(error).__name__


def _wait(error: discord.HTTPException) -> float:
    """Seconds that a 429 asks for; it may have come from the edge with a page of HTML."""
    try:
        return float(error.response.headers.get("Retry-After", UNKNOWN_WAIT_SECONDS))
    except ValueError:
        return UNKNOWN_WAIT_SECONDS
