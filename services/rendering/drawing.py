"""What becomes of an answer whose picture fails: it goes without, for its words say the same."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from services.rendering.errors import RenderBusy, RenderError

T = TypeVar("T")

log = structlog.get_logger(__name__)


async def drawn(draw: Callable[[T], Awaitable[bytes]], data: T) -> bytes | None:
    """The PNG; None where drawing failed. Raises RenderBusy, a reply."""
    try:
        return await draw(data)
    except RenderBusy:
        raise
    except (RenderError, ValueError, ArithmeticError, LookupError, OSError) as error:
        log.warning("an answer goes without its picture", reason=repr(error))
        return None
