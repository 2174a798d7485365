"""What `/alert try` answers: a filter asked of the stored kills, or an alert of what is kept, drawn as a card."""

from datetime import timedelta

from bot.interaction.backdrop import backdrop, ids_in_alerts, ids_in_kill
from bot.presentation.card import Card
from bot.presentation.news_trials import render_news_trial
from bot.presentation.trials import TrialView, render_trial
from services.container import Services
from services.domain.alert import Alert, AlertKind
from services.domain.errors import UserError
from services.domain.filter import Filter
from services.domain.ids import GuildId
from services.domain.message import KillSummary
from services.domain.standing import NO_STANDINGS, Standings
from services.filters.service import entity_ids


async def try_card(services: Services, guild_id: int | None, text: str, days: int) -> Card:
    """A dry run over the last `days`. Raises FilterFault and RenderBusy; both are replies."""
    return await _filter_card(services, guild_id, await services.filters.read(text), days)


async def try_alert_card(services: Services, alert: Alert, days: int) -> Card:
    """The same of an alert that stands. Raises UserError for one that cannot be tried, and RenderBusy."""
    if alert.kind.topic is not None:
        return await _news_card(services, alert, days)
    if alert.filter is not None:
        return await _filter_card(services, alert.guild_id, alert.filter, days)
    if alert.kind is AlertKind.KILLS:
        raise UserError(f"Alert #{alert.id} cannot be tried: {alert.reason}.")
    raise UserError(
        f"Alert #{alert.id} is for battles. `/battle list` with its region and its floors shows what it tells."
    )


async def _news_card(services: Services, alert: Alert, days: int) -> Card:
    trial = await services.news_trials.try_alert(alert, days)
    parties = {party.id for one in trial.latest for party in one.parties}
    scene = await backdrop(services, alert.guild_id, ids=ids_in_alerts([alert]) | parties)
    card = render_news_trial(alert, trial, scene.lexicon, now=scene.now, zone=scene.zone)
    return scene.finished(card)


async def _filter_card(services: Services, guild_id: int | None, wanted: Filter, days: int) -> Card:
    until = services.clock()
    trial = await services.killmails.try_filter(
        wanted,
        since=until - timedelta(days=days),
        until=until,
        standings=await standings_of(services, guild_id),
    )
    picture = await services.pictures.chart(trial)
    latest = tuple(KillSummary.of(mail) for mail in trial.latest)
    named = entity_ids(wanted).union(*map(ids_in_kill, latest))
    scene = await backdrop(services, guild_id, ids=named)
    view = TrialView(trial=trial, latest=latest, picture=picture)
    return scene.finished(render_trial(view, scene.lexicon, now=scene.now, zone=scene.zone))


async def standings_of(services: Services, guild_id: int | None) -> Standings:
    """A server's marks; none in direct messages."""
    if guild_id is None:
        return NO_STANDINGS
    return await services.standings.standings(GuildId(guild_id))
