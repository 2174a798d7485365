"""What happens to sovereignty, in words: the lines of news and lists, titles, and the parts that cards share.

All of it is safe in markdown: whatever is named from outside is escaped here.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.presentation import links, phrases, times
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import SHORT_NAME, escape, held, link, short
from services.domain.ids import SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.occurrence import REMINDED, Occurrence, OccurrenceKind
from services.domain.sovereignty import (
    Campaign,
    CampaignState,
    CampaignVerdict,
    Claim,
    Score,
    Window,
    WindowPhase,
)

NOBODY = "nobody"
_ANOTHER_DAY = datetime(2000, 1, 1, tzinfo=UTC)
"""Lines are read on later days too: what lies ahead in them is told with its date."""
_NAMED, _REGIONS = 12, 3
VERDICTS = {
    CampaignVerdict.DEFENDED: "Defended",
    CampaignVerdict.LOST: "Lost",
    CampaignVerdict.CANCELLED: "Called off",
    CampaignVerdict.UNKNOWN: "Over, outcome unknown",
}
_STRUCTURES = {
    "ihub_defense": "sovereignty hub",
    "tcu_defense": "territorial claim unit",
    "station_defense": "station",
    "station_freeport": "station (freeport)",
}
_TITLES = {
    OccurrenceKind.CAMPAIGN_NEW: "New timer in {}",
    OccurrenceKind.CAMPAIGN_STARTED: "A contest began in {}",
    OccurrenceKind.CAMPAIGN_SCORE: "Scores moved in {}",
    OccurrenceKind.HOLDER: "{} changed hands",
    OccurrenceKind.HUB_LOST: "{} is unclaimed: its hub is lost",
    OccurrenceKind.WINDOW: "{} is vulnerable now",
    OccurrenceKind.CAPITAL: "Capital moved to {}",
    OccurrenceKind.SKYHOOK: "A skyhook in {} can be raided",
}
_PLURALS = {
    OccurrenceKind.CAMPAIGN_NEW: "new timers",
    OccurrenceKind.CAMPAIGN_STARTED: "contests began",
    OccurrenceKind.CAMPAIGN_SCORE: "scores moved",
    OccurrenceKind.CAMPAIGN_ENDED: "contests are over",
    OccurrenceKind.HOLDER: "systems changed hands",
    OccurrenceKind.HUB_LOST: "systems lost with their hubs",
    OccurrenceKind.ADM: "activity multipliers crossed a whole number",
    OccurrenceKind.WINDOW: "vulnerability windows opened",
    OccurrenceKind.CAPITAL: "capitals moved",
    OccurrenceKind.SKYHOOK: "skyhooks can be raided now or soon",
}


def structure_name(event_type: str) -> str:
    """`sovereignty hub`; a kind that is not known as the source says it."""
    return _STRUCTURES.get(event_type) or escape(short(event_type))


def defender_of(campaign: Campaign) -> Organisation | None:
    """Who defends; None where the source does not say."""
    if campaign.defender_id is None:
        return None
    return Organisation(campaign.defender_id, OrganisationKind.ALLIANCE)


def campaign_name(campaign: Campaign, lexicon: Lexicon) -> str:
    """`sovereignty hub in 1DQ1-A`."""
    place = escape(lexicon.system_name(campaign.system_id))
    return f"{structure_name(campaign.event_type)} in {place}"


def campaign_state(campaign: Campaign) -> str:
    """`Timer`, `Contested now`, `Defended`, ...: the first word of whatever tells of it."""
    if campaign.verdict is not None:
        return VERDICTS[campaign.verdict]
    if campaign.state is CampaignState.SCHEDULED:
        return "Timer"
    if campaign.state in (CampaignState.RUNNING, CampaignState.MISSING):
        return "Contested now" if campaign.start <= campaign.seen else "Timer"
    return "Over, verdict to come"


def percent(share: float | None) -> str:
    """`60%`; `unknown` where the source has none."""
    return "unknown" if share is None else f"{share:.0%}"


def score_words(score: Score | None) -> str:
    """`defender **60%**, attackers **40%**`."""
    if score is None or (score.defender is None and score.attackers is None):
        return "scores unknown"
    return f"defender **{percent(score.defender)}**, attackers **{percent(score.attackers)}**"


def who_gains(before: float | None, after: float | None) -> str | None:
    """`attackers gained 10 points`, by the defender's share; None where it did not move, or nobody knows."""
    if before is None or after is None:
        return None
    points = round((after - before) * 100)
    if not points:
        return None
    side = "defender" if points > 0 else "attackers"
    return f"{side} gained {phrases.counted(abs(points), 'point')}"


def adm_words(adm: float | None) -> str:
    """`ADM **4.2**`, `ADM unknown`."""
    return held("ADM unknown" if adm is None else f"ADM **{adm:.1f}**")


def holder_name(lexicon: Lexicon, holder: Organisation | None, *, linked: bool = False) -> str:
    """The holder with its ticker; `nobody`."""
    if holder is None:
        return NOBODY
    return phrases.organisation(lexicon, holder, limit=SHORT_NAME, linked=linked)


def system_link(lexicon: Lexicon, system_id: SystemId) -> str:
    """The system, linked to DOTLAN, with its region: `[1DQ1-A](…) (Delve)`."""
    known = lexicon.universe.find_system(system_id)
    url = links.dotlan_url(known.name) if known else links.system_url(system_id)
    region = lexicon.region_of(system_id)
    named = link(lexicon.system_name(system_id), url)
    return f"{named} ({escape(region)})" if region else named


def window_state(
    window: Window | None, now: datetime, *, as_of: datetime | None, contested: bool = False
) -> str:
    """`open now, closes <in an hour>`, `opens <in 3 hours>`, `in overtime since …`, `contested`, `window unknown`.

    Args:
        window: of a sovereignty hub or a skyhook.
        now: the time.
        as_of: when the answer that listed it was true (`Freshness.as_of`): only one after the end tells of overtime.
        contested: a contest over the hub is announced or under way: the game lists no window meanwhile.
    """
    if window is None:
        return "**contested**, no window meanwhile" if contested else "window unknown"
    opens, closes = times.relative(window.start), times.relative(window.end)
    match window.phase(now, as_of=as_of):
        case WindowPhase.AHEAD:
            return f"opens {opens}"
        case WindowPhase.OPEN:
            return f"**open now**, closes {closes}"
        case WindowPhase.OVERTIME:
            return f"**in overtime** since {closes}"
        case WindowPhase.ENDED:
            return f"closed or in overtime: its end was {closes}, no answer since"


def held_by(claim: Claim, lexicon: Lexicon) -> str:
    """`**Held by** Fraternity. [FRT]`, linked; `**Unclaimed**`."""
    if claim.holder is None:
        return "**Unclaimed**"
    return f"**Held by** {holder_name(lexicon, claim.holder, linked=True)}"


def line(occurrence: Occurrence, lexicon: Lexicon, *, zone: ZoneInfo = times.EVE_TIME) -> str:
    """One occurrence in one line, with its place; hours are told in EVE time, and in that zone beside it."""
    place = system_link(lexicon, occurrence.system_id) if occurrence.system_id else "somewhere"
    return f"{place}: {_told(occurrence, lexicon, zone=zone)}"


def title(occurrence: Occurrence, lexicon: Lexicon) -> str:
    """The title of a message that tells this one alone."""
    place = "somewhere"
    if occurrence.system_id is not None:
        place = escape(lexicon.system_name(occurrence.system_id))
    if occurrence.kind is OccurrenceKind.ADM:
        return f"{place}: activity multiplier {_direction(occurrence)}"
    if occurrence.kind is OccurrenceKind.CAMPAIGN_ENDED:
        return f"{_verdict(occurrence.word)}: {place}"
    told = _TITLES.get(occurrence.kind)
    if told and _lies_ahead(occurrence):
        told = f"{told} soon"
    return told.format(place) if told else f"{place}: {escape(occurrence.kind.value)}"


def together(occurrences: Sequence[Occurrence], lexicon: Lexicon, *, more: bool = False) -> str:
    """Systems that went the same way at once, in one line: `A → **B**: 40 systems in Delve (1DQ1-A, … and 28 more)`.

    `more`: others are not named at all, and may have gone the same way.
    """
    one, count = occurrences[0], len(occurrences)
    names = [escape(lexicon.system_name(o.system_id)) for o in occurrences if o.system_id]
    where = _regions(occurrences, lexicon)
    left = f" and {count - _NAMED} more" if count > _NAMED else ""
    systems = (
        ("at least " if more else "")
        + phrases.counted(count, "system")
        + (f" in {where}" if where else "")
    )
    told = (
        f"{holder_name(lexicon, one.old)} → **{holder_name(lexicon, one.new)}**"
        if one.kind is OccurrenceKind.HOLDER
        else f"{holder_name(lexicon, one.old)} lost with the hubs"
    )
    return f"{told}: **{systems}** ({', '.join(names[:_NAMED])}{left})"


def _regions(occurrences: Sequence[Occurrence], lexicon: Lexicon) -> str:
    """`Delve, Querious, Fountain and 2 more regions`, those with the most first; empty where none is on the map."""
    places = (lexicon.region_of(one.system_id) for one in occurrences if one.system_id)
    ranked = Counter(region for region in places if region).most_common()
    where = ", ".join(escape(region) for region, _ in ranked[:_REGIONS])
    left = len(ranked) - _REGIONS
    return f"{where} and {phrases.counted(left, 'more region')}" if left > 0 else where


def is_reminder(occurrence: Occurrence) -> bool:
    """It stands for a reminder: the timer is not new."""
    return occurrence.kind is OccurrenceKind.CAMPAIGN_NEW and occurrence.word == REMINDED


def plural(kind: OccurrenceKind, count: int) -> str:
    """The title of a message that tells several of a kind: `5 systems changed hands`."""
    return f"{count:,} {_PLURALS.get(kind, kind.value)}"


def _told(occurrence: Occurrence, lexicon: Lexicon, *, zone: ZoneInfo) -> str:
    kind = occurrence.kind
    if kind in _CHANGES:
        return _change(occurrence, lexicon, zone=zone)
    defender = next(iter(occurrence.parties), None)
    whose = f" of {holder_name(lexicon, defender)}" if defender else ""
    match kind:
        case OccurrenceKind.CAMPAIGN_NEW:
            moment = _moment(occurrence.starts, zone) if occurrence.starts else ""
            if is_reminder(occurrence):
                return f"reminder of the timer{whose}" + (f", set for {moment}" if moment else "")
            when = f", starts {moment}" if moment else ""
            return f"new timer{whose}{when}"
        case OccurrenceKind.CAMPAIGN_STARTED:
            return f"the contest{whose} began"
        case OccurrenceKind.CAMPAIGN_SCORE:
            gained = who_gains(occurrence.before, occurrence.after)
            moved = f"{percent(occurrence.before)} → {percent(occurrence.after)}"
            return f"defender{whose} {moved}" + (f" ({gained})" if gained else "")
        case OccurrenceKind.CAMPAIGN_ENDED:
            return f"{_verdict(occurrence.word).lower()}{whose and ', hub' + whose}"
        case _:
            return escape(kind.value)


def _change(occurrence: Occurrence, lexicon: Lexicon, *, zone: ZoneInfo) -> str:
    """What happened to a claim."""
    parties = occurrence.parties
    of = f", {holder_name(lexicon, parties[0])}" if parties else ""
    match occurrence.kind:
        case OccurrenceKind.HOLDER:
            old, new = (holder_name(lexicon, who) for who in (occurrence.old, occurrence.new))
            return f"{old} → **{new}**"
        case OccurrenceKind.HUB_LOST:
            return f"{holder_name(lexicon, occurrence.old)} lost it with its hub, nobody holds it"
        case OccurrenceKind.ADM:
            return f"ADM {_figure(occurrence.before)} → **{_figure(occurrence.after)}**{of}"
        case OccurrenceKind.WINDOW:
            return f"vulnerable {_span(occurrence, zone)}{of}"
        case OccurrenceKind.CAPITAL:
            whose = holder_name(lexicon, parties[0]) if parties else "an alliance"
            before = occurrence.systems[1:]
            left = f", before it {escape(lexicon.system_name(before[0]))}" if before else ""
            return f"capital of {whose}{left}"
        case _:
            return f"a skyhook can be raided {_span(occurrence, zone)}"


_CHANGES = frozenset(
    {
        OccurrenceKind.HOLDER,
        OccurrenceKind.HUB_LOST,
        OccurrenceKind.ADM,
        OccurrenceKind.WINDOW,
        OccurrenceKind.CAPITAL,
        OccurrenceKind.SKYHOOK,
    }
)


def _verdict(word: str | None) -> str:
    known = {verdict.value: words for verdict, words in VERDICTS.items()}
    return known.get(word or "", VERDICTS[CampaignVerdict.UNKNOWN])


def _direction(occurrence: Occurrence) -> str:
    if occurrence.before is None or occurrence.after is None:
        return "changed"
    return "fell" if occurrence.after < occurrence.before else "rose"


def _figure(adm: float | None) -> str:
    return "unknown" if adm is None else f"{adm:.1f}"


def _lies_ahead(occurrence: Occurrence) -> bool:
    """A skyhook is listed some time before it can be raided."""
    starts = occurrence.starts if occurrence.kind is OccurrenceKind.SKYHOOK else None
    return starts is not None and starts > occurrence.at


def _span(occurrence: Occurrence, zone: ZoneInfo) -> str:
    """`until <in an hour>, 2026-11-21 18:00-19:00 EVE (19:00-20:00 CET)`; of what lay ahead `soon, from <…>, …`."""
    starts, ends = occurrence.starts, occurrence.ends
    if starts is None or ends is None:
        return "at an unknown time"
    ahead = _lies_ahead(occurrence)
    moment = f"soon, from {times.relative(starts)}" if ahead else f"until {times.relative(ends)}"
    return f"{moment}, {times.span(starts, ends, now=_ANOTHER_DAY, zone=zone)}"


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{times.relative(moment)}, {times.eve(moment, now=_ANOTHER_DAY, zone=zone)}"
