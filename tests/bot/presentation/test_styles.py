"""A kill in every style, with parts left out, and to a server that knows friend from foe."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.presentation import colours
from bot.presentation.card import ActionButton, Card, Tone
from bot.presentation.kill_lines import distance
from bot.presentation.kills import render_kill_message
from bot.presentation.watch import watch_buttons
from services.domain.alert import CardPart, CardStyle
from services.domain.ids import RoleId, SystemId, UserId
from services.domain.message import KillMessage, Verdict
from services.domain.standing import Stance
from tests.bot.samples import (
    AMAMAKE,
    EVIL_KILL,
    HANDLED,
    J105951,
    JITA,
    NAMED,
    NOW,
    POD_KILL,
    STRUCTURE_KILL,
    TITAN_KILL,
    UTC_ZONE,
    UW9B,
    X47L,
    kill_message,
    lexicon,
    zkb,
)


def draw(message: KillMessage) -> Card:
    return render_kill_message(message, lexicon(), now=NOW, zone=UTC_ZONE)


def described(message: KillMessage) -> str:
    return (draw(message).embed.description or "").replace("\xa0", " ")


@pytest.mark.parametrize(
    ("stance", "isk", "colour", "title"),
    [
        (Stance.LOSS, 90e9, colours.LOSS, "Our loss: Avatar destroyed in X47L-Q"),
        (Stance.KILL, 90e9, colours.KILL, "Our kill: Avatar destroyed in X47L-Q"),
        (Stance.NEUTRAL, 90e9, colours.VALUABLE, "Avatar destroyed in X47L-Q"),
        (Stance.NEUTRAL, 1e9, colours.NEUTRAL, "Avatar destroyed in X47L-Q"),
    ],
)
def test_whose_it_is_stands_in_words_and_in_the_colour(
    stance: Stance, isk: float, colour: int, title: str
) -> None:
    kill = replace(TITAN_KILL, value=zkb(isk))
    for style in (CardStyle.FULL, CardStyle.WATCH, CardStyle.COMPACT):
        embed = draw(kill_message(kill, style=style, stance=stance)).embed
        assert embed.colour is not None
        assert embed.colour.value == colour
        assert (embed.title or "").startswith(title)


def test_the_link_stands_alone_but_for_the_reason() -> None:
    card = draw(kill_message(style=CardStyle.LINK, stance=Stance.LOSS))
    assert not card.embed
    assert card.buttons == ()
    assert card.content == (
        "https://zkillboard.com/kill/97000001/\n"
        "-# Our loss · Alert #3: kills in Delve, worth at least 1.00B ISK"
    )
    bare = draw(kill_message(style=CardStyle.LINK, hidden=(CardPart.REASON,)))
    assert bare.content == "https://zkillboard.com/kill/97000001/"
    named = draw(kill_message(TITAN_KILL, NAMED, style=CardStyle.LINK, ping=77))
    assert (named.content or "").startswith(
        "<@&77>\nhttps://zkillboard.com/kill/97000001/\n-# Alert"
    )
    assert "Home \\*defence\\*" in (named.content or "")


def test_compact_says_all_in_two_lines() -> None:
    message = kill_message(style=CardStyle.COMPACT, home_id=UW9B)
    card = draw(message)
    assert (card.embed.title or "").replace("\xa0", " ") == "Avatar destroyed in X47L-Q · 90.4B ISK"
    assert card.embed.url == "https://zkillboard.com/kill/97000001/"
    assert described(message) == (
        "Lost by [Ana Kaseros](https://zkillboard.com/character/2112000001/) \\[TEST\\] to 140 pilots, "
        "mostly Pandemic Legion \\[-10.0\\] (71) · Pure Blind · 20 jumps, 54.1 ly from UW9B-F · "
        f"<t:{int(TITAN_KILL.time.timestamp())}:R>"
    )
    assert card.buttons == ()
    assert card.embed.thumbnail.url is None
    assert described(kill_message(POD_KILL, style=CardStyle.COMPACT)).startswith(
        "Lost by [a pilot](https://zkillboard.com/character/2112000009/) to [Vex O'Rourke]"
    )


def test_many_attackers_are_told_by_organisation_and_hull_class() -> None:
    lines = described(kill_message()).split("\n")
    at = lines.index("**Attackers** 140 pilots, and 3 without a pilot")
    assert lines[at + 1 : at + 5] == [
        r"- **71** Pandemic Legion \[-10.0\]",
        "-# Supercapital 4 · Capital 24 · Battleship 8 · Cruiser 33 · rest 2",
        r"- **40** Fraternity. \[FRT\]",
        "-# Battleship 38 · Destroyer 2",
    ]
    assert lines[at + 5] == r"- **20** Sev3rance \[7-2\] · cruiser"
    assert "- **3** others" in lines
    few = replace(TITAN_KILL, attackers=4, pilots=4, leading_pilots=2)
    assert r"**Attackers** 4 pilots, mostly Pandemic Legion \[-10.0\] (2)" in described(
        kill_message(few)
    )


WORDS = {
    CardPart.VICTIM: "**Victim**",
    CardPart.FINAL_BLOW: "**Final blow**",
    CardPart.TOP_DAMAGE: "**Top damage**",
    CardPart.ATTACKERS: "**Attackers**",
    CardPart.PLACE: "**Where**",
    CardPart.DISTANCE: "**Distance**",
    CardPart.VALUE: "**Value**",
    CardPart.TIME: "**When**",
    CardPart.NOTES: "**Note**",
}


@pytest.mark.parametrize("style", [CardStyle.FULL, CardStyle.WATCH])
@pytest.mark.parametrize("part", CardPart)
def test_a_hidden_part_is_missing_and_no_other(part: CardPart, style: CardStyle) -> None:
    kill = replace(TITAN_KILL, awox=True)
    card = draw(kill_message(kill, hidden=(part,), style=style, home_id=UW9B))
    text = card.embed.description or ""
    assert {part for part, word in WORDS.items() if word in text} == set(WORDS) - {part}
    assert (card.embed.thumbnail.url is None) is (part is CardPart.PICTURE)
    assert (card.embed.author.name is None) is (part is CardPart.VICTIM)
    assert (card.embed.footer.text is None) is (part is CardPart.REASON)
    linked = [button for button in card.buttons if not isinstance(button, ActionButton)]
    assert (linked == []) is (part is CardPart.LINKS)


COMPACT = {
    CardPart.VICTIM: "Lost by",
    CardPart.ATTACKERS: "140 pilots",
    CardPart.PLACE: "Pure Blind",
    CardPart.DISTANCE: "20 jumps",
    CardPart.VALUE: "90.4B",
    CardPart.TIME: "<t:",
    CardPart.REASON: "Alert #3",
}


@pytest.mark.parametrize("part", COMPACT)
def test_compact_leaves_out_what_is_hidden(part: CardPart) -> None:
    message = kill_message(style=CardStyle.COMPACT, hidden=(part,), home_id=UW9B)
    embed = draw(message).embed
    text = f"{embed.title} {described(message)} {embed.footer.text}"
    assert {part for part, word in COMPACT.items() if word in text} == set(COMPACT) - {part}


@pytest.mark.parametrize(
    ("system", "home", "words"),
    [
        (X47L, UW9B, "20 jumps, 54.1 ly from UW9B-F"),
        (X47L, X47L, "in X47L-Q itself"),
        (JITA, SystemId(30000144), "1 jump, 2.10 ly from Perimeter"),
        (J105951, AMAMAKE, "no way by gate from Amamake"),
        (AMAMAKE, J105951, "no way by gate from J105951"),
        (SystemId(30045328), AMAMAKE, "no way by gate from Amamake"),
        (SystemId(99999999), AMAMAKE, None),
        (AMAMAKE, SystemId(99999999), None),
        (AMAMAKE, None, None),
    ],
)
def test_the_distance_to_the_alerts_own_system(
    system: SystemId, home: SystemId | None, words: str | None
) -> None:
    assert distance(replace(TITAN_KILL, system_id=system), lexicon(), home) == words


def test_a_watched_kill_has_buttons_that_last() -> None:
    card = draw(kill_message(TITAN_KILL, NAMED, style=CardStyle.WATCH))
    actions = [button for button in card.buttons if isinstance(button, ActionButton)]
    assert [(button.label, button.custom_id) for button in actions] == [
        ("Acknowledge", "wr:kill-ack:0:97000001"),
        ("Resolve", "wr:kill-resolve:0:97000001"),
        ("False alarm", "wr:kill-false:0:97000001"),
        ("Mute 1 h", "wr:alert-mute:0:4"),
    ]
    assert len(card.buttons) == 5
    assert not any(button.disabled for button in actions)
    sample = draw(kill_message(style=CardStyle.WATCH, sample=True)).buttons
    assert all(button.disabled for button in sample if isinstance(button, ActionButton))
    assert not any(isinstance(button, ActionButton) for button in draw(kill_message()).buttons)


def test_who_did_what_and_when_stands_on_top_the_newest_first() -> None:
    message = kill_message(STRUCTURE_KILL, style=CardStyle.WATCH, handling=HANDLED)
    lines = described(message).split("\n")
    assert lines[:3] == [
        f"**Resolved** by <@1001> · <t:{int(HANDLED[1].at.timestamp())}:R>",
        f"**Acknowledged** by <@1000> · <t:{int(HANDLED[0].at.timestamp())}:R>",
        "",
    ]
    assert next(iter(watch_buttons(replace(message, handling=())))).tone is Tone.MAIN
    for verdict, main in (
        (Verdict.ACKNOWLEDGED, True), (Verdict.RESOLVED, False), (Verdict.FALSE_ALARM, False),
    ):  # fmt: skip
        said = replace(message, handling=(*HANDLED, replace(HANDLED[0], verdict=verdict)))
        assert (Tone.MAIN in {button.tone for button in watch_buttons(said)}) == main
    many = described(replace(message, handling=HANDLED * 20)).split("\n")
    assert many[4] == "-# and 36 before that"
    assert draw(message).user_pings == ()
    assert len(draw(message).buttons) == 5


def test_people_are_called_like_roles_while_it_is_news() -> None:
    fresh = kill_message(TITAN_KILL, ping=77, call=(UserId(1000),))
    card = draw(fresh)
    assert card.content == "<@&77> <@1000>"
    assert (card.role_pings, card.user_pings) == ((RoleId(77),), (UserId(1000),))
    old = draw(replace(fresh, ping_until=NOW - timedelta(seconds=1)))
    assert old.content == "<@&77> <@1000>"
    assert (old.role_pings, old.user_pings) == ((), ())


@pytest.mark.parametrize("style", CardStyle)
def test_a_sample_says_so_in_every_style(style: CardStyle) -> None:
    card = draw(kill_message(style=style, sample=True))
    assert "A sample:" in f"{card.content} {card.embed.description}"


@pytest.mark.parametrize("style", CardStyle)
def test_names_that_bite_stay_names_in_every_style(style: CardStyle) -> None:
    evil = replace(NAMED, name="<@&123456789012345678> @everyone [x](https://x.y)")
    card = draw(kill_message(EVIL_KILL, evil, style=style, stance=Stance.LOSS))
    text = f"{card.content} {card.embed.description}"
    assert not re.search(r"(?<!\\)\[[^\]]*\]\(https://x\.y|<@&|@everyone", text)
    assert "https://x.y" not in (card.content or "")
