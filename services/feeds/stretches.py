"""Reads what the live cursor jumped over, lowest numbers first, with the turns that nobody else needs.

The rule: these numbers have all been published, so one that is not there is a hole at once. Many in a row have expired:
files do so in order, so halving finds the oldest that is left in some 15 questions, and what lies before it is handed
out as a gap. Each batch says how far it takes its stretch; what was not stored is read again.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from services.domain.clock import Clock
from services.feeds.backlog import Backlog
from services.feeds.client import Answer, Verdict
from services.feeds.errors import WireError
from services.feeds.items import FeedItem, GapFound, Hole, Stretch, StretchRead
from services.feeds.pace import Sleep
from services.feeds.r2z2_files import PRESENT, arrival_of, path_of, rejected_item, rewritten_by
from services.feeds.settings import FeedSettings
from services.feeds.upstream import Upstream
from services.feeds.wire import decode_r2z2

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Haul:
    """What was read of a stretch and is not handed out yet. `done` is the last number that is settled."""

    stretch: Stretch
    done: int
    items: list[FeedItem] = field(default_factory=list)
    wait: float = 0.0

    def settle(self, until: int, *items: FeedItem) -> None:
        """Numbers up to and including `until` are settled by these."""
        self.items.extend(items)
        self.done = until

    def settle_holes(self, until: int) -> None:
        """Numbers up to and including `until` are missing."""
        numbers = range(self.done + 1, until + 1)
        self.settle(until, *(FeedItem(cursor=None, notes=(Hole(number),)) for number in numbers))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Border:
    """The first number that is there after many that are not, and when it was published, or later."""

    number: int
    until: datetime


class StretchReader:
    """One task iterates `batches`."""

    def __init__(
        self,
        upstream: Upstream,
        settings: FeedSettings,
        *,
        backlog: Backlog,
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self._upstream = upstream
        self._settings = settings
        self._backlog = backlog
        self._clock = clock
        self._sleep = sleep
        self._read: Stretch | None = None
        self._published_at: datetime | None = None
        """When the last file read of `_read` was published."""
        self._cut: tuple[int, int] = (0, 0)
        """A number whose file was cut off, and how often."""
        self.gap: tuple[int, int] | None = None

    async def batches(self) -> AsyncGenerator[tuple[FeedItem, ...], None]:
        """What was waiting, in order, for ever. Never empty; moves no cursor, but its stretch's position."""
        await self._upstream.load_pause()
        await self._backlog.load()
        while True:
            stretch = await self._backlog.oldest()
            await self._wait_until_well()
            haul = await self._haul(stretch)
            if haul.done > stretch.position:
                position = StretchRead(first=stretch.first, position=haul.done)
                yield (*haul.items, FeedItem(cursor=None, notes=(position,)))
                await self._backlog.load()
            if haul.wait:
                await self._sleep(haul.wait)

    async def _wait_until_well(self) -> None:
        """While the service has trouble, the live reader alone finds out when it is over."""
        while not self._upstream.is_well:
            await self._sleep(max(self._settings.idle_seconds, self._upstream.pause_left()))

    async def _haul(self, stretch: Stretch) -> _Haul:
        if self._read is None or self._read.first != stretch.first:
            self._published_at = stretch.since
        self._read = stretch
        haul = _Haul(stretch=stretch, done=stretch.position)
        number = stretch.position + 1
        while number <= stretch.last and len(haul.items) < self._settings.batch_limit:
            answer = await self._upstream.ask(path_of(number), patient=True)
            if answer.verdict is Verdict.MISSING:
                if number - haul.done > self._settings.probe_ahead:
                    await self._on_many_missing(haul, number)
                    if haul.done < number:
                        return haul
                    number = haul.done
            elif not self._on_present(haul, number, answer):
                return haul
            number += 1
        haul.settle_holes(number - 1)
        return haul

    # What is there

    def _on_present(self, haul: _Haul, number: int, answer: Answer) -> bool:
        """True when this number is settled, and with it those before that were missing."""
        match answer.verdict:
            case Verdict.FOUND:
                item = self._item(number, answer.body)
            case Verdict.TOO_LARGE:
                item = rejected_item(number, answer.reason, body=b"", cursor=None)
            case Verdict.CUT:
                item = None
            case _:
                haul.wait = self._upstream.pause_after(answer)
                return False
        if item is None:
            item = self._after_cut(number, answer)
        if item is None:
            haul.wait = self._upstream.backoff(self._cut[1])
            return False
        haul.settle_holes(number - 1)
        haul.settle(number, item)
        return True

    def _item(self, number: int, body: bytes) -> FeedItem | None:
        """A killmail, or what can never be one; None when the body is cut off."""
        try:
            publication = decode_r2z2(body)
        except WireError as error:
            if error.malformed:
                return None
            return rejected_item(number, error.reason, body=body, cursor=None)
        self._published_at = publication.uploaded_at or self._published_at
        return FeedItem(
            cursor=None,
            arrival=arrival_of(publication, self._clock),
            notes=rewritten_by(publication, number),
        )

    def _after_cut(self, number: int, answer: Answer) -> FeedItem | None:
        """What a file that stays cut off is given up as; None when it is to be tried again."""
        self._cut = (number, self._cut[1] + 1 if self._cut[0] == number else 1)
        if self._cut[1] < self._settings.cut_tries:
            return None
        if answer.verdict is Verdict.CUT:
            return FeedItem(cursor=None, notes=(Hole(number),))
        return rejected_item(number, "cut off", body=answer.body, cursor=None)

    # What is not

    async def _on_many_missing(self, haul: _Haul, number: int) -> None:
        """Settle the missing numbers around `number`, unless the service has trouble."""
        border = await self._find_border(number, haul)
        if border is None:
            return
        first, last = haul.done + 1, border.number - 1
        if last - first < self._settings.holes_in_a_row:
            haul.settle_holes(last)
            return
        log.warning("feed gap: files expired before they were read", first=first, last=last)
        self.gap = (first, last)
        note = GapFound(first=first, last=last, since=self._published_at, until=border.until)
        haul.settle(last, FeedItem(cursor=None, notes=(note,)))

    async def _find_border(self, missing: int, haul: _Haul) -> _Border | None:
        present = _Border(number=haul.stretch.last + 1, until=haul.stretch.opened_at)
        while present.number - missing > 1:
            middle = (missing + present.number) // 2
            answer = await self._upstream.ask(path_of(middle), patient=True)
            if answer.verdict in PRESENT:
                present = _Border(number=middle, until=_published(answer) or present.until)
            elif answer.verdict is Verdict.MISSING:
                missing = middle
            else:
                haul.wait = self._upstream.pause_after(answer)
                return None
        return present


def _published(answer: Answer) -> datetime | None:
    try:
        return decode_r2z2(answer.body).uploaded_at
    except WireError:
        return None
