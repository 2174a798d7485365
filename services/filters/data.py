"""The data form of a filter: what is stored, exported and imported as JSON.

Whatever comes in is checked all through, and the fault names its path. What goes out is canonical: equal filters give
equal text, and reading it gives the filter back.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.domain.filter import (
    FILTER_VERSION,
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterNode,
    FilterValue,
    GroupKind,
    Hours,
    Op,
    Reach,
    Side,
)
from services.domain.ids import SystemId, TypeId
from services.filters.errors import FilterFault, code, did_you_mean, nearest
from services.filters.fields import (
    FIELDS,
    IDS,
    LEAST_LIGHT_YEARS,
    LONGEST_LABEL,
    MOST_JUMPS,
    MOST_LIGHT_YEARS,
    MOST_SKILL,
    FieldSpec,
    ValueKind,
)
from services.filters.held import check_held
from services.filters.normal import (
    MAX_CONDITIONS,
    MAX_DEPTH,
    check_limits,
    check_values,
    normalised,
)
from services.universe.universe import Universe

__all__ = ["decode", "encode", "from_data", "normalised", "to_data"]

_HOURS = re.compile(r"(\d\d?):(\d\d)-(\d\d?):(\d\d)", re.ASCII)
_MINUTES = 24 * 60
_GROUPS = frozenset(kind.value for kind in GroupKind)
_PARTS = frozenset({"field", "op", "value", "side"})
_DEEPEST = 4 * MAX_DEPTH
"""How deep a document may go before its normal form is looked at."""


def encode(f: Filter) -> str:
    """The filter as compact JSON."""
    return json.dumps(to_data(f), ensure_ascii=False, separators=(",", ":"))


def decode(text: str, universe: Universe | None = None) -> Filter:
    """The filter of a JSON text, read as `from_data` does. Raises FilterFault."""
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FilterFault("That is no filter: it is not JSON.") from error
    return from_data(data, universe)


def to_data(f: Filter) -> dict[str, Any]:
    """The filter as plain data, in the normal form."""
    root = normalised(f).root
    return {"version": FILTER_VERSION, **_group_data(root)}


def from_data(data: object, universe: Universe | None = None) -> Filter:
    """The filter of plain data, in the normal form. Raises FilterFault that names the path.

    With a universe, places and types that it does not hold are faults as well. What is stored is read without: a newer
    or older universe must not lose it.
    """
    document = _mapping(data, "filter")
    version = document.get("version")
    if version != FILTER_VERSION or isinstance(version, bool):
        raise FilterFault(
            f"This version knows filters of version {FILTER_VERSION}.", path="version"
        )
    body = {key: part for key, part in document.items() if key != "version"}
    root = _Reader(universe).node(body, "", deep=1)
    return check_limits(
        normalised(Filter(FilterGroup(GroupKind.ALL, () if root is None else (root,))))
    )


def _group_data(group: FilterGroup) -> dict[str, Any]:
    return {group.kind.value: [_node_data(member) for member in group.members]}


def _node_data(node: FilterNode) -> dict[str, Any]:
    if isinstance(node, FilterGroup):
        return _group_data(node)
    values = [_value_data(value) for value in node.values]
    data: dict[str, Any] = {
        "field": node.field.value,
        "op": node.op.value,
        "value": values[0] if len(values) == 1 else values,
    }
    return data if node.side is None else {**data, "side": node.side.value}


def _value_data(value: FilterValue) -> Any:
    if isinstance(value, Hours):
        return f"{_clock(value.start)}-{_clock(value.end)}"
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if not isinstance(value, Reach):
        return value
    if value.jumps is not None:
        return {"system": value.system_id, "jumps": value.jumps}
    if value.light_years is not None:
        return {"system": value.system_id, "light_years": _value_data(value.light_years)}
    return {"system": value.system_id, "hull": value.hull_id, "skill": value.skill}


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


class _Reader:
    """One document on its way in; counts as it goes, so that no document costs much before it is refused."""

    def __init__(self, universe: Universe | None) -> None:
        self._universe = universe
        self._conditions = 0

    def node(self, data: object, path: str, *, deep: int) -> FilterNode | None:
        """A group or condition; None for an empty root."""
        part = _mapping(data, path)
        kinds = sorted(_GROUPS & part.keys())
        if "field" in part and not kinds:
            return self._condition(part, path)
        if len(kinds) != 1:
            raise FilterFault(
                "must have exactly one of `all`, `any`, `none`, `same`, or a `field`.",
                path=path or "filter",
            )
        _known(part, {kinds[0]}, path)
        kind, inside = GroupKind(kinds[0]), f"{path}.{kinds[0]}".removeprefix(".")
        members = part[kind.value]
        if not isinstance(members, list):
            raise FilterFault("must be a list.", path=inside)
        if not members and not path:
            return None
        if not members:
            raise FilterFault("must not be empty.", path=inside)
        if deep > _DEEPEST:
            raise FilterFault(
                f"is nested too deeply; at most {MAX_DEPTH} levels are possible.", path=inside
            )
        return self._group(kind, members, inside, deep=deep)

    def _group(
        self, kind: GroupKind, members: list[object], inside: str, *, deep: int
    ) -> FilterGroup:
        nodes = []
        for place, member in enumerate(members):
            node = self.node(member, f"{inside}[{place}]", deep=deep + 1)
            assert node is not None
            if kind is GroupKind.SAME:
                node = _of_one_attacker(node, member, f"{inside}[{place}]")
            nodes.append(node)
        return FilterGroup(kind, tuple(nodes))

    def _condition(self, part: Mapping[str, object], path: str) -> Condition:
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            raise FilterFault(f"More than {MAX_CONDITIONS} conditions are not possible.", path=path)
        _known(part, _PARTS, path)
        spec = FIELDS[FilterField(_word(part["field"], FIELDS, f"{path}.field", "field"))]
        if "value" not in part:
            raise FilterFault("is missing.", path=f"{path}.value")
        return Condition(
            spec.field,
            tuple(self._values(spec, part["value"], f"{path}.value")),
            op=_op(spec, part.get("op", Op.IS.value), f"{path}.op"),
            side=_side(spec, part.get("side"), f"{path}.side"),
        )

    def _values(self, spec: FieldSpec, data: object, path: str) -> Iterator[FilterValue]:
        for value, place in _values(spec, data, path):
            if self._universe is not None:
                check_held(self._universe, spec.field, value, path=place)
            yield value


def _mapping(data: object, path: str) -> dict[str, object]:
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise FilterFault("must be an object.", path=path)
    return data


def _known(part: Mapping[str, object], known: "set[str] | frozenset[str]", path: str) -> None:
    for key in part:
        if key not in known:
            hint = did_you_mean(nearest(key, known))
            raise FilterFault(f"is nothing I know.{hint}", path=f"{path}.{key}".removeprefix("."))


def _word(data: object, words: Mapping[Any, Any] | tuple[str, ...], path: str, said: str) -> str:
    choices = [str(word) for word in words]
    if isinstance(data, str) and data in choices:
        return data
    hint = did_you_mean(nearest(str(data), choices)) if isinstance(data, str) else ""
    raise FilterFault(f"{code(str(data))} is no {said}.{hint}", path=path)


def _op(spec: FieldSpec, data: object, path: str) -> Op:
    op = Op(_word(data, tuple(Op), path, "comparison"))
    if spec.kind is ValueKind.FIGURE and op is Op.IS:
        raise FilterFault("must be one of `>=`, `<=`, `>`, `<` here.", path=path)
    if spec.kind is not ValueKind.FIGURE and op is not Op.IS:
        raise FilterFault("must be `is` here.", path=path)
    return op


def _side(spec: FieldSpec, data: object, path: str) -> Side | None:
    """The side as it was given; the normal form puts in what is meant without one."""
    if data is None:
        return None
    side = Side(_word(data, tuple(Side), path, "side"))
    if not spec.sides:
        raise FilterFault(f"{code(spec.field)} has no side.", path=path)
    if side not in spec.sides and side is not Side.EITHER:
        raise FilterFault(f"{code(spec.field)} cannot be asked of the {side.value}.", path=path)
    return side


def _of_one_attacker(node: FilterNode, member: object, path: str) -> Condition:
    if not isinstance(node, Condition):
        raise FilterFault("`same` holds conditions alone.", path=path)
    if not FIELDS[node.field].sides:
        raise FilterFault(
            f"{code(node.field)} is nothing that an attacker has.", path=f"{path}.field"
        )
    told = member.get("side") if isinstance(member, dict) else None
    if told not in {None, Side.ATTACKER.value}:
        raise FilterFault("must be `attacker` inside `same`.", path=f"{path}.side")
    return Condition(node.field, node.values, op=node.op, side=Side.ATTACKER)


def _values(spec: FieldSpec, data: object, path: str) -> Iterator[tuple[FilterValue, str]]:
    """Each with its path."""
    read = _READERS[spec.kind]
    if not isinstance(data, list):
        yield read(spec, data, path), path
        return
    if not data:
        raise FilterFault("must not be empty.", path=path)
    if spec.kind is ValueKind.FIGURE and len(data) > 1:
        raise FilterFault("must be one figure.", path=path)
    try:
        check_values(len(data))
    except FilterFault as fault:
        raise FilterFault(fault.problem, path=path) from None
    for place, value in enumerate(data):
        yield read(spec, value, f"{path}[{place}]"), f"{path}[{place}]"


def _id(spec: FieldSpec, data: object, path: str) -> int:
    if not isinstance(data, int) or isinstance(data, bool) or data not in IDS:
        raise FilterFault(f"must be the id of {spec.said}.", path=path)
    return data


def _chosen_word(spec: FieldSpec, data: object, path: str) -> str:
    if data not in spec.words:
        raise FilterFault(f"must be one of {', '.join(map(code, spec.words))}.", path=path)
    return str(data)


def _label(spec: FieldSpec, data: object, path: str) -> str:
    if (
        not isinstance(data, str)
        or not 0 < len(data) <= LONGEST_LABEL
        or not data.isprintable()
        or data != data.strip()
    ):
        raise FilterFault(f"must be {spec.said}: text of at most {LONGEST_LABEL} signs.", path=path)
    return data


def _number(spec: FieldSpec, data: object, path: str) -> int:
    if not isinstance(data, int) or isinstance(data, bool) or data not in spec.numbers:
        raise FilterFault(f"must be one of {', '.join(map(str, spec.numbers))}.", path=path)
    return data


def _figure(spec: FieldSpec, data: object, path: str) -> float:
    figure = _finite(data)
    if figure is None or not spec.least <= figure <= spec.most:
        raise FilterFault(f"must be a number from {spec.least:g} to {spec.most:g}.", path=path)
    if spec.whole and figure != int(figure):
        raise FilterFault("must be a whole number.", path=path)
    return int(figure) if spec.whole else figure


def _finite(data: object) -> float | None:
    if isinstance(data, bool) or not isinstance(data, int | float):
        return None
    # An int may be larger than any float.
    figure = float(data) if abs(data) < 1e300 else math.inf
    return figure + 0.0 if math.isfinite(figure) else None


def _hours(_: FieldSpec, data: object, path: str) -> Hours:
    matched = _HOURS.fullmatch(data) if isinstance(data, str) else None
    if matched is not None:
        hour, minute, last_hour, last_minute = map(int, matched.groups())
        start, end = hour * 60 + minute, last_hour * 60 + last_minute
        if minute < 60 and last_minute < 60 and start < _MINUTES and end <= _MINUTES:
            return Hours(start=start, end=end % _MINUTES)
    raise FilterFault("must be hours of the day such as `18:00-23:30`.", path=path)


def _reach(_: FieldSpec, data: object, path: str) -> Reach:
    part = _mapping(data, path)
    _known(part, {"system", "jumps", "light_years", "hull", "skill"}, path)
    how = [key for key in ("jumps", "light_years", "hull") if key in part]
    if len(how) != 1:
        raise FilterFault("must have exactly one of `jumps`, `light_years`, `hull`.", path=path)
    if "skill" in part and how != ["hull"]:
        raise FilterFault("belongs to a `hull`.", path=f"{path}.skill")
    system_id = SystemId(_id(FIELDS[FilterField.SYSTEM], part.get("system"), f"{path}.system"))
    if how == ["jumps"]:
        return Reach(system_id=system_id, jumps=_whole(part["jumps"], MOST_JUMPS, f"{path}.jumps"))
    if how == ["light_years"]:
        light_years = _finite(part["light_years"])
        if light_years is None or not LEAST_LIGHT_YEARS <= light_years <= MOST_LIGHT_YEARS:
            raise FilterFault(
                f"must be a number from {LEAST_LIGHT_YEARS:g} to {MOST_LIGHT_YEARS:g}.",
                path=f"{path}.light_years",
            )
        return Reach(system_id=system_id, light_years=light_years)
    return Reach(
        system_id=system_id,
        hull_id=TypeId(_id(FIELDS[FilterField.HULL], part["hull"], f"{path}.hull")),
        skill=_whole(part.get("skill", MOST_SKILL), MOST_SKILL, f"{path}.skill"),
    )


def _whole(data: object, most: int, path: str) -> int:
    if not isinstance(data, int) or isinstance(data, bool) or not 0 <= data <= most:
        raise FilterFault(f"must be a whole number from 0 to {most}.", path=path)
    return data


def _no_constant(name: str) -> None:
    raise ValueError(name)


_READERS: dict[ValueKind, Callable[[FieldSpec, object, str], FilterValue]] = {
    ValueKind.ENTITY: _id,
    ValueKind.TYPE: _id,
    ValueKind.GROUP: _id,
    ValueKind.PLACE: _id,
    ValueKind.WORD: _chosen_word,
    ValueKind.LABEL: _label,
    ValueKind.NUMBER: _number,
    ValueKind.FIGURE: _figure,
    ValueKind.REACH: _reach,
    ValueKind.HOURS: _hours,
}
