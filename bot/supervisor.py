"""Endless loops, guarded: a surprise slows a loop down and is logged; a loop that ends ends the process.

`Fatal` errors go through: those that no repetition can mend.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from services.domain.errors import WarRoomError

log = structlog.get_logger(__name__)

_PAUSES = (1.0, 5.0, 15.0, 60.0, 300.0)
_LONG_ENOUGH = 600.0
"""Seconds of quiet work after which a loop's past surprises are forgotten."""

Sleep = Callable[[float], Awaitable[None]]


class LoopEnded(WarRoomError):
    """A loop that should run for ever came to its end: the process must not go on half alive."""


async def guard(
    name: str,
    loop: Callable[[], Awaitable[None]],
    *,
    fatal: tuple[type[BaseException], ...] = (),
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Run a loop for ever. Raises what is `fatal`, and LoopEnded when the loop returns."""
    failures = 0
    clock = asyncio.get_running_loop().time
    while True:
        started = clock()
        try:
            await loop()
        except fatal:
            raise
        except Exception:
            if clock() - started > _LONG_ENOUGH:
                failures = 0
            pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
            failures += 1
            log.exception("loop failed", loop=name, failures=failures, pause_seconds=pause)
            await sleep(pause)
        else:
            raise LoopEnded(f"the loop “{name}” ended, which it never should")
