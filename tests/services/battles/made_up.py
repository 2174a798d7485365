"""A large fight made up for figures and tests: two coalitions, a third party, and some who shoot their own."""

import random
from datetime import timedelta

from services.domain.ids import AllianceId, CharacterId, KillmailId, SystemId
from services.domain.killmail import Attacker, Killmail, Victim
from tests.factories import MIDNIGHT

FIRST_PARTY = 99_000_000
FIRST_PILOT = 90_000_000


def camp_of(party: int) -> int:
    """The coalition of an alliance: 0, 1, or 2 for the third party, a tenth of all."""
    return 2 if party % 10 == 9 else party % 2


def large_fight(
    *, parties: int = 200, pilots: int = 1500, kills: int = 800, strays: float = 0.02, seed: int = 1
) -> list[Killmail]:
    """Every pilot flies for alliance `pilot % parties`. `strays`: attackers who stand on the victim's side."""
    chance = random.Random(seed)
    camps: list[list[int]] = [[], [], []]
    for pilot in range(pilots):
        camps[camp_of(pilot % parties)].append(pilot)
    mails = []
    for number in range(kills):
        shooters = chance.choices((0, 1, 2), (45, 45, 10))[0]
        target = chance.choice([camp for camp in range(3) if camp != shooters])
        crew = chance.sample(camps[shooters], chance.randint(5, 90))
        crew += [pilot for pilot in chance.sample(camps[target], 20) if chance.random() < strays]
        victim = chance.choice([pilot for pilot in camps[target] if pilot not in crew])
        mails.append(_mail(number, victim, crew, parties, chance))
    return mails


def _mail(
    number: int, victim: int, crew: list[int], parties: int, chance: random.Random
) -> Killmail:
    return Killmail(
        id=KillmailId(number + 1),
        hash="",
        time=MIDNIGHT + timedelta(seconds=5 * number),
        system_id=SystemId(30_000_142),
        victim=Victim(**_who(victim, parties)),
        attackers=tuple(
            Attacker(**_who(pilot, parties), damage=chance.randint(0, 5000)) for pilot in crew
        ),
    )


def _who(pilot: int, parties: int) -> dict[str, int]:
    return {
        "character_id": CharacterId(FIRST_PILOT + pilot),
        "alliance_id": AllianceId(FIRST_PARTY + pilot % parties),
        "corporation_id": 98_000_000 + pilot % parties,
    }
