"""Alerts as their server reads them: one as the answer to a change, all of them by pages, and how one will look."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.client import WarRoomBot
from bot.interaction.alert_rights import managed_alert
from bot.interaction.backdrop import backdrop, ids_in_alerts
from bot.interaction.paging import Page, Pager, page_count
from bot.interaction.replies import Interaction, defer, reply, say
from bot.interaction.rights import guild_of, lacking, require_manager, require_post_again
from bot.presentation.alerts import (
    AlertLine,
    AlertListView,
    render_alert,
    render_alert_in_full,
    render_alert_list,
)
from bot.presentation.scope_words import nobody_is_ours
from bot.presentation.standings import nobody_bears
from bot.presentation.why import render_why
from services.container import Services
from services.domain.alert import Alert, AlertState
from services.domain.errors import UserError
from services.domain.ids import AlertId
from services.news_samples import Origin

PER_PAGE = 8
_COUNTED = timedelta(hours=24)
_ORIGINS = {
    Origin.MATCH: "",
    Origin.ELSEWHERE: (
        " Nothing of the last months that I know of meets this alert, so it shows something from elsewhere."
    ),
    Origin.MADE_UP: (
        " Nothing of the kind happened since I follow it, so what it shows is **made up**."
    ),
}


async def show_alert(
    services: Services,
    interaction: Interaction,
    alert: Alert,
    *,
    title: str,
    removed: bool = False,
    words: str | None = None,
) -> None:
    """Answer with one alert under a title, and with words above it."""
    scene = await backdrop(services, interaction.guild_id, ids=ids_in_alerts([alert]))
    card = render_alert(alert, scene.lexicon, title=title, now=scene.now, removed=removed)
    await reply(interaction, replace(scene.finished(card), content=words), private=True)


class Showing:
    """Lists and samples."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._pager = Pager(bot.actions, "alerts", self._page)

    async def open_list(self, interaction: Interaction) -> None:
        """By pages, with why one is silent."""
        await defer(interaction, private=True)
        await self._pager.open(interaction, private=True)

    async def sample(self, interaction: Interaction, alert_id: AlertId) -> None:
        """Post what it would post, marked as a sample; it calls nobody."""
        found = await managed_alert(self._services, interaction, alert_id)
        if found.state is AlertState.BLOCKED:
            raise UserError(
                f"Alert #{alert_id} is blocked because <#{found.channel_id}> refused me. "
                f"Mend that, then `/alert resume {alert_id}`."
            )
        require_post_again(interaction, found.channel_id)
        origin = await self._services.posts.sample(found)
        text = (
            f"A sample is on its way to <#{found.channel_id}>. It calls nobody.{_ORIGINS[origin]}"
        )
        if await self._services.outbox.is_held():
            text += " My operator holds all messages back at the moment; it comes when they let go."
        await say(interaction, text)

    async def show(self, interaction: Interaction, alert_id: AlertId) -> None:
        """One alert, all that it asks for and what became of it in the last day."""
        await defer(interaction, private=True)
        alert = await managed_alert(self._services, interaction, alert_id)
        (line,) = await self._lines(interaction, [alert])
        settings = await self._services.guilds.get(alert.guild_id)
        scene = await backdrop(self._services, interaction.guild_id, ids=ids_in_alerts([alert]))
        card = render_alert_in_full(line, scene.lexicon, now=scene.now, quiet=settings.quiet)
        await reply(interaction, scene.finished(card), private=True)

    async def why(self, interaction: Interaction, alert_id: AlertId) -> None:
        """What became of the kills that it was asked about, and what stands between it and its channel."""
        await defer(interaction, private=True)
        alert = await managed_alert(self._services, interaction, alert_id)
        told = await self._services.alert_report.why(alert.guild_id, alert_id)
        standings = await self._services.standings.standings(alert.guild_id)
        scene = await backdrop(
            self._services, interaction.guild_id, ids=ids_in_alerts([told.alert])
        )
        card = render_why(
            told,
            scene.lexicon,
            lacks=lacking(interaction, told.alert.channel_id, updates=told.alert.updates),
            unmarked=nobody_bears(told.alert.filter, standings)
            or nobody_is_ours(told.alert.scope, standings),
        )
        await reply(interaction, scene.finished(card), private=True)

    async def _page(self, interaction: Interaction, _question: str, number: int) -> Page:
        require_manager(interaction)
        alerts = await self._services.alerts.all_of(guild_of(interaction))
        pages = page_count(len(alerts), PER_PAGE)
        page = min(number, pages - 1)
        shown = alerts[page * PER_PAGE : (page + 1) * PER_PAGE]
        settings = await self._services.guilds.get(guild_of(interaction))
        view = AlertListView(
            lines=await self._lines(interaction, shown),
            page=page,
            pages=pages,
            total=len(alerts),
            limit=self._bot.alert_limit,
            quiet=settings.quiet,
            time_zone=settings.time_zone,
        )
        scene = await backdrop(self._services, interaction.guild_id, ids=ids_in_alerts(shown))
        card = render_alert_list(view, scene.lexicon, now=scene.now)
        return Page(card=scene.finished(card), page=page, pages=pages)

    async def _lines(
        self, interaction: Interaction, alerts: Sequence[Alert]
    ) -> tuple[AlertLine, ...]:
        """With what they matched and posted in the last day, and what the bot lacks in their channels."""
        since = self._services.clock() - _COUNTED
        ids = [alert.id for alert in alerts]
        counts = await self._services.alert_report.counted(ids, since=since)
        return tuple(
            replace(
                AlertLine.of(alert, counts[alert.id]),
                lacks=lacking(interaction, alert.channel_id, updates=alert.updates),
            )
            for alert in alerts
        )
