"""The Discord client: holds the services, loads the cogs by name, registers commands, keeps track of servers.

It asks for one intent (guilds) and reads no message. A cog that cannot be loaded stops the start: a bot without one of
its commands would look well and not be.
"""

import asyncio
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import discord
import structlog
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.discord_settings import DiscordSettings
from bot.errors import WarRoomTree
from bot.interaction.actions import ActionItem, Actions
from bot.interaction.choices import RecentBattles
from bot.registration import (
    LoadTreeHash,
    Registration,
    SaveOperators,
    SaveTreeHash,
    SyncReport,
    operators_of,
    save_nobody,
)
from bot.version import running_version
from services.container import Services
from services.domain.ids import GuildId

log = structlog.get_logger(__name__)

EXTENSIONS = (
    "cogs.battles",
    "cogs.kills",
    "cogs.heatmap",
    "cogs.systems",
    "cogs.sovereignty",
    "cogs.incursions",
    "cogs.wars",
    "cogs.warfare",
    "cogs.timers",
    "cogs.alerts",
    "cogs.standings",
    "cogs.watch",
    "cogs.config",
    "cogs.status",
    "cogs.admin",
)
discord.VoiceClient.warn_nacl = False
discord.VoiceClient.warn_dave = False  # nobody who runs the bot has to read that it cannot speak
PERMISSIONS = discord.Permissions(309237763072)
"""View, send, embed, attach, read history, create public threads, send in threads."""
CLOSING_SECONDS = 5.0
"""How long answers may take when the bot is told to stop."""
_WORK = ("CommandTree-invoker", "discord-ui-", "discord.py: ")
"""How discord.py names the tasks in which commands, buttons and events are worked."""
LONGEST_RATE_LIMIT = 30.0
"""Seconds for which discord.py may wait inside a call for a rate limit; longer ones are the outbox's business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayState:
    """How the connection is. `seen_at`: when it was last found whole, None before the first time."""

    connected: bool
    ready: bool
    latency_seconds: float | None
    seen_at: datetime | None


def apply_addresses(settings: DiscordSettings) -> None:
    """Point discord.py to other addresses than its own, before any client starts."""
    if settings.api_base is not None:
        Route.BASE = settings.api_base.rstrip("/")
    if settings.gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway_url)


def invite_url(application_id: int) -> str:
    """Where a server's manager invites the bot, with the permissions it needs and no more."""
    return discord.utils.oauth_url(
        application_id, permissions=PERMISSIONS, scopes=("bot", "applications.commands")
    )


class WarRoomBot(commands.AutoShardedBot):
    """`services` is what cogs use; `actions` is where they name what their buttons do."""

    def __init__(
        self,
        services: Services,
        settings: DiscordSettings,
        *,
        load_tree_hash: LoadTreeHash,
        save_tree_hash: SaveTreeHash,
        save_operators: SaveOperators = save_nobody,
        alert_limit: int = 50,
        contact: str | None = None,
        extensions: tuple[str, ...] = EXTENSIONS,
        **options: Any,
    ) -> None:
        """Make the client; nothing is connected yet.

        Args:
            services: what cogs may use.
            settings: the connection's.
            load_tree_hash: gives what `save_tree_hash` kept, None at first.
            save_tree_hash: keeps a short text with the database.
            save_operators: keeps who runs the bot: they are told of trouble.
            alert_limit: alerts one server may have, as the alerts' settings say (shown to people).
            contact: how the operator can be reached (shown in `/about`).
            extensions: which cogs, in order.
            options: discord.py's own, for tests.
        """
        super().__init__(
            command_prefix=(),
            help_command=None,
            tree_cls=WarRoomTree,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=LONGEST_RATE_LIMIT,
            **options,
        )
        self.services = services
        self.settings = settings
        self.alert_limit = alert_limit
        self.contact = contact
        self.actions = Actions()
        self.recent_battles = RecentBattles()
        self._cogs_wanted = extensions
        self._registration = Registration(
            self.tree, settings.home_guild, load=load_tree_hash, save=save_tree_hash
        )
        self._save_operators = save_operators
        self._seen_at: datetime | None = None

    # Start

    async def start(self, token: str, *, reconnect: bool = True) -> None:
        """Log in and stay connected until closed. When it raised it left nothing open and may be called again.

        Raises discord.LoginFailure for a wrong token; whatever else stopped it is passed on (no network at the start).
        """
        try:
            await super().start(token, reconnect=reconnect)
        except BaseException:
            if not self.is_closed():
                await self.close()
            self.clear()
            # The closed session took its connector with it; discord.py would use it again.
            self.http.connector = discord.utils.MISSING
            raise

    async def close(self) -> None:
        """Let answers on their way be finished (a few seconds at the most), then hang up."""
        if not self.is_closed():
            await self._finish_started()
        await super().close()

    async def _finish_started(self) -> None:
        here = asyncio.current_task()
        started = {
            task
            for task in asyncio.all_tasks()
            if task is not here and task.get_name().startswith(_WORK)
        }
        if started:
            await asyncio.wait(started, timeout=CLOSING_SECONDS)

    async def setup_hook(self) -> None:
        """Note who runs the bot, load the cogs, then register the commands where they changed."""
        assert self.application is not None, "logged in"
        await self._save_operators(operators_of(self.application))
        # The indexes of names are made now, or the first person who types would wait for them.
        await asyncio.to_thread(self.services.universe.warm)
        await asyncio.to_thread(self.services.filters.warm)
        for name in self._cogs_wanted:
            if name not in self.extensions:
                await self.load_extension(name)
        self.add_dynamic_items(ActionItem)
        await self.register_commands()

    async def register_commands(self, *, force: bool = False) -> SyncReport:
        """Tell Discord about the commands; without `force` only if they changed."""
        assert self.application_id is not None, "logged in"
        return await self._registration.sync(self.application_id, force=force)

    # What is seen from outside

    @property
    def gateway(self) -> GatewayState:
        """The connection at this moment, all shards together."""
        shards = self.shards.values()
        connected = self.is_ready() and bool(shards) and not any(s.is_closed() for s in shards)
        if connected:
            self._seen_at = self.services.clock()
        delays = [delay for _, delay in self.latencies if delay == delay] if connected else []  # noqa: PLR0124 - not NaN
        return GatewayState(
            connected=connected,
            ready=self.is_ready(),
            latency_seconds=max(delays, default=None),
            seen_at=self._seen_at,
        )

    def is_alive(self) -> bool:
        """True while every shard is connected and the servers are known."""
        return self.gateway.connected

    @property
    def version(self) -> str:
        """The running version."""
        return running_version()

    @property
    def invite(self) -> str | None:
        """The invite address, known once logged in."""
        return None if self.application_id is None else invite_url(self.application_id)

    # Events

    async def on_ready(self) -> None:
        """Servers that took the bot back, or removed it, while it was away are noted. An outage is not leaving."""
        await self.services.guilds.reconcile([GuildId(guild.id) for guild in self.guilds])
        log.info("ready", servers=len(self.guilds), shards=self.shard_count)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Invited, perhaps again."""
        await self.services.guilds.on_joined(GuildId(guild.id))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Thrown out, or the server is gone. Discord.py does not call this for an outage of a server."""
        await self.services.guilds.on_left(GuildId(guild.id))

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Forms; discord.py hands on everything else by itself."""
        if interaction.type is discord.InteractionType.modal_submit:
            await self.actions.on_form(interaction)

    async def on_message(self, message: discord.Message, /) -> None:
        """No commands in messages."""

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """An event handler failed: the log gets the traceback, the bot goes on."""
        log.error("event handler failed", event_handler=event_method, exc_info=sys.exc_info())
