"""What one telling puts into the outbox: gathered, and written together at its end.

A thousand channels are told with some statements instead of some thousands. Who gathers for many channels also lets
others have their turn between them: a gateway that hears nothing for seconds gives its connection up.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime

from services.domain.delivery import Posting
from services.domain.message import Message
from services.outbox import everywhere
from services.publishing.spots import Desk, Spot
from services.storage.database import Transaction
from services.storage.statements import chunks

_AT_ONCE = 100
"""Channels that are seen to before others have their turn."""


class Outgoing:
    """Made for one transaction, written at its end."""

    def __init__(self, desk: Desk, *, now: datetime) -> None:
        self._desk = desk
        self._now = now
        self._puts: dict[tuple[Spot, str], Posting] = {}
        self._replies: list[Posting] = []
        self._seen_to = 0

    async def pause(self) -> None:
        """To be called once a channel."""
        self._seen_to += 1
        if self._seen_to % _AT_ONCE == 0:
            await asyncio.sleep(0)

    def put(self, spot: Spot, key: str, message: Message, *, expires_at: datetime | None) -> None:
        """This should stand in the channel under `key`."""
        self._puts[spot, key] = _posting(spot, key, message, expires_at=expires_at)

    def reply(
        self, spot: Spot, key: str, message: Message, *, expires_at: datetime, to: str | None
    ) -> None:
        """Answer the message with the key `to`; said once, never edited."""
        self._replies.append(_posting(spot, key, message, expires_at=expires_at, to=to))

    async def write(self, tx: Transaction) -> None:
        """Write it all, replies last: what they answer is posted before them."""
        for some in _parts(list(self._puts.values())):
            await everywhere.put(tx, some, now=self._now, edit_spacing=self._desk.edit_spacing)
            await asyncio.sleep(0)
        for some in _parts(self._replies):
            await everywhere.put_once(tx, some, now=self._now)
            await asyncio.sleep(0)
        self._puts.clear()
        self._replies.clear()


def _parts(postings: list[Posting]) -> Iterator[list[Posting]]:
    return chunks(postings, _AT_ONCE)


def _posting(
    spot: Spot, key: str, message: Message, *, expires_at: datetime | None, to: str | None = None
) -> Posting:
    return Posting(
        destination=spot.destination,
        guild_id=spot.guild_id,
        dedupe_key=key,
        message=message,
        expires_at=expires_at,
        reply_to=to,
    )
