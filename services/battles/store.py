"""The queries of battles. A battle is one row, its mails, and every id under which it was ever known."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Select,
    bindparam,
    case,
    delete,
    func,
    null,
    or_,
    select,
    type_coerce,
    update,
)

from services.battles import index
from services.battles.atlas import SpaceOf
from services.battles.ids import stem_of
from services.battles.index import RegionOf
from services.battles.rows import battle_of, columns_of
from services.domain.battle import Battle, BattleSearch, BattleState, Fought
from services.domain.ids import BattleKey, KillmailId, SystemId
from services.domain.killmail import Killmail
from services.storage.battle_tables import battle_ids, battle_killmails, battles
from services.storage.database import Transaction
from services.storage.statements import chunks
from services.storage.tables import killmails

_JOIN = battle_killmails.insert()
_ADD_IDS = battle_ids.insert()
_CREATE = battles.insert().returning(battles.c.key, sort_by_parameter_order=True)
_UPDATE = update(battles).where(battles.c.key == bindparam("row_key"))
_SAVE = _UPDATE.values(
    details=case(
        (battles.c.details.is_(None), null()),
        else_=bindparam("new_details", type_=battles.c.details.type),
    )
)
_INCOMPLETE = battles.c.details.is_(None)


async def load_members(
    tx: Transaction, keys: Collection[BattleKey]
) -> dict[BattleKey, list[KillmailId]]:
    """The mails of battles."""
    found: dict[BattleKey, list[KillmailId]] = {key: [] for key in keys}
    for chunk in chunks(keys):
        query = select(battle_killmails).where(battle_killmails.c.battle_key.in_(chunk))
        for row in (await tx.execute(query)).all():
            found[row.battle_key].append(row.killmail_id)
    return found


async def load_holders(
    tx: Transaction, ids: Collection[KillmailId]
) -> dict[KillmailId, tuple[BattleKey, BattleState]]:
    """The battles that hold these mails, and whether they still change; mails that are in none are missing."""
    found: dict[KillmailId, tuple[BattleKey, BattleState]] = {}
    for chunk in chunks(ids):
        query = (
            select(battle_killmails.c.killmail_id, battles.c.key, battles.c.state)
            .join(battles, battles.c.key == battle_killmails.c.battle_key)
            .where(battle_killmails.c.killmail_id.in_(chunk))
        )
        for row in (await tx.execute(query)).all():
            found[row[0]] = BattleKey(row[1]), BattleState(row[2])
    return found


async def load_in_one_battle(
    tx: Transaction, killmail_id: KillmailId, among: Collection[KillmailId]
) -> frozenset[KillmailId]:
    """Those of these mails that the battle of this one holds."""
    own = (
        select(battle_killmails.c.battle_key)
        .where(battle_killmails.c.killmail_id == killmail_id)
        .scalar_subquery()
    )
    found: set[KillmailId] = set()
    for chunk in chunks(among):
        query = select(battle_killmails.c.killmail_id).where(
            battle_killmails.c.killmail_id.in_(chunk), battle_killmails.c.battle_key == own
        )
        found.update(await tx.scalars(query))
    return frozenset(found)


async def part(tx: Transaction, keys: Collection[BattleKey]) -> None:
    """Let the mails of these battles go, so that they can be joined anew. Their rows stay."""
    for chunk in chunks(keys):
        await tx.execute(delete(battle_killmails).where(battle_killmails.c.battle_key.in_(chunk)))
    await index.part(tx, keys)


async def drop(tx: Transaction, keys: Collection[BattleKey]) -> None:
    """Battles that are none: their rows go. Ids that people have seen are never given to others (`naming`)."""
    for chunk in chunks(keys):
        await tx.execute(delete(battles).where(battles.c.key.in_(chunk)))
    await index.drop(tx, keys)


async def holds_a_kill_in_time(
    tx: Transaction, key: BattleKey, *, since: datetime, lag: timedelta
) -> bool:
    """Whether one of its mails came in after `since`, and within `lag` of its publication (as far as that is known)."""
    published = type_coerce(killmails.c.published_at, BigInteger)
    took = type_coerce(killmails.c.received_at, BigInteger) - published
    in_time = or_(published.is_(None), took <= lag // timedelta(milliseconds=1))
    query = (
        select(battle_killmails.c.killmail_id)
        .join(killmails, killmails.c.id == battle_killmails.c.killmail_id)
        .where(battle_killmails.c.battle_key == key, killmails.c.received_at > since, in_time)
    )
    return await tx.scalar(query.limit(1)) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands in a battle's row before it changes."""

    key: BattleKey
    start: datetime
    stem: str
    public_id: str


async def load_standing(tx: Transaction, keys: Collection[BattleKey]) -> dict[BattleKey, Standing]:
    """The rows of battles."""
    found: dict[BattleKey, Standing] = {}
    for chunk in chunks(keys):
        query = select(battles.c.key, battles.c.start, battles.c.stem, battles.c.public_id)
        for row in (await tx.execute(query.where(battles.c.key.in_(chunk)))).all():
            found[row.key] = Standing(
                key=row.key, start=row.start, stem=row.stem, public_id=row.public_id
            )
    return found


async def create(tx: Transaction, pictures: Sequence[Battle], region_of: RegionOf) -> list[Battle]:
    """New rows for battles; returns them with their keys. Their public ids are provisional (`naming`)."""
    if not pictures:
        return []
    rows = [
        {**columns_of(battle, region_of(battle.system_id)), "public_id": battle.public_id}
        for battle in pictures
    ]
    keys = (await tx.execute(_CREATE, rows)).scalars().all()
    return [replace(battle, key=BattleKey(key)) for battle, key in zip(pictures, keys, strict=True)]


async def save(tx: Transaction, pictures: Sequence[Battle], region_of: RegionOf) -> None:
    """Write the pictures of battles that have rows. Their ids are not touched.

    A row that is not complete (`load_incomplete`) stays so: not all of its mails can be searched by yet.
    """
    rows = []
    for battle in pictures:
        row = columns_of(battle, region_of(battle.system_id))
        rows.append({**row, "new_details": row.pop("details"), "row_key": battle.key})
    if rows:
        await tx.execute(_SAVE, rows)


async def load_incomplete(tx: Transaction, limit: int, space_of: SpaceOf) -> list[Battle]:
    """Battles that an older version stored, the latest first."""
    query = select(battles).where(_INCOMPLETE).order_by(battles.c.key.desc())
    return await _load(tx, query.limit(limit), space_of)


async def complete(tx: Transaction, battle: Battle, region_of: RegionOf) -> None:
    """Write all of a battle that an older version stored."""
    row = columns_of(battle, region_of(battle.system_id))
    await tx.execute(_UPDATE, {**row, "row_key": battle.key})


async def join(
    tx: Transaction, joined: Sequence[tuple[BattleKey, Killmail]], region_of: RegionOf
) -> None:
    """Note which battle mails belong to, and what it can be found by."""
    if joined:
        await tx.execute(
            _JOIN, [{"killmail_id": mail.id, "battle_key": key} for key, mail in joined]
        )
        await index.save(tx, joined, region_of)


async def absorb(tx: Transaction, into: BattleKey, keys: Sequence[BattleKey]) -> None:
    """Battles that no longer stand alone: their mails and ids lead to the one that took them in.

    With one that is not complete, neither is that.
    """
    incomplete = select(battles.c.key).where(battles.c.key.in_(keys), _INCOMPLETE)
    if await tx.scalar(incomplete.limit(1)) is not None:
        await tx.execute(_UPDATE, {"row_key": into, "details": None})
    for table in (battle_killmails, battle_ids):
        await tx.execute(update(table).where(table.c.battle_key.in_(keys)).values(battle_key=into))
    await index.absorb(tx, into, keys)
    await tx.execute(delete(battles).where(battles.c.key.in_(keys)))


async def set_state(tx: Transaction, keys: Sequence[BattleKey], state: BattleState) -> None:
    """Change nothing but the state."""
    await tx.execute(update(battles).where(battles.c.key.in_(keys)).values(state=state))


async def freeze(tx: Transaction, ids: Sequence[KillmailId]) -> None:
    """Battles that hold one of these mails keep their last picture for ever, and forget their pilots."""
    touched = select(battle_killmails.c.battle_key).where(battle_killmails.c.killmail_id.in_(ids))
    thawed = battles.c.key.in_(touched), battles.c.state != BattleState.FROZEN
    keys = list(await tx.scalars(select(battles.c.key).where(*thawed)))
    await index.forget_pilots(tx, keys)
    await tx.execute(update(battles).where(*thawed).values(state=BattleState.FROZEN))


@dataclass(frozen=True, slots=True, kw_only=True)
class Namesake:
    """A battle of some stem, with what ranks it among those of the same."""

    key: BattleKey
    stem: str
    lowest: KillmailId
    public_id: str


async def load_namesakes(tx: Transaction, stems: Collection[str]) -> list[Namesake]:
    """All battles of these stems, by their lowest killmail id."""
    found: list[Namesake] = []
    for chunk in chunks(stems):
        query = select(battles.c.key, battles.c.stem, battles.c.lowest, battles.c.public_id)
        rows = (await tx.execute(query.where(battles.c.stem.in_(chunk)))).all()
        found += [
            Namesake(key=row.key, stem=row.stem, lowest=row.lowest, public_id=row.public_id)
            for row in rows
        ]
    return sorted(found, key=lambda namesake: namesake.lowest)


async def load_ids(tx: Transaction, stems: Collection[str]) -> dict[str, tuple[BattleKey, bool]]:
    """Every id of these stems: the battle it leads to, and whether people have seen it."""
    found: dict[str, tuple[BattleKey, bool]] = {}
    for chunk in chunks(stems):
        for row in (await tx.execute(select(battle_ids).where(battle_ids.c.stem.in_(chunk)))).all():
            found[row.public_id] = (BattleKey(row.battle_key), row.shown)
    return found


async def drop_ids(tx: Transaction, public_ids: Collection[str]) -> None:
    """Ids that nobody has seen and that no battle bears any more."""
    for chunk in chunks(public_ids):
        await tx.execute(delete(battle_ids).where(battle_ids.c.public_id.in_(chunk)))


async def rename(tx: Transaction, names: Mapping[BattleKey, str]) -> None:
    """Give battles their present ids in their rows."""
    if names:
        await tx.execute(
            _UPDATE,
            [{"row_key": key, "public_id": name} for key, name in names.items()],
        )


async def add_ids(tx: Transaction, names: Mapping[BattleKey, str]) -> None:
    """New ids, seen by nobody yet."""
    rows = [
        {"public_id": name, "stem": stem_of(name), "battle_key": key, "shown": False}
        for key, name in names.items()
    ]
    if rows:
        await tx.execute(_ADD_IDS, rows)


async def is_shown(tx: Transaction, public_id: str) -> bool:
    """Whether people have seen this id."""
    query = select(battle_ids.c.shown).where(battle_ids.c.public_id == public_id)
    return bool(await tx.scalar(query))


async def mark_shown(tx: Transaction, public_ids: Collection[str]) -> None:
    """People have seen these ids."""
    for chunk in chunks(public_ids):
        await tx.execute(
            update(battle_ids)
            .where(battle_ids.c.public_id.in_(chunk), battle_ids.c.shown.is_(False))
            .values(shown=True)
        )


async def load_quiet(tx: Transaction, *, last_before: datetime) -> list[BattleKey]:
    """Open battles whose last mail is older than this."""
    query = select(battles.c.key).where(
        battles.c.state == BattleState.OPEN, battles.c.end <= last_before
    )
    return list(await tx.scalars(query.order_by(battles.c.key)))


async def load_search(tx: Transaction, search: BattleSearch, space_of: SpaceOf) -> list[Battle]:
    """The battles that meet a search, latest first."""
    latest = battles.c.end.desc(), battles.c.key.desc()
    asked = await _matching(tx, select(battles.c.key), search)
    keys = asked.order_by(*latest).limit(search.limit).offset(search.offset)
    return await _load(
        tx, select(battles).where(battles.c.key.in_(keys)).order_by(*latest), space_of
    )


async def count_search(tx: Transaction, search: BattleSearch) -> int:
    """How many battles meet a search, whatever its limit and offset."""
    query = await _matching(tx, select(func.count()).select_from(battles), search)
    return int(await tx.scalar(query) or 0)


async def load_fought(
    tx: Transaction, systems: Collection[SystemId], start: datetime, end: datetime
) -> dict[SystemId, Fought]:
    """What all battles left in each of these systems within [start, end); systems without one are absent."""
    query = (
        select(
            killmails.c.system_id,
            func.count(battle_killmails.c.battle_key.distinct()).label("battles"),
            func.count().label("kills"),
        )
        .join(battle_killmails, battle_killmails.c.killmail_id == killmails.c.id)
        .where(
            killmails.c.system_id.in_(sorted(systems)),
            killmails.c.time >= start,
            killmails.c.time < end,
        )
        .group_by(killmails.c.system_id)
    )
    return {
        SystemId(row.system_id): Fought(battles=row.battles, kills=row.kills)
        for row in await tx.execute(query)
    }


async def _matching(tx: Transaction, query: Select[Any], search: BattleSearch) -> Select[Any]:
    """The conditions of a search. A floor of 0 asks nothing."""
    if search.since is not None:
        query = query.where(battles.c.end >= search.since)
    if search.until is not None:
        query = query.where(battles.c.start < search.until)
    if search.space is not None:
        query = query.where(battles.c.space == search.space)
    if search.kind is not None:
        query = query.where(battles.c.kind == search.kind)
    for column, floor in (
        (battles.c.kills, search.min_kills),
        (battles.c.isk, search.min_isk),
        (battles.c.pilots, search.min_pilots),
        (battles.c.capitals, search.min_capitals),
    ):
        if floor > 0:
            query = query.where(column >= floor)
    for entity in (search.system_id, search.region_id, search.entity_id):
        if entity is not None:
            query = query.where(await index.holds(tx, entity))
    return query


async def load_battles(
    tx: Transaction, keys: Collection[BattleKey], space_of: SpaceOf
) -> list[Battle]:
    """Battles by key, in the order of their keys."""
    query = select(battles).where(battles.c.key.in_(list(keys))).order_by(battles.c.key)
    return await _load(tx, query, space_of)


async def find_key(tx: Transaction, public_id: str) -> BattleKey | None:
    """The battle that an id leads to, whatever its case; None when nobody knows it."""
    found: int | None = await tx.scalar(
        select(battle_ids.c.battle_key).where(
            func.upper(battle_ids.c.public_id) == public_id.strip().upper()
        )
    )
    return None if found is None else BattleKey(found)


async def count(tx: Transaction) -> dict[BattleState, int]:
    """Battles by state."""
    query = select(battles.c.state, func.count()).group_by(battles.c.state)
    return {BattleState(row[0]): int(row[1]) for row in (await tx.execute(query)).all()}


async def _load(tx: Transaction, query: Select[Any], space_of: SpaceOf) -> list[Battle]:
    rows = (await tx.execute(query)).all()
    members = await load_members(tx, [row.key for row in rows])
    return [battle_of(row, members[row.key], space_of) for row in rows]
