"""A bot on a stage: real discord.py and real services against the stand-in of Discord, with a server and two people.

`async with on_stage(tmp_path) as stage:`; `stage.slash(...)` asks as the manager (who may configure), `stage.ask(...)`
as a plain member. `stage.restart()` is a new process: what was only in memory is gone.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from bot.client import WarRoomBot
from bot.discord_settings import DiscordSettings
from services.storage.marks import load_mark, save_mark
from tests.factories import HandClock
from tests.fakes.discord import Answer, FakeDiscord, Message, permissions, running
from tests.fakes.discord.state import Channel, Guild, User
from tests.wiring import Wiring, wired

MANAGER = permissions.EVERYONE_DEFAULT | permissions.MANAGE_CHANNELS


class StageBot(WarRoomBot):
    """The bot; it also tells when something happened, and does not wait five seconds between shards."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.happened: list[str] = []
        self._news = asyncio.Event()
        super().__init__(*args, guild_ready_timeout=0.02, **options)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """No pause between shards."""

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        super().dispatch(event, *args, **kwargs)
        self.happened.append(event)
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for an event that makes it true."""
        async with asyncio.timeout(10):
            while not condition():
                self._news.clear()
                await self._news.wait()


class Stage:
    """Everything a test of commands needs."""

    def __init__(self, discord: FakeDiscord, wiring: Wiring, settings: DiscordSettings) -> None:
        self.discord = discord
        self.wiring = wiring
        self.settings = settings
        self.services = wiring.services
        self.clock: HandClock = wiring.clock
        self.options: dict[str, Any] = {}
        self._task: asyncio.Task[None] | None = None

    async def furnish(self) -> None:
        """One server with a channel, a manager and a member."""
        self.guild: Guild = await self.discord.add_guild("Testers", snowflake=HOME)
        self.channel: Channel = await self.discord.add_channel(self.guild.id, "intel")
        self.manager: User = self.discord.add_user("Manager")
        self.member: User = self.discord.add_user("Member")
        role = await self.discord.add_role(self.guild.id, "Managers", permissions=MANAGER)
        self.discord.add_member(self.guild.id, self.manager.id, role_ids=[role.id])
        self.discord.add_member(self.guild.id, self.member.id)

    async def start(self) -> None:
        """Log in and wait until ready; what the bot raises is raised here."""
        self.bot = StageBot(
            self.services,
            self.settings,
            load_tree_hash=self._load_hash,
            save_tree_hash=self._save_hash,
            **self.options,
        )
        self._task = asyncio.create_task(self.bot.start("token"))
        ready = asyncio.create_task(self.bot.until(lambda: "ready" in self.bot.happened))
        await asyncio.wait([self._task, ready], return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            ready.cancel()
            failed, self._task = self._task, None
            await failed
        await ready

    async def stop(self) -> None:
        """Close the bot."""
        if self._task is not None:
            await self.bot.close()
            await self._task
            self._task = None

    async def restart(self) -> None:
        """A new client that knows nothing of what the old one sent."""
        await self.stop()
        await self.discord.disconnected()
        await self.start()

    async def slash(self, command: str, user: User | None = None, /, **options: Any) -> Answer:
        """The manager (or somebody) uses a command here and waits for the final answer."""
        return await self.discord.slash(
            command,
            channel_id=options.pop("in_channel", self.channel.id),
            user_id=(user or self.manager).id,
            options=options,
            hidden_too=True,
        )

    async def send(self, command: str, /) -> None:
        """A member uses a command, and nobody waits for an answer; returns when the bot has heard of it."""
        self.bot.happened.clear()
        await self.discord.slash(
            command, channel_id=self.channel.id, user_id=self.member.id, until="sent"
        )
        await self.bot.until(lambda: "interaction" in self.bot.happened)

    async def ask(self, command: str, /, **options: Any) -> Answer:
        """A plain member does."""
        return await self.slash(command, self.member, **options)

    async def typed(self, command: str, option: str, text: str, **rest: Any) -> list[str]:
        """What the manager is offered while typing."""
        choices = await self.discord.autocomplete(
            command,
            channel_id=self.channel.id,
            user_id=self.manager.id,
            option=option,
            text=text,
            **rest,
        )
        return [choice["name"] for choice in choices]

    async def press(self, message: Message, label: str, user: User | None = None) -> Answer:
        """Press the button with this label."""
        return await self.discord.click(
            message.id, button(message, label)["custom_id"], user_id=(user or self.manager).id
        )

    async def _load_hash(self) -> str | None:
        async with self.wiring.house.database.read() as tx:
            return await load_mark(tx, "command tree")

    async def _save_hash(self, text: str) -> None:
        async with self.wiring.house.database.write() as tx:
            await save_mark(tx, "command tree", text, now=self.clock())


HOME = 1 << 58
"""The id of the stage's server."""


def button(message: Message, label: str) -> dict[str, Any]:
    """The button with this label, as it was sent."""
    buttons = [part for row in message.components for part in row["components"]]
    return next(part for part in buttons if part.get("label") == label)


@asynccontextmanager
async def on_stage(
    folder: Path, *, home: bool = False, started: bool = True, **options: Any
) -> AsyncIterator[Stage]:
    """A stage with its bot ready. `home`: the server is the owner's. `options`: the bot's own."""
    async with AsyncExitStack() as stack:
        wiring = await stack.enter_async_context(wired(folder))
        fake = FakeDiscord(clock=wiring.clock)
        await stack.enter_async_context(running(fake))
        settings = DiscordSettings(home_guild=HOME if home else None)
        stage = Stage(fake, wiring, settings)
        stage.options = options
        await stage.furnish()
        stack.push_async_callback(stage.stop)
        if started:
            await stage.start()
        yield stage
