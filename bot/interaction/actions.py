"""Buttons, lists and forms that survive a restart: what using one means stands in the thing itself.

A `custom_id` is `wr:<action>:<owner>:<state>`. The action is looked up by name, the owner is the only one who may use
it (0: everybody), the state is the action's own short text. Nothing is remembered between the sending and the press.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Self

import discord

from bot.errors import guarded
from bot.interaction.replies import Interaction
from services.domain.errors import UserError

Handler = Callable[[Interaction, str], Awaitable[None]]
"""Gets the press, the choice or the filled form, and the state. It must answer the interaction."""

ANYBODY = 0
_LONGEST = 100
_TEMPLATE = r"wr:(?P<action>[a-z-]+):(?P<owner>\d+):(?P<state>.*)"
_ID = re.compile(_TEMPLATE, re.DOTALL)
_Used = discord.ui.Button[Any] | discord.ui.Select[Any]


def custom_id(action: str, *, owner: int, state: str = "") -> str:
    """The id of a button. Raises ValueError when the state is too long for Discord (100 characters in all)."""
    made = f"wr:{action}:{owner}:{state}"
    if len(made) > _LONGEST:
        raise ValueError(f"the state of {action} is too long for a button: {state!r}")
    return made


class Actions:
    """What presses, choices and forms do, by name. Filled while cogs load."""

    def __init__(self) -> None:
        self._handlers: dict[str, Handler] = {}

    def register(self, action: str, handler: Handler) -> None:
        """Name a handler. A later one of the same name takes its place (a cog that is loaded again)."""
        self._handlers[action] = handler

    async def run(self, interaction: Interaction, action: str, *, owner: int, state: str) -> None:
        """Do what a button asks for; UserError for strangers and for buttons of an older version."""
        if owner not in (ANYBODY, interaction.user.id):
            raise UserError("Only whoever asked may press this. Use the command yourself.")
        handler = self._handlers.get(action)
        if handler is None:
            raise UserError("This button is from an older version of me. Use the command again.")
        await handler(interaction, state)

    async def on_form(self, interaction: Interaction) -> None:
        """Do what a filled form asks for; errors are answered. Discord.py knows only the forms that it remembers."""
        data: Any = interaction.data or {}
        matched = _ID.fullmatch(str(data.get("custom_id", "")))
        if matched is None:
            return
        work = self.run(
            interaction, matched["action"], owner=int(matched["owner"]), state=matched["state"]
        )
        await guarded(interaction, work)


class ActionItem(discord.ui.DynamicItem[_Used], template=_TEMPLATE):
    """Discord.py's side of it: made anew for every press or choice. Its client must have `actions`."""

    def __init__(self, used: _Used, action: str, *, owner: int, state: str) -> None:
        super().__init__(used)
        self._action = action
        self._owner = owner
        self._own_state = state

    @classmethod
    async def from_custom_id(
        cls,
        interaction: Interaction,  # noqa: ARG003 - discord.py's signature
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """Read the press out of the button."""
        assert isinstance(item, discord.ui.Button | discord.ui.Select)
        return cls(item, match["action"], owner=int(match["owner"]), state=match["state"])

    async def callback(self, interaction: Interaction) -> None:
        """Hand the press on; errors are answered."""
        actions: Actions = interaction.client.actions
        work = actions.run(interaction, self._action, owner=self._owner, state=self._own_state)
        await guarded(interaction, work)
