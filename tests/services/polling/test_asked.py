"""Routes of the game's API as polled sources have them."""

import pytest

from services.esi.answer import EsiAnswer
from services.esi.errors import EsiRefused, EsiUnavailable, EsiUnreadable
from services.polling.asked import fetch_route
from services.polling.source import SourceFault
from tests.factories import EVENING


class Esi:
    """Answers with what it was given."""

    def __init__(self, answer: EsiAnswer | Exception) -> None:
        self._answer = answer

    async def get_changed(self, path: str, *, etag: str | None) -> EsiAnswer:
        assert (path, etag) == ("/incursions", "old")
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def answer(status: int, body: bytes = b"") -> EsiAnswer:
    return EsiAnswer(status=status, body=body, etag="new", expires_at=EVENING, modified_at=EVENING)


def read(body: bytes) -> int:
    if body == b"odd":
        raise EsiUnreadable("another shape")
    return len(body)


async def test_an_answer_carries_what_it_says_and_how_long_it_holds() -> None:
    found = await fetch_route(Esi(answer(200, b"four")), "/incursions", read, etag="old")
    assert (found.value, found.etag, found.expires_at) == (4, "new", EVENING)
    assert found.modified_at == EVENING
    same = await fetch_route(Esi(answer(304)), "/incursions", read, etag="old")
    assert same.value is None


@pytest.mark.parametrize(
    "given", [EsiUnavailable("ESI answered 502"), EsiRefused(404, "gone"), answer(200, b"odd")]
)
async def test_whatever_esi_does_is_a_fault_of_the_source(given: EsiAnswer | Exception) -> None:
    with pytest.raises(SourceFault, match=r"502|404|another shape"):
        await fetch_route(Esi(given), "/incursions", read, etag="old")
