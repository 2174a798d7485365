"""What commands and buttons answer about battles: asked of the services, drawn as cards.

Nothing here knows who asked, or Discord: a server's id, for its time zone and the sides that it moved, is all that a
card needs. The demo's page shows the same cards.
"""

from dataclasses import replace
from datetime import timedelta

import structlog

from bot.interaction.actions import ANYBODY, custom_id
from bot.interaction.backdrop import Backdrop, backdrop, ids_in_battles
from bot.interaction.battle_questions import BattleQuestion, HistoryQuestion
from bot.interaction.paging import Page, page_count
from bot.presentation.battle_history import history_page_count, ids_in_history, render_history
from bot.presentation.battle_lists import PAGE, BattleListView, render_battle_list
from bot.presentation.battle_reports import ids_in_report, render_report, report_page_count
from bot.presentation.battle_timeline import ids_in_timeline, render_timeline
from bot.presentation.battles import LOSSES, SIDES, TIMELINE
from bot.presentation.card import ActionButton, Card
from bot.presentation.lexicon import Lexicon
from bot.presentation.side_words import side_label
from services.container import Services
from services.domain.battle import Battle
from services.domain.battle_report import BattleReport
from services.domain.ids import GuildId
from services.rendering.errors import RenderError

_FURTHER = ((TIMELINE, "Timeline"), (LOSSES, "Losses"), (SIDES, "Sides"))
"""Buttons under a report: the same as under a card. Sides are a server's own: direct messages have no such button."""
log = structlog.get_logger()


async def battle_page(
    services: Services, guild_id: int | None, asked: BattleQuestion, *, number: int
) -> Page:
    """One page of `/battle list`, counted from 0; the last one when there are fewer."""
    now = services.clock()
    total = await services.battles.count_found(asked.search(now))
    pages = page_count(total, PAGE)
    page = min(number, pages - 1)
    search = asked.search(now, limit=PAGE, offset=page * PAGE)
    found = await services.battles.search(search)
    seen = await services.battle_sides.all_seen_by(found, _guild(guild_id))
    named = ids_in_battles(seen)
    if asked.entity_id is not None:
        named |= {asked.entity_id}
    scene = await backdrop(services, guild_id, ids=named)
    view = BattleListView(
        battles=tuple(seen),
        page=page,
        pages=pages,
        total=total,
        hours=asked.hours,
        asked=search,
    )
    card = render_battle_list(view, scene.lexicon, now=scene.now, zone=scene.zone)
    return Page(card=scene.finished(card), page=page, pages=pages)


async def report_page(
    services: Services, guild_id: int | None, public_id: str, *, number: int
) -> Page:
    """One page of `/battle show`, counted from 0; the last one when there are fewer. The first has the picture."""
    report = await report_of(services, guild_id, public_id)
    pages = report_page_count(report)
    page = min(number, pages - 1)
    scene = await backdrop(services, guild_id, ids=ids_in_report(report, page))
    picture = await _picture(services, report, scene) if page == 0 else None
    card = render_report(
        report, scene.lexicon, page=page, now=scene.now, zone=scene.zone, picture=picture
    )
    card = replace(card, buttons=(*card.buttons, *_further(report.battle, guild_id)))
    return Page(card=scene.finished(card), page=page, pages=pages)


async def timeline_card(services: Services, guild_id: int | None, public_id: str) -> Card:
    """How it went in time. Raises NotFound."""
    report = await report_of(services, guild_id, public_id)
    scene = await backdrop(services, guild_id, ids=ids_in_timeline(report))
    picture = await _picture(services, report, scene)
    card = render_timeline(report, scene.lexicon, now=scene.now, zone=scene.zone, picture=picture)
    return scene.finished(card)


async def history_page(
    services: Services, guild_id: int | None, asked: HistoryQuestion, *, number: int
) -> Page:
    """One page of `/battle history`, counted from 0; the last one when there are fewer."""
    history = await services.battle_history.history(
        asked.entity_id,
        since=services.clock() - timedelta(days=asked.days),
        guild_id=_guild(guild_id),
    )
    pages = history_page_count(history)
    page = min(number, pages - 1)
    scene = await backdrop(services, guild_id, ids=ids_in_history(history, page))
    card = render_history(history, scene.lexicon, page=page, now=scene.now, zone=scene.zone)
    return Page(card=scene.finished(card), page=page, pages=pages)


async def report_of(services: Services, guild_id: int | None, public_id: str) -> BattleReport:
    """All that is known of a battle, its sides as the server has put them. NotFound for an unknown id."""
    return await services.battle_reports.report(public_id, guild_id=_guild(guild_id))


def side_names(battle: Battle, lexicon: Lexicon) -> list[str]:
    """The largest party of each side and how many stood with it, raw, in the order of the battle's sides."""
    return [side_label(side, lexicon) for side in battle.sides]


async def _picture(services: Services, report: BattleReport, scene: Backdrop) -> bytes | None:
    """None where drawing fails or too many are being drawn: the card says so, and the rest in words."""
    try:
        return await services.pictures.battle(
            report, side_names=side_names(report.battle, scene.lexicon)
        )
    except (RenderError, ValueError, ArithmeticError, OSError) as error:
        log.warning(
            "battle goes without its picture", battle=report.battle.public_id, reason=str(error)
        )
        return None


def _further(battle: Battle, guild_id: int | None) -> tuple[ActionButton, ...]:
    return tuple(
        ActionButton(
            label=label, custom_id=custom_id(action, owner=ANYBODY, state=battle.public_id)
        )
        for action, label in _FURTHER
        if guild_id is not None or action != SIDES
    )


def _guild(guild_id: int | None) -> GuildId | None:
    return None if guild_id is None else GuildId(guild_id)
