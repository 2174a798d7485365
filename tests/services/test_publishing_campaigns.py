"""A campaign from its announcement to its verdict: one message a channel, its edits, its replies."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from services.domain.alert import Outcome
from services.domain.ids import RoleId
from services.domain.news import CampaignMessage, CampaignNoteMessage, HeldBy, NewsMessage, NoteKind
from services.domain.occurrence import REMINDED, OccurrenceKind, Scope
from services.domain.quiet import QuietHours, QuietMode
from services.domain.sovereignty import CampaignState, CampaignVerdict, Score
from services.publishing.campaigns import moved
from services.sovereignty.wire import CAMPAIGNS
from services.storage.database import Database, Transaction
from services.storage.marks import load_mark_time
from tests.factories import CHANNEL, EVENING, GUILD, universe
from tests.fakes.channels import Killed
from tests.services.game_room import GameRoom, flip, mail, posts, sov
from tests.services.newsroom import channel
from tests.services.sovereignty.made_up import SYSTEM, campaign_row, minutes

ROLE, OTHER_ROLE = RoleId(51), RoleId(52)
EARLY = QuietHours(start=17 * 60, end=19 * 60, mode=QuietMode.POSTS)
"""Quiet until an hour into the evening."""


@pytest.fixture
def room(database: Database) -> GameRoom:
    """Once on SQLite, once on PostgreSQL."""
    return GameRoom(database)


@pytest.fixture
def small_room(small_newsroom: Any) -> GameRoom:
    """On SQLite only."""
    return GameRoom(small_newsroom.database)


def calls(room: GameRoom, number: int = CHANNEL) -> list[tuple[str, Any, tuple[int, ...]]]:
    """What was posted in the channel, in order: the kind of message or note, and the roles called."""
    found = []
    for call in room.channels.calls_to(channel(number), "post"):
        message = call.message
        what = message.note if isinstance(message, CampaignNoteMessage) else type(message)
        found.append((what, call.reply_to is not None, tuple(message.ping)))
    return found


async def announced(room: GameRoom, *, start: float = 60, **fields: Any) -> None:
    """A first answer without, and a second one with a campaign."""
    await room.poll()
    room.clock.advance(minutes=1)
    room.contests(campaign_row(7, start=start, **fields))
    await room.live(2)


class TestWhole:
    async def test_from_announcement_to_verdict(self, small_room: GameRoom) -> None:
        room = small_room
        alert = await room.alerts.add(sov(role_id=ROLE, cooldown_minutes=0))
        await announced(room, start=200)
        [card] = room.cards()
        assert (card.campaign.state, card.adm) == (CampaignState.SCHEDULED, 4.2)
        for at, minute in ((20, 180), (170, 30), (195, 5)):
            before = room.notes()
            await room.visit(at - 0.01)
            assert room.notes() == before, "not before its time"
            await room.visit(at, at + 0.1)
            assert room.notes() == [*before, (NoteKind.REMINDER, minute)]
        room.restart()
        await room.live(201)
        assert room.notes()[3:] == [(NoteKind.STARTED, None)]
        assert room.cards()[0].campaign.state is CampaignState.RUNNING
        for defender, until in ((0.53, 203), (0.46, 206), (0.4, 208)):
            room.contests(
                campaign_row(7, start=200, defender_score=defender, attackers_score=1 - defender)
            )
            await room.live(until)
        assert room.notes()[4:] == [(NoteKind.SCORE, None)], "not again within ten minutes"
        score = room.cards()[0].campaign.score
        assert score is not None
        assert (score.defender, score.attackers) == (0.4, 0.6)
        room.contests()
        await room.live(230)
        assert room.notes()[5:] == [(NoteKind.ENDED, None)]
        [card] = room.cards()
        assert card.campaign.verdict is CampaignVerdict.DEFENDED
        assert card.campaign.ground
        told = calls(room)
        assert [what for what, _, _ in told].count(CampaignMessage) == 1
        assert all(answers for what, answers, _ in told if what is not CampaignMessage)
        assert [ping for _, _, ping in told] == [(ROLE,)] * 5 + [(), ()]
        assert [reason.alert_id for reason in card.reasons] == [alert.id]
        counted = await room.counted(alert.id)
        assert counted == {
            Outcome.MATCHED: 7, Outcome.POSTED: 7, Outcome.CALLED: 5,
        }  # fmt: skip

    async def test_once_a_channel_for_all_its_alerts_over_kills_of_the_process(
        self, room: GameRoom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The process dies after every write in turn, and starts anew: nothing is lost, nothing said twice."""
        await room.alerts.add(sov(role_id=ROLE, cooldown_minutes=0))
        await room.alerts.add(
            sov(role_id=OTHER_ROLE, scope=Scope(system_id=SYSTEM, jumps=2), reminders=(30, 10))
        )
        await room.alerts.add(sov(channel_id=CHANNEL + 1, reminders=()))
        dying = Dying(room, monkeypatch)
        await dying.poll()
        room.clock.advance(minutes=1)
        room.contests(campaign_row(7, start=36))
        await dying.live(38)
        room.contests()
        await dying.live(52)
        assert dying.deaths > 12, "it died often"
        assert calls(room) == [
            (CampaignMessage, False, (ROLE, OTHER_ROLE)),
            (NoteKind.REMINDER, True, (ROLE, OTHER_ROLE)),
            (NoteKind.REMINDER, True, (OTHER_ROLE,)),
            (NoteKind.REMINDER, True, (ROLE,)),
            (NoteKind.STARTED, True, (ROLE, OTHER_ROLE)),
            (NoteKind.ENDED, True, ()),
        ]
        assert [minutes for _, minutes in room.notes()] == [30, 10, 5, None, None]
        assert [what for what, _, _ in calls(room, CHANNEL + 1)] == [
            CampaignMessage, NoteKind.STARTED, NoteKind.ENDED,
        ]  # fmt: skip


class Dying:
    """A room whose process dies before and after the commit of each write, once each, and starts anew."""

    def __init__(self, room: GameRoom, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = room
        self.deaths = 0
        self._survived: Counter[str] = Counter()
        telling, looking = type(room.news).tell, type(room.reminders)._tell

        async def tell(news: Any, tx: Transaction, *rest: Any) -> None:
            await telling(news, tx, *rest)
            self._die("tell", repr([one.key for one in rest[0]]))

        async def look(reminders: Any, tx: Transaction, *rest: Any) -> bool:
            told = await looking(reminders, tx, *rest)
            if told:
                self._die("look", repr(rest[1]))
            return told

        monkeypatch.setattr(type(room.news), "tell", tell)
        monkeypatch.setattr(type(room.reminders), "_tell", look)

    def _die(self, *where: str) -> None:
        """The first time that this is done it comes to nothing."""
        self._survived[" ".join(where)] += 1
        if self._survived[" ".join(where)] == 1:
            raise Killed

    async def poll(self) -> None:
        for part in (*self.room.pollers, self.room.reminders):
            step = part.look if part is self.room.reminders else part.step
            try:
                await step()
            except Killed:
                self._restart()
                return await self.poll()
        return None

    async def live(self, until: float) -> None:
        while self.room.clock() < minutes(until):
            await self.poll()
            await self.room.worker.drain()
            self._restart()
            self.room.clock.advance(minutes=2)

    def _restart(self) -> None:
        self.deaths += 1
        self.room.restart()


class TestMessage:
    async def test_an_answer_that_says_the_same_is_no_edit(self, small_room: GameRoom) -> None:
        room = small_room
        await room.alerts.add(sov(reminders=()))
        await announced(room, start=600)
        await room.live(30)
        assert [call.what for call in room.channels.calls] == ["post"]
        room.contests(campaign_row(7, start=500))
        await room.live(33)
        assert [call.what for call in room.channels.calls] == ["post", "edit"]
        assert room.cards()[0].campaign.start == minutes(500)

    async def test_an_alert_made_later_gets_the_message_with_the_next_turn(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        room.contests(campaign_row(7, start=60))
        await room.poll()
        await room.alerts.add(sov(role_id=ROLE))
        await room.live(29)
        assert posts(room.channels) == 0, "what was there at the first look is no news"
        await room.live(31)
        assert calls(room) == [
            (CampaignMessage, False, ()),
            (NoteKind.REMINDER, True, (ROLE,)),
        ]

    async def test_an_end_of_which_nothing_stands_is_told_alone(self, small_room: GameRoom) -> None:
        room = small_room
        room.contests(campaign_row(7, start=90))
        await room.poll()
        alert = await room.alerts.add(sov(events={OccurrenceKind.CAMPAIGN_ENDED}, reminders=()))
        room.contests()
        await room.live(40)
        [told] = room.channels.read(channel())
        assert isinstance(told, NewsMessage)
        assert [(one.kind, one.word) for one in told.occurrences] == [
            (OccurrenceKind.CAMPAIGN_ENDED, CampaignVerdict.CANCELLED)
        ]
        assert await room.counted(alert.id) == {Outcome.MATCHED: 1, Outcome.POSTED: 1}

    async def test_who_deletes_the_message_is_still_reminded(self, small_room: GameRoom) -> None:
        room = small_room
        await room.alerts.add(sov(reminders=(30,)))
        await announced(room)
        room.channels.standing.clear()
        room.contests(campaign_row(7, start=61))
        await room.live(35)
        assert (room.cards(), room.notes()) == ([], [(NoteKind.REMINDER, 30)])

    async def test_who_wants_no_campaigns_hears_of_none(self, small_room: GameRoom) -> None:
        room = small_room
        await room.alerts.add(sov(events={OccurrenceKind.HOLDER}))
        await room.alerts.add(sov(scope=Scope(system_id=30_000_142)))
        await announced(room)
        await room.live(70)
        assert room.channels.calls == []


class TestFights:
    async def test_a_fight_near_it_is_told_once_and_stands_on_the_message(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        alert = await room.alerts.add(sov(role_id=ROLE, reminders=(), cooldown_minutes=0))
        await announced(room, start=10)
        await room.live(20)
        near = universe_neighbour()
        await room.take(
            *(mail(n, 18 + n / 9, f"A{n}", "B1", "B2", isk=1e9, system=near) for n in range(1, 7)),
            *(mail(n, 18 + n / 90, f"C{n}", "D1", "D2", system=30_000_142) for n in range(20, 30)),
            mail(9, -25, "C1", "D1", system=near),
        )
        await room.live(25)
        [card] = room.cards()
        assert (card.fighting.kills, card.fighting.isk.isk) == (6, 6e9)
        [line] = card.fighting.battles
        assert (line.system_id, line.kills, line.jumps) == (near, 6, 1)
        assert calls(room)[-1] == (NoteKind.FIGHT, True, (ROLE,))
        room.restart()
        await room.take(mail(10, 24, "A9", "B1", "B2", isk=1e9, system=near))
        await room.live(30)
        assert room.notes() == [(NoteKind.STARTED, None), (NoteKind.FIGHT, None)]
        assert room.cards()[0].fighting.battles[0].kills == 7
        assert (await room.battles.get(line.public_id)).kills == 7, "its id leads to it for ever"
        assert (await room.counted(alert.id))[Outcome.CALLED] == 3

    async def test_a_fight_in_quiet_hours_is_told_after_them(self, small_room: GameRoom) -> None:
        room = small_room
        alert = await room.alerts.add(sov(quiet=EARLY, reminders=()))
        await announced(room, start=40)
        await room.live(45)
        await room.take(*(mail(n, 41 + n / 9, f"A{n}", "B1", "B2", isk=1e9) for n in range(1, 7)))
        await room.live(58)
        assert (await room.counted(alert.id))[Outcome.QUIET_POST] == 2, (
            "as often as there is a line"
        )
        await room.live(62)
        digest = room.channels.read(channel())[0]
        assert isinstance(digest, NewsMessage)
        begun = [one.kind for one in digest.occurrences]
        assert begun == [OccurrenceKind.CAMPAIGN_STARTED], "announced, and begun meanwhile"
        assert calls(room)[1:] == [(CampaignMessage, False, ()), (NoteKind.FIGHT, True, ())]

    async def test_a_fight_that_is_over_is_no_news(self, small_room: GameRoom) -> None:
        room = small_room
        await room.alerts.add(sov(reminders=()))
        await announced(room, start=10)
        room.clock.now = minutes(75)
        mails = [mail(n, 12 + n / 9, f"A{n}", "B1", "B2", isk=1e9) for n in range(1, 7)]
        await room.take(*mails, live=False)
        await room.live(80)
        assert room.cards()[0].fighting.battles[0].kills == 6
        assert NoteKind.FIGHT not in {note for note, _ in room.notes()}


def universe_neighbour() -> int:
    return next(key for key, far in universe().within_jumps(SYSTEM, 1).items() if far == 1)


class TestScores:
    @pytest.mark.parametrize(
        ("shares", "told", "expected"),
        [
            ([(0, 0.6), (1, 0.53)], None, None),
            ([(0, 0.6), (1, 0.53), (2, 0.5)], None, (0.6, 0.5)),
            ([(0, 0.4), (1, 0.3)], None, (0.4, 0.3)),
            ([(0, 0.6), (2, 0.5), (9, 0.3)], (2, 0.5), None),
            ([(0, 0.6), (2, 0.5), (12, 0.45)], (2, 0.5), None),
            ([(0, 0.6), (2, 0.5), (5, 0.45), (12, 0.62)], (2, 0.5), (0.5, 0.62)),
            ([(0, 0.6), (2, 0.5)], (2, 0.5), None),
            ([(0, None), (1, 0.5)], None, None),
            ([], None, None),
        ],
    )
    def test_by_much_and_not_often(
        self,
        shares: list[tuple[float, float | None]],
        told: tuple[float, float] | None,
        expected: tuple[float, float] | None,
    ) -> None:
        scores = [Score(minutes(at), share, None) for at, share in shares]
        before = None if told is None else Score(minutes(told[0]), told[1], None)
        found = moved(scores, before)
        assert tuple(score.defender for score in found) == (expected or ())


class TestHeld:
    async def test_quiet_hours_hold_it_for_one_digest(self, room: GameRoom) -> None:
        alert = await room.alerts.add(sov(quiet=EARLY, role_id=ROLE, reminders=(30, 5)))
        await announced(room, start=70)
        await room.live(45)
        room.restart()
        await room.live(59)
        assert room.channels.calls == [], "the reminder of 30 minutes came when it was quiet"
        await room.live(61)
        [digest] = room.channels.read(channel())
        assert isinstance(digest, NewsMessage)
        assert (digest.held_by, digest.window) == (
            HeldBy.QUIET,
            (EVENING - timedelta(hours=1), minutes(60)),
        )
        assert [one.kind for one in digest.occurrences] == [OccurrenceKind.CAMPAIGN_NEW]
        await room.live(72)
        assert calls(room)[1:] == [
            (CampaignMessage, False, ()),
            (NoteKind.REMINDER, True, (ROLE,)),
            (NoteKind.STARTED, True, (ROLE,)),
        ], "the start calls, however lately the reminder did"
        counted = await room.counted(alert.id)
        assert (counted[Outcome.QUIET_POST], counted[Outcome.MATCHED]) == (2, 4)

    async def test_what_stands_is_edited_in_quiet_hours(self, small_room: GameRoom) -> None:
        room = small_room
        alert = await room.alerts.add(sov(reminders=()))
        await announced(room, start=30)
        await room.alerts.edit(GUILD, alert.id, quiet=replace(EARLY, start=0))
        for share in (0.5, 0.4, 0.3):
            room.contests(
                campaign_row(7, start=30, defender_score=share, attackers_score=1 - share)
            )
            await room.live((room.clock() - EVENING).total_seconds() / 60 + 12)
        [card] = room.cards()
        assert card.campaign.score is not None
        assert (card.campaign.score.defender, room.notes()) == (0.3, [])
        await room.live(61)
        digest = room.channels.read(channel())[-1]
        assert isinstance(digest, NewsMessage)
        scores = [o for o in digest.occurrences if o.kind is OccurrenceKind.CAMPAIGN_SCORE]
        assert [(one.before, one.after) for one in scores] == [(0.6, 0.3)], "one line for all moves"

    async def test_a_muted_alert_says_nothing_and_it_is_counted(self, small_room: GameRoom) -> None:
        room = small_room
        alert = await room.alerts.add(sov(reminders=(30,)))
        await room.alerts.mute(GUILD, alert.id, until=minutes(50), by=1)
        await announced(room)
        for share in (0.5, 0.4):
            room.contests(campaign_row(7, start=60, defender_score=share))
            await room.live(20 if share > 0.4 else 40)
        assert room.channels.calls == []
        assert await room.counted(alert.id) == {Outcome.MATCHED: 2, Outcome.MUTED: 2}

    async def test_an_hours_limit_holds_up_no_reminder_and_no_start(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        room.alert_settings = room.alert_settings.model_copy(update={"posts_per_channel_hour": 2})
        room.restart()
        alert = await room.alerts.add(sov(role_id=ROLE, reminders=(30, 20)))
        await room.poll()
        room.clock.advance(minutes=1)
        room.contests(*(campaign_row(7 + n, start=45, structure_id=7 + n) for n in range(3)))
        await room.live(2)
        held = room.channels.read(channel())[-1]
        assert isinstance(held, NewsMessage)
        assert (held.held_by, [o.subject for o in held.occurrences]) == (HeldBy.CAP, [9])
        await room.live(47)
        notes = Counter(note for note, _ in room.notes())
        assert notes == {NoteKind.REMINDER: 6, NoteKind.STARTED: 3}
        assert len(room.cards()) == 3
        told = [ping for what, _, ping in calls(room) if isinstance(what, NoteKind)]
        assert told == [(ROLE,)] * 9, "each calls, whatever else was said a minute ago"
        assert (await room.counted(alert.id))[Outcome.CAPPED] == 1

    async def test_reminders_and_starts_leave_room_for_what_is_lost(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        room.alert_settings = room.alert_settings.model_copy(update={"posts_per_channel_hour": 1})
        room.restart()
        await announced(room, start=20)
        await room.visit(1)
        await room.alerts.add(sov(reminders=(10, 5)))
        await room.visit(10, 15, 21)
        assert room.notes() == [
            (NoteKind.REMINDER, 10),
            (NoteKind.REMINDER, 5),
            (NoteKind.STARTED, None),
        ]
        await room.tell(flip(2))
        await room.tell(flip(3))
        await room.drain()
        found = [m for m in room.channels.read(channel()) if isinstance(m, NewsMessage)]
        assert [(m.held_by, len(m.occurrences)) for m in found] == [(None, 1), (HeldBy.CAP, 1)]

    async def test_a_reminder_that_was_held_is_told_as_one(self, small_room: GameRoom) -> None:
        room = small_room
        await announced(room, start=70)
        await room.visit(1)
        await room.alerts.add(sov(quiet=EARLY, reminders=(30,)))
        await room.visit(40, 61)
        digest = room.channels.read(channel())[0]
        assert isinstance(digest, NewsMessage)
        told = [(one.kind, one.word, one.at) for one in digest.occurrences]
        assert told == [(OccurrenceKind.CAMPAIGN_NEW, REMINDED, minutes(40))]


class TestReminders:
    async def test_after_a_pause_only_the_last_one_due_and_none_for_a_start_that_is_past(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        alert = await room.alerts.add(sov(role_id=ROLE))
        await room.poll()
        room.clock.advance(minutes=1)
        room.contests(
            campaign_row(7, start=200),
            campaign_row(8, start=40),
            campaign_row(9, start=190, solar_system_id=SYSTEM + 1),
        )
        await room.live(2)
        room.clock.now = minutes(172)
        room.restart()
        await room.visit()
        assert (
            sorted(n for n in room.notes() if n[0] is NoteKind.REMINDER)
            == [(NoteKind.REMINDER, 30)] * 2
        )
        by = {call.message.campaign.id: call.message for call in room.channels.calls[-2:]}
        assert by.keys() == {7, 9}
        assert by[7].ping == (ROLE,) or by[9].ping == (ROLE,)
        room.clock.advance(seconds=5)
        await room.reminders.look()
        await room.worker.drain()
        counted = await room.counted(alert.id)
        assert counted[Outcome.MATCHED] == 3 + 2 + 1, "that start; its reminders are not counted"

    async def test_two_processes_that_look_at_once_say_it_once(self, room: GameRoom) -> None:
        alert = await room.alerts.add(sov(role_id=ROLE, reminders=(30,)))
        await announced(room)
        room.clock.now = minutes(30)
        other = GameRoom(room.database)
        other.clock.now = room.clock()
        await asyncio.gather(*(one.reminders.look() for one in (room, other, room, other)))
        await room.worker.drain()
        assert room.notes() == [(NoteKind.REMINDER, 30)]
        assert (await room.counted(alert.id))[Outcome.MATCHED] == 2

    async def test_the_first_look_of_all_tells_nothing_of_before(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        room.contests(campaign_row(7, start=4))
        await room.alerts.add(sov())
        await room.live(2)
        assert room.notes() == []

    async def test_a_clock_set_back_repeats_nothing(self, small_room: GameRoom) -> None:
        room = small_room
        await room.alerts.add(sov(reminders=(30,)))
        await announced(room)
        await room.live(31)
        room.clock.now = minutes(20)
        room.restart()
        await room.live(35)
        assert room.notes() == [(NoteKind.REMINDER, 30)]

    async def test_a_late_reminder_calls_nobody(self, small_room: GameRoom) -> None:
        room = small_room
        alert = await room.alerts.add(sov(role_id=ROLE, reminders=(60,)))
        await announced(room, start=90)
        room.clock.now = minutes(60)
        await room.live(60)
        assert calls(room)[-1] == (NoteKind.REMINDER, True, ())
        assert (await room.counted(alert.id))[Outcome.OLD_PING] == 1

    async def test_none_is_said_after_a_start_before_the_source_was_asked(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        await room.alerts.add(sov(role_id=ROLE, reminders=(30,)))
        await announced(room)
        room.contests(campaign_row(7, start=90))
        room.clock.now = minutes(31)
        room.restart()
        await room.reminders.look()
        await room.worker.drain()
        assert room.notes() == [], "it may have been put off meanwhile"
        await room.live(58)
        assert room.notes() == []
        await room.live(61)
        assert room.notes() == [(NoteKind.REMINDER, 30)]

    async def test_none_is_said_of_one_that_the_last_answer_did_not_list(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        await room.alerts.add(sov(role_id=ROLE, reminders=(30,)))
        await announced(room)
        await room.live(29.5)
        room.contests()
        await room.visit(30.6)
        assert room.notes() == [], "the next answer says whether it is gone"
        room.contests(campaign_row(7, start=60))
        await room.visit(31.7)
        assert room.notes() == [(NoteKind.REMINDER, 30)]
        assert calls(room)[-1] == (NoteKind.REMINDER, True, (ROLE,))

    async def test_for_one_that_is_not_listed_for_long_nobody_is_called(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        await room.alerts.add(sov(role_id=ROLE, reminders=(30,)))
        await announced(room)
        await room.live(22)
        room.contests()
        await room.live(31)
        assert calls(room)[-1] == (NoteKind.REMINDER, True, ()), "it may be called off"
        room.contests(campaign_row(7, start=60))
        await room.live(61)
        assert calls(room)[-1] == (NoteKind.STARTED, True, (ROLE,))

    async def test_a_start_that_nobody_could_see_is_told_once(self, small_room: GameRoom) -> None:
        room = small_room
        await room.alerts.add(sov(reminders=()))
        await announced(room, start=30)
        room.esi.is_down = True
        await room.live(28)
        edits = len(room.channels.calls_to(channel(), "edit"))
        assert not room.cards()[0].missed
        await room.live(45)
        assert room.cards()[0].missed
        assert len(room.channels.calls_to(channel(), "edit")) == edits + 1
        room.esi.is_down = False
        room.esi.says[CAMPAIGNS] = [*room.esi.says[CAMPAIGNS]]
        await room.live(60)
        assert not room.cards()[0].missed

    async def test_a_source_that_is_not_asked_at_all_is_waited_for_some_minutes(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        await room.alerts.add(sov(reminders=(30,)))
        await announced(room)
        room.restart()
        for minute in (31, 33.9, 34):
            assert room.notes() == []
            room.clock.now = minutes(minute)
            await room.reminders.look()
            await room.worker.drain()
        assert room.notes() == [(NoteKind.REMINDER, 30)]

    async def test_in_an_outage_what_is_said_and_what_stands_says_so(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        await room.alerts.add(sov(reminders=(30,)))
        await announced(room)
        assert room.cards()[0].stale_since is None
        room.esi.is_down = True
        await room.live(31)
        [note] = [m for m in room.channels.read(channel()) if isinstance(m, CampaignNoteMessage)]
        [card] = room.cards()
        assert note.stale_since == card.stale_since == minutes(3)
        edits = len(room.channels.calls_to(channel(), "edit"))
        await room.live(38)
        assert len(room.channels.calls_to(channel(), "edit")) == edits, "once"
        room.esi.is_down = False
        room.esi.says[CAMPAIGNS] = [*room.esi.says[CAMPAIGNS]]
        await room.live(50)
        assert room.cards()[0].stale_since is None

    async def test_between_looks_nothing_is_written(self, small_room: GameRoom) -> None:
        """Every five seconds it only reads; the mark moves once a minute, or with what is told."""
        room = small_room
        await room.alerts.add(sov())
        await announced(room, start=300)
        marks = []
        for _ in range(24):
            room.clock.advance(seconds=5)
            await room.reminders.look()
            marks.append(await looked(room))
        assert len(set(marks)) == 3


class TestManyChannels:
    async def test_a_channel_more_costs_no_statement_more(self, small_room: GameRoom) -> None:
        """A thousand servers want all contests: asked one by one they would hold the writer for half a minute."""
        room = small_room
        await wanted_by(room, 1, 2)
        cost = []
        for turn in range(2):
            if turn:
                await wanted_by(room, *range(3, 13))
            row, number = {"structure_id": 7 + turn, "start": 2 + 10 * turn}, 7 + turn
            steps = [
                campaign_row(number, **row),
                campaign_row(number, **row),
                campaign_row(number, **row, defender_score=0.4, attackers_score=0.6),
                campaign_row(number, **row, defender_score=0.39, attackers_score=0.61),
            ]
            cost.append([await statements(room, step) for step in steps])
            assert Counter(note for note, _ in room.notes()) == {
                NoteKind.STARTED: turn + 1,
                NoteKind.SCORE: turn + 1,
            }
            room.clock.now = minutes(10)
            await room.visit()
        more = [with_many - with_few for with_few, with_many in zip(*cost, strict=True)]
        assert max(more) < 10, f"not one a channel: {cost}"

    async def test_messages_are_compared_only_where_something_changed(
        self, small_room: GameRoom
    ) -> None:
        room = small_room
        await wanted_by(room, 1, 2)
        await announced(room, start=600)
        with counted_statements(room, "FROM outbox") as asked:
            for _ in range(5):
                room.clock.advance(minutes=1)
                await room.poll()
        assert asked == []
        room.contests(campaign_row(7, start=500))
        await room.live(12)
        assert room.cards()[0].campaign.start == minutes(500)


async def wanted_by(room: GameRoom, *guilds: int) -> None:
    """Alerts of these servers on all contests; the first one's is in the usual channel."""
    for n in guilds:
        place = CHANNEL if n == 1 else 5000 + n
        await room.alerts.add(sov(guild_id=n, channel_id=place, role_id=ROLE, reminders=()))
    room.clock.advance(seconds=2)
    await room.visit()


async def statements(room: GameRoom, row: dict[str, Any]) -> int:
    """How many statements a minute costs in which ESI says this."""
    room.contests(row)
    room.clock.advance(minutes=1)
    with counted_statements(room) as asked:
        await room.poll()
    await room.worker.drain()
    return len(asked)


@contextmanager
def counted_statements(room: GameRoom, part: str = "") -> Iterator[list[str]]:
    """The statements that hold this part."""
    asked: list[str] = []

    def count(*args: Any) -> None:
        if part in args[2].replace("\n", ""):
            asked.append(args[2])

    engines = {room.database._writer.sync_engine, room.database._reader.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", count)
    yield asked
    for engine in engines:
        event.remove(engine, "before_cursor_execute", count)


async def looked(room: GameRoom) -> object:
    async with room.database.read() as tx:
        return await load_mark_time(tx, "reminders")
