"""Asking ESI for wars; its answers are kept until they expire, by the client."""

from datetime import datetime, timedelta
from typing import Protocol

from services.domain.ids import WarId
from services.domain.war import War
from services.esi.answer import EsiAnswer
from services.esi.reading import Reader
from services.wars.wire import LIST_PATH, read_ids, read_war, war_path

HOLDS = timedelta(hours=1)
"""How long ESI's answer for a war holds."""


class GetsEsi(Protocol):
    """What is needed of ESI (`EsiClient`)."""

    async def get(self, path: str) -> EsiAnswer:
        """A route's answer with its body, kept until it expires. Raises EsiError."""
        ...


async def fetch_ids(esi: GetsEsi, reader: Reader) -> list[WarId]:
    """The latest wars, newest first. Raises EsiError."""
    return read_ids(reader, (await esi.get(LIST_PATH)).body)


async def fetch_war(esi: GetsEsi, reader: Reader, war_id: WarId, *, now: datetime) -> War:
    """One war, as it was when ESI made the answer: an hour before that expires. Raises EsiError."""
    answer = await esi.get(war_path(war_id))
    made = now if answer.expires_at is None else min(answer.expires_at - HOLDS, now)
    return read_war(reader, answer.body, fetched=made)
