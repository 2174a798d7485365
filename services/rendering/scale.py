"""From kills or ISK to heat between 0 and 1: logarithmic, because one system often has a hundred times another's.

The upper end is the hottest system of the window, but never less than a floor: a quiet hour with single kills must not
glow like a war.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from services.domain.heat import HeatBy
from services.domain.isk import format_isk

_FLOOR = {HeatBy.KILLS: 10.0, HeatBy.ISK: 1e9}
_ISK_SPAN = 1e3
"""By ISK, what lost less than a thousandth of the hottest system's figure looks alike: small."""
_ONE_KILL = 0.5
"""The foot of the scale by kills lies below one kill, so that a single kill is not nothing."""
_STEPS = (1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatScale:
    """`low` and whatever is below has share 0, `high` has share 1."""

    by: HeatBy
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float], *, by: HeatBy) -> Self:
        """Fit to the hottest value."""
        high = max(_FLOOR[by], max(values, default=0.0))
        return cls(by=by, low=_ONE_KILL if by is HeatBy.KILLS else high / _ISK_SPAN, high=high)

    def share(self, value: float) -> float:
        """Heat from 0 to 1 of a value above 0."""
        if value <= self.low:
            return 0.0
        return min(1.0, math.log(value / self.low) / math.log(self.high / self.low))

    def text(self, value: float) -> str:
        """The figure as people read it: 1,204 or 3.20B."""
        return f"{value:,.0f}" if self.by is HeatBy.KILLS else format_isk(value)

    def samples(self, count: int) -> tuple[float, ...]:
        """`count` or fewer round values (1, 2, 5, 10, ...) spread evenly over the scale, the largest first."""
        least = max(self.low, 1.0)
        first = math.floor(math.log10(least))
        last = math.ceil(math.log10(self.high))
        rounds = [step * 10.0**power for power in range(first, last + 1) for step in _STEPS]
        rounds = [value for value in rounds if least * 0.999 <= value <= self.high * 1.001]
        wanted = {
            min(rounds, key=lambda value: abs(self.share(value) - index / (count - 1)))
            for index in range(count)
        }
        return tuple(sorted(wanted, reverse=True))
