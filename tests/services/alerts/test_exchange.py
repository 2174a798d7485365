"""Alerts as a document: out of one server and into another."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.document import FORMAT, VERSION, called, read_document, to_document
from services.domain.alert import (
    AlertKind,
    AlertRequest,
    AlertState,
    CardPart,
    CardStyle,
    Updates,
)
from services.domain.errors import UserError
from services.domain.filter import Condition, FilterField, FilterGroup, GroupKind, Op, Reach, Side
from services.domain.ids import ChannelId, GuildId, RoleId, UserId
from services.domain.quiet import QuietHours, QuietMode
from services.universe.universe import Universe
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
BATTLES = request(
    AlertKind.BATTLES, region_id=10_000_060, min_kills=9, min_isk=1.5e9, updates=Updates.THREAD
)

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
        f"{which} is here already: it is alert #{found.id}."
        for which, found in zip(
            ("The 1st alert (`Höme ☕`)", "The 2nd alert", "The 3rd alert"), done.added, strict=True
        )
    )


async def test_a_role_that_one_may_not_call_is_not_called(newsroom: Newsroom) -> None:
    await newsroom.alerts.add(RICH)
    document = await newsroom.alerts.export(GUILD)
    done = await newsroom.alerts.import_(THERE, document, by=GUEST, channel_id=CORNER)
    assert [found.role_id for found in done.added] == [None]
    assert done.skipped == (
        f"The 1st alert (`Höme ☕`) calls nobody: <@&{ROLE}> is no role that you may call here.",
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
        (
            {"kind": "kills", "filter": smelly},
            r"The 2nd alert: `filter\.all\[0\]\.field`: `smell` is no field",
        ),
        (
            {"kind": "kills", "filter": {"version": 1, "all": []}},
            r"The 2nd alert: That would post some 14,000",
        ),
        (
            {"kind": "kills", "filter": {"version": 1, "all": [_within(system=1, jumps=5)]}},
            r"The 2nd alert: `filter\.all\[0\]\.value\.system`: I know nothing .* id 1\.$",
        ),
        (
            {"kind": "kills", "filter": {"version": 1, "all": [_within(hull=587, skill=5)]}},
            r"The 2nd alert: `filter\.all\[0\]\.value\.hull`: The Rifter has no jump drive",
        ),
        ({"kind": "battles", "name": "12"}, r"The 2nd alert \(`12`\): .*a letter"),
        ({"kind": "battles", "region": 999}, r"The 2nd alert: `region`: I know no region"),
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
    assert done.skipped == (
        "The 2nd alert (`Same`) stands in the document twice; it was taken once.",
    )


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
        ({}, "format"),
        ({"format": "something", "version": 1, "alerts": []}, "format"),
        ({"format": FORMAT, "version": 2, "alerts": []}, "version"),
        ({"format": FORMAT, "version": "1", "alerts": []}, "version"),
        (_BASE, "alerts"),
        (_BASE | {"alerts": {}}, "alerts"),
        (_BASE | {"alerts": [], "more": 1}, "more"),
        (_BASE | {"alerts": [{}]}, "kind"),
        (_one(kind="weather"), "kind"),
        (_one(kind=[]), "kind"),
        (_one(smell=1), "smell"),
        (_one(user_id=5), "user_id"),
        (_one(channel_id=5), "channel_id"),
        (_one(filter=_FILTER), "filter"),
        (_one(kind="kills"), "filter"),
        (_one(kind="kills", filter=[]), "filter"),
        (_one(name=5), "name"),
        (_one(region=True), "region"),
        (_one(region="Delve"), "region"),
        (_one(min_kills=1.5), "min_kills"),
        (_one(min_kills=2**31), "min_kills"),
        (_one(min_isk="1b"), "min_isk"),
        (_one(min_isk=float("nan")), "min_isk"),
        (_one(min_isk=10**400), "min_isk"),
        (_one(min_isk=-1), "min_isk"),
        (_one(role=5), "role"),
        (_one(role="everyone"), "role"),
        (_one(role="9" * 5000), "role"),
        (_one(role="0"), "role"),
        (_one(ping_minutes="5"), "ping_minutes"),
        (_one(cooldown_minutes=-5), "cooldown_minutes"),
        (_one(style="loud"), "style"),
        (_one(style=None), "style"),
        (_one(hidden="links"), "hidden"),
        (_one(hidden=["links", "smell"]), "hidden[1]"),
        (_one(quiet="23:00-07:00"), "quiet"),
        (_one(quiet={"from": "24:00", "to": "07:00", "mode": "pings"}), "quiet.from"),
        (_one(quiet={"from": "23:00", "mode": "pings"}), "quiet.to"),
        (_one(quiet={"from": "23:00", "to": "07:00"}), "quiet.mode"),
        (
            _one(quiet={"from": "23:00", "to": "07:00", "mode": "pings", "x": 1}),
            "quiet.x",
        ),
    ],
)
def test_a_fault_is_told_with_its_path(data: object, path: str) -> None:
    with pytest.raises(UserError) as told:
        read(data)
    # Of the document itself, or of its only alert.
    assert re.match(
        rf"(The 1st alert( \(.*\))?: )?`{re.escape(path)}`: .*[^.?!][.?]$", str(told.value)
    )


@pytest.mark.parametrize("data", [None, [], "text", 5])
def test_what_is_no_document_is_told_plainly(data: object) -> None:
    with pytest.raises(UserError, match=r"^That is no list of alerts\. Give the file that"):
        read(data)


def test_an_alert_is_called_by_its_place_and_name() -> None:
    assert called(1, "Höme") == "The 1st alert (`Höme`)"
    ends = [called(number, None).split()[1] for number in (2, 3, 4, 11, 12, 13, 21, 102, 111)]
    assert ends == ["2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th"]
    with pytest.raises(UserError, match=r"^The 1st alert: an object"):
        read(_BASE | {"alerts": [5]})


def test_a_question_has_no_stop_behind_it() -> None:
    field = {"version": 1, "all": [{"field": "regoin", "value": 1}]}
    with pytest.raises(UserError, match=r"Did you mean `region`\?$"):
        read(_BASE | {"alerts": [{"kind": "kills", "filter": field}]})


async def test_nothing_is_locked_while_a_document_is_looked_through(
    small_newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault is found before the write begins, and no distance is measured for it."""

    def refuse(*_: object) -> None:
        raise AssertionError

    reaches = [_within(system=30_000_142, jumps=number) for number in range(10)]
    good = {"kind": "kills", "filter": {"version": 1, "all": reaches}}
    bad = {"kind": "battles", "name": "12"}
    monkeypatch.setattr(small_newsroom.database, "write", refuse)
    monkeypatch.setattr(Universe, "within_jumps", refuse)
    with pytest.raises(UserError, match="a letter"):
        await small_newsroom.alerts.import_(
            THERE, _BASE | {"alerts": [good, bad]}, by=GUEST, channel_id=CORNER
        )
    reaches.append(_within(system=30_000_142, jumps=11))
    with pytest.raises(UserError, match=r"has 11 distances; at most 10"):
        read(_BASE | {"alerts": [good]})


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
