"""A server's alerts as a document that can be kept, edited and given to another server. Pure.

It names no person and no channel: who gives it to a server says where the alerts are to post. Filters stand in their
data form. Whatever is wrong with a document is told with the path to it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from services.alerts.reading import (
    fault,
    figure,
    identity,
    items,
    minute,
    no_others,
    table,
    text,
    whole,
    word,
)
from services.alerts.rules import is_readable
from services.alerts.scopes import check_scope, read_events, read_reminders
from services.alerts.scopes import from_data as read_scope
from services.alerts.scopes import to_data as scope_data
from services.domain.alert import Alert, AlertKind, AlertRequest, CardPart, CardStyle, Updates
from services.domain.errors import UserError
from services.domain.ids import ChannelId, GuildId, RegionId, RoleId, UserId
from services.domain.quiet import QuietHours, QuietMode
from services.filters.data import from_data, to_data
from services.filters.errors import FilterFault, code
from services.universe.universe import Universe

FORMAT, VERSION = "war-room-alerts", 1

_KEYS = frozenset(
    {
        "kind", "name", "filter", "region", "min_kills", "min_isk", "role", "ping_minutes", "cooldown_minutes",
        "style", "hidden", "quiet", "updates", "scope", "events", "reminders",
    }
)  # fmt: skip
_OF_TOPICS = ("scope", "events", "reminders")


def to_document(alerts: Iterable[Alert]) -> dict[str, Any]:
    """The alerts; those that cannot be read are left out, and named under `left_out`."""
    entries, left_out = [], []
    for alert in alerts:
        if is_readable(alert):
            entries.append(_entry(alert))
        else:
            left_out.append(alert.id)
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
        raise fault("format", f"this is no list of alerts: it must say `{FORMAT}`")
    if data.get("version") != VERSION:
        raise fault("version", f"only version {VERSION} can be read here")
    no_others(data, {"format", "version", "alerts", "left_out"}, "")
    entries = data.get("alerts")
    if not isinstance(entries, list):
        raise fault("alerts", "a list of alerts must stand here")
    found = []
    for number, entry in enumerate(entries, start=1):
        try:
            read = _read(table(entry, ""), universe)
        except FilterFault as wrong:
            name = entry.get("name") if isinstance(entry, dict) else None
            raise UserError(f"{called(number, name)}: {wrong}") from wrong
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
        "scope": None if alert.scope is None else scope_data(alert.scope),
        "events": sorted(alert.events) or None,
        "reminders": None if alert.reminders is None else list(alert.reminders),
    }
    return {key: value for key, value in entry.items() if value is not None}


def _quiet_entry(quiet: QuietHours) -> dict[str, str]:
    return {"from": _clock(quiet.start), "to": _clock(quiet.end), "mode": quiet.mode.value}


def _clock(of_day: int) -> str:
    return f"{of_day // 60:02}:{of_day % 60:02}"


def _read(entry: Mapping[str, Any], universe: Universe | None) -> dict[str, Any]:
    """One alert, by the names of `AlertRequest`."""
    no_others(entry, _KEYS, "")
    kind = word(entry.get("kind"), AlertKind, "kind")
    found: dict[str, Any] = {
        "kind": kind,
        "name": text(entry.get("name"), "name"),
        "min_isk": figure(entry.get("min_isk"), "min_isk"),
        "style": word(entry.get("style", CardStyle.FULL), CardStyle, "style"),
        "hidden": _hidden(entry.get("hidden", []), "hidden"),
        "quiet": _quiet(entry.get("quiet"), "quiet"),
        "updates": word(entry.get("updates", Updates.NONE), Updates, "updates"),
    }
    for key in ("min_kills", "ping_minutes", "cooldown_minutes"):
        found[key] = whole(entry.get(key), key)
    region, role = whole(entry.get("region"), "region"), entry.get("role")
    if universe is not None and region is not None and universe.find_region(region) is None:
        raise fault("region", f"I know no region that has the id {region}")
    found["region_id"] = None if region is None else RegionId(region)
    if role is not None:
        found["role_id"] = _role(role, "role")
    if kind is AlertKind.KILLS:
        found["filter"] = _filter(entry.get("filter"), universe)
    elif "filter" in entry:
        raise fault("filter", f"an alert for {kind} has none")
    if kind.topic is not None:
        return found | _of_topic(entry, universe)
    for key in _OF_TOPICS:
        if key in entry:
            raise fault(key, f"an alert for {kind} has none")
    return found


def _of_topic(entry: Mapping[str, Any], universe: Universe | None) -> dict[str, Any]:
    """What only alerts on occurrences have."""
    scope = read_scope(entry["scope"]) if "scope" in entry else None
    if scope is not None:
        check_scope(scope, universe=universe)
    return {
        "scope": scope,
        "events": read_events(entry.get("events", [])),
        "reminders": read_reminders(entry.get("reminders")),
    }


def _filter(data: object, universe: Universe | None) -> object:
    wanted = table(data, "filter")
    try:
        return from_data(wanted, universe)
    except FilterFault as wrong:
        path = f"filter.{wrong.path}" if wrong.path else "filter"
        raise FilterFault(wrong.problem, path=path) from wrong


def _quiet(data: object, path: str) -> QuietHours | None:
    if data is None:
        return None
    hours = table(data, path)
    no_others(hours, {"from", "to", "mode"}, path)
    return QuietHours(
        start=minute(hours.get("from"), f"{path}.from"),
        end=minute(hours.get("to"), f"{path}.to"),
        mode=word(hours.get("mode"), QuietMode, f"{path}.mode"),
    )


def _hidden(data: object, path: str) -> frozenset[CardPart]:
    parts = items(data, path, of="parts of the card")
    return frozenset(word(part, CardPart, f"{path}[{n}]") for n, part in enumerate(parts))


def _role(data: object, path: str) -> RoleId:
    found = identity(data)
    if found is None:
        raise fault(path, "the id of a role must stand here, in quotes")
    return RoleId(found)
