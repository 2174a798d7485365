"""`warroom heatmap`: the galaxy as a picture, out of the database."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot.app import open_house
from bot.cli.filters import read_filter
from bot.cli.kills import UNKNOWN
from bot.cli.times import check_window, parse_moment
from bot.logs import set_up_logging
from bot.settings import Settings
from services.domain.errors import UserError
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
    _check_place(out)
    picture = asyncio.run(_draw(settings, since, until, by, wanted))
    if picture.png is None:
        raise UserError("The picture could not be drawn: the log says why.")
    try:
        out.write_bytes(picture.png)
    except OSError as error:
        raise UserError(f"I could not write {out}: {error.strerror or error}.") from error
    where = f"in {len(picture.systems):,} systems"
    typer.echo(f"{out}: {picture.kills:,} kills {where}, ISK lost: {picture.isk}")
    if picture.unknown:
        typer.echo(UNKNOWN.format(picture.unknown), err=True)


def _check_place(out: Path) -> None:
    """Raises UserError where no file can come to stand, before the work is done."""
    if out.is_dir():
        raise UserError(f"{out} is a folder: name the file to write.")
    if not out.parent.is_dir():
        raise UserError(f"There is no folder {out.parent} to write to.")


async def _draw(
    settings: Settings, since: datetime | None, until: datetime | None, by: HeatBy, wanted: str
) -> HeatPicture:
    async with open_house(settings, online=False) as house:
        end = until or house.clock()
        start = since or end - timedelta(days=1)
        check_window(start, end)
        asked = await read_filter(house.services, wanted) if wanted else None
        return await house.services.pictures.heatmap(start, end, by=by, wanted=asked)
