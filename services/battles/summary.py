"""From the mails of one battle to the picture that everybody else sees.

The same mails give the same picture whatever their order, and a mail handed in twice counts once. Whom a pilot fights
for is read from each mail, so a pilot who changes corporation between two mails is counted in both parties, but once
in the battle.

What is counted: *losses* are mails with a victim of the party or side; *kills* are mails that it is on as attacker
while the victim stands on another side (shooting a dying friend is no kill); `ledger` says what pilots and hulls are.
Victims without a party (NPC property) add to kills and ISK and stand on no side.

What a server moved by hand (`arranging`) changes the sides and what is counted of them, and nothing else: the kind of
the fight and its certainty are those of the sides as solved.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.battles.arranging import arrange
from services.battles.atlas import Atlas
from services.battles.evidence import Evidence
from services.battles.kinds import kind_of
from services.battles.ledger import Account, HullClasses, Ledger, hulls_of, ships_of
from services.battles.sides import Prior, Sides, judge
from services.domain.battle import (
    TOP_LOSSES,
    Battle,
    BattleState,
    Loss,
    Party,
    Place,
    Side,
    SideMove,
    Tempo,
)
from services.domain.ids import BattleKey, SystemId
from services.domain.isk import IskSum
from services.domain.killmail import Killmail, Organisation

PACE = timedelta(minutes=10)
"""What the tempo compares: long enough to hold some kills, short enough to tell that a fight dies down."""


def summarise(
    mails: Iterable[Killmail],
    *,
    key: BattleKey,
    public_id: str,
    state: BattleState,
    atlas: Atlas,
    prior: Prior | None = None,
    moves: Sequence[SideMove] = (),
) -> Battle:
    """The battle that these mails are; at least one, any order.

    `prior`: what is known of its parties from before. `moves`: what one server put right by hand.
    """
    ordered = sorted({mail.id: mail for mail in mails}.values(), key=lambda m: (m.time, m.id))
    ledger = Ledger()
    for mail in ordered:
        ledger.enter(mail)
    verdict = judge(ledger.witness, prior)
    evidence = Evidence(mails=ordered, ledger=ledger, side_of=verdict.of, atlas=atlas)
    return Battle(
        key=key,
        public_id=public_id,
        system_id=ordered[0].system_id,
        space=atlas.space_of(ordered[0].system_id),
        state=state,
        start=ordered[0].time,
        end=ordered[-1].time,
        killmail_ids=tuple(sorted(mail.id for mail in ordered)),
        pilots=len(set().union(*(account.pilots for account in ledger.accounts.values()))),
        isk_destroyed=IskSum.of(mail.value for mail in ordered),
        sides=_sides(ledger, _standing(verdict, moves), evidence.classes),
        certainty=verdict.certainty,
        kind=kind_of(evidence),
        places=_places(ordered),
        top_losses=_top_losses(ordered),
        tempo=_tempo(ordered),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """Where each party stands, and what is told of it."""

    of: Mapping[Organisation, int]
    certainty_of: Mapping[Organisation, float]
    third: frozenset[Organisation]
    moved: frozenset[Organisation]


def _standing(verdict: Sides, moves: Sequence[SideMove]) -> _Standing:
    """A party that was moved is no third party: somebody says where it belongs."""
    of, moved = arrange(verdict.of, moves)
    return _Standing(
        of=of, certainty_of=verdict.certainty_of, third=verdict.third - moved, moved=moved
    )


def _sides(ledger: Ledger, standing: _Standing, classes: HullClasses) -> tuple[Side, ...]:
    """The sides: most pilots first, then most losses, then the lowest id of a party."""
    kills = ledger.count_kills(standing.of)
    members: dict[int, list[Party]] = {}
    for organisation, number in standing.of.items():
        party = _party(organisation, ledger.accounts[organisation], standing)
        members.setdefault(number, []).append(party)
    sides = [
        _side(parties, ledger, kills=kills.get(number, 0), classes=classes)
        for number, parties in members.items()
    ]
    return tuple(
        sorted(sides, key=lambda s: (-s.pilots, -s.losses, min(p.organisation for p in s.parties)))
    )


def _party(organisation: Organisation, account: Account, standing: _Standing) -> Party:
    return Party(
        organisation=organisation,
        pilots=len(account.pilots),
        kills=account.kills,
        losses=len(account.values),
        isk_lost=IskSum.of(account.values),
        certainty=standing.certainty_of[organisation],
        third=organisation in standing.third,
        moved=organisation in standing.moved,
    )


def _side(parties: Sequence[Party], ledger: Ledger, *, kills: int, classes: HullClasses) -> Side:
    ranked = sorted(parties, key=lambda p: (-p.pilots, -p.losses, p.organisation))
    own = [ledger.accounts[party.organisation] for party in ranked]
    ships = ships_of(own)
    return Side(
        parties=tuple(ranked),
        pilots=len(set().union(*(account.pilots for account in own))),
        kills=kills,
        losses=sum(party.losses for party in ranked),
        isk_lost=sum((party.isk_lost for party in ranked), IskSum()),
        hulls=hulls_of(ships, classes),
        ships=ships,
    )


def _places(ordered: Sequence[Killmail]) -> tuple[Place, ...]:
    """The systems by their first mail."""
    by_system: dict[SystemId, list[Killmail]] = {}
    for mail in ordered:
        by_system.setdefault(mail.system_id, []).append(mail)
    return tuple(
        Place(system_id=system, start=there[0].time, end=there[-1].time, kills=len(there))
        for system, there in by_system.items()
    )


def _top_losses(ordered: Sequence[Killmail]) -> tuple[Loss, ...]:
    """The most valuable first; of equal worth the earlier."""
    ranked = sorted(
        (mail for mail in ordered if mail.value.isk is not None), key=lambda m: -(m.value.isk or 0)
    )
    return tuple(Loss.of(mail) for mail in ranked[:TOP_LOSSES])


def _tempo(ordered: Sequence[Killmail]) -> Tempo:
    end = ordered[-1].time
    ages = [end - mail.time for mail in ordered]
    return Tempo(
        kills=sum(age < PACE for age in ages), before=sum(PACE <= age < 2 * PACE for age in ages)
    )
