"""Valuing a killmail: without market prices, and with them for a victim that carried 250 stacks."""

import asyncio
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from services.domain.clock import system_clock
from services.domain.ids import GroupId, KillmailId, SystemId, TypeId
from services.domain.isk import Value, ValueSource
from services.domain.killmail import Item, Killmail, Victim
from services.esi.client import EsiAnswer
from services.prices.service import PriceService
from services.prices.settings import PriceSettings
from services.prices.typical import TypicalValues
from services.storage.database import Database
from services.storage.settings import DatabaseSettings
from tests.benchmarks.figure import Figure, seconds

_ROUNDS = 20_000


class _Market:
    """Twenty thousand prices, at once."""

    async def get_changed(self, path: str, *, etag: str | None) -> EsiAnswer:
        rows = ",".join(f'{{"type_id":{n},"average_price":{n}.5}}' for n in range(1, 20_001))
        return EsiAnswer(status=200, body=f"[{rows}]".encode(), etag=None, expires_at=None)


def _mail(stacks: int) -> Killmail:
    items = tuple(Item(type_id=TypeId(1000 + n), flag=5, destroyed=1) for n in range(stacks))
    return Killmail(
        id=KillmailId(1),
        hash="00",
        time=datetime(2026, 11, 20, tzinfo=UTC),
        system_id=SystemId(30000142),
        victim=Victim(ship_type_id=TypeId(587), items=items),
        attackers=(),
    )


async def _services(folder: Path) -> tuple[PriceService, PriceService, float]:
    """Without prices, with prices, and the seconds that fetching and storing them took."""
    database = await Database.open(
        DatabaseSettings(url=f"sqlite+aiosqlite:///{folder / 'bench.db'}")
    )

    def make() -> PriceService:
        return PriceService(
            database,
            _Market(),
            typical=TypicalValues.load(),
            group_of=lambda _: GroupId(25),
            is_mutated=lambda _: False,
            settings=PriceSettings(),
            clock=system_clock,
        )

    poor, rich = make(), make()
    start = system_clock()
    await rich.refresh()
    spent = (system_clock() - start).total_seconds()
    await database.close()
    return poor, rich, spent


def bench() -> list[Figure]:
    """Microseconds a killmail."""
    with tempfile.TemporaryDirectory() as folder:
        poor, rich, refresh = asyncio.run(_services(Path(folder)))
    small, big = _mail(20), _mail(250)
    value = Value(isk=1.0, source=ValueSource.ESTIMATE)

    def each(function: object) -> float:
        assert callable(function)
        loop = lambda: [function() for _ in range(_ROUNDS)]  # noqa: E731
        return seconds(loop, repeat=3) / _ROUNDS * 1e6

    copy = each(lambda: replace(small, value=value))
    name = "copying a killmail with a value"
    return [
        Figure(
            name="value a killmail (20 stacks) without prices",
            value=each(lambda: poor.value_of(small)),
            unit="us",
            yardstick=copy,
            yardstick_name=name,
            bar="at most 20 us",
        ),
        Figure(
            name="value a killmail (250 stacks) with prices",
            value=each(lambda: rich.value_of(big)),
            unit="us",
            yardstick=copy,
            yardstick_name=name,
        ),
        Figure(name="fetch and store 20,000 prices (SQLite)", value=refresh, unit="s"),
    ]


if __name__ == "__main__":
    for figure in bench():
        print(figure.line())
