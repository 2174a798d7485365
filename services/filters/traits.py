"""What a kill was. zKillboard's word counts where the feed has it; else the mail is judged by the same rules.

Those rules, as zKillboard applies them: *npc*, no player shot; *solo*, exactly one named attacker on a ship that is
more than a pod, shuttle or corvette; *awox*, the final blow by a pilot of the victim's own player corporation, pods
apart. A suicide gank cannot be told from the mail alone, for what makes it one is that CONCORD shot the ganker later:
that is another mail, and CONCORD among the attackers marks the ganker's loss, not the gank. Without the label nothing
says that it was one, and searches count such kills as unknown.
"""

from services.domain.filter import Trait
from services.domain.ids import is_npc_corporation
from services.domain.killmail import Killmail
from services.domain.space import HullClass

GANKED = "ganked"
"""zKillboard's label."""

_NO_DUEL = frozenset(
    {
        HullClass.POD, HullClass.ROOKIE, HullClass.STRUCTURE, HullClass.DEPLOYABLE, HullClass.FIGHTER,
        HullClass.OTHER,
    }
)  # fmt: skip
"""Hulls whose loss never counts as a solo kill."""


def traits_of(
    killmail: Killmail, hull_class: HullClass, *, pilots: int, revised: bool
) -> frozenset[Trait]:
    """All that is so. `pilots`: how many named attackers, each once."""
    said = (
        (Trait.NPC, _or(killmail.npc, not killmail.has_player_attacker)),
        (Trait.SOLO, _or(killmail.solo, pilots == 1 and hull_class not in _NO_DUEL)),
        (Trait.AWOX, _or(killmail.awox, _is_awox(killmail, hull_class))),
        (Trait.GANK, GANKED in killmail.labels),
        (Trait.WAR, killmail.war_id is not None),
        (Trait.REVISED, revised),
    )
    return frozenset(trait for trait, holds in said if holds)


def _or(told: bool | None, judged: bool) -> bool:
    return judged if told is None else told


def _is_awox(killmail: Killmail, hull_class: HullClass) -> bool:
    corporation_id, last = killmail.victim.corporation_id, killmail.final_blow
    return (
        last is not None
        and corporation_id is not None
        and corporation_id == last.corporation_id
        and not is_npc_corporation(corporation_id)
        and hull_class is not HullClass.POD
    )
