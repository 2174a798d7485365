"""From text to a tree of terms, each with its place in the text. Nothing is looked up here.

The grammar stands in `grammar.lark`. What people's devices do to text does no harm: typographic quotes and dashes mean
plain ones, marks of code around the text and signs without width are dropped.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput

from services.domain.filter import GroupKind, Op
from services.filters.errors import FilterFault
from services.filters.faults import explain
from services.filters.normal import MAX_DEPTH, MAX_TEXT

_DEEPEST = 4 * MAX_DEPTH
"""Parentheses inside each other, whether they mean something or not."""

_WITHOUT_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\x00]")
_QUOTES = "\"“”„‟″«»'‘’‚‛"  # noqa: RUF001  # as phones type them
MINUS = "-\u2212\u2013\u2014"
"""What excludes."""
_ESCAPED = re.compile(rf"\\([\\{_QUOTES}])")
_HEAD = re.compile(r"(?P<field>[\w.-]+?)\s*(?P<op>[<>=!:≥≤]+)\s*")
_OPS = {
    ":": Op.IS, "=": Op.IS, "==": Op.IS, "!=": Op.IS, "<>": Op.IS,
    ">=": Op.AT_LEAST, "=>": Op.AT_LEAST, "≥": Op.AT_LEAST,
    "<=": Op.AT_MOST, "=<": Op.AT_MOST, "≤": Op.AT_MOST,
    ">": Op.ABOVE, "<": Op.BELOW,
}  # fmt: skip
_UNEQUAL = frozenset({"!=", "<>"})


class Written(Enum):
    """How a value was written."""

    PLAIN = auto()
    QUOTED = auto()
    LINK = auto()
    REACH = auto()
    """Something before a parenthesis with a place in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value. Of a reach, the text is what stands before the parenthesis."""

    text: str
    written: Written
    start: int
    end: int
    place: "Value | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """`field:value,value`, or values alone."""

    field: str | None
    """As it was typed, lower case, a side before it where one was named."""
    op: Op
    values: tuple[Value, ...]
    start: int
    end: int

    @property
    def field_end(self) -> int:
        """Where the field's name ends."""
        return self.start + len(self.field or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A group of terms."""

    kind: GroupKind
    members: "tuple[Term | Terms, ...]"
    start: int
    end: int


Node = Term | Terms


def cleaned(text: str) -> str:
    """The text as it is read; places in faults are places in it."""
    return _WITHOUT_WIDTH.sub("", text).strip().strip("`").strip()


def parse(text: str) -> Terms:
    """The tree of a cleaned text, a group `all` or `any`. Raises FilterFault with the place."""
    if len(text) > MAX_TEXT:
        raise FilterFault(
            f"This filter has {len(text)} characters; at most {MAX_TEXT} are possible."
        )
    run = _parser().parse_interactive(text)
    read: list[Token] = []
    deep = 0
    try:
        for token in run.iter_parse():
            read.append(token)
            deep += token.endswith("(") - (token.type == "_RPAR")
            if deep > _DEEPEST:
                raise FilterFault(
                    "Parentheses are nested too deeply.", text=text, start=token.start_pos or 0
                )
        tree: Terms = run.feed_eof(read[-1] if read else None)  # type: ignore[no-untyped-call]
    except UnexpectedInput as error:
        raise explain(text, read, error) from error
    return tree


@cache
def _parser() -> Lark:
    return Lark.open(
        "grammar.lark", rel_to=__file__, parser="lalr", lexer="contextual", transformer=_Maker()
    )


@dataclass(frozen=True, slots=True)
class _Excluded:
    node: Node


_Item = Node | _Excluded


@v_args(inline=True)
class _Maker(Transformer[Token, Terms]):
    """Makes the tree while the text is parsed."""

    def start(self, level: Terms | None = None) -> Terms:
        return level or Terms(kind=GroupKind.ALL, members=(), start=0, end=0)

    def level(self, *chains: list[_Item]) -> Terms:
        """Exclusions are lifted out of the chains: they hold whichever of them does."""
        items = [item for chain in chains for item in chain]
        nodes = [item.node if isinstance(item, _Excluded) else item for item in items]
        place: dict[str, int] = {"start": nodes[0].start, "end": nodes[-1].end}
        wanted = [[item for item in chain if not isinstance(item, _Excluded)] for chain in chains]
        excluded = tuple(item.node for item in items if isinstance(item, _Excluded))
        exclusion = (Terms(kind=GroupKind.NONE, members=excluded, **place),) if excluded else ()
        alternatives = [_all(chain) for chain in wanted if chain]
        if len(alternatives) == 1:
            return Terms(kind=GroupKind.ALL, members=(*alternatives, *exclusion), **place)
        kind = GroupKind.ANY if alternatives else GroupKind.ALL
        return Terms(kind=kind, members=(*alternatives, *exclusion), **place)

    def chain(self, *items: _Item) -> list[_Item]:
        return list(items)

    def excluded(self, node: _Item) -> _Excluded:
        if isinstance(node, _Excluded):  # `-region!=Delve`
            only = Terms(
                kind=GroupKind.NONE, members=(node.node,), start=node.node.start, end=node.node.end
            )
            return _Excluded(only)
        return _Excluded(node)

    def parentheses(self, _: Token, level: Terms) -> Terms:
        return level

    def same(self, opened: Token, level: Terms) -> Terms:
        return Terms(kind=GroupKind.SAME, members=(level,), start=_start(opened), end=level.end)

    def term(self, *parts: Any) -> _Item:
        head = parts[0] if isinstance(parts[0], Token) else None
        values: tuple[Value, ...] = parts[1:] if head is not None else parts
        field, op, unequal = _read_head(head)
        start = values[0].start if head is None else _start(head)
        term = Term(field=field, op=op, values=values, start=start, end=values[-1].end)
        return _Excluded(term) if unequal else term

    def value(self, token: Token) -> Value:
        start, text = _start(token), str(token)
        end = start + len(text)
        if token.type == "STRING":
            return Value(text=_unquoted(text), written=Written.QUOTED, start=start, end=end)
        written = Written.LINK if token.type == "LINK" else Written.PLAIN
        return Value(text=text, written=written, start=start, end=end)

    def reach(self, call: Token, place: Token) -> Value:
        inside = self.value(place)
        return Value(
            text=str(call)[:-1],
            written=Written.REACH,
            start=_start(call),
            end=inside.end + 1,
            place=inside,
        )


def _all(items: list[Node]) -> Node:
    if len(items) == 1:
        return items[0]
    return Terms(kind=GroupKind.ALL, members=tuple(items), start=items[0].start, end=items[-1].end)


def _read_head(head: Token | None) -> tuple[str | None, Op, bool]:
    if head is None:
        return None, Op.IS, False
    matched = _HEAD.fullmatch(head)
    assert matched is not None
    return matched["field"].casefold(), _OPS[matched["op"]], matched["op"] in _UNEQUAL


def _unquoted(text: str) -> str:
    return _ESCAPED.sub(r"\1", text[1:-1])


def split_call(text: str) -> tuple[str, bool, str | None]:
    """Of what stands before a parenthesis: the name, whether it was quoted, and what follows an `@`."""
    name, at, skill = text.rpartition("@")
    if not at or (name and name[0] in _QUOTES and name[-1] not in _QUOTES):
        name, at, skill = text, "", ""
    if len(name) > 1 and name[0] in _QUOTES and name[-1] in _QUOTES:
        return _unquoted(name), True, skill if at else None
    return name, False, skill if at else None


def _start(token: Token) -> int:
    return token.start_pos or 0
