"""What happens in the game beside kills: sovereignty, faction warfare, incursions and wars, one fact each.

Detectors compare two answers of a polled source and raise occurrences; they are kept (`services.occurrences`), told to
the channels whose alerts want them, listed by commands, and tried against alerts that are yet to be. The key is unique
for ever: the same fact found twice is one.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.domain.ids import RegionId, SystemId
from services.domain.killmail import Organisation


class Topic(StrEnum):
    """What an occurrence belongs to. The values are stored, and are those of the alerts' kinds."""

    SOV = "sov"
    FW = "fw"
    INCURSION = "incursion"
    WAR = "war"


class OccurrenceKind(StrEnum):
    """What happened. The values are stored, stand in files of alerts, and are never renamed."""

    CAMPAIGN_NEW = "campaign-new"
    """A contest over a sovereignty hub was announced. Subject: the campaign."""
    CAMPAIGN_STARTED = "campaign-started"
    CAMPAIGN_SCORE = "campaign-score"
    """The scores moved: `before` and `after` are the defender's share."""
    CAMPAIGN_ENDED = "campaign-ended"
    """`word` is the verdict (`CampaignVerdict`)."""
    HOLDER = "sov-holder"
    """A system changed hands: `old` to `new`, of which one may be nobody."""
    HUB_LOST = "sov-hub-lost"
    """A holder lost a system with its hub, and nobody holds it. Never raised beside HOLDER for the same change."""
    ADM = "sov-adm"
    """The activity defence multiplier crossed a whole number: `before` to `after`."""
    WINDOW = "sov-window"
    """A hub's vulnerability window opened, from `starts` to `ends`. Not kept: it comes every day."""
    CAPITAL = "sov-capital"
    """An alliance moved its capital: `systems` is the new one, and the old one behind it where there was one."""
    SKYHOOK = "skyhook"
    """A skyhook can be raided from `starts` to `ends`. Subject: the planet. Not kept."""

    FLIP = "fw-flip"
    """A system of the warzone changed hands: `old` to `new` occupier. `starts`: when it was reset before that."""
    VULNERABLE = "fw-vulnerable"
    RESET = "fw-reset"
    """The share fell to 0 at once from all or nearly all (`before`), and ESI still names the old occupier: probably
    taken. Every capture that was watched began so, half an hour to more than a day before ESI named the new one."""
    SAFE = "fw-safe"
    """No longer vulnerable, by degrees: `after` is the share, `others` begins with the occupier. `starts`: when it was
    reset, of one that the same occupier holds after all."""
    SHIFT = "fw-shift"
    """The contested share moved by much within an hour: `before` to `after`, 0 to 1."""
    ROLE = "fw-role"
    """`word`: the new role (`Role`)."""
    INSURGENCY_STARTED = "insurgency-started"
    """Subject: the campaign's number where the source has one; `new` the pirate faction."""
    INSURGENCY_STAGE = "insurgency-stage"
    """`word`: corruption or suppression; `before` to `after` are stages 0 to 5."""
    INSURGENCY_ENDED = "insurgency-ended"

    INCURSION_STARTED = "incursion-started"
    """`systems`: the staging system, then the others; `after` is the influence, 0 to 1."""
    INCURSION_MOBILIZING = "incursion-mobilizing"
    INCURSION_WITHDRAWING = "incursion-withdrawing"
    INCURSION_GONE = "incursion-gone"

    WAR_DECLARED = "war-declared"
    """Subject: the war; `old` the aggressor, `new` the defender."""
    WAR_STARTED = "war-started"
    """Fighting may begin."""
    WAR_ALLY = "war-ally"
    """`others`: whoever joined."""
    WAR_FINISHED = "war-finished"
    """Told when its end is named, which may be a day beforehand (`ends` lies ahead; `word`: `retracted` where the
    aggressor took it back), and then again when it is over."""

    @property
    def topic(self) -> Topic:
        """What it belongs to."""
        return _TOPICS[self]

    @property
    def weight(self) -> int:
        """Where a message has no room for all, the heaviest is told: 2 what is lost, 0 what goes on, 1 the rest."""
        return 2 if self in _HEAVY else int(self not in _LIGHT)

    @property
    def is_kept(self) -> bool:
        """False for what happens every day all over the game and can be told from the state."""
        return self not in _FLEETING


_FLEETING = frozenset({OccurrenceKind.WINDOW, OccurrenceKind.SKYHOOK})
_HEAVY = frozenset(
    {
        OccurrenceKind.CAMPAIGN_ENDED,
        OccurrenceKind.HOLDER,
        OccurrenceKind.HUB_LOST,
        OccurrenceKind.FLIP,
    }
)
_LIGHT = frozenset(
    {
        OccurrenceKind.CAMPAIGN_SCORE,
        OccurrenceKind.ADM,
        OccurrenceKind.WINDOW,
        OccurrenceKind.SKYHOOK,
        OccurrenceKind.SHIFT,
    }
)
_PREFIXES = {
    "campaign": Topic.SOV,
    "sov": Topic.SOV,
    "skyhook": Topic.SOV,
    "fw": Topic.FW,
    "insurgency": Topic.FW,
}
_TOPICS = {
    kind: _PREFIXES.get(kind.value.partition("-")[0]) or Topic(kind.value.partition("-")[0])
    for kind in OccurrenceKind
}

CAMPAIGN_KINDS = frozenset(
    {
        OccurrenceKind.CAMPAIGN_NEW,
        OccurrenceKind.CAMPAIGN_STARTED,
        OccurrenceKind.CAMPAIGN_SCORE,
        OccurrenceKind.CAMPAIGN_ENDED,
    }
)
"""Told by the one message of the campaign and its replies, not by messages of their own."""

REMINDED = "reminder"
"""The `word` of a CAMPAIGN_NEW that stands in a message for a reminder: it is never kept."""

USUAL = frozenset(OccurrenceKind) - {
    OccurrenceKind.ADM,
    OccurrenceKind.WINDOW,
    OccurrenceKind.SKYHOOK,
    OccurrenceKind.ROLE,
}
"""What an alert tells that names no kinds: the rest is asked for by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One fact. What its kind does not name is None or empty."""

    key: str
    """Unique for ever, at most 96 characters: the kind, what it is about, and when or which."""
    kind: OccurrenceKind
    at: datetime
    """When the source first said so (the moment of its answer); the game's own time where it names one."""
    since: datetime | None = None
    """The source was last asked then: it happened in between. None where that is no more than its usual pace."""
    systems: tuple[SystemId, ...] = ()
    """Where; the first is the one that it is about."""
    old: Organisation | None = None
    new: Organisation | None = None
    others: tuple[Organisation, ...] = ()
    """Whoever else it concerns: a campaign's defender, the factions of a warzone system."""
    before: float | None = None
    after: float | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    subject: int | None = None
    word: str | None = None

    @property
    def system_id(self) -> SystemId | None:
        """The system that it is about."""
        return self.systems[0] if self.systems else None

    @property
    def parties(self) -> tuple[Organisation, ...]:
        """Everybody whom it concerns."""
        return tuple(p for p in (self.old, self.new, *self.others) if p is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which occurrences an alert wants: every condition that is given must hold; none: everywhere, everybody.

    An occurrence without a place never meets a condition on places, one without parties none on parties.
    """

    region_id: RegionId | None = None
    system_id: SystemId | None = None
    """With `jumps` or `light_years`: how far around it; without both: the system alone."""
    jumps: int | None = None
    """By gates, 0 to 50."""
    light_years: float | None = None
    party: Organisation | None = None
    """An alliance, corporation or faction that it concerns."""
    us: bool = False
    """It concerns whoever the server marked as us or friend (`/standing`)."""

    @property
    def is_empty(self) -> bool:
        """True when it asks for nothing."""
        return self == _EVERYWHERE


_EVERYWHERE = Scope()


@dataclass(frozen=True, slots=True, kw_only=True)
class OccurrenceSearch:
    """Which kept occurrences are asked for; every condition that is given must hold."""

    topic: Topic | None = None
    kinds: frozenset[OccurrenceKind] | None = None
    since: datetime | None = None
    """From this moment on."""
    until: datetime | None = None
    """Before this moment."""
    systems: frozenset[SystemId] | None = None
    """About one of these."""
    party: Organisation | None = None
    """It concerns this one."""
    limit: int | None = None
    offset: int = 0
