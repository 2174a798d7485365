"""Quiet hours in words."""

from bot.presentation.text import DASH
from bot.presentation.times import clock
from services.domain.quiet import QuietHours, QuietMode

_HELD = {QuietMode.PINGS: "nobody is called", QuietMode.POSTS: "posts are held for a digest"}


def quiet_text(quiet: QuietHours) -> str:
    """`23:00-07:00 (posts are held for a digest)`, in whatever time zone the server has."""
    hours = f"{clock(quiet.start)}{DASH}{clock(quiet.end)}"
    return f"{hours} ({_HELD[quiet.mode]})"
