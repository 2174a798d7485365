"""Killmail documents of the outside world, read with a generous eye and turned into the house's own types.

The rule: what a killmail cannot do without (id, time, system, victim) must be there and make sense, or the document is
refused with a WireError. Everything else may be missing, null, a numeric string, a float where an integer belongs, or
plain nonsense; nonsense in an optional field counts as absent. Numbers that a database could not hold (beyond 64 bits)
and texts that it could not hold (control characters) never come through.

Two speeds: well-shaped documents, nearly all of them, are read by the typed models in one go. Only what those refuse is
read as plain JSON, tidied (`services.feeds.tidy`) and given to the same models again. No model leaves this module.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec

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
from services.domain.isk import UNKNOWN_VALUE, Value, ValueSource
from services.domain.killmail import Attacker, Item, Killmail, Position, Victim
from services.feeds.errors import WireError
from services.feeds.tidy import LARGEST, tidy_killmail, tidy_package

_FIRST_YEAR = 2003
"""The game opened in May 2003: an earlier mail comes from a broken clock, as does one of the next century."""
_LAST_YEAR = 2099
_BLUEPRINT_COPY = 2
_LONGEST_TEXT = 100
_DEEPEST = 16
"""The game nests one level. More is allowed, without end is not."""

_NEEDED = msgspec.Meta(ge=1, le=LARGEST)
_MAYBE = msgspec.Meta(ge=0, le=LARGEST)
_Amount = Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One file of R2Z2: a killmail and what its publisher says about the publishing."""

    sequence: int | None
    """The file's own number; None when the document does not repeat it."""
    killmail: Killmail
    uploaded_at: datetime | None = None
    sequence_updated: int | None = None
    """An older number whose file was written anew together with this one."""


def decode_killmail(body: bytes) -> Killmail:
    """Read an EVE Ref document: ESI's killmail with `killmail_hash`. Its value is unknown, its flags are None.

    Raises:
        WireError: when it is no readable killmail.
    """
    return _to_killmail(_decode(body, _killmail_decoder, tidy_killmail))


def decode_esi(body: bytes, *, killmail_hash: str) -> Killmail:
    """Read ESI's killmail as it is, with its hash told apart. Its value is unknown, its flags are None.

    Raises:
        WireError: when it is no readable killmail.
    """
    return _to_killmail(_decode(body, _killmail_decoder, tidy_killmail), outer_hash=killmail_hash)


def decode_r2z2(body: bytes) -> Publication:
    """Read one sequence file of R2Z2: ESI's killmail under `esi`, zKillboard's view under `zkb`.

    Raises:
        WireError: when it is no readable killmail.
    """
    wire = _decode(body, _package_decoder, tidy_package)
    return Publication(
        sequence=wire.sequence_id or None,
        killmail=_from_package(wire),
        uploaded_at=_from_epoch(wire.uploaded_at),
        sequence_updated=wire.sequence_updated or None,
    )


def decode_zkb_package(body: bytes) -> Killmail:
    """Read the older shape, ESI's killmail under `killmail`, with or without an outer `package` (RedisQ's).

    Raises:
        WireError: when it is no readable killmail.
    """
    wire = _decode(body, _package_decoder, tidy_package)
    return _from_package(wire.package or wire)


class _WireItem(msgspec.Struct, gc=False):
    item_type_id: Annotated[TypeId, _NEEDED]
    flag: _Amount = 0
    quantity_destroyed: _Amount = 0
    quantity_dropped: _Amount = 0
    singleton: _Amount = 0
    items: "list[_WireItem] | None" = None


class _WirePosition(msgspec.Struct, gc=False):
    x: float
    y: float
    z: float


class _WireCombatant(msgspec.Struct, gc=False):
    character_id: Annotated[CharacterId, _MAYBE] | None = None
    corporation_id: Annotated[CorporationId, _MAYBE] | None = None
    alliance_id: Annotated[AllianceId, _MAYBE] | None = None
    faction_id: Annotated[FactionId, _MAYBE] | None = None
    ship_type_id: Annotated[TypeId, _MAYBE] | None = None


class _WireAttacker(_WireCombatant, gc=False):
    weapon_type_id: Annotated[TypeId, _MAYBE] | None = None
    damage_done: _Amount = 0
    final_blow: bool = False


class _WireVictim(_WireCombatant, gc=False):
    damage_taken: _Amount = 0
    position: _WirePosition | None = None
    items: list[_WireItem] | None = None


class _WireKillmail(msgspec.Struct, gc=False):
    killmail_id: Annotated[KillmailId, _NEEDED]
    killmail_time: datetime
    solar_system_id: Annotated[SystemId, _NEEDED]
    victim: _WireVictim
    attackers: list[_WireAttacker] | None = None
    killmail_hash: str = ""
    war_id: Annotated[WarId, _MAYBE] | None = None
    moon_id: Annotated[LocationId, _MAYBE] | None = None


_ZKB_NAMES = {
    "total_value": "totalValue",
    "dropped_value": "droppedValue",
    "destroyed_value": "destroyedValue",
    "location_id": "locationID",
}


class _WireZkb(msgspec.Struct, gc=False, rename=_ZKB_NAMES):
    hash: str = ""
    total_value: float | None = None
    dropped_value: float | None = None
    destroyed_value: float | None = None
    location_id: Annotated[LocationId, _MAYBE] | None = None
    npc: bool | None = None
    solo: bool | None = None
    awox: bool | None = None
    labels: list[str] | None = None


class _WirePackage(msgspec.Struct, gc=False):
    """All that zKillboard wraps around a killmail: `esi` is R2Z2's, `killmail` and `package` are older."""

    esi: _WireKillmail | None = None
    killmail: _WireKillmail | None = None
    package: "_WirePackage | None" = None
    zkb: _WireZkb | None = None
    hash: str = ""
    sequence_id: Annotated[int, _MAYBE] | None = None
    sequence_updated: Annotated[int, _MAYBE] | None = None
    uploaded_at: Annotated[int, _MAYBE] | None = None


_killmail_decoder = msgspec.json.Decoder(_WireKillmail)
_package_decoder = msgspec.json.Decoder(_WirePackage)
_Model = TypeVar("_Model", _WireKillmail, _WirePackage)


def _decode(
    body: bytes, decoder: msgspec.json.Decoder[_Model], tidy: Callable[[Any], Any]
) -> _Model:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        return _decode_patiently(body, decoder.type, tidy)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"not JSON: {error}", malformed=True) from error


def _decode_patiently(body: bytes, model: type[_Model], tidy: Callable[[Any], Any]) -> _Model:
    try:
        return msgspec.convert(tidy(msgspec.json.decode(body)), model)
    except msgspec.ValidationError as error:
        raise WireError(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WireError(f"not JSON: {error}", malformed=True) from error


def _from_package(wire: _WirePackage) -> Killmail:
    inner = wire.esi or wire.killmail
    if inner is None:
        raise WireError("the document holds no killmail")
    return _to_killmail(inner, zkb=wire.zkb or _WireZkb(), outer_hash=wire.hash)


def _to_killmail(
    wire: _WireKillmail, *, zkb: _WireZkb | None = None, outer_hash: str = ""
) -> Killmail:
    zkb = zkb or _NO_ZKB
    return Killmail(
        id=wire.killmail_id,
        hash=_hash(wire.killmail_hash) or _hash(outer_hash) or _hash(zkb.hash),
        time=_utc(wire.killmail_time),
        system_id=wire.solar_system_id,
        victim=_to_victim(wire.victim),
        attackers=tuple([_to_attacker(attacker) for attacker in wire.attackers or ()]),
        value=_to_value(zkb),
        war_id=wire.war_id or None,
        moon_id=wire.moon_id or None,
        location_id=zkb.location_id or None,
        npc=zkb.npc,
        solo=zkb.solo,
        awox=zkb.awox,
        labels=tuple([label for label in zkb.labels or () if _clean(label)]),
    )


_NO_ZKB = _WireZkb()
_HASH = re.compile(r"(?:[0-9a-fA-F]{2})*")


def _to_attacker(wire: _WireAttacker) -> Attacker:
    return Attacker(
        character_id=wire.character_id or None,
        corporation_id=wire.corporation_id or None,
        alliance_id=wire.alliance_id or None,
        faction_id=wire.faction_id or None,
        ship_type_id=wire.ship_type_id or None,
        weapon_type_id=wire.weapon_type_id or None,
        damage=wire.damage_done,
        final_blow=wire.final_blow,
    )


def _to_victim(wire: _WireVictim) -> Victim:
    place = wire.position
    return Victim(
        character_id=wire.character_id or None,
        corporation_id=wire.corporation_id or None,
        alliance_id=wire.alliance_id or None,
        faction_id=wire.faction_id or None,
        ship_type_id=wire.ship_type_id or None,
        damage_taken=wire.damage_taken,
        position=None if place is None else Position(place.x, place.y, place.z),
        items=tuple(_flatten(wire.items)) if wire.items else (),
    )


def _flatten(wires: Iterable[_WireItem], depth: int = 0, *, place: int | None = None) -> list[Item]:
    """What lies in a container follows it; equal stacks stay apart, as the mail has them.

    `place` is the flag of the outermost container. What is packed in a hull keeps the slots of that hull's own fit on
    the mail, and would otherwise seem fitted to the one that died.
    """
    if depth > _DEEPEST:
        raise WireError(f"containers nested more than {_DEEPEST} deep")
    items = []
    for wire in wires:
        items.append(
            Item(
                type_id=wire.item_type_id,
                flag=wire.flag if place is None else place,
                destroyed=wire.quantity_destroyed,
                dropped=wire.quantity_dropped,
                copy=wire.singleton == _BLUEPRINT_COPY,
            )
        )
        if wire.items:
            outer = wire.flag if place is None else place
            items.extend(_flatten(wire.items, depth + 1, place=outer))
    return items


def _to_value(zkb: _WireZkb) -> Value:
    """A total of 0 says that zKillboard had no price yet, not that a hull was worth nothing."""
    total = zkb.total_value
    if total is None or not math.isfinite(total) or total <= 0:
        return UNKNOWN_VALUE
    return Value(isk=total, source=ValueSource.ZKB, dropped=_dropped(zkb, total))


def _dropped(zkb: _WireZkb, total: float) -> float | None:
    """What dropped, as told or as what of the total was not destroyed; unknown where it is no part of the total."""
    dropped = zkb.dropped_value
    if dropped is None and zkb.destroyed_value is not None:
        dropped = round(total - zkb.destroyed_value, 2)
    return dropped if dropped is not None and 0 <= dropped <= total else None


def _hash(text: str) -> str:
    """Hexadecimal or nothing: a hash is kept as bytes, and a wrong one leads nowhere."""
    return text if _HASH.fullmatch(text) else ""


def _clean(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT and text.isprintable() else ""


def _utc(moment: datetime) -> datetime:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise WireError(f"killmail_time {moment.isoformat()} lies outside the game's life")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _from_epoch(seconds: int | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, tz=UTC) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None
