"""Killmails as columns of numbers, and back: what a recording is made of.

Each column is split into its bytes' planes (all the lowest bytes first), for so it packs best, and whoever stands on
mails again and again is written once. What comes out equals what went in, mail by mail, or packing refuses it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from services.domain.ids import (
    AllianceId,
    CharacterId,
    CorporationId,
    FactionId,
    KillmailId,
    LocationId,
    SystemId,
    TypeId,
    WarId,
)
from services.domain.killmail import Attacker, Combatant, Item, Killmail, Position, Victim

_WIDTHS = (1, 2, 4, 8)
_HASH_BYTES = 20
_NOWHERE = (np.nan, np.nan, np.nan)

Table = dict[str, bytes]
"""Column by column, all of the same length. 0 stands for what is not there: no id of the game is 0."""


class KillmailColumns(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that archives tell of killmails, in the killmails' order."""

    mails: Table
    hashes: bytes
    """20 bytes a mail; zeros where it has none."""
    positions: bytes
    """x, y, z a mail as 64-bit floats; NaN where it has none."""
    who: Table
    """Every set of pilot, corporation, alliance and faction that occurs, once."""
    attackers: Table
    items: Table


class _Who(NamedTuple):
    character: int
    corporation: int
    alliance: int
    faction: int


class _Mail(NamedTuple):
    id: int
    second: int
    """Since the recording's start."""
    system: int
    who: int
    ship: int
    damage: int
    war: int
    moon: int
    attackers: int
    items: int


class _Shot(NamedTuple):
    who: int
    ship: int
    weapon: int
    damage: int
    final_blow: int


class _Stack(NamedTuple):
    type: int
    flag: int
    destroyed: int
    dropped: int
    copy: int


def pack_killmails(mails: Sequence[Killmail], start: datetime) -> KillmailColumns:
    """The columns. Raises ValueError for a mail that would not come out as it went in."""
    for mail in mails:
        _check(mail)
    who = sorted({_who(found) for mail in mails for found in (mail.victim, *mail.attackers)})
    rows = {found: row for row, found in enumerate(who)}
    positions = np.array([_position(mail.victim) for mail in mails], dtype="<f8")
    return KillmailColumns(
        mails=pack_table(_Mail._fields, (_mail(mail, rows, start) for mail in mails)),
        hashes=b"".join(bytes.fromhex(mail.hash or "00" * _HASH_BYTES) for mail in mails),
        positions=_planes(positions.ravel()),
        who=pack_table(_Who._fields, who),
        attackers=pack_table(
            _Shot._fields, (_shot(found, rows) for mail in mails for found in mail.attackers)
        ),
        items=pack_table(
            _Stack._fields, (_stack(item) for mail in mails for item in mail.victim.items)
        ),
    )


def _check(mail: Killmail) -> None:
    told = (mail.value.isk, mail.location_id, mail.npc, mail.solo, mail.awox)
    if mail.labels or any(figure is not None for figure in told):
        msg = f"killmail {mail.id} carries zKillboard's figures, which have no column"
        raise ValueError(msg)
    if mail.time.microsecond:
        msg = f"killmail {mail.id} happened between two seconds"
        raise ValueError(msg)
    if mail.hash and len(mail.hash) != 2 * _HASH_BYTES:
        msg = f"killmail {mail.id} has a hash of {len(mail.hash)} letters"
        raise ValueError(msg)


def _mail(mail: Killmail, who: Mapping[_Who, int], start: datetime) -> _Mail:
    return _Mail(
        id=mail.id,
        second=(mail.time - start) // timedelta(seconds=1),
        system=mail.system_id,
        who=who[_who(mail.victim)],
        ship=mail.victim.ship_type_id or 0,
        damage=mail.victim.damage_taken,
        war=mail.war_id or 0,
        moon=mail.moon_id or 0,
        attackers=len(mail.attackers),
        items=len(mail.victim.items),
    )


def _who(found: Combatant) -> _Who:
    return _Who(
        found.character_id or 0,
        found.corporation_id or 0,
        found.alliance_id or 0,
        found.faction_id or 0,
    )


def _shot(found: Attacker, who: Mapping[_Who, int]) -> _Shot:
    return _Shot(
        who=who[_who(found)],
        ship=found.ship_type_id or 0,
        weapon=found.weapon_type_id or 0,
        damage=found.damage,
        final_blow=found.final_blow,
    )


def _stack(item: Item) -> _Stack:
    return _Stack(item.type_id, item.flag, item.destroyed, item.dropped, item.copy)


def _position(victim: Victim) -> tuple[float, float, float]:
    place = victim.position
    return (place.x, place.y, place.z) if place else _NOWHERE


def unpack_killmails(columns: KillmailColumns, start: datetime) -> tuple[Killmail, ...]:
    """The killmails. Raises ValueError or LookupError for columns that do not fit together."""
    who = [_Who(*row) for row in _rows(columns.who, _Who._fields)]
    shots = (_Shot(*row) for row in _rows(columns.attackers, _Shot._fields))
    stacks = (_Stack(*row) for row in _rows(columns.items, _Stack._fields))
    mails = [_Mail(*row) for row in _rows(columns.mails, _Mail._fields)]
    places = _unplaned(columns.positions, np.dtype("<f8")).reshape(len(mails), 3).tolist()
    hashes = [columns.hashes[at : at + _HASH_BYTES] for at in range(0, len(columns.hashes), 20)]
    made = []
    for mail, place, digest in zip(mails, places, hashes, strict=True):
        attackers = [_attacker(shot, who[shot.who]) for shot in islice(shots, mail.attackers)]
        items = [_item(stack) for stack in islice(stacks, mail.items)]
        if (len(attackers), len(items)) != (mail.attackers, mail.items):
            msg = f"killmail {mail.id} is longer than its columns"
            raise ValueError(msg)
        victim = _victim(mail, who[mail.who], place, items)
        made.append(_killmail(mail, victim, attackers, digest, start))
    return tuple(made)


def _killmail(
    mail: _Mail, victim: Victim, attackers: list[Attacker], digest: bytes, start: datetime
) -> Killmail:
    return Killmail(
        id=KillmailId(mail.id),
        hash=digest.hex() if any(digest) else "",
        time=start + timedelta(seconds=mail.second),
        system_id=SystemId(mail.system),
        victim=victim,
        attackers=tuple(attackers),
        war_id=WarId(mail.war) if mail.war else None,
        moon_id=LocationId(mail.moon) if mail.moon else None,
    )


def _victim(mail: _Mail, who: _Who, place: list[float], items: list[Item]) -> Victim:
    return Victim(
        **_identity(who),
        ship_type_id=TypeId(mail.ship) if mail.ship else None,
        damage_taken=mail.damage,
        position=None if np.isnan(place[0]) else Position(*place),
        items=tuple(items),
    )


def _attacker(shot: _Shot, who: _Who) -> Attacker:
    return Attacker(
        **_identity(who),
        ship_type_id=TypeId(shot.ship) if shot.ship else None,
        weapon_type_id=TypeId(shot.weapon) if shot.weapon else None,
        damage=shot.damage,
        final_blow=bool(shot.final_blow),
    )


def _item(stack: _Stack) -> Item:
    return Item(
        type_id=TypeId(stack.type),
        flag=stack.flag,
        destroyed=stack.destroyed,
        dropped=stack.dropped,
        copy=bool(stack.copy),
    )


def _identity(who: _Who) -> dict[str, Any]:
    return {
        "character_id": CharacterId(who.character) if who.character else None,
        "corporation_id": CorporationId(who.corporation) if who.corporation else None,
        "alliance_id": AllianceId(who.alliance) if who.alliance else None,
        "faction_id": FactionId(who.faction) if who.faction else None,
    }


def pack_table(names: Sequence[str], rows: Iterable[Sequence[int]]) -> Table:
    """Rows of whole numbers as columns under these names."""
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return {name: _pack_ints(column) for name, column in zip(names, columns, strict=True)}


def unpack_table(table: Table, names: Sequence[str]) -> list[tuple[int, ...]]:
    """The rows of `pack_table`. Raises ValueError or LookupError for columns that do not fit together."""
    return list(_rows(table, names))


def _rows(table: Table, names: Sequence[str]) -> Iterator[tuple[int, ...]]:
    return zip(*(_unpack_ints(table[name]).tolist() for name in names), strict=True)


def _pack_ints(values: Sequence[int]) -> bytes:
    """How many bytes each number takes, then the planes."""
    column = np.array(values, dtype="<i8")
    low, high = (int(column.min()), int(column.max())) if len(column) else (0, 0)
    width = next(w for w in _WIDTHS if -(1 << 8 * w - 1) <= low and high < 1 << 8 * w - 1)
    return bytes([width]) + _planes(column.astype(f"<i{width}"))


def _unpack_ints(column: bytes) -> NDArray[Any]:
    return _unplaned(column[1:], np.dtype(f"<i{column[0]}"))


def _planes(column: NDArray[Any]) -> bytes:
    return column.view(np.uint8).reshape(len(column), column.itemsize).T.tobytes()


def _unplaned(planes: bytes, kind: np.dtype[Any]) -> NDArray[Any]:
    split = np.frombuffer(planes, dtype=np.uint8).reshape(kind.itemsize, -1)
    return np.ascontiguousarray(split.T).view(kind).ravel()
