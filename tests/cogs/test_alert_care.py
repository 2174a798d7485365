"""What is done with alerts that stand: looks, quiet hours, muting, copies, files, and the question why."""

import json
from datetime import timedelta
from typing import Any

from services.domain.alert import CardPart, CardStyle
from services.domain.quiet import QuietHours, QuietMode
from tests.cogs.asking import asked, menus, message_of, stored, the_alert, ticked
from tests.factories import mail
from tests.fakes.discord import faults, permissions
from tests.stage import Stage
from tests.wiring import AMAMAKE

REFUSED = "You need the permission Manage Channels"


async def home(stage: Stage, **options: Any) -> None:
    await stage.slash("alert add kills", filter="within:5j(Amamake)", name="Home", **options)


async def test_looks_are_chosen_from_lists_that_outlive_a_restart(stage: Stage) -> None:
    await home(stage)
    message = message_of(await stage.slash("alert style", alert="1"))
    styles, parts = menus(message)
    assert ticked(styles) == {"full"}
    assert ticked(parts) == {part.value for part in CardPart}
    use = {"user_id": stage.manager.id}
    await stage.restart()
    await stage.discord.select(message.id, styles["custom_id"], values=["compact"], **use)
    await stage.discord.select(
        message.id, parts["custom_id"], values=["victim", "value", "place"], **use
    )
    alert = await the_alert(stage)
    assert alert.style is CardStyle.COMPACT
    shown = {CardPart.VICTIM, CardPart.VALUE, CardPart.PLACE}
    assert alert.hidden == frozenset(CardPart) - shown
    styles, parts = menus(message)
    assert ticked(styles) == {"compact"}
    assert ticked(parts) == {"victim", "value", "place"}
    assert "compact" in message.text
    await stage.discord.select(message.id, parts["custom_id"], values=[], **use)
    assert (await the_alert(stage)).hidden == frozenset(CardPart)


async def test_a_sample_of_the_new_looks_is_a_press_away(stage: Stage) -> None:
    await home(stage)
    await stage.wiring.take(mail(5, 200, "B1", "A1", system=AMAMAKE, isk=1e6))
    message = message_of(await stage.slash("alert style", alert="1"))
    told = await stage.press(message, "Post a sample")
    assert told.ephemeral
    assert "A sample is on its way" in told.text
    stranger = await stage.discord.select(
        message.id, menus(message)[0]["custom_id"], values=["link"], user_id=stage.member.id
    )
    assert "Only whoever asked" in stranger.text
    stage.discord.add_member(stage.guild.id, stage.manager.id)
    for used in (
        await stage.press(message, "Post a sample"),
        await stage.discord.select(
            message.id, menus(message)[0]["custom_id"], values=["link"], user_id=stage.manager.id
        ),
    ):
        assert REFUSED in used.text
    assert (await the_alert(stage)).style is CardStyle.FULL


async def test_battles_have_one_look(stage: Stage) -> None:
    await stage.slash("alert add battles")
    assert "whose cards have one look" in (await stage.slash("alert style", alert="1")).text


async def test_quiet_hours_of_its_own(stage: Stage) -> None:
    await home(stage)
    told = await stage.slash("alert quiet", alert="home", hours="22-7", mode="posts")
    assert "22:00" in told.text
    alert = await the_alert(stage)
    assert alert.quiet == QuietHours(start=1320, end=420, mode=QuietMode.POSTS)
    await stage.slash("alert quiet", alert="1", mode="pings")
    alert = await the_alert(stage)
    assert alert.quiet == QuietHours(start=1320, end=420, mode=QuietMode.PINGS)
    assert "no quiet hours" in (await stage.slash("alert quiet", alert="1", hours="never")).text
    alert = await the_alert(stage)
    assert alert.quiet is not None
    assert alert.quiet.start == alert.quiet.end
    await stage.slash("alert quiet", alert="1", hours="server")
    assert (await the_alert(stage)).quiet is None
    missing = await stage.slash("alert quiet", alert="1", mode="posts")
    assert "`hours:22:00-07:00`" in missing.text
    assert "quiet_hours" not in missing.text
    assert "Say from when to when" in (await stage.slash("alert quiet", alert="1")).text
    assert "as hours of the day" in (await stage.slash("alert quiet", alert="1", hours="x")).text
    assert (await the_alert(stage)).quiet is None


async def test_muting_ends_by_itself_or_by_hand(stage: Stage) -> None:
    await home(stage)
    told = await stage.slash("alert mute", **{"alert": "1", "for": "2h 30m"})
    assert "muted until 06:00 EVE" in told.text
    assert "/alert mute alert:1 for:0" in told.text
    assert (await the_alert(stage)).muted_until == stage.clock() + timedelta(hours=2, minutes=30)
    assert "muted" in (await stage.slash("alert list")).text
    loud = await stage.slash("alert mute", **{"alert": "1", "for": "0"})
    assert "not muted any more" in loud.text
    assert (await the_alert(stage)).muted_until is None
    assert "7 days at most" in (await stage.slash("alert mute", **{"alert": "1", "for": "8d"})).text
    assert "like `1h`" in (await stage.slash("alert mute", **{"alert": "1", "for": "long"})).text


async def test_a_copy_goes_where_it_may(stage: Stage) -> None:
    shut = await stage.discord.add_role(stage.guild.id, "Shut")
    other = await stage.discord.add_channel(stage.guild.id, "other")
    closed = await stage.discord.add_channel(stage.guild.id, "closed")
    await stage.discord.set_permissions(closed.id, deny=permissions.EMBED_LINKS)
    await stage.bot.until(lambda: "guild_channel_update" in stage.bot.happened)
    await home(stage, style="watch")
    copied = await stage.slash("alert copy", alert="1", channel=other.id)
    assert f"in <#{other.id}>" in copied.text
    first, second = await stored(stage)
    assert (second.filter, second.style) == (first.filter, CardStyle.WATCH)
    assert (second.channel_id, second.created_by) == (other.id, stage.manager.id)
    assert (
        "I lack **Embed Links**"
        in (await stage.slash("alert copy", alert="1", channel=closed.id)).text
    )
    await stage.services.alerts.edit(first.guild_id, first.id, role_id=shut.id)
    refused = await stage.slash("alert copy", alert="1", channel=stage.channel.id)
    assert "You may not mention" in refused.text
    assert len(await stored(stage)) == 2


async def test_alerts_are_taken_along_as_a_file(stage: Stage) -> None:
    role = await stage.discord.add_role(stage.guild.id, "Open", mentionable=True)
    shut = await stage.discord.add_role(stage.guild.id, "Shut")
    other = await stage.discord.add_channel(stage.guild.id, "other")
    await stage.bot.until(lambda: stage.bot.get_channel(other.id) is not None)
    await home(stage, role=role.id, style="compact")
    await stage.slash("alert add battles", region="Heimatar")
    first, second = await stored(stage)
    await stage.services.alerts.edit(second.guild_id, second.id, role_id=shut.id)
    given = await stage.slash("alert export")
    assert given.ephemeral
    (file,) = message_of(given).attachments
    assert file.filename.endswith(".json")
    text = file.content.decode()
    added = await stage.slash(
        "alert import", file={"filename": "mine.json", "content": text}, channel=other.id
    )
    assert added.ephemeral
    assert "2 alerts added" in added.text
    assert f"<#{other.id}>" in added.text
    assert f"<@&{shut.id}> is no role that you may call" in added.text
    third, fourth = (await stored(stage))[2:]
    assert await asked(stage, third) == await asked(stage, first)
    assert (third.style, third.role_id, third.channel_id) == (CardStyle.COMPACT, role.id, other.id)
    assert (fourth.region_id, fourth.role_id) == (second.region_id, None)


async def test_files_that_are_none_are_told(stage: Stage) -> None:
    await home(stage)
    document = json.loads(message_of(await stage.slash("alert export")).attachments[0].content)
    document["alerts"][0]["filter"]["all"][0]["value"] = "home"
    for content, words in [
        ("no json", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("{}", "no list of alerts"),
        (json.dumps(document), "`filter.all[0].value`"),
        ("x" * 600_000, "at most 512 KB"),
    ]:
        given = {"filename": "mine.json", "content": content}
        answer = await stage.slash("alert import", file=given)
        assert answer.ephemeral
        assert words in answer.text
    stage.discord.world.uploads.clear()
    gone = await stage.discord.slash(
        "alert import",
        channel_id=stage.channel.id,
        user_id=stage.manager.id,
        options={"file": {"filename": "gone.json", "content": "{}"}},
        until="sent",
    )
    stage.discord.world.uploads.clear()
    assert "Upload it again" in (await stage.discord.settle(gone.interaction_id)).text
    await stage.discord.set_permissions(stage.channel.id, deny=permissions.SEND_MESSAGES)
    closed = await stage.slash("alert import", file={"filename": "a.json", "content": "{}"})
    assert "I lack **Send Messages**" in closed.text
    assert len(await stored(stage)) == 1


async def test_why_and_the_list_count_what_came(stage: Stage) -> None:
    await home(stage)
    before = await stage.slash("alert why", alert="1")
    assert before.ephemeral
    assert "#1 Home" in before.text
    await stage.wiring.take(
        mail(5, 205, "B1", "A1", system=AMAMAKE, isk=1e6),
        mail(6, 206, "B2", "A1", system=AMAMAKE, isk=1e6),
        mail(7, 206, "B2", "A1", system=30_004_759, isk=1e6),
    )
    assert "2 matched in 24 h, 2 posted" in (await stage.slash("alert list")).text
    after = await stage.slash("alert why", alert="home")
    figures = " ".join(after.text.split())
    assert "kills looked at 3 3 matched 2 2 posted 2 2" in figures
    assert "2 of 60 posts this hour" in figures


async def test_a_filter_is_tried(stage: Stage) -> None:
    await stage.wiring.take(
        mail(5, 205, "B1", "A1", system=AMAMAKE, isk=1e6),
        mail(6, 206, "B2", "A1", system=30_004_759, isk=1e6),
    )
    told = await stage.slash("alert try", filter="region:Heimatar", days=1)
    assert told.ephemeral
    assert "**1 match** of 2 kills" in told.text
    wrong = await stage.slash("alert try", filter="region:Hematar")
    assert wrong.ephemeral
    assert "Heimatar" in wrong.text
    assert "^^^" in wrong.text


async def test_discord_s_own_faults_do_not_lose_a_choice(stage: Stage) -> None:
    await home(stage)
    message = message_of(await stage.slash("alert style", alert="1"))
    styles, _ = menus(message)
    stage.discord.fail(faults.http(500), method="PATCH", times=1)
    await stage.discord.select(
        message.id, styles["custom_id"], values=["link"], user_id=stage.manager.id
    )
    assert (await the_alert(stage)).style is CardStyle.LINK
