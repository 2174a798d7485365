"""Who is ahead by ISK: what cards and histories say alike."""

from dataclasses import replace

import pytest

from services.battles.summary import summarise
from services.domain.battle import Battle, BattleState, Side, ahead
from services.domain.ids import BattleKey
from services.domain.isk import IskSum
from tests.factories import mail
from tests.services.newsroom import ATLAS


@pytest.fixture
def fought() -> Battle:
    """Two against two, a loss each; a third party of one who lost something too."""
    mails = [
        mail(1, 0, "A1", "B1", "B2", isk=1e6),
        mail(2, 1, "B1", "A1", "A2", isk=1e6),
        mail(3, 2, "C1", "A1", "B2", isk=1e6),
    ]
    return summarise(
        mails, key=BattleKey(1), public_id="BR-A", state=BattleState.ENDED, atlas=ATLAS
    )


def having_lost(battle: Battle, *lost: IskSum) -> Battle:
    """The same with other losses: of both main sides, then of the third."""
    sides = tuple(replace(s, isk_lost=isk) for s, isk in zip(battle.sides, lost, strict=True))
    total = sum(lost, IskSum())
    return replace(battle, sides=sides, isk_destroyed=total, certainty=1.0)


NOTHING = IskSum()


@pytest.mark.parametrize(
    ("lost", "leader", "share", "exact"),
    [
        pytest.param((IskSum(isk=1e6), IskSum(isk=3e6)), 0, 0.75, True, id="known"),
        pytest.param((IskSum(isk=3e6), IskSum(isk=0)), 1, 1.0, True, id="lost nothing"),
        pytest.param(
            (IskSum(isk=1e6), IskSum(isk=3e6, unpriced=2)), 0, 0.75, False, id="unknown behind"
        ),
    ],
)
def test_the_one_who_lost_less_is_ahead(
    fought: Battle, lost: tuple[IskSum, IskSum], leader: int, share: float, exact: bool
) -> None:
    battle = having_lost(fought, *lost, NOTHING)
    found = ahead(battle)
    assert found is not None
    assert (found.side, found.share, found.exact) == (battle.sides[leader], share, exact)
    assert not found.is_even


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param((IskSum(isk=1e6, unpriced=1), IskSum(isk=9e6), NOTHING), id="might turn"),
        pytest.param((IskSum(isk=1e6), IskSum(isk=1.1e6, unpriced=1), NOTHING), id="too close"),
        pytest.param((IskSum(isk=1e6), IskSum(isk=3e6), IskSum(isk=1e6)), id="a third lost much"),
        pytest.param((NOTHING, NOTHING, NOTHING), id="nothing lost"),
    ],
)
def test_else_nobody_can_say(fought: Battle, lost: tuple[IskSum, IskSum, IskSum]) -> None:
    assert ahead(having_lost(fought, *lost)) is None


def test_nearly_the_same_is_even(fought: Battle) -> None:
    found = ahead(having_lost(fought, IskSum(isk=46.0), IskSum(isk=54.0), NOTHING))
    assert found is not None
    assert found.is_even


def test_unclear_sides_have_nobody_ahead_until_a_server_says_how_they_stood(fought: Battle) -> None:
    battle = replace(having_lost(fought, IskSum(isk=1.0), IskSum(isk=3.0), NOTHING), certainty=0.5)
    assert ahead(battle) is None
    first, *others = battle.sides
    by_hand = replace(battle, sides=(marked(first), *others))
    assert by_hand.is_clear
    assert ahead(by_hand) is not None


def marked(side: Side) -> Side:
    first, *others = side.parties
    return replace(side, parties=(replace(first, moved=True), *others))
