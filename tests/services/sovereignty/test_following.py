"""What becomes of a campaign from answer to answer, by cases and in any order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.sovereignty import Campaign, CampaignState, CampaignVerdict, Claim
from services.polling.source import Moment
from services.sovereignty.answers import CampaignAnswer
from services.sovereignty.following import Followed, Step, follow
from services.sovereignty.settings import SovereigntySettings
from services.sovereignty.verdicts import settle
from tests.services.sovereignty.made_up import (
    GOONS,
    HORDE,
    claim,
    listing,
    minutes,
    moment,
    sighting,
)

SETTINGS = SovereigntySettings()
NEW, STARTED, SCORE, ENDED = (
    OccurrenceKind.CAMPAIGN_NEW,
    OccurrenceKind.CAMPAIGN_STARTED,
    OccurrenceKind.CAMPAIGN_SCORE,
    OccurrenceKind.CAMPAIGN_ENDED,
)
SAME = None
NOTHING = listing()


@dataclass
class Watching:
    """One watcher of campaigns: what it knows, and all that it ever said."""

    known: dict[int, Followed] = field(default_factory=dict)
    said: list[Occurrence] = field(default_factory=list)

    def answer(self, answer: CampaignAnswer | None, when: Moment) -> list[OccurrenceKind]:
        ids = answer.sightings.keys() if answer else set()
        over = CampaignState.OVER
        mine = {
            key: one
            for key, one in self.known.items()
            if one.campaign.state is not over or key in ids
        }
        return self._take(follow(mine, answer, moment=when, settings=SETTINGS))

    def systems(self, holds: Claim | None, at: float) -> list[OccurrenceKind]:
        steps = [
            settle(one, holds, moment=moment(at), settings=SETTINGS) for one in self.known.values()
        ]
        return self._take([step for step in steps if step is not None])

    def _take(self, steps: Sequence[Step]) -> list[OccurrenceKind]:
        found: list[Occurrence] = []
        for step in steps:
            self.known[step.followed.campaign.id] = step.followed
            found += step.occurrences
        self.said += found
        return [one.kind for one in found]

    @property
    def campaign(self) -> Campaign:
        return self.known[1].campaign

    def state(self) -> CampaignState:
        return self.campaign.state


def test_from_announcement_to_verdict() -> None:
    watching = Watching()
    assert watching.answer(listing(sighting()), moment(0)) == [NEW]
    assert watching.answer(SAME, moment(59)) == []
    assert watching.state() is CampaignState.SCHEDULED
    # A 304 at the start tells it, too: the same answer holds the campaign still.
    assert watching.answer(SAME, moment(60)) == [STARTED]
    assert watching.answer(SAME, moment(61)) == []
    assert watching.answer(listing(sighting(defender=0.45, attackers=0.55)), moment(70)) == [SCORE]
    assert watching.answer(NOTHING, moment(80)) == []
    assert watching.state() is CampaignState.MISSING
    assert watching.systems(claim(), 90) == []
    assert watching.answer(SAME, moment(81)) == []
    assert watching.state() is CampaignState.GONE
    # What was true 5 minutes after it was gone may have been made before.
    assert watching.systems(claim(), 85) == []
    assert watching.systems(claim(HORDE, hub=7), 86) == [ENDED]
    assert watching.campaign.verdict is CampaignVerdict.LOST
    assert watching.campaign.ended == minutes(80)
    ended, moved = watching.said[-1], watching.said[2]
    assert (ended.word, ended.key, ended.others) == ("lost", "campaign-ended:1", (GOONS,))
    assert (moved.before, moved.after, moved.subject) == (0.6, 0.45, 1)
    assert watching.said[1].at == minutes(60)
    assert len({one.key for one in watching.said}) == 4
    assert all(len(one.key) <= 96 for one in watching.said)


def test_gone_before_its_start_it_was_called_off_at_once() -> None:
    watching = Watching()
    watching.answer(listing(sighting()), moment(0))
    assert watching.answer(NOTHING, moment(5)) == []
    assert watching.answer(NOTHING, moment(5.2)) == []
    assert watching.answer(NOTHING, moment(6)) == [ENDED]
    assert watching.campaign.verdict is CampaignVerdict.CANCELLED
    ground = "Gone at 18:05 EVE, before its start at 2026-11-20 19:00 EVE."
    assert watching.campaign.ground == ground


def test_first_missing_after_its_start_it_was_not_called_off() -> None:
    watching = Watching()
    watching.answer(listing(sighting(start=5)), moment(0))
    watching.answer(NOTHING, moment(5))
    assert watching.answer(NOTHING, moment(6)) == []
    assert watching.state() is CampaignState.GONE


def test_without_a_state_of_the_systems_its_end_is_unknown() -> None:
    watching = Watching()
    watching.answer(listing(sighting(start=-5)), moment(0))
    watching.answer(NOTHING, moment(1))
    watching.answer(SAME, moment(2))
    assert watching.answer(SAME, moment(120)) == []
    assert watching.answer(SAME, moment(121)) == [ENDED]
    assert watching.campaign.verdict is CampaignVerdict.UNKNOWN


def test_one_that_comes_back_is_alive_and_starts_once() -> None:
    watching = Watching()
    watching.answer(listing(sighting(start=10)), moment(0))
    assert watching.answer(SAME, moment(10)) == [STARTED]
    watching.answer(NOTHING, moment(11))
    assert watching.answer(listing(sighting(start=10)), moment(12)) == []
    assert watching.campaign.is_alive
    assert watching.campaign.ended is None


def test_one_that_comes_back_after_its_end_was_told_is_alive_and_tells_nothing() -> None:
    watching = Watching()
    watching.answer(listing(sighting()), moment(0))
    watching.answer(NOTHING, moment(1))
    assert watching.answer(NOTHING, moment(2)) == [ENDED]
    assert watching.answer(listing(sighting()), moment(3)) == []
    assert watching.state() is CampaignState.SCHEDULED
    assert watching.campaign.verdict is None
    assert watching.answer(SAME, moment(60)) == []
    watching.answer(NOTHING, moment(70))
    watching.answer(NOTHING, moment(71))
    assert watching.systems(claim(), 90) == []
    assert watching.campaign.verdict is CampaignVerdict.DEFENDED


@pytest.mark.parametrize(
    ("start", "later", "expected"),
    [
        (10, 10, [STARTED]),  # as announced
        (10, 30, []),  # put off
        (30, 10, [STARTED]),  # brought forward
    ],
)
def test_a_start_that_moves_is_told_when_it_comes(
    start: float, later: float, expected: list[OccurrenceKind]
) -> None:
    watching = Watching()
    watching.answer(listing(sighting(start=start)), moment(0))
    assert watching.answer(listing(sighting(start=later)), moment(15)) == expected
    assert STARTED in watching.answer(SAME, moment(40)) + expected


def test_a_start_that_is_put_off_after_it_was_told_is_told_again() -> None:
    watching = Watching()
    watching.answer(listing(sighting(start=10)), moment(0))
    assert watching.answer(SAME, moment(11)) == [STARTED]
    assert watching.answer(listing(sighting(start=40)), moment(12)) == []
    assert watching.state() is CampaignState.SCHEDULED
    assert watching.answer(SAME, moment(40)) == [STARTED]
    assert len({one.key for one in watching.said}) == 3


def test_one_that_runs_when_it_is_first_seen_is_new_and_started() -> None:
    watching = Watching()
    assert watching.answer(listing(sighting(start=-30)), moment(0)) == [NEW, STARTED]


def test_a_row_that_cannot_be_read_ends_nothing() -> None:
    watching = Watching()
    watching.answer(listing(sighting(start=-30)), moment(0))
    for number in range(1, 5):
        watching.answer(listing(complete=False), moment(number))
    assert watching.state() is CampaignState.RUNNING


def test_the_latest_scores_are_kept() -> None:
    watching = Watching()
    for number in range(100):
        now = listing(sighting(start=-5, defender=number / 100, attackers=1 - number / 100))
        watching.answer(now, moment(number))
    assert len(watching.campaign.scores) == 60
    assert watching.campaign.score is not None
    assert watching.campaign.score.defender == 0.99
    unknown = listing(sighting(start=-5, defender=None, attackers=None))
    assert watching.answer(unknown, moment(101)) == []
    assert watching.campaign.score.defender is None


_happenings = st.lists(
    st.tuples(
        st.sampled_from(["held", "moved", "same", "absent", "odd", "systems", "lost", "nobody"]),
        st.floats(min_value=0.2, max_value=90),
    ),
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@given(_happenings, st.floats(min_value=-10, max_value=200))
def test_whatever_comes_there_is_one_end_at_most_and_no_start_behind_it(
    happenings: list[tuple[str, float]], start: float
) -> None:
    watching, now = Watching(), 0.0
    held = {"systems": claim(), "lost": claim(None), "nobody": None}
    for what, passes in happenings:
        now += passes
        if what in held:
            watching.systems(held[what], now)
            continue
        score = 0.6 if what == "held" else (now % 10) / 10
        answers = {"same": SAME, "absent": NOTHING, "odd": listing(complete=False)}
        seen = listing(sighting(start=start, defender=score, attackers=1 - score))
        watching.answer(answers.get(what, seen), moment(now))
    kinds = [one.kind for one in watching.said]
    assert kinds.count(NEW) <= 1
    assert kinds.count(ENDED) <= 1
    assert kinds.count(STARTED) <= 1
    if ENDED in kinds:
        assert STARTED not in kinds[kinds.index(ENDED) :]
        assert kinds[0] is NEW
    for one in watching.known.values():
        assert (one.campaign.verdict is None) == (one.campaign.state is not CampaignState.OVER)
        assert one.campaign.is_alive or one.campaign.ended is not None
