"""Camps and roaming: one crew kills whoever comes along, and hardly ever pays for it.

*One-sided*: one side, the crew, is on four in five of all mails and lost at most one for every five that it killed.
*One by one*: the victims died at most three at a time; a minute without a further one parts the times. *Strangers*:
they died one by one, three times or more over five minutes or longer, and are of three parties or more; or over half
an hour or longer, whose pilots they may be: who lives behind a camped gate has no choice.

One-sided, two victims or more, and smartbombs dealt half of the final blows: a smartbomb camp. Strangers, two thirds
of whom died at one spot: a gate camp. Victims who died one by one in several systems, or strangers all over one:
roaming.
"""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.battles.evidence import Evidence
from services.domain.battle import BattleKind
from services.domain.killmail import Killmail

CREW_PART = (4, 5)
CREW_LOSSES = 5
AT_ONCE = timedelta(minutes=1)
FEW = 3
"""Victims of one time at most, times at least, parties at least."""
SOME_MINUTES, LONG = timedelta(minutes=5), timedelta(minutes=30)
SPOT = 250_000.0
"""Metres: as far as guns and bubbles at a gate reach. From one gate to another it is thousands of times as far."""
SPOT_PART = (2, 3)


def one_sided_kind(fight: Evidence) -> BattleKind | None:
    """Which of the three it was, if any."""
    prey = _prey(fight)
    if len({mail.victim.character_id for mail in prey}) < 2:
        return None
    blows = (mail.final_blow for mail in prey)
    bombed = sum(
        blow is not None and fight.atlas.is_smartbomb(blow.weapon_type_id) for blow in blows
    )
    if 2 * bombed >= len(prey):
        return BattleKind.SMARTBOMB_CAMP
    times = _times(prey)
    if max(map(len, times)) > FEW:
        return None
    strangers = _are_strangers(prey, times)
    part, whole = SPOT_PART
    if strangers and _at_one_spot(prey) * whole >= part * len(prey):
        return BattleKind.GATE_CAMP
    moved = len({mail.system_id for mail in prey}) > 1
    return BattleKind.ROAMING if strangers or (moved and len(times) > 1) else None


def _prey(fight: Evidence) -> list[Killmail]:
    """What died to the crew of a one-sided fight; nothing when it was not one-sided."""
    killed: dict[int, list[Killmail]] = {}
    lost: Counter[int | None] = Counter()
    for mail, own, others in fight.kills():
        lost[own] += 1
        for side in others:
            killed.setdefault(side, []).append(mail)
    crew = max(killed, key=lambda side: (len(killed[side]), -side), default=None)
    if crew is None:
        return []
    prey = killed[crew]
    part, whole = CREW_PART
    if len(prey) * whole < part * len(fight.mails) or lost[crew] * CREW_LOSSES > len(prey):
        return []
    return prey


def _times(prey: Sequence[Killmail]) -> list[list[datetime]]:
    """When each victim first died, those within a minute of the one before together."""
    first: dict[object, datetime] = {}
    for mail in prey:
        first.setdefault(mail.victim.character_id or mail.victim.organisation, mail.time)
    times: list[list[datetime]] = []
    for time in first.values():
        if times and time - times[-1][-1] < AT_ONCE:
            times[-1].append(time)
        else:
            times.append([time])
    return times


def _are_strangers(prey: Sequence[Killmail], times: Sequence[Sequence[datetime]]) -> bool:
    parties = {mail.victim.organisation for mail in prey}
    least = SOME_MINUTES if len(parties) >= FEW else LONG
    return len(times) >= FEW and times[-1][-1] - times[0][0] >= least


def _at_one_spot(prey: Sequence[Killmail]) -> int:
    """The most mails that lie about the place of one of them."""
    return max(sum(_is_near(mail, other) for other in prey) for mail in prey)


def _is_near(one: Killmail, other: Killmail) -> bool:
    """By the celestial or structure that the mails name, else by where the victims were."""
    if one.system_id != other.system_id:
        return False
    if one.location_id is not None and other.location_id is not None:
        return one.location_id == other.location_id
    here, there = one.victim.position, other.victim.position
    if here is None or there is None:
        return False
    return math.dist((here.x, here.y, here.z), (there.x, there.y, there.z)) <= SPOT
