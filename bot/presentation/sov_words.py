"""What happens to sovereignty, in words: the lines of news and lists, titles, and the parts that cards share.

All of it is safe in markdown: whatever is named from outside is escaped here.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.presentation import links, phrases, times
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import DASH, SHORT_NAME, escape, held, link, short
from services.domain.ids import SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.sovereignty import (
    Campaign,
    CampaignState,
    CampaignVerdict,
    Claim,
    Score,
    Window,
)

NOBODY = "nobody"
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
    OccurrenceKind.SKYHOOK: "skyhooks can be raided",
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


def window_state(window: Window | None, now: datetime) -> str:
    """`open now, until <in an hour>`, `opens <in 3 hours>`, `in overtime since …`, `window unknown`."""
    if window is None:
        return "window unknown"
    if now >= window.end:
        return f"**in overtime** since {times.relative(window.end)}"
    if window.is_open(now):
        return f"**open now**, closes {times.relative(window.end)}"
    return f"opens {times.relative(window.start)}"


def window_hours(window: Window) -> str:
    """`18:00-21:00 EVE`."""
    return f"{window.start:%H:%M}{DASH}{window.end:%H:%M} EVE"


def claim_holder(claim: Claim | None, lexicon: Lexicon) -> str:
    """Who holds it, linked; `unclaimed`; `not known` for a system that no answer told of."""
    if claim is None:
        return "not known"
    return "unclaimed" if claim.holder is None else holder_name(lexicon, claim.holder, linked=True)


def line(occurrence: Occurrence, lexicon: Lexicon) -> str:
    """One occurrence in one line, with its place."""
    place = system_link(lexicon, occurrence.system_id) if occurrence.system_id else "somewhere"
    return f"{place}: {_told(occurrence, lexicon)}"


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
    return told.format(place) if told else f"{place}: {escape(occurrence.kind.value)}"


def together(occurrences: Sequence[Occurrence], lexicon: Lexicon) -> str:
    """Systems that went the same way at once, in one line: `A → **B**: 40 systems in Delve (1DQ1-A, … and 28 more)`."""
    one, count = occurrences[0], len(occurrences)
    names = [escape(lexicon.system_name(o.system_id)) for o in occurrences if o.system_id]
    regions = dict.fromkeys(lexicon.region_of(o.system_id) for o in occurrences if o.system_id)
    where = ", ".join(escape(region) for region in list(regions)[:_REGIONS] if region)
    more = f" and {count - _NAMED} more" if count > _NAMED else ""
    systems = phrases.counted(count, "system") + (f" in {where}" if where else "")
    told = (
        f"{holder_name(lexicon, one.old)} → **{holder_name(lexicon, one.new)}**"
        if one.kind is OccurrenceKind.HOLDER
        else f"{holder_name(lexicon, one.old)} lost with the hubs"
    )
    return f"{told}: **{systems}** ({', '.join(names[:_NAMED])}{more})"


def plural(kind: OccurrenceKind, count: int) -> str:
    """The title of a message that tells several of a kind: `5 systems changed hands`."""
    return f"{count:,} {_PLURALS.get(kind, kind.value)}"


def _told(occurrence: Occurrence, lexicon: Lexicon) -> str:
    kind = occurrence.kind
    if kind in _CHANGES:
        return _change(occurrence, lexicon)
    defender = next(iter(occurrence.parties), None)
    whose = f" of {holder_name(lexicon, defender)}" if defender else ""
    match kind:
        case OccurrenceKind.CAMPAIGN_NEW:
            when = f", starts {_moment(occurrence.starts)}" if occurrence.starts else ""
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


def _change(occurrence: Occurrence, lexicon: Lexicon) -> str:
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
            return f"window {_hours(occurrence)}{of}"
        case OccurrenceKind.CAPITAL:
            whose = holder_name(lexicon, parties[0]) if parties else "an alliance"
            before = occurrence.systems[1:]
            left = f", before it {escape(lexicon.system_name(before[0]))}" if before else ""
            return f"capital of {whose}{left}"
        case _:
            return f"a skyhook can be raided {_hours(occurrence)}"


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


def _hours(occurrence: Occurrence) -> str:
    if occurrence.starts is None or occurrence.ends is None:
        return "at an unknown time"
    return window_hours(Window(start=occurrence.starts, end=occurrence.ends))


def _moment(moment: datetime) -> str:
    return f"{times.relative(moment)} ({moment:%Y-%m-%d %H:%M} EVE)"
