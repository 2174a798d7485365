"""Sides put right by hand: what the members of one server said of a fight, laid over what was solved.

The moves are taken in the order in which they were made. A party goes to the side that holds the one it fought beside,
as that side then stands, or to a side of its own. A move of which either party is not (or no longer) in the battle
does nothing. What was solved is never solved anew for it: nobody else changes sides.

A party has one move a battle, and a later one takes the place of the earlier. Whoever was put beside it meanwhile stays
where he is: before a party moves again, those moves are told by somebody else who stood there (`let_go`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from services.domain.battle import SideMove
from services.domain.killmail import Organisation

Arranged = tuple[Mapping[Organisation, int], frozenset[Organisation]]
"""The side of each party, and those whom a move left elsewhere than where they were solved to be."""


def arrange(solved: Mapping[Organisation, int], moves: Iterable[SideMove]) -> Arranged:
    """Lay the moves over the solved sides. A side that a move opens has a number that no other has."""
    of = dict(solved)
    moved = {move.party for move in _in_order(moves) if _lay(of, move)}
    return of, frozenset(party for party in moved if not _same(of, solved, party))


def let_go(
    solved: Mapping[Organisation, int], moves: Sequence[SideMove], party: Organisation
) -> tuple[SideMove, ...]:
    """The moves of the others, none of them beside this party, which is about to move again.

    All others stand together as they did. Who was put beside the party is put beside another one who stood there then,
    one whom nobody moved if there is any, else the first in the order of `solved`; or on a side of its own.
    """
    of = dict(solved)
    movers = {party, *(move.party for move in moves)}
    kept = []
    for move in _in_order(moves):
        told = move
        if move.beside == party and party in of:
            there = sorted(_company(of, party) - {party, move.party}, key=list(of).index)
            unmoved = (other for other in there if other not in movers)
            told = replace(move, beside=next(unmoved, there[0] if there else None))
        if move.party != party:
            kept.append(told)
        _lay(of, move)
    return tuple(kept)


def _in_order(moves: Iterable[SideMove]) -> list[SideMove]:
    return sorted(moves, key=lambda move: move.at)


def _lay(of: dict[Organisation, int], move: SideMove) -> bool:
    """Let one party go where it is said to belong; False where that is nowhere in this battle."""
    beside = move.beside
    if move.party not in of or (beside is not None and beside not in of):
        return False
    if beside is None:
        of[move.party] = max(of.values()) + 1
    elif beside != move.party:
        of[move.party] = of[beside]
    return True


def _same(
    of: Mapping[Organisation, int], solved: Mapping[Organisation, int], party: Organisation
) -> bool:
    """Whether a party stands among exactly those it was solved to stand among."""
    return _company(of, party) == _company(solved, party)


def _company(of: Mapping[Organisation, int], party: Organisation) -> set[Organisation]:
    return {other for other, side in of.items() if side == of[party]}
