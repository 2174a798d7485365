"""The queries of boards."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update

from services.domain.ids import GuildId, RegionId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.timer import Board, BoardRequest
from services.storage.database import Transaction
from services.storage.guild_tables import boards, guilds


async def add(tx: Transaction, request: BoardRequest, *, now: datetime) -> Board:
    """Store a new board; its first message is of generation 1."""
    statement = (
        boards.insert()
        .values(
            guild_id=request.guild_id,
            channel_id=request.channel_id,
            regions=",".join(str(region) for region in request.regions),
            parties=",".join(f"{party.kind.value}:{party.id}" for party in request.parties),
            own_timers=request.own_timers,
            generation=1,
            created_by=request.created_by,
            created_at=now,
        )
        .returning(boards)
    )
    return _to_board((await tx.execute(statement)).one())


async def find(tx: Transaction, guild_id: GuildId, board_id: int) -> Board | None:
    """One of a server's boards."""
    query = select(boards).where(boards.c.guild_id == guild_id, boards.c.id == board_id)
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else _to_board(row)


async def load_guild(tx: Transaction, guild_id: GuildId) -> tuple[Board, ...]:
    """A server's boards, oldest first."""
    query = select(boards).where(boards.c.guild_id == guild_id).order_by(boards.c.id)
    return tuple(_to_board(row) for row in (await tx.execute(query)).all())


async def load_kept_up(tx: Transaction) -> tuple[Board, ...]:
    """The boards of all servers that the bot has not left."""
    gone = select(guilds.c.guild_id).where(guilds.c.left_at.is_not(None))
    query = select(boards).where(boards.c.guild_id.not_in(gone)).order_by(boards.c.id)
    return tuple(_to_board(row) for row in (await tx.execute(query)).all())


async def load_channel(tx: Transaction, channel_id: int) -> tuple[Board, ...]:
    """The boards of a channel, oldest first."""
    query = select(boards).where(boards.c.channel_id == channel_id).order_by(boards.c.id)
    return tuple(_to_board(row) for row in (await tx.execute(query)).all())


async def load_generations(tx: Transaction, board_ids: Collection[int]) -> dict[int, int]:
    """The generation of each of some hundred boards; those that are gone are missing."""
    query = select(boards.c.id, boards.c.generation).where(boards.c.id.in_(board_ids))
    return {row.id: row.generation for row in (await tx.execute(query)).all()}


async def begin_generation(tx: Transaction, board: Board) -> Board | None:
    """The same board with its next message; None where somebody was quicker, or it is gone."""
    statement = (
        update(boards)
        .where(boards.c.id == board.id, boards.c.generation == board.generation)
        .values(generation=board.generation + 1)
        .returning(boards)
    )
    row = (await tx.execute(statement)).one_or_none()
    return None if row is None else _to_board(row)


async def remove(tx: Transaction, board_id: int) -> None:
    """Delete a board."""
    await tx.execute(delete(boards).where(boards.c.id == board_id))


async def forget_guild(tx: Transaction, guild_id: GuildId) -> None:
    """Delete a server's boards."""
    await tx.execute(delete(boards).where(boards.c.guild_id == guild_id))


def _to_board(row: Row[*tuple[Any, ...]]) -> Board:
    return Board(
        id=row.id,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        regions=tuple(RegionId(int(region)) for region in _parts(row.regions)),
        parties=tuple(_party(text) for text in _parts(row.parties)),
        own_timers=row.own_timers,
        generation=row.generation,
        created_by=row.created_by,
        created_at=row.created_at,
    )


def _parts(text: str) -> Sequence[str]:
    return [part for part in text.split(",") if part]


def _party(text: str) -> Organisation:
    kind, _, number = text.partition(":")
    return Organisation(int(number), OrganisationKind(kind))
