"""Posts of a channel by the EVE hour."""

from datetime import timedelta

from services.alerts import posts
from tests.factories import CHANNEL, MIDNIGHT
from tests.services.newsroom import Newsroom


async def test_counted_by_channel_and_hour(newsroom: Newsroom) -> None:
    here, there = CHANNEL, CHANNEL + 1
    last = MIDNIGHT + timedelta(minutes=59, seconds=59)
    async with newsroom.database.write() as tx:
        assert await posts.load(tx, [here, there], now=MIDNIGHT) == {here: 0, there: 0}
        await posts.add(tx, {here: 2}, now=MIDNIGHT)
        await posts.add(tx, {there: 1, here: 3}, now=last)
        await posts.add(tx, {}, now=last)
    async with newsroom.database.read() as tx:
        assert await posts.load(tx, [here, there], now=last) == {here: 5, there: 1}
        assert await posts.load(tx, [here], now=MIDNIGHT + timedelta(hours=1)) == {here: 0}
