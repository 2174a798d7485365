"""Occurrences other than campaigns: each told once a channel, together where they belong together, held where held."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.domain.alert import AlertKind, Outcome
from services.domain.ids import RoleId, UserId
from services.domain.killmail import OrganisationKind
from services.domain.message import KillMessage
from services.domain.news import HeldBy, NewsMessage, TimerNoteMessage
from services.domain.occurrence import Occurrence, OccurrenceKind, Scope
from services.domain.quiet import QuietHours, QuietMode
from services.domain.standing import Standing
from services.domain.timer import TimerRequest
from services.occurrences import store as occurrences
from services.outbox import store as outbox
from services.publishing.held_news import LINES
from services.publishing.news import news_key
from services.storage.database import Database
from services.storage.world_tables import occurrences as table
from services.timers import store as timers
from services.timers.service import TimerService
from services.timers.settings import TimerSettings
from tests.factories import CHANNEL, EVENING, GUILD, OWNER, request
from tests.services.game_room import GameRoom, flip, mail, posts, sov
from tests.services.newsroom import Newsroom, channel
from tests.services.sovereignty.made_up import SYSTEM, minutes

ROLE = RoleId(51)
EARLY = QuietHours(start=17 * 60, end=19 * 60, mode=QuietMode.POSTS)
LATER = replace(EARLY, end=20 * 60)
ADM = OccurrenceKind.ADM


@pytest.fixture
def room(database: Database) -> GameRoom:
    """Once on SQLite, once on PostgreSQL."""
    return GameRoom(database)


@pytest.fixture
def small_room(small_newsroom: Newsroom) -> GameRoom:
    """On SQLite only."""
    return GameRoom(small_newsroom.database)


def told(room: GameRoom, number: int = CHANNEL) -> list[list[str]]:
    """The keys of the occurrences in each message of the channel."""
    found = room.channels.read(channel(number))
    return [[one.key for one in m.occurrences] for m in found if isinstance(m, NewsMessage)]


class TestTold:
    async def test_once_a_channel_whoever_wants_it_and_however_often_it_is_found(
        self, room: GameRoom
    ) -> None:
        first = await room.alerts.add(sov(role_id=ROLE))
        second = await room.alerts.add(
            sov(user_id=UserId(9), scope=Scope(system_id=SYSTEM, jumps=3), name="near")
        )
        await room.alerts.add(sov(channel_id=CHANNEL + 1, scope=Scope(system_id=30_000_142)))
        adm = flip(4, kind=ADM, before=2.9, after=3.0)
        await room.tell(flip(1), flip(2), flip(3, kind=OccurrenceKind.CAPITAL), adm, flip(1))
        await room.drain()
        room.restart()
        await room.tell(flip(2), flip(1))
        await room.drain(minutes=5)
        assert told(room) == [["sov-capital:3"], ["sov-holder:1", "sov-holder:2"]]
        assert told(room, CHANNEL + 1) == []
        message = room.channels.read(channel())[1]
        assert isinstance(message, NewsMessage)
        assert [reason.alert_id for reason in message.reasons] == [first.id, second.id]
        assert (message.held_by, message.home_id) == (None, SYSTEM)
        pings = [(c.message.ping, c.message.call) for c in room.channels.calls]
        assert pings == [((ROLE,), (UserId(9),)), ((), ())], "one call in ten minutes"
        assert await room.counted(first.id) == {
            Outcome.MATCHED: 3, Outcome.POSTED: 3, Outcome.CALLED: 1, Outcome.COOLDOWN: 1,
        }  # fmt: skip
        assert await room.counted(second.id) == {
            Outcome.MATCHED: 3, Outcome.MERGED: 3, Outcome.CALLED: 1, Outcome.COOLDOWN: 1,
        }  # fmt: skip
        async with room.database.read() as tx:
            kept = set(await tx.scalars(select(table.c.key)))
        assert kept == {"sov-holder:1", "sov-holder:2", "sov-capital:3", "sov-adm:4"}

    async def test_one_call_in_ten_minutes_whatever_it_is_for(self, small_room: GameRoom) -> None:
        room = small_room
        alert = await room.alerts.add(sov(role_id=ROLE))
        for number, minute in enumerate((0, 11, 15, 22), start=1):
            room.clock.now = minutes(minute)
            room.restart()
            await room.tell(flip(number, at=room.clock()))
            await room.worker.drain()
        assert [bool(call.message.ping) for call in room.channels.calls] == [
            True, True, False, True,
        ]  # fmt: skip
        assert (await room.counted(alert.id))[Outcome.COOLDOWN] == 1

    async def test_what_is_asked_for_by_name(self, small_room: GameRoom) -> None:
        room = small_room
        await room.alerts.add(sov(events={ADM}, scope=Scope(system_id=SYSTEM)))
        await room.tell(flip(1), flip(1, kind=ADM), flip(2, kind=ADM))
        await room.drain()
        assert told(room) == [["sov-adm:1"]]

    async def test_more_than_a_message_holds(self, small_room: GameRoom) -> None:
        room = small_room
        alert = await room.alerts.add(sov())
        await room.tell(*(flip(n) for n in range(1, LINES + 8)))
        await room.drain()
        [message] = room.channels.read(channel())
        assert isinstance(message, NewsMessage)
        assert (len(message.occurrences), message.more) == (LINES, 7)
        assert (await room.counted(alert.id))[Outcome.POSTED] == LINES + 7

    async def test_a_long_key_fits(self, room: GameRoom) -> None:
        await room.alerts.add(sov())
        one, other = (replace(flip(), key=f"sov-holder:{'9' * 84}{n}") for n in (1, 2))
        await room.tell(one)
        await room.tell(other)
        await room.drain()
        assert len(news_key(one)) <= 96
        assert told(room) == [[one.key], [other.key]]

    async def test_wars_are_told_to_those_who_marked_somebody(self, small_room: GameRoom) -> None:
        room = small_room
        alliance = OrganisationKind.ALLIANCE
        await room.alerts.add(request(AlertKind.WAR))
        await room.alerts.add(request(AlertKind.WAR, guild_id=GUILD + 1, channel_id=CHANNEL + 1))
        old = flip().old
        assert old is not None
        await room.standings.add(GUILD, [(old.id, alliance, Standing.FRIEND)], by=OWNER)
        await room.standings.add(GUILD + 1, [(old.id, alliance, Standing.FOE)], by=OWNER)
        room.clock.advance(seconds=2)
        await room.tell(flip(kind=OccurrenceKind.WAR_DECLARED, systems=()), before=61)
        await room.drain()
        assert (told(room), told(room, CHANNEL + 1)) == ([["war-declared:1"]], [])
        [message] = room.channels.read(channel())
        assert isinstance(message, NewsMessage)
        assert message.held_by is None, "wars are asked for once an hour"


def hook(number: int) -> Occurrence:
    return flip(number, kind=OccurrenceKind.SKYHOOK, starts=minutes(60), ends=minutes(120))


class TestToldTwice:
    """What is not kept is new whenever it is found: by two processes, or after an answer without it."""

    async def test_a_call_that_is_still_to_be_made_is_made(self, room: GameRoom) -> None:
        alert = await room.alerts.add(
            sov(
                role_id=ROLE,
                events={OccurrenceKind.SKYHOOK},
                scope=Scope(system_id=SYSTEM, jumps=3),
            )
        )
        await room.tell(hook(1), hook(1))
        await room.tell(hook(1), hook(2))
        await room.tell(hook(1))
        await room.drain()
        assert [call.message.ping for call in room.channels.calls] == [(ROLE,)]
        assert told(room) == [["skyhook:1", "skyhook:2"]], "nor is anything taken out of it"
        room.clock.advance(minutes=20)
        await room.tell(hook(1))
        await room.drain()
        assert [call.what for call in room.channels.calls] == ["post"], "it says the same"
        assert (await room.counted(alert.id))[Outcome.CALLED] == 1


class TestHeld:
    async def test_a_contest_beyond_the_lines_counts_once(self, small_room: GameRoom) -> None:
        room = small_room
        await room.alerts.add(sov(quiet=EARLY))
        contest = replace(flip(90), kind=OccurrenceKind.CAMPAIGN_NEW, subject=7)
        begun = replace(contest, kind=OccurrenceKind.CAMPAIGN_STARTED)
        score = replace(contest, kind=OccurrenceKind.CAMPAIGN_SCORE, before=0.6, after=0.4)
        await room.tell(*(flip(number) for number in range(1, LINES + 1)))
        found = [replace(one, key=str(n)) for n, one in enumerate((contest, begun, *[score] * 9))]
        for one in found:
            await room.tell(one)
        room.restart()
        await room.tell(replace(score, key="more"))
        await room.drain(minutes=60)
        [message] = room.channels.read(channel())
        assert isinstance(message, NewsMessage)
        assert (len(message.occurrences), message.more) == (LINES, 2)

    async def test_what_is_lost_is_named_however_many_scores_moved_before(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        await room.alerts.add(sov(quiet=EARLY))
        score = replace(flip(), kind=OccurrenceKind.CAMPAIGN_SCORE, before=0.6, after=0.4)
        scores = [replace(score, key=f"score:{n}", subject=n) for n in range(LINES + 3)]
        for one in (*scores, flip(2), *scores, flip(3, kind=OccurrenceKind.HUB_LOST)):
            await room.tell(replace(one, at=room.clock()))
            room.clock.advance(seconds=1)
        await room.tell(*(replace(one, key=f"again:{one.subject}") for one in scores))
        await room.drain(minutes=60)
        [message] = room.channels.read(channel())
        assert isinstance(message, NewsMessage)
        assert (len(message.occurrences), message.more) == (LINES, 5)
        assert [one.key for one in message.occurrences[-2:]] == ["sov-holder:2", "sov-hub-lost:3"]

    async def test_a_gap_is_one_summary_that_calls_nobody(self, small_room: GameRoom) -> None:
        room = small_room
        alert = await room.alerts.add(sov(role_id=ROLE))
        found = (flip(1), flip(2, kind=OccurrenceKind.HUB_LOST), flip(3))
        await room.tell(*found, before=61)
        await room.drain()
        [message] = room.channels.read(channel())
        assert isinstance(message, NewsMessage)
        assert (message.held_by, message.window) == (HeldBy.GAP, (minutes(-61), EVENING))
        assert (len(message.occurrences), message.ping) == (3, ())
        assert await room.counted(alert.id) == {Outcome.MATCHED: 3, Outcome.SUMMED_UP: 3}
        room.clock.advance(minutes=1)
        await room.tell(flip(4), before=1)
        await room.drain()
        assert told(room)[1:] == [["sov-holder:4"]]

    async def test_quiet_hours_of_all_and_of_some(self, room: GameRoom) -> None:
        held = await room.alerts.add(sov(quiet=EARLY))
        awake = await room.alerts.add(
            sov(
                scope=Scope(system_id=SYSTEM),
                role_id=ROLE,
                quiet=replace(EARLY, mode=QuietMode.PINGS),
            )
        )
        await room.tell(flip(1), flip(2))
        await room.tell(flip(3))
        await room.drain(minutes=1)
        assert told(room) == [["sov-holder:1"]], "who may speak speaks for all"
        room.restart()
        await room.tell(flip(4))
        await room.drain(minutes=58)
        assert len(told(room)) == 1
        await room.drain(minutes=1)
        assert told(room)[1:] == [["sov-holder:2", "sov-holder:3", "sov-holder:4"]]
        assert await room.counted(held.id) == {
            Outcome.MATCHED: 4, Outcome.POSTED: 1, Outcome.QUIET_POST: 3,
        }  # fmt: skip
        assert await room.counted(awake.id) == {
            Outcome.MATCHED: 1, Outcome.MERGED: 1, Outcome.QUIET_PING: 1,
        }  # fmt: skip

    async def test_sources_that_tell_at_once_lose_nothing_of_a_digest(self, room: GameRoom) -> None:
        alert = await room.alerts.add(sov(quiet=EARLY))
        await asyncio.gather(*(room.tell(flip(number)) for number in range(1, 7)))
        await room.drain(minutes=60)
        assert [sorted(keys) for keys in told(room)] == [[f"sov-holder:{n}" for n in range(1, 7)]]
        assert (await room.counted(alert.id))[Outcome.QUIET_POST] == 6

    async def test_a_digest_waits_when_quiet_hours_are_prolonged(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        alert = await room.alerts.add(sov(quiet=EARLY))
        await room.tell(flip(1))
        await room.alerts.edit(GUILD, alert.id, quiet=LATER)
        await room.tell(flip(2))
        await room.drain(minutes=90)
        assert room.channels.calls == []
        await room.drain(minutes=30)
        assert told(room) == [["sov-holder:1", "sov-holder:2"]]

    async def test_a_digest_that_somebody_deletes_goes_on_in_another(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        room.alert_settings = room.alert_settings.model_copy(update={"posts_per_channel_hour": 1})
        room.restart()
        alert = await room.alerts.add(sov())
        for number in range(1, 5):
            await room.tell(flip(number))
            await room.drain(minutes=2)
            if number == 2:
                room.channels.standing.clear()
        messages = room.channels.read(channel())
        assert [
            (m.held_by, len(m.occurrences)) for m in messages if isinstance(m, NewsMessage)
        ] == [(HeldBy.CAP, 3)]
        assert (await room.counted(alert.id))[Outcome.CAPPED] == 3
        room.clock.advance(minutes=60)
        await room.tell(flip(9))
        await room.drain()
        assert told(room)[-1] == ["sov-holder:9"], "another hour"

    async def test_kills_and_news_share_the_hours_limit(self, small_room: GameRoom) -> None:
        room = small_room
        room.alert_settings = room.alert_settings.model_copy(update={"posts_per_channel_hour": 2})
        room.restart()
        await room.alerts.add(sov())
        await room.alerts.add(request(region_id=None, min_isk=1e9))
        await room.tell(flip(1))
        room.clock.advance(minutes=1)
        await room.take(mail(1, 0, "A1", "B1", isk=2e9), mail(2, 0, "A2", "B2", isk=2e9))
        await room.drain()
        assert posts(room.channels) == 3
        kinds = [type(message) for message in room.channels.read(channel())]
        assert kinds[:2] == [NewsMessage, KillMessage]


class TestOwnTimers:
    async def test_reminded_once_at_its_time_over_restarts_and_quiet_hours(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        service = TimerService(
            room.database, TimerSettings(), clock=room.clock, unblock=outbox.unblock
        )
        await room.reminders.look()
        await service.add(
            TimerRequest(
                guild_id=GUILD,
                channel_id=channel().id,
                what="Keepstar",
                system_id=None,
                at=minutes(40),
                created_by=OWNER,
                role_id=ROLE,
                reminders=(30, 5),
            )
        )
        seen = []
        for at in (9.9, 10, 10.1, 34, 36, 39.95, 40.05, 41):
            room.clock.now = minutes(at)
            room.restart()
            await room.reminders.look()
            await room.worker.drain()
            seen.append(posts(room.channels))
        assert seen == [0, 1, 1, 1, 2, 2, 3, 3]
        notes = room.channels.read(channel())
        assert [n.minutes for n in notes if isinstance(n, TimerNoteMessage)] == [30, 5, 0]
        assert {n.ping for n in notes if isinstance(n, TimerNoteMessage)} == {(ROLE,)}

    async def test_they_are_not_read_at_each_look_and_a_new_one_is_told_in_time(
        self, small_room: GameRoom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        room, reads = small_room, []
        service = TimerService(
            room.database, TimerSettings(), clock=room.clock, unblock=outbox.unblock
        )
        load = timers.load_between

        async def counting(*args: Any) -> Any:
            reads.append(args[1:])
            return await load(*args)

        monkeypatch.setattr(timers, "load_between", counting)
        wanted = TimerRequest(
            guild_id=GUILD,
            channel_id=channel().id,
            what="Keepstar",
            system_id=None,
            at=minutes(90),
            created_by=OWNER,
            reminders=(30,),
        )
        await service.add(wanted)
        for _ in range(61):
            await room.reminders.look()
            room.clock.advance(seconds=5)
        assert len(reads) <= 2 * 6, "once or twice a minute"
        await service.add(replace(wanted, at=room.clock() + timedelta(minutes=30, seconds=20)))
        for _ in range(6):
            await room.reminders.look()
            room.clock.advance(seconds=5)
        await room.worker.drain()
        [note] = room.channels.read(channel())
        assert isinstance(note, TimerNoteMessage)
        assert note.timer.id == 2


class TestKept:
    async def test_what_is_seen_is_counted_by_topic(self, small_room: GameRoom) -> None:
        room = small_room
        alert = await room.alerts.add(sov(scope=Scope(region_id=10_000_002)))
        other = await room.alerts.add(request(AlertKind.FW))
        await room.poll()
        await room.tell(flip(1), flip(2), flip(3, kind=OccurrenceKind.FLIP))
        why = await room.report.why(GUILD, alert.id)
        assert (why.seen_day, why.day) == (2, {})
        assert [(source.name, source.freshness.as_of) for source in why.sources] == [
            ("sov-campaigns", EVENING), ("sov-systems", EVENING),
        ]  # fmt: skip
        why = await room.report.why(GUILD, other.id)
        assert (why.seen_week, dict(why.day)) == (1, {Outcome.MATCHED: 1, Outcome.POSTED: 1})
        room.esi.is_down = True
        room.clock.advance(minutes=30)
        await room.poll()
        why = await room.report.why(GUILD, alert.id)
        assert why.sources[0].freshness.stale_since == EVENING + timedelta(minutes=1)
        assert why.sources[0].fault == "HTTP 503"

    async def test_why_says_what_is_held(self, small_room: GameRoom) -> None:
        room = small_room
        alert = await room.alerts.add(sov(quiet=EARLY))
        await room.tell(flip(1), flip(2))
        why = await room.report.why(GUILD, alert.id)
        assert (why.held, why.digest_at, why.waiting) == (2, minutes(60), 0)
        assert why.day == {Outcome.MATCHED: 2, Outcome.QUIET_POST: 2}


class TestTrials:
    async def test_what_it_would_have_told(self, small_room: GameRoom) -> None:
        room = small_room
        room.clock.advance(days=-1)
        first, day = room.clock(), timedelta(hours=1)

        def at(number: int, hours: float, **fields: object) -> Occurrence:
            return flip(number, at=first + hours * day, **fields)

        new, started, score, ended = (
            OccurrenceKind.CAMPAIGN_NEW,
            OccurrenceKind.CAMPAIGN_STARTED,
            OccurrenceKind.CAMPAIGN_SCORE,
            OccurrenceKind.CAMPAIGN_ENDED,
        )
        found = [
            at(1, 1), at(2, 1), at(3, 2), at(99, 3, systems=(30_000_142,)), at(4, 5, kind=ADM),
            at(5, 6, kind=new, subject=7), at(5, 7, kind=started, subject=7),
            at(6, 7.1, kind=score, subject=7, before=0.6, after=0.55),
            at(7, 7.2, kind=score, subject=7, before=0.55, after=0.5),
            at(8, 7.3, kind=score, subject=7, before=0.5, after=0.3),
            at(9, 7.4, kind=score, subject=7, before=0.3, after=0.39),
            at(5, 8, kind=ended, subject=7),
            at(10, 7.9, kind=score, subject=7, before=0.39, after=0.38),
        ]  # fmt: skip
        async with room.database.write() as tx:
            await occurrences.save_new(tx, found)
        room.clock.advance(days=1)
        wanted = sov(
            scope=Scope(system_id=SYSTEM, jumps=20),
            events=frozenset({*(o.kind for o in found)} - {ADM} | {OccurrenceKind.WINDOW}),
        )
        trial = await room.trials.try_alert(wanted, 2)
        assert (trial.since, trial.until) == (EVENING - timedelta(days=2), EVENING)
        assert trial.kept_since == first + day
        assert trial.matches == 11
        assert dict(trial.kinds) == {
            score: 5, OccurrenceKind.HOLDER: 3, new: 1, started: 1, ended: 1,
        }  # fmt: skip
        assert [one.kind for one in trial.latest] == [ended, score, score, score, score]
        assert trial.messages == 2 + 3 + 2
        assert trial.not_kept == (OccurrenceKind.WINDOW,)
        stored = await room.alerts.add(sov())
        assert (await room.trials.try_alert(stored, 2)).matches == 12

    async def test_what_one_answer_brought_is_one_message_whenever_it_happened(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        room.clock.advance(minutes=-60)
        alert = await room.alerts.add(sov())
        for answer in range(2):
            room.clock.advance(minutes=10)
            ago = [timedelta(seconds=29 * n) for n in range(10)]
            found = [
                flip(answer * 10 + n + 1, at=room.clock() - since, systems=(SYSTEM,))
                for n, since in enumerate(ago)
            ]
            lost = [
                flip(50 + answer + n, kind=OccurrenceKind.HUB_LOST, at=room.clock()) for n in (0, 9)
            ]
            await room.tell(*found, *lost)
            await room.worker.drain()
        room.clock.advance(seconds=1)
        trial = await room.trials.try_alert(alert, 7)
        assert trial.messages == posts(room.channels) == 4

    async def test_nothing_is_known(self, small_room: GameRoom) -> None:
        room = small_room
        trial = await room.trials.try_alert(sov(), 7)
        assert (trial.kept_since, trial.matches, trial.latest) == (None, 0, ())
        await room.poll()
        assert (await room.trials.try_alert(sov(), 7)).kept_since == EVENING
