"""What may be asked for, and what meets an alert for battles: pure. An unknown value never meets a floor."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from math import isfinite
from typing import TypeVar

from services.alerts.breadth import TOO_BROAD, kills_a_day, share
from services.alerts.settings import AlertSettings
from services.alerts.watching import check_flood, check_no_watch, check_watch, usual_form
from services.domain.alert import Alert, AlertChanges, AlertKind, AlertRequest, Updates
from services.domain.battle import Battle
from services.domain.errors import UserError
from services.domain.filter import Condition, FilterField, FilterNode, GroupKind, Reach
from services.domain.ids import RegionId, SystemId
from services.filters.data import normalised
from services.filters.normal import conditions_of
from services.filters.reaches import check_reach
from services.universe.errors import UnknownSystem
from services.universe.universe import Universe

LONGEST_NAME = 100
LONGEST_COOLDOWN = 24 * 60
"""Minutes. Whoever wants to be called once a day at most is better off reading."""
_DAY = 24 * 60
_ASKED = (
    "kind", "channel_id", "filter", "region_id", "min_kills", "min_isk", "role_id", "user_id", "scope", "events",
    "reminders",
)  # fmt: skip
"""Two alerts that agree in these would say the same in the same place."""

UNREADABLE_FILTER = (
    "I cannot read its filter any more; give it a new one with `/alert edit`, or remove it"
)
UNREADABLE_SCOPE = "I cannot read what it asks for any more; remove it, and add it anew"

Request = TypeVar("Request", bound=AlertRequest)


def is_readable(alert: Alert) -> bool:
    """False where a newer version wrote what it asks for, or it is damaged: it cannot be served."""
    if alert.kind is AlertKind.KILLS:
        return alert.filter is not None
    return alert.reason != UNREADABLE_SCOPE


def meets_battle(alert: Alert, battle: Battle, region_id: RegionId | None) -> bool:
    """True when a battle alert wants this battle as it stands. What is unpriced does not count towards its ISK."""
    return (
        alert.kind is AlertKind.BATTLES
        and alert.region_id in (None, region_id)
        and battle.kills >= (alert.min_kills or 0)
        and battle.isk_destroyed.isk >= (alert.min_isk or 0.0)
    )


def completed(request: Request, settings: AlertSettings) -> Request:
    """A request in its usual form: the smallest battle that is worth a post, a name without needless blanks."""
    name = " ".join(request.name.split()) if request.name is not None else None
    wanted = None if request.filter is None else normalised(request.filter)
    request = replace(request, name=name or None, filter=wanted)
    if request.kind is AlertKind.BATTLES and request.min_kills is None and request.min_isk is None:
        request = replace(request, min_kills=settings.default_min_kills)
    return usual_form(request)


def changed(alert: Alert, changes: AlertChanges) -> Alert:
    """The alert with these changes. It calls one: a role given takes the place of a person, and the other way round."""
    if changes.get("role_id") is not None:
        changes = {"user_id": None, **changes}
    if changes.get("user_id") is not None:
        changes = {"role_id": None, **changes}
    return replace(alert, **changes)


def check(request: AlertRequest, settings: AlertSettings) -> None:
    """Refuse what makes no sense by itself; UserError says what to do instead."""
    if request.kind.topic is not None:
        check_watch(request)
    else:
        check_no_watch(request)
        _check_kills(request) if request.kind is AlertKind.KILLS else _check_battles(request)
    if request.name is not None:
        _check_name(request.name)
    if request.role_id is not None and request.user_id is not None:
        raise UserError("An alert calls a role or a person, not both. Give one of them.")
    _check_minutes(request, settings)
    quiet = request.quiet
    if quiet is not None and not (0 <= quiet.start < _DAY and 0 <= quiet.end < _DAY):
        raise UserError("Quiet hours go from one time of the day to another, such as 23:00-07:30.")


def check_breadth(request: AlertRequest) -> None:
    """Refuse what would bury the channel."""
    check_flood(request)
    if request.filter is not None and share(request.filter) > TOO_BROAD:
        raise UserError(
            f"That would post some {round(kills_a_day(request.filter), -3):,.0f} kills a day. Name a place, somebody, "
            "a hull or a floor in ISK, such as `region:Delve isk>100m`."
        )


def check_places(request: AlertRequest, universe: Universe) -> None:
    """Refuse what is not on the map, and a distance of a hull that cannot jump."""
    if request.kind.topic is not None:
        check_watch(request, universe)
        check_flood(request, universe)
    conditions = () if request.filter is None else conditions_of(request.filter.root)
    for condition in conditions:
        for value in condition.values:
            if isinstance(value, Reach):
                try:
                    check_reach(universe, value)
                except UnknownSystem as error:
                    raise UserError(
                        f"A distance is measured from system #{error.system_id}, which is not on my map. "
                        "Name another one."
                    ) from error


def check_among(request: AlertRequest, others: Collection[Alert]) -> None:
    """Refuse what the server's other alerts already are or are called."""
    if (same := find_same(request, others)) is not None:
        raise UserError(f"Alert #{same.id} already asks for exactly that in that channel.")
    if request.name is not None and (taken := _named(request.name, others)) is not None:
        raise UserError(f"Alert #{taken.id} is called that already. Choose another name.")


def check_room(total: int, settings: AlertSettings) -> None:
    """Refuse more alerts than a server may have; `total`: with the new ones."""
    most = settings.max_per_guild
    if total > most:
        raise UserError(
            f"That would be {total} alerts, and this server may have at most {most} alerts. Remove some first."
        )


def find_same(request: AlertRequest, others: Iterable[Request]) -> Request | None:
    """The alert that would say the same in the same place."""
    for other in others:
        if all(getattr(other, name) == getattr(request, name) for name in _ASKED):
            return other
    return None


def free_name(name: str | None, others: Collection[AlertRequest]) -> str | None:
    """The name, or with a number behind it where it is taken."""
    number, free = 1, name
    while free is not None and _named(free, others) is not None:
        number += 1
        tail = f" ({number})"
        free = f"{name}"[: LONGEST_NAME - len(tail)] + tail
    return free


def home_of(alert: AlertRequest) -> SystemId | None:
    """The system that an alert measures from: that of its first distance, else the only system it names."""
    if alert.scope is not None:
        return alert.scope.system_id
    if alert.filter is None:
        return None
    systems: set[SystemId] = set()
    for condition in _wanted(alert.filter.root):
        for value in condition.values:
            if isinstance(value, Reach):
                return value.system_id
            if condition.field is FilterField.SYSTEM and isinstance(value, int):
                systems.add(SystemId(value))
    return systems.pop() if len(systems) == 1 else None


def _wanted(node: FilterNode) -> Iterator[Condition]:
    """Every condition that is no exclusion, in order."""
    if isinstance(node, Condition):
        yield node
    elif node.kind is not GroupKind.NONE:
        for member in node.members:
            yield from _wanted(member)


def _named(name: str, others: Iterable[Request]) -> Request | None:
    wanted = name.casefold()
    return next((o for o in others if o.name is not None and o.name.casefold() == wanted), None)


def _check_kills(request: AlertRequest) -> None:
    if request.filter is None:
        raise UserError(
            "An alert for kills needs a filter that says which, such as `region:Delve`."
        )
    if (request.region_id, request.min_kills, request.min_isk) != (None, None, None):
        raise UserError("An alert for kills says region and floors in its filter.")
    if request.updates is not Updates.NONE:
        raise UserError("A kill is told once: only an alert for battles can tell how it goes on.")


def _check_battles(request: AlertRequest) -> None:
    if request.filter is not None:
        raise UserError("An alert for battles has no filter: it goes by region, kills and ISK.")
    if request.user_id is not None:
        raise UserError("An alert for battles can call a role, not a person.")
    if request.min_kills is not None and request.min_kills < 1:
        raise UserError("The smallest battle has one kill: give a floor of 1 or more.")
    if request.min_isk is not None and not (isfinite(request.min_isk) and request.min_isk >= 0):
        raise UserError("A floor in ISK is 0 or more.")


def _check_name(name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise UserError(f"A name has at most {LONGEST_NAME} characters; this one has {len(name)}.")
    if name.removeprefix("#").isdecimal():
        raise UserError("Alerts have numbers already: give a name with a letter in it.")


def _check_minutes(request: AlertRequest, settings: AlertSettings) -> None:
    most = int(settings.post_max_age_minutes)
    ping, cooldown = request.ping_minutes, request.cooldown_minutes
    if ping is not None and not 1 <= ping <= most:
        raise UserError(
            f"A kill that calls somebody is from 1 to {most} minutes old at most; older ones are not posted. "
            "To call nobody, take the role away."
        )
    if cooldown is not None and not 0 <= cooldown <= LONGEST_COOLDOWN:
        raise UserError(f"The time between two calls is 0 to {LONGEST_COOLDOWN} minutes.")
