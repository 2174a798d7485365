"""The buttons of surveillance cards: who has seen a kill, who has dealt with it, and silence for an hour.

Whoever sees the card may say what became of the kill; muting is configuring and needs Manage Channels. What a press
means stands in the button, so the buttons of last week work after any number of restarts.
"""

from datetime import timedelta

from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.actions import Handler
from bot.interaction.alert_changing import muted
from bot.interaction.replies import Interaction, defer, say
from bot.interaction.rights import guild_of, posted_in
from services.domain.errors import UserError
from services.domain.ids import AlertId, ChannelId, KillmailId, UserId
from services.domain.message import Verdict

_VERDICTS = {
    "kill-ack": (Verdict.ACKNOWLEDGED, "You have acknowledged it."),
    "kill-resolve": (Verdict.RESOLVED, "You have resolved it."),
    "kill-false": (Verdict.FALSE_ALARM, "You have called it a false alarm."),
}
_MUTE = "alert-mute"
MUTED_FOR = timedelta(hours=1)


class Watch(commands.Cog):
    """*Acknowledge*, *Resolve*, *False alarm*, *Mute 1 h*."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        for action in _VERDICTS:
            bot.actions.register(action, self._verdict(action))
        bot.actions.register(_MUTE, self._on_mute)

    def _verdict(self, action: str) -> Handler:
        verdict, words = _VERDICTS[action]

        async def on_verdict(interaction: Interaction, state: str) -> None:
            await defer(interaction, private=True)
            channel_id = posted_in(interaction)
            if channel_id is None:
                raise UserError("This button works in the channel where the card stands.")
            await self._services.alert_report.handle(
                guild_of(interaction),
                ChannelId(channel_id),
                KillmailId(int(state)),
                verdict=verdict,
                by=UserId(interaction.user.id),
            )
            await say(interaction, f"{words} The card says so in a moment.")

        return on_verdict

    async def _on_mute(self, interaction: Interaction, state: str) -> None:
        await defer(interaction, private=True)
        await say(
            interaction, await muted(self._services, interaction, AlertId(int(state)), MUTED_FOR)
        )


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Watch(bot))
