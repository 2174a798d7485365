"""Wars from ESI's stand-in to the tables and what is told, on each database."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from services.domain.errors import NotFound, UserError
from services.domain.ids import WarId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.occurrence import Occurrence, OccurrenceSearch
from services.domain.trouble import Trouble
from services.domain.war import FoundWars
from services.esi.client import EsiClient
from services.esi.settings import EsiSettings
from services.occurrences.store import load, save_new
from services.polling.poller import Poller
from services.storage.database import Database, Transaction
from services.storage.settings import DatabaseSettings
from services.wars.service import WarService
from services.wars.settings import WarSettings
from services.wars.source import WarSource
from tests.factories import EVENING, HandClock
from tests.fakes.esi import FakeEsi, Fault
from tests.fakes.watch import Watch

US, FRIEND, FOE, OTHER, HELPER = 99_000_001, 98_000_002, 99_000_003, 99_000_004, 98_000_005
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAGE = b"<!DOCTYPE html><html><body>Sorry</body></html>"


def side(party: int, ships: int = 0, isk: float = 0.0) -> dict[str, Any]:
    kind = "alliance_id" if party >= 99_000_000 else "corporation_id"
    return {kind: party, "ships_killed": ships, "isk_destroyed": isk}


def war(
    number: int,
    aggressor: int,
    defender: int,
    *,
    declared: datetime = EVENING,
    allies: tuple[int, ...] = (),
    scores: tuple[float, float] = (0.0, 0.0),
    **fields: datetime,
) -> dict[str, Any]:
    times = {"declared": declared, **fields}
    return {
        "id": number,
        "mutual": False,
        "open_for_allies": True,
        "aggressor": side(aggressor, 3, scores[0]),
        "defender": side(defender, 1, scores[1]),
        "allies": [{k: v for k, v in side(a).items() if k.endswith("_id")} for a in allies],
        "new_key": 1,
        **{name: f"{moment:%Y-%m-%dT%H:%M:%SZ}" for name, moment in times.items()},
    }


class Watchtower:
    """A real poller of a real client, beside the service."""

    def __init__(self, database: Database, esi: FakeEsi, session: aiohttp.ClientSession) -> None:
        self.database, self.esi, self.session = database, esi, session
        self.clock: HandClock = esi.judge.clock  # type: ignore[union-attr, assignment]
        self.watch = Watch()
        self.marked = {US, FRIEND}
        self.settings = WarSettings(first=4, per_step=3)
        self.restart()

    def restart(self) -> None:
        client = EsiClient(
            self.session,
            EsiSettings(base_url=self.esi.url, patience_seconds=0),
            clock=self.clock,
            watch=self.watch,
            sleep=self.clock.sleep,
            jitter=lambda: 0.0,
        )
        self.service = WarService(
            self.database, client, self.settings, clock=self.clock, watch=self.watch
        )
        self.poller = Poller(
            self.database,
            WarSource(
                client,
                self.database,
                self.settings,
                marked=self._marked,
                clock=self.clock,
                watch=self.watch,
            ),
            tell=self._tell,
            clock=self.clock,
            ring=lambda: None,
            watch=self.watch,
        )

    async def _marked(self, _tx: Transaction) -> frozenset[int]:
        return frozenset(self.marked)

    async def _tell(self, tx: Any, found: Any, _moment: Any) -> None:
        await save_new(tx, found)

    def put(self, *wars: dict[str, Any]) -> None:
        known = self.esi.documents.get("/wars")
        ids = {one["id"] for one in wars} | set(known.pages[0] if known else ())
        self.esi.put("/wars", sorted(ids, reverse=True), max_age=3600)
        for one in wars:
            self.esi.put(f"/wars/{one['id']}", one, max_age=3600)

    async def look(self, *wars: dict[str, Any], after: timedelta = HOUR) -> bool:
        self.put(*wars)
        self.clock.now += after
        return await self.poller.step()

    async def looks(self, times: int) -> None:
        for _ in range(times):
            assert await self.look(after=timedelta(minutes=5))

    async def told(self) -> list[Occurrence]:
        async with self.database.read() as tx:
            return list(reversed(await load(tx, OccurrenceSearch())))

    async def keys(self) -> list[str]:
        return sorted(one.key for one in await self.told())

    def asked(self) -> list[str]:
        """What was asked since the last time."""
        found = [question.path for question in self.esi.asked]
        self.esi.asked.clear()
        return found


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"User-Agent": "warroom-test/1 (contact: nobody)"}
    async with aiohttp.ClientSession(headers=headers) as opened:
        yield opened


@pytest.fixture
async def esi() -> AsyncIterator[FakeEsi]:
    async with FakeEsi(HandClock(EVENING)).serve() as fake:
        yield fake


@pytest.fixture
def tower(database: Database, esi: FakeEsi, session: aiohttp.ClientSession) -> Watchtower:
    return Watchtower(database, esi, session)


@pytest.fixture
async def small_tower(
    migrated_sqlite_url: str, esi: FakeEsi, session: aiohttp.ClientSession
) -> AsyncIterator[Watchtower]:
    """For what the database has no say in."""
    opened = await Database.open(DatabaseSettings(url=migrated_sqlite_url))
    yield Watchtower(opened, esi, session)
    await opened.close()


async def test_a_war_from_its_declaration_to_its_end(tower: Watchtower) -> None:
    await tower.look(war(10, OTHER, FOE, declared=EVENING - DAY))
    assert await tower.told() == []
    begins = EVENING + DAY
    await tower.look(war(11, FOE, US, declared=EVENING + HOUR, started=begins))
    (declared,) = await tower.told()
    assert (declared.key, declared.at) == ("war-declared:11", tower.clock())
    assert (declared.old, declared.new) == (
        Organisation(FOE, OrganisationKind.ALLIANCE),
        Organisation(US, OrganisationKind.ALLIANCE),
    )
    assert (declared.starts, declared.subject) == (begins, 11)
    tower.restart()
    helped = war(11, FOE, US, declared=EVENING + HOUR, started=begins, allies=(HELPER, OTHER))
    await tower.look(helped)
    assert await tower.keys() == ["war-ally:11:98000005", "war-ally:11:99000004", "war-declared:11"]
    joined = [one.others for one in await tower.told() if one.kind == "war-ally"]
    assert (Organisation(HELPER, OrganisationKind.CORPORATION),) in joined
    await tower.look(after=begins - tower.clock() - timedelta(minutes=1))
    assert "war-started:11" not in await tower.keys()
    await tower.look(after=timedelta(minutes=5))
    (started,) = [one for one in await tower.told() if one.kind == "war-started"]
    assert started.at == begins, "the game's own time"
    ends = begins + DAY
    over = war(
        11, FOE, US, declared=EVENING + HOUR, started=begins, allies=(HELPER,), scores=(7e9, 2e9),
        retracted=begins + HOUR, finished=ends,
    )  # fmt: skip
    await tower.look(over)
    (finished,) = [one for one in await tower.told() if one.kind == "war-finished"]
    assert (finished.word, finished.ends) == ("retracted", ends)
    tower.asked()
    await tower.look(after=2 * HOUR)
    assert "/wars/11" in tower.asked(), "shots are still fired: the score goes on"
    tower.restart()
    await tower.look(after=ends - tower.clock() + timedelta(minutes=1))
    assert "/wars/11" in tower.asked(), "the last score"
    (over,) = [one for one in await tower.told() if one.key == "war-finished:11:over"]
    assert (over.at, over.word) == (ends, None)
    await tower.look(after=DAY)
    assert tower.asked() == ["/wars"]
    assert len(await tower.keys()) == 6
    known = await tower.service.get(WarId(11))
    assert (known.aggressor.isk_destroyed, known.defender.isk_destroyed) == (7e9, 2e9)
    assert known.allies == (Organisation(HELPER, OrganisationKind.CORPORATION),)
    assert tower.asked() == [], "it is over, and known"
    assert tower.esi.violations == []


async def test_nothing_is_asked_while_nobody_is_marked(small_tower: Watchtower) -> None:
    tower = small_tower
    tower.marked = set()
    for _ in range(3):
        assert await tower.look(war(10, FOE, US))
    assert (tower.asked(), await tower.service.known_since()) == ([], None)
    tower.marked = {US}
    await tower.look()
    assert tower.asked() == ["/wars", "/wars/10"]
    assert await tower.told() == [], "what was there before anybody looked is no news"
    assert await tower.service.known_since() == EVENING


async def test_the_first_look_reads_the_latest_some_at_a_time(small_tower: Watchtower) -> None:
    tower = small_tower
    await tower.look(*(war(number, FOE, US) for number in range(1, 10)))
    assert tower.asked() == ["/wars", "/wars/9", "/wars/8", "/wars/7"]
    await tower.looks(1)
    assert tower.asked() == ["/wars/6"], "four in all, and the list still holds"
    await tower.looks(3)
    assert tower.asked() == []
    assert await tower.told() == []
    await tower.look(*(war(number, FOE, US, declared=EVENING + HOUR) for number in range(10, 15)))
    assert tower.asked() == ["/wars", "/wars/9", "/wars/8", "/wars/7"], "those due come first"
    await tower.looks(3)
    assert set(tower.asked()) >= {f"/wars/{number}" for number in range(10, 15)}
    assert await tower.keys() == [f"war-declared:{number}" for number in range(10, 15)]
    tower.restart()
    await tower.looks(2)
    assert len(await tower.keys()) == 5


async def test_whose_wars_are_told_and_asked_for_again(small_tower: Watchtower) -> None:
    tower = small_tower
    await tower.look(war(10, OTHER, FOE))
    long_ago = EVENING - 8 * DAY
    soon = tower.clock() + HOUR + timedelta(minutes=1)
    await tower.look(
        war(11, OTHER, FOE, started=soon), war(12, FRIEND, FOE), war(13, FOE, OTHER, allies=(US,)),
    )  # fmt: skip
    await tower.look(war(14, FOE, US, declared=long_ago))
    await tower.looks(2)
    assert await tower.keys() == ["war-declared:12", "war-declared:13"]
    tower.asked()
    await tower.look(after=2 * HOUR)
    await tower.looks(1)
    assert set(tower.asked()) == {"/wars", "/wars/12", "/wars/13", "/wars/14"}
    tower.marked.add(OTHER)
    await tower.looks(2)
    assert set(tower.asked()) == {"/wars/10", "/wars/11"}, "whoever is marked is followed at once"
    assert len(await tower.keys()) == 2, "and their old wars are no news"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=503),
        Fault(body=PAGE, content_type="text/html"),
        Fault(body=b"[]"),
        Fault(body=b'{"wars": []}'),
        Fault(status=429, headers={"Retry-After": "60"}),
        Fault(status=420, headers={"X-ESI-Error-Limit-Reset": "30"}),
    ],
    ids=["503", "html", "empty", "odd", "429", "420"],
)
async def test_no_fault_of_the_list_changes_anything(small_tower: Watchtower, fault: Fault) -> None:
    tower = small_tower
    await tower.look(war(10, FOE, US))
    tower.esi.fail("/wars", fault)
    assert not await tower.look(war(11, FOE, US))
    assert await tower.told() == []
    assert await tower.look(war(11, FOE, US))
    assert await tower.keys() == ["war-declared:11"]


async def test_an_end_that_nobody_named_beforehand_is_told_once(small_tower: Watchtower) -> None:
    tower = small_tower
    await tower.look(war(10, OTHER, FOE))
    await tower.look(war(11, FOE, US, declared=EVENING + HOUR))
    await tower.look(war(11, FOE, US, declared=EVENING + HOUR, finished=tower.clock() + HOUR / 2))
    await tower.looks(2)
    assert await tower.keys() == ["war-declared:11", "war-finished:11"]


async def test_what_came_before_a_fault_is_kept(small_tower: Watchtower) -> None:
    tower = small_tower
    await tower.look(war(10, OTHER, FOE))
    tower.esi.fail("/wars/12", Fault(status=502))
    assert await tower.look(war(11, FOE, US), war(12, FOE, US), war(13, FOE, US))
    assert await tower.keys() == ["war-declared:13"]
    await tower.looks(1)
    assert await tower.keys() == [f"war-declared:{number}" for number in (11, 12, 13)]
    tower.esi.fail("/wars/13", Fault(status=502))
    tower.asked()
    assert not await tower.look(after=2 * HOUR), "and where nothing came it is a fault"


async def test_a_war_that_cannot_be_had_is_left_alone(small_tower: Watchtower) -> None:
    tower = small_tower
    await tower.look(war(10, OTHER, FOE))
    odd = war(12, FOE, US) | {"aggressor": {"alliance_id": FOE}}
    tower.put(war(11, FOE, US), odd)
    tower.esi.put("/wars", [13, 12, 11, 10], max_age=3600)
    assert await tower.look()
    assert await tower.keys() == ["war-declared:11"]
    assert (Trouble.ESI_SCHEMA, "/wars/{}") in tower.watch.begun
    tower.asked()
    await tower.looks(2)
    assert tower.asked() == []
    assert await tower.look(after=DAY)
    assert {"/wars/12", "/wars/13"} <= set(tower.asked())


async def test_refusal_upon_refusal_is_a_fault_of_the_route(small_tower: Watchtower) -> None:
    tower = small_tower
    tower.settings = WarSettings(first=20, per_step=20)
    tower.restart()
    tower.esi.put("/wars", list(range(20, 0, -1)), max_age=3600)
    assert not await tower.look()
    assert tower.asked() == ["/wars", *[f"/wars/{number}" for number in range(20, 15, -1)]]


async def test_one_war_by_its_number(small_tower: Watchtower) -> None:
    tower = small_tower
    tower.put(war(10, FOE, US, scores=(5e9, 1e9), started=EVENING))
    found = await tower.service.get(WarId(10))
    assert (found.aggressor.isk_destroyed, found.aggressor.ships_killed) == (5e9, 3)
    assert (found.started, found.finished, found.fetched) == (EVENING, None, EVENING)
    tower.clock.advance(minutes=50)
    assert (await tower.service.get(WarId(10))).fetched == EVENING
    assert tower.asked() == ["/wars/10"], "the answer holds for an hour, and says how old it is"
    with pytest.raises(NotFound, match="no war number 11"):
        await tower.service.get(WarId(11))
    tower.clock.advance(hours=2)
    tower.esi.fail("/wars/10", *[Fault(status=502)] * 9)
    with pytest.raises(UserError, match="cannot be asked at the moment"):
        await tower.service.get(WarId(10))
    offline = WarService(tower.database, None, tower.settings, clock=tower.clock)
    with pytest.raises(UserError, match="cannot be asked"):
        await offline.get(WarId(10))


async def test_asking_takes_no_news_from_the_poller(small_tower: Watchtower) -> None:
    tower = small_tower
    await tower.look(war(10, FOE, US))
    tower.put(war(10, FOE, US, allies=(HELPER,)))
    tower.clock.advance(hours=2)
    assert len((await tower.service.get(WarId(10))).allies) == 1
    await tower.looks(1)
    assert await tower.keys() == ["war-ally:10:98000005"]


async def test_what_is_known_is_shown_with_its_age_while_esi_is_silent(
    small_tower: Watchtower,
) -> None:
    tower = small_tower
    await tower.look(war(10, FOE, US))
    read_at = tower.clock().replace(microsecond=0)
    tower.clock.advance(hours=5)
    tower.esi.fail("/wars/10", *[Fault(status=502)] * 9)
    assert (await tower.service.get(WarId(10))).fetched == read_at
    party = Organisation(US, OrganisationKind.ALLIANCE)
    (known,) = await tower.service.of_party(party)
    assert (known.id, known.fetched) == (10, read_at)


async def test_the_wars_of_somebody(tower: Watchtower, monkeypatch: pytest.MonkeyPatch) -> None:
    early = EVENING - DAY
    await tower.look(
        war(10, FOE, US, finished=EVENING),
        war(11, US, OTHER, finished=EVENING + 3 * DAY),
        war(12, FOE, OTHER, allies=(US,), declared=early),
    )
    await tower.look(war(13, FOE, HELPER))
    us = Organisation(US, OrganisationKind.ALLIANCE)
    helper = Organisation(HELPER, OrganisationKind.CORPORATION)
    assert [one.id for one in await tower.service.of_party(us)] == [12, 11]
    every = await tower.service.of_party(us, finished=True)
    assert [one.id for one in every] == [12, 11, 10]
    both = (await tower.service.of_parties({US, HELPER, FOE})).wars
    assert [one.id for one in both] == [13, 12, 11]
    assert await tower.service.of_parties(()) == FoundWars(wars=(), total=0)
    monkeypatch.setattr("services.wars.service.MOST", 2)
    many = await tower.service.of_parties({US, HELPER, FOE}, finished=True)
    assert ([one.id for one in many.wars], many.total) == ([13, 12], 4)
    tower.put(war(13, FOE, HELPER, finished=tower.clock()))
    tower.clock.advance(hours=2)
    assert await tower.service.of_party(helper) == (), "of somebody unmarked it is asked for now"
    none = await tower.service.of_parties({HELPER})
    assert none.total == 0, "what ended meanwhile is not counted"
    monkeypatch.undo()
    tower.clock.advance(days=399)
    await tower.look()
    tower.clock.advance(days=2)
    await tower.service.prune()
    left = (await tower.service.of_parties({US, OTHER, HELPER}, finished=True)).wars
    assert [one.id for one in left] == [12, 11], "those that were asked for since"
