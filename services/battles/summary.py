"""From the mails of one battle to the picture that everybody else sees.

The same mails give the same picture whatever their order, and a mail handed in twice counts once.
Whom a pilot fights for is read from each mail, so a pilot who changes corporation between two mails
is counted in both parties, but once in the battle.

What is counted: *losses* are mails with a victim of the party or side; *kills* are mails that it is
on as attacker while the victim stands on another side (shooting a dying friend is no kill).
*Pilots* are named ones. *Hulls*: a pilot's hull type counts once, and once more for each further
one lost; a pod is a hull of its own class and no further pilot. A structure or an empty hull counts
for itself. Victims without a party (NPC property) add to kills and ISK and stand on no side.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.battles.graph import CAPSULES, Witness
from services.battles.sides import judge
from services.domain.battle import Battle, BattleState, HullCount, Party, Side
from services.domain.ids import BattleKey, CharacterId, SystemId, TypeId
from services.domain.isk import IskSum, Value
from services.domain.killmail import Combatant, Killmail, Organisation
from services.domain.space import HullClass, Space

HullClassOf = Callable[[TypeId | None], HullClass]
_Hull = tuple[int, TypeId | None]
"""Whose (a character's id; the negative id of the party that owns a pilotless hull), and what."""


def summarise(
    mails: Iterable[Killmail],
    *,
    key: BattleKey,
    public_id: str,
    system_id: SystemId,
    space: Space,
    state: BattleState,
    hull_class: HullClassOf,
) -> Battle:
    """The battle that these mails are; at least one, any order. `hull_class` is asked for None, too."""
    ordered = sorted({mail.id: mail for mail in mails}.values(), key=lambda m: (m.time, m.id))
    ledger = _Ledger()
    for mail in ordered:
        ledger.enter(mail)
    verdict = judge(ledger.witness)
    return Battle(
        key=key,
        public_id=public_id,
        system_id=system_id,
        space=space,
        state=state,
        start=ordered[0].time,
        end=ordered[-1].time,
        killmail_ids=tuple(sorted(mail.id for mail in ordered)),
        pilots=len(set().union(*(account.pilots for account in ledger.accounts.values()))),
        isk_destroyed=IskSum.of(mail.value for mail in ordered),
        sides=_sides(ledger, verdict.of, hull_class),
        certainty=verdict.certainty,
    )


@dataclass(slots=True)
class _Account:
    """What one party brought and lost."""

    pilots: set[CharacterId] = field(default_factory=set)
    values: list[Value] = field(default_factory=list)
    """Of its losses, in the order of the mails."""
    hulls: dict[_Hull, int] = field(default_factory=dict)
    """How often each hull was lost, 0 for those only seen shooting."""
    kills: int = 0


@dataclass(slots=True)
class _Ledger:
    """One walk over the mails: accounts by party, and who shot whom."""

    accounts: dict[Organisation, _Account] = field(default_factory=dict)
    witness: Witness = field(default_factory=Witness)
    mails: list[tuple[Organisation | None, tuple[Organisation, ...]]] = field(default_factory=list)
    """The victim's party and the attackers' parties of each mail."""

    def enter(self, mail: Killmail) -> None:
        crowd: dict[Organisation, list[int]] = {}
        for attacker in mail.attackers:
            party = attacker.organisation
            if party is not None:
                deed = crowd.setdefault(party, [0, 0])
                deed[0] += 1
                deed[1] += attacker.damage
                self._seen(attacker, party, lost=0)
        victim = mail.victim.organisation
        if victim is not None:
            self._seen(mail.victim, victim, lost=1).values.append(mail.value)
        self.witness.hear(victim, crowd, capsule=mail.victim.ship_type_id in CAPSULES)
        self.mails.append((victim, tuple(crowd)))

    def _seen(self, combatant: Combatant, party: Organisation, *, lost: int) -> _Account:
        account = self.accounts.get(party)
        if account is None:
            account = self.accounts[party] = _Account()
        pilot = combatant.character_id
        if pilot is not None:
            account.pilots.add(pilot)
        hull = (-party.id if pilot is None else pilot, combatant.ship_type_id)
        account.hulls[hull] = account.hulls.get(hull, 0) + lost
        return account


def _sides(
    ledger: _Ledger, side_of: Mapping[Organisation, int], hull_class: HullClassOf
) -> tuple[Side, ...]:
    """The sides: most pilots first, then most losses, then the lowest id of a party."""
    kills = _count_kills(ledger, side_of)
    members: dict[int, list[Organisation]] = {}
    for party, number in side_of.items():
        members.setdefault(number, []).append(party)
    sides = [
        _side(parties, ledger.accounts, kills=kills.get(number, 0), hull_class=hull_class)
        for number, parties in members.items()
    ]
    return tuple(
        sorted(sides, key=lambda s: (-s.pilots, -s.losses, min(p.organisation for p in s.parties)))
    )


def _count_kills(ledger: _Ledger, side_of: Mapping[Organisation, int]) -> dict[int, int]:
    """Enter each party's kills in its account; return those of the sides."""
    kills: dict[int, int] = {}
    for victim, attackers in ledger.mails:
        own = None if victim is None else side_of[victim]
        hostile = [party for party in attackers if side_of[party] != own]
        for party in hostile:
            ledger.accounts[party].kills += 1
        for number in {side_of[party] for party in hostile}:
            kills[number] = kills.get(number, 0) + 1
    return kills


def _side(
    organisations: Sequence[Organisation],
    accounts: Mapping[Organisation, _Account],
    *,
    kills: int,
    hull_class: HullClassOf,
) -> Side:
    parties = [_party(organisation, accounts[organisation]) for organisation in organisations]
    parties.sort(key=lambda p: (-p.pilots, -p.losses, p.organisation))
    own = [accounts[party.organisation] for party in parties]
    return Side(
        parties=tuple(parties),
        pilots=len(set().union(*(account.pilots for account in own))),
        kills=kills,
        losses=sum(party.losses for party in parties),
        isk_lost=sum((party.isk_lost for party in parties), IskSum()),
        hulls=_composition(own, hull_class),
    )


def _party(organisation: Organisation, account: _Account) -> Party:
    return Party(
        organisation=organisation,
        pilots=len(account.pilots),
        kills=account.kills,
        losses=len(account.values),
        isk_lost=IskSum.of(account.values),
    )


def _composition(accounts: Sequence[_Account], hull_class: HullClassOf) -> tuple[HullCount, ...]:
    """Hulls by class, smallest first. An unnamed hull counts when its pilot was seen in no other."""
    hulls: dict[_Hull, int] = {}
    for account in accounts:
        for hull, lost in account.hulls.items():
            hulls[hull] = hulls.get(hull, 0) + lost
    named = {who for who, type_id in hulls if type_id is not None}
    fielded: dict[HullClass, int] = {}
    died: dict[HullClass, int] = {}
    known: dict[TypeId | None, HullClass] = {}
    for (who, type_id), lost in hulls.items():
        if type_id is None and not lost and who in named:
            continue
        if type_id not in known:
            known[type_id] = hull_class(type_id)
        kind = known[type_id]
        fielded[kind] = fielded.get(kind, 0) + max(1, lost)
        died[kind] = died.get(kind, 0) + lost
    return tuple(
        HullCount(hull_class=kind, fielded=fielded[kind], lost=died[kind])
        for kind in HullClass
        if kind in fielded
    )
