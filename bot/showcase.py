"""What commands would answer, asked of the same use cases and drawn as the same cards, without Discord.

For the demo's page: each answer stands under the command as somebody would type it.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.interaction.answers import kill_card, status_card
from bot.interaction.backdrop import backdrop, ids_in_alerts
from bot.interaction.battle_answers import battle_page, history_page, report_page, timeline_card
from bot.interaction.battle_questions import BattleQuestion, HistoryQuestion
from bot.interaction.map_questions import heat_question
from bot.interaction.maps import galaxy_answer
from bot.interaction.paging import Page
from bot.presentation.alerts import AlertLine, AlertListView, render_alert_list
from bot.presentation.card import ActionButton, Card
from bot.presentation.phrases import party_name
from bot.presentation.text import NAME, plain
from services.alerts.settings import AlertSettings
from services.container import Services
from services.domain.battle import Battle, BattleSearch
from services.domain.heat import HeatBy
from services.domain.ids import GuildId, KillmailId

_REPORT_PAGES = 3
"""Pages of a report that are shown: enough to see what it is."""
_HISTORY_DAYS = 30


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
        largest = max(battles, key=lambda battle: battle.pilots)
        async for answer in _in_full(services, guild_id, largest):
            yield answer
    heat, _ = await heat_question(services, hours=hours, by=HeatBy.KILLS, text="")
    galaxy = await galaxy_answer(services, guild_id, heat)
    yield Answer(asked=f"/heatmap galaxy hours:{hours}", card=galaxy.card)
    if best_kill is not None:
        yield Answer(
            asked=f"/kill show link_or_id:{best_kill}",
            card=await kill_card(services, guild_id, str(best_kill)),
        )
    yield Answer(asked="/alert list", card=await _alert_list(services, guild_id))
    yield Answer(asked="/status", card=await status_card(services, servers=1))


async def _in_full(services: Services, guild_id: GuildId, battle: Battle) -> AsyncIterator[Answer]:
    """One battle as its report and its buttons tell it, and the fights of the largest party in it."""
    asked = f"/battle show id:{battle.public_id}"
    for number in range(_REPORT_PAGES):
        page = await report_page(services, guild_id, battle.public_id, number=number)
        told = asked if not number else f"Next, page {number + 1}"
        yield Answer(asked=told, card=_paged(page))
    timeline = await timeline_card(services, guild_id, battle.public_id)
    yield Answer(asked=f"Timeline, under {battle.public_id}", card=timeline)
    if not battle.sides:
        return
    party = battle.sides[0].parties[0].organisation
    question = HistoryQuestion(entity_id=party.id, days=_HISTORY_DAYS)
    history = await history_page(services, guild_id, question, number=0)
    scene = await backdrop(services, guild_id, ids={party.id})
    name = plain(party_name(scene.lexicon, party, limit=NAME))
    yield Answer(asked=f"/battle history {party.kind.value}:{name}", card=_paged(history))


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
    scene = await backdrop(services, guild_id, ids=ids_in_alerts(alerts))
    return render_alert_list(view, scene.lexicon, now=scene.now)


async def largest_battles(services: Services, *, since: datetime) -> list[Battle]:
    """Battles since then, those with most kills first."""
    found = await services.battles.search(BattleSearch(since=since, min_kills=2), shown=False)
    return sorted(found, key=lambda battle: (-battle.kills, battle.public_id))


async def _recent(services: Services, guild_id: GuildId, *, hours: int, min_kills: int) -> Answer:
    asked = BattleQuestion(hours=hours, min_kills=min_kills)
    page = await battle_page(services, guild_id, asked, number=0)
    return Answer(asked=f"/battle list min_kills:{min_kills} hours:{hours}", card=_paged(page))


def _paged(page: Page) -> Card:
    """Its card, with the buttons that turn a list. They lead nowhere here."""
    if page.pages <= 1:
        return page.card
    turns = (
        ActionButton(label="Back", custom_id="back", disabled=page.page == 0),
        ActionButton(label="Next", custom_id="next", disabled=page.page == page.pages - 1),
    )
    return replace(page.card, buttons=(*page.card.buttons, *turns))
