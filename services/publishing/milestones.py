"""What is worth a message of its own while a battle goes on: pure.

Edits notify nobody, so a few great turns of a fight are told by replies or in its thread: the first capital, a
structure that falls, a party that comes in force, another system, twice the kills, the end.

A turn is told only when killmails of now bear it, and only where no message of the battle in that channel says it
already. So late mails, revisions and mergers tell nothing stale, what is held back (quiet hours, a mute, a feed that is
behind) is not told later, and the first post speaks for all that it shows. Nothing is remembered but what the messages
themselves hold: a process that starts anew goes on where the last one stood.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.domain.battle import CAPITALS, Battle, BattleState
from services.domain.ids import SystemId, TypeId
from services.domain.killmail import Killmail, Organisation
from services.domain.message import BattleMessage, KillCount, MilestoneKind
from services.domain.space import HullClass
from services.publishing.spots import HullClassOf, IsLandmark

NEWS = timedelta(minutes=15)
"""Kills older than this bear no milestone. As with calls: whoever comes later finds the fight changed again."""
LEAST_KILLS = 25
"""Kills below which a doubling is not told. From ten to twenty is what every camp does."""
DOUBLING_APART = timedelta(minutes=5)
"""Between two doublings, and between the first post and one. In the thick of a fight kills double by the minute, and
where hundreds of empty hulls are shot by the half minute."""
LEAST_ARRIVALS = 10
"""New pilots of one party at once with which it comes in force. A fleet stands on its first kill nearly whole; a party
that only goes on coming one by one turns nothing."""
LEAST_SHARE = 0.05
"""And that part of all pilots of the battle: ten who join four hundred turn nothing either."""
GATHERING = timedelta(minutes=5)
"""In the first minutes of a battle nobody arrives: everybody who was there is still being seen for the first time."""
LEAST_MOVED = 5
"""Kills in another system from which the fight has moved there: fewer are its stragglers."""
LEAST_STRUCTURE = 300e6
"""Worth of a structure whose fall is told, in ISK; one of unknown worth is passed over. Below it are the guns and silos
of a starbase, customs offices, most that is anchored for a day. A landmark is told whatever it is worth: a fleet was
called for it, and where no prices are known its fall is news all the same."""


THE_END = "over"
"""Said of one message alone: of a battle that takes another in the end is still to come."""
_STRUCTURES = frozenset({HullClass.STRUCTURE, HullClass.DEPLOYABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """One turn. `what` names it among those of a battle: the same is told once."""

    kind: MilestoneKind
    what: str
    organisation: Organisation | None = None
    type_id: TypeId | None = None
    system_id: SystemId | None = None
    count: int | None = None
    merged_into: str | None = None


def taken_in(by: Battle) -> Milestone:
    """The end of a battle that is part of another one now: nothing more is said of it."""
    return Milestone(kind=MilestoneKind.OVER, what=THE_END, merged_into=by.public_id)


def doubled(told: Sequence[BattleMessage], battle: Battle, now: datetime) -> bool:
    """Whether there are so many more kills than the channel was told of that it is worth telling."""
    known = counted(told)
    enough = max(LEAST_KILLS, 2 * known.kills)
    return battle.kills >= enough and now - known.at >= DOUBLING_APART


def counted(told: Sequence[BattleMessage]) -> KillCount:
    """The kills that the channel was told of by all of these messages, and when it last was.

    They are of battles that were told apart until now: no kill is counted by two of them.
    """
    known = [one.counted or KillCount(kills=one.battle.kills, at=one.battle.end) for one in told]
    return KillCount(kills=sum(one.kills for one in known), at=max(one.at for one in known))


def reached(
    told: Sequence[BattleMessage],
    battle: Battle,
    news: Iterable[Killmail],
    *,
    now: datetime,
    hull_class: HullClassOf,
    is_landmark: IsLandmark,
) -> list[Milestone]:
    """The turns that are new.

    Args:
        told: what stands in the channel of this battle, and of those that it took in; at least one.
        battle: as it is now.
        news: its killmails that came in now and happened within `NEWS`.
        now: the moment it is told at.
        hull_class: what a type counts as.
        is_landmark: whether the fall of a structure is told whatever it is worth.
    """
    mails = sorted(news, key=lambda mail: (mail.time, mail.id))
    found = [*_over(told, battle)]
    if mails:
        found += _capitals(told, battle, mails, hull_class)
        found += _structures(mails, hull_class, is_landmark)
        found += _arrived(told, battle, mails)
        found += _moved(told, battle, mails)
        found += _doubled(told, battle, now)
    return found


def _over(told: Sequence[BattleMessage], battle: Battle) -> Iterator[Milestone]:
    if battle.state is BattleState.ENDED and told[0].battle.state is BattleState.OPEN:
        yield Milestone(kind=MilestoneKind.OVER, what=THE_END)


def _capitals(
    told: Sequence[BattleMessage],
    battle: Battle,
    mails: Sequence[Killmail],
    hull_class: HullClassOf,
) -> Iterator[Milestone]:
    """The first ever, and of several on these mails the greatest."""
    if not battle.capitals or any(message.battle.capitals for message in told):
        return
    seen = [
        (hull_class(one.ship_type_id) is HullClass.SUPERCAPITAL, one.ship_type_id)
        for mail in mails
        for one in (mail.victim, *mail.attackers)
        if hull_class(one.ship_type_id) in CAPITALS
    ]
    if seen:
        greatest = max(seen, key=lambda hull: hull[0])
        yield Milestone(kind=MilestoneKind.CAPITALS, what="capitals", type_id=greatest[1])


def _structures(
    mails: Sequence[Killmail], hull_class: HullClassOf, is_landmark: IsLandmark
) -> Iterator[Milestone]:
    for mail in mails:
        victim, worth = mail.victim, mail.value.isk
        dear = worth is not None and worth >= LEAST_STRUCTURE
        if is_landmark(victim.ship_type_id) or (
            dear and hull_class(victim.ship_type_id) in _STRUCTURES
        ):
            yield Milestone(
                kind=MilestoneKind.STRUCTURE,
                what=f"structure:{mail.id}",
                organisation=victim.organisation,
                type_id=victim.ship_type_id,
                system_id=mail.system_id,
            )


def _arrived(
    told: Sequence[BattleMessage], battle: Battle, mails: Sequence[Killmail]
) -> Iterator[Milestone]:
    if mails[-1].time - battle.start < GATHERING:
        return
    before = [_pilots(message.battle) for message in told]
    here = {one.organisation for mail in mails for one in (mail.victim, *mail.attackers)}
    for organisation, pilots in _pilots(battle).items():
        known = max(there.get(organisation, 0) for there in before)
        new = pilots - known
        enough = max(LEAST_ARRIVALS, LEAST_SHARE * battle.pilots)
        if organisation in here and known < LEAST_ARRIVALS and new >= enough:
            yield Milestone(
                kind=MilestoneKind.ARRIVED,
                what=f"arrived:{organisation.id}",
                organisation=organisation,
                count=pilots,
            )


def _pilots(battle: Battle) -> dict[Organisation, int]:
    return {party.organisation: party.pilots for side in battle.sides for party in side.parties}


def _moved(
    told: Sequence[BattleMessage], battle: Battle, mails: Sequence[Killmail]
) -> Iterator[Milestone]:
    """Where it began it does not move to; of a place that it comes back to nothing is said."""
    before = [_kills(message.battle) for message in told]
    here = {mail.system_id for mail in mails}
    for system_id, kills in _kills(battle).items():
        known = max(there.get(system_id, 0) for there in before)
        if system_id in here and system_id != battle.system_id and known < LEAST_MOVED <= kills:
            yield Milestone(
                kind=MilestoneKind.MOVED, what=f"moved:{system_id}", system_id=system_id
            )


def _kills(battle: Battle) -> dict[SystemId, int]:
    return {place.system_id: place.kills for place in battle.places}


def _doubled(told: Sequence[BattleMessage], battle: Battle, now: datetime) -> Iterator[Milestone]:
    if doubled(told, battle, now):
        kills = battle.kills
        yield Milestone(kind=MilestoneKind.DOUBLED, what=f"doubled:{kills}", count=kills)
