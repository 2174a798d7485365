"""What `/alert try` answers: a filter asked of the stored kills, drawn as a card."""

from datetime import timedelta

from bot.interaction.backdrop import backdrop, ids_in_kill
from bot.presentation.card import Card
from bot.presentation.trials import TrialView, render_trial
from services.container import Services
from services.domain.ids import GuildId
from services.domain.message import KillSummary
from services.domain.standing import NO_STANDINGS, Standings
from services.filters.service import entity_ids


async def try_card(services: Services, guild_id: int | None, text: str, days: int) -> Card:
    """A dry run over the last `days`. Raises FilterFault and RenderBusy; both are replies."""
    wanted = await services.filters.read(text)
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
