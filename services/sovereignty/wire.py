"""ESI's answers on sovereignty as they come, and nothing inwards of here.

New keys are passed over, and a row of another shape costs that row alone. The claim on a system is an untagged union:
which key is there says what it is. What kind of contest a campaign is stays as ESI says it.
"""

from datetime import datetime
from typing import Annotated, TypeVar

import msgspec

from services.domain.ids import AllianceId, ConstellationId, CorporationId, SystemId
from services.domain.killmail import OrganisationKind, party
from services.domain.sovereignty import Claim, Skyhook, Window
from services.esi.reading import Reader
from services.sovereignty.answers import CampaignAnswer, Sighting, SkyhookAnswer, SystemAnswer

CAMPAIGNS, SYSTEMS, SKYHOOKS = (
    "/sovereignty/campaigns",
    "/sovereignty/systems",
    "/skyhooks/raidable",
)
_LONGEST_WORD = 64

T = TypeVar("T")

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_Number = Annotated[int, msgspec.Meta(ge=0, lt=1 << 48)]
"""Higher bits tell what was listed under one number anew (`Campaign.id`)."""


class _Participant(msgspec.Struct, gc=False):
    alliance_id: int
    score: float


class _Campaign(msgspec.Struct, gc=False):
    campaign_id: _Number
    event_type: str = ""
    solar_system_id: int | None = None
    constellation_id: int | None = None
    structure_id: int | None = None
    start_time: _Moment | None = None
    defender_id: int | None = None
    defender_score: float | None = None
    attackers_score: float | None = None
    participants: list[_Participant] = []


class _Window(msgspec.Struct, gc=False):
    start: _Moment
    end: _Moment


class _Hub(msgspec.Struct, gc=False):
    id: int
    vulnerability_window: _Window | None = None


class _Development(msgspec.Struct, frozen=True, gc=False):
    activity_defense_multiplier: float | None = None
    military_level: int | None = None
    industrial_level: int | None = None
    strategic_level: int | None = None


class _Alliance(msgspec.Struct, gc=False):
    alliance_id: int
    corporation_id: int | None = None
    claimed_since: _Moment | None = None
    is_capital_system: bool = False
    development: _Development = _Development()
    sovereignty_hub: _Hub | None = None


class _Faction(msgspec.Struct, gc=False):
    faction_id: int


class _Claim(msgspec.Struct, gc=False):
    alliance: _Alliance | None = None
    faction: _Faction | None = None
    unclaimed: bool = False

    def __post_init__(self) -> None:
        if self.alliance is None and self.faction is None and not self.unclaimed:
            msg = "a claim that is neither an alliance's nor a faction's, nor nobody's"
            raise ValueError(msg)


class _System(msgspec.Struct, gc=False):
    solar_system_id: int
    claim: _Claim


class _Skyhook(msgspec.Struct, gc=False):
    planet_id: int
    solar_system_id: int
    theft_vulnerability: _Window


class _Systems(msgspec.Struct, gc=False):
    solar_systems: msgspec.Raw


class _Skyhooks(msgspec.Struct, gc=False):
    skyhooks: msgspec.Raw


def read_campaigns(reader: Reader, body: bytes) -> CampaignAnswer:
    """`[{campaign_id, ...}]`. Raises EsiUnreadable."""
    found = reader.read_rows(body, _Campaign, path=CAMPAIGNS)
    seen = [sighting for row in found.rows if (sighting := _sighting(row)) is not None]
    return CampaignAnswer(
        sightings={sighting.number: sighting for sighting in seen},
        present=frozenset(row.campaign_id for row in found.rows),
        is_complete=found.skipped == 0,
    )


class SystemsReader:
    """Reads `{"solar_systems": [{solar_system_id, claim}]}`, one answer after the other.

    Of thousands of rows few say something new; for the others the claim made of them before is handed out again.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._before: dict[int, tuple[_Claim, Claim]] = {}

    def read(self, body: bytes) -> SystemAnswer:
        """Raises EsiUnreadable."""
        rows = _inner(self._reader, body, _Systems, SYSTEMS).solar_systems
        found = self._reader.read_rows(bytes(rows), _System, path=SYSTEMS)
        self._before = {row.solar_system_id: self._read(row) for row in found.rows}
        return SystemAnswer(claims={claim.system_id: claim for _, claim in self._before.values()})

    def _read(self, row: _System) -> tuple[_Claim, Claim]:
        before = self._before.get(row.solar_system_id)
        if before is not None and before[0] == row.claim:
            return before
        return row.claim, _claim(SystemId(row.solar_system_id), row.claim)


def read_skyhooks(reader: Reader, body: bytes) -> SkyhookAnswer:
    """`{"skyhooks": [{planet_id, solar_system_id, theft_vulnerability}]}`. Raises EsiUnreadable."""
    rows = _inner(reader, body, _Skyhooks, SKYHOOKS).skyhooks
    found = reader.read_rows(bytes(rows), _Skyhook, path=SKYHOOKS)
    hooks = {(row.planet_id, row.theft_vulnerability.start): row for row in found.rows}
    return SkyhookAnswer(
        skyhooks=tuple(_skyhook(row) for row in hooks.values()), is_complete=found.skipped == 0
    )


def _inner(reader: Reader, body: bytes, kind: type[T], path: str) -> T:
    """The envelope. Only one that cannot be opened is told of here: its rows are looked at next."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError:
        return reader.read(body, kind, path=path)


def _sighting(row: _Campaign) -> Sighting | None:
    """None where it says too little to be followed."""
    if row.solar_system_id is None or row.structure_id is None or row.start_time is None:
        return None
    return Sighting(
        number=row.campaign_id,
        event_type=row.event_type[:_LONGEST_WORD],
        system_id=SystemId(row.solar_system_id),
        constellation_id=ConstellationId(row.constellation_id) if row.constellation_id else None,
        structure_id=row.structure_id,
        defender_id=AllianceId(row.defender_id) if row.defender_id else None,
        start=row.start_time,
        defender=_share(row.defender_score),
        attackers=_share(row.attackers_score),
        participants=tuple((AllianceId(p.alliance_id), p.score) for p in row.participants),
    )


def _share(score: float | None) -> float | None:
    """Without the noise of 0.6000000238."""
    return None if score is None else round(score, 4)


def _claim(system_id: SystemId, claim: _Claim) -> Claim:
    if claim.alliance is not None:
        return _alliance_claim(system_id, claim.alliance)
    if claim.faction is not None:
        holder = party(claim.faction.faction_id, OrganisationKind.FACTION)
        return Claim(system_id=system_id, holder=holder)
    return Claim(system_id=system_id, holder=None)


def _alliance_claim(system_id: SystemId, row: _Alliance) -> Claim:
    hub, development = row.sovereignty_hub, row.development
    adm = development.activity_defense_multiplier
    return Claim(
        system_id=system_id,
        holder=party(row.alliance_id, OrganisationKind.ALLIANCE),
        corporation_id=CorporationId(row.corporation_id) if row.corporation_id else None,
        claimed_since=row.claimed_since,
        is_capital=row.is_capital_system,
        adm=None if adm is None else round(adm, 2),
        military=development.military_level,
        industrial=development.industrial_level,
        strategic=development.strategic_level,
        hub_id=hub.id if hub else None,
        window=_window(hub.vulnerability_window) if hub and hub.vulnerability_window else None,
    )


def _window(row: _Window) -> Window:
    return Window(start=row.start, end=row.end)


def _skyhook(row: _Skyhook) -> Skyhook:
    return Skyhook(
        planet_id=row.planet_id,
        system_id=SystemId(row.solar_system_id),
        window=_window(row.theft_vulnerability),
    )
