"""What is wrong is remembered, told once, and told to be over."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy import select

from services.domain.trouble import Trouble, TroubleState
from services.storage.database import Database, Transaction
from services.storage.settings import DatabaseSettings
from services.storage.tables import marks
from services.storage.tables import troubles as table
from services.troubles.board import TroubleBoard
from services.troubles.rules import FLAP, LONGEST, MOST_TOLD, RULES
from services.troubles.settings import TroubleSettings
from tests.factories import HandClock

DOWN, BANNED = Trouble.FEED_DOWN, Trouble.FEED_BANNED


class Ear:
    """Hears what the operator is told; writes in the transaction, so that a lost one shows."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, TroubleState]] = []
        self.somebody = True
        self.rings = 0

    async def tell(self, tx: Transaction, number: int, state: TroubleState) -> bool:
        if self.somebody:
            self.heard.append((number, state))
        return self.somebody

    def ring(self) -> None:
        self.rings += 1

    @property
    def last(self) -> TroubleState:
        return self.heard[-1][1]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as captured:
        yield captured


@pytest.fixture
async def small(sqlite_url: str) -> AsyncIterator[Database]:
    """On SQLite only: for rules in which the database has no say."""
    opened = await Database.open(DatabaseSettings(url=sqlite_url))
    yield opened
    await opened.close()


def make(database: Database, ear: Ear, clock: HandClock) -> TroubleBoard:
    return TroubleBoard(database, ear, settings=TroubleSettings(), clock=clock, ring=ear.ring)


async def rows(database: Database) -> list[Any]:
    async with database.read() as tx:
        return list((await tx.execute(select(table).order_by(table.c.id))).all())


async def test_a_trouble_is_logged_once_told_after_its_patience_and_told_to_be_over(
    database: Database, ear: Ear, clock: HandClock, logs: list[Any]
) -> None:
    board = make(database, ear, clock)
    for minute in range(12):
        board.begins(DOWN, f"503 for the {minute}th time")
        await board.flush()
        assert len(ear.heard) == (minute >= 10)
        clock.advance(minutes=1)
    assert ear.last.detail == "503 for the 10th time"
    assert [s.detail for s in board.open] == ["503 for the 11th time"]
    board.ends(DOWN)
    board.ends(DOWN)
    await board.flush()
    await board.flush()
    assert [number for number, _ in ear.heard] == [1, 1]
    assert ear.last.ended_at == clock()
    assert ear.rings == 2
    assert board.open == ()
    (row,) = await rows(database)
    assert (row.kind, row.told, row.times) == ("feed-down", "end", 1)
    assert row.ended_at - row.began_at == timedelta(minutes=12)
    said = [(line["event"], line["trouble"]) for line in logs]
    assert said == [("trouble begins", "feed-down"), ("trouble ends", "feed-down")]
    assert logs[-1]["duration_seconds"] == 720


async def test_what_is_for_the_status_alone_is_never_told(
    small: Database, ear: Ear, clock: HandClock
) -> None:
    board = make(small, ear, clock)
    board.begins(Trouble.FEED_LATE, "12,000 behind")
    await board.flush()
    clock.advance(days=40)
    await board.flush()
    board.ends(Trouble.FEED_LATE)
    await board.flush()
    assert ear.heard == []
    assert [row.told for row in await rows(small)] == ["nothing"]


async def test_on_and_off_is_one_message(
    small: Database, ear: Ear, clock: HandClock, logs: list[Any]
) -> None:
    board = make(small, ear, clock)
    for _ in range(10):
        board.begins(BANNED, "403")
        await board.flush()
        clock.advance(minutes=2)
        board.ends(BANNED)
        await board.flush()
        clock.advance(minutes=2)
    assert {number for number, _ in ear.heard} == {1}
    assert len(await rows(small)) == 1
    assert ear.last.times == 10
    assert ear.last.ended_at is not None
    assert [line["event"] for line in logs].count("trouble begins") == 2, (
        "no flood in the log either"
    )
    clock.now += FLAP
    await board.flush()
    assert logs[-1]["event"] == "trouble ends"
    assert logs[-1]["times"] == 10
    board.begins(BANNED, "403")
    await board.flush()
    assert ear.heard[-1][0] == 2, "after a while it is another one"
    assert ear.last.times == 1


async def test_a_day_of_on_and_off_is_told_anew(
    small: Database, ear: Ear, clock: HandClock
) -> None:
    board = make(small, ear, clock)
    while clock() - HandClock().now < LONGEST + timedelta(minutes=10):
        board.begins(BANNED, "403")
        await board.flush()
        clock.advance(minutes=3)
        board.ends(BANNED)
        clock.advance(minutes=3)
    await board.flush()
    assert {number for number, _ in ear.heard} == {1, 2}
    assert all(row.ended_at is not None for row in await rows(small))


async def test_subjects_are_troubles_of_their_own_but_not_a_flood(
    small: Database, ear: Ear, clock: HandClock
) -> None:
    board = make(small, ear, clock)
    for number in range(MOST_TOLD + 3):
        board.begins(Trouble.ESI_SCHEMA, "odd", subject=f"/route/{number}")
    board.begins(BANNED, "403")
    await board.flush()
    await board.flush()
    told = [state.trouble for _, state in ear.heard]
    assert told.count(Trouble.ESI_SCHEMA) == MOST_TOLD
    assert told.count(BANNED) == 1
    assert len(board.open) == MOST_TOLD + 4
    board.ends(Trouble.ESI_SCHEMA, subject="/route/0")
    await board.flush()
    await board.flush()
    assert len([s for _, s in ear.heard if s.trouble is Trouble.ESI_SCHEMA]) == MOST_TOLD + 1


async def test_what_was_not_told_is_not_told_to_be_over(
    small: Database, ear: Ear, clock: HandClock
) -> None:
    board = make(small, ear, clock)
    subjects = [str(number) for number in range(MOST_TOLD + 2)]
    for subject in subjects:
        board.begins(Trouble.JOB_FAILED, "OSError", subject=subject)
    await board.flush()
    clock.advance(hours=2)
    await board.flush()
    for subject in subjects:
        board.ends(Trouble.JOB_FAILED, subject=subject)
    await board.flush()
    await board.flush()
    assert [s.ended_at is None for _, s in ear.heard] == [True] * MOST_TOLD + [False] * MOST_TOLD


async def test_a_restart_goes_on_with_what_was_open(
    database: Database, ear: Ear, clock: HandClock, logs: list[Any]
) -> None:
    before = make(database, ear, clock)
    before.begins(BANNED, "403")
    before.begins(DOWN, "503")
    await before.flush()
    clock.advance(hours=1)
    board = make(database, ear, clock)
    await board.load()
    assert [(s.trouble, s.confirmed) for s in board.open] == [(BANNED, False), (DOWN, False)]
    await board.flush()
    assert len(ear.heard) == 1, "what nobody confirmed is not told"
    board.ends(BANNED)
    board.begins(DOWN, "503 still")
    board.begins(DOWN, "503 still")
    await board.flush()
    assert [(line["event"], line["trouble"]) for line in logs[2:]] == [
        ("trouble ends", "feed-banned"),
        ("trouble goes on", "feed-down"),
    ]
    assert [(number, s.trouble) for number, s in ear.heard[1:]] == [(1, BANNED), (2, DOWN)]
    assert ear.last.began_at == HandClock().now
    assert [(row.told, row.ended_at is None) for row in await rows(database)] == [
        ("end", False),
        ("begin", True),
    ]


async def test_what_nobody_speaks_of_any_more_is_not_open_for_ever(
    small: Database, ear: Ear, clock: HandClock
) -> None:
    before = make(small, ear, clock)
    before.begins(BANNED, "403")
    before.begins(Trouble.UNIVERSE_OLD, "build 3 is out")
    await before.flush()
    board = make(small, ear, clock)
    await board.load()
    clock.advance(hours=23, minutes=59)
    await board.flush()
    assert len(board.open) == 2
    clock.advance(minutes=1)
    await board.flush()
    assert [s.trouble for s in board.open] == [Trouble.UNIVERSE_OLD], "this one is looked at weekly"
    assert not ear.last.confirmed
    assert ear.last.ended_at == clock()
    clock.advance(days=7)
    await board.flush()
    assert board.open == ()


async def test_what_happens_rather_than_lasts_fades(
    small: Database, ear: Ear, clock: HandClock
) -> None:
    board = make(small, ear, clock)
    board.begins(Trouble.QUARANTINE, "kill 5")
    await board.flush()
    for _ in range(3):
        clock.advance(hours=20)
        board.begins(Trouble.QUARANTINE, "kill 6")
        await board.flush()
    clock.advance(hours=23)
    restarted = make(small, ear, clock)
    await restarted.load()
    for one in (board, restarted):
        await one.flush()
        assert len(one.open) == 1
    clock.advance(hours=1)
    for one in (restarted, board):
        await one.flush()
        assert one.open == ()
    assert len(ear.heard) == 1, "an event that is past needs no second message"


async def test_nothing_is_lost_while_the_database_is_the_trouble(
    sqlite_url: str, ear: Ear, clock: HandClock, logs: list[Any], tmp_path: Any
) -> None:
    settings = DatabaseSettings(url=sqlite_url, busy_timeout_seconds=0.05)
    database, thief = await Database.open(settings), await Database.open(settings)
    board = make(database, ear, clock)
    async with thief.write() as tx:
        await tx.execute(marks.delete())
        board.begins(Trouble.DATABASE, "locked")
        board.begins(DOWN, "503")
        for _ in range(3):
            clock.advance(minutes=5)
            await board.flush()
        board.ends(DOWN)
    assert ear.heard == []
    assert [line["event"] for line in logs].count("troubles cannot be written") == 1
    await board.flush()
    heard = [(state.trouble, state.ended_at is None) for _, state in ear.heard]
    assert heard == [(Trouble.DATABASE, True), (DOWN, False)], "what was over meanwhile is told too"
    await board.flush()
    assert len(ear.heard) == 2
    assert [(row.kind, row.ended_at is None) for row in await rows(database)] == [
        ("database", True),
        ("feed-down", False),
    ]
    for opened in (database, thief):
        await opened.close()


async def test_what_changes_while_it_is_written_is_written_next_time(
    small: Database, ear: Ear, clock: HandClock
) -> None:
    board = make(small, ear, clock)

    class Quick(Ear):
        async def tell(self, tx: Transaction, number: int, state: TroubleState) -> bool:
            board.ends(state.trouble)
            return await ear.tell(tx, number, state)

    board._teller = Quick()
    board.begins(BANNED, "403")
    board.begins(Trouble.QUARANTINE, "kill 5")
    await board.flush()
    assert ear.last.ended_at is None
    await board.flush()
    assert [row.told for row in await rows(small)] == ["end", "begin"]
    assert all(row.ended_at is not None for row in await rows(small))


async def test_what_was_over_at_once_is_written_and_not_told(
    small: Database, ear: Ear, clock: HandClock
) -> None:
    board = make(small, ear, clock)
    board.begins(BANNED, "403")
    clock.advance(seconds=3)
    board.ends(BANNED)
    await board.flush()
    assert ear.heard == []
    assert [row.told for row in await rows(small)] == ["nothing"]


async def test_with_nobody_to_tell_it_waits_for_somebody(
    small: Database, ear: Ear, clock: HandClock
) -> None:
    board = make(small, ear, clock)
    ear.somebody = False
    board.begins(BANNED, "403")
    await board.flush()
    assert (await rows(small))[0].told == "nothing"
    assert ear.rings == 0
    ear.somebody = True
    await board.flush()
    assert not ear.heard, "not looked for every few seconds"
    clock.advance(minutes=1)
    await board.flush()
    assert ear.last.trouble is BANNED


async def test_two_processes_share_one_row(database: Database, ear: Ear, clock: HandClock) -> None:
    first, second = make(database, ear, clock), make(database, ear, clock)
    first.begins(BANNED, "403")
    await first.flush()
    clock.advance(minutes=1)
    second.begins(BANNED, "403")
    await second.flush()
    assert len(ear.heard) == 1
    (row,) = await rows(database)
    assert row.began_at == HandClock().now


async def test_memory_forgets_what_is_over_and_the_table_in_its_time(
    database: Database, ear: Ear, clock: HandClock
) -> None:
    board = make(database, ear, clock)
    board.begins(BANNED, "403", subject="x" * 300)
    board.ends(BANNED, subject="x" * 300)
    await board.flush()
    assert board.open == ()
    assert len(board._entries) == 1
    clock.now += FLAP
    await board.flush()
    assert not board._entries
    assert await board.prune() == 0
    clock.advance(days=91)
    assert await board.prune() == 1


async def test_the_oldest_comes_first(small: Database, ear: Ear, clock: HandClock) -> None:
    board = make(small, ear, clock)
    for trouble in (DOWN, Trouble.FEED_LATE, BANNED):
        board.begins(trouble, "so")
        clock.advance(minutes=1)
    assert [s.trouble for s in board.open] == [DOWN, BANNED, Trouble.FEED_LATE]


def test_every_kind_has_its_rule() -> None:
    assert set(RULES) == set(Trouble)
