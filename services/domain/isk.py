"""ISK figures that stay honest: unknown is not 0, and a sum says how much of it is unknown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self


class ValueSource(StrEnum):
    """Where a value comes from."""

    ZKB = "zkb"
    """zKillboard's own figure, as the feed had it."""
    ESTIMATE = "estimate"
    """Summed from market prices."""
    TYPICAL = "typical"
    """What such a hull is worth when it dies, fit included: no prices said more."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """ISK destroyed + dropped of one killmail. `isk` is None exactly when the source is unknown."""

    isk: float | None
    source: ValueSource
    unpriced: int = 0
    """Stacks of an estimate whose worth nobody can tell (mutated modules, blueprint copies, what no market trades):
    the figure says nothing of them."""
    dropped: float | None = None
    """The part that was not destroyed and could be looted; None where nobody says."""

    @property
    def is_estimate(self) -> bool:
        """Ours, not zKillboard's: shown with a tilde."""
        return self.source in {ValueSource.ESTIMATE, ValueSource.TYPICAL}

    def meets(self, floor: float | None) -> bool:
        """True when there is no floor, or the value is known and not below it. Unknown never meets a floor."""
        return floor is None or (self.isk is not None and self.isk >= floor)


class PriceSource(StrEnum):
    """Who says what a thing is worth, best first."""

    ESI_AVERAGE = "ESI, average of trades"
    FUZZWORK = "fuzzwork"
    JANICE = "janice"
    ESI_ADJUSTED = "ESI, adjusted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one piece is worth in ISK, according to whom, and when that was true."""

    isk: float
    source: PriceSource
    as_of: datetime


UNKNOWN_VALUE = Value(isk=None, source=ValueSource.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class IskSum:
    """A sum of values: the known part in ISK, and how many had none."""

    isk: float = 0.0
    unpriced: int = 0
    estimated: int = 0

    @classmethod
    def of(cls, values: Iterable[Value]) -> Self:
        """Add up values; those unknown are counted, not taken as 0."""
        total, unpriced, estimated = 0.0, 0, 0
        for value in values:
            if value.isk is None:
                unpriced += 1
            else:
                total += value.isk
                estimated += value.is_estimate
        return cls(isk=total, unpriced=unpriced, estimated=estimated)

    def __add__(self, other: "IskSum") -> "IskSum":
        return IskSum(
            isk=self.isk + other.isk,
            unpriced=self.unpriced + other.unpriced,
            estimated=self.estimated + other.estimated,
        )

    def __str__(self) -> str:
        """`3.20B`, `~3.20B` with estimates in it, `at least 3.20B, 4 unpriced`, `unknown` when nothing is known."""
        if self.unpriced and not self.isk:
            return "unknown"
        text = ("~" if self.estimated else "") + format_isk(self.isk)
        return f"at least {text}, {self.unpriced} unpriced" if self.unpriced else text


_STEPS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def format_isk(isk: float | None) -> str:
    """Three figures and the field's suffix: 350M, 1.24B, 2.40T; `unknown` for None."""
    if isk is None:
        return "unknown"
    for step, suffix in _STEPS:
        if abs(isk) >= step * 0.9995:
            scaled = isk / step
            digits = 2 if abs(scaled) < 9.995 else 1 if abs(scaled) < 99.95 else 0
            return f"{scaled:.{digits}f}{suffix}"
    return f"{isk:.0f}"
