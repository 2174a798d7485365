"""The stand-in itself: one object that tests seed, drive and question, and that discord.py takes for Discord.

Everything a test may call is a method here with plain arguments and plain results, so that the separate process
offers the very same calls by name (`control.py`, `remote.py`). Time is the clock's; nothing here sleeps.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Literal, Self

import yarl
from aiohttp import web

from services.domain.clock import system_clock
from tests.fakes.discord import payloads
from tests.fakes.discord.acting import Acting
from tests.fakes.discord.answers import Interaction
from tests.fakes.discord.faults import Fault, FaultBook, Rule
from tests.fakes.discord.gateway import Contact, Gateway
from tests.fakes.discord.rest import API, Buckets, RateLimit, Request
from tests.fakes.discord.routes import add_routes
from tests.fakes.discord.seeding import Seeding
from tests.fakes.discord.state import Channel, Message, SteppableClock, World

NONCE_WINDOW = timedelta(minutes=3)
"""How long a nonce is kept. Discord says "a few minutes" and no more."""


class FakeDiscord(Acting, Seeding):
    """A local Discord. Use as `async with FakeDiscord() as discord:`."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = system_clock,
        shards: int = 1,
        port: int = 0,
        nonce_window: timedelta = NONCE_WINDOW,
        enforce_deadline: bool = True,
    ) -> None:
        self.clock = SteppableClock(clock)
        self.world = World(self.clock)
        self.gateway = Gateway(self.world, address=lambda: self.gateway_url)
        self.gateway.shards = shards
        self.faults = FaultBook()
        self.buckets = Buckets()
        self.requests: list[Request] = []
        self.interactions: dict[str, Interaction] = {}
        self.nonce_window = nonce_window
        self.enforce_deadline = enforce_deadline
        self._port = port
        self._runner: web.AppRunner | None = None
        self._init_waiting()

    # -- life

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=128 * 1024 * 1024)
        add_routes(app, self)
        self.add_more_routes(app)
        app.on_shutdown.append(self._on_shutdown)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _on_shutdown(self, app: web.Application) -> None:
        """Let what is held go, so that nothing waits for it."""
        self.faults.clear()
        await self.gateway.close()

    def add_more_routes(self, app: web.Application) -> None:
        """For the separate process, which adds its control addresses."""

    @property
    def base(self) -> str:
        """The address without a path."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_base(self) -> str:
        """For `discord.http.Route.BASE`, or the bot's setting."""
        return self.base + API

    @property
    def gateway_url(self) -> str:
        """For `DiscordWebSocket.DEFAULT_GATEWAY`, or the bot's setting."""
        return f"ws://127.0.0.1:{self._port}/gateway"

    @contextlib.contextmanager
    def patched(self) -> Iterator[Self]:
        """Point discord.py of this process here, and back afterwards."""
        with patched(api_base=self.api_base, gateway_url=self.gateway_url):
            yield self

    # -- questions

    def messages(self, channel_id: int, *, deleted: bool = False) -> list[Message]:
        """The messages of a channel that everybody sees, oldest first; with `deleted` the deleted ones too."""
        return [
            m
            for m in self.world.messages.values()
            if m.channel_id == channel_id and not m.ephemeral and (deleted or not m.deleted)
        ]

    def commands(self, guild_id: int | None = None) -> list[dict[str, Any]]:
        """The commands registered globally, or for one server."""
        return self.world.commands.get(guild_id, [])

    def request_log(self, *, method: str | None = None, path: str | None = None) -> list[Request]:
        """Requests in order; `path` is a part of the path."""
        return [
            r
            for r in self.requests
            if method in (None, r.method) and (path is None or path in r.path)
        ]

    def contacts(self) -> list[Contact]:
        """What clients told the gateway."""
        return self.gateway.contacts

    def channel_of(self, request: web.Request) -> int | None:
        """The channel that a request is about; an interaction's is found by its token."""
        if "channel" in request.match_info:
            return int(request.match_info["channel"])
        interaction = self.interactions.get(request.match_info.get("token", ""))
        return interaction.channel.id if interaction else None

    def find_by_nonce(self, nonce: str) -> Message | None:
        """The message made with this nonce within the window (deleted or not)."""
        made_at, message_id = self.world.nonces.get(nonce, (None, 0))
        if made_at is None or self.clock() - made_at > self.nonce_window:
            return None
        return self.world.messages[message_id]

    # -- time and faults

    def advance(self, seconds: float) -> None:
        """Push the stand-in's clock forward."""
        self.clock.offset += timedelta(seconds=seconds)

    def fail(
        self,
        fault: Fault,
        *,
        method: str | None = None,
        path: str | None = None,
        channel_id: int | None = None,
        times: int | None = 1,
    ) -> Rule:
        """Strike requests with a fault (`faults.http(503)`, `faults.hold()`, ...). See `Rule` for the arguments."""
        return self.faults.add(fault, method=method, path=path, channel_id=channel_id, times=times)

    async def reached(self, rule_id: int, *, count: int = 1, patience: float = 5.0) -> None:
        """Wait until `count` requests are held by a rule (seconds)."""
        await self.faults.reached(rule_id, count=count, patience=patience)

    def release(self, rule_id: int) -> None:
        """End a rule; what it holds goes on."""
        self.faults.release(rule_id)

    def hits(self, rule_id: int) -> int:
        """How many requests a rule has struck."""
        return self.faults.get(rule_id).hits

    def clear_faults(self) -> None:
        """End every rule."""
        self.faults.clear()

    def set_rate_limit(self, *, limit: int, window: float, enforced: bool = True) -> None:
        """Let each bucket take `limit` requests per `window` seconds of real time."""
        self.buckets.rate_limit = RateLimit(limit=limit, window=window, enforced=enforced)

    # -- the gateway

    async def connected(self, *, shards: int = 1, patience: float = 10.0) -> None:
        """Wait until so many shards have identified or resumed."""
        await self.gateway.until(
            lambda: len(set(self.gateway.connected)) >= shards, patience=patience
        )

    async def disconnected(self, *, patience: float = 10.0) -> None:
        """Wait until no client is connected."""
        await self.gateway.until(lambda: not self.gateway.connected, patience=patience)

    async def interrupt(
        self, how: Literal["reconnect", "invalid", "resumable", "drop"] = "reconnect"
    ) -> None:
        """Opcode 7; opcode 9 without or with the right to resume; or a closed socket."""
        if how == "reconnect":
            await self.gateway.ask_reconnect()
        elif how == "drop":
            await self.gateway.drop()
        else:
            await self.gateway.invalidate(resumable=how == "resumable")

    async def tell_channel(self, event: str, channel: Channel) -> None:
        """A channel or thread event."""
        data = payloads.channel_json(self.world, channel)
        await self.gateway.dispatch(event, data, guild_id=channel.guild_id)


@contextlib.contextmanager
def patched(*, api_base: str, gateway_url: str) -> Iterator[None]:
    """Point discord.py of this process to a stand-in, and back afterwards."""
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

    before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = api_base, yarl.URL(gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before


@contextlib.asynccontextmanager
async def running(discord: FakeDiscord) -> AsyncIterator[FakeDiscord]:
    """Start a stand-in and point discord.py of this process to it."""
    async with discord:
        with discord.patched():
            yield discord
