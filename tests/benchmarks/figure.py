"""What a benchmark prints: a figure beside a yardstick measured in the same run, and their ratio. It judges nothing."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of `make bench`. Without a yardstick (sizes, shares) only the figure and its bar are printed."""

    name: str
    value: float
    unit: str
    yardstick: float | None = None
    yardstick_name: str = ""
    bar: str = ""
    """What the figure was meant to reach, in words (`at most 3x`)."""

    def line(self) -> str:
        """`name: 1.23 s | yardstick 0.60 s (decoding alone) | 2.05x | bar: at most 3x`."""
        parts = [f"{self.name}: {self.value:.4g} {self.unit}"]
        if self.yardstick is not None:
            parts.append(f"yardstick {self.yardstick:.4g} {self.unit} ({self.yardstick_name})")
            parts.append(f"{self.value / self.yardstick:.2f}x" if self.yardstick else "no ratio")
        if self.bar:
            parts.append(f"bar: {self.bar}")
        return " | ".join(parts)


def seconds(function: Callable[[], object], *, repeat: int = 1) -> float:
    """Best wall time of `repeat` calls, in seconds."""
    best = float("inf")
    for _ in range(repeat):
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    return best
