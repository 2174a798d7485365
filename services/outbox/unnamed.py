"""Messages that were drawn before all names were known: remembered, and edited when the names have come.

The rows in `unnamed` say which message waits for whom. They are written with the settling of the message, so that no
death in between loses one, and looked through every few seconds: what came while nobody listened is found as well. A
message becomes due through its revision like for any other change, so it is an edit, in its turn, never a post; and
all names that come before it is sent are in that one edit.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, select, update

from services.domain.clock import Clock
from services.domain.names import NameNews
from services.outbox.due import ours
from services.outbox.states import PENDING, SENDING, SENT
from services.storage.columns import UtcTime
from services.storage.database import Database, Transaction
from services.storage.statements import chunks, insert_new
from services.storage.tables import outbox, unnamed

LONGEST = timedelta(days=1)
"""A message older than this is not edited for a name any more."""
GATHER = timedelta(seconds=5)
"""Names that come within this are one edit."""
APART = timedelta(seconds=2)
"""Between two such edits in one channel: after an outage there may be hundreds, and news goes between them."""
_AT_ONCE = 1000
"""Names asked after in one round; ESI takes so many in one question."""

AskNews = Callable[[Collection[int]], Awaitable[NameNews]]


class Unnamed:
    """Looks after the messages that wait. Call `look` every few seconds."""

    def __init__(
        self,
        database: Database,
        news: AskNews,
        *,
        clock: Clock,
        edit_spacing: timedelta,
        ring: Callable[[], None],
    ) -> None:
        """Make it.

        Args:
            database: where the outbox is.
            news: what has become of names, asked of the name service.
            clock: the time.
            edit_spacing: the least time between two edits of a message.
            ring: called when a message has become due.
        """
        self._database = database
        self._news = news
        self._clock = clock
        self._spacing = edit_spacing
        self._ring = ring

    async def look(self) -> int:
        """Ask after the names that are waited for; returns how many messages became due for an edit."""
        async with self._database.read() as tx:
            wanted = await _load_wanted(tx, now=self._clock())
        if not wanted:
            return 0
        news = await self._news(wanted)
        if not news.named and not news.unknown:
            return 0
        async with self._database.write() as tx:
            woken = await _wake(tx, news.named, now=self._clock(), spacing=self._spacing)
            await _forget(tx, news.named | news.unknown)
            await tidy(tx, before=self._clock() - LONGEST)
        if woken:
            self._ring()
        return woken


async def remember(
    tx: Transaction, row_id: int, missing: Collection[int], *, now: datetime
) -> None:
    """The message stands there without these names, and with all others."""
    outdated = unnamed.c.outbox_id == row_id
    if missing:
        outdated &= unnamed.c.entity_id.not_in(missing)
    await tx.execute(delete(unnamed).where(outdated))
    rows = [{"outbox_id": row_id, "entity_id": i, "since": now} for i in sorted(missing)]
    for chunk in chunks(rows):
        await tx.execute(insert_new(tx.dialect.name, unnamed), chunk)


async def tidy(tx: Transaction, *, before: datetime | None) -> None:
    """Forget waits whose message has come to its end, and those older than this."""
    over = ~_is_living()
    if before is not None:
        over |= unnamed.c.since < before
    await tx.execute(delete(unnamed).where(over))


async def _load_wanted(tx: Transaction, *, now: datetime) -> list[int]:
    """Those who are waited for; the ones waited for longest, should there be too many."""
    query = (
        select(unnamed.c.entity_id)
        .where(unnamed.c.since >= now - LONGEST, _is_living())
        .group_by(unnamed.c.entity_id)
        .order_by(func.min(unnamed.c.since), unnamed.c.entity_id)
        .limit(_AT_ONCE)
    )
    return list(await tx.scalars(query))


def _is_living() -> ColumnElement[bool]:
    living = outbox.c.state.in_((PENDING, SENDING, SENT))
    return (
        select(outbox.c.id).where(outbox.c.id == unnamed.c.outbox_id, living).correlate(unnamed)
    ).exists()


async def _wake(
    tx: Transaction, named: Collection[int], *, now: datetime, spacing: timedelta
) -> int:
    """Make due what is done. What is still to be sent will be drawn anew; what is in hand tells at its settling."""
    rows: dict[int, Any] = {}
    for chunk in chunks(named):
        waiting = select(unnamed.c.outbox_id).where(unnamed.c.entity_id.in_(chunk))
        query = select(outbox).where(
            outbox.c.id.in_(waiting),
            outbox.c.state == SENT,
            ours(outbox),
        )
        rows |= {int(row.id): row for row in (await tx.execute(query)).all()}
    if not rows:
        return 0
    before: Counter[tuple[str, int]] = Counter()
    touched: list[dict[str, Any]] = []
    # The newest first: that is what people look at.
    for row_id, row in sorted(rows.items(), reverse=True):
        place = (row.destination_kind, row.destination_id)
        due_at = max(now + GATHER + before[place] * APART, (row.sent_at or now) + spacing)
        before[place] += 1
        touched.append({"row": row_id, "due": due_at})
    await tx.execute(_TOUCH, touched)
    return len(touched)


_TOUCH = (
    update(outbox)
    .where(outbox.c.id == bindparam("row"), outbox.c.state == SENT)
    .values(
        revision=outbox.c.revision + 1,
        due_at=bindparam("due", type_=UtcTime),
        attempts=0,
        state=PENDING,
    )
)


async def _forget(tx: Transaction, ids: Collection[int]) -> None:
    for chunk in chunks(ids):
        await tx.execute(delete(unnamed).where(unnamed.c.entity_id.in_(chunk)))
