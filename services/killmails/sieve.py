"""A filter made ready for the tables: what SQL decides, and who decides the rest.

SQL sorts the mails of a stretch of time into those that surely meet the filter, those that it leaves open, and those
of which nobody can know: their details are gone, or zKillboard never labelled them. The open ones are loaded, with no
more than the filter asks for, and put to the compiled filter that alerts use. That is work for the event loop's thread:
it is done in small batches, with a breath between them.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import and_, or_, select

from services.domain.filter import Filter
from services.domain.ids import KillmailId
from services.domain.killmail import Killmail
from services.domain.standing import Standings
from services.filters.compiling import Compiler
from services.filters.flat import Flattener
from services.killmails.bounds import Clause, denied
from services.killmails.items import unpack_items
from services.killmails.narrowing import (
    Narrower,
    asks_for_attackers,
    asks_for_items,
    asks_for_labels,
)
from services.killmails.rows import killmail_of
from services.killmails.store import load_attackers
from services.storage.database import Transaction
from services.storage.statements import chunks
from services.storage.tables import killmails
from services.universe.universe import Universe

_BATCH = 100
"""Killmails that are tested at once: some ten milliseconds, which a heartbeat can wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """The mails of a stretch of time, sorted. None: there are no such mails."""

    sure: Clause
    open: Clause | None
    unknown: Clause | None


@dataclass(frozen=True, slots=True)
class Sieves:
    """Makes sieves."""

    narrower: Narrower
    compiler: Compiler
    flattener: Flattener

    @classmethod
    def of(cls, universe: Universe) -> "Sieves":
        """All that rests on the universe."""
        return cls(Narrower(universe), Compiler(universe), Flattener(universe))

    def sieve(self, wanted: Filter, standings: Standings) -> "Sieve":
        """One filter, by one server's standings."""
        return Sieve(self, wanted, standings)


class Sieve:
    """One filter."""

    def __init__(self, sieves: Sieves, wanted: Filter, standings: Standings) -> None:
        self.filter = wanted
        self._flatten = sieves.flattener.flatten
        self._holds = sieves.compiler.compile(wanted, standings).holds
        self._attackers = asks_for_attackers(wanted.root)
        self._items = asks_for_items(wanted.root)
        narrow = sieves.narrower.narrow
        self._whole = narrow(wanted, standings, detailed=True)
        asks_for_details = self._attackers or self._items
        self._pruned = (
            narrow(wanted, standings, detailed=False) if asks_for_details else self._whole
        )
        self._unlabelled: dict[bool, Clause] = {}
        """By whether a mail has its details: those that only want a label, which nobody gave them."""
        if asks_for_labels(wanted.root):
            for detailed, bounds in ((True, self._whole), (False, self._pruned)):
                could = narrow(wanted, standings, detailed=detailed, labelled=False)
                self._unlabelled[detailed] = and_(
                    killmails.c.labels.is_(None), could.possible, denied(bounds.possible)
                )

    def clauses(self, start: datetime, *, whole_since: datetime | None) -> Clauses:
        """What to ask of mails from `start` on; from `whole_since` on they have their details (None: no mail has)."""
        whole, pruned = self._whole, self._pruned
        doubt = None if whole.exact else whole.doubtful
        if (whole_since is not None and start >= whole_since) or (whole.exact and pruned.exact):
            return Clauses(sure=whole.sure, open=doubt, unknown=self._unlabelled.get(True))
        gone = killmails.c.pruned.is_(True)
        return Clauses(
            sure=or_(and_(denied(gone), whole.sure), and_(gone, pruned.sure)),
            open=None if doubt is None else and_(denied(gone), doubt),
            unknown=self._unknown(gone),
        )

    def _unknown(self, gone: Clause) -> Clause | None:
        """Of which nobody can know any more, where some have lost their details."""
        parts = [] if self._pruned.exact else [and_(gone, self._pruned.doubtful)]
        if self._unlabelled:
            parts.append(and_(denied(gone), self._unlabelled[True]))
            parts.append(and_(gone, self._unlabelled[False]))
        return or_(*parts) if parts else None

    async def meeting(self, tx: Transaction, ids: Sequence[KillmailId]) -> list[Killmail]:
        """Those of these open mails that meet the filter, in the order given; without what it does not ask for."""
        found: list[Killmail] = []
        for batch in chunks(ids, _BATCH):
            found += await self._tested(tx, batch)
            await asyncio.sleep(0)
        return found

    async def _tested(self, tx: Transaction, ids: Collection[KillmailId]) -> list[Killmail]:
        columns = [c for c in killmails.c if c.name != "items" or self._items]
        rows = (await tx.execute(select(*columns).where(killmails.c.id.in_(ids)))).all()
        attackers = await load_attackers(tx, ids) if self._attackers else {}
        met: dict[int, Killmail] = {}
        for row in rows:
            mail = killmail_of(row, attackers.get(row.id, ()))
            if self._items:
                items = unpack_items(row.items) or ()
                mail = replace(mail, victim=replace(mail.victim, items=items))
            if self._holds(self._flatten(mail, received_at=row.received_at)):
                met[row.id] = mail
        return [met[key] for key in ids if key in met]
