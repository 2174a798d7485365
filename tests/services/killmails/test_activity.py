"""How busy systems were: kills, and every pilot on either side once."""

from datetime import timedelta

from services.domain.warfare import Activity
from tests.factories import MIDNIGHT, arrival, mail
from tests.services.killmails.stored_kills import store

HERE, THERE, ELSEWHERE = 30_000_001, 30_000_002, 30_000_003
HOUR = MIDNIGHT + timedelta(hours=1)


async def test_kills_and_pilots_of_a_window(database):
    mails = [
        mail(1, 0, "A1", "B1", "B2"),
        mail(2, 10, "B1", "A1", "A2", "npc"),  # the same pilots the other way round
        mail(3, 59, "a", "npc"),  # an empty hull killed by nobody with a name
        mail(4, 60, "A5", "B5"),  # the end is not within
        mail(5, -1, "A6", "B6"),
        mail(6, 30, "A1", "B1", system=THERE),
        mail(7, 30, "A1", "B1", system=ELSEWHERE),
    ]
    service = await store(database, [arrival(one) for one in mails])
    found = await service.activity({HERE, THERE, 30_009_999}, MIDNIGHT, HOUR)
    assert found == {HERE: Activity(kills=3, pilots=4), THERE: Activity(kills=1, pilots=2)}
    assert await service.activity((), MIDNIGHT, HOUR) == {}
