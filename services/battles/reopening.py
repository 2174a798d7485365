"""Battles whose killmails were revised.

Where only a value changed, the picture is made anew from the same mails. Where other people are on a mail, who belongs
together is found anew: the battle's mails go back to being loose and are grouped like new ones. The row, and with it
the ids that people have seen and the messages that channels have, goes on with whoever has most of its mails. Frozen
battles keep the picture they have.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.battles import store
from services.battles.atlas import SpaceOf
from services.battles.grouping import Group
from services.battles.memory import MailMemory
from services.battles.rules import Trace, linkable
from services.domain.battle import Battle, BattleState
from services.domain.event import Revision
from services.domain.ids import BattleKey, KillmailId
from services.storage.database import Transaction


@dataclass(slots=True, kw_only=True)
class Reopened:
    """What has to be done anew."""

    traces: list[Trace] = field(default_factory=list)
    """Mails to be grouped."""
    groups: list[Group] = field(default_factory=list)
    """Battles of which nobody moved: only their pictures change."""
    parted: dict[BattleKey, frozenset[KillmailId]] = field(default_factory=dict)
    """Battles that were taken apart, with the mails they held. Their rows wait for an heir."""
    before: dict[BattleKey, Battle] = field(default_factory=dict)
    """How they all stood."""


async def reopen(
    tx: Transaction, memory: MailMemory, revisions: Sequence[Revision], space_of: SpaceOf
) -> Reopened:
    """Find what these revisions change; takes apart the battles in which somebody moved."""
    holders = await store.load_holders(tx, [revision.before.id for revision in revisions])
    found = Reopened()
    loose: set[KillmailId] = set()
    moved: set[BattleKey] = set()
    touched: dict[BattleKey, Group] = {}
    for revision in revisions:
        mail = revision.before
        key, state = holders.get(mail.id, (None, None))
        if state is BattleState.FROZEN:
            continue
        if key is not None:
            touched[key] = Group(keys={key})
        if revision.changes_people:
            loose |= {mail.id} if key is None else set()
            moved |= set() if key is None else {key}
    found.groups = [group for key, group in touched.items() if key not in moved]
    found.before = {b.key: b for b in await store.load_battles(tx, list(touched), space_of)}
    found.parted = {key: frozenset(found.before[key].killmail_ids) for key in moved}
    await store.part(tx, moved)
    ids = loose.union(*found.parted.values())
    traces = await memory.traces(tx, ids)
    mails = await memory.mails(tx, ids)
    found.traces = [traces[mail.id] for mail in mails if linkable(mail)]
    return found


def heirs(
    parted: dict[BattleKey, frozenset[KillmailId]], groups: Sequence[Group]
) -> dict[BattleKey, Group]:
    """Which of these battles each row goes on with; one of which no battle is left has no heir."""
    found: dict[BattleKey, Group] = {}
    for key, mails in parted.items():
        having = [group for group in groups if group.loose & mails]
        if having:
            found[key] = max(having, key=lambda g: (len(g.loose & mails), -min(g.loose)))
    return found
