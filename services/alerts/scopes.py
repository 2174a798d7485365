"""What an alert on occurrences asks for, as data: stored in its row and written into documents in one form. Pure.

What is not set is left out. Whatever is wrong with it is told with the path to it.
"""

import json
from typing import Any

from services.alerts.reading import fault, figure, flag, items, no_others, table, whole, word
from services.domain.ids import RegionId, SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.occurrence import OccurrenceKind, Scope
from services.filters.errors import FilterFault
from services.universe.universe import Universe

_KEYS = frozenset({"region", "system", "jumps", "light_years", "party", "us"})
_MOST_JUMPS, _MOST_LIGHT_YEARS = 50, 60.0


def to_data(scope: Scope) -> dict[str, Any]:
    """The scope as JSON has it."""
    party = scope.party
    found = {
        "region": scope.region_id,
        "system": scope.system_id,
        "jumps": scope.jumps,
        "light_years": scope.light_years,
        "party": None if party is None else {"kind": party.kind.value, "id": party.id},
        "us": scope.us or None,
    }
    return {key: value for key, value in found.items() if value is not None}


def from_data(data: object, path: str = "scope") -> Scope:
    """What `to_data` wrote, or somebody else. Raises FilterFault."""
    found = table(data, path)
    no_others(found, _KEYS, path)
    region, system = (whole(found.get(key), f"{path}.{key}") for key in ("region", "system"))
    scope = Scope(
        region_id=None if region is None else RegionId(region),
        system_id=None if system is None else SystemId(system),
        jumps=whole(found.get("jumps"), f"{path}.jumps"),
        light_years=figure(found.get("light_years"), f"{path}.light_years"),
        party=_party(found.get("party"), f"{path}.party"),
        us=flag(found.get("us", False), f"{path}.us"),
    )
    check_scope(scope, path=path)
    return scope


def encode(scope: Scope) -> str:
    """As it stands in a row."""
    return json.dumps(to_data(scope), separators=(",", ":"))


def decode(text: str) -> Scope:
    """Raises FilterFault for what this version cannot read."""
    try:
        return from_data(json.loads(text))
    except json.JSONDecodeError as error:
        raise FilterFault("it is no JSON.", path="scope") from error


def check_scope(scope: Scope, *, universe: Universe | None = None, path: str = "scope") -> None:
    """Refuse what makes no sense, and with a universe also places that it does not hold. Raises FilterFault."""
    if scope.system_id is None and (scope.jumps, scope.light_years) != (None, None):
        raise fault(path, "a distance needs a system that it is measured from")
    if scope.jumps is not None and scope.light_years is not None:
        raise fault(path, "a distance is given in jumps or in light-years, not in both")
    if scope.jumps is not None and not 0 <= scope.jumps <= _MOST_JUMPS:
        raise fault(f"{path}.jumps", f"0 to {_MOST_JUMPS} jumps can be asked for")
    if scope.light_years is not None and not 0 < scope.light_years <= _MOST_LIGHT_YEARS:
        raise fault(
            f"{path}.light_years", f"up to {_MOST_LIGHT_YEARS:.0f} light-years can be asked for"
        )
    if scope.party is not None and scope.party.kind is OrganisationKind.CHARACTER:
        raise fault(f"{path}.party", "an alliance, a corporation or a faction must stand here")
    if universe is None:
        return
    if scope.region_id is not None and universe.find_region(scope.region_id) is None:
        raise fault(f"{path}.region", f"I know no region that has the id {scope.region_id}")
    if scope.system_id is not None and universe.find_system(scope.system_id) is None:
        raise fault(f"{path}.system", f"I know no system that has the id {scope.system_id}")


def read_events(data: object, path: str = "events") -> frozenset[OccurrenceKind]:
    """A list of kinds."""
    listed = items(data, path, of="kinds of events")
    return frozenset(word(kind, OccurrenceKind, f"{path}[{n}]") for n, kind in enumerate(listed))


def read_reminders(data: object, path: str = "reminders") -> tuple[int, ...] | None:
    """A list of minutes before, or nothing."""
    if data is None:
        return None
    found = []
    for number, listed in enumerate(items(data, path, of="minutes")):
        minutes = whole(listed, f"{path}[{number}]")
        if minutes is None:
            raise fault(f"{path}[{number}]", "a whole number must stand here")
        found.append(minutes)
    return tuple(found)


def _party(data: object, path: str) -> Organisation | None:
    if data is None:
        return None
    found = table(data, path)
    no_others(found, {"kind", "id"}, path)
    number = whole(found.get("id"), f"{path}.id")
    if number is None:
        raise fault(f"{path}.id", "a whole number must stand here")
    return Organisation(number, word(found.get("kind"), OrganisationKind, f"{path}.kind"))
