"""What `/wars` and `/wars/{id}` answer. An ally that is neither corporation nor alliance is passed over."""

from datetime import UTC, datetime

import msgspec

from services.domain.ids import WarId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.war import Belligerent, War
from services.esi.errors import EsiUnreadable
from services.esi.reading import Reader

LIST_PATH = "/wars"


def war_path(war_id: int) -> str:
    """The route of one war."""
    return f"{LIST_PATH}/{war_id}"


class _Party(msgspec.Struct):
    corporation_id: int | None = None
    alliance_id: int | None = None

    @property
    def organisation(self) -> Organisation | None:
        if self.alliance_id:
            return Organisation(self.alliance_id, OrganisationKind.ALLIANCE)
        if self.corporation_id:
            return Organisation(self.corporation_id, OrganisationKind.CORPORATION)
        return None


class _Side(_Party, kw_only=True):
    ships_killed: int
    isk_destroyed: float


class _War(msgspec.Struct):
    id: int
    declared: datetime
    mutual: bool
    open_for_allies: bool
    aggressor: _Side
    defender: _Side
    started: datetime | None = None
    finished: datetime | None = None
    retracted: datetime | None = None
    allies: list[_Party] = []


def read_ids(reader: Reader, body: bytes) -> list[WarId]:
    """The latest wars, newest first. Raises EsiUnreadable."""
    found = reader.read_rows(body, int, path=LIST_PATH)
    return sorted(map(WarId, found.rows), reverse=True)


def read_war(reader: Reader, body: bytes, *, fetched: datetime) -> War:
    """One war. Raises EsiUnreadable."""
    read = reader.read(body, _War, path=war_path(0))
    return War(
        id=WarId(read.id),
        declared=_aware(read.declared),
        started=_aware_or_none(read.started),
        finished=_aware_or_none(read.finished),
        retracted=_aware_or_none(read.retracted),
        mutual=read.mutual,
        open_for_allies=read.open_for_allies,
        aggressor=_belligerent(read.aggressor),
        defender=_belligerent(read.defender),
        allies=tuple(ally for one in read.allies if (ally := one.organisation) is not None),
        fetched=fetched,
    )


def _belligerent(side: _Side) -> Belligerent:
    if (party := side.organisation) is None:
        raise EsiUnreadable("a side of a war is neither corporation nor alliance")
    return Belligerent(
        party=party, ships_killed=side.ships_killed, isk_destroyed=side.isk_destroyed
    )


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _aware_or_none(moment: datetime | None) -> datetime | None:
    return None if moment is None else _aware(moment)
