"""The axes of a battle's picture: time in round steps from ten seconds to a day, and heights that one can count by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, floor, log10
from typing import Self

_STEPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (
        10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800,
    )
)  # fmt: skip
_BARS = 60
"""Bars along the picture, at most: thinner ones cannot be told apart on a phone."""
_FEWEST = 12
"""Steps that a window has at least: a single moment is a narrow bar, not a wall."""
_LABELS = 7
_HEIGHTS = (1.0, 2.0, 2.5, 5.0, 10.0)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_ISK = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAxis:
    """A window of whole steps; the last moment lies within it."""

    start: datetime
    step: timedelta
    bars: int

    @classmethod
    def of(cls, first: datetime, last: datetime) -> Self:
        """For a battle from `first` to `last`, both included."""
        step = next((s for s in _STEPS if (last - first) / s <= _BARS - 1), _STEPS[-1])
        start = _floor(first, step)
        bars = floor((last - start) / step) + 1
        short = max(0, _FEWEST - bars)
        return cls(start=start - (short // 2) * step, step=step, bars=bars + short)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.start + self.bars * self.step

    def share(self, moment: datetime) -> float:
        """Where a moment lies, from 0 to 1."""
        return (moment - self.start) / (self.end - self.start)

    def count(self, moments: Sequence[datetime]) -> list[int]:
        """How many lie in each bar."""
        counts = [0] * self.bars
        for moment in moments:
            index = (moment - self.start) // self.step
            counts[min(max(index, 0), self.bars - 1)] += 1
        return counts

    def marks(self) -> Iterator[tuple[datetime, str]]:
        """Round moments, at most eight, with their words."""
        span = self.end - self.start
        step = next((s for s in _STEPS if span / s <= _LABELS), _STEPS[-1])
        moment = _floor(self.start, step)
        while moment <= self.end:
            if moment >= self.start:
                yield moment, _clock(moment, step)
            moment += step

    @property
    def step_words(self) -> str:
        """`10 seconds`, `minute`, `5 minutes`, `hour`."""
        for unit, noun in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
            if self.step % unit == timedelta(0):
                count = self.step // unit
                return noun if count == 1 else f"{count} {noun}s"
        return f"{self.step.seconds} seconds"


def _floor(moment: datetime, step: timedelta) -> datetime:
    return _EPOCH + ((moment - _EPOCH) // step) * step


def _clock(moment: datetime, step: timedelta) -> str:
    if step >= _DAY or (moment.hour == moment.minute == moment.second == 0):
        return f"{moment:%b} {moment.day}"
    return f"{moment:%H:%M:%S}" if step < _MINUTE else f"{moment:%H:%M}"


@dataclass(frozen=True, slots=True)
class Heights:
    """A scale from 0 to `top`, in equal round steps."""

    top: float
    step: float

    @classmethod
    def of(cls, highest: float, *, lines: int, whole: bool = False) -> Self:
        """About `lines` steps; `whole`: of nothing that can be halved."""
        rough = max(highest, 1.0) / lines
        size = 10.0 ** floor(log10(rough)) if rough >= 1 or not whole else 1.0
        step = next(
            size * s
            for s in _HEIGHTS
            if size * s >= rough * 0.999 and (not whole or (size * s).is_integer())
        )
        return cls(top=step * max(ceil(highest / step * 0.999), 1), step=step)

    def marks(self) -> list[float]:
        """Heights that are lined and labelled, 0 among them."""
        return [self.step * i for i in range(round(self.top / self.step) + 1)]


def isk_mark(value: float) -> str:
    """A round height in few letters: `0`, `500M`, `2.5B`."""
    for size, suffix in _ISK:
        if value >= size:
            return f"{value / size:g}{suffix}"
    return f"{value:g}"
