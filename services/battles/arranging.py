"""Sides put right by hand: what the members of one server said of a fight, laid over what was solved.

The moves are taken in the order in which they were made. A party goes to the side that holds the one it fought beside,
as that side then stands, or to a side of its own. A move of which either party is not (or no longer) in the battle
does nothing. What was solved is never solved anew for it: nobody else changes sides.
"""

from collections.abc import Iterable, Mapping

from services.domain.battle import SideMove
from services.domain.killmail import Organisation

Arranged = tuple[Mapping[Organisation, int], frozenset[Organisation]]
"""The side of each party, and those whom a move left elsewhere than where they were solved to be."""


def arrange(solved: Mapping[Organisation, int], moves: Iterable[SideMove]) -> Arranged:
    """Lay the moves over the solved sides. A side that a move opens has a number that no other has."""
    of = dict(solved)
    moved: set[Organisation] = set()
    fresh = max(of.values(), default=-1) + 1
    for move in sorted(moves, key=lambda move: move.at):
        beside = move.beside
        if move.party not in of or (beside is not None and beside not in of):
            continue
        if beside is None:
            of[move.party], fresh = fresh, fresh + 1
        elif beside != move.party:
            of[move.party] = of[beside]
        moved.add(move.party)
    return of, frozenset(party for party in moved if not _same(of, solved, party))


def _same(
    of: Mapping[Organisation, int], solved: Mapping[Organisation, int], party: Organisation
) -> bool:
    """Whether a party stands among exactly those it was solved to stand among."""
    return _company(of, party) == _company(solved, party)


def _company(of: Mapping[Organisation, int], party: Organisation) -> set[Organisation]:
    return {other for other, side in of.items() if side == of[party]}
