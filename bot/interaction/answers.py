"""What commands answer: asked of the services, drawn as cards. Cogs send them, the demo puts them on its page.

Nothing here knows who asked, or Discord: a server's id for its time zone is all that a card needs.
"""

from datetime import datetime, timedelta

from bot.interaction.backdrop import backdrop, ids_in_kill
from bot.interaction.trials import standings_of
from bot.presentation.card import Card
from bot.presentation.heatmap import TOP, HeatmapView, HotSystem, render_heatmap_card
from bot.presentation.kills import render_kill
from bot.presentation.status import StatusView, render_status
from services.container import Services
from services.domain.filter import Filter
from services.domain.heat import HeatBy, HeatPicture
from services.domain.message import KillSummary
from services.domain.space import Space
from services.feeds.items import FeedStatus
from services.filters.service import entity_ids
from services.universe.universe import Universe

_OFF_THE_MAP = frozenset({Space.WORMHOLE, Space.ABYSSAL, Space.UNKNOWN})


async def kill_card(services: Services, guild_id: int | None, link_or_id: str) -> Card:
    """`/kill show`. Raises NotFound, and UserError for what is no kill."""
    mail = await services.killmails.get(link_or_id)
    kill = KillSummary.of(mail, hull_class=services.universe.hull_class)
    stance = (await standings_of(services, guild_id)).stance(mail)
    scene = await backdrop(services, guild_id, ids=ids_in_kill(kill))
    card = render_kill(kill, scene.lexicon, now=scene.now, zone=scene.zone, stance=stance)
    return scene.finished(card)


async def heatmap_card(
    services: Services, guild_id: int | None, *, hours: int, by: HeatBy, text: str = ""
) -> Card:
    """`/heatmap` of the last `hours`, of all kills or of those that a filter takes.

    Raises RenderBusy, a reply, when too many are waiting, and FilterFault for a text that is no filter.
    """
    wanted = await services.filters.read(text) if text else None
    now = services.clock()
    drawn = await services.pictures.heatmap(
        now - timedelta(hours=hours),
        now,
        by=by,
        wanted=wanted,
        standings=await standings_of(services, guild_id),
    )
    scene = await backdrop(services, guild_id, ids=entity_ids(wanted) if wanted else ())
    view = _heatmap_view(drawn, services.universe, wanted=wanted)
    card = render_heatmap_card(view, scene.lexicon, now=scene.now, zone=scene.zone)
    return scene.finished(card)


def _heatmap_view(
    drawn: HeatPicture, universe: Universe, *, wanted: Filter | None = None
) -> HeatmapView:
    off_map = 0
    for system_id, heat in drawn.systems:
        system = universe.find_system(system_id)
        if system is None or system.space in _OFF_THE_MAP:
            off_map += heat.kills
    return HeatmapView(
        picture=drawn.png,
        by_isk=drawn.by is HeatBy.ISK,
        start=drawn.start,
        end=drawn.end,
        kills=drawn.kills,
        off_map=off_map,
        isk=drawn.isk,
        filter=wanted,
        unknown=drawn.unknown,
        hottest=tuple(
            HotSystem(system_id=system_id, kills=heat.kills, isk=heat.isk)
            for system_id, heat in drawn.systems[:TOP]
        ),
    )


async def status_card(services: Services, *, servers: int) -> Card:
    """`/status`."""
    look = await services.status.look()
    lag = None if look.feed is None else look.feed.lag_seconds
    view = StatusView(
        now=look.now,
        version=look.version,
        started_at=look.started_at,
        feed_lag=None if lag is None else timedelta(seconds=lag),
        feed_fault=_fault(look.feed, look.now),
        last_kill_id=look.totals.last_kill_id,
        last_kill_at=look.totals.last_kill_at,
        killmails=look.totals.killmails,
        battles=look.stock.counts.battles,
        queue=look.queue.waiting,
        blocked=look.blocked,
        database_bytes=look.database_bytes,
        servers=servers,
        alerts=await services.alerts.count(),
        troubles=look.troubles,
        backlog=0 if look.feed is None else look.feed.backlog,
        universe_build=services.universe.build,
        universe_at=services.universe.release_date,
        prices_at=look.prices_at,
        names=look.stock.counts.names,
        posts_per_channel_hour=look.limits.posts_per_channel_hour,
        alerts_per_server=look.limits.max_per_guild,
    )
    return render_status(view)


def _fault(feed: FeedStatus | None, now: datetime) -> str | None:
    if feed is None:
        return "no feed runs here"
    if feed.paused_until is not None and feed.paused_until > now:
        return f"zKillboard asked for a pause until {feed.paused_until:%H:%M} EVE"
    return feed.last_error
