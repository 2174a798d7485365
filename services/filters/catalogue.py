"""Names of the static data, both ways, for every field that takes them.

The universe's own index holds places and ships; here is every published type by its name as well, since anything can
be fitted, carried or shot with. It is made at the first question (some tenths of a second) and anew for a newer build.
Names are compared as everywhere: case, accents and apostrophes never matter, punctuation rarely.

A name is given for an id only where the name leads back to that id: two types may share one.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import islice

from rapidfuzz import fuzz, process

from services.domain.filter import FilterField
from services.domain.ids import CorporationId, FactionId
from services.universe.columns import NameColumns, TypeColumns, ints, names
from services.universe.edition import Edition
from services.universe.hulls import CATEGORIES, SHIP_CATEGORY
from services.universe.model import NameKind
from services.universe.search import fold, squeeze
from services.universe.universe import Universe

F = FilterField
PLACES: Mapping[FilterField, NameKind] = {
    F.REGION: NameKind.REGION,
    F.CONSTELLATION: NameKind.CONSTELLATION,
    F.SYSTEM: NameKind.SYSTEM,
}
_TYPES = frozenset({F.HULL, F.WEAPON, F.ITEM, F.FITTED, F.CARRIED})
_GROUPS = frozenset({F.GROUP, F.WEAPON_GROUP})
_ORGANISATIONS = frozenset({F.FACTION, F.CORPORATION})
STATIC = frozenset({*PLACES, *_TYPES, *_GROUPS, *_ORGANISATIONS})
"""Fields whose values the universe may name."""

HULL_CATEGORIES = frozenset({SHIP_CATEGORY, *CATEGORIES})
"""Categories of what stands on killmails as a victim."""
_WEAPON_CATEGORIES = frozenset({7, 8, 18, 32, *HULL_CATEGORIES})
"""Modules, charges, drones, subsystems; and hulls, which mails name where they do not name the weapon."""
_LIKE = 65.0
_AFTER_ALL = "\U0010ffff"


class _Names:
    """Ids by name, several where names are shared; the likeliest first."""

    def __init__(self, entries: Iterable[tuple[int, str]]) -> None:
        self._ids: dict[str, list[int]] = {}
        self._names: dict[int, str] = {}
        for thing_id, name in entries:
            self._names[thing_id] = name
            self._ids.setdefault(squeeze(fold(name)) or name, []).append(thing_id)

    def find(self, name: str) -> list[int]:
        """Of exactly this name; where none is, of this name but for its punctuation."""
        folded = fold(name)
        ids = self._ids.get(squeeze(folded) or name, [])
        return [thing_id for thing_id in ids if fold(self._names[thing_id]) == folded] or ids

    def name(self, thing_id: int) -> str | None:
        return self._names.get(thing_id)

    def near(self, name: str, limit: int) -> list[int]:
        """Those that look most like it."""
        found = process.extract(
            squeeze(fold(name)),
            self._ids.keys(),
            scorer=fuzz.ratio,
            limit=limit,
            score_cutoff=_LIKE,
        )
        return [self._ids[key][0] for key, _, _ in found]

    def begins(self, start: str) -> Iterator[int]:
        """Those that begin so, by the alphabet."""
        key = squeeze(fold(start))
        first = bisect_left(self._sorted, key)
        last = bisect_left(self._sorted, key + _AFTER_ALL, first)
        for found in self._sorted[first:last]:
            yield self._ids[found][0]

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._ids)


class _Of:
    """What is made of one edition."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.warm = False
        """All tables are made."""

    @cached_property
    def hulls(self) -> _Names:
        return _Names(self._types(hulls_alone=True))

    @cached_property
    def types(self) -> _Names:
        return _Names(self._types(hulls_alone=False))

    @cached_property
    def hull_groups(self) -> _Names:
        return _Names(self._groups(HULL_CATEGORIES))

    @cached_property
    def weapon_groups(self) -> _Names:
        return _Names(self._groups(_WEAPON_CATEGORIES - HULL_CATEGORIES))

    @cached_property
    def factions(self) -> _Names:
        return _Names((faction.id, faction.name) for faction in self.edition.factions.values())

    @cached_property
    def npc_corporations(self) -> _Names:
        found = self.edition.npc_corporations.values()
        return _Names((corporation.id, corporation.name) for corporation in found)

    def _types(self, *, hulls_alone: bool) -> Iterator[tuple[int, str]]:
        """Hulls and, unless they alone, whatever is published; published ones first.

        NPCs and test items are known by their ids alone. Read from the columns: making every type would cost memory.
        """
        columns: TypeColumns = self.edition.columns.types
        groups = self.edition.groups.items()
        hulls = {key for key, group in groups if group.category_id in HULL_CATEGORIES}
        rows = zip(
            ints(columns.published).tolist(),
            ints(columns.groups).tolist(),
            ints(columns.ids).tolist(),
            names(columns.names),
            strict=True,
        )
        ranked = [
            (not published, key, name)
            for published, group, key, name in rows
            if group in hulls or (published and not hulls_alone)
        ]
        for _, key, name in sorted(ranked):
            yield key, name

    def _groups(self, likelier: frozenset[int]) -> Iterator[tuple[int, str]]:
        columns: NameColumns = self.edition.columns.groups
        categories = ints(columns.references).tolist()
        rows = zip(categories, ints(columns.ids).tolist(), names(columns.names), strict=True)
        for _, key, name in sorted(
            (category not in likelier, key, name) for category, key, name in rows
        ):
            yield key, name


@lru_cache(maxsize=1)
def _made_of(edition: Edition) -> _Of:
    """One for all who ask about the same build."""
    return _Of(edition)


class Catalogue:
    """Static names by field. Answers from the universe's newest build."""

    def __init__(self, universe: Universe) -> None:
        self._universe = universe
        self._of = _made_of(universe.edition)

    @property
    def is_warm(self) -> bool:
        """True when the tables of the newest build are made."""
        return self._now.warm

    def warm(self) -> None:
        """Make the tables now."""
        of = self._now
        if of.warm:
            return
        for field in (F.HULL, F.ITEM, F.GROUP, F.WEAPON_GROUP, F.FACTION, F.CORPORATION):
            self._table(field).near("", 1)
            next(iter(self._table(field).begins("a")), None)
        of.warm = True

    def find(self, field: FilterField, name: str) -> int | None:
        """The likeliest thing of this name, or None."""
        kind = PLACES.get(field)
        if kind is not None:
            return self._universe.find_by_name(name, kind)
        found = self._table(field).find(name)
        return found[0] if found else None

    def name(self, field: FilterField, thing_id: int) -> str | None:
        """The name that leads to this id, or None."""
        name = self._any_name(field, thing_id)
        return name if name is not None and self.find(field, name) == thing_id else None

    def near(self, field: FilterField, name: str, *, limit: int = 3) -> tuple[str, ...]:
        """Names of this field that look most like a wrong one."""
        kind = PLACES.get(field)
        if kind is not None:
            hits = self._universe.search(name, kinds=frozenset({kind}), limit=limit)
            return tuple(hit.name for hit in hits) or self._universe.nearest(
                name, kind, limit=limit
            )
        table = self._table(field)
        found = (thing for thing in table.near(name, 4 * limit) if self._is_likely(field, thing))
        return self._named(table, islice(found, limit))

    def begins(self, field: FilterField, start: str, *, limit: int) -> tuple[str, ...]:
        """Names of this field that begin so; for places and hulls also those with such a word."""
        kind = PLACES.get(field, NameKind.SHIP if field is F.HULL else None)
        if kind is not None:
            kinds = frozenset({kind})
            hits = self._universe.search(start, kinds=kinds, limit=limit, misspelt=False)
            if hits or field is not F.HULL:
                return tuple(hit.name for hit in hits)
        table = self._table(field)
        found = (thing for thing in table.begins(start) if self._is_likely(field, thing))
        return self._named(table, islice(found, limit))

    def is_hull_group(self, group_id: int) -> bool:
        """True for a group of such hulls."""
        group = self._universe.find_group(group_id)
        return group is not None and group.category_id in HULL_CATEGORIES

    def _is_likely(self, field: FilterField, thing_id: int) -> bool:
        """Whether it is worth offering: of groups, those that are flown, or shot with."""
        if field not in _GROUPS:
            return True
        group = self._universe.find_group(thing_id)
        categories = HULL_CATEGORIES if field is F.GROUP else _WEAPON_CATEGORIES
        return group is not None and group.category_id in categories

    @property
    def _now(self) -> _Of:
        if self._of.edition is not self._universe.edition:
            self._of = _made_of(self._universe.edition)
        return self._of

    def _table(self, field: FilterField) -> _Names:
        of = self._now
        if field is F.HULL:
            return of.hulls
        if field in _TYPES:
            return of.types
        if field is F.GROUP:
            return of.hull_groups
        if field is F.WEAPON_GROUP:
            return of.weapon_groups
        return of.factions if field is F.FACTION else of.npc_corporations

    def _any_name(self, field: FilterField, thing_id: int) -> str | None:
        universe = self._universe
        thing = (
            universe.find_region(thing_id) if field is F.REGION
            else universe.find_constellation(thing_id) if field is F.CONSTELLATION
            else universe.find_system(thing_id) if field is F.SYSTEM
            else universe.find_type(thing_id) if field in _TYPES
            else universe.find_group(thing_id) if field in _GROUPS
            else universe.factions.get(FactionId(thing_id)) if field is F.FACTION
            else universe.npc_corporations.get(CorporationId(thing_id)) if field is F.CORPORATION
            else None
        )  # fmt: skip
        return None if thing is None else thing.name

    def _named(self, table: _Names, ids: Iterable[int]) -> tuple[str, ...]:
        return tuple(name for thing_id in ids if (name := table.name(thing_id)) is not None)
