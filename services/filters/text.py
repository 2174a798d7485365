"""A filter as text: canonical, and read back as the same filter.

What stands in parentheses needs them; exclusions stand at the end of their level.
"""

import re
from collections.abc import Callable, Iterator

from services.domain.filter import (
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
from services.filters.fields import FIELDS, SIDE_NAMES, ValueKind, default_side
from services.filters.figures import write_figure, write_number
from services.filters.normal import normalised, parted
from services.filters.words import write_hours, write_words

Names = Callable[[FilterField, int], str | None]
"""The name of something by field and id; None where it is not known, and then the id is printed."""

_PLAIN = re.compile(r"\w[\w.'\u2019+#-]*")
"""What needs no quotation marks."""
_KEYWORDS = frozenset({"or", "and", "not", "same"})
_TO_ESCAPE = re.compile('([\\\\"“”„‟″«»])')

_NAMED = frozenset({ValueKind.ENTITY, ValueKind.TYPE, ValueKind.GROUP, ValueKind.PLACE})


def to_text(f: Filter, names: Names) -> str:
    """The filter as people write it; nothing for one that holds for every kill."""
    return _Writer(names).group(normalised(f).root)


def write_condition(condition: Condition, names: Names) -> str:
    """One condition alone."""
    return _Writer(names).condition(condition)


def quoted(name: str) -> str:
    """The name as it can stand in a text: in quotation marks unless it is one plain word."""
    plain = _PLAIN.fullmatch(name) is not None and not name.isdigit()
    if plain and name.casefold() not in _KEYWORDS and not name.casefold().startswith("www."):
        return name
    escaped = _TO_ESCAPE.sub(r"\\\1", name)
    return f'"{escaped}"'


class _Writer:
    def __init__(self, names: Names) -> None:
        self._names = names

    def group(self, group: FilterGroup, *, inside: bool = False) -> str:
        """The level that a group is, without parentheses of its own."""
        wanted, excluded = parted(group)
        if group.kind is GroupKind.ANY:
            text = " or ".join(self._alternative(member) for member in wanted)
            if excluded:
                text = f"({text})"
        else:
            text = " ".join(self._part(member, inside=inside) for member in wanted)
        return " ".join(
            [*([text] if text else []), *(f"-{self._part(member)}" for member in excluded)]
        )

    def condition(self, condition: Condition, *, inside: bool = False) -> str:
        """`attacker.hull:Titan,Nyx`; `inside` of a `same` nobody is named."""
        spec = FIELDS[condition.field]
        name, side = spec.name, condition.side
        usual = Side.ATTACKER if inside else default_side(spec)
        if condition.field is FilterField.STANDING and not inside and side is not None:
            name = SIDE_NAMES[side]
        elif side is not None and side is not usual:
            name = f"{SIDE_NAMES[side]}.{name}"
        op = ":" if condition.op is Op.IS else condition.op.value
        return f"{name}{op}{','.join(self._values(condition))}"

    def _alternative(self, node: FilterNode) -> str:
        """Conditions side by side need no parentheses between `or`, unless they exclude."""
        if isinstance(node, FilterGroup) and node.kind is GroupKind.ALL and not parted(node)[1]:
            return self.group(node)
        return self._part(node)

    def _part(self, node: FilterNode, *, inside: bool = False) -> str:
        if isinstance(node, Condition):
            return self.condition(node, inside=inside)
        if node.kind is GroupKind.SAME:
            return f"same({self.group(node, inside=True)})"
        if node.kind is GroupKind.NONE:
            return f"({' '.join(f'-{self._part(member)}' for member in node.members)})"
        return f"({self.group(node)})"

    def _values(self, condition: Condition) -> Iterator[str]:
        field, values = condition.field, condition.values
        kind = FIELDS[field].kind
        if kind in _NAMED:
            return (self._name(field, int(value)) for value in values if isinstance(value, int))
        if kind in {ValueKind.WORD, ValueKind.NUMBER}:
            return iter(write_words(field, values))
        return (self._value(field, value) for value in values)

    def _value(self, field: FilterField, value: FilterValue) -> str:
        if isinstance(value, Reach):
            return self._reach(value)
        if isinstance(value, Hours):
            return write_hours(value)
        return quoted(value) if isinstance(value, str) else write_figure(field, value)

    def _reach(self, reach: Reach) -> str:
        place = self._name(FilterField.SYSTEM, reach.system_id)
        if reach.jumps is not None:
            return f"{reach.jumps}j({place})"
        if reach.light_years is not None:
            return f"{write_number(reach.light_years)}ly({place})"
        hull = self._name(FilterField.HULL, reach.hull_id or 0)
        return f"{hull}@{reach.skill}({place})"

    def _name(self, field: FilterField, thing_id: int) -> str:
        name = self._names(field, thing_id)
        if name is None or not name or not name.isprintable() or name != " ".join(name.split()):
            return str(thing_id)
        return quoted(name)
