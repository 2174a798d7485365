"""The client of the stand-in's separate process: the calls of `FakeDiscord`, awaited, with the same types.

Results are snapshots: ask again for what has changed since.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self, TypeVar

import aiohttp
import msgspec

from tests.fakes.discord.answers import Answer
from tests.fakes.discord.faults import Fault, Rule
from tests.fakes.discord.gateway import Contact
from tests.fakes.discord.rest import API, Request
from tests.fakes.discord.state import Channel, Guild, Message, Role, User

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[3]
_FAILURES: dict[str, type[Exception]] = {"TimeoutError": TimeoutError, "RuntimeError": RuntimeError}


class RemoteDiscord:
    """Drives a stand-in at `base`. Arguments are those of the same calls of `FakeDiscord`, by keyword."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def spawn(cls, *, log: Path, shards: int = 1) -> AsyncIterator[Self]:
        """Start the process on a free port, yield its client, end the process."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.fakes.discord", "--port", "0", "--log", str(log),
            "--shards", str(shards), cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            async with asyncio.timeout(30):
                line = (await process.stdout.readline()).decode()
            if not line:
                raise RuntimeError("the stand-in's process ended before it listened")
            async with cls(line.split()[-1]) as client:
                yield client
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.communicate()

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(self.base)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    @property
    def api_base(self) -> str:
        """For the bot's `WARROOM_DISCORD__API_BASE`."""
        return self.base + API

    @property
    def gateway_url(self) -> str:
        """For the bot's `WARROOM_DISCORD__GATEWAY_URL`."""
        return self.base.replace("http://", "ws://") + "/gateway"

    async def call(self, name: str, answers: type[T], /, **arguments: Any) -> T:
        """Any call by name; `answers` is the type of its result."""
        assert self._session is not None
        body = msgspec.json.encode(arguments)
        async with self._session.post(f"/control/{name}", data=body) as response:
            told = await response.read()
        if response.status != 200:
            failure = msgspec.json.decode(told)
            raise _FAILURES.get(failure.get("type", ""), ValueError)(failure["error"])
        return msgspec.json.decode(told, type=answers)

    async def do(self, name: str, /, **arguments: Any) -> None:
        """Any call by name whose result does not matter (`advance`, `remove_bot`, `set_archived`, ...)."""
        await self.call(name, object, **arguments)

    async def get_owner(self) -> User:
        return await self.call("get_owner", User)

    async def get_bot(self) -> User:
        return await self.call("get_bot", User)

    async def add_user(self, name: str, **rest: Any) -> User:
        return await self.call("add_user", User, name=name, **rest)

    async def add_guild(self, name: str = "Testers", **rest: Any) -> Guild:
        return await self.call("add_guild", Guild, name=name, **rest)

    async def add_channel(self, guild_id: int, name: str = "intel", **rest: Any) -> Channel:
        return await self.call("add_channel", Channel, guild_id=guild_id, name=name, **rest)

    async def add_role(self, guild_id: int, name: str, **rest: Any) -> Role:
        return await self.call("add_role", Role, guild_id=guild_id, name=name, **rest)

    async def messages(self, channel_id: int, **rest: Any) -> list[Message]:
        return await self.call("messages", list[Message], channel_id=channel_id, **rest)

    async def wait_for_messages(self, channel_id: int, **rest: Any) -> list[Message]:
        return await self.call("wait_for_messages", list[Message], channel_id=channel_id, **rest)

    async def commands(self, guild_id: int | None = None) -> list[dict[str, Any]]:
        return await self.call("commands", list[dict[str, Any]], guild_id=guild_id)

    async def request_log(self, **rest: Any) -> list[Request]:
        return await self.call("request_log", list[Request], **rest)

    async def contacts(self) -> list[Contact]:
        return await self.call("contacts", list[Contact])

    async def fail(self, fault: Fault, **rest: Any) -> Rule:
        return await self.call("fail", Rule, fault=fault, **rest)

    async def reached(self, rule_id: int, **rest: Any) -> None:
        await self.do("reached", rule_id=rule_id, **rest)

    async def release(self, rule_id: int) -> None:
        await self.do("release", rule_id=rule_id)

    async def hits(self, rule_id: int) -> int:
        return await self.call("hits", int, rule_id=rule_id)

    async def clear_faults(self) -> None:
        await self.do("clear_faults")

    async def connected(self, **rest: Any) -> None:
        await self.do("connected", **rest)

    async def disconnected(self, **rest: Any) -> None:
        await self.do("disconnected", **rest)

    async def interrupt(self, how: str = "reconnect") -> None:
        await self.do("interrupt", how=how)

    async def advance(self, seconds: float) -> None:
        await self.do("advance", seconds=seconds)

    async def slash(self, command: str, **rest: Any) -> Answer:
        return await self.call("slash", Answer, command=command, **rest)

    async def autocomplete(self, command: str, **rest: Any) -> list[dict[str, Any]]:
        return await self.call("autocomplete", list[dict[str, Any]], command=command, **rest)

    async def click(self, message_id: int, custom_id: str, **rest: Any) -> Answer:
        arguments = {"message_id": message_id, "custom_id": custom_id} | rest
        return await self.call("click", Answer, **arguments)

    async def select(self, message_id: int, custom_id: str, **rest: Any) -> Answer:
        arguments = {"message_id": message_id, "custom_id": custom_id} | rest
        return await self.call("select", Answer, **arguments)

    async def submit_modal(self, interaction_id: int, **rest: Any) -> Answer:
        return await self.call("submit_modal", Answer, interaction_id=interaction_id, **rest)

    async def settle(self, interaction_id: int, **rest: Any) -> Answer:
        return await self.call("settle", Answer, interaction_id=interaction_id, **rest)
