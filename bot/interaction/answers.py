"""What commands answer: asked of the services, drawn as cards. Cogs send them, the demo puts them on its page.

Nothing here knows who asked, or Discord: a server's id for its time zone is all that a card needs.
"""

from datetime import datetime, timedelta

from bot.interaction.backdrop import backdrop, ids_in_kill
from bot.interaction.trials import standings_of
from bot.presentation.card import Card
from bot.presentation.kills import render_kill
from bot.presentation.status import StatusView, render_status
from services.container import Services
from services.domain.message import KillSummary
from services.feeds.items import FeedStatus


async def kill_card(services: Services, guild_id: int | None, link_or_id: str) -> Card:
    """`/kill show`. Raises NotFound, and UserError for what is no kill."""
    mail = await services.killmails.get(link_or_id)
    kill = KillSummary.of(mail, hull_class=services.universe.hull_class)
    stance = (await standings_of(services, guild_id)).stance(mail)
    scene = await backdrop(services, guild_id, ids=ids_in_kill(kill))
    card = render_kill(kill, scene.lexicon, now=scene.now, zone=scene.zone, stance=stance)
    return scene.finished(card)


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
