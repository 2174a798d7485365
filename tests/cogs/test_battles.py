"""Lists of battles as people meet them, and what is offered while they type."""

import re

import pytest
import structlog

from bot.presentation.battle_lists import PAGE
from services.domain.battle import Battle
from services.domain.ids import GuildId
from services.storage.battle_tables import battle_ids
from tests.cogs.battlefield import FIRST, fight, many_fights, slaughter
from tests.factories import mail
from tests.fakes.discord import faults
from tests.stage import Stage, button
from tests.wiring import AMAMAKE, JITA


async def test_list_keeps_to_region_kills_and_hours(stage: Stage) -> None:
    await fight(stage.wiring)
    await fight(stage.wiring, first=11, system=JITA)
    there = await stage.ask("battle list", min_kills=2, region="the forge")
    assert "BR-Jita" in there.text
    assert "Amamake" not in there.text
    assert "**Asked for** in The Forge, at least 2 kills" in there.text
    linked = await stage.ask(
        "battle list", min_kills=2, region="<https://evemaps.dotlan.net/map/Heimatar>"
    )
    assert "BR-Amamake" in linked.text
    assert "Jita" not in linked.text
    larger = await stage.ask("battle list", min_kills=4)
    assert "No battle here" in larger.text
    stage.clock.advance(hours=3)
    assert "No battle here" in (await stage.ask("battle list", min_kills=2, hours=2)).text
    assert "BR-Jita" in (await stage.ask("battle list", min_kills=2, hours=4)).text


async def test_pages_are_turned_by_the_asker_alone(stage: Stage) -> None:
    await many_fights(stage.wiring, 21)
    answer = await stage.ask("battle list", min_kills=2)
    message = answer.message
    assert message is not None
    assert "Page 1 of 3 · 21 battles" in message.text
    assert button(message, "Back")["disabled"]
    turned = await stage.press(message, "Next", stage.member)
    assert turned.deferred
    assert "Page 2 of 3" in message.text
    stranger = await stage.press(message, "Next", stage.manager)
    assert stranger.ephemeral
    assert "Only whoever asked" in stranger.text
    assert "Page 2 of 3" in message.text
    await stage.press(message, "Next", stage.member)
    assert "Page 3 of 3" in message.text
    assert button(message, "Next")["disabled"]
    await stage.press(message, "Back", stage.member)
    assert "Page 2 of 3" in message.text
    assert stage.bot.persistent_views == []


async def test_buttons_work_after_a_restart_and_keep_the_question(stage: Stage) -> None:
    await many_fights(stage.wiring, 12)
    answer = await stage.ask("battle list", min_kills=2, region="The Forge", hours=5)
    message = answer.message
    assert message is not None
    assert "last 5 hours" in message.text
    pages = message.text.split("Page 1 of ")[1][0]
    await stage.restart()
    await stage.press(message, "Next", stage.member)
    assert f"Page 2 of {pages}" in message.text
    assert "**Asked for** in The Forge" in message.text
    assert "Battles, last 5 hours" in message.text


async def test_a_page_that_is_gone_gives_the_last_one(stage: Stage) -> None:
    await many_fights(stage.wiring, 21)
    message = (await stage.ask("battle list", min_kills=2, hours=1)).message
    assert message is not None
    stage.clock.advance(hours=2)
    await stage.press(message, "Next", stage.member)
    assert "No battle here" in message.text
    assert message.components == []


async def test_battles_are_offered_while_typing(stage: Stage) -> None:
    await fight(stage.wiring)
    await fight(stage.wiring, first=11, system=JITA)
    assert await stage.typed("battle show", "id", "heimatar") == [
        "BR-Amamake-202111300310 · Heimatar · skirmish · 3 kills"
    ]
    assert len(await stage.typed("battle show", "id", "")) == 2


async def test_times_are_shown_in_the_servers_zone(stage: Stage) -> None:
    await fight(stage.wiring)
    await stage.services.guilds.set_time_zone(GuildId(stage.guild.id), "Asia/Tokyo")
    answer = await stage.ask("battle list", min_kills=2)
    assert "03:10\N{EN DASH}03:12 EVE (12:10\N{EN DASH}12:12 JST)" in answer.text


async def test_a_fault_of_ours_has_a_reference_that_stands_in_the_log(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(stage.services.battles, "search", broken)
    with structlog.testing.capture_logs() as logs:
        answer = await stage.ask("battle list", min_kills=2)
        answer = await stage.discord.settle(answer.interaction_id, followups=1)
    assert answer.followups[0].ephemeral
    assert stage.discord.messages(stage.channel.id) == []
    (entry,) = [entry for entry in logs if entry["event"] == "command failed"]
    assert entry["at"] == "/battle list"
    assert isinstance(entry["exc_info"], ZeroDivisionError)
    assert f"the reference **{entry['reference']}**" in answer.text
    assert "ZeroDivision" not in answer.text


async def test_only_the_page_that_is_read_is_loaded_and_counts_as_shown(stage: Stage) -> None:
    await many_fights(stage.wiring, 21)
    answer = await stage.ask("battle list", min_kills=2)
    assert "Page 1 of 3 · 21 battles" in answer.text
    async with stage.wiring.house.database.read() as tx:
        rows = (await tx.execute(battle_ids.select())).all()
    shown = {row.public_id for row in rows if row.shown}
    assert len(shown) == PAGE
    assert all(public_id in answer.text for public_id in shown)


async def test_every_battle_stands_on_one_page_and_on_one_alone(stage: Stage) -> None:
    await many_fights(stage.wiring, 21)
    message = (await stage.ask("battle list", min_kills=2)).message
    assert message is not None
    seen = re.findall(r"`(BR-\S+)`", message.text)
    for _ in range(2):
        await stage.press(message, "Next", stage.member)
        seen += re.findall(r"`(BR-\S+)`", message.text)
    assert len(seen) == len(set(seen)) == 21


async def test_a_long_list_says_how_to_make_it_shorter(stage: Stage) -> None:
    await many_fights(stage.wiring, 51)
    assert "min_kills leaves small ones out" in (await stage.ask("battle list", min_kills=2)).text
    short = await stage.ask("battle list", system="Jita")
    assert "BR-Jita" in short.text
    assert "leaves small" not in short.text


async def test_small_fights_are_listed_only_where_more_is_asked_than_a_place(stage: Stage) -> None:
    await fight(stage.wiring)
    await slaughter(stage.wiring, losses=6, minutes=120, crew=("D1", "D2"), prey="EF")
    for asked in ({}, {"region": "Heimatar"}, {"space": "low"}):
        listed = await stage.ask("battle list", **asked)
        assert "BR-Amamake-202111300200" in listed.text
        assert FIRST not in listed.text
        assert "at least 5 kills" in listed.text
    narrow = await stage.ask("battle list", system="Amamake")
    assert FIRST in narrow.text
    assert "at least" not in narrow.text


async def test_a_list_keeps_to_everything_that_is_asked(stage: Stage) -> None:
    await fight(stage.wiring)
    await fight(stage.wiring, first=11, system=JITA, minutes=-600, crew=1)
    await slaughter(stage.wiring, losses=6, minutes=120, crew=("D1", "D2"), prey="EF")
    small, jita, large = FIRST, "BR-Jita-202111291400", "BR-Amamake-202111300200"
    alpha = await stage.typed("battle list", "who", "alpha p")
    assert alpha == ["Alpha Pact [ALPHA] (alliance)"]
    for asked, found in (
        ({"who": "[ALPHA]"}, {small, jita}),
        ({"who": "https://zkillboard.com/corporation/98000069/"}, {large}),
        ({"who": "Ana Kaseros", "days": 2}, {small}),
        ({"system": "jita"}, {jita}),
        ({"space": "high", "min_kills": 2}, {jita}),
        ({"space": "abyssal", "min_kills": 2}, set()),
        ({"kind": "skirmish"}, {small, jita, large}),
        ({"kind": "eviction"}, set()),
        ({"min_isk": "600m"}, {small, jita}),
        ({"min_pilots": 5}, {large}),
        ({"min_capitals": 1}, set()),
        ({"min_kills": 2, "hours": 3}, {small, large}),
    ):
        text = (await stage.ask("battle list", private=True, **asked)).text
        assert {known for known in (small, jita, large) if known in text} == found, asked


async def test_a_list_of_an_older_version_is_not_turned(stage: Stage) -> None:
    await many_fights(stage.wiring, 11)
    message = (await stage.ask("battle list", min_kills=2)).message
    assert message is not None
    pressed = button(message, "Next")
    pressed["custom_id"] = f"wr:battles:{stage.member.id}:1:10000030,,24"
    answer = await stage.press(message, "Next", stage.member)
    assert "older version" in answer.text
    assert "Page 1 of 2" in message.text


async def test_large_battles_of_earlier_are_offered_too(stage: Stage) -> None:
    mails = [mail(n, 20 + n / 10, "B1", "A1", "A2", system=AMAMAKE) for n in range(1, 12)]
    await stage.wiring.take(*mails)
    for number in range(41):
        await fight(stage.wiring, first=100 + number * 10, system=JITA + number, crew=number + 1)
    offered = await stage.typed("battle show", "id", "")
    assert offered[0].startswith("BR-Amamake"), "the small ones come behind it"
    assert offered[0].endswith("11 kills")


async def test_a_large_battle_is_offered_by_the_beginning_of_its_system(stage: Stage) -> None:
    await slaughter(stage.wiring, losses=12, minutes=20)
    for number in range(41):
        await fight(stage.wiring, first=1000 + number * 10, system=JITA + number, crew=number + 1)
    stage.bot.recent_battles = Few()  # type: ignore[assignment]
    (offered,) = await stage.typed("battle show", "id", "amam")
    assert offered.startswith("BR-Amamake-202111300020")
    assert await stage.typed("battle show", "id", "a") == []
    stage.clock.advance(days=15)
    assert await stage.typed("battle show", "id", "amam") == []


class Few:
    """What a busy day leaves of the latest battles: none of an hour ago."""

    async def get(self, _: object) -> list[Battle]:
        return []


async def test_an_expired_interaction_is_left_alone(stage: Stage) -> None:
    stage.discord.fail(faults.code(10062), path="*/callback")
    await stage.send("battle list")
    again = await stage.ask("battle list", min_kills=2)
    assert "No battle here" in again.text
