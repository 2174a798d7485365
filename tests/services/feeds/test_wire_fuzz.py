"""Documents damaged at random: read or refused, never fatal, and nothing comes out that a database could not take."""

from datetime import UTC
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.killmail import Killmail
from services.feeds.errors import WireError
from services.feeds.wire import decode_killmail, decode_r2z2, decode_zkb_package
from tests.services.feeds.test_wire import FULL, ZKB, package

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """The full document with fields anywhere in it lost or replaced by anything."""

    def harm(value: Any) -> Any:
        fate = draw(st.integers(0, 30))
        if fate == 0:
            return draw(JSON)
        if isinstance(value, dict):
            return {key: harm(inner) for key, inner in value.items() if draw(st.integers(0, 20))}
        return [harm(inner) for inner in value] if isinstance(value, list) else value

    return harm(
        {"hash": "ef56", "esi": FULL, "zkb": ZKB, "sequence_id": 9, "uploaded_at": 1795197855}
    )


def assert_storable(mail: Killmail) -> None:
    """What databases, both of them, can take."""
    for who in (mail.victim, *mail.attackers):
        for name in ("character_id", "corporation_id", "alliance_id", "faction_id", "ship_type_id"):
            value = getattr(who, name)
            assert value is None or (type(value) is int and 0 < value < 2**63)
    numbers = [
        mail.id,
        mail.system_id,
        mail.victim.damage_taken,
        *(a.damage for a in mail.attackers),
    ]
    numbers += [
        n
        for item in mail.victim.items
        for n in (item.type_id, item.flag, item.destroyed, item.dropped)
    ]
    assert all(type(number) is int and -(2**63) < number < 2**63 for number in numbers)
    assert mail.time.tzinfo is UTC
    for text in (mail.hash, *mail.labels):
        text.encode()
        assert "\x00" not in text


@given(damaged())
@settings(max_examples=60, deadline=None)
def test_damaged_documents_are_read_or_refused_never_fatal(document: Any) -> None:
    body = msgspec.json.encode(document)
    try:
        mail = decode_r2z2(body).killmail
    except WireError:
        return
    assert_storable(mail)


@given(st.binary(max_size=60) | JSON.map(msgspec.json.encode))
@settings(max_examples=150, deadline=None)
def test_anything_else_is_refused(body: bytes) -> None:
    for decode in (decode_killmail, decode_r2z2, decode_zkb_package):
        with pytest.raises(WireError):
            decode(body)


@given(st.integers(0, len(package()) - 1))
@settings(max_examples=60, deadline=None)
def test_a_cut_document_is_malformed_wherever_it_is_cut(length: int) -> None:
    with pytest.raises(WireError) as caught:
        decode_r2z2(package()[:length])
    assert caught.value.malformed
