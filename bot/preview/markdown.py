"""The part of Discord's markdown that cards use, as HTML. Everything that is not markup is escaped for HTML.

Only web addresses become links; a mention becomes a pill with its name; a time stamp is told relative to the moment
that the page stands for, with EVE time when one points at it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape

_TOKEN = re.compile(
    r"\\(?P<escaped>[^0-9A-Za-z\s])"
    r"|`(?P<code>[^`\n]+)`"
    r"|<t:(?P<time>-?\d{1,12})(?::(?P<style>[tTdDfFR]))?>"
    r"|<(?P<sigil>@&|@!?|\#)(?P<mentioned>\d{1,20})>"
    r"|\[(?P<words>(?:\\.|[^\[\]\\\n])+)\]\((?P<target>https?://[^\s()<>]+)\)"
    r"|\*\*(?P<bold>(?:\\.|[^\\])+?)\*\*(?!\*)"
    r"|\*(?P<italic>(?:\\.|[^\\*\n])+)\*"
    r"|(?<!\w)_(?P<emphasis>(?:\\.|[^\\_\n])+)_(?!\w)"
    r"|~~(?P<struck>(?:\\.|[^\\])+?)~~"
    r"|(?P<address>https?://[^\s<>()]+[^\s<>().,:;\"'\]])",
    re.DOTALL,
)
_CODE_BLOCK = re.compile(r"(?:\A|\n)```\n?(.*?)\n?```(?:\n|\Z)", re.DOTALL)
_STYLES = {
    "t": "%H:%M",
    "T": "%H:%M:%S",
    "d": "%Y-%m-%d",
    "D": "%d %B %Y",
    "f": "%d %B %Y %H:%M",
    "F": "%A, %d %B %Y %H:%M",
}
_UNITS = (
    (86400 * 365, "year"),
    (86400 * 30, "month"),
    (86400, "day"),
    (3600, "hour"),
    (60, "minute"),
    (1, "second"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who reads: at what moment, and the names of roles, channels and people that he would see."""

    now: datetime
    names: Mapping[int, str] = field(default_factory=dict)


def render_markdown(text: str, reader: Reader) -> str:
    """A block of text: line breaks kept; blocks of code, list points and small print recognised where a line begins."""
    parts = []
    for index, stretch in enumerate(_CODE_BLOCK.split(text)):
        if index % 2:
            parts.append(f"<pre>{escape(stretch)}</pre>")
        elif stretch:
            parts += _lines(stretch, reader)
    return "".join(parts)


def _lines(text: str, reader: Reader) -> Iterator[str]:
    for line in text.split("\n"):
        if line.startswith("- "):
            yield f'<div class="point">{render_inline(line[2:], reader)}</div>'
        elif line.startswith("-# "):
            yield f'<div class="small">{render_inline(line[3:], reader)}</div>'
        else:
            yield f'<div class="line">{render_inline(line, reader) or "&nbsp;"}</div>'


def render_inline(text: str, reader: Reader) -> str:
    """Text within a line."""
    parts, last = [], 0
    for match in _TOKEN.finditer(text):
        parts.append(escape(text[last : match.start()]))
        parts.append(_token(match, reader))
        last = match.end()
    return "".join([*parts, escape(text[last:])])


def ago(moment: datetime, now: datetime) -> str:
    """`3 minutes ago`, `in 2 hours`, as Discord's clients say it."""
    seconds = (now - moment) / timedelta(seconds=1)
    size, unit = next(((size, unit) for size, unit in _UNITS if abs(seconds) >= size), _UNITS[-1])
    count = round(abs(seconds) / size)
    words = f"{count} {unit}" + ("s" if count != 1 else "")
    return f"in {words}" if seconds < 0 else f"{words} ago"


def _token(match: re.Match[str], reader: Reader) -> str:
    if (sign := match["escaped"]) is not None:
        return escape(sign)
    if (code := match["code"]) is not None:
        return f"<code>{escape(code)}</code>"
    if match["time"] is not None:
        return _time(int(match["time"]), match["style"] or "f", reader)
    if match["mentioned"] is not None:
        return _mention(match["sigil"], int(match["mentioned"]), reader)
    if match["target"] is not None:
        return anchor(match["target"], render_inline(match["words"], reader))
    if match["address"] is not None:
        return anchor(match["address"], escape(match["address"]))
    return _styled(match, reader)


def _styled(match: re.Match[str], reader: Reader) -> str:
    for group, tag in (("bold", "strong"), ("italic", "em"), ("emphasis", "em"), ("struck", "s")):
        if match[group] is not None:
            return f"<{tag}>{render_inline(match[group], reader)}</{tag}>"
    return escape(match[0])


def anchor(url: str, words: str) -> str:
    """A link out of the page; `words` are HTML already."""
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{words}</a>'


def _time(stamp: int, style: str, reader: Reader) -> str:
    try:
        moment = datetime.fromtimestamp(stamp, tz=UTC)
    except (OverflowError, ValueError, OSError):
        return escape(f"<t:{stamp}>")
    shown = ago(moment, reader.now) if style == "R" else moment.strftime(_STYLES[style])
    return f'<time title="{moment:%Y-%m-%d %H:%M:%S} EVE">{escape(shown)}</time>'


def _mention(sigil: str, mentioned: int, reader: Reader) -> str:
    sign = "#" if sigil == "#" else "@"
    unknown = {"@&": "role", "#": "channel"}.get(sigil, "member")
    return f'<span class="mention">{sign}{escape(reader.names.get(mentioned, unknown))}</span>'
