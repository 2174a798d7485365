"""Whom a new message notifies, given its text and its `allowed_mentions`.

Only the text itself counts (content, text displays), never embeds, nothing within code marks, and nothing in an edit.
Without `allowed_mentions` everything that the text names is notified. A role is notified when it is mentionable or
the sender may mention everyone; @everyone and @here only in the latter case. Text after a backslash is taken to
notify: better a test that finds too much than one that finds too little.
"""

import re
from typing import Any

from tests.fakes.discord import permissions
from tests.fakes.discord.components import walk
from tests.fakes.discord.state import Channel, Message, Pings, World

_CODE = re.compile(r"```.*?```|``.*?``|`[^`]*`", re.DOTALL)
_USER = re.compile(r"<@!?(\d{1,20})>")
_ROLE = re.compile(r"<@&(\d{1,20})>")
_EVERYONE = re.compile(r"@(everyone|here)\b")
_EVERYTHING: dict[str, Any] = {"parse": ["users", "roles", "everyone"], "replied_user": True}


def find_pings(
    world: World,
    channel: Channel,
    *,
    body: dict[str, Any],
    replied_to: Message | None,
) -> Pings:
    """Work out the notifications of a message that the bot posts in `channel`."""
    allowed = body.get("allowed_mentions")
    allowed = _EVERYTHING if allowed is None else allowed
    parse = allowed.get("parse") or []
    texts = [body.get("content") or ""]
    texts += [c.get("content") or "" for _, c in walk(body.get("components"))]
    text = _CODE.sub(" ", "\n".join(texts))
    may = permissions.in_channel(world, channel, world.bot.id) & permissions.MENTION_EVERYONE
    pings = Pings()
    pings.everyone = bool("everyone" in parse and may and _EVERYONE.search(text))
    for user_id in _named(_USER, text):
        if user_id in world.users and ("users" in parse or user_id in _ids(allowed, "users")):
            pings.users.append(user_id)
    guild = world.guilds.get(channel.guild_id or 0)
    for role_id in _named(_ROLE, text) if guild else []:
        role = guild.roles.get(role_id) if guild else None
        wanted = "roles" in parse or role_id in _ids(allowed, "roles")
        if role is not None and wanted and (role.mentionable or may):
            pings.roles.append(role_id)
    if replied_to is not None and allowed.get("replied_user"):
        pings.users.append(replied_to.author_id)
    return pings


def _named(pattern: re.Pattern[str], text: str) -> list[int]:
    """Each id once, in the order of the text."""
    return list(dict.fromkeys(int(found) for found in pattern.findall(text)))


def _ids(allowed: dict[str, Any], kind: str) -> set[int]:
    return {int(value) for value in allowed.get(kind) or []}
