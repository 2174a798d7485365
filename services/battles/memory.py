"""Killmails that were needed lately, kept in memory. They never change, so a copy is as good as the row."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable

from services.battles.rules import Trace
from services.domain.ids import KillmailId
from services.domain.killmail import Killmail
from services.storage.database import Transaction

LoadMails = Callable[[Transaction, Collection[KillmailId]], Awaitable[list[Killmail]]]
"""Reads killmails with their attackers; those that are not stored are missing from the answer."""


class MailMemory:
    """The latest `size` killmails, each with its trace."""

    def __init__(self, load: LoadMails, *, size: int) -> None:
        self._load = load
        self._size = size
        self._kept: OrderedDict[KillmailId, tuple[Killmail, Trace]] = OrderedDict()

    def learn(self, mail: Killmail) -> Trace:
        """Keep a mail that is being stored."""
        trace = Trace.of(mail)
        self._kept[mail.id] = (mail, trace)
        return trace

    async def traces(self, tx: Transaction, ids: Collection[KillmailId]) -> dict[KillmailId, Trace]:
        """The traces of stored mails."""
        await self._need(tx, ids)
        return {mail_id: self._kept[mail_id][1] for mail_id in ids if mail_id in self._kept}

    async def mails(self, tx: Transaction, ids: Collection[KillmailId]) -> list[Killmail]:
        """Stored mails, in no particular order."""
        await self._need(tx, ids)
        return [self._kept[mail_id][0] for mail_id in ids if mail_id in self._kept]

    def trim(self) -> None:
        """Forget the oldest ones beyond the size. Not done in between: what was just asked for must stay."""
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def forget(self, ids: Iterable[KillmailId]) -> None:
        """Forget mails whose transaction came to nothing."""
        for mail_id in ids:
            self._kept.pop(mail_id, None)

    async def _need(self, tx: Transaction, ids: Collection[KillmailId]) -> None:
        missing = []
        for mail_id in ids:
            if mail_id in self._kept:
                self._kept.move_to_end(mail_id)
            else:
                missing.append(mail_id)
        if missing:
            for mail in await self._load(tx, missing):
                self.learn(mail)
