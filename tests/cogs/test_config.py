"""`/config` as those who configure meet it, and as those who may not."""

import pytest

from bot.presentation.text import DASH
from services.domain.ids import GuildId
from services.domain.quiet import QuietHours, QuietMode
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
    await stage.slash("config set", time_zone="Asia/Tokyo", quiet_hours="22-7")
    await stage.slash("standing add", **{"as": "us", "names": "Alpha Pact"})
    message = (await stage.slash("config forget")).message
    assert message is not None
    await stage.restart()
    stranger = await stage.press(message, "Delete everything", stage.member)
    assert "Only whoever asked" in stranger.text
    await stage.press(message, "Delete everything")
    assert message.text.startswith("Deleted:")
    assert message.components == []
    assert await stage.services.alerts.all_of(GuildId(stage.guild.id)) == []
    guild = GuildId(stage.guild.id)
    assert await stage.services.standings.all_of(guild) == []
    settings = await stage.services.guilds.get(guild)
    assert (settings.time_zone, settings.quiet) == ("UTC", None)


async def test_who_lost_the_right_meanwhile_deletes_nothing(stage: Stage) -> None:
    await stage.slash("alert add battles")
    message = (await stage.slash("config forget")).message
    assert message is not None
    stage.discord.add_member(stage.guild.id, stage.manager.id)
    answer = await stage.press(message, "Delete everything")
    assert REFUSED in answer.text
    assert len(await stage.services.alerts.all_of(GuildId(stage.guild.id))) == 1


async def test_quiet_hours_are_set_in_the_server_s_own_time(stage: Stage) -> None:
    guild = GuildId(stage.guild.id)
    told = await stage.slash(
        "config set", time_zone="Europe/Berlin", quiet_hours="22-7", quiet_mode="posts"
    )
    assert f"22:00{DASH}07:00 (posts are held for a digest)" in told.text
    assert f"22:00{DASH}07:00 CET, which is 21:00{DASH}06:00 EVE" in told.text
    quiet = (await stage.services.guilds.get(guild)).quiet
    assert quiet == QuietHours(start=1320, end=420, mode=QuietMode.POSTS)
    await stage.slash("config set", quiet_mode="pings")
    quiet = (await stage.services.guilds.get(guild)).quiet
    assert quiet == QuietHours(start=1320, end=420, mode=QuietMode.PINGS)
    for options, words in [
        ({"quiet_hours": "at night"}, "as hours of the day"),
        ({"quiet_hours": "1-2", "no_quiet_hours": True}, "Choose one of the two"),
    ]:
        assert words in (await stage.slash("config set", time_zone="UTC", **options)).text
    settings = await stage.services.guilds.get(guild)
    assert (settings.time_zone, settings.quiet) == ("Europe/Berlin", quiet)
    none = await stage.slash("config set", no_quiet_hours=True)
    assert "**Quiet hours** none" in none.text
    assert (await stage.services.guilds.get(guild)).quiet is None
    missing = await stage.slash("config set", quiet_mode="posts")
    assert "Say from when to when" in missing.text
