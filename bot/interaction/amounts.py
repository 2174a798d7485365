"""ISK as people type it: `1b`, `500m`, `1.5 B`, `2,000,000,000`.

A comma or a blank between groups of three digits separates thousands, a single other one is a decimal sign, as in most
of Europe. What could be read in two ways that differ a thousandfold is read the large way: a floor set too high is
noticed at once in the answer, one set too low floods a channel.
"""

import re
from typing import Any

from discord import app_commands

from bot.interaction.replies import Interaction
from bot.presentation.text import escape
from services.domain.errors import UserError

_AMOUNT = re.compile(r"(?P<number>\d[\d.,'_\s]*)(?P<suffix>[a-z]*)", re.IGNORECASE | re.ASCII)
_GROUPED = re.compile(
    r"\d{1,3}(?P<mark>[,.' _])\d{3}(?:(?P=mark)\d{3})*(?P<rest>[.,]\d+)?", re.ASCII
)
_FACTORS = {
    "": 1.0,
    "k": 1e3,
    "m": 1e6, "mil": 1e6, "mill": 1e6, "mio": 1e6, "million": 1e6, "millions": 1e6,
    "b": 1e9, "bn": 1e9, "bil": 1e9, "bill": 1e9, "billion": 1e9, "billions": 1e9, "mrd": 1e9,
    "t": 1e12, "tn": 1e12, "tril": 1e12, "trillion": 1e12, "trillions": 1e12,
}  # fmt: skip
_LARGEST = 1e15
"""More ISK than any battle has cost."""


def parse_isk(text: str) -> float:
    """The amount in ISK, above 0. Raises UserError that shows how to write it."""
    plain = re.sub(r"\s*isk\s*$", "", text.strip(), flags=re.IGNORECASE).strip()
    matched = _AMOUNT.fullmatch(plain)
    factor = _FACTORS.get(matched["suffix"].lower()) if matched else None
    number = _number(matched["number"].strip(), suffixed=factor != 1.0) if matched else None
    if factor is None or number is None:
        raise UserError(
            f"I cannot read “{escape(text.strip()[:60])}” as an amount of ISK. "
            "Write it like `500m`, `1.5b` or `2,000,000,000`."
        )
    amount = number * factor
    if not 0 < amount <= _LARGEST:
        raise UserError(
            "The floor must be more than 0 and at most 1,000T ISK. Leave it out for no floor."
        )
    return amount


def _number(text: str, *, suffixed: bool) -> float | None:
    grouped = _GROUPED.fullmatch(text)
    # "1.500b" is one and a half billion everywhere; "1.500" alone can only mean thousands.
    if grouped and not (suffixed and re.fullmatch(r"\d+\.\d+", text)):
        rest = grouped["rest"] or ""
        digits = re.sub(r"\D", "", text.removesuffix(rest))
        return float(digits + rest.replace(",", "."))
    decimal = text.replace(",", ".")
    return float(decimal) if re.fullmatch(r"\d+(\.\d+)?", decimal) else None


class IskAmount(app_commands.Transformer[Any]):
    """An option that takes ISK."""

    async def transform(self, interaction: Interaction, value: str, /) -> float:  # noqa: ARG002
        """Read it."""
        return parse_isk(value)
