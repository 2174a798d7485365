import re
from dataclasses import replace
from datetime import datetime, timedelta

import discord
import pytest

from bot.presentation import colours
from bot.presentation.battle_words import growth, standing
from bot.presentation.battles import battle_actions, render_battle_message
from bot.presentation.card import ActionButton, LinkButton
from bot.presentation.figures import composition, split_sides
from bot.presentation.messages import named_ids, render_message
from bot.presentation.text import NO_BREAK
from bot.presentation.times import relative
from services.domain.battle import Battle, BattleKind, BattleState, Tempo, efficiency, related_url
from services.domain.ids import UserId
from services.domain.isk import IskSum
from services.domain.message import BattleMessage, MilestoneKind, Mute
from tests.bot.samples import (
    AMAMAKE,
    BRAWL,
    FLEET_FIGHT,
    J105951,
    JITA,
    MILESTONES,
    NOW,
    ROAM,
    SIDE_A,
    SIDE_B,
    SIDE_C,
    SKIRMISH,
    UTC_ZONE,
    UW9B,
    X47L,
    battle_message,
    hulls,
    lexicon,
    party,
    side,
)


def embed_of(battle: Battle, *, now: datetime = NOW, **changes: object) -> discord.Embed:
    message: BattleMessage = battle_message(battle, **changes)
    return render_battle_message(message, lexicon(), now=now, zone=UTC_ZONE).embed


def plain(text: str | None) -> str:
    return (text or "").replace(NO_BREAK, " ")


def told(embed: discord.Embed) -> list[str]:
    return plain(embed.description).split("\n")


def values(embed: discord.Embed) -> list[str]:
    return [(field.value or "").replace(NO_BREAK, " ") for field in embed.fields]


def test_a_fleet_fight_at_a_glance() -> None:
    embed = embed_of(FLEET_FIGHT, now=FLEET_FIGHT.end + timedelta(minutes=10))
    assert embed.title == "Battle in UW9B-F — 195 kills, ongoing"
    assert plain(embed.author.name) == "Test Alliance Please Ignore +5 vs Sigma Grindset +3"
    assert told(embed)[:4] == [
        "**74.6B ISK** destroyed · 757 pilots · 1 h 42 min",
        "**Test Alliance Please Ignore +5** ahead by ISK, 56 : 44 · sides 95% certain",
        "**Growing** up to its last kill: 31 kills in 10 minutes, 12 in the 10 before",
        "**9 capitals**: Avatar 1 · Naglfar 8",
    ]
    began, last = relative(FLEET_FIGHT.start), relative(FLEET_FIGHT.end)
    assert told(embed)[5] == f"Began {began}, last kill {last} · 00:26\N{EN DASH}02:08 EVE"
    assert [field.name for field in embed.fields] == [
        "Side A · 387 pilots · 90 lost",
        "Side B · 361 pilots · 103 lost",
        "Small side",
    ]
    assert [field.inline for field in embed.fields] == [True, True, False]
    assert (
        embed.footer.text
        == "Alert #1: battles in Curse, at least 20 kills · BR-UW9B-F-202111300026"
    )


def test_a_side_names_its_largest_parties_and_counts_the_rest() -> None:
    lines = values(embed_of(FLEET_FIGHT))[0].split("\n")
    assert lines[0] == r"**180** Test Alliance Please Ignore \[TEST\]"
    assert lines[4] == "*and 2 more* (21)"
    assert lines[5] == "Lost **32.9B ISK** · efficiency 56%"
    assert lines[6].startswith("Capital 8 · Battleship 70 (\N{MINUS SIGN}6)")


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
    everything = f"{embed.description}{values(embed)}"
    assert not any(word in everything for word in ("fficiency", "ahead", " certain"))


def test_what_is_unpriced_is_counted() -> None:
    assert "**at least ~4.07B ISK** destroyed, 4 unpriced" in (embed_of(BRAWL).description or "")
    unknown = replace(SKIRMISH, isk_destroyed=IskSum(unpriced=2))
    assert "value of the losses **unknown**" in (embed_of(unknown).description or "")


def test_small_sides_have_a_line_each_and_the_rest_is_summed() -> None:
    main, others = split_sides(BRAWL)
    assert [side.pilots for side in main] == [40, 33, 30]
    lines = values(embed_of(BRAWL))[-2].split("\n")
    assert len(others) == 7
    assert len(lines) == 5
    assert lines[-1] == "*and 3 more* · 8 pilots · lost 3, 30.0M ISK"


@pytest.mark.parametrize(
    ("battle", "share"),
    [
        (FLEET_FIGHT, 41.4 / (41.4 + 32.9)),
        (replace(FLEET_FIGHT, certainty=0.79), None),
        (
            replace(
                FLEET_FIGHT,
                sides=(replace(SIDE_A, isk_lost=IskSum(isk=32.9e9, unpriced=1)), SIDE_B),
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
    words = plain(composition(counts, most=9))
    assert words == f"Capital 2 · Cruiser {minus}5 · Frigate 9 ({minus}1) · Pod {minus}3"
    assert plain(composition(counts, most=2)) == f"Capital 2 · rest 17 ({minus}9)"


def links_of(battle: Battle) -> list[tuple[str, str]]:
    card = render_battle_message(battle_message(battle), lexicon(), now=NOW, zone=UTC_ZONE)
    return [
        (b.label, b.url.split("/related/")[-1]) for b in card.buttons if isinstance(b, LinkButton)
    ]


def test_links_of_one_hour_of_some_and_of_many() -> None:
    assert links_of(SKIRMISH) == [
        ("zKillboard", "30002537/202111300100/"),
        ("br.evetools", "30002537/202111300100"),
        ("warbeacon", "30002537/202111300100"),
    ]
    assert [label for label, _ in links_of(FLEET_FIGHT)][:3] == [
        "zKillboard 00:00",
        "zKillboard 01:00",
        "zKillboard 02:00",
    ]
    day = replace(FLEET_FIGHT, end=FLEET_FIGHT.start + timedelta(hours=9))
    assert [label for label, _ in links_of(day)] == [
        "zKillboard 00:00",
        "zKillboard 05:00",
        "zKillboard 09:00",
        "br.evetools",
        "warbeacon",
    ]


def test_gold_begins_at_a_hundred_billion() -> None:
    dear = replace(FLEET_FIGHT, isk_destroyed=IskSum(isk=colours.VALUABLE_BATTLE))
    assert embed_of(dear).colour == discord.Colour(colours.VALUABLE)
    assert embed_of(FLEET_FIGHT).colour == discord.Colour(colours.NEUTRAL)


def test_a_merged_battle_points_to_the_one_that_took_it_in() -> None:
    embed = embed_of(SKIRMISH, merged_into="BR-Amamake-202111300140")
    assert embed.title == "Skirmish in Amamake — now part of a larger one"
    assert "**BR-Amamake-202111300140**" in (embed.description or "")
    assert not embed.fields


def test_a_sample_says_so_twice() -> None:
    embed = embed_of(FLEET_FIGHT, sample=True)
    assert (embed.title or "").startswith("SAMPLE · Battle in UW9B-F")
    assert (embed.description or "").startswith("*A sample")


def test_it_tells_where_it_moved() -> None:
    embed = embed_of(ROAM)
    assert embed.title == "Roaming in UW9B-F → X47L-Q → Amamake — 195 kills, over"
    line = next(line for line in told(embed) if line.startswith("**Moved**"))
    assert "[UW9B-F](https://evemaps.dotlan.net/system/UW9B-F) 00:26 (100 kills) → [X47L-Q]" in line
    assert line.endswith("01:40 (35) · Curse, Pure Blind, Heimatar")
    labels = [label for label, _ in links_of(ROAM)]
    assert labels[:3] == [
        "zKillboard UW9B-F 00:00",
        "zKillboard X47L-Q 01:00",
        "zKillboard Amamake 02:00",
    ]
    small = next(line for line in told(embed) if line.startswith("-# zKillboard"))
    assert re.findall(r"\[(.*?)\]", small) == [
        "UW9B-F 00:00", "X47L-Q 00:00", "X47L-Q 01:00", "Amamake 01:00", "Amamake 02:00",
    ]  # fmt: skip
    far = tuple(
        replace(ROAM.places[0], system_id=key) for key in (UW9B, X47L, AMAMAKE, JITA, J105951)
    )
    many = replace(ROAM, places=far)
    assert (embed_of(many).title or "").startswith("Roaming in UW9B-F → X47L-Q → … → J105951 — ")


def moved(*kills: int) -> Battle:
    """Through as many systems as there are numbers, with so many kills in each."""
    systems = (UW9B, X47L, AMAMAKE)
    places = tuple(
        replace(ROAM.places[0], system_id=system, kills=many)
        for system, many in zip(systems, kills, strict=False)
    )
    ids = ROAM.killmail_ids[:1] * sum(kills)
    return replace(ROAM, places=places, killmail_ids=ids)


@pytest.mark.parametrize(
    ("kills", "named"),
    [
        ((77, 2), "UW9B-F"),
        ((1, 67), "X47L-Q"),
        ((50, 4, 30), "UW9B-F → Amamake"),
        ((5, 2), "UW9B-F"),
        ((2, 2, 2), "UW9B-F → X47L-Q → Amamake"),
        ((3, 2, 2), "UW9B-F → X47L-Q → Amamake"),
        ((3, 3), "UW9B-F → X47L-Q"),
    ],
)
def test_a_title_names_no_straggler(kills: tuple[int, ...], named: str) -> None:
    embed = embed_of(moved(*kills))
    assert (embed.title or "").startswith(f"Roaming in {named} — ")
    small = [line for line in told(embed) if line.startswith("-# Also ")]
    assert bool(small) is (named.count("→") + 1 < len(kills))
    assert ("**Moved**" in (embed.description or "")) is ("→" in named)


def test_a_straggler_stands_in_small_print_and_leads_nowhere() -> None:
    embed = embed_of(moved(1, 67))
    small = next(line for line in told(embed) if line.startswith("-# Also "))
    assert small == "-# Also [UW9B-F](https://evemaps.dotlan.net/system/UW9B-F) (1 kill)"
    assert str(X47L) in (embed.url or "")
    assert next(line for line in told(embed) if line.startswith("[X47L-Q]"))
    assert dict(links_of(moved(1, 67)))["br.evetools"].startswith(str(X47L))


def test_an_open_battle_links_its_latest_pages_in_small_print() -> None:
    going = replace(ROAM, state=BattleState.OPEN)
    small = next(line for line in told(embed_of(going)) if line.startswith("-# zKillboard"))
    assert re.findall(r"\[(.*?)\]", small) == [
        "X47L-Q 00:00", "X47L-Q 01:00", "Amamake 01:00", "Amamake 02:00",
    ]  # fmt: skip
    assert small.endswith(" · 1 earlier")
    one_hour = embed_of(replace(SKIRMISH, state=BattleState.OPEN))
    assert not any(line.startswith("-# zKillboard") for line in told(one_hour))


def test_third_parties_are_named_so_however_large_and_hands_are_seen() -> None:
    embed = embed_of(ROAM)
    assert [field.name for field in embed.fields] == [
        "Side A · 387 pilots · 90 lost",
        "Side B · 361 pilots · 103 lost",
        "Side C, third party · 90 pilots · 9 lost",
        "Third party",
        "Most valuable losses",
    ]
    one, two, *_ = values(embed)
    assert r"**180** Test Alliance Please Ignore \[TEST\] *moved*" in one
    assert r"**140** Sigma Grindset \[SIGMA\] *unsure*" in two
    assert plain(embed.fields[3].value) == "**D** Pandemic Legion · 3 pilots · lost 1, 100M ISK"
    largest = replace(ROAM.sides[2], pilots=900)
    first = embed_of(replace(ROAM, sides=(largest, SIDE_A, SIDE_B)))
    # Letters are those of the picture, which goes by size alone.
    assert [(field.name or "")[:19] for field in first.fields[:3]] == [
        "Side B · 387 pilots",
        "Side C · 361 pilots",
        "Side A, third party",
    ]


def test_at_the_end_it_tells_what_was_dear_and_no_pace() -> None:
    assert "Most valuable" not in str(embed_of(FLEET_FIGHT).to_dict())
    embed = embed_of(replace(FLEET_FIGHT, state=BattleState.ENDED))
    lines = re.sub(r"\(https.*?\)", "", plain(embed.fields[-1].value)).split("\n")
    assert lines[:2] == [
        r"[Muninn] **412M** · [Ana Kaseros] \[TEST\]",
        r"[Muninn] **388M** · [Vex O'Rourke] \[SIGMA\]",
    ]
    assert len(lines) == 3
    assert told(embed)[-1].startswith(f"Ended {relative(FLEET_FIGHT.end)} · ")
    assert "Growing" not in (embed.description or "")


@pytest.mark.parametrize(
    ("minutes", "kills", "before", "words"),
    [
        (14, 40, 1, None),
        (15, 9, 3, "**Growing** up to its last kill: 9 kills in 10 minutes, 3 in the 5 before"),
        (15, 9, 5, "**Steady**"),
        (60, 5, 3, "**Steady**"),
        (60, 3, 9, "**Slowing**"),
    ],
)
def test_whether_it_grows(minutes: int, kills: int, before: int, words: str | None) -> None:
    battle = replace(
        FLEET_FIGHT,
        end=FLEET_FIGHT.start + timedelta(minutes=minutes),
        tempo=Tempo(kills=kills, before=before),
    )
    line = growth(battle, now=battle.end + timedelta(minutes=10))
    assert (line is None) if words is None else (line or "").startswith(words)
    quiet = battle.end + timedelta(minutes=10, seconds=1)
    assert growth(battle, now=quiet) is None, "nothing died for ten minutes"


def test_who_is_ahead_is_said_only_where_it_is_known() -> None:
    def line(**changes: object) -> str:
        battle: Battle = replace(FLEET_FIGHT, **changes)  # type: ignore[arg-type]
        return plain(standing(battle, lexicon()))

    assert line(sides=(SIDE_B, SIDE_A)).startswith(
        "**Test Alliance Please Ignore +5** ahead by ISK, 56 : 44"
    )
    even = replace(SIDE_B, isk_lost=IskSum(isk=33e9))
    assert line(sides=(SIDE_A, even), isk_destroyed=IskSum(isk=66e9)).startswith(
        "**Even** by ISK, 50 : 50"
    )
    unknown = replace(SIDE_A, isk_lost=replace(SIDE_A.isk_lost, unpriced=3))
    assert line(sides=(unknown, SIDE_B)).startswith(
        "Nobody can say who is ahead: 3 losses without a value · sides 95% certain"
    )
    safe = replace(SIDE_A, losses=0, isk_lost=IskSum())
    assert "ahead by ISK, lost nothing" in line(sides=(safe, SIDE_B), isk_destroyed=SIDE_B.isk_lost)
    assert line(isk_destroyed=IskSum(isk=200e9)) == "Sides 95% certain"
    assert "ahead" not in line(certainty=0.9)
    third = replace(SIDE_B, parties=tuple(replace(one, third=True) for one in SIDE_B.parties))
    assert line(sides=(SIDE_A, third)) == "Sides 95% certain"
    assert line(sides=(SIDE_A,)) == ""


def test_the_buttons_are_two_rows_and_last() -> None:
    card = render_battle_message(battle_message(), lexicon(), now=NOW, zone=UTC_ZONE)
    assert [isinstance(button, ActionButton) for button in card.buttons] == [True] * 5 + [False] * 5
    actions = [button for button in card.buttons if isinstance(button, ActionButton)]
    assert [(button.label, button.custom_id) for button in actions] == [
        (label, f"wr:battle-{label.lower()}:0:BR-UW9B-F-202111300026")
        for label in ("Report", "Timeline", "Losses", "Sides", "Mute")
    ]
    merged = render_battle_message(
        battle_message(merged_into="BR-1"), lexicon(), now=NOW, zone=UTC_ZONE
    )
    assert not any(isinstance(button, ActionButton) for button in merged.buttons)
    sample = render_battle_message(battle_message(sample=True), lexicon(), now=NOW, zone=UTC_ZONE)
    assert all(b.disabled for b in sample.buttons if isinstance(b, ActionButton))
    frozen = battle_actions(replace(FLEET_FIGHT, state=BattleState.FROZEN), muted=False)
    assert [button.label for button in frozen] == ["Report", "Timeline", "Losses", "Sides"]


def test_who_muted_it_is_told_and_the_button_takes_it_back() -> None:
    message = battle_message(muted=Mute(by=UserId(1000), at=NOW))
    card = render_battle_message(message, lexicon(), now=NOW, zone=UTC_ZONE)
    assert told(card.embed)[-1].startswith(f"-# Muted here by <@1000> {relative(NOW)}")
    labels = [(b.label, b.custom_id) for b in card.buttons if isinstance(b, ActionButton)]
    assert labels[-1] == ("Unmute", "wr:battle-mute:0:BR-UW9B-F-202111300026")


@pytest.mark.parametrize("kind", BattleKind)
def test_every_kind_has_its_name_and_camps_their_colour(kind: BattleKind) -> None:
    embed = embed_of(replace(FLEET_FIGHT, kind=kind))
    assert (embed.title or "").startswith(f"{kind.value.capitalize()} in UW9B-F — ")
    camp = kind in {BattleKind.GATE_CAMP, BattleKind.SMARTBOMB_CAMP}
    assert embed.colour == discord.Colour(colours.CAMP if camp else colours.NEUTRAL)


NEWS = {
    MilestoneKind.CAPITALS: "First capital: Naglfar",
    MilestoneKind.DOUBLED: "Grown to 190 kills",
    MilestoneKind.ARRIVED: r"Fraternity. \[FRT\] arrived with 34 pilots",
    MilestoneKind.STRUCTURE: "Fortizar destroyed, lost by ",
    MilestoneKind.MOVED: "It moved to X47L-Q",
    MilestoneKind.OVER: "Over after 1 h 42 min",
}


@pytest.mark.parametrize("kind", MilestoneKind)
def test_a_milestone_says_one_thing(kind: MilestoneKind) -> None:
    card = render_message(MILESTONES[kind], lexicon(), now=NOW, zone=UTC_ZONE)
    assert (card.embed.title or "").startswith(NEWS[kind])
    lines = told(card.embed)
    assert lines[:2] == [
        "195 kills · 757 pilots · 74.6B ISK",
        "**Test Alliance Please Ignore +5** ahead by ISK, 56 : 44 · sides 95% certain",
    ]
    named = "" if MILESTONES[kind].in_thread else "Battle in UW9B-F · "
    assert lines[2].startswith(f"-# {named}{relative(FLEET_FIGHT.end)}")
    assert len(lines) == 3
    assert bool(card.embed.footer.text) is not MILESTONES[kind].in_thread
    assert (card.content, card.buttons, card.role_pings) == (None, (), ())
    unclear = replace(MILESTONES[kind], battle=BRAWL)
    assert "Sides unclear" in told(render_message(unclear, lexicon(), now=NOW, zone=UTC_ZONE).embed)


def test_the_last_word_of_a_battle_that_was_taken_in_says_where_it_goes_on() -> None:
    message = replace(MILESTONES[MilestoneKind.OVER], merged_into="BR-UW9B-F-202111300026")
    title = render_message(message, lexicon(), now=NOW, zone=UTC_ZONE).embed.title
    assert title == "Now part of a larger fight: BR-UW9B-F-202111300026"


def test_a_milestone_leads_to_where_it_happens() -> None:
    def page(kind: MilestoneKind) -> str | None:
        message = replace(MILESTONES[kind], battle=ROAM)
        return render_message(message, lexicon(), now=NOW, zone=UTC_ZONE).embed.url

    assert page(MilestoneKind.MOVED) == related_url(X47L, ROAM.places[1].end)
    assert page(MilestoneKind.DOUBLED) == related_url(AMAMAKE, ROAM.places[2].end)
    alone = render_message(MILESTONES[MilestoneKind.OVER], lexicon(), now=NOW, zone=UTC_ZONE)
    assert alone.embed.url == related_url(UW9B, FLEET_FIGHT.end)


def test_names_are_asked_for_all_that_a_card_names() -> None:
    assert named_ids(battle_message()) >= {498125261, 2112000001, 2112000003, 99000777}
    arrived = MILESTONES[MilestoneKind.ARRIVED]
    assert named_ids(arrived) >= {99003581, 498125261}
