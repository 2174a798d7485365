"""Somebody as people name them, through the real services."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import discord
import pytest

from bot.interaction.backdrop import Backdrop
from bot.interaction.entities import entity_choices, find_entity
from bot.presentation.card import Card
from bot.presentation.lexicon import Lexicon
from services.container import Services
from services.domain.errors import UnknownName, UserError
from services.domain.ids import SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.names import EntityKind, NameBook
from services.domain.sovereignty import Claim
from services.sovereignty.store import save_claims
from tests.wiring import universe, wired

ALLIANCE, CORPORATION, CHARACTER = EntityKind
UNCLAIMED = Claim(system_id=SystemId(30004760), holder=None)
BOTH = [(98_000_001, "corporation", "Vex", "VX"), (90_000_009, "character", "VEX", None)]


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    async with wired(tmp_path) as wiring:
        await wiring.services.names.seed(BOTH)
        yield wiring.services


async def test_what_is_offered_can_be_chosen(services: Services) -> None:
    choices = await entity_choices(services, "a", EntityKind)
    assert [choice.name for choice in choices] == [
        "Alpha Pact [ALPHA] (alliance)",
        "Ana Kaseros (pilot)",
    ]
    for choice in choices:
        chosen = await find_entity(services, choice.value, EntityKind)
        assert chosen.name.name in choice.name
    assert await entity_choices(services, "a", {CORPORATION}) == []
    long = [(98_000_002, "corporation", "x" * 200, "LONG")]
    await services.names.seed(long)
    (choice,) = await entity_choices(services, "[long]", EntityKind)
    assert len(choice.name) <= 100


async def test_who_holds_space_is_offered_before_who_holds_none(tmp_path: Path) -> None:
    """Of many of the same beginning, and behind whoever is called just as it was typed."""
    little = [(99_000_100 + n, "alliance", f"Goon {n:03}", None) for n in range(150)]
    great = [(99_000_001, "alliance", "Goonswarm Federation", "CONDI")]
    alliance = Organisation(99_000_001, OrganisationKind.ALLIANCE)
    held = (Claim(system_id=SystemId(30004759), holder=alliance), UNCLAIMED)
    async with wired(tmp_path) as wiring:
        services = wiring.services
        await services.names.seed([*little, *great])
        async with wiring.house.database.write() as tx:
            await save_claims(tx, held)
        offered = [choice.name for choice in await entity_choices(services, "goon", {ALLIANCE})]
        assert offered[:2] == ["Goonswarm Federation [CONDI] (alliance)", "Goon 000 (alliance)"]
        assert len(offered) == 25
        await services.names.seed([(99_000_300, "alliance", "Goon", None)])
        (just_so, holder, *_) = await entity_choices(services, "GOON", {ALLIANCE})
        assert (just_so.name, holder.name) == ("Goon (alliance)", offered[0])


async def test_by_name_by_ticker_and_by_link(services: Services) -> None:
    for text in ("alpha pact", "[ALPHA]", "https://zkillboard.com/alliance/99000065/"):
        assert (await find_entity(services, text, EntityKind)).id == 99_000_065
    assert (await find_entity(services, "vex", {CHARACTER})).id == 90_000_009


async def test_who_cannot_be_meant_is_told_why(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match="can mean 2 .a corporation and a pilot."):
        await find_entity(services, "vex", EntityKind)
    with pytest.raises(UserError, match="cannot be asked at the moment"):
        await find_entity(services, "<@1> nobody", EntityKind)
    resolve = services.names.resolve

    async def certain(text: str) -> object:
        import dataclasses

        return dataclasses.replace(await resolve(text), certain=True)

    monkeypatch.setattr(services.names, "resolve", certain)
    with pytest.raises(
        UnknownName, match="no alliance called “Alpa Pact”. Did you mean Alpha Pact"
    ):
        await find_entity(services, "Alpa Pact", {ALLIANCE})


def test_an_answer_says_how_many_names_are_on_their_way() -> None:
    def drawn(missing: set[int], footer: str | None = None) -> str | None:
        embed = discord.Embed(title="x")
        embed.set_footer(text=footer)
        lexicon = Lexicon(universe=universe(), names=NameBook({}, frozenset(missing)))
        now = datetime(2026, 11, 20, tzinfo=UTC)
        scene = Backdrop(lexicon=lexicon, now=now, zone=ZoneInfo("UTC"))
        return scene.finished(Card(embed=embed)).embed.footer.text

    assert drawn(set(), "as it was") == "as it was"
    assert drawn({1}) == "1 name is still being looked up: ask again in a moment"
    assert drawn({1, 2}, "Page 1") == (
        "Page 1 · 2 names are still being looked up: ask again in a moment"
    )
