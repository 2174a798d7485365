"""Who is us, friend or foe to a server: marks on pilots, corporations, alliances and factions.

The most personal mark counts: a pilot's before their corporation's before the alliance's before the faction's. Who
bears none is neutral.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.domain.ids import UserId
from services.domain.killmail import Combatant, Killmail, OrganisationKind


class Standing(StrEnum):
    """What somebody is to a server. The values are stored."""

    US = "us"
    FRIEND = "friend"
    FOE = "foe"
    NEUTRAL = "neutral"
    """Not marked; never stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What somebody is to a server, and who said so."""

    entity_id: int
    kind: OrganisationKind
    standing: Standing
    added_by: UserId
    added_at: datetime


def listed(marks: Iterable[Mark], name_of: Callable[[int], str]) -> list[Mark]:
    """In the order in which they are shown: us, friends, foes; each by name."""
    order = list(Standing)
    return sorted(
        marks,
        key=lambda mark: (
            order.index(mark.standing),
            name_of(mark.entity_id).casefold(),
            mark.entity_id,
        ),
    )


class Stance(StrEnum):
    """What a kill is to a server."""

    LOSS = "loss"
    """One of us died."""
    KILL = "kill"
    """One of us shot, and none of us died."""
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Standings:
    """All marks of one server, by id: the ids of pilots, corporations, alliances and factions do not overlap."""

    marks: Mapping[int, Standing] = field(default_factory=dict)

    def of(self, combatant: Combatant) -> Standing:
        """The most personal mark; neutral without one."""
        for entity_id in (
            combatant.character_id,
            combatant.corporation_id,
            combatant.alliance_id,
            combatant.faction_id,
        ):
            if entity_id is not None and (mark := self.marks.get(entity_id)) is not None:
                return mark
        return Standing.NEUTRAL

    def stance(self, killmail: Killmail) -> Stance:
        """Our loss, our kill, or neither."""
        if not self.marks:
            return Stance.NEUTRAL
        if self.of(killmail.victim) is Standing.US:
            return Stance.LOSS
        if any(self.of(attacker) is Standing.US for attacker in killmail.attackers):
            return Stance.KILL
        return Stance.NEUTRAL


NO_STANDINGS = Standings()
