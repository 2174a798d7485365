"""What has become of many messages, without reading them: whoever remembers what he said need not decode it again."""

from collections.abc import Iterable

from sqlalchemy import select

from services.outbox.due import ours
from services.outbox.states import DEAD, DELETED, PENDING, SENDING, SENT, UNCERTAIN
from services.storage.database import Transaction
from services.storage.statements import chunks
from services.storage.tables import outbox

_LIVING = (PENDING, SENDING, SENT)
_ENDED = (DELETED, DEAD, UNCERTAIN)


async def load_revisions(tx: Transaction, dedupe_keys: Iterable[str]) -> dict[str, int]:
    """The revision under each key of which one channel alone has a message, unless its end has come."""
    found: dict[str, int] = {}
    for chunk in chunks(dedupe_keys):
        query = select(outbox.c.dedupe_key, outbox.c.revision).where(
            outbox.c.dedupe_key.in_(chunk), outbox.c.state.in_(_LIVING), ours(outbox)
        )
        found.update((key, revision) for key, revision in (await tx.execute(query)).all())
    return found


async def load_ended(tx: Transaction, dedupe_keys: Iterable[str]) -> set[str]:
    """Those of which what was said will not be seen any more, whatever is put there (see `store.find_ended`)."""
    found: set[str] = set()
    for chunk in chunks(dedupe_keys):
        query = select(outbox.c.dedupe_key).where(
            outbox.c.dedupe_key.in_(chunk), outbox.c.state.in_(_ENDED), ours(outbox)
        )
        found.update(await tx.scalars(query))
    return found
