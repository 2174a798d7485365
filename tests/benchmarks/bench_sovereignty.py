"""Sovereignty: a whole answer taken and told, a year of changes kept, and one system's history read back.

Rates of a year, which nobody publishes: 2,708 systems of alliances (the recorded day) whose levels of development move
twice a day each, which is more than the game's indices do; 40 changes of holder a day, from the recorded dates of
claims; 200 multipliers a day that cross a whole number; 10 contests a day, of which 13 were listed at once in the two
days between announcement and start, with 30 moves of the scores each. Windows move every day and are not kept.
"""

import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from services.domain.alert import AlertKind
from services.domain.ids import AllianceId, ChannelId, SystemId
from services.domain.killmail import OrganisationKind, party
from services.domain.occurrence import Occurrence, OccurrenceKind, Scope
from services.domain.sovereignty import Campaign, CampaignState, Claim
from services.esi.answer import EsiAnswer
from services.esi.reading import Reader
from services.occurrences.service import OccurrenceService
from services.occurrences.settings import OccurrenceSettings
from services.occurrences.store import save_new
from services.polling.poller import Poller
from services.polling.source import Moment
from services.sovereignty import history
from services.sovereignty.changes import Packed, pack
from services.sovereignty.comparing import Change
from services.sovereignty.following import about
from services.sovereignty.settings import SovereigntySettings
from services.sovereignty.system_source import SystemSource
from services.sovereignty.wire import SystemsReader
from services.storage.database import Database, Transaction
from services.storage.settings import DatabaseSettings
from tests.benchmarks.figure import Figure, seconds
from tests.factories import HandClock, request, universe
from tests.services.game_room import GameRoom

RECORDED = datetime(2026, 5, 17, 13, 34, tzinfo=UTC)
ROUNDS = 21
DAYS, SNAPSHOTS = 365, 12
"""Of the year, and of an hour."""
LEVELS_A_DAY, HOLDERS_A_DAY, WHOLES_A_DAY = 2 * 2708, 40, 200
CONTESTS_A_DAY, MOVES = 10, 30
"""And the moves of a contest's scores."""
HORDE = party(99_005_338, OrganisationKind.ALLIANCE)


class _Esi:
    """Answers with what it was given last."""

    def __init__(self) -> None:
        self.body = b""

    async def get_changed(self, path: str, *, etag: str | None) -> EsiAnswer:
        assert path, etag
        return EsiAnswer(status=200, body=self.body, etag=None, expires_at=None)


def bench() -> Iterable[Figure]:
    """Milliseconds an answer, megabytes a year, milliseconds a history."""
    folder = os.environ.get("WARROOM_TEST_DATA")
    if not folder:
        return
    path = Path(folder, "esi/sovereignty-systems_2026-05-17.json")
    bodies = list(_evening(json.loads(path.read_text())["solar_systems"]))
    alone = seconds(lambda: msgspec.json.decode(bodies[0]), repeat=5) * 1000
    took, worst, found = asyncio.run(_answers(bodies))
    bar = {"unit": "ms", "yardstick": alone, "yardstick_name": "decoding it without a shape"}
    name = f"a whole answer taken and published (5,485 systems, {found:.0f} occurrences, 20 alerts)"
    yield Figure(name=name, value=took, bar="at most 100 ms", **bar)  # type: ignore[arg-type]
    yield Figure(name="the slowest of them", value=worst, **bar)  # type: ignore[arg-type]
    yield from asyncio.run(_year(SystemsReader(Reader()).read(bodies[0]).claims.values()))


def _evening(rows: list[dict[str, Any]]) -> Iterator[bytes]:
    """An answer for each five minutes: 12 windows move by a day, 20 systems' levels move, one changes hands."""
    held = [row["claim"]["alliance"] for row in rows if "alliance" in row["claim"]]
    for number in range(ROUNDS):
        yield json.dumps({"solar_systems": rows}).encode()
        for claim in held[number * 40 : number * 40 + 20]:
            development = claim["development"]
            development["activity_defense_multiplier"] = round(1 + number % 5 + 0.3, 1)
            development["military_level"] = number % 6
        for claim in held[number * 40 + 20 : number * 40 + 32]:
            if window := claim["sovereignty_hub"].get("vulnerability_window"):
                moment = RECORDED + timedelta(days=1, minutes=number)
                window["start"] = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
                window["end"] = f"{moment + timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}"
        taken = held[number * 40 + 32]
        taken["alliance_id"], taken["sovereignty_hub"]["id"] = HORDE.id, number


async def _answers(bodies: Sequence[bytes]) -> tuple[float, float, float]:
    """Milliseconds from the answer to the commit: in the middle, at the worst, and occurrences on average.

    Each is published for twenty channels: half of them want whatever happens, the others windows in a region.
    """
    clock, esi = HandClock(RECORDED), _Esi()
    found: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        database = await _open(folder)
        room = GameRoom(database)
        await _subscribe(room)

        async def tell(tx: Transaction, occurrences: Sequence[Occurrence], moment: Moment) -> None:
            found.append(len(occurrences))
            await room.news.tell(tx, occurrences, moment)

        source = SystemSource(esi, SovereigntySettings())
        poller = Poller(database, source, tell=tell, clock=clock, ring=lambda: None)
        spent = []
        for body in bodies:
            esi.body = body
            clock.advance(minutes=5)
            start = time.perf_counter()
            assert await poller.step()
            spent.append((time.perf_counter() - start) * 1000)
        await database.close()
    return statistics.median(spent[1:]), max(spent[1:]), statistics.mean(found)


async def _subscribe(room: GameRoom) -> None:
    """Twenty channels: what is usual from everywhere, or windows and multipliers of a region."""
    near = frozenset({OccurrenceKind.WINDOW, OccurrenceKind.ADM})
    regions = sorted(region.id for region in universe().regions.values() if region.id < 11_000_000)
    for number in range(20):
        wanted: dict[str, Any] = {}
        if number % 2:
            scope = Scope(region_id=regions[number % len(regions)])
            wanted = {"scope": scope, "events": near}
        channel_id = ChannelId(1000 + number)
        await room.alerts.add(request(AlertKind.SOV, channel_id=channel_id, **wanted))


async def _year(claims: Iterable[Claim]) -> list[Figure]:
    held = [claim for claim in claims if claim.hub_id]
    with tempfile.TemporaryDirectory() as folder:
        database = await _open(folder)
        empty = await _size(database)
        begin = RECORDED - timedelta(days=DAYS)
        async with database.write() as tx:
            for hour, packed in enumerate(_hours(held, begin)):
                await history.save_changes(tx, packed, begin + timedelta(hours=hour))
        kept = await _size(database)
        reading = [await _read(database, held[0].system_id, days=days) for days in (30, DAYS)]
        async with database.write() as tx:
            for day in range(DAYS):
                await save_new(tx, list(_told(held, begin + timedelta(days=day))))
        told = await _size(database) - kept
        service = OccurrenceService(database, OccurrenceSettings(), clock=lambda: RECORDED)
        await service.prune()
        left = await _size(database) - kept
        await database.close()
    a_day = HOLDERS_A_DAY + WHOLES_A_DAY + CONTESTS_A_DAY * (MOVES + 3)
    changes = (LEVELS_A_DAY + HOLDERS_A_DAY) * DAYS / 1e6
    return [
        Figure(
            name=f"a year of snapshots, {changes:.2g} million changes",
            value=(kept - empty) / 1e6,
            unit="MB",
            bar="under 50 MB",
        ),
        Figure(name=f"its occurrences ({a_day} a day), all of them", value=told / 1e6, unit="MB"),
        Figure(name="what is kept of them", value=left / 1e6, unit="MB"),
        Figure(
            name="a system's multipliers of 30 days", value=reading[0], unit="ms", bar="a few ms"
        ),
        Figure(name="and of the whole year", value=reading[1], unit="ms"),
    ]


def _hours(held: Sequence[Claim], begin: datetime) -> Iterator[Packed]:
    """The changes of each hour of the year, as the twelve answers of that hour pack them."""
    moved = [replace(claim, adm=(claim.adm or 1) - 0.6, military=0) for claim in held]
    pairs = [
        (Change(claim, other), Change(other, claim))
        for claim, other in zip(held, moved, strict=True)
    ]
    taken = [Change(claim, replace(claim, holder=HORDE, hub_id=1)) for claim in held]
    levels, holders = 0, 0
    for hour in range(DAYS * 24):
        packed = Packed()
        for part in range(SNAPSHOTS):
            done = (hour + part / SNAPSHOTS) / 24
            turn, until = divmod(levels, len(pairs))[0] % 2, round(done * LEVELS_A_DAY)
            changes = [pairs[n % len(pairs)][turn] for n in range(levels, until)]
            upto = round(done * HOLDERS_A_DAY)
            changes += [taken[n % len(taken)] for n in range(holders, upto)]
            levels, holders = until, upto
            packed += pack(changes, begin + timedelta(hours=hour, minutes=5 * part))
        yield packed


def _told(held: Sequence[Claim], day: datetime) -> Iterator[Occurrence]:
    """What was told on a day and is kept."""
    for number in range(HOLDERS_A_DAY + WHOLES_A_DAY):
        claim = held[(day.toordinal() * 40 + number) % len(held)]
        is_flip = number < HOLDERS_A_DAY
        kind = OccurrenceKind.HOLDER if is_flip else OccurrenceKind.ADM
        assert claim.holder is not None
        yield Occurrence(
            key=f"{kind}:{claim.system_id}:{int(day.timestamp()) // 60}:{number}",
            kind=kind,
            at=day,
            systems=(claim.system_id,),
            old=claim.holder if is_flip else None,
            new=HORDE if is_flip else None,
            others=() if is_flip else (claim.holder,),
            before=None if is_flip else 4.1,
            after=None if is_flip else 3.5,
        )
    for number in range(CONTESTS_A_DAY):
        yield from _contest(held[(day.toordinal() * 10 + number) % len(held)], day, number)


def _contest(claim: Claim, day: datetime, number: int) -> Iterator[Occurrence]:
    """From its announcement to its end."""
    campaign = Campaign(
        id=day.toordinal() * CONTESTS_A_DAY + number,
        event_type="ihub_defense",
        system_id=claim.system_id,
        constellation_id=None,
        structure_id=claim.hub_id or 1,
        defender_id=AllianceId(claim.holder.id) if claim.holder else None,
        start=day,
        state=CampaignState.RUNNING,
        first_seen=day,
        seen=day,
    )
    for turn in (
        OccurrenceKind.CAMPAIGN_NEW,
        OccurrenceKind.CAMPAIGN_STARTED,
        OccurrenceKind.CAMPAIGN_ENDED,
    ):
        yield about(campaign, turn, day)
    for move in range(MOVES):
        at = day + timedelta(minutes=move)
        tail = f":{round(at.timestamp() * 1000)}"
        moved = about(campaign, OccurrenceKind.CAMPAIGN_SCORE, at, tail=tail)
        yield replace(moved, before=0.6, after=0.53)


async def _read(database: Database, system_id: SystemId, *, days: int) -> float:
    """Milliseconds, the best of five."""
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        async with database.read() as tx:
            found = await history.load_multipliers(tx, system_id, RECORDED - timedelta(days=days))
        best = min(best, (time.perf_counter() - start) * 1000)
        assert len(found) > days
    return best


async def _open(folder: str) -> Database:
    return await Database.open(DatabaseSettings(url=f"sqlite+aiosqlite:///{folder}/bench.db"))


async def _size(database: Database) -> int:
    """Of what is used of the file alone: what still lies in the log beside it is brought in first."""
    path = database.path
    assert path is not None
    async with database.write() as tx:
        await tx.exec_driver_sql("SELECT 1")
    async with database.read() as tx:
        found = [
            (await tx.exec_driver_sql(f"PRAGMA {what}")).scalar_one()
            for what in ("page_count", "freelist_count", "page_size")
        ]
    pages, free, size = map(int, found)
    return (pages - free) * size


if __name__ == "__main__":
    for figure in bench():
        print(figure.line())
