"""The copy of the active alerts: what is renewed, and only that."""

from collections.abc import Sequence
from contextlib import suppress
from random import Random

import pytest

from services.alerts import store
from services.alerts.index import AlertIndex
from services.domain.alert import Alert, AlertKind, Match
from services.domain.errors import UserError
from services.domain.filter import Condition, FilterField, FilterGroup, GroupKind, Op, Side
from services.domain.ids import ChannelId, CharacterId, GuildId, UserId
from services.domain.killmail import Killmail, OrganisationKind
from services.domain.standing import Stance, Standing
from services.storage.database import Transaction
from tests.factories import CHANNEL, DERELIK, GUILD, OWNER, all_of, mail, request, who
from tests.services.alerts.test_rules import battle
from tests.services.newsroom import Newsroom

KILL = mail(1, 0, "A1", "B1", "C1", isk=5.0)
OTHER_GUILD = GuildId(GUILD + 1)
ALLIANCE = OrganisationKind.ALLIANCE
A, B, C = (who(name)["alliance_id"] for name in ("A1", "B1", "C1"))
OUR_LOSSES = all_of(Condition(FilterField.STANDING, ("us",), side=Side.VICTIM))
NEVER_FRIENDS = all_of(
    Condition(FilterField.REGION, (DERELIK,)),
    Condition(FilterField.ISK, (1.0,), Op.AT_LEAST),
    FilterGroup(
        GroupKind.NONE, (Condition(FilterField.STANDING, ("us", "friend"), side=Side.VICTIM),)
    ),
)


async def matches(newsroom: Newsroom, killmail: Killmail = KILL) -> list[Match]:
    async with newsroom.database.read() as tx:
        return await newsroom.alerts.matching_kill(tx, killmail, received_at=newsroom.clock())


async def matching(newsroom: Newsroom) -> list[int]:
    return [match.alert.id for match in await matches(newsroom)]


@pytest.fixture
def filed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What is put into indexes and dropped from them."""
    done: list[tuple[str, int]] = []
    put, drop = AlertIndex.put, AlertIndex.drop

    def putting(self: AlertIndex, alert_id: int, *rest: object) -> None:
        done.append(("put", alert_id))
        put(self, alert_id, *rest)

    def dropping(self: AlertIndex, alert_id: int) -> None:
        if done[-1:] != [("put", alert_id)]:
            done.append(("drop", alert_id))
        drop(self, alert_id)

    monkeypatch.setattr(AlertIndex, "put", putting)
    monkeypatch.setattr(AlertIndex, "drop", dropping)
    return done


async def test_only_what_changed_is_compiled(
    newsroom: Newsroom, filed: list[tuple[str, int]]
) -> None:
    service = newsroom.alerts
    first = await service.add(request())
    second = await service.add(request(min_isk=1.0))
    battles = await service.add(request(AlertKind.BATTLES))
    assert await matching(newsroom) == [first.id, second.id]
    assert filed == [("put", first.id), ("put", second.id)]
    filed.clear()
    third = await service.add(request(min_isk=2.0))
    assert await matching(newsroom) == [first.id, second.id, third.id]
    await service.edit(GUILD, first.id, name="Named")
    assert [match.alert.name for match in await matches(newsroom)] == ["Named", None, None]
    assert filed == [("put", third.id)], "a name is no other filter"
    filed.clear()
    await service.edit(GUILD, first.id, filter=all_of(Condition(FilterField.SYSTEM, (30_000_142,))))
    assert await matching(newsroom) == [second.id, third.id]
    await service.pause(GUILD, second.id, by=OWNER)
    await service.remove(GUILD, battles.id)
    await service.remove(GUILD, third.id)
    assert await matching(newsroom) == []
    gone = {("drop", number) for number in (second.id, battles.id, third.id)}
    assert set(filed) == {("put", first.id)} | gone


async def test_nothing_is_read_again_while_nothing_changes(
    small_newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom, reads = small_newsroom, 0
    load_active = store.load_active

    async def counting(tx: Transaction) -> Sequence[store.AlertRow]:
        nonlocal reads
        reads += 1
        return await load_active(tx)

    monkeypatch.setattr(store, "load_active", counting)
    alert = await newsroom.alerts.add(request())
    for _ in range(3):
        assert await matching(newsroom) == [alert.id]
        newsroom.clock.advance(seconds=2)
    assert reads == 1
    await newsroom.standings.add(GUILD, [(C, ALLIANCE, Standing.FOE)], by=OWNER)
    assert await matching(newsroom) == [alert.id]
    assert reads == 2


async def test_marks_make_a_kill_ours(newsroom: Newsroom) -> None:
    """And only for the server that made them."""
    ours = await newsroom.alerts.add(request(filter=OUR_LOSSES))
    theirs = await newsroom.alerts.add(request(filter=OUR_LOSSES, guild_id=OTHER_GUILD))
    hunt = await newsroom.alerts.add(request(filter=NEVER_FRIENDS))
    assert await matching(newsroom) == [hunt.id]
    await newsroom.standings.add(GUILD, [(A, ALLIANCE, Standing.US)], by=OWNER)
    [match] = await matches(newsroom)
    assert (match.alert.id, match.stance) == (ours.id, Stance.LOSS)
    assert match.because == OUR_LOSSES
    await newsroom.standings.add(OTHER_GUILD, [(A, ALLIANCE, Standing.US)], by=OWNER)
    assert await matching(newsroom) == [ours.id, theirs.id]
    await newsroom.standings.add(
        GUILD, [(A, ALLIANCE, Standing.FOE), (B, ALLIANCE, Standing.US)], by=OWNER
    )
    found = await matches(newsroom)
    assert [(m.alert.id, m.stance) for m in found] == [
        (theirs.id, Stance.LOSS),
        (hunt.id, Stance.KILL),
    ]
    await newsroom.standings.remove(OTHER_GUILD, [A])
    assert await matching(newsroom) == [hunt.id]
    newsroom.restart()
    assert [(m.alert.id, m.stance) for m in await matches(newsroom)] == [(hunt.id, Stance.KILL)]


async def test_marks_made_elsewhere_are_known_within_a_second(newsroom: Newsroom) -> None:
    there = Newsroom(newsroom.database, clock=newsroom.clock)
    ours = await newsroom.alerts.add(request(filter=OUR_LOSSES))
    assert await matching(there) == []
    await newsroom.standings.add(GUILD, [(A, ALLIANCE, Standing.US)], by=OWNER)
    assert await matching(newsroom) == [ours.id], "the process itself at once"
    newsroom.clock.advance(seconds=1)
    assert await matching(there) == [ours.id]
    await newsroom.guilds.forget(GUILD)
    newsroom.clock.advance(seconds=1)
    assert await matching(there) == []
    assert await newsroom.standings.all_of(GUILD) == []


async def test_marks_of_one_server_move_no_other(
    small_newsroom: Newsroom, filed: list[tuple[str, int]]
) -> None:
    newsroom = small_newsroom
    ours = await newsroom.alerts.add(request(filter=OUR_LOSSES))
    await newsroom.alerts.add(request(filter=OUR_LOSSES, guild_id=OTHER_GUILD))
    await matching(newsroom)
    filed.clear()
    await newsroom.standings.add(GUILD, [(C, ALLIANCE, Standing.FOE)], by=OWNER)
    assert await matching(newsroom) == []
    assert filed == [("put", ours.id)]


async def test_a_match_says_what_held_and_what_the_kill_is(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    asked = all_of(
        Condition(FilterField.ALLIANCE, (A, C), side=Side.VICTIM),
        FilterGroup(GroupKind.NONE, (Condition(FilterField.IS, ("npc",)),)),
    )
    alert = await newsroom.alerts.add(request(filter=asked, name="Wake"))
    pilot = CharacterId(who("B1")["character_id"])
    marks = [(pilot, OrganisationKind.CHARACTER, Standing.US), (A, ALLIANCE, Standing.FRIEND)]
    await newsroom.standings.add(GUILD, marks, by=UserId(5))
    [match] = await matches(newsroom)
    because = all_of(Condition(FilterField.ALLIANCE, (A,), side=Side.VICTIM))
    assert match == Match(alert=alert, because=because, stance=Stance.KILL)


async def test_age_and_revision_are_asked_of_the_arrival(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    place = Condition(FilterField.REGION, (10_000_001,))
    fresh = Condition(FilterField.AGE, (600,), Op.AT_MOST)
    young = await newsroom.alerts.add(request(filter=all_of(place, fresh)))
    again = await newsroom.alerts.add(
        request(filter=all_of(place, Condition(FilterField.IS, ("revised",))))
    )
    newsroom.clock.advance(minutes=10)
    assert await matching(newsroom) == [young.id]
    newsroom.clock.advance(seconds=1)
    assert await matching(newsroom) == []
    async with newsroom.database.read() as tx:
        [match] = await newsroom.alerts.matching_kill(
            tx, KILL, received_at=newsroom.clock(), revised=True
        )
    assert match.alert == again


async def test_battles_are_renewed_too(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom

    async def met() -> list[Alert]:
        async with newsroom.database.read() as tx:
            return await newsroom.alerts.matching_battle(tx, battle(2, 0.0))

    assert await met() == []
    alert = await newsroom.alerts.add(request(AlertKind.BATTLES, min_kills=2))
    await newsroom.alerts.add(request(AlertKind.BATTLES, min_kills=9))
    assert await met() == [alert]
    more = await newsroom.alerts.edit(GUILD, alert.id, min_kills=3, channel_id=ChannelId(CHANNEL))
    assert await met() == []
    assert (await newsroom.alerts.edit(GUILD, alert.id, min_kills=1)).id == more.id
    assert [found.id for found in await met()] == [alert.id]
    await newsroom.alerts.remove(GUILD, alert.id)
    assert await met() == []


ASKED = [
    OUR_LOSSES,
    NEVER_FRIENDS,
    all_of(Condition(FilterField.REGION, (10_000_001,))),
    all_of(Condition(FilterField.ALLIANCE, (B, C), side=Side.ATTACKER)),
    all_of(
        Condition(FilterField.REGION, (DERELIK,)),
        Condition(FilterField.ISK, (9.0,), Op.AT_LEAST),
    ),
]


async def test_renewed_in_place_it_is_as_if_begun_anew(small_newsroom: Newsroom) -> None:
    """Whatever is done, in whatever order."""
    newsroom, dice = small_newsroom, Random(4)
    service, seen = newsroom.alerts, set()
    for step in range(80):
        alerts = [*await service.all_of(GUILD), *await service.all_of(OTHER_GUILD)]
        guild_id = dice.choice((GUILD, OTHER_GUILD))
        one = dice.choice(alerts) if alerts else None
        with suppress(UserError):
            match dice.randrange(7), one:
                case 0 | 1, _:
                    wanted = request(
                        guild_id=guild_id, filter=dice.choice(ASKED), role_id=dice.randrange(3)
                    )
                    await service.add(wanted)
                case 2, Alert():
                    await service.edit(one.guild_id, one.id, filter=dice.choice(ASKED))
                case 3, Alert():
                    await service.remove(one.guild_id, one.id)
                case 4, Alert():
                    await service.pause(one.guild_id, one.id, by=OWNER)
                case 5, Alert():
                    await service.resume(one.guild_id, one.id)
                case _:
                    standing = dice.choice((Standing.US, Standing.FRIEND, Standing.FOE))
                    marks = [(dice.choice((A, B)), ALLIANCE, standing)]
                    await newsroom.standings.add(guild_id, marks, by=OWNER)
        found = await matches(newsroom)
        assert found == await matches(Newsroom(newsroom.database, clock=newsroom.clock)), step
        seen |= {(match.because, match.stance) for match in found}
    assert len(seen) >= 8, "many different things happened"
