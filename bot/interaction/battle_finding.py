"""The battle that somebody named, by its id, by a link or by its system.

A related page stands for a system and an hour, in which there may have been several: then the largest is taken, and
the others are named beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.interaction.battle_names import (
    RelatedHour,
    battle_id,
    is_kill_link,
    is_link,
    is_saved_report,
    related_hour,
)
from bot.presentation.card import Card
from bot.presentation.phrases import counted
from services.container import Services
from services.domain.battle import Battle, BattleSearch
from services.domain.errors import NotFound, UserError
from services.domain.ids import SystemId
from services.universe.model import NameKind

_HOUR, _SECOND = timedelta(hours=1), timedelta(seconds=1)
_NAMED = 5
"""Others that are named; an hour of one system seldom has as many."""
_LISTS = "`/battle list` lists those I have seen."


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedBattle:
    """The id of one battle, and what to say beside it: which others were there."""

    public_id: str
    note: str | None = None

    def noted(self, card: Card) -> Card:
        """The card with that above it."""
        return card if self.note is None else replace(card, content=self.note)


async def find_battle(services: Services, text: str) -> NamedBattle:
    """Who is meant. Whether an id leads to a battle is not asked here.

    Raises NotFound for a link that leads to no battle, UserError for one that cannot be read.
    """
    if (linked := related_hour(text)) is not None:
        return await _of_hour(services, linked)
    if is_kill_link(text):
        return NamedBattle(public_id=await _of_kill(services, text))
    if is_saved_report(text):
        raise UserError(
            "That is a saved report: somebody put it together there, and I cannot read it. Give the link of a related "
            "page (`…/related/…`) or of one of its kills on zKillboard, the battle's id (BR-…), or its system."
        )
    if is_link(text):
        raise UserError(
            "I cannot read that link. Give the battle's id, its related page on zKillboard, br.evetools or warbeacon, "
            "or one of its kills on zKillboard."
        )
    named = battle_id(text)
    system_id = services.universe.find_by_name(named, NameKind.SYSTEM)
    if system_id is not None:
        return await _latest_in(services, SystemId(system_id))
    return NamedBattle(public_id=named)


async def _of_hour(services: Services, linked: RelatedHour) -> NamedBattle:
    """The battle with most kills of that system and hour."""
    found = await services.battles.search(
        BattleSearch(system_id=linked.system_id, since=linked.start, until=linked.start + _HOUR)
    )
    if not found:
        raise NotFound(f"I know no battle of that link's system and hour. {_LISTS}")
    largest_first = sorted(found, key=lambda battle: -battle.kills)
    return _first_of(largest_first, "This is the largest one of that hour. There was also")


async def _latest_in(services: Services, system_id: SystemId) -> NamedBattle:
    """Who names a system means what was fought there last."""
    found = await services.battles.search(BattleSearch(system_id=system_id, limit=_NAMED + 1))
    if not found:
        raise NotFound(f"I know no battle in that system. {_LISTS}")
    return _first_of(found, "This is the latest one there. Before it")


def _first_of(found: Sequence[Battle], words: str) -> NamedBattle:
    first, *others = found
    if not others:
        return NamedBattle(public_id=first.public_id)
    named = [f"`{b.public_id}` ({counted(b.kills, 'kill')})" for b in others[:_NAMED]]
    more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    return NamedBattle(public_id=first.public_id, note=f"{words}: {', '.join(named)}{more}.")


async def _of_kill(services: Services, link: str) -> str:
    """The id of the battle that holds a kill."""
    mail = await services.killmails.get(link)
    wanted = BattleSearch(system_id=mail.system_id, since=mail.time, until=mail.time + _SECOND)
    for battle in await services.battles.search(wanted):
        if mail.id in battle.killmail_ids:
            return battle.public_id
    raise NotFound(
        "That kill belongs to no battle: nothing else died near it that goes with it. `/kill show` tells all of it."
    )
