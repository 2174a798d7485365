"""What rests when a channel is closed is told, also where no alert is among it."""

from datetime import timedelta

from services.boards import store as boards
from services.domain.ids import ChannelId
from services.domain.message import NoticeMessage
from services.domain.timer import BoardRequest, TimerRequest
from services.outbox import store as outbox
from services.timers import store as timers
from tests.factories import CHANNEL, GUILD, OWNER
from tests.services.newsroom import Newsroom, channel, person

ELSEWHERE = ChannelId(CHANNEL + 1)


async def told(newsroom: Newsroom, number: int) -> list[str]:
    """The notices that the owner gets when Discord closes a channel."""
    async with newsroom.database.write() as tx:
        await newsroom.notices.on_blocked(tx, GUILD, channel(number), "it is gone")
        found = await outbox.load_unsent(tx, person(OWNER))
    return [p.message.text for p in found if isinstance(p.message, NoticeMessage)]


async def test_boards_and_timers_of_a_closed_channel_are_told(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    now = newsroom.clock()
    board = BoardRequest(guild_id=GUILD, channel_id=CHANNEL, created_by=OWNER)
    timer = TimerRequest(
        guild_id=GUILD,
        channel_id=CHANNEL,
        what="Astrahus",
        system_id=None,
        at=now + timedelta(hours=2),
        created_by=OWNER,
    )
    assert await told(newsroom, CHANNEL) == []
    async with newsroom.database.write() as tx:
        await boards.add(tx, board, now=now)
        await timers.add(tx, timer, now=now)
    assert await told(newsroom, ELSEWHERE) == []
    (text,) = await told(newsroom, CHANNEL)
    assert "Board #1" in text
    assert "`/sov board resume`" in text
    assert "Timer #1" in text
