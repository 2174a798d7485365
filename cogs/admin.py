"""`/admin`: the operator's hand on the running bot.

Registered in the home server only, for the application's owner or team only, and seen by them alone.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.paging import Page, Pager, page_count
from bot.interaction.replies import Interaction, defer, edit_arguments, reply, say
from bot.presentation import colours, times
from bot.presentation.backfill import PER_PAGE as DAYS_PER_PAGE
from bot.presentation.backfill import render_days
from bot.presentation.card import Card
from bot.presentation.phrases import counted
from bot.presentation.status import trouble_lines
from bot.presentation.text import clamp, escape, escape_lines
from services.domain.errors import UserError
from services.domain.ids import GuildId
from services.status import Status

PER_PAGE = 20
FOLLOW_SECONDS = 5.0
"""Between two states of a card that follows an order."""
FOLLOW_FOR = timedelta(minutes=14)
"""Discord lets an answer be edited for 15 minutes."""


class Admin(commands.GroupCog, group_name="admin", group_description="For whoever runs this bot"):
    """`/admin feed|backfill|servers|sync|pause|resume`."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._pager = Pager(bot.actions, "servers", self._page)
        self._days = Pager(bot.actions, "days", self._days_page)

    @app_commands.command(description="The feed and the queue in detail")
    async def feed(self, interaction: Interaction) -> None:
        """Figures for somebody who looks for a fault."""
        await self._begin(interaction)
        look = await self._services.status.look()
        held = await self._services.outbox.is_held()
        await reply(interaction, _feed_card(look, held=held), private=True)

    @app_commands.command(
        description="Fetches days of killmails from EVE Ref; without dates: how that goes"
    )
    @app_commands.describe(
        start="First day, like 2026-11-01", end="Last day; the same as the first where left out"
    )
    async def backfill(
        self, interaction: Interaction, start: str | None = None, end: str | None = None
    ) -> None:
        """Begins, and follows it in the answer."""
        await self._begin(interaction)
        if start is None:
            if end is not None:
                raise UserError("An end needs a start: give both, or none to see how it goes.")
            await self._days.open(interaction, private=True)
            return
        first = _day(start)
        await self._services.backfill.order(first, first if end is None else _day(end))
        await self._follow(interaction)

    async def _follow(self, interaction: Interaction) -> None:
        """Show how the order goes until it is done, or nobody looks, or Discord takes no more edits."""
        backfill = self._services.backfill
        until = self._services.clock() + FOLLOW_FOR
        try:
            while True:
                working = backfill.is_working
                page = await self._days_page(interaction, "", 0)
                await interaction.edit_original_response(**edit_arguments(page.card))
                if not working:
                    return
                if self._services.clock() >= until:
                    break
                await backfill.wait(FOLLOW_SECONDS)
            await say(
                interaction,
                "It goes on, but this answer is too old to be changed any further. "
                "`/admin backfill` without dates shows how it stands.",
            )
        except discord.NotFound:
            return  # the answer was dismissed

    async def _days_page(self, interaction: Interaction, _question: str, number: int) -> Page:
        await self._require_owner(interaction)
        overview = await self._services.backfill.overview()
        pages = page_count(len(overview.days), DAYS_PER_PAGE)
        page = min(number, pages - 1)
        card = render_days(overview, page=page, pages=pages, now=self._services.clock())
        return Page(card=card, page=page, pages=pages)

    @app_commands.command(description="The servers I am in")
    async def servers(self, interaction: Interaction) -> None:
        """By pages."""
        await self._begin(interaction)
        await self._pager.open(interaction, private=True)

    @app_commands.command(description="Registers all commands with Discord anew")
    async def sync(self, interaction: Interaction) -> None:
        """For when Discord shows old ones."""
        await self._begin(interaction)
        told = await self._bot.register_commands(force=True)
        await say(
            interaction,
            f"Registered {counted(told.everywhere or 0, 'command')} everywhere and {told.home or 0} here. "
            "Discord shows them within a minute.",
        )

    @app_commands.command(description="Holds every message back until resumed")
    async def pause(self, interaction: Interaction) -> None:
        """Outlives a restart."""
        await self._begin(interaction)
        await self._services.outbox.hold()
        await say(
            interaction,
            "Nothing is posted any more until `/admin resume`. What comes meanwhile waits; "
            "news older than its limit is dropped.",
        )

    @app_commands.command(description="Lets messages go again")
    async def resume(self, interaction: Interaction) -> None:
        """At once."""
        await self._begin(interaction)
        was_held = await self._services.outbox.is_held()
        await self._services.outbox.release()
        await say(interaction, "Messages go out again." if was_held else "Nothing was held back.")

    async def _begin(self, interaction: Interaction) -> None:
        """How every command here starts. Asking who the owner is may go to Discord, so it comes after the deferral."""
        await defer(interaction, private=True)
        await self._require_owner(interaction)

    async def _require_owner(self, interaction: Interaction) -> None:
        if not await self._bot.is_owner(interaction.user):
            raise UserError("Only the owner of this bot's application, or its team, may do that.")

    async def _page(self, interaction: Interaction, _question: str, number: int) -> Page:
        await self._require_owner(interaction)
        guilds = sorted(self._bot.guilds, key=lambda guild: (guild.name.casefold(), guild.id))
        pages = page_count(len(guilds), PER_PAGE)
        page = min(number, pages - 1)
        lines = []
        for guild in guilds[page * PER_PAGE : (page + 1) * PER_PAGE]:
            alerts = len(await self._services.alerts.all_of(GuildId(guild.id)))
            lines.append(f"**{escape(guild.name)}** `{guild.id}` · {counted(alerts, 'alert')}")
        embed = discord.Embed(
            title=counted(len(guilds), "server"),
            description="\n".join(lines),
            colour=colours.NEUTRAL,
        )
        if pages > 1:
            embed.set_footer(text=f"Page {page + 1} of {pages}")
        return Page(card=Card(embed=clamp(embed)), page=page, pages=pages)


def _day(text: str) -> date:
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise UserError(f"“{text}” is no day. Write it like 2026-11-19.") from error


def _feed_card(look: Status, *, held: bool) -> Card:
    lines = [
        *trouble_lines(look.troubles, most=PER_PAGE),
        *_feed_lines(look.feed),
        *_queue_lines(look, held=held),
    ]
    embed = discord.Embed(
        title="Feed and queue",
        description="\n".join(lines),
        colour=colours.NEUTRAL,
    )
    return Card(embed=clamp(embed))


def _feed_lines(feed: Any) -> list[str]:
    if feed is None:
        return ["**Feed** none runs here"]
    lag = "unknown" if feed.lag_seconds is None else f"{feed.lag_seconds:.0f} s"
    lines = [
        f"**Sequence** {feed.sequence} · {'caught up' if feed.caught_up else 'catching up'}",
        f"**Lag** {lag} · {feed.requests:,} requests",
    ]
    if feed.last_success_at is not None:
        lines.append(f"**Last answer** {times.relative(feed.last_success_at)}")
    if feed.paused_until is not None:
        lines.append(f"**Paused until** {times.relative(feed.paused_until)}")
    if feed.last_error:
        lines.append(f"**Fault** {escape_lines(feed.last_error)}")
    if feed.backlog:
        lines.append(f"**Backlog** {feed.backlog:,} earlier numbers")
    if feed.holes.open or feed.holes.given_up:
        lines.append(f"**Holes** {feed.holes.open} looked for, {feed.holes.given_up} given up")
    if feed.fallback:
        lines.append("**Second feed** is read")
    if feed.gap:
        lines.append(f"**Expired unread** {feed.gap[0]} to {feed.gap[1]}")
    return lines


def _queue_lines(look: Status, *, held: bool) -> list[str]:
    states = ", ".join(f"{count:,} {state}" for state, count in sorted(look.queue.by_state.items()))
    lines = [f"**Messages** {states or 'none yet'} · {counted(look.blocked, 'channel')} blocked"]
    if look.queue.oldest_due_at is not None:
        lines.append(f"**Next due** {times.relative(look.queue.oldest_due_at)}")
    if held:
        lines.append("**Held back:** nothing is posted until `/admin resume`")
    prices = (
        times.relative(look.prices_at)
        if look.prices_at
        else "never fetched: values are typical losses"
    )
    lines.append(f"**Prices** {prices}")
    return lines


async def setup(bot: WarRoomBot) -> None:
    """Load it, where there is a home server."""
    if bot.settings.home_guild is not None:
        await bot.add_cog(Admin(bot), guild=discord.Object(bot.settings.home_guild))
