"""Fits are fetched when somebody asks, once, whoever asks and whoever dies; what cannot be had says why."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from services.domain.fetch import FetchedFit, FetchState
from services.domain.ids import KillmailId
from services.domain.killmail import Item
from services.domain.trouble import Trouble
from services.fits import store
from services.fits.fetching import UNREADABLE
from services.fits.service import CLAIM, NO_HASH, NO_NETWORK, FitService
from services.fits.settings import FitSettings
from services.storage.database import Database, Transaction
from services.storage.settings import DatabaseSettings
from services.storage.tables import fetches
from tests.factories import HandClock
from tests.fakes.esi import FakeEsi, Fault
from tests.fakes.watch import Watch
from tests.services.fits.conftest import KEPT, KILLS, PRUNED, Start, document, path

DOWN = Fault(status=503)
SECOND = timedelta(seconds=1)


def ids(*numbers: int) -> list[KillmailId]:
    return [KillmailId(number) for number in numbers]


async def look(service: FitService, number: int = PRUNED) -> FetchedFit:
    return (await service.fits(ids(number)))[KillmailId(number)]


def asked(esi: FakeEsi) -> list[str]:
    return [each.path for each in esi.asked]


async def test_what_is_kept_needs_nobody(start: Start, esi: FakeEsi) -> None:
    service = start()
    await service.want(ids(KEPT))
    assert await service.step() == 0
    fit = await look(service, KEPT)
    assert fit.state is FetchState.SUCCEEDED
    assert fit.items is not None
    assert [(item.type_id, item.destroyed, item.dropped) for item in fit.items] == [
        (484, 1, 0),
        (193, 0, 41),
    ]
    assert asked(esi) == []


async def test_what_is_gone_is_fetched_once_and_kept(start: Start, esi: FakeEsi) -> None:
    service = start()
    assert await service.fits(ids(PRUNED)) == {}, "nobody has wanted it"
    await service.want(ids(PRUNED, PRUNED))
    await service.want(ids(KEPT, PRUNED))
    assert (await look(service)).state is FetchState.PENDING
    assert await service.step() == 1
    fit = await look(start())
    assert fit.state is FetchState.SUCCEEDED
    assert fit.items == (
        Item(type_id=484, flag=27, destroyed=1),
        Item(type_id=3467, flag=5, dropped=1),
        Item(type_id=193, flag=5, dropped=42),
    )
    await start().want(ids(PRUNED))
    assert await service.step() == await start().step() == 0
    assert asked(esi) == [path(PRUNED)]


async def test_while_it_is_asked_for_it_says_so(start: Start, esi: FakeEsi) -> None:
    service = start()
    await service.want(ids(PRUNED))
    esi.open.clear()
    step = asyncio.create_task(service.step())
    await esi.arrivals(1)
    fit = await look(start())
    assert (fit.state, fit.tries, fit.items) == (FetchState.PROCESSING, 1, None)
    esi.open.set()
    assert await step == 1


async def test_two_processes_ask_for_each_kill_once(start: Start, esi: FakeEsi) -> None:
    one, other = start(), start()
    await one.want(ids(*KILLS))
    esi.open.clear()
    steps = [asyncio.create_task(service.step()) for service in (one, other)]
    await esi.arrivals(5)
    esi.open.set()
    assert sorted(await asyncio.gather(*steps)) == [1, 4]
    assert sorted(asked(esi)) == [path(number) for number in KILLS if number != KEPT]
    states = {fit.state for fit in (await one.fits(ids(*KILLS))).values()}
    assert states == {FetchState.SUCCEEDED}


async def test_what_a_dead_process_held_is_free_again_after_its_claim(
    start: Start, esi: FakeEsi, clock: HandClock
) -> None:
    dying, heir = start(), start()
    await dying.want(ids(PRUNED))
    esi.open.clear()
    step = asyncio.create_task(dying.step())
    await esi.arrivals(1)
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    esi.open.set()
    clock.now += CLAIM - SECOND
    assert await heir.step() == 0
    clock.now += SECOND
    assert await heir.step() == 1
    fit = await look(heir)
    assert (fit.state, fit.tries) == (FetchState.SUCCEEDED, 2)


async def test_an_answer_after_the_claim_changes_nothing(
    start: Start, database: Database, clock: HandClock
) -> None:
    service = start()
    await service.want(ids(PRUNED))

    async def claim() -> store.Claim:
        async with database.write() as tx:
            (claimed,) = await store.claim(
                tx, now=clock(), until=clock() + CLAIM, limit=9, most_tries=9
            )
        return claimed

    slow = await claim()
    clock.now += CLAIM
    quick = await claim()
    async with database.write() as tx:
        assert not await store.settle(tx, slow, store.failed("too late"))
        assert await store.settle(tx, quick, store.succeeded(b""))
        assert not await store.settle(tx, slow, store.failed("later still"))
        assert await store.want(tx, ids(PRUNED), now=clock()) == 0, "it is known"
    fit = await look(service)
    assert (fit.state, fit.items, fit.tries) == (FetchState.SUCCEEDED, (), 2)


async def test_claims_of_two_processes_never_meet(postgres_url: str, clock: HandClock) -> None:
    database = await Database.open(DatabaseSettings(url=postgres_url))
    async with database.write() as tx:
        await store.want(tx, ids(*KILLS), now=clock())

    async def claim(tx: Transaction) -> set[int]:
        claims = await store.claim(tx, now=clock(), until=clock() + CLAIM, limit=4, most_tries=9)
        return {each.killmail_id for each in claims}

    async with asyncio.timeout(10), database.write() as one, database.write() as other:
        first, second = await claim(one), await claim(other)
    await database.close()
    assert (first, second) == ({1, 2, 3, 4}, {5, 6})


async def test_an_outage_is_waited_for_ever_longer(
    small_start: Start, esi: FakeEsi, clock: HandClock
) -> None:
    service = small_start()
    esi.fail(path(PRUNED), DOWN, DOWN, DOWN)
    await service.want(ids(PRUNED))
    for seconds in (5, 15, 45):
        assert await service.step() == 1
        fit = await look(service)
        assert (fit.state, fit.items) == (FetchState.PENDING, None)
        assert fit.error == "ESI answered 503."
        assert fit.next_try_at is not None
        assert fit.next_try_at >= clock() + timedelta(seconds=seconds)
        clock.now = fit.next_try_at - SECOND
        assert await service.step() == 0
        clock.now += SECOND
    assert await service.step() == 1
    fit = await look(service)
    assert (fit.state, fit.tries, fit.error) == (FetchState.SUCCEEDED, 4, None)


async def test_it_is_given_up_with_a_reason_and_wanted_anew(
    small_start: Start, esi: FakeEsi, clock: HandClock
) -> None:
    service = small_start(settings=FitSettings(tries=2))
    esi.fail(path(PRUNED), DOWN, DOWN)
    await service.want(ids(PRUNED))
    await service.step()
    clock.advance(seconds=5)
    await service.step()
    fit = await look(service)
    assert fit.state is FetchState.FAILED
    assert fit.error == "Given up after 2 tries. The last: ESI answered 503."
    assert fit.next_try_at is None
    clock.advance(minutes=9)
    await service.want(ids(PRUNED))
    assert (await look(service)).state is FetchState.FAILED
    assert await service.step() == 0
    clock.advance(minutes=1)
    await service.want(ids(PRUNED))
    fit = await look(service)
    assert (fit.state, fit.tries, fit.error) == (FetchState.PENDING, 0, None)
    await service.step()
    assert (await look(service)).state is FetchState.SUCCEEDED


async def test_the_daily_downtime_is_outlasted() -> None:
    settings = FitSettings()
    waits = [
        min(settings.first_wait_seconds * 3.0**tried, settings.longest_wait_seconds)
        for tried in range(settings.tries - 1)
    ]
    assert sum(waits) > 3600


@pytest.mark.parametrize(
    ("status", "words"), [(404, "does not know"), (422, "hash"), (400, "refused (400)")]
)
async def test_what_esi_refuses_is_not_asked_again(
    small_start: Start, esi: FakeEsi, clock: HandClock, status: int, words: str
) -> None:
    service = small_start()
    esi.fail(path(PRUNED), Fault(status=status, body=b'{"error": "no"}'))
    await service.want(ids(PRUNED))
    await service.step()
    fit = await look(service)
    assert fit.state is FetchState.FAILED
    assert words in (fit.error or "")
    clock.advance(days=1)
    assert await service.step() == 0


async def test_pauses_that_esi_asks_for_are_kept(
    small_start: Start, esi: FakeEsi, clock: HandClock
) -> None:
    service = small_start()
    esi.fail(path(PRUNED), Fault(status=429, headers={"Retry-After": "300"}))
    await service.want(ids(PRUNED))
    await service.step()
    fit = await look(service)
    assert fit.state is FetchState.PENDING
    assert fit.next_try_at is not None
    assert fit.next_try_at >= clock() + timedelta(seconds=299)


@pytest.mark.parametrize("body", [b'{"killmail_id": "x"}', b'{"killmail_id": 3, '])
async def test_an_answer_of_another_shape_is_told_and_tried_again(
    small_start: Start, esi: FakeEsi, clock: HandClock, watch: Watch, body: bytes
) -> None:
    service = small_start()
    esi.fail(path(PRUNED), Fault(body=body))
    await service.want(ids(PRUNED))
    await service.step()
    fit = await look(service)
    assert (fit.state, fit.error) == (FetchState.PENDING, UNREADABLE)
    assert list(watch.open) == [(Trouble.ESI_SCHEMA, "/killmails/{}/{}")]
    clock.advance(seconds=5)
    await service.step()
    assert (await look(service)).state is FetchState.SUCCEEDED
    assert watch.told == ["esi-schema begins", "esi-schema ends"]


async def test_another_kill_is_no_answer(small_start: Start, esi: FakeEsi) -> None:
    service = small_start()
    esi.put(path(PRUNED), document(5))
    await service.want(ids(PRUNED))
    await service.step()
    assert (await look(service)).error == UNREADABLE


async def test_a_kill_without_its_hash_is_not_asked_for(small_start: Start, esi: FakeEsi) -> None:
    service = small_start()
    await service.want(ids(999))
    await service.step()
    fit = await look(service, 999)
    assert (fit.state, fit.error) == (FetchState.FAILED, NO_HASH)
    assert asked(esi) == []


async def test_without_a_network_it_says_so(
    small_start: Start, small_database: Database, esi: FakeEsi
) -> None:
    service = small_start(online=False)
    await service.want(ids(KEPT, PRUNED))
    assert await service.step() == 0
    found = await service.fits(ids(KEPT, PRUNED))
    assert found[KillmailId(KEPT)].state is FetchState.SUCCEEDED
    assert found[KillmailId(PRUNED)].state is FetchState.FAILED
    assert found[KillmailId(PRUNED)].error == NO_NETWORK
    async with small_database.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(fetches)) == 0


async def test_what_kills_each_process_is_given_up(
    small_start: Start, esi: FakeEsi, clock: HandClock
) -> None:
    service = small_start(settings=FitSettings(tries=2))
    await service.want(ids(PRUNED))
    esi.open.clear()
    for number in (1, 2):
        step = asyncio.create_task(service.step())
        await esi.arrivals(number)
        step.cancel()
        with pytest.raises(asyncio.CancelledError):
            await step
        clock.now += CLAIM
    esi.open.set()
    assert await service.step() == 0
    fit = await look(service)
    assert (fit.state, fit.tries) == (FetchState.FAILED, 2)
    assert "broken off" in (fit.error or "")


async def test_the_loop_fetches_what_is_wanted_at_once(small_start: Start) -> None:
    service = small_start(settings=FitSettings(idle_seconds=600))
    loop = asyncio.create_task(service.run())
    async with asyncio.timeout(10):
        for number in KILLS:
            await service.want(ids(number))
            while (await look(service, number)).state is not FetchState.SUCCEEDED:
                assert not loop.done()
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop


async def test_what_was_wanted_long_ago_is_forgotten(
    small_start: Start, clock: HandClock, esi: FakeEsi
) -> None:
    service = small_start()
    await service.want(ids(PRUNED))
    await service.step()
    clock.advance(days=20)
    await service.want(ids(3))
    await service.step()
    clock.advance(days=11)
    assert await service.prune() == 1
    assert list(await service.fits(ids(*KILLS))) == ids(KEPT, 3)
    await service.want(ids(PRUNED))
    await service.step()
    assert asked(esi).count(path(PRUNED)) == 2
