"""Some of null security space on the stage: what ESI answers is given by hand, and taken by the real sources."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from services.domain.occurrence import Occurrence
from services.esi.answer import EsiAnswer
from services.esi.errors import EsiError, EsiUnavailable
from services.occurrences import store as occurrences
from services.polling.poller import Poller
from services.polling.source import Moment
from services.sovereignty.campaign_source import CampaignSource
from services.sovereignty.settings import SovereigntySettings
from services.sovereignty.skyhook_source import SkyhookSource
from services.sovereignty.system_source import SystemSource
from services.sovereignty.wire import CAMPAIGNS, SKYHOOKS, SYSTEMS
from services.storage.database import Transaction
from tests.stage import Stage

ALPHA, BETA, UNNAMED = 99_000_065, 99_000_066, 99_000_090
D1DQ, T5ZI, SVM, AMAMAKE = 30004759, 30004735, 30001162, 30002537
"""1DQ1-A and T5ZI-S of Delve, one of Catch, one of low security space."""
MINMATAR = 500_002


class Nullsec:
    """Alpha Pact holds two systems of Delve and one of Catch; `look` asks all sources that are due."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.claims: dict[int, dict[str, Any]] = {
            D1DQ: self.held(ALPHA, capital=True),
            T5ZI: self.held(ALPHA, adm=1.6),
            SVM: self.held(ALPHA, adm=5.5),
            AMAMAKE: {"faction": {"faction_id": MINMATAR}},
            30004760: {"unclaimed": True},
        }
        self.campaigns: dict[int, dict[str, Any]] = {}
        self.skyhooks: list[dict[str, Any]] = []
        self.fault: str | None = None
        settings = SovereigntySettings()
        self.pollers: list[Poller[Any]] = [
            self._poller(source)
            for source in (
                CampaignSource(self, settings),
                SystemSource(self, settings),
                SkyhookSource(self, settings),
            )
        ]

    def _poller(self, source: Any) -> Poller[Any]:
        wiring = self.stage.wiring
        return Poller(
            wiring.house.database,
            source,
            tell=self._tell,
            clock=self.stage.clock,
            ring=wiring.house.bell.set,
        )

    async def _tell(self, tx: Transaction, found: Any, _moment: Moment) -> None:
        kept: list[Occurrence] = [one for one in found if one.kind.is_kept]
        await occurrences.save_new(tx, kept)

    async def get_changed(self, path: str, *, etag: str | None) -> EsiAnswer:
        """As ESI would answer."""
        if self.fault is not None:
            error: EsiError = EsiUnavailable(self.fault)
            raise error
        body: Any = {
            CAMPAIGNS: list(self.campaigns.values()),
            SYSTEMS: {
                "solar_systems": [
                    {"solar_system_id": key, "claim": claim} for key, claim in self.claims.items()
                ]
            },
            SKYHOOKS: {"skyhooks": self.skyhooks},
        }[path]
        return EsiAnswer(status=200, body=msgspec.json.encode(body), etag=etag, expires_at=None)

    async def look(self, **after: float) -> None:
        """Time passes, and whatever is due is asked for."""
        self.stage.clock.advance(**after)
        for poller in self.pollers:
            await poller.step()

    def held(self, alliance: int, *, adm: float = 4.2, capital: bool = False) -> dict[str, Any]:
        """An alliance's claim, vulnerable in two hours."""
        start = self.stage.clock() + timedelta(hours=2)
        return {
            "alliance": {
                "alliance_id": alliance,
                "corporation_id": 98_000_065,
                "claimed_since": "2021-03-02T11:20:00Z",
                "is_capital_system": capital,
                "development": {
                    "activity_defense_multiplier": adm,
                    "military_level": 3,
                    "industrial_level": 2,
                    "strategic_level": 4,
                },
                "sovereignty_hub": {
                    "id": 1045000000001 + alliance,
                    "vulnerability_window": {
                        "start": _written(start),
                        "end": _written(start + timedelta(hours=3)),
                    },
                },
            }
        }

    def contest(
        self, number: int, system: int = D1DQ, *, hours: float, defender: int = ALPHA
    ) -> None:
        """Announce a contest that starts in so many hours."""
        self.campaigns[number] = {
            "campaign_id": number,
            "structure_id": 1045000000001,
            "solar_system_id": system,
            "constellation_id": 20000696,
            "event_type": "ihub_defense",
            "start_time": _written(self.stage.clock() + timedelta(hours=hours)),
            "defender_id": defender,
            "defender_score": 0.6,
            "attackers_score": 0.4,
        }

    def raidable(self, system: int, *, hours: float) -> None:
        """A skyhook that can be raided in so many hours."""
        start = self.stage.clock() + timedelta(hours=hours)
        window = {"start": _written(start), "end": _written(start + timedelta(hours=1))}
        self.skyhooks.append(
            {
                "planet_id": 40301700 + len(self.skyhooks),
                "solar_system_id": system,
                "theft_vulnerability": window,
            }
        )


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
