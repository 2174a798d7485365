"""Alliances, corporations and factions as an option takes them: whoever can hold space, fight for it or declare war.

Factions are the game's own and known by heart; everybody else is found as pilots and organisations are (`entities`).
"""

import re
from collections.abc import Iterable
from typing import Any

from discord import app_commands

from bot.interaction.entities import Choices, entity_choices, find_entity
from bot.interaction.replies import Interaction
from services.container import Services
from services.domain.errors import UnknownName, UserError
from services.domain.ids import FactionId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.names import EntityKind
from services.universe.model import Faction
from services.universe.search import fold, squeeze
from services.universe.universe import Universe

_LINK = re.compile(
    r"<?(?:https?://)?(?:www\.)?zkillboard\.com/faction/(?P<id>\d{1,9})/?.*",
    re.IGNORECASE | re.DOTALL,
)
_PLAYERS = (OrganisationKind.ALLIANCE, OrganisationKind.CORPORATION)
_CHOICES = 25
_LONGEST = 100


async def find_party(
    services: Services, text: str, kinds: Iterable[OrganisationKind]
) -> Organisation:
    """The one that somebody named. Raises UserError where there is nobody of these kinds, or more than one."""
    asked = frozenset(kinds)
    if OrganisationKind.FACTION in asked:
        found = _faction(services.universe, text)
        if found is not None:
            return found
    players = [EntityKind(kind.value) for kind in _PLAYERS if kind in asked]
    if not players:
        near = [faction.name for _, faction in _beginning(services.universe, text[:1])]
        raise UnknownName(text.strip()[:_LONGEST], "faction", nearest=near[:3])
    entity = await find_entity(services, text, players)
    return Organisation(entity.id, OrganisationKind(entity.kind.value))


class PartyOption(app_commands.Transformer[Any]):
    """An option that takes one of these kinds, as text: `find_party` may have to ask for them, after deferral."""

    def __init__(self, *kinds: OrganisationKind, first: tuple[FactionId, ...] = ()) -> None:
        """`first`: factions that are offered before anything is typed."""
        self._kinds = frozenset(kinds)
        self._first = first

    async def transform(self, interaction: Interaction, value: str, /) -> str:  # noqa: ARG002
        """Nobody is looked for yet."""
        if not value.strip():
            raise UserError("Give a name, a ticker or a zKillboard link.")
        return value.strip()

    async def autocomplete(  # type: ignore[override]
        self, interaction: Interaction, value: str, /
    ) -> Choices:
        """Factions, then those seen so far whose name or ticker begins so."""
        services: Services = interaction.client.services
        offered: Choices = []
        if OrganisationKind.FACTION in self._kinds:
            factions = services.universe.factions
            known = [(key, factions[key]) for key in self._first if key in factions]
            found = _beginning(services.universe, value) if value.strip() else known
            offered = [
                app_commands.Choice(
                    name=f"{faction.name} (faction)",
                    value=f"https://zkillboard.com/faction/{key}/",
                )
                for key, faction in found
            ]
        players = [EntityKind(kind.value) for kind in _PLAYERS if kind in self._kinds]
        if players:
            offered += await entity_choices(services, value, players)
        return offered[:_CHOICES]


def _beginning(universe: Universe, typed: str) -> list[tuple[FactionId, Faction]]:
    """Factions of whose name a word begins so."""
    wanted = squeeze(fold(typed))
    return [
        (key, faction)
        for key, faction in universe.factions.items()
        if wanted
        and (
            squeeze(fold(faction.name)).startswith(wanted)
            or any(squeeze(word).startswith(wanted) for word in fold(faction.name).split())
        )
    ]


def _faction(universe: Universe, text: str) -> Organisation | None:
    linked = _LINK.fullmatch(text.strip())
    wanted = squeeze(fold(text))
    for key, faction in universe.factions.items():
        if (linked and int(linked["id"]) == int(key)) or (
            wanted and squeeze(fold(faction.name)) == wanted
        ):
            return Organisation(int(key), OrganisationKind.FACTION)
    return None
