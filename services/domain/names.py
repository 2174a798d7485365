"""Names of pilots and organisations, as far as they are known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class EntityKind(StrEnum):
    """Who can be searched for, in the order in which they are offered. The value is the game's word."""

    ALLIANCE = "alliance"
    CORPORATION = "corporation"
    CHARACTER = "character"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityName:
    """A name, and a ticker where there is one."""

    name: str
    ticker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedEntity:
    """Somebody who was searched for."""

    id: int
    kind: EntityKind
    name: EntityName


@dataclass(frozen=True, slots=True)
class NameBook:
    """Names by id. What it does not hold is shown as its id, never invented."""

    names: Mapping[int, EntityName] = field(default_factory=dict)
    missing: frozenset[int] = frozenset()
    """Asked for and not known yet; these may still come. An id that the game does not know is not among them."""

    def name(self, entity_id: int | None, *, unknown: str = "unknown") -> str:
        """The name; `#id` when it is not known; `unknown` when there is no id."""
        if entity_id is None:
            return unknown
        found = self.names.get(entity_id)
        return found.name if found else f"#{entity_id}"

    def ticker(self, entity_id: int | None) -> str | None:
        """The ticker without brackets, if known."""
        found = self.names.get(entity_id) if entity_id is not None else None
        return found.ticker if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NameNews:
    """What has become of names that were missing. An id in neither set is still waited for."""

    named: frozenset[int] = frozenset()
    unknown: frozenset[int] = frozenset()
    """The game does not know these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Who is meant by a text: everybody of exactly that name, or nobody and the nearest names."""

    found: tuple[NamedEntity, ...] = ()
    near: tuple[str, ...] = ()
    """Names that look like it; only where nobody was found."""
    certain: bool = True
    """False when the game could not be asked: there may be somebody of that name all the same."""
