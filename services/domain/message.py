"""What a channel is told, as data: the outbox keeps these, and a card is drawn from them only when it is sent.

The classes are stored as JSON with `MESSAGE_VERSION`; a field may be added with a default, never renamed or removed
without raising the version.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.domain.alert import Reason
from services.domain.battle import Battle
from services.domain.ids import BattleKey, KillmailId, LocationId, RoleId, SystemId, TypeId, WarId
from services.domain.isk import IskSum, Value
from services.domain.killmail import Combatant, Killmail, Organisation, Position

MESSAGE_VERSION = 1


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

    @classmethod
    def of(cls, killmail: Killmail) -> "KillSummary":
        """Boil a killmail down; organisations are ranked by named pilots, then by id."""
        final = killmail.final_blow
        seen: dict[Organisation, set[int]] = {}
        named: set[int] = set()
        for attacker in killmail.attackers:
            if attacker.character_id is None:
                continue
            named.add(attacker.character_id)
            if (organisation := attacker.organisation) is not None:
                seen.setdefault(organisation, set()).add(attacker.character_id)
        leading = min(seen, key=lambda org: (-len(seen[org]), org), default=None)
        count = len(seen[leading]) if leading is not None else 0
        victim = killmail.victim
        return cls(
            id=killmail.id,
            hash=killmail.hash,
            time=killmail.time,
            system_id=killmail.system_id,
            victim=_plain(victim),
            final_blow=_plain(final) if final else None,
            final_weapon_type_id=final.weapon_type_id if final else None,
            attackers=len(killmail.attackers),
            pilots=len(named),
            leading=leading if count > 1 else None,
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
        )


def _plain(combatant: Combatant) -> Combatant:
    return Combatant(
        character_id=combatant.character_id,
        corporation_id=combatant.corporation_id,
        alliance_id=combatant.alliance_id,
        faction_id=combatant.faction_id,
        ship_type_id=combatant.ship_type_id,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KillMessage:
    """One kill, once per channel."""

    kill: KillSummary
    reasons: tuple[Reason, ...]
    ping: tuple[RoleId, ...] = ()
    ping_until: datetime | None = None
    """After this nobody is called any more: the kill is old news by then."""
    sample: bool = False
    """Marked as a sample (`/alert test`)."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUpMessage:
    """What matched while the feed was behind: told as one summary and not as a flood."""

    since: datetime
    until: datetime
    lag_seconds: float
    """How far behind the feed was at its worst."""
    kills: int
    isk: IskSum
    largest: KillSummary | None
    reasons: tuple[Reason, ...] = ()
    battles: tuple[BattleLine, ...] = ()


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


Message = KillMessage | BattleMessage | BattleCallMessage | CatchUpMessage | NoticeMessage
