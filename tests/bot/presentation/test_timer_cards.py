"""The reminder of an own timer, and what the list shows of one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.presentation.lexicon import Lexicon
from bot.presentation.messages import named_ids, render_message
from bot.presentation.timers import (
    TimerListView,
    reminders_line,
    render_timer_list,
    render_timer_note,
    timer_line,
)
from services.domain.ids import ChannelId, GuildId, RoleId, SystemId, UserId
from services.domain.names import NameBook
from services.domain.news import TimerNoteMessage
from services.domain.timer import OwnTimer
from tests.bot.samples import BERLIN, EVIL, UTC_ZONE
from tests.factories import universe

NOW = datetime(2026, 11, 21, 18, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEXICON = Lexicon(universe=universe(), names=NameBook())
FLEET = RoleId(33)
TIMER = OwnTimer(
    id=12,
    guild_id=GuildId(7),
    channel_id=ChannelId(70),
    what="Fortizar armour",
    system_id=SystemId(30002537),
    at=NOW + 30 * MINUTE,
    note="bring dreads",
    role_id=FLEET,
    created_by=UserId(1000),
    created_at=NOW - 60 * MINUTE,
)
NOTE = TimerNoteMessage(timer=TIMER, minutes=30, ping=(FLEET,), ping_until=NOW + 15 * MINUTE)


@pytest.mark.parametrize(
    ("minutes", "passed", "title"),
    [
        (30, 0, "In 30 min: Fortizar armour"),
        (30, 0.5, "In 30 min: Fortizar armour"),
        (180, 12, "In 18 min: Fortizar armour"),
        (0, 30, "Now: Fortizar armour"),
        (0, 30.9, "Now: Fortizar armour"),
        (0, 95, "1 h 5 min ago: Fortizar armour"),
        (30, 60, "30 min ago: Fortizar armour"),
    ],
)
def test_the_title_says_how_long_it_really_is(minutes: int, passed: float, title: str) -> None:
    note = replace(NOTE, minutes=minutes)
    card = render_timer_note(note, LEXICON, now=NOW + passed * MINUTE, zone=UTC_ZONE)
    assert card.embed.title == title


def test_what_the_reminder_tells_and_whom_it_calls() -> None:
    card = render_message(NOTE, LEXICON, now=NOW, zone=BERLIN)
    told = card.embed.description or ""
    for words in (
        "18:30 EVE (19:30 CET)",
        f"<t:{int(TIMER.at.timestamp())}:R>",
        "Amamake",
        "bring dreads",
        "<@1000>",
    ):
        assert words in told
    assert card.content == "<@&33>"
    assert card.role_pings == (FLEET,)
    assert card.user_pings == ()
    late = render_message(NOTE, LEXICON, now=NOW + 16 * MINUTE, zone=BERLIN)
    assert late.content == "<@&33>"
    assert late.role_pings == (), "whoever comes to it late calls nobody"
    assert named_ids(NOTE) == frozenset()


def test_what_people_typed_is_only_text() -> None:
    evil = replace(TIMER, what=EVIL[:100], note=EVIL, system_id=None, role_id=None)
    card = render_timer_note(replace(NOTE, timer=evil, ping=()), LEXICON, now=NOW, zone=UTC_ZONE)
    listed = render_timer_list(
        TimerListView(timers=(evil,), page=0, pages=1, total=1), LEXICON, now=NOW, zone=UTC_ZONE
    )
    line = timer_line(evil, LEXICON, now=NOW, zone=UTC_ZONE)
    for text in (card.embed.title, card.embed.description, listed.embed.description, line):
        assert text is not None
        assert "@everyone" not in text
        assert "https://x" not in text
        assert "<@&" not in text
    assert card.content is None
    assert card.role_pings == ()


def test_reminders_that_lie_in_the_past_are_not_promised() -> None:
    assert "Reminds 30 min, 5 min before and at the time" in reminders_line(TIMER)
    soon = replace(TIMER, created_at=TIMER.at - 4 * MINUTE)
    assert reminders_line(soon).startswith("-# Reminds at the time, in <#70>")


def test_a_list_names_what_is_missing() -> None:
    silent = replace(TIMER, id=13, reminders=(), role_id=None)
    past = replace(TIMER, id=11, at=NOW - MINUTE)
    view = TimerListView(
        timers=(past, TIMER, silent),
        page=0,
        pages=1,
        total=2,
        hidden=3,
        lacking={ChannelId(70): "I lack **Send Messages** in <#70>"},
    )
    card = render_timer_list(view, LEXICON, now=NOW, zone=UTC_ZONE)
    told = card.embed.description or ""
    assert told.count("Nobody will be reminded: I lack **Send Messages**") == 1, "one asks for it"
    assert "Nobody is reminded: it stands in lists and on boards alone" in told
    assert "3 timers of channels that you cannot see" in told
    assert "calling <@&33>" in told
    assert card.role_pings == ()
