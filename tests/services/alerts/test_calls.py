"""Calls of alerts, by their kills."""

from datetime import timedelta

from services.alerts import calls
from services.alerts.calls import Call
from services.domain.ids import AlertId, KillmailId
from tests.factories import MIDNIGHT, mail
from tests.services.newsroom import Newsroom
from tests.services.test_publishing import brawl, bridge


def call(alert: int, killmail: int, minutes: float) -> Call:
    at = MIDNIGHT + timedelta(minutes=minutes)
    return Call(alert_id=AlertId(alert), killmail_id=KillmailId(killmail), at=at)


async def test_remembered_since_a_moment(newsroom: Newsroom) -> None:
    made = [call(1, 10, 0), call(1, 12, 5), call(2, 10, 5), call(1, 11, 5)]
    async with newsroom.database.write() as tx:
        await calls.save(tx, made)
        await calls.save(tx, [call(1, 10, 60)])
        await calls.save(tx, [])
    async with newsroom.database.read() as tx:
        found = await calls.load(tx, [AlertId(1)], since=MIDNIGHT)
        assert found == [made[0], made[3], made[1]], "the first call for a kill is the one"
        since = MIDNIGHT + timedelta(minutes=5)
        assert await calls.load(tx, [AlertId(1), AlertId(2)], since=since) == [
            made[2], made[3], made[1],
        ]  # fmt: skip


async def test_which_killmails_are_in_one_battle(newsroom: Newsroom) -> None:
    """As the battles are at that moment."""
    await newsroom.take(*brawl(1, 0), *brawl(11, 0, who="CD"), mail(40, 0, "E1", "F1"))

    async def fellows(number: int) -> set[int]:
        among = [KillmailId(n) for n in (1, 2, 11, 40, 99)]
        async with newsroom.database.read() as tx:
            return set(await newsroom.battles.in_one_battle(tx, KillmailId(number), among))

    assert [await fellows(number) for number in (3, 12, 40, 99)] == [{1, 2}, {11}, set(), set()]
    await newsroom.take(bridge(30, 2))
    assert await fellows(12) == {1, 2, 11}
