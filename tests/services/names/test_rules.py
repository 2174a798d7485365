from unicodedata import normalize

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.domain.names import EntityKind
from services.names.rules import KEY_LENGTH, Asked, read_question, search_key

ALLIANCE, CORPORATION, CHARACTER = EntityKind


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Rage-Quit", "ragequit"),
        ("  The   Initiative. ", "theinitiative"),
        ("Ärger & Søhne", "argersøhne"),
        ("O'Brien", "obrien"),
        ("-.-", "-.-"),
        ("[CONDI]", "condi"),
        ("\0\ud800", ""),
        ("", ""),
    ],
)
def test_what_is_compared(text: str, key: str) -> None:
    assert search_key(text) == key


@settings(max_examples=50)
@given(st.text(max_size=120))
def test_a_key_is_settled_short_and_can_be_stored(text: str) -> None:
    key = search_key(text)
    assert len(key) <= KEY_LENGTH
    assert "\0" not in key
    key.encode()
    assume(
        "\u0345" not in normalize("NFD", text)
    )  # its capital is a letter of its own: ancient Greek
    assert search_key(text.strip().upper().lower()) == search_key(text.lower())


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (" Brave  Newbies Inc. ", Asked(name="Brave Newbies Inc.")),
        ("[CONDI]", Asked(ticker="CONDI")),
        ("[con", Asked(ticker="con")),
        ("<CONDI>", Asked(ticker="CONDI")),
        ("[]", Asked(ticker="")),
        ("\0", Asked(name="")),
        (
            "https://zkillboard.com/character/90065001/",
            Asked(entity_id=90065001, kind=CHARACTER),
        ),
        (
            "<https://zkillboard.com/corporation/98169165/losses/>",
            Asked(entity_id=98169165, kind=CORPORATION),
        ),
        ("zkillboard.com/alliance/1354830081", Asked(entity_id=1354830081, kind=ALLIANCE)),
        ("https://evewho.com/pilot/5", Asked(entity_id=5, kind=CHARACTER)),
        (
            "https://evemaps.dotlan.net/alliance/Goonswarm_Federation?x=1",
            Asked(name="Goonswarm Federation", kind=ALLIANCE),
        ),
        ("https://evemaps.dotlan.net/corp/Caf%C3%A9", Asked(name="Café", kind=CORPORATION)),
        ("https://zkillboard.com/alliance/0/", Asked(name="")),
        ("https://zkillboard.com/alliance/" + "9" * 30, Asked(name="")),
        (
            "https://zkillboard.com/kill/1234/",
            Asked(name="https://zkillboard.com/kill/1234/"),
        ),
    ],
)
def test_what_a_text_asks_for(text: str, asked: Asked) -> None:
    assert read_question(text) == asked


@settings(max_examples=50)
@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    asked = read_question(text)
    assert sum(part is not None for part in (asked.entity_id, asked.ticker, asked.name)) == 1
    (asked.name or asked.ticker or "").encode()
