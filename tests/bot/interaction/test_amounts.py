"""ISK as people type it."""

import contextlib

import pytest
from hypothesis import given, strategies

from bot.interaction.amounts import parse_isk
from services.domain.errors import UserError
from services.domain.isk import format_isk

READ = [
    ("1b", 1e9),
    ("500m", 5e8),
    ("1.5 B", 1.5e9),
    ("1,5b", 1.5e9),
    ("2,000,000,000", 2e9),
    ("2.000.000.000", 2e9),
    ("2 000 000 000 ISK", 2e9),
    ("2'000'000'000", 2e9),
    ("2_000_000", 2e6),
    ("1,234.5m", 1.2345e9),
    ("1.234,5m", 1.2345e9),
    ("1,500m", 1.5e9),
    ("1.500b", 1.5e9),
    ("1.500", 1500.0),
    ("350 mil isk", 3.5e8),
    ("3 billion", 3e9),
    ("2T", 2e12),
    ("750k", 7.5e5),
    ("1000", 1000.0),
]
UNREADABLE = [
    "",
    "b",
    "lots",
    "1x",
    "1b2",
    "-5m",
    "1..5b",
    "1,5,5b",
    "five b",
    "1e9",
    "1 b illion",
    "½b",
    "१b",
]


@pytest.mark.parametrize(("text", "isk"), READ)
def test_readable(text: str, isk: float) -> None:
    assert parse_isk(text) == pytest.approx(isk)


@pytest.mark.parametrize("text", UNREADABLE)
def test_unreadable_says_how_to_write_it(text: str) -> None:
    with pytest.raises(UserError, match="500m"):
        parse_isk(text)


@pytest.mark.parametrize("text", ["0", "0b", "0.0", "2000t"])
def test_senseless_floors_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="more than 0"):
        parse_isk(text)


@given(strategies.floats(min_value=1e3, max_value=9e14))
def test_what_cards_write_is_read_again(isk: float) -> None:
    assert parse_isk(format_isk(isk)) == pytest.approx(isk, rel=0.006)


@given(strategies.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(UserError):
        assert parse_isk(text) > 0
