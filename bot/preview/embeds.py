"""One card as HTML: text, embed, pictures and buttons, in the order in which Discord's client shows them."""

import base64
import re
from dataclasses import dataclass
from html import escape

import discord

from bot.presentation.card import ActionButton, Button, Card, CardFile, LinkButton
from bot.preview import placeholders
from bot.preview.markdown import Reader, anchor, render_inline, render_markdown

_ATTACHMENT = "attachment://"
_COLUMNS = 12
_IN_A_ROW = 3
"""Inline fields side by side at the most; where there is a thumbnail, two."""
_ROW = 5
_BEFORE_HULL = re.compile(r"^(SAMPLE · )?(Our (loss|kill): )?")
_KINDS = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
}


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    value: str
    inline: bool


def render_card(card: Card, reader: Reader) -> str:
    """The body of a message."""
    content = (
        f'<div class="content">{render_markdown(card.content, reader)}</div>'
        if card.content
        else ""
    )
    used = card.embed.image.url or ""
    loose = [file for file in card.files if used != f"{_ATTACHMENT}{file.name}"]
    pictures = "".join(f'<div class="attachment">{_picture(file)}</div>' for file in loose)
    embed = _embed(card, reader) if card.embed else ""
    return content + pictures + embed + _buttons(card.buttons)


def _embed(card: Card, reader: Reader) -> str:
    embed = card.embed
    colour = f"#{embed.colour.value:06x}" if embed.colour is not None else "#1e1f22"
    parts = [
        _author(embed),
        _title(embed, reader),
        _described(embed, reader),
        _fields(embed, reader),
    ]
    thumbnail = _thumbnail(embed)
    return (
        f'<article class="embed" style="border-left-color:{colour}"><div class="grid">'
        f'<div class="text">{"".join(parts)}</div>{thumbnail}</div>{_image(card)}{_footer(embed)}</article>'
    )


def _author(embed: discord.Embed) -> str:
    name = embed.author.name
    if not name:
        return ""
    icon = placeholders.logo(embed.author.icon_url, name) if embed.author.icon_url else ""
    words = anchor(embed.author.url, escape(name)) if embed.author.url else escape(name)
    return f'<div class="author">{icon}<span>{words}</span></div>'


def _title(embed: discord.Embed, reader: Reader) -> str:
    if not embed.title:
        return ""
    words = render_inline(embed.title, reader)
    return f'<h3 class="title">{anchor(embed.url, words) if embed.url else words}</h3>'


def _described(embed: discord.Embed, reader: Reader) -> str:
    if not embed.description:
        return ""
    return f'<div class="description">{render_markdown(embed.description, reader)}</div>'


def _fields(embed: discord.Embed, reader: Reader) -> str:
    fields = [
        _Field(field.name or "", field.value or "", bool(field.inline)) for field in embed.fields
    ]
    if not fields:
        return ""
    most = 2 if embed.thumbnail.url else _IN_A_ROW
    rows: list[list[_Field]] = []
    for field in fields:
        if rows and field.inline and rows[-1][0].inline and len(rows[-1]) < most:
            rows[-1].append(field)
        else:
            rows.append([field])
    return f'<div class="fields">{"".join(_row(row, reader) for row in rows)}</div>'


def _row(row: list[_Field], reader: Reader) -> str:
    span = _COLUMNS // len(row)
    return "".join(
        f'<section style="grid-column:span {span}"><h4>{render_inline(field.name, reader)}</h4>'
        f"{render_markdown(field.value, reader)}</section>"
        for field in row
    )


def _thumbnail(embed: discord.Embed) -> str:
    url = embed.thumbnail.url
    if not url:
        return ""
    named = _BEFORE_HULL.sub("", (embed.title or "").split(" destroyed in ")[0])
    return f'<div class="thumbnail">{placeholders.hull(url, named.replace(chr(92), ""))}</div>'


def _image(card: Card) -> str:
    url = card.embed.image.url or ""
    file = next((file for file in card.files if url == f"{_ATTACHMENT}{file.name}"), None)
    return f'<div class="image">{_picture(file)}</div>' if file else ""


def _picture(file: CardFile) -> str:
    kind = _KINDS.get(file.name.rpartition(".")[2].lower(), "image/png")
    data = base64.b64encode(file.data).decode("ascii")
    return f'<img src="data:{kind};base64,{data}" alt="{escape(file.description)}">'


def _footer(embed: discord.Embed) -> str:
    return f"<footer>{escape(embed.footer.text)}</footer>" if embed.footer.text else ""


def _buttons(buttons: tuple[Button, ...]) -> str:
    """Five a row, as Discord has them."""
    drawn = [_button(button) for button in buttons]
    rows = (drawn[start : start + _ROW] for start in range(0, len(drawn), _ROW))
    return "".join(f'<div class="buttons">{"".join(row)}</div>' for row in rows)


def _button(button: Button) -> str:
    label = escape(button.label)
    match button:
        case LinkButton():
            arrow = '<svg class="out" viewBox="0 0 16 16"><path d="M9 2h5v5M14 2 7 9M12 9v5H2V4h5"/></svg>'
            return anchor(button.url, f'<span class="button">{label}{arrow}</span>')
        case ActionButton():
            off = " off" if button.disabled else ""
            return f'<span class="button {button.tone.value}{off}">{label}</span>'
