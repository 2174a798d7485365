import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.ids import TypeId
from services.domain.isk import ValueSource
from services.domain.killmail import Item, Victim
from services.prices.rules import KnownLoss, estimate, known_loss

HULL, GUN, AMMO, BLUEPRINT, ABYSSAL = (TypeId(n) for n in (587, 10, 11, 12, 13))
PRICES = {HULL: 1_000_000.0, GUN: 500.0, AMMO: 2.0, BLUEPRINT: 9e9}


@pytest.mark.parametrize(
    ("hull", "items", "wanted"),
    [
        (HULL, (), (1_000_000, 0, True, 0, 0)),
        (None, (), (0, 0, False, 0, 0)),
        (TypeId(1), (), (0, 0, False, 0, 0)),
        (HULL, (Item(type_id=GUN, flag=27, destroyed=2),), (1_001_000, 0, True, 1, 0)),
        (HULL, (Item(type_id=AMMO, flag=5, destroyed=3, dropped=2),), (1_000_010, 4, True, 1, 0)),
        (HULL, (Item(type_id=BLUEPRINT, flag=5, dropped=1, copy=True),), (1e6, 0, True, 0, 0)),
        (HULL, (Item(type_id=BLUEPRINT, flag=5, dropped=1),), (9_001e6, 9e9, True, 1, 0)),
        (HULL, (Item(type_id=ABYSSAL, flag=19, destroyed=1),), (1_000_000, 0, True, 1, 1)),
        (HULL, (Item(type_id=ABYSSAL, flag=5),), (1_000_000, 0, True, 0, 0)),
        (None, (Item(type_id=GUN, flag=27, dropped=1),), (500, 500, False, 1, 0)),
    ],
    ids=[
        "bare hull",
        "no hull on the mail",
        "hull without a price",
        "destroyed",
        "destroyed and dropped",
        "a copy is neither worth nor gap",
        "an original is worth its price",
        "an item without a price is a gap",
        "no pieces, no gap",
        "items alone",
    ],
)
def test_known_loss(
    hull: TypeId | None, items: tuple[Item, ...], wanted: tuple[float, float, bool, int, int]
) -> None:
    found = known_loss(Victim(ship_type_id=hull, items=items), PRICES)
    told = (found.isk, found.dropped, found.hull_priced, found.stacks, found.unpriced)
    assert told == wanted


def known(
    isk: float, *, hull: bool, stacks: int = 8, unpriced: int = 0, dropped: float = 40
) -> KnownLoss:
    return KnownLoss(isk=isk, dropped=dropped, hull_priced=hull, stacks=stacks, unpriced=unpriced)


@pytest.mark.parametrize(
    ("loss", "typical", "wanted"),
    [
        (known(100, hull=True), 900, 100),
        (known(100, hull=True, stacks=0), 900, 100),
        (known(100, hull=True, unpriced=2), 900, 100),
        (known(100, hull=True, unpriced=3), 900, 900),
        (known(1000, hull=True, unpriced=3), 900, 1000),
        (known(100, hull=True, unpriced=3), None, 100),
        (known(0, hull=False), 900, 900),
        (known(2000, hull=False), 900, 2000),
        (known(2000, hull=False), None, None),
        (known(0, hull=False, stacks=0), None, None),
    ],
    ids=[
        "all priced: the sum, though it is less than typical",
        "bare hull",
        "a quarter of the stacks is missing: still the sum",
        "more than a quarter is missing: typical",
        "what is known is a floor",
        "no typical loss: the sum with its gaps",
        "no hull price: typical",
        "a capsule's implants are a floor",
        "items of a hull that nobody can price",
        "nothing known",
    ],
)
def test_estimate(loss: KnownLoss, typical: float | None, wanted: float | None) -> None:
    value = estimate(loss, typical, unpriced_share=0.25)
    assert value.isk == wanted
    assert (value.source is ValueSource.TYPICAL) == (wanted == typical == 900)
    assert value.dropped == (40 if value.source is ValueSource.ESTIMATE else None)


@pytest.mark.parametrize("dropped", [-1, 101])
def test_what_dropped_is_a_part_of_the_loss_or_unknown(dropped: float) -> None:
    """Old mails count some stacks backwards."""
    value = estimate(known(100, hull=True, dropped=dropped), None, unpriced_share=0.25)
    assert (value.isk, value.dropped) == (100, None)


@given(
    st.lists(st.builds(Item, type_id=st.sampled_from([GUN, AMMO, ABYSSAL]), flag=st.just(5),
                       destroyed=st.integers(0, 9), dropped=st.integers(0, 9))),
    st.sampled_from([HULL, TypeId(1), None]),
    st.none() | st.floats(1, 1e12),
)  # fmt: skip
def test_an_estimate_is_never_below_what_is_known(
    items: list[Item], hull: TypeId | None, typical: float | None
) -> None:
    loss = known_loss(Victim(ship_type_id=hull, items=tuple(items)), PRICES)
    value = estimate(loss, typical, unpriced_share=0.25)
    assert value.isk is None or value.isk >= loss.isk
    assert (value.isk is None) == (not loss.hull_priced and typical is None)
    assert (value.dropped is None) == (value.source is not ValueSource.ESTIMATE)
