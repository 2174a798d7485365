"""Figures as people write them, and back: ISK, counts, shares, security, lengths of time.

`1b` is a number here, never text. What is printed is read back as exactly the same figure. A comma or an apostrophe
between groups of three digits separates thousands, another single one is a decimal sign.
"""

import re
from decimal import Decimal
from itertools import pairwise

from services.domain.filter import FilterField
from services.filters.errors import FilterFault, code
from services.filters.fields import FieldSpec

_SUFFIXES = {
    "": 0,
    "k": 3,
    "m": 6, "mil": 6, "mill": 6, "mio": 6, "million": 6,
    "b": 9, "bn": 9, "bil": 9, "bill": 9, "billion": 9, "mrd": 9,
    "t": 12, "tn": 12, "tril": 12, "trillion": 12,
}  # fmt: skip
"""Powers of ten."""
_PRINTED_SUFFIXES = ((12, "t"), (9, "b"), (6, "m"), (3, "k"))
_SECONDS = {
    "s": 1, "sec": 1, "secs": 1,
    "m": 60, "min": 60, "mins": 60,
    "h": 3600, "hr": 3600, "hrs": 3600,
    "d": 86400, "day": 86400, "days": 86400,
}  # fmt: skip
_PRINTED_LENGTHS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_MINUS = str.maketrans("\u2212\u2013\u2011", "---")

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?", re.ASCII)
_GROUPED = re.compile(
    r"[1-9]\d{0,2}(?P<mark>[,.'\u2019_])\d{3}(?:(?P=mark)\d{3})*(?P<rest>[.,]\d+)?", re.ASCII
)
_AMOUNT = re.compile(r"(?P<number>\d[\d.,'\u2019_]*)(?P<suffix>[a-z]*)", re.ASCII)
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)([a-z]+)", re.ASCII)

_EXAMPLES = {
    FilterField.ISK: "`500m` or `1.5b`",
    FilterField.SHARE: "`50%`",
    FilterField.SECURITY: "`0.5`",
    FilterField.AGE: "`15m` or `1h30m`",
}


def read_figure(spec: FieldSpec, text: str) -> float:
    """What is stored for a figure of this field; whole numbers are ints. Raises FilterFault without a place."""
    found = _READERS.get(spec.field, _count)(text.translate(_MINUS).casefold())
    if found is None:
        example = _EXAMPLES.get(spec.field, "`10`")
        raise FilterFault(f"{code(text)} is not {spec.said}. Write it like {example}.")
    figure = float(found) + 0.0
    if not spec.least <= figure <= spec.most:
        raise FilterFault(
            f"{code(text)} is out of bounds: from {write_figure(spec.field, spec.least)} "
            f"to {write_figure(spec.field, spec.most)}."
        )
    if not spec.whole:
        return figure
    if found != int(found):
        raise FilterFault(f"{code(text)} must be a whole number here.")
    return int(found)


def read_range(spec: FieldSpec, text: str) -> tuple[float, float] | None:
    """Both ends of `1b-5b`, `2..5`; None for what is no range. Raises FilterFault."""
    plain = text.translate(_MINUS).casefold()
    for place in [found.start() for found in re.finditer(r"-|\.\.+", plain) if found.start()]:
        first, last = (
            plain[:place],
            plain[place:].lstrip(".") if plain[place] == "." else plain[place + 1 :],
        )
        ends = _ends(spec, first, last)
        if ends is not None:
            if ends[0] > ends[1]:
                raise FilterFault(f"{code(text)} runs backwards: the smaller end comes first.")
            return ends
    return None


def write_figure(field: FilterField, figure: float) -> str:
    """The figure as it is printed."""
    exact = Decimal(repr(figure))
    if field is FilterField.AGE:
        return _written_length(int(figure))
    if field is FilterField.SHARE:
        return f"{_plain(exact.scaleb(2))}%"
    if field is FilterField.SECURITY:
        return _plain(exact) if exact % 1 else f"{int(exact)}.0"
    if field is FilterField.ISK:
        for power, suffix in _PRINTED_SUFFIXES:
            if figure >= 10**power:
                return _plain(exact.scaleb(-power)) + suffix
        # 12.345 alone would be read as thousands.
        return f"{_plain(exact)}0" if _GROUPED.fullmatch(_plain(exact)) else _plain(exact)
    return _plain(exact)


def write_number(number: float) -> str:
    """A number without an exponent, read back as the same."""
    return _plain(Decimal(repr(number)))


def _plain(number: Decimal) -> str:
    """Without an exponent and without needless zeros."""
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _written_length(seconds: int) -> str:
    parts = []
    for length, unit in _PRINTED_LENGTHS:
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _ends(spec: FieldSpec, first: str, last: str) -> tuple[float, float] | None:
    # "1-5b" means 1b to 5b, "10-15m" is minutes on both sides.
    unit = re.search(r"[a-z%]*$", last)
    if unit is not None and first and first[-1].isdigit():
        first += unit[0]
    try:
        return read_figure(spec, first), read_figure(spec, last)
    except FilterFault:
        return None


def _isk(text: str) -> Decimal | None:
    matched = _AMOUNT.fullmatch(text.removesuffix("isk"))
    power = _SUFFIXES.get(matched["suffix"]) if matched else None
    number = _decimal(matched["number"], suffixed=bool(power)) if matched else None
    return None if power is None or number is None else number.scaleb(power)


def _count(text: str) -> Decimal | None:
    return None if text.startswith("-") else _decimal(text, suffixed=False)


def _share(text: str) -> Decimal | None:
    number = _number(text.removesuffix("%"))
    if number is None:
        return None
    # Nobody asks for more than all: a bare 50 can only be a percentage.
    return number.scaleb(-2) if text.endswith("%") or number > 1 else number


def _length(text: str) -> Decimal | None:
    parts = _LENGTH.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    lengths = [_SECONDS.get(unit) for _, unit in parts]
    known = [length for length in lengths if length is not None]
    if len(known) < len(parts) or any(later >= earlier for earlier, later in pairwise(known)):
        return None
    return sum(
        (Decimal(number) * length for (number, _), length in zip(parts, known, strict=True)),
        Decimal(0),
    )


def _number(text: str) -> Decimal | None:
    return Decimal(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def _decimal(text: str, *, suffixed: bool) -> Decimal | None:
    """Thousands apart; `1.500b` is one and a half billion everywhere, `1.500` alone can only mean thousands."""
    grouped = _GROUPED.fullmatch(text)
    if grouped and not (suffixed and re.fullmatch(r"\d+\.\d+", text)):
        rest = grouped["rest"] or ""
        return Decimal(re.sub(r"\D", "", text.removesuffix(rest)) + rest.replace(",", "."))
    return _number(text)


_READERS = {
    FilterField.ISK: _isk,
    FilterField.SHARE: _share,
    FilterField.SECURITY: _number,
    FilterField.AGE: _length,
}
