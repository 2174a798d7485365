"""Telling Discord which commands there are, only when that changed: registering is limited, and clients reload.

What was registered last is kept as one line of text with the database: the application, the fingerprint of the global
commands, the home server and the fingerprint of the commands there. A home server that is no longer one loses them.

At the same moment Discord says who runs the application: those people are told when the bot is in trouble.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, Self

import discord
import structlog
from discord import app_commands

from services.domain.ids import UserId

log = structlog.get_logger(__name__)

LoadTreeHash = Callable[[], Awaitable[str | None]]
SaveTreeHash = Callable[[str], Awaitable[None]]
SaveOperators = Callable[[Collection[UserId]], Awaitable[None]]


async def save_nobody(_people: Collection[UserId]) -> None:
    """Who runs the bot is not of interest (a demo, a test)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What Discord was told last; empty texts where it was told nothing."""

    application: str = ""
    everywhere: str = ""
    home_guild: str = ""
    home: str = ""

    @classmethod
    def read(cls, text: str | None) -> Self:
        """Out of the kept line; nothing registered where it cannot be read."""
        fields = (text or "").split(" ")
        if len(fields) != 4:
            return cls()
        application, everywhere, home_guild, home = fields
        return cls(application=application, everywhere=everywhere, home_guild=home_guild, home=home)

    def __str__(self) -> str:
        return f"{self.application} {self.everywhere} {self.home_guild} {self.home}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a sync did: how many commands were told to Discord; None where nothing had changed."""

    everywhere: int | None = None
    home: int | None = None


class Registration:
    """Compares and tells."""

    def __init__(
        self,
        tree: app_commands.CommandTree[Any],
        home_guild: int | None,
        *,
        load: LoadTreeHash,
        save: SaveTreeHash,
    ) -> None:
        self._tree = tree
        self._home = home_guild
        self._load = load
        self._save = save

    async def sync(self, application_id: int, *, force: bool = False) -> SyncReport:
        """Tell Discord what changed; `force`: everything. A home server that refuses is logged, not fatal."""
        before = Registered.read(await self._load())
        if force or before.application != str(application_id):
            before = Registered(application=str(application_id), home_guild=before.home_guild)
        now = before
        everywhere = home = None
        if (mark := fingerprint(self._tree, None)) != before.everywhere:
            everywhere = len(await self._tree.sync())
            now = replace(now, everywhere=mark)
        if before.home_guild not in ("", str(self._home)):
            await self._sync_guild(int(before.home_guild))
            now = replace(now, home_guild="", home="")
        if self._home is not None:
            mark = fingerprint(self._tree, self._home)
            if (mark, str(self._home)) != (now.home, now.home_guild):
                home = await self._sync_guild(self._home)
                if home is not None:
                    now = replace(now, home_guild=str(self._home), home=mark)
        await self._save(str(now))
        if everywhere is not None or home is not None:
            log.info("commands registered", everywhere=everywhere, home=home)
        return SyncReport(everywhere=everywhere, home=home)

    async def _sync_guild(self, guild_id: int) -> int | None:
        try:
            return len(await self._tree.sync(guild=discord.Object(guild_id)))
        except (discord.Forbidden, discord.NotFound) as error:
            log.warning("the home server refuses commands", guild=guild_id, reason=str(error))
            return None


def fingerprint(tree: app_commands.CommandTree[Any], guild_id: int | None) -> str:
    """The same for commands that Discord would show alike."""
    guild = None if guild_id is None else discord.Object(guild_id)
    payload = [command.to_dict(tree) for command in tree.get_commands(guild=guild)]
    payload.sort(key=lambda command: str(command["name"]))
    text = json.dumps(payload, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def operators_of(application: discord.AppInfo) -> frozenset[UserId]:
    """Who runs the application: its owner, or those of its team who may change it."""
    team = application.team
    if team is None:
        return frozenset({UserId(application.owner.id)})
    active = {
        member.id
        for member in team.members
        if member.role is not discord.TeamMemberRole.read_only
        and member.membership_state is discord.TeamMembershipState.accepted
    }
    owner = set() if team.owner_id is None else {team.owner_id}
    return frozenset(UserId(person) for person in active | owner)
