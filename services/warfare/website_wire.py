"""The website's JSON of the warzone as it comes, in whatever casing, and nothing inwards of here.

Nobody has promised its shape. A row that cannot be read costs that row alone; where most cannot, the answer is none.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from services.domain.ids import FactionId, SystemId
from services.domain.warfare import Advantage, Corruption, Insurgency
from services.polling.source import SourceFault

T = TypeVar("T")

_Id = Annotated[int, msgspec.Meta(ge=1, lt=2**31)]
_Stage = Annotated[int, msgspec.Meta(ge=0, le=5)]
_KEY = 40
"""Characters of a campaign's own number that are kept."""

Advantages = dict[SystemId, tuple[Advantage, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurgencies:
    """Pirate campaigns. `whole`: every one that the answer named could be read."""

    campaigns: tuple[Insurgency, ...]
    whole: bool = True


class _Row(msgspec.Struct, frozen=True, rename="lower"):
    """Keys arrive in lower case (`_lowered`)."""


class _Points(_Row, frozen=True):
    factionid: _Id
    totalamount: float
    terrainamount: float | None = None
    dynamicamount: float | None = None


class _System(_Row, frozen=True):
    solarsystemid: _Id
    advantage: list[Any] = []


class _Place(_Row, frozen=True):
    id: _Id


class _Corrupted(_Row, frozen=True):
    solarsystem: _Place
    corruptionstate: _Stage
    corruptionpercentage: float
    suppressionstate: _Stage
    suppressionpercentage: float


class _Campaign(_Row, frozen=True):
    piratefactionid: _Id
    originsolarsystem: _Place
    insurgencies: list[Any]
    campaignid: int | str | None = None
    state: str | None = None
    startdatetime: datetime | None = None


def read_advantages(body: bytes) -> Advantages:
    """Advantages by system, the highest first. Raises SourceFault."""
    systems = _rows(body, _System)
    return {
        SystemId(row.solarsystemid): tuple(
            sorted(map(_advantage, _read(row.advantage, _Points).rows), key=lambda a: -a.total)
        )
        for row in systems.rows
    }


def read_insurgencies(body: bytes) -> Insurgencies:
    """Pirate campaigns, by key. Raises SourceFault."""
    found = _rows(body, _Campaign)
    campaigns = {one.key: one for one in map(_campaign, found.rows)}
    return Insurgencies(
        campaigns=tuple(campaigns[key] for key in sorted(campaigns)), whole=not found.skipped
    )


@dataclass(frozen=True, slots=True)
class _Read(Generic[T]):
    rows: list[T]
    skipped: int


def _rows(body: bytes, kind: type[T]) -> _Read[T]:
    try:
        raw = _lowered(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SourceFault(f"the answer is no JSON ({error})") from error
    if not isinstance(raw, list):
        raise SourceFault("the answer is no list")
    found = _read(raw, kind)
    if found.skipped > len(found.rows):
        raise SourceFault(f"{found.skipped} of {len(raw)} rows have an unknown shape")
    return found


def _read(raw: list[Any], kind: type[T]) -> _Read[T]:
    rows = []
    for row in raw:
        try:
            rows.append(msgspec.convert(row, kind, strict=False))
        except msgspec.ValidationError:
            continue
    return _Read(rows, len(raw) - len(rows))


def _lowered(value: Any) -> Any:
    """The same with all keys in lower case."""
    if isinstance(value, dict):
        return {str(key).lower(): _lowered(held) for key, held in value.items()}
    return [_lowered(held) for held in value] if isinstance(value, list) else value


def _advantage(row: _Points) -> Advantage:
    return Advantage(
        faction_id=FactionId(row.factionid),
        terrain=row.terrainamount,
        dynamic=row.dynamicamount,
        total=row.totalamount,
    )


def _campaign(row: _Campaign) -> Insurgency:
    started = row.startdatetime
    if started is not None:
        started = started.replace(tzinfo=UTC) if started.tzinfo is None else started.astimezone(UTC)
    when = f"{started:%Y%m%d%H%M}" if started else "unknown"
    made_up = f"{row.piratefactionid}-{row.originsolarsystem.id}-{when}"
    return Insurgency(
        key=made_up if row.campaignid is None else str(row.campaignid)[:_KEY],
        pirate_id=FactionId(row.piratefactionid),
        origin_id=SystemId(row.originsolarsystem.id),
        state=row.state,
        started=started,
        systems=tuple(map(_corruption, _read(row.insurgencies, _Corrupted).rows)),
    )


def _corruption(row: _Corrupted) -> Corruption:
    return Corruption(
        system_id=SystemId(row.solarsystem.id),
        corruption_stage=row.corruptionstate,
        corruption=row.corruptionpercentage / 100,
        suppression_stage=row.suppressionstate,
        suppression=row.suppressionpercentage / 100,
    )
