"""A filter in plain English, for lists, cards and answers: what it asks of a kill, exclusions said as such.

Raw text, as in `conditions`, that continues the word "kills": `kills in Delve, of a Titan, not by us`. A long filter is
cut between conditions and says how many are missing.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from bot.presentation.conditions import (
    alternatives,
    are_range,
    attacker_words,
    condition_words,
    range_words,
)
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import cut, length
from services.domain.filter import Condition, Filter, FilterGroup, FilterNode, GroupKind

EVERYTHING = "every kill"
"""The words of a filter that asks nothing."""

_Part = tuple[str, int]
"""Words, and how many conditions they tell."""


def kills(filter_: Filter, lexicon: Lexicon, *, limit: int | None = None) -> str:
    """`kills in Delve, worth at least 1.00B ISK`, or `every kill`: what an alert posts, and what a search looks for."""
    room = None if limit is None else limit - len(_KILLS)
    told = words(filter_, lexicon, limit=room)
    return told if told == EVERYTHING else f"{_KILLS}{told}"


def words(filter_: Filter, lexicon: Lexicon, *, limit: int | None = None) -> str:
    """`in Delve or Querious, worth at least 1.00B ISK, not by Goonswarm Federation`; at most `limit` characters."""
    parts, glue = _top(filter_.root, lexicon)
    text = glue.join(said for said, _ in parts) or EVERYTHING
    if limit is None or length(text) <= limit:
        return text
    for shown in range(len(parts) - 1, 0, -1):
        left = sum(count for _, count in parts[shown:])
        text = glue.join(said for said, _ in parts[:shown]) + _left(left, glue)
        if length(text) <= limit:
            return text
    rest = sum(count for _, count in parts[1:])
    tail = _left(rest, glue) if rest else ""
    return cut(parts[0][0], max(limit - length(tail), 1)) + tail


def _left(count: int, glue: str) -> str:
    word = "or" if glue == _OR else "and"
    return f" {word} {count} more condition{'' if count == 1 else 's'}"


_KILLS = "kills "
_AND, _OR = ", ", " or "


def _top(root: FilterGroup, lexicon: Lexicon) -> tuple[Sequence[_Part], str]:
    """The parts of the outermost group, and what joins them."""
    if root.kind is GroupKind.ALL:
        return _all_of(root.members, lexicon), _AND
    if root.kind is GroupKind.ANY and not any(map(_is_exclusion, root.members)):
        return _any_of(root.members, lexicon), _OR
    return list(_conjuncts(root, lexicon)), _AND


def _all_of(members: Iterable[FilterNode], lexicon: Lexicon) -> list[_Part]:
    """What must hold, one by one; a floor and a ceiling of one figure are told as one range."""
    nodes = list(_flat(members))
    parts: list[_Part] = []
    while nodes:
        node = nodes.pop(0)
        other = next((each for each in nodes if _range(node, each)), None)
        if other is not None and (bounds := _range(node, other)):
            nodes.remove(other)
            parts.append((range_words(*bounds, lexicon), 2))
        else:
            parts += _conjuncts(node, lexicon)
    return parts


def _flat(members: Iterable[FilterNode]) -> Iterator[FilterNode]:
    """`all` in `all` is no nesting."""
    for member in members:
        if isinstance(member, FilterGroup) and member.kind is GroupKind.ALL:
            yield from _flat(member.members)
        else:
            yield member


def _range(first: FilterNode, second: FilterNode) -> tuple[Condition, Condition] | None:
    """The two as floor and ceiling, if they are that."""
    if not (isinstance(first, Condition) and isinstance(second, Condition)):
        return None
    if are_range(first, second):
        return first, second
    return (second, first) if are_range(second, first) else None


def _any_of(
    members: Sequence[FilterNode], lexicon: Lexicon, *, denied: bool = False
) -> list[_Part]:
    """Alternatives: conditions of one kind that stand side by side share their words."""
    parts: list[_Part] = []
    for is_condition, run in groupby(members, key=lambda node: isinstance(node, Condition)):
        some = list(run)
        if is_condition:
            conditions = [node for node in some if isinstance(node, Condition)]
            parts += alternatives(conditions, lexicon, denied=denied)
        else:
            tell = _denied if denied else _said
            parts += [(tell(node, lexicon), _count(node)) for node in some]
    return parts


def _conjuncts(node: FilterNode, lexicon: Lexicon) -> Iterator[_Part]:
    """What must hold of a node, one by one; an exclusion excludes one by one."""
    match node:
        case FilterGroup(GroupKind.ALL, members):
            yield from _all_of(members, lexicon)
        case FilterGroup(GroupKind.NONE, members):
            yield from _any_of(members, lexicon, denied=True)
        case FilterGroup(GroupKind.ANY, members) if any(map(_is_exclusion, members)):
            choices = tuple(member for member in members if not _is_exclusion(member))
            if choices:
                rest = FilterGroup(GroupKind.ANY, choices)
                yield _said(rest, lexicon), _count(rest)
            for member in filter(_is_exclusion, members):
                yield from _conjuncts(member, lexicon)
        case _:
            yield _said(node, lexicon), _count(node)


def _said(node: FilterNode, lexicon: Lexicon) -> str:
    """A node as one expression; what would be torn apart without them stands in brackets."""
    match node:
        case Condition():
            return condition_words(node, lexicon)
        case FilterGroup(GroupKind.SAME, members):
            told = (_of_attacker(member, lexicon) for member in members)
            return f"by an attacker {' '.join(told) or 'of any kind'}"
        case FilterGroup(GroupKind.ANY, members) if not any(map(_is_exclusion, members)):
            return _bracketed([said for said, _ in _any_of(members, lexicon)], _OR)
        case _:
            return _bracketed([said for said, _ in _conjuncts(node, lexicon)], " and ")


def _denied(node: FilterNode, lexicon: Lexicon) -> str:
    if isinstance(node, Condition):
        return condition_words(node, lexicon, denied=True)
    told = _said(node, lexicon)
    clear = told.startswith("(") or node.kind is GroupKind.SAME
    return f"not {told}" if clear else f"not ({told})"


def _of_attacker(node: FilterNode, lexicon: Lexicon) -> str:
    if isinstance(node, Condition):
        return attacker_words(node, lexicon)
    glue = _OR if node.kind is GroupKind.ANY else " and "
    told = _bracketed([_of_attacker(member, lexicon) for member in node.members], glue)
    return f"not {told}" if node.kind is GroupKind.NONE else told


def _bracketed(told: Sequence[str], glue: str) -> str:
    if not told:
        return "anything"
    return told[0] if len(told) == 1 else f"({glue.join(told)})"


def _is_exclusion(node: FilterNode) -> bool:
    return isinstance(node, FilterGroup) and node.kind is GroupKind.NONE


def _count(node: FilterNode) -> int:
    return 1 if isinstance(node, Condition) else max(1, sum(map(_count, node.members)))
