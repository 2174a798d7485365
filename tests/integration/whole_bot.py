"""Starting, killing and comparing the whole bot."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, func, make_url, select

from services.storage.database import Database
from services.storage.schema import metadata
from services.storage.settings import DatabaseSettings

ROOT = Path(__file__).parents[2]

NOBODY = "http://127.0.0.1:9"
"""Nobody listens there."""
_OTHERS = ("EVEREF", "EVEKILL", "FUZZWORK", "JANICE", "SDE", "ZKILLBOARD")
_MOMENTARY = {
    "received_at", "updated_at", "seen_at", "created_at", "due_at", "sent_at", "claimed_at", "claimed_by",
    "unsure_since", "unsure_revision", "nonce", "message_id", "attempts", "error", "expires_at", "blocked_at",
    "until", "fetched_at", "ticker_at", "hour", "last_at", "called_at",
}  # fmt: skip
"""Columns that say when something was done, or by whom; two runs cannot agree on them."""
_OF_THE_RUN = {"marks", "troubles", "esi_answers", "esi_pauses", "names", "unknown_names", "polls"}
"""Tables that tell of the run itself. Whose names were asked for depends on which states of a card were drawn."""
_ORDERED = {"id", "key", "battle_key", "revision", "sent_revision", "payload", "dedupe_key"}
"""Columns that depend on how arrivals fell into transactions; the battles' own ids and pictures do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where the bot's outside world is."""

    r2z2: str
    esi: str
    api_base: str
    gateway_url: str
    database_url: str
    log: Path
    more: Mapping[str, str] = field(default_factory=dict)
    """Further variables."""

    def environment(self) -> dict[str, str]:
        """Variables of the bot's process: quick where a stand-in bears it."""
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith("WARROOM_")},
            "WARROOM_CONFIG": os.devnull,
            "WARROOM_CONTACT": "tests@example.invalid",
            "WARROOM_DATABASE__URL": self.database_url,
            "WARROOM_DISCORD__TOKEN": "a-token",
            "WARROOM_DISCORD__API_BASE": self.api_base,
            "WARROOM_DISCORD__GATEWAY_URL": self.gateway_url,
            "WARROOM_UPSTREAMS__R2Z2": self.r2z2,
            "WARROOM_UPSTREAMS__ESI": self.esi,
            **{f"WARROOM_UPSTREAMS__{name}": NOBODY for name in _OTHERS},
            "WARROOM_FEED__REQUESTS_PER_SECOND": "60",
            "WARROOM_FEED__JUMP_AHEAD": "100000",
            "WARROOM_FEED__IDLE_SECONDS": "0.2",
            "WARROOM_FEED__BACKOFF_SECONDS": "0.1",
            "WARROOM_OUTBOX__EDIT_SPACING_SECONDS": "0",
            "WARROOM_OUTBOX__IDLE_SECONDS": "0.1",
            **self.more,
        }


class BotProcess:
    """One life of the bot."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def kill(self) -> None:
        """`kill -9`: no chance to tidy up."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM, as a container is stopped; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            return await self.process.wait()


@asynccontextmanager
async def bot_process(around: Surroundings, *command: str) -> AsyncIterator[BotProcess]:
    """Start `warroom run`; whatever happens it is gone afterwards."""
    with around.log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "ignore", "-m", "bot", *(command or ("run",)),
            cwd=ROOT, env=around.environment(), stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield BotProcess(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def run_to_its_end(around: Surroundings, **changes: str | None) -> tuple[int | None, str]:
    """`warroom run` with other variables (None: without it), which ends by itself: its exit code and what it said."""
    environment = {**around.environment(), **changes}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore", "-m", "bot", "run", cwd=ROOT,
        env={name: value for name, value in environment.items() if value is not None},
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(20):
            _, told = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, told.decode()


async def prepare_database(url: str) -> Database:
    """A migrated database, for seeding alerts before the bot starts."""
    return await Database.open(DatabaseSettings(url=url))


def dump(url: str, *, momentary: frozenset[str] = frozenset()) -> dict[str, list[tuple[Any, ...]]]:
    """Every table's rows without what two runs cannot agree on, sorted. `momentary`: further columns of that kind."""
    sync = make_url(url).set(drivername="sqlite")
    engine = create_engine(sync)
    tables: dict[str, list[tuple[Any, ...]]] = {}
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            if table.name in _OF_THE_RUN:
                continue
            keep = [
                column
                for column in table.columns
                if column.name not in _MOMENTARY | momentary
                and not (
                    column.name in _ORDERED
                    and table.name
                    in {"battles", "battle_ids", "battle_index", "battle_killmails", "outbox"}
                )
            ]
            question = table.select().with_only_columns(*keep)
            if "hour" in table.columns:  # counters: how many, in whichever hour
                *keys, counted = keep
                question = select(*keys, func.sum(counted)).group_by(*keys)
            if table.name == "battle_ids":
                # Ids that it was shown under on its way depend on how arrivals fell into transactions.
                own = select(metadata.tables["battles"].c.public_id)
                question = question.where(table.c.public_id.in_(own))
            rows = connection.execute(question).all()
            tables[table.name] = sorted(tuple(map(str, row)) for row in rows)
    engine.dispose()
    return tables
