"""Reminders as people type them: `24h 3h 30m`, `1h30m, 5 min`, `never`."""

import re

from bot.presentation.text import escape
from services.domain.errors import UserError

MOST = 8
"""Reminders of one thing: more are noise."""
LONGEST = 7 * 24 * 60
"""Minutes: a week."""
_NEVER = frozenset({"never", "none", "no", "off", "-"})
_JOINED = re.compile(r"(?<=\d)\s+(?=[a-z])", re.IGNORECASE)
_BETWEEN = re.compile(r"[,;\s]+(?:and\s+)?", re.IGNORECASE)
_SPAN = re.compile(
    r"(?=\d)(?:(?P<d>\d{1,2})d(?:ays?)?)?(?:(?P<h>\d{1,3})h(?:ours?|rs?)?)?"
    r"(?:(?P<m>\d{1,5})m(?:in(?:ute)?s?)?)?",
    re.IGNORECASE | re.ASCII,
)
_MINUTES = {"d": 24 * 60, "h": 60, "m": 1}


def parse_reminders(text: str) -> tuple[int, ...]:
    """Minutes before, each once, longest first; none for `never`. Raises UserError that shows how to write it."""
    typed = text.strip()
    if typed.casefold() in _NEVER:
        return ()
    parts = [part for part in _BETWEEN.split(_JOINED.sub("", typed)) if part]
    minutes = {_read(part) for part in parts}
    if not minutes:
        raise UserError("Write reminders like `24h 3h 30m 5m`, or `never`.")
    if len(minutes) > MOST:
        raise UserError(f"Those are {len(minutes)} reminders; at most {MOST} are sent.")
    return tuple(sorted(minutes, reverse=True))


def _read(part: str) -> int:
    matched = _SPAN.fullmatch(part)
    minutes = 0
    if matched is not None:
        minutes = sum(int(matched[unit] or 0) * size for unit, size in _MINUTES.items())
    if not 0 < minutes <= LONGEST:
        raise UserError(
            f"I cannot read “{escape(part[:60])}” as a time before. Write reminders like `24h 3h 30m 5m` (a minute to "
            "seven days), or `never`."
        )
    return minutes
