"""Looks at the connection to Discord every few seconds: a beat of the heart while it is whole, a trouble while not.

A short break is none: discord.py comes back by itself within seconds, many times a day.
"""

import asyncio
from datetime import timedelta

from bot.client import WarRoomBot
from bot.heart import Heart
from services.domain.clock import Clock
from services.domain.trouble import Trouble, TroubleWatch

EVERY_SECONDS = 5.0
SHORT_BREAK = timedelta(seconds=60)


class GatewayWatch:
    """`run` beside the gateway's loop."""

    def __init__(self, bot: WarRoomBot, heart: Heart, watch: TroubleWatch, *, clock: Clock) -> None:
        self._bot = bot
        self._heart = heart
        self._watch = watch
        self._clock = clock
        self._began_at = clock()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            self.look()
            await asyncio.sleep(EVERY_SECONDS)

    def look(self) -> None:
        """Look once."""
        state = self._bot.gateway
        if state.connected:
            self._heart.beat("gateway")
            self._watch.ends(Trouble.DISCORD_DOWN)
        elif self._clock() - (state.seen_at or self._began_at) >= SHORT_BREAK:
            seen = "not yet" if state.seen_at is None else f"last at {state.seen_at:%H:%M} EVE"
            self._watch.begins(Trouble.DISCORD_DOWN, f"connected {seen}")
