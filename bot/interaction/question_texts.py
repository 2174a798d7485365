"""Questions as short texts: what was asked stands in the buttons of the answer.

A button holds a hundred characters in all. Each part of a question is a capital letter and a number in base 36
(`0-9a-z`); what was not asked is not written.
"""

import re
from collections.abc import Mapping

from services.domain.errors import UserError

OLD = "This list is from an older version of me. Use the command again."
_PART = re.compile(r"([A-Z])([0-9a-z]+)")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def written(parts: Mapping[str, int | str | None]) -> str:
    """The numbers, and words in small letters, by the letters that they are found by."""
    return "".join(
        letter + (part if isinstance(part, str) else base36(part))
        for letter, part in parts.items()
        if part is not None
    )


def words_of(text: str) -> dict[str, str]:
    """What `written` wrote, as it stands there. UserError for anything else."""
    if _PART.sub("", text):
        raise UserError(OLD)
    return dict(_PART.findall(text))


def read(text: str) -> dict[str, int]:
    """The numbers that `written` wrote. UserError for anything else."""
    return numbers(words_of(text))


def numbers(words: Mapping[str, str]) -> dict[str, int]:
    """The words as numbers."""
    return {letter: int(digits, 36) for letter, digits in words.items()}


def base36(number: int) -> str:
    """The number to the base 36, as `int(text, 36)` reads it."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
