"""`warroom battles`: battles out of the database, for scripts."""

import asyncio
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

import msgspec
import typer

from bot.app import House, open_house
from bot.cli.filters import for_terminal
from bot.cli.times import check_window, parse_moment
from bot.interaction.amounts import parse_isk
from bot.interaction.entities import find_entity
from bot.logs import set_up_logging
from bot.presentation.battle_json import battle_document, ids_in_documents
from bot.settings import Settings
from services.container import Services
from services.domain.battle import Battle, BattleKind, BattleSearch
from services.domain.errors import UnknownName, UserError
from services.domain.ids import RegionId, SystemId
from services.domain.space import Space
from services.universe.model import NameKind
from services.universe.universe import Universe

_NUMBER = re.compile(r"[0-9]{1,18}")
_KINDS = {kind.value.replace(" ", "-"): kind for kind in BattleKind}


def parse_kind(text: str) -> BattleKind:
    """`gate-camp`, `gate camp`."""
    found = _KINDS.get(text.strip().lower().replace(" ", "-").replace("_", "-"))
    if found is None:
        msg = f"{text!r} is no kind of battle. There are {', '.join(_KINDS)}."
        raise typer.BadParameter(msg)
    return found


def parse_floor(text: str) -> float:
    """`1b`, `500m`, `2000000000`."""
    try:
        return parse_isk(text)
    except UserError as error:
        raise typer.BadParameter(for_terminal(str(error))) from error


def battles(
    since: Annotated[datetime, typer.Option(parser=parse_moment, help="From this EVE time on.")],
    until: Annotated[
        datetime | None,
        typer.Option(parser=parse_moment, help="Up to this EVE time; now if left out."),
    ] = None,
    system: Annotated[str | None, typer.Option(help="Only those that were in this system.")] = None,
    region: Annotated[str | None, typer.Option(help="Only those that were in this region.")] = None,
    who: Annotated[
        str | None,
        typer.Option(help="Only those of this alliance, corporation or pilot: name, link or id."),
    ] = None,
    space: Annotated[
        Space | None, typer.Option(help="Only those that began in this kind of space.")
    ] = None,
    kind: Annotated[
        BattleKind | None,
        typer.Option(parser=parse_kind, help=f"Only fights of this kind: {', '.join(_KINDS)}."),
    ] = None,
    min_kills: Annotated[int, typer.Option(help="With at least so many kills.")] = 2,
    min_isk: Annotated[
        float | None,
        typer.Option(parser=parse_floor, help="From this value in ISK on: 500m, 1.5b."),
    ] = None,
    min_pilots: Annotated[int, typer.Option(help="With at least so many pilots.")] = 0,
    min_capitals: Annotated[
        int, typer.Option(help="With at least so many capitals and supercapitals.")
    ] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON list (docs/json.md) instead of a table.")
    ] = False,
) -> None:
    """List battles, latest first."""
    settings = Settings.read()
    set_up_logging(settings.log)
    search = BattleSearch(
        since=since,
        until=until,
        space=space,
        kind=kind,
        min_kills=min_kills,
        min_isk=min_isk or 0.0,
        min_pilots=min_pilots,
        min_capitals=min_capitals,
    )
    wanted = _Wanted(search=search, system=system, region=region, who=who)
    asyncio.run(_battles(settings, wanted, as_json=as_json))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """A search, and the names in it, which only an open house can read."""

    search: BattleSearch
    system: str | None
    region: str | None
    who: str | None

    async def read(self, services: Services) -> BattleSearch:
        """Names to ids; UserError when there is no such place, or nobody of that name."""
        return replace(
            self.search,
            system_id=_system(services.universe, self.system),
            region_id=_region(services.universe, self.region),
            entity_id=None if self.who is None else await _entity(services, self.who),
        )


async def _battles(settings: Settings, wanted: _Wanted, *, as_json: bool) -> None:
    async with open_house(settings, online=False) as house:
        search = await wanted.read(house.services)
        assert search.since is not None, "it has no default"
        check_window(search.since, search.until or house.clock())
        found = await house.services.battles.search(search)
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


async def _entity(services: Services, who: str) -> int:
    """By an id, or by what has been seen of names: nobody is asked."""
    if _NUMBER.fullmatch(who):
        return int(who)
    try:
        return (await find_entity(services, who)).id
    except UserError as error:
        raise UserError(for_terminal(str(error))) from error


async def _json(house: House, found: list[Battle]) -> str:
    names = await house.services.names.book(ids_in_documents(found), wait_seconds=0)
    documents = [battle_document(b, house.services.universe, names) for b in found]
    return msgspec.json.format(msgspec.json.encode(documents), indent=2).decode()


def _line(battle: Battle) -> str:
    return (
        f"{battle.start:%Y-%m-%d %H:%M}  {battle.kills:4d} kills  {battle.pilots:4d} pilots  "
        f"{battle.isk_destroyed!s:>22}  {battle.kind:<15}  {battle.public_id}"
    )
