"""What is told as one message: it says why at once, and all that its picture shows."""

from dataclasses import replace

from bot.presentation.card import Card
from bot.presentation.messages import named_ids, render_message
from bot.presentation.summaries import FILE, with_picture
from bot.presentation.text import DASH
from services.domain.message import KillMessage, SummaryMessage
from tests.bot.presentation.test_limits import assert_sendable
from tests.bot.samples import (
    BERLIN,
    CAPPED,
    CATCH_UP,
    DIGEST,
    NAMED,
    NOW,
    TITAN_KILL,
    UTC_ZONE,
    kill_message,
    lexicon,
)


def draw(message: SummaryMessage | KillMessage) -> Card:
    return render_message(message, lexicon(), now=NOW, zone=UTC_ZONE)


def lines(message: SummaryMessage) -> list[str]:
    return (draw(message).embed.description or "").replace("\xa0", " ").split("\n")


def test_catching_up_tells_the_lag_the_sum_and_the_largest() -> None:
    card, told = draw(CATCH_UP), lines(CATCH_UP)
    assert card.embed.title == "Caught up: 42 kills while the feed was behind"
    assert told[0].startswith("The kill feed was up to 55 min behind: ")
    assert told[1] == "**42 kills** matched here, **at least 12.3B ISK** destroyed, 2 unpriced."
    assert (
        "- [Avatar destroyed in X47L-Q](https://zkillboard.com/kill/97000001/) · 90.4B ISK" in told
    )
    assert told[-1] == "They are stored. Once the feed is current, each is told by itself again."
    assert draw(replace(CATCH_UP, top=())).buttons == ()
    assert card.embed.footer.text == "Alert #3: kills in Delve, worth at least 1.00B ISK"


def test_the_digest_of_quiet_hours() -> None:
    card, told = draw(DIGEST), lines(DIGEST)
    assert card.embed.title == "While it was quiet: 42 kills and 1 battle"
    assert told[0] == f"Quiet hours: 2021-11-29 17:20{DASH}2021-11-30 01:20 EVE."
    assert told[2] == "**Most valuable**"
    assert [line[:10] for line in told[3:6]] == ["- [Avatar ", "- [Fortiza", "- [Hyperio"]
    assert (
        told[6]
        == "**Where** X47L-Q 30 · Amamake 6 · Jita 3 · Perimeter 1 · UW9B-F 1 and 1 system more"
    )
    assert told[8] == "X47L-Q: 30 kills, 11.0B ISK · `BR-X47L-Q-202111291910`"
    local = render_message(DIGEST, lexicon(), now=NOW, zone=BERLIN).embed.description or ""
    assert f"(18:20{DASH}Nov 30 02:20 CET)" in local.replace("\xa0", " ")


def test_a_full_channel_says_so_and_until_when() -> None:
    card, told = draw(CAPPED), lines(CAPPED)
    assert card.embed.title == "Hourly limit reached: 42 more kills"
    assert told[0] == (
        "60 posts an hour is this channel's limit. The rest until 03:00 EVE is summed up here."
    )
    grown = draw(replace(CAPPED, kills=43)).embed.title or ""
    assert grown.endswith("43 more kills")


def test_the_picture_comes_with_the_same_in_words() -> None:
    plain = draw(DIGEST)
    card = with_picture(plain, b"png", DIGEST, shown=41)
    assert card.files[0].description == "Map of New Eden with 41 kills."
    assert (card.embed.description or "").endswith(
        "-# 41 of the 42 kills are on this map; the others died in wormholes and elsewhere off it."
    )
    whole = with_picture(plain, b"png", DIGEST, shown=42)
    assert whole.embed.description == plain.embed.description
    assert card.embed.image.url == f"attachment://{FILE}"
    assert card.files[0].data == b"png"
    assert plain.embed.image.url is None
    assert_sendable(card)


def test_names_are_asked_for_those_who_stand_in_reasons() -> None:
    assert 1900696668 in named_ids(kill_message(TITAN_KILL, NAMED))
    assert named_ids(replace(CATCH_UP, reasons=(NAMED,))) == {1900696668}
    assert named_ids(kill_message()) >= {386292982, 99003581, 99000777, 2112000003}
