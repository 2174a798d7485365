"""Kinds of occurrences as people name them: the words that an option takes, and those that lists and cards say.

Every kind stands in exactly one group; a group is what people ask for (`campaigns`), a kind what they can ask for
where they want less (`campaign-new`). A kind added later without words does not pass the tests.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from services.domain.occurrence import USUAL, OccurrenceKind, Topic

K = OccurrenceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class EventGroup:
    """Kinds that are asked for together."""

    word: str
    """As it is typed."""
    label: str
    """In a list: `changes of holder`."""
    kinds: frozenset[OccurrenceKind]


def _group(word: str, label: str, *kinds: OccurrenceKind) -> EventGroup:
    return EventGroup(word=word, label=label, kinds=frozenset(kinds))


GROUPS: dict[Topic, tuple[EventGroup, ...]] = {
    Topic.SOV: (
        _group("campaigns", "campaigns", K.CAMPAIGN_NEW, K.CAMPAIGN_STARTED, K.CAMPAIGN_SCORE, K.CAMPAIGN_ENDED),
        _group("holders", "changes of holder", K.HOLDER, K.HUB_LOST),
        _group("capitals", "moved capitals", K.CAPITAL),
        _group("adm", "ADM across a whole number", K.ADM),
        _group("windows", "vulnerability windows", K.WINDOW),
        _group("skyhooks", "raidable skyhooks", K.SKYHOOK),
    ),
    Topic.FW: (
        _group("flips", "flips", K.FLIP),
        _group("vulnerable", "systems vulnerable, probably taken or safe again", K.VULNERABLE, K.RESET, K.SAFE),
        _group("shifts", "contested shares that move fast", K.SHIFT),
        _group("insurgencies", "insurgencies", K.INSURGENCY_STARTED, K.INSURGENCY_STAGE, K.INSURGENCY_ENDED),
        _group("roles", "changes of role", K.ROLE),
    ),
    Topic.INCURSION: (
        _group("started", "new ones", K.INCURSION_STARTED),
        _group("mobilizing", "mobilizing", K.INCURSION_MOBILIZING),
        _group("withdrawing", "withdrawing", K.INCURSION_WITHDRAWING),
        _group("gone", "gone", K.INCURSION_GONE),
    ),
    Topic.WAR: (
        _group("declared", "declared", K.WAR_DECLARED),
        _group("started", "fighting begins", K.WAR_STARTED),
        _group("allies", "allies join", K.WAR_ALLY),
        _group("finished", "finished", K.WAR_FINISHED),
    ),
}  # fmt: skip
"""In the order in which they are offered and told."""

NOUNS: dict[OccurrenceKind, tuple[str, str]] = {
    K.CAMPAIGN_NEW: ("new campaign", "new campaigns"),
    K.CAMPAIGN_STARTED: ("started campaign", "started campaigns"),
    K.CAMPAIGN_SCORE: ("move of a score", "moves of scores"),
    K.CAMPAIGN_ENDED: ("ended campaign", "ended campaigns"),
    K.HOLDER: ("change of holder", "changes of holder"),
    K.HUB_LOST: ("lost hub", "lost hubs"),
    K.ADM: ("ADM across a whole number", "ADMs across a whole number"),
    K.WINDOW: ("vulnerability window", "vulnerability windows"),
    K.CAPITAL: ("moved capital", "moved capitals"),
    K.SKYHOOK: ("raidable skyhook", "raidable skyhooks"),
    K.FLIP: ("flip", "flips"),
    K.VULNERABLE: ("vulnerable system", "vulnerable systems"),
    K.RESET: ("system probably taken", "systems probably taken"),
    K.SAFE: ("system safe again", "systems safe again"),
    K.SHIFT: ("fast move of a contested share", "fast moves of contested shares"),
    K.ROLE: ("change of role", "changes of role"),
    K.INSURGENCY_STARTED: ("new insurgency", "new insurgencies"),
    K.INSURGENCY_STAGE: ("stage of an insurgency", "stages of insurgencies"),
    K.INSURGENCY_ENDED: ("ended insurgency", "ended insurgencies"),
    K.INCURSION_STARTED: ("new incursion", "new incursions"),
    K.INCURSION_MOBILIZING: ("incursion mobilizing", "incursions mobilizing"),
    K.INCURSION_WITHDRAWING: ("incursion withdrawing", "incursions withdrawing"),
    K.INCURSION_GONE: ("incursion gone", "incursions gone"),
    K.WAR_DECLARED: ("declared war", "declared wars"),
    K.WAR_STARTED: ("war that begins", "wars that begin"),
    K.WAR_ALLY: ("new ally in a war", "new allies in wars"),
    K.WAR_FINISHED: ("finished war", "finished wars"),
}
"""One, and several."""


def wanted_kinds(topic: Topic, events: Collection[OccurrenceKind]) -> frozenset[OccurrenceKind]:
    """What an alert tells that names these; none: the usual ones."""
    return frozenset(events) or frozenset(kind for kind in USUAL if kind.topic is topic)


def is_everything(topic: Topic, events: Collection[OccurrenceKind]) -> bool:
    """True when no kind of the topic is left out."""
    return wanted_kinds(topic, events) >= {kind for kind in K if kind.topic is topic}


def events_words(topic: Topic, events: Collection[OccurrenceKind]) -> str:
    """`campaigns, changes of holder`: whole groups by their label, parts of one by their kinds."""
    return ", ".join(_told(topic, wanted_kinds(topic, events)))


def _told(topic: Topic, wanted: frozenset[OccurrenceKind]) -> Iterator[str]:
    for group in GROUPS[topic]:
        if group.kinds <= wanted:
            yield group.label
        else:
            yield from (NOUNS[kind][1] for kind in K if kind in group.kinds & wanted)
