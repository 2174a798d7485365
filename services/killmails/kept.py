"""What is still kept of killmails for whoever wants their details: hash and items, many at once."""

from collections.abc import Collection

from sqlalchemy import select

from services.domain.ids import KillmailId
from services.domain.killmail import Item
from services.killmails.items import unpack_items
from services.storage.database import Transaction
from services.storage.statements import chunks
from services.storage.tables import killmails


async def load_hashes(tx: Transaction, ids: Collection[KillmailId]) -> dict[KillmailId, str]:
    """The hash of each of these that is stored, pruned or not; those without one are missing."""
    found: dict[KillmailId, str] = {}
    for chunk in chunks(ids):
        query = select(killmails.c.id, killmails.c.hash).where(killmails.c.id.in_(chunk))
        found.update((row.id, row.hash) for row in (await tx.execute(query)).all() if row.hash)
    return found


async def load_kept_items(
    tx: Transaction, ids: Collection[KillmailId]
) -> dict[KillmailId, tuple[Item, ...]]:
    """What the victims of these carried; those not stored, and those whose items were pruned, are missing."""
    found: dict[KillmailId, tuple[Item, ...]] = {}
    for chunk in chunks(ids):
        query = select(killmails.c.id, killmails.c["items"]).where(killmails.c.id.in_(chunk))
        for row in (await tx.execute(query)).all():
            if (items := unpack_items(row[1])) is not None:
                found[row.id] = items
    return found
