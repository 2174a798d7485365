"""Names as people type them: by prefix, by ticker, by link, misspelt; on each database, with ESI over HTTP."""

import asyncio
import json
import random
import statistics
import time
from pathlib import Path

import pytest

from services.domain.names import EntityKind, EntityName, NamedEntity, Resolution
from services.esi.client import EsiClient
from services.names.service import NameService, Seed
from services.storage.database import Database
from tests.factories import HandClock
from tests.fakes.esi import IDS, FakeEsi, Fault
from tests.services.names.conftest import LONG, Restart

ALLIANCE, CORPORATION, CHARACTER = EntityKind
GOONS, GOONSWARM_CORP, GOON_PILOT, INIT, BRAVE = 1354830081, 98_000_001, 90_000_001, 99_000_002, 7
SEEN: list[Seed] = [
    (GOONS, "alliance", "Goonswarm Federation", "CONDI"),
    (INIT, "alliance", "The Initiative.", "INIT."),
    (GOONSWARM_CORP, "corporation", "GoonWaffe", "GEWNS"),
    (98_000_003, "corporation", "Condition Red", "RED"),
    (GOON_PILOT, "character", "Goon", None),
    (90_000_002, "character", "Goonettè O'Hara", None),
    (90_000_003, "character", "Condi Ment", None),
    (500001, "faction", "Goon Faction", None),
    (90_000_004, "character", "-.-", None),
]


@pytest.fixture
async def seen(service: NameService, clock: HandClock) -> NameService:
    await service.seed(SEEN, as_of=clock())
    return service


async def ids(service: NameService, text: str, **options: object) -> list[int]:
    return [hit.id for hit in await service.search(text, **options)]  # type: ignore[arg-type]


async def test_the_name_itself_then_alliances_corporations_characters(seen: NameService) -> None:
    found = await seen.search("goon")
    assert [hit.id for hit in found] == [GOON_PILOT, GOONS, GOONSWARM_CORP, 90_000_002]
    assert found[1] == NamedEntity(
        id=GOONS,
        kind=ALLIANCE,
        name=EntityName(name="Goonswarm Federation", ticker="CONDI"),
    )
    assert await ids(seen, "GOON", kinds={CORPORATION, CHARACTER}) == [
        GOON_PILOT, GOONSWARM_CORP, 90_000_002,
    ]  # fmt: skip
    assert await ids(seen, "goon", limit=2) == [GOON_PILOT, GOONS]
    assert await ids(seen, "goon", kinds=()) == []


TYPED: list[tuple[str, list[int]]] = [
    ("condi", [GOONS, 98_000_003, 90_000_003]),
    ("[condi]", [GOONS]),
    ("[con", [GOONS]),
    ("[goon", []),
    ("[", []),
    ("the init", [INIT]),
    ("theinitiative", [INIT]),
    ("init.", [INIT]),
    ("GOONETTE o\u2019h", [90_000_002]),
    ("-", [90_000_004]),
    *[(nonsense, []) for nonsense in ("", "%", "_", "\0", "\ud800", "x" * 300)],
]


async def test_case_accents_punctuation_and_tickers(seen: NameService) -> None:
    for text, expected in TYPED:
        assert await ids(seen, text) == expected, text


async def test_a_renamed_alliance_is_found_by_its_new_name_alone(
    seen: NameService, clock: HandClock
) -> None:
    clock.advance(days=1)
    await seen.seed([(GOONS, "alliance", "Beeswarm", "BEE")], as_of=clock())
    assert await ids(seen, "goonswarm") == []
    assert await ids(seen, "[condi]") == []
    assert await ids(seen, "bee") == [GOONS]


class TestResolve:
    """Whole names, tickers and links."""

    async def test_a_name_that_was_never_seen_is_asked_of_esi_once(
        self, seen: NameService, esi: FakeEsi, clock: HandClock, restart: Restart
    ) -> None:
        esi.names[BRAVE] = ("corporation", "Brave Newbies Inc.")
        esi.tickers[BRAVE] = "BNI"
        for text in ("brave newbies inc.", " Brave  Newbies Inc. "):
            resolution = await seen.resolve(text, wait_seconds=LONG)
            assert [(hit.id, hit.kind) for hit in resolution.found] == [(BRAVE, CORPORATION)]
            assert resolution.certain
        await seen.settle()
        assert [a.path for a in esi.asked] == [IDS, f"/corporations/{BRAVE}"]
        assert esi.asked[0].payload == ["brave newbies inc."]
        assert await ids(restart(None), "[bni]") == [BRAVE], "it was searched for: with its ticker"
        clock.advance(days=1)
        await seen.resolve("Brave Newbies Inc.", wait_seconds=LONG)
        assert [a.path for a in esi.asked][2:] == [IDS]

    async def test_a_pilot_and_a_corporation_of_one_name_are_both_meant(
        self, seen: NameService, esi: FakeEsi
    ) -> None:
        esi.names[GOON_PILOT] = ("character", "Goon")
        esi.names[98_000_009] = ("corporation", "Goon")
        found = (await seen.resolve("goon", wait_seconds=LONG)).found
        assert [hit.id for hit in found] == [98_000_009, GOON_PILOT]

    async def test_from_the_table(self, seen: NameService) -> None:
        for text, expected in (
            ("goonswarm federation", [GOONS]),
            ("the initiative", [INIT]),
            ("init.", [INIT]),
            ("[condi]", [GOONS]),
            ("condi", [GOONS]),
            ("https://evemaps.dotlan.net/alliance/Goonswarm_Federation", [GOONS]),
            ("https://evemaps.dotlan.net/corp/Goonswarm_Federation", []),
            ("https://zkillboard.com/corporation/98000003/", [98_000_003]),
            ("https://zkillboard.com/character/98000003/", [98_000_003]),
        ):
            found = (await seen.resolve(text, wait_seconds=LONG)).found
            assert [hit.id for hit in found] == expected, text
            assert all(hit.kind is not CHARACTER for hit in found), "ESI's word on the kind"

    async def test_a_link_to_somebody_unseen(self, seen: NameService, esi: FakeEsi) -> None:
        resolution = await seen.resolve("https://zkillboard.com/character/5/", wait_seconds=LONG)
        assert resolution.found == (
            NamedEntity(id=5, kind=CHARACTER, name=EntityName(name="Pilot 5")),
        )
        gone = await seen.resolve("https://zkillboard.com/character/99999/", wait_seconds=LONG)
        assert gone == Resolution(certain=True)

    async def test_nobody_of_that_name_and_who_is_near(self, seen: NameService) -> None:
        for text, near in (
            ("Goonsworm Federation", "Goonswarm Federation"),
            ("ogonswarm federation", "Goonswarm Federation"),
            ("ggoonwaffe", "GoonWaffe"),
            ("Goonwafe", "GoonWaffe"),
        ):
            resolution = await seen.resolve(text, wait_seconds=LONG)
            assert (resolution.found, resolution.near[0]) == ((), near)
            assert resolution.certain

    async def test_nonsense_finds_nobody_and_nothing_near(
        self, seen: NameService, esi: FakeEsi
    ) -> None:
        for text in ("", "zzzz qqqq", "x" * 101, "[nope]", "\0\ud800", "g"):
            resolution = await seen.resolve(text, wait_seconds=LONG)
            assert (resolution.found, resolution.near) == ((), ()), text
        assert [name for a in esi.asked for name in a.payload] == ["zzzz qqqq", "g"]

    async def test_without_esi_it_says_that_it_is_not_certain(
        self, seen: NameService, esi: FakeEsi, client: EsiClient, restart: Restart
    ) -> None:
        esi.fail(IDS, Fault(status=503))
        known = await seen.resolve("Goon", wait_seconds=LONG)
        assert ([hit.id for hit in known.found], known.certain) == ([GOON_PILOT], False)
        asked = len(esi.asked)
        unknown = await seen.resolve("Somebody Else", wait_seconds=LONG)
        assert (unknown.found, unknown.certain) == ((), False)
        assert len(esi.asked) == asked, "ESI is left alone"
        offline = restart(None)
        link = await offline.resolve("https://zkillboard.com/character/5/")
        assert link.found[0].name.name == "#5"
        assert not link.certain

    async def test_a_refused_name_silences_nobody(self, seen: NameService, esi: FakeEsi) -> None:
        esi.fail(IDS, Fault(status=400, body=b'{"error":"no"}'))
        assert not (await seen.resolve("Goon", wait_seconds=LONG)).certain
        assert (await seen.book([5], wait_seconds=LONG)).name(5) == "Pilot 5"

    async def test_nobody_waits_longer_than_they_said(
        self, seen: NameService, esi: FakeEsi
    ) -> None:
        esi.names[BRAVE] = ("corporation", "Brave Newbies Inc.")
        esi.open.clear()
        first, second = await asyncio.gather(
            *(seen.resolve("Brave Newbies Inc.", wait_seconds=0.01) for _ in range(2))
        )
        assert first == second == Resolution(certain=False)
        esi.open.set()
        await seen.settle()
        assert [a.path for a in esi.asked if a.path == IDS] == [IDS]
        again = await seen.resolve("Brave Newbies Inc.", wait_seconds=0)
        assert (again.found[0].id, again.certain) == (BRAVE, True)


def recorded(folder: Path) -> list[Seed]:
    return [
        (entry["id"], kind, entry["name"], entry["ticker"] or None)
        for kind in ("alliance", "corporation")
        for entry in json.loads((folder / f"names/{kind}s.json").read_text())
    ]


async def test_every_recorded_organisation_is_found_fast(
    database: Database, restart: Restart, recorded_data: Path
) -> None:
    names = recorded(recorded_data)
    offline = restart(None)
    await offline.seed(names)
    pick = random.Random(20260820)
    took = []
    for entity_id, _, name, ticker in pick.sample(names, 150):
        for text in (name[: pick.randint(1, 4)], name, f"[{ticker}]"):
            start = time.perf_counter()
            found = await ids(offline, text)
            took.append((time.perf_counter() - start) * 1e3)
            if text in (name, f"[{ticker}]"):
                assert entity_id in found, (text, found)
    p50, p95 = statistics.median(took), statistics.quantiles(took, n=20)[-1]
    print(f"\nsearch among {len(names)} names: p50 {p50:.1f} ms, p95 {p95:.1f} ms")
    assert p50 < 50, "an index is used, whatever else this computer does"
