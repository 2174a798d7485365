"""The website promises nothing, and its mirror is older: what of them is believed."""

import json
from datetime import timedelta

import aiohttp
import pytest

from services.polling.source import SourceFault
from services.polling.store import load_freshness
from services.warfare import advantages
from services.warfare.advantages import AdvantageSource
from services.warfare.settings import WarfareSettings
from services.warfare.website import Page, Website
from services.warfare.website_wire import read_advantages, read_insurgencies
from tests.factories import EVENING
from tests.fakes.warzone import STATUS, STATUS_MIRROR, Given, campaign

CALDARI, GALLENTE = 500_001, 500_004
PAGE = Page(website=STATUS, mirror=STATUS_MIRROR)
ROW = {
    "solarsystemID": "30003067",
    "ownerFaction": 500_002,
    "advantage": [
        {"factionID": 500_003, "terrainAmount": 10, "dynamicAmount": 5, "totalAmount": 15},
        {"factionID": 500_002, "terrainAmount": 20, "dynamicAmount": 35, "totalAmount": 55},
    ],
}
OLD = EVENING - timedelta(minutes=40)
HTML = b"<!doctype html><title>Just a moment...</title>"


def text(body: bytes) -> str:
    json.loads(body)
    return body.decode()


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        {"solarSystemId": 30_003_067, "Advantage": [{"FactionId": "500003", "TotalAmount": "15"}]},
        {"SOLARSYSTEMID": 30_003_067, "advantage": [{"factionid": 500_003, "totalamount": 15.0}]},
    ],
)
def test_ids_are_numbers_or_texts_and_keys_in_any_casing(row):
    found = read_advantages(json.dumps([row]).encode())
    assert [one.total for one in found[30_003_067] if one.faction_id == 500_003] == [15.0]


def test_what_cannot_be_read_costs_itself_alone():
    rows = [ROW, ROW | {"solarsystemID": "Tama"}, ROW | {"solarsystemID": 5, "advantage": [{}]}]
    found = read_advantages(json.dumps(rows).encode())
    assert {key: [one.faction_id for one in row] for key, row in found.items()} == {
        30_003_067: [500_002, 500_003],  # the higher first
        5: [],
    }


@pytest.mark.parametrize("body", [b"[{}, {}, 7]", b'{"error": "x"}', b'[{"a', b"[" * 5000, HTML])
def test_what_is_no_warzone_is_no_answer(body):
    with pytest.raises(SourceFault):
        read_advantages(body)


def test_a_campaign_without_a_number_is_told_by_what_it_is():
    (numbered,) = read_insurgencies(json.dumps([campaign(number=312)]).encode()).campaigns
    (other,) = read_insurgencies(json.dumps([campaign(number=None)]).encode()).campaigns
    assert (numbered.key, other.key) == ("312", "500011-30002813-202611181100")


FAULTS = [
    Given(body=HTML),
    Given(body=HTML, status=403),
    Given(status=429, headers={"Retry-After": "60"}),
    Given(status=503),
    Given(status=301, headers={"Location": "/elsewhere"}),
    Given(body=b'[{"solarsystemID"', cut=True),
    Given(body=b"[" + b" " * 5_000_000 + b"]"),
    Given(body=b"[{}]"),
    Given(hangs=True),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.status))
async def test_the_mirror_serves_where_the_website_does_not(warzone, clock, fault):
    warzone.given[STATUS] = fault
    warzone.put("/elsewhere", [ROW])
    warzone.put(STATUS_MIRROR, [ROW], made=OLD)
    settings = WarfareSettings(
        warzone_url=warzone.url, everef_url=warzone.url, website_timeout_seconds=0.2
    )
    async with aiohttp.ClientSession() as session:
        website = Website(session, settings, clock=clock, sleep=clock.sleep)
        found = await website.fetch(PAGE, read_advantages, etag=None)
    assert (found.mirror, found.modified_at) == (True, OLD)
    assert list(found.value) == [30_003_067]


async def test_the_website_is_asked_first_and_says_what_is_now(warzone, website):
    warzone.put(STATUS, [ROW])
    found = await website.fetch(PAGE, text, etag="mirror of something else")
    assert (found.mirror, found.modified_at, found.etag) == (False, None, None)
    assert warzone.asked == [STATUS]


async def test_a_copy_that_still_holds_keeps_its_age(warzone, website):
    warzone.put(STATUS_MIRROR, [ROW], made=OLD)
    first = await website.fetch(PAGE, text, etag=None)
    again = await website.fetch(PAGE, text, etag=first.etag)
    assert (again.value, again.mirror, again.modified_at) == (None, True, OLD)
    assert again.etag == first.etag


async def test_a_mirror_that_does_not_tell_its_age_gives_nothing(warzone, website):
    warzone.put(STATUS_MIRROR, [ROW])
    with pytest.raises(SourceFault, match=r"website: status 404.*mirror: .*how old"):
        await website.fetch(PAGE, text, etag=None)


async def test_who_refuses_us_is_left_alone_for_an_hour(warzone, website, clock):
    warzone.given[STATUS] = Given(status=403)
    warzone.put(STATUS_MIRROR, [ROW], made=OLD)
    for _ in range(12):
        await website.fetch(PAGE, text, etag=None)
        clock.advance(minutes=5)
    assert warzone.asked.count(STATUS) == 1
    await website.fetch(PAGE, text, etag=None)
    assert warzone.asked.count(STATUS) == 2


async def test_a_host_is_asked_once_a_second(warzone, website, clock):
    warzone.put(STATUS, [ROW])
    for _ in range(3):
        await website.fetch(PAGE, text, etag=None)
    assert clock.slept == [1.0, 1.0]


async def test_the_last_good_copy_is_kept_with_its_age(warzone, website, desk, clock):
    """The website goes away; the mirror is behind what is known, then ahead of it, then gone too."""
    asking = desk(AdvantageSource(website, WarfareSettings()))

    async def known():
        async with asking.database.read() as tx:
            fresh = await load_freshness(
                tx, advantages.NAME, pace=timedelta(minutes=5), now=clock.now
            )
            ((_, row),) = (await advantages.load(tx)).items()
        return row[0].total, fresh

    def mirrored(total, made):
        points = [{"factionID": CALDARI, "totalAmount": total}]
        warzone.put(STATUS_MIRROR, [ROW | {"advantage": points}], made=made)

    warzone.put(STATUS, [ROW])
    await asking.step()
    seen = clock.now
    warzone.given[STATUS] = Given(body=HTML)
    mirrored(10, seen - timedelta(minutes=20))
    await asking.step(minutes=5)
    total, fresh = await known()
    assert (total, fresh.as_of, fresh.mirror) == (55, seen, False)
    mirrored(20, seen + timedelta(minutes=10))
    await asking.step(minutes=15)
    total, fresh = await known()
    assert (total, fresh.as_of, fresh.mirror) == (20, seen + timedelta(minutes=10), True)
    warzone.put(STATUS_MIRROR, b"[]", made=clock.now)
    await asking.step(minutes=15)
    del warzone.given[STATUS_MIRROR]
    await asking.step(minutes=30)
    total, fresh = await known()
    assert (total, fresh.as_of, fresh.is_stale) == (20, seen + timedelta(minutes=10), True)
    assert asking.told == []
