"""Who fought beside whom, as it was read from who shot whom, and as members of a server put it right by hand.

What was moved is marked, with who did it: it counts on this server alone, and the certainty stays that of the reading.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import links, phrases, times
from bot.presentation.battle_words import battle_title, standing
from bot.presentation.battles import colour_of, party_name
from bot.presentation.card import Card
from bot.presentation.figures import split_sides
from bot.presentation.lexicon import Lexicon
from bot.presentation.side_words import others_title, side_title
from bot.presentation.text import DESCRIPTION, FIELD_VALUE, SHORT_NAME, clamp, fit, held
from services.domain.battle import Battle, BattleState, Party, SideMove

PARTIES = 10
"""Parties named per side: the largest, and all that were moved."""
_MOVES = 5
_NOTE = (
    "Choose a party below, then the side it fought on. It counts on this server alone, for everybody here, and can be "
    "taken back."
)


def render_sides(
    battle: Battle,
    moves: Sequence[SideMove],
    lexicon: Lexicon,
    *,
    now: datetime,  # noqa: ARG001 - as all cards are drawn
    zone: ZoneInfo,  # noqa: ARG001
) -> Card:
    """All sides with their parties. `battle` is as this server sees it, with its moves made."""
    note = None if battle.state is BattleState.FROZEN else _NOTE
    lines = (standing(battle, lexicon), note, *_moves(moves, lexicon))
    embed = discord.Embed(
        title=f"Sides: {battle_title(battle, lexicon)}",
        url=links.main_page(battle).url,
        description=fit([line for line in lines if line], DESCRIPTION, more=lambda _: "…"),
        colour=colour_of(battle),
    )
    main, others = split_sides(battle)
    for side in main:
        value = _parties(side.parties, lexicon)
        embed.add_field(name=side_title(battle, side), value=value, inline=False)
    if others:
        parties = [party for side in others for party in side.parties]
        embed.add_field(name=others_title(others), value=_parties(parties, lexicon), inline=False)
    embed.set_footer(text=battle.public_id)
    return Card(embed=clamp(embed))


def _parties(parties: Sequence[Party], lexicon: Lexicon) -> str:
    ranked = sorted(parties, key=lambda party: not party.moved)
    lines = [_party(party, lexicon) for party in ranked[:PARTIES]]
    left = len(ranked) - len(lines)
    if left:
        lines.append(f"*and {left} more*")
    return fit(lines, FIELD_VALUE, more=lambda gone: f"*and {gone + max(left - 1, 0)} more*")


def _party(party: Party, lexicon: Lexicon) -> str:
    known = party.certainty is not None and not party.moved
    parts = (
        phrases.counted(party.pilots, "pilot") if party.pilots else "no pilot seen",
        f"{party.certainty:.0%} sure" if known else None,
        "third party" if party.third else None,
    )
    return phrases.row((party_name(party, lexicon), *(held(part) for part in parts if part)))


def _moves(moves: Sequence[SideMove], lexicon: Lexicon) -> Iterator[str]:
    """The latest first."""
    for move in reversed(moves[-_MOVES:]):
        party = phrases.organisation(lexicon, move.party, limit=SHORT_NAME)
        to = (
            f"beside {phrases.organisation(lexicon, move.beside, limit=SHORT_NAME)}"
            if move.beside is not None
            else "to a side of its own"
        )
        yield f"-# {party} moved {to} by <@{move.by}> {times.relative(move.at)}"
    if (earlier := len(moves) - _MOVES) > 0:
        yield f"-# and {phrases.counted(earlier, 'move')} before that"
