"""What becomes of a message when Discord, the network or this process fails."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.domain.alert import AlertState
from services.domain.delivery import Delivery
from services.domain.message import NoticeMessage, Severity
from services.outbox import store
from services.outbox.errors import SendingRefused
from services.outbox.overview import load_blocked
from services.outbox.sender import Limited, Outcome, Refused
from services.storage.tables import outbox
from tests.factories import CHANNEL, GUILD, OWNER, mail, request
from tests.fakes.channels import Fate, Killed
from tests.services.newsroom import Newsroom, channel, person
from tests.services.outbox.notes import note, texts

A, B = channel(1), channel(2)
CLOSED = Refused(status=403, code=50001, text="Missing Access")


async def test_a_closed_channel_waits_its_owner_is_told_once_and_resuming_opens_it(
    newsroom: Newsroom,
) -> None:
    channels, place = newsroom.channels, channel(CHANNEL)
    alert = await newsroom.alerts.add(request())
    other = await newsroom.alerts.add(request(channel_id=CHANNEL + 1))
    channels.plan(place, CLOSED)
    await newsroom.take(mail(1, 0, "A1", "B1"), mail(2, 0, "A2", "B2"))
    await newsroom.drain()
    await newsroom.drain(minutes=2)
    assert channels.read(place) == []
    assert len(channels.calls_to(place)) == 1, "nothing is tried while it is closed"
    assert len(channels.read(channel(CHANNEL + 1))) == 2, "other channels go on"
    [notice] = channels.read(person(OWNER))
    assert isinstance(notice, NoticeMessage)
    assert notice.severity is Severity.WARNING
    assert f"<#{CHANNEL}>" in notice.text
    assert f"#{alert.id} " in notice.text
    blocked = await newsroom.alerts.get(GUILD, alert.id)
    assert blocked.state is AlertState.BLOCKED
    assert "may not see" in str(blocked.reason)
    assert (await newsroom.alerts.get(GUILD, other.id)).state is AlertState.ACTIVE

    channels.plan(place, CLOSED)
    await newsroom.alerts.resume(GUILD, alert.id)
    await newsroom.drain(minutes=1)
    assert len(channels.read(person(OWNER))) == 2, "a new refusal is told anew"
    await newsroom.alerts.resume(GUILD, alert.id)
    await newsroom.drain(minutes=1)
    assert [message.kill.id for message in channels.read(place)] == [1, 2]
    assert set((await newsroom.states()).values()) == {"sent"}


async def test_the_notices_channel_hears_of_other_channels_but_not_of_itself(
    newsroom: Newsroom,
) -> None:
    channels, office = newsroom.channels, CHANNEL + 9
    await newsroom.guilds.set_notices_channel(GUILD, office)
    await newsroom.alerts.add(request())
    await newsroom.alerts.add(request(channel_id=office, created_by=OWNER + 1))
    await newsroom.alerts.add(request(channel_id=office, created_by=OWNER + 2, min_isk=0.5))
    channels.plan(channel(CHANNEL), CLOSED)
    await newsroom.take(mail(1, 0, "A1", "B1", isk=1.0))
    await newsroom.drain()
    assert len([m for m in channels.read(channel(office)) if isinstance(m, NoticeMessage)]) == 1
    assert channels.read(person(OWNER)) == []

    channels.plan(channel(office), CLOSED)
    await newsroom.take(mail(2, 0, "A1", "B1", isk=1.0))
    await newsroom.drain(seconds=5)
    for owner in (OWNER + 1, OWNER + 2):
        [notice] = channels.read(person(owner))
        assert f"<#{office}>" in notice.text

    third = await newsroom.alerts.add(request(channel_id=CHANNEL + 1, created_by=OWNER + 3))
    channels.plan(channel(CHANNEL + 1), CLOSED)
    await newsroom.take(mail(3, 0, "A1", "B1", isk=1.0))
    await newsroom.drain(seconds=5)
    [notice] = channels.read(person(OWNER + 3))
    assert f"#{third.id} " in notice.text, "a closed notices channel tells nobody"


async def test_a_deleted_message_is_never_written_again(newsroom: Newsroom) -> None:
    channels = newsroom.channels
    await newsroom.put("k", note("1"), A)
    await newsroom.drain()
    channels.standing.clear()
    await newsroom.put("k", note("2"), A)
    await newsroom.drain(minutes=2)
    assert await newsroom.states() == {"k": "deleted"}
    await newsroom.put("k", note("3"), A)
    await newsroom.put("next", note("next"), A)
    await newsroom.drain(minutes=2)
    assert texts(channels.read(A)) == ["next"]


async def test_a_thread_is_opened_and_written_to_and_a_locked_one_is_closed(
    newsroom: Newsroom,
) -> None:
    channels = newsroom.channels
    channels.archived |= {A, B}
    channels.locked.add(B)
    await newsroom.put("a", note("1"), A)
    await newsroom.put("b", note("1"), B)
    await newsroom.drain()
    assert texts(channels.read(A)) == ["1"]
    assert channels.read(B) == []
    await newsroom.drain(days=1)
    assert len(channels.calls_to(B)) == 1


async def test_a_thread_that_does_not_stay_open_is_not_hammered_at(
    small_newsroom: Newsroom,
) -> None:
    archived = Refused(status=400, code=50083, text="Thread is archived")
    small_newsroom.channels.plan(A, *[archived] * 5)
    await small_newsroom.put("k", note("1"), A)
    await small_newsroom.drain()
    assert len(small_newsroom.channels.calls_to(A)) == 2
    for _ in range(4):
        await small_newsroom.drain(minutes=2)
    assert texts(small_newsroom.channels.read(A)) == ["1"]


async def test_too_many_edits_wait_longer_than_told(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    await newsroom.put("k", note("1"), A)
    await newsroom.drain()
    newsroom.channels.plan(A, Limited(seconds=5, code=30046))
    await newsroom.put("k", note("2"), A)
    await newsroom.drain(minutes=2)
    await newsroom.drain(seconds=299)
    assert texts(newsroom.channels.read(A)) == ["1"]
    await newsroom.drain(seconds=1)
    assert texts(newsroom.channels.read(A)) == ["2"]


async def test_a_message_that_discord_refuses_is_dead_and_the_channel_goes_on(
    newsroom: Newsroom,
) -> None:
    """A refused edit ends only itself: what changed meanwhile and what comes later is still shown."""
    channels = newsroom.channels
    invalid = Refused(status=400, code=50035, text="Invalid Form Body")
    channels.plan(A, invalid)
    await newsroom.put("bad", note("bad"), A)
    await newsroom.put("good", note("1"), A)
    await newsroom.drain()
    assert await newsroom.states() == {"bad": "dead", "good": "sent"}

    channels.plan(A, invalid)
    door = channels.doors[A] = asyncio.Event()
    await newsroom.put("good", note("2"), A)
    newsroom.clock.advance(minutes=2)
    channels.at_door.clear()
    sending = asyncio.create_task(newsroom.drain())
    await channels.at_door.wait()
    await newsroom.put("good", note("3"), A)
    door.set()
    await sending
    await newsroom.drain(minutes=2)
    assert texts(channels.read(A)) == ["3"]
    channels.plan(A, invalid)
    await newsroom.put("good", note("4"), A)
    await newsroom.drain(minutes=2)
    assert await newsroom.states() == {"bad": "dead", "good": "sent"}
    await newsroom.put("good", note("5"), A)
    await newsroom.drain(minutes=2)
    assert texts(channels.read(A)) == ["5"]


async def test_a_refused_token_stops_everything_and_costs_nothing(newsroom: Newsroom) -> None:
    newsroom.channels.plan(A, Refused(status=401, code=0, text="401: Unauthorized"))
    await newsroom.put("a", note("1"), A)
    await newsroom.put("a2", note("2"), A)
    with pytest.raises(SendingRefused, match="token"):
        await newsroom.worker.run()
    assert await newsroom.states() == {"a": "pending", "a2": "pending"}
    newsroom.restart()
    await newsroom.drain()
    assert texts(newsroom.channels.read(A)) == ["1", "2"]


async def test_failing_tries_end_after_the_last_one(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    newsroom.worker = newsroom.make_worker(max_attempts=3)
    lost = [Fate.LOST_BEFORE] * 3
    newsroom.channels.plan(A, lost[0], Limited(seconds=1), Fate.UNSENT, *lost[1:])
    await newsroom.put("k", note("1"), A)
    for _ in range(4):
        await newsroom.drain(seconds=5)
    assert await newsroom.states() == {"k": "pending"}, "a limit and a missing line are no failures"
    await newsroom.drain(seconds=5)
    assert await newsroom.states() == {"k": "dead"}


class TestLostAnswers:
    """Discord may have the message, or not."""

    async def test_soon_after_it_is_repeated_with_its_nonce(self, newsroom: Newsroom) -> None:
        channels = newsroom.channels
        channels.plan(A, Fate.LOST_AFTER, Fate.LOST_BEFORE)
        await newsroom.put("k", note("1"), A)
        for _ in range(3):
            await newsroom.drain(seconds=5)
        assert texts(channels.read(A)) == ["1"]
        assert len({call.nonce for call in channels.calls_to(A, "post")}) == 1
        assert len(channels.calls_to(A, "post")) == 3
        assert channels.calls_to(A, "find") == []

    async def test_what_changed_meanwhile_is_shown_although_discord_kept_the_older(
        self, newsroom: Newsroom
    ) -> None:
        channels = newsroom.channels
        channels.plan(A, Fate.LOST_AFTER)
        await newsroom.put("k", note("1"), A)
        await newsroom.drain()
        await newsroom.put("k", note("2"), A)
        await newsroom.drain(seconds=5)
        await newsroom.drain(minutes=2)
        assert texts(channels.read(A)) == ["2"]
        assert await newsroom.states() == {"k": "sent"}

    @pytest.mark.parametrize("fate", [Fate.LOST_AFTER, Fate.LOST_BEFORE])
    async def test_later_the_channel_is_searched(self, newsroom: Newsroom, fate: Fate) -> None:
        channels = newsroom.channels
        channels.plan(A, fate)
        await newsroom.put("k", note("1"), A)
        await newsroom.drain()
        await newsroom.put("k", note("2"), A)
        await newsroom.drain(minutes=10)
        await newsroom.drain(minutes=2)
        assert texts(channels.read(A)) == ["2"]
        assert len(channels.calls_to(A, "find")) == 1
        assert len(channels.calls_to(A, "post")) == (1 if fate is Fate.LOST_AFTER else 2)

    async def test_what_may_stand_there_is_looked_for_even_when_it_is_old_news(
        self, newsroom: Newsroom
    ) -> None:
        channels = newsroom.channels
        channels.plan(A, Fate.LOST_AFTER)
        soon = newsroom.clock() + timedelta(minutes=5)
        await newsroom.put("k", note("1"), A, expires_at=soon)
        await newsroom.drain()
        await newsroom.drain(minutes=10)
        assert await newsroom.states() == {"k": "sent"}
        await newsroom.put("k", note("2"), A, expires_at=soon)
        await newsroom.drain(minutes=2)
        assert texts(channels.read(A)) == ["2"]

    @pytest.mark.parametrize("office", [None, CHANNEL, CHANNEL + 9])
    async def test_where_nobody_can_look_it_is_reported_and_never_repeated(
        self, newsroom: Newsroom, office: int | None
    ) -> None:
        channels, place = newsroom.channels, channel(CHANNEL)
        await newsroom.guilds.set_notices_channel(GUILD, office)
        await newsroom.alerts.add(request())
        channels.unreadable.add(place)
        channels.plan(place, Fate.LOST_AFTER)
        await newsroom.take(mail(1, 0, "A1", "B1"))
        await newsroom.drain()
        await newsroom.drain(minutes=10)
        assert (await newsroom.states())["kill:1"] == "uncertain"
        await newsroom.drain(days=1)
        assert len(channels.calls_to(place, "post")) == 1
        told = person(OWNER) if office in (None, CHANNEL) else channel(CHANNEL + 9)
        [notice] = channels.read(told)
        assert f"<#{CHANNEL}>" in notice.text


class TestDyingWhileSending:
    """The process is killed between a claim and its settling."""

    @pytest.mark.parametrize("fate", [Fate.KILLED_BEFORE, Fate.KILLED_AFTER])
    async def test_a_sole_worker_takes_its_own_rows_over_at_once(
        self, newsroom: Newsroom, fate: Fate
    ) -> None:
        channels = newsroom.channels
        channels.plan(A, fate)
        for number in (1, 2):
            await newsroom.put(f"{number}", note(f"{number}"), A)
        with pytest.raises(Killed):
            await newsroom.drain()
        newsroom.restart()
        await newsroom.drain()
        assert len(channels.calls) == 1, "a row in somebody's hands holds its channel"
        await newsroom.worker.recover(starting=True)
        await newsroom.drain()
        assert texts(channels.read(A)) == ["1", "2"]

    async def test_one_of_several_waits_until_the_lease_has_run_out(
        self, newsroom: Newsroom
    ) -> None:
        channels = newsroom.channels
        channels.plan(A, Fate.KILLED_AFTER)
        await newsroom.put("k", note("1"), A)
        with pytest.raises(Killed):
            await newsroom.drain()
        worker = newsroom.make_worker(sole_worker=False)
        newsroom.clock.advance(seconds=119)
        await worker.recover(starting=True)
        await worker.drain()
        assert await newsroom.states() == {"k": "sending"}
        newsroom.clock.advance(seconds=2)
        await worker.recover(starting=False)
        await worker.drain()
        assert texts(channels.read(A)) == ["1"]
        assert [call.what for call in channels.calls] == ["post", "find"]

    async def test_a_sole_worker_that_runs_on_does_not_rob_itself(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        door = newsroom.channels.doors[A] = asyncio.Event()
        await newsroom.put("k", note("1"), A)
        sending = asyncio.create_task(newsroom.drain())
        await newsroom.channels.at_door.wait()
        newsroom.clock.advance(minutes=10)
        await newsroom.worker.recover(starting=False)
        assert await newsroom.states() == {"k": "sending"}
        door.set()
        await sending
        assert await newsroom.states() == {"k": "sent"}

    @pytest.mark.parametrize("again", [Fate.WELL, Fate.UNSENT])
    async def test_a_worker_thought_dead_that_answers_after_all_does_no_harm(
        self, newsroom: Newsroom, again: Fate
    ) -> None:
        """Slow, not dead: its answer comes when another has taken the row over."""
        channels = newsroom.channels
        first, second = (newsroom.make_worker(sole_worker=False) for _ in range(2))
        door = channels.doors[A] = asyncio.Event()
        channels.plan(A, again)
        await newsroom.put("k", note("1"), A)
        slow = asyncio.create_task(first.drain())
        await channels.at_door.wait()
        newsroom.clock.advance(minutes=5)
        await second.recover(starting=False)
        door.set()
        await slow
        await second.drain()
        await newsroom.put("k", note("2"), A)
        for _ in range(3):
            newsroom.clock.advance(minutes=2)
            await second.drain()
        assert texts(channels.read(A)) == ["2"]
        async with newsroom.database.read() as tx:
            row = (await tx.execute(select(outbox))).one()
        assert (row.state, row.revision, row.sent_revision) == ("sent", 2, 2)


async def test_a_message_that_cannot_be_drawn_is_buried_and_holds_up_nobody(
    small_newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom = small_newsroom
    send = newsroom.channels.send

    async def choking(delivery: Delivery) -> Outcome:
        if delivery.message == note("poison"):
            raise KeyError("a name that no card can do without")
        return await send(delivery)

    monkeypatch.setattr(newsroom.channels, "send", choking)
    await newsroom.put("k", note("poison"), A)
    await newsroom.put("l", note("next"), A)
    await newsroom.drain()
    assert await newsroom.states() == {"k": "dead", "l": "sent"}


async def test_forgetting_a_server_forgets_refusals_of_long_ago(newsroom: Newsroom) -> None:
    async with newsroom.database.write() as tx:
        await store.block(tx, A, "closed", guild_id=GUILD, now=newsroom.clock())
        await store.forget_guild(tx, GUILD)
        assert await load_blocked(tx) == {}
