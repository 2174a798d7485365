"""A server's alerts as a document that can be kept, edited and given to another server. Pure.

It names no person and no channel: who gives it to a server says where the alerts are to post. Filters stand in their
data form. Whatever is wrong with a document is told with the path to it.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from services.domain.alert import Alert, AlertKind, AlertRequest, CardPart, CardStyle, Updates
from services.domain.errors import UserError
from services.domain.ids import ChannelId, GuildId, RegionId, RoleId, UserId
from services.domain.quiet import QuietHours, QuietMode
from services.filters.data import from_data, to_data
from services.filters.errors import FilterFault, code
from services.universe.universe import Universe

FORMAT, VERSION = "war-room-alerts", 1

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_ID = re.compile(r"[1-9]\d{0,18}", re.ASCII)
_MOST = 1e18
_KEYS = frozenset(
    {
        "kind", "name", "filter", "region", "min_kills", "min_isk", "role", "ping_minutes", "cooldown_minutes",
        "style", "hidden", "quiet", "updates",
    }
)  # fmt: skip

T = TypeVar("T")


def to_document(alerts: Iterable[Alert]) -> dict[str, Any]:
    """The alerts; those whose filter cannot be read are left out, and named under `left_out`."""
    entries, left_out = [], []
    for alert in alerts:
        if alert.kind is AlertKind.KILLS and alert.filter is None:
            left_out.append(alert.id)
        else:
            entries.append(_entry(alert))
    found: dict[str, Any] = {"format": FORMAT, "version": VERSION, "alerts": entries}
    return found | ({"left_out": left_out} if left_out else {})


def read_document(
    data: object,
    *,
    guild_id: GuildId,
    channel_id: ChannelId,
    by: UserId,
    universe: Universe | None = None,
) -> list[AlertRequest]:
    """The alerts of a document, asked for by `by` in this channel. Raises UserError with the alert and the path.

    With a universe, places and types that it does not hold are refused as well.
    """
    if not isinstance(data, dict):
        raise UserError("That is no list of alerts. Give the file that `/alert export` made.")
    if data.get("format") != FORMAT:
        raise _fault("format", f"this is no list of alerts: it must say `{FORMAT}`")
    if data.get("version") != VERSION:
        raise _fault("version", f"only version {VERSION} can be read here")
    _no_others(data, {"format", "version", "alerts", "left_out"}, "")
    entries = data.get("alerts")
    if not isinstance(entries, list):
        raise _fault("alerts", "a list of alerts must stand here")
    found = []
    for number, entry in enumerate(entries, start=1):
        try:
            read = _read(_table(entry, ""), universe)
        except FilterFault as fault:
            name = entry.get("name") if isinstance(entry, dict) else None
            raise UserError(f"{called(number, name)}: {fault}") from fault
        found.append(AlertRequest(guild_id=guild_id, channel_id=channel_id, created_by=by, **read))
    return found


def called(number: int, name: object) -> str:
    """One alert of a document, for a sentence that begins with it: by its place from 1, and its name if it has one."""
    ends = {1: "st", 2: "nd", 3: "rd"}
    end = "th" if number // 10 % 10 == 1 else ends.get(number % 10, "th")
    named = f" ({code(name)})" if isinstance(name, str) and name.strip() else ""
    return f"The {number}{end} alert{named}"


def _entry(alert: Alert) -> dict[str, Any]:
    """What is not set is left out."""
    quiet = alert.quiet
    entry: dict[str, Any] = {
        "kind": alert.kind.value,
        "name": alert.name,
        "filter": None if alert.filter is None else to_data(alert.filter),
        "region": alert.region_id,
        "min_kills": alert.min_kills,
        "min_isk": alert.min_isk,
        # As text: not every reader of JSON keeps numbers of this length.
        "role": None if alert.role_id is None else str(alert.role_id),
        "ping_minutes": alert.ping_minutes,
        "cooldown_minutes": alert.cooldown_minutes,
        "style": alert.style.value,
        "hidden": sorted(alert.hidden) or None,
        "quiet": None if quiet is None else _quiet_entry(quiet),
        "updates": None if alert.updates is Updates.NONE else alert.updates.value,
    }
    return {key: value for key, value in entry.items() if value is not None}


def _quiet_entry(quiet: QuietHours) -> dict[str, str]:
    return {"from": _clock(quiet.start), "to": _clock(quiet.end), "mode": quiet.mode.value}


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _read(entry: Mapping[str, Any], universe: Universe | None) -> dict[str, Any]:
    """One alert, by the names of `AlertRequest`."""
    _no_others(entry, _KEYS, "")
    kind = _word(entry.get("kind"), AlertKind, "kind")
    found: dict[str, Any] = {
        "kind": kind,
        "name": _text(entry.get("name"), "name"),
        "min_isk": _figure(entry.get("min_isk"), "min_isk"),
        "style": _word(entry.get("style", CardStyle.FULL), CardStyle, "style"),
        "hidden": _hidden(entry.get("hidden", []), "hidden"),
        "quiet": _quiet(entry.get("quiet"), "quiet"),
        "updates": _word(entry.get("updates", Updates.NONE), Updates, "updates"),
    }
    for key in ("min_kills", "ping_minutes", "cooldown_minutes"):
        found[key] = _whole(entry.get(key), key)
    region, role = _whole(entry.get("region"), "region"), entry.get("role")
    if universe is not None and region is not None and universe.find_region(region) is None:
        raise _fault("region", f"I know no region that has the id {region}")
    found["region_id"] = None if region is None else RegionId(region)
    if role is not None:
        found["role_id"] = _role(role, "role")
    if kind is AlertKind.KILLS:
        found["filter"] = _filter(entry.get("filter"), universe)
    elif "filter" in entry:
        raise _fault("filter", "an alert for battles has none")
    return found


def _filter(data: object, universe: Universe | None) -> object:
    table = _table(data, "filter")
    try:
        return from_data(table, universe)
    except FilterFault as fault:
        path = f"filter.{fault.path}" if fault.path else "filter"
        raise FilterFault(fault.problem, path=path) from fault


def _quiet(data: object, path: str) -> QuietHours | None:
    if data is None:
        return None
    hours = _table(data, path)
    _no_others(hours, {"from", "to", "mode"}, path)
    return QuietHours(
        start=_minute(hours.get("from"), f"{path}.from"),
        end=_minute(hours.get("to"), f"{path}.to"),
        mode=_word(hours.get("mode"), QuietMode, f"{path}.mode"),
    )


def _minute(data: object, path: str) -> int:
    matched = _CLOCK.fullmatch(data) if isinstance(data, str) else None
    if matched is None:
        raise _fault(path, "a time such as `23:30` must stand here")
    return int(matched[1]) * 60 + int(matched[2])


def _hidden(data: object, path: str) -> frozenset[CardPart]:
    if not isinstance(data, list):
        raise _fault(path, "a list of parts of the card must stand here")
    return frozenset(_word(part, CardPart, f"{path}[{n}]") for n, part in enumerate(data))


def _word(data: object, words: type[T], path: str) -> T:
    try:
        return words(data)  # type: ignore[call-arg]
    except ValueError as error:
        known = ", ".join(f"`{word}`" for word in words)  # type: ignore[attr-defined]
        raise _fault(path, f"one of {known} must stand here") from error


def _text(data: object, path: str) -> str | None:
    if data is not None and not isinstance(data, str):
        raise _fault(path, "text must stand here")
    return data


def _whole(data: object, path: str) -> int | None:
    if data is None:
        return None
    if isinstance(data, bool) or not isinstance(data, int) or not 0 <= data < 2**31:
        raise _fault(path, "a whole number must stand here")
    return data


def _figure(data: object, path: str) -> float | None:
    if data is None:
        return None
    if isinstance(data, bool) or not isinstance(data, int | float) or not 0 <= data <= _MOST:
        raise _fault(path, "a number from 0 up must stand here")
    return float(data)


def _role(data: object, path: str) -> RoleId:
    if isinstance(data, str) and _ID.fullmatch(data):
        return RoleId(int(data))
    raise _fault(path, "the id of a role must stand here, in quotes")


def _table(data: object, path: str) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise _fault(path, "an object with named values must stand here")
    return data


def _no_others(table: Mapping[str, Any], known: Collection[str], path: str) -> None:
    for key in table:
        if key not in known:
            at = f"{path}.{key}" if path else str(key)
            raise _fault(at, f"nothing of that name belongs here, only {', '.join(sorted(known))}")


def _fault(path: str, problem: str) -> FilterFault:
    return FilterFault(f"{problem}.", path=path)
