"""ESI's answers on sovereignty, read: the recorded ones whole, odd ones row by row."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from services.domain.ids import SystemId
from services.domain.killmail import OrganisationKind
from services.domain.trouble import Trouble
from services.esi.errors import EsiUnreadable
from services.esi.reading import Reader
from services.sovereignty.wire import SystemsReader, read_campaigns, read_skyhooks
from tests.fakes.watch import Watch
from tests.services.sovereignty.made_up import (
    CALDARI,
    GOONS,
    HUB,
    campaign_row,
    minutes,
    skyhook_row,
    system_row,
)


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


def systems(*rows: dict[str, Any]) -> bytes:
    return body({"solar_systems": rows})


def test_the_recorded_systems_are_read_whole(recorded_data: Path) -> None:
    watch = Watch()
    recorded = (recorded_data / "esi/sovereignty-systems_2026-05-17.json").read_bytes()
    claims = SystemsReader(Reader(watch)).read(recorded).claims
    kinds = Counter(claim.holder.kind if claim.holder else None for claim in claims.values())
    assert kinds == {OrganisationKind.ALLIANCE: 2708, OrganisationKind.FACTION: 2666, None: 111}
    hubs = [claim for claim in claims.values() if claim.hub_id]
    assert len(hubs) == 2708
    assert sum(claim.is_capital for claim in hubs) == 71
    one = claims[hubs[0].system_id]
    assert one.adm is not None
    assert 1 <= one.adm <= 6
    assert not watch.begun


def test_the_hubs_without_a_window_are_those_that_are_contested(recorded_data: Path) -> None:
    folder, reader = recorded_data / "esi", Reader()
    claims = (
        SystemsReader(reader)
        .read((folder / "sovereignty-systems_2026-05-17.json").read_bytes())
        .claims
    )
    answer = read_campaigns(reader, (folder / "sovereignty-campaigns_2026-05-17.json").read_bytes())
    without = {c.hub_id for c in claims.values() if c.hub_id and c.window is None}
    assert len(answer.sightings) == 13
    assert without == {sighting.structure_id for sighting in answer.sightings.values()}
    assert {one.defender for one in answer.sightings.values()} == {0.6}


def test_a_claim_of_a_new_shape_costs_that_row_alone() -> None:
    watch = Watch()
    odd = {"solar_system_id": 9, "claim": {"coalition": {"coalition_id": 1}}}
    rows = (system_row(1, GOONS, window=(0, 60)), odd, system_row(2, None), system_row(3, CALDARI))
    claims = SystemsReader(Reader(watch)).read(systems(*rows)).claims
    assert sorted(claims) == [1, 2, 3]
    first = claims[rows[0]["solar_system_id"]]
    assert (first.holder, first.hub_id, first.adm, first.strategic) == (GOONS, HUB, 4.2, 4)
    assert first.window is not None
    assert first.window.start == minutes(0)
    assert claims[rows[3]["solar_system_id"]].holder == CALDARI
    assert "neither an alliance's" in watch.open[Trouble.ESI_SCHEMA, "/sovereignty/systems"]


def test_what_is_said_again_is_the_same_claim_and_what_is_new_another() -> None:
    reader = SystemsReader(Reader())
    rows = [system_row(1, GOONS, window=(0, 60)), system_row(2, CALDARI)]
    before = dict(reader.read(systems(*rows)).claims)
    rows[0] = system_row(1, GOONS, window=(0, 90))
    after = dict(reader.read(systems(*reversed(rows))).claims)
    assert after[SystemId(2)] is before[SystemId(2)]
    window = after[SystemId(1)].window
    assert window is not None
    assert window.end == minutes(90)
    assert list(reader.read(systems(rows[1])).claims) == [2]


@pytest.mark.parametrize("broken", [b'{"systems": []}', b"[]", b'{"solar_systems": 7}'])
def test_an_answer_of_another_shape_is_none(broken: bytes) -> None:
    watch = Watch()
    with pytest.raises(EsiUnreadable):
        SystemsReader(Reader(watch)).read(broken)
    assert watch.begun == [(Trouble.ESI_SCHEMA, "/sovereignty/systems")]


def test_an_unknown_kind_of_contest_is_kept_as_it_is_said() -> None:
    row = campaign_row(1, start=60, event_type="moon_defense", participants=None)
    del row["participants"], row["defender_id"], row["defender_score"]
    freeport = campaign_row(2, start=60, participants=[{"alliance_id": GOONS.id, "score": 0.25}])
    answer = read_campaigns(Reader(), body([row, freeport]))
    one = answer.sightings[1]
    assert (one.event_type, one.defender_id, one.defender) == ("moon_defense", None, None)
    assert answer.sightings[2].participants == ((GOONS.id, 0.25),)
    assert answer.is_complete


def test_a_campaign_that_cannot_be_followed_is_there_all_the_same() -> None:
    poor = {"campaign_id": 1, "event_type": "ihub_defense"}
    broken = campaign_row(2, start=60, start_time="soon")
    # What stands above 48 bits is the house's own (`Campaign.id`).
    huge = campaign_row(1 << 48, start=60)
    answer = read_campaigns(Reader(), body([poor, broken, huge, campaign_row(3, start=60)]))
    assert (sorted(answer.sightings), sorted(answer.present)) == ([3], [1, 3])
    assert not answer.is_complete


def test_skyhooks_are_read() -> None:
    rows = [skyhook_row(40_301_700, start=0, end=60), skyhook_row(40_301_700, start=0, end=60)]
    answer = read_skyhooks(Reader(), body({"skyhooks": rows}))
    assert [one.planet_id for one in answer.skyhooks] == [40_301_700]
    assert answer.skyhooks[0].window.end == minutes(60)
