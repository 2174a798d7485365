"""`config.example.toml`, written from the settings themselves, so that the file cannot drift from the program."""

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from bot.settings import ADDRESSES, Settings

_HEAD = """\
# War Room's settings. Copy this file to config.toml and change what you need; what is left out keeps its default.
# Each can also be set by a variable: WARROOM_DATABASE__URL is `url` under [database]. Variables go before this file.
"""


def render_example() -> str:
    """The whole file: every setting with its explanation and, commented out, its default."""
    plain = [item for item in Settings.model_fields.items() if not _is_section(item[1])]
    sections = [item for item in Settings.model_fields.items() if _is_section(item[1])]
    lines = [_HEAD, *(line for name, field in plain for line in _setting(name, field))]
    for name, field in sections:
        model: type[BaseModel] = type(field.default)
        lines += [f"[{name}]", *_comment((model.__doc__ or "").strip()), ""]
        for key, value in model.model_fields.items():
            if (name, key) not in ADDRESSES:  # those stand under [upstreams] and nowhere else
                lines += _setting(key, value)
    return "\n".join(lines).rstrip() + "\n"


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.default, BaseModel)


def _setting(name: str, field: FieldInfo) -> Iterator[str]:
    assert field.description, f"the setting {name} has no explanation"
    yield from _comment(field.description)
    yield f"# {name} = {_toml(field.default)}"
    yield ""


def _comment(text: str) -> list[str]:
    return [f"## {line}" for line in textwrap.wrap(" ".join(text.split()), width=112)]


def _toml(value: Any) -> str:
    if value is None or isinstance(value, SecretStr | Path):
        return '""'
    return json.dumps(value)
