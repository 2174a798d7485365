"""Where alerts may post, forums among them, and what beside a battle's message they tell."""

from typing import Any

from bot.delivery import DiscordSender
from services.domain.alert import Alert, Updates
from tests.cogs.asking import message_of, stored, the_alert
from tests.factories import mail
from tests.fakes.discord import permissions
from tests.fakes.discord.state import FORUM, Channel
from tests.stage import Stage
from tests.wiring import AMAMAKE

THREADS = permissions.CREATE_PUBLIC_THREADS


async def forum_of(stage: Stage, **options: Any) -> Channel:
    """A forum that the bot knows of."""
    stage.bot.happened.clear()
    made = await stage.discord.add_channel(stage.guild.id, "fights", kind=FORUM, **options)
    await stage.bot.until(lambda: "guild_channel_create" in stage.bot.happened)
    return made


async def deny(stage: Stage, channel: Channel, bits: int) -> None:
    """The bot may not do these there; it knows when this returns."""
    stage.bot.happened.clear()
    await stage.discord.set_permissions(channel.id, deny=bits)
    await stage.bot.until(lambda: "guild_channel_update" in stage.bot.happened)


async def listed(stage: Stage) -> str:
    return message_of(await stage.slash("alert list")).text


async def threaded(stage: Stage, channel: Channel | None = None) -> Alert:
    """An alert with a thread a battle."""
    where = {} if channel is None else {"channel": channel.id}
    answer = await stage.slash("alert add battles", updates="thread", **where)
    assert "is set" in answer.text, answer.text
    return (await stored(stage))[-1]


# -- forums


async def test_a_forum_can_be_chosen_and_gets_posts(stage: Stage) -> None:
    forum = await forum_of(stage)
    added = await stage.slash("alert add kills", min_isk="1b", channel=forum.id)
    assert f"in <#{forum.id}>" in added.text
    await stage.slash("alert add battles")
    await stage.slash("alert edit", alert="2", channel=forum.id)
    assert [alert.channel_id for alert in await stored(stage)] == [forum.id] * 2
    await stage.wiring.take(mail(5, 205, "B1", "A1", system=AMAMAKE, isk=1e6))
    tried = await stage.slash("alert test", alert="1")
    assert "on its way" in tried.text
    await stage.wiring.worker(DiscordSender(stage.bot, stage.services)).drain()
    (post,) = [c for c in stage.discord.world.channels.values() if c.parent_id == forum.id]
    assert post.name.startswith("SAMPLE · ")


async def test_a_forum_is_probed_for_what_a_forum_needs(stage: Stage) -> None:
    forum = await forum_of(stage)
    for bit, name in (
        (permissions.SEND_MESSAGES, "Create Posts, Embed Links, Attach Files"),
        (permissions.SEND_MESSAGES_IN_THREADS, "Send Messages in Posts"),
        (permissions.EMBED_LINKS, "Embed Links"),
    ):
        await deny(stage, forum, bit | THREADS)
        answer = await stage.slash("alert add battles", channel=forum.id, updates="thread")
        assert f"I lack **{name}** there" in answer.text
    assert await stored(stage) == []
    await deny(stage, forum, THREADS)
    assert (await threaded(stage, forum)).updates is Updates.THREAD, "its posts are the threads"


async def test_a_forum_that_asks_for_tags_is_told_apart_before_the_first_alert(
    stage: Stage,
) -> None:
    forum = await forum_of(stage, requires_tag=True)
    answer = await stage.slash("alert add battles", channel=forum.id)
    assert "asks for a tag on every post" in answer.text
    assert "Require people to select tags" in answer.text
    media = await stage.discord.add_channel(stage.guild.id, "pictures", kind=16)
    await stage.bot.until(lambda: stage.bot.get_channel(media.id) is not None)
    answer = await stage.slash("alert add battles", channel=media.id)
    assert "is a channel for media" in answer.text
    assert await stored(stage) == []


async def test_a_button_in_a_post_is_for_the_forums_alerts(stage: Stage) -> None:
    forum = await forum_of(stage)
    await stage.slash("alert add kills", filter="region:Heimatar", style="watch", channel=forum.id)
    await stage.wiring.take(mail(5, 205, "B1", "A1", system=AMAMAKE, isk=1e6))
    stage.clock.advance(minutes=1)
    worker = stage.wiring.worker(DiscordSender(stage.bot, stage.services))
    await worker.drain()
    (post,) = [c for c in stage.discord.world.channels.values() if c.parent_id == forum.id]
    (card,) = stage.discord.messages(post.id)
    told = await stage.press(card, "Acknowledge", stage.member)
    assert "You have acknowledged it" in told.text
    stage.clock.advance(minutes=2)
    await worker.drain()
    assert "**Acknowledged**" in card.text


# -- what is told beside the message


async def test_updates_are_asked_for_and_changed(stage: Stage) -> None:
    plain = await stage.slash("alert add battles")
    assert "milestones" not in plain.text
    assert "What happens meanwhile" not in plain.text
    assert (await the_alert(stage)).updates is Updates.NONE
    changed = await stage.slash("alert edit", alert="1", updates="replies")
    assert "milestones as replies" in changed.text
    assert (await the_alert(stage)).updates is Updates.REPLIES
    added = await stage.slash("alert add battles", min_kills=50, updates="thread")
    assert "in a thread of it, which I archive" in added.text
    assert "milestones in a thread" in added.text
    assert [alert.updates for alert in await stored(stage)] == [Updates.REPLIES, Updates.THREAD]
    shown = await listed(stage)
    assert shown.index("milestones as replies") < shown.index("milestones in a thread")
    await stage.slash("alert edit", alert="2", updates="none")
    assert "milestones in a thread" not in await listed(stage)
    await stage.slash("alert add kills", min_isk="1b")
    refused = await stage.slash("alert edit", alert="3", updates="thread")
    assert "only an alert for battles" in refused.text


async def test_threads_are_probed_where_they_are_wanted(stage: Stage) -> None:
    other = await stage.discord.add_channel(stage.guild.id, "other")
    await stage.bot.until(lambda: stage.bot.get_channel(other.id) is not None)
    for channel in (stage.channel, other):
        await deny(stage, channel, THREADS | permissions.SEND_MESSAGES_IN_THREADS)
        refused = await stage.slash("alert add battles", updates="thread", channel=channel.id)
        assert "I lack **Create Public Threads, Send Messages in Threads** there" in refused.text
    assert await stored(stage) == []
    await stage.slash("alert add battles", updates="replies")
    refused = await stage.slash("alert edit", alert="1", updates="thread")
    assert "I lack **Create Public Threads" in refused.text
    assert (await the_alert(stage)).updates is Updates.REPLIES
    await deny(stage, stage.channel, 0)
    await stage.slash("alert edit", alert="1", updates="thread")
    moved = await stage.slash("alert edit", alert="1", channel=other.id)
    assert "I lack **Create Public Threads" in moved.text
    copied = await stage.slash("alert copy", alert="1", channel=other.id)
    assert "I lack **Create Public Threads" in copied.text


async def test_the_list_says_when_the_right_to_make_threads_is_gone(stage: Stage) -> None:
    await threaded(stage)
    await deny(stage, stage.channel, THREADS)
    assert "I lack Create Public Threads there" in await listed(stage)
    await stage.wiring.take(
        mail(5, 205, "B1", "A1", system=AMAMAKE, isk=1e6),
        mail(6, 206, "B2", "A1", system=AMAMAKE, isk=1e6),
    )
    resumed = await stage.slash("alert test", alert="1")
    assert "on its way" in resumed.text, "it can post all the same"


async def test_a_thread_has_no_threads(stage: Stage) -> None:
    parent: Any = stage.bot.get_channel(stage.channel.id)
    thread = await (await parent.send("start")).create_thread(name="Talk")
    refused = await stage.slash("alert add battles", updates="thread", in_channel=thread.id)
    assert "a thread has no threads of its own" in refused.text
    added = await stage.slash("alert add battles", updates="replies", in_channel=thread.id)
    assert "milestones as replies" in added.text
