"""Made-up battles for pictures: as many sides, losses, hours and systems as a test asks for."""

import random
from datetime import UTC, datetime, timedelta

from services.domain.battle import (
    Battle,
    BattleKind,
    BattleState,
    HullCount,
    Party,
    Place,
    Side,
)
from services.domain.battle_report import BattleReport, KillMoment
from services.domain.ids import BattleKey, KillmailId, SystemId, TypeId
from services.domain.isk import IskSum
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.space import HullClass, Space
from services.rendering.battle_data import BattlePicture

START = datetime(2026, 11, 20, 18, 2, 11, tzinfo=UTC)
HERE = SystemId(30_000_001)
RIFTER, NAGLFAR, AVATAR, FORTIZAR = TypeId(587), TypeId(19722), TypeId(11567), TypeId(35833)
HULLS = {RIFTER: "Rifter", NAGLFAR: "Naglfar", AVATAR: "Avatar", FORTIZAR: "Fortizar"}
CLASSES = {
    RIFTER: HullClass.FRIGATE,
    NAGLFAR: HullClass.CAPITAL,
    AVATAR: HullClass.SUPERCAPITAL,
    FORTIZAR: HullClass.STRUCTURE,
}
FLOWN = (
    HullCount(hull_class=HullClass.FRIGATE, fielded=24, lost=18),
    HullCount(hull_class=HullClass.CRUISER, fielded=112, lost=61),
    HullCount(hull_class=HullClass.CAPITAL, fielded=3, lost=0),
)


def loss(
    seconds: float,
    side: int | None = 0,
    *,
    hull: TypeId = RIFTER,
    isk: float | None = 10e6,
    system: int = 0,
) -> KillMoment:
    """One loss, so long after the beginning, in the n-th system."""
    return KillMoment(
        time=START + timedelta(seconds=seconds),
        system_id=SystemId(HERE + system),
        side=side,
        isk=isk,
        estimated=False,
        ship_type_id=hull,
        hull_class=CLASSES[hull],
    )


def picture(
    *moments: KillMoment,
    sides: int = 2,
    names: tuple[str, ...] | None = None,
    hulls: tuple[HullCount, ...] = FLOWN,
    third: frozenset[int] = frozenset(),
    kind: BattleKind = BattleKind.BRAWL,
) -> BattlePicture:
    """The data of a picture with these losses."""
    times = sorted(moment.time for moment in moments) or [START]
    systems = list(dict.fromkeys(moment.system_id for moment in moments)) or [HERE]
    made = tuple(
        _side(index, [m for m in moments if m.side == index], hulls, third=index in third)
        for index in range(sides)
    )
    battle = Battle(
        key=BattleKey(1),
        public_id="SOMEWHERE-20261120",
        system_id=systems[0],
        space=Space.NULL,
        state=BattleState.ENDED,
        start=times[0],
        end=times[-1],
        killmail_ids=tuple(KillmailId(number) for number in range(1, len(moments) + 1)),
        pilots=40 * sides,
        isk_destroyed=_sum(moments),
        sides=made,
        certainty=1.0,
        kind=kind,
        places=tuple(
            Place(system_id=system, start=times[0], end=times[-1], kills=1) for system in systems
        ),
    )
    return BattlePicture(
        report=BattleReport(
            battle=battle, moments=tuple(moments), losses=(), pilots=(), detailed=True
        ),
        side_names=tuple(f"Alliance {n + 1} +{n}" for n in range(sides))
        if names is None
        else names,
        systems={SystemId(HERE + n): f"SYS-{n}" for n in range(20)},
        hulls=HULLS,
        drawn_at=START + timedelta(hours=20),
    )


def large(
    kills: int = 1000, *, sides: int = 2, hours: float = 3, systems: int = 1
) -> BattlePicture:
    """A fight of so many losses, spread over all sides, with some capitals, structures and unknown values."""
    rng = random.Random(7)
    hulls = [RIFTER] * 60 + [NAGLFAR] * 3 + [AVATAR, FORTIZAR]
    moments = []
    for number in range(kills):
        at = min(max(rng.gauss(0.5, 0.2), 0.0), 1.0)
        moments.append(
            loss(
                at * hours * 3600,
                min(int(rng.expovariate(1.2)), sides - 1),
                hull=rng.choice(hulls),
                isk=None if number % 50 == 0 else rng.paretovariate(0.9) * 10e6,
                system=int(at * systems * 0.999),
            )
        )
    return picture(*moments, sides=sides, kind=BattleKind.CAPITAL_BRAWL)


def _side(
    index: int, losses: list[KillMoment], hulls: tuple[HullCount, ...], *, third: bool
) -> Side:
    party = Party(
        organisation=Organisation(99_000_001 + index, OrganisationKind.ALLIANCE),
        pilots=40,
        kills=3,
        losses=len(losses),
        isk_lost=_sum(losses),
        third=third,
    )
    return Side(
        parties=(party,),
        pilots=40,
        kills=3,
        losses=len(losses),
        isk_lost=_sum(losses),
        hulls=hulls,
    )


def _sum(moments: list[KillMoment] | tuple[KillMoment, ...]) -> IskSum:
    known = [moment.isk for moment in moments if moment.isk is not None]
    return IskSum(isk=sum(known), unpriced=len(moments) - len(known))
