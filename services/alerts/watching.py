"""What an alert on occurrences wants: which kinds, where, whose, and when it reminds. Pure.

Every condition of a scope that is given must hold; those on places must hold for one and the same system. An alert on
wars is for those whom its own server marked: that a war is known at all may be because another server marked somebody.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from services.alerts.scopes import check_scope
from services.domain.alert import REMINDERS, AlertKind, AlertRequest, Updates
from services.domain.errors import UserError
from services.domain.filter import Reach
from services.domain.ids import RegionId, SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.occurrence import CAMPAIGN_KINDS, USUAL, OccurrenceKind, Scope
from services.domain.standing import Standing, Standings
from services.filters.errors import FilterFault
from services.filters.reaches import Reaches, systems_within
from services.universe.universe import Universe

Request = TypeVar("Request", bound=AlertRequest)
RegionOf = Callable[[SystemId], RegionId | None]

MOST_REMINDERS, LONGEST_REMINDER = 8, 7 * 24 * 60
"""Minutes: no contest is announced earlier."""
MOST_SYSTEMS = 300
"""Systems of which an alert may tell what happens every day in each; the largest region has fewer than half of that."""
_EVERYWHERE = Scope()
_FLOODS = {
    OccurrenceKind.ADM: "The activity of hundreds of systems crosses a whole number every day.",
    OccurrenceKind.WINDOW: "Some 2,700 vulnerability windows open every day.",
    OccurrenceKind.SKYHOOK: "Hundreds of skyhooks can be raided every day.",
}
_TYPED = {
    OccurrenceKind.ADM: "adm",
    OccurrenceKind.WINDOW: "windows",
    OccurrenceKind.SKYHOOK: "skyhooks",
}
"""How those are typed where an alert's events are asked for."""
_PARTIES = {
    AlertKind.SOV: (OrganisationKind.ALLIANCE, OrganisationKind.FACTION),
    AlertKind.FW: (OrganisationKind.FACTION,),
    AlertKind.INCURSION: (),
    AlertKind.WAR: (OrganisationKind.ALLIANCE, OrganisationKind.CORPORATION),
}
"""Who can stand in what an alert tells: one for anybody else would never say anything."""
_OURS = (Standing.US, Standing.FRIEND)


def wanted_kinds(request: AlertRequest) -> frozenset[OccurrenceKind]:
    """The kinds that it tells; none of an alert for battles or kills."""
    wanted = request.events or USUAL
    return frozenset(kind for kind in wanted if kind.topic is request.kind.topic)


def wants_campaigns(request: AlertRequest) -> bool:
    """True when it tells anything of sovereignty campaigns."""
    return bool(wanted_kinds(request) & CAMPAIGN_KINDS)


def reminders_of(request: AlertRequest) -> tuple[int, ...]:
    """Minutes before a campaign starts, longest first. Who asks for nothing of campaigns is reminded where they say."""
    if request.kind is not AlertKind.SOV:
        return ()
    if request.reminders is not None:
        return request.reminders
    return REMINDERS if wants_campaigns(request) else ()


class Lookout:
    """Says whether something happened where, and to whom, a scope asks."""

    def __init__(self, universe: Universe, region_of: RegionOf) -> None:
        self._reaches = Reaches(universe)
        self._region_of = region_of

    def covers(
        self,
        scope: Scope | None,
        systems: Sequence[SystemId],
        parties: Sequence[Organisation],
        *,
        standings: Standings,
    ) -> bool:
        """True when all of the scope holds. `systems`: any of them may be the one."""
        if scope is None:
            return True
        if scope.party is not None and scope.party not in parties:
            return False
        if scope.us and not any(standings.marks.get(party.id) in _OURS for party in parties):
            return False
        if scope.region_id is None and scope.system_id is None:
            return True
        return any(self._holds(scope, system_id) for system_id in systems)

    def _holds(self, scope: Scope, system_id: SystemId) -> bool:
        if scope.region_id is not None and self._region_of(system_id) != scope.region_id:
            return False
        if scope.system_id is None:
            return True
        reach = _reach_of(scope)
        if reach is None:
            return system_id == scope.system_id
        return system_id in self._reaches.covered(reach)


def usual_form(request: Request) -> Request:
    """What says the same is written the same: the usual is not named, reminders are in order, nothing is empty."""
    topic = request.kind.topic
    if topic is None:
        return request
    scope = request.scope or _EVERYWHERE
    if request.kind is AlertKind.WAR:
        scope = replace(scope, us=True)
    usual = frozenset(kind for kind in USUAL if kind.topic is topic)
    events = frozenset() if request.events == usual else request.events
    request = replace(request, scope=None if scope.is_empty else scope, events=events)
    if request.reminders is None:
        return request
    reminders = tuple(sorted(set(request.reminders), reverse=True))
    same = reminders == REMINDERS and wants_campaigns(request)
    return replace(request, reminders=None if same else reminders)


def check_watch(request: AlertRequest, universe: Universe | None = None) -> None:
    """Refuse what makes no sense by itself. With a universe: also places that it does not hold. Raises UserError."""
    if request.filter is not None:
        raise UserError(
            f"An alert for {request.kind} has no filter: it goes by place, party and event."
        )
    if (request.region_id, request.min_kills, request.min_isk) != (None, None, None):
        raise UserError(f"An alert for {request.kind} has no floors, and says its region as place.")
    if request.updates is not Updates.NONE:
        raise UserError("Only an alert for battles can tell how a fight goes on.")
    if strange := [kind for kind in request.events if kind.topic is not request.kind.topic]:
        raise UserError(f"`{min(strange)}` is nothing that an alert for {request.kind} tells.")
    try:
        check_scope(request.scope or _EVERYWHERE, universe=universe)
    except FilterFault as fault:
        raise UserError(fault.problem[:1].upper() + fault.problem[1:]) from fault
    _check_sense(request, request.scope or _EVERYWHERE)
    _check_reminders(request)


def _check_sense(request: AlertRequest, scope: Scope) -> None:
    """Refuse what could never say anything."""
    if request.kind is AlertKind.WAR and (scope.region_id, scope.system_id) != (None, None):
        raise UserError("A war has no place. Name an alliance or a corporation, or nothing.")
    if request.kind is AlertKind.INCURSION and (scope.us or scope.party is not None):
        raise UserError("An incursion is nobody's. Name a region or a system, or nothing.")
    party = scope.party
    if party is not None and party.kind not in _PARTIES[request.kind]:
        known = " or ".join(kind.value for kind in _PARTIES[request.kind])
        raise UserError(f"An alert for {request.kind} can be for one {known}, not for that.")


def check_no_watch(request: AlertRequest) -> None:
    """Refuse what only an alert on occurrences has. Raises UserError."""
    if (request.scope, request.events, request.reminders) != (None, frozenset(), None):
        raise UserError(
            f"Scope, events and reminders are not for {request.kind}: they belong to alerts for sovereignty, "
            "faction warfare, incursions and wars."
        )


def check_flood(request: AlertRequest, universe: Universe | None = None) -> None:
    """Refuse what happens all over the game every few seconds, asked for without a place or a party.

    With a universe: also where the place is so wide that it is none.
    """
    scope = request.scope or _EVERYWHERE
    floods = sorted(request.events & _FLOODS.keys())
    if not floods or scope.party is not None or scope.us or scope.region_id is not None:
        return
    out = f"`{_TYPED[floods[0]]}`"
    if scope.system_id is None:
        raise UserError(
            f"{_FLOODS[floods[0]]} Say for which region, system, alliance or for us, or leave {out} out."
        )
    reach = _reach_of(scope)
    if universe is None or reach is None:
        return
    covered = len(systems_within(universe, reach))
    if covered > MOST_SYSTEMS:
        raise UserError(
            f"{_FLOODS[floods[0]]} {covered:,} systems lie within that distance; up to {MOST_SYSTEMS} may. "
            f"Say a smaller one, a region, an alliance or for us, or leave {out} out."
        )


def _reach_of(scope: Scope) -> Reach | None:
    """How far around its system it looks; None: it is for one system, or for none."""
    if scope.system_id is None or (scope.jumps, scope.light_years) == (None, None):
        return None
    return Reach(system_id=scope.system_id, jumps=scope.jumps, light_years=scope.light_years)


def _check_reminders(request: AlertRequest) -> None:
    minutes: Iterable[int] = request.reminders or ()
    if minutes and request.kind is not AlertKind.SOV:
        raise UserError("Only an alert for sovereignty reminds of what lies ahead.")
    if len(tuple(minutes)) > MOST_REMINDERS:
        raise UserError(f"An alert reminds {MOST_REMINDERS} times at most.")
    if any(not 1 <= minute <= LONGEST_REMINDER for minute in minutes):
        raise UserError("A reminder comes from 1 minute to 7 days before the start.")
