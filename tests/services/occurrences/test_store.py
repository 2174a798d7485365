"""What happened, kept once: on each database."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from services.domain.ids import SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.occurrence import Occurrence, OccurrenceKind, OccurrenceSearch, Topic
from services.occurrences import store
from services.occurrences.service import OccurrenceService
from services.occurrences.settings import OccurrenceSettings
from services.storage.database import Database
from services.storage.world_tables import occurrence_parties, occurrences
from tests.factories import EVENING, HandClock

K = OccurrenceKind
JITA, AMAMAKE, TAMA = SystemId(30000142), SystemId(30002537), SystemId(30002813)
ALPHA = Organisation(99_000_065, OrganisationKind.ALLIANCE)
CALDARI = Organisation(500_001, OrganisationKind.FACTION)
MINUTE = timedelta(minutes=1)


def one(key: str, kind: K = K.FLIP, minutes: float = 0, **fields: Any) -> Occurrence:
    fields = {"systems": (TAMA,), **fields}
    return Occurrence(key=key, kind=kind, at=EVENING + minutes * MINUTE, **fields)


async def keep(database: Database, *found: Occurrence) -> list[str]:
    async with database.write() as tx:
        return [new.key for new in await store.save_new(tx, found)]


async def look(database: Database, **search: Any) -> list[str]:
    async with database.read() as tx:
        return [found.key for found in await store.load(tx, OccurrenceSearch(**search))]


@pytest.fixture
def service(database: Database) -> OccurrenceService:
    settings = OccurrenceSettings(keep_days=30)
    return OccurrenceService(database, settings, clock=HandClock(EVENING))


async def test_the_same_is_new_once_and_keeps_its_order(database: Database) -> None:
    assert await keep(database, one("b"), one("a"), one("b", minutes=5)) == ["b", "a"]
    assert await keep(database, one("c"), one("a", minutes=9), one("d")) == ["c", "d"]
    async with database.read() as tx:
        (first, *_) = await store.load(tx, OccurrenceSearch(kinds=frozenset({K.FLIP}), limit=1))
    assert first.at == EVENING, "the first of a key stands"
    assert await keep(database) == []


async def test_what_comes_every_day_is_told_each_time_and_not_kept(database: Database) -> None:
    daily = (one("w", K.WINDOW), one("s", K.SKYHOOK), one("flip"), one("w", K.WINDOW))
    assert await keep(database, *daily) == ["w", "s", "flip"]
    assert await keep(database, *daily) == ["w", "s"]
    assert await look(database) == ["flip"]


async def test_more_at_once_than_one_statement_takes(database: Database) -> None:
    many = [one(f"many-{number:04}") for number in range(450)]
    assert await keep(database, *many) == [found.key for found in many]
    assert await keep(database, *many, one("last")) == ["last"]


async def test_every_field_comes_back(database: Database) -> None:
    whole = Occurrence(
        key="whole",
        kind=K.CAMPAIGN_ENDED,
        at=EVENING,
        since=EVENING - MINUTE,
        systems=(TAMA, JITA),
        old=ALPHA,
        new=CALDARI,
        others=(CALDARI, ALPHA),
        before=0.25,
        after=1.0,
        starts=EVENING,
        ends=EVENING + MINUTE,
        subject=2**40,
        word="defended",
    )
    bare = Occurrence(key="bare", kind=K.WAR_DECLARED, at=EVENING)
    await keep(database, whole, bare)
    async with database.read() as tx:
        found = await store.load(tx, OccurrenceSearch())
    assert found == [whole, bare], "those of one moment by key, so that pages never overlap"


async def test_searches(service: OccurrenceService, database: Database) -> None:
    await keep(
        database,
        one("flip-tama", minutes=1),
        one("flip-amamake", minutes=2, systems=(AMAMAKE, TAMA)),
        one("safe", K.SAFE, minutes=3),
        one("war", K.WAR_DECLARED, minutes=4, systems=()),
        one("holder", K.HOLDER, minutes=5, systems=(JITA,)),
    )

    async def found(**search: Any) -> list[str]:
        asked = OccurrenceSearch(**search)
        keys = [hit.key for hit in await service.search(asked)]
        assert await service.count(asked) >= len(keys)
        return keys

    assert await found() == ["holder", "war", "safe", "flip-amamake", "flip-tama"]
    assert await found(topic=Topic.FW) == ["safe", "flip-amamake", "flip-tama"]
    assert await found(kinds=frozenset({K.SAFE, K.HOLDER})) == ["holder", "safe"]
    assert await found(kinds=frozenset()) == []
    assert await found(topic=Topic.FW, kinds=frozenset({K.HOLDER})) == []
    span = {"since": EVENING + 2 * MINUTE, "until": EVENING + 4 * MINUTE}
    assert await found(**span) == ["safe", "flip-amamake"]
    about = frozenset({TAMA})
    assert await found(systems=about) == ["safe", "flip-tama"], "the one it is about, not others"
    assert await found(systems=frozenset()) == []
    assert await found(limit=2, offset=1) == ["war", "safe"]
    assert await service.count(OccurrenceSearch(limit=2, offset=1)) == 5
    assert await service.count(OccurrenceSearch(topic=Topic.SOV)) == 1


async def test_the_database_finds_whom_they_concern(
    service: OccurrenceService, database: Database
) -> None:
    await keep(
        database,
        one("taken", K.HOLDER, minutes=1, old=CALDARI, new=ALPHA),
        one("theirs", K.HOLDER, minutes=2, new=CALDARI),
        one("fought", K.CAMPAIGN_ENDED, minutes=3, others=(ALPHA, ALPHA)),
        one("old", K.HOLDER, minutes=-40 * 24 * 60, old=ALPHA),
    )
    await keep(database, one("taken", K.HOLDER, minutes=9, old=ALPHA, new=ALPHA))
    assert await look(database, party=ALPHA) == ["fought", "taken", "old"]
    assert await look(database, party=ALPHA, kinds=frozenset({K.HOLDER}), limit=1) == ["taken"]
    search = OccurrenceSearch(party=ALPHA, topic=Topic.SOV, limit=1)
    assert await service.count(search) == 3
    await service.prune()
    assert await look(database, party=ALPHA) == ["fought", "taken"]
    async with database.read() as tx:
        held = list(await tx.scalars(select(occurrence_parties.c.key)))
    assert sorted(held) == ["fought", "taken", "taken", "theirs"], "none is left of what is gone"


async def test_what_comes_often_is_forgotten_sooner(database: Database) -> None:
    service = OccurrenceService(database, OccurrenceSettings(), clock=lambda: EVENING)
    ages = {"young": 80, "aged": 100, "old": 500}
    await keep(
        database,
        *(
            one(f"{kind} {age}", kind, minutes=-days * 24 * 60, others=(ALPHA,))
            for kind in (K.HOLDER, K.CAMPAIGN_SCORE, K.ADM)
            for age, days in ages.items()
        ),
    )
    await service.prune()
    left = ["campaign-score young", "sov-adm young", "sov-holder aged", "sov-holder young"]
    assert sorted(await look(database)) == left
    async with database.read() as tx:
        assert sorted(await tx.scalars(select(occurrence_parties.c.key))) == left


async def test_what_a_newer_version_wrote_is_passed_over(database: Database) -> None:
    await keep(database, one("ours"))
    row = {"topic": "fw", "at": EVENING, "system_id": TAMA}
    newer = row | {"key": "newer", "kind": "fw-eclipse", "payload": b"{}"}
    richer = msgspec.to_builtins(one("richer", minutes=-1)) | {"moons": 7}
    more = row | {"key": "richer", "kind": K.FLIP, "payload": msgspec.json.encode(richer)}
    async with database.write() as tx:
        await tx.execute(occurrences.insert(), [newer, more])
    assert sorted(await look(database)) == ["ours", "richer"]
    async with database.read() as tx:
        assert await store.count(tx, OccurrenceSearch()) == 2


async def test_the_earliest_of_a_topic_and_the_end_of_the_oldest(
    service: OccurrenceService, database: Database
) -> None:
    day = 24 * 60
    await keep(database, one("old", minutes=-31 * day), one("young", minutes=-29 * day))
    await keep(database, one("war", K.WAR_DECLARED))
    async with database.read() as tx:
        assert await store.load_since(tx, Topic.FW) == EVENING - timedelta(days=31)
        assert await store.load_since(tx, Topic.SOV) is None
    await service.prune()
    assert await look(database) == ["war", "young"]


def kinds_of(topics: Iterable[Topic]) -> set[str]:
    return {kind.value for kind in K if kind.topic in topics}


def test_every_kind_belongs_to_the_topic_that_its_name_says() -> None:
    assert {kind.topic for kind in K} == set(Topic)
    assert all(kind.startswith("war-") for kind in kinds_of([Topic.WAR]))
    assert all(kind.startswith("incursion-") for kind in kinds_of([Topic.INCURSION]))
    assert all(kind.startswith(("fw-", "insurgency-")) for kind in kinds_of([Topic.FW]))
