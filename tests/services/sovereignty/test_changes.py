"""What is kept of changes, and read back."""

from dataclasses import replace

from services.sovereignty.changes import Packed, decode, encode, multipliers, pack
from services.sovereignty.comparing import Change
from tests.services.sovereignty.made_up import HORDE, SYSTEM, claim, minutes


def test_multipliers_come_back_by_system_in_their_order() -> None:
    low, high = claim(adm=3.9, military=3), claim(adm=6.0, military=5)
    other = claim(system=SYSTEM + 1, adm=None)
    first = pack([Change(low, high), Change(other, replace(other, adm=2.25))], minutes(0))
    second = pack([Change(high, replace(high, adm=None))], minutes(5))
    blobs = [encode(first), encode(second)]
    assert multipliers(blobs, SYSTEM) == [(minutes(0), 3.9, 6.0), (minutes(5), 6.0, None)]
    assert multipliers(blobs, other.system_id) == [(minutes(0), None, 2.25)]
    assert multipliers([encode(first + second)], SYSTEM) == multipliers(blobs, SYSTEM)
    assert multipliers([], SYSTEM) == []


def test_only_changes_are_kept_and_windows_are_none() -> None:
    old = claim(adm=4.0, window=(0, 60))
    moved = replace(old, window=claim(window=(1440, 1500)).window)
    assert not pack([Change(old, moved), Change(None, old)], minutes(0))
    lost = pack([Change(old, claim(None))], minutes(0))
    taken = pack([Change(old, claim(HORDE, hub=7, adm=4.0))], minutes(0))
    assert [(one.system_id, one.holder_id) for one in lost.holdings] == [(SYSTEM, None)]
    assert [one.hub_id for one in decode(encode(taken)).holdings] == [7]
    assert taken.development == b""
    # A level that moves without the multiplier is kept, and is no change of the multiplier.
    leveled = pack([Change(old, replace(old, industrial=2))], minutes(0))
    assert leveled
    assert multipliers([encode(leveled)], SYSTEM) == []
    assert not Packed()
