"""What sort of fight a battle was.

The first of these that holds is its kind:

1. **Eviction**: twenty or more hulls died that nobody flew, at least a third of all kills, to the guns of a few (one
   shooter to three such hulls at the most). Nobody flew a hull without a named pilot, nor that of a pilot who had lost
   another less than half a minute before: so fast nobody comes back.
2. **Capital brawl**: capitals on both sides, three or more in all; or three or more of them lost.
3. **Structure fight**: a structure was destroyed, or a structure's guns were on one mail in four.
4. **Gank** (`ganks`): in high security, outside a war, to people who pay for it with their ships.
5. **Smartbomb camp** (`camps`): one-sided, and smartbombs dealt at least half of the final blows.
6. **Gate camp** (`camps`): strangers died one by one to one crew, at one gate, station or other spot.
7. **Roaming** (`camps`): one crew killed in several systems, one by one; or strangers all over one system.
8. By size, as none of these: a **battle** has a hundred pilots or fifty kills, a **brawl** twenty pilots and ten kills,
   and anything smaller is a **skirmish**.

The sides asked are those that were solved: what a server moved by hand changes no kind.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from services.battles.camps import one_sided_kind
from services.battles.evidence import Evidence
from services.battles.ganks import is_gank
from services.domain.battle import CAPITALS, BattleKind
from services.domain.ids import CharacterId
from services.domain.space import HullClass

EMPTY_HULLS = 20
EMPTY_PART = 3
NO_TIME = timedelta(seconds=30)
MANY_CAPITALS = 3
GUNS_PART = 4
BATTLE_PILOTS, BATTLE_KILLS = 100, 50
BRAWL_PILOTS, BRAWL_KILLS = 20, 10

_STRUCTURES = frozenset({HullClass.STRUCTURE})


def kind_of(fight: Evidence) -> BattleKind:
    """The kind of a fight."""
    for kind, rule in _RULES:
        if rule(fight):
            return kind
    return one_sided_kind(fight) or by_size(pilots=fight.pilots(), kills=len(fight.mails))


def _is_eviction(fight: Evidence) -> bool:
    if len(fight.mails) < EMPTY_HULLS:
        return False
    empty = 0
    last: dict[CharacterId, datetime] = {}
    for mail, _ in fight.ships():
        pilot = mail.victim.character_id
        if pilot is None:
            empty += 1
            continue
        before = last.get(pilot)
        empty += before is not None and mail.time - before < NO_TIME
        last[pilot] = mail.time
    if empty < EMPTY_HULLS or empty * EMPTY_PART < len(fight.mails):
        return False
    return fight.shooters() * EMPTY_PART <= empty


def _is_capital_brawl(fight: Evidence) -> bool:
    if sum(died in CAPITALS for died in fight.died) >= MANY_CAPITALS:
        return True
    fielded = fight.fielded(CAPITALS)
    return len(fielded) > 1 and sum(fielded.values()) >= MANY_CAPITALS


def _is_structure_fight(fight: Evidence) -> bool:
    if HullClass.STRUCTURE in fight.died:
        return True
    if not fight.fielded(_STRUCTURES):
        return False
    guns = sum(
        any(
            attacker.is_player and fight.classes.get(attacker.ship_type_id) in _STRUCTURES
            for attacker in mail.attackers
        )
        for mail in fight.mails
    )
    return guns * GUNS_PART >= len(fight.mails)


def by_size(*, pilots: int, kills: int) -> BattleKind:
    """The kind of a fight of which nothing but the size is known."""
    if pilots >= BATTLE_PILOTS or kills >= BATTLE_KILLS:
        return BattleKind.BATTLE
    if pilots >= BRAWL_PILOTS and kills >= BRAWL_KILLS:
        return BattleKind.BRAWL
    return BattleKind.SKIRMISH


_RULES: Sequence[tuple[BattleKind, Callable[[Evidence], bool]]] = (
    (BattleKind.EVICTION, _is_eviction),
    (BattleKind.CAPITAL_BRAWL, _is_capital_brawl),
    (BattleKind.STRUCTURE_FIGHT, _is_structure_fight),
    (BattleKind.GANK, is_gank),
)
"""In their order of precedence."""
