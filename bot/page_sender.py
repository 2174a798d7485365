"""A Sender that writes what Discord would get: every card, drawn and marked as for Discord, on one page.

It keeps Discord's promises to the outbox: a nonce seen before is the same message and no second one, an edit changes
the message it names, a marker can be found again. Nothing leaves this computer, and nobody is called.

The page is written at most every few seconds, by a thread, beside the old one and then in its place: whoever has it
open never sees half of it. Memory is bounded: of each channel the last few hundred messages are kept.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from bot.app import House
from bot.delivery import draw
from bot.letters import Letter
from bot.marker import marked
from bot.presentation.card import Card
from bot.preview.page import PreviewPost, PreviewThread, render_page
from services.domain.delivery import Delivery, Destination, DestinationKind
from services.domain.ids import MessageId
from services.outbox.sender import Delivered, Outcome, Searched

log = structlog.get_logger(__name__)

WRITE_EVERY_SECONDS = 3.0
"""Seconds between two writings of the page: often enough to watch, and a long page takes a tenth of a second."""
KEPT = 300
"""Messages kept of each channel. With pictures, a page of more is no pleasure to open."""
REMEMBERED = 1000
"""Nonces remembered: days of posts, where Discord remembers them for a few minutes."""
_DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_TIME_SHIFT = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCounts:
    """What was sent so far, whether or not the page still shows it."""

    posts: int = 0
    edits: int = 0


class PageSender:
    """Collects posts; `close` writes the page a last time."""

    def __init__(
        self,
        house: House,
        path: Path,
        *,
        title: str = "War Room",
        subtitle: str = "dry run: what Discord would get",
        names: Mapping[int, str] | None = None,
        write_every_seconds: float = WRITE_EVERY_SECONDS,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make the sender.

        Args:
            house: whose services name things, and whose clock says when.
            path: the page; its folder is made when it is missing.
            title: stands above the list of channels.
            subtitle: stands under the title.
            names: of channels and roles by id, without signs; channels stand in this order.
            write_every_seconds: the least time between two writings.
            timer: seconds for that, of any origin.
        """
        self._house = house
        self._path = path
        self._title = title
        self._subtitle = subtitle
        self._names = dict(names or {})
        self._every = write_every_seconds
        self._timer = timer
        self._channels: dict[str, dict[MessageId, PreviewPost]] = {}
        self._by_nonce: dict[str, MessageId] = {}
        self._threads: dict[MessageId, PreviewThread] = {}
        """By the message they belong to: their names, and whether the last word was said."""
        self._inside: dict[MessageId, MessageId] = {}
        """Messages in threads, with the message whose thread it is."""
        self._counts = PageCounts()
        self._dirty = False
        self._written_at: float | None = None
        self._writing: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._newest = 0

    @property
    def counts(self) -> PageCounts:
        """Posts and edits since the start."""
        return self._counts

    async def send(self, delivery: Delivery) -> Outcome:
        """Put it on the page with its nonce, or change the message that it names."""
        drawn = await draw(self._house.services, delivery)
        card = marked(drawn.card, delivery.marker)
        letter = Letter(delivery=delivery, card=card, name=drawn.name)
        channel = self._channel(delivery.destination)
        known = delivery.message_id or self._by_nonce.get(delivery.nonce)
        if known is None:
            message_id = self._post(channel, letter)
            self._remember(delivery.nonce, message_id)
        else:
            message_id = known
            if delivery.message_id is not None:
                self._edit(channel, message_id, card)
        self._touch()
        return Delivered(message_id=message_id, missing=drawn.missing)

    async def find(self, delivery: Delivery) -> Searched:
        """The message with the delivery's marker, if this page has it."""
        return Searched(readable=True, message_id=self._by_nonce.get(delivery.nonce))

    async def unarchive(self, destination: Destination) -> Outcome | None:  # noqa: ARG002
        """Nothing is ever archived here."""
        return None

    def reply(self, channel: str, card: Card, *, to: str) -> None:
        """Put the answer to a command on the page; `to` is the command as it was typed."""
        post = PreviewPost(channel=channel, posted_at=self._house.clock(), card=card, replied_to=to)
        self._keep(self._new_id(), post)
        self._touch()

    async def close(self) -> None:
        """Write the page a last time. Raises OSError when that cannot be done."""
        self._closing.set()
        if self._writing is not None:
            await self._writing
        await self.write()

    def _post(self, channel: str, letter: Letter) -> MessageId:
        message_id, answers = self._new_id(), letter.delivery.reply_to
        answered = self._channels.get(channel, {}).get(answers) if answers else None
        post = PreviewPost(
            channel=channel,
            posted_at=self._house.clock(),
            card=letter.card,
            replied_to=answered.card.embed.title if answered else None,
        )
        if letter.thread_id is not None and answered is not None:
            post = replace(post, replied_to=None)
            self._inside[message_id] = letter.thread_id
            fresh = PreviewThread(name=letter.name, posts=())
            thread = self._threads.get(letter.thread_id, fresh)
            self._threads[letter.thread_id] = replace(thread, archived=letter.is_last)
        self._keep(message_id, post)
        self._counts = replace(self._counts, posts=self._counts.posts + 1)
        return message_id

    def _edit(self, channel: str, message_id: MessageId, card: Card) -> None:
        """A message of an earlier run is shown as well, with the time that its id tells."""
        before = self._channels.get(channel, {}).get(message_id)
        standing = before or PreviewPost(
            channel=channel, posted_at=_posted_at(message_id), card=card
        )
        # Whoever was called by the first post stays called; an edit calls nobody.
        card = replace(
            card,
            role_pings=standing.card.role_pings if before else (),
            user_pings=standing.card.user_pings if before else (),
        )
        edited = replace(
            standing, card=card, edits=standing.edits + 1, edited_at=self._house.clock()
        )
        self._keep(message_id, edited)
        self._counts = replace(self._counts, edits=self._counts.edits + 1)

    def _remember(self, nonce: str, message_id: MessageId) -> None:
        self._by_nonce[nonce] = message_id
        if len(self._by_nonce) > REMEMBERED:
            del self._by_nonce[next(iter(self._by_nonce))]

    def _keep(self, message_id: MessageId, post: PreviewPost) -> None:
        posts = self._channels.setdefault(post.channel, {})
        posts[message_id] = post
        if len(posts) > KEPT:
            oldest = min(posts)
            del posts[oldest]
            self._inside.pop(oldest, None)
            self._threads.pop(oldest, None)

    def _new_id(self) -> MessageId:
        """As Discord makes them: the time in milliseconds, then a number; never the same twice, later ones larger."""
        since = (self._house.clock() - _DISCORD_EPOCH) // timedelta(milliseconds=1)
        self._newest = max(since << _TIME_SHIFT, self._newest + 1)
        return MessageId(self._newest)

    def _channel(self, destination: Destination) -> str:
        known = self._names.get(destination.id)
        if destination.kind is DestinationKind.USER:
            return f"to {known or destination.id}"
        return known or f"channel {destination.id}"

    # The page

    def _touch(self) -> None:
        self._dirty = True
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_soon(), name="write-page")

    async def _write_soon(self) -> None:
        while self._dirty:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), self._wait())
            try:
                await self.write()
            except OSError as error:
                # The next message tries again; sending itself has not failed.
                log.warning("page not written", file=str(self._path), reason=str(error))
                return

    def _wait(self) -> float:
        if self._written_at is None:
            return 0.0
        return max(0.0, self._written_at + self._every - self._timer())

    async def write(self) -> None:
        """Write the page as it is now. Raises OSError when that cannot be done."""
        self._dirty = False
        self._written_at = self._timer()
        await asyncio.to_thread(self._put, self._posts())

    def _posts(self) -> list[PreviewPost]:
        """By channel, in the order of the names that were given, then by age."""
        order = {name: place for place, name in enumerate(self._names.values())}
        channels = sorted(self._channels, key=lambda name: order.get(name, len(order)))
        return [post for name in channels for post in self._threaded(self._channels[name])]

    def _threaded(self, posts: Mapping[MessageId, PreviewPost]) -> list[PreviewPost]:
        """By age; what stands in a thread stands under the message it belongs to, while the page has that."""
        inside: dict[MessageId, list[PreviewPost]] = {}
        for message_id, post in sorted(posts.items()):
            owner = self._inside.get(message_id)
            if owner is not None and owner in self._threads:
                inside.setdefault(owner, []).append(post)
        return [
            replace(post, thread=replace(self._threads[key], posts=tuple(inside[key])))
            if key in inside
            else post
            for key, post in sorted(posts.items())
            if self._inside.get(key) not in self._threads
        ]

    def _put(self, posts: list[PreviewPost]) -> None:
        page = render_page(posts, title=self._title, subtitle=self._subtitle, names=self._names)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        aside = self._path.with_name(f"{self._path.name}.new")
        aside.write_text(page, encoding="utf-8")
        aside.replace(self._path)


def _posted_at(message_id: MessageId) -> datetime:
    return _DISCORD_EPOCH + timedelta(milliseconds=message_id >> _TIME_SHIFT)
