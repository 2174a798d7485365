"""Text on its way into Discord: outside names are escaped, and what is too long is cut where a reader would cut it.

Whatever a pilot, a corporation or a user named goes through `escape` (where Discord reads markdown: title, description,
fields), `link` (a masked link's words) or `plain` (author, footer, buttons: no markdown there). Limits are counted in
UTF-16 units: Discord's documents do not say what they count, and this never counts too few.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

import discord

ELLIPSIS = "…"
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
NO_BREAK = "\N{NO-BREAK SPACE}"
TITLE, DESCRIPTION, FIELD_NAME, FIELD_VALUE = 256, 4096, 256, 1024
AUTHOR, FOOTER, FIELDS, EMBED = 256, 2048, 25, 6000
NAME = 56
"""Longer than any name that the game allows (54, an alliance's)."""
SHORT_NAME = 30
"""For lists with several names on a line."""
_SHORTEST = 120
"""An embed that is too long in sum is not cut below this many characters in one place."""

_MARKDOWN = re.compile(r"([\\*_~|`\[\]<>])")
_LINE_START = re.compile(r"^(\d+)([.)])(?=\s)|^([-+#])")
_SCHEME = re.compile(r"://")
_UNSEEN = dict.fromkeys(
    [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0x200E, 0x200F, 0xFEFF]
)

_ATOM = re.compile(
    r"\\[^0-9A-Za-z\s]"  # an escaped sign
    r"|<[@#:/at][^<>\s]{0,100}>"  # a mention, an emoji, a time, a command
    r"|\[(?:\\.|[^\[\]\\\n])*\]\([^()\s]*\)"  # a masked link
    r"|`[^`\n]*`|\*\*|https?://\S+|\s+"
    r"|\S(?:[\u0300-\u036f\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]|\u200d\S)*",  # one sign as people see it
    re.DOTALL,
)


def length(text: str) -> int:
    """Characters as the strictest reader counts them (UTF-16 units)."""
    return len(text) + sum(ord(sign) > 0xFFFF for sign in text)


def plain(text: str) -> str:
    """One line that calls nobody, without control signs and without signs that turn the reading direction."""
    shown = "".join(
        " " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in text
    )
    return discord.utils.escape_mentions(" ".join(shown.translate(_UNSEEN).split()))


def escape(text: str) -> str:
    """Outside text, one line, so that Discord shows exactly its letters: no markdown, mention or link of its own."""
    safe = _MARKDOWN.sub(r"\\\1", _SCHEME.sub(":\u200b//", plain(text)))
    return _LINE_START.sub(lambda m: rf"{m[1]}\{m[2]}" if m[1] else rf"\{m[3]}", safe)


def escape_lines(text: str) -> str:
    """As `escape`, keeping line breaks."""
    return "\n".join(escape(line) for line in text.splitlines())


def link(text: str, url: str) -> str:
    """A masked link around outside text. Brackets become round: Discord's own rule for them breaks on odd ones."""
    words = escape(text.replace("[", "(").replace("]", ")")) or "link"
    return f"[{words}]({url})"


def short(text: str, limit: int = NAME) -> str:
    """An outside name, before escaping, not longer than `limit`."""
    return cut(plain(text), limit)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters: ends at a word with an ellipsis, never inside a mention, link or escape."""
    if length(text) <= limit:
        return text
    room = limit - length(ELLIPSIS) - (2 if "**" in text else 0)
    kept: list[str] = []
    for atom in _ATOM.findall(text):
        if (size := length(atom)) > room:
            break
        kept.append(atom)
        room -= size
    else:
        atom = ""
    return _ended(kept if atom.isspace() else _to_word(kept))


def _to_word(atoms: list[str]) -> list[str]:
    """Back to the last space, unless that would throw away more than half."""
    for index in range(len(atoms) - 1, 0, -1):
        if atoms[index].isspace():
            return atoms[:index] if index * 2 >= len(atoms) else atoms
    return atoms


def _ended(atoms: list[str]) -> str:
    while atoms and atoms[-1].isspace():
        atoms = atoms[:-1]
    if atoms.count("**") % 2:
        atoms = atoms[:-1] if atoms[-1] == "**" else [*atoms, "**"]
    return "".join(atoms).rstrip() + ELLIPSIS


def held(words: str, limit: int = 16) -> str:
    """A short figure with its noun, so that no line ends between them; longer words may be torn."""
    return words.replace(" ", NO_BREAK) if length(words) <= limit else words


def fit(lines: Sequence[str], limit: int, *, more: Callable[[int], str]) -> str:
    """As many whole lines as fit; `more(n)` says how many are missing."""
    text = "\n".join(lines)
    shown = len(lines)
    while length(text) > limit and shown > 1:
        shown -= 1
        text = "\n".join([*lines[:shown], more(len(lines) - shown)])
    return cut(text, limit)


def clamp(embed: discord.Embed) -> discord.Embed:
    """The same embed within Discord's limits; every card passes here. Changes the embed that it is given."""
    embed.title = cut(embed.title, TITLE) if embed.title else None
    embed.description = cut(embed.description.strip(), DESCRIPTION) if embed.description else None
    author, footer = embed.author, embed.footer
    if author.name:
        embed.set_author(name=cut(author.name, AUTHOR), url=author.url, icon_url=author.icon_url)
    if footer.text:
        embed.set_footer(text=cut(footer.text, FOOTER), icon_url=footer.icon_url)
    fields = [(field.name or "", field.value or "", bool(field.inline)) for field in embed.fields]
    embed.clear_fields()
    for name, value, inline in fields[:FIELDS]:
        embed.add_field(
            name=cut(name, FIELD_NAME).strip() or "\u200b",
            value=cut(value, FIELD_VALUE).strip() or "\u200b",
            inline=inline,
        )
    return _within_sum(embed)


def embed_length(embed: discord.Embed) -> int:
    """What Discord adds up against its limit of 6000."""
    parts = [embed.title, embed.description, embed.author.name, embed.footer.text]
    for field in embed.fields:
        parts += [field.name, field.value]
    return sum(length(part) for part in parts if part)


def _within_sum(embed: discord.Embed) -> discord.Embed:
    """Shorten the longest part, again and again; when all are short, drop fields from the end.

    It ends: every step makes the embed shorter, and without fields the other limits add up to what fits once the
    description is cut.
    """
    while (over := embed_length(embed) - EMBED) > 0:
        values = [length(field.value or "") for field in embed.fields]
        described = length(embed.description or "")
        if max([described, *values]) <= _SHORTEST:
            embed.remove_field(len(values) - 1)
        elif described >= max(values, default=0):
            embed.description = cut(embed.description or "", max(described - over, _SHORTEST))
        else:
            longest = values.index(max(values))
            field = embed.fields[longest]
            value = cut(field.value or "", max(values[longest] - over, _SHORTEST))
            embed.set_field_at(longest, name=field.name, value=value, inline=bool(field.inline))
    return embed
