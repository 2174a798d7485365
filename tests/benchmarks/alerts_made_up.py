"""Ten thousand alerts as 2,000 servers might have them, made of what happened on the recorded days.

What people name they name as often as it happens: regions, systems, alliances and corporations are drawn as frequently
as killmails of those days bear them, but a sixth of the organisations are such as never appear. The mix, in a hundred:

    18  a region, five in six with a floor in ISK
     8  a system, 3 a constellation
    13  surroundings: 1 to 5 jumps, half of them with a floor; 3 to 8 light-years or a capital's jump, with a floor or
        capitals among the attackers
    13  a floor in ISK alone (all servers take it from the same few round numbers)
    22  an alliance or corporation (losses, kills or both), one in three with a floor
     9  a hull, a group or a class, two in three in a region
    10  standings: our losses, our kills, foes and neutrals within 1 to 5 jumps of home
     4  solo kills, in a region or a kind of space with a floor
     3  wide ones: 20 and more attackers, or a kind of space, with a floor

One in four has exclusions besides (pods and rookie ships, NPC kills, an alliance). Each server with standings has
marked itself, two to five friends and ten to thirty foes; there are 200 of those. The bench prints how many posts a day
an alert of that mix would make. Always the same with the same seed.
"""

import random
from collections import Counter
from collections.abc import Sequence

from services.domain.filter import (
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterNode,
    FilterValue,
    GroupKind,
    Op,
    Reach,
    Side,
    Trait,
)
from services.domain.ids import SystemId, TypeId
from services.domain.standing import NO_STANDINGS, Standing, Standings
from services.filters.flat import FlatKill

Wanted = tuple[Filter, Standings]

FLOORS = (50e6, 100e6, 250e6, 500e6, 1e9, 2e9, 5e9, 10e9, 50e9)
JUMPERS = (TypeId(23757), TypeId(23773), TypeId(22428))
"""An Archon, a Ragnarok, a Redeemer."""
SERVERS = 200
F = FilterField


def condition(
    field: FilterField, *values: FilterValue, op: Op = Op.IS, side: Side | None = None
) -> Condition:
    """One, in short."""
    return Condition(field, values, op, side)


class AlertMaker:
    """Draws alerts from what those kills bear."""

    def __init__(self, kills: Sequence[FlatKill], seed: int = 4) -> None:
        self._random = random.Random(seed)
        self._kills = kills
        held = Counter(
            one for kill in kills for one in kill.attackers.alliances | kill.victim.alliances
        )
        self._alliances = sorted(held)
        self._servers = [self._server() for _ in range(SERVERS)]

    def alerts(self, count: int) -> list[Wanted]:
        """So many filters with the standings of their servers."""
        kinds = (
            (18, self._in_region), (11, self._in_place), (13, self._near), (13, self._dear), (22, self._of_somebody),
            (9, self._of_hull), (10, self._by_standing), (4, self._solo), (3, self._wide),
        )  # fmt: skip
        drawn = self._random.choices([k for _, k in kinds], [w for w, _ in kinds], k=count)
        return [self._finished(*make()) for make in drawn]

    def _finished(self, members: list[FilterNode], standings: Standings = NO_STANDINGS) -> Wanted:
        if self._random.random() < 0.25:
            members.append(FilterGroup(GroupKind.NONE, (self._exclusion(),)))
        return Filter(FilterGroup(GroupKind.ALL, tuple(members))), standings

    def _exclusion(self) -> Condition:
        return self._random.choice(
            [
                condition(F.CLASS, "pod", "rookie", side=Side.VICTIM),
                condition(F.IS, Trait.NPC),
                condition(F.ALLIANCE, self._random.choice(self._alliances), side=Side.ATTACKER),
            ]
        )

    def _kill(self) -> FlatKill:
        return self._random.choice(self._kills)

    def _floor(self, chance: float = 1.0) -> list[FilterNode]:
        if self._random.random() >= chance:
            return []
        return [condition(F.ISK, self._random.choice(FLOORS), op=Op.AT_LEAST)]

    def _in_region(self) -> tuple[list[FilterNode]]:
        return ([condition(F.REGION, self._kill().region_id or 10000002), *self._floor(5 / 6)],)

    def _in_place(self) -> tuple[list[FilterNode]]:
        kill = self._kill()
        if self._random.random() < 8 / 11:
            return ([condition(F.SYSTEM, kill.system_id)],)
        return ([condition(F.CONSTELLATION, kill.constellation_id or 20000020)],)

    def _home(self) -> Condition:
        home = SystemId(self._kill().system_id)
        return condition(F.WITHIN, Reach(system_id=home, jumps=self._random.randint(1, 5)))

    def _within_light_years(self) -> Condition:
        home = SystemId(self._kill().system_id)
        reach = Reach(system_id=home, light_years=self._random.randint(3, 8))
        if self._random.random() < 0.4:
            reach = Reach(system_id=home, hull_id=self._random.choice(JUMPERS), skill=5)
        return condition(F.WITHIN, reach)

    def _near(self) -> tuple[list[FilterNode]]:
        if self._random.random() < 0.5:
            return ([self._home(), *self._floor(1 / 2)],)
        if self._random.random() < 0.5:
            return ([self._within_light_years(), *self._floor()],)
        capitals = condition(F.CLASS, "capital", "supercapital", side=Side.ATTACKER)
        return ([self._within_light_years(), capitals],)

    def _dear(self) -> tuple[list[FilterNode]]:
        return ([condition(F.ISK, self._random.choice(FLOORS[4:]), op=Op.AT_LEAST)],)

    def _of_somebody(self) -> tuple[list[FilterNode]]:
        side = self._random.choice((Side.VICTIM, Side.ATTACKER, Side.EITHER))
        field = self._random.choice((F.ALLIANCE, F.CORPORATION))
        return ([condition(field, self._somebody(field), side=side), *self._floor(1 / 3)],)

    def _somebody(self, field: FilterField) -> int:
        if self._random.random() < 1 / 6:
            return self._random.randint(98_900_000, 98_999_999)
        while True:
            kill = self._kill()
            side = self._random.choice((kill.victim, kill.attackers))
            held = side.alliances if field is F.ALLIANCE else side.corporations
            players = sorted(one for one in held if one not in range(1_000_000, 2_000_000))
            if players:
                return self._random.choice(players)

    def _of_hull(self) -> tuple[list[FilterNode]]:
        side = self._random.choice((Side.VICTIM, Side.ATTACKER))
        kill, dice = self._kill(), self._random.random()
        hulls, groups = sorted(kill.victim.hulls), sorted(kill.victim.groups)
        if dice < 0.4 and hulls:
            members: list[FilterNode] = [condition(F.HULL, hulls[0], side=side)]
        elif dice < 0.7 and groups:
            members = [condition(F.GROUP, groups[0], side=side)]
        else:
            members = [condition(F.CLASS, "capital", "supercapital", side=side)]
        if self._random.random() < 2 / 3:
            members.append(condition(F.REGION, kill.region_id or 10000002))
        return (members,)

    def _server(self) -> Standings:
        marks = {
            self._somebody(F.ALLIANCE): Standing.FOE for _ in range(self._random.randint(10, 30))
        }
        marks |= {
            self._somebody(F.ALLIANCE): Standing.FRIEND for _ in range(self._random.randint(2, 5))
        }
        return Standings(marks | {self._somebody(F.CORPORATION): Standing.US})

    def _by_standing(self) -> tuple[list[FilterNode], Standings]:
        dice, server = self._random.random(), self._random.choice(self._servers)
        if dice < 0.4:
            return [condition(F.STANDING, Standing.US, side=Side.VICTIM)], server
        if dice < 0.7:
            return [condition(F.STANDING, Standing.US, side=Side.ATTACKER)], server
        hostile = condition(F.STANDING, Standing.FOE, Standing.NEUTRAL, side=Side.ATTACKER)
        return [self._home(), hostile], server

    def _solo(self) -> tuple[list[FilterNode]]:
        kill, solo = self._kill(), condition(F.IS, Trait.SOLO)
        if self._random.random() < 0.7:
            return ([solo, condition(F.REGION, kill.region_id or 10000002)],)
        return ([solo, condition(F.SPACE, kill.space), *self._floor()],)

    def _wide(self) -> tuple[list[FilterNode]]:
        if self._random.random() < 0.5:
            return ([condition(F.ATTACKERS, 20, op=Op.AT_LEAST), *self._floor()],)
        return ([condition(F.SPACE, self._kill().space), *self._floor()],)
