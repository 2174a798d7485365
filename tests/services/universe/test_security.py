"""Security as players read it, and the space that follows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.space import Space
from services.universe.security import displayed_security, space_of_place


@pytest.mark.parametrize(
    ("true", "shown"),
    [
        (1.0, 1.0),
        (0.945913, 0.9),
        (0.45, 0.5),
        (0.449999, 0.4),
        (0.25, 0.3),
        (0.05, 0.1),
        (0.049999, 0.1),
        (0.000001, 0.1),
        (0.0, 0.0),
        (-0.000001, 0.0),
        (-0.04, 0.0),
        (-0.05, 0.0),
        (-0.051, -0.1),
        (-0.385782, -0.4),
        (-0.99, -1.0),
        (-1.0, -1.0),
    ],
)
def test_displayed_security(true: float, shown: float) -> None:
    assert displayed_security(true) == shown
    assert str(displayed_security(true)) == str(shown)


@given(st.floats(min_value=-1, max_value=1))
def test_displayed_security_has_one_decimal_and_lies_near(true: float) -> None:
    shown = displayed_security(true)
    assert round(shown, 1) == shown
    assert abs(shown - true) <= (0.1 if 0 < true < 0.05 else 0.05 + 1e-9)
    assert (shown > 0) == (true > 0)


@pytest.mark.parametrize(
    ("region", "inherited", "true", "space"),
    [
        (10000002, 7, 0.45, Space.HIGH),
        (10000002, None, 0.449, Space.LOW),
        (10000002, 7, 0.001, Space.LOW),
        (10000002, 9, 0.0, Space.NULL),
        (10001000, None, -1.0, Space.NULL),
        (10000070, 25, -1.0, Space.POCHVEN),
        (10000070, None, 0.9, Space.POCHVEN),
        (11000031, 12, -0.99, Space.WORMHOLE),
        (12000001, 19, -0.99, Space.ABYSSAL),
        (14000003, 19, 1.0, Space.ABYSSAL),
        (19000001, None, 1.0, Space.ABYSSAL),
    ],
)
def test_space(region: int, inherited: int | None, true: float, space: Space) -> None:
    assert space_of_place(region, inherited, true_security=true) is space
