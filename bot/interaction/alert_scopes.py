"""What an alert on occurrences asks for, out of the options of a command: where, whom, which events.

What contradicts itself is refused at once, with what to do: an alert that can never say anything is worse than none.
Where nothing can happen as things are now, but might some day, that is said beside the new alert.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from discord import app_commands

from bot.interaction.choices import typed_alert
from bot.interaction.parties import find_party
from bot.interaction.replies import Interaction
from bot.presentation.event_words import GROUPS, wanted_kinds
from bot.presentation.text import escape
from services.container import Services
from services.domain.alert import AlertKind
from services.domain.errors import UserError
from services.domain.ids import FactionId, RegionId, SystemId
from services.domain.killmail import OrganisationKind
from services.domain.occurrence import OccurrenceKind, Scope, Topic
from services.domain.space import Space
from services.filters.presets import Distance, parse_distance
from services.universe.model import System
from services.universe.universe import Universe

PARTIES: dict[Topic, tuple[OrganisationKind, ...]] = {
    Topic.SOV: (OrganisationKind.ALLIANCE, OrganisationKind.FACTION),
    Topic.FW: (OrganisationKind.FACTION,),
    Topic.INCURSION: (),
    Topic.WAR: (OrganisationKind.ALLIANCE, OrganisationKind.CORPORATION),
}
"""Who can stand in an occurrence of each topic."""
FIGHTERS = tuple(FactionId(500_000 + number) for number in (1, 4, 3, 2, 10, 11))
"""Factions of the warzone: the four militias, and the two whose pirates fight beside them."""
_SPACES: dict[Topic, tuple[frozenset[Space], str]] = {
    Topic.SOV: (frozenset({Space.NULL}), "systems there cannot be claimed"),
    Topic.FW: (frozenset({Space.HIGH, Space.LOW, Space.NULL}), "no militia fights there"),
    Topic.INCURSION: (frozenset({Space.HIGH, Space.LOW, Space.NULL}), "no incursion comes there"),
}
"""Where something of a topic can happen, and why elsewhere nothing does."""
_ALL, _USUAL = "all", "usual"
_BETWEEN = re.compile(r"[,;\s]+")
_KINDS = {kind.value: kind for kind in OccurrenceKind}
_CHOICES = 25
_LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeWishes:
    """Where and whom, as the options gave it; None: left out."""

    region_id: RegionId | None = None
    system_id: SystemId | None = None
    distance: str | None = None
    """`5j`, `7ly`."""
    party: str | None = None
    """A name, a ticker or a link."""
    us: bool | None = None

    @property
    def is_empty(self) -> bool:
        """True when nothing was given."""
        return self == _NOTHING


_NOTHING = ScopeWishes()


async def read_scope(
    services: Services, topic: Topic, wishes: ScopeWishes, *, before: Scope | None = None
) -> Scope | None:
    """The scope that was asked for; what was not given stays as it was `before`. None: everything.

    Raises UserError for what contradicts itself, and for names that mean nobody.
    """
    scope = before or Scope()
    if wishes.region_id is not None:
        scope = replace(scope, region_id=wishes.region_id)
    if wishes.system_id is not None:
        scope = replace(scope, system_id=wishes.system_id)
    if wishes.distance is not None:
        scope = _measured(scope, parse_distance(wishes.distance))
    if wishes.party is not None:
        party = await find_party(services, wishes.party, PARTIES[topic])
        if topic is Topic.FW and party.id not in FIGHTERS:
            raise UserError("That faction does not fight in the warzone. Choose from what I offer.")
        scope = replace(scope, party=party)
    if wishes.us is not None:
        scope = replace(scope, us=wishes.us)
    _check_place(services.universe, topic, scope)
    return None if scope.is_empty else scope


async def find_doubt(services: Services, topic: Topic | None, scope: Scope | None) -> str | None:
    """Why an alert on that place stays silent as things are; None where it may speak, or nobody knows."""
    if scope is None or (scope.region_id is None and scope.system_id is None):
        return None
    at_stake, because = await _at_stake(services, topic)
    there = _around(services.universe, scope)
    if not at_stake or any(system.id in at_stake for system in there if system is not None):
        return None
    return f"**As things are it stays silent:** {because}."


async def _at_stake(services: Services, topic: Topic | None) -> tuple[set[SystemId], str]:
    """Where something of a topic can happen by what is known now; nowhere: that is not known."""
    if topic is Topic.SOV:
        claims = await services.sovereignty.all_claims()
        held = (
            one for one in claims if one.holder and one.holder.kind is OrganisationKind.ALLIANCE
        )
        because = "no alliance holds a system there, as far as I know, and it speaks once one does"
        return {claim.system_id for claim in held}, because
    if topic is Topic.FW:
        warzone = await services.warfare.warzone()
        systems = {one.system_id for one in warzone.systems}
        if systems:
            systems |= {one.system_id for each in warzone.insurgencies for one in each.systems}
        return systems, "no system of the warzone lies there"
    return set(), ""


def read_events(topic: Topic, text: str) -> frozenset[OccurrenceKind]:
    """`campaigns, holders`, `all`, `usual`. Raises UserError."""
    found: set[OccurrenceKind] = set()
    for word in filter(None, _BETWEEN.split(text.strip().casefold())):
        found |= _meant(topic, word)
    if not found:
        raise UserError(f"Name events: {_offered(topic)}.")
    return frozenset(found)


class EventsOption(app_commands.Transformer[Any]):
    """An option that takes kinds of events, as text. `topic` None: that of the alert that is changed."""

    def __init__(self, topic: Topic | None = None) -> None:
        self._topic = topic

    async def transform(self, interaction: Interaction, value: str, /) -> str:  # noqa: ARG002
        """Read once it is known of which topic."""
        return value.strip()

    async def autocomplete(  # type: ignore[override]
        self, interaction: Interaction, value: str, /
    ) -> list[app_commands.Choice[str]]:
        """What was typed so far with each group that is not in it; a choice replaces the whole text."""
        topic = self._topic or await _topic_of(interaction)
        return [] if topic is None else list(_completions(topic, value))[:_CHOICES]


def _completions(topic: Topic, typed: str) -> Iterable[app_commands.Choice[str]]:
    head, comma, last = typed.rpartition(",")
    kept = [word for word in _BETWEEN.split(head.strip().casefold()) if word] if comma else []
    begun = last.strip().casefold()
    words = [(group.word, group.label) for group in GROUPS[topic]]
    if not kept:
        words += [(_ALL, "every kind"), (_USUAL, "what is told without this")]
    for word, label in words:
        if word not in kept and any(
            part.startswith(begun) for part in (word, label.casefold(), *label.casefold().split())
        ):
            text = ", ".join([*kept, word])
            told = text if label.casefold() == word else f"{text} ({label})"
            if len(text) <= _LONGEST:
                yield app_commands.Choice(name=told[:_LONGEST], value=text)


def _meant(topic: Topic, word: str) -> frozenset[OccurrenceKind]:
    if word == _ALL:
        return frozenset(kind for kind in OccurrenceKind if kind.topic is topic)
    if word == _USUAL:
        return wanted_kinds(topic, ())
    for group in GROUPS[topic]:
        if word in (group.word, group.word.removesuffix("s")):
            return group.kinds
    kind = _KINDS.get(word) or _KINDS.get(f"{topic.value}-{word}")
    if kind is not None and kind.topic is topic:
        return frozenset({kind})
    raise UserError(
        f"“{escape(word[:60])}” is no kind of event here. Choose of {_offered(topic)}, separated by commas."
    )


def _offered(topic: Topic) -> str:
    return ", ".join(f"`{word}`" for word in (*(g.word for g in GROUPS[topic]), _ALL, _USUAL))


def _measured(scope: Scope, distance: Distance) -> Scope:
    if scope.system_id is None:
        raise UserError("A `distance` is measured from a system: give one as `system`.")
    return replace(scope, jumps=distance.jumps, light_years=distance.light_years)


def _check_place(universe: Universe, topic: Topic, scope: Scope) -> None:
    """Raises UserError where nothing of the topic can ever happen: an alert that waits for ever looks like calm."""
    if scope.system_id is None and scope.region_id is None:
        return
    there = [system for system in _around(universe, scope) if system is not None]
    if scope.region_id is not None:
        inside = [system for system in there if system.region_id == scope.region_id]
        if not inside:
            raise _apart(universe, scope)
        there = inside
    spaces, because = _SPACES.get(topic, (frozenset(Space), ""))
    if not any(system.space in spaces for system in there):
        raise UserError(f"Nothing of that kind can happen there: {because}. Name another place.")


def _around(universe: Universe, scope: Scope) -> Iterable[System | None]:
    """The systems that the scope's system with its distance covers; those of its region where it names none."""
    if scope.system_id is None:
        return (one for one in universe.systems.values() if one.region_id == scope.region_id)
    near: Iterable[int] = (scope.system_id,)
    if scope.jumps is not None:
        near = universe.within_jumps(scope.system_id, scope.jumps)
    elif scope.light_years is not None:
        near = universe.within_light_years(scope.system_id, scope.light_years)
    return (universe.find_system(system_id) for system_id in near)


def _apart(universe: Universe, scope: Scope) -> UserError:
    region = universe.find_region(scope.region_id)
    system = universe.find_system(scope.system_id)
    where = "in reach of" if scope.jumps or scope.light_years else "the place of"
    return UserError(
        f"{region.name if region else 'That region'} is not {where} {system.name if system else 'that system'}: "
        "nothing could ever be in both. Give one of the two, or a longer distance."
    )


async def _topic_of(interaction: Interaction) -> Topic | None:
    """Of the alert that the command names beside it; None while it names none of ours."""
    alert = await typed_alert(interaction, str(interaction.namespace.alert or ""))
    return None if alert is None else AlertKind(alert.kind).topic
