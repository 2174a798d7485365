"""One thread, off the loop; drawn once per content; nobody takes another's picture away."""

import asyncio
import threading

import pytest

from services.domain.errors import UserError
from services.rendering.errors import RenderBusy, WorkerClosed
from services.rendering.settings import RenderingSettings
from services.rendering.worker import RenderWorker


class Painter:
    """Draws when it is let go, and notes how often and where."""

    def __init__(self, *, ready: bool = True) -> None:
        self.go = threading.Event()
        self.begun = threading.Event()
        self.threads: list[str] = []
        self.drawn: list[str] = []
        if ready:
            self.go.set()

    def paint(self, text: str, size: int = 1) -> bytes:
        self.threads.append(threading.current_thread().name)
        self.drawn.append(text)
        self.begun.set()
        assert self.go.wait(10)
        return text.encode() * size

    def fail(self) -> bytes:
        self.drawn.append("failed")
        raise ValueError("no paint")


async def test_a_kept_picture_is_not_drawn_again() -> None:
    painter = Painter()
    async with RenderWorker() as worker:
        first = await worker.render("a", painter.paint, "a")
        again = await worker.render("a", painter.paint, "a")
        await worker.render("b", painter.paint, "b")
    assert first == b"a"
    assert again is first
    assert painter.drawn == ["a", "b"]


async def test_the_loop_goes_on_while_the_thread_draws() -> None:
    painter = Painter(ready=False)
    async with RenderWorker() as worker:
        asked = asyncio.create_task(worker.render("a", painter.paint, "a"))
        # Were the picture drawn in the loop, nobody could ever say "go".
        assert await asyncio.to_thread(painter.begun.wait, 10)
        assert not asked.done()
        painter.go.set()
        assert await asked == b"a"
    assert painter.threads[0].startswith("render")
    assert painter.threads[0] != threading.current_thread().name


async def test_all_pictures_come_from_one_thread() -> None:
    painter = Painter()
    async with RenderWorker() as worker:
        await asyncio.gather(*(worker.render(str(i), painter.paint, str(i)) for i in range(12)))
    assert len(set(painter.threads)) == 1
    assert len(painter.drawn) == 12


async def test_who_asks_while_it_is_drawn_gets_the_same() -> None:
    painter = Painter(ready=False)
    async with RenderWorker() as worker:
        asked = [asyncio.create_task(worker.render("a", painter.paint, "a")) for _ in range(5)]
        assert await asyncio.to_thread(painter.begun.wait, 10)
        painter.go.set()
        assert await asyncio.gather(*asked) == [b"a"] * 5
    assert painter.drawn == ["a"]


async def test_one_who_gives_up_does_not_take_it_from_the_others() -> None:
    painter = Painter(ready=False)
    async with RenderWorker() as worker:
        first = asyncio.create_task(worker.render("a", painter.paint, "a"))
        second = asyncio.create_task(worker.render("a", painter.paint, "a"))
        assert await asyncio.to_thread(painter.begun.wait, 10)
        first.cancel()
        painter.go.set()
        assert await second == b"a"
        with pytest.raises(asyncio.CancelledError):
            await first
    assert painter.drawn == ["a"]


async def test_an_error_reaches_everybody_and_is_not_kept() -> None:
    painter = Painter()
    async with RenderWorker() as worker:
        answers = await asyncio.gather(
            worker.render("a", painter.fail),
            worker.render("a", painter.fail),
            return_exceptions=True,
        )
        assert [type(answer) for answer in answers] == [ValueError, ValueError]
        assert painter.drawn == ["failed"]
        assert await worker.render("a", painter.paint, "a") == b"a"


async def test_the_least_recently_asked_is_dropped_first() -> None:
    painter = Painter()
    half = 400 * 1024
    async with RenderWorker(RenderingSettings(cache_mebibytes=1)) as worker:
        for key in ("a", "b", "a", "c", "a", "b"):
            await worker.render(key, painter.paint, key, half)
    # c pushed b out, not a, which had been asked since.
    assert painter.drawn == ["a", "b", "c", "b"]


async def test_a_picture_larger_than_all_room_is_given_but_not_kept() -> None:
    painter = Painter()
    async with RenderWorker(RenderingSettings(cache_mebibytes=0)) as worker:
        assert await worker.render("a", painter.paint, "a") == b"a"
        assert await worker.render("a", painter.paint, "a") == b"a"
    assert painter.drawn == ["a", "a"]


async def test_too_many_are_refused_with_a_reply() -> None:
    painter = Painter(ready=False)
    async with RenderWorker(RenderingSettings(max_waiting=2)) as worker:
        asked = [asyncio.create_task(worker.render(key, painter.paint, key)) for key in "ab"]
        assert await asyncio.to_thread(painter.begun.wait, 10)
        with pytest.raises(RenderBusy, match="ask again") as refused:
            await worker.render("c", painter.paint, "c")
        assert isinstance(refused.value, UserError)
        painter.go.set()
        await asyncio.gather(*asked)
        assert await worker.render("c", painter.paint, "c") == b"c"


async def test_after_closing_nothing_is_drawn() -> None:
    painter = Painter()
    worker = RenderWorker()
    await worker.close()
    await worker.close()
    with pytest.raises(WorkerClosed):
        await worker.render("a", painter.paint, "a")
    with pytest.raises(WorkerClosed):
        await worker.run(painter.paint, "a")
    assert painter.drawn == []


async def test_closing_drops_what_waits_and_ends_the_thread() -> None:
    painter = Painter(ready=False)
    worker = RenderWorker()
    asked = [asyncio.create_task(worker.render(key, painter.paint, key)) for key in "ab"]
    assert await asyncio.to_thread(painter.begun.wait, 10)
    closing = asyncio.create_task(worker.close())
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [WorkerClosed, WorkerClosed]
    assert not closing.done()
    painter.go.set()
    await closing
    assert painter.drawn == ["a"]
