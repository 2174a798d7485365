"""Lists in pages are of one moment, or none."""

from datetime import timedelta

import pytest

from services.esi.client import EsiClient
from services.esi.errors import EsiRefused, EsiUnavailable
from tests.factories import EVENING, HandClock
from tests.fakes.esi import FakeEsi, Fault
from tests.services.esi.conftest import Start

ORDERS = "/markets/10000002/orders"


def publish(esi: FakeEsi, clock: HandClock, *pages: str, ago: float = 0) -> None:
    made = clock().replace(microsecond=0) - timedelta(seconds=ago)
    esi.put(ORDERS, *[[page] for page in pages], made=made)


async def test_every_page_and_each_once_while_it_holds(
    client: EsiClient, esi: FakeEsi, clock: HandClock
) -> None:
    publish(esi, clock, "a", "b", "c")
    found = await client.get_pages(f"{ORDERS}?order_type=sell")
    assert found.bodies == (b'["a"]', b'["b"]', b'["c"]')
    assert (found.modified_at, found.unchanged) == (EVENING, False)
    assert found.expires_at == EVENING + timedelta(seconds=300)
    clock.advance(seconds=299)
    again = await client.get_pages(f"{ORDERS}?order_type=sell")
    assert (again.bodies, again.unchanged) == (found.bodies, True)
    assert len(esi.asked) == 3
    clock.advance(seconds=1)
    again = await client.get_pages(f"{ORDERS}?order_type=sell")
    assert (again.bodies, again.unchanged) == (found.bodies, True)
    assert [asked.status for asked in esi.asked[3:]] == [304, 304, 304]
    assert not esi.violations


async def test_a_list_without_pages(client: EsiClient, esi: FakeEsi) -> None:
    esi.put("/wars", [1, 2])
    esi.headers = {"X-Pages": ""}
    assert (await client.get_pages("/wars")).bodies == (b"[1, 2]",)


@pytest.mark.parametrize("pages", [("d", "e", "f"), ("d", "e"), ("d", "e", "f", "g")])
async def test_begun_anew_when_it_changes_meanwhile(
    client: EsiClient, esi: FakeEsi, clock: HandClock, pages: tuple[str, ...]
) -> None:
    publish(esi, clock, "a", "b", "c", ago=300)

    def change(path: str) -> None:
        if path.endswith("page=2") and len(esi.asked) == 2:
            publish(esi, clock, *pages)

    esi.after = change
    found = await client.get_pages(ORDERS)
    assert found.bodies == tuple(f'["{page}"]'.encode() for page in pages)
    assert found.modified_at == EVENING


async def test_one_that_never_stands_still_is_given_up(
    client: EsiClient, esi: FakeEsi, clock: HandClock
) -> None:
    publish(esi, clock, "a", "b")

    def change(path: str) -> None:
        clock.advance(seconds=2)
        publish(esi, clock, f"a{clock()}", f"b{clock()}")

    esi.after = change
    with pytest.raises(EsiUnavailable, match="changes while it is read"):
        await client.get_pages(ORDERS)
    assert len(esi.asked) <= 6


async def test_bounded_and_a_missing_list_is_missing(
    start: Start, esi: FakeEsi, clock: HandClock
) -> None:
    client = start(most_pages=2)
    publish(esi, clock, "a", "b", "c")
    with pytest.raises(EsiUnavailable, match="3 pages"):
        await client.get_pages(ORDERS)
    with pytest.raises(EsiRefused):
        await client.get_pages("/markets/1/orders")
    assert len(esi.asked) == 2


async def test_a_fault_in_the_midst_is_passed_on(
    client: EsiClient, esi: FakeEsi, clock: HandClock
) -> None:
    publish(esi, clock, "a", "b")
    esi.fail(ORDERS, Fault(status=200, body=b'["a"]', headers={"X-Pages": "2"}), Fault(status=502))
    with pytest.raises(EsiUnavailable):
        await client.get_pages(ORDERS)
