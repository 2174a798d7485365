"""`warroom run`: the bot itself."""

import asyncio
from pathlib import Path
from typing import Annotated

import discord
import typer

from bot.app import House, open_house
from bot.client import WarRoomBot, apply_addresses
from bot.delivery import DiscordSender
from bot.gateway_watch import GatewayWatch
from bot.heart import Heart
from bot.live import live
from bot.logs import set_up_logging
from bot.rehearsal import rehearse
from bot.settings import Settings
from services.domain.errors import ConfigurationError
from services.storage.marks import load_mark, save_mark

HOW_TO_START = (
    "There is no Discord token. Set WARROOM_DISCORD__TOKEN (or `token` under [discord] in config.toml) to your bot's "
    "token, or try War Room without Discord: `make demo`, or `warroom run --dry-run`."
)
TREE_HASH = "command tree"


def run(
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Listen and understand, but write a page instead of posting."
        ),
    ] = False,
    page: Annotated[Path, typer.Option(help="Where a dry run writes its page.")] = Path(
        "demo/index.html"
    ),
) -> None:
    """Run the bot until it is stopped."""
    settings = Settings.read()
    set_up_logging(settings.log, secrets=settings.secrets())
    asyncio.run(rehearse(settings, page) if dry_run else _run(settings))


async def _run(settings: Settings) -> None:
    token = settings.discord.read_token()
    if token is None:
        raise ConfigurationError(HOW_TO_START)
    apply_addresses(settings.discord)
    async with open_house(settings, online=True) as house:
        heart = Heart(house.database, clock=house.clock)
        async with _client(house) as bot:
            await live(
                house,
                DiscordSender(bot, house.services),
                heart=heart,
                gateway=lambda: _gateway(
                    bot, token, GatewayWatch(bot, heart, house.watch, clock=house.clock)
                ),
                gateway_state=lambda: bot.gateway,
            )


def _client(house: House) -> WarRoomBot:
    async def load_hash() -> str | None:
        async with house.database.read() as tx:
            return await load_mark(tx, TREE_HASH)

    async def save_hash(text: str) -> None:
        async with house.database.write() as tx:
            await save_mark(tx, TREE_HASH, text, now=house.clock())

    return WarRoomBot(
        house.services,
        house.settings.discord,
        load_tree_hash=load_hash,
        save_tree_hash=save_hash,
        save_operators=house.operators.save_operators,
        alert_limit=house.settings.alerts.max_per_guild,
        contact=house.settings.contact,
    )


async def _gateway(bot: WarRoomBot, token: str, watch: GatewayWatch) -> None:
    watching = asyncio.create_task(watch.run())
    try:
        await bot.start(token)
    except discord.LoginFailure as error:
        msg = "Discord refuses the token. Make a new one on the developer portal and set it."
        raise ConfigurationError(msg) from error
    finally:
        watching.cancel()
