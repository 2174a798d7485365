"""Advantages of the militias, from the game's website: a polled source whose last good answer is kept whole."""

from collections.abc import Sequence
from datetime import timedelta

from services.domain.occurrence import Occurrence
from services.polling.source import Fetched, Moment
from services.storage.database import Transaction
from services.warfare import store
from services.warfare.doubts import refuse_shrunken
from services.warfare.settings import WarfareSettings
from services.warfare.website import Page, Website
from services.warfare.website_wire import Advantages, read_advantages

NAME = "warzone"
PAGE = Page(website="/api/warzone/status", mirror="/warzone/warzone-latest.json")


class AdvantageSource:
    """The website's warzone. It raises nothing."""

    name = NAME

    def __init__(self, website: Website, settings: WarfareSettings) -> None:
        self._website = website
        self._settings = settings

    @property
    def pace(self) -> timedelta:
        """As the website bears."""
        return self._settings.website_pace

    async def fetch(self, etag: str | None) -> Fetched[Advantages]:
        """Ask. Raises SourceFault."""
        return await self._website.fetch(PAGE, read_advantages, etag=etag)

    async def take(
        self, tx: Transaction, value: Advantages | None, moment: Moment
    ) -> Sequence[Occurrence]:
        """Keep it. Raises SourceFault, Doubted."""
        if value is None:
            return ()
        kept = await load(tx)
        refuse_shrunken(len(value), len(kept), moment, self._settings)
        if value != kept:
            await store.save_copy(tx, NAME, value, at=moment.at)
        return ()


async def load(tx: Transaction) -> Advantages:
    """Advantages by system as they were last said; empty where they never were."""
    return await store.load_copy(tx, NAME, Advantages) or {}
