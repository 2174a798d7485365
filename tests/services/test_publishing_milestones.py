"""Milestones: which turns of a battle are told, when, where, and that each is told once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import groupby

import pytest
from sqlalchemy import update

from bot.lookups import is_landmark
from services.domain.alert import AlertKind, Updates
from services.domain.battle import (
    Battle,
    BattleKind,
    BattleSearch,
    BattleState,
    HullCount,
    Party,
    Place,
    Side,
)
from services.domain.ids import BattleKey, KillmailId, RoleId, TypeId
from services.domain.isk import IskSum
from services.domain.killmail import Killmail
from services.domain.message import (
    BattleMessage,
    BattleMilestoneMessage,
    KillCount,
    MilestoneKind,
)
from services.domain.space import HullClass, Space
from services.outbox import replies
from services.publishing.milestones import Milestone, counted, reached
from services.storage.tables import outbox
from tests.factories import (
    CHANNEL,
    FRIGATE,
    GUILD,
    MIDNIGHT,
    OWNER,
    arrival,
    mail,
    party,
    request,
    universe,
)
from tests.fakes.channels import Fate
from tests.services.newsroom import ATLAS, Newsroom, channel, late
from tests.services.test_pipeline import Pulled, plug_pulled
from tests.services.test_publishing_quiet import HUSHED, NIGHT, be_quiet
from tests.services.test_revised_messages import revised

HERE, THERE = channel(CHANNEL), channel(CHANNEL + 1)
ARCHON, AVATAR, ASTRAHUS = TypeId(23757), TypeId(11567), TypeId(35832)
TOWER, TOWER_GUN, HUB, DEPOT = TypeId(16213), TypeId(16689), TypeId(32458), TypeId(33474)
SOMEWHERE, ELSEWHERE = 30_000_001, 30_000_002
WIDE = replace(ATLAS, hull_class=universe().hull_class, neighbours=lambda s: (s - 1, s + 1))
"""The map of the newsroom, with gates from each system to the next, and real hulls."""
CAPITALS, DOUBLED, ARRIVED, STRUCTURE, MOVED, OVER = MilestoneKind


def battle(
    kills: int = 20,
    *,
    minutes: float = 30,
    pilots: Mapping[str, int] | None = None,
    places: Mapping[int, int] | None = None,
    capitals: int = 0,
    state: BattleState = BattleState.OPEN,
) -> Battle:
    """A battle that has lasted so long: pilots by party, kills by system."""
    parties = tuple(
        Party(organisation=party(name), pilots=count, kills=0, losses=0, isk_lost=IskSum())
        for name, count in (pilots or {"A1": 30}).items()
    )
    end = MIDNIGHT + timedelta(minutes=minutes)
    return Battle(
        key=BattleKey(1),
        public_id="S-1",
        system_id=SOMEWHERE,
        space=Space.NULL,
        state=state,
        start=MIDNIGHT,
        end=end,
        killmail_ids=tuple(KillmailId(n) for n in range(1, kills + 1)),
        pilots=sum(one.pilots for one in parties),
        isk_destroyed=IskSum(),
        sides=(
            Side(
                parties=parties,
                pilots=0,
                kills=0,
                losses=0,
                isk_lost=IskSum(),
                hulls=(HullCount(hull_class=HullClass.CAPITAL, fielded=capitals, lost=0),),
            ),
        ),
        certainty=1.0,
        kind=BattleKind.BATTLE,
        places=tuple(
            Place(system_id=system, start=MIDNIGHT, end=end, kills=count)
            for system, count in (places or {SOMEWHERE: kills}).items()
        ),
    )


def message(known: Battle, counted: KillCount | None = None) -> BattleMessage:
    return BattleMessage(battle=known, reasons=(), counted=counted)


def kill(victim: str = "B1", hull: TypeId = FRIGATE, **fields) -> Killmail:
    return mail(100, 30, victim, "A1", hull=hull, **fields)


FRAY = {"A1": 30, "B1": 40}


@pytest.mark.parametrize(
    ("before", "after", "kills", "expected"),
    [
        # Twice what was told, not below the least, whatever the numbers in between.
        ({"kills": 12}, {"kills": 24}, [kill()], []),
        ({"kills": 12}, {"kills": 25}, [kill()], [DOUBLED]),
        ({"kills": 20}, {"kills": 39}, [kill()], []),
        ({"kills": 20}, {"kills": 90}, [kill()], [DOUBLED]),
        ({"kills": 20}, {"kills": 90}, [], []),
        # The first capital, seen on what came now.
        ({}, {"capitals": 1}, [kill(hull=ARCHON)], [CAPITALS]),
        ({}, {"capitals": 1}, [kill()], []),
        ({"capitals": 1}, {"capitals": 2}, [kill(hull=ARCHON)], []),
        # A party in force: so many new pilots at once, and that part of all of them.
        ({"pilots": FRAY}, {"pilots": FRAY | {"C1": 10}}, [kill("C1")], [ARRIVED]),
        ({"pilots": FRAY}, {"pilots": FRAY | {"C1": 9}}, [kill("C1")], []),
        ({"pilots": FRAY}, {"pilots": FRAY | {"C1": 10}}, [kill("B1")], []),
        ({"pilots": FRAY | {"C1": 9}}, {"pilots": FRAY | {"C1": 19}}, [kill("C1")], [ARRIVED]),
        ({"pilots": FRAY | {"C1": 9}}, {"pilots": FRAY | {"C1": 18}}, [kill("C1")], []),
        ({"pilots": FRAY | {"C1": 10}}, {"pilots": FRAY | {"C1": 60}}, [kill("C1")], []),
        ({"pilots": {"A1": 390}}, {"pilots": {"A1": 390, "C1": 20}}, [kill("C1")], []),
        (
            {"pilots": FRAY, "minutes": 4.9},
            {"pilots": FRAY | {"C1": 20}, "minutes": 4.9},
            [replace(kill("C1"), time=MIDNIGHT + timedelta(minutes=4.9))],
            [],
        ),
        # A structure that fleets are called for, whatever it is worth; another that is worth something.
        *(({}, {}, [kill(hull=hull)], [STRUCTURE]) for hull in (ASTRAHUS, TOWER, HUB)),
        ({}, {}, [kill(hull=ASTRAHUS, isk=1e6)], [STRUCTURE]),
        *(({}, {}, [kill(hull=hull, isk=3e8)], [STRUCTURE]) for hull in (TOWER_GUN, DEPOT)),
        *(
            ({}, {}, [kill(hull=hull), kill(hull=hull, isk=2.9e8)], [])
            for hull in (TOWER_GUN, DEPOT)
        ),
        ({}, {}, [kill(isk=9e9)], []),
        # Another system, once enough died there; not where it began, not by kills elsewhere.
        (
            {"places": {SOMEWHERE: 20, ELSEWHERE: 4}},
            {"places": {SOMEWHERE: 20, ELSEWHERE: 5}},
            [kill(system=ELSEWHERE)],
            [MOVED],
        ),
        ({}, {"places": {SOMEWHERE: 20, ELSEWHERE: 4}}, [kill(system=ELSEWHERE)], []),
        ({}, {"places": {SOMEWHERE: 20, ELSEWHERE: 9}}, [kill()], []),
        ({"places": {SOMEWHERE: 4}}, {"places": {SOMEWHERE: 5}}, [kill()], []),
        (
            {"places": {SOMEWHERE: 20, ELSEWHERE: 5}},
            {"places": {SOMEWHERE: 20, ELSEWHERE: 9}},
            [kill(system=ELSEWHERE)],
            [],
        ),
        # The end needs no kill.
        ({}, {"state": BattleState.ENDED}, [], [OVER]),
        ({"state": BattleState.ENDED}, {"state": BattleState.ENDED}, [], []),
        ({}, {}, [kill()], []),
    ],
)
def test_what_is_a_milestone(before, after, kills, expected):
    found = told([battle(**before)], battle(**{**before, **after}), kills)
    assert [milestone.kind for milestone in found] == expected


def told(known: Sequence[Battle], now: Battle, kills: Sequence[Killmail]) -> list[Milestone]:
    messages = [message(one) for one in known]
    return turns(messages, now, kills, now=MIDNIGHT + timedelta(minutes=35))


turns = partial(reached, hull_class=universe().hull_class, is_landmark=is_landmark(universe()))


def test_what_a_milestone_says():
    [capital] = told([battle()], battle(capitals=2), [kill(hull=ARCHON), kill(hull=AVATAR)])
    assert (capital.what, capital.type_id) == ("capitals", AVATAR), "the greatest"
    [came] = told([battle()], battle(pilots=FRAY), [kill("B1")])
    assert (came.organisation, came.count) == (party("B1"), 40)
    [fell] = told([battle()], battle(), [kill("b", ASTRAHUS, isk=1e9, system=ELSEWHERE)])
    assert (fell.what, fell.organisation, fell.type_id, fell.system_id) == (
        "structure:100", party("b"), ASTRAHUS, ELSEWHERE,
    )  # fmt: skip
    places = {SOMEWHERE: 20, ELSEWHERE: 9}
    [moved] = told([battle()], battle(places=places), [kill(system=ELSEWHERE)])
    assert (moved.what, moved.system_id) == (f"moved:{ELSEWHERE}", ELSEWHERE)
    [doubled] = told([battle()], battle(41), [kill()])
    assert (doubled.what, doubled.count) == ("doubled:41", 41)


def test_what_a_battle_that_was_taken_in_had_told_is_not_new():
    own = battle(12)
    other = battle(30, pilots=FRAY, places={ELSEWHERE: 30}, capitals=3)
    both = battle(42, pilots=FRAY, places={SOMEWHERE: 12, ELSEWHERE: 30}, capitals=3)
    kills = [kill("B1", ARCHON, system=ELSEWHERE)]
    assert told([own, other], both, kills) == []
    kinds = {milestone.kind for milestone in told([own], both, kills)}
    assert kinds == {CAPITALS, ARRIVED, MOVED, DOUBLED}


@pytest.mark.parametrize(
    ("minutes", "kills", "said"), [(5, 40, True), (4.9, 90, False), (5, 39, False)]
)
def test_a_doubling_counts_from_what_was_told_and_not_so_soon_again(minutes, kills, said):
    known = message(battle(38), KillCount(kills=20, at=MIDNIGHT))
    now = MIDNIGHT + timedelta(minutes=minutes)
    found = turns([known], battle(kills), [kill()], now=now)
    assert [milestone.what for milestone in found] == [f"doubled:{kills}"] * said


def test_two_fights_that_become_one_are_no_doubling():
    """The channel was told of the kills of both."""
    both = [message(battle(known), KillCount(kills=30, at=MIDNIGHT)) for known in (38, 30)]
    now = MIDNIGHT + timedelta(minutes=35)
    assert turns(both, battle(119), [kill()], now=now) == []
    [doubled] = turns(both, battle(120), [kill()], now=now)
    assert doubled.count == 120
    assert counted(both) == KillCount(kills=60, at=MIDNIGHT)


@pytest.fixture
def small(small_newsroom: Newsroom) -> Newsroom:
    """A newsroom in which hulls are what they are."""
    small_newsroom.atlas = WIDE
    small_newsroom.restart()
    return small_newsroom


async def follow(newsroom: Newsroom, updates: Updates = Updates.REPLIES, **fields: object) -> None:
    """An alert on battles that wants to hear how they go on."""
    await newsroom.alerts.add(
        request(AlertKind.BATTLES, **{"min_kills": 3, "updates": updates, **fields})
    )


def fight(kills: int = 54, *, first: int = 1, who: str = "AB", start: float = 0) -> list[Killmail]:
    """Three kills a minute; after ten minutes twelve of a third party shoot, later an Archon and an Astrahus die."""
    a, b = who
    mails = [
        mail(first + n, start + n / 3, f"{a}{n % 40 + 1}", f"{b}1", f"{b}2", isk=1e6)
        for n in range(kills)
    ]
    for n, mail_ in enumerate(mails):
        if n == 31:
            crew = [f"{chr(ord(b) + 1)}{pilot}" for pilot in range(1, 13)]
            mails[n] = mail(mail_.id, start + n / 3, f"{a}1", f"{b}1", f"{b}2", *crew, isk=1e6)
        elif n == 39:
            mails[n] = replace(mail_, victim=replace(mail_.victim, ship_type_id=ARCHON))
        elif n == 45:
            mails[n] = mail(mail_.id, start + n / 3, a.lower(), f"{b}1", hull=ASTRAHUS)
    return mails


def skirmish(*, first: int = 1, who: str = "AB", start: float = 0) -> list[Killmail]:
    """Four kills, and then an Astrahus: the least that has a milestone."""
    a, b = who
    fallen = mail(first + 4, start + 4, a.lower(), f"{b}1", f"{b}2", hull=ASTRAHUS)
    return [*fight(4, first=first, who=who, start=start), fallen]


def by_batch(mails: Sequence[Killmail]) -> list[list[Killmail]]:
    return [list(found) for _, found in groupby(mails, key=lambda known: known.time.minute // 3)]


async def live(newsroom: Newsroom, mails: Sequence[Killmail]) -> None:
    """Those of three minutes come in together, half a minute after the last happened; then what is due is sent."""
    for batch in by_batch(mails):
        newsroom.clock.now = max(newsroom.clock(), batch[-1].time + timedelta(seconds=30))
        await newsroom.take(*(arrival(known, newsroom.clock()) for known in batch))
        await newsroom.drain()


async def come_to_an_end(newsroom: Newsroom) -> None:
    newsroom.clock.advance(minutes=31)
    await newsroom.battles.end_quiet(newsroom.pipeline.tell)
    await newsroom.drain()


def milestones(newsroom: Newsroom, place=HERE) -> list[BattleMilestoneMessage]:
    """Those that stand there, as they came."""
    return [m for m in newsroom.channels.read(place) if isinstance(m, BattleMilestoneMessage)]


TURNS = [
    (DOUBLED, 27), (ARRIVED, 12), (CAPITALS, None), (STRUCTURE, None), (DOUBLED, 54),
]  # fmt: skip


class TestTelling:
    async def test_each_turn_once_as_a_reply_though_restarted_and_told_again(
        self, small: Newsroom
    ) -> None:
        """A new process between any two batches, which gets the last one again; now and then killed in the middle."""
        newsroom = small
        await follow(newsroom)
        await newsroom.alerts.add(request(AlertKind.BATTLES, channel_id=THERE.id, min_kills=3))
        for number, batch in enumerate(by_batch(fight())):
            if number % 3 == 2:
                with plug_pulled(newsroom.database, at=12), pytest.raises(Pulled):
                    await live(newsroom, batch)
            await live(newsroom, batch)
            newsroom.restart()
            await live(newsroom, batch)
        await come_to_an_end(newsroom)
        assert [(m.milestone, m.count) for m in milestones(newsroom)] == TURNS
        posts = newsroom.channels.calls_to(HERE, "post")
        own = min(newsroom.channels.standing)
        assert [post.reply_to for post in posts] == [None] + [own] * len(TURNS)
        assert [r.alert_id for r in milestones(newsroom)[0].reasons] == [1]
        assert not any(m.in_thread for m in milestones(newsroom))
        assert milestones(newsroom, THERE) == [], "nobody asked for it there"

    async def test_in_the_thread_where_the_oldest_says_so_and_its_end_there_once(
        self, small: Newsroom
    ) -> None:
        newsroom = small
        await follow(newsroom, Updates.THREAD)
        await follow(newsroom, Updates.REPLIES, min_kills=4)
        await follow(newsroom, Updates.REPLIES, channel_id=THERE.id)
        await follow(newsroom, Updates.THREAD, channel_id=THERE.id, min_kills=4)
        await live(newsroom, fight())
        await come_to_an_end(newsroom)
        newsroom.restart()
        await newsroom.take(late(mail(99, 25, "A1", "B1", "B2"), minutes=40))
        await come_to_an_end(newsroom)
        kinds = [(m.milestone, m.in_thread) for m in milestones(newsroom)]
        assert kinds == [(kind, True) for kind, _ in [*TURNS, (OVER, 0)]]
        assert [(m.milestone, m.in_thread) for m in milestones(newsroom, THERE)] == [
            (kind, False) for kind, _ in TURNS
        ]
        assert [r.alert_id for r in milestones(newsroom)[-1].reasons] == [1, 2]

    async def test_no_thread_is_made_only_to_say_that_it_is_over(self, small: Newsroom) -> None:
        await follow(small, Updates.THREAD)
        await live(small, fight(9))
        await come_to_an_end(small)
        assert [m.battle.state for m in small.channels.read(HERE)] == [BattleState.ENDED]

    async def test_the_end_is_told_though_the_feed_is_behind_by_then(self, small: Newsroom) -> None:
        """The last kills come in 40 minutes late, and nobody looked for what fell quiet in between."""
        await follow(small, Updates.THREAD)
        await live(small, skirmish())
        for number in (98, 99):
            last = late(mail(number, 4, "A1", "B1", "B2"), minutes=40)
            small.clock.now = last.received_at
            published = small.clock() - timedelta(minutes=10)
            await small.take(replace(last, published_at=published), behind=True)
            await small.drain()
        assert [m.milestone for m in milestones(small)] == [STRUCTURE, OVER]

    async def test_a_fight_that_moves_says_where_to(self, small: Newsroom) -> None:
        await follow(small)
        there = [
            mail(100 + n, 4 + n / 3, f"A{n + 1}", "B1", "B2", system=ELSEWHERE) for n in range(9)
        ]
        await live(small, [*fight(9), *there])
        assert [(m.milestone, m.system_id) for m in milestones(small)] == [(MOVED, ELSEWHERE)]
        assert [len(m.battle.places) for m in milestones(small)] == [2]


class TestSilence:
    """What is held back, late or known is not told; nor is it told afterwards."""

    @pytest.mark.parametrize("how", ["quiet", "alert muted", "battle muted", "behind", "unsent"])
    async def test_what_is_held_back_is_not_told_later(self, small: Newsroom, how: str) -> None:
        newsroom = small
        await follow(newsroom)
        mails = fight(53)
        if how == "unsent":
            newsroom.channels.chance = lambda: Fate.UNSENT
            await live(newsroom, mails[:3])
        await live(newsroom, mails[:3])
        [posted] = await newsroom.battles.search(BattleSearch())
        if how == "quiet":
            await be_quiet(newsroom)
        elif how == "alert muted":
            until = newsroom.clock() + timedelta(minutes=16.3)
            await newsroom.alerts.mute(GUILD, 1, until=until, by=OWNER)
        elif how == "battle muted":
            assert await newsroom.report.mute_battle(GUILD, CHANNEL, posted.public_id, by=OWNER)
        for batch in mails[3:30], mails[30:51]:
            newsroom.clock.now = batch[-1].time + timedelta(seconds=30)
            backlog = how == "behind"
            published = newsroom.clock() - timedelta(minutes=10 if backlog else 0)
            came = [
                replace(arrival(known, newsroom.clock()), published_at=published) for known in batch
            ]
            await newsroom.take(*came, behind=backlog)
            await newsroom.drain()
        await be_quiet(newsroom, None)
        newsroom.channels.chance = lambda: Fate.WELL
        if how == "battle muted":
            await newsroom.report.mute_battle(GUILD, CHANNEL, posted.public_id, by=OWNER)
        await live(newsroom, mails[51:])
        newsroom.clock.advance(minutes=2)
        await newsroom.drain()
        battles = [m for m in newsroom.channels.read(HERE) if isinstance(m, BattleMessage)]
        assert battles[-1].battle.kills == 53, "its message goes on"
        assert milestones(newsroom) == []

    async def test_hushed_quiet_hours_hold_calls_alone(self, small: Newsroom) -> None:
        await be_quiet(small, HUSHED)
        await follow(small, role_id=RoleId(51))
        await live(small, skirmish())
        assert [m.milestone for m in milestones(small)] == [STRUCTURE]

    async def test_one_alert_that_may_speak_is_enough(self, small: Newsroom) -> None:
        await follow(small, quiet=NIGHT)
        await follow(small, min_kills=4)
        await live(small, skirmish())
        [told] = milestones(small)
        assert [r.alert_id for r in told.reasons] == [1, 2]

    async def test_late_mails_revisions_and_backfills_tell_nothing(self, small: Newsroom) -> None:
        newsroom = small
        await follow(newsroom)
        mails = fight()
        first, rest = mails[:20], mails[20:]
        await live(newsroom, first)
        newsroom.clock.advance(minutes=27)
        await live(newsroom, [mail(200, 32, "A1", "B1", "B2")])
        await newsroom.take(*(arrival(m, newsroom.clock()) for m in rest[:-10]))
        known = first[-1]
        manned = replace(known, victim=replace(known.victim, ship_type_id=ARCHON))
        await newsroom.take(revised(newsroom, manned))
        await newsroom.take(*rest[-10:], live=False)
        await newsroom.drain(minutes=2)
        [told] = newsroom.channels.read(HERE)
        assert (told.battle.kills, told.battle.capitals > 0) == (55, True)

    async def test_what_was_said_once_is_not_said_anew_though_it_proved_wrong_meanwhile(
        self, small: Newsroom
    ) -> None:
        newsroom = small
        await follow(newsroom)
        mails = fight(12)
        await live(newsroom, mails[:6])
        capital = mail(50, 2, "A30", "B1", "B2", hull=ARCHON)
        await live(newsroom, [capital])
        [said] = milestones(newsroom)
        newsroom.clock.advance(minutes=1)
        other = replace(capital, victim=replace(capital.victim, ship_type_id=FRIGATE))
        await newsroom.take(revised(newsroom, other))
        await live(newsroom, mails[9:])
        assert newsroom.channels.read(HERE)[0].battle.capitals == 0
        await live(newsroom, [mail(51, 5, "A31", "B1", "B2", hull=AVATAR)])
        assert newsroom.channels.read(HERE)[0].battle.capitals == 1
        assert milestones(newsroom) == [said]

    async def test_the_first_post_speaks_for_what_it_shows(self, small: Newsroom) -> None:
        await follow(small, min_kills=50)
        await live(small, fight())
        assert [type(m) for m in small.channels.read(HERE)] == [BattleMessage]

    async def test_what_could_not_be_sent_while_it_was_news_is_not_sent(
        self, small: Newsroom
    ) -> None:
        newsroom = small
        await follow(newsroom)
        mails = fight(27)
        await live(newsroom, mails[:20])
        newsroom.channels.plan(HERE, *[Fate.UNSENT] * 20)
        await live(newsroom, mails[20:])
        newsroom.channels.script.clear()
        await newsroom.drain(minutes=16)
        assert milestones(newsroom) == []
        assert list((await newsroom.states()).values()) == ["sent", "expired"]


class TestMerging:
    async def both(self, newsroom: Newsroom) -> None:
        """Two fights in one system, each with a capital; then they are one, and another capital dies."""
        one, other = fight(30), fight(50, first=201, who="DE", start=0.1)
        mails = sorted([*one, *other], key=lambda known: known.time)
        await live(
            newsroom, [known for known in mails if known.time < MIDNIGHT + timedelta(minutes=17)]
        )
        before = milestones(newsroom)
        linked = mail(500, 17, "A1", "B1", "B2", "E1", "E2")
        dread = [
            mail(501 + n, 17.2 + n / 10, f"A{n + 1}", "B1", "E1", hull=ARCHON) for n in range(3)
        ]
        await live(newsroom, [linked, *dread])
        assert milestones(newsroom)[: len(before)] == before
        await newsroom.drain(minutes=2)

    async def test_where_both_stood_nothing_is_said_again(self, small: Newsroom) -> None:
        await follow(small)
        await self.both(small)
        assert [m.merged_into is None for m in small.channels.read(HERE)[:2]] == [True, False]
        kinds = [m.milestone for m in milestones(small)]
        assert sorted(kinds) == sorted([ARRIVED, CAPITALS, STRUCTURE, DOUBLED, DOUBLED])

    @pytest.mark.parametrize("over", [False, True])
    async def test_the_thread_of_one_that_is_taken_in_hears_so_and_the_others_its_own_end(
        self, small: Newsroom, over: bool
    ) -> None:
        """`over`: the one taken in had ended before, and its thread had heard that."""
        newsroom = small
        await follow(newsroom, Updates.THREAD)
        one, other = skirmish(), skirmish(first=201, who="DE", start=0.1)
        await live(newsroom, sorted([*one, *other], key=lambda known: known.time))
        first, second = sorted(newsroom.channels.standing)[:2]
        if over:
            newsroom.clock.now = MIDNIGHT + timedelta(minutes=30)
            await newsroom.take(*(mail(300 + n, 14 + n, "A1", "B1", "B2") for n in range(8)))
            newsroom.clock.now = MIDNIGHT + timedelta(minutes=37)
            await newsroom.battles.end_quiet(newsroom.pipeline.tell)
            await newsroom.drain()
        linked = mail(500, 4, "A1", "B1", "B2", "E1", "E2")
        await newsroom.take(arrival(linked, newsroom.clock()))
        await newsroom.drain()
        newsroom.restart()
        await come_to_an_end(newsroom)
        last = [
            (call.reply_to, call.message.merged_into)
            for call in newsroom.channels.calls_to(HERE, "post")
            if isinstance(call.message, BattleMilestoneMessage) and call.message.milestone is OVER
        ]
        [whole] = await newsroom.battles.search(BattleSearch())
        assert last == [(second, None if over else whole.public_id), (first, None)]

    async def test_where_one_goes_on_with_the_others_message_its_replies_go_along(
        self, small: Newsroom
    ) -> None:
        await follow(small, Updates.THREAD, min_kills=31)
        await self.both(small)
        await come_to_an_end(small)
        [posted] = [m for m in small.channels.read(HERE) if isinstance(m, BattleMessage)]
        assert (posted.battle.kills, posted.merged_into) == (84, None)
        assert [m.milestone for m in milestones(small)] == [
            CAPITALS, STRUCTURE, ARRIVED, DOUBLED, OVER,
        ]  # fmt: skip
        assert len({call.reply_to for call in small.channels.calls_to(HERE, "post")[1:]}) == 1

    async def test_what_was_still_to_be_sent_is_sent_once_as_an_answer_to_the_one_that_goes_on(
        self, newsroom: Newsroom
    ) -> None:
        for key in ("battle:1", "battle:2"):
            await newsroom.put(key, message(battle()), HERE)
        await newsroom.drain()
        for key, what in (
            (1, "capitals"), (2, "capitals"), (2, "arrived:5"), (2, "moved:7"), (23, "over"),
        ):  # fmt: skip
            row, to = f"battle:{key}:milestone:{what}", f"battle:{key}"
            await newsroom.put(row, message(battle(key)), HERE, reply_to=to)
        async with newsroom.database.write() as tx:
            moved = outbox.c.dedupe_key == "battle:2:milestone:moved:7"
            await tx.execute(update(outbox).where(moved).values(state="expired"))
            await replies.follow(tx, HERE, "battle:2", "battle:1")
            await replies.lead(tx, HERE, "battle:23", "battle:2")
            asked = [("battle:1", "battle"), ("battle:2", "battle"), ("battle:2", "milestone")]
            said = [await replies.has_any(tx, HERE, to, kind=kind) for to, kind in asked]
        assert said == [True, True, False], "here battles stand for milestones"
        await newsroom.drain()
        assert await newsroom.states() == {
            "battle:1": "sent", "battle:2": "sent", "battle:1:milestone:capitals": "sent",
            "battle:2:milestone:capitals": "expired", "battle:1:milestone:arrived:5": "sent",
            "battle:2:milestone:moved:7": "expired", "battle:23:milestone:over": "sent",
        }  # fmt: skip
        one, two = sorted(newsroom.channels.standing)[:2]
        answered = [call.reply_to for call in newsroom.channels.calls_to(HERE, "post")]
        assert answered == [None, None, one, one, two]
