"""`/fw` as people meet it: the warzone as ESI and the website tell it, as it went, and when they say nothing."""

import io
from typing import Any

import pytest
from PIL import Image

from bot.presentation import colours
from services.domain.ids import GuildId
from services.rendering.errors import RenderError
from services.rendering.series import WIDTH
from services.rendering.service import HeatmapService
from tests.cogs.asking import message_of, refused
from tests.cogs.warzone import (
    AMAMAKE,
    AMARR,
    JITA,
    MINMATAR,
    SISEIDE,
    VARD,
    Front,
    advantage,
    insurgency,
    militia,
)
from tests.factories import mail
from tests.stage import Stage


@pytest.fixture
async def front(stage: Stage) -> Front:
    """A warzone that has been looked at for an hour and a half, and fought over."""
    played = Front(stage)
    played.website.status = [advantage(AMAMAKE, {AMARR: 30, MINMATAR: 12})]
    played.website.insurgency = [
        insurgency(VARD, {AMAMAKE: (3, 61.0, 1, 12.0), VARD: (5, 100.0, 0, 0.0)})
    ]
    await played.ask_the_others()
    for share in (0.40, 0.42, 0.44, 0.46):
        await played.answer({AMAMAKE: (MINMATAR, AMARR, share)})
    await stage.wiring.take(
        mail(1, 325, "B1", "A1", "A2", system=AMAMAKE),
        mail(2, 100, "B1", "A1", system=AMAMAKE),
        mail(3, 320, "B1", "A1", system=JITA),
    )
    return played


async def test_the_warzones_at_a_glance(front: Front) -> None:
    stage = front.stage
    await stage.services.guilds.set_time_zone(GuildId(stage.guild.id), "Europe/Berlin")
    await front.answer({SISEIDE: (MINMATAR, AMARR, 0.0)})
    answer = await stage.ask("fw status")
    assert not answer.ephemeral
    for words in (
        "6 systems",
        "1 flip since",
        "2 kills that I know of in the warzone",
        "Amarr-Minmatar warzone",
        "**Amarr Empire** 4 systems\N{NO-BREAK SPACE}· took 1, lost 0",
        "**Minmatar Republic** 1 system\N{NO-BREAK SPACE}· took 0, lost 1",
        "Amamake",
        "contested **46.0%**",
        "Caldari-Gallente warzone",
        "Insurgency of Angel Cartel from Vard",
        "2 systems\N{NO-BREAK SPACE}· 1 lawless\N{NO-BREAK SPACE}· 0 suppressed",
        "as of 06:00 EVE (07:00 CET)",
    ):
        assert words in answer.text, words
    assert "stale" not in answer.text.replace("Insurgencies: **stale", "")


async def test_one_militia(front: Front) -> None:
    answer = await front.stage.ask("fw status", faction=MINMATAR, private=True)
    assert answer.ephemeral
    for words in (
        "Minmatar Republic",
        "against Amarr Empire",
        "holds **2 systems**",
        "2 frontline",
        "0 of them owned by the enemy; 2 systems of its own held by the enemy",
        "321 kills the day before",
        "654,321 victory points",
        "+4.0\N{NO-BREAK SPACE}points/h",
    ):
        assert words in answer.text, words
    assert answer.text.index("Auga") < answer.text.index("Amamake"), "its own before the enemy's"
    assert "Tama" not in answer.text


async def test_hotspots_tell_kills_beside_shares(front: Front) -> None:
    answer = await front.stage.ask("fw hotspots")
    first = answer.text.index("Amamake")
    assert first < answer.text.index("Auga") < answer.text.index("Vard")
    told = answer.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "2 kills, 3 pilots in 24 h · 1 kill, 3 pilots in 1 h" in told
    assert "no known kills in 24 h" in told
    assert "Kills: stored for " in told
    assert "see above" in answer.text
    assert "Kourmonen" not in answer.text, "neither contested nor moving"


async def test_all_of_one_system(front: Front) -> None:
    answer = await front.stage.ask("fw system", system="https://evemaps.dotlan.net/system/Amamake")
    for words in (
        "Amamake: contested 46.0%",
        "Held by **Amarr Empire**, owned by Minmatar Republic",
        "**Frontline**: a gate leads to a system that an enemy occupies",
        "34,500 of 75,000 victory points",
        "+4.0\N{NO-BREAK SPACE}points/h over 1\N{NO-BREAK SPACE}h",
        "unknown over 24\N{NO-BREAK SPACE}h",
        "Amarr Empire **30** (terrain 5, dynamic 25)",
        "Minmatar Republic **12** (terrain 5, dynamic 7)",
        "Angel Cartel from Vard: corruption **3** of 5 (61%), suppression **1** of 5 (12%)",
        "Siseide",
    ):
        assert words in answer.text, words
    labels = [part["label"] for row in message_of(answer).components for part in row["components"]]
    assert labels == ["DOTLAN", "zKillboard"]
    vard = await front.stage.ask("fw system", system="Vard")
    assert "Unknown: the website of the game has not said" in vard.text
    assert "**lawless**" in vard.text


async def test_a_vulnerable_system_says_so(front: Front) -> None:
    await front.answer({AMAMAKE: (MINMATAR, AMARR, 1.0)})
    answer = await front.stage.ask("fw system", system="Amamake")
    assert "Amamake: vulnerable" in answer.text
    assert message_of(answer).embeds[0]["color"] == colours.WARNING


async def test_one_that_was_probably_taken_says_so_until_somebody_is_named(front: Front) -> None:
    await front.answer({AMAMAKE: (MINMATAR, AMARR, 1.0)})
    await front.answer({AMAMAKE: (MINMATAR, AMARR, 0.0)})
    reset = int(front.stage.clock().timestamp())
    await front.answer()
    answer = await front.stage.ask("fw system", system="Amamake")
    assert "Amamake: probably taken" in answer.text
    assert f"**Probably taken** <t:{reset}:R>" in answer.text
    assert "ESI still names Amarr Empire" in answer.text
    assert "reset to 0, **probably taken**" in answer.text
    assert message_of(answer).embeds[0]["color"] == colours.WARNING
    for command in ("fw hotspots", "fw status"):
        assert "reset to 0, **probably taken**" in (await front.stage.ask(command)).text
    await front.answer({AMAMAKE: (MINMATAR, MINMATAR, 0.01)})
    answer = await front.stage.ask("fw system", system="Amamake")
    assert "Amamake: contested 1.0%" in answer.text
    assert "took it from Amarr Empire, reset 1 h before" in answer.text


async def test_what_is_not_in_the_warzone(front: Front) -> None:
    stage = front.stage
    jita = await refused(stage, await stage.ask("fw system", system="Jita"))
    assert "Jita is not in the warzone" in jita
    assert "Nearest of it: Tama (4 jumps)" in jita
    wormhole = await refused(stage, await stage.ask("fw system", system="J105951"))
    assert "is not in the warzone" in wormhole
    assert "Nearest" not in wormhole
    assert "I know no system called" in (await stage.ask("fw system", system="Amamakistan")).text


async def test_before_esi_has_answered(stage: Stage) -> None:
    for command, options in (
        ("fw status", {}),
        ("fw status", {"faction": AMARR}),
        ("fw stats", {}),
        ("fw flips", {}),
    ):
        answer = await stage.ask(command, **options)
        assert "known" in answer.text
        assert "0 systems" not in answer.text, command
        assert "None is contested" not in answer.text
    for command, asked in (("fw hotspots", {}), ("fw system", {"system": "Amamake"})):
        told = await refused(stage, await stage.ask(command, **asked))
        assert "ESI has not answered" in told


async def test_what_is_stale_is_said_before_anything_else(front: Front) -> None:
    stage = front.stage
    stage.clock.advance(hours=4)
    for command, options in STALE:
        answer = await stage.ask(command, **options)
        embed = message_of(answer).embeds[0]
        assert embed["description"].startswith("⚠ ESI says nothing new: **stale since"), command
        assert embed["color"] == colours.WARNING
    assert "No estimate when it turns: this is stale" in answer.text
    assert "**stale since" in (await stage.ask("fw flips")).text


STALE: list[tuple[str, dict[str, Any]]] = [
    ("fw status", {}),
    ("fw status", {"faction": AMARR}),
    ("fw hotspots", {}),
    ("fw system", {"system": "Amamake"}),
]


async def test_the_mirror_and_a_website_that_fell_silent_are_named(front: Front) -> None:
    stage = front.stage
    front.website.mirror = True
    stage.clock.advance(minutes=20)
    await front.ask_the_others()
    mirrored = await stage.ask("fw system", system="Amamake")
    assert "from EVE Ref" in mirrored.text
    front.website.fault = "403"
    for _ in range(4):
        await front.answer()
        await front.ask_the_others()
    answer = await stage.ask("fw system", system="Amamake")
    assert "Amarr Empire **30**" in answer.text, "the last good copy is kept"
    assert "**stale since" in answer.text
    assert not message_of(answer).embeds[0]["description"].startswith("⚠"), "ESI goes on"


async def test_flips_by_pages(front: Front) -> None:
    stage = front.stage
    for turn in range(13):
        holder = MINMATAR if turn % 2 else AMARR
        await front.answer({SISEIDE: (MINMATAR, holder, 0.0)})
    answer = await stage.ask("fw flips", days=2)
    assert "Page 1 of 2 · 13 flips" in answer.text
    assert "**Amarr** took 7, lost 6" in answer.text
    assert "I have looked since" in answer.text
    assert "**Amarr Empire** took it from Minmatar Republic" in answer.text
    await stage.restart()
    second = await stage.press(message_of(answer), "Next", stage.member)
    assert "Page 2 of 2" in message_of(second).text
    stage.clock.advance(hours=40)
    none = await stage.ask("fw flips", days=1)
    assert "No system changed hands that I know of" in none.text


async def test_the_militias_over_time(front: Front) -> None:
    stage = front.stage
    await front.answer({SISEIDE: (MINMATAR, AMARR, 0.0)})
    stage.clock.advance(days=1)
    front.esi.answers["/fw/stats"] = [militia(AMARR, kills=79), militia(MINMATAR)]
    await front.ask_the_others()
    answer = await stage.ask("fw stats", days=3)
    (file,) = message_of(answer).attachments
    assert Image.open(io.BytesIO(file.content)).width == WIDTH
    assert "systems held" in (file.description or "")
    for words in (
        "**4 systems** (+1 since <t:",
        "**400 kills** and **1,308,642** victory points in 2 days",
        "79 kills",
        "Kills and points are known of 2 days of 3",
        "**0 systems** (as many since <t:",
    ):
        assert words in answer.text, words
    assert "in this time" not in answer.text, "what was before is not known"
    short = await stage.ask("fw stats", days=1)
    assert "(as at the beginning)" in short.text
    assert "**79 kills** and **654,321** victory points in 1 day" in short.text


async def test_figures_without_their_picture(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_given: object) -> bytes:
        raise RenderError("no font")

    monkeypatch.setattr(HeatmapService, "series", fail)
    answer = await front.stage.ask("fw stats")
    assert message_of(answer).attachments == []
    assert "The picture could not be drawn" in answer.text
    assert "**321 kills**" in answer.text


async def test_the_map_of_one_warzone_or_both(front: Front) -> None:
    for warzone, private in ((-1, False), (1, True)):
        answer = await front.stage.ask("fw map", warzone=warzone, private=private)
        assert answer.ephemeral is private
        (file,) = message_of(answer).attachments
        assert Image.open(io.BytesIO(file.content)).width <= 1600
