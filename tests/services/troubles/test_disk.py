"""Little room is noticed before there is none."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from services.domain.trouble import Trouble
from services.troubles.disk import DiskWatch
from tests.fakes.watch import Watch

LIMIT = 500


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Megabytes free on the disk; change the one item."""
    left = [10_000]
    monkeypatch.setattr(
        "services.troubles.disk.shutil.disk_usage", lambda _: Usage(0, 0, left[0] * 1_000_000)
    )
    return left


async def test_it_begins_below_the_limit_and_ends_well_above(
    free: list[int], tmp_path: Path
) -> None:
    watch = Watch()
    disk = DiskWatch(tmp_path / "warroom.db", watch, limit_mb=LIMIT)
    for left, trouble in ((500, False), (499, True), (599, True), (600, False), (599, False)):
        free[0] = left
        await disk.look()
        assert bool(watch.open) is trouble, left
    free[0] = 12
    await disk.look()
    assert watch.open == {(Trouble.DISK_LOW, ""): "12 MB are free where the database lies"}


@pytest.mark.parametrize("how", [{"limit_mb": 0}, {"file": None}])
async def test_where_there_is_nothing_to_look_at(
    free: list[int], tmp_path: Path, how: dict[str, Any]
) -> None:
    free[0] = 0
    watch = Watch()
    parts = {"file": tmp_path / "warroom.db", "limit_mb": LIMIT} | how
    await DiskWatch(parts["file"], watch, limit_mb=parts["limit_mb"]).look()
    assert watch.open == {}


async def test_the_real_disk_is_asked_and_a_folder_that_is_gone_is_no_surprise(
    tmp_path: Path,
) -> None:
    watch = Watch()
    await DiskWatch(tmp_path / "x.db", watch, limit_mb=10**12).look()
    assert "MB are free" in watch.open[Trouble.DISK_LOW, ""]
    quiet = Watch()
    await DiskWatch(tmp_path / "gone" / "x.db", quiet, limit_mb=10**12).look()
    assert quiet.open == {}
