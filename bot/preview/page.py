"""The page: channels at the left, their messages at the right, one file that needs nothing else and asks nobody.

It has no script: a channel is chosen by its anchor, and a browser that cannot do that shows all of them in turn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from importlib.resources import files

from bot.presentation.card import Card
from bot.preview.embeds import render_card
from bot.preview.markdown import Reader

_NEAR = timedelta(minutes=7)
"""Messages of one author so close together share one head, as in Discord."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPost:
    """One message as it stands at the end. `card` is its last state; `edits` says how often it was changed before.

    `edited_at` is the moment of the last edit; relative times on the card are told from there.
    `replied_to` is the line of the message that this one answers, if any.
    """

    channel: str
    posted_at: datetime
    card: Card
    edits: int = 0
    edited_at: datetime | None = None
    replied_to: str | None = None
    thread: "PreviewThread | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewThread:
    """What stands in the thread of a message, oldest first."""

    name: str
    posts: tuple[PreviewPost, ...]
    archived: bool = False


def render_page(
    posts: Sequence[PreviewPost],
    *,
    title: str,
    subtitle: str,
    names: Mapping[int, str] | None = None,
) -> str:
    """The whole HTML file. Posts come in the order in which they stand; `names` tells roles and channels by id."""
    channels: dict[str, list[PreviewPost]] = {}
    for post in posts:
        channels.setdefault(post.channel, []).append(post)
    sections = "".join(
        _channel(index, channel, mine, names or {})
        for index, (channel, mine) in enumerate(channels.items())
    )
    nothing = '<section class="channel"><p class="empty">Nothing was posted.</p></section>'
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_style(len(channels))}</style></head><body>"
        f"<nav><header><strong>{escape(title)}</strong><span>{escape(subtitle)}</span></header>{_list(channels)}</nav>"
        f"<main>{sections or nothing}</main></body></html>\n"
    )


def _style(channels: int) -> str:
    """The style sheet, and which line of the list is lit while its channel is shown."""
    sheet = files("bot.preview").joinpath("discord.css").read_text(encoding="utf-8")
    shown = [f'body:has(#c{index}:target) a[href="#c{index}"]' for index in range(channels)]
    lit = ",".join([*shown, 'body:not(:has(:target)) a[href="#c0"]'])
    return f"{sheet}@supports selector(:has(*)){{{lit}{{background:#404249;color:#fff}}}}"


def _list(channels: Mapping[str, Sequence[PreviewPost]]) -> str:
    items = "".join(
        f'<a href="#c{index}"><i>#</i><span>{escape(channel)}</span><b>{len(posts)}</b></a>'
        for index, (channel, posts) in enumerate(channels.items())
    )
    return f'<div class="channels">{items}</div>'


def _channel(
    index: int, channel: str, posts: Sequence[PreviewPost], names: Mapping[int, str]
) -> str:
    parts: list[str] = []
    previous: PreviewPost | None = None
    for post in posts:
        if previous is None or _day(post) != _day(previous):
            parts.append(
                f'<div class="day"><span>{post.posted_at.astimezone(UTC):%d %B %Y}</span></div>'
            )
            previous = None
        parts.append(_message(post, previous, names))
        previous = post
    return (
        f'<section class="channel" id="c{index}"><h2><i>#</i>{escape(channel)}</h2>'
        f'<div class="messages">{"".join(parts)}</div></section>'
    )


def _day(post: PreviewPost) -> str:
    return f"{post.posted_at.astimezone(UTC):%Y-%m-%d}"


def _message(post: PreviewPost, previous: PreviewPost | None, names: Mapping[int, str]) -> str:
    reader = Reader(now=post.edited_at or post.posted_at, names=names)
    follows = (
        previous is not None
        and post.replied_to is None
        and post.posted_at - previous.posted_at < _NEAR
    )
    called = " called" if post.card.role_pings or post.card.user_pings else ""
    reply = f'<div class="reply">{escape(post.replied_to)}</div>' if post.replied_to else ""
    body = render_card(post.card, reader) + _edited(post) + _thread(post.thread, names)
    moment = f"{post.posted_at.astimezone(UTC):%H:%M}"
    if follows:
        return f'<div class="message follows{called}"><div class="side">{moment}</div><div>{body}</div></div>'
    head = f'<div class="head"><b>War Room</b><span class="app">APP</span><time>{moment} EVE</time></div>'
    return f'<div class="message{called}">{reply}<div class="avatar">{_avatar()}</div><div>{head}{body}</div></div>'


def _thread(thread: PreviewThread | None, names: Mapping[int, str]) -> str:
    """Under its message, unfolded: a page has no second column."""
    if thread is None:
        return ""
    before = (None, *thread.posts)
    told = [
        _message(post, previous, names)
        for previous, post in zip(before, thread.posts, strict=False)
    ]
    count = "1 message" if len(told) == 1 else f"{len(told):,} messages"
    state = f"thread, {count}" + (", archived" if thread.archived else "")
    head = f"<h3>{escape(thread.name)}<span>{state}</span></h3>"
    return f'<div class="thread">{head}{"".join(told)}</div>'


def _edited(post: PreviewPost) -> str:
    if not post.edits:
        return ""
    times = "once" if post.edits == 1 else f"{post.edits:,} times"
    last = f", last at {post.edited_at.astimezone(UTC):%H:%M} EVE" if post.edited_at else ""
    return f'<div class="edited">(edited {times}{last})</div>'


def _avatar() -> str:
    return (
        '<svg viewBox="0 0 40 40"><circle cx="20" cy="20" r="20" fill="#2f4157"/>'
        '<g fill="none" stroke="#e3b341" stroke-width="2.2"><circle cx="20" cy="20" r="9"/>'
        '<path d="M20 6v8M20 26v8M6 20h8M26 20h8"/></g><circle cx="20" cy="20" r="2.4" fill="#e3b341"/></svg>'
    )
