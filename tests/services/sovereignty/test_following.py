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
from services.sovereignty.following import Step, follow
from services.sovereignty.settings import SovereigntySettings
from services.sovereignty.verdicts import settle
from tests.services.sovereignty.made_up import (
    GOONS,
    HORDE,
    HUB,
    SYSTEM,
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

    known: dict[int, Campaign] = field(default_factory=dict)
    said: list[Occurrence] = field(default_factory=list)

    def answer(self, answer: CampaignAnswer | None, when: Moment) -> list[OccurrenceKind]:
        numbers = answer.sightings.keys() if answer else set()
        mine = [
            one
            for _, one in sorted(self.known.items())
            if one.state is not CampaignState.OVER or one.number in numbers
        ]
        return self._take(follow(mine, answer, moment=when, settings=SETTINGS))

    def systems(self, holds: Claim | None, at: float) -> list[OccurrenceKind]:
        steps = [
            settle(one, holds, moment=moment(at), settings=SETTINGS) for one in self.known.values()
        ]
        return self._take([step for step in steps if step is not None])

    def _take(self, steps: Sequence[Step]) -> list[OccurrenceKind]:
        found: list[Occurrence] = []
        for step in steps:
            self.known[step.campaign.id] = step.campaign
            found += step.occurrences
        self.said += found
        return [one.kind for one in found]

    @property
    def campaign(self) -> Campaign:
        return self.known[1]

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


def test_gone_before_its_start_it_was_called_off_after_a_while() -> None:
    watching = Watching()
    watching.answer(listing(sighting()), moment(0))
    watching.answer(SAME, moment(4))
    for at in (5, 6, 19.9):
        assert watching.answer(NOTHING, moment(at, before=at - 1)) == []
        assert watching.campaign.is_alive, "people are reminded of it still"
    assert watching.answer(NOTHING, moment(20, before=19.9)) == [ENDED]
    assert watching.campaign.verdict is CampaignVerdict.CANCELLED
    ground = "Gone at 18:05 EVE, before its start at 2026-11-20 19:00 EVE."
    assert watching.campaign.ground == ground


def test_a_time_without_answers_is_none_in_which_it_was_away() -> None:
    watching = Watching()
    watching.answer(listing(sighting(start=600)), moment(0))
    watching.answer(NOTHING, moment(5, before=4))
    assert watching.answer(NOTHING, moment(100, before=5)) == []
    assert watching.answer(NOTHING, moment(101, before=100)) == []
    assert watching.answer(SAME, moment(115, before=114)) == [ENDED]
    ground = "Gone some time between 18:00 and 19:40 EVE, before its start at 2026-11-21 04:00 EVE."
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


def test_one_that_comes_back_after_its_end_was_told_is_told_anew() -> None:
    watching = Watching()
    watching.answer(listing(sighting()), moment(0))
    watching.answer(NOTHING, moment(1))
    assert watching.answer(NOTHING, moment(16, before=15)) == [ENDED]
    assert watching.answer(listing(sighting()), moment(17)) == [NEW]
    first, again = watching.known.values()
    assert (again.number, again.id) == (1, first.next_id)
    assert again.state is CampaignState.SCHEDULED
    # What was told of its end stays, and is not held to be true.
    assert (first.state, first.verdict) == (CampaignState.OVER, CampaignVerdict.UNKNOWN)
    assert first.ground is not None
    assert first.ground.startswith("Gone at 18:01 EVE, before its start")
    assert first.ground.endswith("It is listed again since 2026-11-20 18:17 EVE.")
    assert watching.answer(SAME, moment(60)) == [STARTED]
    watching.answer(NOTHING, moment(70))
    watching.answer(NOTHING, moment(71))
    assert watching.systems(claim(), 90) == [ENDED]
    assert watching.known[again.id].verdict is CampaignVerdict.DEFENDED
    assert len({one.key for one in watching.said}) == 5
    assert all(len(one.key) <= 96 for one in watching.said)


def test_a_number_that_is_used_again_later_leaves_the_verdict_alone() -> None:
    watching = Watching()
    watching.answer(listing(sighting(start=-5)), moment(0))
    watching.answer(NOTHING, moment(10, before=9))
    watching.answer(NOTHING, moment(11))
    assert watching.systems(claim(), 20) == [ENDED]
    assert watching.answer(listing(sighting(start=3000)), moment(30)) == [NEW]
    assert watching.campaign.verdict is CampaignVerdict.DEFENDED


@pytest.mark.parametrize("other", [{"structure_id": HUB + 1}, {"system_id": SYSTEM + 1}])
def test_another_structure_or_system_is_another_campaign(other: dict[str, int]) -> None:
    watching = Watching()
    watching.answer(listing(sighting(start=-5)), moment(0))
    assert watching.answer(listing(sighting(start=90, **other)), moment(1)) == [NEW]
    first, second = watching.known.values()
    assert (first.state, second.state) == (CampaignState.MISSING, CampaignState.SCHEDULED)
    assert (second.number, watching.said[-1].subject) == (1, second.id)
    watching.answer(SAME, moment(2))
    assert watching.systems(claim(None), 9) == [ENDED]
    assert watching.said[-1].subject == first.id
    assert watching.answer(SAME, moment(90)) == [STARTED]
    assert watching.known[second.id].state is CampaignState.RUNNING


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
        st.sampled_from(
            ["held", "moved", "other", "same", "absent", "odd", "systems", "lost", "nobody"]
        ),
        st.floats(min_value=0.2, max_value=90),
    ),
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@given(_happenings, st.floats(min_value=-10, max_value=200))
def test_whatever_comes_each_has_one_end_at_most_and_no_start_behind_it(
    happenings: list[tuple[str, float]], start: float
) -> None:
    watching, now = Watching(), 0.0
    held = {"systems": claim(), "lost": claim(None), "nobody": None}
    for what, passes in happenings:
        before, now = now, now + passes
        if what in held:
            watching.systems(held[what], now)
            continue
        score = 0.6 if what == "held" else (now % 10) / 10
        answers = {
            "same": SAME,
            "absent": NOTHING,
            "odd": listing(complete=False),
            "other": listing(sighting(start=start, structure_id=HUB + 1)),
        }
        seen = listing(sighting(start=start, defender=score, attackers=1 - score))
        watching.answer(answers.get(what, seen), moment(now, before=before))
        if what in ("held", "moved", "other"):
            assert [one.structure_id for one in watching.known.values() if one.ended is None] == [
                HUB + (what == "other")
            ]
    for one in watching.known.values():
        kinds = [said.kind for said in watching.said if said.subject == one.id]
        assert kinds[0] is NEW
        assert (kinds.count(NEW), kinds.count(STARTED) <= 1) == (1, True)
        assert kinds.count(ENDED) == (one.state is CampaignState.OVER)
        assert ENDED not in kinds[:-1]
        assert (one.verdict is None) == (one.state is not CampaignState.OVER)
        assert one.is_alive or one.ended is not None
