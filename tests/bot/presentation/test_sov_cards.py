"""Cards of sovereignty, news and boards: what stands on them, and that Discord takes them whoever is named."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import discord
import pytest

from bot.presentation import colours, sov_words
from bot.presentation.ages import NOTHING, age_text
from bot.presentation.boards import BoardListView, board_scope_plain, render_board_list
from bot.presentation.messages import named_ids, render_message
from bot.presentation.news import LINES
from services.domain.freshness import NEVER, Freshness
from services.domain.ids import ChannelId, SystemId
from services.domain.news import HeldBy, NoteKind
from services.domain.occurrence import REMINDED, OccurrenceKind, Topic
from services.domain.sovereignty import Campaign, Window
from tests.bot.presentation.test_limits import assert_sendable, body
from tests.bot.samples import BERLIN, EVIL, NOW, UTC_ZONE, lexicon
from tests.bot.sov_samples import (
    AMAMAKE,
    BITING,
    BOARD,
    CANCELLED,
    D1DQ,
    DEFENDED,
    DELVE,
    FRESH,
    FRT,
    GONE,
    INIT,
    LOST,
    MANY_FLIPS,
    MISSING,
    OCCURRENCES,
    PING,
    RUNNING,
    SCHEDULED,
    SOV_MESSAGES,
    STALE,
    SVM,
    UW9B,
    X47L,
    board_message,
    campaign,
    campaign_message,
    minutes,
    news,
    note,
    occurrence,
)

WORMHOLE = SystemId(31000368)


def text_of(message: object, **fields: object) -> str:
    """Everything that a reader sees of a message's card."""
    card = render_message(message, lexicon(), **({"now": NOW, "zone": UTC_ZONE} | fields))  # type: ignore[arg-type]
    return text(card.embed.to_dict())


def text(embed: object) -> str:
    """All words of an embed."""
    if isinstance(embed, dict):
        return "\n".join(text(value) for value in embed.values())
    if isinstance(embed, list):
        return "\n".join(text(value) for value in embed)
    return str(embed)


@pytest.mark.parametrize("name", SOV_MESSAGES)
def test_every_message_can_be_sent_and_calls_nobody_but_its_roles(name: str) -> None:
    message = SOV_MESSAGES[name]
    card = render_message(message, lexicon(), now=NOW, zone=BERLIN)
    assert_sendable(card)
    assert set(card.role_pings) <= {PING}
    assert "@everyone" not in str(body(card)).replace("@\u200beveryone", "")
    assert EVIL not in text(card.embed.to_dict())


@pytest.mark.parametrize(
    ("freshness", "told"),
    [
        (FRESH, "as of 02:17 EVE, <t:1638238620:R>"),
        (STALE, "**stale since 00:30 EVE**, as of 00:20 EVE, <t:1638231600:R>"),
        (
            Freshness(as_of=NOW, mirror=True),
            "as of 02:20 EVE, <t:1638238800:R>, from EVE Ref's mirror",
        ),
        (NEVER, NOTHING),
    ],
)
def test_age_says_what_is_stale_and_what_was_never_told(freshness: Freshness, told: str) -> None:
    assert age_text(freshness, now=NOW, zone=UTC_ZONE) == told


WINDOW = Window(start=NOW - minutes(180), end=NOW - minutes(60))


@pytest.mark.parametrize(
    ("window", "as_of", "told"),
    [
        (WINDOW, NOW - minutes(60), "**in overtime** since <t:1638235200:R>"),
        (
            WINDOW,
            NOW - minutes(61),
            "closed or in overtime: its end was <t:1638235200:R>, no answer",
        ),
        (WINDOW, None, "closed or in overtime"),
        (replace(WINDOW, end=NOW + minutes(1)), NOW - minutes(999), "**open now**, closes"),
        (replace(WINDOW, end=NOW), NOW - minutes(4), "closed or in overtime"),
        (replace(WINDOW, start=NOW + minutes(1)), NOW, "opens <t:1638238860:R>"),
        (None, NOW, "window unknown"),
    ],
)
def test_overtime_is_what_an_answer_after_the_end_told(
    window: Window | None, as_of: datetime | None, told: str
) -> None:
    assert sov_words.window_state(window, NOW, as_of=as_of).startswith(told)


def test_a_hub_without_window_is_contested_while_a_contest_stands() -> None:
    told = sov_words.window_state(None, NOW, as_of=NOW, contested=True)
    assert told == "**contested**, no window meanwhile"


@pytest.mark.parametrize(
    ("of", "state"),
    [
        (SCHEDULED, "Timer"),
        (RUNNING, "Contested now"),
        (MISSING, "Contested now"),
        (replace(SCHEDULED, state=MISSING.state), "Timer"),
        (GONE, "Over, verdict to come"),
        (LOST, "Lost"),
        (DEFENDED, "Defended"),
        (CANCELLED, "Called off"),
    ],
)
def test_the_title_says_how_a_campaign_stands(of: Campaign, state: str) -> None:
    assert sov_words.campaign_state(of) == state


def test_a_campaign_tells_when_where_who_and_how_far() -> None:
    told = text_of(SOV_MESSAGES["timer"], zone=BERLIN)
    assert "Timer: sovereignty hub in 1DQ1-A" in told
    assert "Defender: Fraternity. [FRT]" in told
    assert "<t:1638260400:R>" in told
    assert "08:20 EVE (09:20 CET)" in told
    assert "ADM\u00a0**4.2**" in told
    assert "42 jumps from X47L-Q" in told
    assert "33 jumps from Amarr" in told
    assert "60%" not in told, "the scores of a timer say nothing yet"
    as_of = "-# unchanged since 2021-11-30 02:19 EVE (03:19 CET), <t:1638238740:R>, by ESI"
    assert as_of in told, "it stands for hours, and is not edited for its age"
    running = text_of(SOV_MESSAGES["running"])
    assert "defender **36%**, attackers **64%**" in running
    assert "Last move: attackers gained 14 points, 02:16 EVE" in running
    assert "**34 kills** within 2 jumps" in running
    assert "`BR-1DQ1-A-20211130-0150`" in running


def test_what_a_campaign_does_not_say_is_unknown() -> None:
    told = text_of(SOV_MESSAGES["unknown kind"])
    assert "moon\\_defense" in told
    assert "system #30999999" in told
    assert "ADM\u00a0unknown" in told
    assert "0%" not in told
    bare = text_of(replace(SOV_MESSAGES["running"], campaign=replace(RUNNING, scores=())))  # type: ignore[type-var]
    assert "Scores unknown" in bare


def test_a_card_and_a_reminder_say_since_when_nobody_could_ask() -> None:
    silent = NOW - minutes(90)
    stale = "-# **stale since 2021-11-30 00:50 EVE**, as of 2021-11-30 02:19 EVE, <t:1638238740:R>"
    card = campaign_message(SCHEDULED, stale_since=silent)
    drawn = render_message(card, lexicon(), now=NOW, zone=UTC_ZONE)
    assert stale in text(drawn.embed.to_dict())
    assert drawn.embed.colour == discord.Colour(colours.WARNING)
    late = note(NoteKind.REMINDER, SCHEDULED, minutes=360, stale_since=silent)
    assert stale in text_of(late)
    assert "as of" not in text_of(replace(late, stale_since=None))


def test_a_timer_that_is_not_listed_may_still_be_one() -> None:
    gone = NOW - timedelta(minutes=2)
    told = text_of(campaign_message(replace(SCHEDULED, state=MISSING.state, ended=gone)))
    assert "**Starts**" in told
    assert "**Not listed since 02:18 EVE: it may be called off**" in told
    assert "was to start" not in told


def test_a_reminder_and_a_board_say_that_a_timer_may_be_called_off() -> None:
    gone = replace(SCHEDULED, state=MISSING.state, ended=NOW - timedelta(minutes=38))
    doubt = "ot listed since 01:42 EVE: it may be called off**"
    assert doubt in text_of(note(NoteKind.REMINDER, gone, minutes=360))
    assert doubt in text_of(board_message(campaigns=(gone,)))
    assert doubt not in text_of(note(NoteKind.REMINDER, SCHEDULED, minutes=360))


def test_a_start_that_nobody_saw_is_not_told_as_one() -> None:
    """No answer since before its start: over, missing or still expected."""
    unseen = replace(SCHEDULED, start=NOW - minutes(50), seen=NOW - minutes(80))
    assert "**Was to start** <t:1638235800:R> · 2021-11-30 01:30 EVE" in text_of(
        campaign_message(unseen)
    )
    over = replace(unseen, state=GONE.state, ended=NOW - minutes(6))
    for told in (
        text_of(campaign_message(over)),
        text_of(campaign_message(replace(over, state=MISSING.state))),
    ):
        assert "as to start" in told
        assert "Started" not in told
        assert "60%" not in told


def test_a_verdict_stands_with_its_ground() -> None:
    assert f"**Lost**: {LOST.ground}" in text_of(SOV_MESSAGES["lost"])
    last = "last listed 2021-11-30 02:19 EVE, <t:1638238740:R>, by ESI"
    assert last in text_of(SOV_MESSAGES["lost"])
    cancelled = text_of(SOV_MESSAGES["cancelled"])
    assert "It was to start" in cancelled
    assert "60%" not in cancelled
    assert str(DEFENDED.ground) in text_of(note(NoteKind.ENDED, DEFENDED))


@pytest.mark.parametrize(
    ("left", "title"),
    [
        (29.5, "30 min to go"),
        (30.5, "30 min to go"),
        (12, "12 min to go"),
        (0.5, "1 min to go"),
        (-1, "It has begun"),
    ],
)
def test_a_reminder_tells_what_is_really_left(left: float, title: str) -> None:
    late = note(NoteKind.REMINDER, campaign(start=NOW + minutes(left)), minutes=30)
    card = render_message(late, lexicon(), now=NOW, zone=UTC_ZONE)
    assert (card.embed.title or "").startswith(f"{title}: sovereignty hub in 1DQ1-A")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (OccurrenceKind.HOLDER, "Fraternity. \\[FRT\\] → **The Initiative. \\[INIT.\\]**"),
        (OccurrenceKind.ADM, "ADM 3.1 → **2.9**, Fraternity."),
        (
            OccurrenceKind.WINDOW,
            "vulnerable until <t:1638249600:R>, 2021-11-30 02:20\u201305:20 EVE (03:20\u201306:20 CET), Frat",
        ),
        (OccurrenceKind.CAPITAL, "capital of The Initiative. \\[INIT.\\], before it UW9B-F"),
        (
            OccurrenceKind.SKYHOOK,
            "raided soon, from <t:1638238800:R>, 2021-11-30 02:20\u201303:20 EVE (03:20\u201304:20 CET)",
        ),
        (
            OccurrenceKind.CAMPAIGN_NEW,
            "new timer of Fraternity. \\[FRT\\], starts <t:1638325200:R>, 2021-12-01 02:20 EVE (03:20 CET)",
        ),
        (OccurrenceKind.CAMPAIGN_SCORE, "60% → 45% (attackers gained 15 points)"),
        (OccurrenceKind.CAMPAIGN_ENDED, "defended, hub of Fraternity. \\[FRT\\]"),
    ],
)
def test_each_kind_has_its_line(kind: OccurrenceKind, told: str) -> None:
    line = sov_words.line(OCCURRENCES[kind], lexicon(), zone=BERLIN)
    assert line.startswith("[1DQ1-A](https://evemaps.dotlan.net/system/1DQ1-A) (Delve): ")
    assert told in line


@pytest.mark.parametrize("kind", [k for k in OccurrenceKind if k.topic is Topic.SOV])
def test_no_kind_of_sovereignty_is_told_by_its_stored_name(kind: OccurrenceKind) -> None:
    bare = occurrence(kind)
    for told in (sov_words.title(bare, lexicon()), sov_words.plural(kind, 2)):
        assert kind.value not in told or kind is OccurrenceKind.SKYHOOK
        assert "1DQ1-A" in told or told.startswith("2 ")


def test_a_skyhook_can_be_raided_soon_or_now() -> None:
    late = timedelta(hours=22)
    soon = occurrence(OccurrenceKind.SKYHOOK, starts=NOW, ends=NOW + late)
    assert sov_words.title(soon, lexicon()) == "A skyhook in 1DQ1-A can be raided soon"
    assert sov_words.line(soon, lexicon()).endswith(", 2021-11-30 02:20\u20132021-12-01 00:20 EVE")
    now = replace(soon, starts=soon.at)
    assert sov_words.title(now, lexicon()) == "A skyhook in 1DQ1-A can be raided"
    assert "can be raided until <t:1638318000:R>, " in sov_words.line(now, lexicon())


@pytest.mark.parametrize("kind", [OccurrenceKind.WINDOW, OccurrenceKind.SKYHOOK])
def test_news_tell_hours_in_the_servers_own_zone_too(kind: OccurrenceKind) -> None:
    assert " CET)" in text_of(news(OCCURRENCES[kind]), zone=BERLIN).partition("\n-#")[0]


def test_nobody_is_named_where_nobody_holds() -> None:
    freed = occurrence(OccurrenceKind.HOLDER, old=None, new=FRT)
    assert "nobody → **Fraternity." in sov_words.line(freed, lexicon())


def test_news_of_many_are_told_together_and_none_is_lost() -> None:
    told = text_of(news(*MANY_FLIPS, more=12))
    assert "52 systems changed hands" in told
    assert "**at least 40 systems in Delve, Paragon Soul**" in told, "the others may be of them"
    assert "*and 12 more*" in told
    assert "**40 systems in Delve, Paragon Soul**" in text_of(news(*MANY_FLIPS)), "most are first"
    apart = [replace(one, at=one.at - timedelta(minutes=n)) for n, one in enumerate(MANY_FLIPS)]
    lines = text_of(news(*apart)).splitlines()
    assert sum(line.startswith("- ") for line in lines) == LINES
    assert f"*and {len(apart) - LINES} more*" in lines


def test_regions_that_have_no_room_are_counted() -> None:
    spread = (D1DQ, D1DQ, SVM, X47L, UW9B, AMAMAKE, WORMHOLE)
    flips = [
        occurrence(OccurrenceKind.HOLDER, n, systems=(system,), old=FRT, new=INIT)
        for n, system in enumerate(spread)
    ]
    told = sov_words.together(flips, lexicon())
    assert re.search(r"\*\*7 systems in Delve, \w+, [\w ]+ and 3 more regions\*\*", told)


def test_what_was_held_says_why_and_since_when() -> None:
    quiet = text_of(SOV_MESSAGES["news quiet"])
    assert (
        "While it was quiet: 15 changes in sovereignty, faction warfare, incursions, wars" in quiet
    )
    assert "Quiet hours: 2021-11-29 18:20\u20132021-11-30 02:20 EVE." in quiet
    assert "- 02:17 [1DQ1-A]" in quiet
    gap = text_of(SOV_MESSAGES["news gap"])
    assert "The source gave nothing for more than an hour" in gap
    assert "- 02:17" not in gap, "when it was nobody knows"
    assert "until 03:00 EVE is told here" in text_of(SOV_MESSAGES["news cap"])
    alone = news(MANY_FLIPS[0], held_by=HeldBy.QUIET)
    assert "While it was quiet: 1 change in sovereignty" in text_of(alone)


def test_of_much_that_was_held_the_heaviest_is_told_and_nothing_unsure() -> None:
    scores = [occurrence(OccurrenceKind.CAMPAIGN_SCORE, n, subject=n) for n in range(LINES + 3)]
    flip = occurrence(OccurrenceKind.HOLDER, 99, old=FRT, new=INIT, at=NOW)
    told = text_of(news(*scores, flip, held_by=HeldBy.CAP, more=6))
    assert f"Hourly limit reached: {LINES + 10} changes" in told.splitlines(), (
        "what the six are nobody knows"
    )
    lines = [line for line in told.splitlines() if line.startswith("- ")]
    assert len(lines) == LINES
    assert "**The Initiative." in lines[-1], "the last that happened"
    alone = text_of(news(*scores[:5], held_by=HeldBy.CAP))
    assert "Hourly limit reached: 5 scores moved" in alone


def test_a_reminder_that_was_held_is_no_new_timer() -> None:
    new = OCCURRENCES[OccurrenceKind.CAMPAIGN_NEW]
    reminder = replace(new, word=REMINDED)
    told = text_of(news(reminder, held_by=HeldBy.QUIET))
    assert "While it was quiet: 1 reminder" in told.splitlines()
    assert "reminder of the timer of Fraternity" in told
    assert ", set for <t:" in told
    both = text_of(news(reminder, replace(new, key="other"), held_by=HeldBy.QUIET))
    assert "2 changes in sovereignty" in both


def test_a_board_tells_campaigns_own_timers_and_its_age() -> None:
    told = text_of(SOV_MESSAGES["board"])
    assert "Timers: Delve, Catch, Fraternity." in told
    assert told.index("Contested now") < told.index("Own timers") < told.index("as of 02:17 EVE")
    assert named_ids(board_message()) >= {FRT.id, BITING.id}
    assert NOTHING in text_of(SOV_MESSAGES["board never"])
    assert "No contest is known" in text_of(SOV_MESSAGES["board never"])
    assert "No contest is under way" in text_of(SOV_MESSAGES["board empty"])


def test_a_contest_whose_start_nobody_saw_is_not_told_as_begun() -> None:
    unseen = replace(SCHEDULED, start=NOW - minutes(300), seen=NOW - minutes(420))
    told = text_of(board_message(campaigns=(unseen,), freshness=STALE))
    assert "was to start <t:1638220800:R>" in told


def test_boards_are_named_without_markdown_where_there_is_none() -> None:
    board = replace(BOARD, regions=(DELVE,))
    assert board_scope_plain(board, lexicon()) == "Delve, Fraternity. [FRT]"
    assert board_scope_plain(replace(board, regions=(), parties=()), lexicon()).startswith("all")


def test_a_full_board_counts_what_does_not_fit() -> None:
    told = text_of(SOV_MESSAGES["board full"])
    shown = told.count("defender") + told.count("<t:1638260400:R>")
    assert f"*and {25 - shown + 14} more: `/sov timers`*" in told
    small = text_of(board_message(more=14))
    assert "*and 14 more: `/sov timers`*" in small


def test_resting_boards_say_why() -> None:
    other = replace(BOARD, id=4, channel_id=ChannelId(71), regions=(), parties=())
    view = BoardListView(boards=(BOARD, other), resting={ChannelId(71): "the bot may not see it"})
    told = text(render_board_list(view, lexicon()).embed.to_dict())
    assert told.count("rests") == 1
    assert "**#4** in <#71>: all of sovereignty\n**rests**: the bot may not see it" in told
    assert "`/sov board resume 4`" in told
