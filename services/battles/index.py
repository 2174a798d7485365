"""What a battle can be found by: everybody on its mails, with the party they fought for, and where it was.

Written with the mails that join a battle, so that its entries are always those of its mails. Who is on two mails under
two parties stands under the one with the lower id, whatever came first. What servers moved by hand goes the same ways.

When a battle is frozen its pilots are forgotten, as its mails forget who shot; parties, corporations and places stay.
A pilot who is a party by himself is one of those.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, exists, literal, select

from services.domain.battle import Battle
from services.domain.ids import BattleKey, RegionId, SystemId, is_npc_corporation
from services.domain.killmail import Killmail
from services.storage.battle_tables import battle_index, battle_killmails, battles
from services.storage.database import Transaction
from services.storage.guild_tables import battle_moves
from services.storage.statements import chunks, execute_many, insert
from services.storage.tables import killmails, participants

RegionOf = Callable[[SystemId], RegionId | None]

FEW = 2000
"""Battles that are read in some milliseconds, wherever they lie."""

_COLUMNS = ("entity_id", "battle_key", "party_id")
_MOVES = tuple(column.name for column in battle_moves.c if column.name != "battle_key")
_FORGET = delete(battle_index).where(
    *(battle_index.c[name] == bindparam(name) for name in _COLUMNS[:2])
)
_saving: dict[str, Any] = {}
"""The statement of `save` by dialect: building it costs more than running it for a small mail."""


async def save(
    tx: Transaction,
    joined: Iterable[tuple[BattleKey, Killmail]],
    region_of: RegionOf,
    *,
    pilots: bool = True,
) -> None:
    """Enter mails that have joined battles. `pilots`: false where they are to be forgotten."""
    rows: dict[tuple[int, BattleKey], int | None] = {}
    for key, mail in joined:
        for entity_id, party_id in _people(mail, pilots=pilots):
            known = rows.get((entity_id, key))
            rows[entity_id, key] = party_id if known is None else min(known, party_id)
        rows[mail.system_id, key] = None
        region_id = region_of(mail.system_id)
        if region_id is not None:
            rows[region_id, key] = None
    await execute_many(tx, _save(tx), _COLUMNS, [(*row, party) for row, party in rows.items()])


async def save_parties(tx: Transaction, battle: Battle) -> None:
    """Enter the parties of a battle of which the mails do not tell any more who shot."""
    ids = [party.organisation.id for side in battle.sides for party in side.parties]
    await execute_many(tx, _save(tx), _COLUMNS, [(number, battle.key, number) for number in ids])


async def forget_pilots(tx: Transaction, keys: Collection[BattleKey]) -> None:
    """Take out who was there in person. The mails of these battles must still say it."""
    entry = battle_index.c.battle_key, battle_index.c.party_id
    for chunk in chunks(keys):
        gone: set[tuple[int, BattleKey]] = set()
        for people, mail_id in (
            (participants, participants.c.killmail_id),
            (killmails, killmails.c.id),
        ):
            pilots = (
                select(people.c.character_id, battle_killmails.c.battle_key)
                .join(people, mail_id == battle_killmails.c.killmail_id)
                .where(battle_killmails.c.battle_key.in_(chunk), people.c.character_id.is_not(None))
            )
            gone.update((row[0], row[1]) for row in (await tx.execute(pilots.distinct())).all())
        parties = select(*entry).where(entry[0].in_(chunk), entry[1].is_not(None)).distinct()
        gone.difference_update((row[1], row[0]) for row in (await tx.execute(parties)).all())
        await execute_many(tx, _FORGET, _COLUMNS[:2], sorted(gone))


def _people(mail: Killmail, *, pilots: bool) -> Iterator[tuple[int, int]]:
    """Pilots, player corporations, alliances and militias, each with its party."""
    for combatant in (mail.victim, *mail.attackers):
        party = combatant.organisation
        if party is None:
            continue
        yield party.id, party.id
        if pilots and combatant.character_id is not None:
            yield combatant.character_id, party.id
        corporation_id = combatant.corporation_id
        if corporation_id is not None and not is_npc_corporation(corporation_id):
            yield corporation_id, party.id


def _save(tx: Transaction) -> Any:
    if tx.dialect.name not in _saving:
        _saving[tx.dialect.name] = _or_lower(insert(tx, battle_index))
    return _saving[tx.dialect.name]


def _or_lower(statement: Any) -> Any:
    """Where the entry is there already, the lower party stays."""
    return statement.on_conflict_do_update(
        index_elements=_COLUMNS[:2],
        set_={"party_id": statement.excluded.party_id},
        where=statement.excluded.party_id < battle_index.c.party_id,
    )


async def holds(tx: Transaction, entity_id: int) -> ColumnElement[bool]:
    """A condition on `battles`: those that somebody was in, or that were fought somewhere.

    Few battles are gone through one by one. Of many only those are looked at that everything else takes, the latest
    first: a page is full after some of them, a short period soon over.
    """
    held = battle_index.c.entity_id == entity_id
    keys = select(battle_index.c.battle_key).where(held)
    if await tx.scalar(keys.offset(FEW).limit(1)) is None:
        return battles.c.key.in_(keys)
    return exists().where(held, battle_index.c.battle_key == battles.c.key)


async def absorb(tx: Transaction, into: BattleKey, keys: Sequence[BattleKey]) -> None:
    """Entries and moves of battles that are taken in lead to the one that goes on."""
    for key in keys:
        entries = select(battle_index.c.entity_id, literal(into), battle_index.c.party_id).where(
            battle_index.c.battle_key == key
        )
        await tx.execute(_or_lower(insert(tx, battle_index).from_select(_COLUMNS, entries)))
        moves = select(*(battle_moves.c[name] for name in _MOVES), literal(into)).where(
            battle_moves.c.battle_key == key
        )
        moved = insert(tx, battle_moves).from_select((*_MOVES, "battle_key"), moves)
        await tx.execute(_or_earlier(moved))
    await drop(tx, keys)


def _or_earlier(statement: Any) -> Any:
    """Where a server moved the same party in both battles, what it did first stays."""
    return statement.on_conflict_do_update(
        index_elements=[column.name for column in battle_moves.primary_key],
        set_={
            name: statement.excluded[name]
            for name in _MOVES
            if not battle_moves.c[name].primary_key
        },
        where=statement.excluded.moved_at < battle_moves.c.moved_at,
    )


async def part(tx: Transaction, keys: Collection[BattleKey]) -> None:
    """Battles whose mails are let go: they will join again. What servers moved stays with the row."""
    for chunk in chunks(keys):
        await tx.execute(delete(battle_index).where(battle_index.c.battle_key.in_(chunk)))


async def drop(tx: Transaction, keys: Collection[BattleKey]) -> None:
    """Battles that are no more."""
    await part(tx, keys)
    for chunk in chunks(keys):
        await tx.execute(delete(battle_moves).where(battle_moves.c.battle_key.in_(chunk)))
