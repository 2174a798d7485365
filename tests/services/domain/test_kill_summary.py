"""What is kept of a killmail for its card: small, whoever comes."""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.domain.ids import AllianceId, TypeId
from services.domain.killmail import Attacker, Organisation
from services.domain.message import CREWS, KillMessage, KillSummary
from services.domain.space import HullClass
from services.feeds.wire import decode_zkb_package
from services.outbox.codec import encode_message
from services.universe.universe import Universe
from tests.factories import MIDNIGHT, mail, party, who

FRIGATE, TITAN = TypeId(587), TypeId(11567)


def classes(type_id: TypeId | None) -> HullClass:
    return {FRIGATE: HullClass.FRIGATE, TITAN: HullClass.SUPERCAPITAL}.get(
        type_id or TypeId(0), HullClass.OTHER
    )


def shooter(name: str, damage: int = 0, hull: TypeId | None = FRIGATE) -> Attacker:
    return Attacker(**who(name), ship_type_id=hull, damage=damage)


def of(*attackers: Attacker) -> KillSummary:
    killmail = replace(mail(1, 0, "V1", "A1"), attackers=attackers)
    return KillSummary.of(killmail, hull_class=classes)


def test_crews_are_ranked_by_named_pilots_and_each_pilot_counts_once() -> None:
    kill = of(
        shooter("B1"),
        shooter("A1", hull=TITAN),
        shooter("A1"),
        shooter("A2", hull=None),
        shooter("A3"),
        shooter("A4"),
        shooter("npc"),
        shooter("a"),
    )
    first, second = kill.crews
    assert (first.organisation, first.pilots) == (party("A1"), 4)
    assert first.classes == (
        (HullClass.FRIGATE, 2),
        (HullClass.OTHER, 1),
        (HullClass.SUPERCAPITAL, 1),
    )
    assert (second.organisation, second.pilots) == (party("B1"), 1)
    assert (kill.attackers, kill.pilots) == (8, 5)
    assert (kill.leading, kill.leading_pilots) == (party("A1"), 4)


def test_at_most_five_crews_are_kept() -> None:
    kill = of(*(shooter(f"{letter}1") for letter in "HGFEDCBA"))
    assert [crew.organisation for crew in kill.crews] == [party(f"{x}1") for x in "ABCDE"]
    assert len(kill.crews) == CREWS
    assert kill.leading is None


def test_who_did_most_damage_and_how_much_of_all() -> None:
    kill = of(shooter("A1", 25), shooter("npc", 75), shooter("B1", -50), shooter("B2", 0))
    assert kill.top_damage is not None
    assert kill.top_damage.character_id is None
    assert kill.top_damage_share == pytest.approx(0.75)
    first = of(shooter("A1", 5), shooter("B1", 5))
    assert first.top_damage is not None
    assert first.top_damage.alliance_id == AllianceId(99_000_000 + ord("A"))
    nobody = of(shooter("A1", 0), shooter("B1", -3))
    assert (nobody.top_damage, nobody.top_damage_share) == (None, 0.0)


def test_without_attackers_classes_or_a_receipt() -> None:
    kill = KillSummary.of(replace(mail(1, 0, "V1", "A1"), attackers=()))
    assert (kill.crews, kill.top_damage, kill.final_blow, kill.received_at) == (
        (),
        None,
        None,
        None,
    )
    later = MIDNIGHT + timedelta(seconds=97)
    told = KillSummary.of(mail(1, 0, "V1", "A1"), received_at=later)
    assert told.received_at == later
    assert told.crews[0].classes == ()
    assert told.crews[0].organisation == party("A1")


def test_a_keepstar_with_3753_attackers_stays_small(recorded_data: Path) -> None:
    file = recorded_data / "killmails/zkb_packages/131126432_keepstar_kill.json"
    killmail = decode_zkb_package(file.read_bytes())
    kill = KillSummary.of(killmail, hull_class=Universe.load().hull_class)
    assert (kill.attackers, kill.pilots) == (3753, 3753)
    assert kill.crews[0].organisation == Organisation(1354830081, kill.crews[0].organisation.kind)
    assert kill.crews[0].pilots == 2761
    assert sum(count for _, count in kill.crews[0].classes) == 2761
    assert dict(kill.crews[0].classes)[HullClass.SUPERCAPITAL] == 342
    assert 0.02 < kill.top_damage_share < 0.04
    _, payload = encode_message(KillMessage(kill=kill, reasons=()))
    assert sys.getsizeof(payload) < 6_000
