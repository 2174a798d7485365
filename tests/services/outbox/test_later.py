"""What is put for later, and edits that cannot wait."""

from datetime import timedelta

from services.domain.delivery import Posting
from services.domain.message import NoticeMessage
from services.outbox import history, store
from services.outbox.sender import Limited
from tests.factories import MIDNIGHT
from tests.fakes.channels import Fate
from tests.services.newsroom import SPACING, Newsroom, channel
from tests.services.outbox.notes import note

A, B = channel(1), channel(2)


async def put_later(newsroom: Newsroom, key: str, text: str, **span: float) -> None:
    """To be posted so long after midnight."""
    posting = Posting(destination=A, guild_id=None, dedupe_key=key, message=note(text))
    due = MIDNIGHT + timedelta(**span)
    async with newsroom.database.write() as tx:
        await store.put(tx, posting, now=newsroom.clock(), edit_spacing=SPACING, due_at=due)


async def put_at_once(newsroom: Newsroom, key: str, text: str) -> None:
    posting = Posting(destination=A, guild_id=None, dedupe_key=key, message=note(text))
    async with newsroom.database.write() as tx:
        await store.put(tx, posting, now=newsroom.clock(), edit_spacing=timedelta(0))


def said(newsroom: Newsroom) -> list[str]:
    return [m.text for m in newsroom.channels.read(A) if isinstance(m, NoticeMessage)]


async def test_it_comes_at_its_time_in_its_newest_state_and_holds_up_nothing(
    newsroom: Newsroom,
) -> None:
    await put_later(newsroom, "later", "1", hours=1)
    await newsroom.put("k", note("now"), A)
    await newsroom.drain(minutes=59)
    assert said(newsroom) == ["now"]
    await put_later(newsroom, "later", "2", hours=1)
    newsroom.restart()
    await newsroom.drain(seconds=59)
    assert said(newsroom) == ["now"]
    await newsroom.drain(seconds=1)
    assert said(newsroom) == ["now", "2"]
    assert len(newsroom.channels.calls) == 2
    await put_later(newsroom, "later", "3", hours=1)
    await newsroom.drain(seconds=59)
    assert said(newsroom) == ["now", "2"], "an edit now, in its turn"
    await newsroom.drain(seconds=1)
    assert said(newsroom) == ["now", "3"]


async def test_when_its_time_has_come_it_keeps_its_place(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    await put_later(newsroom, "later", "later", minutes=5)
    newsroom.clock.advance(minutes=5)
    await newsroom.put("k", note("now"), A)
    newsroom.channels.plan(A, Fate.UNSENT)
    await newsroom.drain()
    assert said(newsroom) == [], "the earlier one is tried again first"
    await newsroom.drain(seconds=5)
    assert said(newsroom) == ["later", "now"]


async def test_a_time_that_is_past_is_now(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    newsroom.clock.advance(hours=2)
    await put_later(newsroom, "later", "1", hours=1)
    await newsroom.drain()
    assert said(newsroom) == ["1"]


async def test_an_edit_that_cannot_wait_takes_the_one_that_does_with_it(
    newsroom: Newsroom,
) -> None:
    await newsroom.put("k", note("1"), A)
    await newsroom.drain()
    await newsroom.put("k", note("2"), A)
    await newsroom.drain(seconds=5)
    assert said(newsroom) == ["1"]
    await put_at_once(newsroom, "k", "3")
    await newsroom.drain()
    assert said(newsroom) == ["3"]
    await newsroom.put("k", note("4"), A)
    await newsroom.drain(seconds=59)
    assert said(newsroom) == ["3"], "the next one waits as ever"
    await newsroom.drain(seconds=1)
    assert said(newsroom) == ["4"]


async def test_it_does_not_jump_the_pause_that_discord_asked_for(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    await newsroom.put("k", note("1"), A)
    await newsroom.drain()
    newsroom.channels.plan(A, Limited(seconds=300, code=30046))
    await newsroom.put("k", note("2"), A)
    await newsroom.drain(minutes=1)
    await put_at_once(newsroom, "k", "3")
    await newsroom.drain(seconds=299)
    assert said(newsroom) == ["1"]
    await newsroom.drain(seconds=1)
    assert said(newsroom) == ["3"]


async def test_what_expired_says_why_and_what_was_taken_back_says_nothing(
    newsroom: Newsroom,
) -> None:
    expires = MIDNIGHT + timedelta(hours=1)
    for key in ("expired", "back"):
        await newsroom.put(key, note(key), A, expires_at=expires)
    async with newsroom.database.write() as tx:
        assert await store.withdraw(tx, A, "back")
        await store.block(tx, A, "closed", guild_id=None, now=newsroom.clock())
        other = Posting(destination=B, guild_id=None, dedupe_key="k", message=note("k"))
        await store.put(tx, other, now=newsroom.clock(), edit_spacing=SPACING)
    await newsroom.drain(hours=2)
    async with newsroom.database.read() as tx:
        [failed] = await history.load_failed(tx, A, since=MIDNIGHT)
    assert isinstance(failed.message, NoticeMessage)
    assert failed.message.text == "expired"
    assert failed.error == "it could not be sent while it was news"
