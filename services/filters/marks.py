"""What the people on a side are to a server, by its marks: for a mail of thousands as quickly as for a mail of one.

The most personal mark counts (`services.domain.standing`). So pilots are looked at one by one only where the server has
marked one of them; else it is enough to look at which corporations, alliances and factions are there.
"""

from collections.abc import Mapping

from services.domain.standing import Standing, Standings
from services.filters.flat import FlatSide, Membership

_NONE: frozenset[Standing] = frozenset()
_NEUTRAL = frozenset({Standing.NEUTRAL})


def standings_on(side: FlatSide, marks: Mapping[int, Standing]) -> frozenset[Standing]:
    """The standings of everybody on the side; empty where nobody is there."""
    marked = marks.keys()
    if marked.isdisjoint(side.ids):
        return _NEUTRAL if side.everybody else _NONE
    if marked.isdisjoint(side.characters):
        return frozenset([_of_membership(one, marks) for one in side.memberships])
    standings = Standings(marks)
    return frozenset([standings.of(one) for one in side.everybody])


def _of_membership(membership: Membership, marks: Mapping[int, Standing]) -> Standing:
    for entity_id in membership:
        if entity_id is not None and (mark := marks.get(entity_id)) is not None:
            return mark
    return Standing.NEUTRAL
