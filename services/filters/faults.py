"""What is wrong with the form of a text, in plain words, whatever the parser says."""

from collections.abc import Sequence

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput

from services.filters.errors import FilterFault, code

_OPENERS = frozenset({"LPAR", "SAME", "CALL"})
_JOINERS = frozenset({"_OR", "_AND"})
_OPEN_ENDED = frozenset({"HEAD", "_NOT", "_COMMA", *_JOINERS})
"""After these something must follow."""


def explain(text: str, read: Sequence[Token], error: UnexpectedInput) -> FilterFault:
    """The fault for what the parser met after the tokens that it had `read`."""
    if isinstance(error, UnexpectedCharacters):
        return _unreadable(text, error.pos_in_stream or 0)  # type: ignore[redundant-expr]
    token: Token | None = getattr(error, "token", None)
    last = read[-1] if read else None
    if token is None or token.type == "$END":
        return _ends_early(text, read)
    start = token.start_pos or 0
    place = {"text": text, "start": start, "end": start + len(token.rstrip())}
    return FilterFault(_problem(token, last, opened=_open(read)), **place)  # type: ignore[arg-type]


def _problem(token: Token, last: Token | None, *, opened: Sequence[Token]) -> str:
    """What is wrong with this token at this place."""
    kind = last.type if last is not None else ""
    missing = f"After {code(str(last))} something is missing."
    if token.type == "_RPAR" and kind in _OPENERS:
        return "There is nothing in these parentheses."
    if token.type == "_RPAR":
        return missing if opened else "This parenthesis closes nothing."
    if opened and opened[-1].type == "CALL":
        return "In these parentheses stands one system, as in `5j(Amamake)`. Before a group of terms put a blank."
    if token.type in {*_JOINERS, "_COMMA"} and kind in _OPEN_ENDED:
        return missing
    return _misplaced(token, kind)


def _misplaced(token: Token, last: str) -> str:
    said = code(str(token))
    if token.type == "_COMMA":
        return "A comma stands between values of one field. Between terms stands a blank, or `or`."
    if token.type in _JOINERS:
        return f"{said} stands between two terms."
    if token.type == "LPAR" and last in {"HEAD", "_COMMA"}:
        return "Several values of one field are written with commas: `region:Delve,Fountain`."
    return "One minus is enough." if token.type == "_NOT" else f"{said} does not fit here."


def _unreadable(text: str, start: int) -> FilterFault:
    if text[start] in '"“”„‟″«»':
        return FilterFault("This quotation mark is never closed.", text=text, start=start)
    return FilterFault("I cannot read this sign here.", text=text, start=start)


def _ends_early(text: str, read: Sequence[Token]) -> FilterFault:
    last = read[-1] if read else None
    if last is not None and last.type in _OPEN_ENDED:
        start = last.start_pos or 0
        problem = f"After {code(str(last))} something is missing."
        return FilterFault(problem, text=text, start=start, end=start + len(last.rstrip()))
    opened = _open(read)
    if opened:
        start = (opened[-1].end_pos or 1) - 1
        return FilterFault("This parenthesis is never closed.", text=text, start=start)
    return FilterFault("Something is missing at the end.", text=text, start=max(0, len(text) - 1))


def _open(read: Sequence[Token]) -> list[Token]:
    """Parentheses that are open."""
    opened: list[Token] = []
    for token in read:
        if token.type in _OPENERS:
            opened.append(token)
        elif token.type == "_RPAR" and opened:
            opened.pop()
    return opened
