"""`/timer`: a server's own timers, for what no public source tells: structures, fleets, meetings."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.paging import Page, Pager
from bot.interaction.places import SystemOption
from bot.interaction.replies import Interaction, defer, reply, say
from bot.interaction.rights import Place
from bot.interaction.timer_answers import TimerDraft, added_card, removed, timers_page
from bot.interaction.timer_options import TimerOption
from services.domain.ids import SystemId

_System = app_commands.Transform[SystemId, SystemOption]
_Timer = app_commands.Transform[int, TimerOption]


@app_commands.guild_only()
class Timers(commands.GroupCog, group_name="timer", group_description="This server's own timers"):
    """`/timer add|list|remove`. Nobody outside of the server ever sees them."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        self._lists = Pager(bot.actions, "own-timers", self._page)

    @app_commands.command(description="Notes a timer, and reminds this channel of it")
    @app_commands.describe(
        what="What it is: Fortizar armour, fleet form-up",
        when="2d 4h, 18:30 (EVE time), 18:30 local, 2026-11-22 18:30",
        where="The system (a name, or a zKillboard or DOTLAN link)",
        note="Anything else that those who come should know",
        channel="Where to remind (here)",
        role="A role to call; needs your own right to mention it",
        reminders="How long before: 3h 30m 5m (that is usual), or never",
        board="Let it stand on boards (where everybody can see its channel)",
    )
    async def add(
        self,
        interaction: Interaction,
        *,
        what: app_commands.Range[str, 1, 100],
        when: app_commands.Range[str, 1, 60],
        where: _System | None = None,
        note: app_commands.Range[str, 1, 300] | None = None,
        channel: Place | None = None,
        role: discord.Role | None = None,
        reminders: app_commands.Range[str, 1, 100] | None = None,
        board: bool | None = None,
    ) -> None:
        """Told to the asker alone; the channel hears of it when it is time."""
        await defer(interaction, private=True)
        draft = TimerDraft(
            what=what,
            when=when,
            system_id=where,
            note=note,
            channel=channel,
            role=role,
            reminders=reminders,
            board=board,
        )
        await reply(interaction, await added_card(self._services, interaction, draft), private=True)

    @app_commands.command(name="list", description="Lists this server's timers, the next one first")
    async def list_timers(self, interaction: Interaction) -> None:
        """By pages, to the asker alone; those of channels that the asker cannot see are left out."""
        await defer(interaction, private=True)
        await self._lists.open(interaction, private=True)

    @app_commands.command(description="Takes a timer away")
    @app_commands.describe(timer="Its number, or what it is called")
    async def remove(self, interaction: Interaction, timer: _Timer) -> None:
        """Whoever made it may, and those who manage its channel."""
        await defer(interaction, private=True)
        await say(interaction, await removed(self._services, interaction, timer))

    async def _page(self, interaction: Interaction, _question: str, number: int) -> Page:
        return await timers_page(self._services, interaction, number)


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(Timers(bot))
