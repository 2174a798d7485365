"""Time comes from a clock that is handed in; nothing else in the house asks the computer for it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present as an aware UTC datetime."""


def system_clock() -> datetime:
    """The computer's time, aware, UTC (which is EVE time)."""
    return datetime.now(tz=UTC)
