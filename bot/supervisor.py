"""Endless loops, guarded: a surprise slows a loop down and is logged; a loop that ends ends the process.

`Fatal` errors go through: those that no repetition can mend. A loop that fails is a trouble until it has worked for a
minute: what fails again and again is told to the operator, a single surprise is not.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from services.domain.errors import WarRoomError
from services.domain.trouble import NoWatch, Trouble, TroubleWatch

log = structlog.get_logger(__name__)

_PAUSES = (1.0, 5.0, 15.0, 60.0, 300.0)
_SOON = 15.0
"""Seconds that the pause never exceeds after a fault that others tell of and that passes by itself."""
_LONG_ENOUGH = 600.0
"""Seconds of quiet work after which a loop's past surprises are forgotten."""
WELL_AFTER = 60.0
"""Seconds of work after which a loop that had failed is well again."""

Sleep = Callable[[float], Awaitable[None]]


class LoopEnded(WarRoomError):
    """A loop that should run for ever came to its end: the process must not go on half alive."""


async def guard(
    name: str,
    loop: Callable[[], Awaitable[None]],
    *,
    fatal: tuple[type[BaseException], ...] = (),
    told_elsewhere: Callable[[BaseException], bool] = lambda _: False,
    sleep: Sleep = asyncio.sleep,
    watch: TroubleWatch | None = None,
) -> None:
    """Run a loop for ever. Raises what is `fatal`, and LoopEnded when the loop returns.

    `told_elsewhere`: a fault that is a trouble of its own (the database's): tried again soon, told no second time.
    """
    watch = watch or NoWatch()
    failures = 0
    clock = asyncio.get_running_loop().time
    while True:
        started = clock()
        try:
            await _run(name, loop, watch)
        except fatal:
            raise
        except Exception as error:
            if clock() - started > _LONG_ENOUGH:
                failures = 0
            pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
            failures += 1
            if told_elsewhere(error):
                await sleep(min(pause, _SOON))
                continue
            log.exception("loop failed", loop=name, failures=failures, pause_seconds=pause)
            watch.begins(Trouble.LOOP_FAILED, what_failed(error), subject=name)
            await sleep(pause)
        else:
            raise LoopEnded(f"the loop “{name}” ended, which it never should")


async def _run(name: str, loop: Callable[[], Awaitable[None]], watch: TroubleWatch) -> None:
    """The loop once. When it has worked for a minute it is well, also if an earlier process left it failing."""

    def well() -> None:
        watch.ends(Trouble.LOOP_FAILED, subject=name)

    timer = asyncio.get_running_loop().call_later(WELL_AFTER, well)
    try:
        await loop()
    finally:
        timer.cancel()


def what_failed(error: BaseException) -> str:
    """One line about a surprise. Its own words stay in the log: nobody knows what stands in them."""
    return f"{type(error).__name__}; the log has the whole story"
