"""Who keeps whole days of killmails, and how each wants to be asked."""

import asyncio
from datetime import timedelta

import aiohttp

from bot.settings import Settings
from services.domain.clock import Clock
from services.domain.days import Source
from services.domain.trouble import TroubleWatch
from services.feeds.day_files import DaySource
from services.feeds.download import FileHost, HostRules
from services.feeds.everef import EveRef
from services.feeds.history import History
from services.feeds.pace import Sleep
from services.killmails.feed_memory import FeedMemoryStore
from services.storage.database import Database

HISTORY_PAUSES = "r2z2"
"""The history lives at the live feed's host: who is refused by one must leave both alone."""


def build_day_sources(
    settings: Settings,
    session: aiohttp.ClientSession | None,
    *,
    database: Database,
    clock: Clock,
    watch: TroubleWatch,
    sleep: Sleep = asyncio.sleep,
) -> list[DaySource]:
    """EVE Ref and zKillboard's history; nobody without a network."""
    if session is None:
        return []
    named = session  # for the function below, which outlives the check above

    def host(base_url: str, rules: HostRules, *, pauses: str) -> FileHost:
        memory = FeedMemoryStore(
            database,
            name=pauses,
            clock=clock,
            hole_retry=timedelta(seconds=settings.feed.hole_retry_seconds),
            hole_lifetime=timedelta(seconds=settings.feed.hole_lifetime_seconds),
        )
        return FileHost(
            named, base_url, rules, memory=memory, clock=clock, sleep=sleep, watch=watch
        )

    own = settings.backfill
    everef = HostRules(
        name=Source.EVEREF.value,
        title="EVE Ref",
        requests_per_second=own.everef_requests_per_second,
    )
    history = HostRules(
        name=Source.ZKILLBOARD.value,
        title="zKillboard's history",
        requests_per_second=own.history_requests_per_second,
    )
    return [
        EveRef(host(own.everef_url, everef, pauses=Source.EVEREF.value)),
        History(host(settings.feed.base_url, history, pauses=HISTORY_PAUSES)),
    ]
