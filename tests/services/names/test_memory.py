from datetime import timedelta

from services.domain.names import EntityName
from services.names.memory import NameMemory
from services.names.store import KnownName
from tests.factories import EVENING, HandClock


def known(entity_id: int, clock: HandClock) -> KnownName:
    return KnownName(
        id=entity_id, category="character", name=EntityName(name=str(entity_id)), fetched_at=clock()
    )


def test_the_least_used_go_first() -> None:
    clock = HandClock(EVENING)
    memory = NameMemory(3, clock=clock)
    memory.keep(known(i, clock) for i in (1, 2, 3))
    memory.recall([1])
    memory.keep([known(4, clock)])
    assert set(memory.recall([1, 2, 3, 4])) == {1, 3, 4}


def test_unknown_ids_are_bounded_and_expire() -> None:
    clock = HandClock(EVENING)
    memory = NameMemory(2, clock=clock)
    memory.keep_unknown(dict.fromkeys([1, 2, 3], clock() + timedelta(hours=1)))
    assert [memory.is_unknown(i) for i in (1, 2, 3)] == [False, True, True]
    clock.advance(seconds=3600)
    assert not memory.is_unknown(3)
