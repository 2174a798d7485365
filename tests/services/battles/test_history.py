"""The fights of one pilot, corporation or alliance."""

from dataclasses import replace

import pytest

from services.battles.history import history_of
from services.battles.summary import summarise
from services.domain.battle import Battle, BattleSearch, BattleState, efficiency
from services.domain.battle_history import Company, FightOutcome
from services.domain.ids import BattleKey
from services.domain.isk import IskSum
from services.domain.killmail import Killmail, Organisation, OrganisationKind
from tests.factories import GUILD, MIDNIGHT, OWNER, mail, party, who
from tests.services.newsroom import ATLAS, Newsroom

A, B, C, D = (party(name) for name in ("A1", "B1", "C1", "D1"))
HOUR = 60


def fight(number: int, *, lost: float | None, destroyed: float | None) -> list[Killmail]:
    """A and B against C in the hour `number`: what A and B lost together, and what C did."""
    first, start = 10 * number, HOUR * number
    return [
        mail(first, start, "C1", "A1", "A2", "B1", isk=destroyed),
        mail(first + 1, start + 1, "C2", "A1", "A2", "B1", isk=destroyed),
        mail(first + 2, start + 2, "A2", "C1", "C2", "C3", isk=lost),
        mail(first + 3, start + 3, "B1", "C1", "C2", "C3", isk=lost),
    ]


FIGHTS = [
    *fight(1, lost=1e6, destroyed=5e6),
    *fight(2, lost=5e6, destroyed=1e6),
    *fight(3, lost=95.0, destroyed=100.0),
    *fight(4, lost=1e6, destroyed=None),
]


async def test_fights_are_won_and_lost_by_what_both_sides_lost(newsroom: Newsroom) -> None:
    await newsroom.take(*FIGHTS, *fight(9, lost=1.0, destroyed=1.0)[2:])
    history = await newsroom.history.history(A.id, since=MIDNIGHT)
    assert [f.outcome for f in history.fights][-4:] == [
        FightOutcome.OPEN,
        FightOutcome.OPEN,
        FightOutcome.LOST,
        FightOutcome.WON,
    ]
    assert [f.battle.sides[f.side].parties[0].organisation for f in history.fights[-4:]] == [A] * 4
    assert (history.read, history.total) == (5, 5)
    assert history.fights[0].outcome is FightOutcome.LOST, "who destroyed nothing has lost"
    assert history.count(FightOutcome.WON) == 1
    assert history.isk_lost == IskSum(isk=2 * (1e6 + 5e6 + 95.0 + 1e6) + 2.0)
    assert history.isk_destroyed == IskSum(isk=2 * (5e6 + 1e6 + 100.0), unpriced=2)


@pytest.fixture
async def room(small_newsroom: Newsroom) -> Newsroom:
    await small_newsroom.take(*FIGHTS)
    return small_newsroom


async def test_pilots_and_corporations_have_the_history_of_whom_they_fought_for(
    room: Newsroom,
) -> None:
    whole = await room.history.history(A.id, since=MIDNIGHT)
    assert whole.allies == (Company(organisation=B, fights=4),)
    assert whole.enemies == (Company(organisation=C, fights=4),)
    for name in ("character_id", "corporation_id"):
        own = await room.history.history(who("A1")[name], since=MIDNIGHT)
        assert own == replace(whole, entity_id=who("A1")[name])
    enemy = await room.history.history(C.id, since=MIDNIGHT)
    assert enemy.enemies == (Company(organisation=A, fights=4), Company(organisation=B, fights=4))
    assert enemy.count(FightOutcome.WON) == 1
    nobody = await room.history.history(D.id, since=MIDNIGHT)
    assert (nobody.fights, nobody.total) == ((), 0)


async def test_the_latest_are_read_and_all_are_counted(room: Newsroom) -> None:
    history = await room.history.history(A.id, since=MIDNIGHT, limit=3)
    assert [f.battle.killmail_ids[0] for f in history.fights] == [40, 30, 20]
    assert (history.read, history.total) == (3, 4)
    later = await room.history.history(A.id, since=FIGHTS[8].time)
    assert (later.read, later.total) == (2, 2)


async def test_sides_are_those_the_server_sees(room: Newsroom) -> None:
    battles = await room.battles.search(BattleSearch())
    await room.sides.move(GUILD, battles[0].public_id, B, C, by=OWNER)
    seen = await room.history.history(A.id, since=MIDNIGHT, guild_id=GUILD)
    assert seen.allies == (Company(organisation=B, fights=3),)
    assert seen.enemies == (Company(organisation=C, fights=4), Company(organisation=B, fights=1))
    assert (await room.history.history(A.id, since=MIDNIGHT)).allies[0].fights == 4


def test_of_equally_frequent_ones_alliances_are_named_first(won: Battle) -> None:
    pilot = Organisation(id=1, kind=OrganisationKind.CHARACTER)
    mine, *others = won.sides
    lone = replace(mine.parties[0], organisation=pilot)
    beside = told(replace(won, sides=(replace(mine, parties=(lone, *mine.parties)), *others)))
    assert [company.organisation for company in beside.allies] == [B, pilot]


def told(battle: Battle, asked: Organisation = A):
    return history_of(asked.id, [battle], {battle.key: asked.id}, since=MIDNIGHT, total=1)


@pytest.fixture
def won() -> Battle:
    return summarise(
        FIGHTS[:4], key=BattleKey(1), public_id="BR-A", state=BattleState.ENDED, atlas=ATLAS
    )


def test_unclear_sides_decide_nothing(won: Battle) -> None:
    assert told(won).count(FightOutcome.WON) == 1
    unclear = told(replace(won, certainty=0.91))
    assert unclear.fights[0].side is not None
    assert unclear.fights[0].outcome is FightOutcome.OPEN
    assert (unclear.allies, unclear.enemies) == ((), ())
    assert unclear.isk_destroyed == unclear.isk_lost == IskSum()


def test_whose_work_the_losses_are_is_asked_as_on_the_card(won: Battle) -> None:
    """Three clear sides lost 1, 2 and 20 billion: neither of the larger two knows what of it is the other's doing."""
    sides = [
        replace(side, pilots=30 - at, isk_lost=IskSum(isk=isk))
        for at, (side, isk) in enumerate(
            zip((*won.sides, won.sides[1]), (1e9, 2e9, 20e9), strict=True)
        )
    ]
    other = tuple(replace(p, organisation=D) for p in sides[2].parties)
    sides[2] = replace(sides[2], parties=other)
    three = replace(won, sides=tuple(sides), isk_destroyed=IskSum(isk=23e9))
    assert efficiency(three, sides[0]) is None
    found = told(three)
    assert found.fights[0].outcome is FightOutcome.OPEN
    assert found.isk_destroyed == found.isk_lost == IskSum()
    assert found.enemies == (Company(organisation=C, fights=1),)
    two = replace(three, isk_destroyed=IskSum(isk=3.3e9))
    assert efficiency(two, sides[0]) == pytest.approx(2 / 3)
    assert efficiency(two, sides[2]) is None
    assert told(two).count(FightOutcome.WON) == 1
    assert told(two).isk_destroyed == IskSum(isk=2e9)


def test_third_parties_and_bystanders_have_no_opponent(won: Battle) -> None:
    ours, theirs = won.sides
    third = replace(ours, parties=tuple(replace(p, third=True) for p in ours.parties))
    idle = replace(theirs, kills=0, losses=0)
    for sides in ((third, theirs), (ours, idle), (ours,)):
        found = told(replace(won, sides=sides))
        assert found.fights[0].outcome is FightOutcome.OPEN
        assert found.enemies == ()
        assert found.allies == (Company(organisation=B, fights=1),)
    stranger = history_of(D.id, [won], {}, since=MIDNIGHT, total=1)
    assert stranger.fights[0].side is None
    assert stranger.fights[0].outcome is FightOutcome.OPEN
