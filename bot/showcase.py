"""What commands would answer, asked of the same use cases and drawn as the same cards, without Discord.

For the demo's page: each answer stands under the command as somebody would type it.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.interaction.answers import (
    BattleQuestion,
    battle_card,
    battle_page,
    heatmap_card,
    kill_card,
    status_card,
)
from bot.interaction.backdrop import backdrop
from bot.presentation.alerts import AlertLine, AlertListView, render_alert_list
from bot.presentation.card import ActionButton, Card
from services.alerts.settings import AlertSettings
from services.container import Services
from services.domain.battle import Battle, BattleSearch
from services.domain.heat import HeatBy
from services.domain.ids import GuildId, KillmailId

_TURNS = (
    ActionButton(label="Back", custom_id="back", disabled=True),
    ActionButton(label="Next", custom_id="next"),
)
"""The buttons of a list's first page. They lead nowhere here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A command as it was typed, and the card that answers it."""

    asked: str
    card: Card


async def answers(
    services: Services, guild_id: GuildId, *, hours: int, best_kill: KillmailId | None
) -> AsyncIterator[Answer]:
    """A round of commands about the last `hours`. Shown are the battle with most pilots and the kill `best_kill`."""
    since = services.clock() - timedelta(hours=hours)
    yield await _recent(services, guild_id, hours=hours, min_kills=10)
    if battles := await largest_battles(services, since=since):
        largest = max(battles, key=lambda battle: battle.pilots).public_id
        yield Answer(
            asked=f"/battle show id:{largest}",
            card=await battle_card(services, guild_id, largest),
        )
    yield Answer(
        asked=f"/heatmap hours:{hours}",
        card=await heatmap_card(services, guild_id, hours=hours, by=HeatBy.KILLS),
    )
    if best_kill is not None:
        yield Answer(
            asked=f"/kill show link_or_id:{best_kill}",
            card=await kill_card(services, guild_id, str(best_kill)),
        )
    yield Answer(asked="/alert list", card=await _alert_list(services, guild_id))
    yield Answer(asked="/status", card=await status_card(services, servers=1))


async def _alert_list(services: Services, guild_id: GuildId) -> Card:
    alerts = await services.alerts.all_of(guild_id)
    since = services.clock() - timedelta(days=1)
    counts = await services.alert_report.counted([alert.id for alert in alerts], since=since)
    view = AlertListView(
        lines=tuple(AlertLine.of(alert, counts[alert.id]) for alert in alerts),
        page=0,
        pages=1,
        total=len(alerts),
        limit=AlertSettings().max_per_guild,
    )
    named = (services.filters.entity_ids(a.filter) for a in alerts if a.filter is not None)
    scene = await backdrop(services, guild_id, ids=frozenset().union(*named))
    return render_alert_list(view, scene.lexicon, now=scene.now)


async def largest_battles(services: Services, *, since: datetime) -> list[Battle]:
    """Battles since then, those with most kills first."""
    found = await services.battles.search(BattleSearch(since=since, min_kills=2), shown=False)
    return sorted(found, key=lambda battle: (-battle.kills, battle.public_id))


async def _recent(services: Services, guild_id: GuildId, *, hours: int, min_kills: int) -> Answer:
    asked = BattleQuestion(hours=hours, min_kills=min_kills)
    page = await battle_page(services, guild_id, asked, number=0)
    card = page.card
    if page.pages > 1:
        card = replace(card, buttons=(*card.buttons, *_TURNS))
    return Answer(asked=f"/battle recent min_kills:{min_kills} hours:{hours}", card=card)
