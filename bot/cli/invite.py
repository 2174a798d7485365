"""`warroom invite`: the address that brings the bot into a server."""

import asyncio

import discord
import typer

from bot.cli.run import HOW_TO_START
from bot.client import apply_addresses, invite_url
from bot.settings import Settings
from services.domain.errors import ConfigurationError


def invite() -> None:
    """Print the invite address of the bot whose token is set."""
    settings = Settings.read()
    typer.echo(asyncio.run(_ask(settings)))


async def _ask(settings: Settings) -> str:
    token = settings.discord.read_token()
    if token is None:
        raise ConfigurationError(HOW_TO_START)
    apply_addresses(settings.discord)
    async with discord.Client(intents=discord.Intents.none()) as client:
        try:
            await client.login(token)
        except discord.LoginFailure as error:
            raise ConfigurationError(
                "Discord refuses the token. Make a new one and set it."
            ) from error
        assert client.application_id is not None
        return invite_url(client.application_id)
