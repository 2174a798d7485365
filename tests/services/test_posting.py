"""Samples on request, and how the bot is."""

from datetime import timedelta

import pytest

from services.domain.alert import AlertKind, CardPart, CardStyle, Reason
from services.domain.errors import NotFound
from services.domain.filter import Condition, FilterField
from services.domain.message import BattleMessage, KillMessage
from services.domain.space import HullClass
from services.filters.data import encode
from services.killmails.service import KillmailService
from services.news_samples import NewsSamples
from services.news_trials import NewsTrials
from services.occurrences.service import OccurrenceService
from services.occurrences.settings import OccurrenceSettings
from services.outbox import store as outbox
from services.posting import Posts
from services.sovereignty.service import SovereigntyService
from services.sovereignty.settings import SovereigntySettings
from services.status import StatusService
from tests.factories import CHANNEL, MIDNIGHT, all_of, mail, request, universe
from tests.services.newsroom import ATLAS, Newsroom, channel


@pytest.fixture
def posts(small_newsroom: Newsroom) -> Posts:
    room = small_newsroom
    killmails = KillmailService(room.database)
    news = NewsSamples(
        NewsTrials(room.database, room.alerts, clock=room.clock),
        OccurrenceService(room.database, OccurrenceSettings(), clock=room.clock),
        SovereigntyService(room.database, SovereigntySettings(), clock=room.clock),
        universe=universe(),
        clock=room.clock,
    )
    return Posts(
        room.database,
        room.battles,
        killmails,
        clock=room.clock,
        ring=room.bell.set,
        news=news,
        home_of=room.alerts.home_of,
        hull_class=ATLAS.hull_class,
    )


async def test_a_sample_is_marked_calls_nobody_and_can_be_asked_for_again(
    small_newsroom: Newsroom, posts: Posts
) -> None:
    room = small_newsroom
    kills = await room.alerts.add(
        request(
            role_id=5,
            channel_id=CHANNEL + 1,
            style=CardStyle.COMPACT,
            hidden=frozenset({CardPart.VALUE, CardPart.PLACE}),
            filter=all_of(Condition(FilterField.SYSTEM, (30_000_001,))),
        )
    )
    battles = await room.alerts.add(request(AlertKind.BATTLES, role_id=5, min_isk=1e12))
    for alert in (kills, battles):
        with pytest.raises(NotFound, match="again in a minute"):
            await posts.sample(alert)
    await room.take(mail(1, 0, "A1", "B1", "B2", isk=5.0), mail(2, 1, "A2", "B1", "B2"), live=False)
    await posts.sample(kills)
    assert room.bell.is_set()
    await posts.sample(battles)
    room.clock.advance(microseconds=1)
    await posts.sample(battles)
    await room.drain()
    [kill] = room.channels.read(channel(CHANNEL + 1))
    assert isinstance(kill, KillMessage)
    assert (kill.kill.id, kill.sample, kill.ping) == (2, True, ())
    assert kills.filter is not None
    assert kill.reasons == (Reason.of(kills, because=encode(kills.filter)),)
    assert (kill.style, kill.hidden) == (CardStyle.COMPACT, (CardPart.PLACE, CardPart.VALUE))
    assert kill.home_id == 30_000_001
    assert [crew.classes for crew in kill.kill.crews] == [((HullClass.FRIGATE, 2),)]
    battle, again = room.channels.read(channel(CHANNEL))
    assert isinstance(battle, BattleMessage)
    assert battle == again
    assert (battle.battle.kills, battle.sample, battle.ping) == (2, True, ())
    await room.take(mail(3, -5, "A3", "B1", "B2"), live=False)
    assert (await room.battles.get(battle.battle.public_id)).kills == 3, "its id has been seen"


async def test_a_sample_that_cannot_be_sent_is_no_news_an_hour_later(
    small_newsroom: Newsroom, posts: Posts
) -> None:
    room = small_newsroom
    alert = await room.alerts.add(request())
    await room.take(mail(1, 0, "A1", "B1"), live=False)
    await posts.sample(alert)
    await room.drain(hours=1, seconds=1)
    assert room.channels.calls == []


async def test_one_look_at_everything(newsroom: Newsroom) -> None:
    room = newsroom
    killmails = KillmailService(room.database)
    status = StatusService(
        room.database,
        killmails,
        clock=room.clock,
        version="1.2.3",
        feed=lambda: None,
        prices_at=lambda: MIDNIGHT,
        limits=room.alert_settings.model_copy(update={"posts_per_channel_hour": 7}),
    )
    await room.alerts.add(request())
    await room.take(mail(1, 0, "A1", "B1", "B2"), mail(2, 1, "A2", "B1", "B2"))
    async with room.database.write() as tx:
        await outbox.block(tx, channel(5), "closed", guild_id=None, now=room.clock())
    room.clock.advance(hours=1)
    seen = await status.look()
    assert (seen.version, seen.feed, seen.prices_at) == ("1.2.3", None, MIDNIGHT)
    assert seen.now - seen.started_at == timedelta(hours=1)
    assert (seen.totals.killmails, seen.totals.last_kill_id, seen.stock.counts.battles) == (2, 2, 1)
    assert (seen.queue.waiting, seen.queue.oldest_due_at, seen.blocked) == (2, MIDNIGHT, 1)
    assert (seen.limits.posts_per_channel_hour, seen.limits.max_per_guild) == (7, 50)
    assert seen.database_bytes > 50_000
