"""Counting large battles without holding up everything else that this process does.

Battles are counted by plain functions. For a large fight one takes as long as half a second, and meanwhile Discord
waits for answers and the feed for its turn: such a one runs in a thread, over mails that nobody changes.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from services.domain.killmail import Killmail

MANY_ATTACKERS = 2_000
"""What is counted over so many is counted in a thread: about ten milliseconds of work."""

T = TypeVar("T")


async def count_aside(mails: Sequence[Killmail], work: Callable[[], T]) -> T:
    """What `work` makes of these mails. It must not change anything that others see."""
    if sum(len(mail.attackers) for mail in mails) < MANY_ATTACKERS:
        return work()
    return await asyncio.to_thread(work)
