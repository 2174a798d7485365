"""What `/alert edit` changes of an alert on sovereignty, faction warfare, incursions or wars.

The command has the options of every kind of alert; one that means nothing for this one is refused by its name, so that
nobody believes in a condition that is not there.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from bot.interaction.alert_scopes import ScopeWishes, read_events, read_scope
from bot.interaction.reminders import parse_reminders
from bot.presentation.reasons import kind_noun
from services.container import Services
from services.domain.alert import Alert, AlertKind
from services.domain.errors import UserError
from services.domain.occurrence import Scope, Topic

SCOPE_RESETS = ("system", "distance", "who", "events", "reminders")
"""What `/alert edit` can take away of such an alert, besides its region."""
_EMPTIED: dict[str, dict[str, Any]] = {
    "region": {"region_id": None},
    "system": {"system_id": None, "jumps": None, "light_years": None},
    "distance": {"jumps": None, "light_years": None},
    "who": {"party": None},
}
_OPTIONS = {"region_id": "region", "system_id": "system", "party": "who"}
"""Options by what holds them here, where they are not called the same."""
_OF_FIGHTS = ("filter", "style", "min_kills", "min_isk", "updates")
_OF_NEWS = frozenset({*SCOPE_RESETS, "us"})
_REMINDERS = frozenset({"reminders"})
_PLACES = frozenset({"region", "system", "distance"})
_MEANINGLESS = {
    Topic.SOV: frozenset[str](),
    Topic.INCURSION: _REMINDERS | {"who", "us"},
    Topic.WAR: _REMINDERS | _PLACES | {"us"},
}
"""A war has no place, and those that are told are always those of us and friends."""
_INSTEAD = {
    AlertKind.KILLS: "its filter says where and whom",
    AlertKind.BATTLES: "say `region`, `min_kills` or `min_isk`",
    AlertKind.SOV: "say `region`, `system`, `who`, `events` or `reminders`",
    AlertKind.FW: "say `region`, `system`, `who` or `events`",
    AlertKind.INCURSION: "say `region`, `system` or `events`",
    AlertKind.WAR: "they are those of us and friends; say `who` or `events`",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsChanges:
    """What was given for an alert on occurrences; nothing, mostly."""

    wishes: ScopeWishes = field(default_factory=ScopeWishes)
    events: str | None = None
    reminders: str | None = None

    def given(self) -> tuple[str, ...]:
        """The options that were used, as the command calls them."""
        wishes = [each.name for each in fields(ScopeWishes) if getattr(self.wishes, each.name) is not None]  # fmt: skip
        named = [_OPTIONS.get(name, name) for name in wishes]
        if self.events is not None:
            named.append("events")
        if self.reminders is not None:
            named.append("reminders")
        return tuple(named)


def is_news_reset(alert: Alert, reset: str) -> bool:
    """True where that is taken away of what an alert on occurrences asks for."""
    return alert.kind.topic is not None and (reset == "region" or reset in SCOPE_RESETS)


def require_fitting(
    alert: Alert, news: NewsChanges, *, others: Mapping[str, Any], reset: str | None
) -> None:
    """Raises UserError for options that mean nothing for an alert of this kind. `others`: by the service's names."""
    topic = alert.kind.topic
    used = [*news.given(), *([] if reset is None else [reset])]
    if topic is None:
        wrong = [name for name in used if name in _OF_NEWS]
        instead = _INSTEAD[alert.kind]
    else:
        used += [name for name in _OF_FIGHTS if others.get(name) is not None]
        wrong = [name for name in used if name in _OF_FIGHTS]
        wrong += [name for name in used if name in _MEANINGLESS.get(topic, _REMINDERS)]
        instead = _INSTEAD[alert.kind]
    if wrong:
        named = ", ".join(f"`{name}`" for name in dict.fromkeys(wrong))
        says = "says" if len(set(wrong)) == 1 else "say"
        raise UserError(
            f"Alert #{alert.id} is for {kind_noun(alert.kind)}, for which {named} {says} nothing: {instead}. "
            "Nothing is changed."
        )


async def news_changes(
    services: Services, alert: Alert, topic: Topic, *, wanted: NewsChanges, reset: str | None
) -> dict[str, Any]:
    """The changes as the service takes them. Raises UserError for what cannot be."""
    changes: dict[str, Any] = {}
    before = alert.scope or Scope()
    if reset in _EMPTIED:
        _require_not_named(reset, wanted.given())
        before = replace(before, **_EMPTIED[reset])
    if not wanted.wishes.is_empty or reset in _EMPTIED:
        changes["scope"] = await read_scope(services, topic, wanted.wishes, before=before)
    if wanted.events is not None:
        changes["events"] = read_events(topic, wanted.events)
    if wanted.reminders is not None:
        changes["reminders"] = parse_reminders(wanted.reminders)
    if reset == "events":
        _require_not_named(reset, wanted.given())
        changes["events"] = frozenset()
    if reset == "reminders":
        _require_not_named(reset, wanted.given())
        changes["reminders"] = None
    return changes


def _require_not_named(reset: str, given: Collection[str]) -> None:
    if reset in given:
        raise UserError(f"You named `{reset}` and asked to reset it. Choose one of the two.")
