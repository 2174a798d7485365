"""How a campaign is followed from one answer to the next. Pure; nothing is asked, nothing stored.

A campaign that an answer holds is scheduled or, from its start on, running. One that an answer does not hold is
missing, and gone when a second answer does not hold it either. Gone before its start, it was called off; else the
systems tell how it ended (`verdicts`). One that comes back is alive again, whatever was believed of it. Its end is told
once, and no start is ever told after it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.domain.killmail import Organisation, OrganisationKind, party
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.sovereignty import Campaign, CampaignState, CampaignVerdict, Score
from services.polling.source import Moment
from services.sovereignty.answers import CampaignAnswer, Sighting
from services.sovereignty.moments import minute
from services.sovereignty.settings import SovereigntySettings

_MOST_SCORES = 60
LISTED = (CampaignState.SCHEDULED, CampaignState.RUNNING)
"""The states of those that the answer before held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A campaign, and whether its end was told already."""

    campaign: Campaign
    told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What became of one campaign, and what is to be told of it."""

    followed: Followed
    occurrences: tuple[Occurrence, ...] = ()


def follow(
    known: Mapping[int, Followed],
    answer: CampaignAnswer | None,
    *,
    moment: Moment,
    settings: SovereigntySettings,
) -> list[Step]:
    """Every campaign that an answer tells something of, in the order of their ids.

    `known`: all that are not over, and those of the answer that are. `answer`: None for the last one once more.
    """
    return [
        step
        for campaign_id in sorted(known.keys() | (answer.sightings.keys() if answer else set()))
        if (step := _one(campaign_id, known, answer, moment=moment, settings=settings)) is not None
    ]


def _one(
    campaign_id: int,
    known: Mapping[int, Followed],
    answer: CampaignAnswer | None,
    *,
    moment: Moment,
    settings: SovereigntySettings,
) -> Step | None:
    before = known.get(campaign_id)
    if before is None:
        return _begin(answer.sightings[campaign_id], moment, settings) if answer else None
    state = before.campaign.state
    listed = campaign_id in answer.present if answer else state in LISTED
    if listed:
        sighting = answer.sightings.get(campaign_id) if answer else None
        return _see(before, sighting, moment=moment, settings=settings)
    if answer is not None and not answer.is_complete and state is not CampaignState.GONE:
        return None
    return _miss(before, moment=moment, settings=settings)


def _begin(sighting: Sighting, moment: Moment, settings: SovereigntySettings) -> Step:
    campaign = Campaign(
        id=sighting.id,
        event_type=sighting.event_type,
        system_id=sighting.system_id,
        constellation_id=sighting.constellation_id,
        structure_id=sighting.structure_id,
        defender_id=sighting.defender_id,
        start=sighting.start,
        state=_alive(sighting.start, moment),
        first_seen=moment.now,
        seen=moment.now,
        scores=_scores((), sighting, moment.at),
        participants=sighting.participants,
    )
    new = about(campaign, OccurrenceKind.CAMPAIGN_NEW, moment.at)
    new = replace(new, since=moment.since(settings.campaigns_pace))
    started = [] if campaign.start > moment.now else [_started(campaign)]
    return Step(followed=Followed(campaign=campaign), occurrences=(new, *started))


def _see(
    before: Followed, sighting: Sighting | None, *, moment: Moment, settings: SovereigntySettings
) -> Step:
    old = before.campaign
    campaign = _updated(old, sighting, moment)
    found = _moved(old, campaign, moment=moment, settings=settings)
    was_told = old.start <= old.seen
    if campaign.state is CampaignState.RUNNING and not was_told and not before.told:
        found.insert(0, _started(campaign))
    return Step(followed=replace(before, campaign=campaign), occurrences=tuple(found))


def _updated(old: Campaign, sighting: Sighting | None, moment: Moment) -> Campaign:
    """As the answer says; whatever was believed of its end is void."""
    start = sighting.start if sighting else old.start
    alive = replace(
        old,
        start=start,
        state=_alive(start, moment),
        seen=moment.now,
        verdict=None,
        ground=None,
        ended=None,
    )
    if sighting is None:
        return alive
    return replace(
        alive,
        event_type=sighting.event_type,
        system_id=sighting.system_id,
        constellation_id=sighting.constellation_id,
        structure_id=sighting.structure_id,
        defender_id=sighting.defender_id,
        scores=_scores(old.scores, sighting, moment.at),
        participants=sighting.participants,
    )


def _miss(before: Followed, *, moment: Moment, settings: SovereigntySettings) -> Step | None:
    """It is in no answer of this moment."""
    campaign = before.campaign
    if campaign.state in LISTED:
        missing = replace(campaign, state=CampaignState.MISSING, ended=moment.now)
        return Step(followed=replace(before, campaign=missing))
    first = campaign.ended or moment.now
    # A clock that was set back must not keep it missing: whatever the direction, time has passed.
    passed = abs(moment.now - first)
    if campaign.state is CampaignState.MISSING:
        if passed < timedelta(seconds=settings.absence_seconds):
            return None
        if first < campaign.start:
            start = f"{campaign.start:%Y-%m-%d %H:%M} EVE"
            ground = f"Gone at {first:%H:%M} EVE, before its start at {start}."
            return end(before, CampaignVerdict.CANCELLED, ground, moment=moment)
        return Step(followed=replace(before, campaign=replace(campaign, state=CampaignState.GONE)))
    if campaign.state is CampaignState.GONE and passed >= timedelta(
        minutes=settings.verdict_patience_minutes
    ):
        ground = (
            f"Gone at {first:%H:%M} EVE; who held the hub after that was not to be had in time."
        )
        return end(before, CampaignVerdict.UNKNOWN, ground, moment=moment)
    return None


def end(before: Followed, verdict: CampaignVerdict, ground: str, *, moment: Moment) -> Step:
    """It is over; told unless it was told before."""
    campaign = replace(before.campaign, state=CampaignState.OVER, verdict=verdict, ground=ground)
    ended = about(campaign, OccurrenceKind.CAMPAIGN_ENDED, moment.at)
    ended = replace(ended, ends=campaign.ended, word=verdict.value)
    return Step(
        followed=Followed(campaign=campaign, told=True),
        occurrences=() if before.told else (ended,),
    )


def defender(campaign: Campaign) -> Organisation | None:
    """Who defends; None where ESI does not say."""
    if campaign.defender_id is None:
        return None
    return party(campaign.defender_id, OrganisationKind.ALLIANCE)


def about(campaign: Campaign, kind: OccurrenceKind, at: datetime, *, tail: str = "") -> Occurrence:
    """What every occurrence of a campaign says. `tail`: what tells it from others of its kind."""
    whose = defender(campaign)
    return Occurrence(
        key=f"{kind}:{campaign.id}{tail}",
        kind=kind,
        at=at,
        systems=(campaign.system_id,),
        others=(whose,) if whose else (),
        starts=campaign.start,
        subject=campaign.id,
    )


def _started(campaign: Campaign) -> Occurrence:
    tail = f":{minute(campaign.start)}"
    return about(campaign, OccurrenceKind.CAMPAIGN_STARTED, campaign.start, tail=tail)


def _moved(
    old: Campaign, new: Campaign, *, moment: Moment, settings: SovereigntySettings
) -> list[Occurrence]:
    """The defender's share moved."""
    before = old.score.defender if old.score else None
    after = new.score.defender if new.score else None
    if before is None or after is None or before == after:
        return []
    tail = f":{round(moment.at.timestamp() * 1000)}"
    moved = about(new, OccurrenceKind.CAMPAIGN_SCORE, moment.at, tail=tail)
    since = moment.since(settings.campaigns_pace)
    return [replace(moved, since=since, before=before, after=after)]


def _alive(start: datetime, moment: Moment) -> CampaignState:
    return CampaignState.RUNNING if start <= moment.now else CampaignState.SCHEDULED


def _scores(before: tuple[Score, ...], sighting: Sighting, at: datetime) -> tuple[Score, ...]:
    """One more where they moved; the latest are kept."""
    new = (sighting.defender, sighting.attackers)
    last = (before[-1].defender, before[-1].attackers) if before else (None, None)
    return before if new == last else (*before, Score(at, *new))[-_MOST_SCORES:]
