"""A filter in plain English, for lists, cards and answers: what it asks of a kill, exclusions last said as such.

Raw text, as in `conditions`. A long filter is cut between conditions and says how many are missing.
"""

from collections.abc import Iterator, Sequence

from bot.presentation.conditions import attacker_words, condition_words
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import cut, length
from services.domain.filter import Condition, Filter, FilterGroup, FilterNode, GroupKind

EVERYTHING = "every kill"
"""The words of a filter that asks nothing."""

_Part = tuple[str, int]
"""Words, and how many conditions they tell."""


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


_AND, _OR = ", ", " or "


def _top(root: FilterGroup, lexicon: Lexicon) -> tuple[Sequence[_Part], str]:
    """The parts of the outermost group, and what joins them."""
    if root.kind is GroupKind.ALL:
        return [part for member in root.members for part in _conjuncts(member, lexicon)], _AND
    if root.kind is GroupKind.ANY and not any(map(_is_exclusion, root.members)):
        return [(_said(member, lexicon), _count(member)) for member in root.members], _OR
    return list(_conjuncts(root, lexicon)), _AND


def _conjuncts(node: FilterNode, lexicon: Lexicon) -> Iterator[_Part]:
    """What must hold of a node, one by one: `all` in `all` is no nesting, an exclusion excludes one by one."""
    match node:
        case FilterGroup(GroupKind.ALL, members):
            for member in members:
                yield from _conjuncts(member, lexicon)
        case FilterGroup(GroupKind.NONE, members):
            for member in members:
                yield _denied(member, lexicon), _count(member)
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
            return _bracketed([_said(member, lexicon) for member in members], _OR)
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
