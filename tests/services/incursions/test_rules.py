"""What one answer after the other says of incursions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.ids import ConstellationId, FactionId, SystemId
from services.domain.occurrence import OccurrenceKind
from services.incursions.rules import Followed, Sighting, Sightings, Step, advance, is_doubtful
from services.polling.source import Moment
from tests.factories import EVENING

PACE = timedelta(minutes=5)
K = OccurrenceKind


def sighting(number: int = 1, state: str = "established", **fields: object) -> Sighting:
    systems = tuple(SystemId(30_000_000 + 10 * number + n) for n in range(3))
    made = Sighting(
        constellation_id=ConstellationId(20_000_000 + number),
        faction_id=FactionId(500_019),
        systems=systems,
        state=state,
        influence=0.5,
        has_boss=False,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def moment(minutes: float = 0, before: float | None = -5) -> Moment:
    at = EVENING + timedelta(minutes=minutes)
    last = None if before is None else EVENING + timedelta(minutes=before)
    return Moment(now=at, at=at, before=last)


class Story:
    """Answers one after the other, five minutes apart unless said otherwise."""

    def __init__(self) -> None:
        self.followed: tuple[Followed, ...] = ()
        self.minutes = 0.0
        self.told: list[str] = []

    def hears(self, *rows: Sighting, after: float = 5, whole: bool = True) -> Step:
        return self._take(Sightings(rows, whole=whole), after)

    def hears_the_same(self, after: float = 5) -> Step:
        return self._take(None, after)

    def _take(self, answer: Sightings | None, after: float) -> Step:
        before, self.minutes = self.minutes, self.minutes + after
        step = advance(self.followed, answer, moment(self.minutes, before), pace=PACE)
        self.followed = tuple(one for one in step.followed if one.incursion.gone is None)
        self.told += [one.key for one in step.found]
        return step


def kinds(step: Step) -> list[K]:
    return [one.kind for one in step.found]


def test_from_the_first_day_to_the_last() -> None:
    story = Story()
    (began,) = story.hears(sighting()).found
    assert (began.kind, began.at) == (K.INCURSION_STARTED, EVENING + PACE)
    assert began.key == "incursion-started:20000001:202611201805"
    assert (began.systems, began.subject) == (sighting().systems, 20_000_001)
    assert (began.after, began.word, began.since) == (0.5, "established", None)
    assert [party.id for party in began.others] == [500_019]
    assert kinds(story.hears(sighting(influence=0.9, has_boss=True))) == []
    (one,) = story.followed
    assert (one.incursion.influence, one.incursion.has_boss) == (0.9, True)
    assert one.incursion.state_since == EVENING + PACE
    assert kinds(story.hears(sighting(state="mobilizing"))) == [K.INCURSION_MOBILIZING]
    assert story.followed[0].incursion.state_since == EVENING + 3 * PACE
    assert kinds(story.hears_the_same()) == []
    assert story.followed[0].incursion.seen == EVENING + 4 * PACE, "it was said once more"
    assert kinds(story.hears(sighting(state="withdrawing"))) == [K.INCURSION_WITHDRAWING]
    assert kinds(story.hears()) == []
    (gone,) = story.hears().found
    assert (gone.kind, gone.after, gone.since) == (K.INCURSION_GONE, 0.5, None)
    assert story.followed == ()
    assert len(set(story.told)) == 4


def test_one_answer_without_it_is_an_oversight() -> None:
    story = Story()
    story.hears(sighting(1), sighting(2))
    assert kinds(story.hears(sighting(1))) == []
    assert kinds(story.hears(sighting(1), sighting(2))) == []
    assert kinds(story.hears(sighting(1))) == [], "counted anew"
    assert kinds(story.hears_the_same()) == [K.INCURSION_GONE], "the same answer is another one"


def test_rows_that_cannot_be_read_say_nothing_of_who_is_missing() -> None:
    story = Story()
    story.hears(sighting(1), sighting(2))
    for _ in range(3):
        assert kinds(story.hears(sighting(1), whole=False)) == []
    story.hears(sighting(1))
    assert kinds(story.hears(sighting(1), whole=False)) == []
    assert kinds(story.hears(sighting(1))) == [K.INCURSION_GONE]


@pytest.mark.parametrize(
    ("later", "after", "told"),
    [
        (sighting(), 5, []),
        (sighting(state="established"), 61, [K.INCURSION_GONE, K.INCURSION_STARTED]),
        (sighting(faction_id=FactionId(500_099)), 5, [K.INCURSION_GONE, K.INCURSION_STARTED]),
        (sighting(systems=(SystemId(1), SystemId(2))), 5, [K.INCURSION_GONE, K.INCURSION_STARTED]),
        (sighting(state="withdrawing"), 61, [K.INCURSION_WITHDRAWING]),
        (sighting(state="eclipsed"), 5, []),
    ],
)
def test_which_is_another_one_in_the_same_place(
    later: Sighting, after: float, told: list[K]
) -> None:
    """An old server's word within the hour is not: only after a gap can one have gone and another come."""
    story = Story()
    story.hears(sighting())
    story.hears(sighting(state="mobilizing"))
    assert kinds(story.hears(later, after=after)) == told
    (one,) = story.followed
    assert one.incursion.state == later.state


def test_those_of_the_first_answer_have_stood_nobody_knows_how_long() -> None:
    step = advance((), Sightings((sighting(),)), moment(before=None), pace=PACE)
    assert step.followed[0].incursion.state_since is None
    step = advance(
        step.followed, Sightings((sighting(state="mobilizing"),)), moment(5, 0), pace=PACE
    )
    assert step.followed[0].incursion.state_since == EVENING + PACE


def test_after_a_silence_it_is_told_since_when() -> None:
    story = Story()
    story.hears(sighting(1), sighting(2))
    moved = sighting(2, "eclipsed")
    (begun,) = story.hears(moved, sighting(3), after=40).found
    assert [one.incursion.state_since for one in story.followed] == [EVENING + PACE, None, None]
    (gone,) = story.hears(moved, sighting(3)).found
    assert (begun.kind, gone.kind) == (K.INCURSION_STARTED, K.INCURSION_GONE)
    assert begun.since == gone.since == EVENING + PACE
    (usual,) = story.hears(moved, sighting(3), sighting(4), after=6).found
    assert usual.since is None


@pytest.mark.parametrize(
    ("held", "rows", "doubtful"),
    [(0, 0, False), (1, 0, True), (2, 0, True), (2, 1, False), (3, 1, True), (5, 2, True), (5, 3, False)],
)  # fmt: skip
def test_fewer_than_half_is_hard_to_believe(held: int, rows: int, *, doubtful: bool) -> None:
    story = Story()
    story.hears(*(sighting(number) for number in range(held)))
    answer = Sightings(tuple(sighting(number) for number in range(rows)))
    assert is_doubtful(story.followed, answer) is doubtful
    gone = [replace(one, missed=1) for one in story.followed]
    assert not is_doubtful(gone, answer), "those that were missing already are not missed again"


ANSWERS = st.lists(
    st.one_of(
        st.none(),
        st.tuples(
            st.frozensets(st.integers(1, 3), max_size=3),
            st.sampled_from(["established", "mobilizing", "withdrawing"]),
            st.booleans(),
        ),
    ),
    max_size=25,
)


@settings(max_examples=50)
@given(ANSWERS)
def test_whatever_comes_each_one_begins_once_and_ends_once(
    answers: Sequence[tuple[frozenset[int], str, bool] | None],
) -> None:
    story = Story()
    for answer in answers:
        if answer is None:
            story.hears_the_same()
        else:
            numbers, state, whole = answer
            story.hears(*(sighting(n, state) for n in sorted(numbers)), whole=whole)
    assert len(set(story.told)) == len(
        [key for key in story.told if key.startswith(("incursion-started", "incursion-gone"))]
    ) + len({key for key in story.told if key.startswith(("incursion-mob", "incursion-with"))})
    begun = {key.partition(":")[2] for key in story.told if key.startswith("incursion-started")}
    for key in story.told:
        assert key.partition(":")[2] in begun, "nothing ends or moves that never began"
    alive = {one.incursion.key for one in story.followed}
    ended = {key.partition(":")[2] for key in story.told if key.startswith("incursion-gone")}
    assert begun == alive | ended
    assert not alive & ended
    assert len({one.incursion.constellation_id for one in story.followed}) == len(story.followed)
