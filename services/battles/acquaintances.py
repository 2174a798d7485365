"""Who flew with whom and shot at whom in past weeks: learnt once a week is over, asked for each battle.

A week is learnt once, when its latest mails have come, and used only for battles that began a day after that or later
(`learning`). So a battle's mails may come in any order and up to three days late, and find the same known of its
parties. What is imported into a week that was learnt teaches nothing more. A battle that is imported before the weeks
ahead of it are learnt is solved without them, and with them should it change again.

What is stored of a week counts from the moment its last row is there, the pair of 0 and 0: a process may stop half-way
and another one may learn the same week at the same time, as both write the same rows.

The live path asks with every killmail. What was read of a party stays in memory, and whether another process has
learnt a week is looked up once a minute.
"""

from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import and_, delete, or_, select

from services.battles.graph import read
from services.battles.learning import (
    LEARNT,
    SETTLED,
    WEEKS,
    Lesson,
    Pair,
    faded,
    is_known,
    shared_out,
    start_of,
    week_of,
    weeks_before,
)
from services.battles.memory import LoadMails
from services.battles.sides import Prior
from services.domain.clock import Clock
from services.domain.ids import KillmailId
from services.domain.killmail import Killmail, Organisation
from services.storage.battle_tables import acquaintances
from services.storage.database import Database, Transaction
from services.storage.statements import chunks, execute_many, insert_new
from services.storage.tables import killmails

log = structlog.get_logger(__name__)

KEPT_WEEKS = WEEKS + 13
"""Weeks for which rows stay. Details of killmails are kept for 13, and battles may change for so long."""

LOOK_EVERY = timedelta(minutes=1)
"""A week is wanted a day after it was learnt: a minute is soon enough to hear of it."""

REMEMBERED = 100_000
"""Pairs kept in memory, some 15 MB. A week of all New Eden has 11,000."""

MAILS_AT_ONCE, ROWS_AT_ONCE = 100, 2_000
"""For a moment each: what comes in meanwhile does not wait for a whole week."""

_COLUMNS = ("week", "one_id", "other_id", "weight")
_NOBODY = 0
_LEARNT_WEEKS = select(acquaintances.c.week).where(
    acquaintances.c.one_id == _NOBODY, acquaintances.c.other_id == _NOBODY
)

Known = Mapping[int, float]
"""What is known of one party and those with a larger id, by that id."""


class Acquaintances:
    """What is known of two parties from before."""

    def __init__(self, database: Database, load_mails: LoadMails, *, clock: Clock) -> None:
        self._database = database
        self._load_mails = load_mails
        self._clock = clock
        self._learnt: frozenset[int] = frozenset()
        self._looked_at: datetime | None = None
        self._kept: OrderedDict[tuple[int, int], Known] = OrderedDict()
        self._size = 0

    async def prior(
        self, tx: Transaction, parties: Collection[Organisation], start: datetime
    ) -> Prior:
        """What is known of these parties for a battle that began at `start`, by pair, -1 to 1.

        The weeks of which the last ended five days before are asked. For no party do the numbers come to more than 1.
        """
        present = {party.id: party for party in parties if is_known(party)}
        weeks = weeks_before(start, LEARNT)
        await self._look(tx)
        learnt = self._learnt.intersection(weeks)
        if len(present) < 2 or not learnt:
            return {}
        known = await self._known(tx, present, learnt, last=weeks[-1])
        pairs = {
            (one, other): row[other]
            for one, row in known.items()
            for other in row.keys() & present.keys()
        }
        return shared_out(pairs, present)

    async def learn(self) -> int:
        """Learn each week that is due, and forget those nobody asks for any more; returns how many pairs were learnt.

        A week of which no mail is stored is looked at again the next time.
        """
        pairs = 0
        due = weeks_before(self._clock(), SETTLED)
        async with self._database.read() as tx:
            learnt = await self._load_learnt(tx, due)
        for week in due:
            if week not in learnt:
                pairs += await self._learn(week)
        async with self._database.write() as tx:
            old = acquaintances.c.week < due.stop - KEPT_WEEKS
            await tx.execute(delete(acquaintances).where(old))
        self._looked_at = None
        return pairs

    async def _learn(self, week: int) -> int:
        """Read a week's mails and write what they say; returns how many pairs that is."""
        lesson, mails = Lesson(), 0
        async for some in self._mails(week):
            lesson.hear(read(some))
            mails += len(some)
        if not mails:
            return 0
        weights = lesson.weights()
        await self._save(week, weights)
        log.info("week learnt", week_of=start_of(week).date(), killmails=mails, pairs=len(weights))
        return len(weights)

    async def _mails(self, week: int) -> AsyncIterator[Sequence[Killmail]]:
        """A week's mails by time, as far as their details are kept, some at a time."""
        time, number = killmails.c.time, killmails.c.id
        last: tuple[datetime, KillmailId] = (start_of(week), KillmailId(0))
        query = select(time, number).where(
            time < start_of(week + 1),
            killmails.c.by_players.is_(True),
            killmails.c.pruned.is_(False),
        )
        while True:
            later = and_(time >= last[0], or_(time > last[0], number > last[1]))
            wanted = query.where(later).order_by(time, number).limit(MAILS_AT_ONCE)
            async with self._database.read() as tx:
                rows = (await tx.execute(wanted)).all()
                mails = await self._load_mails(tx, [row.id for row in rows])
            if not rows:
                return
            yield mails
            last = rows[-1].time, rows[-1].id

    async def _save(self, week: int, weights: Mapping[Pair, float]) -> None:
        """Write a week, some rows at a time; the row that makes it count comes last."""
        rows = [(week, one, other, weight) for (one, other), weight in weights.items()]
        for some in [*chunks(rows, ROWS_AT_ONCE), [(week, _NOBODY, _NOBODY, 0.0)]]:
            async with self._database.write() as tx:
                statement = insert_new(tx.dialect.name, acquaintances)
                await execute_many(tx, statement, _COLUMNS, some)

    async def _look(self, tx: Transaction) -> None:
        """Which weeks are learnt, when that was not looked up lately. With a new one, all is read anew."""
        now = self._clock()
        if self._looked_at is not None and now - self._looked_at < LOOK_EVERY:
            return
        end = week_of(now) + 1
        learnt = await self._load_learnt(tx, range(end - KEPT_WEEKS, end))
        if learnt != self._learnt:
            self._learnt = learnt
            self._kept.clear()
            self._size = 0
        self._looked_at = now

    async def _load_learnt(self, tx: Transaction, weeks: range) -> frozenset[int]:
        found = await tx.scalars(_LEARNT_WEEKS.where(acquaintances.c.week.in_(weeks)))
        return frozenset(found)

    async def _known(
        self, tx: Transaction, ids: Collection[int], learnt: Collection[int], *, last: int
    ) -> dict[int, Known]:
        """What is known of each of these parties after the week `last`."""
        found: dict[int, Known] = {}
        missing = []
        for party in ids:
            kept = self._kept.get((last, party))
            if kept is None:
                missing.append(party)
            else:
                self._kept.move_to_end((last, party))
                found[party] = kept
        if missing:
            edition = self._learnt
            fresh = await _load_known(tx, missing, learnt, last=last)
            if edition is self._learnt:  # else somebody else found a new week meanwhile
                for party, known in fresh.items():
                    self._keep((last, party), known)
            found |= fresh
        return found

    def _keep(self, key: tuple[int, int], known: Known) -> None:
        """Keep what was read, and let go of what was asked for longest ago."""
        if key not in self._kept:
            self._size += 1 + len(known)
        self._kept[key] = known
        while self._size > REMEMBERED:
            _, gone = self._kept.popitem(last=False)
            self._size -= 1 + len(gone)


async def _load_known(
    tx: Transaction, ids: Collection[int], learnt: Collection[int], *, last: int
) -> dict[int, Known]:
    """By party, also for those of whom nothing is known."""
    seen: dict[int, dict[int, list[tuple[int, float]]]] = {
        party: defaultdict(list) for party in ids
    }
    for chunk in chunks(sorted(ids)):
        query = select(acquaintances).where(
            acquaintances.c.week.in_(sorted(learnt)), acquaintances.c.one_id.in_(chunk)
        )
        for row in (await tx.execute(query.order_by(acquaintances.c.week))).all():
            seen[row.one_id][row.other_id].append((row.week, row.weight))
    return {
        party: {other: faded(weeks, last) for other, weeks in row.items()}
        for party, row in seen.items()
    }
