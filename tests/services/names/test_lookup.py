import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.trouble import Trouble
from services.esi.errors import EsiRefused, EsiUnavailable
from services.esi.reading import Reader
from services.names.lookup import Answer, Found, fetch_names
from tests.fakes.watch import Watch


class Registry:
    """ESI's rule in memory: one unknown id fails all. (The real thing over HTTP: test_service.)"""

    def __init__(self, unknown: set[int]) -> None:
        self.unknown = unknown
        self.asked: list[list[int]] = []
        self.errors = 0

    async def post_json(self, path: str, payload: object) -> bytes:
        assert path == "/universe/names"
        assert isinstance(payload, list)
        self.asked.append(payload)
        if self.unknown.intersection(payload):
            self.errors += 1
            raise EsiRefused(404, "Ensure all IDs are valid")
        rows = [{"id": str(i), "name": f"N{i}", "category": "character"} for i in payload]
        return json.dumps(rows).encode()

    async def get_json(self, path: str) -> Answer:
        raise AssertionError(path)


async def resolve(registry: Registry, ids: list[int]) -> tuple[dict[int, str], set[int]]:
    names: dict[int, str] = {}
    unknown: set[int] = set()

    async def sink(found: Found) -> None:
        assert not names.keys() & {item.id for item in found.names}, "handed over twice"
        names.update({item.id: item.name for item in found.names})
        unknown.update(found.unknown)

    await fetch_names(registry, ids, sink, reader=Reader())
    return names, unknown


async def test_one_question_when_all_are_known() -> None:
    registry = Registry(set())
    names, unknown = await resolve(registry, list(range(1, 1001)))
    assert (len(names), unknown, len(registry.asked)) == (1000, set(), 1)


@pytest.mark.parametrize("bad", [1, 500, 501, 1000])
async def test_one_bad_id_costs_few_errors(bad: int) -> None:
    registry = Registry({bad})
    names, unknown = await resolve(registry, list(range(1, 1001)))
    assert unknown == {bad}
    assert len(names) == 999
    assert registry.errors <= 11


async def test_right_half_is_not_asked_when_the_left_is_clean() -> None:
    registry = Registry({4})
    await resolve(registry, [1, 2, 3, 4])
    assert registry.asked == [[1, 2, 3, 4], [1, 2], [3], [4]]


@given(st.integers(1, 60), st.sets(st.integers(1, 60), max_size=20))
async def test_every_id_is_either_named_or_unknown(count: int, bad: set[int]) -> None:
    ids = list(range(1, count + 1))
    names, unknown = await resolve(Registry(bad), ids)
    assert unknown == bad.intersection(ids)
    assert set(names) == set(ids) - bad


class Saying:
    """Answers every question with the same body."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def post_json(self, path: str, payload: object) -> bytes:
        return self.body

    async def get_json(self, path: str) -> Answer:
        raise AssertionError(path)


async def test_id_left_out_of_an_answer_is_unknown() -> None:
    found: list[Found] = []

    async def sink(part: Found) -> None:
        found.append(part)

    body = b'[{"id":1,"name":"A","category":"character"},{"id":9,"name":"?","category":"x"}]'
    await fetch_names(Saying(body), [1, 2], sink, reader=Reader())
    assert [item.id for item in found[0].names] == [1]
    assert found[0].unknown == (2,)


@pytest.mark.parametrize("body", [b"{}", b"[", b'[{"id":1}]', b'[{"id":"x","name":"A"}]'])
async def test_answer_that_makes_no_sense_is_no_answer(body: bytes) -> None:
    async def sink(part: Found) -> None:
        pytest.fail(f"nothing was said, yet {part} was found")

    with pytest.raises(EsiUnavailable):
        await fetch_names(Saying(body), [1], sink, reader=Reader())


async def test_a_row_that_cannot_be_read_makes_nobody_unknown() -> None:
    found: list[Found] = []

    async def sink(part: Found) -> None:
        found.append(part)

    body = b'[{"id":1,"name":"A","category":"character"},{"id":2,"nom":"B"}]'
    watch = Watch()
    await fetch_names(Saying(body), [1, 2], sink, reader=Reader(watch))
    assert [item.id for item in found[0].names] == [1]
    assert found[0].unknown == ()
    assert (Trouble.ESI_SCHEMA, "/universe/names") in watch.open
