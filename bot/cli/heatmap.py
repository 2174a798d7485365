"""`warroom heatmap`: the galaxy as a picture, out of the database."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot.app import open_house
from bot.cli.kills import UNKNOWN
from bot.cli.times import parse_moment
from bot.logs import set_up_logging
from bot.settings import Settings
from services.domain.heat import HeatBy, HeatPicture


def heatmap(
    out: Annotated[Path, typer.Option(help="The PNG file to write.")],
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=parse_moment, help="From this EVE time on; a day before the end if left out."
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(parser=parse_moment, help="Up to this EVE time; now if left out."),
    ] = None,
    by: Annotated[HeatBy, typer.Option(help="What is measured.")] = HeatBy.KILLS,
    wanted: Annotated[
        str, typer.Option("--filter", help="Only kills that meet this (docs/filters.md).")
    ] = "",
) -> None:
    """Draw where ships died."""
    settings = Settings.read()
    set_up_logging(settings.log)
    picture = asyncio.run(_draw(settings, since, until, by, wanted))
    out.write_bytes(picture.png)
    where = f"in {len(picture.systems):,} systems"
    typer.echo(f"{out}: {picture.kills:,} kills {where}, ISK lost: {picture.isk}")
    if picture.unknown:
        typer.echo(UNKNOWN.format(picture.unknown), err=True)


async def _draw(
    settings: Settings, since: datetime | None, until: datetime | None, by: HeatBy, wanted: str
) -> HeatPicture:
    async with open_house(settings, online=False) as house:
        end = until or house.clock()
        asked = await house.services.filters.read(wanted) if wanted else None
        return await house.services.pictures.heatmap(
            since or end - timedelta(days=1), end, by=by, wanted=asked
        )
