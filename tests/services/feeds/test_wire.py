"""The generous reading of killmail documents: what is forgiven, what is refused, what never comes through."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.domain.isk import UNKNOWN_VALUE, Value, ValueSource
from services.domain.killmail import Attacker, Item, Position
from services.feeds.errors import WireError
from services.feeds.wire import decode_killmail, decode_r2z2, decode_zkb_package

FULL: dict[str, Any] = {
    "killmail_id": 100,
    "killmail_hash": "ab12",
    "http_last_modified": "2021-11-29T11:37:14Z",
    "killmail_time": "2021-11-29T00:00:01Z",
    "solar_system_id": 30000142,
    "war_id": 7,
    "moon_id": 8,
    "victim": {
        "character_id": 1,
        "corporation_id": 2,
        "alliance_id": 3,
        "faction_id": 4,
        "ship_type_id": 5,
        "damage_taken": 60,
        "position": {"x": 1.5, "y": -2, "z": 3e11},
        "items": [
            {"item_type_id": 10, "flag": 5, "quantity_dropped": 1, "singleton": 0},
            {"item_type_id": 10, "flag": 5, "quantity_dropped": 1, "singleton": 0},
            {"item_type_id": 11, "flag": 5, "quantity_destroyed": 3, "singleton": 2},
        ],
    },
    "attackers": [
        {
            "character_id": 21,
            "corporation_id": 22,
            "alliance_id": 23,
            "faction_id": 24,
            "ship_type_id": 25,
            "weapon_type_id": 26,
            "damage_done": 60,
            "final_blow": True,
            "security_status": -9.9,
        },
        {"corporation_id": 1000125, "final_blow": False, "damage_done": 0},
    ],
}
ZKB = {
    "locationID": 40,
    "hash": "cd34",
    "totalValue": 1234.5,
    "droppedValue": 234.5,
    "destroyedValue": 1000.0,
    "npc": False,
    "solo": True,
    "awox": False,
    "labels": ["pvp", "loc:nullsec"],
}


def changed(**more: Any) -> bytes:
    return json.dumps(FULL | more).encode()


def victim(**more: Any) -> bytes:
    return changed(victim=FULL["victim"] | more)


def attacker(**more: Any) -> Attacker:
    return decode_killmail(changed(attackers=[FULL["attackers"][0] | more])).attackers[0]


def items(*raw: Any) -> tuple[Item, ...]:
    return decode_killmail(victim(items=list(raw))).victim.items


def package(**more: Any) -> bytes:
    return json.dumps({"hash": "ef56", "esi": FULL, "zkb": ZKB, "sequence_id": 9} | more).encode()


def test_every_fact_arrives_in_its_place() -> None:
    mail = decode_killmail(changed())

    assert (mail.id, mail.hash, mail.system_id, mail.war_id, mail.moon_id) == (
        100,
        "ab12",
        30000142,
        7,
        8,
    )
    assert mail.time == datetime(2021, 11, 29, 0, 0, 1, tzinfo=UTC)
    assert mail.time.tzinfo is UTC
    assert (mail.value, mail.npc, mail.solo, mail.awox) == (UNKNOWN_VALUE, None, None, None)
    assert (mail.location_id, mail.labels) == (None, ())
    who = mail.victim
    ids = (who.character_id, who.corporation_id, who.alliance_id, who.faction_id, who.ship_type_id)
    assert (ids, who.damage_taken, who.position) == ((1, 2, 3, 4, 5), 60, Position(1.5, -2.0, 3e11))
    assert mail.attackers == (
        Attacker(
            character_id=21,
            corporation_id=22,
            alliance_id=23,
            faction_id=24,
            ship_type_id=25,
            weapon_type_id=26,
            damage=60,
            final_blow=True,
        ),
        Attacker(corporation_id=1000125),
    )


def test_equal_stacks_stay_apart_and_copies_are_marked() -> None:
    assert decode_killmail(changed()).victim.items == (
        Item(type_id=10, flag=5, dropped=1),
        Item(type_id=10, flag=5, dropped=1),
        Item(type_id=11, flag=5, destroyed=3, copy=True),
    )


def test_what_lies_in_a_container_stands_beside_it() -> None:
    inner = {"item_type_id": 34, "flag": 0, "quantity_dropped": 500, "singleton": 0}
    deeper = inner | {"items": [inner | {"item_type_id": 35}]}
    box = {"item_type_id": 3297, "flag": 5, "quantity_dropped": 1, "items": [inner, deeper]}

    found = items(box, inner | {"item_type_id": 36})

    assert [item.type_id for item in found] == [3297, 34, 34, 35, 36]
    assert found[1] == Item(type_id=34, flag=5, dropped=500), "it lies where its box lies"
    assert {item.flag for item in found[:4]} == {5}
    assert found[4].flag == 0


@pytest.mark.parametrize("raw", [101, 101.0, "101", "101.0", " 101 "])
def test_ids_in_any_dress(raw: Any) -> None:
    mail = decode_killmail(
        changed(killmail_id=raw, solar_system_id=raw, war_id=raw, victim={"character_id": raw})
    )
    assert (mail.id, mail.system_id, mail.war_id, mail.victim.character_id) == (101, 101, 101, 101)


@pytest.mark.parametrize(
    "raw", [None, 0, "0", "", "none", -5, 2**63, 10**400, 1.5e300, True, [], {}, "1_0", "9" * 50]
)
def test_nonsense_in_an_optional_id_is_absence(raw: Any) -> None:
    assert attacker(alliance_id=raw).alliance_id is None
    assert attacker(alliance_id=raw).character_id == 21, "and costs nothing else"
    assert decode_killmail(changed(war_id=raw)).war_id is None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (-12, -12),
        (12.0, 12),
        (12.9, 12),
        ("12", 12),
        ("-12", -12),
        (None, 0),
        ("much", 0),
        (10**30, 0),
    ],
)
def test_damage_of_all_ages(raw: Any, expected: int) -> None:
    assert attacker(damage_done=raw).damage == expected
    assert decode_killmail(victim(damage_taken=raw)).victim.damage_taken == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (True, True),
        (False, False),
        (1, True),
        (0, False),
        ("true", True),
        ("False", False),
        (None, False),
        ([], False),
    ],
)
def test_final_blow_in_any_dress(raw: Any, expected: bool) -> None:
    assert attacker(final_blow=raw).final_blow is expected


@pytest.mark.parametrize(
    "raw", [None, {}, [], {"x": 1, "y": 2}, {"x": 1, "y": 2, "z": "far"}, "nowhere", 5]
)
def test_half_a_position_is_none(raw: Any) -> None:
    assert decode_killmail(victim(position=raw)).victim.position is None


def test_a_position_in_text_is_one() -> None:
    place = decode_killmail(victim(position={"x": "1.5", "y": "2", "z": 3})).victim.position
    assert place == Position(1.5, 2.0, 3.0)


@pytest.mark.parametrize("raw", [None, [], {}, "nothing", 0])
def test_without_attackers_or_items_it_is_still_a_killmail(raw: Any) -> None:
    assert decode_killmail(changed(attackers=raw)).attackers == ()
    assert decode_killmail(victim(items=raw)).victim.items == ()


def test_lists_as_numbered_objects() -> None:
    mail = decode_killmail(
        changed(attackers={"0": FULL["attackers"][0], "1": FULL["attackers"][1]})
    )
    assert [who.character_id for who in mail.attackers] == [21, None]


def test_an_item_without_a_type_is_left_out_the_others_stay() -> None:
    good = {"item_type_id": "34", "flag": "5", "quantity_destroyed": None, "quantity_dropped": "2"}
    assert items({"flag": 5}, None, "junk", good) == (Item(type_id=34, flag=5, dropped=2),)


@pytest.mark.parametrize(
    "raw",
    [
        "2021-11-29T00:00:01Z",
        "2021-11-29T00:00:01",
        "2021-11-29 00:00:01",
        "2021-11-29T02:00:01+02:00",
        1638144001,
    ],
)
def test_time_in_any_dress_is_utc(raw: Any) -> None:
    moment = decode_killmail(changed(killmail_time=raw)).time
    assert moment == datetime(2021, 11, 29, 0, 0, 1, tzinfo=UTC)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("field", "raw"),
    [("killmail_id", bad) for bad in (None, 0, -1, "x", 2**63, [], {}, True)]
    + [("solar_system_id", bad) for bad in (None, 0, "", 2**64)]
    + [("victim", bad) for bad in (None, [], "ship", 5)]
    + [
        ("killmail_time", bad)
        for bad in (None, "", "yesterday", "0001-01-01T00:00:00Z", -(10**18), 10**18, [])
    ]
    + [("killmail_time", bad) for bad in ("1999-12-31T23:59:59Z", "9999-12-31T23:59:59Z")],
)
def test_what_it_cannot_do_without(field: str, raw: Any) -> None:
    with pytest.raises(WireError) as caught:
        decode_killmail(changed(**{field: raw}))
    assert not caught.value.malformed
    shorter = {key: value for key, value in FULL.items() if key != field}
    with pytest.raises(WireError):
        decode_killmail(json.dumps(shorter).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"\xff\xfe",
        b'{"killmail_id": 1',
        b"[" * 100_000,
        b'{"a": "\\ud800"}',
    ],
)
def test_what_is_no_json_says_so(body: bytes) -> None:
    for decode in (decode_killmail, decode_r2z2, decode_zkb_package):
        with pytest.raises(WireError) as caught:
            decode(body)
        assert caught.value.malformed


def test_text_that_is_no_text_is_malformed() -> None:
    with pytest.raises(WireError) as caught:
        decode_killmail(changed().replace(b"ab12", b"\xff"))
    assert caught.value.malformed


@pytest.mark.parametrize("depth", [20, 300, 900, 5000])
@pytest.mark.parametrize("type_id", [b"1", b'"1"'])
def test_a_killmail_nested_beyond_reason_is_refused_not_fatal(depth: int, type_id: bytes) -> None:
    nested = b'[{"item_type_id": ' + type_id + b', "items": '
    body = changed(victim={"items": "HERE"}).replace(
        b'"HERE"', nested * depth + b"[]" + b"}]" * depth
    )
    with pytest.raises(WireError):
        decode_killmail(body)


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "x" * 101, "a\u202eb"])
def test_texts_that_a_database_would_choke_on_stay_outside(text: str) -> None:
    mail = decode_r2z2(
        package(hash="", esi=FULL | {"killmail_hash": text}, zkb=ZKB | {"labels": [text, "pvp"]})
    )
    assert mail.killmail.labels == ("pvp",)
    assert mail.killmail.hash == "cd34", "the next hash serves"


# zKillboard's wrapping


def test_r2z2_adds_zkillboards_view() -> None:
    publication = decode_r2z2(package(uploaded_at=1795197855, sequence_updated=4))

    assert (publication.sequence, publication.sequence_updated) == (9, 4)
    assert publication.uploaded_at == datetime(2026, 11, 20, 18, 4, 15, tzinfo=UTC)
    mail = publication.killmail
    assert mail.value == Value(isk=1234.5, source=ValueSource.ZKB, dropped=234.5)
    assert (mail.npc, mail.solo, mail.awox, mail.location_id) == (False, True, False, 40)
    assert mail.labels == ("pvp", "loc:nullsec")


@pytest.mark.parametrize("raw", [0, -1, None, "", "much", True, [], "1e999", "nan"])
def test_a_value_that_is_none(raw: Any) -> None:
    assert decode_r2z2(package(zkb=ZKB | {"totalValue": raw})).killmail.value == UNKNOWN_VALUE


@pytest.mark.parametrize("raw", [1234, 1234.0, "1234", "1234.0"])
def test_a_value_in_any_dress(raw: Any) -> None:
    value = decode_r2z2(package(zkb=ZKB | {"totalValue": raw})).killmail.value
    assert value.isk == 1234.0
    assert isinstance(value.isk, float)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"droppedValue": 0}, 0),
        ({"droppedValue": 100}, 100),
        ({"droppedValue": "12.5"}, 12.5),
        ({"droppedValue": 30, "destroyedValue": 60}, 30),
        ({"destroyedValue": "99.9"}, 0.1),
        ({"destroyedValue": 100}, 0),
        ({"droppedValue": None, "destroyedValue": 0}, 100),
        ({}, None),
        ({"droppedValue": -1}, None),
        ({"droppedValue": 100.01}, None),
        ({"droppedValue": "1e999"}, None),
        ({"droppedValue": "much"}, None),
        ({"destroyedValue": 100.01}, None),
        ({"destroyedValue": -1}, None),
        ({"destroyedValue": True}, None),
    ],
)
def test_what_dropped_is_a_part_of_the_total_or_unknown(
    told: dict[str, Any], wanted: float | None
) -> None:
    value = decode_r2z2(package(zkb={"totalValue": 100} | told)).killmail.value
    assert (value.isk, value.dropped) == (100, wanted)
    assert decode_r2z2(package(zkb={"totalValue": 0} | told)).killmail.value == UNKNOWN_VALUE


@pytest.mark.parametrize(
    "zkb", [None, {}, [], "none", {"labels": None, "npc": "maybe", "locationID": "x"}]
)
def test_without_zkillboards_view_it_is_still_a_killmail(zkb: Any) -> None:
    mail = decode_r2z2(package(zkb=zkb)).killmail
    assert (mail.id, mail.value, mail.npc, mail.labels, mail.location_id) == (
        100,
        UNKNOWN_VALUE,
        None,
        (),
        None,
    )


@pytest.mark.parametrize(
    ("raw", "known"),
    [
        (1795197855, True),
        ("1795197855", True),
        (1795197855.7, True),
        ("2026-11-20T18:04:15Z", True),
        ("2026-11-20T18:04:15", True),
        (None, False),
        (0, False),
        ("soon", False),
        (10**17, False),
        (-5, False),
    ],
)
def test_uploaded_at_in_any_dress(raw: Any, known: bool) -> None:
    expected = datetime(2026, 11, 20, 18, 4, 15, tzinfo=UTC) if known else None
    assert decode_r2z2(package(uploaded_at=raw)).uploaded_at == expected


def test_hash_and_id_from_outside_serve_where_the_inside_has_none() -> None:
    bare = {
        key: value for key, value in FULL.items() if key not in ("killmail_hash", "killmail_id")
    }
    assert decode_r2z2(package(esi=bare, killmail_id="100")).killmail.id == 100
    assert decode_r2z2(package(esi=bare, killmail_id=100)).killmail.hash == "ef56"
    assert (
        decode_zkb_package(json.dumps({"killID": 100, "killmail": bare, "zkb": ZKB}).encode()).id
        == 100
    )


def test_the_older_package_with_and_without_its_envelope() -> None:
    inner = {"killID": 100, "killmail": FULL, "zkb": ZKB}
    bare = decode_zkb_package(json.dumps(inner).encode())
    assert bare == decode_zkb_package(json.dumps({"package": inner}).encode())
    assert (bare.id, bare.value.isk) == (100, 1234.5)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"package": null}', b"null", b"[]", b"7", b'{"killmail": []}']
)
def test_a_package_without_a_killmail_is_refused(body: bytes) -> None:
    with pytest.raises(WireError):
        decode_zkb_package(body)
    with pytest.raises(WireError):
        decode_r2z2(body)
