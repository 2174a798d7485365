"""What an id says of what it names."""

import pytest

from services.domain.ids import is_npc_corporation, is_stargate


@pytest.mark.parametrize(
    ("location_id", "wanted"),
    [(50_001_248, True), (60_003_760, False), (49_999_999, False), (None, False)],
)
def test_stargates(location_id: int | None, wanted: bool) -> None:
    assert is_stargate(location_id) is wanted


@pytest.mark.parametrize(
    ("corporation_id", "wanted"), [(1_000_125, True), (98_000_001, False), (None, False)]
)
def test_npc_corporations(corporation_id: int | None, wanted: bool) -> None:
    assert is_npc_corporation(corporation_id) is wanted
