"""Alerts from their first day to their last, and what other processes see of them."""

import pytest

from services.alerts import calls, counts, posts
from services.alerts.calls import Call
from services.alerts.settings import AlertSettings
from services.domain.alert import AlertKind, AlertState, Outcome
from services.domain.errors import NotFound, UserError
from services.domain.ids import KillmailId
from tests.factories import CHANNEL, GUILD, OWNER, mail, request
from tests.services.newsroom import Newsroom, dump

KILL = mail(1, 0, "A1", "B1", isk=5.0)


async def matching(newsroom: Newsroom) -> list[int]:
    async with newsroom.database.read() as tx:
        found = await newsroom.alerts.matching_kill(tx, KILL, received_at=newsroom.clock())
    return [match.alert.id for match in found]


async def test_asked_for_listed_paused_resumed_removed(newsroom: Newsroom) -> None:
    service = newsroom.alerts
    assert await service.all_of(GUILD) == []
    assert await matching(newsroom) == []
    first = await service.add(request(min_isk=5.0, role_id=9))
    battles = await service.add(request(AlertKind.BATTLES))
    assert battles.min_kills == AlertSettings().default_min_kills
    by_isk = await service.add(request(AlertKind.BATTLES, min_isk=1e9))
    assert by_isk.min_kills is None
    second = await service.add(request())
    assert (first.state, first.created_at) == (AlertState.ACTIVE, newsroom.clock())
    assert await service.all_of(GUILD) == [first, battles, by_isk, second]
    assert await matching(newsroom) == [first.id, second.id]
    with pytest.raises(UserError, match="already asks"):
        await service.add(request(min_isk=5.0, role_id=9))

    paused = await service.pause(GUILD, first.id, by=OWNER)
    assert (paused.state, paused.reason) == (AlertState.PAUSED, f"paused by <@{OWNER}>")
    with pytest.raises(UserError, match="paused already"):
        await service.pause(GUILD, first.id, by=OWNER)
    assert await matching(newsroom) == [second.id]
    resumed = await service.resume(GUILD, first.id)
    assert (resumed.state, resumed.reason) == (AlertState.ACTIVE, None)
    with pytest.raises(UserError, match="active already"):
        await service.resume(GUILD, first.id)
    assert await service.remove(GUILD, first.id) == first
    assert await matching(newsroom) == [second.id]
    for call in (service.get, service.remove, service.resume):
        with pytest.raises(NotFound, match="/alert list"):
            await call(GUILD, first.id)
    with pytest.raises(NotFound):
        await service.remove(GUILD + 1, second.id)
    third = await service.add(request(min_isk=1.0))
    assert third.id > second.id


async def test_a_removed_alerts_number_is_not_given_again(newsroom: Newsroom) -> None:
    first = await newsroom.alerts.add(request())
    await newsroom.alerts.remove(GUILD, first.id)
    assert (await newsroom.alerts.add(request())).id > first.id


async def test_a_server_may_have_so_many(small_newsroom: Newsroom) -> None:
    for number in range(50):
        await small_newsroom.alerts.add(request(min_isk=float(number)))
    with pytest.raises(UserError, match="50 alerts"):
        await small_newsroom.alerts.add(request())
    await small_newsroom.alerts.add(request(guild_id=GUILD + 1))


async def test_another_process_sees_each_change_within_a_second(newsroom: Newsroom) -> None:
    here = newsroom
    there = Newsroom(newsroom.database, clock=newsroom.clock)
    assert await matching(there) == []
    first = await here.alerts.add(request())
    assert await matching(here) == [first.id], "the process itself at once"
    assert await matching(there) == [], "it asks once a second"
    here.clock.advance(seconds=1)
    assert await matching(there) == [first.id]
    # Two changes that fall into one millisecond.
    here.clock.advance(seconds=1, microseconds=100)
    second = await here.alerts.add(request(min_isk=1.0))
    assert await matching(there) == [first.id, second.id]
    here.clock.advance(microseconds=300)
    await here.alerts.pause(GUILD, first.id, by=OWNER)
    assert await matching(here) == [second.id]
    here.clock.advance(seconds=1)
    assert await matching(there) == [second.id]
    async with here.database.write() as tx:
        assert [a.id for a in await here.alerts.block_channel(tx, CHANNEL, "gone")] == [second.id]
        assert await here.alerts.block_channel(tx, CHANNEL, "gone") == []
    here.clock.advance(seconds=1)
    assert await matching(there) == []
    states = {alert.id: alert.state for alert in await there.alerts.all_of(GUILD)}
    assert states == {first.id: AlertState.PAUSED, second.id: AlertState.BLOCKED}


async def test_a_clock_set_back_does_not_hide_changes(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    there = Newsroom(newsroom.database, clock=newsroom.clock)
    first = await newsroom.alerts.add(request())
    assert await matching(there) == [first.id]
    newsroom.clock.advance(hours=-1)
    await newsroom.alerts.remove(GUILD, first.id)
    assert await matching(there) == []


async def test_servers_left_rest_return_and_are_forgotten(newsroom: Newsroom) -> None:
    guilds, other = newsroom.guilds, GUILD + 1
    await guilds.set_time_zone(GUILD, "europe/berlin")
    kept = await newsroom.alerts.add(request())
    stays = await newsroom.alerts.add(request(guild_id=other, channel_id=CHANNEL + 1))
    await newsroom.take(KILL)
    await newsroom.drain()
    await guilds.on_left(GUILD)
    assert await matching(newsroom) == [stays.id]
    newsroom.clock.advance(days=30)
    assert await guilds.forget_those_gone() == 0
    assert await newsroom.alerts.all_of(GUILD) == [kept]
    await guilds.on_joined(GUILD)
    await guilds.on_joined(other)
    assert await matching(newsroom) == [kept.id, stays.id]
    assert (await guilds.get(GUILD)).time_zone == "Europe/Berlin"

    await guilds.on_left(GUILD)
    newsroom.clock.advance(days=30, seconds=1)
    assert await guilds.forget_those_gone() == 1
    assert await guilds.forget_those_gone() == 0
    await guilds.on_joined(GUILD)
    assert await newsroom.alerts.all_of(GUILD) == []
    assert await matching(newsroom) == [stays.id]
    tables = await dump(newsroom.database)
    assert [row[1] for row in tables["outbox"]] == [other]
    assert [row[0] for row in tables["guilds"]] == []


async def test_forgetting_at_once(newsroom: Newsroom) -> None:
    await newsroom.alerts.add(request())
    await newsroom.guilds.set_notices_channel(GUILD, CHANNEL)
    await newsroom.take(KILL)
    assert await matching(newsroom) != []
    await newsroom.guilds.forget(GUILD)
    assert await matching(newsroom) == []
    tables = await dump(newsroom.database)
    assert (tables["alerts"], tables["outbox"], tables["guilds"]) == ([], [], [])
    assert len(tables["killmails"]) == 1


async def test_nothing_that_was_counted_outlives_its_alert(newsroom: Newsroom) -> None:
    service, clock = newsroom.alerts, newsroom.clock
    removed = await service.add(request(min_isk=1.0))
    forgotten = await service.add(request())
    kept = await service.add(request(guild_id=GUILD + 1, channel_id=CHANNEL + 1))
    everybody = (removed, forgotten, kept)
    async with newsroom.database.write() as tx:
        told = {(alert.id, Outcome.POSTED): 1 for alert in everybody}
        await counts.add(tx, told, now=clock())
        await posts.add(tx, {alert.channel_id: 1 for alert in everybody}, now=clock())
        made = [
            Call(alert_id=alert.id, killmail_id=KillmailId(1), at=clock()) for alert in everybody
        ]
        await calls.save(tx, made)
    await service.remove(GUILD, removed.id)
    tables = await dump(newsroom.database)
    assert [row[0] for row in tables["alert_hours"]] == [forgotten.id, kept.id]
    assert [row[0] for row in tables["alert_calls"]] == [forgotten.id, kept.id]
    async with newsroom.database.write() as tx:
        await service.forget_guild(tx, GUILD)
    tables = await dump(newsroom.database)
    assert [row[0] for row in tables["alert_hours"]] == [kept.id]
    assert [row[0] for row in tables["alert_calls"]] == [kept.id]
    assert [row[0] for row in tables["channel_hours"]] == [kept.channel_id]
