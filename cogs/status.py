"""`/status`, `/about`, `/help`: how the bot is, what it is, what it can do."""

from datetime import datetime, timedelta
from typing import Any

from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.replies import Interaction, defer, reply
from bot.presentation.status import (
    AboutView,
    HelpEntry,
    StatusView,
    render_about,
    render_help,
    render_status,
)


class StatusCommands(commands.Cog):
    """Answers are private unless they are asked for otherwise: nobody else's channel needs them."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._bot = bot
        self._services = bot.services

    @app_commands.command(description="How I am: the feed, what is stored, what waits to be posted")
    @app_commands.describe(private="Show the answer to you alone (yes)")
    async def status(self, interaction: Interaction, *, private: bool = True) -> None:
        """One card."""
        await defer(interaction, private=private)
        look = await self._services.status.look()
        feed = look.feed
        view = StatusView(
            now=look.now,
            version=look.version,
            started_at=look.started_at,
            feed_lag=None if feed is None else _lag(feed.lag_seconds),
            feed_fault=_fault(feed, look.now),
            last_kill_id=look.totals.last_kill_id,
            last_kill_at=look.totals.last_kill_at,
            killmails=look.totals.killmails,
            battles=look.battles,
            queue=look.queue.waiting,
            blocked=look.blocked,
            database_bytes=look.database_bytes,
            servers=len(self._bot.guilds),
            alerts=await self._services.alerts.count(),
        )
        await reply(interaction, render_status(view), private=private)

    @app_commands.command(description="What I am, who runs me, and how to invite me")
    async def about(self, interaction: Interaction) -> None:
        """One card with the invite address."""
        view = AboutView(
            version=self._bot.version,
            invite_url=self._bot.invite or "https://discord.com/oauth2/authorize",
            contact=self._bot.contact,
        )
        await reply(interaction, render_about(view), private=True)

    @app_commands.command(description="What I can do")
    async def help(self, interaction: Interaction) -> None:
        """Every command in a line."""
        entries = tuple(_entries(self._bot))
        await reply(interaction, render_help(entries), private=True)


def _lag(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def _fault(feed: Any, now: datetime) -> str | None:
    if feed is None:
        return "no feed runs here"
    if feed.paused_until is not None and feed.paused_until > now:
        return f"zKillboard asked for a pause until {feed.paused_until:%H:%M} EVE"
    fault: str | None = feed.last_error
    return fault


def _entries(bot: WarRoomBot) -> list[HelpEntry]:
    """Out of the commands themselves, so that no list of them can grow old."""
    found = []
    for command in bot.tree.walk_commands():
        if isinstance(command, app_commands.Command):
            words = [f"/{command.qualified_name}"]
            words += [
                f"<{option.display_name}>" if option.required else f"[{option.display_name}]"
                for option in command.parameters
            ]
            found.append(HelpEntry(command=" ".join(words), text=command.description))
    return sorted(found, key=lambda entry: entry.command)


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(StatusCommands(bot))
