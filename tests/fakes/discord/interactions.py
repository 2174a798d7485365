"""What people do: commands, autocomplete, buttons, selects, modals, told to the bot as Discord tells them.

A person can only do what Discord's client would let them: unknown options, missing ones, values outside their
bounds, disabled buttons and commands hidden from them raise ValueError in the test, before the bot hears of it.
"""

import mimetypes
import secrets
from typing import Any

from tests.fakes.discord import commands as registry
from tests.fakes.discord import payloads, permissions
from tests.fakes.discord.answers import Answer, Interaction, Kind
from tests.fakes.discord.components import SELECTS, find
from tests.fakes.discord.limits import UPLOAD_BYTES
from tests.fakes.discord.state import DM, Attachment, Channel, Message, World


def begin(
    world: World,
    kind: Kind,
    *,
    channel: Channel,
    user_id: int,
    data: dict[str, Any],
    member_permissions: int | None = None,
    source: Message | None = None,
    base: str = "",
) -> Interaction:
    """Build the payload of INTERACTION_CREATE and the record that waits for its answer."""
    guild_id = channel.guild_id
    granted = member_permissions
    if granted is None:
        granted = permissions.in_channel(world, channel, user_id)
    payload: dict[str, Any] = {
        "id": str(world.next_id()),
        "application_id": str(world.application_id),
        "type": int(kind),
        "token": secrets.token_urlsafe(32),
        "version": 1,
        "data": data,
        "channel_id": str(channel.id),
        "channel": payloads.partial_channel_json(world, channel, granted=granted),
        "app_permissions": payloads.app_permissions(world, channel),
        "locale": "en-US",
        "entitlements": [],
        "attachment_size_limit": UPLOAD_BYTES,
        "context": 1 if channel.kind == DM else 0,
        "authorizing_integration_owners": {"0": str(guild_id or 0)},
    }
    if guild_id is None:
        payload["user"] = payloads.user_json(world.users[user_id])
    else:
        guild = world.guilds[guild_id]
        guild.members.setdefault(user_id, [])
        payload |= {
            "guild_id": str(guild_id),
            "guild": {"id": str(guild_id), "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": payloads.member_json(world, guild, user_id, granted=granted),
        }
    if source is not None:
        payload["message"] = payloads.message_json(world, source, base=base)
    return Interaction(
        answer=Answer(interaction_id=int(payload["id"]), kind=kind, user_id=user_id),
        token=payload["token"],
        created_at=world.clock(),
        channel=channel,
        payload=payload,
        source=source,
    )


def command_data(
    world: World,
    spoken: str,
    *,
    guild_id: int | None,
    options: dict[str, Any],
    granted: int,
    focused: str | None = None,
    hidden_too: bool = False,
    base: str = "",
) -> dict[str, Any]:
    """`data` of a slash command or, with `focused`, of its autocomplete.

    Raises:
        ValueError: the person could not have sent this.
    """
    command, path, own = _look_up(world, spoken, guild_id=guild_id)
    needed = command.get("default_member_permissions")
    hidden = needed is not None and (int(needed) & ~granted or int(needed) == 0)
    if guild_id is not None and hidden and not hidden_too and granted != permissions.ALL:
        raise ValueError(f"/{spoken} is hidden from this member (needs permissions {needed})")
    if guild_id is None and command.get("contexts") is not None and 1 not in command["contexts"]:
        raise ValueError(f"/{spoken} is not offered in direct messages")
    if guild_id is None and command.get("dm_permission") is False:
        raise ValueError(f"/{spoken} is not offered in direct messages")
    resolved: dict[str, Any] = {}
    schema = {o["name"]: o for o in (path[-1] if path else command).get("options") or []}
    options = {
        name: _upload(world, value, resolved=resolved, base=base)
        if schema.get(name, {}).get("type") == registry.ATTACHMENT
        else value
        for name, value in options.items()
    }
    given = _options(
        world, schema, options=options, focused=focused, resolved=resolved, guild_id=guild_id
    )
    for step in reversed(path):
        given = [{"name": step["name"], "type": step["type"], "options": given}]
    data: dict[str, Any] = {
        "id": command["id"],
        "name": command["name"],
        "type": 1,
        "options": given,
    }
    if own:
        data["guild_id"] = str(guild_id)
    if resolved:
        data["resolved"] = resolved
    return data


def _look_up(
    world: World, spoken: str, *, guild_id: int | None
) -> tuple[dict[str, Any], list[dict[str, Any]], bool]:
    for scope in (guild_id, None):
        found = registry.find_command(world.commands.get(scope, []), spoken)
        if found is not None:
            return (*found, scope is not None)
    raise ValueError(f"no command /{spoken} is registered here")


def _options(
    world: World,
    schema: dict[str, Any],
    *,
    options: dict[str, Any],
    focused: str | None,
    resolved: dict[str, Any],
    guild_id: int | None,
) -> list[dict[str, Any]]:
    if unknown := set(options) - set(schema):
        raise ValueError(f"unknown options {sorted(unknown)}; there are {sorted(schema)}")
    missing = [n for n, o in schema.items() if o.get("required") and n not in options]
    if missing and focused is None:
        raise ValueError(f"required options are missing: {missing}")
    given = []
    for name, value in options.items():
        option = schema[name]
        told: dict[str, Any] = {"name": name, "type": option["type"]}
        if name == focused:
            told |= {"value": str(value), "focused": True}
        else:
            told["value"] = _value(world, option, value=value, resolved=resolved, guild_id=guild_id)
        given.append(told)
    return given


def _value(
    world: World,
    option: dict[str, Any],
    *,
    value: Any,
    resolved: dict[str, Any],
    guild_id: int | None,
) -> Any:
    """The value as Discord's client would send it, checked against what was registered."""
    kind, name = option["type"], option["name"]
    if kind in (registry.STRING, registry.INTEGER, registry.NUMBER, registry.BOOLEAN):
        _check_plain(option, value)
        return value
    target = int(getattr(value, "id", value))
    if kind == registry.ATTACHMENT:
        return str(target)
    resolve(world, kind, target, resolved=resolved, guild_id=guild_id)
    types = option.get("channel_types")
    if types and world.channels[target].kind not in types:
        raise ValueError(f"option {name}: that kind of channel is not offered")
    return str(target)


def _upload(world: World, file: dict[str, str], *, resolved: dict[str, Any], base: str) -> int:
    """Store a file that a person gives to a command, as Discord's client does before it sends the command."""
    name = file["filename"]
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    given = Attachment(
        id=world.next_id(), filename=name, content_type=kind, content=file["content"].encode()
    )
    world.uploads[given.id] = given
    told = payloads.attachment_json(given, channel_id=0, base=base)
    resolved.setdefault("attachments", {})[str(given.id)] = told | {"ephemeral": True}
    return given.id


_PLAIN: dict[int, tuple[type, ...]] = {
    registry.STRING: (str,),
    registry.INTEGER: (int,),
    registry.NUMBER: (int, float),
    registry.BOOLEAN: (bool,),
}


def _check_plain(option: dict[str, Any], value: Any) -> None:
    kind, name = option["type"], option["name"]
    if not isinstance(value, _PLAIN[kind]):
        words = f"option {name} takes {_PLAIN[kind]}, not {value!r}"
        raise ValueError(words)  # noqa: TRY004 - a person's mistake, as every other here
    choices = [choice["value"] for choice in option.get("choices") or []]
    if choices and value not in choices:
        raise ValueError(f"option {name} takes one of {choices}, not {value!r}")
    size: Any = len(value) if isinstance(value, str) else value
    bounds = "length" if kind == registry.STRING else "value"
    low, high = option.get(f"min_{bounds}"), option.get(f"max_{bounds}")
    if (low is not None and size < low) or (high is not None and size > high):
        raise ValueError(f"option {name}: {value!r} is not within {low} and {high}")


def resolve(
    world: World, kind: int, target: int, *, resolved: dict[str, Any], guild_id: int | None
) -> None:
    """Add a user, role or channel to `resolved`; ValueError when the test names one that is not there."""
    guild = world.guilds.get(guild_id or 0)
    if kind in (registry.USER, registry.MENTIONABLE) and target in world.users:
        resolved.setdefault("users", {})[str(target)] = payloads.user_json(world.users[target])
        if guild is not None and target in guild.members:
            member = payloads.member_json(world, guild, target, granted=0)
            del member["user"]
            resolved.setdefault("members", {})[str(target)] = member
    elif kind in (registry.ROLE, registry.MENTIONABLE) and guild and target in guild.roles:
        role = payloads.role_json(guild.roles[target])
        resolved.setdefault("roles", {})[str(target)] = role
    elif kind == registry.CHANNEL and target in world.channels:
        channel = world.channels[target]
        told = payloads.partial_channel_json(world, channel, granted=permissions.ALL)
        resolved.setdefault("channels", {})[str(target)] = told
    else:
        raise ValueError(f"nothing of option type {kind} has the id {target}")


def component_data(
    world: World,
    message: Message,
    custom_id: str,
    *,
    values: list[Any] | None,
    guild_id: int | None,
) -> dict[str, Any]:
    """`data` of a pressed button or, with `values`, of a select."""
    component = find(message.components, custom_id)
    if component is None:
        raise ValueError(f"the message has no component {custom_id!r}")
    if component.get("disabled"):
        raise ValueError(f"{custom_id!r} is disabled")
    kind = component["type"]
    data: dict[str, Any] = {"custom_id": custom_id, "component_type": kind, "id": 1}
    if (kind in SELECTS) != (values is not None):
        raise ValueError(f"{custom_id!r} has type {kind}: a select takes values, a button none")
    if values is None:
        return data
    chosen = [str(getattr(value, "id", value)) for value in values]
    low, high = component.get("min_values", 1), component.get("max_values", 1)
    if not low <= len(chosen) <= high:
        raise ValueError(f"{custom_id!r} takes {low} to {high} values, not {len(chosen)}")
    offered = [option["value"] for option in component.get("options") or []]
    if kind == 3 and set(chosen) - set(offered):
        raise ValueError(f"{custom_id!r} offers {offered}, not {chosen}")
    resolved: dict[str, Any] = {}
    option_type = {
        5: registry.USER,
        6: registry.ROLE,
        7: registry.MENTIONABLE,
        8: registry.CHANNEL,
    }
    for value in chosen if kind != 3 else []:
        resolve(world, option_type[kind], int(value), resolved=resolved, guild_id=guild_id)
    data |= {"values": chosen} | ({"resolved": resolved} if resolved else {})
    return data


def modal_data(modal: dict[str, Any], *, values: dict[str, str]) -> dict[str, Any]:
    """`data` of a submitted form: what is not in `values` keeps its preset text."""
    left = dict(values)
    data = {
        "custom_id": modal["custom_id"],
        "components": [_submitted(component, values=left) for component in modal["components"]],
    }
    if left:
        raise ValueError(f"the form has no fields {sorted(left)}")
    return data


def _submitted(component: dict[str, Any], *, values: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {"type": component["type"], "id": 1}
    if "components" in component:
        told["components"] = [_submitted(c, values=values) for c in component["components"]]
        return told
    if "component" in component:
        return told | {"component": _submitted(component["component"], values=values)}
    if "custom_id" not in component:
        return told
    custom_id = component["custom_id"]
    value = values.pop(custom_id, component.get("value") or "")
    if component["type"] in SELECTS:
        return told | {"custom_id": custom_id, "values": [value] if value else []}
    low, high = component.get("min_length") or 0, component.get("max_length") or 4000
    if component.get("required", True) and not value:
        raise ValueError(f"field {custom_id!r} must be filled")
    if value and not low <= len(value) <= high:
        raise ValueError(f"field {custom_id!r} takes {low} to {high} characters")
    return told | {"custom_id": custom_id, "value": value}
