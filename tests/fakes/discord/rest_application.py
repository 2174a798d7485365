"""The application, its commands, its servers, and people.

Registering replaces the whole list of a scope; a command that keeps its name keeps its id.
"""

from typing import Any

from tests.fakes.discord import payloads
from tests.fakes.discord.commands import check_commands
from tests.fakes.discord.errors import DiscordError
from tests.fakes.discord.rest import Call
from tests.fakes.discord.state import Guild


async def on_gateway(call: Call) -> Any:
    return {"url": call.discord.gateway_url}


async def on_gateway_bot(call: Call) -> Any:
    return {
        "url": call.discord.gateway_url,
        "shards": call.discord.gateway.shards,
        "session_start_limit": {
            "total": 1000,
            "remaining": 999,
            "reset_after": 86_400_000,
            "max_concurrency": 1,
        },
    }


async def on_application(call: Call) -> Any:
    return payloads.application_json(call.discord.world)


def _scope(call: Call) -> int | None:
    world = call.discord.world
    if call.id("application") != world.application_id:
        raise DiscordError(10002)
    if "guild" not in call.request.match_info:
        return None
    return _guild(call).id


async def on_put_commands(call: Call) -> Any:
    world, scope = call.discord.world, _scope(call)
    check_commands(call.body)
    known = {(c["name"], c["type"]): c["id"] for c in world.commands.get(scope, [])}
    told = []
    for command in call.body:
        kind = command.get("type") or 1
        own = {
            "id": known.get((command["name"], kind)) or str(world.next_id()),
            "application_id": str(world.application_id),
            "version": str(world.next_id()),
            "type": kind,
            "description": command.get("description", ""),
        }
        if scope is not None:
            own["guild_id"] = str(scope)
        stored = command | own
        if stored.get("default_member_permissions") is not None:
            stored["default_member_permissions"] = str(stored["default_member_permissions"])
        told.append(stored)
    world.commands[scope] = told
    return told


async def on_get_commands(call: Call) -> Any:
    return call.discord.world.commands.get(_scope(call), [])


async def on_own_user(call: Call) -> Any:
    return payloads.own_user_json(call.discord.world)


async def on_user(call: Call) -> Any:
    user = call.discord.world.users.get(call.id("user"))
    if user is None:
        raise DiscordError(10013)
    return payloads.user_json(user)


def _guild(call: Call) -> Guild:
    guild = call.discord.world.guilds.get(call.id("guild"))
    if guild is None:
        raise DiscordError(10004)
    if guild.left:
        raise DiscordError(50001)
    return guild


async def on_guild(call: Call) -> Any:
    return payloads.guild_json(call.discord.world, _guild(call))


async def on_guild_channels(call: Call) -> Any:
    world, guild = call.discord.world, _guild(call)
    found = [c for c in world.channels.values() if c.guild_id == guild.id and not c.is_thread]
    return [payloads.channel_json(world, channel) for channel in found]


async def on_guild_roles(call: Call) -> Any:
    return [payloads.role_json(role) for role in _guild(call).roles.values()]


async def on_member(call: Call) -> Any:
    world, guild = call.discord.world, _guild(call)
    name = call.text("user")
    user_id = world.bot.id if name == "@me" else int(name)
    if user_id not in guild.members:
        raise DiscordError(10007)
    return payloads.member_json(world, guild, user_id)


async def on_own_guilds(call: Call) -> Any:
    guilds = [g for g in call.discord.world.guilds.values() if not g.left]
    return [
        {"id": str(g.id), "name": g.name, "icon": None, "owner": False, "permissions": "0"}
        for g in guilds
    ]


async def on_leave_guild(call: Call) -> None:
    await call.discord.remove_bot(_guild(call).id)
