"""Pilots and organisations of the tests, and the filter service that knows them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from services.domain.names import EntityKind, EntityName, NameBook, NamedEntity, Resolution
from services.filters.catalogue import Catalogue
from services.filters.service import FilterService
from services.universe.search import fold
from services.universe.universe import Universe

PILOT, CORP, ALLIANCE = EntityKind.CHARACTER, EntityKind.CORPORATION, EntityKind.ALLIANCE


def entity(kind: EntityKind, entity_id: int, name: str, ticker: str | None = None) -> NamedEntity:
    return NamedEntity(id=entity_id, kind=kind, name=EntityName(name=name, ticker=ticker))


KNOWN = (
    entity(ALLIANCE, 1354830081, "Goonswarm Federation", "CONDI"),
    entity(ALLIANCE, 99005338, "Pandemic Horde", "REKTD"),
    entity(CORP, 98388312, "Pandemic Horde Inc.", "P-H-I"),
    entity(ALLIANCE, 99000001, "-affliction-"),
    entity(CORP, 98000002, "Federation Navy, Retired"),
    entity(CORP, 98000003, "Twice"),
    entity(PILOT, 2112000003, "Twice"),
    entity(CORP, 98000004, "Tama"),
    entity(CORP, 98000005, "Delve Inc"),
    entity(PILOT, 2112000001, "Delve"),
    entity(PILOT, 196379789, "Chribba"),
    entity(PILOT, 2112000002, "or"),
    entity(PILOT, 2112000004, "Hek's Own"),
    entity(PILOT, 2112000005, "98000001"),
    entity(PILOT, 2112000006, 'Rock "The Dude" Smith'),
    entity(PILOT, 2112000007, "us"),
    entity(CORP, 98000008, "Ünïcødé Çorp"),
    entity(CORP, 98000009, "back\\slash (and more)"),
    entity(CORP, 98000010, "5-N2EY"),
    entity(CORP, 98000011, "“Typographic”"),
    entity(CORP, 98000012, "www.example.com"),
    entity(CORP, 98000013, "same"),
    entity(CORP, 98000014, "region:Delve"),
)


@dataclass
class People:
    """Answers as the name service does, without a network."""

    known: Sequence[NamedEntity] = KNOWN
    certain: bool = True
    near: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)

    async def resolve(self, text: str) -> Resolution:
        self.asked.append(text)
        found = tuple(one for one in self.known if fold(one.name.name) == fold(text))
        found = found or tuple(one for one in self.known if f"[{one.name.ticker}]" == text)
        return Resolution(found=found, near=() if found else self.near, certain=self.certain)

    async def book(self, ids: Collection[int]) -> NameBook:
        return NameBook({one.id: one.name for one in self.known if one.id in ids})

    async def search(
        self, text: str, kinds: Collection[EntityKind], limit: int
    ) -> Sequence[NamedEntity]:
        found = [one for one in self.known if fold(one.name.name).startswith(fold(text))]
        return [one for one in found if one.kind in kinds][:limit]

    def service(self, universe: Universe) -> FilterService:
        """With the tables of names that all tests share: they take a while."""
        made = FilterService(universe, resolve=self.resolve, book=self.book, search=self.search)
        made._catalogue = made._suggester._catalogue = catalogue_of(universe)
        return made


_catalogues: dict[int, Catalogue] = {}


def catalogue_of(universe: Universe) -> Catalogue:
    """One for each universe."""
    if id(universe) not in _catalogues:
        _catalogues[id(universe)] = Catalogue(universe)
    return _catalogues[id(universe)]


def service_of(universe: Universe) -> FilterService:
    """A service that knows everybody here."""
    return People().service(universe)
