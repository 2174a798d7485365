"""`warroom kills`: stored kills that meet a filter, for scripts."""

import asyncio
import math
from datetime import timedelta
from typing import Annotated

import msgspec
import typer

from bot.app import House, open_house
from bot.cli.filters import read_filter
from bot.logs import set_up_logging
from bot.presentation.kill_json import kill_document
from bot.settings import Settings
from services.domain.isk import format_isk
from services.domain.killmail import Combatant, Killmail
from services.domain.names import NameBook
from services.domain.trial import Found
from services.universe.universe import Universe

UNKNOWN = (
    "{:,} kills are left out: what the filter asks of them is no longer kept, or was never told."
)
"""Told beside the output."""
LONGEST_HOURS = 24 * 366 * 50
"""Hours that can be asked for: half a century, more than the game has been played."""


def kills(
    wanted: Annotated[
        str, typer.Argument(metavar="FILTER", help="Which kills (docs/filters.md); '' for all.")
    ],
    hours: Annotated[
        float, typer.Option(min=0.1, max=LONGEST_HOURS, help="How far back, in hours.")
    ] = 24,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the latest.")] = 1000,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON list (docs/json.md) instead of a table.")
    ] = False,
) -> None:
    """List kills that meet a filter, latest first. Times are EVE time."""
    settings = Settings.read()
    set_up_logging(settings.log)
    asyncio.run(_kills(settings, wanted, hours=hours, limit=limit, as_json=as_json))


async def _kills(
    settings: Settings, wanted: str, *, hours: float, limit: int, as_json: bool
) -> None:
    async with open_house(settings, online=False) as house:
        until = house.clock()
        found = await house.services.killmails.search(
            await read_filter(house.services, wanted),
            since=until - timedelta(hours=hours),
            until=until,
            limit=limit,
            patience=math.inf,
        )
        names = await house.services.names.book(_ids(found), wait_seconds=0)
        typer.echo(_json(house, found, names) if as_json else _table(house, found, names), nl=False)
        _say_limits(found)


def _say_limits(found: Found) -> None:
    """What a script must not take for an answer stands beside it."""
    if not found.kills:
        typer.echo("No kill is stored that meets this.", err=True)
    if found.more:
        of_all = "" if found.total is None else f" of {found.total:,}"
        typer.echo(f"These are the latest {len(found.kills):,}{of_all}.", err=True)
    if found.unknown:
        typer.echo(UNKNOWN.format(found.unknown), err=True)


def _ids(found: Found) -> set[int]:
    people: list[Combatant | None] = [mail.victim for mail in found.kills]
    people += [mail.final_blow for mail in found.kills]
    return {
        key
        for who in people
        if who is not None
        for key in (who.character_id, who.corporation_id, who.alliance_id)
        if key is not None
    }


def _json(house: House, found: Found, names: NameBook) -> str:
    documents = [kill_document(mail, house.services.universe, names) for mail in found.kills]
    return msgspec.json.format(msgspec.json.encode(documents), indent=2).decode() + "\n"


def _table(house: House, found: Found, names: NameBook) -> str:
    lines = (_line(mail, house.services.universe, names) for mail in found.kills)
    return "".join(f"{line}\n" for line in lines)


def _line(mail: Killmail, universe: Universe, names: NameBook) -> str:
    hull, system = (
        universe.find_type(mail.victim.ship_type_id),
        universe.find_system(mail.system_id),
    )
    told = (
        f"{mail.time:%Y-%m-%dT%H:%M:%SZ}",
        f"{format_isk(mail.value.isk):>8}",
        f"{hull.name if hull else mail.victim.ship_type_id or 'unknown':<24}",
        f"{system.name if system else mail.system_id:<16}",
        f"{_who(mail.victim, names)} by {_who(mail.final_blow, names)}",
        f"zkillboard.com/kill/{mail.id}/",
    )
    return "  ".join(told)


def _who(who: Combatant | None, names: NameBook) -> str:
    """The pilot, else the party, by name where that is known."""
    if who is None:
        return "unknown"
    if who.character_id is not None:
        return _named(who.character_id, "pilot", names)
    if (party := who.organisation) is not None:
        return _named(party.id, party.kind.value, names)
    return (
        "an NPC" if who.corporation_id is None else _named(who.corporation_id, "corporation", names)
    )


def _named(key: int, kind: str, names: NameBook) -> str:
    found = names.names.get(key)
    return found.name if found else f"{kind} {key}"
