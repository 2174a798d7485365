"""Who runs the bot hears of its trouble, in one message that is edited."""

from dataclasses import replace
from datetime import timedelta

from services.domain.delivery import Destination
from services.domain.guild import GuildSettings
from services.domain.ids import ChannelId, GuildId, UserId
from services.domain.message import NoticeMessage, Severity
from services.domain.trouble import Trouble, TroubleState
from services.guilds import store as guilds
from services.notices import OperatorNotices, trouble_notice
from services.outbox.sender import Refused
from services.troubles.board import TroubleBoard
from services.troubles.settings import TroubleSettings
from tests.factories import MIDNIGHT
from tests.services.newsroom import Newsroom, channel, person

HOME, OFFICE = GuildId(9), ChannelId(99)
STATE = TroubleState(
    trouble=Trouble.FEED_DOWN, subject="", detail="503 from <@5> `code`\nx", began_at=MIDNIGHT
)


def make(newsroom: Newsroom, home: GuildId | None = HOME) -> tuple[OperatorNotices, TroubleBoard]:
    notices = OperatorNotices(newsroom.database, home_guild=home, clock=newsroom.clock)
    board = TroubleBoard(
        newsroom.database,
        notices,
        settings=TroubleSettings(),
        clock=newsroom.clock,
        ring=newsroom.bell.set,
    )
    return notices, board


async def set_office(newsroom: Newsroom) -> None:
    async with newsroom.database.write() as tx:
        settings = GuildSettings(guild_id=HOME, notices_channel_id=OFFICE)
        await guilds.save_settings(tx, settings)


def told(newsroom: Newsroom) -> list[tuple[Destination, str, int]]:
    """Where what stands, and how often it was edited."""
    found = []
    for standing in newsroom.channels.standing.values():
        assert isinstance(standing.message, NoticeMessage)
        found.append((standing.destination, standing.message.title, standing.edits))
    return found


async def test_the_owner_or_each_of_the_team_is_written_to(newsroom: Newsroom) -> None:
    notices, board = make(newsroom, home=None)
    await notices.save_operators([UserId(2), UserId(1), UserId(2)])
    board.begins(Trouble.ESI_BANNED, "403")
    await board.flush()
    assert newsroom.bell.is_set()
    await newsroom.drain()
    words = "The game's API refuses us"
    assert told(newsroom) == [(person(1), words, 0), (person(2), words, 0)]
    newsroom.clock.advance(minutes=12)
    board.ends(Trouble.ESI_BANNED)
    await board.flush()
    await newsroom.drain(minutes=1)
    assert told(newsroom) == [(person(1), f"Over: {words}", 1), (person(2), f"Over: {words}", 1)]


async def test_the_home_servers_notices_channel_goes_first(small_newsroom: Newsroom) -> None:
    notices, board = make(small_newsroom)
    await notices.save_operators([UserId(1)])
    board.begins(Trouble.ESI_BANNED, "403")
    await board.flush()
    await set_office(small_newsroom)
    board.begins(Trouble.FEED_BANNED, "403")
    await board.flush()
    await small_newsroom.drain()
    assert [place for place, *_ in told(small_newsroom)] == [person(1), channel(OFFICE)]
    board.ends(Trouble.ESI_BANNED)
    await board.flush()
    await small_newsroom.drain(minutes=1)
    assert told(small_newsroom)[0][2] == 1, "its end is told where its beginning stands"
    assert len(told(small_newsroom)) == 2


async def test_a_person_who_takes_no_messages_holds_nothing_up(newsroom: Newsroom) -> None:
    notices, board = make(newsroom)
    await notices.save_operators([UserId(1)])
    newsroom.channels.plan(person(1), Refused(status=403, code=50007, text="no"))
    board.begins(Trouble.ESI_BANNED, "403")
    await board.flush()
    await newsroom.drain()
    assert told(newsroom) == []
    board.begins(Trouble.FEED_BANNED, "403")
    await board.flush()
    await newsroom.drain()
    assert len(board.open) == 2, "it stands in /status all the same"
    assert list(await newsroom.states()) == ["trouble:1"], "nothing more gathers for them"
    await notices.save_operators([UserId(1)])
    newsroom.clock.advance(minutes=1)
    await board.flush()
    await newsroom.drain()
    assert len(told(newsroom)) == 2, "after the next login it is tried again"


async def test_a_copy_of_a_database_writes_to_nobody(small_newsroom: Newsroom) -> None:
    notices, board = make(small_newsroom, home=None)
    await notices.save_operators([UserId(1)])
    await notices.forget_operators()
    board.begins(Trouble.ESI_BANNED, "403")
    await board.flush()
    assert await small_newsroom.states() == {}


async def test_what_was_over_before_it_could_be_sent_is_told_as_over(
    small_newsroom: Newsroom,
) -> None:
    notices, board = make(small_newsroom)
    await notices.save_operators([UserId(1)])
    board.begins(Trouble.DISCORD_DOWN, "connected last at 00:00 EVE")
    small_newsroom.clock.advance(minutes=10)
    await board.flush()
    small_newsroom.clock.advance(minutes=10)
    board.ends(Trouble.DISCORD_DOWN)
    await board.flush()
    await small_newsroom.drain()
    assert told(small_newsroom) == [(person(1), "Over: No connection to Discord", 0)]


def test_the_words() -> None:
    begun = trouble_notice(STATE)
    assert begun.title == "The kill feed does not answer"
    assert begun.severity is Severity.WARNING
    assert begun.text == (
        f"It began <t:{int(MIDNIGHT.timestamp())}:R>.\n`503 from <@5> 'code' x`\n"
        "What it means and what to do: `docs/operations.md`, “feed-down”."
    )
    ended = replace(STATE, ended_at=MIDNIGHT + timedelta(minutes=12), subject="x", times=3)
    over = trouble_notice(ended)
    assert (over.title, over.severity) == ("Over: The kill feed does not answer (x)", Severity.INFO)
    assert over.text.startswith("Over after 12 min: it began <t:")
    assert "It came and went 3 times." in over.text
    left = trouble_notice(replace(ended, confirmed=False))
    assert "Nobody has seen it since the bot was started anew" in left.text
    for hours, words in ((3, "3 h"), (71, "2 days")):
        long = replace(STATE, ended_at=MIDNIGHT + timedelta(hours=hours))
        assert f"Over after {words}:" in trouble_notice(long).text
    assert len(trouble_notice(replace(STATE, detail="x" * 999)).text) < 500
