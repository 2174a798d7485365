"""How many were there, and whose they were, as SQL over the attackers of each mail.

The same figures as the flat kill has (`services.filters.flat`). A pilot stands on a mail once, so nobody counts for
two organisations.
"""

from typing import Any

from sqlalchemy import ColumnElement, Float, and_, case, cast, func, not_, select

from services.domain.ids import NPC_CORPORATIONS
from services.domain.space import HullClass
from services.killmails.bounds import Clause
from services.killmails.combatants import among
from services.killmails.sets import Types
from services.storage.tables import killmails, participants

_DUELLISTS = frozenset(HullClass) - {
    HullClass.POD,
    HullClass.ROOKIE,
    HullClass.STRUCTURE,
    HullClass.DEPLOYABLE,
    HullClass.FIGHTER,
    HullClass.OTHER,
}
"""Hulls whose loss can be a solo kill (`services.filters.traits`)."""


def pilots() -> ColumnElement[int]:
    """Named attackers, each once."""
    count = select(func.count(participants.c.character_id.distinct()))
    return count.where(_ITS_OWN).correlate(killmails).scalar_subquery()


def share() -> ColumnElement[float]:
    """Of the organisation with most of the named attackers; null where nobody has a name."""
    corporation = participants.c.corporation_id
    organisation = func.coalesce(
        participants.c.alliance_id,
        case((not_(_is_npc(corporation)), corporation)),
        participants.c.faction_id,
        participants.c.character_id,
    )
    parties = (
        select(func.count(participants.c.character_id.distinct()).label("pilots"))
        .where(_ITS_OWN, participants.c.character_id.is_not(None))
        .group_by(organisation)
        .correlate(killmails)
        .subquery()
    )
    of_all = cast(func.max(parties.c.pilots), Float) / func.sum(parties.c.pilots)
    return select(of_all).correlate(killmails).scalar_subquery()


def was_solo(types: Types) -> Clause:
    """What zKillboard's rule for a solo kill says of a mail that it has not looked at."""
    return and_(pilots() == 1, among(killmails.c.ship_type_id, types.of_classes(_DUELLISTS)))


def was_awox(types: Types) -> Clause:
    """The same for a kill by one's own corporation: who dealt the last hit was in it."""
    corporation = killmails.c.corporation_id
    last = (
        select(participants.c.corporation_id)
        .where(_ITS_OWN, participants.c.final_blow.is_(True))
        .order_by(participants.c.ordinal)
        .limit(1)
        .correlate(killmails)
        .scalar_subquery()
    )
    pods = types.of_classes({HullClass.POD})
    no_pod = func.coalesce(not_(among(killmails.c.ship_type_id, pods)), True)
    return and_(not_(_is_npc(corporation)), corporation == last, no_pod)


_ITS_OWN = participants.c.killmail_id == killmails.c.id


def _is_npc(corporation: ColumnElement[Any]) -> Clause:
    return corporation.between(NPC_CORPORATIONS.start, NPC_CORPORATIONS.stop - 1)
