"""Whom a card shows, and whom of them it may call: roles, and people.

The words stay the same for as long as the message stands, so that an edit does not take a mention away again; calling
ends when the news is old. Who is shown and not called hears no sound.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from services.domain.ids import RoleId, UserId

Whom = TypeVar("Whom", RoleId, UserId)

_MOST = 40
"""Roles, and people, in one message: far more than anybody means, and within the 2000 characters of its text."""


def mentions(roles: Sequence[RoleId], people: Sequence[UserId] = ()) -> str | None:
    """The roles and people as mentions; None without any."""
    told = [f"<@&{role}>" for role in roles[:_MOST]] + [f"<@{one}>" for one in people[:_MOST]]
    return " ".join(told) or None


def called(whom: Sequence[Whom], *, until: datetime | None, now: datetime) -> tuple[Whom, ...]:
    """Those who may still be called."""
    return () if until is not None and now > until else tuple(whom[:_MOST])
