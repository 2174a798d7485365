"""Moves by hand, laid over the solved sides."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.battles.arranging import arrange, let_go
from services.domain.battle import SideMove
from services.domain.ids import UserId
from services.domain.killmail import Organisation
from tests.factories import MIDNIGHT, party

SOLVED = {party("A1"): 0, party("B1"): 0, party("X1"): 1, party("Y1"): 1, party("V1"): 2}


def move(minute: int, name: str, beside: str | None = None) -> SideMove:
    return SideMove(
        party=party(name),
        beside=None if beside is None else party(beside),
        by=UserId(1),
        at=MIDNIGHT + timedelta(minutes=minute),
    )


def arranged(*moves: SideMove) -> tuple[list[str], str]:
    """The sides by the letters of their parties, and who counts as moved."""
    of, moved = arrange(SOLVED, moves)
    groups: dict[int, str] = {}
    for letter in "ABVXY":
        side = of[party(f"{letter}1")]
        groups[side] = groups.get(side, "") + letter
    return sorted(groups.values()), letters(moved)


def letters(parties: frozenset[Organisation]) -> str:
    return "".join(letter for letter in "ABVXY" if party(f"{letter}1") in parties)


def test_nothing_moved_nothing_changes():
    assert arranged() == (["AB", "V", "XY"], "")


def test_beside_another_and_out_on_its_own():
    assert arranged(move(1, "V1", "X1")) == (["AB", "VXY"], "V")
    assert arranged(move(1, "B1")) == (["A", "B", "V", "XY"], "B")
    assert arranged(move(1, "B1"), move(2, "X1")) == (["A", "B", "V", "X", "Y"], "BX")


def test_moves_are_taken_in_the_order_of_their_times():
    """V goes to A's side, which then loses A to the other: V stays where it went."""
    moves = [move(2, "A1", "X1"), move(1, "V1", "A1")]
    assert arranged(*moves) == (["AXY", "BV"], "AV")
    assert arranged(move(1, "A1", "X1"), move(2, "V1", "A1")) == (["AVXY", "B"], "AV")


def test_who_is_not_in_the_battle_moves_nobody():
    assert arranged(move(1, "Z1", "A1"), move(2, "A1", "Z1")) == (["AB", "V", "XY"], "")


def test_moved_back_is_not_moved():
    assert arranged(move(1, "B1", "X1"), move(2, "B1", "A1")) == (["AB", "V", "XY"], "")
    assert arranged(move(1, "V1")) == (["AB", "V", "XY"], "")
    assert arranged(move(1, "A1", "A1")) == (["AB", "V", "XY"], "")


def test_who_was_left_alone_was_not_moved():
    """A's side is another without B, but nobody moved A."""
    assert arranged(move(1, "B1", "X1"))[1] == "B"


def test_who_was_put_beside_a_party_stays_when_that_moves_again():
    """First the one that opened the side with it, then those who joined them; unmoved company is preferred."""
    moves = [move(1, "B1"), move(2, "X1", "B1"), move(3, "Y1", "B1"), move(4, "V1", "B1")]
    assert arranged(*moves)[0] == ["A", "BVXY"]
    kept = let_go(SOLVED, moves, party("B1"))
    assert kept == (move(2, "X1"), move(3, "Y1", "X1"), move(4, "V1", "X1"))
    assert arranged(*kept, move(5, "B1", "A1"))[0] == ["AB", "VXY"]
    joined = [move(1, "B1", "X1"), move(2, "V1", "B1"), move(3, "A1", "V1")]
    assert let_go(SOLVED, joined, party("B1"))[0] == move(2, "V1", "X1")
    assert let_go(SOLVED, joined, party("V1")) == (joined[0], move(3, "A1", "X1")), "B was moved"


def companies(of, without: Organisation) -> set[frozenset[Organisation]]:
    found: dict[int, set[Organisation]] = {}
    for member, side in of.items():
        if member != without:
            found.setdefault(side, set()).add(member)
    return {frozenset(group) for group in found.values()}


_names = st.sampled_from(["A1", "B1", "V1", "X1", "Y1", "Z1"])


@given(drawn=st.lists(st.tuples(_names, st.none() | _names), max_size=6))
def test_every_party_keeps_a_side_and_the_last_move_holds(drawn):
    moves = [move(minute, name, beside) for minute, (name, beside) in enumerate(drawn)]
    of, moved = arrange(SOLVED, moves)
    assert of.keys() == SOLVED.keys()
    assert moved <= {one.party for one in moves}
    if drawn and "Z1" not in drawn[-1] and (beside := drawn[-1][1]) is not None:
        assert of[party(drawn[-1][0])] == of[party(beside)]


@given(drawn=st.lists(st.tuples(_names, st.none() | _names), min_size=1, max_size=12))
def test_moving_a_party_moves_nobody_else(drawn):
    """Move after move, each party again and again, as `SidesService` keeps them."""
    kept: tuple[SideMove, ...] = ()
    for minute, (name, beside) in enumerate(drawn):
        if name == beside:
            continue
        before, _ = arrange(SOLVED, kept)
        new = move(minute, name, beside)
        kept = (*let_go(SOLVED, kept, new.party), new)
        after, _ = arrange(SOLVED, kept)
        assert companies(after, new.party) == companies(before, new.party)
        assert len({one.party for one in kept}) == len(kept)
        if name != "Z1":
            assert new.party not in {one.beside for one in kept}
            if beside is not None and beside != "Z1":
                assert after[new.party] == after[party(beside)]
