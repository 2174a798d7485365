"""What commands would answer, asked of the same use cases and drawn as the same cards, without Discord.

For the demo's page: each answer stands under the command as somebody would type it.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.interaction.backdrop import backdrop, ids_in_battles, ids_in_kill
from bot.presentation.battle_lists import PAGE, BattleListView, render_battle, render_battle_list
from bot.presentation.card import ActionButton, Card
from bot.presentation.heatmap import TOP, HeatmapView, HotSystem, render_heatmap_card
from bot.presentation.kills import render_kill
from bot.presentation.status import StatusView, render_status
from services.container import Services
from services.domain.battle import Battle, BattleSearch
from services.domain.heat import HeatBy
from services.domain.ids import GuildId, KillmailId
from services.domain.message import KillSummary

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
    now = services.clock()
    battles = await largest_battles(services, since=now - timedelta(hours=hours))
    yield await _recent(services, guild_id, hours=hours, min_kills=10)
    if battles:
        yield await _battle(services, guild_id, max(battles, key=lambda battle: battle.pilots))
    yield await _heatmap(services, guild_id, hours=hours)
    if best_kill is not None:
        yield await _kill(services, guild_id, best_kill)
    yield await _status(services, guild_id)


async def largest_battles(services: Services, *, since: datetime) -> list[Battle]:
    """Battles since then, those with most kills first."""
    found = await services.battles.search(BattleSearch(since=since, min_kills=2), shown=False)
    return sorted(found, key=lambda battle: (-battle.kills, battle.public_id))


async def _recent(services: Services, guild_id: GuildId, *, hours: int, min_kills: int) -> Answer:
    since = services.clock() - timedelta(hours=hours)
    found = await services.battles.search(BattleSearch(since=since, min_kills=min_kills))
    shown = tuple(found[:PAGE])
    scene = await backdrop(services, guild_id, ids=ids_in_battles(shown))
    view = BattleListView(
        battles=shown,
        page=0,
        pages=-(-len(found) // PAGE),
        total=len(found),
        hours=hours,
        min_kills=min_kills,
    )
    card = render_battle_list(view, scene.lexicon, now=scene.now, zone=scene.zone)
    if view.pages > 1:
        card = replace(card, buttons=(*card.buttons, *_TURNS))
    return Answer(asked=f"/battle recent min_kills:{min_kills} hours:{hours}", card=card)


async def _battle(services: Services, guild_id: GuildId, largest: Battle) -> Answer:
    found = await services.battles.get(largest.public_id)
    scene = await backdrop(services, guild_id, ids=ids_in_battles([found]))
    card = render_battle(found, scene.lexicon, now=scene.now, zone=scene.zone)
    return Answer(asked=f"/battle show id:{largest.public_id}", card=card)


async def _heatmap(services: Services, guild_id: GuildId, *, hours: int) -> Answer:
    now = services.clock()
    drawn = await services.pictures.heatmap(now - timedelta(hours=hours), now, by=HeatBy.KILLS)
    scene = await backdrop(services, guild_id)
    view = HeatmapView(
        picture=drawn.png,
        by_isk=False,
        start=drawn.start,
        end=drawn.end,
        kills=drawn.kills,
        isk=drawn.isk,
        hottest=tuple(
            HotSystem(system_id=system_id, kills=heat.kills, isk=heat.isk)
            for system_id, heat in drawn.systems[:TOP]
        ),
    )
    card = render_heatmap_card(view, scene.lexicon, now=scene.now, zone=scene.zone)
    return Answer(asked=f"/heatmap hours:{hours}", card=card)


async def _kill(services: Services, guild_id: GuildId, killmail_id: KillmailId) -> Answer:
    kill = KillSummary.of(await services.killmails.get(str(killmail_id)))
    scene = await backdrop(services, guild_id, ids=ids_in_kill(kill))
    card = render_kill(kill, scene.lexicon, now=scene.now, zone=scene.zone)
    return Answer(asked=f"/kill show link_or_id:{killmail_id}", card=card)


async def _status(services: Services, guild_id: GuildId) -> Answer:
    look = await services.status.look()
    feed = look.feed
    view = StatusView(
        now=look.now,
        version=look.version,
        started_at=look.started_at,
        feed_lag=None
        if feed is None or feed.lag_seconds is None
        else timedelta(seconds=feed.lag_seconds),
        feed_fault=feed.last_error if feed is not None else None,
        last_kill_id=look.totals.last_kill_id,
        last_kill_at=look.totals.last_kill_at,
        killmails=look.totals.killmails,
        battles=look.battles,
        queue=look.queue.waiting,
        blocked=look.blocked,
        database_bytes=look.database_bytes,
        servers=1,
        alerts=len(await services.alerts.all_of(guild_id)),
    )
    return Answer(asked="/status", card=render_status(view))
