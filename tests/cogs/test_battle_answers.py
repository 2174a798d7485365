"""What people are answered about one battle: asked of one stage, on which nothing is changed."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.presentation.battle_json import battle_document, ids_in_documents
from services.rendering.errors import RenderBusy
from tests.cogs.asking import message_of, parts, refused
from tests.cogs.battlefield import FIRST, fight
from tests.factories import mail
from tests.stage import Stage, button, on_stage
from tests.wiring import AMAMAKE

pytestmark = pytest.mark.asyncio(loop_scope="module")
LONE = 77
"""A kill that belongs to no battle."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One fight was fought, and somebody died alone; the same for all tests here, for none changes anything."""
    async with on_stage(tmp_path_factory.mktemp("stage")) as ready:
        await fight(ready.wiring)
        await ready.wiring.take(mail(LONE, 60, "C1", "D1", system=AMAMAKE, isk=1e6))
        yield ready


def told_to_all(stage: Stage) -> list[int]:
    """The ids of what stands in the channel."""
    return [message.id for message in stage.discord.messages(stage.channel.id)]


async def test_list_lists_what_was_fought(stage: Stage) -> None:
    answer = await stage.ask("battle list", min_kills=2)
    assert answer.deferred
    assert not answer.ephemeral
    assert "Battles, last 24 hours" in answer.text
    assert "BR-Amamake-202111300310" in answer.text
    assert "3 kills" in answer.text
    assert "700M ISK" in answer.text
    assert "Alpha Pact" in answer.text


async def test_private_answers_are_for_the_asker(stage: Stage) -> None:
    before = told_to_all(stage)
    listed = await stage.ask("battle list", min_kills=2, private=True)
    shown = await stage.ask("battle show", id="BR-Amamake-202111300310", private=True)
    assert listed.ephemeral
    assert shown.ephemeral
    assert told_to_all(stage) == before


async def test_direct_messages_have_eve_time(stage: Stage) -> None:
    dm = stage.discord.dm_channel(stage.member.id)
    answer = await stage.ask("battle list", min_kills=2, in_channel=dm.id)
    assert "03:10\N{EN DASH}03:12 EVE\n" in answer.text


async def test_show_tells_one_battle_in_full(stage: Stage) -> None:
    answer = await stage.ask("battle show", id="br-amamake-202111300310")
    assert not answer.ephemeral
    assert "Skirmish in Amamake — 3 kills, ongoing" in answer.text
    assert "Alpha Pact" in answer.text
    assert "Beta Union" in answer.text
    assert answer.message is not None
    assert "related/30002537/202111300300/" in button(answer.message, "zKillboard")["url"]


async def test_a_report_has_its_picture_on_the_first_page(stage: Stage) -> None:
    message = message_of(await stage.ask("battle show", id=FIRST))
    (picture,) = message.attachments
    assert picture.content.startswith(b"\x89PNG")
    assert picture.description
    await stage.restart()
    await stage.press(message, "Next", stage.member)
    assert "Page 2 of" in message.text
    assert message.attachments == []
    await stage.press(message, "Back", stage.member)
    assert "Page 1 of" in message.text
    assert len(message.attachments) == 1


async def test_a_report_is_told_in_words_while_too_many_pictures_are_drawn(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def busy(report: object, **_: object) -> bytes:
        asked.append(report)
        raise RenderBusy

    monkeypatch.setattr(stage.services.pictures, "battle", busy)
    shown = await stage.ask("battle show", id=FIRST)
    assert "Amamake — 3 kills" in shown.text
    assert message_of(shown).attachments == []
    await stage.press(message_of(shown), "Next", stage.member)
    assert len(asked) == 1, "none is drawn for a page that shows none"


async def test_a_report_is_told_in_words_where_drawing_fails(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> bytes:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(stage.services.pictures, "battle", broken)
    shown = await stage.ask("battle show", id=FIRST)
    assert "Amamake — 3 kills" in shown.text
    assert "its picture could not be drawn just now" in shown.text


@pytest.mark.parametrize(
    "named",
    [
        "`BR-Amamake-202111300310`",
        "BR-Amamake-202111300310 · Heimatar · skirmish · 3 kills",
        "https://zkillboard.com/related/30002537/202111300300/",
        "<https://br.evetools.org/related/30002537/202111300300>",
    ],
)
async def test_a_battle_is_found_however_it_was_copied(stage: Stage, named: str) -> None:
    assert "Skirmish in Amamake — 3 kills" in (await stage.ask("battle show", id=named)).text


async def test_a_kill_leads_to_its_battle(stage: Stage) -> None:
    assert FIRST in (await stage.ask("battle show", id="https://zkillboard.com/kill/2/")).text
    lone = await stage.ask("battle show", id=f"https://zkillboard.com/kill/{LONE}/")
    assert "belongs to no battle" in await refused(stage, lone)
    unseen = await stage.ask("battle show", id="https://zkillboard.com/kill/999/")
    assert "I have not seen kill 999" in await refused(stage, unseen)


async def test_an_unknown_battle_is_answered_to_the_asker_alone(stage: Stage) -> None:
    before = told_to_all(stage)
    answer = await stage.ask("battle show", id="BR-Nowhere-1")
    answer = await stage.discord.settle(answer.interaction_id, followups=1)
    (told,) = answer.followups
    assert told.ephemeral
    assert "no battle with that id" in told.text
    assert told_to_all(stage) == before


async def test_a_link_without_a_battle_is_answered(stage: Stage) -> None:
    link = "https://zkillboard.com/related/30002537/202111300500/"
    answer = await stage.ask("battle show", id=link)
    answer = await stage.discord.settle(answer.interaction_id, followups=1)
    assert "no battle of that link" in answer.text


async def test_what_leads_to_no_battle_is_told_to_the_asker_alone(stage: Stage) -> None:
    before = told_to_all(stage)
    for command, named, told in (
        ("show", "https://br.evetools.org/br/65f0", "related page (`…/related/…`)"),
        ("show", "Jita", "no battle in that system"),
        ("export", "https://example.org/x", "I cannot read that link"),
        ("losses", "BR-Nowhere-202111300310", "no battle with that id"),
        ("losses", "that big fight", "no battle with that id"),
        ("history", "https://zkillboard.com/kill/1/", "I have not seen"),
    ):
        named_as = {"who" if command == "history" else "id": named}
        answer = await stage.ask(f"battle {command}", **named_as)
        assert told in await refused(stage, answer)
    assert "no battle with that id" in (await stage.ask("battle sides", id="BR-Nowhere-1")).text
    assert told_to_all(stage) == before


async def test_an_export_has_the_keys_of_the_command_line_and_more(stage: Stage) -> None:
    answer = await stage.ask("battle export", id=FIRST)
    (file,) = message_of(answer).attachments
    assert file.filename == f"{FIRST}.json"
    told = json.loads(file.content)
    battle = await stage.services.battles.get(FIRST)
    names = await stage.services.names.book(ids_in_documents([battle]), wait_seconds=0)
    plain = battle_document(battle, stage.services.universe, names)
    assert {key: told[key] for key in plain} == json.loads(json.dumps(plain))
    assert told["detailed"]
    assert [loss["killmail_id"] for loss in told["losses"]] == [1, 3, 2]
    side = told["losses"][0]["side"]
    assert told["sides"][side]["organisations"][0]["name"] == "Beta Union"
    best = max(told["pilot_deeds"], key=lambda pilot: pilot["final_blows"])
    assert (best["character"], best["final_blows"], best["kills"]) == ("Ana Kaseros", 2, 2)
    assert told["kind"] == battle.kind.value
    assert told["places"][0]["system"] == "Amamake"
    documented = (Path(__file__).parents[2] / "docs" / "json.md").read_text()
    unknown = [key for key in keys_in(told) if not re.search(rf"[`.]{key}`", documented)]
    assert unknown == []


def keys_in(document: Any) -> set[str]:
    """Every key of a document, however deep."""
    if isinstance(document, list):
        return set().union(*map(keys_in, document))
    if not isinstance(document, dict):
        return set()
    return set(document).union(*map(keys_in, document.values()))


async def test_sides_belong_to_a_server(stage: Stage) -> None:
    dm = stage.discord.dm_channel(stage.member.id)
    answer = await stage.ask("battle sides", id=FIRST, in_channel=dm.id)
    assert "works in a server only" in answer.text
    shown = await stage.ask("battle show", id=FIRST, in_channel=dm.id)
    assert "Amamake — 3 kills" in shown.text
    assert button(message_of(shown), "Losses")
    assert "Sides" not in [part.get("label") for part in parts(message_of(shown))]


async def test_wrong_regions_are_answered_with_near_ones(stage: Stage) -> None:
    answer = await stage.ask("battle list", min_kills=2, region="Hematar")
    assert answer.ephemeral
    assert "no region called “Hematar”" in answer.text
    assert "Heimatar" in answer.text
    system = await stage.ask("battle list", min_kills=2, region="Amamake")
    assert "Amamake is a system" in system.text
    assert "Heimatar" in system.text
    link = await stage.ask("battle list", min_kills=2, region="https://zkillboard.com/kill/123/")
    assert "That link shows no region" in link.text


async def test_wrong_filters_say_what_to_do(stage: Stage) -> None:
    before = told_to_all(stage)
    amount = await stage.ask("battle list", min_isk="much")
    assert "Write it like `500m`" in amount.text
    system = await stage.ask("battle list", system="Amamakee")
    assert "Amamake" in system.text
    answer = await stage.ask("battle list", who="Gamma Raiders")
    answer = await stage.discord.settle(answer.interaction_id, followups=1)
    assert answer.followups[0].ephemeral
    assert "I have not seen “Gamma Raiders” yet" in answer.text
    assert told_to_all(stage) == before


async def test_regions_are_offered_while_typing(stage: Stage) -> None:
    assert (await stage.typed("battle list", "region", "heim"))[0] == "Heimatar"
    link = "https://zkillboard.com/related/30002537/202111300300/"
    assert await stage.typed("battle list", "region", link) == ["Heimatar"]
    assert await stage.typed("battle list", "region", "https://zkillboard.com/kill/1/") == []
    assert len(await stage.typed("battle list", "region", "")) == 25


async def test_busy_regions_are_offered_before_anything_is_typed(stage: Stage) -> None:
    offered = await stage.typed("battle list", "region", "")
    assert offered[:2] == ["Heimatar", "Aridia"]
    assert len(offered) == 25


async def test_a_system_that_is_typed_leads_to_its_region(stage: Stage) -> None:
    assert await stage.typed("battle list", "region", "1dq") == ["Delve (1DQ1-A)"]
    assert await stage.typed("battle list", "region", "dlve") == ["Delve"]
    assert await stage.typed("battle list", "region", "x" * 100) == []
