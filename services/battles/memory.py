"""Killmails that were needed lately, kept in memory while they stay as they are.

A stored mail changes only by a revision, and who writes one, in whatever process, says so under a mark of the database,
in the same transaction (`renew`). A copy from before is used only after a look at the mark: when it has moved, all
copies go. So nothing depends on what is remembered but speed.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from services.battles.rules import Trace
from services.domain.ids import KillmailId
from services.domain.killmail import Killmail, Organisation
from services.storage.database import Transaction
from services.storage.marks import load_mark, save_mark
from services.storage.statements import chunks

LoadMails = Callable[[Transaction, Collection[KillmailId]], Awaitable[list[Killmail]]]
"""Reads killmails with their attackers; those that are not stored are missing from the answer."""

MAILS_AT_ONCE = 20
"""Mails that are read at once. Each of their rows becomes an object: with 150 attackers each that is ten milliseconds
in which nothing else is done."""

_EDITION = "killmails revised"


async def load_in_parts(
    load: LoadMails, tx: Transaction, ids: Collection[KillmailId]
) -> list[Killmail]:
    """These mails, in no particular order, read so that everything else goes on meanwhile."""
    found: list[Killmail] = []
    for some in chunks(ids, MAILS_AT_ONCE):
        found += await load(tx, some)
    return found


@dataclass(slots=True)
class _Kept:
    mail: Killmail
    trace: Trace
    parties: frozenset[Organisation] | None = None
    """Made when somebody asks."""


class MailMemory:
    """The latest `size` killmails, each with its trace."""

    def __init__(self, load: LoadMails, *, size: int) -> None:
        self._load = load
        self._size = size
        self._kept: OrderedDict[KillmailId, _Kept] = OrderedDict()
        self._edition: str | None = None
        self._own: set[KillmailId] = set()
        self._sure = False

    def begin(self) -> None:
        """A transaction begins: what was kept before it has to be checked once."""
        self._own.clear()
        self._sure = False

    def learn(self, mail: Killmail) -> Trace:
        """Keep a mail that is being stored."""
        self._own.add(mail.id)
        return self._keep(mail)

    async def renew(
        self, tx: Transaction, revised: Collection[KillmailId], *, now: datetime
    ) -> None:
        """These mails were revised in this transaction: their copies go, here and wherever else there are some.

        Should the transaction come to nothing, so does the mark, and what was read in it goes at the next look.
        """
        await self._check(tx)
        self.forget(revised)
        number = int((self._edition or "0").split()[0]) + 1
        self._edition = f"{number} {min(revised)} {now.isoformat()}"
        await save_mark(tx, _EDITION, self._edition, now=now)

    async def traces(self, tx: Transaction, ids: Collection[KillmailId]) -> dict[KillmailId, Trace]:
        """The traces of stored mails."""
        await self._need(tx, ids)
        return {mail_id: self._kept[mail_id].trace for mail_id in ids if mail_id in self._kept}

    async def mails(self, tx: Transaction, ids: Collection[KillmailId]) -> list[Killmail]:
        """Stored mails, in no particular order."""
        await self._need(tx, ids)
        return [self._kept[mail_id].mail for mail_id in ids if mail_id in self._kept]

    async def parties(
        self, tx: Transaction, ids: Collection[KillmailId]
    ) -> frozenset[Organisation]:
        """Everybody who fought on these stored mails."""
        await self._need(tx, ids)
        kept = [self._kept[mail_id] for mail_id in ids if mail_id in self._kept]
        return frozenset().union(*map(_parties, kept))

    def trim(self) -> None:
        """Forget the oldest ones beyond the size. Not done in between: what was just asked for must stay."""
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def forget(self, ids: Iterable[KillmailId]) -> None:
        """Forget mails of which the copies are of no more use."""
        for mail_id in ids:
            self._kept.pop(mail_id, None)

    def _keep(self, mail: Killmail) -> Trace:
        trace = Trace.of(mail)
        self._kept[mail.id] = _Kept(mail, trace)
        return trace

    async def _need(self, tx: Transaction, ids: Collection[KillmailId]) -> None:
        if not self._sure and not self._own.issuperset(ids):
            await self._check(tx)
        missing = []
        for mail_id in ids:
            if mail_id in self._kept:
                self._kept.move_to_end(mail_id)
            else:
                missing.append(mail_id)
        if missing:
            for mail in await load_in_parts(self._load, tx, missing):
                self._keep(mail)

    async def _check(self, tx: Transaction) -> None:
        """Let go of all copies from before when anybody revised a mail since."""
        edition = await load_mark(tx, _EDITION)
        if edition != self._edition:
            self.forget([mail_id for mail_id in self._kept if mail_id not in self._own])
            self._edition = edition
        self._sure = True


def _parties(kept: _Kept) -> frozenset[Organisation]:
    if kept.parties is None:
        everybody = (kept.mail.victim, *kept.mail.attackers)
        found = {combatant.organisation for combatant in everybody}
        kept.parties = frozenset(party for party in found if party is not None)
    return kept.parties
