"""One thread draws all pictures, one after another; what it drew is kept while there is room.

Drawing holds the processor for tenths of a second: in the event loop it would stall the gateway, in many threads it
would stall the machine. Pictures are kept by a key of their content, so that one asked twice is drawn once, also when
the second question comes while it is being drawn. An error reaches everybody who waits and is not kept.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

import structlog

from services.rendering.errors import RenderBusy, WorkerClosed
from services.rendering.settings import RenderingSettings

P = ParamSpec("P")
T = TypeVar("T")

_CLOSED = "pictures are no longer drawn: the process is going down"

log = structlog.get_logger(__name__)


class RenderWorker:
    """Use as `async with RenderWorker(settings) as worker`; all methods belong to the event loop's thread."""

    def __init__(self, settings: RenderingSettings | None = None) -> None:
        self._settings = settings or RenderingSettings()
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="render")
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._under_way: dict[str, asyncio.Task[bytes]] = {}
        self._waiting = 0
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def render(
        self, key: str, function: Callable[P, bytes], *args: P.args, **kwargs: P.kwargs
    ) -> bytes:
        """The picture of this key: kept, or being drawn for somebody else, or drawn now by `function(*args)`.

        Raises RenderBusy when too many wait, WorkerClosed after `close`, and whatever `function` raises. A caller that
        gives up does not take the picture from the others.
        """
        if (picture := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return picture
        task = self._under_way.get(key)
        if task is None:
            self._check_room()
            task = asyncio.create_task(
                self._draw(key, lambda: function(*args, **kwargs)), name=f"render {key}"
            )
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._finished(key, done))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            asker = asyncio.current_task()
            if task.cancelled() and asker is not None and not asker.cancelling():
                raise WorkerClosed(_CLOSED) from None
            raise

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in the drawing thread and keep nothing; raises like `render`."""
        self._check_room()
        return await self._in_thread(lambda: function(*args, **kwargs))

    async def close(self) -> None:
        """Refuse what comes, drop what has not begun, wait for what is being drawn."""
        if self._closed:
            return
        self._closed = True
        for task in tuple(self._under_way.values()):
            task.cancel()
        await asyncio.to_thread(self._executor.shutdown, wait=True, cancel_futures=True)

    def _check_room(self) -> None:
        if self._closed:
            raise WorkerClosed(_CLOSED)
        if self._waiting >= self._settings.max_waiting:
            raise RenderBusy

    async def _draw(self, key: str, function: Callable[[], bytes]) -> bytes:
        loop = asyncio.get_running_loop()
        begin = loop.time()
        picture = await self._in_thread(function)
        log.debug(
            "picture drawn", key=key, seconds=round(loop.time() - begin, 3), size=len(picture)
        )
        self._keep(key, picture)
        return picture

    async def _in_thread(self, function: Callable[[], T]) -> T:
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, function)
        finally:
            self._waiting -= 1

    def _finished(self, key: str, task: asyncio.Task[bytes]) -> None:
        self._under_way.pop(key, None)
        # Read the error even when every caller has gone, or asyncio complains about it later.
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("picture failed", key=key, error=repr(error))

    def _keep(self, key: str, picture: bytes) -> None:
        room = self._settings.cache_mebibytes * 1024 * 1024
        if len(picture) > room:
            return
        self._kept[key] = picture
        self._kept_bytes += len(picture)
        while self._kept_bytes > room:
            _, dropped = self._kept.popitem(last=False)
            self._kept_bytes -= len(dropped)
