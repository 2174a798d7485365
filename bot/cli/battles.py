"""`warroom battles`: battles out of the database, for scripts."""

import asyncio
from datetime import datetime
from typing import Annotated, NamedTuple

import msgspec
import typer

from bot.app import House, open_house
from bot.cli.times import check_window, parse_moment
from bot.logs import set_up_logging
from bot.presentation.battle_json import battle_document
from bot.settings import Settings
from services.domain.battle import Battle, BattleSearch
from services.domain.errors import UnknownName
from services.domain.ids import RegionId, SystemId
from services.universe.model import NameKind
from services.universe.universe import Universe


def battles(
    since: Annotated[datetime, typer.Option(parser=parse_moment, help="From this EVE time on.")],
    until: Annotated[
        datetime | None,
        typer.Option(parser=parse_moment, help="Up to this EVE time; now if left out."),
    ] = None,
    system: Annotated[str | None, typer.Option(help="Only in this system.")] = None,
    region: Annotated[str | None, typer.Option(help="Only in this region.")] = None,
    min_kills: Annotated[int, typer.Option(help="With at least so many kills.")] = 2,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON list (docs/json.md) instead of a table.")
    ] = False,
) -> None:
    """List battles, latest first."""
    settings = Settings.read()
    set_up_logging(settings.log)
    wanted = _Wanted(since, until, system, region, min_kills)
    asyncio.run(_battles(settings, wanted, as_json=as_json))


class _Wanted(NamedTuple):
    since: datetime
    until: datetime | None
    system: str | None
    region: str | None
    min_kills: int

    def search(self, universe: Universe) -> BattleSearch:
        """Names to ids; UnknownName when there is no such place."""
        return BattleSearch(
            since=self.since,
            until=self.until,
            system_id=_system(universe, self.system),
            region_id=_region(universe, self.region),
            min_kills=self.min_kills,
        )


async def _battles(settings: Settings, wanted: _Wanted, *, as_json: bool) -> None:
    async with open_house(settings, online=False) as house:
        check_window(wanted.since, wanted.until or house.clock())
        found = await house.services.battles.search(wanted.search(house.services.universe))
        if as_json:
            typer.echo(await _json(house, found))
        else:
            for battle in found:
                typer.echo(_line(battle))
            if not found:
                typer.echo("No battle is stored that meets this.", err=True)


def _system(universe: Universe, name: str | None) -> SystemId | None:
    return None if name is None else SystemId(_id(universe, name, NameKind.SYSTEM))


def _region(universe: Universe, name: str | None) -> RegionId | None:
    return None if name is None else RegionId(_id(universe, name, NameKind.REGION))


def _id(universe: Universe, name: str, kind: NameKind) -> int:
    found = universe.find_by_name(name, kind)
    if found is None:
        raise UnknownName(name, kind.value, nearest=universe.nearest(name, kind))
    return found


async def _json(house: House, found: list[Battle]) -> str:
    ids = {party.organisation.id for b in found for side in b.sides for party in side.parties}
    names = await house.services.names.book(ids, wait_seconds=0)
    documents = [battle_document(b, house.services.universe, names) for b in found]
    return msgspec.json.format(msgspec.json.encode(documents), indent=2).decode()


def _line(battle: Battle) -> str:
    return (
        f"{battle.start:%Y-%m-%d %H:%M}  {battle.kills:4d} kills  {battle.pilots:4d} pilots  "
        f"{battle.isk_destroyed!s:>22}  {battle.public_id}"
    )
