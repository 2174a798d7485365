"""Every field of a filter, on every side it can be asked of, with a recorded killmail that fits and one that does not.

The mails, by what they are: a Naglfar that died in Amamake to Redeemers, a Fleet Issue of it that died there to a Titan
of the former's alliance, a Nidhoggur lost to a lone Revelation, and smaller ones. What stands here of them was read in
the mails by hand.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from services.domain.filter import (
    FIGURES,
    SIDED,
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterValue,
    GroupKind,
    Hours,
    Op,
    Reach,
    Side,
    Trait,
)
from services.domain.ids import SystemId, TypeId
from services.domain.killmail import Killmail
from services.domain.standing import NO_STANDINGS, Standing, Standings
from services.filters.compiling import Compiler
from services.filters.flat import Flattener
from services.universe.universe import Universe

NAGLFAR = 132249213
FLEET_NAGLFAR = 132235921
NIDHOGGUR = 119689329
ASTERO = 89318873  # by a lone Hecate, in New Eden (low)
KESTREL = 89334281  # by a Sansha's alone, in Arnon (high)
VEXOR = 89335106  # militia pilots of the Caldari State and the Gallente Federation, with an NPC
PRAXIS = 89334360  # in J225524, class 3, by three pilots and a Sleeper
SHUTTLE = 134398778  # by a corporation mate
THRASHER = 89333973  # in Jita, in a war
KEEPSTAR = 131126432
POCHVEN_POD = 97030748
ABYSSAL = 97030353

AMAMAKE = SystemId(30002537)
REDEEMER, RAGNAROK, NAGLFAR_HULL = TypeId(22428), TypeId(23773), TypeId(19722)
ARCHON = TypeId(23757)


@dataclass(frozen=True)
class Case:
    """A condition, a mail that fits and one that does not."""

    field: FilterField
    value: FilterValue
    fits: int
    other: int
    side: Side | None = None
    op: Op = Op.IS

    def __str__(self) -> str:
        side = f"{self.side.value}." if self.side else ""
        return f"{side}{self.field.value} {self.op.value} {self.value}"


F, V, A, B, E = FilterField, Side.VICTIM, Side.ATTACKER, Side.FINAL_BLOW, Side.EITHER

CASES = [
    # The Naglfar's pilot: killed once, and on no other of these mails.
    Case(F.CHARACTER, 1532073385, NAGLFAR, FLEET_NAGLFAR, V),
    Case(F.CHARACTER, 1604108330, NAGLFAR, FLEET_NAGLFAR, A),
    Case(F.CHARACTER, 2120251930, NAGLFAR, FLEET_NAGLFAR, B),
    Case(F.CHARACTER, 1604108330, NAGLFAR, FLEET_NAGLFAR, E),
    Case(F.CORPORATION, 1413715023, NAGLFAR, FLEET_NAGLFAR, V),
    Case(F.CORPORATION, 2014367342, NAGLFAR, FLEET_NAGLFAR, A),
    Case(F.CORPORATION, 98726134, FLEET_NAGLFAR, NAGLFAR, B),
    Case(F.CORPORATION, 1413715023, NAGLFAR, KESTREL, E),
    # 99011978 lost the one and shot the other.
    Case(F.ALLIANCE, 99011978, NAGLFAR, FLEET_NAGLFAR, V),
    Case(F.ALLIANCE, 99011978, FLEET_NAGLFAR, NAGLFAR, A),
    Case(F.ALLIANCE, 99011978, FLEET_NAGLFAR, NAGLFAR, B),
    Case(F.ALLIANCE, 99011978, NAGLFAR, KESTREL, E),
    Case(F.FACTION, 500001, VEXOR, NIDHOGGUR, V),
    Case(F.FACTION, 500001, NIDHOGGUR, VEXOR, A),
    Case(F.FACTION, 500002, FLEET_NAGLFAR, VEXOR, B),
    Case(F.FACTION, 500004, VEXOR, NIDHOGGUR, E),
    Case(F.STANDING, Standing.US, NAGLFAR, FLEET_NAGLFAR, V),
    Case(F.STANDING, Standing.FOE, NAGLFAR, FLEET_NAGLFAR, A),
    Case(F.STANDING, Standing.US, FLEET_NAGLFAR, NAGLFAR, B),
    Case(F.STANDING, Standing.FRIEND, NIDHOGGUR, NAGLFAR, E),
    Case(F.HULL, NAGLFAR_HULL, NAGLFAR, FLEET_NAGLFAR, V),
    Case(F.HULL, REDEEMER, NAGLFAR, FLEET_NAGLFAR, A),
    Case(F.HULL, RAGNAROK, FLEET_NAGLFAR, NAGLFAR, B),
    Case(F.HULL, NAGLFAR_HULL, NAGLFAR, FLEET_NAGLFAR, E),
    Case(F.GROUP, 485, NAGLFAR, NIDHOGGUR, V),  # dreadnoughts
    Case(F.GROUP, 485, NIDHOGGUR, NAGLFAR, A),
    Case(F.GROUP, 30, FLEET_NAGLFAR, NAGLFAR, B),  # titans
    Case(F.GROUP, 547, NIDHOGGUR, NAGLFAR, E),  # carriers
    Case(F.CLASS, "capital", NAGLFAR, ASTERO, V),
    Case(F.CLASS, "supercapital", FLEET_NAGLFAR, NAGLFAR, A),
    Case(F.CLASS, "battleship", NAGLFAR, FLEET_NAGLFAR, B),
    Case(F.CLASS, "capital", NIDHOGGUR, ASTERO, E),
    Case(F.WEAPON, 3130, VEXOR, NAGLFAR, A),
    Case(F.WEAPON, 23674, FLEET_NAGLFAR, NAGLFAR, B),  # a doomsday
    Case(F.WEAPON_GROUP, 588, FLEET_NAGLFAR, NAGLFAR, A),
    Case(F.WEAPON_GROUP, 588, FLEET_NAGLFAR, NAGLFAR, B),
    # Ammunition for the guns lies in the hold too; the siege module is fitted and nowhere else.
    Case(F.ITEM, 4292, NAGLFAR, NIDHOGGUR),
    Case(F.ITEM, 16275, NAGLFAR, NIDHOGGUR),
    Case(F.FITTED, 4292, NAGLFAR, NIDHOGGUR),
    Case(F.FITTED, 20741, NAGLFAR, FLEET_NAGLFAR),  # loaded in the one, in the hold of the other
    Case(F.CARRIED, 20741, FLEET_NAGLFAR, NIDHOGGUR),
    Case(F.CARRIED, 16275, NAGLFAR, NIDHOGGUR),
    Case(F.SYSTEM, AMAMAKE, NAGLFAR, NIDHOGGUR),
    Case(F.CONSTELLATION, 20000372, NAGLFAR, NIDHOGGUR),
    Case(F.REGION, 10000030, NAGLFAR, NIDHOGGUR),
    Case(F.WITHIN, Reach(system_id=AMAMAKE, jumps=0), NAGLFAR, NIDHOGGUR),
    Case(F.WITHIN, Reach(system_id=SystemId(30002538), jumps=2), NAGLFAR, ASTERO),
    Case(F.WITHIN, Reach(system_id=AMAMAKE, light_years=1.0), NAGLFAR, NIDHOGGUR),
    Case(F.WITHIN, Reach(system_id=AMAMAKE, hull_id=ARCHON, skill=5), NAGLFAR, NIDHOGGUR),
    Case(F.SPACE, "low", NAGLFAR, KESTREL),
    Case(F.SPACE, "high", KESTREL, NAGLFAR),
    Case(F.SPACE, "null", KEEPSTAR, NAGLFAR),
    Case(F.SPACE, "wormhole", PRAXIS, KEEPSTAR),
    Case(F.SPACE, "pochven", POCHVEN_POD, PRAXIS),
    Case(F.SPACE, "abyssal", ABYSSAL, POCHVEN_POD),
    Case(F.SECURITY, 0.4, NAGLFAR, ASTERO),
    Case(F.SECURITY, 0.4, NAGLFAR, ASTERO, op=Op.AT_LEAST),
    Case(F.SECURITY, 0.3, ASTERO, NAGLFAR, op=Op.AT_MOST),
    Case(F.WORMHOLE, 3, PRAXIS, NAGLFAR),
    Case(F.ISK, 5e9, NAGLFAR, ASTERO, op=Op.AT_LEAST),
    Case(F.ISK, 5e9, ASTERO, NAGLFAR, op=Op.BELOW),
    Case(F.ISK, 528499797.65, ASTERO, NAGLFAR, op=Op.AT_MOST),
    Case(F.ISK, 528499797.65, NAGLFAR, ASTERO, op=Op.ABOVE),
    Case(F.ISK, 528499797.65, ASTERO, NAGLFAR),
    Case(F.ATTACKERS, 40, NAGLFAR, PRAXIS, op=Op.AT_LEAST),
    Case(F.ATTACKERS, 4, PRAXIS, NAGLFAR),
    Case(F.PILOTS, 3, PRAXIS, NAGLFAR),  # the fourth is a Sleeper
    Case(F.PILOTS, 0, KESTREL, NAGLFAR, op=Op.AT_MOST),
    Case(F.SHARE, 0.95, NAGLFAR, FLEET_NAGLFAR, op=Op.AT_LEAST),
    Case(F.SHARE, 0.65, FLEET_NAGLFAR, NAGLFAR, op=Op.BELOW),
    Case(F.AGE, 3600, NAGLFAR, ASTERO, op=Op.ABOVE),  # they arrive after two hours and after a minute
    Case(F.AGE, 60, ASTERO, NAGLFAR, op=Op.AT_MOST),
    Case(F.IS, Trait.NPC, KESTREL, ASTERO),
    Case(F.IS, Trait.SOLO, NIDHOGGUR, KESTREL),
    Case(F.IS, Trait.AWOX, SHUTTLE, NIDHOGGUR),
    Case(F.IS, Trait.WAR, THRASHER, ASTERO),
    Case(F.IS, Trait.REVISED, NAGLFAR, ASTERO),  # as it arrives here
    Case(F.LABEL, "fw:amamin", NAGLFAR, FLEET_NAGLFAR),
    Case(F.LABEL, "solo", ASTERO, NAGLFAR),
    Case(F.TIME, Hours(start=3 * 60 + 30, end=4 * 60), NAGLFAR, ASTERO),  # 03:55 and 13:18
    Case(F.TIME, Hours(start=22 * 60, end=4 * 60), NAGLFAR, ASTERO),
    Case(F.WEEKDAY, 0, NAGLFAR, FLEET_NAGLFAR),  # a Monday and a Sunday
]  # fmt: skip

MARKS = Standings(
    {
        99011978: Standing.US,
        99009927: Standing.FOE,  # flew the Redeemers
        99004901: Standing.FRIEND,  # lost the Nidhoggur
    }
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_field(
    case: Case, universe: Universe, flattener: Flattener, recorded: dict[int, Killmail]
) -> None:
    condition = Condition(case.field, (case.value,), case.op, case.side)
    program = Compiler(universe).compile(Filter(FilterGroup(GroupKind.ALL, (condition,))), MARKS)

    assert program.holds(arrived(flattener, recorded[case.fits]))
    assert not program.holds(arrived(flattener, recorded[case.other]))


def arrived(flattener: Flattener, killmail: Killmail):
    """A mail as it comes in: the Naglfar's late and written anew, all others after a minute."""
    late = killmail.id == NAGLFAR
    after = timedelta(hours=2) if late else timedelta(minutes=1)
    return flattener.flatten(killmail, received_at=killmail.time + after, revised=late)


def test_every_field_on_every_side_has_its_cases() -> None:
    weapons = {FilterField.WEAPON, FilterField.WEAPON_GROUP}
    wanted: set[tuple[FilterField, Side | None]] = {
        (field, side)
        for field in SIDED
        for side in Side
        if field not in weapons or side in {Side.ATTACKER, Side.FINAL_BLOW}
    }
    wanted |= {(field, None) for field in FilterField if field not in SIDED}
    assert {(case.field, case.side) for case in CASES} == wanted
    assert {case.op for case in CASES if case.field in FIGURES} == set(Op)
    # No recorded mail bears the label of a gank: see the test below.
    assert {case.value for case in CASES if case.field is FilterField.IS} == {*Trait} - {Trait.GANK}


def test_a_gank_is_what_zkillboard_labels_so(
    universe: Universe, flattener: Flattener, recorded: dict[int, Killmail]
) -> None:
    program = Compiler(universe).compile(
        Filter(FilterGroup(GroupKind.ALL, (Condition(FilterField.IS, (Trait.GANK,)),)))
    )
    thrasher = recorded[THRASHER]
    labelled = replace(thrasher, labels=(*thrasher.labels, "ganked"))

    assert program.holds(flattener.flatten(labelled))
    assert not program.holds(flattener.flatten(thrasher))


def test_without_standings_everybody_is_neutral(
    universe: Universe, flattener: Flattener, recorded: dict[int, Killmail]
) -> None:
    flat = flattener.flatten(recorded[NAGLFAR])
    for standing in Standing:
        condition = Condition(FilterField.STANDING, (standing,), side=Side.EITHER)
        program = Compiler(universe).compile(
            Filter(FilterGroup(GroupKind.ALL, (condition,))), NO_STANDINGS
        )
        assert program.holds(flat) == (standing is Standing.NEUTRAL)
