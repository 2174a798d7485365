"""New keys and words are passed over, a bad row costs itself, and what nobody can read is told."""

import msgspec
import pytest

from services.domain.trouble import Trouble
from services.esi.errors import EsiUnavailable, EsiUnreadable
from services.esi.reading import Reader
from tests.services.esi.conftest import Watch

PATH = "/corporations/98000001?page=2"
SCHEMA = (Trouble.ESI_SCHEMA, "/corporations/{}")


class Row(msgspec.Struct):
    id: int
    name: str
    ticker: str | None = None


@pytest.fixture
def reader(watch: Watch) -> Reader:
    return Reader(watch)


def test_rows(reader: Reader, watch: Watch) -> None:
    found = reader.read_rows(
        b'[{"id": "1", "name": "A", "new": {"x": 1}}, {"id": 2, "name": "B"}]', Row, path=PATH
    )
    assert found.rows == [Row(1, "A"), Row(2, "B")]
    assert found.skipped == 0
    assert not watch.begun


def test_a_bad_row_costs_itself_and_is_told_once(reader: Reader, watch: Watch) -> None:
    body = b'[{"id": 1, "name": "A"}, {"id": 2}, {"id": 3, "name": "C"}]'
    for _ in range(3):
        found = reader.read_rows(body, Row, path=PATH)
        assert ([row.id for row in found.rows], found.skipped) == ([1, 3], 1)
    assert watch.begun == [SCHEMA]
    assert "1 of 3 rows" in watch.open[SCHEMA]
    reader.read_rows(b"[]", Row, path=PATH)
    assert not watch.open


@pytest.mark.parametrize(
    "body",
    [
        b'{"rows": []}',
        b'[{"id": 1}, {"id": 2}, {"id": 3, "name": "C"}]',
        b'[{"id": 1, "name": "A"}',
        b"[1, 2]",
        b"\xff",
        b"",
    ],
)
def test_another_shape_is_no_answer(reader: Reader, watch: Watch, body: bytes) -> None:
    with pytest.raises(EsiUnreadable) as caught:
        reader.read_rows(body, Row, path=PATH)
    assert isinstance(caught.value, EsiUnavailable)
    assert set(watch.open) == {SCHEMA}


def test_one(reader: Reader, watch: Watch) -> None:
    with pytest.raises(EsiUnreadable):
        reader.read(b'{"id": 1}', Row, path=PATH)
    assert set(watch.open) == {SCHEMA}
    assert reader.read(b'{"id": 1, "name": "A", "more": 2}', Row, path=PATH) == Row(1, "A")
    assert not watch.open
    assert watch.begun == [SCHEMA]
