"""`/kill show` and `/heatmap` as people meet them."""

import io

import pytest
from PIL import Image

from services.domain.ids import GuildId
from tests.factories import mail
from tests.stage import Stage
from tests.wiring import AMAMAKE, JITA

SUPPRESS_EMBEDS = 1 << 2


@pytest.mark.parametrize(
    "text", ["77", "https://zkillboard.com/kill/77/", "<https://zkillboard.com/kill/77/>"]
)
async def test_a_kill_by_id_or_link(stage: Stage, text: str) -> None:
    await stage.wiring.take(mail(77, 200, "B1", "A1", "A2", system=AMAMAKE, isk=1.5e9))
    await stage.services.guilds.set_time_zone(GuildId(stage.guild.id), "Europe/Berlin")
    answer = await stage.ask("kill show", link_or_id=text)
    assert not answer.ephemeral
    assert "destroyed in Amamake" in answer.text
    assert "1.50B ISK" in answer.text
    assert "Ana Kaseros" in answer.text
    assert r"Vex \*Rourke\*" in answer.text
    assert "03:20 EVE (04:20 CET)" in answer.text


@pytest.mark.parametrize(
    ("text", "words"), [("78", "I have not seen kill 78"), ("the titan", "That is no kill")]
)
async def test_a_kill_that_is_not_there(stage: Stage, text: str, words: str) -> None:
    answer = await stage.ask("kill show", link_or_id=text)
    answer = await stage.discord.settle(answer.interaction_id, followups=1)
    assert words in answer.text
    assert answer.followups[0].flags & SUPPRESS_EMBEDS, "no page unfolds under an error"
    assert stage.discord.messages(stage.channel.id) == []


async def test_a_heatmap_and_its_figures(stage: Stage) -> None:
    await stage.wiring.take(
        mail(1, 200, "B1", "A1", system=AMAMAKE, isk=1e8),
        mail(2, 201, "B2", "A1", system=AMAMAKE, isk=1e8),
        mail(3, 202, "B3", "A1", system=JITA, isk=9e9),
    )
    by_kills = await stage.ask("heatmap")
    assert by_kills.message is not None
    (file,) = by_kills.message.attachments
    assert Image.open(io.BytesIO(file.content)).width == 1600
    assert by_kills.text.index("Amamake") < by_kills.text.index("Jita")
    assert "3 kills" in by_kills.text
    assert file.description is not None
    assert "Amamake" in file.description
    by_isk = await stage.ask("heatmap", by="isk", hours=2, private=True)
    assert by_isk.ephemeral
    assert by_isk.text.index("Jita") < by_isk.text.index("Amamake")
    assert "last 2 hours" in by_isk.text


async def test_an_empty_heatmap_says_so(stage: Stage) -> None:
    answer = await stage.ask("heatmap", hours=1)
    assert "Nothing that I heard of died" in answer.text
    assert "0 ISK" not in answer.text


async def test_a_heatmap_says_what_the_map_has_no_place_for(stage: Stage) -> None:
    await stage.wiring.take(
        mail(1, 200, "B1", "A1", system=AMAMAKE, isk=1e8),
        mail(2, 201, "B2", "A1", system=31_000_005, isk=1e8),
    )
    assert "1 of them in wormholes and elsewhere off the map" in (await stage.ask("heatmap")).text
