"""The slow, patient reading of documents that the typed models refuse.

Works on plain JSON values. Each known field is brought to its proper kind where that is possible without guessing, and
dropped where it is not, so that one odd field never costs a whole killmail. Lists that arrive as objects with running
numbers (PHP's habit) are lists again. What is left is judged by the models: this module refuses nothing itself.
"""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

LARGEST = 2**63 - 1
"""The largest integer that both databases hold."""

_Cleaner = Callable[[Any], Any]


def tidy_killmail(raw: object) -> dict[str, Any]:
    """ESI's killmail, with every field of the right kind or gone."""
    return _tidy(raw, _KILLMAIL)


def tidy_package(raw: object) -> dict[str, Any]:
    """What zKillboard wraps around a killmail; the id outside serves where the one inside is missing."""
    package = _tidy(raw, _PACKAGE)
    if isinstance(raw, Mapping):
        outside = _id(raw.get("killmail_id")) or _id(raw.get("killID"))
        for key in ("esi", "killmail"):
            if outside is not None and key in package:
                package[key].setdefault("killmail_id", outside)
    return package


def _tidy(raw: object, fields: Mapping[str, _Cleaner]) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        return {}
    cleaned = {key: clean(raw[key]) for key, clean in fields.items() if key in raw}
    return {key: value for key, value in cleaned.items() if value is not None}


def _whole(value: object) -> int | None:
    """An integer out of 12, 12.0, 12.7 (its whole part), "12" or "12.0"; None for all else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, float):
        value = int(value) if math.isfinite(value) else None
    return value if isinstance(value, int) and -LARGEST <= value <= LARGEST else None


def _parsed(text: str) -> int | float | None:
    if len(text) > 40 or "_" in text:
        return None
    try:
        return int(text)
    except ValueError:
        return _number(text)


def _id(value: object) -> int | None:
    number = _whole(value)
    return number if number is not None and number > 0 else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _flag(value: object) -> bool | None:
    """True and false, also as 1, 0, "true", "0"; None for all else."""
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object) -> list[str]:
    return [entry for entry in _entries(value) if isinstance(entry, str)]


def _entries(value: object) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def _moment(value: object) -> datetime | None:
    """A time from ISO 8601 text or from seconds since 1970."""
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value.strip())
        except ValueError:
            pass
    seconds = _whole(value)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _epoch(value: object) -> int | None:
    """Seconds since 1970 from seconds or from ISO 8601 text."""
    moment = _moment(value)
    if moment is None or not 1970 < moment.year < 9999:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int(aware.timestamp())


def _position(value: object) -> dict[str, Any] | None:
    position = _tidy(value, dict.fromkeys("xyz", _number))
    return position if len(position) == 3 else None


def _items(value: object) -> list[dict[str, Any]]:
    items = [_tidy(entry, _ITEM) for entry in _entries(value)]
    return [item for item in items if "item_type_id" in item]


def _attackers(value: object) -> list[dict[str, Any]]:
    return [_tidy(entry, _ATTACKER) for entry in _entries(value) if isinstance(entry, Mapping)]


def _inner(fields: Mapping[str, _Cleaner]) -> _Cleaner:
    return lambda value: _tidy(value, fields) if isinstance(value, Mapping) else None


_ITEM: dict[str, _Cleaner] = {
    "item_type_id": _id,
    "flag": _whole,
    "quantity_destroyed": _whole,
    "quantity_dropped": _whole,
    "singleton": _whole,
    "items": _items,
}
_WHO: dict[str, _Cleaner] = dict.fromkeys(
    ("character_id", "corporation_id", "alliance_id", "faction_id", "ship_type_id"), _id
)
_ATTACKER = _WHO | {"weapon_type_id": _id, "damage_done": _whole, "final_blow": _flag}
_VICTIM = _WHO | {"damage_taken": _whole, "position": _position, "items": _items}
_KILLMAIL: dict[str, _Cleaner] = {
    "killmail_id": _id,
    "killmail_time": _moment,
    "solar_system_id": _id,
    "victim": _inner(_VICTIM),
    "attackers": _attackers,
    "killmail_hash": _text,
    "war_id": _id,
    "moon_id": _id,
}
_ZKB: dict[str, _Cleaner] = {
    "hash": _text,
    "totalValue": _number,
    "droppedValue": _number,
    "destroyedValue": _number,
    "locationID": _id,
    "npc": _flag,
    "solo": _flag,
    "awox": _flag,
    "labels": _texts,
}
_PACKAGE: dict[str, _Cleaner] = {
    "package": lambda value: tidy_package(value) if isinstance(value, Mapping) else None,
    "esi": _inner(_KILLMAIL),
    "killmail": _inner(_KILLMAIL),
    "zkb": _inner(_ZKB),
    "hash": _text,
    "sequence_id": _id,
    "sequence_updated": _id,
    "uploaded_at": _epoch,
}
