from dataclasses import replace
from datetime import timedelta

import discord
import pytest

from bot.presentation import colours
from bot.presentation.alerts import (
    AlertLine,
    AlertListView,
    ConfigView,
    render_alert,
    render_alert_list,
    render_config,
)
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
from bot.presentation.times import duration
from services.domain.alert import Alert, AlertKind, AlertState
from services.domain.guild import GuildSettings
from services.domain.ids import AlertId, ChannelId, GuildId, KillmailId, RoleId, SystemId, UserId
from services.domain.isk import IskSum
from tests.bot.presentation.test_limits import assert_sendable, body
from tests.bot.samples import AMAMAKE, CATCH_UP, INSMOTHER, NOTICE, NOW, UTC_ZONE, UW9B, lexicon
from tests.fakes.discord.limits import check_message

ALERT = Alert(
    id=AlertId(3),
    guild_id=GuildId(1),
    channel_id=ChannelId(77),
    kind=AlertKind.BATTLES,
    created_by=UserId(5),
    region_id=INSMOTHER,
    min_kills=20,
    min_isk=1e9,
    role_id=RoleId(9),
    created_at=NOW,
)
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


def test_catching_up_tells_the_lag_the_sum_and_the_largest() -> None:
    card = render_message(CATCH_UP, lexicon(), now=NOW, zone=UTC_ZONE)
    described = card.embed.description or ""
    assert card.embed.title == "Caught up: 42 kills while the feed was behind"
    assert "up to 55 min behind" in described
    assert "**42 kills** matched here, **at least 12.3B ISK** destroyed, 2 unpriced." in described
    assert (
        "[Avatar destroyed in X47L-Q](https://zkillboard.com/kill/97000001/) · 90.4B ISK"
        in described
    )
    without = render_message(replace(CATCH_UP, largest=None), lexicon(), now=NOW, zone=UTC_ZONE)
    assert without.buttons == ()


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


def test_alerts_are_listed_with_their_state_and_why() -> None:
    blocked = replace(
        ALERT, id=AlertId(4), state=AlertState.BLOCKED, reason="no *Embed Links*", region_id=None
    )
    view = AlertListView(
        lines=(AlertLine(alert=ALERT, last_match=NOW), AlertLine(alert=blocked)),
        page=0,
        pages=1,
        total=2,
        limit=25,
        notices=("#intel is gone",),
    )
    card = render_alert_list(view, lexicon())
    check_message(body(card), filenames=[])
    described = card.embed.description or ""
    assert (
        "**#3** battles in Curse, at least 20 kills and 1.00B ISK → <#77>\nactive · calls <@&9>"
        in described
    )
    assert "⚠ **blocked**: no *Embed Links* · calls" in described
    assert described.count("last match") == 1
    assert card.embed.footer.text == "2 of at most 25 alerts"
    assert card.embed.fields[0].value == r"- \#intel is gone"
    empty = render_alert_list(
        AlertListView(lines=(), page=0, pages=0, total=0, limit=25), lexicon()
    )
    assert "/alert add" in (empty.embed.description or "")
    assert card.role_pings == ()
    assert render_alert(ALERT, lexicon(), title="Alert #3 added").embed.title == "Alert #3 added"


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
