"""`/standing`: who is us, friend or foe to this server. Only for those who manage channels."""

from discord import app_commands
from discord.ext import commands

from bot.client import WarRoomBot
from bot.interaction.actions import custom_id
from bot.interaction.entities import entity_choices
from bot.interaction.forms import FormField, filled, open_form
from bot.interaction.paging import Page, Pager
from bot.interaction.replies import Interaction, defer, reply
from bot.interaction.rights import guild_of, is_manager, require_manager, require_server_manager
from bot.interaction.standing_lists import (
    alerts_in_vain,
    change_card,
    marked_choices,
    marked_somebodies,
    standings_page,
)
from bot.interaction.standing_names import Sorted, find_everybody, pick, split_names
from services.domain.ids import UserId
from services.domain.names import EntityKind
from services.domain.standing import Standing, Standings

_ADD, _REMOVE = "standing-add", "standing-remove"
_STANDINGS = [
    app_commands.Choice(name="us", value=Standing.US.value),
    app_commands.Choice(name="friend", value=Standing.FRIEND.value),
    app_commands.Choice(name="foe", value=Standing.FOE.value),
]
_FIELD = FormField(
    key="names",
    label="Names, tickers or zKillboard links",
    hint="One a line, or separated by commas",
    placeholder="Goonswarm Federation",
    several_lines=True,
    required=True,
)
_Names = app_commands.Range[str, 1, 4000]


@app_commands.guild_only()
@app_commands.default_permissions(manage_channels=True)
class StandingCommands(
    commands.GroupCog, group_name="standing", group_description="Who is us, friend or foe here"
):
    """`/standing add|remove|list`."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        self._pager = Pager(bot.actions, "standings", self._page)
        bot.actions.register(_ADD, self._on_add)
        bot.actions.register(_REMOVE, self._on_remove)

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """The same right that hides these commands, asked for again."""
        require_manager(interaction)
        return True

    @app_commands.command(
        description="Marks pilots, corporations, alliances or factions as us, friend or foe"
    )
    @app_commands.describe(
        standing="What they are to this server",
        names="Names, tickers or links, separated by commas; without them, a form opens",
    )
    @app_commands.rename(standing="as")
    @app_commands.choices(standing=_STANDINGS)
    async def add(
        self, interaction: Interaction, standing: str, names: _Names | None = None
    ) -> None:
        """Those that are known are marked, whatever the others are."""
        require_server_manager(interaction)
        if names is None:
            title = f"Who is {standing}?" if standing == Standing.US else f"Who is a {standing}?"
            made = custom_id(_ADD, owner=interaction.user.id, state=standing)
            await open_form(interaction, title, custom_id=made, fields=[_FIELD])
            return
        await self._add(interaction, Standing(standing), names)

    @add.autocomplete("names")
    async def _add_choices(
        self,
        interaction: Interaction,  # noqa: ARG002 - discord.py's signature
        value: str,
    ) -> list[app_commands.Choice[str]]:
        """One name at a time: those seen so far, and factions."""
        if "," in value:
            return []
        return await entity_choices(self._services, value, frozenset(EntityKind))

    @app_commands.command(description="Takes marks away")
    @app_commands.describe(names="Names or links, separated by commas; without them, a form opens")
    async def remove(self, interaction: Interaction, names: _Names | None = None) -> None:
        """Those who are not marked are told."""
        require_server_manager(interaction)
        if names is None:
            made = custom_id(_REMOVE, owner=interaction.user.id)
            title = "Whose mark goes?"
            await open_form(interaction, title, custom_id=made, fields=[_FIELD])
            return
        await self._remove(interaction, names)

    @remove.autocomplete("names")
    async def _remove_choices(
        self, interaction: Interaction, value: str
    ) -> list[app_commands.Choice[str]]:
        """Those who are marked; only to those who may configure."""
        if not is_manager(interaction):
            return []
        return await marked_choices(self._services, guild_of(interaction), value)

    @app_commands.command(name="list", description="Lists who is us, friend or foe")
    async def list_standings(self, interaction: Interaction) -> None:
        """By pages."""
        await defer(interaction, private=True)
        await self._pager.open(interaction, private=True)

    async def _on_add(self, interaction: Interaction, state: str) -> None:
        require_server_manager(interaction)
        await self._add(interaction, Standing(state), filled(interaction)["names"])

    async def _on_remove(self, interaction: Interaction, _state: str) -> None:
        require_server_manager(interaction)
        await self._remove(interaction, filled(interaction)["names"])

    async def _add(self, interaction: Interaction, standing: Standing, text: str) -> None:
        await defer(interaction, private=True)
        told = await find_everybody(self._services, split_names(text))
        guild_id = guild_of(interaction)
        before = await self._services.standings.standings(guild_id)
        if told.found:
            await self._services.standings.add(
                guild_id,
                [(one.id, one.kind, standing) for one in told.found],
                by=UserId(interaction.user.id),
            )
        await self._tell(interaction, told, f"marked as {standing}", before=before)

    async def _remove(self, interaction: Interaction, text: str) -> None:
        await defer(interaction, private=True)
        guild_id = guild_of(interaction)
        before = await self._services.standings.standings(guild_id)
        marked = await marked_somebodies(self._services, guild_id)
        told = pick(marked, split_names(text))
        if told.found:
            ids = [one.id for one in told.found]
            await self._services.standings.remove(guild_id, ids)
        await self._tell(interaction, told, "not marked any more", before=before)

    async def _tell(
        self, interaction: Interaction, told: Sorted, done: str, *, before: Standings
    ) -> None:
        after = await alerts_in_vain(self._services, guild_of(interaction), since=before)
        card = change_card(told, done, before=before.marks, after=after)
        await reply(interaction, card, private=True)

    async def _page(self, interaction: Interaction, _question: str, number: int) -> Page:
        require_manager(interaction)
        return await standings_page(self._services, guild_of(interaction), number)


async def setup(bot: WarRoomBot) -> None:
    """Load it."""
    await bot.add_cog(StandingCommands(bot))
