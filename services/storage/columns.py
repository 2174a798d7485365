"""Column types that keep the house's rules at the border: times aware and UTC, hashes short."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970. Refuses naive times: nobody could say what they mean."""
    if moment.tzinfo is None:
        msg = f"naive datetime {moment!r} cannot be stored"
        raise ValueError(msg)
    return (moment - _EPOCH) // _MILLISECOND


def to_moment(milliseconds: int) -> datetime:
    """The aware UTC time of so many milliseconds since 1970."""
    return _EPOCH + milliseconds * _MILLISECOND


def to_hash_bytes(text: str) -> bytes:
    """A hash's bytes; empty for a text that is no hash and leads nowhere: a kill is not lost over it."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as whole milliseconds since 1970 (orders and indexes as a number everywhere)."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Refuses naive times."""
        return None if value is None else to_milliseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Back to an aware UTC datetime."""
        return None if value is None else to_moment(value)


class HexBytes(TypeDecorator[str]):
    """A hexadecimal text (a killmail's hash), stored as its bytes: half the room."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Takes lower or upper case."""
        return None if value is None else to_hash_bytes(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Lower case."""
        return None if value is None else value.hex()
