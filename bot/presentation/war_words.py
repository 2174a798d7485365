"""What happens to wars, in words: the lines of news and lists, titles, and the parts that cards share.

All of it is safe in markdown: whatever is named from outside is escaped here. Moments are stamps that stay true, for
the game names the beginning and the end of a war beforehand.
"""

from datetime import datetime

from bot.presentation import links, phrases, times
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import SHORT_NAME, escape
from services.domain.killmail import Organisation
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.war import War

_SOMEBODY = "somebody"
_ALLIES = 5
"""Allies that are named; of more, how many there are."""


def line(occurrence: Occurrence, lexicon: Lexicon) -> str:
    """`[Alpha [A]](…) declared war on [Beta [B]](…), fighting may begin <t:…:R>`, with the war's page behind it."""
    told = _told(occurrence, lexicon)
    if occurrence.subject is None:
        return told
    return phrases.row((told, f"[war {occurrence.subject}]({links.war_url(occurrence.subject)})"))


def title(occurrence: Occurrence, lexicon: Lexicon) -> str:
    """`Alpha declared war on Beta`."""
    old, new = (_short(party, lexicon) for party in (occurrence.old, occurrence.new))
    match occurrence.kind:
        case OccurrenceKind.WAR_DECLARED:
            return f"{old} declared war on {new}"
        case OccurrenceKind.WAR_STARTED:
            return f"The war of {old} against {new} begins"
        case OccurrenceKind.WAR_ALLY:
            return f"{new} has a new ally against {old}"
        case _ if occurrence.word:
            return f"{old} retracted the war against {new}"
        case _:
            return f"The war of {old} against {new} {_ends(occurrence)}"


def state(war: War, now: datetime) -> str:
    """`**Over** 3 days ago`, `**Fighting** since …`, `**Declared**, fighting may begin …`."""
    if war.finished is not None and war.finished <= now:
        return f"**Over** {times.relative(war.finished)}"
    if war.finished is not None:
        back = "**Retracted**" if war.retracted is not None else "**Ending**"
        return f"{back}, fighting ends {times.relative(war.finished)}"
    if war.started is None:
        return "**Declared**, the beginning of the fighting is not known"
    if war.started > now:
        return f"**Declared**, fighting may begin {times.relative(war.started)}"
    return f"**Fighting** since {times.relative(war.started)}"


def parties(war: War, lexicon: Lexicon) -> str:
    """`[Alpha [A]](…) against [Beta [B]](…)`."""
    old, new = war.aggressor.party, war.defender.party
    return f"{_linked(old, lexicon)} against {_linked(new, lexicon)}"


def named(found: tuple[Organisation, ...], lexicon: Lexicon, *, most: int = _ALLIES) -> str:
    """`[Gamma [G]](…), [Delta [D]](…) and 3 more`."""
    told = ", ".join(_linked(party, lexicon) for party in found[:most])
    left = len(found) - most
    return f"{told} and {left:,} more" if left > 0 else told


def _told(occurrence: Occurrence, lexicon: Lexicon) -> str:
    old, new = (_linked(party, lexicon) for party in (occurrence.old, occurrence.new))
    starts, ends = occurrence.starts, occurrence.ends
    match occurrence.kind:
        case OccurrenceKind.WAR_DECLARED:
            begins = f", fighting may begin {times.relative(starts)}" if starts else ""
            allies = occurrence.others
            beside = f", whose allies are {named(allies, lexicon)}" if allies else ""
            return f"{old} declared war on {new}{beside}{begins}"
        case OccurrenceKind.WAR_STARTED:
            return f"{old} and {new} may fight from now on"
        case OccurrenceKind.WAR_ALLY:
            return f"{named(occurrence.others, lexicon) or _SOMEBODY} joined {new} against {old}"
        case _ if occurrence.word:
            until = f", fighting {_ends(occurrence)} {times.relative(ends)}" if ends else ""
            return f"{old} retracted the war against {new}{until}"
        case _:
            until = f" {times.relative(ends)}" if ends else ""
            return f"The war of {old} against {new} {_ends(occurrence)}{until}"


def _ends(occurrence: Occurrence) -> str:
    """The game may name the end of a war beforehand."""
    over = occurrence.ends is None or occurrence.ends <= occurrence.at
    return "ended" if over else "ends"


def _linked(party: Organisation | None, lexicon: Lexicon) -> str:
    if party is None:
        return _SOMEBODY
    return phrases.organisation(lexicon, party, limit=SHORT_NAME, linked=True)


def _short(party: Organisation | None, lexicon: Lexicon) -> str:
    if party is None:
        return _SOMEBODY
    return escape(phrases.party_name(lexicon, party, limit=SHORT_NAME))
