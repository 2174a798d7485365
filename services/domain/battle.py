"""A battle as everybody outside `services/battles` sees it: a finished picture of one fight at one moment."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from services.domain.ids import (
    BattleKey,
    CharacterId,
    KillmailId,
    RegionId,
    SystemId,
    TypeId,
    UserId,
)
from services.domain.isk import IskSum, Value
from services.domain.killmail import Killmail, Organisation
from services.domain.space import HullClass, Space

CAPITALS = frozenset({HullClass.CAPITAL, HullClass.SUPERCAPITAL})
"""The classes that a radar asks for."""


class BattleState(StrEnum):
    """`open` while kills may still come; `frozen` when mails it rests on have been pruned."""

    OPEN = "open"
    ENDED = "ended"
    FROZEN = "frozen"


class BattleKind(StrEnum):
    """What sort of fight it was (`services.battles.kinds` has the rules). The values are stored."""

    GANK = "gank"
    GATE_CAMP = "gate camp"
    SMARTBOMB_CAMP = "smartbomb camp"
    ROAMING = "roaming"
    SKIRMISH = "skirmish"
    BRAWL = "brawl"
    BATTLE = "battle"
    CAPITAL_BRAWL = "capital brawl"
    STRUCTURE_FIGHT = "structure fight"
    EVICTION = "eviction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One organisation in a battle.

    `pilots`: named ones, each once. `kills`: mails that it is on as attacker of a victim of another side.
    """

    organisation: Organisation
    pilots: int
    kills: int
    losses: int
    isk_lost: IskSum
    certainty: float | None = None
    """Share of its own shots and company that its side explains, 0 to 1; less when it was seen on few mails. None
    where nobody counted it."""
    third: bool = False
    """It shot at both of the two sides that fought each other most, and belongs to neither."""
    moved: bool = False
    """A server put it on this side by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HullCount:
    """Hulls of one class on one side. A pilot's hull counts once as fielded, and again for each further one lost."""

    hull_class: HullClass
    fielded: int
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipCount:
    """The same for one type of hull. None: attackers whose hull no mail names."""

    type_id: TypeId | None
    fielded: int
    lost: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Parties that fought together, the largest first."""

    parties: tuple[Party, ...]
    pilots: int
    kills: int
    losses: int
    isk_lost: IskSum
    hulls: tuple[HullCount, ...]
    ships: tuple[ShipCount, ...] = ()
    """Most fielded first, then by type."""

    @property
    def third(self) -> bool:
        """True for third parties: those who shot at both of the two sides that fought each other most."""
        return bool(self.parties) and all(party.third for party in self.parties)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A system of a battle: its first and last mail there, and how many."""

    system_id: SystemId
    start: datetime
    end: datetime
    kills: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One hull that was lost: a mail seen from its victim. The party is None for what NPCs own."""

    killmail_id: KillmailId
    time: datetime
    system_id: SystemId
    ship_type_id: TypeId | None
    character_id: CharacterId | None
    organisation: Organisation | None
    value: Value

    @classmethod
    def of(cls, mail: Killmail) -> Self:
        """What this mail says of its victim."""
        return cls(
            killmail_id=mail.id,
            time=mail.time,
            system_id=mail.system_id,
            ship_type_id=mail.victim.ship_type_id,
            character_id=mail.victim.character_id,
            organisation=mail.victim.organisation,
            value=mail.value,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """Kills in the last ten minutes up to the battle's last mail, and in the ten before."""

    kills: int = 0
    before: int = 0


TOP_LOSSES = 5
"""Most valuable losses that a battle's picture holds."""

CLEAR = 0.92
"""Certainty below which the sides are called unclear, and decide nothing. On the recorded days it marks 22 of the 23
fights in which more than 15 % of a victim's attackers stood on its own side, and one in eighty of those with less than
5 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Battle:
    """One fight. Times are those of its first and last mail; ISK is what all its victims lost; ids ascend.

    It may have moved: `system_id` and `space` are those of its earliest mail, `places` has them all.
    """

    key: BattleKey
    public_id: str
    system_id: SystemId
    space: Space
    state: BattleState
    start: datetime
    end: datetime
    killmail_ids: tuple[KillmailId, ...]
    pilots: int
    isk_destroyed: IskSum
    sides: tuple[Side, ...]
    certainty: float
    """Share of what was shot and flown together that the sides explain, 0 to 1."""
    kind: BattleKind = BattleKind.SKIRMISH
    places: tuple[Place, ...] = ()
    """In the order in which it reached them: its movement."""
    top_losses: tuple[Loss, ...] = ()
    """Its most valuable losses, at most `TOP_LOSSES`, the most valuable first; those of unknown value are left out."""
    tempo: Tempo = field(default_factory=Tempo)

    @property
    def capitals(self) -> int:
        """Capitals and supercapitals seen, by all sides."""
        return sum(
            hull.fielded
            for side in self.sides
            for hull in side.hulls
            if hull.hull_class in CAPITALS
        )

    @property
    def is_clear(self) -> bool:
        """False when the sides explain too little of who shot whom to be stated plainly.

        Where a server moved parties, somebody has looked, and the sides are as they say.
        """
        return self.certainty >= CLEAR or self.moved > 0

    @property
    def moved(self) -> int:
        """Parties that a server put on another side."""
        return sum(party.moved for side in self.sides for party in side.parties)

    @property
    def kills(self) -> int:
        """How many mails it holds."""
        return len(self.killmail_ids)

    @property
    def duration(self) -> timedelta:
        """From the first mail to the last."""
        return self.end - self.start

    @property
    def main_places(self) -> tuple[Place, ...]:
        """Those of its places that say where it was fought, in order: what titles name.

        A stop of one or two kills, or of less than a tenth of all, is a straggler's death and no movement. A small
        fight that had hardly any larger stops is told by all that hold a tenth.
        """
        real = [place for place in self.places if place.kills >= self.kills * PLACE_SHARE]
        large = [place for place in real if place.kills >= PLACE_KILLS]
        told = large if sum(place.kills for place in large) >= self.kills * PLACE_MOST else real
        return tuple(told) or self.places


PLACE_SHARE, PLACE_KILLS = 0.1, 3
"""Share of all kills, and kills, from which on a place is one that a title names."""
PLACE_MOST = 2 / 3
"""Share of all kills that such places must hold together to stand for the whole."""
DUEL_SHARE = 0.9
"""Share of all known losses that two sides took, from which the losses of the one are taken as the other's work."""


def ranked_sides(battle: Battle) -> tuple[Side, ...]:
    """Sides by pilots, then by losses, the largest first."""
    return tuple(
        sorted(battle.sides, key=lambda side: (-side.pilots, -side.losses, -side.isk_lost.isk))
    )


def main_sides(battle: Battle) -> tuple[Side, ...]:
    """The two largest sides that killed or lost something and are no third parties; fewer where there are fewer."""
    return tuple(s for s in ranked_sides(battle) if (s.kills or s.losses) and not s.third)[:2]


def opponents(battle: Battle) -> tuple[Side, Side] | None:
    """The main sides, where what the one lost is the other's work; the largest first.

    None where the sides are unclear, where there are no two, or where others lost more than a tenth.
    """
    main = main_sides(battle)
    if len(main) < 2 or not battle.is_clear:
        return None
    one, other = main
    if one.isk_lost.isk + other.isk_lost.isk < battle.isk_destroyed.isk * DUEL_SHARE:
        return None
    return one, other


def efficiency(battle: Battle, side: Side) -> float | None:
    """Share of the ISK lost by a side and its opponent that the opponent lost, 0 to 1.

    None where it has no opponent, where the value of a loss of theirs is unknown, or where they lost nothing.
    """
    pair = opponents(battle)
    if pair is None or side not in pair:
        return None
    other = pair[1] if side == pair[0] else pair[0]
    both = side.isk_lost + other.isk_lost
    return None if both.unpriced or not both.isk else other.isk_lost.isk / both.isk


EVEN = 0.55
"""Share of the losses below which nobody is ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The side of two opponents that lost less, and the share of both losses that the other one lost, 0.5 to 1."""

    side: Side
    share: float
    exact: bool
    """False where it is that or more: the other side lost something of unknown value."""

    @property
    def is_even(self) -> bool:
        """Too close to name anybody."""
        return self.share < EVEN


def ahead(battle: Battle) -> Ahead | None:
    """Who is ahead by ISK. None where there are no opponents, where they lost nothing, or where unknown values decide.

    A loss of unknown value decides nothing when the side that is behind by all known ones had it.
    """
    pair = opponents(battle)
    if pair is None:
        return None
    less, more = sorted(pair, key=lambda side: side.isk_lost.isk)
    both = less.isk_lost.isk + more.isk_lost.isk
    if less.isk_lost.unpriced or not both:
        return None
    found = Ahead(side=less, share=more.isk_lost.isk / both, exact=not more.isk_lost.unpriced)
    return found if found.exact or not found.is_even else None


@dataclass(frozen=True, slots=True, kw_only=True)
class BattleSearch:
    """Which battles to list. None means no condition."""

    since: datetime | None = None
    """Its last mail is not before this."""
    until: datetime | None = None
    """Its first mail is before this."""
    system_id: SystemId | None = None
    """One of its places."""
    region_id: RegionId | None = None
    """The region of one of its places."""
    entity_id: int | None = None
    """This pilot, corporation or alliance was on one of its mails."""
    space: Space | None = None
    """It began in this kind of space."""
    kind: BattleKind | None = None
    min_kills: int = 0
    min_isk: float = 0.0
    min_pilots: int = 0
    min_capitals: int = 0
    limit: int | None = None
    offset: int = 0
    """So many of the latest are passed over: for the pages of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fought:
    """What battles left in one system within a window: only kills there and then are counted."""

    battles: int
    kills: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SideMove:
    """A server says that a party fought beside another one, or (None) for itself alone."""

    party: Organisation
    beside: Organisation | None
    by: UserId
    at: datetime


def related_url(system_id: SystemId, moment: datetime) -> str:
    """ZKillboard's related-kills page of the hour of `moment` (its minutes must be 00)."""
    return f"https://zkillboard.com/related/{system_id}/{moment:%Y%m%d%H}00/"
