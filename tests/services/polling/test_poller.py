"""The one polling scheme: what a good answer, a fault, a doubt, a restart and a wrong clock do."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from services.domain.freshness import NEVER
from services.domain.ids import SystemId
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.trouble import Trouble
from services.polling.poller import Poller
from services.polling.source import AGE, Doubted, Fetched, Moment, SourceFault
from services.polling.store import load_freshness, load_poll
from services.storage.database import Database, Transaction
from services.storage.marks import load_mark, save_mark
from services.storage.settings import DatabaseSettings
from services.storage.tables import marks
from tests.factories import EVENING, HandClock
from tests.fakes.watch import Watch

PACE = timedelta(minutes=5)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Killed(Exception):
    """The process died here."""


class Numbers:
    """A source whose truth is a number; each other one than the last is an occurrence, less than half is doubted."""

    name = "numbers"
    pace = PACE

    def __init__(self) -> None:
        self.answers: list[Fetched[int] | Exception] = []
        self.etags: list[str | None] = []
        self.moments: list[Moment] = []

    def says(self, value: int | None, **fields: object) -> None:
        self.answers.append(Fetched(value=value, **fields))  # type: ignore[arg-type]

    async def fetch(self, etag: str | None) -> Fetched[int]:
        self.etags.append(etag)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def take(self, tx: Transaction, value: int | None, moment: Moment) -> list[Occurrence]:
        self.moments.append(moment)
        held = int(await load_mark(tx, "number") or 0)
        if value is None or value == held:
            return []
        if value * 2 < held and not moment.has_doubted_for(30 * MINUTE):
            raise Doubted(f"{value} where there were {held}")
        await save_mark(tx, "number", str(value), now=moment.now)
        kind = OccurrenceKind.FLIP
        key = f"number:{value}"
        return [Occurrence(key=key, kind=kind, at=moment.at, systems=(SystemId(value),))]


class Desk:
    """A poller, what it told, and how often the bell was rung."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = HandClock(EVENING)
        self.watch = Watch()
        self.source = Numbers()
        self.told: list[str] = []
        self.rings = 0
        self.dies = False
        self.restart()

    def restart(self) -> None:
        self.poller = Poller(
            self.database,
            self.source,
            tell=self._tell,
            clock=self.clock,
            ring=self._ring,
            watch=self.watch,
        )

    async def _tell(
        self, tx: Transaction, occurrences: Sequence[Occurrence], moment: Moment
    ) -> None:
        await save_mark(tx, "told", occurrences[-1].key, now=moment.now)
        if self.dies:
            raise Killed
        self.told += [one.key for one in occurrences]

    def _ring(self) -> None:
        self.rings += 1

    async def step(self, *, after: timedelta = PACE) -> bool:
        self.clock.now += after
        return await self.poller.step()

    async def marks(self) -> dict[str, str]:
        async with self.database.read() as tx:
            rows = (await tx.execute(select(marks.c.name, marks.c.text))).all()
        return {row.name: row.text for row in rows if row.name in ("number", "told")}

    async def freshness(self) -> tuple[datetime | None, datetime | None]:
        async with self.database.read() as tx:
            found = await load_freshness(tx, "numbers", pace=PACE, now=self.clock())
        return found.as_of, found.stale_since


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture
async def small_desk(migrated_sqlite_url: str) -> AsyncIterator[Desk]:
    """For what the database has no say in."""
    opened = await Database.open(DatabaseSettings(url=migrated_sqlite_url))
    yield Desk(opened)
    await opened.close()


async def test_the_first_answer_is_no_news_and_the_next_change_is(desk: Desk) -> None:
    desk.source.says(10, etag="a")
    desk.source.says(None)
    desk.source.says(11)
    assert await desk.step()
    assert (desk.told, desk.rings, await desk.marks()) == ([], 0, {"number": "10"})
    assert not await desk.step(after=PACE - timedelta(seconds=1)), "not due yet"
    assert await desk.step(after=timedelta(seconds=1))
    assert await desk.step()
    assert desk.source.etags == [None, "a", "a"], "the same answer keeps its ETag"
    assert (desk.told, desk.rings) == (["number:11"], 1)
    assert [moment.is_first for moment in desk.source.moments] == [True, False, False]
    assert await desk.freshness() == (desk.clock(), None)


async def test_nothing_is_asked_before_an_answer_expires_nor_after_a_restart(
    small_desk: Desk,
) -> None:
    desk = small_desk
    desk.source.says(10, expires_at=EVENING + 20 * MINUTE, modified_at=EVENING - MINUTE)
    assert await desk.step()
    assert desk.source.moments[0].at == EVENING - MINUTE
    desk.restart()
    assert not await desk.step(after=5 * MINUTE)
    assert await desk.freshness() == (EVENING - MINUTE, None)
    assert not await desk.step(after=9 * MINUTE)
    assert await desk.freshness() == (EVENING - MINUTE, EVENING + 2 * PACE), "whatever it says"
    assert await desk.step(after=MINUTE)
    assert len(desk.source.etags) == 2
    assert [moment.before for moment in desk.source.moments] == [None, EVENING - MINUTE]


async def test_the_same_once_more_is_true_now_however_old_it_is(small_desk: Desk) -> None:
    desk = small_desk
    made = EVENING - MINUTE
    desk.source.says(10, modified_at=made)
    desk.source.says(None, modified_at=made)
    for _ in range(20):
        assert await desk.step()
    assert await desk.freshness() == (desk.clock(), None)
    desk.source.answers = []
    desk.source.says(None)
    desk.source.says(9, modified_at=made - HOUR)
    assert [await desk.step() for _ in range(2)] == [True, False]
    confirmed = desk.clock() - PACE
    desk.source.answers = []
    desk.source.says(11, modified_at=confirmed - MINUTE)
    assert await desk.step(), "newer than what was held, if not than when that was confirmed"
    change = desk.source.moments[-1]
    assert (change.before, change.since(PACE)) == (confirmed, None), "nobody was silent"
    desk.source.answers = []
    desk.source.says(None, mirror=True)
    assert await desk.step()
    assert (await desk.freshness())[0] == confirmed - MINUTE, "a mirror's copy is not of now"


async def test_faults_change_nothing_and_are_told_once_with_growing_pauses(
    small_desk: Desk,
) -> None:
    desk = small_desk
    desk.source.says(10)
    await desk.step()
    asked_at = desk.clock()
    desk.source.answers = [SourceFault("HTML came")]
    asked: list[int] = []
    with capture_logs() as logs:
        for minute in range(1, 60):
            before = len(desk.source.etags)
            assert not await desk.step(after=MINUTE)
            asked += [minute] * (len(desk.source.etags) - before)
    assert asked == [5, 10, 20, 35, 50], "pauses of 5, 10, 15, 15 minutes"
    assert [entry["event"] for entry in logs] == ["source gives nothing"]
    assert desk.watch.begun == [(Trouble.SOURCE_STALE, "numbers")]
    assert desk.watch.open[Trouble.SOURCE_STALE, "numbers"] == "HTML came"
    assert await desk.freshness() == (asked_at, asked_at + PACE)
    assert (desk.told, await desk.marks()) == ([], {"number": "10"})
    desk.restart()
    desk.source.answers = []
    desk.source.says(12)
    with capture_logs() as logs:
        assert await desk.step(after=15 * MINUTE)
    assert [entry["event"] for entry in logs] == ["source answers again"]
    assert not desk.watch.open
    assert desk.told == ["number:12"]
    gap = desk.source.moments[-1]
    assert gap.before == asked_at
    assert gap.since(PACE) == asked_at
    assert await desk.freshness() == (desk.clock(), None)


async def test_what_is_doubted_is_asked_for_until_it_has_been_said_for_long(
    small_desk: Desk,
) -> None:
    desk = small_desk
    desk.source.says(10, etag="good")
    await desk.step()
    desk.source.answers = []
    desk.source.says(1, etag="odd")
    taken = [await desk.step() for _ in range(7)]
    assert taken == [False] * 6 + [True], "half an hour after the first doubt"
    assert desk.source.etags == [None, *["good"] * 7]
    assert [moment.doubts for moment in desk.source.moments] == [0, *range(7)]
    assert desk.told == ["number:1"]
    desk.source.says(20)
    desk.source.says(2)
    assert [await desk.step() for _ in range(3)] == [True, True, False]
    async with desk.database.read() as tx:
        state = await load_poll(tx, "numbers", pace=PACE)
    assert (state.doubts, state.faults) == (1, 1), "the count began anew"


async def test_a_doubt_that_passes_leaves_nothing(small_desk: Desk) -> None:
    desk = small_desk
    desk.source.says(10)
    desk.source.says(1, expires_at=EVENING + HOUR)
    desk.source.says(10)
    assert [await desk.step() for _ in range(3)] == [True, False, False]
    assert await desk.freshness() == (EVENING + PACE, None)
    assert await desk.step(after=HOUR), "asked again when the odd answer had expired"
    assert (desk.told, await desk.marks()) == ([], {"number": "10"})


async def test_old_answers_for_long_are_no_reason_to_believe_an_empty_one(small_desk: Desk) -> None:
    desk = small_desk
    desk.source.says(10, modified_at=EVENING + PACE)
    for _ in range(7):
        desk.source.says(10, modified_at=EVENING)
    desk.source.says(1, modified_at=EVENING + HOUR)
    assert [await desk.step() for _ in range(9)] == [True, *[False] * 8]
    assert [await desk.step() for _ in range(6)] == [False] * 5 + [True]
    assert desk.told == ["number:1"], "half an hour after that one was first said"


async def test_doubts_before_a_silence_do_not_count_after_it(small_desk: Desk) -> None:
    desk = small_desk
    desk.source.says(10)
    desk.source.says(1)
    desk.source.answers += [SourceFault("nobody is there")] * 3
    desk.source.says(1)
    for after in (PACE, PACE, PACE, 2 * PACE, 3 * PACE):
        await desk.step(after=after)
    assert not await desk.step(after=3 * PACE), "faults came between"
    assert desk.source.moments[-1].doubts == 0
    assert not await desk.step()
    assert desk.source.moments[-1].doubts == 1
    desk.restart()
    assert not await desk.step(after=2 * HOUR), "and here nobody asked"
    assert desk.source.moments[-1].doubts == 0
    assert [await desk.step() for _ in range(6)] == [False] * 5 + [True]


@pytest.mark.parametrize("mirror", [False, True])
async def test_an_answer_older_than_the_one_before_is_none(
    small_desk: Desk, *, mirror: bool
) -> None:
    desk = small_desk
    desk.source.says(10, modified_at=EVENING)
    desk.source.says(11, modified_at=EVENING - HOUR, mirror=mirror)
    desk.source.says(12, modified_at=EVENING + MINUTE, mirror=mirror)
    assert [await desk.step() for _ in range(3)] == [True, False, True]
    assert desk.told == ["number:12"]
    assert desk.source.moments[-1].doubted == AGE
    async with desk.database.read() as tx:
        found = await load_freshness(tx, "numbers", pace=PACE, now=desk.clock())
    assert (found.as_of, found.mirror) == (EVENING + MINUTE, mirror)
    desk.source.answers = []
    desk.source.says(13, modified_at=EVENING, mirror=mirror)
    taken = [await desk.step() for _ in range(14)]
    assert taken[:12] == [False] * 12
    assert any(taken) is not mirror, "a source whose clock was wrong is believed in the end"


async def test_killed_between_the_answer_and_the_commit_it_is_taken_once(desk: Desk) -> None:
    desk.source.says(10)
    await desk.step()
    desk.source.answers = []
    desk.source.says(11)
    desk.dies = True
    with pytest.raises(Killed):
        await desk.step()
    assert await desk.marks() == {"number": "10"}, "neither kept nor told"
    assert not await desk.step(after=MINUTE), "whatever failed is not asked for again at once"
    assert len(desk.source.etags) == 2
    desk.dies = False
    desk.restart()
    assert await desk.step(after=MINUTE)
    assert (desk.told, await desk.marks()) == (["number:11"], {"number": "11", "told": "number:11"})
    assert not await desk.step(after=MINUTE)


async def test_a_clock_that_was_set_back_stops_nothing(small_desk: Desk) -> None:
    desk = small_desk
    desk.source.says(10)
    desk.source.says(11)
    desk.source.says(12)
    await desk.step(after=3 * DAY)
    assert await desk.step(after=-3 * DAY), "in the running process"
    await desk.step(after=HOUR)
    desk.restart()
    assert await desk.step(after=-30 * MINUTE), "and after a restart"
    assert desk.told == ["number:11", "number:12"]


async def test_no_header_ends_the_asking_or_moves_time_ahead(small_desk: Desk) -> None:
    desk = small_desk
    far = EVENING + timedelta(days=400)
    desk.source.says(10, expires_at=far, modified_at=far, etag="far")
    await desk.step()
    assert await desk.freshness() == (desk.clock(), None)
    assert not await desk.step(after=49 * MINUTE)
    assert await desk.step(after=MINUTE), "in the running process"
    desk.restart()
    assert not await desk.step(after=49 * MINUTE)
    assert await desk.step(after=MINUTE)
    assert desk.source.etags == [None] * 3, "whoever keeps answers would say that it still holds"


async def test_a_source_that_was_never_heard_is_stale_from_the_beginning(small_desk: Desk) -> None:
    desk = small_desk
    desk.source.answers = [SourceFault("no answer")]
    async with desk.database.read() as tx:
        assert await load_freshness(tx, "numbers", pace=PACE, now=desk.clock()) == NEVER
    assert not await desk.step()
    assert NEVER.is_stale
    assert (await desk.freshness())[0] is None
    assert (Trouble.SOURCE_STALE, "numbers") in desk.watch.open


async def test_it_looks_every_second_for_ever(small_desk: Desk) -> None:
    desk = small_desk
    desk.source.says(10)

    async def sleep(seconds: float) -> None:
        await desk.clock.sleep(seconds)
        if len(desk.source.etags) > 2:
            raise Killed

    with pytest.raises(Killed):
        await desk.poller.run(sleep)
    assert set(desk.clock.slept) == {1.0}
    assert desk.clock() - EVENING == 2 * PACE + timedelta(seconds=1)
