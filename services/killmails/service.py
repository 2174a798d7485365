"""Use cases of killmails: found by id or link, counted by system."""

import re
from dataclasses import replace
from datetime import datetime

from services.domain.errors import NotFound, UserError
from services.domain.heat import Heat
from services.domain.ids import KillmailId, SystemId
from services.domain.killmail import Killmail
from services.killmails import store
from services.killmails.store import Totals
from services.storage.database import Database

_ID = re.compile(r"(?:.*/kill(?:mails?)?/)?(\d{1,18})(?:[/?#].*)?", re.IGNORECASE)


def parse_killmail_id(text: str) -> KillmailId:
    """An id out of `134398778` or a link to a kill (zKillboard, EVE-KILL, ESI); UserError for anything else."""
    matched = _ID.fullmatch(text.strip().strip("<>"))
    if matched is None:
        raise UserError(
            "That is no kill. Give its id, or its link, such as https://zkillboard.com/kill/134398778/."
        )
    return KillmailId(int(matched[1]))


class KillmailService:
    """Reads; what comes in goes through the pipeline."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, link_or_id: str) -> Killmail:
        """A stored killmail, with its items where they are still kept. NotFound when it was never seen."""
        killmail_id = parse_killmail_id(link_or_id)
        async with self._database.read() as tx:
            found = await store.load_killmails(tx, [killmail_id])
            items = await store.load_items(tx, killmail_id)
        if not found:
            raise NotFound(
                f"I have not seen kill {killmail_id}. I know what came over the feed since I was started, "
                "and what my operator has backfilled."
            )
        return replace(found[0], victim=replace(found[0].victim, items=items or ()))

    async def heat(self, start: datetime, end: datetime) -> dict[SystemId, Heat]:
        """Kills by system in a window (`end` excluded)."""
        async with self._database.read() as tx:
            return await store.load_heat(tx, start=start, end=end)

    async def totals(self) -> Totals:
        """How many are stored, and the latest."""
        async with self._database.read() as tx:
            return await store.load_totals(tx)
