"""What commands and buttons answer about battles: report, time line, losses, fits, sides, history, lists."""

import re
from dataclasses import replace
from datetime import timedelta

import discord
import pytest

from bot.presentation.battle_history import history_page_count, ids_in_history, render_history
from bot.presentation.battle_lists import BattleListView, render_battle_list
from bot.presentation.battle_losses import LossesView, ids_in_losses, render_fit, render_losses
from bot.presentation.battle_reports import PARTIES, ids_in_report, render_report, report_page_count
from bot.presentation.battle_sides import render_sides
from bot.presentation.battle_timeline import ids_in_timeline, render_timeline
from bot.presentation.card import LinkButton
from bot.presentation.text import NO_BREAK
from bot.presentation.times import relative
from services.domain.battle import BattleSearch, BattleState
from services.domain.battle_report import BattleReport
from services.domain.fetch import FetchedFit, FetchState
from services.domain.ids import KillmailId
from tests.bot.battle_samples import (
    EVERYTHING,
    FIT,
    HISTORY,
    LIST,
    LOSSES,
    MOVES,
    losses_view,
    pages_of,
    report,
)
from tests.bot.samples import (
    BRAWL,
    FLEET_FIGHT,
    INSMOTHER,
    NOW,
    ROAM,
    SIDE_A,
    SIDE_B,
    UTC_ZONE,
    alliance,
    lexicon,
    party,
    side,
)

WANTED = "**The fit is not stored here.** It is asked for"
LINKED = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\(https[^)]*\)")


def plain(text: str | None) -> str:
    """As it is read: links are their words, blanks are blanks."""
    return LINKED.sub(r"\1", (text or "").replace(NO_BREAK, " "))


def lines_of(embed: discord.Embed) -> list[str]:
    return plain(embed.description).split("\n")


def titles(whole: BattleReport) -> list[str | None]:
    return [card.embed.title for card in pages_of(whole, lexicon())]


def test_a_report_has_a_page_for_everything() -> None:
    assert titles(report()) == [
        "Battle in UW9B-F — 195 kills, ongoing",
        "Organisations",
        "Ships of side A",
        "Ships of side B",
        "Ships of all others",
        "Pilots",
        "Most valuable losses",
    ]
    first, *rest = pages_of(report(), lexicon())
    assert [file.name for file in first.files] == ["battle.png"]
    assert first.embed.image.url == "attachment://battle.png"
    assert len(first.buttons) == 5
    assert all(isinstance(button, LinkButton) for button in first.buttons)
    assert not any(card.files or card.buttons for card in rest)
    feet = [card.embed.footer.text for card in (first, *rest)]
    assert feet[1] == "Page 2 of 7 · BR-UW9B-F-202111300026"
    beyond = render_report(report(), lexicon(), page=99, now=NOW, zone=UTC_ZONE)
    assert beyond.embed.title == "Most valuable losses"


def test_the_overview_says_what_each_side_did() -> None:
    embed = pages_of(report(), lexicon())[0].embed
    assert plain(embed.fields[0].value).split("\n")[:2] == [
        "**Test Alliance Please Ignore +5** · on 192 kills · destroyed **41.4B ISK**",
        "Lost **32.9B ISK** · efficiency 56%",
    ]
    unclear = pages_of(report(BRAWL), lexicon())[0].embed
    assert "**Sides unclear:**" in (unclear.description or "")
    assert "destroyed" not in "".join(field.value or "" for field in unclear.fields)
    assert "kept as it was" in (unclear.footer.text or "")


def test_organisations_stand_under_their_sides_each_with_how_sure_it_is() -> None:
    sure = replace(SIDE_A.parties[0], certainty=0.97)
    battle = replace(
        ROAM, sides=(replace(SIDE_A, parties=(sure, *SIDE_A.parties[1:])), *ROAM.sides[1:])
    )
    lines = lines_of(pages_of(report(battle), lexicon())[1].embed)
    assert lines[:3] == [
        "**Side A · 387 pilots · 90 lost**",
        r"Test Alliance Please Ignore \[TEST\]",
        "-# 180 pilots · on 90 kills · lost 44, 18.1B · 97% sure",
    ]
    assert r"Sigma Grindset \[SIGMA\] *unsure*" in lines
    assert lines[lines.index("**Third party**") + 2].endswith("third party")
    crowd = side(*(party(99100000 + n, 9, 0, 0.0) for n in range(PARTIES * 2)))
    many = replace(FLEET_FIGHT, sides=(crowd, SIDE_B))
    assert titles(report(many)).count("Organisations") == 3


def test_ships_are_told_by_class_and_hull() -> None:
    lines = lines_of(pages_of(report(), lexicon())[2].embed)
    assert lines[0] == "**Test Alliance Please Ignore +5**"
    at = lines.index("**Cruiser 180** (\N{MINUS SIGN}30)")
    assert lines[at + 1] == "Muninn 120 (\N{MINUS SIGN}22)"
    assert lines.index("**Capital 8**") < at < lines.index("**Pod 31** (\N{MINUS SIGN}31)")


def test_pilots_by_damage_and_by_final_blows() -> None:
    embed = pages_of(report(), lexicon())[5].embed
    damage, blows = (plain(field.value).split("\n") for field in embed.fields)
    assert damage[0] == r"**899,999** Ana Kaseros \[TEST\] · Muninn · side A"
    assert [line.split("**")[1] for line in blows] == ["3", "2", "1"]
    assert "side" not in blows[0]
    nameless = replace(report().pilots[0], organisation=alliance(99000999))
    bare = pages_of(report(pilots=(nameless,)), lexicon())[5].embed.fields[0]
    assert plain(bare.value).startswith("**899,999** Ana Kaseros · alliance #99000999 · Muninn")
    for detailed, why in (
        (False, "who shot is no longer kept in full"),
        (True, "no named pilot shot"),
    ):
        none = report(detailed=detailed, pilots=())
        assert lines_of(pages_of(none, lexicon())[5].embed) == [f"Nobody can be named: {why}."]


def test_the_dearest_losses_and_how_many_more() -> None:
    lines = lines_of(pages_of(report(), lexicon())[6].embed)
    assert lines[0] == r"1. Fortizar **21.0B** · Ana Kaseros \[TEST\]"
    assert lines[1] == "-# side A · 01:50 EVE"
    assert lines[-2:] == [
        "-# 1 loss without a known value come last.",
        f"-# and {len(LOSSES) - 10} more: the button *Losses* lists all, with their fits.",
    ]


def test_names_are_asked_for_what_a_page_shows() -> None:
    whole = report()
    last = report_page_count(whole) - 1
    assert ids_in_report(whole, 1) >= {99011990, 498125261}
    assert ids_in_report(whole, last - 1) == {
        2112000001, 2112000002, 2112000003, 498125261, 99011990, 99000777,
    }  # fmt: skip
    assert ids_in_report(whole, last + 5) == {
        2112000001, 2112000002, 2112000003, 498125261, 99011990, 99000777, 99008469,
    }  # fmt: skip
    assert ids_in_timeline(whole) >= {498125261, 99011990, 2112000001}


def test_the_time_line_in_words() -> None:
    card = render_timeline(report(ROAM), lexicon(), now=NOW, zone=UTC_ZONE, picture=b"png")
    assert [file.name for file in card.files] == ["timeline.png"]
    lines = lines_of(card.embed)
    assert lines[0].startswith(f"Ended {relative(ROAM.end)}")
    assert "**Side A** Test Alliance Please Ignore +5 · lost 90, 32.9B ISK" in lines
    events = lines[lines.index("") + 1 :]
    assert events == [
        r"`00:31` **First blood** Muninn **412M** · Ana Kaseros \[TEST\] · side A",
        "`01:00` **Fiercest 10 min** 01:00\N{EN DASH}01:10: 30 kills, 1.50B ISK",
        r"`01:35` **Capital** Naglfar **3.10B** · Ana Kaseros \[SIGMA\] · side B",
        r"`01:50` **Structure** Fortizar **21.0B** · Ana Kaseros \[TEST\] · side A",
    ]
    bare = render_timeline(report(), lexicon(), now=NOW, zone=UTC_ZONE, picture=None)
    assert not bare.files
    assert bare.embed.image.url is None


def test_what_was_moved_by_hand_is_said_at_once() -> None:
    told = "-# Sides as changed by hand on this server: 1 party moved"
    first = pages_of(report(ROAM), lexicon())[0].embed
    line = render_timeline(report(ROAM), lexicon(), now=NOW, zone=UTC_ZONE, picture=None).embed
    for embed in (first, line):
        assert told in lines_of(embed)
    assert "by hand" not in str(pages_of(report(), lexicon())[0].embed.to_dict())


def test_a_picture_that_is_missing_is_said_to_be() -> None:
    drawn = {"lexicon": lexicon(), "now": NOW, "zone": UTC_ZONE, "picture": None}
    cards = [
        render_report(report(), page=0, **drawn),  # type: ignore[arg-type]
        render_timeline(report(), **drawn),  # type: ignore[arg-type]
    ]
    missing = "its picture could not be drawn just now"
    assert all(missing in (card.embed.footer.text or "") for card in cards)
    told = [*pages_of(report(), lexicon()), render_report(report(), page=1, **drawn)]  # type: ignore[arg-type]
    assert not any(missing in (card.embed.footer.text or "") for card in told)


def test_a_short_fight_has_no_fiercest_minutes() -> None:
    moments = tuple(
        replace(one, time=FLEET_FIGHT.start + timedelta(seconds=number))
        for number, one in enumerate(report().moments)
    )
    short = render_timeline(
        report(moments=moments), lexicon(), now=NOW, zone=UTC_ZONE, picture=None
    )
    assert "Fiercest" not in (short.embed.description or "")
    unknown = tuple(replace(one, isk=None) for one in report().moments)
    told = render_timeline(report(moments=unknown), lexicon(), now=NOW, zone=UTC_ZONE, picture=None)
    assert "30 kills, unknown ISK" in (told.embed.description or "")


def test_losses_are_numbered_through_and_say_where_their_fits_are() -> None:
    embed = render_losses(losses_view(), lexicon(), now=NOW, zone=UTC_ZONE).embed
    lines = lines_of(embed)
    assert lines[:6:2] == [
        r"1. Fortizar **21.0B** · Ana Kaseros \[TEST\]",
        r"2. Naglfar **3.10B** · Ana Kaseros \[SIGMA\]",
        r"3. Muninn **412M** · Ana Kaseros \[TEST\]",
    ]
    assert lines[1:8:2] == [
        "-# side A · 01:50 EVE · fit known",
        "-# side B · 01:35 EVE · fit asked for",
        "-# side A · 00:31 EVE · fit not to be had",
        "-# side B · 00:44 EVE",
    ]
    assert embed.footer.text == "Page 1 of 4 · 37 losses · BR-UW9B-F-202111300026"
    second = render_losses(losses_view(1), lexicon(), now=NOW, zone=UTC_ZONE).embed
    assert lines_of(second)[0].startswith("11. Sabre")
    assert ids_in_losses(losses_view()) >= {2112000001, 498125261, 99011990}
    moved = render_losses(replace(losses_view(), battle=ROAM), lexicon(), now=NOW, zone=UTC_ZONE)
    assert "-# side A · 01:50 EVE · UW9B-F · fit known" in lines_of(moved.embed)
    unknown = replace(losses_view().losses[0], organisation=alliance(99000999))
    bare = render_losses(
        replace(losses_view(), losses=(unknown,)), lexicon(), now=NOW, zone=UTC_ZONE
    )
    assert lines_of(bare.embed)[0].endswith("· Ana Kaseros · alliance #99000999")
    none = LossesView(battle=FLEET_FIGHT, losses=(), page=0, pages=1, total=0)
    assert "No ship" in lines_of(render_losses(none, lexicon(), now=NOW, zone=UTC_ZONE).embed)[0]


def fitted(fit: FetchedFit) -> discord.Embed:
    return render_fit(LOSSES[2], fit, lexicon(), now=NOW, zone=UTC_ZONE).embed


def test_a_fit_by_racks_with_what_dropped() -> None:
    embed = fitted(FIT)
    told = [(field.name, plain(field.value)) for field in embed.fields]
    assert embed.title == "Sabre lost in UW9B-F"
    assert told[0] == (
        "High slots",
        "5x 800mm Repeating Cannon II *(2 dropped)*\n-# 120x Republic Fleet EMP S *(dropped)*",
    )
    assert [name for name, _ in told] == [
        "High slots",
        "Low slots",
        "Rigs",
        "Drones",
        "Cargo and holds",
    ]
    assert told[3][1] == "5x Warrior II *(2 dropped)*"
    assert told[4][1].startswith("9x Tritanium · 9x Pyerite · ")
    assert told[4][1].endswith("(copy) *(dropped)*")
    assert embed.footer.text == "Killmail 13 · dropped: could be looted"


@pytest.mark.parametrize(
    ("fit", "words"),
    [
        (
            FetchedFit(
                killmail_id=KillmailId(13),
                state=FetchState.PENDING,
                tries=2,
                next_try_at=NOW + timedelta(minutes=4),
            ),
            f"{WANTED} (2 tries so far). I try again {relative(NOW + timedelta(minutes=4))}.",
        ),
        (
            FetchedFit(
                killmail_id=KillmailId(13),
                state=FetchState.PENDING,
                tries=1,
                next_try_at=NOW,
                error="ESI answers *503*.",
            ),
            rf"{WANTED} (1 try so far). The last one failed: ESI answers \*503\*. I try again {relative(NOW)}.",
        ),
        (
            FetchedFit(killmail_id=KillmailId(13), state=FetchState.PENDING, next_try_at=NOW),
            f"{WANTED} now: Refresh in a moment.",
        ),
        (
            FetchedFit(killmail_id=KillmailId(13), state=FetchState.PROCESSING),
            "**The fit is being fetched**.",
        ),
        (
            FetchedFit(
                killmail_id=KillmailId(13), state=FetchState.FAILED, tries=1, error="ESI is *down*."
            ),
            r"**The fit is not to be had** (1 try so far): ESI is \*down\*.",
        ),
        (
            FetchedFit(killmail_id=KillmailId(13), state=FetchState.SUCCEEDED, items=()),
            "Nothing was fitted and nothing aboard.",
        ),
        (
            FetchedFit(killmail_id=KillmailId(13), state=FetchState.SUCCEEDED),
            "**The fit is not known.**",
        ),
    ],
)
def test_an_unknown_fit_is_never_an_empty_one(fit: FetchedFit, words: str) -> None:
    embed = fitted(fit)
    assert lines_of(embed)[-1] == words
    assert not embed.fields


def test_sides_with_what_was_moved_and_by_whom() -> None:
    embed = render_sides(ROAM, MOVES, lexicon(), now=NOW, zone=UTC_ZONE).embed
    lines = lines_of(embed)
    assert lines[0].endswith("ahead by ISK, ~56 : 44")
    assert lines[2].startswith(r"-# Test Alliance Please Ignore \[TEST\] moved beside")
    assert lines[3] == (
        r"-# Sev3rance \[7-2\] moved to a side of its own by <@1000> "
        + relative(NOW - timedelta(hours=1))
    )
    assert plain(embed.fields[0].value).startswith(
        r"Test Alliance Please Ignore \[TEST\] *moved* · 180 pilots"
    )
    assert plain(embed.fields[1].value).startswith(
        r"Sigma Grindset \[SIGMA\] *unsure* · 140 pilots · 60% sure"
    )
    many = render_sides(ROAM, MOVES * 4, lexicon(), now=NOW, zone=UTC_ZONE).embed
    assert "-# and 3 moves before that" in lines_of(many)
    six = render_sides(ROAM, MOVES * 3, lexicon(), now=NOW, zone=UTC_ZONE).embed
    assert "-# and 1 move before that" in lines_of(six)
    frozen = replace(ROAM, state=BattleState.FROZEN)
    closed = render_sides(frozen, (), lexicon(), now=NOW, zone=UTC_ZONE).embed
    assert "Choose a party" not in (closed.description or "")


def test_a_party_that_was_moved_is_never_left_out() -> None:
    crowd = [party(99100000 + n, 40 - n, 0, 0.0) for n in range(30)]
    crowd[-1] = replace(crowd[-1], moved=True)
    battle = replace(FLEET_FIGHT, sides=(side(*crowd), SIDE_B))
    embed = render_sides(battle, (), lexicon(), now=NOW, zone=UTC_ZONE).embed
    lines = plain(embed.fields[0].value).split("\n")
    assert lines[0].startswith("alliance #99100029 *moved*")
    assert lines[-1] == "*and 20 more*"


def test_a_history_with_its_sum_on_the_first_page() -> None:
    def page(number: int) -> discord.Embed:
        return render_history(HISTORY, lexicon(), page=number, now=NOW, zone=UTC_ZONE).embed

    assert history_page_count(HISTORY) == 2
    assert page(0).title == "Fights of Test Alliance Please Ignore, since 2021-11-30 01:50 EVE"
    whole = render_history(
        replace(HISTORY, total=200), lexicon(), page=0, now=NOW, zone=UTC_ZONE
    ).embed
    assert whole.title == "Fights of Test Alliance Please Ignore, last 30 days"
    assert "only the latest" not in (whole.description or "")
    lines = lines_of(page(0))
    assert lines[:2] == [
        "**9 fights**: 1 won by ISK, 1 lost, 7 open",
        "Its sides destroyed **80.0B ISK** · lost **at least 50.0B ISK** (1 unpriced)",
    ]
    assert lines[2].startswith(r"**Beside** Test Alliance Please Ignore \[TEST\] (9) · ")
    assert lines[2].endswith(" · 2 more")
    assert lines[3].startswith("**Against** ")
    assert [line for line in lines if "by ISK · " in line or line.startswith("open")] == [
        "**won** by ISK · side A",
        "**lost** by ISK · side B",
        "open · on no side",
        *["open · side F"] * 5,
    ]
    told = "-# There were 312 in the last 30 days: only the latest 200 are read, and these figures are of them"
    assert told in lines
    assert page(0).footer.text == "Page 1 of 2"
    assert "Beside" not in (page(1).description or "")
    assert page(7).footer.text == page(1).footer.text
    assert ids_in_history(HISTORY, 0) >= {498125261, 99000777, 99011990}
    empty = replace(HISTORY, fights=(), read=3, total=3)
    none = render_history(empty, lexicon(), page=0, now=NOW, zone=UTC_ZONE).embed
    assert none.description == "No fight that I have stored."
    assert none.footer.text is None


def listed(view: BattleListView) -> discord.Embed:
    return render_battle_list(view, lexicon(), now=NOW, zone=UTC_ZONE).embed


def test_a_list_tells_each_battle_in_short_lines() -> None:
    embed = listed(LIST)
    assert embed.title == "Battles, last 24 hours"
    assert listed(replace(LIST, hours=72)).title == "Battles, last 3 days"
    lines = lines_of(embed)
    assert lines[:7] == [
        "**Asked for** in Curse, at least 2 kills",
        "",
        "**Battle in UW9B-F** · Curse · **ongoing**",
        "**195 kills** · 74.6B ISK · 757 pilots · 9 capitals",
        "Test Alliance Please Ignore +5 vs Sigma Grindset +3",
        f"-# {relative(FLEET_FIGHT.end)} · 00:26\N{EN DASH}02:08 EVE",
        "-# `BR-UW9B-F-202111300026`",
    ]
    assert (embed.footer.text or "").startswith("Page 2 of 7 · 64 battles")
    assert any(line.startswith("**Roaming in UW9B-F → X47L-Q → Amamake**") for line in lines)
    by_hand = [line for line in lines if line.endswith(" · *sides changed by hand*")]
    assert [line.split(" vs ")[0] for line in by_hand] == ["Test Alliance Please Ignore +5"]


def test_a_list_says_all_that_was_asked() -> None:
    asked = lines_of(listed(replace(LIST, asked=EVERYTHING)))[0]
    assert asked.startswith("**Asked for** gate camp, in UW9B-F, in Curse, in null-sec, with ")
    assert asked.endswith("at least 20 kills and 1.00B ISK and 50 pilots and 2 capitals")
    assert len(asked) < 250
    nobody = replace(LIST, asked=BattleSearch(entity_id=77))
    assert lines_of(listed(nobody))[0] == "**Asked for** with #77"
    assert not lines_of(listed(replace(LIST, asked=BattleSearch())))[0].startswith("**Asked")


def test_an_empty_list_says_what_to_do() -> None:
    view = BattleListView(battles=(), page=0, pages=1, total=0, hours=1)
    assert listed(view).description == "No battle here. Ask for more hours."
    narrow = replace(view, asked=BattleSearch(region_id=INSMOTHER, min_kills=9))
    assert "more hours or less at once or another place" in (listed(narrow).description or "")


def test_no_line_of_figures_begins_with_a_dot() -> None:
    for card in pages_of(report(ROAM), lexicon()):
        fields = [field.value or "" for field in card.embed.fields]
        texts = [*(card.embed.description or "").split("\n"), *"\n".join(fields).split("\n")]
        # What tells a moment is a sentence, and small print may break where it likes.
        assert not [
            text for text in texts if " · " in text and not re.match(r"-#|Ended|\*\*Side", text)
        ]
