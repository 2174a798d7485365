"""One walk over the mails of a battle: what each party brought and lost, and who was on which mail.

*Losses* are mails with a victim of the party; *pilots* are named ones. *Hulls*: a pilot's hull type counts once, and
once more for each further one lost; a pod is a hull of its own class and no further pilot. A structure or an empty
hull counts for itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.battles.graph import Witness, crowd_of
from services.domain.battle import HullCount, ShipCount
from services.domain.ids import CharacterId, TypeId
from services.domain.isk import Value
from services.domain.killmail import Combatant, Killmail, Organisation
from services.domain.space import HullClass

Hull = tuple[int, TypeId | None]
"""Whose (a character's id; the negative id of the party that owns a pilotless hull), and what."""

HullClasses = Mapping[TypeId | None, HullClass]
"""The class of each hull that was seen."""


@dataclass(slots=True)
class Account:
    """What one party brought and lost."""

    pilots: set[CharacterId] = field(default_factory=set)
    values: list[Value] = field(default_factory=list)
    """Of its losses, in the order of the mails."""
    hulls: dict[Hull, int] = field(default_factory=dict)
    """How often each hull was lost, 0 for those only seen shooting."""
    kills: int = 0

    def see(self, combatant: Combatant, party: Organisation, *, lost: int) -> None:
        """Somebody of the party, and the hull he was in."""
        pilot = combatant.character_id
        if pilot is not None:
            self.pilots.add(pilot)
        hull = (-party.id if pilot is None else pilot, combatant.ship_type_id)
        self.hulls[hull] = self.hulls.get(hull, 0) + lost


@dataclass(slots=True)
class Ledger:
    """Accounts by party, and who shot whom. Mails are entered in the order of time, each once."""

    accounts: dict[Organisation, Account] = field(default_factory=dict)
    witness: Witness = field(default_factory=Witness)
    mails: list[tuple[Organisation | None, tuple[Organisation, ...]]] = field(default_factory=list)
    """The victim's party and the attackers' parties of each mail."""

    def enter(self, mail: Killmail) -> None:
        """Read one mail."""
        crowd = crowd_of(mail)
        for party, crew in crowd.items():
            account = self._account(party)
            for attacker in crew:
                account.see(attacker, party, lost=0)
        victim = mail.victim.organisation
        if victim is not None:
            account = self._account(victim)
            account.see(mail.victim, victim, lost=1)
            account.values.append(mail.value)
        self.witness.hear(mail, crowd)
        self.mails.append((victim, tuple(crowd)))

    def _account(self, party: Organisation) -> Account:
        account = self.accounts.get(party)
        if account is None:
            account = self.accounts[party] = Account()
        return account

    def count_kills(self, side_of: Mapping[Organisation, int]) -> dict[int, int]:
        """Enter each party's kills in its account, as the sides stand; returns those of the sides."""
        kills: dict[int, int] = {}
        for victim, attackers in self.mails:
            own = None if victim is None else side_of[victim]
            hostile = [party for party in attackers if side_of[party] != own]
            for party in hostile:
                self.accounts[party].kills += 1
            for number in {side_of[party] for party in hostile}:
                kills[number] = kills.get(number, 0) + 1
        return kills


def ships_of(accounts: Sequence[Account]) -> tuple[ShipCount, ...]:
    """Hulls by type, most fielded first. An unnamed hull counts when its pilot was seen in no other."""
    hulls: dict[Hull, int] = {}
    for account in accounts:
        for hull, lost in account.hulls.items():
            hulls[hull] = hulls.get(hull, 0) + lost
    named = {who for who, type_id in hulls if type_id is not None}
    counts: dict[TypeId | None, list[int]] = {}
    for (who, type_id), lost in hulls.items():
        if type_id is None and not lost and who in named:
            continue
        count = counts.setdefault(type_id, [0, 0])
        count[0] += max(1, lost)
        count[1] += lost
    ranked = sorted(counts.items(), key=lambda item: (-item[1][0], item[0] or 0))
    return tuple(
        ShipCount(type_id=type_id, fielded=fielded, lost=lost)
        for type_id, (fielded, lost) in ranked
    )


def hulls_of(ships: Sequence[ShipCount], classes: HullClasses) -> tuple[HullCount, ...]:
    """The same by class, smallest first."""
    counts: dict[HullClass, list[int]] = {}
    for ship in ships:
        count = counts.setdefault(classes[ship.type_id], [0, 0])
        count[0] += ship.fielded
        count[1] += ship.lost
    return tuple(
        HullCount(hull_class=kind, fielded=counts[kind][0], lost=counts[kind][1])
        for kind in HullClass
        if kind in counts
    )
