"""The fights of a pilot, corporation or alliance: how they went by ISK, beside whom and against whom.

A fight counts as won or lost only where the sides are clear and the values known; all others are open. ISK is that of
the sides it stood on, not its own share, and the card says so. Of who fought more often than is read, the title tells
since when: all figures are of that time.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, phrases
from bot.presentation.battle_lists import battle_block, entity_name
from bot.presentation.battles import ids_in_headline
from bot.presentation.card import Card
from bot.presentation.figures import letters
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import DESCRIPTION, NO_BREAK, SHORT_NAME, clamp, escape, fit
from services.domain.battle_history import BattleHistory, Company, Fight, FightOutcome

PAGE = 8
"""Fights on one page."""
COMPANY = 5
"""Allies, and enemies, named."""
_DAY = timedelta(days=1)
_OUTCOMES = {
    FightOutcome.WON: "**won** by ISK",
    FightOutcome.LOST: "**lost** by ISK",
    FightOutcome.OPEN: "open",
}


def history_page_count(history: BattleHistory) -> int:
    """How many pages it fills, at least one."""
    return max(1, -(-len(history.fights) // PAGE))


def ids_in_history(history: BattleHistory, page: int) -> frozenset[int]:
    """Everybody whom the page names, counted from 0."""
    companies = (*history.allies[:COMPANY], *history.enemies[:COMPANY])
    found = frozenset({history.entity_id, *(one.organisation.id for one in companies)})
    return found.union(*(ids_in_headline(fight.battle) for fight in _shown(history, page)))


def render_history(
    history: BattleHistory, lexicon: Lexicon, *, page: int, now: datetime, zone: ZoneInfo
) -> Card:
    """A page, counted from 0; the last one when there are fewer."""
    asked = phrases.counted(max(1, round((now - history.since) / _DAY)), "day")
    told = [] if history.fights else ["No fight that I have stored."]
    if history.fights and not page:
        told += [*_sum(history, lexicon), *_unread(history, asked), ""]
    told += [_block(fight, lexicon, now=now, zone=zone) for fight in _shown(history, page)]
    name = escape(entity_name(history.entity_id, lexicon))
    embed = discord.Embed(
        title=f"Fights of {name}, {_period(history, asked)}",
        description=fit(told, DESCRIPTION, more=lambda left: f"*and {left} more that do not fit*"),
        colour=colours.NEUTRAL,
    )
    if words := _foot(history, page):
        embed.set_footer(text=" · ".join(words))
    return Card(embed=clamp(embed))


def _period(history: BattleHistory, asked: str) -> str:
    """`last 30 days`; `since 2021-11-28 03:10 EVE` where not all of them were read."""
    if history.read >= history.total or not history.fights:
        return f"last {asked}"
    since = min(fight.battle.end for fight in history.fights)
    return f"since {since.astimezone(UTC):%Y-%m-%d %H:%M} EVE"


def _unread(history: BattleHistory, asked: str) -> Iterator[str]:
    if history.read < history.total:
        yield (
            f"-# There were {history.total:,} in the last {asked}: only the latest {history.read:,} are read, "
            "and these figures are of them"
        )


def _shown(history: BattleHistory, page: int) -> Sequence[Fight]:
    page = min(page, history_page_count(history) - 1)
    return history.fights[page * PAGE : (page + 1) * PAGE]


def _sum(history: BattleHistory, lexicon: Lexicon) -> Iterator[str]:
    """`**12 fights**: 5 won, 4 lost, 3 open`, the ISK of its sides, and whom it met."""
    won, lost, left = (history.count(outcome) for outcome in _OUTCOMES)
    fights = phrases.counted(len(history.fights), "fight")
    yield f"**{fights}**: {won} won by ISK, {lost} lost, {left} open"
    isk = (
        f"Its sides destroyed {phrases.bold_isk(history.isk_destroyed)}",
        f"lost {phrases.bold_isk(history.isk_lost)}",
    )
    yield phrases.row(isk)
    for title, companies in (("Beside", history.allies), ("Against", history.enemies)):
        if companies:
            yield f"**{title}** {_companies(companies, lexicon)}"
    yield "-# Open: sides unclear, a value unknown, no opponent, or nearly even"


def _block(fight: Fight, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> str:
    letter = letters(fight.battle).get(fight.side) if fight.side is not None else None
    stood = f"side {letter}" if letter else "on no side"
    outcome = phrases.row((_OUTCOMES[fight.outcome], stood))
    return battle_block(fight.battle, lexicon, now=now, zone=zone, note=outcome)


def _companies(companies: Sequence[Company], lexicon: Lexicon) -> str:
    """`Sigma Grindset [5IGMA] (9) · ...`: in how many fights."""
    told = [
        f"{phrases.organisation(lexicon, one.organisation, limit=SHORT_NAME)}{NO_BREAK}({one.fights:,})"
        for one in companies[:COMPANY]
    ]
    if (left := len(companies) - COMPANY) > 0:
        told.append(f"{left:,} more")
    return phrases.row(told)


def _foot(history: BattleHistory, page: int) -> list[str]:
    pages = history_page_count(history)
    return [f"Page {min(page, pages - 1) + 1} of {pages}"] if pages > 1 else []
