"""Threads and forums from the outbox on: the real worker, restarts between any two steps, who is told of trouble."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.delivery import DiscordSender
from services.domain.delivery import Delivery, Destination, DestinationKind, Posting
from services.domain.ids import GuildId, TypeId
from services.domain.message import Message
from services.outbox import store
from services.outbox.sender import Outcome
from services.outbox.worker import OutboxWorker
from tests.bot import samples
from tests.bot.test_delivery_threads import DOUBLED, OVER
from tests.factories import mail
from tests.fakes.discord import faults
from tests.fakes.discord.state import FORUM, Channel
from tests.stage import Stage, on_stage
from tests.wiring import AMAMAKE

DREADNOUGHT = TypeId(19720)
BATTLE = samples.battle_message()


class Killed(BaseException):
    """The process died here."""


class Mortal(DiscordSender):
    """Dies after Discord's answer, before anybody hears of it."""

    async def send(self, delivery: Delivery) -> Outcome:
        await super().send(delivery)
        raise Killed


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with on_stage(tmp_path) as made:
        yield made


def worker(stage: Stage) -> OutboxWorker:
    return stage.wiring.worker(DiscordSender(stage.bot, stage.services))


async def deliver(stage: Stage) -> None:
    """What a process does that has just begun."""
    sender = worker(stage)
    await sender.recover(starting=True)
    await sender.drain()


async def put(
    stage: Stage, channel: Channel, message: Message, *, key: str, reply_to: str | None = None
) -> None:
    posting = Posting(
        destination=Destination(DestinationKind.CHANNEL, channel.id),
        guild_id=GuildId(stage.guild.id),
        dedupe_key=key,
        message=message,
        reply_to=reply_to,
    )
    async with stage.wiring.house.database.write() as tx:
        await store.put(tx, posting, now=stage.clock(), edit_spacing=timedelta(0))


async def die(stage: Stage) -> None:
    """Send what is due, be killed before it is settled; another process begins."""
    dying = stage.wiring.worker(Mortal(stage.bot, stage.services))
    with pytest.raises(Killed):
        await dying.drain()
    await stage.restart()


async def forum_of(stage: Stage) -> Channel:
    made = await stage.discord.add_channel(stage.guild.id, "fights", kind=FORUM)
    await stage.bot.until(lambda: stage.bot.get_channel(made.id) is not None)
    return made


def threads_of(stage: Stage, channel: Channel) -> list[Channel]:
    return [c for c in stage.discord.world.channels.values() if c.parent_id == channel.id]


async def test_a_battle_with_its_thread_from_the_first_kill_to_the_last_word(stage: Stage) -> None:
    sender = worker(stage)
    await stage.slash("alert add battles", region="Heimatar", min_kills=2, updates="thread")
    await stage.wiring.take(
        mail(1, 208, "B1", "A1", "A2", system=AMAMAKE, isk=4e8),
        mail(2, 209, "B2", "A1", "A2", system=AMAMAKE, isk=1e8),
    )
    await sender.drain()
    (card,) = stage.discord.messages(stage.channel.id)
    assert threads_of(stage, stage.channel) == []
    stage.clock.advance(minutes=1)
    await stage.wiring.take(
        mail(3, 210, "A2", "B1", "B2", system=AMAMAKE, isk=2e9, hull=DREADNOUGHT)
    )
    await sender.drain()
    (thread,) = threads_of(stage, stage.channel)
    assert thread.id == card.id
    assert "in Amamake" in thread.name
    (milestone,) = stage.discord.messages(thread.id)
    assert "First capital" in milestone.text
    stage.clock.advance(minutes=40)
    await stage.wiring.end_battles()
    await sender.drain()
    assert len(stage.discord.messages(thread.id)) == 2
    assert thread.archived
    assert stage.discord.messages(stage.channel.id) == [card]
    assert "over" in card.text


async def test_a_restart_between_thread_message_and_note_says_everything_once(
    stage: Stage,
) -> None:
    await put(stage, stage.channel, BATTLE, key="b")
    await deliver(stage)
    (card,) = stage.discord.messages(stage.channel.id)
    await put(stage, stage.channel, DOUBLED, key="b:2", reply_to="b")
    held = stage.discord.fail(
        faults.lost_answer(), method="POST", path=f"/channels/{card.id}/messages"
    )
    await die(stage)  # the thread is made, and the process hears no more of what it said there
    assert stage.discord.hits(held.id) == 1
    await deliver(stage)
    await put(stage, stage.channel, OVER, key="b:over", reply_to="b")
    await die(stage)
    stage.clock.advance(minutes=20)  # longer than Discord remembers
    await deliver(stage)
    assert len(stage.discord.messages(card.id)) == 2
    assert stage.discord.world.channels[card.id].archived
    assert stage.discord.messages(stage.channel.id) == [card]


@pytest.mark.parametrize("minutes", [0, 90])
async def test_a_restart_after_a_post_was_made_makes_no_second(
    stage: Stage, minutes: float
) -> None:
    forum = await forum_of(stage)
    await put(stage, forum, BATTLE, key="b")
    await die(stage)
    stage.clock.advance(minutes=minutes)
    await deliver(stage)
    (post,) = threads_of(stage, forum)
    await put(stage, forum, replace(BATTLE, sample=True), key="b")
    await put(stage, forum, DOUBLED, key="b:2", reply_to="b")
    await deliver(stage)
    card, milestone = stage.discord.messages(post.id)
    assert (card.id, card.edits) == (post.id, 1)
    assert milestone.embeds


async def test_a_forum_that_begins_to_ask_for_tags_is_told_to_its_owner(stage: Stage) -> None:
    forum = await forum_of(stage)
    await stage.slash("alert add kills", min_isk="1b", channel=forum.id)
    await stage.discord.set_forum(forum.id, requires_tag=True)
    await stage.wiring.take(mail(5, 208, "B1", "A1", system=AMAMAKE, isk=2e9))
    await deliver(stage)
    dm = stage.discord.dm_channel(stage.manager.id)
    (notice,) = stage.discord.messages(dm.id)
    assert "I cannot post in" in notice.text
    assert "tag" in notice.text
    await stage.discord.set_forum(forum.id, requires_tag=False)
    await stage.slash("alert resume", alert="1")
    stage.clock.advance(minutes=1)
    await deliver(stage)
    assert len(threads_of(stage, forum)) == 1


async def test_a_thread_that_cannot_be_had_closes_no_channel(stage: Stage) -> None:
    await put(stage, stage.channel, BATTLE, key="b")
    await deliver(stage)
    (card,) = stage.discord.messages(stage.channel.id)
    stage.discord.remove_message(card.id)
    await put(stage, stage.channel, DOUBLED, key="b:2", reply_to="b")
    await put(stage, stage.channel, samples.NOTICE, key="n")
    sender = worker(stage)
    await sender.drain()
    (notice,) = stage.discord.messages(stage.channel.id)
    assert notice.id != card.id
    assert sender.outcomes == {"refused": 1, "posted": 1}
