"""Names of pilots and organisations, as far as they are known."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityName:
    """A name, and a ticker where there is one."""

    name: str
    ticker: str | None = None


@dataclass(frozen=True, slots=True)
class NameBook:
    """Names by id. What it does not hold is shown as its id, never invented."""

    names: Mapping[int, EntityName] = field(default_factory=dict)

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
