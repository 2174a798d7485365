"""Reminders as people type them."""

import pytest

from bot.interaction.reminders import parse_reminders
from services.domain.errors import UserError

READ: list[tuple[str, tuple[int, ...]]] = [
    ("24h 3h 30m 5m", (1440, 180, 30, 5)),
    ("5m,3h, 24 h; 30 min", (1440, 180, 30, 5)),
    ("1h30m", (90,)),
    ("1 day and 2 hours", (1440, 120)),
    ("7d", (10080,)),
    ("30m 30 minutes", (30,)),
    ("Never", ()),
    (" none ", ()),
]


@pytest.mark.parametrize(("text", "minutes"), READ)
def test_what_can_be_read(text: str, minutes: tuple[int, ...]) -> None:
    assert parse_reminders(text) == minutes


REFUSED: list[tuple[str, str]] = [
    ("30", "cannot read “30”"),
    ("soon", "cannot read “soon”"),
    ("0m", "a minute to seven days"),
    ("8d", "a minute to seven days"),
    ("", "Write reminders like"),
    ("1m 2m 3m 4m 5m 6m 7m 8m 9m", "at most 8"),
    ("**3h", r"cannot read “\*\*3h”"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_what_cannot(text: str, words: str) -> None:
    with pytest.raises(UserError) as refused:
        parse_reminders(text)
    assert words in str(refused.value)
