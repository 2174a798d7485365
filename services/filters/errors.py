"""What is wrong with a filter, said so that somebody can mend it: in plain words, with the place.

What came from outside stands as code, so that nothing in it formats or pings. A fault of a text shows the text with a
mark below the place; a fault of the data form names the path.
"""

from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

from services.domain.errors import UserError

NEAR_ENOUGH = 60.0
"""Likeness in percent below which a word is no help as a suggestion."""

_LONGEST_CODE = 80
_BEFORE, _SHOWN = 32, 64
"""Characters shown before a mark, and altogether: what fits on a phone."""


class FilterFault(UserError):
    """A filter that cannot be read, or one that may not be."""

    def __init__(
        self,
        problem: str,
        *,
        text: str | None = None,
        start: int = 0,
        end: int | None = None,
        path: str | None = None,
    ) -> None:
        """Say the problem.

        Args:
            problem: one or two sentences.
            text: the whole text that was read, if the fault is in one.
            start: where in the text it begins.
            end: where it ends (excluded); one sign where nothing is said.
            path: where in the data form, as `all[2].any[0].value`.
        """
        self.problem, self.text, self.path = problem, text, path
        self.start = start
        self.end = start + 1 if end is None else max(end, start + 1)
        said = f"{code(path)}: {problem}" if path else problem
        super().__init__(said if text is None else f"{said}\n{marked(text, start, self.end)}")

    def within(self, text: str, start: int, end: int) -> "FilterFault":
        """The same fault, of this place in this text; unchanged if it has a place already."""
        if self.text is not None:
            return self
        return FilterFault(self.problem, text=text, start=start, end=end)


def code(text: str) -> str:
    """Text from outside as inline code, shortened."""
    plain = _plain(text).strip()
    short = plain if len(plain) <= _LONGEST_CODE else f"{plain[: _LONGEST_CODE - 1]}…"
    return f"`{short or ' '}`"


def marked(text: str, start: int, end: int) -> str:
    """The part of the text around a place with a mark below it, as a block of code."""
    first = max(0, start - _BEFORE)
    last = min(len(text), first + _SHOWN)
    lead, tail = "…" if first else "", "…" if last < len(text) else ""
    line = f"{lead}{_plain(text[first:last])}{tail}"
    marks = max(1, min(end, last) - start)
    return f"```\n{line}\n{' ' * (len(lead) + start - first)}{'^' * marks}\n```"


def nearest(word: str, choices: Iterable[str], *, limit: int = 3) -> tuple[str, ...]:
    """The choices that look most like a wrong word, best first."""
    found = process.extract(
        word.casefold(), list(choices), scorer=fuzz.ratio, limit=limit, score_cutoff=NEAR_ENOUGH
    )
    return tuple(choice for choice, _, _ in found)


def did_you_mean(choices: Sequence[str]) -> str:
    """` Did you mean …?`, or nothing where there is nothing to offer."""
    if not choices:
        return ""
    *others, last = map(code, choices)
    return f" Did you mean {', '.join(others)} or {last}?" if others else f" Did you mean {last}?"


def _plain(text: str) -> str:
    """Sign by sign what can stand in a block of code: positions stay."""
    return "".join("'" if sign == "`" else sign if sign.isprintable() else " " for sign in text)
