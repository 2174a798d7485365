"""Use cases of the language: a text becomes a filter, a filter becomes text, an unfinished text is completed.

Names of pilots and organisations come through ports, so that whoever keeps names need not be known here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence

from services.domain.filter import Filter, FilterField, FilterGroup, GroupKind
from services.domain.names import EntityKind, NameBook, NamedEntity, Resolution
from services.filters.catalogue import Catalogue
from services.filters.data import decode
from services.filters.errors import FilterFault
from services.filters.normal import check_limits, conditions_of, normalised
from services.filters.parsing import cleaned, parse
from services.filters.resolving import Resolver
from services.filters.suggesting import Suggester
from services.filters.text import Names, to_text
from services.universe.universe import Universe

Resolve = Callable[[str], Awaitable[Resolution]]
Book = Callable[[Collection[int]], Awaitable[NameBook]]
Search = Callable[[str, Collection[EntityKind], int], Awaitable[Sequence[NamedEntity]]]

MOST_NAMES = 200
"""Pilots and organisations that are asked for in one text: ESI answers each by itself."""
_AT_ONCE = 16

_PEOPLE = frozenset({FilterField.CHARACTER, FilterField.CORPORATION, FilterField.ALLIANCE})


def entity_ids(f: Filter) -> frozenset[int]:
    """Every pilot, corporation and alliance that the filter names."""
    return frozenset(
        int(value)
        for condition in conditions_of(f.root)
        if condition.field in _PEOPLE
        for value in condition.values
        if isinstance(value, int)
    )


class FilterService:
    """The filter language, with names."""

    def __init__(
        self, universe: Universe, *, resolve: Resolve, book: Book, search: Search | None = None
    ) -> None:
        """Make the service.

        Args:
            universe: places, hulls and items.
            resolve: everybody of a name, or of a ticker.
            book: names by id; what it does not hold is printed as its id.
            search: those whose name begins so, of these kinds, at most so many; for suggestions, without a network.
        """
        self._universe = universe
        self._resolve = resolve
        self._book = book
        self._catalogue = Catalogue(universe)
        self._suggester = Suggester(universe, self._catalogue, search)

    def warm(self) -> None:
        """Make the tables of names now, so that nobody waits for them (some tenths of a second)."""
        self._catalogue.warm()

    async def read(self, text: str) -> Filter:
        """The filter that a text says, in the normal form; an empty text gives the filter that every kill meets.

        The data form is read as well, where somebody pastes it.

        Raises:
            FilterFault: the text is none, or names what does not exist, or can mean several things. It shows the place.
        """
        plain = cleaned(text)
        data = plain.removeprefix("json").lstrip()  # a block of code can be labelled so
        if data.startswith("{"):
            return decode(data, self._universe)
        tree = parse(plain)
        await self._ready()
        resolver = Resolver(plain, self._universe, self._catalogue, {})
        root = resolver.node(tree)
        if resolver.wanted:
            known = await self._asked(resolver.wanted)
            root = Resolver(plain, self._universe, self._catalogue, known).node(tree)
        return check_limits(normalised(Filter(FilterGroup(GroupKind.ALL, (root,)))))

    async def write(self, f: Filter) -> str:
        """The filter as text. Ids of which nobody knows the name stand as ids."""
        await self._ready()
        return to_text(f, self.names(await self._book(entity_ids(f))))

    def names(self, book: NameBook) -> Names:
        """Names by field and id, of the universe and of the book, for `to_text`."""

        def name(field: FilterField, thing_id: int) -> str | None:
            static = None if field in _NOT_STATIC else self._catalogue.name(field, thing_id)
            known = book.names.get(thing_id) if static is None and field in _PEOPLE else None
            return known.name if known else static

        return name

    def entity_ids(self, f: Filter) -> frozenset[int]:
        """Every pilot, corporation and alliance that the filter names."""
        return entity_ids(f)

    async def suggest(self, text: str) -> list[str]:
        """At most 25 whole texts of at most 100 characters, in which the last, unfinished word is completed."""
        await self._ready()
        return await self._suggester.suggest(text)

    async def _ready(self) -> None:
        if not self._catalogue.is_warm:
            await asyncio.to_thread(self._catalogue.warm)

    async def _asked(self, names: Collection[str]) -> dict[str, Resolution]:
        """Who is meant by these names, asked for side by side."""
        if len(names) > MOST_NAMES:
            raise FilterFault(
                f"This filter names {len(names)} pilots and organisations; at most {MOST_NAMES} are possible."
            )
        slots = asyncio.Semaphore(_AT_ONCE)

        async def ask(name: str) -> tuple[str, Resolution]:
            async with slots:
                return name, await self._resolve(name)

        return dict(await asyncio.gather(*(ask(name) for name in sorted(names))))


_NOT_STATIC = frozenset({FilterField.CHARACTER, FilterField.ALLIANCE})
