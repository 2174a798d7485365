"""The victim's items in one compact column: a flat msgpack list of five whole numbers a stack.

About seven bytes a stack. `None` stands for items that have been pruned, an empty blob for a hull that carried nothing.
"""

from collections.abc import Sequence

import msgspec

from services.domain.ids import TypeId
from services.domain.killmail import Item

_FIELDS = 5
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[int])


def pack_items(items: Sequence[Item]) -> bytes:
    """Type, flag, destroyed, dropped, copy; again for the next stack."""
    if not items:
        return b""
    flat: list[int] = []
    for item in items:
        flat += (item.type_id, item.flag, item.destroyed, item.dropped, int(item.copy))
    return _encoder.encode(flat)


def packed_type(type_id: int) -> bytes:
    """How a type's number lies in a blob that holds it; there a flag or a quantity can look the same."""
    return _encoder.encode(type_id)


def unpack_items(blob: bytes | None) -> tuple[Item, ...] | None:
    """The stacks in their order; None where they have been pruned."""
    if blob is None:
        return None
    if not blob:
        return ()
    flat = _decoder.decode(blob)
    return tuple(
        Item(
            type_id=TypeId(flat[at]),
            flag=flat[at + 1],
            destroyed=flat[at + 2],
            dropped=flat[at + 3],
            copy=bool(flat[at + 4]),
        )
        for at in range(0, len(flat), _FIELDS)
    )
