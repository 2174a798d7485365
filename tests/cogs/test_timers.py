"""`/timer` as people meet it: times of every spelling, rights, other people's channels, and the reminder itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.delivery import DiscordSender
from services.domain.ids import ChannelId, GuildId, UserId
from services.domain.timer import BoardRequest, OwnTimer, TimerRequest
from tests.cogs.asking import message_of, parts
from tests.fakes.discord import Answer, permissions
from tests.fakes.discord.state import Channel
from tests.stage import Stage

NOW = datetime(2021, 11, 30, 3, 30, tzinfo=UTC)


async def timers(stage: Stage) -> tuple[OwnTimer, ...]:
    return await stage.services.timers.upcoming(GuildId(stage.guild.id))


async def add(stage: Stage, **options: Any) -> Answer:
    """A plain member does."""
    return await stage.ask("timer add", **{"what": "Fortizar armour", "when": "2d 4h", **options})


def request(
    stage: Stage,
    *,
    what: str = "Raid",
    hours: int = 1,
    reminders: tuple[int, ...] = (5,),
    user: int | None = None,
) -> TimerRequest:
    """One of the plain member, where there is nothing to try out about the command."""
    return TimerRequest(
        guild_id=GuildId(stage.guild.id),
        channel_id=ChannelId(stage.channel.id),
        what=what,
        system_id=None,
        at=NOW + timedelta(hours=hours),
        created_by=UserId(stage.member.id if user is None else user),
        reminders=reminders,
    )


async def hide(stage: Stage, channel: Channel, *, deny: int) -> None:
    """The member may do less in one channel; the bot knows it when this returns."""
    stage.bot.happened.clear()
    await stage.discord.set_permissions(channel.id, deny=deny, user_id=stage.member.id)
    await stage.bot.until(lambda: "guild_channel_update" in stage.bot.happened)


async def test_a_timer_from_the_table_to_its_end(stage: Stage) -> None:
    await stage.services.guilds.set_time_zone(GuildId(stage.guild.id), "Europe/Berlin")
    answer = await add(
        stage, where="Amamake", note="bring *dreads*", when="18:30", reminders="1h 10m"
    )
    assert answer.ephemeral
    (timer,) = await timers(stage)
    assert timer.at == NOW.replace(hour=18)
    assert (timer.channel_id, timer.created_by) == (stage.channel.id, stage.member.id)
    assert timer.reminders == (60, 10)
    for words in (
        f"Timer #{timer.id}: Fortizar armour",
        "18:30 EVE (19:30 CET)",
        f"<t:{int(timer.at.timestamp())}:R>",
        "Amamake",
        r"bring \*dreads\*",
        "1 h, 10 min before and at the time",
        f"<#{stage.channel.id}>",
    ):
        assert words in answer.text
    listed = await stage.slash("timer list")
    assert listed.ephemeral
    assert "Fortizar armour" in listed.text
    assert await stage.typed("timer remove", "timer", "forti") == [
        f"#{timer.id} Fortizar armour · Amamake · 2021-11-30 18:30 EVE · #intel"
    ]
    gone = await stage.ask("timer remove", timer="fortizar ARMOUR")
    assert f"Timer #{timer.id} is gone" in gone.text
    assert await timers(stage) == ()
    assert "No timer lies ahead" in (await stage.ask("timer list")).text
    assert stage.discord.messages(stage.channel.id) == [], "only the asker hears of it"


async def test_times_as_a_stranger_types_them(stage: Stage) -> None:
    await stage.services.guilds.set_time_zone(GuildId(stage.guild.id), "America/New_York")
    for when, words in (
        ("in a while", "Write it like `2d 4h`"),
        ("2021-11-29 18:30", "is past (9 h ago). It is 2021-11-30 03:30 EVE now"),
        ("2021-13-01 10:00", "no day"),
        ("400d", "more than 366 days ahead"),
    ):
        answer = await add(stage, when=when)
        assert answer.ephemeral
        assert words in answer.text, when
    assert "Did you mean Amamake" in (await add(stage, where="Amamakke")).text
    assert "reminders like `24h" in (await add(stage, reminders="often")).text
    assert await timers(stage) == ()
    local = await add(stage, when="20:00 local")
    assert "01:00 EVE" in local.text
    assert "(Nov\N{NO-BREAK SPACE}30\N{NO-BREAK SPACE}20:00 EST)" in local.text


async def test_it_is_made_where_the_asker_may_write_and_the_bot_too(stage: Stage) -> None:
    quiet = await stage.discord.add_channel(stage.guild.id, "orders")
    await hide(stage, quiet, deny=permissions.SEND_MESSAGES)
    answer = await add(stage, channel=quiet.id)
    assert f"You may not write in <#{quiet.id}> yourself" in answer.text
    assert (
        "is gone"
        not in (await stage.slash("timer add", what="Raid", when="1h", channel=quiet.id)).text
    )
    closed = await stage.discord.add_channel(stage.guild.id, "closed")
    stage.bot.happened.clear()
    await stage.discord.set_permissions(
        closed.id, deny=permissions.SEND_MESSAGES, user_id=stage.bot.application_id
    )
    await stage.bot.until(lambda: "guild_channel_update" in stage.bot.happened)
    lacking = await stage.slash("timer add", what="Raid", when="1h", channel=closed.id)
    assert "I lack **Send Messages, " in lacking.text
    assert [timer.channel_id for timer in await timers(stage)] == [quiet.id]


async def test_a_role_is_called_only_by_those_who_may(stage: Stage) -> None:
    role = await stage.discord.add_role(stage.guild.id, "Fleet")
    assert "You may not mention" in (await add(stage, role=role.id)).text
    loud = await stage.discord.add_role(stage.guild.id, "Pilots", mentionable=True)
    assert f"calling <@&{loud.id}>" in (await add(stage, role=loud.id)).text
    vain = await add(stage, role=loud.id, reminders="never")
    assert "calls nobody" in vain.text
    assert [timer.role_id for timer in await timers(stage)] == [loud.id]


async def test_who_may_take_it_away(stage: Stage) -> None:
    await stage.slash("timer add", what="Theirs", when="1h")
    await add(stage, what="Mine")
    theirs, mine = await timers(stage)
    refused = await stage.ask("timer remove", timer=str(theirs.id))
    assert f"Manage Channels in <#{stage.channel.id}>" in refused.text
    assert "no timer #99" in (await stage.ask("timer remove", timer="99")).text
    assert "Give the timer's number" in (await stage.ask("timer remove", timer="bogus")).text
    assert "Theirs" in (await stage.slash("timer remove", timer=f"#{theirs.id}")).text
    assert "Mine" in (await stage.slash("timer remove", timer=f"timer {mine.id}")).text


async def test_two_of_one_name_are_told_apart(stage: Stage) -> None:
    await add(stage)
    await add(stage, when="3d")
    answer = await stage.ask("timer remove", timer="Fortizar armour")
    assert "Several timers are called so: #1, #2" in answer.text


async def test_what_is_planned_in_a_hidden_channel_stays_there(stage: Stage) -> None:
    hidden = await stage.discord.add_channel(stage.guild.id, "leaders")
    await hide(stage, hidden, deny=permissions.VIEW_CHANNEL)
    await stage.slash("timer add", what="Surprise", when="1h", channel=hidden.id)
    await add(stage, what="Open to all")
    (secret, _) = await timers(stage)
    listed = (await stage.ask("timer list")).text
    assert "Open to all" in listed
    assert "Surprise" not in listed
    assert "1 timer of channels that you cannot see" in listed
    offered = await stage.discord.autocomplete(
        "timer remove",
        channel_id=stage.channel.id,
        user_id=stage.member.id,
        option="timer",
        text="",
    )
    assert [choice["value"] for choice in offered] == ["2"]
    refused = await stage.ask("timer remove", timer=str(secret.id))
    assert f"no timer #{secret.id} that you can see" in refused.text
    assert "Surprise" not in refused.text
    assert "Surprise" in (await stage.slash("timer list")).text


async def test_what_is_planned_in_a_hidden_channel_stands_on_boards_only_if_said_so(
    stage: Stage,
) -> None:
    hidden = await stage.discord.add_channel(stage.guild.id, "leaders")
    seeing = permissions.VIEW_CHANNEL
    for person in (stage.bot.application_id, stage.manager.id):
        await stage.discord.set_permissions(hidden.id, allow=seeing, user_id=person)
    await stage.discord.set_permissions(hidden.id, deny=seeing, role_id=stage.guild.id)
    await stage.bot.until(
        lambda: len(getattr(stage.bot.get_channel(hidden.id), "overwrites", ())) == 3
    )
    nowhere = await add(stage, what="Open")
    assert "for all who read them: there is none yet" in nowhere.text
    for place, own_timers in ((stage.channel.id, True), (hidden.id, False)):
        await stage.services.boards.add(
            BoardRequest(
                guild_id=GuildId(stage.guild.id),
                channel_id=ChannelId(place),
                created_by=UserId(stage.member.id),
                own_timers=own_timers,
            )
        )
    secret = await stage.slash("timer add", what="Secret", when="1h", channel=hidden.id)
    assert f"On no board: not everybody can see <#{hidden.id}>" in secret.text
    told = await stage.slash("timer add", what="Told", when="1h", channel=hidden.id, board=True)
    assert f"though not everybody can see <#{hidden.id}>: <#{stage.channel.id}>" in told.text
    plain = (await add(stage, what="Too")).text
    assert f"for all who read them: <#{stage.channel.id}>" in plain
    assert f"<#{hidden.id}>" not in plain, "that board shows no timers"
    assert "On no board. `board:True`" in (await add(stage, what="Kept", board=False)).text
    shown = {timer.what: timer.on_boards for timer in await timers(stage)}
    assert shown == {"Open": True, "Secret": False, "Told": True, "Too": True, "Kept": False}
    assert (await stage.slash("timer list")).text.count("on no board") == 2


async def test_one_member_makes_ten_and_those_who_manage_the_channel_more(stage: Stage) -> None:
    for _ in range(10):
        await stage.services.timers.add(request(stage))
    assert "You have 10 timers ahead" in (await add(stage)).text
    for _ in range(10):
        await stage.services.timers.add(request(stage, user=stage.manager.id))
    assert "Timer #21" in (await stage.slash("timer add", what="Raid", when="1h")).text


async def test_a_long_list_is_paged_and_survives_a_restart(stage: Stage) -> None:
    for number in range(12):
        wanted = request(stage, what=f"Timer {number:02}", hours=number + 1, reminders=())
        await stage.services.timers.add(wanted, manages=True)
    first = message_of(await stage.ask("timer list"))
    assert "Page 1 of 2" in first.text
    assert "Timer 09" in first.text
    assert "Nobody is reminded" in first.text
    await stage.restart()
    second = await stage.press(first, "Next", stage.member)
    assert "Timer 11" in message_of(second).text
    assert "Timer 09" not in message_of(second).text
    assert {part.get("label") for part in parts(message_of(second))} - {None} == {"Back", "Next"}


async def test_the_list_says_where_nobody_will_be_reminded(stage: Stage) -> None:
    lost = await stage.discord.add_channel(stage.guild.id, "doomed")
    await stage.bot.until(lambda: stage.bot.get_channel(lost.id) is not None)
    await stage.slash("timer add", what="Raid", when="1h", channel=lost.id)
    await stage.discord.remove_channel(lost.id)
    await stage.bot.until(lambda: stage.bot.get_channel(lost.id) is None)
    listed = await stage.slash("timer list")
    assert "Nobody will be reminded: its channel is gone" in listed.text
    others = await stage.ask("timer list")
    assert "Raid" not in others.text, "who could see that channel, nobody knows any more"


async def test_direct_messages_do_not_show_it(stage: Stage) -> None:
    commands = {command.name: command for command in stage.bot.tree.get_commands()}
    assert commands["timer"].guild_only


async def test_the_channel_is_reminded_once_each_time(stage: Stage) -> None:
    loud = await stage.discord.add_role(stage.guild.id, "Pilots", mentionable=True)
    await stage.services.guilds.set_time_zone(GuildId(stage.guild.id), "Europe/Berlin")
    reminders = stage.wiring.house.reminders
    await reminders.look()
    await add(stage, where="Amamake", when="1h", role=loud.id, reminders="30m 5m")
    for minutes in (20, 10, 10, 15, 5, 20):
        stage.clock.advance(minutes=minutes)
        await reminders.look()
        await stage.wiring.worker(DiscordSender(stage.bot, stage.services)).drain()
    first, second, last = stage.discord.messages(stage.channel.id)
    assert "In 30 min: Fortizar armour" in first.text
    assert "04:30 EVE (05:30 CET)" in first.text
    assert "Amamake" in first.text
    assert "In 5 min: Fortizar armour" in second.text
    assert "Now: Fortizar armour" in last.text
    assert [message.pinged_roles for message in (first, second, last)] == 3 * [[loud.id]]


async def test_a_channel_that_was_closed_and_is_open_again(stage: Stage) -> None:
    reminders, closed = stage.wiring.house.reminders, permissions.SEND_MESSAGES
    await reminders.look()
    await stage.slash("timer add", what="Raid", when="1h", reminders="30m 5m")

    async def pass_minutes(minutes: int) -> None:
        stage.clock.advance(minutes=minutes)
        await reminders.look()
        await stage.wiring.worker(DiscordSender(stage.bot, stage.services)).drain()

    await stage.discord.set_permissions(stage.channel.id, deny=closed)
    await pass_minutes(31)
    assert stage.discord.messages(stage.channel.id) == []
    assert "Nobody will be reminded: I lack" in (await stage.slash("timer list")).text
    await stage.discord.set_permissions(stage.channel.id, allow=closed)
    assert "Nobody will be reminded" not in (await stage.slash("timer list")).text
    await pass_minutes(25)
    told = [message.text for message in stage.discord.messages(stage.channel.id)]
    assert "In 5 min: Raid" in " ".join(told)
