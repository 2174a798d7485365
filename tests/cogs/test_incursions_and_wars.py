"""`/incursion` and `/war`."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.interaction.war_answers import WarQuestion
from services.domain.errors import UserError
from services.domain.ids import ConstellationId, FactionId, SystemId, WarId
from services.domain.incursion import Incursion
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.war import Belligerent, War
from services.incursions.rules import Followed
from services.incursions.source import NAME
from services.incursions.store import save_followed
from services.polling.store import PollState, save_poll
from services.wars.rules import Bounds
from services.wars.store import save_bounds, save_war
from tests.cogs.asking import message_of, refused
from tests.stage import Stage

ALPHA = Organisation(99_000_065, OrganisationKind.ALLIANCE)
BETA = Organisation(99_000_066, OrganisationKind.ALLIANCE)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


async def keep_wars(stage: Stage, *numbers: int, **fields: object) -> None:
    now = stage.clock()
    async with stage.wiring.house.database.write() as tx:
        await save_bounds(tx, Bounds(WarId(1), WarId(1)), now=now)
        for number in numbers:
            made = War(
                id=WarId(number),
                declared=now - 3 * DAY,
                started=now - 2 * DAY,
                finished=None,
                retracted=None,
                mutual=False,
                open_for_allies=False,
                aggressor=Belligerent(party=BETA, ships_killed=3, isk_destroyed=5e9),
                defender=Belligerent(party=ALPHA, ships_killed=9, isk_destroyed=8e9),
                allies=(),
                fetched=now,
            )
            await save_war(tx, replace(made, **fields), due_at=None)  # type: ignore[arg-type]


async def test_incursions_are_listed_with_their_age(stage: Stage) -> None:
    assert "nothing known yet" in (await stage.ask("incursion list")).text
    now = stage.clock()
    tama = Incursion(
        key="20000387:1",
        constellation_id=ConstellationId(20000387),
        faction_id=FactionId(500_019),
        staging_id=SystemId(30002813),
        systems=(SystemId(30002813), SystemId(30002812)),
        state="mobilizing",
        influence=0.4,
        has_boss=True,
        first_seen=now - DAY,
        seen=now,
        state_since=now - HOUR,
    )
    async with stage.wiring.house.database.write() as tx:
        await save_followed(tx, [Followed(incursion=tama)])
        pace = timedelta(minutes=5)
        state = PollState(name=NAME, pace=pace, checked_at=now, at=now, due_at=now + pace)
        await save_poll(tx, state)
    answer = await stage.ask("incursion list", near="Amarr")
    assert not answer.ephemeral
    assert "[Tama](https://evemaps.dotlan.net/system/Tama)" in answer.text
    assert "**mobilizing** for 1 h" in answer.text
    assert "jumps from Amarr" in answer.text
    assert "stale" not in answer.text
    stage.clock.advance(hours=1)
    private = await stage.ask("incursion list", private=True)
    assert private.ephemeral
    assert "stale since 03:35 EVE" in private.text
    assert "Did you mean" in (await stage.ask("incursion list", near="Jitta")).text


async def test_a_war_by_number_link_or_name(stage: Stage) -> None:
    await keep_wars(stage, 712345)
    for asked in (
        "712345",
        "#712345",
        "war 712345",
        "https://zkillboard.com/war/712345/",
        "[ALPHA]",
    ):
        answer = await stage.ask("war show", war=asked)
        assert "Beta Union against Alpha Pact" in answer.text, asked
        assert "**8.00B ISK** destroyed" in answer.text
    await keep_wars(stage, 712346)
    several = await stage.ask("war show", war="Alpha Pact", private=True)
    assert several.ephemeral
    assert "Wars of Alpha Pact" in several.text
    assert "war 712345" in several.text
    assert "war 712346" in several.text
    unknown = await refused(stage, await stage.ask("war show", war="7"))
    assert "I have not seen war 7, and the game cannot be asked" in unknown
    nobody = await refused(stage, await stage.ask("war show", war="Nobody here"))
    assert "I have not seen “Nobody here” yet" in nobody
    assert await stage.typed("war show", "war", "alph") == ["Alpha Pact [ALPHA] (alliance)"]


async def test_wars_are_listed_by_pages(stage: Stage) -> None:
    assert "Nobody is marked as us or friend here" in (await stage.ask("war list")).text
    assert "I have read no wars yet" in (await stage.ask("war list", who="Alpha Pact")).text
    await keep_wars(stage, *range(100, 107))
    await keep_wars(stage, 99, finished=stage.clock() - HOUR)
    await stage.slash("standing add", **{"as": "foe", "names": "Beta Union"})
    assert "Nobody is marked" in (await stage.ask("war list")).text
    await stage.slash("standing add", **{"as": "friend", "names": "Alpha Pact"})
    ours = message_of(await stage.slash("war list"))
    assert "Wars of us and our friends" in ours.text
    assert "Page 1 of 2 · 7 wars · known from" in ours.text
    assert "war 106" in ours.text
    await stage.restart()
    await stage.press(ours, "Next")
    assert "war 100" in ours.text
    assert "war 99" not in ours.text
    every = message_of(await stage.slash("war list", who="Beta Union", finished=True))
    assert "All wars of Beta Union" in every.text
    await stage.press(every, "Next")
    assert "**Over**" in every.text


@pytest.mark.parametrize("question", ["x99000065", "a", "a1fx"])
def test_a_list_of_another_version_says_so(question: str) -> None:
    with pytest.raises(UserError, match="older version"):
        WarQuestion.parse(question)
    for asked in (WarQuestion(), WarQuestion(party=ALPHA, finished=True)):
        assert WarQuestion.parse(str(asked)) == asked
