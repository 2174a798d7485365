"""Judges application commands as Discord does when they are registered, and finds one by its spoken name.

A list of commands replaces all that stood before. Names are lower case; options that must be given stand first;
a command with subcommands has nothing else; name, description and choices of one command sum to 8000 characters.
"""

import unicodedata
from typing import Any

from tests.fakes.discord.errors import Form, Path

CHAT, SUBCOMMAND, GROUP = 1, 1, 2
STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)
COMMANDS = {1: 100, 2: 15, 3: 15}
"""How many of each type: slash, user menu, message menu."""
TOTAL = 8000
_MARKS = "-_'"


def check_commands(commands: Any) -> None:
    """Refuse a list of commands that Discord would not register (50035)."""
    form = Form()
    if not isinstance(commands, list):
        form.add((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        form.raise_if_any()
    counts: dict[int, int] = {}
    seen = set()
    for index, command in enumerate(commands):
        kind = command.get("type") or CHAT
        counts[kind] = counts.get(kind, 0) + 1
        if (kind, command.get("name")) in seen:
            words = "Application command names must be unique"
            form.add((index, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", words)
        seen.add((kind, command.get("name")))
        _check_command(form, (index,), command)
    for kind, count in counts.items():
        if count > COMMANDS.get(kind, 0):
            words = f"Maximum number of application commands reached ({COMMANDS.get(kind, 0)})."
            form.add(("_list",), "APPLICATION_COMMAND_TOO_MANY", words)
    form.raise_if_any()


def _check_command(form: Form, path: Path, command: dict[str, Any]) -> None:
    if (command.get("type") or CHAT) != CHAT:
        form.text((*path, "name"), command.get("name"), least=1, most=32)
        return
    _check_named(form, path, command)
    _check_options(form, path, command.get("options"), depth=0)
    if command_size(command) > TOTAL:
        words = f"Command exceeds maximum size ({TOTAL})"
        form.add(path, "APPLICATION_COMMAND_TOO_LARGE", words)


def _check_named(form: Form, path: Path, thing: dict[str, Any]) -> None:
    name = thing.get("name")
    if not isinstance(name, str) or not is_command_name(name):
        words = "Command name is invalid"
        form.add((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", words)
    form.text((*path, "description"), thing.get("description"), least=1, most=100)


def is_command_name(name: str) -> bool:
    """1 to 32 letters, digits, hyphens, underscores, apostrophes; lower case where there is one."""
    plain = all(letter in _MARKS or unicodedata.category(letter)[0] in "LN" for letter in name)
    return 1 <= len(name) <= 32 and plain and name == name.lower()


def _check_options(form: Form, path: Path, options: Any, *, depth: int) -> None:
    options = form.items((*path, "options"), options, most=25)
    nested = [o.get("type") in (SUBCOMMAND, GROUP) for o in options]
    if any(nested) and (not all(nested) or depth > 1):
        words = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        form.add((*path, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words)
        return
    names, optional_seen = set(), False
    for index, option in enumerate(options):
        here = (*path, "options", index)
        if option.get("name") in names:
            words = "Option name already exists"
            form.add((*here, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", words)
        names.add(option.get("name"))
        if option.get("required") and optional_seen:
            words = "Required options must be placed before non-required options"
            form.add(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", words)
        optional_seen = optional_seen or not option.get("required")
        _check_option(form, here, option, depth=depth)


def _check_option(form: Form, path: Path, option: dict[str, Any], *, depth: int) -> None:
    _check_named(form, path, option)
    kind = option.get("type")
    if not form.choice((*path, "type"), kind, set(range(1, 12))):
        return
    if kind in (SUBCOMMAND, GROUP):
        if kind == GROUP and depth:
            words = "Sub-command groups hold sub-commands only"
            form.add((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words)
            return
        if kind == GROUP and not option.get("options"):
            form.required((*path, "options"))
        _check_options(
            form, path, option.get("options"), depth=depth + (2 if kind == SUBCOMMAND else 1)
        )
        return
    choices = form.items((*path, "choices"), option.get("choices"), most=25)
    if choices and option.get("autocomplete"):
        words = "Choices and autocomplete exclude each other"
        form.add((*path, "autocomplete"), "APPLICATION_COMMAND_AUTOCOMPLETE_WITH_CHOICES", words)
    if option.get("autocomplete") and kind not in (STRING, INTEGER, NUMBER):
        words = "Autocomplete is not available for this option type"
        form.add((*path, "autocomplete"), "APPLICATION_COMMAND_AUTOCOMPLETE_INVALID_TYPE", words)
    check_choices(form, (*path, "choices"), choices, kind=int(kind or 0))
    form.whole((*path, "min_length"), option.get("min_length"), least=0, most=6000)
    form.whole((*path, "max_length"), option.get("max_length"), least=1, most=6000)


def check_choices(form: Form, path: Path, choices: Any, *, kind: int) -> None:
    """Note what is wrong with fixed or suggested choices."""
    for index, choice in enumerate(choices):
        form.text((*path, index, "name"), choice.get("name"), least=1, most=100)
        value = choice.get("value")
        if kind == STRING:
            form.text((*path, index, "value"), value, least=1, most=100)
        elif kind == INTEGER and (not isinstance(value, int) or isinstance(value, bool)):
            words = f'Value "{value}" is not int.'
            form.add((*path, index, "value"), "NUMBER_TYPE_COERCE", words)
        elif kind == NUMBER and not isinstance(value, int | float):
            words = f'Value "{value}" is not float.'
            form.add((*path, index, "value"), "NUMBER_TYPE_COERCE", words)


def command_size(thing: dict[str, Any]) -> int:
    """Characters of names, descriptions and choice values, of the thing and all in it."""
    size = len(thing.get("name") or "") + len(thing.get("description") or "")
    size += len(str(thing.get("value", "")))
    nested = (thing.get("options") or []) + (thing.get("choices") or [])
    return size + sum(command_size(child) for child in nested)


def find_command(
    commands: list[dict[str, Any]], spoken: str
) -> tuple[dict[str, Any], list[dict[str, Any]]] | None:
    """`battle recent` -> the registered command and the path of nested options down to what runs; None if absent."""
    first, *rest = spoken.split()
    command = next(
        (c for c in commands if c["name"] == first and (c.get("type") or CHAT) == CHAT), None
    )
    if command is None:
        return None
    path: list[dict[str, Any]] = []
    level = command
    for name in rest:
        nested = [o for o in level.get("options") or [] if o["type"] in (SUBCOMMAND, GROUP)]
        found = next((o for o in nested if o["name"] == name), None)
        if found is None:
            return None
        path.append(found)
        level = found
    if any(o["type"] in (SUBCOMMAND, GROUP) for o in level.get("options") or []):
        return None
    return command, path
