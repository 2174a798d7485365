"""What a kill's card says, line by line, each line a part that an alert can leave out.

What the mail does not say is said to be missing or left out, never guessed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.presentation import phrases, times
from bot.presentation.figures import composition, hull_class_name
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import NO_BREAK, escape
from services.domain.alert import CardPart
from services.domain.battle import HullCount
from services.domain.ids import SystemId
from services.domain.isk import Value, ValueSource, format_isk
from services.domain.killmail import Combatant
from services.domain.message import Crew, KillSummary
from services.domain.space import Space

MANY = 5
"""Named attackers from which they are told by organisation and hull class, and not in one sentence."""
_CLASSES = 5
_NO_GATES = frozenset({Space.WORMHOLE, Space.ABYSSAL, Space.POCHVEN, Space.UNKNOWN})
"""Space to which a distance in light-years says nothing: no capital jumps there."""
_ASTRONOMICAL_UNIT = 149_597_870_700.0
_AT_THE_GATE = 10_000.0
_NEAR = 1e9
"""Metres up to which a distance is told in kilometres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """For whom a kill is drawn: at what moment, in which zone, and from which system they measure."""

    now: datetime
    zone: ZoneInfo
    home_id: SystemId | None = None


def body(kill: KillSummary, lexicon: Lexicon, reader: Reader) -> Iterator[tuple[CardPart, str]]:
    """All lines of the full card, in order."""
    yield CardPart.VALUE, f"**Value** {value_text(kill.value)}{_dropped(kill.value)}"
    yield CardPart.VICTIM, _victim(kill, lexicon)
    yield from _killers(kill, lexicon)
    yield CardPart.ATTACKERS, f"**Attackers** {_attackers(kill, lexicon)}"
    yield CardPart.PLACE, f"**Where** {phrases.place(lexicon, kill.system_id)}"
    if spot := _spot(kill, lexicon):
        yield CardPart.PLACE, f"**Nearest** {spot}"
    if far := distance(kill, lexicon, reader.home_id):
        yield CardPart.DISTANCE, f"**Distance** {far}"
    yield CardPart.TIME, f"**When** {_when(kill, reader)}"
    if notes := _notes(kill):
        yield CardPart.NOTES, f"**Note** {' · '.join(notes)}"


def value_text(value: Value) -> str:
    """`1.24B ISK`, `~350M ISK (estimate)`, `at least ~1.24B ISK (estimate, 2 stacks unpriced)`, `unknown (...)`."""
    if value.isk is None:
        return "unknown (no price known)"
    figure = f"{value_mark(value)}{format_isk(value.isk)} ISK"
    if value.source is ValueSource.TYPICAL:
        return f"{figure} (typical for hulls of its kind)"
    if not value.is_estimate:
        return figure
    if value.unpriced:
        return f"at least {figure} (estimate, {phrases.counted(value.unpriced, 'stack')} unpriced)"
    return f"{figure} (estimate)"


def value_mark(value: Value) -> str:
    """A tilde for what is not zKillboard's own figure."""
    return "~" if value.is_estimate else ""


def distance(kill: KillSummary, lexicon: Lexicon, home_id: SystemId | None) -> str | None:
    """`12 jumps, 7.34 ly from Amamake`; None without a home, or where one of the two systems is not known."""
    here = lexicon.universe.find_system(kill.system_id)
    home = lexicon.universe.find_system(home_id)
    if here is None or home is None:
        return None
    name = escape(home.name)
    if here.id == home.id:
        return f"in {name} itself"
    told = []
    jumps = lexicon.universe.jumps(home.id, here.id)
    if jumps is not None:
        told.append(phrases.counted(jumps, "jump"))
    if not {here.space, home.space} & _NO_GATES:
        told.append(_light_years(lexicon.universe.light_years(home.id, here.id)))
    if not told:
        return f"no way by gate from {name}"
    return f"{', '.join(told)} from {name}" + (", no way by gate" if jumps is None else "")


def combatant(lexicon: Lexicon, who: Combatant) -> str:
    """`Vex in a Moros · Pandemic Legion [-10.0]`, `Dire Pithum Ascriber · Guristas (NPC)`."""
    hull = phrases.hull(lexicon, who) if who.ship_type_id is not None else None
    party = who.organisation
    if who.character_id is not None:
        flown = phrases.pilot(lexicon, who.character_id) + (f" in {_article(hull)}" if hull else "")
        alone = party is None or party.id == who.character_id
        owner = None if alone or party is None else phrases.organisation(lexicon, party)
        return phrases.row((flown, owner))
    if party is not None:
        owner = phrases.organisation(lexicon, party)
        return f"{hull} of {owner}" if hull else owner
    npc = lexicon.npc_name(who)
    return phrases.row((hull, f"{escape(npc)} (NPC)" if npc else "an NPC"))


def attackers_sentence(kill: KillSummary, lexicon: Lexicon) -> str:
    """`140 pilots, mostly Pandemic Legion [-10.0] (71)`."""
    text = phrases.counted(kill.pilots, "pilot")
    if kill.leading is None:
        return text
    party = phrases.organisation(lexicon, kill.leading)
    everybody = kill.leading_pilots == kill.pilots
    return text + (f", all {party}" if everybody else f", mostly {party} ({kill.leading_pilots:,})")


def _light_years(far: float) -> str:
    """Fine enough to tell whether a hull can jump it."""
    return f"{far:.2f} ly" if far < 10 else f"{far:.1f} ly"


def _dropped(value: Value) -> str:
    """The part that burnt and the part that can be looted, where somebody says."""
    if value.isk is None or value.dropped is None:
        return ""
    if not value.dropped:
        return ", nothing dropped"
    mark, lost = value_mark(value), max(value.isk - value.dropped, 0.0)
    return f"\n{mark}{format_isk(lost)} destroyed, {mark}{format_isk(value.dropped)} dropped"


def _victim(kill: KillSummary, lexicon: Lexicon) -> str:
    victim = kill.victim
    corporation = phrases.employer(lexicon, victim)
    if victim.character_id is not None:
        name = phrases.pilot(lexicon, victim.character_id)
        return f"**Victim** {name}" + (f" · {corporation}" if corporation else "")
    party = victim.organisation
    owner = corporation or (phrases.organisation(lexicon, party, linked=True) if party else None)
    if owner is None:
        return "**Victim** not a player's"
    return f"**Owner** {owner}" + (
        "" if phrases.is_crewless(lexicon, victim) else " (nobody aboard)"
    )


def _killers(kill: KillSummary, lexicon: Lexicon) -> Iterator[tuple[CardPart, str]]:
    """The final blow, and who did most damage where that says more."""
    if kill.final_blow is not None:
        yield CardPart.FINAL_BLOW, f"**Final blow** {combatant(lexicon, kill.final_blow)}"
    if kill.top_damage is not None and kill.attackers > 1:
        same = kill.top_damage == kill.final_blow
        who = "the same" if same else combatant(lexicon, kill.top_damage)
        share = f"{kill.top_damage_share:.0%}"
        yield CardPart.TOP_DAMAGE, f"**Top damage** {phrases.row((share, who))}"


def _article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'AEIOUaeiou' else 'a'} {noun}"


def _attackers(kill: KillSummary, lexicon: Lexicon) -> str:
    if not kill.pilots and kill.npc:
        return f"NPCs only ({kill.attackers:,})"
    if not kill.pilots:
        return f"no named pilot, {phrases.counted(kill.attackers, 'entry', 'entries')} on the mail"
    nameless = kill.attackers - kill.pilots
    rest = f", and {nameless:,} without a pilot" if nameless > 0 else ""
    if kill.pilots < MANY or not kill.crews:
        return attackers_sentence(kill, lexicon) + rest
    lines = [_crew(crew, lexicon) for crew in kill.crews]
    if others := kill.pilots - sum(crew.pilots for crew in kill.crews):
        lines.append(f"- **{others:,}** other{'' if others == 1 else 's'}")
    return "\n".join([phrases.counted(kill.pilots, "pilot") + rest, *lines])


def _crew(crew: Crew, lexicon: Lexicon) -> str:
    """`- 71 Pandemic Legion [-10.0]` and what they flew below it; beside it where all flew the same."""
    head = f"- **{crew.pilots:,}** {phrases.organisation(lexicon, crew.organisation)}"
    if len(crew.classes) == 1:
        return phrases.row((head, hull_class_name(crew.classes[0][0])))
    counts = [HullCount(hull_class=kind, fielded=count, lost=0) for kind, count in crew.classes]
    flown = composition(counts, most=_CLASSES)
    return f"{head}\n-# {flown}" if flown else head


def _spot(kill: KillSummary, lexicon: Lexicon) -> str | None:
    """`gate to Otela`, with the distance where that is known; None for what the universe does not hold."""
    gate = lexicon.universe.find_gate(kill.location_id)
    if gate is None or gate.system_id != kill.system_id:
        return None
    to = f" to {escape(lexicon.system_name(gate.destination_id))}" if gate.destination_id else ""
    position = kill.position
    metres = gate.metres_to(position.x, position.y, position.z) if position else None
    if metres is None or metres < _AT_THE_GATE:
        return f"gate{to}"
    if metres < _NEAR:
        return f"gate{to}, {metres / 1000:,.0f} km off"
    return f"gate{to}, {metres / _ASTRONOMICAL_UNIT:,.2g} AU off"


def _when(kill: KillSummary, reader: Reader) -> str:
    told = f"{times.relative(kill.time)} · {times.eve(kill.time, now=reader.now, zone=reader.zone)}"
    if kill.received_at is None:
        return told
    late = times.duration(kill.received_at - kill.time).replace(" ", NO_BREAK)
    return f"{told} · reached me {late} later"


def _notes(kill: KillSummary) -> list[str]:
    told = (
        (kill.npc, "killed by NPCs alone"),
        (kill.solo, "solo kill"),
        (kill.awox, "awox: killed by its own side"),
        ("ganked" in kill.labels, "suicide gank"),
        (kill.war_id is not None, "in a declared war"),
    )
    return [words for holds, words in told if holds]
