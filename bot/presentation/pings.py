"""Which roles a card shows, and which of them it may call.

The words stay the same for as long as the message stands, so that an edit does not take a mention away again; calling
ends when the news is old. A role that is shown and not called makes no sound.
"""

from collections.abc import Sequence
from datetime import datetime

from services.domain.ids import RoleId

_MOST = 50
"""Roles in one message: far more than anybody means, and within the 2000 characters of its text."""


def mentions(roles: Sequence[RoleId]) -> str | None:
    """The roles as mentions; None without any."""
    return " ".join(f"<@&{role}>" for role in roles[:_MOST]) or None


def called(roles: Sequence[RoleId], *, until: datetime | None, now: datetime) -> tuple[RoleId, ...]:
    """The roles that may still be called."""
    return () if until is not None and now > until else tuple(roles[:_MOST])
