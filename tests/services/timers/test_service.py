"""Timers in the database, on both: whose they are, which of them are due, and when they are forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.domain.delivery import Destination, DestinationKind
from services.domain.errors import NotFound, UserError
from services.domain.ids import ChannelId, GuildId, RoleId, SystemId, UserId
from services.domain.timer import TimerRequest
from services.guilds.service import GuildService
from services.storage.database import Database, Transaction
from services.timers import store
from services.timers.service import TimerService
from services.timers.settings import TimerSettings
from tests.factories import EVENING, HandClock

HERE, ELSEWHERE = GuildId(7), GuildId(8)
HOUR = timedelta(hours=1)
REQUEST = TimerRequest(
    guild_id=HERE,
    channel_id=ChannelId(70),
    what="Fortizar armour",
    system_id=SystemId(30002537),
    at=EVENING + 4 * HOUR,
    created_by=UserId(1000),
    note="bring dreads",
    role_id=RoleId(33),
    reminders=(180, 5),
    on_boards=False,
)


class Desk:
    """A service, its clock, and the channels that were tried afresh."""

    def __init__(self, database: Database, **settings: float) -> None:
        self.clock = HandClock(EVENING)
        self.unblocked: list[Destination] = []
        self.timers = TimerService(
            database,
            TimerSettings(**settings),  # type: ignore[arg-type]
            clock=self.clock,
            unblock=self._unblock,
        )

    async def _unblock(self, _tx: Transaction, destination: Destination) -> None:
        self.unblocked.append(destination)


async def test_a_timer_is_kept_as_it_was_asked_for(database: Database) -> None:
    desk = Desk(database)
    timer = await desk.timers.add(REQUEST)
    assert timer.created_at == EVENING
    again = await desk.timers.get(HERE, timer.id)
    assert again == timer
    for name in TimerRequest.__dataclass_fields__:
        assert getattr(again, name) == getattr(REQUEST, name), name
    silent = await desk.timers.add(replace(REQUEST, reminders=(), note=None, role_id=None))
    assert (await desk.timers.get(HERE, silent.id)).reminders == ()
    assert desk.unblocked == 2 * [Destination(DestinationKind.CHANNEL, 70)]


async def test_no_other_server_ever_sees_it(database: Database) -> None:
    desk = Desk(database)
    timer = await desk.timers.add(REQUEST)
    assert await desk.timers.upcoming(ELSEWHERE) == ()
    with pytest.raises(NotFound):
        await desk.timers.get(ELSEWHERE, timer.id)
    with pytest.raises(NotFound):
        await desk.timers.remove(ELSEWHERE, timer.id)
    assert await desk.timers.upcoming(HERE) == (timer,)
    assert await desk.timers.remove(HERE, timer.id) == timer
    with pytest.raises(NotFound):
        await desk.timers.remove(HERE, timer.id)


async def test_the_list_is_by_time_and_keeps_what_is_past_for_an_hour(database: Database) -> None:
    desk = Desk(database)
    late = await desk.timers.add(REQUEST)
    soon = await desk.timers.add(replace(REQUEST, at=EVENING + HOUR))
    assert await desk.timers.upcoming(HERE) == (soon, late)
    desk.clock.advance(minutes=119)
    assert await desk.timers.upcoming(HERE) == (soon, late)
    desk.clock.advance(minutes=2)
    assert await desk.timers.upcoming(HERE) == (late,)


async def test_only_timers_ahead_count_against_the_limit(database: Database) -> None:
    desk = Desk(database, max_per_guild=1)
    await desk.timers.add(REQUEST)
    with pytest.raises(UserError, match="1 timers ahead"):
        await desk.timers.add(REQUEST)
    await desk.timers.add(replace(REQUEST, guild_id=ELSEWHERE))
    desk.clock.advance(hours=5)
    later = await desk.timers.add(replace(REQUEST, at=EVENING + 9 * HOUR))
    assert later.id > 1


async def test_one_person_does_not_fill_a_server(database: Database) -> None:
    desk = Desk(database, max_per_person=2, max_per_guild=4)
    for _ in range(2):
        await desk.timers.add(REQUEST)
    with pytest.raises(UserError, match="You have 2 timers ahead"):
        await desk.timers.add(REQUEST)
    await desk.timers.add(replace(REQUEST, guild_id=ELSEWHERE))
    await desk.timers.add(replace(REQUEST, created_by=UserId(1001)))
    await desk.timers.add(REQUEST, manages=True)
    with pytest.raises(UserError, match="This server has 4 timers ahead"):
        await desk.timers.add(REQUEST, manages=True)


async def test_what_fell_due_of_all_servers(database: Database) -> None:
    desk = Desk(database)
    mine = await desk.timers.add(REQUEST)
    far = await desk.timers.add(replace(REQUEST, at=EVENING + 300 * HOUR, reminders=(10080,)))
    theirs = await desk.timers.add(replace(REQUEST, guild_id=ELSEWHERE, at=EVENING + 5 * HOUR))
    silent = await desk.timers.add(replace(REQUEST, reminders=()))

    async def fell(after: float, until: float) -> list[tuple[int, int]]:
        async with database.read() as tx:
            found = await store.load_between(tx, EVENING + after * HOUR, EVENING + until * HOUR)
        return [(timer.id, minutes) for timer, minutes in found]

    assert await fell(0, 0.9) == []
    assert await fell(0.9, 2) == [(mine.id, 180), (theirs.id, 180)]
    assert await fell(0, 4.5) == [(mine.id, 0), (theirs.id, 180)]
    assert await fell(4, 4.5) == []
    assert await fell(131, 132) == [(far.id, 10080)]
    assert silent.id not in {one for one, _ in await fell(0, 8)}
    await _guilds(database, desk).on_left(ELSEWHERE)
    assert await fell(0.9, 2) == [(mine.id, 180)], "servers that the bot has left rest"


async def test_what_is_long_past_is_forgotten_and_so_is_a_server(database: Database) -> None:
    desk = Desk(database)
    past = await desk.timers.add(REQUEST)
    ahead = await desk.timers.add(replace(REQUEST, at=EVENING + 90 * HOUR))
    theirs = await desk.timers.add(replace(REQUEST, guild_id=ELSEWHERE, at=EVENING + 90 * HOUR))
    desk.clock.advance(hours=27)
    await desk.timers.prune()
    assert await desk.timers.get(HERE, past.id) == past
    desk.clock.advance(hours=2)
    await desk.timers.prune()
    with pytest.raises(NotFound):
        await desk.timers.get(HERE, past.id)
    await _guilds(database, desk).forget(HERE)
    with pytest.raises(NotFound):
        await desk.timers.get(HERE, ahead.id)
    assert await desk.timers.get(ELSEWHERE, theirs.id) == theirs


def _guilds(database: Database, desk: Desk) -> GuildService:
    async def nothing(*_told: object) -> None:
        return None

    return GuildService(
        database, clock=desk.clock, forgetters=(desk.timers.forget_guild,), changed=nothing
    )
