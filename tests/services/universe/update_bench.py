"""A universe of build 42, a publisher that names build 43, and the updater between them."""

from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from services.universe.settings import UniverseSettings
from services.universe.universe import Universe
from services.universe.update import UniverseUpdater
from tests.factories import HandClock
from tests.fakes.sde import FakeSde
from tests.fakes.watch import Watch
from tests.services.universe.small_export import NO_LEAST, Rows, gate, name, rows, system

DELTA = 30000000
"""A system that the newer build has; its id stands before all others."""


@dataclass(slots=True)
class Bench:
    """A universe of build 42 in a folder, its updater, and the publisher."""

    sde: FakeSde
    file: Path
    session: aiohttp.ClientSession
    universe: Universe
    clock: HandClock = field(default_factory=HandClock)
    watch: Watch = field(default_factory=Watch)

    def updater(self, universe: Universe | None = None) -> UniverseUpdater:
        """As after a start."""
        return UniverseUpdater(
            universe or self.universe,
            self.session,
            UniverseSettings(base_url=self.sde.url, file=self.file),
            clock=self.clock,
            watch=self.watch,
            sleep=self.clock.sleep,
            least_rows=NO_LEAST,
        )

    def left(self) -> set[str]:
        """What lies in the folder."""
        return {path.name for path in self.file.parent.iterdir()}

    def assert_old(self) -> None:
        """Nothing of the newer build is in use, nothing lies about."""
        assert self.universe.build == 42
        assert Universe.load(self.file).build == 42
        assert self.left() <= {"universe.bin", "universe.json"}


def newer() -> Rows:
    """Build 43: one more system, before all others, at a dead end after Gamma; Alpha has another name."""
    content = rows()
    content["_sde"][0] |= {"buildNumber": 43, "releaseDate": "2026-10-02T11:08:57Z"}
    content["mapSolarSystems"].append(
        system(DELTA, "Delta", 20000001, 10000001, securityStatus=0.9, stargateIDs=[6])
    )
    content["mapConstellations"][0]["solarSystemIDs"].append(DELTA)  # type: ignore[attr-defined]
    content["mapStargates"] += [
        gate(5, 30000003, DELTA),
        gate(6, DELTA, 30000003),
    ]
    content["mapSolarSystems"][1]["name"] = name("Alpha Prime")
    return content


def is_new(universe: Universe) -> bool:
    """It is build 43, inside too."""
    return universe.build == 43 and universe.systems[30000001].name == "Alpha Prime"
