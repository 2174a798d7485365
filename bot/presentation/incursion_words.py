"""What happens to incursions, in words: the lines of news and lists, and titles. All of it is safe in markdown."""

from bot.presentation import phrases
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import escape
from services.domain.incursion import Incursion
from services.domain.killmail import OrganisationKind
from services.domain.occurrence import Occurrence, OccurrenceKind

SANSHA = 500_019
_TOLD = {
    OccurrenceKind.INCURSION_STARTED: "an incursion{} began",
    OccurrenceKind.INCURSION_MOBILIZING: "the incursion{} is mobilizing",
    OccurrenceKind.INCURSION_WITHDRAWING: "the incursion{} is withdrawing",
    OccurrenceKind.INCURSION_GONE: "the incursion{} is gone",
}
_TITLES = {
    OccurrenceKind.INCURSION_STARTED: "Incursion in {}",
    OccurrenceKind.INCURSION_MOBILIZING: "The incursion in {} is mobilizing",
    OccurrenceKind.INCURSION_WITHDRAWING: "The incursion in {} is withdrawing",
    OccurrenceKind.INCURSION_GONE: "The incursion in {} is gone",
}


def line(occurrence: Occurrence, lexicon: Lexicon) -> str:
    """`**Ala** 0.9 · Kador · high-sec: an incursion in Fora began, staging here, 7 systems, influence 62%`."""
    which = whose(occurrence, lexicon)
    if occurrence.subject is not None:
        which += f" in {escape(lexicon.constellation_name(occurrence.subject))}"
    details = [_TOLD[occurrence.kind].format(which), *_details(occurrence)]
    if occurrence.system_id is None:
        return ", ".join(details)
    return f"{phrases.place(lexicon, occurrence.system_id)}: {', '.join(details)}"


def title(occurrence: Occurrence, lexicon: Lexicon) -> str:
    """`Incursion in Fora (Kador)`."""
    where = "an unknown constellation"
    if occurrence.subject is not None:
        where = escape(lexicon.constellation_name(occurrence.subject))
    region = None if occurrence.system_id is None else lexicon.region_of(occurrence.system_id)
    return _TITLES[occurrence.kind].format(f"{where} ({escape(region)})" if region else where)


def influence(share: float) -> str:
    """`62%`. Short of all it is never rounded up to all, short of none never down to none."""
    percent = round(share * 100)
    if 0 < share < 1:
        percent = min(max(percent, 1), 99)
    return f"{percent}%"


def state(incursion: Incursion) -> str:
    """`mobilizing`; a state that is newer than this program as the game says it."""
    return escape(incursion.state)


def whose(occurrence: Occurrence, lexicon: Lexicon) -> str:
    """Nothing for Sansha's Nation, whom everybody expects; ` of` another faction."""
    factions = [one for one in occurrence.others if one.kind is OrganisationKind.FACTION]
    if not factions or factions[0].id == SANSHA:
        return ""
    return f" of {escape(lexicon.organisation_name(factions[0]))}"


def _details(occurrence: Occurrence) -> list[str]:
    """Of one that began or goes on: how many systems, how strong."""
    if occurrence.kind is OccurrenceKind.INCURSION_GONE:
        return []
    found = []
    if occurrence.kind is OccurrenceKind.INCURSION_STARTED:
        found = ["staging here", phrases.counted(len(occurrence.systems), "system")]
    if occurrence.after is not None:
        found.append(f"influence {influence(occurrence.after)}")
    return found
