"""A long run of the whole bot in bad weather: `python -m tests.soak --killmails 100000`.

The same killmails (the recorded days, with values, duplicates and revisions added) go twice through a real process:
once undisturbed, once while the feed, Discord and the game's API fail at random and the process is killed now and then.
In the end both databases and both Discords must hold the same.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, func, make_url, select

from services.storage.tables import outbox
from tests.fakes.discord import faults
from tests.fakes.esi import NAMES, PRICES
from tests.fakes.esi import Fault as EsiFault
from tests.fakes.r2z2 import (
    CUT,
    HANG_UP,
    HTML,
    MISSING,
    SILENCE,
    document,
    failing,
    load_recording,
    shifted,
    throttled,
)
from tests.integration.evening import FIRST
from tests.integration.whole_bot import BotProcess, bot_process, dump
from tests.integration.world import World, quiet, readable, world

AHEAD = 150
"""How many killmails lie ready: few enough that none waits for minutes and counts as late."""
RECORDED = ("2021-11-29", "2021-11-30", "2021-12-01")
MESSAGES = "/channels/*/messages*"
_TAKEN_IN = "This card stands still"
"""The card of a battle that another took in. It is there where it was posted before that, and was taken back where not:
which of the two depends on the moment, not on what is lost."""
_SHOWN = 5
"""Differences of a kind that are shown in full."""
_REMEMBERED = 20_000
"""Requests that the stand-in of the feed keeps in memory."""
_IDS_OF_A_ROUND = 40_000_000
SETTLED_HOURS = 1
"""The last kill is so old that no battle is still going on: both runs end in the same state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What goes wrong, per killmail published."""

    feed: float = 0.004
    discord: float = 0.003
    esi: float = 0.002
    lives: int = 20

    def times(self, fury: float) -> "Weather":
        """The same, worse."""
        return replace(
            self, feed=self.feed * fury, discord=self.discord * fury, esi=self.esi * fury
        )


@dataclass(slots=True)
class Outcome:
    """What one run came to."""

    seconds: float = 0.0
    deaths: int = 0
    memory_mb: float = 0.0
    """The most that any of the bot's processes held."""
    faults: dict[str, int] = field(default_factory=dict)
    messages: dict[str, list[str]] = field(default_factory=dict)
    tables: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)


def recorded(folder: Path) -> Iterator[dict[str, Any]]:
    """The recorded killmails, day after day, again and again with new ids and hashes, each round three days later."""
    days = [folder / "killmails" / f"killmails-{day}.tar.bz2" for day in RECORDED]
    mails = [mail for day in days for mail, _ in load_recording(day)]
    mails.sort(key=lambda mail: (mail["killmail_time"], mail["killmail_id"]))
    for number, mail in enumerate(cycle(mails)):
        turn = number // len(mails)
        moved = shifted(mail, timedelta(days=3 * turn))
        moved["killmail_id"] = mail["killmail_id"] + turn * _IDS_OF_A_ROUND
        moved["killmail_hash"] = f"{moved['killmail_id']:040x}"
        yield moved


def recording(folder: Path, count: int, dice: random.Random) -> list[dict[str, Any]]:
    """Documents of the feed in order: each with a value, some published twice, some revised by a later one."""
    mails = list(islice(recorded(folder), count))
    newest = max(datetime.fromisoformat(mail["killmail_time"]) for mail in mails)
    by = datetime.now(tz=UTC) - timedelta(hours=SETTLED_HOURS) - newest
    found: list[dict[str, Any]] = []
    for mail in mails:
        number = FIRST + len(found)
        zkb = {"totalValue": round(dice.lognormvariate(17, 2.2), 2)} if dice.random() < 0.9 else {}
        more: dict[str, Any] = {}
        if found and dice.random() < 0.01:
            more["sequence_updated"] = number - dice.randrange(1, min(len(found), 500) + 1)
        found.append(document(shifted(mail, by), number, zkb=zkb, **more))
        if dice.random() < 0.005:
            again = dice.choice(found[-300:])
            found.append({**again, "sequence_id": FIRST + len(found)})
            found[-1].pop("sequence_updated", None)
    return found[:count]


class Publisher:
    """Keeps a few killmails ready ahead of the reader, stamped when they are put there."""

    def __init__(self, there: World, documents: list[dict[str, Any]], dice: random.Random) -> None:
        self._there = there
        self._documents = documents
        self._dice = dice
        self._seen = 0
        self.published = 0
        self.asked = FIRST - 1

    async def run(self, until: int) -> None:
        """Publish up to the `until`th killmail, as they are asked for; returns when the last one was read."""
        r2z2 = self._there.r2z2
        told = 0
        while self.asked < FIRST + until:
            if self.asked - FIRST >= told + 5000:
                told = self.asked - FIRST
                print(f"{self._there.around.log.parent.name}: {told} read", flush=True)
            for request in r2z2.requests[self._seen :]:
                stem = Path(request.path).stem
                if stem.isdigit():
                    self.asked = max(self.asked, int(stem))
            self._seen = len(r2z2.requests)
            if self._seen > _REMEMBERED:
                del r2z2.requests[:-100]
                self._seen = 100
            while self.published < until and FIRST + self.published < self.asked + AHEAD:
                self._publish(self.published)
                self.published += 1
            await asyncio.sleep(0.005)

    def _publish(self, place: int) -> None:
        found = self._documents[place]
        now = int(time.time())
        if (older := found.get("sequence_updated")) is not None:
            before = self._documents[older - FIRST]
            before["zkb"]["totalValue"] = float(self._dice.randrange(1, 3000)) * 1e6
            self._put(older, {**before, "uploaded_at": now})
        self._put(FIRST + place, {**found, "uploaded_at": now})

    def _put(self, number: int, body: dict[str, Any]) -> None:
        body = {key: value for key, value in body.items() if value is not None}
        self._there.r2z2.publish(number, json.dumps(body).encode())


class Storm:
    """Makes things fail."""

    def __init__(self, there: World, weather: Weather, dice: random.Random) -> None:
        self._there = there
        self._weather = weather
        self._dice = dice
        self.counts: dict[str, int] = {}

    async def run(self, publisher: Publisher) -> None:
        """For ever: as killmails are published, some meet a fault."""
        at = publisher.published
        while True:
            for number in range(at, publisher.published):
                self._strike(FIRST + number)
            at = publisher.published
            await asyncio.sleep(0.01)

    def _strike(self, number: int) -> None:
        dice, weather = self._dice, self._weather
        if dice.random() < weather.feed:
            replies = (
                failing(503),
                SILENCE,
                HTML,
                throttled("0"),
                throttled(),
                MISSING,
                HANG_UP,
                CUT,
            )
            self._there.r2z2.script(number, *dice.choices(replies, k=dice.randrange(1, 4)))
            self._count("feed")
        if dice.random() < weather.discord:
            fault = dice.choice(
                [
                    faults.http(503),
                    faults.http(502, after=True),
                    faults.lost_answer(),
                    faults.lost_answer(after=False),
                    faults.rate_limit(0.1),
                ]
            )
            self._there.discord.fail(fault, path=MESSAGES)
            self._count("discord")
        if dice.random() < weather.esi:
            path = dice.choice([NAMES, PRICES])
            self._there.esi.fail(path, EsiFault(status=dice.choice([500, 502, 503, 429])))
            self._count("esi")

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


async def calm_run(folder: Path, documents: list[dict[str, Any]]) -> Outcome:
    """Undisturbed."""
    return await _run(folder, documents, Weather(feed=0, discord=0, esi=0, lives=0), seed=0)


async def _rough_run(
    folder: Path, documents: list[dict[str, Any]], weather: Weather, *, seed: int
) -> Outcome:
    """Beside the calm one, a little later: tables are made by one run at a time."""
    await asyncio.sleep(5)
    return await _run(folder, documents, weather, seed=seed)


async def _run(
    folder: Path, documents: list[dict[str, Any]], weather: Weather, *, seed: int
) -> Outcome:
    outcome = Outcome()
    began = time.monotonic()
    documents = [json.loads(json.dumps(d)) for d in documents]
    # What is published does not depend on the weather; what goes wrong does.
    publisher_dice, storm_dice = random.Random(1), random.Random(seed)
    async with world(folder, {FIRST: {}}) as there:
        around = replace(there.around, more=_PATIENT)
        publisher = Publisher(there, documents, publisher_dice)
        storm = Storm(there, weather, storm_dice)
        striking = asyncio.create_task(storm.run(publisher))
        deaths = sorted(storm_dice.sample(range(1, len(documents)), weather.lives))
        for until in deaths:
            async with bot_process(around) as bot:
                await publisher.run(until)
                outcome.memory_mb = max(outcome.memory_mb, _held(bot))
                await bot.kill()
            outcome.deaths += 1
        striking_ends = asyncio.create_task(publisher.run(len(documents)))
        async with bot_process(around) as bot:
            await striking_ends
            striking.cancel()
            there.discord.clear_faults()
            await asyncio.sleep(20)  # names that failed are asked for again, cards are edited
            await _delivered(around.database_url)
            await quiet(there)
            outcome.memory_mb = max(outcome.memory_mb, _held(bot))
            assert await bot.stop() == 0, around.log.read_text()[-3000:]
        outcome.seconds = time.monotonic() - began
        outcome.faults = storm.counts
        outcome.messages = readable(there)
        outcome.tables = dump(around.database_url, momentary=frozenset({"published_at"}))
    return outcome


async def _delivered(url: str) -> None:
    """Until no message waits any more; the bot's own pauses after faults are minutes."""
    engine = create_engine(make_url(url).set(drivername="sqlite"))
    waiting = select(func.count()).where(outbox.c.state.in_(("pending", "sending")))
    async with asyncio.timeout(600):
        while True:
            with engine.connect() as connection:
                if not connection.scalar(waiting):
                    break
            await asyncio.sleep(1)
    engine.dispose()


_PATIENT = {
    "WARROOM_ALERTS__POST_MAX_AGE_MINUTES": str(60 * 24 * 60),
    "WARROOM_ALERTS__POSTS_PER_CHANNEL_HOUR": "1000000",
    "WARROOM_FEED__REQUESTS_PER_SECOND": "3000",
    "WARROOM_FEED__BACKOFF_CAP_SECONDS": "0.5",
    "WARROOM_FEED__LONGEST_RETRY_AFTER_SECONDS": "0.5",
    "WARROOM_NAMES__QUIET_SECONDS": "1",
    "WARROOM_ESI__PAUSE_SECONDS": "1",
    "WARROOM_LOG__LEVEL": "warning",
}
"""Every kill is news however old, a channel takes them all, and pauses are short: a year's bad luck in some minutes."""


def differences(calm: Outcome, rough: Outcome) -> Iterable[str]:
    """What the two runs do not agree on, a line each."""
    for name in calm.tables:
        rows, others = _of_the_kills(calm.tables[name]), _of_the_kills(rough.tables[name])
        # Of messages the kinds of rows: how many cards stand is compared below, by their texts.
        same = set(rows) == set(others) if name == outbox.name else rows == others
        if not same:
            missing = len(set(rows) - set(others))
            more = set(others) - set(rows)
            yield f"table {name}: {missing} rows missing, {len(more)} rows more, of {len(rows)}"
            yield from (f"    more: {row}" for row in sorted(more)[:_SHOWN])
    for channel, every in calm.messages.items():
        texts = [text for text in every if _TAKEN_IN not in text]
        there = [text for text in rough.messages[channel] if _TAKEN_IN not in text]
        if texts != there:
            missing, more = set(texts) - set(there), set(there) - set(texts)
            counts = f"{len(missing)} missing, {len(more)} more, of {len(texts)} ({len(there)})"
            yield f"channel {channel}: {counts}"
            yield from (f"    missing: {text}" for text in sorted(missing)[:_SHOWN])
            yield from (f"    more: {text}" for text in sorted(more)[:_SHOWN])


def _of_the_kills(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Without what the operator was told of the weather itself."""
    return [row for row in rows if "notice" not in row]


async def soak(killmails: int, weather: Weather, *, seed: int) -> int:
    """Both runs; returns the exit code."""
    data = Path(os.environ["WARROOM_TEST_DATA"])
    documents = recording(data, killmails, random.Random(seed))
    folder = Path(tempfile.mkdtemp(prefix="warroom-soak-"))
    calm, rough = await asyncio.gather(
        calm_run(folder / "calm", documents),
        _rough_run(folder / "rough", documents, weather, seed=seed),
    )
    _report("calm", calm)
    _report("rough", rough)
    found = list(differences(calm, rough))
    for line in found:
        print(line)
    if found:
        print(f"not the same; both databases and logs are left in {folder}")
        return 1
    shutil.rmtree(folder)
    print("the same")
    return 0


def _held(bot: BotProcess) -> float:
    """MB that the process held at the most (Linux)."""
    status = Path(f"/proc/{bot.process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def _report(name: str, outcome: Outcome) -> None:
    stored, quarantined = len(outcome.tables["killmails"]), len(outcome.tables["quarantine"])
    posts = {channel: len(texts) for channel, texts in outcome.messages.items()}
    print(
        f"{name}: {outcome.seconds:.0f} s, {stored} killmails stored, {quarantined} in quarantine, "
        f"{len(outcome.tables['battles'])} battles, messages {posts}, {outcome.deaths} kills -9, "
        f"faults {outcome.faults}, bot's memory at the most {outcome.memory_mb:.0f} MB",
        flush=True,
    )


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--killmails", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lives", type=int, default=20, help="how often the process is killed")
    parser.add_argument("--fury", type=float, default=1.0, help="how much worse the weather is")
    arguments = parser.parse_args()
    weather = Weather(lives=arguments.lives).times(arguments.fury)
    raise SystemExit(asyncio.run(soak(arguments.killmails, weather, seed=arguments.seed)))


if __name__ == "__main__":
    main()
