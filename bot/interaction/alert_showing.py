"""Alerts as their server reads them: one as the answer to a change, all of them by pages, and how one will look."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from bot.client import WarRoomBot
from bot.interaction.backdrop import backdrop
from bot.interaction.paging import Page, Pager, page_count
from bot.interaction.replies import Interaction, defer, reply, say
from bot.interaction.rights import guild_of, require_manager, require_post_again
from bot.presentation.alerts import AlertLine, AlertListView, render_alert, render_alert_list
from bot.presentation.why import render_why
from services.container import Services
from services.domain.alert import Alert, AlertState
from services.domain.errors import UserError
from services.domain.ids import AlertId

PER_PAGE = 8
_COUNTED = timedelta(hours=24)


async def show_alert(
    services: Services, interaction: Interaction, alert: Alert, *, title: str, removed: bool = False
) -> None:
    """Answer with one alert under a title."""
    scene = await backdrop(services, interaction.guild_id, ids=named_in(services, [alert]))
    card = render_alert(alert, scene.lexicon, title=title, now=scene.now, removed=removed)
    await reply(interaction, scene.finished(card), private=True)


def named_in(services: Services, alerts: Iterable[Alert]) -> frozenset[int]:
    """Pilots and organisations that these name."""
    asked = [services.filters.entity_ids(a.filter) for a in alerts if a.filter is not None]
    return frozenset().union(*asked)


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
        found = await self._services.alerts.get(guild_of(interaction), alert_id)
        if found.state is AlertState.BLOCKED:
            raise UserError(
                f"Alert #{alert_id} is blocked because <#{found.channel_id}> refused me. "
                f"Mend that, then `/alert resume {alert_id}`."
            )
        require_post_again(interaction, found.channel_id)
        await self._services.posts.sample(found)
        text = f"A sample is on its way to <#{found.channel_id}>. It calls nobody."
        if await self._services.outbox.is_held():
            text += " My operator holds all messages back at the moment; it comes when they let go."
        await say(interaction, text)

    async def why(self, interaction: Interaction, alert_id: AlertId) -> None:
        """What became of the kills that it was asked about, and what stands between it and its channel."""
        await defer(interaction, private=True)
        told = await self._services.alert_report.why(guild_of(interaction), alert_id)
        ids = named_in(self._services, [told.alert])
        scene = await backdrop(self._services, interaction.guild_id, ids=ids)
        await reply(interaction, scene.finished(render_why(told, scene.lexicon)), private=True)

    async def _page(self, interaction: Interaction, _question: str, number: int) -> Page:
        require_manager(interaction)
        alerts = await self._services.alerts.all_of(guild_of(interaction))
        pages = page_count(len(alerts), PER_PAGE)
        page = min(number, pages - 1)
        shown = alerts[page * PER_PAGE : (page + 1) * PER_PAGE]
        view = AlertListView(
            lines=await self._lines(shown),
            page=page,
            pages=pages,
            total=len(alerts),
            limit=self._bot.alert_limit,
        )
        scene = await backdrop(
            self._services, interaction.guild_id, ids=named_in(self._services, shown)
        )
        card = render_alert_list(view, scene.lexicon, now=scene.now)
        return Page(card=scene.finished(card), page=page, pages=pages)

    async def _lines(self, alerts: Sequence[Alert]) -> tuple[AlertLine, ...]:
        """With what they matched and posted in the last day."""
        since = self._services.clock() - _COUNTED
        ids = [alert.id for alert in alerts]
        counts = await self._services.alert_report.counted(ids, since=since)
        return tuple(AlertLine.of(alert, counts[alert.id]) for alert in alerts)
