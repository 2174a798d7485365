"""The rows of what is fetched. Every function works inside the caller's transaction and never commits.

A row that is due has `next_try_at` in the past, whatever its state: claiming one moves that to the end of the claim, so
that what a dead process held becomes due by itself. `claimed_at` stays on the row: it says whose claim it was, and
afterwards when the killmail was last asked for.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, select, update

from services.domain.fetch import FetchState
from services.domain.ids import KillmailId
from services.storage.database import Transaction
from services.storage.statements import chunks, insert_new
from services.storage.tables import fetches


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A killmail that this process asks for until the claim ends. `tries`: this one included."""

    killmail_id: KillmailId
    claimed_at: datetime
    tries: int


async def load_rows(tx: Transaction, ids: Collection[KillmailId]) -> list[Row[Any]]:
    """The rows of these."""
    rows: list[Row[Any]] = []
    for chunk in chunks(ids):
        rows += (await tx.execute(select(fetches).where(fetches.c.killmail_id.in_(chunk)))).all()
    return rows


async def want(tx: Transaction, ids: Collection[KillmailId], *, now: datetime) -> int:
    """Have these asked for, those given up anew; returns how many that changes."""
    wanted = {"state": FetchState.PENDING, "tries": 0, "wanted_at": now, "next_try_at": now}
    rows = [{"killmail_id": key, **wanted} for key in ids]
    changed = 0
    for chunk in chunks(rows):
        found = await tx.execute(insert_new(tx.dialect.name, fetches, "killmail_id"), chunk)
        changed += len(found.all())
    for keys in chunks(ids):
        given_up = and_(fetches.c.killmail_id.in_(keys), fetches.c.state == FetchState.FAILED)
        result = await tx.execute(update(fetches).where(given_up).values(**wanted, error=None))
        changed += result.rowcount
    return changed


async def load_next_due(tx: Transaction) -> datetime | None:
    """When the next row is due; None when nothing is wanted."""
    due: datetime | None = await tx.scalar(select(func.min(fetches.c.next_try_at)))
    return due


async def claim(
    tx: Transaction, *, now: datetime, until: datetime, limit: int, most_tries: int
) -> list[Claim]:
    """Take up to `limit` due rows, the longest due first; they are due again at `until`.

    Those tried often enough, by processes that never came back, are given up.
    """
    due = fetches.c.next_try_at <= now
    await tx.execute(
        update(fetches)
        .where(due, fetches.c.tries >= most_tries)
        .values(
            state=FetchState.FAILED,
            next_try_at=None,
            error="Asking for it was broken off each time.",
        )
    )
    chosen = list(
        await tx.scalars(
            select(fetches.c.killmail_id)
            .where(due)
            .order_by(fetches.c.next_try_at, fetches.c.killmail_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )
    taking = (
        update(fetches)
        .where(fetches.c.killmail_id.in_(chosen))
        .values(
            state=FetchState.PROCESSING,
            tries=fetches.c.tries + 1,
            claimed_at=now,
            next_try_at=until,
        )
        .returning(fetches.c.killmail_id, fetches.c.tries)
    )
    rows = (await tx.execute(taking)).all() if chosen else []
    taken = {row.killmail_id: row.tries for row in rows}
    return [
        Claim(killmail_id=key, claimed_at=now, tries=taken[key]) for key in chosen if key in taken
    ]


async def settle(tx: Transaction, claim: Claim, values: dict[str, Any]) -> bool:
    """Write how it ended, if the claim still stands; False where somebody else has taken it over."""
    result = await tx.execute(update(fetches).where(_held(claim)).values(values))
    return bool(result.rowcount)


def succeeded(items: bytes) -> dict[str, Any]:
    """It is known."""
    return {"state": FetchState.SUCCEEDED, "items": items, "error": None, "next_try_at": None}


def postponed(error: str, due: datetime) -> dict[str, Any]:
    """It is asked for again."""
    return {"state": FetchState.PENDING, "error": error, "next_try_at": due}


def failed(error: str) -> dict[str, Any]:
    """It is given up."""
    return {"state": FetchState.FAILED, "error": error, "next_try_at": None}


async def prune(tx: Transaction, *, before: datetime) -> int:
    """Forget what was wanted before then."""
    return (await tx.execute(delete(fetches).where(fetches.c.wanted_at < before))).rowcount


def _held(claim: Claim) -> ColumnElement[bool]:
    return and_(
        fetches.c.killmail_id == claim.killmail_id,
        fetches.c.state == FetchState.PROCESSING,
        fetches.c.claimed_at == claim.claimed_at,
    )
