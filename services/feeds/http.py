"""What every request to the outside shares: a session with a name and a time-out; no body may fill the memory."""

import aiohttp

from services.domain.errors import ConfigurationError
from services.feeds.errors import FeedError

TIMEOUT_SECONDS = 30.0
"""Whole time of one request. Upstream's files are small; what takes longer is stuck."""
_CHUNK = 64 * 1024


class BodyTooLarge(FeedError):
    """An answer's body exceeds what is accepted."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body exceeds {limit} bytes")


def user_agent(contact: str, version: str) -> str:
    """The User-Agent header: who asks, and whom to write to. Upstreams ban requests without one.

    Raises:
        ConfigurationError: when the contact is empty or cannot stand in a header.
    """
    contact = contact.strip()
    if not contact or not contact.isascii() or not contact.isprintable():
        raise ConfigurationError(
            "A contact is needed (e-mail, Discord or in-game name, plain letters): upstreams ban bots that give none."
        )
    return f"eve-warroom/{version} (contact: {contact})"


def create_session(user_agent_header: str) -> aiohttp.ClientSession:
    """The process's one HTTP session: named, gzip, 30 s for a whole request. The caller closes it."""
    return aiohttp.ClientSession(
        headers={"User-Agent": user_agent_header, "Accept-Encoding": "gzip"},
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
    )


async def read_capped(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The whole body, unpacked.

    Raises:
        BodyTooLarge: when it has more than `limit` bytes; not more than that is ever held.
        aiohttp.ClientError: when it is cut off or badly packed.
    """
    parts, held = [], 0
    async for part in response.content.iter_chunked(_CHUNK):
        held += len(part)
        if held > limit:
            raise BodyTooLarge(limit)
        parts.append(part)
    return b"".join(parts)
