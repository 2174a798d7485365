"""How much a channel gets in an hour, how often it is called, and that nothing is left out of the counters."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from services.alerts import counts
from services.alerts.counts import EVERYBODY
from services.domain.alert import CardPart, CardStyle, Outcome
from services.domain.filter import Condition, FilterField, Op, Reach, Side
from services.domain.ids import RoleId, SystemId, UserId
from services.domain.isk import IskSum
from services.domain.killmail import Arrival, OrganisationKind
from services.domain.message import KillMessage, SummaryCause, SummaryMessage
from services.domain.standing import Stance, Standing
from services.filters.data import decode
from services.storage.tables import outbox
from tests.factories import CHANNEL, GUILD, MIDNIGHT, OWNER, all_of, arrival, mail, request, who
from tests.services.newsroom import Newsroom, channel, late
from tests.services.test_pipeline import Pulled, plug_pulled
from tests.services.test_publishing_quiet import HUSHED, NEVER, NIGHT, be_quiet, now
from tests.services.test_revised_messages import revised, worth

HERE, THERE = channel(CHANNEL), channel(CHANNEL + 1)
FATES = {
    Outcome.POSTED, Outcome.MERGED, Outcome.QUIET_POST, Outcome.MUTED, Outcome.TOO_OLD, Outcome.SUMMED_UP,
    Outcome.CAPPED,
}  # fmt: skip
CALLS = {
    Outcome.CALLED, Outcome.OLD_PING, Outcome.BEHIND_PING, Outcome.QUIET_PING, Outcome.COOLDOWN,
    Outcome.EDIT_PING, Outcome.MUTED_PING,
}  # fmt: skip


def limited(newsroom: Newsroom, limit: int) -> None:
    settings = newsroom.alert_settings.model_copy(update={"posts_per_channel_hour": limit})
    newsroom.alert_settings = settings
    newsroom.restart()


class TestCard:
    async def test_it_looks_as_the_oldest_alert_says_and_tells_why_each_wanted_it(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        near = Condition(FilterField.WITHIN, (Reach(system_id=SystemId(30_000_002), jumps=9),))
        shot = who("B1")["alliance_id"]
        ours = Condition(FilterField.ALLIANCE, (99, shot), side=Side.EITHER)
        oldest = await newsroom.alerts.add(
            request(
                filter=all_of(near, Condition(FilterField.ISK, (5.0,), Op.AT_LEAST)),
                style=CardStyle.WATCH,
                hidden=frozenset({CardPart.VALUE, CardPart.LINKS}),
                role_id=RoleId(51),
                name="near home",
            )
        )
        second = await newsroom.alerts.add(
            request(filter=all_of(ours), user_id=UserId(9), style=CardStyle.LINK)
        )
        await newsroom.standings.add(
            GUILD, [(shot, OrganisationKind.ALLIANCE, Standing.US)], by=OWNER
        )
        newsroom.clock.advance(seconds=2)
        known = now(newsroom, 1, isk=9.0)
        await newsroom.take(known)
        await newsroom.drain()
        [told] = newsroom.channels.read(HERE)
        assert isinstance(told, KillMessage)
        assert (told.style, told.hidden) == (CardStyle.WATCH, (CardPart.LINKS, CardPart.VALUE))
        assert (told.home_id, told.stance) == (30_000_002, Stance.KILL)
        assert (told.ping, told.call) == ((51,), (9,))
        assert told.kill.received_at == known.received_at
        assert [crew.pilots for crew in told.kill.crews] == [1]
        first, other = told.reasons
        assert (first.alert_id, first.name, first.role_id) == (oldest.id, "near home", 51)
        assert first.because is not None
        assert decode(first.because) == oldest.filter
        assert (other.alert_id, other.user_id) == (second.id, 9)
        assert other.because is not None
        assert decode(other.because) == all_of(replace(ours, values=(shot,))), (
            "of two, which it was"
        )


class TestCap:
    async def test_one_message_says_so_and_sums_up_the_rest_of_the_hour(
        self, newsroom: Newsroom
    ) -> None:
        limited(newsroom, 3)
        alert = await newsroom.alerts.add(request(role_id=RoleId(51), cooldown_minutes=0))
        await newsroom.alerts.add(request(channel_id=CHANNEL + 1, min_isk=6.0))
        newsroom.clock.now = MIDNIGHT + timedelta(minutes=50)
        kills = {}
        for number in range(1, 7):
            kills[number] = now(newsroom, number, isk=float(number))
            await newsroom.take(kills[number])
            await newsroom.drain(seconds=5)
            if number == 4:
                newsroom.restart()
        await newsroom.drain(minutes=1)
        *posts, told = newsroom.channels.read(HERE)
        assert [m.kill.id for m in posts] == [1, 2, 3]
        assert isinstance(told, SummaryMessage)
        assert (told.cause, told.limit) == (SummaryCause.CAP, 3)
        assert told.window == (MIDNIGHT, MIDNIGHT + timedelta(hours=1))
        assert (told.kills, told.isk) == (3, IskSum(isk=15.0))
        assert [kill.id for kill in told.top] == [6, 5, 4]
        assert (told.systems, [r.alert_id for r in told.reasons]) == ((), [alert.id])
        assert len(newsroom.channels.calls_to(HERE, "post")) == 4
        assert [m.kill.id for m in newsroom.channels.read(THERE)] == [6], "each channel for itself"
        assert await newsroom.counted(alert.id) == {
            Outcome.MATCHED: 6, Outcome.POSTED: 3, Outcome.CALLED: 3, Outcome.CAPPED: 3,
        }  # fmt: skip

        await newsroom.take(revised(newsroom, worth(kills[3].killmail, 1e9)))
        await newsroom.drain(minutes=2)
        assert newsroom.channels.read(HERE)[2].kill.value.isk == 1e9, "an edit is no post"
        newsroom.clock.now = MIDNIGHT + timedelta(hours=1) - timedelta(milliseconds=1)
        await newsroom.take(now(newsroom, 7))
        newsroom.clock.now = MIDNIGHT + timedelta(hours=1)
        for number in (8, 9, 10, 11):
            await newsroom.take(now(newsroom, number))
        await newsroom.drain()
        told = newsroom.channels.read(HERE)[3:]
        assert [m.kills if isinstance(m, SummaryMessage) else m.kill.id for m in told] == [
            4,
            8,
            9,
            10,
            1,
        ]

    async def test_several_kills_at_once_count_one_by_one(self, small_newsroom: Newsroom) -> None:
        newsroom = small_newsroom
        limited(newsroom, 2)
        await newsroom.alerts.add(request())
        await newsroom.alerts.add(request(min_isk=0.0))
        await newsroom.take(*(now(newsroom, n, isk=1.0) for n in range(1, 6)))
        assert list(await newsroom.states()) == ["kill:1", "kill:2", "cap:2021113000"]

    async def test_posts_are_not_counted_when_they_come_to_nothing(
        self, newsroom: Newsroom
    ) -> None:
        """Killed at any step: the limit, the counters and the calls are those of what was posted."""
        limited(newsroom, 2)
        alert = await newsroom.alerts.add(request(role_id=RoleId(51)))
        await newsroom.alerts.add(request(channel_id=CHANNEL + 1))
        kills = 0
        for number in range(1, 5):
            for at in range(100):
                try:
                    with plug_pulled(newsroom.database, at=at):
                        await newsroom.take(now(newsroom, number))
                    break
                except Pulled:
                    kills += 1
                    if at % 3 == 0:
                        newsroom.restart()
        assert kills > 30
        await newsroom.drain(minutes=2)
        for place in (HERE, THERE):
            *posts, told = newsroom.channels.read(place)
            assert [m.kill.id for m in posts] == [1, 2]
            assert told.kills == 2
        assert await newsroom.counted(alert.id) == {
            Outcome.MATCHED: 4, Outcome.POSTED: 2, Outcome.CAPPED: 2, Outcome.CALLED: 1,
            Outcome.COOLDOWN: 1,
        }  # fmt: skip
        assert await newsroom.counted(EVERYBODY) == {Outcome.SEEN: 4}


class TestCalls:
    async def called(self, newsroom: Newsroom) -> list[tuple[int, tuple[int, ...]]]:
        await newsroom.drain()
        return [(m.kill.id, m.ping) for m in newsroom.channels.read(HERE)]

    async def test_not_so_soon_again_though_restarted_in_between(self, newsroom: Newsroom) -> None:
        alert = await newsroom.alerts.add(request(role_id=RoleId(51), cooldown_minutes=30))
        other = await newsroom.alerts.add(request(role_id=RoleId(52), min_isk=5.0))
        for number, isk in enumerate((1.0, 9.0, 9.0, 9.0), 1):
            await newsroom.take(now(newsroom, number, isk=isk))
            newsroom.clock.advance(minutes=10)
            newsroom.restart()
        assert await self.called(newsroom) == [(1, (51,)), (2, (52,)), (3, (52,)), (4, (51, 52))]
        counted = await newsroom.counted(alert.id)
        assert (counted[Outcome.CALLED], counted[Outcome.COOLDOWN]) == (2, 2)
        assert (await newsroom.counted(other.id))[Outcome.CALLED] == 3

    async def test_once_a_fight_from_its_first_kill_on_and_through_mergers(
        self, newsroom: Newsroom
    ) -> None:
        """The first kill is no battle yet; two fights that are one in the end were one for who was called."""
        await newsroom.alerts.add(request(role_id=RoleId(51), cooldown_minutes=0))
        fight = [mail(n, n, f"A{n}", "B1", "B2") for n in range(1, 4)]
        other = [mail(10 + n, 3 + n, f"C{n}", "D1", "D2") for n in range(1, 3)]
        bridge = mail(30, 6, "C9", "B1", "B2", "D1", "D2")
        after = mail(31, 7, "A8", "D1", "D2")
        alone = mail(40, 8, "E1", "F1")
        for killmail in (*fight, *other, bridge, after, alone):
            newsroom.clock.now = killmail.time + timedelta(seconds=30)
            await newsroom.take(arrival(killmail, newsroom.clock()))
        assert await self.called(newsroom) == [
            (1, (51,)), (2, ()), (3, ()), (11, (51,)), (12, ()), (30, ()), (31, ()), (40, (51,)),
        ]  # fmt: skip

    async def test_in_one_batch_as_one_by_one(self, small_newsroom: Newsroom) -> None:
        await small_newsroom.alerts.add(request(role_id=RoleId(51), cooldown_minutes=0))
        fight = [mail(n, n, f"A{n}", "B1", "B2") for n in range(1, 4)]
        small_newsroom.clock.advance(minutes=5)
        await small_newsroom.take(*fight, mail(9, 4, "E1", "F1"))
        assert await self.called(small_newsroom) == [(1, (51,)), (2, ()), (3, ()), (9, (51,))]

    async def test_nobody_while_catching_up(self, small_newsroom: Newsroom) -> None:
        newsroom = small_newsroom
        alert = await newsroom.alerts.add(request(role_id=RoleId(51)))
        newsroom.clock.advance(hours=1)
        behind = replace(now(newsroom, 1), published_at=newsroom.clock() - timedelta(minutes=20))
        await newsroom.take(behind, behind=True)
        await newsroom.take(now(newsroom, 2), behind=True)
        await newsroom.take(now(newsroom, 3))
        await newsroom.drain()
        told = [m for m in newsroom.channels.read(HERE) if isinstance(m, KillMessage)]
        assert [(m.kill.id, m.ping) for m in told] == [(2, ()), (3, (51,))]
        assert await newsroom.counted(alert.id) == {
            Outcome.MATCHED: 3, Outcome.SUMMED_UP: 1, Outcome.POSTED: 2, Outcome.BEHIND_PING: 1,
            Outcome.CALLED: 1,
        }  # fmt: skip

    async def test_a_message_that_waits_calls_as_long_as_its_alerts_allow(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await newsroom.alerts.add(request(role_id=RoleId(51), ping_minutes=5))
        await newsroom.alerts.add(request(role_id=RoleId(52), min_isk=0.0, ping_minutes=60))
        await newsroom.take(now(newsroom, 1, isk=1.0))
        newsroom.clock.advance(minutes=6)
        await newsroom.take(late(mail(2, 0, "A2", "B2", isk=1.0), minutes=6))
        await newsroom.drain()
        pings = {m.kill.id: (m.ping, m.ping_until) for m in newsroom.channels.read(HERE)}
        assert pings[1] == ((51, 52), MIDNIGHT + timedelta(minutes=60)), "none ends another's call"
        assert pings[2][0] == (), "one is over, the other has called"

    async def test_an_edit_calls_nobody_and_says_so(self, small_newsroom: Newsroom) -> None:
        newsroom = small_newsroom
        first = await newsroom.alerts.add(request())
        dear = await newsroom.alerts.add(request(min_isk=1e9, role_id=RoleId(51)))
        known = now(newsroom, 1, isk=1.0)
        await newsroom.take(known)
        await newsroom.drain()
        newsroom.clock.advance(minutes=1)
        await newsroom.take(revised(newsroom, worth(known.killmail, 2e9)))
        await newsroom.drain(minutes=1)
        [told] = newsroom.channels.read(HERE)
        assert (told.ping, [r.alert_id for r in told.reasons]) == ((), [first.id, dear.id])
        assert told.kill.received_at == known.received_at, "when it came, not when it was mended"
        assert await newsroom.counted(dear.id) == {
            Outcome.MATCHED: 1, Outcome.MERGED: 1, Outcome.EDIT_PING: 1,
        }  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
async def test_every_match_has_one_outcome_and_every_call_another(
    small_newsroom: Newsroom, seed: int
) -> None:
    """Whatever comes, and however often the process dies."""
    newsroom, dice = small_newsroom, random.Random(seed)
    limited(newsroom, 5)
    for number in range(12):
        target = {"role_id": RoleId(50 + number)} if number % 3 else {}
        await newsroom.alerts.add(
            request(
                channel_id=CHANNEL + number % 3,
                min_isk=float(number),
                quiet=None if number % 3 == 2 else dice.choice([None, NEVER, HUSHED]),
                **target,
            )
        )
    await newsroom.alerts.mute(GUILD, 4, until=MIDNIGHT + timedelta(hours=6), by=OWNER)
    await be_quiet(newsroom, replace(NIGHT, start=180, end=420))
    seen = 0
    for step in range(60):
        newsroom.clock.advance(minutes=dice.choice([1, 3, 30]))
        arrivals = [some_kill(newsroom, dice, step * 10 + n) for n in range(dice.choice([1, 1, 4]))]
        with plug_pulled(newsroom.database, at=dice.choice([3, 10, 1000])):
            try:
                await newsroom.take(*arrivals, behind=dice.random() < 0.2)
                seen += len(arrivals)
            except Pulled:
                newsroom.restart()
                continue
        if dice.random() < 0.3:
            again = replace(worth(arrivals[0].killmail, 20.0))
            await newsroom.take(revised(newsroom, again, lag=dice.choice([1, 900])))
    assert await newsroom.counted(EVERYBODY) == {Outcome.SEEN: seen}
    async with newsroom.database.read() as tx:
        since = newsroom.clock() - timedelta(days=7)
        found = await counts.load(tx, range(1, 13), since=since)
    total: Counter[Outcome] = sum(found.values(), Counter())
    for number, counted in found.items():
        assert sum(counted[fate] for fate in FATES) == counted[Outcome.MATCHED] > 0
        posts = counted[Outcome.POSTED] + counted[Outcome.MERGED]
        calls = sum(counted[call] for call in CALLS)
        assert calls == (posts if (number - 1) % 3 else 0)
    assert total.keys() >= FATES, "all of it came about"
    async with newsroom.database.read() as tx:
        query = select(func.count()).select_from(outbox).where(outbox.c.kind == "kill")
        assert total[Outcome.POSTED] == await tx.scalar(query)


def some_kill(newsroom: Newsroom, dice: random.Random, number: int) -> Arrival:
    known = now(newsroom, number + 1, isk=float(dice.randrange(14)))
    age, lag = dice.choice([(0, 1), (0, 1), (20, 1), (240, 1), (30, 900)])
    return Arrival(
        killmail=replace(known.killmail, time=known.killmail.time - timedelta(minutes=age)),
        received_at=known.received_at,
        published_at=known.received_at - timedelta(seconds=lag),
    )
