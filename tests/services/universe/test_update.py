"""Newer builds come in whole or not at all, and the running universe never stops."""

from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from services.domain.trouble import Trouble
from services.universe.columns import FORMAT
from services.universe.compile import build_universe
from services.universe.model import NameKind
from services.universe.outcome import Outcome, Verdict
from services.universe.settings import UniverseSettings
from services.universe.universe import Universe, shipped_file
from services.universe.update import UniverseUpdater
from tests.factories import HandClock
from tests.fakes.sde import FakeSde, recorded_export, zip_of
from tests.services.universe.small_export import NO_LEAST, rows, write_folder
from tests.services.universe.update_bench import DELTA, Bench, is_new


async def test_a_newer_build_comes_in_parts_and_is_in_use_at_once(bench: Bench) -> None:
    held = bench.universe.find_system
    assert bench.universe.jumps(30000001, 30000003) == 2
    outcome = await bench.updater().check()
    assert (outcome.verdict, outcome.before, outcome.build) == (Verdict.UPDATED, 42, 43)
    assert outcome.reason == ""
    assert is_new(bench.universe)
    assert held(DELTA).name == "Delta"
    assert bench.universe.jumps(30000001, DELTA) == 3
    assert bench.universe.find_by_name("alpha prime", NameKind.SYSTEM) == 30000001
    assert is_new(Universe.load(bench.file))
    assert bench.left() == {"universe.bin", "universe.json"}
    assert bench.file.stat().st_mode & 0o777 == 0o644
    assert bench.sde.parts[0] == "bytes=-131072"
    assert "whole" not in bench.sde.parts
    assert outcome.received == bench.sde.sent < len(bench.sde.zip) / 5
    assert bench.clock.slept == [1.0] * len(bench.sde.parts)


def _no_parts(sde: FakeSde) -> None:
    sde.gives_parts = False


def _other_length(sde: FakeSde) -> None:
    sde.claimed_extra = 7


def _changed_meanwhile(sde: FakeSde) -> None:
    sde.zip_etag = ['"one"', '"two"']


@pytest.mark.parametrize(
    ("fault", "asked"),
    [
        (_no_parts, ["bytes=-131072"]),
        (_other_length, ["bytes=-131072", "part", "whole"]),
        (_changed_meanwhile, ["bytes=-131072", "part", "whole"]),
    ],
)
async def test_without_parts_the_whole_zip_comes(
    bench: Bench, fault: Callable[[FakeSde], None], asked: list[str]
) -> None:
    fault(bench.sde)
    outcome = await bench.updater().check()
    assert outcome.verdict is Verdict.UPDATED, outcome
    assert is_new(bench.universe)
    assert is_new(Universe.load(bench.file))
    assert len(bench.sde.parts) == len(asked)
    assert bench.sde.parts[-1] == asked[-1]
    assert outcome.received >= len(bench.sde.zip)


async def test_the_newest_build_is_asked_for_with_its_etag(bench: Bench) -> None:
    updater = bench.updater()
    await updater.check()
    again = await updater.check()
    assert (again.verdict, again.build, again.newest) == (Verdict.UP_TO_DATE, 43, 43)
    assert bench.sde.asked[-1] == "latest 304"
    assert (await bench.updater().check()).verdict is Verdict.UP_TO_DATE
    assert bench.sde.asked[-1] == "latest 304"


async def test_an_unchanged_name_does_not_hide_that_ours_is_older(
    bench: Bench, old_file: Path
) -> None:
    await bench.updater().check()
    bench.file.write_bytes(old_file.read_bytes())
    restarted = Universe.load(bench.file)
    outcome = await bench.updater(restarted).check()
    assert outcome.verdict is Verdict.UPDATED
    assert "latest 304" in bench.sde.asked
    assert is_new(restarted)


async def test_a_publisher_that_goes_back_is_not_followed(bench: Bench) -> None:
    bench.sde.build = 41
    outcome = await bench.updater().check()
    assert (outcome.verdict, outcome.newest, outcome.build) == (Verdict.UP_TO_DATE, 41, 42)
    assert bench.sde.parts == []
    bench.assert_old()


async def test_looks_are_a_week_apart_a_day_after_a_failure(bench: Bench) -> None:
    bench.sde.latest_status = 500
    updater = bench.updater()
    await updater.tick()
    first = updater.last
    assert first is not None
    bench.clock.advance(hours=23)
    await updater.tick()
    assert updater.last == first
    bench.sde.latest_status = 200
    bench.clock.advance(hours=1)
    await updater.tick()
    assert updater.last is not None
    assert updater.last.verdict is Verdict.UPDATED
    for days in (3, 3.9):
        bench.clock.advance(days=days)
        await bench.updater().tick()
    assert bench.sde.asked.count("latest 304") == 0
    bench.clock.advance(days=0.2)
    await bench.updater().tick()
    assert bench.sde.asked.count("latest 304") == 1


async def test_a_file_of_another_release_is_replaced_at_once(bench: Bench) -> None:
    """An update may have a format that this release does not read: then nobody waits a week for the next look."""
    shipped = bench.file.read_bytes()
    await bench.updater().tick()
    bench.file.write_bytes(shipped[:8] + (FORMAT - 1).to_bytes(2, "little") + shipped[10:])
    restarted = Universe.load_newest(bench.file)
    assert restarted.build == Universe.load().build, "the shipped one serves"
    bench.file.write_bytes(shipped)
    restarted = Universe.load(bench.file)
    await bench.updater(restarted).tick()
    assert is_new(restarted)
    bench.file.write_bytes(shipped)
    restarted, bench.sde.latest_status = Universe.load(bench.file), 500
    await bench.updater(restarted).tick()
    failed_at = bench.clock()
    bench.clock.advance(hours=23)
    again = bench.updater(restarted)
    await again.tick()
    assert again.last is not None
    assert again.last.at == failed_at, "a day after a failure, as ever"


async def test_three_weeks_without_an_answer_are_told_until_one_comes(bench: Bench) -> None:
    bench.sde.latest_status = 500
    for _ in range(21):
        await bench.updater().tick()
        assert bench.watch.wrong == {}
        bench.clock.advance(days=1)
    await bench.updater().tick()
    assert "since 2021-11-30" in bench.watch.wrong[Trouble.UNIVERSE_OLD]
    bench.watch.wrong.clear()
    await bench.updater().tick()
    assert Trouble.UNIVERSE_OLD in bench.watch.wrong, "told again after a restart"
    bench.sde.latest_status = 200
    bench.clock.advance(days=1)
    await bench.updater().tick()
    assert bench.watch.wrong == {}
    assert is_new(bench.universe)


async def test_what_a_command_has_updated_is_taken_over(bench: Bench) -> None:
    running = bench.updater()
    other = Universe.load(bench.file)
    await bench.updater(other).check()
    assert bench.universe.build == 42
    await running.tick()
    assert is_new(bench.universe)
    assert running.last is not None
    assert running.last.verdict is Verdict.UPDATED
    assert len([part for part in bench.sde.parts if part.startswith("bytes=-")]) == 1


async def test_a_damaged_file_beside_the_running_bot_is_not_taken_over(bench: Bench) -> None:
    updater = bench.updater()
    await updater.check()
    bench.file.write_bytes(b"nonsense")
    await updater.tick()
    assert is_new(bench.universe)


async def test_a_damaged_memory_is_none(bench: Bench) -> None:
    bench.file.with_suffix(".json").write_text('{"last": 3')
    updater = bench.updater()
    assert updater.last is None
    await updater.tick()
    assert updater.last is not None
    assert bench.updater().last == updater.last


async def test_the_recorded_export_is_taken_for_the_shipped_universe(
    recorded_data: Path, tmp_path: Path
) -> None:
    export = recorded_export(recorded_data / "sde")
    export["_sde"] = export["_sde"].replace(b"3475087", b"3569502")
    sde = FakeSde(build=3569502, zip=zip_of(export, ballast=4_000_000))
    universe = Universe.load_newest(tmp_path / "universe.bin")
    clock = HandClock()
    async with sde.serve(), aiohttp.ClientSession() as session:
        settings = UniverseSettings(base_url=sde.url, file=tmp_path / "universe.bin")
        updater = UniverseUpdater(universe, session, settings, clock=clock, sleep=clock.sleep)
        outcome = await updater.check()
    assert (outcome.verdict, outcome.before, outcome.build) == (Verdict.UPDATED, 3475087, 3569502)
    assert universe.jumps(30000142, 30002187) == 11
    assert outcome.received < len(sde.zip) / 10
    assert Universe.load_newest(tmp_path / "universe.bin").build == 3569502


def test_the_newer_of_shipped_and_updated_counts(
    bench_files: tuple[Path, Path], tmp_path: Path
) -> None:
    older, newest = bench_files
    shipped = Universe.load()
    assert Universe.load_newest(tmp_path / "none.bin").build == shipped.build
    assert Universe.load_newest(older).build == shipped.build
    assert Universe.load_newest(newest).build == 99_999_999


@pytest.mark.parametrize("damage", [b"", b"nonsense", shipped_file().read_bytes()[:-9]])
def test_a_damaged_update_falls_back_to_the_shipped(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "universe.bin"
    file.write_bytes(damage)
    with capture_logs() as logs:
        assert Universe.load_newest(file).build == Universe.load().build
    assert [entry["event"] for entry in logs] == ["updated universe not used"]


@pytest.fixture
def bench_files(old_file: Path, tmp_path: Path) -> tuple[Path, Path]:
    content = rows()
    content["_sde"][0]["buildNumber"] = 99_999_999
    newest = tmp_path / "newest.bin"
    build_universe(write_folder(tmp_path / "sde", content), newest, least_rows=NO_LEAST)
    return old_file, newest


def test_an_outcome_that_is_good_says_so() -> None:
    now = HandClock()()
    goods = {
        verdict: Outcome(verdict=verdict, at=now, before=1, build=1).is_good for verdict in Verdict
    }
    assert {verdict for verdict, good in goods.items() if good} == {
        Verdict.UP_TO_DATE,
        Verdict.UPDATED,
    }
