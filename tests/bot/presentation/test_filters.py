"""Filters in plain English: every field, side and nesting has words, and a long one says what it leaves out."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.presentation.filters import kills, words
from bot.presentation.text import DASH, MINUS, length
from services.domain.filter import (
    FIGURES,
    SIDED,
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterNode,
    GroupKind,
    Hours,
    Op,
    Reach,
    Side,
)
from services.domain.ids import SystemId, TypeId
from services.filters.presets import MILITIAS, STARBASE_PARTS
from tests.bot.samples import DELVE, HOME, all_of, lexicon, worth

F = FilterField
GOONS, PL = 1354830081, 386292982
NPC = Condition(F.IS, ("npc",))


def c(field: FilterField, *values: Any, side: Side | None = None, op: Op = Op.IS) -> Condition:
    return Condition(field, values, op, side)


def group(kind: GroupKind, *members: FilterNode) -> FilterGroup:
    return FilterGroup(kind, members)


@pytest.mark.parametrize(
    ("condition", "said", "denied"),
    [
        (c(F.ALLIANCE, PL, side=Side.ATTACKER), "by Pandemic Legion", "not by Pandemic Legion"),
        (c(F.ALLIANCE, 7, side=Side.VICTIM), "against alliance #7", "not against alliance #7"),
        (c(F.CHARACTER, 2112000001, side=Side.FINAL_BLOW), "with the final blow by Ana", "without a final blow by"),
        (c(F.CORPORATION, 98000001, side=Side.EITHER), "with Dreddit involved", "without Dreddit involved"),
        (c(F.FACTION, 500001, side=Side.ATTACKER), "by Caldari State", "not by Caldari State"),
        (c(F.STANDING, "us", "friend", side=Side.ATTACKER), "by us or a friend", "not by us or a friend"),
        (c(F.HULL, 11567, 19720, side=Side.VICTIM), "of an Avatar or a Revelation", "not of an"),
        (c(F.GROUP, 30, side=Side.ATTACKER), "with a Titan among the attackers", "with no Titan among"),
        (c(F.CLASS, "capital", "supercapital", side=Side.EITHER), "with a capital or a supercapital", "with no"),
        (
            c(F.CLASS, "rookie", "frigate", "destroyer", "cruiser", "battlecruiser", "battleship", side=Side.VICTIM),
            "of a subcapital",
            "not of a subcapital",
        ),
        (c(F.WEAPON, 37298, side=Side.ATTACKER), "made with ", "not made with "),
        (c(F.WEAPON_GROUP, 30, side=Side.FINAL_BLOW), "with a final blow by Titan", "without a final blow by Titan"),
        (c(F.ITEM, 40520), "with Large Skill Injector aboard", "without Large Skill Injector aboard"),
        (c(F.FITTED, 40520), "with Large Skill Injector fitted", "without Large Skill Injector fitted"),
        (c(F.CARRIED, 40520), "with Large Skill Injector in the hold", "without Large Skill Injector in the hold"),
        (c(F.SYSTEM, 30002537), "in Amamake", "not in Amamake"),
        (c(F.CONSTELLATION, 20000020), "in Kimotoro", "not in Kimotoro"),
        (c(F.REGION, 10000060, 10000050), "in Delve or Querious", "not in Delve or Querious"),
        (c(F.WITHIN, Reach(system_id=SystemId(30002537), jumps=5)), "within 5 jumps of Amamake", "not within"),
        (c(F.WITHIN, Reach(system_id=SystemId(30002537), light_years=7.0)), "within 7 ly of Amamake", "not within"),
        (
            c(F.WITHIN, Reach(system_id=SystemId(30002537), hull_id=TypeId(11567), skill=5)),
            "within Avatar jump range (skill 5) of Amamake",
            "not within Avatar jump range (skill 5) of Amamake",
        ),
        (c(F.SPACE, "low", "null"), "in low-sec or null-sec", "not in low-sec or null-sec"),
        (c(F.SECURITY, -0.5, op=Op.BELOW), f"at a security of less than {MINUS}0.5", "not at a security"),
        (c(F.WORMHOLE, 5, 12, 15, 16), "in a C5 wormhole, Thera or a drifter wormhole", "not in a C5 wormhole"),
        (worth(1e9), "worth at least 1.00B ISK", "not worth at least 1.00B ISK"),
        (c(F.ATTACKERS, 10, op=Op.BELOW), "by fewer than 10 attackers", "not by fewer than 10 attackers"),
        (c(F.PILOTS, 1), "by exactly 1 pilot", "not by exactly 1 pilot"),
        (c(F.SHARE, 0.505, op=Op.AT_LEAST), "with at least 50.5% of the pilots from one org", "without at"),
        (c(F.AGE, 900, op=Op.AT_MOST), "at most 15 min old on arrival", "not at most 15 min old on arrival"),
        (c(F.IS, "solo", "gank"), "by one pilot alone or by suicide gankers", "not by one"),
        (c(F.LABEL, "cat:6"), "labelled “cat:6”", "not labelled “cat:6”"),
        (c(F.TIME, Hours(start=1080, end=1410)), f"at 18:00{DASH}23:30 EVE", "not at 18:00"),
        (c(F.CLASS, "structure", "industrial", side=Side.VICTIM), "of a structure or an industrial", "not of a s"),
        (c(F.CLASS, "other", side=Side.VICTIM), "of a hull of no class", "not of a hull of no class"),
        (c(F.FACTION, *MILITIAS, side=Side.VICTIM), "against any militia", "not against any militia"),
        (c(F.FACTION, *MILITIAS, 500012, side=Side.ATTACKER), "by any militia or ", "not by any militia or "),
        (c(F.GROUP, *STARBASE_PARTS, 365, side=Side.VICTIM), "of a starbase module or a Control Tower", "not of a s"),
        (c(F.ATTACKERS, 1, op=Op.AT_LEAST), "by at least 1 attacker", "not by at least 1 attacker"),
        (c(F.WEEKDAY, 0, 6), "on Monday or Sunday", "not on Monday or Sunday"),
        (c(F.REGION, *range(1, 7)), "in region #1, region #2, region #3, region #4 or 2 more", "not in region"),
    ],
)  # fmt: skip
def test_every_field_has_words(condition: Condition, said: str, denied: str) -> None:
    assert words(all_of(condition), lexicon()).startswith(said)
    excluded = all_of(group(GroupKind.NONE, condition))
    assert words(excluded, lexicon()).startswith(denied)


def test_a_whole_filter_reads_as_a_sentence() -> None:
    assert words(HOME, lexicon()) == (
        "in Delve, worth at least 1.00B ISK, by at least 10 attackers, not by The Initiative."
    )
    assert words(Filter(), lexicon()) == "every kill"


BIG = worth(1e9)
ANY, ALL, NONE, SAME = GroupKind.ANY, GroupKind.ALL, GroupKind.NONE, GroupKind.SAME
OF_PL = c(F.ALLIANCE, PL, side=Side.ATTACKER)


@pytest.mark.parametrize(
    ("root", "said"),
    [
        (group(ANY, DELVE, BIG), "in Delve or worth at least 1.00B ISK"),
        (
            group(ANY, DELVE, BIG, group(NONE, NPC)),
            "(in Delve or worth at least 1.00B ISK), not by NPCs alone",
        ),
        (
            group(ANY, group(ALL, DELVE, BIG), OF_PL),
            "(in Delve and worth at least 1.00B ISK) or by Pandemic Legion",
        ),
        (
            group(ALL, BIG, group(ANY, DELVE, OF_PL)),
            "worth at least 1.00B ISK, (in Delve or by Pandemic Legion)",
        ),
        (group(ALL, group(ALL, DELVE, group(ALL, BIG))), "in Delve, worth at least 1.00B ISK"),
        (
            group(ALL, group(SAME, OF_PL, c(F.GROUP, 30, side=Side.ATTACKER))),
            "by an attacker of Pandemic Legion in a Titan",
        ),
        (
            group(ALL, group(NONE, group(SAME, OF_PL, c(F.STANDING, "foe", side=Side.ATTACKER)))),
            "not by an attacker of Pandemic Legion who is a foe",
        ),
        (group(ALL, group(NONE, group(NONE, NPC))), "not (not by NPCs alone)"),
        (
            group(ALL, group(NONE, group(ALL, DELVE, NPC))),
            "not (in Delve and by NPCs alone)",
        ),
        (group(ANY, group(NONE, NPC)), "not by NPCs alone"),
    ],
)
def test_groups_stay_apart(root: FilterGroup, said: str) -> None:
    assert words(Filter(root), lexicon()) == said


def test_what_does_not_fit_is_counted() -> None:
    assert words(
        HOME, lexicon(), limit=50
    ) == "in Delve, worth at least 1.00B ISK and 2 more conditions"[:0] + (
        "in Delve and 3 more conditions"
    )
    assert words(HOME, lexicon(), limit=60) == (
        "in Delve, worth at least 1.00B ISK and 2 more conditions"
    )
    alternatives = Filter(
        group(
            ANY, *(c(F.WITHIN, Reach(system_id=SystemId(30002537), jumps=n)) for n in range(1, 9))
        )
    )
    assert words(alternatives, lexicon(), limit=40) == "within 1 jump of Amamake, 2 jumps of…"
    assert words(all_of(group(ANY, *alternatives.root.members), BIG), lexicon(), limit=60).endswith(
        "… and 1 more condition"
    )


def bounds(field: FilterField, low: float, high: float, *ops: Op) -> list[Condition]:
    return [c(field, low, op=ops[0]), c(field, high, op=ops[1])]


@pytest.mark.parametrize(
    ("root", "said"),
    [
        (
            group(ALL, *bounds(F.ATTACKERS, 1, 5, Op.AT_LEAST, Op.AT_MOST), DELVE),
            "kills by 1 to 5 attackers, in Delve",
        ),
        (
            group(ALL, *reversed(bounds(F.ISK, 1e9, 5e9, Op.AT_LEAST, Op.AT_MOST))),
            "kills worth 1.00B to 5.00B ISK",
        ),
        (
            group(ALL, *bounds(F.PILOTS, 10, 20, Op.ABOVE, Op.BELOW)),
            "kills by more than 10 and fewer than 20 pilots",
        ),
        (
            group(ALL, *bounds(F.ISK, 1e9, 5e9, Op.AT_LEAST, Op.AT_LEAST)),
            "kills worth at least 1.00B ISK, worth at least 5.00B ISK",
        ),
        (group(ANY, DELVE, c(F.REGION, 10000050)), "kills in Delve or Querious"),
        (
            group(ANY, DELVE, c(F.REGION, 10000050), c(F.SYSTEM, 30002537), BIG),
            "kills in Delve, Querious or Amamake or worth at least 1.00B ISK",
        ),
        (
            group(ALL, BIG, group(NONE, OF_PL, c(F.STANDING, "us", side=Side.ATTACKER))),
            "kills worth at least 1.00B ISK, not by Pandemic Legion or us",
        ),
        (
            group(ANY, OF_PL, c(F.ALLIANCE, PL, side=Side.VICTIM)),
            "kills by Pandemic Legion or against Pandemic Legion",
        ),
        (group(ALL), "every kill"),
    ],
)
def test_it_continues_the_word_kills(root: FilterGroup, said: str) -> None:
    """Ranges are told as ranges, and alternatives of one kind share their words."""
    assert kills(Filter(root), lexicon()) == said


VALUES = st.one_of(
    st.integers(-5, 10**13),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=40),
    st.sampled_from(["us", "npc", "low", "capital", "subcapital"]),
    st.builds(Hours, start=st.integers(0, 1439), end=st.integers(0, 1439)),
    st.builds(Reach, system_id=st.integers(1, 40_000_000), jumps=st.none() | st.integers(0, 99)),
    st.builds(
        Reach,
        system_id=st.integers(1, 40_000_000),
        hull_id=st.integers(1, 99999),
        skill=st.integers(0, 5),
    ),
)
CONDITIONS = st.builds(
    Condition,
    st.sampled_from(FilterField),
    st.lists(VALUES, max_size=7).map(tuple),
    st.sampled_from(Op),
    st.none() | st.sampled_from(Side),
)
NODES = st.recursive(
    CONDITIONS,
    lambda inner: st.builds(
        FilterGroup, st.sampled_from(GroupKind), st.lists(inner, max_size=4).map(tuple)
    ),
    max_leaves=12,
)


@given(NODES, st.integers(40, 400))
@settings(max_examples=100, deadline=None)
def test_anything_has_words_and_keeps_to_its_length(node: FilterNode, limit: int) -> None:
    root = node if isinstance(node, FilterGroup) else group(ALL, node)
    asked = Filter(root)
    assert words(asked, lexicon())
    assert length(words(asked, lexicon(), limit=limit)) <= limit


def test_every_field_is_in_the_table() -> None:
    """A field of tomorrow fails here and not on a card."""
    for field in FilterField:
        value = 1.0 if field in FIGURES else 1
        for side in Side if field in SIDED else (None,):
            assert words(all_of(c(field, value, side=side)), lexicon())
