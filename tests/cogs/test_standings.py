"""`/standing`: who is us, friend or foe."""

import pytest

from services.domain.ids import GuildId
from services.domain.standing import Standing
from tests.cogs.asking import fill, message_of
from tests.fakes.discord import permissions
from tests.stage import Stage

REFUSED = "You need the permission Manage Channels"
ALPHA, BETA, ANA, CALDARI = 99_000_065, 99_000_066, 90_065_001, 500_001


async def marks(stage: Stage) -> dict[int, Standing]:
    found = await stage.services.standings.all_of(GuildId(stage.guild.id))
    return {mark.entity_id: mark.standing for mark in found}


async def test_many_are_marked_at_once_and_the_others_are_told(stage: Stage) -> None:
    answer = await stage.slash(
        "standing add",
        **{"as": "foe", "names": "alpha pact, [BETA], Alfa Pct, Caldari State, Ana Kaseros"},
    )
    assert answer.ephemeral
    assert "4 marked as foe" in answer.text
    assert "[Alpha Pact](https://zkillboard.com/alliance/99000065/)" in answer.text
    assert "Not taken: 1" in answer.text
    assert "“Alfa Pct”" in answer.text
    foe = Standing.FOE
    assert await marks(stage) == {ALPHA: foe, BETA: foe, CALDARI: foe, ANA: foe}
    again = await stage.slash("standing add", **{"as": "us", "names": "Alpha Pact"})
    assert "1 marked as us" in again.text
    assert (await marks(stage))[ALPHA] is Standing.US
    nobody = await stage.slash("standing add", **{"as": "us", "names": "Nobody at all"})
    assert "Nothing is changed" in nobody.text
    assert len(await marks(stage)) == 4


async def test_long_lists_are_pasted_into_a_form(stage: Stage) -> None:
    opened = await stage.slash("standing add", **{"as": "friend"})
    assert opened.modal is not None
    await stage.restart()
    answer = await fill(
        stage, opened, names="Alpha Pact\nhttps://zkillboard.com/alliance/99000066/\n\nWho?"
    )
    assert answer.ephemeral
    assert "2 marked as friend" in answer.text
    assert "“Who?”" in answer.text
    assert await marks(stage) == {ALPHA: Standing.FRIEND, BETA: Standing.FRIEND}
    opened = await stage.slash("standing remove")
    gone = await fill(stage, opened, names="alpha pact\nBeta Union")
    assert "2 not marked any more" in gone.text
    assert await marks(stage) == {}


async def test_the_list_has_heads_and_pages(stage: Stage) -> None:
    assert "Nobody is marked" in (await stage.slash("standing list")).text
    await stage.slash("standing add", **{"as": "us", "names": "Alpha Pact"})
    corporations = ",".join(f"corp:C{number}" for number in range(40))
    seeds = [(98_000_100 + n, "corporation", f"C{n}", f"T{n}") for n in range(40)]
    await stage.services.names.seed(seeds)
    await stage.slash("standing add", **{"as": "foe", "names": corporations})
    message = message_of(await stage.slash("standing list"))
    assert message.ephemeral
    assert "**Us**\n- [Alpha Pact]" in message.text
    assert "**Foes**" in message.text
    assert "Page 1 of 2 · 41 marks" in message.text
    await stage.restart()
    await stage.press(message, "Next")
    assert "Page 2 of 2" in message.text


async def test_those_marked_are_offered_for_removal(stage: Stage) -> None:
    await stage.slash("standing add", **{"as": "us", "names": "Alpha Pact, Caldari State"})
    offered = await stage.discord.autocomplete(
        "standing remove",
        channel_id=stage.channel.id,
        user_id=stage.manager.id,
        option="names",
        text="cald",
    )
    assert [choice["name"] for choice in offered] == ["Caldari State (faction)"]
    gone = await stage.slash("standing remove", names=offered[0]["value"])
    assert "1 not marked any more" in gone.text
    assert await marks(stage) == {ALPHA: Standing.US}
    none = await stage.slash("standing remove", names="Beta Union")
    assert "Nothing is changed" in none.text
    assert "is not marked here" in none.text
    added = await stage.typed("standing add", "names", "alph", options={"as": "us"})
    assert added == ["Alpha Pact [ALPHA] (alliance)"]


async def test_what_a_change_does_to_alerts_is_told(stage: Stage) -> None:
    await stage.slash("standing add", **{"as": "us", "names": "Alpha Pact"})
    await stage.slash("alert add kills", preset="our losses", name="Losses")
    await stage.slash("alert add kills", filter="victim:us or region:Heimatar", name="Either")
    assert "can match nothing" not in (await stage.slash("alert why", alert="1")).text
    moved = await stage.slash("standing add", **{"as": "foe", "names": "Alpha Pact"})
    assert "(alliance, was us)" in moved.text
    assert "**#1 Losses** It asks for us, and nobody is marked so" in moved.text
    assert "#2" not in moved.text, "it can still match by its other part"
    why = await stage.slash("alert why", alert="1")
    assert "**Standings** It asks for us, and nobody is marked so: it can match nothing" in why.text
    await stage.slash("standing add", **{"as": "us", "names": "Alpha Pact"})
    gone = await stage.slash("standing remove", names="Alpha Pact")
    assert "was us)" in gone.text
    assert "**#1 Losses** It asks for us" in gone.text
    assert "**#2 Either** It asks who is us, friend or foe, and nobody is marked" in gone.text
    assert "nobody is marked: everybody counts" in (await stage.slash("alert why", alert="2")).text
    again = await stage.slash("standing remove", names="Alpha Pact")
    assert "#1" not in again.text


async def test_strangers_may_not_mark_anybody(stage: Stage) -> None:
    for command, options in [
        ("standing add", {"as": "us", "names": "Alpha Pact"}),
        ("standing add", {"as": "us"}),
        ("standing remove", {"names": "Alpha Pact"}),
        ("standing list", {}),
    ]:
        answer = await stage.ask(command, **options)
        assert answer.ephemeral
        assert REFUSED in answer.text
    opened = await stage.slash("standing add", **{"as": "us"})
    demoted = await stage.discord.submit_modal(
        opened.interaction_id,
        values={"names": "Alpha Pact"},
        member_permissions=permissions.EVERYONE_DEFAULT,
    )
    assert REFUSED in demoted.text
    assert await marks(stage) == {}


@pytest.mark.parametrize("text", [",;", "\n"])
async def test_a_list_without_names_is_told(stage: Stage, text: str) -> None:
    answer = await stage.slash("standing add", **{"as": "us", "names": text})
    assert "no name in that" in answer.text
