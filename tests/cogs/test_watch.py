"""The buttons of surveillance cards, from the post to the press, also after a restart."""

from bot.delivery import DiscordSender
from services.domain.alert import Outcome
from services.domain.ids import AlertId
from tests.cogs.asking import stored, the_alert
from tests.factories import mail
from tests.fakes.discord import Message
from tests.stage import Stage
from tests.wiring import AMAMAKE

REFUSED = "You need the permission Manage Channels"


async def posted(stage: Stage) -> Message:
    """A surveillance card in the channel."""
    await stage.slash("alert add kills", filter="region:Heimatar", style="watch", name="Home")
    await stage.wiring.take(mail(5, 205, "B1", "A1", system=AMAMAKE, isk=1e6))
    await deliver(stage)
    (message,) = stage.discord.messages(stage.channel.id)
    return message


async def deliver(stage: Stage) -> None:
    stage.clock.advance(minutes=1)
    await stage.wiring.worker(DiscordSender(stage.bot, stage.services)).drain()


async def test_the_card_shows_who_did_what(stage: Stage) -> None:
    message = await posted(stage)
    await stage.restart()
    told = await stage.press(message, "Acknowledge", stage.member)
    assert told.ephemeral
    assert "You have acknowledged it" in told.text
    await deliver(stage)
    assert f"**Acknowledged** by <@{stage.member.id}>" in message.text
    await stage.press(message, "Resolve")
    await stage.press(message, "False alarm", stage.member)
    await stage.press(message, "False alarm", stage.member)
    await deliver(stage)
    assert f"**Resolved** by <@{stage.manager.id}>" in message.text
    assert f"**False alarm** by <@{stage.member.id}>" in message.text
    assert not message.pings
    counts = await stage.services.alert_report.counted(
        [AlertId(1)], since=stage.clock().replace(hour=0)
    )
    said = (Outcome.ACKNOWLEDGED, Outcome.RESOLVED, Outcome.FALSE_ALARM)
    assert [counts[AlertId(1)][outcome] for outcome in said] == [1, 1, 1]


async def test_muting_is_for_managers_and_says_how_to_undo_it(stage: Stage) -> None:
    message = await posted(stage)
    await stage.restart()
    assert REFUSED in (await stage.press(message, "Mute 1 h", stage.member)).text
    assert (await the_alert(stage)).muted_until is None
    told = await stage.press(message, "Mute 1 h")
    assert told.ephemeral
    assert "Alert #1 is muted until 04:31 EVE" in told.text
    assert "/alert mute alert:1 for:0" in told.text
    await stage.wiring.take(mail(6, 206, "B1", "A1", system=AMAMAKE, isk=1e6))
    await deliver(stage)
    assert stage.discord.messages(stage.channel.id) == [message]
    await stage.slash("alert mute", **{"alert": "1", "for": "0"})
    await stage.wiring.take(mail(7, 207, "B1", "A1", system=AMAMAKE, isk=1e6))
    await deliver(stage)
    assert len(stage.discord.messages(stage.channel.id)) == 2


async def test_what_is_gone_is_told(stage: Stage) -> None:
    message = await posted(stage)
    await stage.slash("alert remove", alert="1")
    assert "no alert #1" in (await stage.press(message, "Mute 1 h")).text
    assert await stored(stage) == []
    await stage.services.guilds.forget((await stage.services.guilds.get(stage.guild.id)).guild_id)
    answer = await stage.press(message, "Acknowledge")
    assert answer.ephemeral
    assert "do not remember that message" in answer.text
