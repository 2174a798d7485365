"""`/alert list`, `/alert why` and `/standing list`."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.presentation import colours
from bot.presentation.alerts import AlertLine, AlertListView, render_alert, render_alert_list
from bot.presentation.standings import StandingListView, render_standings
from bot.presentation.text import DASH
from bot.presentation.why import render_why, sentence
from services.domain.alert import Alert, AlertKind, AlertState, CardPart, CardStyle, Outcome
from services.domain.alert_report import AlertWhy, FeedHealth, SendFailure
from services.domain.ids import AlertId, ChannelId, GuildId, RoleId, UserId
from services.domain.killmail import OrganisationKind
from services.domain.names import EntityName, NameBook
from services.domain.quiet import Quiet, QuietHours, QuietMode
from services.domain.standing import Mark, Standing
from tests.bot.presentation.test_limits import assert_sendable
from tests.bot.samples import EVIL, HOME, INSMOTHER, NOW, lexicon

BATTLES = Alert(
    id=AlertId(3),
    guild_id=GuildId(1),
    channel_id=ChannelId(77),
    kind=AlertKind.BATTLES,
    created_by=UserId(5),
    region_id=INSMOTHER,
    min_kills=20,
    min_isk=1e9,
    role_id=RoleId(9),
    created_at=NOW - timedelta(days=30),
)
KILLS = replace(
    BATTLES,
    id=AlertId(4),
    kind=AlertKind.KILLS,
    name="Home *defence*",
    filter=HOME,
    region_id=None,
    min_kills=None,
    min_isk=None,
)
SOON = NOW + timedelta(minutes=40)
NIGHT = QuietHours(start=23 * 60, end=7 * 60, mode=QuietMode.POSTS)


def listed(*lines: AlertLine, **fields: Any) -> AlertListView:
    view = AlertListView(lines=lines, page=0, pages=1, total=len(lines), limit=25)
    return replace(view, **fields)


def text(*lines: AlertLine) -> str:
    return render_alert_list(listed(*lines), lexicon(), now=NOW).embed.description or ""


def test_alerts_are_listed_with_their_state_and_why() -> None:
    blocked = replace(BATTLES, id=AlertId(5), state=AlertState.BLOCKED, reason="no *Embed Links*")
    view = listed(
        AlertLine(alert=BATTLES, last_match=NOW),
        AlertLine(alert=blocked),
        notices=("#intel is gone",),
    )
    card = render_alert_list(view, lexicon(), now=NOW)
    described = card.embed.description or ""
    assert described.startswith(
        "**#3** → <#77>\nbattles in Curse, at least 20 kills and 1.00B ISK\nactive · calls <@&9>"
    )
    assert "⚠ **blocked**: no *Embed Links* · calls" in described
    assert described.count("last match") == 1
    assert card.embed.footer.text == "2 of at most 25 alerts"
    assert card.embed.fields[0].value == r"- \#intel is gone"
    empty = render_alert_list(listed(), lexicon(), now=NOW)
    assert "/alert add" in (empty.embed.description or "")
    assert (card.role_pings, card.user_pings) == ((), ())


def test_an_alert_on_kills_in_plain_words() -> None:
    line = AlertLine(alert=KILLS, matched=1234, posted=56)
    assert text(line) == (
        "**#4 Home \\*defence\\*** → <#77>\n"
        "kills in Delve, worth at least 1.00B ISK, by at least 10 attackers, not by The Initiative.\n"
        "active · 1,234 matched in 24 h, 56 posted · calls <@&9> · set by <@5>"
    )
    assert "matched" not in text(AlertLine(alert=KILLS))
    assert "\n0 matched" in text(AlertLine(alert=KILLS, matched=0)).replace("active · ", "")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"muted_until": SOON}, f"**muted**, ends <t:{int(SOON.timestamp())}:R>"),
        ({"style": CardStyle.LINK}, "as a link"),
        ({"style": CardStyle.COMPACT}, "compact"),
        ({"style": CardStyle.WATCH}, "with watch buttons"),
        ({"hidden": frozenset({CardPart.LINKS, CardPart.VALUE})}, "hides value, links"),
        ({"quiet": NIGHT}, f"quiet 23:00{DASH}07:00 (posts are held for a digest)"),
        ({"quiet": replace(NIGHT, end=NIGHT.start)}, "no quiet hours"),
        ({"user_id": UserId(8), "role_id": None}, "calls <@8> ·"),
        (
            {"ping_minutes": 5, "cooldown_minutes": 30},
            "calls <@&9> up to 5 min after a kill, at most every 30 min",
        ),
        ({"state": AlertState.PAUSED, "reason": "paused by <@5>"}, "⏸ **paused** by <@5> ·"),
    ],
)
def test_what_is_special_about_an_alert_is_said(changes: dict[str, Any], words: str) -> None:
    assert words in text(AlertLine(alert=replace(KILLS, **changes)))
    plain = text(AlertLine(alert=KILLS))
    assert words not in plain


def test_a_mute_that_is_over_is_not_told() -> None:
    assert "muted" not in text(AlertLine(alert=replace(KILLS, muted_until=NOW)))


def test_one_alert_as_an_answer() -> None:
    card = render_alert(KILLS, lexicon(), title="Alert #4 is set", now=NOW)
    assert card.embed.title == "Alert #4 is set"
    assert card.embed.footer.text == "/alert test 4 posts a sample"
    gone = render_alert(KILLS, lexicon(), title="Alert #4 removed", now=NOW, removed=True)
    assert "set by" not in (gone.embed.description or "")


FEED = FeedHealth(
    lag_seconds=12.0,
    last_new_at=NOW,
    backlog=0,
    catching_up_since=None,
    failing_since=None,
    paused_until=None,
    fault=None,
)
WHY = AlertWhy(
    now=NOW,
    alert=KILLS,
    day={},
    week={},
    seen_day=13204,
    seen_week=91004,
    last_match_at=None,
    last_post_at=None,
    failed=0,
    failures=(),
    waiting=0,
    waiting_since=None,
    held=0,
    digest_at=None,
    muted_until=None,
    quiet=None,
    blocked_since=None,
    blocked_reason=None,
    posts=3,
    posts_limit=60,
    sending_held=False,
    feed=FEED,
)
BUSY = {Outcome.MATCHED: 12, Outcome.POSTED: 9, Outcome.MERGED: 1, Outcome.CALLED: 3}
AN_HOUR_AGO = NOW - timedelta(hours=1)
AGO = f"<t:{int(AN_HOUR_AGO.timestamp())}:R>"
IN_40 = f"<t:{int(SOON.timestamp())}:R>"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Nothing matched in the last 24 h: 13,204 kills were looked at."),
        (
            {"alert": replace(KILLS, created_at=AN_HOUR_AGO)},
            f"Nothing matched since it was made {AGO}.",
        ),
        ({"seen_day": 0}, "No kill came over the feed in the last 24 h."),
        (
            {"alert": replace(KILLS, state=AlertState.PAUSED, reason="paused by <@5>")},
            "It is paused by <@5>: `/alert resume 4` lets it post again.",
        ),
        (
            {"blocked_since": AN_HOUR_AGO, "blocked_reason": "no *Embed*"},
            f"<#77> refuses me since {AGO}: no \\*Embed\\*",
        ),
        (
            {"alert": replace(KILLS, state=AlertState.BLOCKED, reason="I cannot read it")},
            "It is blocked: I cannot read it.",
        ),
        ({"sending_held": True}, "My operator holds all messages back at the moment"),
        ({"muted_until": SOON}, "It is muted for 40 min more."),
        ({"feed": None}, "No kill feed runs here, so nothing can match."),
        (
            {"feed": replace(FEED, failing_since=AN_HOUR_AGO)},
            f"The kill feed has not answered since {AGO}: nothing new comes in.",
        ),
        (
            {"feed": replace(FEED, paused_until=SOON)},
            f"The kill feed refuses me until {IN_40}: nothing new comes in.",
        ),
        (
            {"feed": replace(FEED, catching_up_since=AN_HOUR_AGO)},
            "The kill feed is behind: what matches is told in one summary until it has caught up.",
        ),
        (
            {"quiet": Quiet(mode=QuietMode.POSTS, since=AN_HOUR_AGO, until=SOON), "held": 5},
            f"Quiet hours hold its posts until {IN_40}; 5 matches wait in the digest.",
        ),
        (
            {"quiet": Quiet(mode=QuietMode.PINGS, since=AN_HOUR_AGO, until=SOON)},
            "Nothing matched in the last 24 h: 13,204 kills were looked at.",
        ),
        (
            {"posts": 60},
            "Its channel had its 60 posts of this hour: what else matches until the next one goes into one summary.",
        ),
        (
            {"waiting": 1, "waiting_since": AN_HOUR_AGO},
            f"1 message waits to be sent since {AGO}.",
        ),
        (
            {"day": {Outcome.MATCHED: 4, Outcome.TOO_OLD: 3, Outcome.MUTED: 1}},
            "4 matched in the last 24 h, and none was posted: they came too late to be posted.",
        ),
        (
            {"day": {Outcome.MATCHED: 4}},
            "4 matched in the last 24 h, and none was posted.",
        ),
        (
            {"day": BUSY, "last_post_at": AN_HOUR_AGO},
            f"It is not silent: of 12 that matched in the last 24 h, 10 were posted, the last {AGO}.",
        ),
        # What somebody did to it stands in the way before everything else.
        ({"muted_until": SOON, "feed": None, "posts": 60}, "It is muted for 40 min more."),
    ],
)
def test_the_first_sentence_says_why_it_is_silent(changes: dict[str, Any], said: str) -> None:
    why = replace(WHY, **changes)
    assert sentence(why).startswith(said)
    card = render_why(why, lexicon())
    assert (card.embed.description or "").startswith(f"**{said}")
    assert_sendable(card)


def test_what_the_bot_lacks_comes_first_and_keeps_the_rest() -> None:
    why = replace(WHY, muted_until=SOON)
    said = sentence(why, lacks=("Embed Links",))
    assert said.startswith("I lack Embed Links in <#77>, so nothing can be posted there")
    assert said.endswith("It is muted for 40 min more.")
    card = render_why(why, lexicon(), lacks=("Embed Links",))
    assert "closed to me: I lack Embed Links" in (card.embed.description or "")
    assert card.embed.colour == render_why(replace(WHY, feed=None), lexicon()).embed.colour


def test_nobody_marked_is_the_reason_only_while_nothing_matched() -> None:
    words = "It asks for us, and nobody is marked so."
    assert sentence(WHY, unmarked=words) == words
    busy = render_why(replace(WHY, day=BUSY), lexicon(), unmarked=words).embed.description or ""
    assert f"**Standings** {words}" in busy


def test_the_figures_stand_in_a_table_that_fits_a_phone() -> None:
    week = {**BUSY, Outcome.MATCHED: 80, Outcome.POSTED: 70, Outcome.FALSE_ALARM: 18}
    why = replace(WHY, day=BUSY, week=week, last_match_at=NOW, last_post_at=AN_HOUR_AGO)
    described = render_why(why, lexicon()).embed.description or ""
    table = described.split("```")[1].strip("\n").split("\n")
    assert [row.split() for row in table] == [
        ["24", "h", "7", "d"],
        ["kills", "looked", "at", "13,204", "91,004"],
        ["matched", "12", "80"],
        ["posted", "9", "70"],
        ["with", "another", "1", "1"],
        ["called", "3", "3"],
        ["false", "alarm", "0", "18"],
    ]
    assert {len(row) for row in table} == {32}
    assert "**False alarms** 18 of 71 posts in 7 days (25%)" in described
    assert "**Channel** <#77> takes messages, 3 of 60 posts this hour" in described
    assert "**Feed** live, 12 s behind, last kill" in described
    assert f"**Last match** <t:{int(NOW.timestamp())}:R>, last post {AGO}" in described


def test_every_outcome_has_a_row() -> None:
    everything = dict.fromkeys(Outcome, 1)
    described = render_why(replace(WHY, week=everything), lexicon()).embed.description or ""
    table = described.split("```")[1].strip("\n").split("\n")
    assert len(table) == len(Outcome) + 1
    assert {len(row) for row in table} == {32}


def test_what_failed_to_send_is_told_with_the_reason() -> None:
    failures = tuple(SendFailure(at=AN_HOUR_AGO, reason=f"{EVIL} {n}" * 20) for n in range(3))
    card = render_why(replace(WHY, day=BUSY, failed=7, failures=failures), lexicon())
    assert card.embed.fields[0].name == "Failed to send in 7 days: 7"
    assert (card.embed.fields[0].value or "").startswith(f"- {AGO} \\[\\*Evil\\*\\]")
    assert card.embed.colour is not None
    assert card.embed.colour.value == colours.WARNING
    assert_sendable(card)


def mark(key: int, standing: Standing, kind: OrganisationKind = OrganisationKind.ALLIANCE) -> Mark:
    return Mark(entity_id=key, kind=kind, standing=standing, added_by=UserId(1), added_at=NOW)


def test_standings_are_listed_under_three_heads() -> None:
    marks = (
        mark(98000001, Standing.US, OrganisationKind.CORPORATION),
        mark(386292982, Standing.FRIEND),
        mark(2112000003, Standing.FOE, OrganisationKind.CHARACTER),
        mark(99, Standing.FOE),
    )
    card = render_standings(StandingListView(marks=marks, page=0, pages=2, total=34), lexicon())
    lines = (card.embed.description or "").split("\n")
    assert [line for line in lines if line.startswith("**")] == [
        "**Us**",
        "**Friends**",
        "**Foes**",
    ]
    assert (
        lines[1]
        == r"- [Dreddit](https://zkillboard.com/corporation/98000001/) \[B0RT\] · corporation"
    )
    assert lines[-2].endswith("· pilot")
    assert lines[-1] == "- [alliance #99](https://zkillboard.com/alliance/99/) · alliance"
    assert card.embed.footer.text == "Page 1 of 2 · 34 marks"
    nobody = StandingListView(marks=(), page=0, pages=1, total=0)
    assert "/standing add" in (render_standings(nobody, lexicon()).embed.description or "")


@pytest.mark.parametrize("name", [EVIL, EVIL * 9, "Ⱥ*_[" * 60, "@everyone", "x" * 300])
def test_long_names_fit_everywhere(name: str) -> None:
    book = NameBook({key: EntityName(name=name, ticker=name) for key in range(1, 60)})
    marks = tuple(mark(key, Standing.FOE) for key in range(1, 60))
    view = StandingListView(marks=marks, page=0, pages=1, total=59)
    assert_sendable(render_standings(view, lexicon(book)))
    alert = replace(KILLS, name=name, reason=None, hidden=frozenset(CardPart), quiet=NIGHT)
    lines = tuple(AlertLine(alert=alert, matched=10**9, posted=10**9) for _ in range(10))
    assert_sendable(render_alert_list(listed(*lines, notices=(name,) * 9), lexicon(book), now=NOW))
    assert_sendable(render_alert(alert, lexicon(book), title=name, now=NOW))
    assert_sendable(render_why(replace(WHY, alert=alert), lexicon(book)))
