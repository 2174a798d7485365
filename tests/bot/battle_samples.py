"""One battle in full, its history and a fit, as commands draw them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from bot.presentation.battle_history import history_page_count, render_history
from bot.presentation.battle_lists import BattleListView, render_battle_list
from bot.presentation.battle_losses import PAGE, LossesView, render_fit, render_losses
from bot.presentation.battle_reports import render_report, report_page_count
from bot.presentation.battle_sides import render_sides
from bot.presentation.battle_timeline import render_timeline
from bot.presentation.card import Card
from bot.presentation.lexicon import Lexicon
from services.domain.battle import Battle, BattleKind, BattleSearch, SideMove
from services.domain.battle_history import BattleHistory, Company, Fight, FightOutcome
from services.domain.battle_report import BattleReport, KillMoment, PilotDeeds
from services.domain.fetch import FetchedFit, FetchState
from services.domain.ids import CharacterId, KillmailId, TypeId, UserId
from services.domain.isk import IskSum
from services.domain.killmail import Item
from services.domain.space import Space
from tests.bot.samples import (
    ALLIANCES,
    BRAWL,
    FLEET_FIGHT,
    FORTIZAR,
    INSMOTHER,
    MUNINN,
    NAGLFAR,
    NOW,
    ROAM,
    SABRE,
    SKIRMISH,
    UTC_ZONE,
    alliance,
    loss,
    universe,
)

LOSSES = (
    *FLEET_FIGHT.top_losses,
    loss(15, NAGLFAR, 3.1e9, of=99011990, minute=95),
    loss(16, FORTIZAR, 21e9, minute=110),
    *(loss(20 + n, SABRE, 5e7, by=2, of=99008469, minute=60 + n // 4) for n in range(30)),
    loss(60, MUNINN, None, minute=99),
)


def report(battle: Battle = FLEET_FIGHT, **fields: object) -> BattleReport:
    """Of a few of its kills, as if they were all."""
    side_of = {p.organisation: place for place, s in enumerate(battle.sides) for p in s.parties}
    made = BattleReport(
        battle=battle,
        moments=tuple(
            KillMoment(
                time=one.time,
                system_id=one.system_id,
                side=side_of.get(one.organisation) if one.organisation else None,
                isk=one.value.isk,
                estimated=False,
                ship_type_id=one.ship_type_id,
                hull_class=universe().hull_class(one.ship_type_id),
            )
            for one in sorted(LOSSES, key=lambda one: one.time)
        ),
        losses=tuple(sorted(LOSSES, key=lambda one: -(one.value.isk or 0))),
        pilots=tuple(
            PilotDeeds(
                character_id=CharacterId(2112000000 + number),
                organisation=alliance(key),
                side=place,
                ship_type_id=MUNINN,
                damage=900_000 - number,
                final_blows=number,
                kills=9,
            )
            for number, key, place in ((1, 498125261, 0), (2, 99011990, 1), (3, 99000777, None))
        ),
        detailed=True,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


FIT = FetchedFit(
    killmail_id=KillmailId(11),
    state=FetchState.SUCCEEDED,
    items=(
        *(Item(type_id=TypeId(2929), flag=27 + slot, destroyed=1) for slot in range(3)),
        *(Item(type_id=TypeId(2929), flag=30 + slot, dropped=1) for slot in range(2)),
        Item(type_id=TypeId(21898), flag=27, dropped=120),
        Item(type_id=TypeId(2048), flag=11, destroyed=1),
        Item(type_id=TypeId(31055), flag=92, destroyed=1),
        Item(type_id=TypeId(2488), flag=87, dropped=2, destroyed=3),
        *(Item(type_id=TypeId(34 + n), flag=5, destroyed=9) for n in range(6)),
        Item(type_id=TypeId(687), flag=5, dropped=1, copy=True),
    ),
)
MOVES = (
    SideMove(party=alliance(99001954), beside=None, by=UserId(1000), at=NOW - timedelta(hours=1)),
    SideMove(party=alliance(498125261), beside=alliance(99000777), by=UserId(1001), at=NOW),
)
HISTORY = BattleHistory(
    entity_id=498125261,
    since=NOW - timedelta(days=30),
    fights=(
        Fight(battle=FLEET_FIGHT, side=0, outcome=FightOutcome.WON),
        Fight(battle=ROAM, side=1, outcome=FightOutcome.LOST),
        Fight(battle=SKIRMISH, side=None, outcome=FightOutcome.OPEN),
        *(Fight(battle=BRAWL, side=5, outcome=FightOutcome.OPEN) for _ in range(6)),
    ),
    isk_destroyed=IskSum(isk=80e9),
    isk_lost=IskSum(isk=50e9, unpriced=1),
    allies=tuple(Company(organisation=alliance(key), fights=9) for key, _, _ in ALLIANCES[:7]),
    enemies=(Company(organisation=alliance(99000777), fights=2),),
    read=200,
    total=312,
)


def pages_of(whole: BattleReport, words: Lexicon) -> list[Card]:
    """The whole report, its picture on the first page."""
    return [
        render_report(
            whole, words, page=page, now=NOW, zone=UTC_ZONE, picture=b"png" if not page else None
        )
        for page in range(report_page_count(whole))
    ]


def losses_view(page: int = 0) -> LossesView:
    """A page of `LOSSES`; three of the fits are known, wanted and lost."""
    shown = report().losses[page * PAGE : (page + 1) * PAGE]
    states = (FetchState.SUCCEEDED, FetchState.PENDING, FetchState.FAILED)
    return LossesView(
        battle=FLEET_FIGHT,
        losses=shown,
        page=page,
        pages=4,
        total=len(LOSSES),
        fits={
            one.killmail_id: FetchedFit(killmail_id=one.killmail_id, state=state)
            for one, state in zip(shown, states, strict=False)
        },
    )


EVERYTHING = BattleSearch(
    system_id=FLEET_FIGHT.system_id,
    region_id=INSMOTHER,
    entity_id=99000777,
    space=Space.NULL,
    kind=BattleKind.GATE_CAMP,
    min_kills=20,
    min_isk=1e9,
    min_pilots=50,
    min_capitals=2,
)
LIST = BattleListView(
    battles=(FLEET_FIGHT, SKIRMISH, ROAM),
    page=1,
    pages=7,
    total=64,
    hours=24,
    asked=BattleSearch(region_id=INSMOTHER, min_kills=2),
)

BATTLE_CARDS: dict[str, Callable[[Lexicon], Card]] = {
    **{
        f"report {page + 1}": lambda words, page=page: pages_of(report(), words)[page]  # type: ignore[misc]
        for page in range(report_page_count(report()))
    },
    "timeline": lambda words: render_timeline(
        report(ROAM), words, now=NOW, zone=UTC_ZONE, picture=b"png"
    ),
    "losses": lambda words: render_losses(losses_view(), words, now=NOW, zone=UTC_ZONE),
    "fit": lambda words: render_fit(LOSSES[2], FIT, words, now=NOW, zone=UTC_ZONE),
    "sides": lambda words: render_sides(ROAM, MOVES, words, now=NOW, zone=UTC_ZONE),
    **{
        f"history {page + 1}": lambda words, page=page: render_history(  # type: ignore[misc]
            HISTORY, words, page=page, now=NOW, zone=UTC_ZONE
        )
        for page in range(history_page_count(HISTORY))
    },
    "list": lambda words: render_battle_list(
        replace(LIST, asked=EVERYTHING), words, now=NOW, zone=UTC_ZONE
    ),
}
"""What commands answer, as drawn with these names."""
