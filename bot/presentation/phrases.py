"""Turns of phrase that several cards share, safe to stand in markdown (all outside text in them is escaped)."""

from collections.abc import Iterable

from bot.presentation import links
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import NAME, NO_BREAK, escape, link, short
from services.domain.ids import SystemId
from services.domain.isk import IskSum
from services.domain.killmail import Combatant, Organisation, OrganisationKind
from services.domain.space import HullClass

_CREWLESS = frozenset({HullClass.STRUCTURE, HullClass.DEPLOYABLE})


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 kill`, `1,204 kills`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def row(parts: Iterable[str | None]) -> str:
    """`24 pilots · on 28 kills · lost 13`, without what is empty. Where it wraps, no line begins with a dot."""
    return f"{NO_BREAK}· ".join(part for part in parts if part)


def isk(total: IskSum) -> str:
    """`3.20B ISK`, `at least ~3.20B ISK, 4 unpriced`, `unknown ISK`. The number alone carries the unit."""
    words = str(total)
    if words == "unknown":
        return "unknown ISK"
    number, comma, rest = words.partition(",")
    return f"{number} ISK{comma}{rest}"


def bold_isk(total: IskSum) -> str:
    """`**3.20B ISK**`, `**at least 3.20B ISK** (4 unpriced)`; the figure alone is bold."""
    number, comma, rest = isk(total).partition(", ")
    return f"**{number}** ({rest.replace(' ', NO_BREAK)})" if comma else f"**{number}**"


def destroyed(total: IskSum) -> str:
    """`**3.20B ISK** destroyed`, `**at least 3.20B ISK** destroyed, 4 unpriced`, `value of the losses unknown`."""
    words = str(total)
    if words == "unknown":
        return "value of the losses **unknown**"
    number, comma, rest = words.partition(",")
    return f"**{number} ISK** destroyed{comma}{rest}"


def tag(ticker: str | None) -> str:
    """` [TICK]`, escaped; nothing without a ticker."""
    return f" {escape(f'[{short(ticker, 12)}]')}" if ticker else ""


def organisation(
    lexicon: Lexicon, party: Organisation, *, limit: int = NAME, linked: bool = False
) -> str:
    """`Test Alliance Please Ignore [TEST]`; a party that is one pilot without a known name is called so."""
    name = short(_party_name(lexicon, party), limit)
    words = link(name, links.organisation_url(party)) if linked else escape(name)
    return words + tag(lexicon.ticker(party))


def organisation_plain(lexicon: Lexicon, party: Organisation, *, limit: int = NAME) -> str:
    """The same for author lines, where there is no markdown."""
    ticker = lexicon.ticker(party)
    return short(_party_name(lexicon, party), limit) + (f" [{short(ticker, 12)}]" if ticker else "")


def party_name(lexicon: Lexicon, party: Organisation, *, limit: int) -> str:
    """The bare name, raw and cut, for lines that hold several."""
    return short(_party_name(lexicon, party), limit)


def pilot(lexicon: Lexicon, character_id: int) -> str:
    """The pilot, linked; `a pilot` while the name is not known (the link still leads to the right one)."""
    name = lexicon.pilot_name(character_id)
    return link(short(name) if name else "a pilot", links.pilot_url(character_id))


def employer(lexicon: Lexicon, combatant: Combatant) -> str | None:
    """The pilot's corporation with its ticker, where it is known and says more than the alliance above it."""
    if combatant.corporation_id is None:
        return None
    party = Organisation(combatant.corporation_id, OrganisationKind.CORPORATION)
    known = lexicon.names.names.get(party.id) is not None or lexicon.npc_name(combatant)
    return organisation(lexicon, party, linked=True) if known else None


def hull(lexicon: Lexicon, combatant: Combatant) -> str:
    """The hull's name, escaped (type names are the game's, but a universe may be anybody's build)."""
    return escape(short(lexicon.hull_name(combatant.ship_type_id)))


def is_crewless(lexicon: Lexicon, combatant: Combatant) -> bool:
    """True for what never has a pilot: structures and deployables."""
    return lexicon.hull_class(combatant.ship_type_id) in _CREWLESS


def place(lexicon: Lexicon, system_id: SystemId) -> str:
    """`UW9B-F -0.1 · Curse · null-sec`, the system linked to DOTLAN (to zKillboard while it has no name)."""
    known = lexicon.universe.find_system(system_id)
    url = links.dotlan_url(known.name) if known else links.system_url(system_id)
    security = lexicon.security(system_id)
    head = link(lexicon.system_name(system_id), url) + (f" {security}" if security else "")
    region = lexicon.region_of(system_id)
    space = lexicon.space(system_id)
    parts = [head, escape(region) if region and region != space else None, space]
    return row(parts)


def _party_name(lexicon: Lexicon, party: Organisation) -> str:
    if party.kind is OrganisationKind.CHARACTER:
        return lexicon.pilot_name(party.id) or f"pilot #{party.id}"
    return lexicon.organisation_name(party)
