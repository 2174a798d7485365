"""How much an alert will post, by what the last days brought: said at once, not after a night of a thousand posts."""

import asyncio
from datetime import timedelta

from bot.interaction.alert_scopes import find_doubt
from bot.presentation import times
from bot.presentation.news_trials import news_forecast
from bot.presentation.text import cut
from bot.presentation.trials import few
from services.container import Services
from services.domain.alert import Alert
from services.domain.errors import UserError
from services.domain.filter import Filter
from services.domain.trial import FLOOD_A_DAY
from services.filters.contradictions import contradiction

_WINDOW = timedelta(days=3)
_NEWS_DAYS = 7
"""Of what happens beside kills: some of it comes twice a week."""
_LEAST = timedelta(hours=12)
"""Of fewer stored hours nothing is said: the others may be quite different."""
_SENTENCE = 600
"""Characters of a contradiction: a filter can name hundreds in one breath."""
_BUDGET_SECONDS, _PATIENCE_SECONDS = 0.6, 1.0
"""Nobody waits longer for what they did not ask for."""


async def forecast(services: Services, alert: Alert) -> str | None:
    """A sentence or two; None for alerts for battles, and where too little is stored or it takes too long."""
    if alert.kind.topic is not None:
        doubt = await find_doubt(services, alert.kind.topic, alert.scope)
        return " ".join(filter(None, (doubt, await _news(services, alert)))) or None
    if alert.filter is None:
        return None
    if never := await _contradiction(services, alert.filter):
        return f"**It will never post:** {cut(never, _SENTENCE)}"
    now = services.clock()
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            trial = await services.killmails.try_filter(
                alert.filter,
                since=now - _WINDOW,
                until=now,
                standings=await services.standings.standings(alert.guild_id),
                budget=_BUDGET_SECONDS,
            )
    except (TimeoutError, UserError):  # too slow, or too many ask: the alert stands all the same
        return None
    if trial.per_day is None or trial.covered < _LEAST:
        return None
    told = (
        f"By the stored kills of the last {times.duration(trial.covered)} that is "
        f"**about {few(trial.per_day)} posts a day**."
    )
    if not trial.floods:
        return told
    return (
        f"{told} **That is too much for a channel:** from {FLOOD_A_DAY} a day on nobody reads them all. "
        f"`/alert edit {alert.id}` narrows it: a floor (`isk>1b`), a place (`region:Delve`)."
    )


async def _news(services: Services, alert: Alert) -> str | None:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            trial = await services.news_trials.try_alert(alert, _NEWS_DAYS)
    except (TimeoutError, UserError):  # the alert stands all the same
        return None
    return news_forecast(alert, trial)


async def _contradiction(services: Services, wanted: Filter) -> str | None:
    """Why no kill can meet it, where that is plain; with the names that are known already."""
    book = await services.names.book(services.filters.entity_ids(wanted), wait_seconds=0)
    return contradiction(wanted, services.filters.names(book))
