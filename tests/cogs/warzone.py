"""A small warzone on the stage: what ESI and the website answer is given by hand, and taken by the real sources."""

from collections.abc import Mapping

import msgspec

from services.domain.occurrence import Occurrence
from services.occurrences import store as occurrences
from services.polling.poller import Poller
from services.polling.source import Fetched, Moment, SourceFault
from services.storage.database import Transaction
from services.warfare.advantages import AdvantageSource
from services.warfare.enemies import FwWarsSource
from services.warfare.insurgencies import InsurgencySource
from services.warfare.settings import WarfareSettings
from services.warfare.statistics import FwStatsSource
from services.warfare.systems import FwSystemSource
from services.warfare.website import Page
from services.warfare.wire import STATS, SYSTEMS, WARS
from tests.services.warfare.recorded import GivenEsi
from tests.stage import Stage

CALDARI, MINMATAR, AMARR, GALLENTE = 500_001, 500_002, 500_003, 500_004
ANGELS = 500_011
AMAMAKE, VARD, SISEIDE, DAL = 30002537, 30002538, 30002539, 30002541
AUGA, KOURMONEN, TAMA, JITA = 30002542, 30003068, 30002813, 30000142
THRESHOLD = 75_000
START = {
    AMAMAKE: (MINMATAR, AMARR, 0.40),
    VARD: (MINMATAR, AMARR, 0.02),
    SISEIDE: (MINMATAR, MINMATAR, 0.0),
    AUGA: (MINMATAR, MINMATAR, 0.10),
    KOURMONEN: (AMARR, AMARR, 0.0),
    TAMA: (GALLENTE, CALDARI, 0.0),
}
"""By system: owner, occupier, contested share."""


class GivenWebsite:
    """The game's website: what it says of advantages and insurgencies, or a fault."""

    def __init__(self) -> None:
        self.status: object = []
        self.insurgency: object = []
        self.mirror = False
        self.fault: str | None = None

    async def fetch(self, page: Page, read: object, *, etag: str | None) -> Fetched[object]:
        if self.fault is not None:
            raise SourceFault(self.fault)
        answer = self.insurgency if "insurgency" in page.website else self.status
        assert callable(read)
        return Fetched(value=read(msgspec.json.encode(answer)), mirror=self.mirror)


class Front:
    """Lets half hours pass, each with an answer about the warzone."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.esi = GivenEsi()
        self.website = GivenWebsite()
        self.now = dict(START)
        settings, universe = WarfareSettings(), stage.services.universe
        website: object = self.website
        self.systems = self._poller(FwSystemSource(self.esi, universe, settings))
        self.others = [
            self._poller(FwStatsSource(self.esi, settings)),
            self._poller(FwWarsSource(self.esi, settings)),
            self._poller(AdvantageSource(website, settings)),  # type: ignore[arg-type]
            self._poller(InsurgencySource(website, settings)),  # type: ignore[arg-type]
        ]
        self.esi.answers[WARS] = [
            {"faction_id": one, "against_id": other}
            for one, other in ((AMARR, MINMATAR), (CALDARI, GALLENTE))
        ]
        self.esi.answers[STATS] = [militia(faction) for faction in (AMARR, MINMATAR)]

    async def answer(self, changed: Mapping[int, tuple[int, int, float]] | None = None) -> None:
        """Half an hour later ESI says this: what changed, by system as in `START`."""
        self.now |= changed or {}
        self.stage.clock.advance(minutes=30)
        self.esi.made = self.stage.clock()
        self.esi.answers[SYSTEMS] = [_row(system, *told) for system, told in self.now.items()]
        await self.systems.step()

    async def ask_the_others(self) -> None:
        """Daily figures, who is at war, and the website."""
        self.esi.made = self.stage.clock()
        for poller in self.others:
            await poller.step()

    def _poller(self, source: object) -> Poller[object]:
        return Poller(
            self.stage.wiring.house.database,
            source,  # type: ignore[arg-type]
            tell=keep,
            clock=self.stage.clock,
            ring=lambda: None,
        )


async def keep(tx: Transaction, found: list[Occurrence], _moment: Moment) -> None:  # type: ignore[misc]
    """What happened is kept; nobody is told."""
    await occurrences.save_new(tx, found)


def militia(faction: int, *, kills: int = 321, points: int = 654_321) -> dict[str, object]:
    """One militia's figures as ESI gives them."""
    return {
        "faction_id": faction,
        "pilots": 20_000,
        "systems_controlled": 3,
        "kills": {"yesterday": kills, "last_week": 2_000, "total": 1_000_000},
        "victory_points": {"yesterday": points, "last_week": 3_000_000, "total": 10**9},
    }


def advantage(system: int, totals: Mapping[int, int]) -> dict[str, object]:
    """A row of the website, ids as it likes them."""
    return {
        "solarsystemID": str(system),
        "advantage": [
            {"factionID": faction, "terrainAmount": 5, "dynamicAmount": total - 5, "totalAmount": total}
            for faction, total in totals.items()
        ],
    }  # fmt: skip


def insurgency(
    origin: int, stages: Mapping[int, tuple[int, float, int, float]]
) -> dict[str, object]:
    """A pirate campaign of the website: corruption and suppression by system, stage and percent each."""
    return {
        "campaignId": 312,
        "state": "ACTIVE",
        "pirateFactionId": ANGELS,
        "startDateTime": "2021-11-29T11:00:00Z",
        "originSolarSystem": {"id": origin, "name": "?"},
        "insurgencies": [
            {
                "solarSystem": {"id": system, "name": "?"},
                "corruptionState": told[0],
                "corruptionPercentage": told[1],
                "suppressionState": told[2],
                "suppressionPercentage": told[3],
            }
            for system, told in stages.items()
        ],
    }


def _row(system: int, owner: int, occupier: int, share: float) -> dict[str, object]:
    state = "vulnerable" if share >= 1 else "contested" if share else "uncontested"
    return {
        "solar_system_id": system,
        "owner_faction_id": owner,
        "occupier_faction_id": occupier,
        "contested": state,
        "victory_points": round(share * THRESHOLD),
        "victory_points_threshold": THRESHOLD,
    }
