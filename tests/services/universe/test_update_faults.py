"""What goes wrong on the way leaves file and universe as they were, and is told."""

import asyncio
import os
import sys
from collections.abc import Callable

import pytest

from services.domain.trouble import Trouble
from services.universe.outcome import Verdict
from services.universe.settings import UniverseSettings
from services.universe.universe import Universe
from services.universe.update import UniverseUpdater
from tests.fakes.sde import FakeSde, export_of, zip_of
from tests.services.universe.small_export import Rows
from tests.services.universe.update_bench import Bench, is_new, newer

KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
import aiohttp
from services.domain.clock import system_clock
from services.universe.settings import UniverseSettings
from services.universe.universe import Universe
from services.universe.update import UniverseUpdater

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

async def at_once(_):
    pass

async def main(url, file, when):
    if when == "write":
        Path.replace = die
    async with aiohttp.ClientSession() as session:
        settings = UniverseSettings(base_url=url, file=Path(file))
        universe = Universe.load(Path(file))
        updater = UniverseUpdater(
            universe, session, settings, clock=system_clock, sleep=at_once, least_rows={}
        )
        await updater.check()

asyncio.run(main(*sys.argv[1:]))
"""


def _page_for_latest(sde: FakeSde) -> None:
    sde.page_for = "latest"


def _page_for_zip(sde: FakeSde) -> None:
    sde.page_for = "zip"


def _cut_in_the_end(sde: FakeSde) -> None:
    sde.cut_at = 50_000


def _cut_in_a_part(sde: FakeSde) -> None:
    sde.cut_at = 131_072 + 100


def _cut_whole(sde: FakeSde) -> None:
    sde.gives_parts, sde.cut_at = False, 200_000


def _damaged(sde: FakeSde) -> None:
    spoilt = bytearray(sde.zip)
    spoilt[spoilt.index(b"mapSolarSystems.jsonl") + 60] ^= 255
    sde.zip = bytes(spoilt)


def _status(what: str, status: int) -> Callable[[FakeSde], None]:
    return lambda sde: setattr(sde, f"{what}_status", status)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (_page_for_latest, "the newest build's name cannot be read"),
        (_page_for_zip, "what came is no whole zip file"),
        (_cut_in_the_end, "the download broke off"),
        (_cut_in_a_part, "the download broke off"),
        (_cut_whole, "the download broke off"),
        (_damaged, "what came is no whole zip file"),
        (_status("latest", 403), "the newest build was asked for and answered with 403"),
        (_status("latest", 500), "the newest build was asked for and answered with 500"),
        (_status("zip", 404), "the download was answered with 404"),
        (_status("zip", 416), "the download was answered with 416"),
        (_status("zip", 503), "the download was answered with 503"),
    ],
)
async def test_what_does_not_come_whole_changes_nothing(
    bench: Bench, fault: Callable[[FakeSde], None], reason: str
) -> None:
    fault(bench.sde)
    outcome = await bench.updater().check()
    assert outcome.verdict is Verdict.UNAVAILABLE
    assert outcome.reason.startswith(reason)
    assert "\n" not in outcome.reason
    bench.assert_old()


async def test_nobody_listening_changes_nothing(bench: Bench) -> None:
    bench.sde.url = "http://127.0.0.1:9"
    outcome = await bench.updater().check()
    assert outcome.verdict is Verdict.UNAVAILABLE
    assert outcome.reason.startswith("the publisher does not answer")
    bench.assert_old()


async def test_too_large_a_download_is_given_up(bench: Bench) -> None:
    bench.sde.gives_parts = False
    settings = UniverseSettings(base_url=bench.sde.url, file=bench.file, zip_limit_bytes=100_000)
    updater = UniverseUpdater(
        bench.universe, bench.session, settings, clock=bench.clock, sleep=bench.clock.sleep
    )
    outcome = await updater.check()
    assert outcome.reason == "the download exceeds 100000 bytes"
    bench.assert_old()


def _lost_systems(content: Rows) -> None:
    del content["types"][2:]


def _lost_security(content: Rows) -> None:
    for row in content["mapSolarSystems"]:
        row["security"] = row.pop("securityStatus", 0)


def _lost_names(content: Rows) -> None:
    for row in content["types"]:
        row["typeName"] = row.pop("name", "")


def _lost_ends(content: Rows) -> None:
    for row in content["mapStargates"][3:]:
        del row["destination"]


def _lost_places(content: Rows) -> None:
    del content["mapStargates"][0]["position"]


def _lost_field(content: Rows) -> None:
    del content["groups"][0]["categoryID"]


def _lost_file(content: Rows) -> None:
    del content["factions"]


def _other_build(content: Rows) -> None:
    content["_sde"][0]["buildNumber"] = 44


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (_lost_systems, "types.jsonl: holds name 2 times, the build in use 3 times"),
        (_lost_security, "mapSolarSystems.jsonl: holds securityStatus 0 times, the build in use 4"),
        (_lost_names, "types.jsonl: holds name 0 times"),
        (_lost_ends, "mapStargates.jsonl: holds destination 3 times, the build in use 4 times"),
        (_lost_places, "mapStargates.jsonl: holds position 1 times, the build in use 2 times"),
        (_lost_field, "groups.jsonl line 1: is cut or damaged"),
        (_lost_file, "factions.jsonl: is missing from export.zip"),
        (_other_build, "_sde.jsonl: names build 44, expected 43"),
    ],
)
async def test_a_build_that_lost_something_is_refused_and_told(
    bench: Bench, damage: Callable[[Rows], None], reason: str
) -> None:
    content = newer()
    damage(content)
    bench.sde.zip = zip_of(export_of(content))
    outcome = await bench.updater().check()
    assert outcome.verdict is Verdict.REFUSED, outcome
    assert outcome.reason.startswith(reason)
    bench.assert_old()
    told = bench.watch.wrong[Trouble.UNIVERSE_OLD]
    assert told.startswith("Build 43 of the static data is refused, 42 stays: ")
    assert reason in told


async def test_a_good_build_ends_what_a_refused_one_began(bench: Bench) -> None:
    good, content = bench.sde.zip, newer()
    _other_build(content)
    bench.sde.zip = zip_of(export_of(content))
    await bench.updater().check()
    assert Trouble.UNIVERSE_OLD in bench.watch.wrong
    bench.sde.zip = good
    assert (await bench.updater().check()).verdict is Verdict.UPDATED
    assert bench.watch.wrong == {}


async def test_a_folder_that_cannot_be_written_is_told(bench: Bench) -> None:
    nowhere = bench.file.parent / "universe.bin" / "deeper" / "universe.bin"
    settings = UniverseSettings(base_url=bench.sde.url, file=nowhere)
    updater = UniverseUpdater(
        bench.universe, bench.session, settings, clock=bench.clock, sleep=bench.clock.sleep
    )
    outcome = await updater.check()
    assert outcome.verdict is Verdict.UNAVAILABLE
    assert outcome.reason.startswith("it cannot be done here")
    assert updater.last == outcome
    bench.assert_old()


async def test_a_compiler_that_dies_changes_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    outcome = await bench.updater().check()
    assert outcome.verdict is Verdict.UNAVAILABLE
    assert outcome.reason == "compiling ended with code 1: -"
    bench.assert_old()


async def test_who_is_cancelled_leaves_everything_as_it_was(bench: Bench) -> None:
    bench.sde.stall = asyncio.Event()
    checking = asyncio.create_task(bench.updater().check())
    await bench.sde.reached.wait()
    checking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await checking
    bench.sde.stall.set()
    bench.assert_old()


@pytest.mark.parametrize("when", ["download", "write"])
async def test_killed_in_the_middle_the_old_universe_stays(bench: Bench, when: str) -> None:
    if when == "download":
        bench.sde.stall = asyncio.Event()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, bench.sde.url, str(bench.file), when
    )
    if when == "download":
        await bench.sde.reached.wait()
        process.kill()
        assert bench.sde.stall is not None
        bench.sde.stall.set()
    assert await process.wait() == -9
    assert Universe.load(bench.file).build == 42
    drafts = bench.left() - {"universe.bin", "universe.json"}
    assert len(drafts) == 1, "it died in the middle"
    bench.sde.stall = None
    os.utime(bench.file.parent / drafts.pop(), (1, 1))  # long ago
    assert (await bench.updater().check()).verdict is Verdict.UPDATED
    assert bench.left() == {"universe.bin", "universe.json"}
    assert is_new(Universe.load(bench.file))
