"""A server's settings."""

from dataclasses import replace

import pytest

from services.domain.errors import UnknownName
from services.domain.guild import GuildSettings
from services.domain.quiet import QuietHours, QuietMode
from tests.factories import CHANNEL, GUILD
from tests.services.newsroom import Newsroom


async def test_settings_are_kept_beside_each_other(newsroom: Newsroom) -> None:
    guilds = newsroom.guilds
    assert await guilds.get(GUILD) == GuildSettings(guild_id=GUILD)
    await guilds.set_notices_channel(GUILD, CHANNEL)
    changed = await guilds.set_time_zone(GUILD, " america/new_york ")
    assert changed == GuildSettings(
        guild_id=GUILD, time_zone="America/New_York", notices_channel_id=CHANNEL
    )
    assert await guilds.get(GUILD) == changed
    await guilds.on_joined(GUILD)
    assert await guilds.get(GUILD) == changed
    quiet = QuietHours(start=1350, end=420, mode=QuietMode.POSTS)
    silent = await guilds.set_quiet(GUILD, quiet)
    assert silent == replace(changed, quiet=quiet)
    assert await guilds.get(GUILD) == silent
    await guilds.set_quiet(GUILD, None)
    assert await guilds.get(GUILD) == changed
    await guilds.set_notices_channel(GUILD, None)
    assert (await guilds.get(GUILD)).notices_channel_id is None
    assert await guilds.get(GUILD + 1) == GuildSettings(guild_id=GUILD + 1)


async def test_an_unknown_zone_is_refused_with_the_nearest(small_newsroom: Newsroom) -> None:
    with pytest.raises(UnknownName, match="Europe/Berlin") as refused:
        await small_newsroom.guilds.set_time_zone(GUILD, "Europe/Berlim")
    assert len(refused.value.nearest) == 3
    for nonsense in ("", "../../etc/passwd"):
        with pytest.raises(UnknownName):
            await small_newsroom.guilds.set_time_zone(GUILD, nonsense)
    assert (await small_newsroom.guilds.get(GUILD)).time_zone == "UTC"
