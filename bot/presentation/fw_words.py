"""Faction warfare in words: occurrences as a line or a title, shares, factions, roles. All of it is safe in markdown.

A share is told as the game tells it, in percent of what makes a system vulnerable; how fast it moves in points of a
hundred. What is not known is called unknown.
"""

from collections.abc import Callable

from bot.presentation import links, times
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import MINUS, NO_BREAK, escape, link, short
from services.domain.ids import FactionId, SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.warfare import Forecast, Role, WarzoneSystem

CALDARI, MINMATAR, AMARR, GALLENTE = (FactionId(500_000 + number) for number in (1, 2, 3, 4))
WARZONES = ((AMARR, MINMATAR), (CALDARI, GALLENTE))
"""The two warzones, each by those who fight over it."""
_SHORT = {
    CALDARI: "Caldari",
    MINMATAR: "Minmatar",
    AMARR: "Amarr",
    GALLENTE: "Gallente",
    FactionId(500_010): "Guristas",
    FactionId(500_011): "Angel Cartel",
}
_ROLES = {
    Role.FRONTLINE: "frontline",
    Role.COMMAND: "command operations",
    Role.REARGUARD: "rearguard",
}
LAWLESS = 5
"""The stage of corruption at which a system becomes lawless."""


def faction(lexicon: Lexicon, faction_id: FactionId) -> str:
    """`Caldari State`; `faction #id` for one that is newer than the universe. Escaped."""
    party = Organisation(faction_id, OrganisationKind.FACTION)
    return escape(short(lexicon.organisation_name(party)))


def short_faction(lexicon: Lexicon, faction_id: FactionId) -> str:
    """`Caldari`, where a line holds several. Escaped."""
    return _SHORT.get(faction_id) or faction(lexicon, faction_id)


def warzone_name(lexicon: Lexicon, pair: tuple[FactionId, FactionId]) -> str:
    """`Amarr-Minmatar warzone`."""
    return f"{short_faction(lexicon, pair[0])}-{short_faction(lexicon, pair[1])} warzone"


def zone_of(system: WarzoneSystem) -> tuple[FactionId, FactionId] | None:
    """The warzone that a system belongs to, by whoever occupies it, else owns it."""
    for faction_id in (system.occupier_id, system.owner_id):
        for pair in WARZONES:
            if faction_id in pair:
                return pair
    return None


def percent(share: float | None) -> str:
    """`42.3%`; `unknown` where it is not known. Short of vulnerable it is never rounded up to 100 %."""
    if share is None:
        return "unknown"
    tenths = round(share * 1000)
    if share < 1:
        tenths = min(tenths, 999)
    return f"{tenths / 10:.1f}%"


def points(share: float, *, digits: int = 1) -> str:
    """`+4.2 points`, of a hundred, signed; `0.0` has no sign."""
    told = f"{abs(share) * 100:.{digits}f}"
    sign = "" if not float(told) else "+" if share > 0 else MINUS
    return f"{sign}{told}{NO_BREAK}points"


def role(word: Role | str | None) -> str | None:
    """`command operations`; a word that is no role stays as it is."""
    if word is None:
        return None
    return _ROLES[Role(word)] if word in _ROLES else escape(str(word))


def forecast_words(forecast: Forecast, relative: Callable[..., str]) -> str:
    """`vulnerable <t:…:R> (<t:…:R> at the earliest, perhaps never)`. `relative` tells a moment."""
    latest = (
        "perhaps never" if forecast.latest is None else f"{relative(forecast.latest)} at the latest"
    )
    aim = "vulnerable" if forecast.vulnerable else "no longer contested"
    return (
        f"{aim} {relative(forecast.at)} ({relative(forecast.earliest)} at the earliest, {latest})"
    )


def system(lexicon: Lexicon, system_id: SystemId, *, region: bool = True) -> str:
    """`**Kourmonen** 0.4 (The Bleak Lands)`, the name linked to DOTLAN; `region`: False leaves that out."""
    known = lexicon.universe.find_system(system_id)
    url = links.dotlan_url(known.name) if known else links.system_url(system_id)
    security = lexicon.security(system_id)
    area = lexicon.region_of(system_id) if region else None
    name = f"**{link(lexicon.system_name(system_id), url)}**"
    return name + (f" {security}" if security else "") + (f" ({escape(area)})" if area else "")


def line(occurrence: Occurrence, lexicon: Lexicon) -> str:
    """What happened, where and to whom, in one line."""
    told = happened(occurrence, lexicon)
    if occurrence.system_id is None:
        return told[:1].upper() + told[1:]
    return f"{system(lexicon, occurrence.system_id)}: {told}"


def happened(occurrence: Occurrence, lexicon: Lexicon) -> str:
    """The same without the system, where that is said already."""
    return _HAPPENED[occurrence.kind](occurrence, lexicon)


def title(occurrence: Occurrence, lexicon: Lexicon) -> str:
    """The same for a title, which holds no link: what happened to which system."""
    if occurrence.system_id is None:
        return "Faction warfare"
    named = escape(lexicon.system_name(occurrence.system_id))
    return _TITLES[occurrence.kind](occurrence, lexicon, named)


def _party(lexicon: Lexicon, party: Organisation | None) -> str:
    if party is None:
        return "unknown"
    return escape(short(lexicon.organisation_name(party)))


def _flip(occurrence: Occurrence, lexicon: Lexicon) -> str:
    lost = f" from {_party(lexicon, occurrence.old)}" if occurrence.old else ""
    taken = f"**{_party(lexicon, occurrence.new)}** took it{lost}"
    reset = occurrence.starts
    # ESI names who took it only then: the hub fell before.
    return taken + (f", reset {times.duration(occurrence.at - reset)} before" if reset else "")


def _vulnerable(occurrence: Occurrence, lexicon: Lexicon) -> str:
    held = f", held by {_party(lexicon, occurrence.others[0])}" if occurrence.others else ""
    return f"**vulnerable**{held}: its hub can be attacked"


def _reset(occurrence: Occurrence, lexicon: Lexicon) -> str:
    before = f" from {percent(occurrence.before)}" if occurrence.before is not None else ""
    old = f"ESI still names {_holder(occurrence, lexicon)}"
    return f"reset to 0{before} at once, **probably taken**; {old}"


def _holder(occurrence: Occurrence, lexicon: Lexicon) -> str:
    """Who occupies it, as ESI says."""
    return _party(lexicon, occurrence.others[0]) if occurrence.others else "the old occupier"


def _safe(occurrence: Occurrence, lexicon: Lexicon) -> str:
    now = f", contested {percent(occurrence.after)} now" if occurrence.after is not None else ""
    was = "not taken after all" if occurrence.starts else "no longer vulnerable"
    return f"{was}, still held by {_holder(occurrence, lexicon)}{now}"


def _shift(occurrence: Occurrence) -> str:
    before, after = occurrence.before, occurrence.after
    if before is None or after is None:
        return "its contested share moved by much"
    # Where nobody looked for longer, it was as fast on the average, and nobody knows when.
    within = " within an hour" if occurrence.since is None else ""
    return f"contested {percent(before)} → {percent(after)}{within}"


def _shift_line(occurrence: Occurrence, _lexicon: Lexicon) -> str:
    before, after = occurrence.before, occurrence.after
    told = _shift(occurrence)
    return told if before is None or after is None else f"{told} ({points(after - before)})"


def _role(occurrence: Occurrence, _lexicon: Lexicon) -> str:
    return f"now **{role(occurrence.word) or 'unknown'}**"


def _started(occurrence: Occurrence, lexicon: Lexicon) -> str:
    return f"**{_party(lexicon, occurrence.new)}** started an insurgency from here"


def _stage(occurrence: Occurrence, _lexicon: Lexicon) -> str:
    what = escape(occurrence.word or "stage")
    before = "" if occurrence.before is None else f"{occurrence.before:.0f} → "
    after = "unknown" if occurrence.after is None else f"{occurrence.after:.0f} of {LAWLESS}"
    reached = occurrence.after is not None and occurrence.after >= LAWLESS
    lawless = ", lawless" if reached and what == "corruption" else ""
    return f"{what} {before}{after}{lawless}"


def _ended(occurrence: Occurrence, lexicon: Lexicon) -> str:
    party = occurrence.new or occurrence.old
    whose = f" of {_party(lexicon, party)}" if party else ""
    return f"the insurgency{whose} from here is over"


def _flip_title(occurrence: Occurrence, lexicon: Lexicon, named: str) -> str:
    taker = occurrence.new
    return f"{_party(lexicon, taker)} took {named}" if taker else f"{named} changed hands"


_TITLES: dict[OccurrenceKind, Callable[[Occurrence, Lexicon, str], str]] = {
    OccurrenceKind.FLIP: _flip_title,
    OccurrenceKind.VULNERABLE: lambda _told, _lexicon, named: f"{named} is vulnerable",
    OccurrenceKind.RESET: lambda _told, _lexicon, named: f"{named} was probably taken",
    OccurrenceKind.SAFE: lambda told, _lexicon, named: (
        f"{named} was not taken after all" if told.starts else f"{named} is no longer vulnerable"
    ),
    OccurrenceKind.SHIFT: lambda told, _lexicon, named: f"{named}: {_shift(told)}",
    OccurrenceKind.ROLE: lambda told, _lexicon, named: (
        f"{named}: now {role(told.word) or 'unknown'}"
    ),
    OccurrenceKind.INSURGENCY_STARTED: (
        lambda told, lexicon, named: f"Insurgency of {_party(lexicon, told.new)} from {named}"
    ),
    OccurrenceKind.INSURGENCY_STAGE: lambda told, lexicon, named: (
        f"{named}: {_stage(told, lexicon)}"
    ),
    OccurrenceKind.INSURGENCY_ENDED: lambda _told, _lexicon, named: (
        f"The insurgency from {named} is over"
    ),
}
_HAPPENED: dict[OccurrenceKind, Callable[[Occurrence, Lexicon], str]] = {
    OccurrenceKind.FLIP: _flip,
    OccurrenceKind.VULNERABLE: _vulnerable,
    OccurrenceKind.RESET: _reset,
    OccurrenceKind.SAFE: _safe,
    OccurrenceKind.SHIFT: _shift_line,
    OccurrenceKind.ROLE: _role,
    OccurrenceKind.INSURGENCY_STARTED: _started,
    OccurrenceKind.INSURGENCY_STAGE: _stage,
    OccurrenceKind.INSURGENCY_ENDED: _ended,
}
