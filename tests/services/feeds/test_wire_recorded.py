"""Real documents of eighteen years: all of them are read, and a few facts of each kind are looked up by hand."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.domain.isk import UNKNOWN_VALUE, ValueSource
from services.domain.killmail import Killmail
from services.feeds.wire import decode_killmail, decode_r2z2, decode_zkb_package


@pytest.fixture(scope="module")
def edge_cases(recorded_data: Path) -> dict[int, Killmail]:
    paths = sorted((recorded_data / "killmails/edge_cases/corpus").glob("*.json"))
    return {int(path.stem): decode_killmail(path.read_bytes()) for path in paths}


def documents(text: str) -> Iterator[str]:
    decoder, at = json.JSONDecoder(), 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        start = at
        _, at = decoder.raw_decode(text, at)
        yield text[start:at]


def test_all_106_edge_cases_are_read(edge_cases: dict[int, Killmail]) -> None:
    assert len(edge_cases) == 106
    for killmail_id, mail in edge_cases.items():
        assert mail.id == killmail_id
        assert len(mail.hash) == 40
        assert mail.value == UNKNOWN_VALUE
        assert mail.npc is None


def test_edge_cases_keep_every_attacker_and_item(
    edge_cases: dict[int, Killmail], recorded_data: Path
) -> None:
    for killmail_id, mail in edge_cases.items():
        raw = json.loads(
            (recorded_data / f"killmails/edge_cases/corpus/{killmail_id}.json").read_bytes()
        )
        flat = [
            one for item in raw["victim"].get("items", []) for one in (item, *item.get("items", []))
        ]
        assert [item.type_id for item in mail.victim.items] == [one["item_type_id"] for one in flat]
        assert sum(item.dropped for item in mail.victim.items) == sum(
            one.get("quantity_dropped", 0) for one in flat
        )
        assert [item.copy for item in mail.victim.items] == [one["singleton"] == 2 for one in flat]
        assert [a.damage for a in mail.attackers] == [a["damage_done"] for a in raw["attackers"]]
        assert mail.victim.damage_taken == raw["victim"]["damage_taken"]
        assert mail.victim.character_id == raw["victim"].get("character_id")
        assert mail.time == datetime.fromisoformat(raw["killmail_time"])
        assert (mail.war_id, mail.moon_id) == (raw.get("war_id"), raw.get("moon_id"))


def test_edge_cases_hold_what_they_are_kept_for(edge_cases: dict[int, Killmail]) -> None:
    years = {mail.time.year for mail in edge_cases.values()}
    assert min(years) == 2008
    assert max(years) == 2026
    assert sum(mail.victim.character_id is None for mail in edge_cases.values()) == 12
    assert sum(mail.victim.position is None for mail in edge_cases.values()) == 32
    assert sum(not mail.has_player_attacker for mail in edge_cases.values()) >= 5
    assert sum(mail.moon_id is not None for mail in edge_cases.values()) == 3


def test_all_16_packages_are_read(recorded_data: Path) -> None:
    paths = sorted((recorded_data / "killmails/zkb_packages").glob("*.json"))
    mails = {path.stem.partition("_")[2]: decode_zkb_package(path.read_bytes()) for path in paths}

    assert len(mails) == 16
    assert all(mail.value.source is ValueSource.ZKB and mail.labels for mail in mails.values())
    keepstar = mails["keepstar_kill"]
    assert len(keepstar.attackers) == 3753
    assert keepstar.value.isk == 191585667614.45
    assert keepstar.value.dropped == 0
    assert mails["astrahus"].value.dropped == 914838035.31
    assert all(mail.value.dropped is not None for mail in mails.values())
    assert keepstar.victim.ship_type_id == 35834
    assert keepstar.location_id == 50014234
    assert keepstar.hash == "84d3cce85c5f3357a9853facd950b118afd47d2b"
    drill = mails["drill_kill_by_thanatos"]
    assert (drill.victim.character_id, drill.victim.alliance_id) == (None, 99007281)
    assert drill.final_blow is not None
    assert drill.final_blow.character_id == 199908824


def test_all_62_redisq_packages_are_read(recorded_data: Path) -> None:
    path = recorded_data / "killmails/redisq_2020-12-18/redisq_packages_62.concat.json"
    mails = [decode_zkb_package(text.encode()) for text in documents(path.read_text())]

    assert len(mails) == len({mail.id for mail in mails}) == 62
    assert all(mail.value.source is ValueSource.ZKB for mail in mails)
    assert mails[0].id == 89334523
    assert mails[0].value.isk == 11160561.27
    assert mails[0].solo is True
    assert all(mail.value.dropped is None for mail in mails), "nobody said then"


def test_both_r2z2_documents_are_read(recorded_data: Path) -> None:
    first = decode_r2z2((recorded_data / "feeds/r2z2_2026-03-31.json").read_bytes())
    assert first.sequence == 96695606
    assert first.uploaded_at == datetime(2026, 3, 31, 9, 24, 4, tzinfo=UTC)
    assert (first.killmail.id, first.killmail.awox, first.killmail.value.isk) == (
        134398778,
        True,
        16107.17,
    )
    assert first.killmail.hash == "6b9681d6860f9ac9df634659231448017c977edb"
    second = decode_r2z2((recorded_data / "feeds/r2z2_2026-04-02.json").read_bytes())
    assert (second.sequence, second.sequence_updated) == (96724073, None)
    assert second.killmail.value.isk == 627868229.1
    assert second.killmail.value.dropped == 0
    assert second.killmail.labels == ("tz:usw", "cat:6", "#:1", "pvp", "loc:lowsec")
    assert [item.type_id for item in second.killmail.victim.items] == [27187, 27188]
