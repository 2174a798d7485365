"""Battles that were stored before they could be found by who was there."""

from sqlalchemy import delete, text

from services.storage.database import Database
from services.storage.migrate import script_directory
from services.storage.tables import battle_index
from tests.factories import HandClock, mail, who
from tests.services.battles.ground import AFTERWARDS, indexed
from tests.services.newsroom import Newsroom

MAILS = [
    mail(1, 0, "A1", "B1", "B2", "npc"),
    mail(2, 1, "a", "B1", "B2"),
    mail(3, 2, "npc", "B1", "B2"),
    mail(9, 2, "X1", "Y1"),
]


async def test_they_can_be_found_as_if_they_had_come_today(database: Database) -> None:
    newsroom = Newsroom(database, clock=HandClock(AFTERWARDS))
    await newsroom.take(*MAILS)
    wanted = await indexed(newsroom)
    [entries] = wanted.values()
    assert entries[who("B2")["character_id"]] == who("B2")["alliance_id"]
    async with database.write() as tx:
        await tx.execute(delete(battle_index))
        await tx.execute(text(script_directory().get_revision("0004").module.FILL_INDEX))
    assert await indexed(newsroom) == wanted
