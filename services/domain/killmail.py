"""A killmail: the record of one kill, as the rest of the house sees it (facts and references, no wire detail)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from services.domain.ids import (
    AllianceId,
    CharacterId,
    CorporationId,
    FactionId,
    KillmailId,
    LocationId,
    SystemId,
    TypeId,
    WarId,
    is_npc_corporation,
)
from services.domain.isk import UNKNOWN_VALUE, Value


class OrganisationKind(StrEnum):
    """What a party is. A pilot of an NPC corporation fights for the militia, or alone."""

    ALLIANCE = "alliance"
    CORPORATION = "corporation"
    FACTION = "faction"
    CHARACTER = "character"


@dataclass(frozen=True, slots=True, order=True)
class Organisation:
    """A party's identity. Ids of the four kinds do not overlap in practice; the kind says where to look."""

    id: int
    kind: OrganisationKind

    def __hash__(self) -> int:
        """The id tells parties apart well enough; this is asked for each attacker of each mail."""
        return self.id


@lru_cache(maxsize=65_536)
def party(organisation_id: int, kind: OrganisationKind) -> Organisation:
    """The one object for a party: equal parties are then the same, which is quicker to find out."""
    return Organisation(organisation_id, kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Combatant:
    """Whoever stands on a mail, as victim or attacker. Every field can be absent (NPCs, structures, empty hulls)."""

    character_id: CharacterId | None = None
    corporation_id: CorporationId | None = None
    alliance_id: AllianceId | None = None
    faction_id: FactionId | None = None
    ship_type_id: TypeId | None = None

    @property
    def is_player(self) -> bool:
        """A named pilot, or something that a player corporation owns (structure, empty hull)."""
        return self.character_id is not None or (
            self.corporation_id is not None and not is_npc_corporation(self.corporation_id)
        )

    @property
    def organisation(self) -> Organisation | None:
        """The party: alliance, else player corporation, else militia, else the pilot alone; None for an NPC."""
        if self.alliance_id is not None:
            return party(self.alliance_id, OrganisationKind.ALLIANCE)
        if self.corporation_id is not None and not is_npc_corporation(self.corporation_id):
            return party(self.corporation_id, OrganisationKind.CORPORATION)
        if self.character_id is None:
            return None
        if self.faction_id is not None:
            return party(self.faction_id, OrganisationKind.FACTION)
        return party(self.character_id, OrganisationKind.CHARACTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacker(Combatant):
    """One attacker. Damage is in hit points; old mails hold negative ones, kept as they are."""

    weapon_type_id: TypeId | None = None
    damage: int = 0
    final_blow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A stack that the victim carried. `flag` is the inventory flag (slot or hold) of the outermost thing it lay in."""

    type_id: TypeId
    flag: int
    destroyed: int = 0
    dropped: int = 0
    copy: bool = False
    """A blueprint copy (singleton 2): worth nothing that a market could tell."""


@dataclass(frozen=True, slots=True)
class Position:
    """Metres from the system's star."""

    x: float
    y: float
    z: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim(Combatant):
    """Whose hull was destroyed. `items` is flat: what lay in a container stands beside it."""

    damage_taken: int = 0
    position: Position | None = None
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Killmail:
    """One kill. `time` is when it happened (aware, UTC); flags are zKillboard's where the feed had them."""

    id: KillmailId
    hash: str
    time: datetime
    system_id: SystemId
    victim: Victim
    attackers: tuple[Attacker, ...]
    value: Value = UNKNOWN_VALUE
    war_id: WarId | None = None
    moon_id: LocationId | None = None
    location_id: LocationId | None = None
    npc: bool | None = None
    solo: bool | None = None
    awox: bool | None = None
    labels: tuple[str, ...] = field(default=())

    @property
    def final_blow(self) -> Attacker | None:
        """Who dealt the last hit, if the mail says."""
        return next((attacker for attacker in self.attackers if attacker.final_blow), None)

    @property
    def has_player_attacker(self) -> bool:
        """False for mails on which only NPCs shot: those never make a battle."""
        return any(attacker.is_player for attacker in self.attackers)

    @property
    def pilots(self) -> frozenset[CharacterId]:
        """Every named pilot on the mail, the victim too, each once."""
        found = {a.character_id for a in self.attackers if a.character_id is not None}
        if self.victim.character_id is not None:
            found.add(self.victim.character_id)
        return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A killmail on its way in, with how it came."""

    killmail: Killmail
    received_at: datetime
    published_at: datetime | None = None
    """When the feed published it; None where that is unknown (archives)."""
    revised: bool = False
    """The feed wrote this mail anew: what is stored of it may be out of date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """What could not be read: kept with its reason, never lost, never looped on."""

    source: str
    """Which feed: `r2z2` or `archive`."""
    reference: str
    """Where in that feed: a sequence, or `file.tar.bz2:member`."""
    reason: str
    body: bytes
