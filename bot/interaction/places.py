"""Regions and systems as people name them: by name, or by a link to zKillboard or DOTLAN.

A link to a system names its region too. Everything is answered from memory; where the latest battles were is remembered
for some seconds.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import unquote

from discord import app_commands

from bot.interaction.replies import Interaction
from bot.presentation.text import escape
from services.domain.errors import UnknownName, UserError
from services.domain.ids import RegionId, SystemId
from services.universe.model import NameKind
from services.universe.universe import Universe

Choices = list[app_commands.Choice[str]]

_LINK = re.compile(
    r"(?:https?://)?(?:www\.)?(?:zkillboard\.com|evemaps\.dotlan\.net)/(?P<path>[^\s?#]*).*",
    re.IGNORECASE | re.DOTALL,
)
_SYSTEM_PAGES = frozenset({"system", "related"})
_REGION_PAGES = frozenset({"region", "map"})
_FIRST_WORMHOLE_REGION = 11_000_000
_CHOICES = 25
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class LinkedPlace:
    """Where a link leads: a system with its region, a region alone, or neither."""

    system_id: SystemId | None = None
    region_id: RegionId | None = None


def linked_place(universe: Universe, text: str) -> LinkedPlace | None:
    """The place that a pasted link shows; None when the text is no such link."""
    matched = _LINK.fullmatch(text.strip().strip("<>"))
    if matched is None:
        return None
    parts = [unquote(part).replace("_", " ") for part in matched["path"].split("/") if part]
    page, *names = [*parts, ""]
    page = page.lower()
    if page in _SYSTEM_PAGES:
        return _system_place(universe, names[0])
    if page in _REGION_PAGES:
        # DOTLAN's maps name a region and, after it, a system on it.
        inside = _system_place(universe, names[1]) if len(names) > 2 else LinkedPlace()
        if inside.system_id is not None:
            return inside
        return LinkedPlace(region_id=_find_region(universe, names[0]))
    return LinkedPlace()


def find_region(universe: Universe, text: str) -> RegionId:
    """The region that somebody named. Raises UserError that says what was meant instead, or what is near."""
    place = linked_place(universe, text)
    found = place.region_id if place else _find_region(universe, text)
    if found is not None:
        return found
    if place is not None:
        raise UserError("That link shows no region that I know. Give the region's name.")
    system_id = universe.find_by_name(text, NameKind.SYSTEM)
    if (system := universe.find_system(system_id)) is not None:
        region = universe.find_region(system.region_id)
        named = f" It lies in {region.name}: give that." if region else ""
        raise UserError(f"{system.name} is a system, and here I need a region.{named}")
    raise _unknown(universe, text, NameKind.REGION)


def find_system(universe: Universe, text: str) -> SystemId:
    """The system that somebody named. Raises UserError."""
    place = linked_place(universe, text)
    found = place.system_id if place else _find_system(universe, text)
    if found is not None:
        return found
    if place is not None:
        raise UserError("That link shows no system that I know. Give the system's name.")
    raise _unknown(universe, text, NameKind.SYSTEM)


def find_place(universe: Universe, text: str) -> LinkedPlace:
    """The region or the system that somebody named, exactly one of them set. Raises UserError."""
    place = linked_place(universe, text)
    if place is not None and place.system_id is not None:
        return LinkedPlace(system_id=place.system_id)
    if place is not None and place.region_id is not None:
        return place
    if place is not None:
        raise UserError("That link shows no place that I know. Give a name.")
    if (region_id := _find_region(universe, text)) is not None:
        return LinkedPlace(region_id=region_id)
    if (system_id := _find_system(universe, text)) is not None:
        return LinkedPlace(system_id=system_id)
    asked = escape(text.strip()[:_LONGEST])
    near = [*universe.nearest(text[:_LONGEST], NameKind.SYSTEM)]
    near += universe.nearest(text[:_LONGEST], NameKind.REGION, limit=2)
    if near:
        raise UnknownName(asked, "system or region", nearest=near)
    raise UserError(
        f"I know no system or region called “{asked}”. Type the beginning of its name and choose from what I offer."
    )


def _unknown(universe: Universe, text: str, kind: NameKind) -> UserError:
    """Says what is near, or, where nothing is, where names are to be had."""
    asked = escape(text.strip()[:_LONGEST])
    if near := universe.nearest(text[:_LONGEST], kind):
        return UnknownName(asked, kind.value, nearest=near)
    return UserError(
        f"I know no {kind.value} called “{asked}”. Type the beginning of its name and choose from what I offer."
    )


class RegionOption(app_commands.Transformer[Any]):
    """An option that takes a region."""

    async def transform(self, interaction: Interaction, value: str, /) -> RegionId:
        """Find it by name or link."""
        return find_region(interaction.client.services.universe, value)

    async def autocomplete(  # type: ignore[override]
        self, interaction: Interaction, value: str, /
    ) -> Choices:
        """Names that begin so, regions of systems that do, or the region that a link leads to.

        What nothing begins with is taken for misspelt, regions before systems again. Before anything is typed: the
        regions with most of the recent battles.
        """
        universe: Universe = interaction.client.services.universe
        if not value.strip():
            return _choices(await _busiest_regions(interaction.client))
        if (place := linked_place(universe, value)) is not None:
            region = universe.find_region(place.region_id)
            return _choices([region.name] if region else [])
        return (
            _choices(_search(universe, value, NameKind.REGION, misspelt=False))
            or _regions_of_systems(universe, value, misspelt=False)
            or _choices(_search(universe, value, NameKind.REGION))
            or _regions_of_systems(universe, value)
            or _choices(universe.nearest(value[:_LONGEST], NameKind.REGION))
        )[:_CHOICES]


class SystemOption(app_commands.Transformer[Any]):
    """An option that takes a system."""

    async def transform(self, interaction: Interaction, value: str, /) -> SystemId:
        """Find it by name or link."""
        return find_system(interaction.client.services.universe, value)

    async def autocomplete(  # type: ignore[override]
        self, interaction: Interaction, value: str, /
    ) -> Choices:
        """Names that begin so and names that look so, or the system that a link leads to."""
        universe: Universe = interaction.client.services.universe
        if (place := linked_place(universe, value)) is not None:
            system = universe.find_system(place.system_id)
            return _choices([system.name] if system else [])
        return _choices(_search(universe, value, NameKind.SYSTEM))


class PlaceOption(app_commands.Transformer[Any]):
    """An option that takes a region or a system."""

    async def transform(self, interaction: Interaction, value: str, /) -> LinkedPlace:
        """Find it by name or link."""
        return find_place(interaction.client.services.universe, value)

    async def autocomplete(  # type: ignore[override]
        self, interaction: Interaction, value: str, /
    ) -> Choices:
        """Regions and systems whose names begin so or look so; the regions of the latest battles before that."""
        universe: Universe = interaction.client.services.universe
        if not value.strip():
            return _choices(await _busiest_regions(interaction.client))
        if (place := linked_place(universe, value)) is not None:
            named = universe.find_system(place.system_id) or universe.find_region(place.region_id)
            return _choices([named.name] if named else [])
        kinds = frozenset({NameKind.SYSTEM, NameKind.REGION})
        hits = universe.search(value[:_LONGEST], kinds=kinds, limit=_CHOICES)
        return _choices(dict.fromkeys(hit.name for hit in hits))


async def _busiest_regions(client: Any) -> list[str]:
    """Where most of the recent battles were, then the other regions that people can fly to, by name."""
    universe: Universe = client.services.universe
    battles = await client.recent_battles.get(client.services)
    places = Counter[RegionId | None](_region_of(universe, battle.system_id) for battle in battles)
    known = _open_regions(universe)
    fought = [key for key, _ in places.most_common() if key in known]
    return [known[key] for key in (*fought, *(key for key in known if key not in fought))]


def _region_of(universe: Universe, system_id: SystemId) -> RegionId | None:
    system = universe.find_system(system_id)
    return None if system is None else system.region_id


def _open_regions(universe: Universe) -> dict[RegionId, str]:
    """Regions of known space by name, without those that the game keeps closed: they are named like systems."""
    named = (
        (key, region.name)
        for key, region in universe.regions.items()
        if key < _FIRST_WORMHOLE_REGION and not any(sign.isdigit() for sign in region.name)
    )
    return dict(sorted(named, key=lambda entry: entry[1].casefold()))


def _regions_of_systems(universe: Universe, text: str, *, misspelt: bool = True) -> Choices:
    """`Delve (1DQ1-A)` for somebody who types the system: choosing it gives the region."""
    found: dict[str, str] = {}
    kinds = frozenset({NameKind.SYSTEM})
    for hit in universe.search(text[:_LONGEST], kinds=kinds, limit=_CHOICES, misspelt=misspelt):
        system = universe.find_system(SystemId(hit.id))
        region = universe.find_region(system.region_id) if system else None
        if region is not None:
            found.setdefault(region.name, f"{region.name} ({hit.name})")
    return [
        app_commands.Choice(name=words[:_LONGEST], value=region[:_LONGEST])
        for region, words in found.items()
    ]


def _search(universe: Universe, text: str, kind: NameKind, *, misspelt: bool = True) -> list[str]:
    hits = universe.search(
        text[:_LONGEST], kinds=frozenset({kind}), limit=_CHOICES, misspelt=misspelt
    )
    return [hit.name for hit in hits]


def _choices(names: Iterable[str]) -> Choices:
    shown = islice(names, _CHOICES)
    return [app_commands.Choice(name=name[:_LONGEST], value=name[:_LONGEST]) for name in shown]


def _system_place(universe: Universe, name: str) -> LinkedPlace:
    system = universe.find_system(_find_system(universe, name))
    if system is None:
        return LinkedPlace()
    return LinkedPlace(system_id=system.id, region_id=system.region_id)


def _find_system(universe: Universe, name: str) -> SystemId | None:
    name = name.strip()
    if name.isdecimal() and universe.find_system(int(name)) is not None:
        return SystemId(int(name))
    found = universe.find_by_name(name, NameKind.SYSTEM)
    return None if found is None else SystemId(found)


def _find_region(universe: Universe, name: str) -> RegionId | None:
    name = name.strip()
    if name.isdecimal() and universe.find_region(int(name)) is not None:
        return RegionId(int(name))
    found = universe.find_by_name(name, NameKind.REGION)
    return None if found is None else RegionId(found)
