"""How old what is shown of a polled source is, in the same words on every card.

What is stale says so before it says anything else, and what was never told says that: nobody takes silence for calm.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.presentation import times
from services.domain.freshness import Freshness

NOTHING = "nothing known yet: the source has not answered"
_MIRROR = "from EVE Ref's mirror"


def age_text(freshness: Freshness, *, now: datetime, zone: ZoneInfo) -> str:
    """`as of 18:05 EVE, <3 minutes ago>`, `**stale since 17:40 EVE**, as of …`. Markdown: the client keeps it true."""
    as_of = freshness.as_of
    if as_of is None:
        return NOTHING
    words = [f"as of {times.eve(as_of, now=now, zone=zone)}", times.relative(as_of)]
    if freshness.stale_since is not None:
        stale = times.eve(freshness.stale_since, now=now, zone=zone)
        words.insert(0, f"**stale since {stale}**")
    if freshness.mirror:
        words.append(_MIRROR)
    return ", ".join(words)
