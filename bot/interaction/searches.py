"""What `/kill search` answers, page by page.

The question stands in the buttons: the key of the filter, the moment when it was asked, and how far back. All pages
are of that moment, so nothing moves under whoever leafs through them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from bot.interaction.backdrop import backdrop, ids_in_kill
from bot.interaction.paging import Page, page_count
from bot.interaction.trials import standings_of
from bot.presentation.searches import PAGE, KillListView, render_kill_list
from services.container import Services
from services.domain.filter import Filter
from services.domain.message import KillSummary
from services.domain.trial import Found
from services.filters.service import entity_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class KillQuestion:
    """What was asked, when, and how far back."""

    key: str
    asked_at: datetime
    hours: int

    def __str__(self) -> str:
        return f"{self.key},{int(self.asked_at.timestamp())},{self.hours}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote."""
        key, asked_at, hours = text.split(",")
        return cls(
            key=key, asked_at=datetime.fromtimestamp(int(asked_at), tz=UTC), hours=int(hours)
        )

    @property
    def since(self) -> datetime:
        """The earliest kill that is asked for."""
        return self.asked_at - timedelta(hours=self.hours)


async def kill_question(services: Services, text: str, *, hours: int) -> KillQuestion:
    """Read and keep what somebody asks for. Raises FilterFault for a text that is no filter."""
    wanted = await services.filters.read(text)
    now = services.clock()
    key = await services.killmails.remember(wanted, now=now)
    return KillQuestion(key=key, asked_at=now.replace(microsecond=0), hours=hours)


async def kill_page(
    services: Services, guild_id: int | None, asked: KillQuestion, *, number: int
) -> Page:
    """One page of the list, counted from 0; the last one when there are fewer. UserError for a forgotten key."""
    wanted = await services.killmails.recall(asked.key)
    found = await _found(services, guild_id, wanted, asked, number)
    if found.total is not None and number > (last := page_count(found.total, PAGE) - 1):
        number = last
        found = await _found(services, guild_id, wanted, asked, number)
    kills = tuple(KillSummary.of(mail) for mail in found.kills)
    named = entity_ids(wanted).union(*map(ids_in_kill, kills))
    scene = await backdrop(services, guild_id, ids=named)
    view = KillListView(
        filter=wanted,
        kills=kills,
        page=number,
        total=found.total,
        more=found.more,
        hours=asked.hours,
        since=found.since,
        reached=found.reached,
        unknown=found.unknown,
        stored_since=found.stored_since,
    )
    card = render_kill_list(view, scene.lexicon, now=scene.now, zone=scene.zone)
    pages = number + 1 + found.more if found.total is None else page_count(found.total, PAGE)
    return Page(card=scene.finished(card), page=number, pages=pages)


async def _found(
    services: Services, guild_id: int | None, wanted: Filter, asked: KillQuestion, number: int
) -> Found:
    return await services.killmails.search(
        wanted,
        since=asked.since,
        until=asked.asked_at,
        known_at=asked.asked_at,
        standings=await standings_of(services, guild_id),
        limit=PAGE,
        offset=number * PAGE,
    )
