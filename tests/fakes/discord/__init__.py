"""A local Discord for tests: gateway, REST, people; it judges what a bot sends by Discord's documented limits.

In process: `async with FakeDiscord() as discord, ...` with `discord.patched()`. As a process of its own, for tests
that kill the bot: `python -m tests.fakes.discord --port N --log FILE`, driven by `RemoteDiscord`.
"""

from tests.fakes.discord import faults, permissions
from tests.fakes.discord.answers import Answer
from tests.fakes.discord.remote import RemoteDiscord
from tests.fakes.discord.server import FakeDiscord, running
from tests.fakes.discord.state import Message

__all__ = [
    "Answer",
    "FakeDiscord",
    "Message",
    "RemoteDiscord",
    "faults",
    "permissions",
    "running",
]
