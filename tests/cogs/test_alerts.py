"""`/alert` as those who configure meet it, and as those who may not."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.interaction.choices import AlertOption
from services.domain.alert import Alert, AlertKind, AlertState
from services.domain.ids import ChannelId, GuildId
from tests.factories import mail
from tests.fakes.discord import permissions
from tests.stage import Stage, button
from tests.wiring import AMAMAKE, HEIMATAR

REFUSED = "You need the permission Manage Channels"


async def stored(stage: Stage) -> Sequence[Alert]:
    return await stage.services.alerts.all_of(GuildId(stage.guild.id))


async def blocked(stage: Stage) -> None:
    """Discord has refused the channel."""
    async with stage.wiring.house.database.write() as tx:
        channel = ChannelId(stage.channel.id)
        await stage.services.alerts.block_channel(tx, channel, "the bot may not see the channel")


async def test_adding_says_in_words_what_will_happen(stage: Stage) -> None:
    answer = await stage.slash("alert add battles", region="Heimatar", min_kills=7, min_isk="1.5b")
    assert answer.ephemeral
    assert "battles in Heimatar, at least 7 kills and 1.50B" in answer.text
    assert f"<#{stage.channel.id}>" in answer.text
    assert "The first one may come at once" in answer.text
    assert "/alert test 1" in answer.text
    (alert,) = await stored(stage)
    assert (alert.kind, alert.region_id, alert.min_kills) == (AlertKind.BATTLES, HEIMATAR, 7)
    assert alert.min_isk == 1.5e9
    assert alert.channel_id == stage.channel.id
    assert alert.created_by == stage.manager.id
    kills = await stage.slash("alert add kills", min_isk="500m")
    assert "kills worth at least 500M ISK" in kills.text
    assert "nobody knows are left out" in kills.text


async def test_a_battle_alert_without_a_floor_has_one(stage: Stage) -> None:
    answer = await stage.slash("alert add battles")
    assert "battles anywhere, at least 5 kills" in answer.text


CANNOT_BE: list[tuple[str, dict[str, str], str]] = [
    ("alert add kills", {"filter": "space:null"}, "kills a day"),
    ("alert add kills", {"min_isk": "lots"}, "cannot read “lots”"),
    ("alert add kills", {"min_isk": "0"}, "more than 0"),
    ("alert add battles", {"region": "Narnia"}, "no region called “Narnia”"),
    ("alert remove", {"alert": "9"}, "no alert #9"),
    ("alert pause", {"alert": "9"}, "no alert #9"),
    ("alert resume", {"alert": "#9"}, "no alert #9"),
    ("alert test", {"alert": "9 kills"}, "no alert #9"),
    ("alert remove", {"alert": "the loud one"}, "Give the alert's number or its name"),
    ("alert edit", {"alert": "9", "name": "x"}, "no alert #9"),
    ("alert edit", {"alert": "9"}, "no alert #9"),
    ("alert style", {"alert": "9"}, "no alert #9"),
    ("alert quiet", {"alert": "9", "hours": "22-7"}, "no alert #9"),
    ("alert mute", {"alert": "9", "for": "1h"}, "no alert #9"),
    ("alert why", {"alert": "9"}, "no alert #9"),
    ("alert export", {}, "no alert yet"),
]


async def test_what_cannot_be_is_explained(stage: Stage) -> None:
    for command, options, words in CANNOT_BE:
        answer = await stage.slash(command, **options)
        assert answer.ephemeral
        assert words in answer.text
    assert await stored(stage) == []


async def test_the_same_twice_is_refused(stage: Stage) -> None:
    await stage.slash("alert add battles", region="Heimatar")
    answer = await stage.slash("alert add battles", region="heimatar")
    assert "Alert #1 already asks for exactly that" in answer.text
    assert len(await stored(stage)) == 1


COMMANDS: list[tuple[str, dict[str, str]]] = [
    ("alert add battles", {}),
    ("alert add kills", {"min_isk": "1b"}),
    ("alert add kills", {}),
    ("alert edit", {"alert": "1", "name": "Mine"}),
    ("alert edit", {"alert": "1"}),
    ("alert style", {"alert": "1"}),
    ("alert quiet", {"alert": "1", "hours": "never"}),
    ("alert mute", {"alert": "1", "for": "1h"}),
    ("alert try", {"filter": "region:Delve"}),
    ("alert why", {"alert": "1"}),
    ("alert export", {}),
    ("alert list", {}),
    ("alert remove", {"alert": "1"}),
    ("alert pause", {"alert": "1"}),
    ("alert resume", {"alert": "1"}),
    ("alert test", {"alert": "1"}),
]


async def test_strangers_may_not_configure(stage: Stage) -> None:
    await stage.slash("alert add battles", min_kills=9)
    before = await stored(stage)
    for command, options in COMMANDS:
        answer = await stage.ask(command, **options)
        assert answer.ephemeral, command
        assert REFUSED in answer.text
    assert await stored(stage) == before


async def test_discord_hides_the_commands_from_strangers(stage: Stage) -> None:
    for command in ("alert list", "config show"):
        with pytest.raises(ValueError, match="hidden"):
            await stage.discord.slash(command, channel_id=stage.channel.id, user_id=stage.member.id)
    dm = stage.discord.dm_channel(stage.member.id)
    with pytest.raises(ValueError, match="not offered in direct"):
        await stage.ask("alert list", in_channel=dm.id)


async def test_managing_another_channel_is_a_right_of_its_own(stage: Stage) -> None:
    other = await stage.discord.add_channel(stage.guild.id, "secret")
    await stage.bot.until(lambda: stage.bot.get_channel(other.id) is not None)
    answer = await stage.slash("alert add battles", channel=other.id)
    assert f"in <#{other.id}>" in answer.text
    await stage.discord.set_permissions(
        other.id, deny=permissions.MANAGE_CHANNELS, user_id=stage.manager.id
    )
    await stage.bot.until(lambda: "guild_channel_update" in stage.bot.happened)
    assert REFUSED in (await stage.slash("alert add battles", min_kills=9, channel=other.id)).text
    assert len(await stored(stage)) == 1


@pytest.mark.parametrize(
    ("bit", "name"),
    [
        (permissions.SEND_MESSAGES, "Send Messages"),
        (permissions.EMBED_LINKS, "Embed Links"),
        (permissions.ATTACH_FILES, "Attach Files"),
        (permissions.READ_MESSAGE_HISTORY, "Read Message History"),
    ],
)
async def test_a_channel_is_probed_before_the_first_alert(
    stage: Stage, bit: int, name: str
) -> None:
    await stage.discord.set_permissions(stage.channel.id, deny=bit)
    answer = await stage.slash("alert add battles")
    assert f"I lack **{name}** there" in answer.text
    assert await stored(stage) == []


async def test_another_channel_is_probed_too(stage: Stage) -> None:
    other = await stage.discord.add_channel(stage.guild.id, "closed")
    await stage.discord.set_permissions(
        other.id, deny=permissions.VIEW_CHANNEL | permissions.EMBED_LINKS
    )
    await stage.bot.until(lambda: "guild_channel_update" in stage.bot.happened)
    answer = await stage.slash("alert add battles", channel=other.id)
    assert "I lack **View Channel" in answer.text
    assert f"<#{other.id}>" in answer.text


async def test_threads_are_places_too(stage: Stage) -> None:
    parent: Any = stage.bot.get_channel(stage.channel.id)
    thread = await (await parent.send("start")).create_thread(name="Talk")
    added = await stage.slash("alert add battles", in_channel=thread.id)
    assert f"in <#{thread.id}>" in added.text
    named = await stage.slash("alert add kills", min_isk="1b", channel=thread.id)
    assert f"in <#{thread.id}>" in named.text
    await stage.discord.set_permissions(stage.channel.id, deny=permissions.SEND_MESSAGES_IN_THREADS)
    closed = await stage.slash("alert add battles", min_kills=9, in_channel=thread.id)
    assert "I lack **Send Messages in Threads**" in closed.text
    assert {alert.channel_id for alert in await stored(stage)} == {thread.id}


async def test_a_role_is_called_only_for_those_who_could(stage: Stage) -> None:
    shut = await stage.discord.add_role(stage.guild.id, "Shut")
    open_role = await stage.discord.add_role(stage.guild.id, "Open", mentionable=True)
    refused = await stage.slash("alert add battles", role=shut.id)
    assert f"You may not mention <@&{shut.id}> in <#{stage.channel.id}> yourself" in refused.text
    everyone = await stage.slash("alert add battles", role=stage.guild.id)
    assert "@everyone is no role" in everyone.text
    assert await stored(stage) == []
    added = await stage.slash("alert add battles", role=open_role.id)
    assert f"I call <@&{open_role.id}> once" in added.text
    assert "will not hear it" not in added.text
    assert added.message is not None
    assert not added.message.pings
    (alert,) = await stored(stage)
    assert alert.role_id == open_role.id


async def test_a_role_that_the_bot_cannot_call_is_told(stage: Stage) -> None:
    shut = await stage.discord.add_role(stage.guild.id, "Shut")
    answer = await stage.discord.slash(
        "alert add battles",
        channel_id=stage.channel.id,
        user_id=stage.manager.id,
        options={"role": shut.id},
        member_permissions=permissions.ALL,
    )
    assert "will not hear it yet" in answer.text


async def test_the_life_of_an_alert(stage: Stage) -> None:
    await stage.slash("alert add battles", region="Heimatar")
    listed = await stage.slash("alert list")
    assert listed.ephemeral
    assert "**#1** → " in listed.text
    assert "battles in Heimatar" in listed.text
    assert "1 of at most 50 alerts" in listed.text
    assert "no match yet" not in listed.text
    paused = await stage.slash("alert pause", alert="1")
    assert "Alert #1 is paused" in paused.text
    assert f"**paused** by <@{stage.manager.id}>" in paused.text
    assert "/alert resume 1" in paused.text
    assert "paused already" in (await stage.slash("alert pause", alert="1")).text
    assert "is active again" in (await stage.slash("alert resume", alert="#1")).text
    assert "active already" in (await stage.slash("alert resume", alert="1")).text
    removed = await stage.slash("alert remove", alert="1")
    assert "Alert #1 is removed" in removed.text
    assert "/alert test" not in removed.text, "there is nothing left to test"
    assert "active" not in removed.text
    assert "No alert yet" in (await stage.slash("alert list")).text


async def test_a_refused_channel_is_tried_again_when_it_is_open(stage: Stage) -> None:
    await stage.slash("alert add battles")
    await blocked(stage)
    listed = await stage.slash("alert list")
    assert "blocked" in listed.text
    assert "may not see the channel" in listed.text
    assert "refused me" in (await stage.slash("alert test", alert="1")).text
    await stage.discord.set_permissions(stage.channel.id, deny=permissions.SEND_MESSAGES)
    assert "I lack **Send Messages**" in (await stage.slash("alert resume", alert="1")).text
    assert (await stored(stage))[0].state is AlertState.BLOCKED
    await stage.discord.set_permissions(stage.channel.id)
    assert "is active again" in (await stage.slash("alert resume", alert="1")).text
    assert (await stored(stage))[0].state is AlertState.ACTIVE


async def test_a_sample_is_queued(stage: Stage) -> None:
    await stage.slash("alert add kills", min_isk="1b")
    nothing = await stage.slash("alert test", alert="1")
    assert "Nothing has come over the feed yet" in nothing.text
    await stage.wiring.take(mail(5, 200, "B1", "A1", system=AMAMAKE, isk=1e6))
    told = await stage.slash("alert test", alert="1")
    assert "A sample is on its way" in told.text
    assert (await stage.services.status.look()).queue.waiting == 1
    await stage.services.outbox.hold()
    assert "holds all messages back" in (await stage.slash("alert test", alert="1")).text


async def test_alerts_are_offered_in_words_to_managers_alone(stage: Stage) -> None:
    await stage.slash("alert add battles", region="Heimatar")
    await stage.slash("alert add kills", min_isk="1b", name="Rich kills")
    await stage.slash("alert pause", alert="2")
    battles, kills = await stage.typed("alert remove", "alert", "")
    assert battles == "#1 · #intel · battles in Heimatar, at least 5 kills"
    assert kills == "#2 Rich kills · paused · #intel · kills worth at least 1.00B ISK"
    assert await stage.typed("alert remove", "alert", "heim") == [battles]
    assert await stage.typed("alert remove", "alert", "#2") == [kills]
    assert await stage.typed("alert remove", "alert", "rich") == [kills]
    removed = await stage.slash("alert remove", alert="rich kills")
    assert "Alert #2 is removed" in removed.text


async def test_alerts_are_not_offered_to_those_who_may_not_configure(stage: Stage) -> None:
    await stage.slash("alert add battles", region="Heimatar")
    stranger: Any = SimpleNamespace(
        guild_id=stage.guild.id, permissions=discord.Permissions.none(), client=stage.bot
    )
    assert await AlertOption().autocomplete(stranger, "") == []
    stranger.permissions, stranger.guild = discord.Permissions(manage_channels=True), None
    assert len(await AlertOption().autocomplete(stranger, "")) == 1


async def test_a_long_list_has_pages_that_outlive_a_restart(stage: Stage) -> None:
    for kills in range(10, 20):
        await stage.slash("alert add battles", min_kills=kills)
    message = (await stage.slash("alert list")).message
    assert message is not None
    assert "Page 1 of 2 · 10 of at most 50" in message.text
    await stage.restart()
    stranger = await stage.press(message, "Next", stage.member)
    assert "Only whoever asked" in stranger.text
    await stage.press(message, "Next")
    assert "Page 2 of 2" in message.text
    assert button(message, "Next")["disabled"]
