"""The queries of sovereignty. Every function works inside the caller's transaction and never commits."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, delete, or_, select, tuple_

from services.domain.ids import AllianceId, ConstellationId, CorporationId, SystemId
from services.domain.killmail import OrganisationKind, party
from services.domain.sovereignty import (
    Campaign,
    CampaignState,
    CampaignVerdict,
    Claim,
    Score,
    Skyhook,
    Window,
)
from services.storage.database import Transaction
from services.storage.statements import chunks, insert
from services.storage.world_tables import campaigns, skyhooks, sov_claims

CLAIMS_MARK = "sov-claims"
"""The mark whose time is the version of the table of claims (`touch_mark`)."""
_ALIVE = (CampaignState.SCHEDULED, CampaignState.RUNNING, CampaignState.MISSING)
_ENDED = (CampaignState.GONE, CampaignState.OVER)
_CHUNK = 400
_GONE = 2
"""A skyhook that so many answers in a row did not list is not there any more."""
_SEPARATE = ("details", "campaign_id", "holder_id", "holder_kind", "window_start", "window_end")
"""Columns whose value is no field of the same name; every other one is."""
_CAMPAIGN_COLUMNS = tuple(c.name for c in campaigns.columns if c.name not in _SEPARATE)
_CLAIM_COLUMNS = tuple(c.name for c in sov_claims.columns if c.name not in _SEPARATE)


class _Details(msgspec.Struct):
    """What has no column of its own."""

    scores: tuple[tuple[datetime, float | None, float | None], ...] = ()
    participants: tuple[tuple[int, float], ...] = ()


_encoder, _decoder = msgspec.json.Encoder(), msgspec.json.Decoder(_Details)


async def load_campaigns(tx: Transaction, ids: Collection[int]) -> list[Campaign]:
    """Those of these that are known, by start."""
    return await _load(tx, campaigns.c.campaign_id.in_(ids))


async def load_alive(tx: Transaction, *, until: datetime | None = None) -> list[Campaign]:
    """Scheduled and running ones, by start; with `until` those that start before."""
    wanted: list[ColumnElement[bool]] = [campaigns.c.state.in_(_ALIVE)]
    if until is not None:
        wanted.append(campaigns.c.start < until)
    return await _load(tx, *wanted)


async def load_recent(tx: Transaction, since: datetime) -> list[Campaign]:
    """Those that ended since, their verdict known or not, by start."""
    return await _load(tx, campaigns.c.state.in_(_ENDED), campaigns.c.ended >= since)


async def load_of_system(tx: Transaction, system_id: SystemId, since: datetime) -> list[Campaign]:
    """A system's that are alive or ended since, by start."""
    lately = or_(campaigns.c.state.in_(_ALIVE), campaigns.c.ended >= since)
    return await _load(tx, campaigns.c.system_id == system_id, lately)


async def load_followed(tx: Transaction, numbers: Collection[int]) -> list[Campaign]:
    """All that are not over, and all that were ever listed under these numbers, by id."""
    found = {one.id: one for one in await _load(tx, campaigns.c.state != CampaignState.OVER)}
    asked = set(numbers)
    while asked:
        more = await load_campaigns(tx, asked)
        found |= {one.id: one for one in more}
        asked = {one.next_id for one in more}
    return [found[campaign_id] for campaign_id in sorted(found)]


async def load_gone(tx: Transaction) -> list[Campaign]:
    """Those whose verdict is open."""
    return await _load(tx, campaigns.c.state == CampaignState.GONE)


async def save_campaigns(tx: Transaction, followed: Iterable[Campaign]) -> None:
    """Put them in the place of what was known; in one order, since two processes may do this at once."""
    rows = [_campaign_row(one) for one in sorted(followed, key=lambda one: one.id)]
    if rows:
        await tx.execute(_upsert(tx, campaigns), rows)


async def prune_campaigns(tx: Transaction, *, before: datetime) -> None:
    """Forget those that were over before."""
    over = campaigns.c.state == CampaignState.OVER
    await tx.execute(delete(campaigns).where(over, campaigns.c.ended < before))


async def load_claims(
    tx: Transaction, systems: Collection[SystemId] | None = None
) -> dict[SystemId, Claim]:
    """Who holds these, by system, or every one that is known (None)."""
    if systems is None:
        return _claims((await tx.execute(select(sov_claims))).all())
    found: dict[SystemId, Claim] = {}
    for some in chunks(sorted(systems), _CHUNK):
        query = select(sov_claims).where(sov_claims.c.system_id.in_(some))
        found |= _claims((await tx.execute(query)).all())
    return found


async def save_claims(tx: Transaction, claims: Iterable[Claim]) -> None:
    """Put them in the place of what was known; in one order, since two processes may do this at once."""
    rows = [_claim_row(claim) for claim in sorted(claims, key=lambda claim: claim.system_id)]
    if rows:
        await tx.execute(_upsert(tx, sov_claims), rows)


async def load_skyhooks(tx: Transaction) -> list[Skyhook]:
    """Those listed last, by the start of their window. One that a single answer did not list is still there."""
    return [one for one, missed in (await load_kept_skyhooks(tx)).items() if missed < _GONE]


async def load_kept_skyhooks(tx: Transaction) -> dict[Skyhook, int]:
    """Every one whose window is not known to be over, with how many answers in a row did not list it."""
    query = select(skyhooks).order_by(skyhooks.c.start, skyhooks.c.planet_id)
    return {
        Skyhook(
            planet_id=row.planet_id,
            system_id=SystemId(row.system_id),
            window=Window(start=row.start, end=row.end),
        ): row.missed
        for row in (await tx.execute(query)).all()
    }


async def save_skyhooks(tx: Transaction, kept: Mapping[Skyhook, int]) -> None:
    """Put them in the place of what was known, with how many answers in a row did not list each."""
    rows = [
        {
            "planet_id": one.planet_id,
            "system_id": one.system_id,
            "start": one.window.start,
            "end": one.window.end,
            "missed": missed,
        }
        for one, missed in sorted(kept.items(), key=lambda of: of[0].key)
    ]
    if rows:
        await tx.execute(_upsert(tx, skyhooks), rows)


async def drop_skyhooks(tx: Transaction, gone: Iterable[Skyhook]) -> None:
    """Forget these."""
    key = tuple_(skyhooks.c.planet_id, skyhooks.c.start)
    for some in chunks(gone, _CHUNK):
        keys = [one.key for one in some]
        await tx.execute(delete(skyhooks).where(key.in_(keys)))


async def _load(tx: Transaction, *wanted: ColumnElement[bool]) -> list[Campaign]:
    query = select(campaigns).where(*wanted)
    query = query.order_by(campaigns.c.start, campaigns.c.campaign_id)
    return [_campaign(row) for row in (await tx.execute(query)).all()]


def _upsert(tx: Transaction, table: Any) -> Any:
    statement = insert(tx, table)
    keys = [column.name for column in table.primary_key]
    changes = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


def _campaign(row: Row[Any]) -> Campaign:
    details = _decoder.decode(row.details)
    return Campaign(
        id=row.campaign_id,
        event_type=row.event_type,
        system_id=SystemId(row.system_id),
        constellation_id=ConstellationId(row.constellation_id) if row.constellation_id else None,
        structure_id=row.structure_id,
        defender_id=AllianceId(row.defender_id) if row.defender_id else None,
        start=row.start,
        state=CampaignState(row.state),
        first_seen=row.first_seen,
        seen=row.seen,
        scores=tuple(Score(*score) for score in details.scores),
        participants=tuple((AllianceId(who), score) for who, score in details.participants),
        verdict=CampaignVerdict(row.verdict) if row.verdict else None,
        ground=row.ground,
        ended=row.ended,
    )


def _campaign_row(campaign: Campaign) -> dict[str, Any]:
    details = _Details(
        scores=tuple((score.at, score.defender, score.attackers) for score in campaign.scores),
        participants=campaign.participants,
    )
    row = {name: getattr(campaign, name) for name in _CAMPAIGN_COLUMNS}
    return row | {"campaign_id": campaign.id, "details": _encoder.encode(details)}


def _claims(rows: Sequence[Row[Any]]) -> dict[SystemId, Claim]:
    return {row.system_id: _claim(row) for row in rows}


def _claim(row: Row[Any]) -> Claim:
    start, end, holder_id = row.window_start, row.window_end, row.holder_id
    return Claim(
        system_id=SystemId(row.system_id),
        holder=party(holder_id, OrganisationKind(row.holder_kind)) if holder_id else None,
        corporation_id=CorporationId(row.corporation_id) if row.corporation_id else None,
        claimed_since=row.claimed_since,
        is_capital=row.is_capital,
        adm=row.adm,
        military=row.military,
        industrial=row.industrial,
        strategic=row.strategic,
        hub_id=row.hub_id,
        window=Window(start=start, end=end) if start and end else None,
    )


def _claim_row(claim: Claim) -> dict[str, Any]:
    holder, window = claim.holder, claim.window
    return {name: getattr(claim, name) for name in _CLAIM_COLUMNS} | {
        "holder_id": holder.id if holder else None,
        "holder_kind": holder.kind if holder else None,
        "window_start": window.start if window else None,
        "window_end": window.end if window else None,
    }
