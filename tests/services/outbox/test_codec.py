"""Messages to JSON and back."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.alert import AlertKind, Reason
from services.domain.battle import Battle, Party, Side
from services.domain.ids import BattleKey, KillmailId
from services.domain.isk import IskSum, Value, ValueSource
from services.domain.killmail import Combatant, Organisation, OrganisationKind, Position
from services.domain.message import (
    MESSAGE_VERSION,
    BattleMessage,
    BattleMilestoneMessage,
    KillCount,
    KillMessage,
    KillSummary,
    MilestoneKind,
    Mute,
    NoticeMessage,
    Severity,
    SummaryCause,
    SummaryMessage,
)
from services.outbox.codec import decode_message, encode_message
from services.outbox.errors import UnknownMessageVersion

ids = st.integers(min_value=1, max_value=2**63 - 1)
small = st.integers(min_value=0, max_value=10**6)
isk = st.floats(min_value=0, max_value=1e15, allow_nan=False)
times = st.datetimes(
    datetime(2003, 5, 6),  # noqa: DTZ001
    datetime(2099, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
places = st.builds(Position, *[st.floats(allow_nan=False, allow_infinity=False)] * 3)
organisations = st.builds(Organisation, ids, st.sampled_from(OrganisationKind))
values = st.one_of(
    st.just(Value(isk=None, source=ValueSource.UNKNOWN)),
    st.builds(Value, isk=isk, source=st.sampled_from([ValueSource.ZKB, ValueSource.ESTIMATE])),
)
sums = st.builds(IskSum, isk=isk, unpriced=small, estimated=small)
combatants = st.builds(Combatant, character_id=st.none() | ids, alliance_id=st.none() | ids)
kills = st.builds(
    KillSummary,
    id=ids,
    time=times,
    system_id=ids,
    victim=combatants,
    final_blow=st.none() | combatants,
    leading=st.none() | organisations,
    value=values,
    position=st.none() | places,
)
parties = st.builds(Party, organisation=organisations, isk_lost=sums)
sides = st.builds(
    Side, parties=st.lists(parties, max_size=3).map(tuple), isk_lost=sums, hulls=st.just(())
)
battles = st.builds(
    Battle,
    key=ids.map(BattleKey),
    system_id=ids,
    start=times,
    end=times,
    killmail_ids=st.lists(ids.map(KillmailId), max_size=4).map(tuple),
    isk_destroyed=sums,
    sides=st.lists(sides, max_size=3).map(tuple),
    certainty=st.floats(0, 1),
)
moments = st.none() | times
reasons = st.lists(
    st.builds(
        Reason, alert_id=ids, kind=st.sampled_from(AlertKind), min_isk=st.none() | isk, role_id=ids
    ),
    max_size=2,
).map(tuple)
messages = st.one_of(
    st.builds(KillMessage, kill=kills, ping_until=moments, reasons=reasons),
    st.builds(
        BattleMessage,
        battle=battles,
        ping_until=moments,
        merged_into=st.none() | st.text(),
        reasons=reasons,
        muted=st.none() | st.builds(Mute, by=ids, at=times),
        counted=st.none() | st.builds(KillCount, kills=small, at=times),
    ),
    st.builds(
        BattleMilestoneMessage,
        battle=battles,
        milestone=st.sampled_from(MilestoneKind),
        reasons=reasons,
        organisation=st.none() | organisations,
        count=st.none() | small,
    ),
    st.builds(
        SummaryMessage,
        since=times,
        until=times,
        lag_seconds=isk,
        top=st.lists(kills, max_size=3).map(tuple),
        systems=st.lists(st.tuples(ids, small), max_size=3).map(tuple),
        window=st.none() | st.tuples(times, times),
        cause=st.sampled_from(SummaryCause),
        isk=sums,
        reasons=reasons,
    ),
    st.builds(NoticeMessage, severity=st.sampled_from(Severity)),
)


@given(messages)
@settings(max_examples=150, deadline=None)
def test_every_message_comes_back_as_it_was(message):
    kind, payload = encode_message(message)
    assert decode_message(kind, payload, version=MESSAGE_VERSION) == message


@pytest.mark.parametrize(("kind", "ahead"), [("notice", 1), ("telegram", 0)])
def test_what_a_newer_program_wrote_is_refused(kind, ahead):
    _, payload = encode_message(NoticeMessage(title="a", text="b"))
    with pytest.raises(UnknownMessageVersion):
        decode_message(kind, payload, version=MESSAGE_VERSION + ahead)


def test_a_field_added_later_does_not_make_old_rows_unreadable():
    """Older rows lack it, and get its default; rows of a newer program with more fields can still be read."""
    assert (
        decode_message("notice", b'{"title":"a","text":"b"}', version=1).severity is Severity.INFO
    )
    assert decode_message("notice", b'{"title":"a","text":"b","new":1}', version=1).title == "a"


CATCH_UP = (
    b'{"since":"2026-11-20T18:00:00Z","until":"2026-11-20T18:05:00Z","lag_seconds":900.0,"kills":4,'
    b'"isk":{"isk":22000000.0,"unpriced":1,"estimated":0},"largest":{"id":3,"hash":"ab",'
    b'"time":"2026-11-20T18:00:00Z","system_id":30002537,"victim":{"character_id":null,'
    b'"corporation_id":98000065,"alliance_id":null,"faction_id":null,"ship_type_id":587},"final_blow":null,'
    b'"final_weapon_type_id":null,"attackers":2,"pilots":1,"leading":null,"leading_pilots":0,'
    b'"value":{"isk":20000000.0,"source":"zkb","unpriced":0},"damage_taken":0,"location_id":null,'
    b'"position":null,"war_id":null,"npc":false,"solo":null,"awox":null,"labels":[]},'
    b'"reasons":[{"alert_id":1,"kind":"kills","region_id":10000030,"min_kills":null,"min_isk":1000000.0,'
    b'"role_id":51}],"battles":[]}'
)
"""As messages of version 1 were written."""


def test_the_summary_of_a_catching_up_is_read_as_version_1_wrote_it():
    message = decode_message("catch-up", CATCH_UP, version=1)
    assert isinstance(message, SummaryMessage)
    assert (message.cause, message.kills, message.lag_seconds) == (SummaryCause.BEHIND, 4, 900.0)
    assert message.isk == IskSum(isk=2.2e7, unpriced=1)
    assert [(kill.id, kill.value.isk) for kill in message.top] == [(3, 2e7)]
    assert [(reason.alert_id, reason.role_id) for reason in message.reasons] == [(1, 51)]
    none = CATCH_UP.replace(
        CATCH_UP[CATCH_UP.index(b'{"id":3') : CATCH_UP.index(b',"reasons"')], b"null"
    )
    assert decode_message("catch-up", none, version=1).top == ()
    kind, payload = encode_message(message)
    assert kind == "summary"
    assert decode_message(kind, payload, version=MESSAGE_VERSION) == message
