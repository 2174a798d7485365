"""A made-up evening for whole-process tests: two fights and single kills, in documents of the kill feed."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.r2z2 import document

FIRST = 5_000_000
"""The first number of the feed."""
QUIET_FIGHT, LIVE_FIGHT, ELSEWHERE = 30004759, 30002813, 30000142  # 1DQ1-A, Tama, Jita
_HULLS = (587, 11993, 17918, 24690, 638)


def evening(*, seed: int, fight: int = 40, singles: int = 20) -> dict[int, dict[str, Any]]:
    """Feed documents by number. One fight ended an hour ago, one goes on; kills come in no particular order."""
    dice = random.Random(seed)
    now = datetime.now(tz=UTC).replace(microsecond=0)
    mails = [
        *_fight(dice, QUIET_FIGHT, now - timedelta(minutes=75), fight, first_id=1000),
        *_fight(dice, LIVE_FIGHT, now - timedelta(minutes=8), fight, first_id=2000),
        *_singles(dice, now - timedelta(minutes=30), singles, first_id=3000),
    ]
    dice.shuffle(mails)
    return {
        number: document(
            mail,
            number,
            uploaded_at=now,
            zkb={"totalValue": float(dice.randrange(1, 2000)) * 1e6, "labels": ["pvp"]},
        )
        for number, mail in enumerate(mails, FIRST)
    }


def _fight(
    dice: random.Random, system: int, start: datetime, kills: int, *, first_id: int
) -> Iterator[dict[str, Any]]:
    """Two alliances, seven minutes, everybody on the mails of the other's losses."""
    for number in range(kills):
        loser, winner = dice.sample((1, 2), 2)
        crowd = dice.sample(range(1, 13), 6)
        moment = start + timedelta(seconds=number * 420 // kills)
        yield _mail(
            first_id + number, system, moment, (loser, dice.randrange(1, 13)), winner, crowd
        )


def _singles(
    dice: random.Random, start: datetime, kills: int, *, first_id: int
) -> Iterator[dict[str, Any]]:
    """Strangers who die to strangers."""
    for number in range(kills):
        moment = start + timedelta(seconds=dice.randrange(1200))
        yield _mail(first_id + number, ELSEWHERE, moment, (10 + number, 1), 50 + number, [1])


def _mail(
    number: int,
    system: int,
    moment: datetime,
    victim: tuple[int, int],
    winner: int,
    crowd: list[int],
) -> dict[str, Any]:
    loser, pilot = victim
    return {
        "killmail_id": 130_000_000 + number,
        "killmail_hash": f"{number:040x}",
        "killmail_time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "solar_system_id": system,
        "victim": {
            **_who(loser, pilot),
            "damage_taken": 1000,
            "ship_type_id": _HULLS[number % len(_HULLS)],
            "items": [
                {"flag": 5, "item_type_id": 34, "quantity_destroyed": 3, "singleton": 0},
                {"flag": 5, "item_type_id": 35, "quantity_dropped": 2, "singleton": 0},
            ],
        },
        "attackers": [
            {
                **_who(winner, member),
                "damage_done": 1000 // len(crowd),
                "final_blow": place == 0,
                "security_status": 0.0,
                "ship_type_id": 587,
                "weapon_type_id": 2889,
            }
            for place, member in enumerate(crowd)
        ],
    }


def _who(alliance: int, pilot: int) -> dict[str, int]:
    return {
        "character_id": 2_100_000_000 + alliance * 1000 + pilot,
        "corporation_id": 98_100_000 + alliance,
        "alliance_id": 99_100_000 + alliance,
    }
