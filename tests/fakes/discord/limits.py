"""Judges message bodies by Discord's documented limits; a fault is told as Discord tells it (50035, path by path).

Two things are judged more strictly than Discord does, because a bot that does them has a bug: an `attachment://`
that names no file (Discord shows an empty frame), and a `timestamp` that is not ISO 8601 with a zone.
Source: Discord's OpenAPI description and the documented embed, component and upload limits.
"""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.discord.components import check_components
from tests.fakes.discord.errors import DiscordError, Form, Path

CONTENT = 2000
EMBEDS = 10
EMBED_TOTAL = 6000
FIELDS = 25
FILES = 10
NONCE = 25
UPLOAD_BYTES = 10 * 1024 * 1024
"""Of one message, in a server without boosts."""

_SNOWFLAKE = re.compile(r"\d{1,20}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)


def check_message(body: dict[str, Any], *, filenames: Collection[str], v2: bool = False) -> None:
    """Refuse a body that breaks a limit.

    Args:
        body: the JSON of a message, an edit or an interaction's answer.
        filenames: the files that the message would have, for `attachment://`.
        v2: whether the components are of the second version, which stands alone.

    Raises:
        DiscordError: 50035 with every fault.
    """
    form = Form()
    form.text(("content",), body.get("content"), most=CONTENT)
    _check_nonce(form, body.get("nonce"))
    embeds = form.items(("embeds",), body.get("embeds"), most=EMBEDS)
    for index, embed in enumerate(embeds):
        _check_embed(form, ("embeds", index), embed, filenames=filenames)
    if sum(map(embed_size, embeds)) > EMBED_TOTAL:
        words = f"Embed size exceeds maximum size of {EMBED_TOTAL}"
        form.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", words)
    check_components(form, body.get("components"), v2=v2)
    if v2 and (body.get("content") or embeds):
        words = "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
        form.add(("content",), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", words)
    _check_mentions(form, body.get("allowed_mentions"))
    attachments = form.items(("attachments",), body.get("attachments"), most=FILES)
    for index, attachment in enumerate(attachments):
        path = ("attachments", index, "description")
        form.text(path, attachment.get("description"), most=1024)
    form.raise_if_any()


def check_files(files: Collection[bytes]) -> None:
    """Refuse too many files (50035) or too many bytes (40005)."""
    if len(files) > FILES:
        form = Form()
        form.items(("files",), list(files), most=FILES)
        form.raise_if_any()
    if sum(map(len, files)) > UPLOAD_BYTES:
        raise DiscordError(40005)


def _check_nonce(form: Form, nonce: Any) -> None:
    if isinstance(nonce, str):
        form.text(("nonce",), nonce, most=NONCE)
    elif isinstance(nonce, bool) or not isinstance(nonce, int | None):
        form.add(("nonce",), "NONCE_TYPE_INVALID", "Must be a string or an integer.")
    elif nonce is not None:
        form.whole(("nonce",), nonce, least=-(1 << 63), most=(1 << 63) - 1)


def embed_size(embed: Any) -> int:
    """The characters of an embed that count towards the sum of 6000."""
    if not isinstance(embed, dict):
        return 0
    texts = [
        embed.get("title"),
        embed.get("description"),
        (embed.get("footer") or {}).get("text"),
        (embed.get("author") or {}).get("name"),
    ]
    for field in embed.get("fields") or []:
        texts += [field.get("name"), field.get("value")]
    return sum(len(text.strip()) for text in texts if isinstance(text, str))


def _check_embed(form: Form, path: Path, embed: Any, *, filenames: Collection[str]) -> None:
    if not isinstance(embed, dict):
        form.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return
    if not _has_content(embed):
        form.required((*path, "description"))
    form.text((*path, "title"), embed.get("title"), most=256)
    form.text((*path, "description"), embed.get("description"), most=4096)
    form.whole((*path, "color"), embed.get("color"), least=0, most=0xFFFFFF)
    _check_url(form, (*path, "url"), embed.get("url"))
    _check_timestamp(form, (*path, "timestamp"), embed.get("timestamp"))
    fields = form.items((*path, "fields"), embed.get("fields"), most=FIELDS)
    for index, field in enumerate(fields):
        form.text((*path, "fields", index, "name"), field.get("name"), least=1, most=256)
        form.text((*path, "fields", index, "value"), field.get("value"), least=1, most=1024)
    for part, key, most in (("author", "name", 256), ("footer", "text", 2048)):
        if embed.get(part) is not None:
            form.text((*path, part, key), embed[part].get(key), least=1, most=most)
            icon = embed[part].get("icon_url")
            _check_url(form, (*path, part, "icon_url"), icon, filenames=filenames)
    _check_url(form, (*path, "author", "url"), (embed.get("author") or {}).get("url"))
    for part in ("image", "thumbnail"):
        if embed.get(part) is not None:
            url = embed[part].get("url") or ""
            _check_url(form, (*path, part, "url"), url, filenames=filenames)


def _has_content(embed: dict[str, Any]) -> bool:
    """Discord asks for a description where an embed holds nothing at all."""
    parts = ("title", "description", "fields", "author", "footer", "image", "thumbnail")
    return any(embed.get(part) for part in parts)


def _check_url(
    form: Form, path: Path, url: Any, *, filenames: Collection[str] | None = None
) -> None:
    """Http or https; `attachment://` where `filenames` are given. None counts as absent."""
    if url is None:
        return
    form.text(path, url, most=2048)
    try:
        parts = urlsplit(str(url))
        host = parts.hostname or ""
    except ValueError:
        form.add(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
        return
    if parts.scheme == "attachment" and filenames is not None:
        if str(url).removeprefix("attachment://") not in filenames:
            form.add(path, "STAND_IN_NO_SUCH_FILE", f"No file answers to {url}.")
    elif parts.scheme not in ("http", "https"):
        words = (
            f"Scheme \"{parts.scheme}\" is not supported. Scheme must be one of ('http', 'https')."
        )
        form.add(path, "URL_TYPE_INVALID_SCHEME", words)
    elif not is_web_url(str(url), host):
        form.add(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")


def is_web_url(url: str, host: str) -> bool:
    """No blanks, and a host that is one."""
    return not re.search(r"\s", url) and bool(_HOST.fullmatch(host))


def _check_timestamp(form: Form, path: Path, value: Any) -> None:
    if value is None:
        return
    try:
        zoned = datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        zoned = False
    if not zoned:
        form.add(path, "DATE_TIME_TYPE_PARSE", f"Could not parse {value}. Should be ISO8601.")


def _check_mentions(form: Form, allowed: Any) -> None:
    if allowed is None:
        return
    parse = form.items(("allowed_mentions", "parse"), allowed.get("parse"), most=1521)
    for index, kind in enumerate(parse):
        path = ("allowed_mentions", "parse", index)
        form.choice(path, kind, {"roles", "users", "everyone"})
    for kind in ("users", "roles"):
        ids = form.items(("allowed_mentions", kind), allowed.get(kind), most=100)
        for index, value in enumerate(ids):
            if not _SNOWFLAKE.fullmatch(str(value)):
                words = f'Value "{value}" is not snowflake.'
                form.add(("allowed_mentions", kind, index), "NUMBER_TYPE_COERCE", words)
        if ids and kind in parse:
            words = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            form.add(("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", words)
