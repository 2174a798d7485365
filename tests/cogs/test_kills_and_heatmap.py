"""`/kill show` and `/heatmap galaxy` as people meet them."""

import io

import pytest
from PIL import Image

from bot.presentation import colours
from services.domain.ids import GuildId
from services.rendering.service import HeatmapService
from tests.factories import arrival, mail
from tests.stage import Stage
from tests.undrawn import undraw
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


async def test_a_kill_shown_follows_the_servers_standings(stage: Stage) -> None:
    await stage.wiring.take(mail(77, 200, "B1", "A1", system=AMAMAKE, isk=1.5e9))
    neutral = await stage.ask("kill show", link_or_id="77")
    assert "Our kill" not in neutral.text
    await stage.slash("standing add", **{"as": "us", "names": "Alpha Pact"})
    ours = await stage.ask("kill show", link_or_id="77")
    assert "Our kill: Rifter destroyed in Amamake" in ours.text
    assert ours.message is not None
    assert ours.message.embeds[0]["color"] == colours.KILL


@pytest.mark.parametrize(
    ("text", "words"), [("78", "I have not seen kill 78"), ("the titan", "That is no kill")]
)
async def test_a_kill_that_is_not_there(stage: Stage, text: str, words: str) -> None:
    answer = await stage.ask("kill show", link_or_id=text)
    answer = await stage.discord.settle(answer.interaction_id, followups=1)
    assert words in answer.text
    assert answer.followups[0].flags & SUPPRESS_EMBEDS, "no page unfolds under an error"
    assert stage.discord.messages(stage.channel.id) == []


async def test_a_heatmap_and_its_figures(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    await stage.wiring.take(
        mail(1, 200, "B1", "A1", system=AMAMAKE, isk=1e8),
        mail(2, 201, "B2", "A1", system=AMAMAKE, isk=1e8),
        mail(3, 202, "B3", "A1", system=JITA, isk=9e9),
    )
    by_kills = await stage.ask("heatmap galaxy")
    assert by_kills.message is not None
    (file,) = by_kills.message.attachments
    assert Image.open(io.BytesIO(file.content)).width == 1600
    assert by_kills.text.index("Amamake") < by_kills.text.index("Jita")
    assert "3 kills" in by_kills.text
    assert file.description is not None
    assert "Amamake" in file.description
    undraw(monkeypatch)
    by_isk = await stage.ask("heatmap galaxy", by="isk", hours=2, private=True)
    assert by_isk.ephemeral
    assert by_isk.text.index("Jita") < by_isk.text.index("Amamake")
    assert "last 2 hours" in by_isk.text


async def test_an_empty_heatmap_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []

    async def draw(_: object, data: object) -> bytes:
        drawn.append(data)
        return b"png"

    monkeypatch.setattr(HeatmapService, "heatmap", draw)
    answer = await stage.ask("heatmap galaxy", hours=1)
    await stage.wiring.take(mail(1, 200, "B1", "A1", system=31_000_005, isk=1e8))
    assert "1 in wormholes" in (await stage.ask("heatmap galaxy")).text
    assert drawn == [], "nobody would see it"
    assert "I have no kills of this time stored: nothing can be said of it." in answer.text
    assert "0 ISK" not in answer.text


async def test_a_heatmap_says_what_the_map_has_no_place_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    undraw(monkeypatch)
    await stage.wiring.take(
        mail(1, 200, "B1", "A1", system=AMAMAKE, isk=1e8),
        mail(2, 201, "B2", "A1", system=31_000_005, isk=1e8),
    )
    assert (
        "1 of them on this map; 1 in wormholes and elsewhere off the map"
        in (await stage.ask("heatmap galaxy")).text
    )


# By filter


async def test_a_search_lists_what_meets_it(stage: Stage) -> None:
    await stage.wiring.take(
        mail(1, 200, "B1", "A1", "A2", system=AMAMAKE, isk=1.5e9),
        mail(2, 201, "B2", "A1", system=JITA, isk=1e6),
        mail(3, 202, "B3", "npc", system=AMAMAKE, isk=2e9, hull=None),
    )
    answer = await stage.ask("kill search", filter="system:Amamake isk>1b")
    assert not answer.ephemeral
    assert "last 24 hours" in answer.text
    assert "worth" in answer.text, "what was asked, in words"
    assert answer.text.index("Unknown hull") < answer.text.index("Rifter"), "the latest first"
    assert "zkillboard.com/kill/1/" in answer.text
    assert "zkillboard.com/kill/2/" not in answer.text
    assert "1.50B ISK" in answer.text
    assert r"Vex \*Rourke\*" in answer.text
    assert "and 1 other" in answer.text
    assert "03:20 EVE" in answer.text
    assert "2 kills" in answer.text
    private = await stage.ask("kill search", filter="system:Jita", private=True)
    assert private.ephemeral
    assert "1 kill" in private.text


async def test_a_search_says_when_and_where_nothing_was_found(stage: Stage) -> None:
    empty = await stage.ask("kill search", filter="system:Jita")
    assert "I have not stored any kill yet" in empty.text
    await stage.wiring.take(mail(1, 200, "B1", "A1", system=AMAMAKE))
    answer = await stage.ask("kill search", filter="system:Jita", hours=2)
    assert "Jita" in answer.text
    assert "last 2 hours" in answer.text
    assert "Nothing that I have stored meets this" in answer.text
    assert "The earliest kill that I have is of 03:20 EVE" in answer.text


async def test_a_filter_that_is_none_is_explained(stage: Stage) -> None:
    answer = await stage.ask("kill search", filter="sistem:Jita")
    answer = await stage.discord.settle(answer.interaction_id, followups=1)
    assert "system" in answer.text
    assert stage.discord.messages(stage.channel.id) == []


async def test_pages_of_a_search_stay_over_a_restart_and_new_kills(stage: Stage) -> None:
    await stage.wiring.take(*(mail(n, 180 + n, "B1", "A1", system=AMAMAKE) for n in range(1, 13)))
    first = await stage.slash("kill search", filter="system:Amamake")
    assert "Page 1 of 2" in first.text
    assert "zkillboard.com/kill/12/" in first.text
    assert first.message is not None
    await stage.restart()
    stage.clock.advance(minutes=5)
    late = mail(13, 195, "B1", "A1", system=AMAMAKE)
    await stage.wiring.take(arrival(late, stage.clock()))
    second = await stage.press(first.message, "Next")
    assert "Page 2 of 2" in second.text
    assert "zkillboard.com/kill/2/" in second.text
    assert "zkillboard.com/kill/3/" not in second.text
    stage.clock.advance(days=8)
    await stage.ask("kill search", filter="system:Jita")
    old = await stage.press(first.message, "Back")
    assert "too old to be turned" in old.text


async def test_a_heatmap_of_what_meets_a_filter(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    undraw(monkeypatch)
    await stage.wiring.take(
        mail(1, 200, "B1", "A1", system=AMAMAKE, isk=1e8),
        mail(2, 201, "B2", "A1", system=JITA, isk=9e9),
    )
    answer = await stage.ask("heatmap galaxy", filter="isk>1b")
    assert "**1 kill**" in answer.text
    assert "Jita" in answer.text
    assert "Amamake" not in answer.text
    nothing = await stage.ask("heatmap galaxy", filter="isk>1t")
    assert "Nothing that I heard of in this time meets that" in nothing.text


async def test_a_dry_run_counts_shows_and_names_the_latest(stage: Stage) -> None:
    await stage.wiring.take(
        *(
            mail(n, 2 * n, "B1", "A1", system=AMAMAKE if n % 4 else JITA, isk=1e9)
            for n in range(1, 100)
        )
    )
    answer = await stage.slash("alert try", filter="system:Amamake", days=1)
    assert answer.ephemeral
    assert "**75 matches** of 99 kills in the last 24 hours" in answer.text
    assert "about 551 a day" in answer.text
    assert "That is too much for a channel" in answer.text
    assert "isk>1b" in answer.text
    assert "a rough guess" in answer.text
    assert answer.text.count("zkillboard.com/kill/") == 5
    assert answer.text.index("kill/99/") < answer.text.index("kill/98/")
    assert answer.message is not None
    (file,) = answer.message.attachments
    assert Image.open(io.BytesIO(file.content)).size == (1200, 720)
    assert file.description is not None
    assert "75 matches" in file.description
    few = await stage.slash("alert try", filter="system:Jita isk>100b", days=30)
    assert "This would have posted nothing" in few.text
    assert "too much" not in few.text
