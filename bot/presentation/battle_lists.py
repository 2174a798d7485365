"""Battles by the page: `/battle list`, each in five short lines.

A list says at its head what was asked, so that a reader of the channel understands the answer without the question.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, links, phrases, times
from bot.presentation.battle_words import battle_name, by_hand, kind_name
from bot.presentation.battles import headline
from bot.presentation.card import Card
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import DESCRIPTION, clamp, escape, fit, held, link, short
from services.domain.battle import Battle, BattleSearch, BattleState
from services.domain.isk import format_isk

PAGE = 8
"""Battles on one page of a list."""
_MANY_PAGES = 5
"""A longer list says how to make it shorter."""
_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class BattleListView:
    """One page of `/battle list`. `page` counts from 0; `total` is over all pages."""

    battles: tuple[Battle, ...]
    page: int
    pages: int
    total: int
    hours: int
    """How far back was looked."""
    asked: BattleSearch = field(default_factory=BattleSearch)
    """All other conditions; its times, limit and offset are not told."""


def render_battle_list(
    view: BattleListView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """A page of battles, newest first as they come."""
    told = []
    if asked := asked_words(view.asked, lexicon):
        told.append(f"**Asked for** {escape(asked)}\n")
    told += [battle_block(battle, lexicon, now=now, zone=zone) for battle in view.battles[:PAGE]]
    if not view.battles:
        told.append(_nothing(view))
    embed = discord.Embed(
        title=f"Battles, last {hours_words(view.hours)}",
        description=fit(told, DESCRIPTION, more=lambda left: f"*and {left} more that do not fit*"),
        colour=colours.NEUTRAL,
    )
    if view.total:
        embed.set_footer(text=" · ".join(_list_foot(view)))
    return Card(embed=clamp(embed))


def hours_words(hours: int) -> str:
    """`24 hours`, `7 days`."""
    if hours > _DAY and hours % _DAY == 0:
        return phrases.counted(hours // _DAY, "day")
    return phrases.counted(hours, "hour")


def asked_words(asked: BattleSearch, lexicon: Lexicon) -> str:
    """`gate camps in Curse with The Initiative., at least 20 kills and 1.00B ISK`. Raw text; empty when all do."""
    words = list(_of_which(asked, lexicon))
    floors = list(_floors(asked))
    if floors:
        words.append(f"at least {' and '.join(floors)}")
    return ", ".join(words)


def battle_block(
    battle: Battle, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo, note: str | None = None
) -> str:
    """What and where, how large, who, when; the id that `/battle show` takes. `note`: a line more, markdown."""
    name = link(battle_name(battle, lexicon), links.main_page(battle).url)
    area = lexicon.area(links.main_page(battle).system_id)
    ongoing = battle.state is BattleState.OPEN
    head = phrases.row(
        (f"**{name}**", escape(area) if area else None, "**ongoing**" if ongoing else None)
    )
    figures = phrases.row(
        (
            f"**{phrases.counted(battle.kills, 'kill')}**",
            phrases.isk(battle.isk_destroyed),
            held(phrases.counted(battle.pilots, "pilot")),
            held(phrases.counted(battle.capitals, "capital")) if battle.capitals else None,
        )
    )
    # The list is in the order of the last kills, so that is what the relative time tells.
    span = times.span(battle.start, battle.end, now=now, zone=zone)
    when = f"-# {times.relative(battle.end)} · {span}"
    hand = "*sides changed by hand*" if by_hand(battle) else None
    who = phrases.row((escape(headline(battle, lexicon)), hand))
    lines = (head, figures, who, note, when, f"-# `{battle.public_id}`")
    return "\n".join(line for line in lines if line) + "\n"


def _of_which(asked: BattleSearch, lexicon: Lexicon) -> Iterator[str]:
    """Kind, place and people."""
    if asked.kind is not None:
        yield kind_name(asked.kind).lower()
    if asked.system_id is not None:
        yield f"in {lexicon.system_name(asked.system_id)}"
    if asked.region_id is not None:
        yield f"in {lexicon.region_name(asked.region_id)}"
    if asked.space is not None:
        yield f"in {lexicon.space_name(asked.space)}"
    if asked.entity_id is not None:
        yield f"with {entity_name(asked.entity_id, lexicon)}"


def entity_name(entity_id: int, lexicon: Lexicon) -> str:
    """The name of a pilot, corporation or alliance; `#id` while it is not known. Raw text."""
    known = lexicon.names.names.get(entity_id)
    return short(known.name) if known else f"#{entity_id}"


def _floors(asked: BattleSearch) -> Iterator[str]:
    if asked.min_kills:
        yield phrases.counted(asked.min_kills, "kill")
    if asked.min_isk:
        yield f"{format_isk(asked.min_isk)} ISK"
    if asked.min_pilots:
        yield phrases.counted(asked.min_pilots, "pilot")
    if asked.min_capitals:
        yield phrases.counted(asked.min_capitals, "capital")


def _nothing(view: BattleListView) -> str:
    """What to ask for instead; only what was asked can be asked less strictly."""
    wider = ["more hours"]
    if any(_floors(view.asked)):
        wider.append("less at once")
    if view.asked.region_id is not None or view.asked.system_id is not None:
        wider.append("another place")
    return f"No battle here. Ask for {' or '.join(wider)}."


def _list_foot(view: BattleListView) -> list[str]:
    words = [f"Page {view.page + 1} of {view.pages:,}"] if view.pages > 1 else []
    words.append(phrases.counted(view.total, "battle"))
    words.append("/battle show tells all of one")
    if view.pages > _MANY_PAGES:
        words.append("min_kills leaves small ones out")
    return words
