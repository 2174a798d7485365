"""`/alert add kills` and `/alert edit`: presets, filters, forms, and what is told where something is wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.interaction import alert_changing, filter_option, forecasts
from bot.presentation.text import DASH
from services.domain.alert import CardStyle
from services.domain.errors import UserError
from services.domain.ids import GuildId, UserId
from services.domain.killmail import OrganisationKind
from services.domain.standing import Standing
from services.filters.service import FilterService
from services.killmails.service import KillmailService
from tests.cogs.asking import asked, fill, in_form, message_of, stored, the_alert
from tests.factories import mail
from tests.fakes.discord import permissions
from tests.stage import Stage
from tests.wiring import AMAMAKE

REFUSED = "You need the permission Manage Channels"
ALPHA = 99_000_065


async def mark_us(stage: Stage) -> None:
    await stage.services.standings.add(
        GuildId(stage.guild.id),
        [(ALPHA, OrganisationKind.ALLIANCE, Standing.US)],
        by=UserId(stage.manager.id),
    )


PRESETS: list[tuple[dict[str, str], str]] = [
    ({"preset": "our kills"}, "attacker:us -victim:us"),
    ({"preset": "our losses"}, "victim:us"),
    ({"preset": "big kills"}, "isk>=5b"),
    ({"preset": "big kills", "min_isk": "20b"}, "isk>=20b"),
    (
        {"preset": "capitals near", "place": "Amamake"},
        "class:capital,supercapital within:7ly(Amamake)",
    ),
    (
        {"preset": "home defence", "place": "Amamake", "distance": "3j"},
        "within:3j(Amamake) -attacker:us,friend -is:npc",
    ),
    (
        {"preset": "home defence", "place": "https://evemaps.dotlan.net/map/Heimatar"},
        "region:Heimatar -attacker:us,friend -is:npc",
    ),
    ({"preset": "solo", "place": "Heimatar"}, "is:solo region:Heimatar"),
    ({"preset": "gate ganks"}, "is:gank"),
    ({"preset": "one hull", "hull": "Titan"}, "victim.group:Titan"),
    ({"place": "Amamake", "hull": "Erebus"}, "system:Amamake victim.hull:Erebus"),
    ({"place": "Heimatar", "min_isk": "500m"}, "region:Heimatar isk>=500m"),
]


async def test_one_command_makes_a_feed(stage: Stage) -> None:
    await mark_us(stage)
    for number, (options, meaning) in enumerate(PRESETS, start=1):
        answer = await stage.slash("alert add kills", **options)
        assert answer.ephemeral
        assert "From now on I post" in answer.text
        assert f"/alert test {number}" in answer.text
        alert = (await stored(stage))[-1]
        assert alert.filter == await stage.services.filters.read(meaning), await asked(stage, alert)


async def test_a_ready_filter_for_structures(stage: Stage) -> None:
    await stage.slash("alert add kills", preset="structures")
    assert "victim.class:structure" in await asked(stage, await the_alert(stage))


async def test_quiet_hours_that_hold_now_are_part_of_the_promise(stage: Stage) -> None:
    await stage.slash("config set", quiet_hours="22-7", quiet_mode="posts")
    held = await stage.slash("alert add kills", filter="region:Heimatar")
    assert "**Quiet hours hold its posts until <t:" in held.text
    assert "may come at once" not in held.text
    await stage.slash("config set", quiet_mode="pings")
    calls = await stage.slash("alert add kills", filter="region:Delve")
    assert "may come at once. **Quiet hours hold its calls until <t:" in calls.text
    listed = await stage.slash("alert list")
    assert f"**Quiet hours of this server** 22:00{DASH}07:00" in listed.text
    assert "EVE time; for every alert without its own" in listed.text
    await stage.slash("config set", no_quiet_hours=True)
    free = await stage.slash("alert add kills", filter="region:Curse")
    assert "Quiet hours" not in free.text
    assert "Quiet hours of this server" not in (await stage.slash("alert list")).text


async def test_the_filter_is_said_once(stage: Stage) -> None:
    answer = await stage.slash("alert add kills", filter="region:Heimatar")
    assert answer.text.count("Heimatar") == 1


async def test_what_it_would_have_posted_is_said_at_once(stage: Stage) -> None:
    none = await stage.slash("alert add kills", filter="region:Delve")
    assert "posts a day" not in none.text
    kills = [mail(n, n * 1.5, "B1", "A1", system=AMAMAKE, isk=1e6) for n in range(1, 600)]
    stage.clock.advance(hours=14)
    await stage.wiring.take(*kills, live=False)
    flood = await stage.slash("alert add kills", filter="region:Heimatar", channel=stage.channel.id)
    assert "posts a day**. **That is too much for a channel:**" in flood.text
    assert "/alert edit 2" in flood.text
    less = await stage.slash("alert edit", alert="2", filter="region:Heimatar isk>1b")
    assert "**about 0.0 posts a day**." in less.text
    assert "too much" not in less.text
    named = await stage.slash("alert edit", alert="2", name="Home")
    assert "posts a day" not in named.text


async def test_a_filter_that_contradicts_itself_is_told(stage: Stage) -> None:
    answer = await stage.slash("alert add kills", filter="region:Heimatar region:Delve")
    assert "**It will never post:** `region:" in answer.text
    assert "Heimatar" in answer.text
    fine = await stage.slash("alert edit", alert="1", filter="region:Heimatar")
    assert "never post" not in fine.text


async def hang(*_: object, **__: object) -> str:
    """Somebody who never answers."""
    await asyncio.Event().wait()
    raise AssertionError


async def refuse(*_: object, **__: object) -> str:
    """Somebody who has no time."""
    raise UserError("Too many ask at the moment.")


@pytest.mark.parametrize("answer", [hang, refuse])
async def test_a_forecast_that_does_not_come_keeps_nobody_waiting(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, answer: Callable[..., Awaitable[str]]
) -> None:
    monkeypatch.setattr(KillmailService, "try_filter", answer)
    monkeypatch.setattr(forecasts, "_PATIENCE_SECONDS", 0.01)
    added = await stage.slash("alert add kills", filter="region:Heimatar")
    assert "From now on I post" in added.text
    changed = await stage.slash("alert edit", alert="1", filter="region:Delve")
    assert "is changed" in changed.text


async def test_a_preset_and_a_filter_must_both_hold(stage: Stage) -> None:
    answer = await stage.slash(
        "alert add kills",
        preset="home defence",
        place="Amamake",
        filter="isk>1b or attackers>=10",
        name="Home",
        style="compact",
    )
    assert "Nobody is marked as us, friend or foe yet" in answer.text
    assert "value nobody knows are left out" in answer.text
    alert = await the_alert(stage)
    meaning = "within:5j(Amamake) -attacker:us,friend -is:npc (isk>1b or attackers>=10)"
    assert alert.filter == await stage.services.filters.read(meaning)
    assert (alert.name, alert.style) == ("Home", CardStyle.COMPACT)
    assert alert.channel_id == stage.channel.id


LACKS: list[tuple[dict[str, str], str]] = [
    ({"preset": "our kills"}, "/standing add"),
    ({"preset": "capitals near"}, "needs the system to measure from as `place`"),
    ({"preset": "capitals near", "place": "Amamake", "distance": "near"}, "like `7ly`"),
    ({"preset": "one hull"}, "needs the ship"),
    ({"preset": "solo"}, "a floor as `min_isk`"),
    ({"place": "Narnia"}, "system or region called “Narnia”"),
    ({"hull": "Erebuz"}, "Did you mean Erebus"),
    ({"distance": "5j"}, "measured from a system"),
    ({"place": "Heimatar", "min_isk": "lots"}, "cannot read “lots”"),
]


async def test_what_a_preset_lacks_is_said(stage: Stage) -> None:
    for options, words in LACKS:
        answer = await stage.slash("alert add kills", **options)
        assert answer.ephemeral
        assert words in answer.text
    assert await stored(stage) == []


async def test_without_anything_a_form_opens(stage: Stage) -> None:
    role = await stage.discord.add_role(stage.guild.id, "Open", mentionable=True)
    opened = await stage.slash("alert add kills", role=role.id, style="link", name="Rich")
    assert opened.modal is not None
    assert in_form(opened) == {"filter": "", "name": "Rich"}
    assert "region:Delve" in str(opened.modal)
    await stage.restart()
    answer = await fill(stage, opened, filter="region:Heimatar\nisk>1b")
    assert answer.ephemeral
    assert f"I call <@&{role.id}>" in answer.text
    alert = await the_alert(stage)
    assert (alert.name, alert.role_id, alert.style) == ("Rich", role.id, CardStyle.LINK)
    assert alert.channel_id == stage.channel.id
    assert alert.filter == await stage.services.filters.read("region:Heimatar isk>1b")


async def test_a_text_with_a_fault_is_handed_back(stage: Stage) -> None:
    opened = await stage.slash("alert add kills")
    wrong = "region:Hematar isk>1b"
    answer = await fill(stage, opened, filter=wrong, name="Rich")
    assert answer.ephemeral
    assert "Heimatar" in answer.text, "the nearest name"
    assert "^^^^" in answer.text, "the place"
    assert wrong in message_of(answer).embeds[0]["description"]
    assert await stored(stage) == []
    await stage.restart()
    again = await stage.press(message_of(answer), "Edit again")
    assert in_form(again) == {"filter": wrong, "name": "Rich"}
    fixed = await fill(stage, again, filter="region:Heimatar isk>1b")
    assert "From now on" in fixed.text
    assert (await the_alert(stage)).name == "Rich"


async def test_the_longest_text_is_handed_back_whole(stage: Stage) -> None:
    words = " ".join(f"attackers>={number}" for number in range(300))
    wrong = f'``` {words} "```" region:Nowhere'[:3996].ljust(3997, "x") + "```"
    opened = await stage.slash("alert add kills")
    answer = await fill(stage, opened, filter=wrong)
    again = await stage.press(message_of(answer), "Edit again")
    assert in_form(again)["filter"] == wrong


async def test_a_fault_beside_a_preset_keeps_both(stage: Stage) -> None:
    answer = await stage.slash(
        "alert add kills", preset="big kills", filter="atackers>5 or is:solo", name="Big"
    )
    assert "attackers" in answer.text
    again = await stage.press(message_of(answer), "Edit again")
    assert in_form(again) == {"filter": "isk>=5b (atackers>5 or is:solo)", "name": "Big"}
    await fill(stage, again, filter="isk>=5b (attackers>5 or is:solo)")
    meaning = "isk>=5b (attackers>5 or is:solo)"
    assert (await the_alert(stage)).filter == await stage.services.filters.read(meaning)


async def test_a_preset_that_does_not_fit_into_the_form_is_told(stage: Stage) -> None:
    words = " ".join(f"attackers>={number}" for number in range(300))
    wrong = f"region:Nowhere {words}"[:3995].rstrip()
    answer = await stage.slash("alert add kills", preset="big kills", filter=wrong, name="Big")
    assert "do not fit into the form" in answer.text
    again = await stage.press(message_of(answer), "Edit again")
    assert in_form(again) == {"filter": wrong, "name": "Big"}


async def test_a_fault_in_an_edit_keeps_the_name_and_says_what_is_not_changed(stage: Stage) -> None:
    await stage.slash("alert add kills", filter="region:Heimatar", name="Home")
    wrong = await stage.slash("alert edit", alert="1", filter="isk>x", style="link")
    assert "Nothing else that you gave is changed" in wrong.text
    again = await stage.press(message_of(wrong), "Edit again")
    assert in_form(again) == {"filter": "isk>x", "name": "Home"}
    await fill(stage, again, filter="region:Heimatar isk>3b")
    alert = await the_alert(stage)
    assert (alert.name, alert.style) == ("Home", CardStyle.FULL)
    renamed = await stage.slash("alert edit", alert="1", filter="isk>x", name="Away")
    assert "Nothing else" not in renamed.text
    again = await stage.press(message_of(renamed), "Edit again")
    assert in_form(again)["name"] == "Away"


async def test_what_cannot_be_stored_is_handed_back_too(stage: Stage) -> None:
    await stage.slash("alert add kills", filter="region:Heimatar")
    opened = await stage.slash("alert add kills")
    answer = await fill(stage, opened, filter="region:heimatar")
    assert "Alert #1 already asks for exactly that" in answer.text
    again = await stage.press(message_of(answer), "Edit again")
    assert in_form(again)["filter"] == "region:heimatar"
    stranger = await stage.press(message_of(answer), "Edit again", stage.member)
    assert "Only whoever asked" in stranger.text
    kept = stage.bot._connection._view_store._modals
    assert not kept, "a form that nobody sends would stay in memory"


async def test_rights_are_asked_for_again_when_the_form_comes(stage: Stage) -> None:
    role = await stage.discord.add_role(stage.guild.id, "Open", mentionable=True)
    opened = await stage.slash("alert add kills", role=role.id)
    shut: Any = stage.bot.guilds[0].get_role(role.id)
    shut.mentionable = False
    answer = await fill(stage, opened, filter="region:Heimatar")
    assert "You may not mention" in answer.text
    assert await stored(stage) == []
    opened = await stage.slash("alert add kills")
    await stage.discord.set_permissions(stage.channel.id, deny=permissions.SEND_MESSAGES)
    await stage.bot.until(lambda: "guild_channel_update" in stage.bot.happened)
    answer = await fill(stage, opened, filter="region:Heimatar")
    assert "I lack **Send Messages**" in answer.text


async def test_people_are_called_by_themselves_or_by_those_who_may_call_all(stage: Stage) -> None:
    use = {"filter": "region:Heimatar"}
    mine = await stage.slash("alert add kills", user=stage.manager.id, **use)
    assert f"I call <@{stage.manager.id}>" in mine.text
    assert not message_of(mine).pings
    assert (await the_alert(stage)).user_id == stage.manager.id
    other = await stage.slash("alert add kills", user=stage.member.id, **use)
    assert "needs the permission Mention Everyone" in other.text
    role = await stage.discord.add_role(stage.guild.id, "Open", mentionable=True)
    both = await stage.slash("alert add kills", user=stage.manager.id, role=role.id, **use)
    assert "Choose one of `role` and `user`" in both.text
    robot = await stage.slash("alert add kills", user=stage.discord.world.bot.id, **use)
    assert "A bot hears no call" in robot.text
    assert len(await stored(stage)) == 1
    allowed = await stage.discord.slash(
        "alert add kills",
        channel_id=stage.channel.id,
        user_id=stage.manager.id,
        options=use | {"user": stage.member.id},
        member_permissions=permissions.ALL,
    )
    assert f"I call <@{stage.member.id}>" in allowed.text


async def test_words_are_completed_while_typing(stage: Stage) -> None:
    offered = await stage.typed("alert add kills", "filter", "isk>1b region:heim")
    assert "isk>1b region:Heimatar" in offered
    assert await stage.typed("alert add kills", "filter", "isk>1b " * 15 + "region:heim") == []
    assert await stage.typed("alert add kills", "place", "amam") != []
    assert (await stage.typed("alert add kills", "hull", "tit"))[0] == "Titan (group)"
    assert "Delve" in await stage.typed("alert add kills", "place", "")


async def test_editing_without_more_opens_the_form_with_what_stands(stage: Stage) -> None:
    await stage.slash("alert add kills", filter="region:Heimatar isk>1b", name="Rich")
    opened = await stage.slash("alert edit", alert="rich")
    before = in_form(opened)
    assert before["name"] == "Rich"
    meaning = (await the_alert(stage)).filter
    assert await stage.services.filters.read(before["filter"]) == meaning
    await stage.restart()
    answer = await fill(stage, opened, filter="region:Heimatar isk>2b", name="")
    assert "Alert #1 is changed" in answer.text
    alert = await the_alert(stage)
    assert alert.filter == await stage.services.filters.read("region:Heimatar isk>2b")
    assert alert.name is None
    wrong = await fill(stage, await stage.slash("alert edit", alert="1"), filter="isk>x")
    again = await stage.press(message_of(wrong), "Edit again")
    assert in_form(again)["filter"] == "isk>x"
    assert "Alert #1 is changed" in (await fill(stage, again, filter="isk>3b")).text


async def test_names_that_do_not_come_keep_nobody_waiting(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.slash("alert add kills", filter='region:Heimatar -attacker.alliance:"Alpha Pact"')
    monkeypatch.setattr(FilterService, "write", hang)
    monkeypatch.setattr(alert_changing, "_TEXT_WAIT_SECONDS", 0.01)
    opened = await stage.slash("alert edit", alert="1")
    text = in_form(opened)["filter"]
    assert "99000065" in text
    assert await stage.services.filters.read(text) == (await the_alert(stage)).filter
    monkeypatch.setattr(FilterService, "suggest", hang)
    monkeypatch.setattr(filter_option, "_PATIENCE", 0.01)
    assert await stage.typed("alert add kills", "filter", "region:") == []


async def test_editing_by_options_changes_them_alone(stage: Stage) -> None:
    role = await stage.discord.add_role(stage.guild.id, "Open", mentionable=True)
    other = await stage.discord.add_channel(stage.guild.id, "other")
    await stage.bot.until(lambda: stage.bot.get_channel(other.id) is not None)
    await stage.slash("alert add kills", filter="region:Heimatar", name="Home", role=role.id)
    answer = await stage.slash(
        "alert edit",
        alert="1",
        filter="region:Heimatar -is:npc",
        style="watch",
        channel=other.id,
        ping_minutes=5,
        cooldown=30,
    )
    assert "Alert #1 is changed" in answer.text
    alert = await the_alert(stage)
    assert (alert.name, alert.role_id, alert.channel_id) == ("Home", role.id, other.id)
    assert (alert.ping_minutes, alert.cooldown_minutes) == (5, 30)
    assert alert.style is CardStyle.WATCH
    assert alert.filter == await stage.services.filters.read("region:Heimatar -is:npc")
    await stage.slash("alert edit", alert="1", user=stage.manager.id)
    alert = await the_alert(stage)
    assert (alert.role_id, alert.user_id) == (None, stage.manager.id)
    await stage.slash("alert edit", alert="1", nobody=True, name="-")
    alert = await the_alert(stage)
    assert (alert.role_id, alert.user_id, alert.name) == (None, None, None)


async def test_wrong_changes_change_nothing(stage: Stage) -> None:
    shut = await stage.discord.add_role(stage.guild.id, "Shut")
    await stage.slash("alert add kills", filter="region:Heimatar", name="Home")
    await stage.slash("alert add battles", name="Fights")
    before = await stored(stage)
    for options, words in [
        ({"role": shut.id}, "You may not mention"),
        ({"user": stage.member.id}, "needs the permission Mention Everyone"),
        ({"nobody": True, "user": stage.manager.id}, "Choose one of the two"),
        ({"name": "Fights"}, "is called that already"),
        ({"filter": "region:Nowhereatall"}, "Nowhereatall"),
        ({"filter": "space:null"}, "kills a day"),
    ]:
        assert words in (await stage.slash("alert edit", alert="1", **options)).text
    battles = await stage.slash("alert edit", alert="2")
    assert "is for battles and has no filter" in battles.text
    filtered = await stage.slash("alert edit", alert="2", filter="region:Heimatar")
    assert "for battles has no filter" in filtered.text
    floors = await stage.slash("alert edit", alert="1", min_isk="1b")
    assert "says region and floors in its filter" in floors.text
    assert await stored(stage) == before
    fights = await stage.slash("alert edit", alert="2", region="Heimatar", min_kills=9)
    assert "battles in Heimatar, at least 9 kills" in fights.text


async def test_another_server_s_alert_is_none_of_ours(stage: Stage) -> None:
    other = await stage.discord.add_guild("Others")
    channel = await stage.discord.add_channel(other.id, "elsewhere")
    stage.discord.add_member(other.id, stage.manager.id)
    await stage.bot.until(lambda: stage.bot.get_channel(channel.id) is not None)
    await stage.slash("alert add kills", filter="region:Heimatar", name="Home")
    for command, options in [
        ("alert edit", {"alert": "1", "name": "Mine"}),
        ("alert edit", {"alert": "1"}),
        ("alert mute", {"alert": "1", "for": "1h"}),
        ("alert why", {"alert": "1"}),
        ("alert remove", {"alert": "1"}),
    ]:
        answer = await stage.discord.slash(
            command,
            channel_id=channel.id,
            user_id=stage.manager.id,
            options=options,
            member_permissions=permissions.ALL,
        )
        assert "This server has no alert #1" in answer.text
    assert (await the_alert(stage)).name == "Home"


async def test_who_may_not_call_a_role_may_not_make_its_alert_louder(stage: Stage) -> None:
    shut = await stage.discord.add_role(stage.guild.id, "Shut")
    await stage.discord.slash(
        "alert add kills",
        channel_id=stage.channel.id,
        user_id=stage.manager.id,
        options={"filter": "region:Heimatar isk>50b", "role": shut.id},
        member_permissions=permissions.ALL,
    )
    louder = await stage.slash("alert edit", alert="1", filter="region:Heimatar")
    assert "You may not mention" in louder.text
    assert "Edit again" in louder.text
    named = await stage.slash("alert edit", alert="1", name="Home")
    assert "is changed" in named.text
    quiet = await stage.slash("alert edit", alert="1", filter="region:Heimatar", nobody=True)
    assert "is changed" in quiet.text
    assert (await the_alert(stage)).role_id is None
