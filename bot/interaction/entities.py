"""Pilots, corporations and alliances as people name them: by name, ticker, or a link.

What is offered while somebody types are those seen so far; who holds space before who holds none. A choice stands for
a killboard link, which means one of them and no other, whatever their names have in common.
"""

from collections.abc import Collection
from typing import Any

from discord import app_commands

from bot.interaction.replies import Interaction
from bot.presentation.text import escape
from services.container import Services
from services.domain.errors import UnknownName, UserError
from services.domain.names import EntityKind, NamedEntity
from services.universe.search import fold

Choices = list[app_commands.Choice[str]]

_WORDS = {
    EntityKind.ALLIANCE: "alliance",
    EntityKind.CORPORATION: "corporation",
    EntityKind.CHARACTER: "pilot",
}
ALL_KINDS = frozenset(EntityKind)
_CHOICES = 25
_LOOKED_AT = 200
"""Of so many whose name begins so, those who hold space are offered first: many a name is like a great one's."""
_LONGEST = 100


async def find_entity(
    services: Services, text: str, kinds: Collection[EntityKind] = ALL_KINDS
) -> NamedEntity:
    """The one that somebody named. Raises UserError where there is nobody, or more than one."""
    resolution = await services.names.resolve(text)
    found = [entity for entity in resolution.found if entity.kind in kinds]
    if len(found) == 1:
        return found[0]
    asked = escape(text.strip()[:_LONGEST])
    if found:
        said = " and ".join(sorted({f"a {_WORDS[entity.kind]}" for entity in found}))
        raise UserError(
            f"“{asked}” can mean {len(found)} ({said}). Choose from what I offer, or paste a zKillboard link."
        )
    if not resolution.certain:
        raise UserError(
            f"I have not seen “{asked}” yet, and the game cannot be asked at the moment. Try again in a minute,"
            " or paste a zKillboard link."
        )
    kind = " or ".join(_WORDS[kind] for kind in EntityKind if kind in kinds)
    raise UnknownName(asked, kind, nearest=[escape(name) for name in resolution.near])


async def entity_choices(services: Services, text: str, kinds: Collection[EntityKind]) -> Choices:
    """What is offered for what was typed so far: who is called just so, then those who hold space, then the rest."""
    found = await services.names.search(text[:_LONGEST], kinds=kinds, limit=_LOOKED_AT)
    claims = await services.sovereignty.all_claims()
    holding = {claim.holder.id for claim in claims if claim.holder is not None}
    holding |= {claim.corporation_id for claim in claims if claim.corporation_id is not None}
    typed = fold(text.strip())

    def rank(entity: NamedEntity) -> tuple[bool, bool]:
        return fold(entity.name.name) != typed, entity.id not in holding

    offered = sorted(found, key=rank)[:_CHOICES]
    return [app_commands.Choice(name=_label(entity), value=_link(entity)) for entity in offered]


class EntityOption(app_commands.Transformer[Any]):
    """An option that takes somebody of these kinds, as text: `find_entity` may have to ask for them, after deferral."""

    def __init__(self, *kinds: EntityKind) -> None:
        self._kinds = frozenset(kinds or EntityKind)

    async def transform(self, interaction: Interaction, value: str, /) -> str:  # noqa: ARG002
        """Nobody is looked for yet."""
        return value.strip()

    async def autocomplete(  # type: ignore[override]
        self, interaction: Interaction, value: str, /
    ) -> Choices:
        """Those seen so far whose name or ticker begins so."""
        return await entity_choices(interaction.client.services, value, self._kinds)


def _label(entity: NamedEntity) -> str:
    ticker = f" [{entity.name.ticker}]" if entity.name.ticker else ""
    return f"{entity.name.name[:70]}{ticker} ({_WORDS[entity.kind]})"[:_LONGEST]


def _link(entity: NamedEntity) -> str:
    return f"https://zkillboard.com/{entity.kind}/{entity.id}/"
