"""Distances as people write them: `5j(Amamake)`, `7ly(1DQ1-A)`, `Archon@5(1DQ1-A)`."""

import re

from services.domain.filter import FilterField, Reach
from services.domain.ids import SystemId, TypeId
from services.filters.errors import FilterFault, code
from services.filters.fields import (
    FIELDS,
    LEAST_LIGHT_YEARS,
    MOST_JUMPS,
    MOST_LIGHT_YEARS,
    MOST_SKILL,
)
from services.filters.jump_ranges import get_jump_range
from services.filters.meanings import Meanings
from services.filters.parsing import Value, Written, split_call
from services.universe.universe import Universe

_DISTANCE = re.compile(r"(?P<number>\d+(?:[.,]\d+)?)(?P<unit>[a-z-]*)", re.ASCII | re.IGNORECASE)
_JUMPS = frozenset({"j", "jump", "jumps", "g", "gate", "gates"})
_LIGHT_YEARS = frozenset({"ly", "lys", "lightyear", "lightyears", "light-year", "light-years"})


def read_reach(value: Value, universe: Universe, meanings: Meanings) -> Reach:
    """What a distance with its system covers.

    Raises:
        FilterFault: without a place.
        CannotJump: the hull has no jump drive.
    """
    assert value.place is not None
    system_id = SystemId(meanings.of_field(value.place, FIELDS[FilterField.SYSTEM], "").id)
    name, was_quoted, skill = split_call(value.text)
    matched = None if was_quoted or skill is not None else _DISTANCE.fullmatch(name)
    if matched is not None:
        return _measured(matched, system_id)
    written = Written.QUOTED if was_quoted else Written.PLAIN
    hull = Value(text=name, written=written, start=value.start, end=value.end)
    meaning = meanings.of_field(hull, FIELDS[FilterField.HULL], "")
    if meaning.field is not FilterField.HULL:
        raise FilterFault(
            f"{code(name)} are many hulls: name one of them, such as `Archon@5(1DQ1-A)`."
        )
    level = _skill(skill)
    get_jump_range(universe, meaning.id, level)
    return Reach(system_id=system_id, hull_id=TypeId(meaning.id), skill=level)


def _measured(matched: re.Match[str], system_id: SystemId) -> Reach:
    unit, number = matched["unit"].casefold(), float(matched["number"].replace(",", "."))
    if unit in _JUMPS:
        if number != int(number) or number > MOST_JUMPS:
            raise FilterFault(f"Jumps are whole numbers up to {MOST_JUMPS}.")
        return Reach(system_id=system_id, jumps=int(number))
    if unit in _LIGHT_YEARS:
        if not LEAST_LIGHT_YEARS <= number <= MOST_LIGHT_YEARS:
            raise FilterFault(f"Light-years are more than 0 and at most {MOST_LIGHT_YEARS:g}.")
        return Reach(system_id=system_id, light_years=number)
    asked = matched["number"]
    raise FilterFault(
        f"{code(matched[0])} is no distance: write {code(f'{asked}j')} for jumps, {code(f'{asked}ly')} for "
        "light-years, or a hull and its skill level (`Archon@5`)."
    )


def _skill(text: str | None) -> int:
    if text is None:
        return MOST_SKILL
    if text not in {str(level) for level in range(MOST_SKILL + 1)}:
        raise FilterFault(
            f"Jump Drive Calibration has the levels 0 to {MOST_SKILL}, not {code(text)}."
        )
    return int(text)
