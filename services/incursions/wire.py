"""What `/incursions` answers. States that are not known are taken as they are."""

import msgspec

from services.domain.ids import ConstellationId, FactionId, SystemId
from services.esi.reading import Reader
from services.incursions.rules import Sighting, Sightings

PATH = "/incursions"


class _Row(msgspec.Struct):
    constellation_id: int
    faction_id: int
    staging_solar_system_id: int
    infested_solar_systems: list[int]
    state: str
    influence: float
    has_boss: bool


def read_sightings(reader: Reader, body: bytes) -> Sightings:
    """The answer. Raises EsiUnreadable."""
    found = reader.read_rows(body, _Row, path=PATH)
    return Sightings(tuple(map(_sighting, found.rows)), whole=found.skipped == 0)


def _sighting(row: _Row) -> Sighting:
    """The staging system stands first, whether or not the list of infested ones holds it."""
    staging = SystemId(row.staging_solar_system_id)
    others = (SystemId(system) for system in row.infested_solar_systems if system != staging)
    return Sighting(
        constellation_id=ConstellationId(row.constellation_id),
        faction_id=FactionId(row.faction_id),
        systems=(staging, *others),
        state=row.state[:32],
        influence=row.influence,
        has_boss=row.has_boss,
    )
