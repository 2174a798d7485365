"""What comes again, grows together, or was deleted: told once, counted once."""

from datetime import timedelta

from services.domain.alert import AlertKind, CardStyle, Outcome
from services.domain.filter import Condition, FilterField, Reach, Trait
from services.domain.ids import RoleId, SystemId
from services.domain.isk import IskSum
from services.domain.message import (
    BattleCallMessage,
    BattleMessage,
    Counted,
    KillSummary,
    SummaryMessage,
)
from services.outbox.sender import Refused
from services.publishing.spots import Desk, Spot
from services.publishing.summaries import COUNTED, Sheet, Summaries
from tests.factories import CHANNEL, DERELIK, GUILD, MIDNIGHT, OWNER, all_of, arrival, mail, request
from tests.services.newsroom import SPACING, Newsroom, channel
from tests.services.test_publishing import battle_alert, brawl, bridge
from tests.services.test_publishing_limits import limited
from tests.services.test_publishing_quiet import SEVEN, be_quiet, now
from tests.services.test_revised_messages import KILL, revised, worth

HERE = channel(CHANNEL)
DEAR = {"region_id": DERELIK, "min_isk": 5.0}
REWRITTEN = all_of(
    Condition(FilterField.REGION, (DERELIK,)), Condition(FilterField.IS, (Trait.REVISED,))
)
GONE = Refused(status=404, code=10008, text="Unknown Message")


class TestSummaries:
    async def test_a_kill_that_a_second_alert_wants_later_is_counted_once_and_revalued(
        self, newsroom: Newsroom
    ) -> None:
        await be_quiet(newsroom)
        await newsroom.alerts.add(request())
        dear = await newsroom.alerts.add(request(**DEAR))
        kills = [now(newsroom, 1, isk=2.0), now(newsroom, 2), now(newsroom, 3, isk=4.0)]
        await newsroom.take(*kills)
        newsroom.restart()
        await newsroom.take(revised(newsroom, worth(kills[0].killmail, 9.0)))
        await newsroom.take(revised(newsroom, worth(kills[1].killmail, 6.0)))
        newsroom.clock.now = SEVEN
        await newsroom.drain()
        [told] = newsroom.channels.read(HERE)
        assert isinstance(told, SummaryMessage)
        assert (told.kills, told.isk) == (3, IskSum(isk=19.0))
        assert [kill.id for kill in told.top] == [1, 2, 3]
        assert [count for _, count in told.systems] == [3]
        assert told.counted == (Counted(3, 4.0), Counted(1, 9.0), Counted(2, 6.0))
        assert await newsroom.counted(dear.id) == {Outcome.MATCHED: 2, Outcome.QUIET_POST: 2}

    async def test_who_wants_what_is_revised_is_told_once(self, small_newsroom: Newsroom) -> None:
        newsroom = small_newsroom
        limited(newsroom, 1)
        alert = await newsroom.alerts.add(request(filter=REWRITTEN))
        first, second = now(newsroom, 1, isk=1.0), now(newsroom, 2, isk=1.0)
        await newsroom.take(first, second)
        for isk in (2.0, 3.0, 4.0):
            for known in (first, second):
                await newsroom.take(revised(newsroom, worth(known.killmail, isk)))
        await newsroom.drain()
        kill, told = newsroom.channels.read(HERE)
        assert (kill.kill.id, told.kills, told.isk.isk) == (1, 1, 4.0)
        assert newsroom.publisher.matches == {AlertKind.KILLS: 2}
        assert await newsroom.counted(alert.id) == {
            Outcome.MATCHED: 2, Outcome.POSTED: 1, Outcome.CAPPED: 1,
        }  # fmt: skip

    async def test_of_many_the_latest_are_known_again(self, small_newsroom: Newsroom) -> None:
        spot = Spot(HERE, GUILD)
        sheet = Sheet.of_cap(MIDNIGHT, 60)
        summaries = Summaries(Desk(edit_spacing=SPACING), now=MIDNIGHT)
        kills = [KillSummary.of(mail(n, 0, "A1", "B1", isk=1.0)) for n in range(1, COUNTED + 3)]
        async with small_newsroom.database.write() as tx:
            for kill in (*kills, kills[-1]):
                await summaries.add_kill(tx, spot, sheet, kill, alerts=())
            assert await summaries.holds(tx, spot, sheet, kills[2])
            assert not await summaries.holds(tx, spot, sheet, kills[1])
            await summaries.write(tx)
        await small_newsroom.drain()
        [told] = small_newsroom.channels.read(HERE)
        assert (told.kills, len(told.counted)) == (COUNTED + 2, COUNTED)

    async def test_battles_that_become_one_are_one_line(self, newsroom: Newsroom) -> None:
        await be_quiet(newsroom)
        await battle_alert(newsroom)
        newsroom.clock.advance(minutes=10)
        await newsroom.take(*brawl(1, 0), *brawl(11, 3, who="CD"))
        await newsroom.take(bridge(21, 7))
        newsroom.clock.now = SEVEN
        await newsroom.drain()
        [told] = newsroom.channels.read(HERE)
        assert [line.kills for line in told.battles] == [7]
        assert await newsroom.counted(1) == {Outcome.MATCHED: 2, Outcome.QUIET_POST: 2}

    async def test_deleted_by_hand_it_goes_on_in_another(self, newsroom: Newsroom) -> None:
        limited(newsroom, 1)
        await newsroom.alerts.add(request())
        await newsroom.take(now(newsroom, 1, isk=1.0), now(newsroom, 2, isk=1.0))
        await newsroom.drain(seconds=5)
        for number in range(3, 7):
            if number % 2:
                newsroom.channels.plan(HERE, GONE)
            await newsroom.take(now(newsroom, number, isk=1.0))
            await newsroom.drain(minutes=2)
        newsroom.restart()
        await newsroom.take(now(newsroom, 7, isk=1.0))
        await newsroom.drain(minutes=2)
        assert await newsroom.states() == {
            "kill:1": "sent", "cap:2021113000": "deleted", "cap:2021113000/2": "deleted",
            "cap:2021113000/3": "sent",
        }  # fmt: skip
        last = newsroom.channels.read(HERE)[-1]
        assert (last.kills, last.isk.isk) == (6, 6.0), "all that was not posted"


class TestKills:
    async def test_what_was_deleted_is_not_counted_as_posted(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await newsroom.alerts.add(request())
        dear = await newsroom.alerts.add(request(**DEAR, role_id=RoleId(51)))
        known = now(newsroom, 1, isk=1.0)
        await newsroom.take(known)
        await newsroom.drain()
        newsroom.channels.plan(HERE, GONE)
        await newsroom.take(revised(newsroom, worth(known.killmail, 2.0)))
        await newsroom.drain(minutes=2)
        assert await newsroom.states() == {"kill:1": "deleted"}
        await newsroom.take(revised(newsroom, worth(known.killmail, 9.0)))
        assert await newsroom.counted(dear.id) == {}

    async def test_an_alert_that_comes_in_before_the_post_may_call_as_long_as_it_says(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        await newsroom.alerts.add(request(role_id=RoleId(51), ping_minutes=5))
        await newsroom.alerts.add(
            request(**DEAR, role_id=RoleId(52), ping_minutes=60, style=CardStyle.WATCH)
        )
        known = now(newsroom, 1, isk=1.0)
        await newsroom.take(known)
        await newsroom.take(revised(newsroom, worth(known.killmail, 9.0)))
        await newsroom.drain()
        [told] = newsroom.channels.read(HERE)
        assert (told.ping, told.ping_until) == ((51, 52), MIDNIGHT + timedelta(minutes=60))
        assert told.style is CardStyle.WATCH

    async def test_one_post_has_the_buttons_and_the_distance_that_any_alert_wants(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        near = Condition(FilterField.WITHIN, (Reach(system_id=SystemId(30_000_002), jumps=9),))
        await newsroom.alerts.add(request(style=CardStyle.COMPACT))
        await newsroom.alerts.add(request(filter=all_of(near), style=CardStyle.WATCH))
        await newsroom.take(now(newsroom, 1))
        await newsroom.drain()
        [told] = newsroom.channels.read(HERE)
        assert (told.style, told.home_id) == (CardStyle.WATCH, 30_000_002)

    async def test_what_is_wanted_too_late_is_counted(self, small_newsroom: Newsroom) -> None:
        newsroom = small_newsroom
        await newsroom.alerts.add(request())
        here = await newsroom.alerts.add(request(**DEAR))
        there = await newsroom.alerts.add(request(**DEAR, channel_id=CHANNEL + 1))
        await newsroom.take(worth(KILL, 1.0))
        await newsroom.drain()
        newsroom.clock.advance(hours=4)
        await newsroom.take(revised(newsroom, worth(KILL, 9.0)))
        for alert in (here, there):
            counted = await newsroom.counted(alert.id)
            assert counted == {Outcome.MATCHED: 1, Outcome.TOO_OLD: 1}
        assert list(await newsroom.states()) == ["kill:1"]


class TestBattles:
    async def test_an_alert_does_not_call_again_so_soon_for_another_battle(
        self, newsroom: Newsroom
    ) -> None:
        await battle_alert(newsroom, role_id=RoleId(51), cooldown_minutes=30)
        newsroom.clock.advance(minutes=4)
        await newsroom.take(*brawl(1, 0))
        await newsroom.drain(minutes=4)
        newsroom.restart()
        for killmail in brawl(11, 5, who="CD"):
            await newsroom.take(arrival(killmail, newsroom.clock()))
            await newsroom.drain()
        first, second = newsroom.channels.read(HERE)
        assert (first.ping, second.ping) == ((51,), ())
        assert await newsroom.counted(1) == {
            Outcome.MATCHED: 2, Outcome.POSTED: 2, Outcome.CALLED: 1, Outcome.COOLDOWN: 1,
        }  # fmt: skip
        for number, minutes in ((18, 20), (19, 34)):
            newsroom.clock.now = MIDNIGHT + timedelta(minutes=minutes, seconds=30)
            after = mail(number, minutes, f"C{number}", "D1", "D2")
            await newsroom.take(arrival(after, newsroom.clock()))
            await newsroom.drain()
        told = newsroom.channels.read(HERE)
        assert [type(m) for m in told] == [BattleMessage, BattleMessage, BattleCallMessage]
        assert (await newsroom.counted(1))[Outcome.CALLED] == 2, "half an hour later it may"

    async def test_muted_a_battle_counts_once_however_it_grows(
        self, small_newsroom: Newsroom
    ) -> None:
        newsroom = small_newsroom
        alert = await newsroom.alerts.add(request(AlertKind.BATTLES, min_kills=3))
        until = newsroom.clock() + timedelta(hours=1)
        await newsroom.alerts.mute(GUILD, alert.id, until=until, by=OWNER)
        for killmail in brawl(1, 0, kills=6):
            await newsroom.take(killmail)
        assert await newsroom.counted(alert.id) == {Outcome.MATCHED: 1, Outcome.MUTED: 1}
