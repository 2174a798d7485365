"""Every card, whatever people are called, is one that Discord takes, and calls nobody but the roles it was told to."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.presentation.battle_sides import render_sides
from bot.presentation.battle_timeline import render_timeline
from bot.presentation.card import Button, Card, LinkButton
from bot.presentation.kills import render_kill
from bot.presentation.messages import named_ids, render_message
from services.domain.battle_report import BattleReport
from services.domain.ids import RoleId
from services.domain.message import NoticeMessage
from services.domain.names import EntityName, NameBook
from tests.bot.battle_samples import BATTLE_CARDS, MOVES, pages_of, report
from tests.bot.samples import (
    BERLIN,
    EVERY_MESSAGE,
    EVIL,
    FLEET_FIGHT,
    NOW,
    SIDE_A,
    TITAN_KILL,
    UTC_ZONE,
    battle_message,
    kill_message,
    lexicon,
    party,
    side,
)
from tests.fakes.discord.limits import check_message

OLD_MENTIONS = {"<@&900000000000000001>"}
"""The roles that samples name; they stand in the text even when they are no longer called."""
LONG = "Ⱥ*_[" * 60
IDS = sorted({key for message in EVERY_MESSAGE.values() for key in named_ids(message)})


def body(card: Card) -> dict[str, Any]:
    """The message as it would go to Discord."""
    buttons = [_button(button) for button in card.buttons]
    rows = [{"type": 1, "components": buttons[at : at + 5]} for at in range(0, len(buttons), 5)]
    embeds = [card.embed.to_dict()] if card.embed else []
    return {"content": card.content, "embeds": embeds, "components": rows}


def _button(button: Button) -> dict[str, Any]:
    if isinstance(button, LinkButton):
        return {"type": 2, "style": 5, "label": button.label, "url": button.url}
    return {"type": 2, "style": 2, "label": button.label, "custom_id": button.custom_id}


def assert_sendable(card: Card) -> None:
    check_message(body(card), filenames=[file.name for file in card.files])
    written = str(card.embed.to_dict())
    assert not re.search(r"@(everyone|here)|<@[!&]?\d{17,20}>", written)
    meant = {f"<@&{role}>" for role in card.role_pings} | {f"<@{who}>" for who in card.user_pings}
    shown = re.findall(r"@everyone|@here|<@[!&]?\d{17,20}>", card.content or "")
    assert set(shown) <= meant | OLD_MENTIONS


def all_cards(names: NameBook) -> list[Card]:
    words = lexicon(names)
    cards = [
        render_message(message, words, now=NOW, zone=BERLIN) for message in EVERY_MESSAGE.values()
    ]
    cards += [draw(words) for draw in BATTLE_CARDS.values()]
    cards.append(render_kill(TITAN_KILL, words, now=NOW, zone=UTC_ZONE))
    return cards


NAMES = st.one_of(
    st.text(min_size=1, max_size=300),
    st.sampled_from([EVIL, EVIL * 9, LONG, "@everyone", " ", "\u202e"]),
)


@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=4))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_card_is_taken_by_discord_whatever_people_are_called(
    called: list[tuple[str, str]],
) -> None:
    book = {
        key: EntityName(name=called[key % len(called)][0], ticker=called[key % len(called)][1])
        for key in IDS
    }
    for card in all_cards(NameBook(book)):
        assert_sendable(card)


def test_nobody_has_a_name() -> None:
    for card in all_cards(NameBook()):
        assert_sendable(card)


def test_a_battle_of_hundreds_of_parties() -> None:
    crowd = side(*(party(99100000 + n, 500 - n, 3, 1e9) for n in range(400)), hulls=SIDE_A.hulls)
    book = NameBook({99100000 + n: EntityName(name=EVIL * 2, ticker=EVIL) for n in range(400)})
    battle = replace(FLEET_FIGHT, sides=(crowd, *(replace(crowd, pilots=n) for n in range(60))))
    for card in (
        render_sides(battle, MOVES, lexicon(book), now=NOW, zone=BERLIN),
        *pages_of(report(replace(battle, sides=battle.sides[:3])), lexicon(book))[::20],
        render_timeline(report(battle), lexicon(book), now=NOW, zone=BERLIN, picture=b"png"),
        render_message(battle_message(battle), lexicon(book), now=NOW, zone=BERLIN),
    ):
        assert_sendable(card)
    assert "more" in (card.embed.fields[0].value or "")


def test_a_battle_without_sides_and_a_long_notice() -> None:
    empty = replace(FLEET_FIGHT, sides=(), certainty=0.0)
    bare = BattleReport(battle=empty, moments=(), losses=(), pilots=(), detailed=False)
    for card in (
        render_message(battle_message(empty), lexicon(), now=NOW, zone=UTC_ZONE),
        render_sides(empty, (), lexicon(), now=NOW, zone=UTC_ZONE),
        render_timeline(bare, lexicon(), now=NOW, zone=UTC_ZONE, picture=None),
        *pages_of(bare, lexicon()),
    ):
        assert_sendable(card)
    message = NoticeMessage(title="Look here " * 40, text="Something happened in <#77>.\n" * 300)
    assert_sendable(render_message(message, lexicon(), now=NOW, zone=UTC_ZONE))


@pytest.mark.parametrize(("age", "called"), [(3, True), (14, True), (16, False)])
def test_roles_are_called_while_the_news_is_fresh_and_stay_written(age: int, called: bool) -> None:
    kill = replace(TITAN_KILL, time=NOW - timedelta(minutes=age))
    card = render_message(kill_message(kill, ping=77), lexicon(), now=NOW, zone=UTC_ZONE)
    assert card.content == "<@&77>"
    assert card.role_pings == ((RoleId(77),) if called else ())


def test_without_roles_there_is_no_text_and_nobody_to_call() -> None:
    card = render_message(kill_message(), lexicon(), now=NOW, zone=UTC_ZONE)
    assert (card.content, card.role_pings) == (None, ())


def test_names_are_asked_for_everybody_on_the_card() -> None:
    assert named_ids(kill_message()) >= {2112000001, 98000001, 498125261, 2112000002, 386292982}
    assert named_ids(EVERY_MESSAGE["fleet fight"]) >= {498125261, 99008469}
