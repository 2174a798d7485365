"""`/heatmap region`, the lists that lead from the galaxy to a system, and `/system show`."""

import io

import pytest
from PIL import Image

from services.domain.ids import GuildId
from services.domain.maps import NeighbourhoodPicture
from services.rendering.errors import RenderBusy
from tests.cogs.asking import menus, message_of, parts, refused
from tests.cogs.nullsec import Nullsec
from tests.factories import mail
from tests.fakes.discord import Answer
from tests.stage import Stage
from tests.undrawn import undraw
from tests.wiring import AMAMAKE, JITA

WORMHOLE = 31_000_005


async def kills(stage: Stage) -> None:
    """Two in Amamake (one of them rich), one in another system of its region, one in Jita, one in a wormhole."""
    await stage.wiring.take(
        mail(1, 200, "B1", "A1", "A2", system=AMAMAKE, isk=1e8),
        mail(2, 201, "B2", "A1", system=AMAMAKE, isk=2e9),
        mail(3, 203, "B2", "A1", system=30_002_539, isk=1e8),
        mail(4, 204, "B3", "A1", system=JITA, isk=1e8),
        mail(5, 205, "B3", "A1", system=WORMHOLE, isk=1e8),
    )


async def choose(stage: Stage, answer: Answer, value: str) -> Answer:
    """A member who did not ask chooses from the list under an answer."""
    message = message_of(answer)
    (menu,) = menus(message)
    return await stage.discord.select(
        message.id, menu["custom_id"], values=[value], user_id=stage.member.id
    )


def offered(answer: Answer) -> list[tuple[str, str]]:
    (menu,) = menus(message_of(answer))
    return [(option["label"], option["description"]) for option in menu["options"]]


async def test_from_the_galaxy_to_a_region_to_a_system_and_after_a_restart(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    undraw(monkeypatch, "heatmap")
    await kills(stage)
    galaxy = await stage.slash("heatmap galaxy", hours=1)
    assert offered(galaxy) == [
        ("Heimatar", "3 kills, 2.20B ISK"),
        ("The Forge", "1 kill, 100M ISK"),
    ]
    await stage.restart()
    stage.clock.advance(hours=5)
    region = await choose(stage, galaxy, "10000030")
    assert region.ephemeral, "others do not see what somebody looks for"
    assert "Kills in Heimatar, 1 hour up to 2021-11-30 03:30 EVE" in region.text
    assert "**3 kills**" in region.text, "of the window that was drawn, five hours ago"
    assert region.text.index("Amamake") < region.text.index("Siseide")
    (file,) = message_of(region).attachments
    assert Image.open(io.BytesIO(file.content)).width <= 1600
    assert file.description == "Map of Heimatar with 3 kills. Hottest: Amamake, Siseide."
    assert offered(region)[0] == ("Amamake", "2 kills, 2.10B ISK")
    system = await choose(stage, region, str(AMAMAKE))
    assert system.ephemeral
    assert "**2 kills**" in system.text
    assert message_of(galaxy).text == galaxy.text, "the galaxy stays what it was"


async def test_a_filter_travels_with_the_lists(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    undraw(monkeypatch)
    await kills(stage)
    galaxy = await stage.ask("heatmap galaxy", filter="isk>1b", by="isk")
    assert offered(galaxy) == [("Heimatar", "1 kill, 2.00B ISK")]
    region = await choose(stage, galaxy, "10000030")
    assert "**Asked for** kills worth more than 1.00B ISK" in region.text
    assert "ISK lost in Heimatar" in region.text
    assert "**1 kill**" in region.text
    stage.clock.advance(days=8)
    await stage.ask("heatmap galaxy", filter="isk>2b")
    assert (
        "forgotten the filter of that map. Use `/heatmap galaxy` or `/heatmap region`"
        in (await choose(stage, galaxy, "10000030")).text
    )


async def test_a_region_by_name_link_or_mistake(stage: Stage) -> None:
    await kills(stage)
    await stage.services.guilds.set_time_zone(GuildId(stage.guild.id), "America/New_York")
    link = "https://evemaps.dotlan.net/map/Delve/1DQ1-A"
    quiet = await stage.ask("heatmap region", region=link, private=True)
    assert quiet.ephemeral
    assert "Kills in Delve, last 24 hours" in quiet.text
    assert "Nothing that I heard of died here in this time." in quiet.text
    assert "EST)" in quiet.text
    assert menus(message_of(quiet)) == []
    assert len(message_of(quiet).attachments) == 1, "a quiet region has a map all the same"
    wrong = await stage.ask("heatmap region", region="Narnia")
    assert "no region called “Narnia”" in wrong.text
    hole = await stage.ask("heatmap region", region="A-R00001")
    assert "A-R00001" in await refused(stage, hole)
    assert "Heimatar" in await stage.typed("heatmap region", "region", "heim")


async def test_a_system_at_a_glance(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await kills(stage)
    answer = await stage.ask("system show", system="amamake")
    assert not answer.ephemeral
    assert "**2 kills** · 4 pilots · **2.10B ISK** destroyed" in answer.text.replace("\xa0", " ")
    assert "2 of them in 1 battle\n" in answer.text
    assert "most: 2 from 03:00 EVE" in answer.text
    assert "nothing known yet: the source has not answered" in answer.text
    assert "jumps from" in answer.text
    (file,) = message_of(answer).attachments
    assert Image.open(io.BytesIO(file.content)).width <= 1600
    assert file.description is not None
    assert file.description.startswith("Map of Amamake and what lies within 4 jumps")
    labels = {part["label"] for part in parts(message_of(answer)) if "label" in part}
    assert labels == {"DOTLAN", "zKillboard"}
    monkeypatch.setattr(stage.services.maps, "around", busy)
    for hour in range(5):
        early = -60.0 * hour
        await stage.wiring.take(
            mail(20 + hour, early, "B1", "A1", system=AMAMAKE),
            mail(30 + hour, early, "B2", "A1", system=AMAMAKE),
        )
    stage.clock.advance(days=2)
    later = await stage.ask("system show", system="https://zkillboard.com/system/30002537/")
    assert "nothing can be said of it" in later.text, "the feed was not there"
    assert "Nothing that I heard of died" not in later.text
    assert "*and 2 more: `/battle list`*" in later.text, "those of a week: 6 battles"
    assert "Too many pictures are being drawn" in later.text, "the words stand all the same"
    assert message_of(later).attachments == []


async def test_timers_of_a_system_are_as_old_as_their_source(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.services.maps, "around", busy)
    space = Nullsec(stage)
    space.contest(1, hours=2)
    await space.look()
    del space.pollers[0]  # the campaigns'
    await space.look(hours=7)
    text = (await stage.ask("system show", system="1DQ1-A")).text
    assert "-# Timers: **stale since" in text
    assert "-# Sovereignty: as of 10:30 EVE" in text
    assert "Contested now" not in text, "nobody said that it began"


async def test_a_map_that_cannot_be_drawn_takes_no_words_away(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kills(stage)
    undraw(monkeypatch)
    galaxy = await stage.ask("heatmap galaxy")
    assert "**5 kills**" in galaxy.text
    assert offered(galaxy)[0][0] == "Heimatar", "the lists lead on all the same"
    region = await stage.ask("heatmap region", region="Heimatar")
    assert "**3 kills**" in region.text
    assert offered(region)[0][0] == "Amamake"
    system = await stage.ask("system show", system="Amamake")
    assert "**2 kills**" in system.text
    answers = (galaxy, region, system, await stage.ask("sov map"))
    for answer in answers:
        assert "The map could not be drawn." in answer.text
        assert message_of(answer).attachments == []


async def busy(*_: object, **__: object) -> NeighbourhoodPicture:
    raise RenderBusy


async def test_a_system_without_gates_and_one_that_is_none(stage: Stage) -> None:
    await kills(stage)
    hole = await stage.ask("system show", system=str(WORMHOLE), private=True)
    assert hole.ephemeral
    assert "**1 kill**" in hole.text
    assert "No gate leads to" in hole.text
    assert message_of(hole).attachments == []
    wrong = await stage.ask("system show", system="Amamke")
    assert "Did you mean Amamake" in wrong.text
