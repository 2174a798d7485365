"""Battles as people name them: by id, however it was copied, or by a link to a related page of its system and hour.

ZKillboard's, br.evetools' and warbeacon's related pages are what other tools and people pass around when they mean a
battle. A link to one kill means the battle that holds it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from services.domain.ids import SystemId

_ID = re.compile(r"BR-\S{1,60}?-\d{12}(?:-\d{1,4})?(?!\d)", re.IGNORECASE | re.ASCII)
_RELATED = re.compile(
    r"(?:https?://)?(?:www\.)?(?:zkillboard\.com|br\.evetools\.org|warbeacon\.net/br)"
    r"/related/(?P<system>\d{1,10})/(?P<hour>2\d{9})\d{2}(?:[/?#].*)?",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
_KILL = re.compile(
    r"(?:https?://)?(?:www\.)?zkillboard\.com/kill/\d{1,18}(?:[/?#].*)?",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
_SAVED = re.compile(
    r"(?:https?://)?(?:www\.)?(?:zkillboard\.com/br|br\.evetools\.org/br|warbeacon\.net/br/report)/.*",
    re.IGNORECASE | re.DOTALL,
)
_LINK = re.compile(
    r"(?:https?://\S|(?:www\.)?(?:zkillboard|warbeacon|br\.evetools)\.).*",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedHour:
    """A system, and the full hour (UTC) that a related page stands for."""

    system_id: SystemId
    start: datetime


def battle_id(text: str) -> str:
    """The id within what was typed: alone, in code marks, or as the whole line that was offered; else the text."""
    found = _ID.search(text)
    return found[0] if found else text.strip()


def related_hour(text: str) -> RelatedHour | None:
    """Where a pasted related link leads; None when the text is no such link, or its year no likely one."""
    matched = _RELATED.fullmatch(_bare(text))
    if matched is None:
        return None
    try:
        start = datetime.strptime(matched["hour"], "%Y%m%d%H").replace(tzinfo=UTC)
    except ValueError:
        return None
    return RelatedHour(system_id=SystemId(int(matched["system"])), start=start)


def is_kill_link(text: str) -> bool:
    """True for a link to one kill."""
    return _KILL.fullmatch(_bare(text)) is not None


def is_saved_report(text: str) -> bool:
    """True for a link to a report that somebody put together on one of those sites."""
    return _SAVED.fullmatch(_bare(text)) is not None


def is_link(text: str) -> bool:
    """True for a link to anything."""
    return _LINK.fullmatch(_bare(text)) is not None


def _bare(text: str) -> str:
    return text.strip().strip("<>")
