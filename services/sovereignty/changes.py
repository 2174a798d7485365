"""What changed from one state of the systems to the next, packed for keeping: a year of it in a few tens of megabytes.

What an alliance's systems are worth to defend (multiplier and levels) changes often and is read by system: rows of
fixed length, so that a year is searched at once. Who holds what changes rarely: whole values. Vulnerability windows
move every day by the multiplier and the holder's hour; they are not kept.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec
import numpy as np

from services.domain.ids import SystemId
from services.domain.sovereignty import Claim
from services.sovereignty.comparing import Change
from services.sovereignty.moments import minute

_DEVELOPMENT = np.dtype(
    [("minute", "<u4"), ("system", "<u4"), ("before", "<u2"), ("after", "<u2"), ("levels", "<u2")]
)
_UNKNOWN = 0xFFFF
_HUNDREDTHS = 100
_LEVEL_BITS = 3


class Holding(msgspec.Struct, frozen=True, array_like=True):
    """Who held a system from a minute on."""

    minute: int
    system_id: int
    holder_id: int | None
    holder_kind: str | None
    corporation_id: int | None
    hub_id: int | None
    is_capital: bool


class Packed(msgspec.Struct, frozen=True, array_like=True):
    """The changes of some answers, oldest first."""

    development: bytes = b""
    holdings: tuple[Holding, ...] = ()

    def __add__(self, other: "Packed") -> "Packed":
        """With later ones behind."""
        return Packed(self.development + other.development, self.holdings + other.holdings)

    def __bool__(self) -> bool:
        """True where anything changed."""
        return bool(self.development or self.holdings)


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Packed)


def pack(changes: Sequence[Change], at: datetime) -> Packed:
    """The changes that are kept, of one answer that was true at `at`. Systems not known before are none."""
    when = minute(at)
    pairs = [(change.old, change.new) for change in changes if change.old is not None]
    rows = [
        (when, new.system_id, _hundredths(old.adm), _hundredths(new.adm), _levels(new))
        for old, new in pairs
        if old.adm != new.adm or _levels(old) != _levels(new)
    ]
    return Packed(
        np.array(rows, dtype=_DEVELOPMENT).tobytes(),
        tuple(_holding(new, when) for old, new in pairs if _held(old) != _held(new)),
    )


def encode(packed: Packed) -> bytes:
    """As it is stored."""
    return _encoder.encode(packed)


def decode(blob: bytes) -> Packed:
    """And back."""
    return _decoder.decode(blob)


def multipliers(
    blobs: Iterable[bytes], system_id: SystemId
) -> list[tuple[datetime, float | None, float | None]]:
    """Each change of a system's defence multiplier: when, from what, to what; in the order of the blobs."""
    development = b"".join(decode(blob).development for blob in blobs)
    rows = np.frombuffer(development, dtype=_DEVELOPMENT)
    mine = rows[(rows["system"] == system_id) & (rows["before"] != rows["after"])]
    return [
        (datetime.fromtimestamp(when * 60, tz=UTC), _adm(before), _adm(after))
        for when, _, before, after, _ in mine.tolist()
    ]


def _hundredths(adm: float | None) -> int:
    return _UNKNOWN if adm is None else min(round(adm * _HUNDREDTHS), _UNKNOWN - 1)


def _adm(hundredths: int) -> float | None:
    return None if hundredths == _UNKNOWN else hundredths / _HUNDREDTHS


def _levels(claim: Claim) -> int:
    """Military, industrial, strategic, three bits each; 7 where unknown."""
    unknown = (1 << _LEVEL_BITS) - 1
    packed = 0
    for level in (claim.military, claim.industrial, claim.strategic):
        packed = packed << _LEVEL_BITS | (unknown if level is None else min(level, unknown - 1))
    return packed


def _held(claim: Claim) -> tuple[object, ...]:
    return claim.holder, claim.corporation_id, claim.hub_id, claim.is_capital


def _holding(claim: Claim, when: int) -> Holding:
    holder = claim.holder
    return Holding(
        minute=when,
        system_id=claim.system_id,
        holder_id=holder.id if holder else None,
        holder_kind=holder.kind.value if holder else None,
        corporation_id=claim.corporation_id,
        hub_id=claim.hub_id,
        is_capital=claim.is_capital,
    )
