"""Whoever asks while the universe is exchanged gets an answer of one build, never of two."""

import sys
import threading
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path

import pytest

from services.domain.space import HullClass
from services.universe.compile import build_universe
from services.universe.edition import Edition
from services.universe.model import NameKind, Prefer
from services.universe.universe import Universe
from tests.services.universe.small_export import NO_LEAST, write_folder
from tests.services.universe.update_bench import DELTA, newer

SWAPS = 3_000
ALPHA, BETA, GAMMA = 30000001, 30000002, 30000003
Question = Callable[[Universe], Hashable]
QUESTIONS: dict[str, Question] = {
    "jumps": lambda u: u.jumps(GAMMA, ALPHA),
    "route": lambda u: u.route(ALPHA, GAMMA, prefer=Prefer.SAFER, avoid=[31000001]),
    "within_jumps": lambda u: tuple(u.within_jumps(GAMMA, 1).items()),
    "light_years": lambda u: round(u.light_years(ALPHA, GAMMA), 6),
    "within_light_years": lambda u: tuple(u.within_light_years(BETA, 2.5)),
    "search": lambda u: u.search("alpa"),
    "find_by_name": lambda u: u.find_by_name("alpha prime", NameKind.SYSTEM),
    "hull_class": lambda u: u.hull_class(587),
    "is_ship": lambda u: u.is_ship(587),
    "pinned": lambda u: _several(u.pinned()),
}


def _several(u: Universe) -> Hashable:
    return u.build, u.systems[ALPHA].name, len(u.systems), u.jumps(ALPHA, DELTA), tuple(u.gates)


@pytest.fixture(scope="module")
def editions(old_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Edition, Edition]:
    """Two builds in which systems have other rows, and groups of types other categories."""
    content = newer()
    content["types"][0]["groupID"] = 1657
    content["types"][1]["groupID"] = 25
    content["groups"][0]["categoryID"], content["groups"][2]["categoryID"] = 65, 6
    folder = tmp_path_factory.mktemp("new")
    file = folder / "universe.bin"
    build_universe(write_folder(folder / "sde", content), file, least_rows=NO_LEAST)
    return Edition.read(old_file), Edition.read(file)


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    """Threads give way as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_answer_is_of_one_build(editions: tuple[Edition, Edition], question: str) -> None:
    ask = QUESTIONS[question]
    expected = {ask(Universe(edition)) for edition in editions}
    universe = Universe(editions[0])
    answers: set[Hashable] = set()
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                answers.add(ask(universe))
        except Exception as error:  # noqa: BLE001 - whatever a mixture raises, the test tells it
            failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(SWAPS):
        universe.replace(editions[number % 2])
    done.set()
    for reader in readers:
        reader.join()
    assert not failures
    assert answers
    assert answers <= expected


def test_the_builds_give_different_answers(editions: tuple[Edition, Edition]) -> None:
    old, new = (Universe(edition) for edition in editions)
    assert (old.hull_class(587), new.hull_class(587)) == (HullClass.FRIGATE, HullClass.OTHER)
    for name in set(QUESTIONS) - {"jumps", "route", "light_years", "is_ship"}:
        assert QUESTIONS[name](old) != QUESTIONS[name](new), name


def test_what_is_held_answers_from_the_new_build(editions: tuple[Edition, Edition]) -> None:
    old, new = editions
    universe = Universe(old)
    held, kept = universe.find_system, universe.pinned()
    universe.warm()
    universe.replace(new)
    assert held(DELTA) is not None
    assert universe.find_by_name("Delta", NameKind.SYSTEM) == DELTA
    assert universe.gates[DELTA] == (GAMMA,)
    assert (kept.build, kept.find_system(DELTA)) == (42, None)
