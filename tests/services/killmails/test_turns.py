"""Who may search at a time."""

import asyncio
from typing import Any

import pytest

from services.domain.errors import UserError
from services.domain.filter import Filter
from services.killmails.searching import Searcher
from services.killmails.service import KillmailService
from services.killmails.trying import Trier
from services.killmails.turns import AT_ONCE, MOST_WAITING, Turns
from tests.factories import MIDNIGHT, universe
from tests.services.killmails.stored_kills import LATER


async def test_a_few_at_once_some_wait_and_the_rest_are_told() -> None:
    turns, go, inside = Turns(at_once=2, most_waiting=3), asyncio.Event(), list[int]()

    async def ask(number: int) -> None:
        async with turns.turn():
            inside.append(number)
            await go.wait()

    tasks = [asyncio.create_task(ask(number)) for number in range(6)]
    await asyncio.wait(tasks[5:])
    assert inside == [0, 1]
    with pytest.raises(UserError, match="Try again in a minute"):
        await tasks[5]
    tasks[2].cancel()
    await asyncio.wait(tasks[2:3])
    late = asyncio.create_task(ask(6))
    go.set()
    await asyncio.gather(*tasks[:2], *tasks[3:5], late)
    assert inside == [0, 1, 3, 4, 6], "in the order in which they came; who left gave up the place"
    await ask(7)


async def test_a_question_that_fails_gives_its_turn_back() -> None:
    turns = Turns(at_once=1, most_waiting=0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            async with turns.turn():
                raise ZeroDivisionError


async def test_searches_and_dry_runs_share_the_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nowhere: Any = None  # nobody gets so far as to ask
    service, go, begun = KillmailService(nowhere, universe()), asyncio.Event(), list[str]()

    async def wait(*_: object, **__: object) -> None:
        begun.append("one")
        await go.wait()

    for kind, name in ((Searcher, "search"), (Searcher, "heat"), (Trier, "try_filter")):
        monkeypatch.setattr(kind, name, wait)
    asked = [
        lambda: service.search(Filter(), since=MIDNIGHT, until=LATER),
        lambda: service.try_filter(Filter(), since=MIDNIGHT, until=LATER),
        lambda: service.heat_of(Filter(), MIDNIGHT, LATER),
    ]
    tasks = [asyncio.ensure_future(asked[n % 3]()) for n in range(AT_ONCE + MOST_WAITING + 3)]
    await asyncio.wait(tasks[-3:])
    assert len(begun) == AT_ONCE
    for task in tasks[-3:]:
        assert isinstance(task.exception(), UserError)
    go.set()
    await asyncio.gather(*tasks[:-3])
