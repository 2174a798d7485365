"""Ships and groups of ships as people name them: `Titan` is a group, `Erebus` a ship; a killboard's link is either."""

import re
from dataclasses import dataclass
from typing import Any

from discord import app_commands
from rapidfuzz import process

from bot.interaction.replies import Interaction
from bot.presentation.text import escape
from services.domain.errors import UnknownName, UserError
from services.domain.ids import GroupId, TypeId
from services.universe.hulls import SHIP_CATEGORY
from services.universe.model import NameKind
from services.universe.search import fold, squeeze
from services.universe.universe import Universe

_LINK = re.compile(
    r"<?(?:https?://)?(?:www\.)?zkillboard\.com/(?P<page>ship|group)/(?P<id>\d{1,12})(?:[/?#].*)?",
    re.IGNORECASE | re.DOTALL,
)
_CHOICES = 25
_LONGEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HullWish:
    """A ship or a group of ships; exactly one is set."""

    hull_id: TypeId | None = None
    group_id: GroupId | None = None


def find_hull(universe: Universe, text: str) -> HullWish:
    """The ship or group that somebody named; groups go first. Raises UserError."""
    if (linked := _LINK.fullmatch(text.strip())) is not None:
        return _linked(universe, linked["page"].lower(), int(linked["id"]))
    groups = _ship_groups(universe)
    wanted = squeeze(fold(text))
    for key, name in groups.items():
        if wanted and wanted in (squeeze(fold(name)), squeeze(fold(name)) + "s"):
            return HullWish(group_id=key)
    if (hull_id := universe.find_by_name(text, NameKind.SHIP)) is not None:
        return HullWish(hull_id=TypeId(hull_id))
    near = list(universe.nearest(text[:_LONGEST], NameKind.SHIP, limit=2))
    near += [name for name, *_ in process.extract(text, groups.values(), limit=1, score_cutoff=65)]
    raise UnknownName(escape(text.strip()[:_LONGEST]), "ship or group of ships", nearest=near)


class HullOption(app_commands.Transformer[Any]):
    """An option that takes a ship or a group of ships."""

    async def transform(self, interaction: Interaction, value: str, /) -> HullWish:
        """Find it by name or link."""
        return find_hull(interaction.client.services.universe, value)

    async def autocomplete(  # type: ignore[override]
        self, interaction: Interaction, value: str, /
    ) -> list[app_commands.Choice[str]]:
        """Groups whose names hold what was typed, then ships."""
        universe: Universe = interaction.client.services.universe
        typed = fold(value)
        names = [name for name in _ship_groups(universe).values() if typed in fold(name)]
        kinds = frozenset({NameKind.SHIP})
        hits = universe.search(value[:_LONGEST], kinds=kinds, limit=_CHOICES) if typed else ()
        offered = {name: f"{name} (group)" for name in sorted(names)[:10]}
        for hit in hits:
            offered.setdefault(hit.name, hit.name)
        return [
            app_commands.Choice(name=words[:_LONGEST], value=name[:_LONGEST])
            for name, words in list(offered.items())[:_CHOICES]
        ]


def _linked(universe: Universe, page: str, number: int) -> HullWish:
    if page == "ship" and universe.find_type(number) is not None:
        return HullWish(hull_id=TypeId(number))
    if page == "group" and universe.find_group(number) is not None:
        return HullWish(group_id=GroupId(number))
    raise UserError("That link shows no ship that I know. Give its name.")


def _ship_groups(universe: Universe) -> dict[GroupId, str]:
    return {
        key: group.name
        for key, group in universe.groups.items()
        if group.category_id == SHIP_CATEGORY
    }
