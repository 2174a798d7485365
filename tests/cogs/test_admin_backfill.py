"""`/admin backfill`: begins, follows, shows; the owner's alone, one at a time, over a restart."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from services.backfill.service import BackfillService
from services.backfill.settings import BackfillSettings
from services.domain.trouble import NoWatch
from services.feeds.download import FileHost, HostRules
from services.feeds.everef import EveRef
from services.feeds.http import create_session, user_agent
from services.killmails.feed_memory import FeedMemoryStore
from tests.fakes.discord import Answer
from tests.fakes.everef import FakeEveRef, path_of
from tests.fakes.files import Fault
from tests.services.backfill.conftest import mails_of
from tests.stage import Stage, on_stage

DAY = date(2021, 11, 27)
NEXT = DAY + timedelta(days=1)


@asynccontextmanager
async def with_everef(folder: Path) -> AsyncIterator[tuple[Stage, FakeEveRef]]:
    """A stage whose bot can fetch days."""
    async with (
        on_stage(folder, home=True, started=False) as stage,
        FakeEveRef(stage.clock).serve() as everef,
        create_session(user_agent("tester@example.org", "0")) as session,
    ):
        service = build(stage, everef, session, folder)
        stage.services = replace(stage.services, backfill=service)
        await stage.start()
        yield stage, everef
        await service.aclose()


def build(stage: Stage, everef: FakeEveRef, session, folder: Path) -> BackfillService:  # type: ignore[no-untyped-def]
    house, clock, hour = stage.wiring.house, stage.clock, timedelta(hours=1)
    host = FileHost(
        session,
        everef.url,
        HostRules(name="everef", title="EVE Ref", requests_per_second=10.0),
        memory=FeedMemoryStore(
            house.database, name="everef", clock=clock, hole_retry=hour, hole_lifetime=hour
        ),
        clock=clock,
        sleep=clock.sleep,
        watch=NoWatch(),
    )
    return BackfillService(
        house.database,
        house.pipeline.take,
        [EveRef(host)],
        settings=BackfillSettings(everef_url=everef.url, folder=str(folder / "days")),
        clock=clock,
        watch=NoWatch(),
    )


async def order(stage: Stage, start: date, end: date | None = None) -> Answer:
    more = {} if end is None else {"end": str(end)}
    return await stage.slash("admin backfill", stage.discord.owner, start=str(start), **more)


async def test_an_order_is_followed_to_its_end(tmp_path: Path) -> None:
    async with with_everef(tmp_path) as (stage, everef):
        everef.publish(DAY, mails_of(DAY, range(1, 21)))
        everef.publish(NEXT, mails_of(NEXT, range(21, 31)), count=12)

        answer = await order(stage, DAY, NEXT)
        await stage.services.backfill.settle()
        assert answer.ephemeral
        assert "Killmails of 2021-11-27 to 2021-11-28" in answer.text

        shown = await stage.slash("admin backfill", stage.discord.owner)
        assert "`2021-11-27` · 20 of 20 stored" in shown.text
        assert "⚠ `2021-11-28` · 10 of 12 stored" in shown.text
        assert "2 of 12 killmails are missing, next look <t:" in shown.text
        assert "1 of 2 days complete · 30 killmails stored" in shown.text
        assert "At work" not in shown.text


def rehearse(stage: Stage, *steps: Callable[[], Awaitable[None]]) -> None:
    """In the place of the seconds between two states of a card: these, one after another."""
    left = list(steps)

    async def wait(_seconds: float) -> None:
        if left:
            await left.pop(0)()

    stage.services.backfill.wait = wait  # type: ignore[method-assign]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


async def test_the_answer_is_edited_until_all_is_done(tmp_path: Path) -> None:
    async with with_everef(tmp_path) as (stage, everef):
        hold, seen = asyncio.Event(), list[str]()
        everef.publish(DAY, mails_of(DAY, [1, 2]))
        everef.faults[path_of(DAY)].append(Fault(until=hold))

        async def look() -> None:
            seen.append((await stage.slash("admin backfill", stage.discord.owner)).text)

        async def go_on() -> None:
            hold.set()
            await stage.services.backfill.settle()

        rehearse(stage, look, go_on)
        answer = await order(stage, DAY)
        await until(lambda: "1 of 1 day complete" in answer.text)
        assert "2 of 2 stored" in answer.text
        assert "At work" not in answer.text
        assert "**At work** for" in seen[0]
        assert "`2021-11-27` · waiting" in seen[0]


async def test_an_answer_too_old_to_be_edited_says_where_to_look(tmp_path: Path) -> None:
    async with with_everef(tmp_path) as (stage, everef):
        hold = asyncio.Event()
        everef.publish(DAY, mails_of(DAY, [1, 2]))
        everef.faults[path_of(DAY)].append(Fault(until=hold))

        async def grow_old() -> None:
            stage.clock.advance(minutes=14)

        rehearse(stage, grow_old)
        answer = await order(stage, DAY)
        await until(lambda: "too old" in answer.text)
        assert "`/admin backfill` without dates" in answer.text
        hold.set()
        await stage.services.backfill.settle()
        shown = await stage.slash("admin backfill", stage.discord.owner)
        assert "1 of 1 day complete" in shown.text


async def test_one_order_at_a_time(tmp_path: Path) -> None:
    async with with_everef(tmp_path) as (stage, everef):
        hold = asyncio.Event()
        everef.publish(DAY, mails_of(DAY, [1]))
        everef.faults[path_of(DAY)].append(Fault(until=hold))
        said: list[str] = []

        async def another() -> None:
            said.append((await order(stage, NEXT)).text)
            hold.set()
            await stage.services.backfill.settle()

        rehearse(stage, another)
        answer = await order(stage, DAY)
        await until(lambda: "1 of 1 day complete" in answer.text)
        assert "still at an earlier order" in said[0]
        assert path_of(NEXT) not in everef.paths("HEAD")


async def test_an_order_survives_a_restart(tmp_path: Path) -> None:
    async with with_everef(tmp_path) as (stage, everef):
        hold = asyncio.Event()
        everef.publish(DAY, mails_of(DAY, [1]))
        everef.faults[path_of(DAY)].append(Fault(until=hold))
        await stage.services.backfill.order(DAY, DAY)
        await stage.services.backfill.aclose()
        hold.set()
        async with create_session(user_agent("tester@example.org", "0")) as session:
            later = build(stage, everef, session, tmp_path)
            await later.step()
            await later.settle()
            overview = await later.overview()
        assert (overview.first, overview.last) == (DAY, DAY)
        assert [day.is_complete for day in overview.days] == [True]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"start": "yesterday"}, "“yesterday” is no day"),
        ({"start": "2021-11-20", "end": "20.11.2021"}, "is no day"),
        ({"start": "2021-11-20", "end": "2021-11-19"}, "is before the start"),
        ({"start": "2021-11-30"}, "has not ended yet. The latest day there can be is 2021-11-29."),
        ({"start": "2007-12-04"}, "no killmails before 2007-12-05"),
        ({"start": "2015-01-01", "end": "2021-01-01"}, "use `warroom backfill`"),
        ({"end": "2021-11-20"}, "An end needs a start"),
    ],
)
async def test_what_cannot_be_ordered_says_why(
    tmp_path: Path, options: dict[str, str], said: str
) -> None:
    async with with_everef(tmp_path) as (stage, everef):
        answer = await stage.slash("admin backfill", stage.discord.owner, **options)
        assert said in answer.text
        assert everef.asked == []


async def test_before_the_first_order_it_says_how(tmp_path: Path) -> None:
    async with on_stage(tmp_path, home=True) as stage:
        shown = await stage.slash("admin backfill", stage.discord.owner)
        assert "Nothing was ordered yet" in shown.text
        assert "without a network" in (await order(stage, DAY)).text


async def test_many_days_come_in_pages(tmp_path: Path) -> None:
    async with with_everef(tmp_path) as (stage, _everef):
        first = DAY - timedelta(days=19)
        await stage.services.backfill.order(first, DAY)
        await stage.services.backfill.settle()
        shown = await stage.slash("admin backfill", stage.discord.owner)
        assert "Page 1 of 2" in shown.text
        assert shown.message is not None
        await stage.press(shown.message, "Next", stage.discord.owner)
        assert "Page 2 of 2" in shown.message.text
        assert f"`{DAY}`" in shown.message.text


@pytest.mark.parametrize("options", [{}, {"start": "2021-11-20"}])
async def test_it_is_the_owners_alone(tmp_path: Path, options: dict[str, str]) -> None:
    async with with_everef(tmp_path) as (stage, _everef):
        answer = await stage.slash("admin backfill", **options)
        assert "Only the owner" in answer.text
        assert (await stage.services.backfill.overview()).days == ()
