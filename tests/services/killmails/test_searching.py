"""What is found by filter among the stored killmails: the same as the alert would have found, on both databases."""

from dataclasses import replace
from datetime import timedelta
from itertools import count
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.domain.errors import UserError
from services.domain.filter import (
    Condition,
    Filter,
    FilterGroup,
    FilterNode,
    GroupKind,
    Op,
    Side,
    Trait,
)
from services.domain.killmail import Arrival, Item, Killmail
from services.killmails.narrowing import asks_for_labels
from services.killmails.retention import Retention
from services.killmails.service import KillmailService
from services.killmails.settings import KillmailSettings
from services.killmails.store import save_new
from services.storage.database import Database
from tests.factories import MIDNIGHT, HandClock, arrival, mail, universe
from tests.services.killmails.filter_dice import FilterDice
from tests.services.killmails.stored_kills import (
    ALPHA,
    AMAMAKE,
    JITA,
    LATER,
    F,
    attacked_by,
    every,
    ids,
    naive,
    store,
    window,
)

ITEM, OTHER_ITEM = 3000, 5000


@given(seed=st.integers(0, 2**32))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_a_search_finds_what_the_alert_would(
    stored: KillmailService, recorded: list[Arrival], seed: int
) -> None:
    dice = FilterDice(Random(seed), [each.killmail for each in recorded], universe())
    wanted, standings = dice.filter(), dice.standings()
    since, until = window(recorded)
    found = await stored.search(wanted, since=since, until=until, standings=standings, limit=1000)
    expected = naive(wanted, recorded, standings)
    assert ids(found.kills) == ids(expected), wanted
    assert found.total == len(expected)
    assert not found.more
    assert not found.unknown or asks_for_labels(wanted.root)


async def test_every_field_finds_what_the_alert_would(
    stored: KillmailService, recorded: list[Arrival]
) -> None:
    """Also turned around: what it leaves out must be what the alert leaves out."""
    since, until = window(recorded)
    for field in F:
        dice = FilterDice(Random(field.value), [each.killmail for each in recorded], universe())
        condition, standings = dice.condition(field), dice.standings()
        hits = 0
        for wanted in (every(condition), every(FilterGroup(GroupKind.NONE, (condition,)))):
            found = await stored.search(
                wanted, since=since, until=until, standings=standings, limit=1000
            )
            assert ids(found.kills) == ids(naive(wanted, recorded, standings)), wanted
            hits += len(found.kills)
        assert hits == len(recorded), "a condition or its opposite holds for each mail"


def with_items(number: int, *stacks: tuple[int, int]) -> Killmail:
    """A mail whose victim had stacks (type, quantity) in its hold."""
    whole = mail(number, number, "B1", "A1")
    items = tuple(Item(type_id=kind, flag=5, destroyed=many) for kind, many in stacks)  # type: ignore[arg-type]
    return replace(whole, victim=replace(whole.victim, items=items))


async def test_a_quantity_is_no_type(database: Database) -> None:
    """Items lie packed, where 3,000 pieces look like type 3000."""
    mails = [
        with_items(1, (ITEM, 1)),
        with_items(2, (OTHER_ITEM, ITEM)),
        with_items(3, (OTHER_ITEM, 1)),
    ]
    service = await store(database, [arrival(m) for m in mails])
    held = Condition(F.ITEM, (ITEM,))
    found = await service.search(every(held), since=MIDNIGHT, until=LATER)
    assert ids(found.kills) == [1]
    without = every(FilterGroup(GroupKind.NONE, (held,)))
    found = await service.search(without, since=MIDNIGHT, until=LATER)
    assert ids(found.kills) == [3, 2]
    trial = await service.try_filter(every(held), since=MIDNIGHT, until=LATER)
    assert trial.matches == 1
    assert ids(trial.latest) == [1]


async def test_of_several_final_blows_the_first_counts(database: Database) -> None:
    twice = mail(1, 1, "C1", "A1", "B1")
    both = tuple(replace(each, final_blow=True) for each in twice.attackers)
    service = await store(database, [arrival(replace(twice, attackers=both))])
    for alliance, expected in ((ALPHA, [1]), (ALPHA + 1, [])):
        wanted = every(Condition(F.ALLIANCE, (alliance,), side=Side.FINAL_BLOW))
        found = await service.search(wanted, since=MIDNIGHT, until=LATER)
        assert ids(found.kills) == expected


@pytest.mark.parametrize("told", [True, False, None])
async def test_solo_and_awox_are_judged_where_zkillboard_said_nothing(
    database: Database, told: bool | None
) -> None:
    own = replace(mail(1, 1, "A1", "A2"), solo=told, awox=told)
    many = replace(mail(2, 2, "B1", "A1", "A2"), solo=told, awox=told)
    pod = replace(mail(3, 3, "A1", "A2", hull=None), solo=told, awox=told)
    arrivals = [arrival(each) for each in (own, many, pod)]
    service = await store(database, arrivals)
    for trait in Trait:
        wanted = every(Condition(F.IS, (trait.value,)))
        found = await service.search(wanted, since=MIDNIGHT, until=LATER)
        assert ids(found.kills) == ids(naive(wanted, arrivals)), trait


# Mails whose details are gone


async def pruned_store(database: Database) -> KillmailService:
    """Three old mails without details, and two new ones with them. Alpha shot at 1, 2 and 5."""
    old = [
        mail(1, 1, "B1", "A1", system=JITA, isk=5e9),
        mail(2, 2, "B1", "A1", system=AMAMAKE, isk=1e6),
        mail(3, 3, "B1", "C1", system=JITA, isk=5e9),
    ]
    new = [mail(4, 600, "B1", "C1", system=JITA, isk=5e9), mail(5, 601, "B1", "A1", system=JITA)]
    service = await store(database, [arrival(each) for each in old])
    clock = HandClock(MIDNIGHT + timedelta(days=1, hours=1))

    async def before(*_: object) -> None:
        """Nothing rests on them."""

    retention = Retention(database, KillmailSettings(details_days=1), clock=clock, before=before)
    async with database.write() as tx:
        await save_new(tx, [arrival(each) for each in new])
    assert await retention.prune() == 3
    return service


async def test_what_is_not_kept_is_counted_and_not_guessed(database: Database) -> None:
    service = await pruned_store(database)
    wanted = every(attacked_by(ALPHA), Condition(F.SYSTEM, (JITA,)))
    found = await service.search(wanted, since=MIDNIGHT, until=LATER)
    assert ids(found.kills) == [5]
    assert found.unknown == 2, "those in Jita; the one in Amamake is surely none"
    trial = await service.try_filter(wanted, since=MIDNIGHT, until=LATER)
    assert (trial.matches, trial.unknown) == (1, 2)
    heat, unknown = await service.heat_of(wanted, MIDNIGHT, LATER)
    assert ({key: each.kills for key, each in heat.items()}, unknown) == ({JITA: 1}, 2)


async def test_an_exclusion_of_attackers_leaves_old_mails_open(database: Database) -> None:
    service = await pruned_store(database)
    wanted = every(FilterGroup(GroupKind.NONE, (attacked_by(ALPHA),)))
    found = await service.search(wanted, since=MIDNIGHT, until=LATER)
    assert (ids(found.kills), found.unknown) == ([4], 3)


async def test_what_the_row_alone_tells_is_found_in_old_mails_too(database: Database) -> None:
    service = await pruned_store(database)
    rich = Condition(F.ISK, (1e9,), op=Op.AT_LEAST)
    found = await service.search(every(rich), since=MIDNIGHT, until=LATER)
    assert (ids(found.kills), found.unknown) == ([4, 3, 1], 0)
    either = Filter(FilterGroup(GroupKind.ANY, (rich, attacked_by(ALPHA))))
    found = await service.search(either, since=MIDNIGHT, until=LATER)
    assert (ids(found.kills), found.unknown) == ([5, 4, 3, 1], 1)
    assert found.kills[-1].attackers == ()


async def test_items_that_are_gone_are_unknown(database: Database) -> None:
    service = await pruned_store(database)
    found = await service.search(every(Condition(F.ITEM, (ITEM,))), since=MIDNIGHT, until=LATER)
    assert (ids(found.kills), found.unknown) == ([], 3)


async def test_what_nobody_labelled_is_unknown(database: Database) -> None:
    """An archive has no labels: not one kill in it is surely no gank."""
    told = replace(mail(1, 1, "B1", "A1", system=JITA), labels=("pvp", "ganked"))
    other = replace(mail(2, 2, "B1", "A1", system=JITA), labels=("pvp",))
    low = mail(4, 4, "B1", "A1", system=AMAMAKE)
    war = replace(mail(5, 5, "B1", "A1", system=JITA), war_id=7)
    mails = [told, other, mail(3, 3, "B1", "A1", system=JITA), low, war]
    service = await store(database, [arrival(each) for each in mails])

    async def asked(*conditions: FilterNode) -> tuple[list[int], int]:
        found = await service.search(every(*conditions), since=MIDNIGHT, until=LATER)
        trial = await service.try_filter(every(*conditions), since=MIDNIGHT, until=LATER)
        assert (trial.matches, trial.unknown) == (len(found.kills), found.unknown)
        return ids(found.kills), found.unknown

    gank, pvp = Condition(F.IS, (Trait.GANK.value,)), Condition(F.LABEL, ("pvp",))
    in_jita = Condition(F.SYSTEM, (JITA,))
    assert await asked(gank) == ([1], 1)
    assert await asked(pvp) == ([2, 1], 3)
    assert await asked(in_jita, pvp) == ([2, 1], 2)
    assert await asked(FilterGroup(GroupKind.NONE, (gank,))) == ([5, 4, 3, 2], 0)
    assert await asked(Condition(F.IS, ("gank", "war"))) == ([5, 1], 1)
    assert await asked(Condition(F.ITEM, (ITEM,)), pvp) == ([], 0)


async def test_labels_and_details_may_both_be_gone(database: Database) -> None:
    service = await pruned_store(database)
    pvp = Condition(F.LABEL, ("pvp",))
    found = await service.search(every(attacked_by(ALPHA), pvp), since=MIDNIGHT, until=LATER)
    assert (ids(found.kills), found.unknown) == ([], 4)


# Pages


async def test_pages_stay_while_kills_come_in(database: Database) -> None:
    """Late ones too: they belong between those that were shown."""
    service = await store(database, [arrival(mail(n, 10 * n, "B1", "A1")) for n in range(1, 26)])
    asked_at = MIDNIGHT + timedelta(minutes=260)

    async def page(number: int) -> list[int]:
        found = await service.search(
            every(attacked_by(ALPHA)),
            since=MIDNIGHT,
            until=asked_at,
            known_at=asked_at,
            offset=10 * number,
        )
        assert found.total == 25
        assert found.more == (number < 2)
        return ids(found.kills)

    first = await page(0)
    late = [mail(100 + n, 10 * n + 5, "B1", "A1") for n in range(1, 25)]
    async with database.write() as tx:
        await save_new(tx, [arrival(each, asked_at + timedelta(minutes=1)) for each in late])
    assert [*first, *await page(1), *await page(2)] == list(range(25, 0, -1))


async def test_a_search_that_takes_too_long_says_how_far_it_came(database: Database) -> None:
    """Only what SQL leaves open takes long: items."""
    mails = [with_items(n, (ITEM, 1)) for n in range(1, 4_001)]
    arrivals = [arrival(replace(m, time=MIDNIGHT + timedelta(seconds=12 * m.id))) for m in mails]
    async with database.write() as tx:
        await save_new(tx, arrivals)
    ticks = count(step=5.0)
    service = KillmailService(database, universe(), timer=lambda: next(ticks))
    wanted = every(Condition(F.ITEM, (OTHER_ITEM + ITEM,), side=None))
    held = every(Condition(F.ITEM, (ITEM,)))
    full = await service.search(held, since=MIDNIGHT, until=LATER)
    assert ids(full.kills) == list(range(4_000, 3_990, -1))
    assert (full.total, full.more, full.complete) == (None, True, True)
    given_up = await service.search(held, since=MIDNIGHT, until=LATER, offset=3_500, patience=1)
    assert (given_up.kills, given_up.total, given_up.more) == ((), None, False)
    assert not given_up.complete
    assert MIDNIGHT < given_up.reached < MIDNIGHT + timedelta(hours=12)
    nothing = await service.search(wanted, since=MIDNIGHT, until=LATER, patience=1e9)
    assert (nothing.total, nothing.complete) == (0, True)


async def test_a_filter_is_remembered_by_its_key_for_a_week(database: Database) -> None:
    service = KillmailService(database, universe())
    wanted = every(attacked_by(ALPHA))
    key = await service.remember(wanted, now=MIDNIGHT)
    assert await service.remember(wanted, now=MIDNIGHT + timedelta(days=6)) == key
    other = every(attacked_by(ALPHA + 1))
    assert await service.remember(other, now=MIDNIGHT + timedelta(days=12)) != key
    assert await service.recall(key) == wanted
    await service.remember(other, now=MIDNIGHT + timedelta(days=14))
    with pytest.raises(UserError, match="too old"):
        await service.recall(key)


async def test_heat_by_filter_is_that_of_the_matches(
    stored: KillmailService, recorded: list[Arrival]
) -> None:
    since, until = window(recorded)
    item = next(i.type_id for each in recorded for i in each.killmail.victim.items)
    for wanted in (
        every(Condition(F.ATTACKERS, (5,), op=Op.AT_LEAST)),
        every(Condition(F.ITEM, (item,))),
    ):
        heat, unknown = await stored.heat_of(wanted, since, until)
        expected: dict[int, int] = {}
        for each in naive(wanted, recorded):
            expected[each.system_id] = expected.get(each.system_id, 0) + 1
        assert {key: found.kills for key, found in heat.items()} == expected
        assert expected
        assert not unknown
