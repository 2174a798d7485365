"""Whatever goes wrong, each message ends up in its channel exactly once, with its newest content.

Posts and edits are put at random times while requests fail at random, answers are lost, processes die and start anew.
The channels are those of `tests.fakes.channels`: they know a nonce for three minutes, as Discord does.
"""

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.outbox.sender import Limited
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from tests.fakes.channels import Fate, Killed
from tests.services.newsroom import Newsroom, channel
from tests.services.outbox.notes import note

CHANNELS = [channel(number) for number in range(1, 4)]
FATES = [Fate.WELL] * 4 + [fate for fate in Fate if fate is not Fate.WELL] + [Limited(seconds=20)]


async def storm(newsroom: Newsroom, dice: random.Random, *, steps: int, sole: bool) -> None:
    """A bad evening, then calm; judges what stands in the channels."""
    newest: dict[tuple[int, str], int] = {}
    first_put: list[tuple[int, str]] = []
    newsroom.channels.chance = lambda: dice.choice(FATES)
    newsroom.channels.forums = {CHANNELS[2]}
    worker = newsroom.make_worker(sole_worker=sole)
    for step in range(steps):
        for _ in range(dice.randint(0, 2)):
            number, key = dice.randrange(3), f"k{dice.randrange(6)}"
            if (number, key) not in newest:
                first_put.append((number, key))
            newest[number, key] = step
            await newsroom.put(f"{key}", note(f"{key} {step}"), CHANNELS[number])
        newsroom.clock.advance(seconds=dice.choice([0.5, 3, 20, 70, 150, 400]))
        try:
            await worker.recover(starting=False)
            await worker.drain()
        except Killed:
            worker = newsroom.make_worker(sole_worker=sole)
            await worker.recover(starting=True)
    newsroom.channels.chance = lambda: Fate.WELL
    for _ in range(30):
        newsroom.clock.advance(minutes=11)
        await worker.recover(starting=True)
        await worker.drain()
    for number, place in enumerate(CHANNELS):
        standing = [message.text.split() for message in newsroom.channels.read(place)]
        wanted = {key: step for (where, key), step in newest.items() if where == number}
        assert {key: int(step) for key, step in standing} == wanted
        assert len(standing) == len(wanted), "a message stands there twice"
        order = [key for where, key in first_put if where == number]
        assert [key for key, _ in standing] == order, "posts have overtaken each other"


@given(seed=st.integers(0, 2**32), sole=st.booleans())
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_on_sqlite(tmp_path: Path, seed: int, sole: bool) -> None:
    (tmp_path / "warroom.db").unlink(missing_ok=True)
    url = f"sqlite+aiosqlite:///{tmp_path / f'{seed}-{sole}.db'}"
    database = await Database.open(DatabaseSettings(url=url))
    try:
        await storm(Newsroom(database), random.Random(seed), steps=12, sole=sole)
    finally:
        await database.close()
        for file in tmp_path.iterdir():
            file.unlink()


@pytest.mark.parametrize("sole", [True, False])
async def test_on_both(newsroom: Newsroom, sole: bool) -> None:
    await storm(newsroom, random.Random(20211130 + sole), steps=25, sole=sole)
