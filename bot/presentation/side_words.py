"""The sides of a battle in words, and what they lost.

A side is called by its letter, which is that of the pictures, and by its largest party.
"""

from collections.abc import Callable, Sequence

from bot.presentation import links, phrases
from bot.presentation.figures import letter_of, letters, sum_isk
from bot.presentation.kill_lines import value_mark
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import NO_BREAK, SHORT_NAME, escape, held, link, short
from services.domain.battle import Battle, Loss, Side, efficiency
from services.domain.ids import CharacterId
from services.domain.isk import format_isk
from services.domain.killmail import Organisation


def side_label(side: Side, lexicon: Lexicon, *, limit: int = SHORT_NAME) -> str:
    """`Fraternity. +5`: the largest party, and how many stood beside it. Raw text."""
    if not side.parties:
        return "somebody"
    first = phrases.party_name(lexicon, side.parties[0].organisation, limit=limit)
    others = len(side.parties) - 1
    return short(first, limit) + (f"{NO_BREAK}+{others}" if others else "")


def side_title(battle: Battle, side: Side) -> str:
    """`Side A · 412 pilots · 90 lost`."""
    name = f"Side {letter_of(battle, side)}" + (", third party" if side.third else "")
    crew = phrases.counted(side.pilots, "pilot") if side.pilots else "no pilot seen"
    lost = f"{side.losses:,} lost" if side.losses else "none lost"
    return f"{name} · {crew} · {lost}"


def cost_line(battle: Battle, side: Side) -> str:
    """`Lost **32.9B ISK** · efficiency 56%`; empty where there is nothing to tell."""
    told = []
    if side.losses:
        told.append(f"Lost {phrases.bold_isk(side.isk_lost)}")
    if (share := efficiency(battle, side)) is not None:
        tilde = "~" if battle.isk_destroyed.estimated else ""
        told.append(f"{'efficiency' if told else 'Efficiency'} {tilde}{share:.0%}")
    return phrases.row(told)


def lost_words(sides: Sequence[Side]) -> str:
    """`lost 12, 3.20B ISK`, `lost nothing`."""
    losses = sum(side.losses for side in sides)
    return f"lost {losses:,}, {phrases.isk(sum_isk(sides))}" if losses else "lost nothing"


def others_title(sides: Sequence[Side]) -> str:
    """What those are who are no main side."""
    third = sum(side.third for side in sides)
    if third == len(sides):
        return "Third parties" if third > 1 else "Third party"
    if third:
        return "Third parties and small sides"
    return "Small sides" if len(sides) > 1 else "Small side"


def other_lines(battle: Battle, sides: Sequence[Side], lexicon: Lexicon, *, most: int) -> list[str]:
    """A line for each of the first, and the rest summed."""
    mixed = len({side.third for side in sides}) > 1
    lines = []
    for side in sides[:most]:
        mark = " *third party*" if side.third and mixed else ""
        name = f"**{letter_of(battle, side)}** {escape(side_label(side, lexicon))}{mark}"
        lines.append(_other(name, (side,)))
    if rest := sides[most:]:
        lines.append(_other(f"*and {len(rest)} more*", rest))
    return lines


def _other(name: str, sides: Sequence[Side]) -> str:
    pilots = held(phrases.counted(sum(side.pilots for side in sides), "pilot"))
    return phrases.row((name, pilots, lost_words(sides)))


def lettered(battle: Battle) -> Callable[[Organisation | None], str | None]:
    """`side A` for a party; None for those of no side."""
    by_place = letters(battle)
    found = {
        party.organisation: f"side{NO_BREAK}{by_place[place]}"
        for place, side in enumerate(battle.sides)
        for party in side.parties
        if place in by_place
    }
    return lambda party: None if party is None else found.get(party)


def loss_line(loss: Loss, lexicon: Lexicon) -> str:
    """`[Avatar](…) **90.4B** · Ana Kaseros [TEST]`; whose it was, where that is known."""
    hull = link(lexicon.hull_name(loss.ship_type_id), links.kill_url(loss.killmail_id))
    return phrases.row((f"{hull} **{loss_worth(loss)}**", owner(loss, lexicon)))


def loss_worth(loss: Loss) -> str:
    """`90.4B`, `~1.20B` for an estimate, `value unknown`."""
    if loss.value.isk is None:
        return "value unknown"
    return f"{value_mark(loss.value)}{format_isk(loss.value.isk)}"


def owner(loss: Loss, lexicon: Lexicon) -> str | None:
    """`Ana Kaseros [TEST]`, or the organisation of what has no pilot; None for what NPCs own."""
    party = loss.organisation
    if loss.character_id is None:
        return phrases.organisation(lexicon, party, limit=SHORT_NAME) if party else None
    return pilot_of(loss.character_id, party, lexicon)


def pilot_of(character_id: CharacterId, party: Organisation | None, lexicon: Lexicon) -> str:
    """`Ana Kaseros [TEST]`, `Ana Kaseros · Test Alliance` where no ticker is known; a pilot alone is no party."""
    pilot = phrases.pilot(lexicon, character_id)
    if party is None or party.id == character_id:
        return pilot
    if (ticker := lexicon.ticker(party)) is not None:
        return pilot + phrases.tag(ticker)
    return phrases.row((pilot, phrases.organisation(lexicon, party, limit=SHORT_NAME)))
