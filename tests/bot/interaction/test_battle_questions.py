"""Questions about battles, as they stand in buttons."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.interaction.actions import custom_id
from bot.interaction.battle_questions import USUAL_FLOOR, BattleQuestion, HistoryQuestion
from bot.presentation.battles import LOSSES, MUTE, REPORT, SIDES, TIMELINE
from services.battles.ids import stem
from services.domain.battle import BattleKind
from services.domain.errors import UserError
from services.domain.ids import RegionId, SystemId
from services.domain.space import Space
from tests.wiring import universe

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SNOWFLAKE = 2**64 - 1


def maybe(strategy: st.SearchStrategy[int]) -> st.SearchStrategy[int | None]:
    return st.none() | strategy


QUESTIONS = st.builds(
    BattleQuestion,
    hours=st.integers(1, 72 + 366 * 24),
    region_id=maybe(st.integers(10_000_001, 19_999_999)),
    system_id=maybe(st.integers(30_000_001, 39_999_999)),
    entity_id=maybe(st.integers(1, 2**63 - 1)),
    space=st.none() | st.sampled_from(Space),
    kind=st.none() | st.sampled_from(BattleKind),
    min_kills=maybe(st.integers(2, 10_000)),
    min_isk=maybe(st.integers(1, 10**15)).map(lambda isk: None if isk is None else float(isk)),
    min_pilots=maybe(st.integers(2, 10_000)),
    min_capitals=maybe(st.integers(1, 10_000)),
)


@settings(max_examples=60)
@given(asked=QUESTIONS, page=st.integers(0, 9_999))
def test_a_question_comes_back_whole_and_fits_into_a_button(
    asked: BattleQuestion, page: int
) -> None:
    assert BattleQuestion.parse(str(asked)) == asked
    assert custom_id("battles", owner=SNOWFLAKE, state=f"{page}:{asked}")


def test_the_longest_id_of_a_battle_fits_into_every_button() -> None:
    longest = max((s.name for s in universe().systems.values()), key=len)
    battle = f"{stem(longest, NOW)}-9999"
    for action in (REPORT, TIMELINE, LOSSES, SIDES, MUTE):
        assert custom_id(action, owner=SNOWFLAKE, state=battle)
    for action in ("losses-again", "battle-fit"):
        assert custom_id(action, owner=SNOWFLAKE, state=f"9999999999:{battle}")
    for action in ("sides", "sides-to"):
        assert custom_id(action, owner=SNOWFLAKE, state=f"99:{battle},a{2**40}")


def test_questions_about_somebody_come_back_too() -> None:
    asked = HistoryQuestion(entity_id=99_000_065, days=30)
    assert HistoryQuestion.parse(str(asked)) == asked


def test_what_buttons_hold_of_kinds_and_spaces_never_changes() -> None:
    spaces = [str(BattleQuestion(hours=1, space=space)) for space in Space]
    assert spaces == [f"H1P{letter}" for letter in "hlnwpau"]
    kinds = {str(BattleQuestion(hours=1, kind=kind)): kind.value for kind in BattleKind}
    assert kinds == {
        "H1Tg": "gank",
        "H1Tt": "gate camp",
        "H1Tm": "smartbomb camp",
        "H1Tr": "roaming",
        "H1Ts": "skirmish",
        "H1Tl": "brawl",
        "H1Tb": "battle",
        "H1Tc": "capital brawl",
        "H1Tf": "structure fight",
        "H1Te": "eviction",
    }


@pytest.mark.parametrize("text", ["10000030,5,24", "24", "H", "K5 ", "h24", "Hö", "P3", "H5T9"])
def test_what_another_version_wrote_is_said_to_be_old(text: str) -> None:
    with pytest.raises(UserError, match="older version"):
        BattleQuestion.parse(text)
    with pytest.raises(UserError, match="older version"):
        HistoryQuestion.parse(text)


def test_small_fights_are_listed_where_the_question_is_narrow() -> None:
    wide = BattleQuestion(region_id=RegionId(10_000_030), space=Space.LOW)
    assert wide.floor == USUAL_FLOOR
    assert BattleQuestion(min_kills=2).floor == 2
    narrow = [
        BattleQuestion(system_id=SystemId(30_002_537)),
        BattleQuestion(entity_id=99_000_065),
        BattleQuestion(kind=BattleKind.GANK),
        BattleQuestion(min_isk=1e9),
        BattleQuestion(min_pilots=20),
        BattleQuestion(min_capitals=1),
    ]
    assert [asked.floor for asked in narrow] == [0] * len(narrow)


def test_every_part_is_searched_for() -> None:
    asked = BattleQuestion(
        hours=48,
        region_id=RegionId(1),
        system_id=SystemId(2),
        entity_id=3,
        space=Space.POCHVEN,
        kind=BattleKind.EVICTION,
        min_kills=4,
        min_isk=5.0,
        min_pilots=6,
        min_capitals=7,
    )
    search = asked.search(NOW, limit=8, offset=9)
    assert search.since == NOW - timedelta(hours=48)
    assert search.until is None
    told = (
        search.region_id, search.system_id, search.entity_id, search.space, search.kind, search.min_kills,
        search.min_isk, search.min_pilots, search.min_capitals, search.limit, search.offset,
    )  # fmt: skip
    assert told == (1, 2, 3, Space.POCHVEN, BattleKind.EVICTION, 4, 5.0, 6, 7, 8, 9)
