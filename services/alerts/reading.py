"""Values out of JSON that somebody else wrote. Pure. Whatever is wrong is told with the path to it (`FilterFault`)."""

import re
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from services.filters.errors import FilterFault

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_ID = re.compile(r"[1-9]\d{0,18}", re.ASCII)
_MOST = 1e18

T = TypeVar("T")


def table(data: object, path: str) -> Mapping[str, Any]:
    """An object with named values."""
    if not isinstance(data, dict):
        raise fault(path, "an object with named values must stand here")
    return data


def no_others(found: Mapping[str, Any], known: Collection[str], path: str) -> None:
    """Refuse names that mean nothing."""
    for key in found:
        if key not in known:
            at = f"{path}.{key}" if path else str(key)
            raise fault(at, f"nothing of that name belongs here, only {', '.join(sorted(known))}")


def items(data: object, path: str, *, of: str) -> list[Any]:
    """A list; `of`: what should stand in it, in the plural."""
    if not isinstance(data, list):
        raise fault(path, f"a list of {of} must stand here")
    return data


def word(data: object, words: type[T], path: str) -> T:
    """One of an enumeration."""
    try:
        return words(data)  # type: ignore[call-arg]
    except ValueError as error:
        known = ", ".join(f"`{one}`" for one in words)  # type: ignore[attr-defined]
        raise fault(path, f"one of {known} must stand here") from error


def text(data: object, path: str) -> str | None:
    """Text, or nothing."""
    if data is not None and not isinstance(data, str):
        raise fault(path, "text must stand here")
    return data


def flag(data: object, path: str) -> bool:
    """True or false."""
    if not isinstance(data, bool):
        raise fault(path, "`true` or `false` must stand here")
    return data


def whole(data: object, path: str) -> int | None:
    """A whole number from 0 up, or nothing."""
    if data is None:
        return None
    if isinstance(data, bool) or not isinstance(data, int) or not 0 <= data < 2**31:
        raise fault(path, "a whole number must stand here")
    return data


def figure(data: object, path: str) -> float | None:
    """A number from 0 up, or nothing."""
    if data is None:
        return None
    if isinstance(data, bool) or not isinstance(data, int | float) or not 0 <= data <= _MOST:
        raise fault(path, "a number from 0 up must stand here")
    return float(data)


def identity(data: object) -> int | None:
    """An id of Discord's, which is written as text; None for anything else."""
    return int(data) if isinstance(data, str) and _ID.fullmatch(data) else None


def minute(data: object, path: str) -> int:
    """A time of the day, in minutes after midnight."""
    matched = _CLOCK.fullmatch(data) if isinstance(data, str) else None
    if matched is None:
        raise fault(path, "a time such as `23:30` must stand here")
    return int(matched[1]) * 60 + int(matched[2])


def fault(path: str, problem: str) -> FilterFault:
    """What is wrong at this path."""
    return FilterFault(f"{problem}.", path=path)
