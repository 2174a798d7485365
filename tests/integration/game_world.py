"""The game beside kills on a stage: stand-ins of ESI, the website and Discord, the whole house, time by hand.

`async with playing(folder) as play:` then `play.sov(...)`, `play.campaigns(...)` say what ESI answers from now on, and
`await play.pass_(minutes=5)` lets the pollers ask, reminders fall due and messages go out, as the loops of a process
would. `await play.restart()` is a new process on the same database.
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.delivery import DiscordSender
from bot.discord_settings import DiscordSettings
from bot.settings import UpstreamSettings
from services.outbox.worker import OutboxWorker
from tests.factories import HandClock
from tests.fakes.discord import FakeDiscord, Message, running
from tests.fakes.esi import FakeEsi
from tests.stage import Stage
from tests.wiring import wired

CAMPAIGNS, SYSTEMS, SKYHOOKS = (
    "/sovereignty/campaigns",
    "/sovereignty/systems",
    "/skyhooks/raidable",
)
FW, FW_STATS, FW_WARS = "/fw/systems", "/fw/stats", "/fw/wars"
INCURSIONS, WARS = "/incursions", "/wars"
STATUS, INSURGENCY = "/api/warzone/status", "/api/warzone/insurgency"
CALDARI, GALLENTE = 500001, 500004
TAMA = 30002813
STEP = timedelta(seconds=20)
NOBODY = "http://127.0.0.1:9"
"""Nobody listens there."""


class WalkingClock(HandClock):
    """Moved by hand, and walking on by itself as real time does: whoever waits a moment comes to its end."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self._began = time.monotonic()

    def __call__(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self._began)


class Play:
    """What the test says to the world, and what it sees."""

    def __init__(self, folder: Path, clock: HandClock, stack: AsyncExitStack) -> None:
        self.clock = clock
        self.esi, self.website = FakeEsi(clock), FakeEsi()
        self._folder = folder
        self._stack = stack
        self._life = AsyncExitStack()

    async def open(self) -> None:
        """The stand-ins, and a first process."""
        await self._stack.enter_async_context(self.esi.serve())
        await self._stack.enter_async_context(self.website.serve())
        self.discord = FakeDiscord(clock=self.clock)
        await self._stack.enter_async_context(running(self.discord))
        self._stack.push_async_callback(self._close)
        await self._begin()
        await self.stage.furnish()
        await self.stage.start()
        self._employ()

    async def restart(self) -> None:
        """Another process: what was only in memory is gone."""
        before = self.stage
        await self._close()
        await self.discord.disconnected()
        await self._begin()
        for name in ("guild", "channel", "manager", "member"):
            setattr(self.stage, name, getattr(before, name))
        await self.stage.start()
        self._employ()

    async def pass_(self, step: timedelta = STEP, **span: float) -> None:
        """Let time pass, a little at a time, doing what falls due."""
        until = self.clock.now + timedelta(**span)
        while self.clock.now < until:
            self.clock.now = min(self.clock.now + step, until)
            await self.work()

    async def work(self) -> None:
        """What the loops and jobs of a process would do now."""
        house = self.stage.wiring.house
        for poller in house.pollers:
            await poller.step()
        await house.reminders.look()
        await house.board_keeper.refresh()
        await self.worker.drain()

    @property
    def messages(self) -> Sequence[Message]:
        """What stands in the channel, oldest first."""
        return self.discord.messages(self.stage.channel.id)

    def campaigns(self, *rows: dict[str, Any], **options: Any) -> None:
        """What `/sovereignty/campaigns` answers."""
        self.esi.put(CAMPAIGNS, list(rows), max_age=5, made=self.clock(), **options)

    def sov(self, *rows: dict[str, Any]) -> None:
        """What `/sovereignty/systems` answers."""
        self.esi.put(SYSTEMS, {"solar_systems": list(rows)}, made=self.clock())

    def calm(self) -> None:
        """Every other route answers, and has nothing to tell."""
        self.esi.put(SKYHOOKS, {"skyhooks": []})
        self.esi.put(FW, [warzone_row(TAMA, CALDARI, 100)])
        self.esi.put(FW_WARS, [{"faction_id": CALDARI, "against_id": GALLENTE}])
        for route in (FW_STATS, INCURSIONS, WARS):
            self.esi.put(route, [])
        self.website.put(STATUS, [])
        self.website.put(INSURGENCY, [])

    async def _begin(self) -> None:
        upstreams = dict.fromkeys(UpstreamSettings.model_fields, NOBODY)
        upstreams |= {"esi": self.esi.url, "warzone": self.website.url}
        wiring = await self._life.enter_async_context(
            wired(
                self._folder,
                clock=self.clock,
                online=True,
                contact="tests@example.invalid",
                upstreams=upstreams,
                warfare={"website_pace_seconds": 86_400},
            )
        )
        self.stage = Stage(self.discord, wiring, DiscordSettings())

    def _employ(self) -> None:
        sender = DiscordSender(self.stage.bot, self.stage.services)
        self.worker: OutboxWorker = self.stage.wiring.worker(sender)

    async def _close(self) -> None:
        await self.stage.stop()
        await self._life.aclose()
        self._life = AsyncExitStack()


def claim(system_id: int, holder: int | None, **more: Any) -> dict[str, Any]:
    """A row of `/sovereignty/systems`. `hub`, `window` (its start), `adm`, `since`."""
    if holder is None:
        return {"solar_system_id": system_id, "claim": {"unclaimed": True}}
    start: datetime | None = more.get("window")
    hub: dict[str, Any] = {"id": more.get("hub", 1_000_000_000_000 + system_id)}
    if start is not None:
        hub["vulnerability_window"] = {
            "start": stamp(start),
            "end": stamp(start + timedelta(hours=3)),
        }
    return {
        "solar_system_id": system_id,
        "claim": {
            "alliance": {
                "alliance_id": holder,
                "corporation_id": 98_000_001,
                "claimed_since": "2025-03-02T11:20:00Z",
                "is_capital_system": False,
                "development": {
                    "activity_defense_multiplier": more.get("adm", 4.2),
                    "military_level": 3,
                    "industrial_level": 2,
                    "strategic_level": 4,
                },
                "sovereignty_hub": hub,
            }
        },
    }


def campaign(number: int, system_id: int, start: datetime, **more: Any) -> dict[str, Any]:
    """A row of `/sovereignty/campaigns`. `defender`, `score` of the defender."""
    score = more.get("score", 0.6)
    return {
        "campaign_id": number,
        "structure_id": more.get("hub", 1_000_000_000_000 + system_id),
        "solar_system_id": system_id,
        "constellation_id": 20_000_696,
        "event_type": "ihub_defense",
        "start_time": stamp(start),
        "defender_id": more.get("defender", 99_000_065),
        "defender_score": score,
        "attackers_score": round(1 - score, 3),
    }


def warzone_row(system_id: int, occupier: int, points: int) -> dict[str, Any]:
    """A row of `/fw/systems`."""
    return {
        "solar_system_id": system_id,
        "owner_faction_id": CALDARI,
        "occupier_faction_id": occupier,
        "contested": "vulnerable" if points >= 75_000 else "contested" if points else "uncontested",
        "victory_points": points,
        "victory_points_threshold": 75_000,
    }


def stamp(moment: datetime) -> str:
    """As ESI writes times."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@asynccontextmanager
async def playing(folder: Path, now: datetime) -> AsyncIterator[Play]:
    """A world whose sources all answer and have nothing to tell."""
    async with AsyncExitStack() as stack:
        play = Play(folder, WalkingClock(now), stack)
        await play.open()
        play.calm()
        yield play
