"""`/config` as those who configure meet it, and as those who may not."""

import pytest

from services.domain.ids import GuildId
from tests.fakes.discord import permissions
from tests.stage import Stage

REFUSED = "You need the permission Manage Channels"


async def test_settings_are_shown_and_changed(stage: Stage) -> None:
    shown = await stage.slash("config show")
    assert shown.ephemeral
    assert "UTC" in shown.text
    assert "0 of at most 50" in shown.text
    zone = await stage.slash("config set", time_zone="europe/berlin")
    assert "Europe/Berlin" in zone.text
    channel = await stage.slash("config set", notices_channel=stage.channel.id)
    assert f"<#{stage.channel.id}>" in channel.text
    assert "Europe/Berlin" in channel.text
    nobody = await stage.slash("config set", no_notices_channel=True)
    assert "whoever made the alert" in nobody.text
    settings = await stage.services.guilds.get(GuildId(stage.guild.id))
    assert (settings.time_zone, settings.notices_channel_id) == ("Europe/Berlin", None)


async def test_wrong_settings_change_nothing(stage: Stage) -> None:
    assert "Say what to change" in (await stage.slash("config set")).text
    wrong = await stage.slash("config set", time_zone="Europe/Berlyn")
    assert "no time zone called" in wrong.text
    assert "Europe/Berlin" in wrong.text
    both = {"notices_channel": stage.channel.id, "no_notices_channel": True}
    assert "Choose one of the two" in (await stage.slash("config set", **both)).text
    await stage.discord.set_permissions(stage.channel.id, deny=permissions.EMBED_LINKS)
    closed = await stage.slash("config set", notices_channel=stage.channel.id, time_zone="UTC")
    assert "I lack **Embed Links**" in closed.text
    settings = await stage.services.guilds.get(GuildId(stage.guild.id))
    assert (settings.time_zone, settings.notices_channel_id) == ("UTC", None)


async def test_zones_are_offered_while_typing(stage: Stage) -> None:
    assert "America/New_York" in await stage.typed("config set", "time_zone", "new york")
    assert (await stage.typed("config set", "time_zone", "est"))[0] == "EST"
    assert (await stage.typed("config set", "time_zone", ""))[0] == "UTC"


@pytest.mark.parametrize("command", ["config show", "config set", "config forget"])
async def test_strangers_may_not_configure(stage: Stage, command: str) -> None:
    answer = await stage.ask(command)
    assert answer.ephemeral
    assert REFUSED in answer.text


async def test_forgetting_asks_first(stage: Stage) -> None:
    await stage.slash("alert add battles")
    asked = await stage.slash("config forget")
    assert asked.ephemeral
    assert asked.message is not None
    assert "Delete everything of this server?" in asked.text
    await stage.press(asked.message, "Keep it")
    assert asked.message.text == "Nothing was deleted."
    assert len(await stage.services.alerts.all_of(GuildId(stage.guild.id))) == 1


async def test_forgetting_deletes_everything_also_after_a_restart(stage: Stage) -> None:
    await stage.slash("alert add battles")
    await stage.slash("config set", time_zone="Asia/Tokyo")
    message = (await stage.slash("config forget")).message
    assert message is not None
    await stage.restart()
    stranger = await stage.press(message, "Delete everything", stage.member)
    assert "Only whoever asked" in stranger.text
    await stage.press(message, "Delete everything")
    assert message.text.startswith("Deleted:")
    assert message.components == []
    assert await stage.services.alerts.all_of(GuildId(stage.guild.id)) == []
    assert (await stage.services.guilds.get(GuildId(stage.guild.id))).time_zone == "UTC"


async def test_who_lost_the_right_meanwhile_deletes_nothing(stage: Stage) -> None:
    await stage.slash("alert add battles")
    message = (await stage.slash("config forget")).message
    assert message is not None
    stage.discord.add_member(stage.guild.id, stage.manager.id)
    answer = await stage.press(message, "Delete everything")
    assert REFUSED in answer.text
    assert len(await stage.services.alerts.all_of(GuildId(stage.guild.id))) == 1
