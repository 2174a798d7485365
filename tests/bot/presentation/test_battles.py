from dataclasses import replace
from datetime import timedelta

import discord
import pytest

from bot.presentation import colours
from bot.presentation.battle_lists import BattleListView, render_battle, render_battle_list
from bot.presentation.battles import render_battle_message
from bot.presentation.card import LinkButton
from bot.presentation.figures import composition, efficiency, split_sides
from bot.presentation.text import NO_BREAK
from bot.presentation.times import relative
from services.domain.battle import Battle, BattleState
from services.domain.isk import IskSum
from services.domain.message import BattleMessage
from tests.bot.samples import (
    BRAWL,
    FLEET_FIGHT,
    INSMOTHER,
    NOW,
    SIDE_A,
    SIDE_B,
    SIDE_C,
    SKIRMISH,
    UTC_ZONE,
    battle_message,
    hulls,
    lexicon,
    party,
    side,
)


def embed_of(battle: Battle, **changes: object) -> discord.Embed:
    message: BattleMessage = battle_message(battle, **changes)
    return render_battle_message(message, lexicon(), now=NOW, zone=UTC_ZONE).embed


def values(embed: discord.Embed) -> list[str]:
    return [(field.value or "").replace(NO_BREAK, " ") for field in embed.fields]


def test_a_fleet_fight_at_a_glance() -> None:
    embed = embed_of(FLEET_FIGHT)
    assert embed.title == "Battle in UW9B-F — 195 kills, ongoing"
    assert embed.author.name == "Test Alliance Please Ignore +5 vs Sigma Grindset +3"
    assert (embed.description or "").replace(NO_BREAK, " ").split("\n")[:1] == [
        "**74.6B ISK** destroyed · 757 pilots · 1 h 42 min"
    ]
    assert "00:26\N{EN DASH}02:08 EVE" in (embed.description or "")
    assert [field.name for field in embed.fields] == [
        "Side A · 387 pilots · 90 lost",
        "Side B · 361 pilots · 103 lost",
        "Third parties",
    ]
    assert [field.inline for field in embed.fields] == [True, True, False]
    assert (
        embed.footer.text
        == "Alert #1: battles in Curse, at least 20 kills · BR-UW9B-F-202111300026"
    )


def test_a_side_names_its_largest_parties_and_counts_the_rest() -> None:
    told = values(embed_of(FLEET_FIGHT))[0].split("\n")
    assert told[0] == r"**180** Test Alliance Please Ignore \[TEST\]"
    assert told[4] == "*and 2 more* (21)"
    assert told[5] == "Lost **32.9B ISK** · efficiency 56%"
    assert told[6].startswith("Capital 8 · Battleship 70 (\N{MINUS SIGN}6)")


def test_the_state_is_told_in_words() -> None:
    assert (embed_of(replace(FLEET_FIGHT, state=BattleState.ENDED)).title or "").endswith(
        "195 kills, over"
    )
    assert (embed_of(replace(FLEET_FIGHT, state=BattleState.FROZEN)).title or "").endswith(
        "195 kills, over"
    )


def test_unclear_sides_are_said_to_be_so_and_not_opposed() -> None:
    embed = embed_of(BRAWL)
    assert "**Sides unclear:** read from who shot whom, and that explains only 62%" in (
        embed.description or ""
    )
    assert " vs " not in (embed.author.name or "")
    assert "fficiency" not in "".join(values(embed))


def test_what_is_unpriced_is_counted() -> None:
    assert "**at least ~4.07B ISK** destroyed, 4 unpriced" in (embed_of(BRAWL).description or "")
    unknown = replace(SKIRMISH, isk_destroyed=IskSum(unpriced=2))
    assert "value of the losses **unknown**" in (embed_of(unknown).description or "")


def test_small_sides_are_third_parties_and_the_rest_is_summed() -> None:
    main, third = split_sides(BRAWL)
    assert [side.pilots for side in main] == [40, 33, 30]
    told = values(embed_of(BRAWL))[-1].split("\n")
    assert len(third) == 7
    assert len(told) == 5
    assert told[-1] == "*and 3 more* · 8 pilots · lost 3, 30.0M ISK"


@pytest.mark.parametrize(
    ("battle", "share"),
    [
        (FLEET_FIGHT, 41.4 / (41.4 + 32.9)),
        (replace(FLEET_FIGHT, certainty=0.79), None),
        (
            replace(
                FLEET_FIGHT, sides=(replace(SIDE_A, isk_lost=IskSum(isk=1e9, unpriced=1)), SIDE_B)
            ),
            None,
        ),
        (replace(FLEET_FIGHT, sides=(SIDE_A,)), None),
        (replace(FLEET_FIGHT, isk_destroyed=IskSum(isk=200e9)), None),
    ],
)
def test_efficiency_is_told_only_where_it_is_known(battle: Battle, share: float | None) -> None:
    assert efficiency(battle, battle.sides[0]) == (pytest.approx(share) if share else None)


def test_the_two_efficiencies_make_one() -> None:
    shares = [efficiency(FLEET_FIGHT, side) for side in (SIDE_A, SIDE_B, SIDE_C)]
    assert shares[2] is None
    assert sum(share for share in shares if share) == pytest.approx(1)


def test_a_side_that_did_nothing_is_no_opponent() -> None:
    bystanders = side(replace(party(99003581, 900, 0, 0), kills=0))
    main, third = split_sides(replace(FLEET_FIGHT, sides=(bystanders, SIDE_A, SIDE_B)))
    assert main[:2] == (SIDE_A, SIDE_B)
    assert bystanders in (*main, *third)


def test_hulls_are_told_heaviest_first_and_the_rest_summed() -> None:
    counts = hulls(pod=(3, 3), frigate=(9, 1), capital=(2, 0), cruiser=(5, 5))
    minus = "\N{MINUS SIGN}"
    told = composition(counts, most=9).replace(NO_BREAK, " ")
    assert told == f"Capital 2 · Cruiser {minus}5 · Frigate 9 ({minus}1) · Pod {minus}3"
    assert composition(counts, most=2).replace(NO_BREAK, " ") == f"Capital 2 · rest 17 ({minus}9)"


def links_of(battle: Battle) -> list[tuple[str, str]]:
    card = render_battle_message(battle_message(battle), lexicon(), now=NOW, zone=UTC_ZONE)
    return [
        (b.label, b.url.split("/related/")[-1]) for b in card.buttons if isinstance(b, LinkButton)
    ]


def test_links_of_one_hour_of_some_and_of_many() -> None:
    assert links_of(SKIRMISH)[:2] == [
        ("zKillboard", "30002537/202111300100/"),
        ("br.evetools", "30002537/202111300100"),
    ]
    assert [label for label, _ in links_of(FLEET_FIGHT)][:3] == [
        "zKillboard 00:00",
        "zKillboard 01:00",
        "zKillboard 02:00",
    ]
    day = replace(FLEET_FIGHT, end=FLEET_FIGHT.start + timedelta(hours=9))
    assert [label for label, _ in links_of(day)][:4] == [
        "zKillboard 00:00",
        "zKillboard 05:00",
        "zKillboard 09:00",
        "br.evetools",
    ]


def test_gold_begins_at_a_hundred_billion() -> None:
    dear = replace(FLEET_FIGHT, isk_destroyed=IskSum(isk=colours.VALUABLE_BATTLE))
    assert embed_of(dear).colour == discord.Colour(colours.VALUABLE)
    assert embed_of(FLEET_FIGHT).colour == discord.Colour(colours.NEUTRAL)


def test_a_merged_battle_points_to_the_one_that_took_it_in() -> None:
    embed = embed_of(SKIRMISH, merged_into="BR-Amamake-202111300140")
    assert embed.title == "Battle in Amamake — now part of a larger one"
    assert "**BR-Amamake-202111300140**" in (embed.description or "")
    assert not embed.fields


def test_a_sample_says_so_twice() -> None:
    embed = embed_of(FLEET_FIGHT, sample=True)
    assert (embed.title or "").startswith("SAMPLE · Battle in UW9B-F")
    assert (embed.description or "").startswith("*A sample")


def test_a_list_tells_each_battle_in_short_lines() -> None:
    view = BattleListView(
        battles=(FLEET_FIGHT, SKIRMISH),
        page=1,
        pages=3,
        total=22,
        hours=24,
        region_id=INSMOTHER,
        min_kills=2,
    )
    embed = render_battle_list(view, lexicon(), now=NOW, zone=UTC_ZONE).embed
    assert embed.title == "Battles in Curse, last 24 hours, at least 2 kills"
    described = (embed.description or "").replace(NO_BREAK, " ")
    first = described.split("\n\n")[0].split("\n")
    assert first[0].endswith("Curse · **195 kills** · 757 pilots · 74.6B ISK · **ongoing**")
    assert first[1] == "Test Alliance Please Ignore +5 vs Sigma Grindset +3"
    assert first[2] == f"{relative(FLEET_FIGHT.end)} · 00:26\N{EN DASH}02:08 EVE"
    assert first[3] == "-# `BR-UW9B-F-202111300026`"
    assert (embed.footer.text or "").startswith("Page 2 of 3 · 22 battles")


def test_an_empty_list_says_what_to_do() -> None:
    view = BattleListView(battles=(), page=0, pages=0, total=0, hours=1)
    embed = render_battle_list(view, lexicon(), now=NOW, zone=UTC_ZONE).embed
    assert embed.description == "No battle here. Ask for more hours."
    narrow = replace(view, region_id=INSMOTHER, min_kills=9)
    embed = render_battle_list(narrow, lexicon(), now=NOW, zone=UTC_ZONE).embed
    assert "more hours or fewer kills or another region" in (embed.description or "")


def test_no_line_of_figures_begins_with_a_dot() -> None:
    view = BattleListView(battles=(FLEET_FIGHT,), page=0, pages=1, total=1, hours=24)
    listed = render_battle_list(view, lexicon(), now=NOW, zone=UTC_ZONE).embed
    assert " · " not in (listed.description or "").split("\n")[0]
    shown = render_battle(FLEET_FIGHT, lexicon(), now=NOW, zone=UTC_ZONE).embed
    for field in shown.fields:
        assert " · " not in (field.value or "")


def test_the_full_card_tells_every_party() -> None:
    embed = render_battle(FLEET_FIGHT, lexicon(), now=NOW, zone=UTC_ZONE).embed
    told = values(embed)[0].split("\n")
    assert (
        told[0]
        == r"**Test Alliance Please Ignore \[TEST\]** · 180 pilots · on 90 kills · lost 44, 18.1B"
    )
    assert told[5].startswith("**alliance #99010413**")
    assert (
        embed.footer.text == "BR-UW9B-F-202111300026 · sides read from who shot whom, 95% explained"
    )
