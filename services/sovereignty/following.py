"""How a campaign is followed from one answer to the next. Pure; nothing is asked, nothing stored.

A campaign that an answer holds is scheduled or, from its start on, running. One that an answer does not hold is
missing, and gone when a second answer does not hold it either: the systems tell how it ended (`verdicts`). One that is
missing before its start was called off when it stays away for long. One that comes back before its end was told is
alive again. Its end is told once, and final: what is listed under its number after that is another one, with an id of
its own, and so is what stands there for another structure or system.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.domain.killmail import Organisation, OrganisationKind, party
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.sovereignty import Campaign, CampaignState, CampaignVerdict, Score
from services.polling.source import Moment
from services.sovereignty.answers import CampaignAnswer, Sighting
from services.sovereignty.moments import between, minute
from services.sovereignty.settings import SovereigntySettings

_MOST_SCORES = 60
LISTED = (CampaignState.SCHEDULED, CampaignState.RUNNING)
"""The states of those that the answer before held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What became of one campaign, and what is to be told of it."""

    campaign: Campaign
    occurrences: tuple[Occurrence, ...] = ()


def follow(
    known: Sequence[Campaign],
    answer: CampaignAnswer | None,
    *,
    moment: Moment,
    settings: SovereigntySettings,
) -> list[Step]:
    """What an answer tells, first of those that are known.

    `known`: all that are not over, and all that were ever listed under the answer's numbers, by id. `answer`: None for
    the last one once more.
    """
    alive = [one for one in known if one.state is not CampaignState.OVER]
    steps = [_go_on(one, answer, moment=moment, settings=settings) for one in alive]
    found = [step for step in steps if step is not None]
    return found + list(_begin_new(known, answer, moment=moment, settings=settings))


def _go_on(
    campaign: Campaign,
    answer: CampaignAnswer | None,
    *,
    moment: Moment,
    settings: SovereigntySettings,
) -> Step | None:
    if answer is None:
        is_listed, sighting = campaign.state in LISTED, None
    else:
        sighting = answer.sightings.get(campaign.number)
        is_listed = campaign.number in answer.present
        if sighting is not None and not _is_same(campaign, sighting):
            is_listed = False
        elif not is_listed and not answer.is_complete and campaign.state is not CampaignState.GONE:
            return None
    if is_listed:
        return _see(campaign, sighting, moment=moment, settings=settings)
    return _miss(campaign, moment=moment, settings=settings)


def _begin_new(
    known: Sequence[Campaign],
    answer: CampaignAnswer | None,
    *,
    moment: Moment,
    settings: SovereigntySettings,
) -> Iterator[Step]:
    """Those that are listed and none of the known that are not over; one that was over, as far as could be known."""
    latest = {one.number: one for one in sorted(known, key=lambda one: one.id)}
    followed = {_contest(one) for one in known if one.state is not CampaignState.OVER}
    for number, sighting in sorted(answer.sightings.items()) if answer else ():
        if _contest(sighting) in followed:
            continue
        before = latest.get(number)
        if before is not None and before.start == sighting.start and _is_same(before, sighting):
            yield Step(campaign=_not_over(before, moment))
        new_id = before.next_id if before is not None else number
        yield _begin(new_id, sighting, moment=moment, settings=settings)


def _contest(one: Campaign | Sighting) -> tuple[int, int, int]:
    """What it is about: one number may come to stand for another."""
    return one.number, one.structure_id, one.system_id


def _is_same(campaign: Campaign, sighting: Sighting) -> bool:
    return _contest(campaign) == _contest(sighting)


def _not_over(campaign: Campaign, moment: Moment) -> Campaign:
    """What was told of its end was wrong; that stays told, and is not held to be true."""
    ground = f"{campaign.ground or ''} It is listed again since {moment.now:%Y-%m-%d %H:%M} EVE."
    return replace(campaign, verdict=CampaignVerdict.UNKNOWN, ground=ground.strip())


def _begin(
    campaign_id: int, sighting: Sighting, *, moment: Moment, settings: SovereigntySettings
) -> Step:
    campaign = Campaign(
        id=campaign_id,
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
    return Step(campaign=campaign, occurrences=(new, *started))


def _see(
    old: Campaign, sighting: Sighting | None, *, moment: Moment, settings: SovereigntySettings
) -> Step:
    campaign = _updated(old, sighting, moment)
    found = _moved(old, campaign, moment=moment, settings=settings)
    if campaign.state is CampaignState.RUNNING and not old.has_begun:
        found.insert(0, _started(campaign))
    return Step(campaign=campaign, occurrences=tuple(found))


def _updated(old: Campaign, sighting: Sighting | None, moment: Moment) -> Campaign:
    """As the answer says."""
    start = sighting.start if sighting else old.start
    alive = replace(old, start=start, state=_alive(start, moment), seen=moment.now, ended=None)
    if sighting is None:
        return alive
    return replace(
        alive,
        event_type=sighting.event_type,
        constellation_id=sighting.constellation_id,
        defender_id=sighting.defender_id,
        scores=_scores(old.scores, sighting, moment.at),
        participants=sighting.participants,
    )


def _miss(campaign: Campaign, *, moment: Moment, settings: SovereigntySettings) -> Step | None:
    """It is in no answer of this moment."""
    if campaign.state in LISTED:
        missing = replace(campaign, state=CampaignState.MISSING, ended=moment.now)
        return Step(campaign=missing)
    first = campaign.ended or moment.now
    # A clock that was set back must not keep it missing: whatever the direction, time has passed.
    passed = abs(moment.now - first)
    if campaign.state is CampaignState.MISSING:
        if first < campaign.start:
            return _call_off(campaign, passed, moment=moment, settings=settings)
        if passed < timedelta(seconds=settings.absence_seconds):
            return None
        return Step(campaign=replace(campaign, state=CampaignState.GONE))
    if passed >= timedelta(minutes=settings.verdict_patience_minutes):
        when = between(campaign.seen, first, pace=settings.campaigns_pace)
        ground = f"Gone {when}; who held the hub after that was not to be had in time."
        return end(campaign, CampaignVerdict.UNKNOWN, ground, moment=moment)
    return None


def _call_off(
    campaign: Campaign, passed: timedelta, *, moment: Moment, settings: SovereigntySettings
) -> Step | None:
    """Over without a contest, once it was away for long; until then its start is still to be reckoned with.

    A time in which nobody could ask is none in which it was away.
    """
    long = timedelta(minutes=settings.cancel_minutes)
    if moment.before is not None and moment.at - moment.before >= long:
        return Step(campaign=replace(campaign, ended=moment.now))
    if passed < long:
        return None
    first = campaign.ended or moment.now
    when = between(campaign.seen, first, pace=settings.campaigns_pace)
    ground = f"Gone {when}, before its start at {campaign.start:%Y-%m-%d %H:%M} EVE."
    return end(campaign, CampaignVerdict.CANCELLED, ground, moment=moment)


def end(campaign: Campaign, verdict: CampaignVerdict, ground: str, *, moment: Moment) -> Step:
    """It is over."""
    over = replace(campaign, state=CampaignState.OVER, verdict=verdict, ground=ground)
    ended = about(over, OccurrenceKind.CAMPAIGN_ENDED, moment.at)
    ended = replace(ended, ends=over.ended, word=verdict.value)
    return Step(campaign=over, occurrences=(ended,))


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
