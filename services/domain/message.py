"""What a channel is told, as data: the outbox keeps these, and a card is drawn from them only when it is sent.

The classes are stored as JSON with `MESSAGE_VERSION`; a field may be added with a default, never renamed or removed
without raising the version.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from services.domain.alert import CardPart, CardStyle, Reason
from services.domain.battle import Battle
from services.domain.ids import (
    BattleKey,
    KillmailId,
    LocationId,
    RoleId,
    SystemId,
    TypeId,
    UserId,
    WarId,
)
from services.domain.isk import IskSum, Value
from services.domain.killmail import Attacker, Combatant, Killmail, Organisation, Position
from services.domain.news import (
    BoardMessage,
    CampaignMessage,
    CampaignNoteMessage,
    NewsMessage,
    TimerNoteMessage,
)
from services.domain.space import HullClass
from services.domain.standing import Stance

MESSAGE_VERSION = 2

CREWS = 5
"""Organisations of attackers that a summary keeps: it stays small whoever comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Attackers of one organisation: named pilots, and what they flew by class, the most frequent first."""

    organisation: Organisation
    pilots: int
    classes: tuple[tuple[HullClass, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KillSummary:
    """A killmail without its long lists: what one card shows."""

    id: KillmailId
    hash: str
    time: datetime
    system_id: SystemId
    victim: Combatant
    final_blow: Combatant | None
    final_weapon_type_id: TypeId | None
    attackers: int
    """Entries on the mail, NPCs included."""
    pilots: int
    """Named attackers, each once."""
    leading: Organisation | None
    """The organisation with most named attackers, when it has more than one."""
    leading_pilots: int
    value: Value
    damage_taken: int = 0
    location_id: LocationId | None = None
    position: Position | None = None
    war_id: WarId | None = None
    npc: bool = False
    """Only NPCs shot (zKillboard's word where the feed had it, else read off the attackers)."""
    solo: bool | None = None
    awox: bool | None = None
    labels: tuple[str, ...] = ()
    top_damage: Combatant | None = None
    """Whoever did most of the damage; None where nobody did any."""
    top_damage_share: float = 0.0
    """Their part of all damage on the mail, 0 to 1."""
    crews: tuple[Crew, ...] = ()
    """Organisations of named attackers, those with most pilots first; at most `CREWS`."""
    received_at: datetime | None = None

    @classmethod
    def of(
        cls,
        killmail: Killmail,
        *,
        received_at: datetime | None = None,
        hull_class: Callable[[TypeId | None], HullClass] | None = None,
    ) -> "KillSummary":
        """Boil a killmail down; organisations are ranked by named pilots, then by id.

        `received_at`: when the mail came in; `hull_class`: what a type counts as (without it, crews have no classes).
        """
        final, victim = killmail.final_blow, killmail.victim
        top, share = _top_damage(killmail.attackers)
        named, hulls = _hulls_by_party(killmail.attackers)
        ranked = sorted(hulls, key=lambda party: (-len(hulls[party]), party))
        count = len(hulls[ranked[0]]) if ranked else 0
        return cls(
            id=killmail.id,
            hash=killmail.hash,
            time=killmail.time,
            system_id=killmail.system_id,
            victim=_plain(victim),
            final_blow=_plain(final) if final else None,
            final_weapon_type_id=final.weapon_type_id if final else None,
            attackers=len(killmail.attackers),
            pilots=named,
            leading=ranked[0] if count > 1 else None,
            leading_pilots=count if count > 1 else 0,
            value=killmail.value,
            damage_taken=victim.damage_taken,
            location_id=killmail.location_id,
            position=victim.position,
            war_id=killmail.war_id,
            npc=killmail.npc if killmail.npc is not None else not killmail.has_player_attacker,
            solo=killmail.solo,
            awox=killmail.awox,
            labels=killmail.labels,
            top_damage=_plain(top) if top else None,
            top_damage_share=share,
            crews=tuple(_crew(party, hulls[party], hull_class) for party in ranked[:CREWS]),
            received_at=received_at,
        )


def _top_damage(attackers: Sequence[Attacker]) -> tuple[Attacker | None, float]:
    """Whoever did most, and their share of all damage; of equals the first. Negative damage (old mails) is none."""
    total = sum(attacker.damage for attacker in attackers if attacker.damage > 0)
    if not total:
        return None, 0.0
    top = max(attackers, key=lambda attacker: attacker.damage)
    return top, top.damage / total


def _hulls_by_party(
    attackers: Sequence[Attacker],
) -> tuple[int, dict[Organisation, dict[int, TypeId | None]]]:
    """How many named pilots there are, and what each flew, by their organisation; each pilot counts once."""
    named: set[int] = set()
    hulls: dict[Organisation, dict[int, TypeId | None]] = {}
    for attacker in attackers:
        if attacker.character_id is None:
            continue
        named.add(attacker.character_id)
        if (organisation := attacker.organisation) is not None:
            flown = hulls.setdefault(organisation, {})
            flown.setdefault(attacker.character_id, attacker.ship_type_id)
    return len(named), hulls


def _crew(
    organisation: Organisation,
    hulls: Mapping[int, TypeId | None],
    hull_class: Callable[[TypeId | None], HullClass] | None,
) -> Crew:
    counts: Counter[HullClass] = Counter()
    if hull_class is not None:
        for type_id, count in Counter(hulls.values()).items():
            counts[hull_class(type_id)] += count
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Crew(organisation=organisation, pilots=len(hulls), classes=tuple(ranked))


def _plain(combatant: Combatant) -> Combatant:
    return Combatant(
        character_id=combatant.character_id,
        corporation_id=combatant.corporation_id,
        alliance_id=combatant.alliance_id,
        faction_id=combatant.faction_id,
        ship_type_id=combatant.ship_type_id,
    )


class Verdict(StrEnum):
    """What somebody said of a kill by its buttons."""

    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    FALSE_ALARM = "false alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """Who said it, and when."""

    verdict: Verdict
    by: UserId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KillMessage:
    """One kill, once per channel.

    Parts are those of the oldest alert that matched, and so is the style, unless one wants the buttons; the distance is
    that of the oldest that measures one.
    """

    kill: KillSummary
    reasons: tuple[Reason, ...]
    ping: tuple[RoleId, ...] = ()
    call: tuple[UserId, ...] = ()
    """People who are called, as roles are by `ping`."""
    ping_until: datetime | None = None
    """After this nobody is called any more: the kill is old news by then."""
    style: CardStyle = CardStyle.FULL
    hidden: tuple[CardPart, ...] = ()
    stance: Stance = Stance.NEUTRAL
    home_id: SystemId | None = None
    """The system that the alert measures from: the card tells the distance."""
    handling: tuple[Handling, ...] = ()
    """What was said of it, oldest first."""
    sample: bool = False
    """Marked as a sample (`/alert test`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Who muted it, and when."""

    by: UserId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KillCount:
    """So many kills were told of, then."""

    kills: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BattleMessage:
    """One battle, once per channel, edited as it grows. `merged_into` names the battle that took it in."""

    battle: Battle
    reasons: tuple[Reason, ...]
    ping: tuple[RoleId, ...] = ()
    ping_until: datetime | None = None
    merged_into: str | None = None
    sample: bool = False
    """Marked as a sample (`/alert test`)."""
    muted: Mute | None = None
    """Nobody is called for it in this channel any more, and milestones are kept back; the message is still edited."""
    counted: KillCount | None = None
    """What the channel was told of at the first post, or when the kills had last doubled; None: not noted yet."""


class MilestoneKind(StrEnum):
    """What is worth a message of its own while a battle goes on. The values are stored."""

    CAPITALS = "capitals"
    """The first capital was seen."""
    DOUBLED = "doubled"
    """Twice the kills of the last milestone of this kind, or of the first post."""
    ARRIVED = "arrived"
    """A party came with many pilots."""
    STRUCTURE = "structure"
    """A structure was destroyed."""
    MOVED = "moved"
    """It went on in another system."""
    OVER = "over"
    """It ended. Told in threads alone: the message itself says so too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BattleMilestoneMessage:
    """Something happened in a battle that stands in the channel: a reply, or a message in the battle's thread."""

    battle: Battle
    """As it was then."""
    milestone: MilestoneKind
    reasons: tuple[Reason, ...]
    organisation: Organisation | None = None
    """Who arrived, or who lost the structure."""
    type_id: TypeId | None = None
    """The capital, or the structure."""
    system_id: SystemId | None = None
    """Where it moved to."""
    count: int | None = None
    """Kills, or pilots who arrived."""
    in_thread: bool = False
    merged_into: str | None = None
    """The id of the battle that took it in, where that is its end: it goes on there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BattleCallMessage:
    """A battle that already stands in the channel met another alert, whose role is called by this reply."""

    battle: Battle
    """As it was when it met the alert."""
    reasons: tuple[Reason, ...]
    ping: tuple[RoleId, ...]
    ping_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BattleLine:
    """A battle in one line of a summary."""

    key: BattleKey
    public_id: str
    system_id: SystemId
    kills: int
    isk: IskSum


class Counted(NamedTuple):
    """A kill in the figures of a summary, with the worth it has in them."""

    id: KillmailId
    isk: float | None
    estimated: bool = False


class SummaryCause(StrEnum):
    """Why kills are told as one summary and not one by one."""

    BEHIND = "behind"
    """The feed was behind."""
    QUIET = "quiet"
    """Quiet hours."""
    CAP = "cap"
    """The channel had as many posts as it may have in an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryMessage:
    """What matched and was not posted one by one: one message, brought up to date."""

    since: datetime
    """Of the kills: the earliest, and `until` the latest."""
    until: datetime
    lag_seconds: float = 0.0
    """How far behind the feed was at its worst, where that was the cause."""
    kills: int = 0
    isk: IskSum = field(default_factory=IskSum)
    reasons: tuple[Reason, ...] = ()
    battles: tuple[BattleLine, ...] = ()
    cause: SummaryCause = SummaryCause.BEHIND
    top: tuple[KillSummary, ...] = ()
    """The most valuable kills, at most three, the most valuable first."""
    systems: tuple[tuple[SystemId, int], ...] = ()
    """Kills by system, for a picture; none where no picture is wanted."""
    window: tuple[datetime, datetime] | None = None
    """The quiet hours, or the hour of the limit."""
    limit: int | None = None
    """Posts an hour that the channel may have, where that was the cause."""
    counted: tuple[Counted, ...] = ()
    """The latest kills that were counted, so that one that comes again is not counted twice."""


class Severity(StrEnum):
    """How loud a notice is."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeMessage:
    """The bot about itself: what happened and what to do. Markdown of our own; text from outside never stands in it."""

    title: str
    text: str
    severity: Severity = Severity.INFO


Message = (
    KillMessage
    | BattleMessage
    | BattleMilestoneMessage
    | BattleCallMessage
    | SummaryMessage
    | NoticeMessage
    | CampaignMessage
    | CampaignNoteMessage
    | NewsMessage
    | TimerNoteMessage
    | BoardMessage
)
