"""One battle in full, by pages: an overview with its picture, organisations, ships of each side, pilots, losses.

All that the picture shows stands in words on the pages. What is no longer kept is said to be gone, and what a side
destroyed is told only where it is known whose work it was.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import discord

from bot.presentation import links, phrases, times
from bot.presentation.battle_words import (
    NO_PICTURE,
    battle_title_plain,
    related_line,
    ship_words,
)
from bot.presentation.battles import (
    battle_head,
    battle_links,
    colour_of,
    ids_in_battle,
    ids_in_losses,
    party_name,
)
from bot.presentation.card import Card, CardFile
from bot.presentation.figures import (
    HULL_ORDER,
    composition,
    hull_class_name,
    letter_of,
    letters,
    opponent,
    split_sides,
)
from bot.presentation.lexicon import Lexicon
from bot.presentation.side_words import (
    cost_line,
    lettered,
    loss_line,
    other_lines,
    others_title,
    pilot_of,
    side_label,
    side_title,
)
from bot.presentation.text import DESCRIPTION, FIELD_VALUE, MINUS, clamp, escape, fit, held
from services.domain.battle import Battle, BattleState, Party, ShipCount, Side
from services.domain.battle_report import BattleReport, PilotDeeds
from services.domain.space import HullClass

PICTURE = "battle.png"
PARTIES = 18
"""Organisations on one page."""
PILOTS = 8
"""Pilots told by damage, and again by final blows."""
LOSSES = 10
"""Most valuable losses told; the button *Losses* lists all."""
_OTHERS = 6
_RELATED = 24
"""Related pages linked: a day in one system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """What every page is drawn from."""

    report: BattleReport
    lexicon: Lexicon
    now: datetime
    zone: ZoneInfo

    @property
    def battle(self) -> Battle:
        return self.report.battle

    def page(self, title: str, lines: Sequence[str] = ()) -> discord.Embed:
        """A page about one thing; the battle's name stands above it."""
        embed = discord.Embed(
            title=title,
            url=links.main_page(self.battle).url,
            description=fit(lines, DESCRIPTION, more=lambda left: f"*{left} lines do not fit*"),
            colour=colour_of(self.battle),
        )
        return embed.set_author(name=battle_title_plain(self.battle, self.lexicon))


_Page = Callable[[_Sheet], discord.Embed]


def report_page_count(report: BattleReport) -> int:
    """How many pages it fills, at least one."""
    return len(_pages(report))


def ids_in_report(report: BattleReport, page: int) -> frozenset[int]:
    """Pilots and organisations that the page names, counted from 0."""
    pages = _pages(report)
    shown = pages[min(page, len(pages) - 1)]
    if shown is _losses:
        return ids_in_losses(report.losses[:LOSSES])
    if shown is _pilots:
        named = (*_by_damage(report), *_by_final_blows(report))
        parties = {one.organisation.id for one in named if one.organisation}
        return frozenset({int(one.character_id) for one in named} | parties)
    return ids_in_battle(report.battle)


def render_report(
    report: BattleReport,
    lexicon: Lexicon,
    *,
    page: int,
    now: datetime,
    zone: ZoneInfo,
    picture: bytes | None = None,
) -> Card:
    """A page, counted from 0; the last one when there are fewer. The picture and the links are on the first."""
    pages = _pages(report)
    page = min(page, len(pages) - 1)
    embed = pages[page](_Sheet(report=report, lexicon=lexicon, now=now, zone=zone))
    foot = [*_foot(report.battle, page, len(pages))]
    if picture is None and not page:
        foot.append(NO_PICTURE)
    embed.set_footer(text=" · ".join(foot))
    if page:
        return Card(embed=clamp(embed))
    buttons = battle_links(report.battle, lexicon)
    if picture is None:
        return Card(embed=clamp(embed), buttons=buttons)
    embed.set_image(url=f"attachment://{PICTURE}")
    file = CardFile(name=PICTURE, data=picture, description=_alt(report))
    return Card(embed=clamp(embed), buttons=buttons, files=(file,))


def _pages(report: BattleReport) -> list[_Page]:
    main, others = split_sides(report.battle)
    rows = [(side, party) for side in (*main, *others) for party in side.parties]
    pages: list[_Page] = [_overview]
    pages += [
        partial(_parties, rows=rows[at : at + PARTIES]) for at in range(0, len(rows), PARTIES)
    ]
    pages += [
        partial(_ships, sides=(side,), of=f"side {letter_of(report.battle, side)}")
        for side in main
        if side.hulls
    ]
    if any(side.hulls for side in others):
        pages.append(partial(_ships, sides=others, of="all others"))
    return [*pages, _pilots, _losses]


def _foot(battle: Battle, page: int, pages: int) -> Iterator[str]:
    yield f"Page {page + 1} of {pages}"
    yield battle.public_id
    if battle.state is BattleState.FROZEN and not page:
        yield "kept as it was: its oldest kills are no longer stored in full"


def _alt(report: BattleReport) -> str:
    return (
        f"Time line of {phrases.counted(report.battle.kills, 'kill')} and what they cost, by side, with capitals and "
        "structures marked, and a bar of the ships of each side."
    )


def _overview(sheet: _Sheet) -> discord.Embed:
    battle, lexicon = sheet.battle, sheet.lexicon
    embed = battle_head(battle, lexicon, now=sheet.now, zone=sheet.zone)
    if related := related_line(battle, lexicon, most=_RELATED):
        embed.description = f"{embed.description}\n{related}"
    main, others = split_sides(battle)
    for side in main:
        deeds = phrases.row((f"**{escape(side_label(side, lexicon))}**", *_deeds(battle, side)))
        lines = (deeds, cost_line(battle, side), composition(side.hulls, most=len(HULL_ORDER)))
        value = fit([line for line in lines if line], FIELD_VALUE, more=lambda _: "…")
        embed.add_field(name=side_title(battle, side), value=value, inline=False)
    if others:
        lines_of = other_lines(battle, others, lexicon, most=_OTHERS)
        value = fit(lines_of, FIELD_VALUE, more=lambda left: f"*and {left} more*")
        embed.add_field(name=others_title(others), value=value, inline=False)
    return embed


def _deeds(battle: Battle, side: Side) -> Iterator[str]:
    if side.kills:
        yield held(f"on {phrases.counted(side.kills, 'kill')}")
    if (other := opponent(battle, side)) is not None and other.losses:
        yield f"destroyed {phrases.bold_isk(other.isk_lost)}"


def _parties(sheet: _Sheet, *, rows: Sequence[tuple[Side, Party]]) -> discord.Embed:
    main, others = split_sides(sheet.battle)
    heads = {id(side): side_title(sheet.battle, side) for side in main}
    lines: list[str] = []
    above = ""
    for side, party in rows:
        head = heads.get(id(side)) or others_title(others)
        if head != above:
            lines += [*([""] if lines else []), f"**{head}**"]
            above = head
        lines += [party_name(party, sheet.lexicon), f"-# {party_figures(party)}"]
    return sheet.page("Organisations", lines)


def party_figures(party: Party) -> str:
    """`180 pilots · on 90 kills · lost 44, 18.1B · 98% sure`; how sure its side is, unless somebody moved it."""
    parts = [phrases.counted(party.pilots, "pilot") if party.pilots else "no pilot seen"]
    if party.kills:
        parts.append(f"on {phrases.counted(party.kills, 'kill')}")
    if party.losses:
        parts.append(f"lost {party.losses:,}, {party.isk_lost}")
    if party.certainty is not None and not party.moved:
        parts.append(f"{party.certainty:.0%} sure")
    if party.third:
        parts.append("third party")
    return phrases.row(held(part, 24) for part in parts)


def _ships(sheet: _Sheet, *, sides: Sequence[Side], of: str) -> discord.Embed:
    """Classes, heaviest first, each with its hulls; what was lost stands in brackets."""
    lexicon = sheet.lexicon
    fielded: Counter[HullClass] = Counter()
    lost: Counter[HullClass] = Counter()
    for hull in (hull for side in sides for hull in side.hulls):
        fielded[hull.hull_class] += hull.fielded
        lost[hull.hull_class] += hull.lost
    ships = _merged(sides)
    lines = [f"**{escape(side_label(sides[0], lexicon))}**"] if len(sides) == 1 else []
    for hull_class in HULL_ORDER:
        if not fielded[hull_class] and not lost[hull_class]:
            continue
        name = hull_class_name(hull_class).capitalize()
        gone = f" ({MINUS}{lost[hull_class]:,})" if lost[hull_class] else ""
        lines.append(f"**{name} {fielded[hull_class]:,}**{gone}")
        mine = [ship for ship in ships if lexicon.hull_class(ship.type_id) is hull_class]
        if mine:
            lines.append(phrases.row(ship_words(ship, lexicon) for ship in mine))
    lines.append(f"-# Fielded, and in brackets lost. {_unseen()}")
    return sheet.page(f"Ships of {of}", lines)


def _unseen() -> str:
    return "A ship that neither shot nor died is on no mail."


def _merged(sides: Sequence[Side]) -> list[ShipCount]:
    """The same hull of several sides in one count, most fielded first."""
    if len(sides) == 1:
        return list(sides[0].ships)
    counts: dict[int | None, ShipCount] = {}
    for ship in (ship for side in sides for ship in side.ships):
        before = counts.get(ship.type_id)
        counts[ship.type_id] = ShipCount(
            type_id=ship.type_id,
            fielded=ship.fielded + (before.fielded if before else 0),
            lost=ship.lost + (before.lost if before else 0),
        )
    return sorted(counts.values(), key=lambda ship: (-ship.fielded, ship.type_id or 0))


def _pilots(sheet: _Sheet) -> discord.Embed:
    report = sheet.report
    if not report.pilots:
        why = "no named pilot shot" if report.detailed else "who shot is no longer kept in full"
        return sheet.page("Pilots", [f"Nobody can be named: {why}."])
    embed = sheet.page("Pilots")
    told = (
        ("Most damage", [(one.damage, one) for one in _by_damage(report)]),
        ("Most final blows", [(one.final_blows, one) for one in _by_final_blows(report)]),
    )
    for name, ranked in told:
        lines = [f"**{figure:,}** {_pilot(one, sheet)}" for figure, one in ranked]
        if lines:
            value = fit(lines, FIELD_VALUE, more=lambda left: f"*{left} more do not fit*")
            embed.add_field(name=name, value=value, inline=False)
    return embed


def _pilot(one: PilotDeeds, sheet: _Sheet) -> str:
    lexicon = sheet.lexicon
    name = pilot_of(one.character_id, one.organisation, lexicon)
    hull = escape(lexicon.hull_name(one.ship_type_id)) if one.ship_type_id is not None else None
    letter = letters(sheet.battle).get(one.side) if one.side is not None else None
    return phrases.row((name, hull, f"side {letter}" if letter else None))


def _by_damage(report: BattleReport) -> list[PilotDeeds]:
    return [one for one in report.pilots if one.damage > 0][:PILOTS]


def _by_final_blows(report: BattleReport) -> list[PilotDeeds]:
    ranked = sorted(
        report.pilots, key=lambda one: (-one.final_blows, -one.damage, one.character_id)
    )
    return [one for one in ranked if one.final_blows][:PILOTS]


def _losses(sheet: _Sheet) -> discord.Embed:
    report, lexicon = sheet.report, sheet.lexicon
    side_of = lettered(report.battle)
    lines = []
    for number, loss in enumerate(report.losses[:LOSSES], start=1):
        small = (side_of(loss.organisation), times.eve(loss.time, now=sheet.now, zone=sheet.zone))
        lines += [f"{number}. {loss_line(loss, lexicon)}", f"-# {phrases.row(small)}"]
    unknown = sum(loss.value.isk is None for loss in report.losses)
    if unknown:
        lines.append(
            f"-# {phrases.counted(unknown, 'loss', 'losses')} without a known value come last."
        )
    if (left := len(report.losses) - LOSSES) > 0:
        lines.append(f"-# and {left:,} more: the button *Losses* lists all, with their fits.")
    return sheet.page("Most valuable losses", lines)
