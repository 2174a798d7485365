"""Threads and forums of the stand-in, through the real discord.py."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Any

import discord
import pytest

from tests.factories import HandClock
from tests.fakes.discord import FakeDiscord, permissions, running
from tests.fakes.discord.state import FORUM, Channel


@dataclass
class Ground:
    """A server with a text channel and a forum, as the bot has them."""

    discord: FakeDiscord
    clock: HandClock
    text: Any
    forum: Any

    def world(self, thread_id: int) -> Channel:
        return self.discord.world.channels[thread_id]


@pytest.fixture
async def ground() -> AsyncIterator[Ground]:
    clock = HandClock()
    async with running(FakeDiscord(clock=clock)) as stand_in:
        guild = await stand_in.add_guild("Testers")
        text = await stand_in.add_channel(guild.id, "intel")
        forum = await stand_in.add_channel(guild.id, "fights", kind=FORUM)
        client = discord.Client(intents=discord.Intents(guilds=True), guild_ready_timeout=0.02)
        await client.login("token")
        task = asyncio.create_task(client.connect())
        await client.wait_until_ready()
        yield Ground(stand_in, clock, client.get_channel(text.id), client.get_channel(forum.id))
        await client.close()
        await task


async def refused(work: Awaitable[Any]) -> int:
    """The code of Discord's refusal."""
    with pytest.raises(discord.HTTPException) as caught:
        await work
    return caught.value.code


async def test_a_thread_has_its_messages_id_and_there_is_one(ground: Ground) -> None:
    message = await ground.text.send("start")
    thread = await message.create_thread(name="Talk", auto_archive_duration=60)
    assert (thread.id, thread.parent_id) == (message.id, ground.text.id)
    assert await refused(message.create_thread(name="Again")) == 160004
    await ground.discord.remove_channel(thread.id)
    assert await refused(message.create_thread(name="Again")) == 160004
    assert await refused(thread.send("late")) == 10003
    other = await ground.text.send("other")
    assert await refused(other.create_thread(name="x" * 101)) == 50035
    await other.delete()
    assert await refused(other.create_thread(name="Late")) == 10008


async def test_what_starting_a_thread_needs(ground: Ground) -> None:
    message = await ground.text.send("start")
    inside = await (await message.create_thread(name="Talk")).send("inside")
    assert await refused(inside.create_thread(name="Deeper")) == 50024
    ground.discord.world.thread_limit = 1
    other = await ground.text.send("other")
    assert await refused(other.create_thread(name="Full")) == 160006
    await ground.discord.set_permissions(ground.text.id, deny=permissions.CREATE_PUBLIC_THREADS)
    assert await refused(other.create_thread(name="May not")) == 50013


async def test_a_thread_rests_after_its_time_and_wakes(ground: Ground) -> None:
    message = await ground.text.send("start")
    thread = await message.create_thread(name="Talk", auto_archive_duration=60)
    ground.clock.advance(minutes=50)
    said = await thread.send("still here")
    ground.clock.advance(minutes=50)
    await said.edit(content="edits are no life")
    ground.clock.advance(minutes=11)
    assert await refused(said.edit(content="late")) == 50083
    assert [t.id async for t in ground.text.archived_threads()] == [thread.id]
    await thread.send("awake")
    assert not ground.world(thread.id).archived
    assert [t.id for t in await ground.text.guild.active_threads()] == [thread.id]
    await thread.edit(archived=True)
    assert await refused(thread.edit(name="Other")) == 50083
    await thread.edit(archived=False, name="Other")
    assert ground.world(thread.id).name == "Other"


async def test_a_locked_thread_is_the_moderators(ground: Ground) -> None:
    thread = await (await ground.text.send("start")).create_thread(name="Talk")
    for archived, code in ((False, 160005), (True, 50083)):
        await ground.discord.set_archived(thread.id, archived=archived, locked=True)
        assert await refused(thread.send("no")) == code
    assert await refused(thread.edit(archived=False)) == 50013
    await ground.discord.set_permissions(ground.text.id, allow=permissions.MANAGE_THREADS)
    await thread.send("may")
    await thread.edit(locked=False)
    assert not ground.world(thread.id).locked


async def test_a_post_is_a_thread_with_its_first_message(ground: Ground) -> None:
    assert isinstance(ground.forum, discord.ForumChannel)
    made = await ground.forum.create_thread(
        name="Fight", content="first", file=discord.File(__file__, filename="a.txt")
    )
    assert made.thread.id == made.message.id
    assert [a.filename for a in made.message.attachments] == ["a.txt"]
    twin = await ground.forum.create_thread(name="Fight", content="first")
    assert twin.thread.id != made.thread.id, "nothing keeps posts from being made twice"
    (first,) = ground.discord.messages(made.thread.id)
    assert (first.id, first.content) == (made.message.id, "first")
    await made.message.edit(content="second")
    assert first.edits == 1
    theirs = await ground.discord.add_post(ground.forum.id, ground.discord.owner.id, "hello")
    active = await ground.forum.guild.active_threads()
    owners = {thread.id: thread.owner_id for thread in active}
    assert owners[theirs.id] == ground.discord.owner.id
    assert owners[made.thread.id] == ground.discord.bot.id
    (foreign,) = [thread for thread in active if thread.id == theirs.id]
    assert await refused(foreign.edit(archived=True)) == 50013


async def test_what_a_forum_refuses(ground: Ground) -> None:
    send = ground.forum._state.http
    assert await refused(ground.forum.create_thread(name="x" * 101, content="a")) == 50035
    assert await refused(ground.forum.create_thread(name="Long", content="a" * 2001)) == 50035
    assert await refused(send.logs_from(ground.forum.id, 5)) == 50024
    partial = discord.PartialMessageable(state=ground.forum._state, id=ground.forum.id)
    assert await refused(partial.send("a message")) == 40058
    await ground.discord.set_forum(ground.forum.id, requires_tag=True)
    assert await refused(ground.forum.create_thread(name="Bare", content="a")) == 40067
    await ground.discord.set_permissions(ground.forum.id, deny=permissions.SEND_MESSAGES)
    assert await refused(ground.forum.create_thread(name="May not", content="a")) == 50013
    assert len([c for c in ground.discord.world.channels.values() if c.is_thread]) == 0


async def test_a_tag_may_be_given(ground: Ground) -> None:
    guild = ground.forum.guild
    made = await ground.discord.add_channel(guild.id, "sorted", kind=FORUM, requires_tag=True)
    forum: Any = await guild.fetch_channel(made.id)
    assert forum.flags.require_tag
    post = await forum.create_thread(name="A", content="a", applied_tags=forum.available_tags)
    assert post.thread.parent_id == made.id
    wrong = [discord.Object(1)]
    assert await refused(forum.create_thread(name="B", content="b", applied_tags=wrong)) == 50035
