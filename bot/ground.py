"""What everything else in the house is built on."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bot.settings import Settings
from services.domain.clock import Clock
from services.feeds.items import FeedStatus
from services.notices import OperatorNotices
from services.storage.database import Database
from services.troubles.board import TroubleBoard
from services.universe.universe import Universe


@dataclass(slots=True)
class FeedWatch:
    """Lets `/status` ask a feed that is built later than it."""

    ask: Callable[[], FeedStatus | None] = lambda: None

    def __call__(self) -> FeedStatus | None:
        """How the feed stands; None where none runs."""
        return self.ask()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What everything else is built on."""

    settings: Settings
    clock: Clock
    database: Database
    universe: Universe
    bell: asyncio.Event
    feed_watch: FeedWatch
    operators: OperatorNotices
    troubles: TroubleBoard
