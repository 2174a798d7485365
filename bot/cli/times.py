"""Moments as people type them on the command line: EVE time, which is UTC."""

from datetime import UTC, datetime

import typer

from services.domain.errors import UserError


def parse_moment(text: str) -> datetime:
    """`2021-11-30`, `2021-11-30 18:00`, `2021-11-30T18:00Z` or with another offset; aware, UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        msg = f"{text!r} is no time. Write it like 2021-11-30 or 2021-11-30T18:00 (EVE time)."
        raise typer.BadParameter(msg) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def check_window(since: datetime, until: datetime) -> None:
    """Raises UserError for a window that holds no moment."""
    if since >= until:
        raise UserError(
            f"There is no time between {since:%Y-%m-%d %H:%M} and {until:%Y-%m-%d %H:%M} EVE: "
            "--since must be the earlier."
        )
