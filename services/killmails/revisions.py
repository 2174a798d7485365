"""Killmails that are stored and become better known. Every function works inside the caller's transaction.

What is written is the difference: sums of items change by what the new record has more or less, attackers are replaced
only where they are others. When the mail came in stays as it was: retention counts from the first import. A mail whose
details were pruned gets its new value and flags, but no details again, and nobody hears of it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, select, update

from services.domain.event import Revision
from services.domain.ids import KillmailId
from services.domain.isk import Value, ValueSource
from services.domain.killmail import Arrival, Killmail, Rejected
from services.killmails.items import unpack_items
from services.killmails.rows import (
    ITEM_SUM,
    KILLMAIL,
    PARTICIPANT,
    SOURCE_NUMBERS,
    item_sum_rows,
    killmail_of,
    killmail_row,
    participant_rows,
    value_of,
)
from services.killmails.rules import Rank, contradiction, rank, rank_of, refused, replaces
from services.killmails.store import load_attackers, load_killmails
from services.storage.columns import to_milliseconds
from services.storage.database import Transaction
from services.storage.statements import chunks, execute_many, insert_or_add
from services.storage.tables import item_sums, killmails, participants

Price = Callable[[Killmail], Killmail]
"""Gives a killmail without a value the best estimate there is."""

_LASTING = frozenset({"id", "received_at", "pruned"})
_CHANGED = tuple(name for name in KILLMAIL if name not in _LASTING)
_REPLACE = update(killmails).where(killmails.c.id == bindparam("row_id"))
_REVALUE = (
    update(killmails)
    .where(killmails.c.id == bindparam("row_id"))
    .values(
        value=bindparam("isk"),
        value_source=bindparam("source"),
        value_unpriced=bindparam("unpriced"),
        value_dropped=bindparam("dropped"),
    )
)
_VALUES: Select[Any] = select(
    killmails.c.id,
    killmails.c.value,
    killmails.c.value_source,
    killmails.c.value_unpriced,
    killmails.c.value_dropped,
    killmails.c.pruned,
)
_REPUBLISH = (
    update(killmails)
    .where(killmails.c.id == bindparam("row_id"))
    .values(published_at=bindparam("published"))
)
_ADD_PARTICIPANTS = participants.insert()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What stands of a kill; `killmail` is whole only where it is about to be replaced."""

    killmail: Killmail
    rank: Rank
    pruned: bool

    def as_it_would_stand(self, killmail: Killmail) -> Killmail:
        """A record in this place: where details were pruned, it has none."""
        if not self.pruned:
            return killmail
        return replace(killmail, attackers=(), victim=replace(killmail.victim, items=()))


_Pair = tuple[_Stored, Arrival]
"""What stands, and what goes before it."""


async def revise(
    tx: Transaction, arrivals: Sequence[Arrival], *, price: Price
) -> tuple[list[Revision], list[Rejected]]:
    """Let known killmails be replaced by what goes before them (`rules`): what changed, and what is not believed."""
    stored = await _load_stored(tx, [arrival.killmail.id for arrival in arrivals])
    better: list[_Pair] = []
    doubted: list[Rejected] = []
    for arrival in arrivals:
        standing = stored[arrival.killmail.id]
        if reason := contradiction(standing.killmail, arrival.killmail):
            doubted.append(refused(arrival.killmail, reason))
        elif replaces(arrival, standing.rank):
            better.append((standing, replace(arrival, killmail=price(arrival.killmail))))
    if not better:
        return [], doubted
    await _republish(tx, better)
    changed = [
        (standing, arrival)
        for standing, arrival in await _with_attackers(tx, better)
        if standing.as_it_would_stand(arrival.killmail) != standing.killmail
    ]
    await _replace(tx, changed)
    revisions = [
        Revision(before=standing.killmail, after=arrival)
        for standing, arrival in changed
        if not standing.pruned
    ]
    return revisions, doubted


async def revalue(
    tx: Transaction, values: Mapping[KillmailId, Value], *, now: datetime
) -> tuple[int, list[Revision]]:
    """Give mails without a zKillboard value other estimates: how many changed, and what there is to tell of them."""
    other: dict[KillmailId, bool] = {}
    for chunk in chunks(values):
        for row in (await tx.execute(_VALUES.where(killmails.c.id.in_(chunk)))).all():
            stored = value_of(row)
            if stored.source is not ValueSource.ZKB and stored != values[row.id]:
                other[row.id] = row.pruned
    before = await load_killmails(tx, [id_ for id_, pruned in other.items() if not pruned])
    if other:
        rows = [
            {
                "row_id": id_,
                "isk": values[id_].isk,
                "source": SOURCE_NUMBERS[values[id_].source],
                "unpriced": values[id_].unpriced or None,
                "dropped": values[id_].dropped,
            }
            for id_ in other
        ]
        await tx.execute(_REVALUE, rows)
    return len(other), [
        Revision(
            before=mail,
            after=Arrival(killmail=replace(mail, value=values[mail.id]), received_at=now),
        )
        for mail in before
    ]


async def _load_stored(tx: Transaction, ids: Collection[KillmailId]) -> dict[KillmailId, _Stored]:
    """What stands, without attackers: most of what comes again is not better, and they are most of the work."""
    found: dict[KillmailId, _Stored] = {}
    for chunk in chunks(ids):
        for row in (await tx.execute(select(killmails).where(killmails.c.id.in_(chunk)))).all():
            mail = killmail_of(row, ())
            items = unpack_items(row.items) or ()
            published = row.published_at
            found[row.id] = _Stored(
                killmail=replace(mail, victim=replace(mail.victim, items=items)),
                rank=rank(mail, None if published is None else to_milliseconds(published)),
                pruned=row.pruned,
            )
    return found


async def _with_attackers(tx: Transaction, better: Sequence[_Pair]) -> list[_Pair]:
    attackers = await load_attackers(tx, [arrival.killmail.id for _, arrival in better])
    pairs = []
    for standing, arrival in better:
        shot = tuple(attackers.get(arrival.killmail.id, ()))
        whole = replace(standing.killmail, attackers=shot)
        pairs.append((replace(standing, killmail=whole), arrival))
    return pairs


async def _republish(tx: Transaction, better: Sequence[_Pair]) -> None:
    """Note the publication of what now stands, even where it says the same: older ones must not replace it."""
    rows = [
        {"row_id": arrival.killmail.id, "published": arrival.published_at}
        for standing, arrival in better
        if rank_of(arrival) != standing.rank
    ]
    if rows:
        await tx.execute(_REPUBLISH, rows)


async def _replace(tx: Transaction, changed: Sequence[_Pair]) -> None:
    names = (*_CHANGED, "row_id")
    rows = [_row(standing, arrival) for standing, arrival in changed]
    await execute_many(tx, _REPLACE, names, rows)
    whole = [(s.killmail, a.killmail) for s, a in changed if not s.pruned]
    shot = [after for before, after in whole if before.attackers != after.attackers]
    for chunk in chunks([mail.id for mail in shot]):
        await tx.execute(delete(participants).where(participants.c.killmail_id.in_(chunk)))
    await execute_many(tx, _ADD_PARTICIPANTS, PARTICIPANT, participant_rows(shot))
    carried = [(b, a) for b, a in whole if b.victim.items != a.victim.items]
    await _move_sums(tx, [b for b, _ in carried], [a for _, a in carried])


def _row(standing: _Stored, arrival: Arrival) -> tuple[Any, ...]:
    values = dict(zip(KILLMAIL, killmail_row(arrival), strict=True))
    if standing.pruned:
        values["items"] = None
    return (*(values[name] for name in _CHANGED), arrival.killmail.id)


async def _move_sums(
    tx: Transaction, before: Sequence[Killmail], after: Sequence[Killmail]
) -> None:
    """Take what the old records gave from the sums and add what the new ones give; empty sums go."""
    moved: dict[tuple[int, ...], tuple[int, int]] = {}
    for sign, mails in ((-1, before), (1, after)):
        for *key, destroyed, dropped in item_sum_rows(mails):
            gone, left = moved.get(tuple(key), (0, 0))
            moved[tuple(key)] = (gone + sign * destroyed, left + sign * dropped)
    rows = [(*key, *moved[key]) for key in sorted(moved) if any(moved[key])]
    add = insert_or_add(tx.dialect.name, item_sums, ("destroyed", "dropped"))
    await execute_many(tx, add, ITEM_SUM, rows)
    for day, system_id in sorted({(row[0], row[1]) for row in rows}):
        await tx.execute(
            delete(item_sums).where(
                item_sums.c.day == day,
                item_sums.c.system_id == system_id,
                item_sums.c.destroyed == 0,
                item_sums.c.dropped == 0,
            )
        )
