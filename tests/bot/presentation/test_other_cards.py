from dataclasses import replace
from datetime import timedelta

import discord
import pytest

from bot.presentation import colours
from bot.presentation.alerts import ConfigView, render_config
from bot.presentation.heatmap import FILE, HeatmapView, HotSystem, render_heatmap_card
from bot.presentation.messages import render_message
from bot.presentation.status import (
    AboutView,
    HelpEntry,
    StatusView,
    render_about,
    render_help,
    render_status,
)
from bot.presentation.text import DASH
from bot.presentation.times import duration
from services.domain.guild import GuildSettings
from services.domain.heat import Coverage
from services.domain.ids import GuildId, KillmailId, SystemId
from services.domain.isk import IskSum
from services.domain.quiet import QuietHours, QuietMode
from tests.bot.presentation.test_limits import assert_sendable, body
from tests.bot.samples import AMAMAKE, NOTICE, NOW, UTC_ZONE, UW9B, lexicon
from tests.fakes.discord.limits import check_message

STATUS = StatusView(
    now=NOW,
    version="0.1.0",
    started_at=NOW - timedelta(days=3, hours=4),
    feed_lag=timedelta(seconds=75),
    feed_fault=None,
    last_kill_id=KillmailId(97000001),
    last_kill_at=NOW,
    killmails=33_223,
    battles=5_982,
    queue=0,
    blocked=0,
    database_bytes=73_400_320,
    servers=1,
    alerts=31,
)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=48), "48 s"),
        (timedelta(minutes=12, seconds=5), "12 min"),
        (timedelta(hours=1, minutes=42), "1 h 42 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(days=3, hours=4, minutes=9), "3 d 4 h"),
        (timedelta(seconds=-5), "0 s"),
    ],
)
def test_durations(length: timedelta, words: str) -> None:
    assert duration(length) == words


def test_a_warning_is_one_in_words_too() -> None:
    embed = render_message(NOTICE, lexicon(), now=NOW, zone=UTC_ZONE).embed
    assert (embed.title or "").startswith("⚠ Please look: ")
    assert "\n" in (embed.description or "")


def test_a_heatmap_carries_its_picture_and_says_the_same_in_words() -> None:
    spots = (
        HotSystem(system_id=UW9B, kills=195, isk=IskSum(isk=74.6e9)),
        HotSystem(system_id=AMAMAKE, kills=1, isk=IskSum(unpriced=1)),
        HotSystem(system_id=SystemId(99999999), kills=1, isk=IskSum()),
    )
    view = HeatmapView(
        picture=b"png",
        by_isk=False,
        start=NOW - timedelta(hours=24),
        end=NOW,
        kills=197,
        isk=IskSum(isk=74.6e9, unpriced=1),
        hottest=spots * 5,
        coverage=Coverage(window=timedelta(hours=24), stored=timedelta(hours=24)),
    )
    card = render_heatmap_card(view, lexicon(), now=NOW, zone=UTC_ZONE)
    check_message(body(card), filenames=[FILE])
    lines = (card.embed.description or "").split("\n")
    assert card.embed.title == "Kills across New Eden, last 24 hours"
    assert lines[0] == "**197 kills** · **at least 74.6B ISK** destroyed, 1 unpriced"
    assert lines[2].endswith("0.4 Heimatar · 1 kill · unknown")
    assert len(lines) == 11
    assert card.files[0].data == b"png"
    assert "Hottest: UW9B-F, Amamake" in card.files[0].description
    some = render_heatmap_card(replace(view, off_map=7), lexicon(), now=NOW, zone=UTC_ZONE)
    assert "190 of them on this map; 7 in wormholes" in (some.embed.description or "")
    assert "with 190 kills." in some.files[0].description
    empty = render_heatmap_card(replace(view, off_map=197), lexicon(), now=NOW, zone=UTC_ZONE)
    assert (empty.files, empty.embed.image.url) == ((), None)
    assert "*197 in wormholes" in (empty.embed.description or "")
    nothing = replace(
        view, kills=0, hottest=(), coverage=replace(view.coverage, stored=timedelta(0))
    )
    told = render_heatmap_card(nothing, lexicon(), now=NOW, zone=UTC_ZONE).embed.description
    assert told == "I have no kills of this time stored: nothing can be said of it."


@pytest.mark.parametrize(
    ("status", "title", "words"),
    [
        (STATUS, "War Room is well", "**Feed** live, 1 min behind"),
        (
            replace(STATUS, feed_lag=None, last_kill_at=None),
            "⚠ War Room runs, with a fault",
            "has not answered yet",
        ),
        (
            replace(STATUS, feed_lag=timedelta(minutes=66)),
            "⚠ War Room runs, with a fault",
            "1 h 6 min behind: alerts come",
        ),
        (
            replace(STATUS, feed_fault="403 *x*"),
            "⚠ War Room runs, with a fault",
            r"stands still:** 403 \*x\*",
        ),
        (replace(STATUS, blocked=1), "⚠ War Room runs, with a fault", "**Feed** live"),
    ],
)
def test_the_status_says_what_is_wrong(status: StatusView, title: str, words: str) -> None:
    card = render_status(status)
    assert card.embed.title == title
    assert words in (card.embed.description or "")
    expected = colours.NEUTRAL if status is STATUS else colours.WARNING
    assert card.embed.colour == discord.Colour(expected)
    assert_sendable(card)


def test_the_status_tells_the_limits() -> None:
    told = replace(STATUS, posts_per_channel_hour=60, alerts_per_server=50)
    field = next(field for field in render_status(told).embed.fields if field.name == "Limits")
    assert field.value == (
        "60 kills per channel and hour; the rest is summed up in one message\n50 alerts per server"
    )
    assert not any(field.name == "Limits" for field in render_status(STATUS).embed.fields)


def test_quiet_hours_stand_in_the_settings() -> None:
    settings = GuildSettings(guild_id=GuildId(1), time_zone="Europe/Berlin")
    posts = QuietHours(start=23 * 60, end=7 * 60 + 30, mode=QuietMode.POSTS)
    for quiet, words in (
        (None, "**Quiet hours** none"),
        (posts, f"**Quiet hours** 23:00{DASH}07:30 (posts are held for a digest), in the time"),
        (replace(posts, mode=QuietMode.PINGS), f"23:00{DASH}07:30 (nobody is called)"),
        (replace(posts, end=posts.start), "**Quiet hours** none"),
    ):
        view = ConfigView(
            settings=replace(settings, quiet=quiet), alerts=3, alert_limit=25, stored="Little."
        )
        assert words in (render_config(view).embed.description or "")


def test_about_help_and_settings() -> None:
    about = render_about(
        AboutView(version="0.1.0", invite_url="https://discord.com/i", contact="@everyone")
    )
    assert [button.label for button in about.buttons] == ["Invite"]
    assert "/config forget" in (about.embed.description or "")
    assert "Fenris Creations" in (about.embed.description or "")
    commands = render_help(tuple(HelpEntry(command=f"/c{n}", text="does *it*") for n in range(30)))
    assert r"`/c0` does \*it\*" in (commands.embed.description or "")
    settings = GuildSettings(guild_id=GuildId(1), time_zone="Europe/Berlin")
    config = render_config(
        ConfigView(settings=settings, alerts=3, alert_limit=25, stored="Little.")
    )
    assert "**Notices** to whoever made the alert" in (config.embed.description or "")
    for card in (about, commands, config):
        assert_sendable(card)
