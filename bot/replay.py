"""An evening again: a recording taken in as the live feed would have brought it, on a clock that follows it.

Nothing is shortened but the waiting. Kills arrive in small batches, a while after they happened, and some of them an
hour late; battles end when they fell quiet, messages are sent and edited as they become due. What is made up is the
delay, for archives do not say when a killmail was published: it is read off the killmail's id, so that every replay is
the same.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.app import House
from bot.page_sender import PageSender
from services.battles import store as battle_store
from services.domain.battle import BattleState
from services.domain.killmail import Arrival, Killmail
from services.feeds.intake import Intake
from services.feeds.items import FeedStatus
from services.feeds.recording import Recording

FEED = "recording"
STEP = timedelta(seconds=10)
"""Kills that arrive within this are taken at once, two or three at most times: a live feed that is a little slow."""
QUIET_CHECK = timedelta(seconds=20)
"""How often battles are looked over for those that fell quiet."""
AFTERMATH = timedelta(minutes=32)
"""How long the replay goes on after the last arrival: a battle ends after half an hour of quiet."""
LATE_ONE_IN = 40
"""Killmails that come late: about one in forty."""


class ReplayClock:
    """The time of the replay. It only moves when it is told to."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def __call__(self) -> datetime:
        """Now, in the recording's time."""
        return self._now

    def move_to(self, moment: datetime) -> None:
        """It is later now; never earlier."""
        self._now = max(self._now, moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """How far the replay is. `late`: killmails that came more than a quarter of an hour after the kill."""

    now: datetime
    done: float
    """Share of the time that has passed, 0 to 1."""
    kills: int
    late: int
    open_battles: int
    ended_battles: int
    posts: int
    edits: int


def schedule(killmails: Sequence[Killmail], *, until: datetime) -> list[Arrival]:
    """When each reaches the bot, soonest first; nothing later than `until`."""
    arrivals = []
    for mail in killmails:
        published = min(mail.time + _delay(mail), until)
        received = published + timedelta(seconds=2)
        arrivals.append(Arrival(killmail=mail, received_at=received, published_at=published))
    return sorted(arrivals, key=lambda arrival: (arrival.received_at, arrival.killmail.id))


def _delay(mail: Killmail) -> timedelta:
    """Between half a minute and two and a half; for the late ones up to an hour and a quarter more."""
    dice = mail.id * 0x9E3779B1 & 0xFFFFFFFF
    delay = timedelta(seconds=30 + (dice >> 7) % 120)
    if (dice >> 14) % LATE_ONE_IN == 0:
        delay += timedelta(minutes=15 + (dice >> 20) % 60)
    return delay


class Replay:
    """One replay through a house whose clock is `clock` and whose messages go to `sender`."""

    def __init__(
        self, house: House, sender: PageSender, recording: Recording, *, clock: ReplayClock
    ) -> None:
        self._house = house
        self._sender = sender
        self._worker = house.worker(sender)
        self._clock = clock
        self._start = recording.start
        self._last = recording.end + timedelta(minutes=2)
        self._end = self._last + AFTERMATH
        self._arrivals = schedule(recording.killmails, until=self._last)
        self._taken = 0
        self._late = 0
        self._battles: dict[BattleState, int] = {}
        house.feed_watch.ask = self._status

    async def run(self, on_scene: Callable[[Scene], None] = lambda _: None) -> Scene:
        """Play it to its end; tells `on_scene` how it goes once a minute of its own time. Returns the last scene."""
        next_check = next_scene = self._start
        for moment, batch in self._steps():
            self._clock.move_to(moment)
            if batch:
                await self._take(batch)
            if moment >= next_check:
                await self._house.services.battles.end_quiet(self._house.pipeline.tell)
                next_check = moment + QUIET_CHECK
            await self._worker.drain()
            if moment >= next_scene:
                on_scene(await self._look())
                next_scene = moment + timedelta(minutes=1)
        scene = await self._look()
        on_scene(scene)
        return scene

    def _steps(self) -> Iterator[tuple[datetime, list[Arrival]]]:
        moment, place = self._start, 0
        while moment < self._end:
            moment += STEP
            first = place
            while place < len(self._arrivals) and self._arrivals[place].received_at <= moment:
                place += 1
            yield moment, self._arrivals[first:place]

    async def _take(self, batch: list[Arrival]) -> None:
        self._taken += len(batch)
        self._late += sum(
            arrival.received_at - arrival.killmail.time > timedelta(minutes=15) for arrival in batch
        )
        await self._house.pipeline.take(
            Intake(live=True, arrivals=tuple(batch), cursor=(FEED, self._taken))
        )

    async def _look(self) -> Scene:
        async with self._house.database.read() as tx:
            self._battles = await battle_store.count(tx)
        now = self._clock()
        counts = self._sender.counts
        return Scene(
            now=now,
            done=(now - self._start) / (self._end - self._start),
            kills=self._taken,
            late=self._late,
            open_battles=self._battles.get(BattleState.OPEN, 0),
            ended_battles=self._battles.get(BattleState.ENDED, 0),
            posts=counts.posts,
            edits=counts.edits,
        )

    def _status(self) -> FeedStatus:
        """The recording, as `/status` would see a feed."""
        return FeedStatus(
            sequence=self._taken,
            caught_up=True,
            lag_seconds=0.0,
            paused_until=None,
            last_error=None,
            last_success_at=self._clock(),
            requests=0,
            gap=None,
        )
