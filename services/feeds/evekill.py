"""The second feed, EVE-KILL: a list of killmails in the order in which it processed them, asked for page by page.

It numbers killmails in its own way and has no values of zKillboard; the same killmails come from R2Z2 as well, before
or after, and are known by their id. It is asked only for a time: it begins a good while before its newest killmail, or
where it stopped when that is not long ago.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import aiohttp
import msgspec

from services.domain.clock import Clock
from services.domain.killmail import Arrival, Rejected
from services.domain.trouble import NoWatch, Trouble, TroubleWatch
from services.feeds.client import Answer, FeedClient, Verdict
from services.feeds.errors import WireError
from services.feeds.items import CursorMemory, FeedItem
from services.feeds.pace import Pace, Sleep
from services.feeds.settings import FallbackSettings
from services.feeds.upstream import Upstream
from services.feeds.wire import decode_esi

SOURCE = "evekill"
_LONGEST_WAIT = 60.0
"""Seconds after which whoever waits for this feed may ask itself whether it is still wanted."""


class _Entry(msgspec.Struct):
    seq: int
    killmail_hash: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Page(msgspec.Struct):
    data: list[_Entry]
    latest: int | None = None
    has_more: bool = msgspec.field(default=False, name="hasMore")


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What one question gave, and the seconds to wait before the next."""

    items: tuple[FeedItem, ...] = ()
    wait: float = 0.0


class EveKillFeed:
    """Asking again says that what was handed out is stored."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: FallbackSettings,
        *,
        memory: CursorMemory,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        watch: TroubleWatch | None = None,
    ) -> None:
        self._settings = settings
        self._memory = memory
        self._clock = clock
        pace = Pace(
            clock, sleep, requests_per_second=settings.requests_per_second, quiet_seconds=0.0
        )
        self._upstream = Upstream(
            FeedClient(
                session,
                settings.base_url,
                pace=pace,
                clock=clock,
                body_limit=settings.body_limit_bytes,
            ),
            settings,
            memory=memory,
            clock=clock,
            sleep=sleep,
            patient_sleep=sleep,
            jitter=jitter,
            watch=watch or NoWatch(),
            down=Trouble.FALLBACK_DOWN,
            banned=Trouble.FALLBACK_DOWN,
            proper=lambda answer: _find_page(answer) is not None,
        )
        self._cursor: int | None = None
        self._head = 0
        """The last number that was there before we began to ask."""

    @property
    def last_error(self) -> str | None:
        """The fault that lasts at this moment; None when all is well."""
        return self._upstream.last_error

    def begin(self) -> None:
        """It is wanted (again), or what it handed out last was not stored: the next question finds the place anew."""
        self._cursor = None

    async def poll(self) -> Polled:
        """Ask once. Empty when there is nothing new, or when the service has trouble, which is told."""
        await self._upstream.load_pause()
        if (left := self._upstream.pause_left()) > 0:
            return Polled(wait=min(left, _LONGEST_WAIT))
        if self._cursor is None:
            return await self._find_place()
        answer, page = await self._ask(self._cursor)
        if page is None:
            return self._after_fault(answer)
        items = tuple(self._item(entry) for entry in page.data if entry.seq > self._cursor)
        if items:
            self._cursor = max(entry.seq for entry in page.data)
        wait = 0.0 if page.has_more and items else self._settings.poll_seconds
        return Polled(items=items, wait=max(wait, self._upstream.wish_of(answer)))

    async def _find_place(self) -> Polled:
        answer, page = await self._ask(0)
        if page is None:
            return self._after_fault(answer)
        if not page.latest:
            return Polled(wait=self._settings.poll_seconds)
        start = max(1, page.latest - self._settings.start_back)
        saved = await self._memory.load_cursor()
        self._cursor = saved if saved is not None and start < saved <= page.latest else start
        self._head = page.latest
        return Polled(wait=self._upstream.wish_of(answer))

    async def _ask(self, after: int) -> tuple[Answer, _Page | None]:
        answer = await self._upstream.ask(
            f"/api/feed/poll?after={after}&limit={self._settings.page}"
        )
        return answer, _find_page(answer)

    def _after_fault(self, answer: Answer) -> Polled:
        pause = self._upstream.pause_after(answer)
        return Polled(wait=max(pause, self._settings.poll_seconds))

    def _item(self, entry: _Entry) -> FeedItem:
        body = bytes(entry.data)
        try:
            killmail = decode_esi(body, killmail_hash=entry.killmail_hash or "")
        except WireError as error:
            rejected = Rejected(
                source=SOURCE, reference=str(entry.seq), reason=error.reason, body=body
            )
            return FeedItem(cursor=entry.seq, rejected=rejected)
        # What was there before we asked is read late. When it was published is not known; not before the kill.
        late = killmail.time if entry.seq <= self._head else None
        arrival = Arrival(killmail=killmail, received_at=self._clock(), published_at=late)
        return FeedItem(cursor=entry.seq, arrival=arrival)


def pages_of(items: Sequence[FeedItem], size: int) -> list[Sequence[FeedItem]]:
    """The same in portions: one transaction each."""
    return [items[at : at + size] for at in range(0, len(items), size)]


def _find_page(answer: Answer) -> _Page | None:
    if answer.verdict is not Verdict.FOUND:
        return None
    try:
        return msgspec.json.decode(answer.body, type=_Page, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
