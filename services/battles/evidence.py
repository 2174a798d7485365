"""A battle as the rules of its kind ask for it: its mails with the sides, and what was flown and lost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from services.battles.atlas import Atlas
from services.battles.ledger import HullClasses, Ledger
from services.domain.ids import CharacterId
from services.domain.killmail import Killmail, Organisation
from services.domain.space import HullClass

NO_SHIP = frozenset(
    {
        HullClass.POD,
        HullClass.STRUCTURE,
        HullClass.DEPLOYABLE,
        HullClass.FIGHTER,
        HullClass.OTHER,
    }
)


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """At least one mail, in the order of time, as they were entered in the ledger; and the side of each party."""

    mails: Sequence[Killmail]
    ledger: Ledger
    side_of: Mapping[Organisation, int]
    atlas: Atlas

    @cached_property
    def classes(self) -> HullClasses:
        """The classes of all hulls that were seen."""
        hulls = {hull for account in self.ledger.accounts.values() for _, hull in account.hulls}
        hulls.update(mail.victim.ship_type_id for mail in self.mails)
        return {hull: self.atlas.hull_class(hull) for hull in hulls}

    @cached_property
    def died(self) -> Sequence[HullClass]:
        """The class of each mail's victim."""
        classes = self.classes
        return [classes[mail.victim.ship_type_id] for mail in self.mails]

    def ships(self) -> Iterator[tuple[Killmail, HullClass]]:
        """The mails of ships: no pods, structures, deployables, fighters, and what nobody knows."""
        for mail, died in zip(self.mails, self.died, strict=True):
            if died not in NO_SHIP:
                yield mail, died

    def fielded(self, classes: frozenset[HullClass]) -> Mapping[int, int]:
        """How many hulls of these classes each side was seen with; sides without any are left out."""
        counts: dict[int, int] = {}
        for party, account in self.ledger.accounts.items():
            here = sum(self.classes[hull] in classes for _, hull in account.hulls)
            if here:
                counts[self.side_of[party]] = counts.get(self.side_of[party], 0) + here
        return counts

    def kills(self) -> Iterator[tuple[Killmail, int | None, set[int]]]:
        """Each mail with its victim's side, None for what NPCs own, and the other sides that shot."""
        for mail, (victim, attackers) in zip(self.mails, self.ledger.mails, strict=True):
            own = None if victim is None else self.side_of[victim]
            yield mail, own, {self.side_of[party] for party in attackers} - {own}

    def shooters(self) -> int:
        """How many pilots shot."""
        return len({a.character_id for m in self.mails for a in m.attackers} - {None})

    def pilots(self) -> int:
        """How many there were."""
        accounts = self.ledger.accounts.values()
        seen: set[CharacterId] = set().union(*(account.pilots for account in accounts))
        return len(seen)
