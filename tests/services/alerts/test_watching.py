"""Alerts on occurrences: what they want, what is refused, and that they outlive storing, copying, files and damage."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from services.alerts.document import read_document
from services.alerts.rules import check, check_breadth, check_places, completed
from services.alerts.settings import AlertSettings
from services.alerts.watching import Lookout, reminders_of, wanted_kinds
from services.domain.alert import REMINDERS, Alert, AlertKind, AlertRequest, AlertState
from services.domain.errors import UserError
from services.domain.ids import AllianceId, ChannelId, GuildId, RegionId, SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.occurrence import USUAL, Occurrence, OccurrenceKind, Scope
from services.domain.sovereignty import Campaign, CampaignState
from services.domain.standing import Standing, Standings
from services.storage.guild_tables import alerts as table
from tests.factories import CHANNEL, EVENING, GUILD, OWNER, request, universe
from tests.services.newsroom import Newsroom

SOV, FW, WAR = AlertKind.SOV, AlertKind.FW, AlertKind.WAR
X47L, NEXT = SystemId(30_001_967), SystemId(30_001_968)
US = Organisation(99_000_001, OrganisationKind.ALLIANCE)
THEM = Organisation(99_000_002, OrganisationKind.ALLIANCE)
HOLDER, ADM = OccurrenceKind.HOLDER, OccurrenceKind.ADM


def happened(kind: OccurrenceKind = HOLDER, **fields: Any) -> Occurrence:
    made: dict[str, Any] = {"systems": (X47L,), "old": US, "new": THEM}
    return Occurrence(key="one", kind=kind, at=EVENING, **made | fields)


async def wanting(newsroom: Newsroom, occurrence: Occurrence) -> list[int]:
    async with newsroom.database.read() as tx:
        return [alert.id for alert in await newsroom.alerts.matching_occurrence(tx, occurrence)]


def near(jumps: int) -> SystemId:
    found = universe().within_jumps(X47L, jumps)
    return next(key for key, far in found.items() if far == jumps)


@pytest.mark.parametrize(
    ("scope", "occurrence", "fits"),
    [
        (None, happened(), True),
        (Scope(system_id=X47L), happened(), True),
        (Scope(system_id=X47L), happened(systems=(near(1),)), False),
        (Scope(system_id=X47L), happened(systems=(near(1), X47L)), True),
        (Scope(system_id=X47L, jumps=2), happened(systems=(near(2),)), True),
        (Scope(system_id=X47L, jumps=2), happened(systems=(near(3),)), False),
        (Scope(system_id=X47L, light_years=0.1), happened(systems=(near(3),)), False),
        (Scope(system_id=X47L, light_years=40.0), happened(systems=(near(3),)), True),
        (Scope(system_id=X47L, jumps=3), happened(systems=()), False),
        (Scope(region_id=RegionId(10_000_002)), happened(), True),
        (Scope(region_id=RegionId(10_000_003)), happened(), False),
        (Scope(party=US), happened(), True),
        (Scope(party=US), happened(old=None, others=(US,)), True),
        (Scope(party=US), happened(old=None), False),
        (Scope(party=replace(US, kind=OrganisationKind.FACTION)), happened(), False),
        (Scope(party=US), happened(systems=()), True),
        (Scope(us=True), happened(), True),
        (Scope(us=True), happened(old=None), False),
        (Scope(us=True, system_id=X47L), happened(systems=(near(1),)), False),
        (Scope(us=True, party=THEM), happened(), True),
    ],
)
def test_every_condition_of_a_scope_must_hold(
    scope: Scope | None, occurrence: Occurrence, fits: bool
) -> None:
    lookout = Lookout(universe(), lambda _: RegionId(10_000_002))
    marked = Standings({US.id: Standing.US, THEM.id: Standing.FOE})
    systems, parties = occurrence.systems, occurrence.parties
    assert lookout.covers(scope, systems, parties, standings=marked) is fits


async def test_a_server_s_own_marks_count(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    ours = await newsroom.alerts.add(request(SOV, scope=Scope(us=True)))
    await newsroom.alerts.add(request(SOV, guild_id=GuildId(GUILD + 1), scope=Scope(us=True)))
    assert await wanting(newsroom, happened()) == []
    await newsroom.standings.add(GUILD, [(US.id, US.kind, Standing.FRIEND)], by=OWNER)
    assert await wanting(newsroom, happened()) == [ours.id]


async def test_kinds_are_the_usual_ones_or_those_named(newsroom: Newsroom) -> None:
    usual = await newsroom.alerts.add(request(SOV))
    named = await newsroom.alerts.add(
        request(SOV, events=frozenset({ADM, HOLDER}), scope=Scope(system_id=X47L))
    )
    warfare = await newsroom.alerts.add(request(FW))
    await newsroom.alerts.add(request())
    await newsroom.alerts.add(request(AlertKind.BATTLES))
    assert await wanting(newsroom, happened()) == [usual.id, named.id]
    assert await wanting(newsroom, happened(ADM)) == [named.id]
    assert await wanting(newsroom, happened(OccurrenceKind.FLIP)) == [warfare.id]
    await newsroom.alerts.pause(GUILD, usual.id, by=OWNER)
    await newsroom.alerts.edit(GUILD, named.id, events=frozenset({ADM}))
    assert await wanting(newsroom, happened()) == []
    assert wanted_kinds(usual) < USUAL


async def test_campaigns_concern_alerts_whatever_they_tell(small_newsroom: Newsroom) -> None:
    newsroom = small_newsroom
    party = await newsroom.alerts.add(request(SOV, scope=Scope(party=US), events={HOLDER}))
    await newsroom.alerts.add(request(SOV, scope=Scope(party=THEM)))
    await newsroom.alerts.add(request(FW))
    campaign = Campaign(
        id=1,
        event_type="ihub_defense",
        system_id=X47L,
        constellation_id=None,
        structure_id=1,
        defender_id=AllianceId(US.id),
        start=EVENING,
        state=CampaignState.SCHEDULED,
        first_seen=EVENING,
        seen=EVENING,
    )
    async with newsroom.database.read() as tx:
        found = await newsroom.alerts.watching_campaign(tx, campaign)
        reminders = await newsroom.alerts.reminders(tx)
    assert [alert.id for alert in found] == [party.id]
    assert reminders == frozenset(REMINDERS), "of the other one"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, REMINDERS),
        ({"reminders": ()}, ()),
        ({"reminders": (5, 60)}, (60, 5)),
        ({"events": frozenset({HOLDER})}, ()),
        ({"events": frozenset({HOLDER}), "reminders": (10,)}, (10,)),
        ({"events": frozenset({HOLDER}), "reminders": REMINDERS}, REMINDERS),
        ({"kind": AlertKind.INCURSION}, ()),
    ],
)
def test_reminders(fields: dict[str, Any], expected: tuple[int, ...]) -> None:
    wanted = completed(request(**{"kind": SOV} | fields), AlertSettings())
    assert reminders_of(wanted) == expected


FULL = {
    "scope": Scope(
        region_id=RegionId(10_000_002), system_id=X47L, light_years=6.5, party=US, us=True
    ),
    "events": frozenset({HOLDER, ADM}),
    "reminders": (60, 5),
}


async def test_stored_changed_copied_exported_imported(newsroom: Newsroom) -> None:
    service = newsroom.alerts
    alert = await service.add(request(SOV, **FULL))
    assert await service.get(GUILD, alert.id) == alert
    assert asked(alert) == (FULL["scope"], FULL["events"], FULL["reminders"])
    assert service.home_of(alert) == X47L
    copy = await service.copy(GUILD, alert.id, ChannelId(CHANNEL + 1), by=OWNER)
    assert asked(copy) == asked(alert)
    changed = await service.edit(
        GUILD, copy.id, scope=Scope(system_id=X47L, jumps=5), events=frozenset(), reminders=None
    )
    assert asked(changed) == (Scope(system_id=X47L, jumps=5), frozenset(), None)
    await service.add(request(WAR))
    document = json.loads(json.dumps(await service.export(GUILD)))
    assert document["alerts"][0]["scope"] == {
        "region": 10_000_002,
        "system": X47L,
        "light_years": 6.5,
        "party": {"kind": "alliance", "id": US.id},
        "us": True,
    }
    there = GuildId(GUILD + 1)
    done = await service.import_(there, document, by=OWNER, channel_id=ChannelId(5))
    assert [asked(found) for found in done.added] == [
        asked(found) for found in await service.all_of(GUILD)
    ]
    again = await service.import_(there, document, by=OWNER, channel_id=ChannelId(5))
    assert (again.added, len(again.skipped)) == ((), 3)


def asked(alert: Alert) -> tuple[Any, Any, Any]:
    return alert.scope, alert.events, alert.reminders


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"scope": Scope(jumps=3)}, "needs a system"),
        ({"scope": Scope(system_id=X47L, jumps=3, light_years=2.0)}, "not in both"),
        ({"scope": Scope(system_id=X47L, jumps=51)}, "0 to 50"),
        ({"scope": Scope(system_id=X47L, light_years=0.0)}, "60 light-years"),
        ({"scope": Scope(system_id=SystemId(5))}, "no system"),
        ({"scope": Scope(region_id=RegionId(5))}, "no region"),
        ({"scope": Scope(party=Organisation(9, OrganisationKind.CHARACTER))}, "faction"),
        ({"events": frozenset({OccurrenceKind.FLIP})}, "`fw-flip` is nothing"),
        ({"events": frozenset({ADM})}, "leave `adm` out"),
        ({"events": frozenset({HOLDER, OccurrenceKind.WINDOW})}, "leave `windows` out"),
        ({"events": frozenset({OccurrenceKind.SKYHOOK})}, "leave `skyhooks` out"),
        (
            {"events": frozenset({ADM}), "scope": Scope(system_id=X47L, light_years=60.0)},
            "systems lie within that distance; up to 300 may",
        ),
        (
            {"events": frozenset({ADM}), "scope": Scope(system_id=X47L, jumps=50)},
            "leave `adm` out",
        ),
        ({"reminders": (0,)}, "1 minute to 7 days"),
        ({"reminders": (10_081,)}, "1 minute to 7 days"),
        ({"reminders": tuple(range(1, 10))}, "8 times"),
        ({"kind": WAR, "scope": Scope(system_id=X47L)}, "no place"),
        ({"kind": AlertKind.INCURSION, "scope": Scope(us=True)}, "nobody's"),
        ({"kind": AlertKind.INCURSION, "scope": Scope(party=US)}, "nobody's"),
        ({"kind": FW, "scope": Scope(party=US)}, "for one faction"),
        ({"scope": Scope(party=replace(US, kind=OrganisationKind.CORPORATION))}, "not for that"),
        ({"kind": FW, "reminders": (5,)}, "sovereignty reminds"),
        ({"region_id": RegionId(10_000_002)}, "no floors"),
        ({"min_isk": 1.0}, "no floors"),
        ({"filter": request().filter}, "no filter"),
        ({"kind": AlertKind.KILLS, "reminders": (5,)}, "not for kills"),
        ({"kind": AlertKind.BATTLES, "scope": Scope(us=True)}, "not for battles"),
    ],
)
def test_what_is_refused(fields: dict[str, Any], words: str) -> None:
    wanted = completed(request(**{"kind": SOV} | fields), AlertSettings())
    with pytest.raises(UserError, match=words):
        refuse(wanted)
    refuse(completed(request(SOV, **FULL), AlertSettings()))


def refuse(wanted: AlertRequest) -> None:
    """As the service does."""
    check(wanted, AlertSettings())
    check_breadth(wanted)
    check_places(wanted, universe())


async def test_the_service_refuses_and_stores_nothing(small_newsroom: Newsroom) -> None:
    service = small_newsroom.alerts
    alert = await service.add(request(SOV))
    with pytest.raises(UserError, match="leave `adm` out"):
        await service.edit(GUILD, alert.id, events=frozenset({ADM}))
    with pytest.raises(UserError, match="no system"):
        await service.add(request(FW, scope=Scope(system_id=SystemId(5))))
    assert await service.all_of(GUILD) == [alert]


async def test_what_would_say_the_same_is_there_already(small_newsroom: Newsroom) -> None:
    service = small_newsroom.alerts
    usual = frozenset(kind for kind in USUAL if kind.topic is SOV.topic)
    await service.add(request(SOV))
    with pytest.raises(UserError, match="already asks"):
        await service.add(request(SOV, scope=Scope(), events=usual, reminders=REMINDERS[::-1]))
    await service.add(request(SOV, reminders=()))
    await service.add(request(SOV, scope=Scope(us=True)))
    assert (await service.add(request(WAR))).scope == Scope(us=True)


@pytest.mark.parametrize(
    "damage",
    [
        {"scope": '{"galaxy": 3}'},
        {"scope": "no JSON"},
        {"scope": '{"system": 30001967, "jumps": 99}'},
        {"events": "sov-holder,sov-moon"},
    ],
)
async def test_what_cannot_be_read_is_blocked_and_stays(
    small_newsroom: Newsroom, damage: dict[str, str]
) -> None:
    newsroom = small_newsroom
    alert = await newsroom.alerts.add(request(SOV))
    other = await newsroom.alerts.add(request(SOV, reminders=()))
    async with newsroom.database.write() as tx:
        await tx.execute(update(table).where(table.c.id == alert.id).values(**damage))
        await newsroom.alerts.touch(tx)
    assert await wanting(newsroom, happened()) == [other.id]
    found = await newsroom.alerts.get(GUILD, alert.id)
    assert (found.state, "cannot read" in (found.reason or "")) == (AlertState.BLOCKED, True)
    with pytest.raises(UserError, match="cannot be resumed"):
        async with newsroom.database.write() as tx:
            await tx.execute(
                update(table).where(table.c.id == alert.id).values(state=AlertState.PAUSED)
            )
        await newsroom.alerts.resume(GUILD, alert.id)
    document = await newsroom.alerts.export(GUILD)
    assert (document["left_out"], len(document["alerts"])) == ([alert.id], 1)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"scope": {"jumps": 3}}, "`scope`: a distance needs a system"),
        ({"scope": {"system": 5}}, "`scope.system`: I know no system"),
        ({"scope": {"moon": 5}}, "`scope.moon`: nothing of that name"),
        ({"scope": {"party": {"kind": "alliance"}}}, "`scope.party.id`: a whole number"),
        ({"scope": {"us": 1}}, "`scope.us`: `true` or `false`"),
        ({"events": ["sov-moon"]}, r"`events\[0\]`: one of"),
        ({"events": "sov-holder"}, "`events`: a list"),
        ({"reminders": ["5"]}, r"`reminders\[0\]`: a whole number"),
        ({"reminders": [None]}, r"`reminders\[0\]`: a whole number"),
        ({"filter": {}}, "`filter`: an alert for sov has none"),
        ({"kind": "battles", "events": []}, "`events`: an alert for battles has none"),
    ],
)
def test_a_fault_in_a_document_is_told_with_its_path(entry: dict[str, Any], words: str) -> None:
    document = {"format": "war-room-alerts", "version": 1, "alerts": [{"kind": "sov"} | entry]}
    with pytest.raises(UserError, match=words):
        read_document(document, guild_id=GUILD, channel_id=CHANNEL, by=OWNER, universe=universe())
