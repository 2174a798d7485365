"""Cards and lines of incursions and wars."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.presentation import incursion_words, war_words
from bot.presentation.incursions import render_incursions
from bot.presentation.wars import WarListView, ids_in_wars, render_war, render_wars
from services.domain.freshness import NEVER, Freshness
from services.domain.ids import ConstellationId, FactionId, SystemId, WarId
from services.domain.incursion import Incursion, Incursions
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.names import EntityName, NameBook
from services.domain.occurrence import Occurrence, OccurrenceKind, Topic
from services.domain.war import Belligerent, War
from tests.bot.presentation.test_limits import assert_sendable
from tests.bot.samples import NOW, UTC_ZONE, UW9B, lexicon

K = OccurrenceKind
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
JITA, TAMA, AMARR, THERA = (SystemId(n) for n in (30000142, 30002813, 30002187, 31000005))
KIMOTORO = ConstellationId(20000020)
SANSHA = Organisation(500_019, OrganisationKind.FACTION)
ALPHA, BETA = (Organisation(99_000_001 + n, OrganisationKind.ALLIANCE) for n in range(2))
GAMMA = Organisation(98_000_003, OrganisationKind.CORPORATION)
NAMES = NameBook(
    {
        ALPHA.id: EntityName(name="Alpha [x](http://evil)", ticker="A*A"),
        BETA.id: EntityName(name="Beta @everyone", ticker="BETA"),
        GAMMA.id: EntityName(name="G" * 50, ticker="GAM"),
    }
)
LEXICON = replace(lexicon(), names=NAMES)


def incursion(staging: SystemId = JITA, state: str = "established", **fields: Any) -> Incursion:
    made = Incursion(
        key="20000020:202611201805",
        constellation_id=KIMOTORO,
        faction_id=FactionId(500_019),
        staging_id=staging,
        systems=(staging, SystemId(30000144)),
        state=state,
        influence=0.5,
        has_boss=False,
        first_seen=NOW - DAY,
        seen=NOW,
    )
    return replace(made, **fields)


def incursions(*found: Incursion, freshness: Freshness | None = None) -> Incursions:
    fresh = freshness or Freshness(as_of=NOW - timedelta(minutes=3))
    return Incursions(incursions=found, freshness=fresh)


def listed(view: Incursions, near: SystemId | None = None) -> str:
    card = render_incursions(view, LEXICON, near=near, now=NOW, zone=UTC_ZONE)
    assert_sendable(card)
    return f"{card.embed.title}\n{card.embed.description}"


def war(number: int = 7, **fields: Any) -> War:
    made = War(
        id=WarId(number),
        declared=NOW - 5 * DAY,
        started=NOW - 4 * DAY,
        finished=None,
        retracted=None,
        mutual=False,
        open_for_allies=False,
        aggressor=Belligerent(party=ALPHA, ships_killed=1, isk_destroyed=3.2e9),
        defender=Belligerent(party=BETA, ships_killed=40, isk_destroyed=78.4e9),
        allies=(),
        fetched=NOW - HOUR / 2,
    )
    return replace(made, **fields)


def occurrence(kind: K, **fields: Any) -> Occurrence:
    return Occurrence(key="x", kind=kind, at=NOW, **fields)


def test_an_incursion_in_a_list() -> None:
    one = incursion(state="mobilizing", state_since=NOW - 3 * HOUR, influence=0.999, has_boss=True)
    text = listed(incursions(one), near=AMARR)
    assert "1 incursion" in text
    assert "**[Jita](https://evemaps.dotlan.net/system/Jita) 0.9" in text
    assert "high-sec**" in text
    assert "**mobilizing** for 3 h" in text
    assert "influence **99%**" in text, "never all before it is all"
    assert "boss sighted" in text
    assert "11 jumps from Amarr" in text
    assert "Kimotoro" in text
    assert "and Perimeter" in text
    assert "as of " in text
    assert "Sansha" not in text
    newer = incursion(UW9B, "eclipsed*", faction_id=FactionId(500_010))
    text = listed(incursions(newer))
    assert "**eclipsed\\***" in text
    assert "Guristas" in text
    assert "no boss yet" in text
    assert " for " not in text, "nobody saw the state begin"


@pytest.mark.parametrize(
    ("state", "boss", "told"),
    [
        ("established", False, "no boss yet"),
        ("mobilizing", True, "boss sighted"),
        ("withdrawing", True, "boss sighted"),
        ("withdrawing", False, None),
    ],
)
def test_one_that_withdraws_waits_for_no_boss(state: str, boss: bool, told: str | None) -> None:
    text = listed(incursions(incursion(state=state, has_boss=boss)))
    assert told in text if told else "boss" not in text


def test_the_nearest_or_the_safest_come_first() -> None:
    view = incursions(*map(incursion, (UW9B, TAMA, JITA)))
    first = listed(view)
    assert first.index("[Jita]") < first.index("[Tama]") < first.index("[UW9B")
    near = listed(view, near=UW9B)
    assert near.index("[UW9B") < near.index("[Jita]")
    unreachable = listed(incursions(incursion(THERA), incursion(TAMA)), near=JITA)
    assert unreachable.index("[Tama]") < unreachable.index("[Thera]")
    assert "no way by gate from Jita" in unreachable


def test_none_at_all_is_not_the_same_as_nothing_known() -> None:
    assert "No incursion is anywhere." in listed(incursions())
    never = listed(incursions(freshness=NEVER))
    assert "No incursion" not in never
    assert "nothing known yet" in never
    stale = Freshness(as_of=NOW - 3 * HOUR, stale_since=NOW - 2 * HOUR)
    assert "stale since" in listed(incursions(incursion(), freshness=stale))


@pytest.mark.parametrize(
    ("share", "told"), [(0.0, "0%"), (0.001, "1%"), (0.62, "62%"), (0.999, "99%"), (1.0, "100%")]
)
def test_influence(share: float, told: str) -> None:
    assert incursion_words.influence(share) == told


@pytest.mark.parametrize(
    ("kind", "title", "told"),
    [
        (K.INCURSION_STARTED, "Incursion in Kimotoro (The Forge)",
         ": an incursion in Kimotoro began, staging here, 2 systems, influence 50%"),
        (K.INCURSION_MOBILIZING, "The incursion in Kimotoro (The Forge) is mobilizing",
         ": the incursion in Kimotoro is mobilizing, influence 50%"),
        (K.INCURSION_WITHDRAWING, "The incursion in Kimotoro (The Forge) is withdrawing",
         ": the incursion in Kimotoro is withdrawing, influence 50%"),
        (K.INCURSION_GONE, "The incursion in Kimotoro (The Forge) is gone",
         ": the incursion in Kimotoro is gone"),
    ],
)  # fmt: skip
def test_what_is_told_of_incursions(kind: K, title: str, told: str) -> None:
    found = occurrence(
        kind, systems=(JITA, SystemId(30000144)), subject=KIMOTORO, after=0.5, others=(SANSHA,)
    )
    assert incursion_words.title(found, LEXICON) == title
    line = incursion_words.line(found, LEXICON)
    assert line.startswith("[Jita](https://evemaps.dotlan.net/system/Jita) 0.9")
    assert line.endswith(told)


def test_lines_stand_whatever_is_missing() -> None:
    for kind in K:
        bare = occurrence(kind)
        if kind.topic in (Topic.INCURSION, Topic.WAR):
            words = incursion_words if kind.topic is Topic.INCURSION else war_words
            assert words.line(bare, LEXICON)
            assert words.title(bare, LEXICON)
            assert "None" not in words.line(bare, LEXICON) + words.title(bare, LEXICON)
    other = Organisation(500_010, OrganisationKind.FACTION)
    assert "of Guristas Pirates" in incursion_words.line(
        occurrence(K.INCURSION_STARTED, others=(other,)), LEXICON
    )


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        (K.WAR_DECLARED, {"starts": NOW + HOUR}, "declared war on {b}, fighting may begin <t:"),
        (K.WAR_DECLARED, {"others": (GAMMA,)}, "whose allies are [GGG"),
        (K.WAR_STARTED, {}, "{a} and {b} may fight from now on"),
        (K.WAR_ALLY, {"others": (GAMMA,)}, "joined {b} against {a}"),
        (K.WAR_FINISHED, {"word": "retracted", "ends": NOW + HOUR},
         "{a} retracted the war against {b}, fighting ends <t:"),
        (K.WAR_FINISHED, {"ends": NOW}, "The war of {a} against {b} ended <t:"),
        (K.WAR_FINISHED, {"ends": NOW + HOUR}, "The war of {a} against {b} ends <t:"),
    ],
)  # fmt: skip
def test_what_is_told_of_wars(kind: K, fields: dict[str, Any], told: str) -> None:
    found = occurrence(kind, old=ALPHA, new=BETA, subject=7, **fields)
    line = war_words.line(found, LEXICON)
    a = "[Alpha (x)(http:\u200b//evil)](https://zkillboard.com/alliance/99000001/) \\[A\\*A\\]"
    b = f"[Beta @\u200beveryone]({'https://zkillboard.com/alliance/99000002/'}) \\[BETA\\]"
    assert told.format(a=a, b=b) in line
    assert line.endswith("[war 7](https://zkillboard.com/war/7/)")
    title = war_words.title(found, LEXICON)
    assert "@\u200beveryone" in title
    assert "Alpha \\[x\\](http" in title


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "**Fighting** since <t:"),
        ({"started": NOW + HOUR}, "**Declared**, fighting may begin <t:"),
        ({"started": None}, "**Declared**, the beginning of the fighting is not known"),
        ({"finished": NOW + HOUR}, "**Ending**, fighting ends <t:"),
        ({"finished": NOW + HOUR, "retracted": NOW}, "**Retracted**, fighting ends <t:"),
        ({"finished": NOW}, "**Over** <t:"),
    ],
)
def test_how_a_war_stands(fields: dict[str, Any], told: str) -> None:
    assert war_words.state(war(**fields), NOW).startswith(told)


def test_one_war_on_a_card() -> None:
    many = tuple(Organisation(98_100_000 + n, OrganisationKind.CORPORATION) for n in range(60))
    found = war(allies=(GAMMA, *many), mutual=True, open_for_allies=True)
    zone = ZoneInfo("Europe/Berlin")
    card = render_war(found, LEXICON, now=NOW, zone=zone)
    assert_sendable(card)
    embed = card.embed
    assert embed.url == "https://zkillboard.com/war/7/"
    assert embed.title is not None
    assert "\u200beveryone" in embed.title
    assert "Mutual" in str(embed.description)
    assert "The defender takes allies" in str(embed.description)
    fields = {field.name: str(field.value) for field in embed.fields}
    assert "**1** ship killed\n**3.20B ISK** destroyed" in fields["Aggressor"]
    assert "**40** ships killed\n**78.4B ISK** destroyed" in fields["Defender"]
    assert "and 53 more" in fields["With the defender: 61 allies"]
    assert "War 7 · as of" in str(embed.footer.text)
    assert ids_in_wars((found,)) == {party.id for party in found.parties}
    over = render_war(replace(found, finished=NOW), LEXICON, now=NOW, zone=UTC_ZONE)
    assert "takes allies" not in str(over.embed.description)


def page(**fields: Any) -> str:
    view = {
        "party": None, "wars": (), "page": 0, "pages": 1, "total": 0, "listed": 0, "finished": False,
        "known_since": NOW - 9 * DAY, "freshness": Freshness(as_of=NOW), **fields,
    }  # fmt: skip
    card = render_wars(WarListView(**view), LEXICON, now=NOW, zone=UTC_ZONE)
    assert_sendable(card)
    return f"{card.embed.title}\n{card.embed.description}\n{card.embed.footer.text}"


def test_wars_in_a_list() -> None:
    fresh, old = war(8, allies=(GAMMA,)), war(7, fetched=NOW - 3 * HOUR)
    over = war(6, finished=NOW - DAY, fetched=NOW - HOUR)
    text = page(wars=(fresh, old, over), page=0, pages=2, total=9, listed=9, finished=True)
    assert "All wars of us and our friends" in text
    assert "destroyed **3.20B ISK** (1 ship) : **78.4B ISK** (40 ships)" in text
    assert "1 ally" in text
    assert text.count(" · as of ") + text.count("as of ") == 1, "only the one read long ago"
    assert "Page 1 of 2 · 9 wars · known from" in text
    assert "the latest 50 of 120 wars · known from" in page(wars=(old,), total=120, listed=50)
    assert page(wars=(old,), party=ALPHA).startswith("Wars of Alpha \\[x\\]")


def test_a_list_says_when_newer_wars_may_be_missing() -> None:
    stale = Freshness(as_of=NOW - 3 * HOUR, stale_since=NOW - 2 * HOUR)
    assert "may be missing: **stale since" in page(freshness=stale, wars=(war(),))
    assert "may be missing" in page(freshness=stale)
    assert "may be missing" not in page(wars=(war(),))
    assert "may be missing" not in page(freshness=NEVER, known_since=None)


def test_why_a_list_is_empty() -> None:
    assert "Nobody is marked as us or friend here" in page(marked=False)
    assert "I know no war of Beta" in page(marked=False, party=BETA)
    assert "I have read no wars yet" in page(known_since=None)
    ours = page()
    assert "I know no war of theirs that goes on" in ours
    assert "are not known to me" in ours
    corporation = page(party=GAMMA, finished=True)
    assert "goes on" not in corporation
    assert "fights the alliance's wars" in corporation
    assert "fights the alliance's wars" not in page(party=BETA)
