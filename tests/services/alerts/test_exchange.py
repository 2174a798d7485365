"""Alerts as a document: out of one server and into another."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.document import FORMAT, VERSION, read_document, to_document
from services.domain.alert import AlertKind, AlertRequest, AlertState, CardPart, CardStyle
from services.domain.errors import UserError
from services.domain.filter import Condition, FilterField, FilterGroup, GroupKind, Op, Reach, Side
from services.domain.ids import ChannelId, GuildId, RoleId, UserId
from services.domain.quiet import QuietHours, QuietMode
from services.filters.errors import FilterFault
from tests.factories import CHANNEL, GUILD, OWNER, alert, all_of, request
from tests.services.alerts.test_changing import spoil
from tests.services.newsroom import Newsroom

THERE, CORNER, GUEST = GuildId(GUILD + 1), ChannelId(CHANNEL + 5), UserId(77)
ROLE = RoleId(1_234_567_890_123_456_789)
DEEP = all_of(
    Condition(FilterField.WITHIN, (Reach(system_id=30_002_537, light_years=7.0),)),
    Condition(FilterField.ISK, (1e9,), Op.AT_LEAST),
    FilterGroup(GroupKind.NONE, (Condition(FilterField.ALLIANCE, (1, 2), side=Side.ATTACKER),)),
)
SOMEBODY, SOMEWHERE = UserId(777_666_555_444), ChannelId(888_777_666_555)
RICH = request(
    created_by=SOMEBODY,
    channel_id=SOMEWHERE,
    filter=DEEP,
    name="Höme ☕",
    role_id=ROLE,
    ping_minutes=5,
    cooldown_minutes=0,
    style=CardStyle.WATCH,
    hidden=frozenset({CardPart.LINKS, CardPart.PICTURE}),
    quiet=QuietHours(start=1380, end=425, mode=QuietMode.POSTS),
)
PLAIN = request(region_id=10_000_060)
BATTLES = request(AlertKind.BATTLES, region_id=10_000_060, min_kills=9, min_isk=1.5e9)

_BASE: dict[str, Any] = {"format": FORMAT, "version": VERSION}
_FILTER = {"version": 1, "all": [{"field": "region", "value": 10_000_060}]}

_KEYS = ["kind", "name", "filter", "region", "min_isk", "role", "style", "hidden", "quiet"]


def _within(system: int = 30_002_537, **reach: int) -> dict[str, Any]:
    return {"field": "within", "value": {"system": system, **reach}}


def read(data: object) -> list[AlertRequest]:
    return read_document(data, guild_id=THERE, channel_id=CORNER, by=GUEST)


def asked(*alerts: AlertRequest) -> list[dict[str, Any]]:
    """What they ask for, without where and by whom."""
    own = {"guild_id", "channel_id", "created_by", "id", "created_at", "state", "reason"}
    names = [name for name in AlertRequest.__dataclass_fields__ if name not in own]
    return [{name: getattr(found, name) for name in names} for found in alerts]


async def test_there_and_back(newsroom: Newsroom) -> None:
    service = newsroom.alerts
    here = [await service.add(wanted) for wanted in (RICH, PLAIN, BATTLES)]
    await service.pause(GUILD, here[1].id, by=OWNER)
    text = json.dumps(await service.export(GUILD))
    assert not any(str(hidden) in text for hidden in (SOMEBODY, SOMEWHERE))
    done = await service.import_(
        THERE, json.loads(text), by=GUEST, channel_id=CORNER, roles=frozenset({ROLE})
    )
    assert done.skipped == ()
    assert list(done.added) == await service.all_of(THERE)
    assert asked(*done.added) == asked(*here)
    places = {(a.guild_id, a.channel_id, a.created_by, a.state) for a in done.added}
    assert places == {(THERE, CORNER, GUEST, AlertState.ACTIVE)}

    again = await service.import_(
        THERE, json.loads(text), by=GUEST, channel_id=CORNER, roles=frozenset({ROLE})
    )
    assert again.added == ()
    assert again.skipped == tuple(
        f"`alerts[{number}]` is here already: it is alert #{found.id}."
        for number, found in enumerate(done.added)
    )


async def test_a_role_that_one_may_not_call_is_not_called(newsroom: Newsroom) -> None:
    await newsroom.alerts.add(RICH)
    document = await newsroom.alerts.export(GUILD)
    done = await newsroom.alerts.import_(THERE, document, by=GUEST, channel_id=CORNER)
    assert [found.role_id for found in done.added] == [None]
    assert done.skipped == (
        f"`alerts[0]` calls nobody: <@&{ROLE}> is no role that you may call here.",
    )


async def test_a_person_is_not_exported(small_newsroom: Newsroom) -> None:
    service = small_newsroom.alerts
    await service.add(request(user_id=OWNER, name="Wake"))
    [entry] = (await service.export(GUILD))["alerts"]
    assert set(entry) == {"kind", "name", "filter", "style"}


async def test_one_fault_and_nothing_is_added(newsroom: Newsroom) -> None:
    good = {"kind": "kills", "filter": _FILTER}
    smelly = {"version": 1, "all": [{"field": "smell", "value": 1}]}
    for entry, words in (
        ({"kind": "kills", "filter": smelly}, r"`alerts\[1\]\.filter\.all\[0\]"),
        (
            {"kind": "kills", "filter": {"version": 1, "all": []}},
            r"`alerts\[1\]`: That would post some 14,000",
        ),
        (
            {"kind": "kills", "filter": {"version": 1, "all": [_within(system=1, jumps=5)]}},
            r"`alerts\[1\]`: .*system #1, which is not on my map",
        ),
        (
            {"kind": "kills", "filter": {"version": 1, "all": [_within(hull=587, skill=5)]}},
            r"`alerts\[1\]`: .*no jump drive",
        ),
        ({"kind": "battles", "name": "12"}, r"`alerts\[1\]`: .*a letter"),
    ):
        document = _BASE | {"alerts": [good, entry]}
        with pytest.raises(UserError, match=words):
            await newsroom.alerts.import_(THERE, document, by=GUEST, channel_id=CORNER)
    assert await newsroom.alerts.all_of(THERE) == []


async def test_twice_in_a_document_is_once_and_names_are_made_free(
    small_newsroom: Newsroom,
) -> None:
    service = small_newsroom.alerts
    await service.add(request(AlertKind.BATTLES, guild_id=THERE, min_kills=20, name="big"))
    entries = [
        {"kind": "battles", "min_kills": 10, "name": "Big"},
        {"kind": "battles", "min_kills": 10, "name": "Same"},
        {"kind": "battles", "min_kills": 30, "name": "Big"},
    ]
    document = {"format": FORMAT, "version": VERSION, "alerts": entries}
    done = await service.import_(THERE, document, by=GUEST, channel_id=CORNER)
    assert [found.name for found in done.added] == ["Big (2)", "Big (3)"]
    assert done.skipped == ("`alerts[1]` stands in the document twice; it was taken once.",)


async def test_more_than_a_server_may_have_are_not_added(small_newsroom: Newsroom) -> None:
    service = small_newsroom.alerts
    await service.add(request(guild_id=THERE))
    entries = [{"kind": "battles", "min_kills": number} for number in range(2, 52)]
    document = {"format": FORMAT, "version": VERSION, "alerts": entries}
    with pytest.raises(UserError, match="51 alerts"):
        await service.import_(THERE, document, by=GUEST, channel_id=CORNER)
    with pytest.raises(UserError, match="100 alerts"):
        await service.import_(
            THERE, document | {"alerts": entries * 2}, by=GUEST, channel_id=CORNER
        )
    assert len(await service.all_of(THERE)) == 1
    entries.pop()
    done = await service.import_(THERE, document, by=GUEST, channel_id=CORNER)
    assert len(done.added) == 49


async def test_what_cannot_be_read_is_left_out_and_named(small_newsroom: Newsroom) -> None:
    service = small_newsroom.alerts
    bad, good = await service.add(PLAIN), await service.add(BATTLES)
    await spoil(small_newsroom, bad.id, filter="[]")
    document = await service.export(GUILD)
    assert document["left_out"] == [bad.id]
    assert asked(*read(document)) == asked(good)


def _one(**entry: Any) -> dict[str, Any]:
    return _BASE | {"alerts": [{"kind": "battles"} | entry]}


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (None, "document"),
        ([], "document"),
        ({}, "format"),
        ({"format": "something", "version": 1, "alerts": []}, "format"),
        ({"format": FORMAT, "version": 2, "alerts": []}, "version"),
        ({"format": FORMAT, "version": "1", "alerts": []}, "version"),
        (_BASE, "alerts"),
        (_BASE | {"alerts": {}}, "alerts"),
        (_BASE | {"alerts": [], "more": 1}, "more"),
        (_BASE | {"alerts": [5]}, "alerts[0]"),
        (_BASE | {"alerts": [{}]}, "alerts[0].kind"),
        (_one(kind="weather"), "alerts[0].kind"),
        (_one(kind=[]), "alerts[0].kind"),
        (_one(smell=1), "alerts[0].smell"),
        (_one(user_id=5), "alerts[0].user_id"),
        (_one(channel_id=5), "alerts[0].channel_id"),
        (_one(filter=_FILTER), "alerts[0].filter"),
        (_one(kind="kills"), "alerts[0].filter"),
        (_one(kind="kills", filter=[]), "alerts[0].filter"),
        (_one(name=5), "alerts[0].name"),
        (_one(region=True), "alerts[0].region"),
        (_one(region="Delve"), "alerts[0].region"),
        (_one(min_kills=1.5), "alerts[0].min_kills"),
        (_one(min_kills=2**31), "alerts[0].min_kills"),
        (_one(min_isk="1b"), "alerts[0].min_isk"),
        (_one(min_isk=float("nan")), "alerts[0].min_isk"),
        (_one(min_isk=10**400), "alerts[0].min_isk"),
        (_one(min_isk=-1), "alerts[0].min_isk"),
        (_one(role=5), "alerts[0].role"),
        (_one(role="everyone"), "alerts[0].role"),
        (_one(role="9" * 5000), "alerts[0].role"),
        (_one(role="0"), "alerts[0].role"),
        (_one(ping_minutes="5"), "alerts[0].ping_minutes"),
        (_one(cooldown_minutes=-5), "alerts[0].cooldown_minutes"),
        (_one(style="loud"), "alerts[0].style"),
        (_one(style=None), "alerts[0].style"),
        (_one(hidden="links"), "alerts[0].hidden"),
        (_one(hidden=["links", "smell"]), "alerts[0].hidden[1]"),
        (_one(quiet="23:00-07:00"), "alerts[0].quiet"),
        (_one(quiet={"from": "24:00", "to": "07:00", "mode": "pings"}), "alerts[0].quiet.from"),
        (_one(quiet={"from": "23:00", "mode": "pings"}), "alerts[0].quiet.to"),
        (_one(quiet={"from": "23:00", "to": "07:00"}), "alerts[0].quiet.mode"),
        (
            _one(quiet={"from": "23:00", "to": "07:00", "mode": "pings", "x": 1}),
            "alerts[0].quiet.x",
        ),
    ],
)
def test_a_fault_is_told_with_its_path(data, path):
    with pytest.raises(FilterFault) as told:
        read(data)
    assert told.value.path == path
    assert str(told.value).startswith(f"`{path}`: ")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(_KEYS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(_JSON, _JSON)
def test_whatever_is_given_is_read_or_refused(entry, whole):
    known = {"kind": "battles"} | entry if isinstance(entry, dict) else entry
    for data in (whole, _BASE | {"alerts": [entry]}, _BASE | {"alerts": [known]}):
        try:
            found = read(data)
        except UserError:
            continue
        assert all(isinstance(request, AlertRequest) for request in found)


def test_what_goes_out_comes_in():
    alerts = [alert(1, filter=DEEP, name="A"), alert(2, AlertKind.BATTLES)]
    document = json.loads(json.dumps(to_document(alerts)))
    assert asked(*read(document)) == asked(*alerts)
    assert {found.created_by for found in read(document)} == {GUEST}
