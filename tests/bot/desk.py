"""A sender with its bot on a stage, and deliveries for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.delivery import DiscordSender
from services.domain.delivery import Delivery, Destination, DestinationKind
from services.domain.ids import GuildId
from services.domain.message import Message
from services.outbox.sender import Delivered, Outcome
from tests.bot import samples
from tests.fakes.discord.state import TEXT, Channel
from tests.stage import Stage, on_stage


class Desk:
    """A sender, and deliveries to the stage's channel."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.slept: list[float] = []
        self.sender = DiscordSender(stage.bot, stage.services, sleep=self._sleep)
        self.fail = stage.discord.fail

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def delivery(
        self,
        message: Message = samples.NOTICE,
        *,
        nonce: int = 7,
        to: int | None = None,
        **fields: Any,
    ) -> Delivery:
        place = Destination(DestinationKind.CHANNEL, to or self.stage.channel.id)
        given: dict[str, Any] = {
            "id": 1, "destination": place, "guild_id": GuildId(self.stage.guild.id), "revision": 1,
        }  # fmt: skip
        return Delivery(message=message, nonce=str(nonce), **(given | fields))

    def person(self, **fields: Any) -> Delivery:
        place = Destination(DestinationKind.USER, self.stage.member.id)
        return self.delivery(destination=place, **fields)

    async def send(self, *args: Any, **fields: Any) -> Outcome:
        return await self.sender.send(self.delivery(*args, **fields))

    def standing(self) -> list[Any]:
        return self.stage.discord.messages(self.stage.channel.id)

    async def restart(self) -> None:
        """A new process: what was only in memory is gone."""
        await self.stage.restart()
        self.sender = DiscordSender(self.stage.bot, self.stage.services, sleep=self._sleep)


@asynccontextmanager
async def at_desk(folder: Path) -> AsyncIterator[Desk]:
    """Everything ready, at the samples' moment."""
    async with on_stage(folder) as stage:
        stage.clock.now = samples.NOW
        yield Desk(stage)


@asynccontextmanager
async def new_channel(stage: Stage, *, kind: int = TEXT) -> AsyncIterator[Channel]:
    """The stage with a channel where nothing was said yet, at the samples' moment; what was there goes afterwards."""
    world = stage.discord.world
    limit, stage.clock.now = world.thread_limit, samples.NOW
    stage.channel = await stage.discord.add_channel(stage.guild.id, "fights", kind=kind)
    await stage.bot.until(lambda: stage.bot.get_channel(stage.channel.id) is not None)
    yield stage.channel
    made = [thread.id for thread in world.channels.values() if thread.parent_id == stage.channel.id]
    for key in (*made, stage.channel.id):
        world.channels.pop(key, None)
    world.nonces.clear()
    world.thread_limit = limit


def sent_id(outcome: Outcome) -> Any:
    """The id of what was delivered."""
    assert isinstance(outcome, Delivered), outcome
    return outcome.message_id
