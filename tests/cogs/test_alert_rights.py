"""Who may rule what: an alert in its own channel, the server as a whole, and calls where they are heard."""

from typing import Any

from services.domain.alert import AlertState
from services.domain.ids import AlertId, GuildId, RoleId, UserId
from services.domain.quiet import QuietHours, QuietMode
from tests.cogs.asking import asked, fill, menus, message_of, stored, the_alert
from tests.fakes.discord import permissions
from tests.fakes.discord.state import Channel
from tests.stage import Stage

REFUSED = "You need the permission Manage Channels"
WHOLE = "You need the permission Manage Channels in the whole server"


async def own_channel(stage: Stage) -> Channel:
    """A channel that the plain member manages, and nothing else."""
    channel = await stage.discord.add_channel(stage.guild.id, "mine")
    await allow(stage, channel, permissions.MANAGE_CHANNELS)
    return channel


async def allow(stage: Stage, channel: Channel, bits: int) -> None:
    """The member may do more in one channel; the bot knows it when this returns."""
    stage.bot.happened.clear()
    await stage.discord.set_permissions(channel.id, allow=bits, user_id=stage.member.id)
    await stage.bot.until(lambda: "guild_channel_update" in stage.bot.happened)


async def home(stage: Stage, **options: Any) -> None:
    await stage.slash("alert add kills", filter="within:5j(Amamake)", name="Home", **options)


RULING: list[tuple[str, dict[str, Any]]] = [
    ("alert edit", {"filter": "region:Heimatar"}),
    ("alert edit", {"name": "Mine"}),
    ("alert edit", {}),
    ("alert style", {}),
    ("alert quiet", {"hours": "22-7"}),
    ("alert mute", {"for": "1h"}),
    ("alert pause", {}),
    ("alert resume", {}),
    ("alert remove", {}),
    ("alert test", {}),
    ("alert why", {}),
]


async def test_who_manages_one_channel_does_not_rule_the_alerts_of_others(stage: Stage) -> None:
    mine = await own_channel(stage)
    await home(stage)
    before = await the_alert(stage)
    for command, options in [*RULING, ("alert copy", {"channel": mine.id})]:
        answer = await stage.ask(command, in_channel=mine.id, alert="1", **options)
        assert answer.ephemeral
        assert f"{REFUSED} in <#{stage.channel.id}>" in answer.text, command
    moved = await stage.ask("alert edit", in_channel=mine.id, alert="1", channel=mine.id)
    assert REFUSED in moved.text
    assert await the_alert(stage) == before


async def test_an_alert_of_their_own_is_theirs(stage: Stage) -> None:
    mine = await own_channel(stage)
    made = await stage.ask("alert add kills", in_channel=mine.id, filter="region:Heimatar")
    assert "From now on" in made.text
    changed = await stage.ask("alert edit", in_channel=mine.id, alert="1", name="Mine")
    assert "is changed" in changed.text
    away = await stage.ask("alert edit", in_channel=mine.id, alert="1", channel=stage.channel.id)
    assert f"{REFUSED} in <#{stage.channel.id}>" in away.text
    elsewhere = await stage.slash("alert mute", **{"alert": "1", "for": "1h"})
    assert "is muted until" in elsewhere.text, "a manager of the server rules it from anywhere"
    await stage.discord.remove_channel(mine.id)
    other = await own_channel(stage)
    gone = await stage.ask("alert remove", in_channel=other.id, alert="1")
    assert REFUSED in gone.text, "the channel is gone: only the whole server's right counts"
    assert "is removed" in (await stage.slash("alert remove", alert="1")).text


async def test_forms_lists_and_buttons_ask_again(stage: Stage) -> None:
    mine = await own_channel(stage)
    await allow(stage, stage.channel, permissions.MANAGE_CHANNELS)
    await home(stage)
    form = await stage.ask("alert edit", in_channel=mine.id, alert="1")
    looks = message_of(await stage.ask("alert style", alert="1"))
    new = await stage.ask("alert add kills", in_channel=mine.id, channel=stage.channel.id)
    await allow(stage, stage.channel, 0)
    before = await stored(stage)
    answers = [
        await fill(stage, form, filter="region:Heimatar"),
        await fill(stage, new, filter="region:Heimatar"),
        await stage.press(looks, "Post a sample", stage.member),
        await stage.discord.select(
            looks.id, menus(looks)[0]["custom_id"], values=["link"], user_id=stage.member.id
        ),
    ]
    for answer in answers:
        assert REFUSED in answer.text
    assert await stored(stage) == before


async def test_the_server_is_ruled_by_those_who_manage_all_of_it(stage: Stage) -> None:
    mine = await own_channel(stage)
    await home(stage)
    file = {"filename": "a.json", "content": "{}"}
    for command, options in [
        ("config set", {"time_zone": "Asia/Tokyo"}),
        ("config forget", {}),
        ("standing add", {"as": "us", "names": "Alpha Pact"}),
        ("standing add", {"as": "us"}),
        ("standing remove", {"names": "Alpha Pact"}),
        ("alert export", {}),
        ("alert import", {"file": file}),
    ]:
        answer = await stage.ask(command, in_channel=mine.id, **options)
        assert answer.ephemeral
        assert WHOLE in answer.text, command
    assert "UTC" in (await stage.ask("config show", in_channel=mine.id)).text
    assert len(await stored(stage)) == 1
    assert await stage.services.standings.all_of(GuildId(stage.guild.id)) == []
    administrators = await stage.discord.add_role(
        stage.guild.id, "Administrators", permissions=permissions.ADMINISTRATOR
    )
    await stage.bot.until(lambda: stage.bot.guilds[0].get_role(administrators.id) is not None)
    chief = stage.discord.add_user("Chief")
    stage.discord.add_member(stage.guild.id, chief.id, role_ids=[administrators.id])
    done = await stage.slash("config set", chief, time_zone="Asia/Tokyo")
    assert "Asia/Tokyo" in done.text
    asked_first = await stage.slash("config forget", chief)
    stage.discord.add_member(stage.guild.id, chief.id)
    await allow(stage, stage.channel, permissions.MANAGE_CHANNELS)
    demoted = await stage.discord.click(
        message_of(asked_first).id,
        message_of(asked_first).components[0]["components"][0]["custom_id"],
        user_id=chief.id,
        member_permissions=permissions.EVERYONE_DEFAULT | permissions.MANAGE_CHANNELS,
    )
    assert WHOLE in demoted.text
    assert len(await stored(stage)) == 1


async def test_a_call_is_asked_for_where_it_is_heard(stage: Stage) -> None:
    shut = await stage.discord.add_role(stage.guild.id, "Shut")
    loud = await stage.discord.add_channel(stage.guild.id, "loud")
    bits = permissions.MANAGE_CHANNELS | permissions.MENTION_EVERYONE
    await allow(stage, loud, bits)
    await allow(stage, stage.channel, permissions.MANAGE_CHANNELS)
    use = {"filter": "region:Heimatar", "role": shut.id}
    refused = await stage.ask(
        "alert add kills", in_channel=loud.id, channel=stage.channel.id, **use
    )
    assert f"You may not mention <@&{shut.id}> in <#{stage.channel.id}>" in refused.text
    person = await stage.ask(
        "alert add kills",
        in_channel=loud.id,
        channel=stage.channel.id,
        filter="region:Heimatar",
        user=stage.manager.id,
    )
    assert f"Mention Everyone in <#{stage.channel.id}>" in person.text
    assert await stored(stage) == []
    made = await stage.ask("alert add kills", channel=loud.id, **use)
    assert f"I call <@&{shut.id}>" in made.text, "asked in the channel that it posts in"
    for command, options in [
        ("alert edit", {"channel": stage.channel.id}),
        ("alert copy", {"channel": stage.channel.id}),
    ]:
        moved = await stage.ask(command, in_channel=loud.id, alert="1", **options)
        assert "You may not mention" in moved.text, command
    await stage.ask("alert edit", alert="1", nobody=True)
    back = await stage.ask(
        "alert edit", in_channel=loud.id, alert="1", role=shut.id, channel=stage.channel.id
    )
    assert "You may not mention" in back.text
    assert (await the_alert(stage)).role_id is None
    assert (await the_alert(stage)).channel_id == loud.id


async def test_a_file_calls_only_whom_its_bringer_may_call_there(stage: Stage) -> None:
    shut = await stage.discord.add_role(stage.guild.id, "Shut")
    loud = await stage.discord.add_channel(stage.guild.id, "loud")
    await home(stage)
    alert = await the_alert(stage)
    await stage.services.alerts.edit(alert.guild_id, alert.id, role_id=RoleId(shut.id))
    content = message_of(await stage.slash("alert export")).attachments[0].content.decode()
    await stage.slash("alert remove", alert="1")
    stage.bot.happened.clear()
    bits = permissions.MENTION_EVERYONE
    await stage.discord.set_permissions(loud.id, allow=bits, user_id=stage.manager.id)
    await stage.bot.until(lambda: "guild_channel_update" in stage.bot.happened)
    file = {"filename": "a.json", "content": content}
    await stage.slash("alert import", in_channel=loud.id, channel=stage.channel.id, file=file)
    assert (await the_alert(stage)).role_id is None
    await stage.slash("alert import", channel=loud.id, file=file)
    assert (await stored(stage))[1].role_id == shut.id


async def test_waking_an_alert_is_calling_too(stage: Stage) -> None:
    shut = await stage.discord.add_role(stage.guild.id, "Shut")
    await home(stage)
    alert = await the_alert(stage)
    night = QuietHours(start=0, end=1439, mode=QuietMode.PINGS)
    guild, by = alert.guild_id, UserId(stage.manager.id)
    await stage.services.alerts.edit(guild, alert.id, role_id=RoleId(shut.id), quiet=night)
    assert "is muted" in (await stage.slash("alert mute", **{"alert": "1", "for": "1h"})).text
    for command, options in [
        ("alert mute", {"for": "0"}),
        ("alert quiet", {"hours": "never"}),
        ("alert quiet", {"hours": "server"}),
    ]:
        refused = await stage.slash(command, alert="1", **options)
        assert "You may not mention" in refused.text, (command, options)
    await stage.services.alerts.pause(guild, AlertId(1), by=by)
    assert "You may not mention" in (await stage.slash("alert resume", alert="1")).text
    alert = await the_alert(stage)
    assert (alert.state, alert.quiet) == (AlertState.PAUSED, night)
    assert alert.muted_until is not None


async def test_what_the_bot_lacks_in_a_channel_is_said_before_all_else(stage: Stage) -> None:
    await home(stage)
    other = await stage.discord.add_channel(stage.guild.id, "other")
    await stage.bot.until(lambda: stage.bot.get_channel(other.id) is not None)
    for channel in (stage.channel, other):
        stage.bot.happened.clear()
        await stage.discord.set_permissions(channel.id, deny=permissions.EMBED_LINKS)
        await stage.bot.until(lambda: "guild_channel_update" in stage.bot.happened)
    for place in (stage.channel, other):
        why = await stage.slash("alert why", in_channel=place.id, alert="1")
        assert (
            f"**I lack Embed Links in <#{stage.channel.id}>, so nothing can be posted" in why.text
        )
        assert "takes messages" not in why.text
        listed = await stage.slash("alert list", in_channel=place.id)
        assert "⚠ **I lack Embed Links there**" in listed.text


async def test_settings_are_taken_away_again(stage: Stage) -> None:
    await home(stage, user=stage.manager.id)
    await stage.slash("alert edit", alert="1", ping_minutes=5, cooldown=30)
    both = await stage.slash("alert edit", alert="1", reset="cooldown", cooldown=9)
    assert "Choose one of the two" in both.text
    for reset, left in [("ping_minutes", (None, 30)), ("cooldown", (None, None))]:
        assert "is changed" in (await stage.slash("alert edit", alert="1", reset=reset)).text
        alert = await the_alert(stage)
        assert (alert.ping_minutes, alert.cooldown_minutes) == left
    assert await asked(stage, await the_alert(stage)) == "within:5j(Amamake)"
    await stage.slash("alert add battles", region="Heimatar", min_kills=9, min_isk="1b")
    for reset in ("region", "min_isk"):
        await stage.slash("alert edit", alert="2", reset=reset)
    _, battles = await stored(stage)
    assert (battles.region_id, battles.min_kills, battles.min_isk) == (None, 9, None)
