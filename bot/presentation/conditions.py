"""Conditions of a filter as people say them after the word "kills": `in Delve or Querious`, `of a Titan`, `solo`.

Raw text: names stand in it as they are, and whoever puts it on a card escapes it. Every condition has words, also one
that no filter of today can hold.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import groupby
from typing import NamedTuple

from bot.presentation.figures import hull_class_name
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import DASH, MINUS
from bot.presentation.times import clock, duration
from services.domain.filter import Condition, FilterField, FilterValue, Hours, Op, Reach, Side
from services.domain.ids import RegionId, SystemId, TypeId
from services.domain.isk import format_isk
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.space import HullClass
from services.filters.presets import MILITIAS, STARBASE_PARTS
from services.filters.words import CLASS_WORDS

F = FilterField

NAMED = 4
"""Values named; more of them are counted."""


class _Form(NamedTuple):
    """What is said where it holds and where it does not; `{a}` are the values with their articles, `{}` without."""

    yes: str
    no: str


_WHO = {
    Side.VICTIM: _Form("against {}", "not against {}"),
    Side.ATTACKER: _Form("by {}", "not by {}"),
    Side.FINAL_BLOW: _Form("with the final blow by {}", "without a final blow by {}"),
    Side.EITHER: _Form("with {} involved", "without {} involved"),
}
_HULL = {
    Side.VICTIM: _Form("of {a}", "not of {a}"),
    Side.ATTACKER: _Form("with {a} among the attackers", "with no {} among the attackers"),
    Side.FINAL_BLOW: _Form("with the final blow from {a}", "without a final blow from {a}"),
    Side.EITHER: _Form("with {a} involved", "with no {} involved"),
}
_SHOT = {
    Side.ATTACKER: _Form("made with {}", "not made with {}"),
    Side.FINAL_BLOW: _Form("with a final blow by {}", "without a final blow by {}"),
}
_SIDED = {
    F.CHARACTER: _WHO, F.CORPORATION: _WHO, F.ALLIANCE: _WHO, F.FACTION: _WHO, F.STANDING: _WHO,
    F.HULL: _HULL, F.GROUP: _HULL, F.CLASS: _HULL, F.WEAPON: _SHOT, F.WEAPON_GROUP: _SHOT,
}  # fmt: skip
_IN = _Form("in {}", "not in {}")
_PLAIN = {
    F.ITEM: _Form("with {} aboard", "without {} aboard"),
    F.FITTED: _Form("with {} fitted", "without {} fitted"),
    F.CARRIED: _Form("with {} in the hold", "without {} in the hold"),
    F.SYSTEM: _IN, F.CONSTELLATION: _IN, F.REGION: _IN, F.SPACE: _IN, F.WORMHOLE: _IN,
    F.WITHIN: _Form("within {}", "not within {}"),
    F.SECURITY: _Form("at a security of {}", "not at a security of {}"),
    F.ISK: _Form("worth {} ISK", "not worth {} ISK"),
    F.ATTACKERS: _Form("by {}", "not by {}"),
    F.PILOTS: _Form("by {}", "not by {}"),
    F.SHARE: _Form("with {} of the pilots from one organisation", "without {} of the pilots from one organisation"),
    F.AGE: _Form("{} old on arrival", "not {} old on arrival"),
    F.IS: _Form("{}", "not {}"),
    F.LABEL: _Form("labelled {}", "not labelled {}"),
    F.TIME: _Form("at {}", "not at {}"),
    F.WEEKDAY: _Form("on {}", "not on {}"),
}  # fmt: skip
_ONE_ATTACKER = {
    F.CHARACTER: "who is {}", F.CORPORATION: "of {}", F.ALLIANCE: "of {}", F.FACTION: "of {}",
    F.STANDING: "who is {}", F.HULL: "in {a}", F.GROUP: "in {a}", F.CLASS: "in {a}",
    F.WEAPON: "shooting with {}", F.WEAPON_GROUP: "shooting with {}",
}  # fmt: skip

_COMPARED = {
    Op.IS: "exactly {}",
    Op.AT_LEAST: "at least {}",
    Op.AT_MOST: "at most {}",
    Op.ABOVE: "more than {}",
    Op.BELOW: "less than {}",
}
_FLOORS, _CEILINGS = frozenset({Op.AT_LEAST, Op.ABOVE}), frozenset({Op.AT_MOST, Op.BELOW})
_SETS: tuple[tuple[FilterField, frozenset[FilterValue], str], ...] = (
    (F.CLASS, frozenset(CLASS_WORDS["subcapital"]), "subcapital"),
    (F.FACTION, frozenset(MILITIAS), "any militia"),
    (F.GROUP, frozenset(STARBASE_PARTS), "starbase module"),
)
"""Values that together have a name of their own."""
_LONGEST = 1e12
"""Seconds; what is longer is told as this."""
_COUNTED = {F.ATTACKERS: "attacker", F.PILOTS: "pilot"}
_WITH_ARTICLE = frozenset({F.HULL, F.GROUP, F.CLASS})
_UNCLASSED = "hull of no class"
_STANDINGS = {"us": "us", "friend": "a friend", "foe": "a foe", "neutral": "a neutral"}
_TRAITS = {
    "npc": "by NPCs alone",
    "solo": "by one pilot alone",
    "awox": "by the victim's own side",
    "gank": "by suicide gankers",
    "war": "in a declared war",
    "revised": "corrected by the feed",
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def condition_words(condition: Condition, lexicon: Lexicon, *, denied: bool = False) -> str:
    """`by Goonswarm Federation`; denied: `not by Goonswarm Federation`."""
    return _filled(_form(condition)[denied], _values(condition, lexicon))


def alternatives(
    conditions: Sequence[Condition], lexicon: Lexicon, *, denied: bool = False
) -> list[tuple[str, int]]:
    """Each as `condition_words`, with how many conditions it tells: neighbours of one kind share their words.

    `in Delve, Querious or Jita` and not `in Delve or in Querious or in Jita`.
    """
    told: list[tuple[str, int]] = []
    for (form, apart), same in groupby(enumerate(conditions), key=_kind):
        some = [condition for _, condition in same]
        if apart is None:
            values = [value for each in some for value in _told(each, lexicon)]
            told.append((_filled(form[denied], values), len(some)))
        else:
            told += [(condition_words(each, lexicon, denied=denied), 1) for each in some]
    return told


def range_words(low: Condition, high: Condition, lexicon: Lexicon) -> str:
    """A floor and a ceiling of one figure: `by 1 to 5 attackers`, `worth more than 1.00B and at most 5.00B ISK`."""
    field = low.field
    first, last = (_value(field, bound.values[0], lexicon) for bound in (low, high))
    if (low.op, high.op) == (Op.AT_LEAST, Op.AT_MOST):
        span = f"{first} to {last}"
    else:
        span = f"{_compared(low, first)} and {_compared(high, last)}"
    if field in _COUNTED:
        span += f" {_COUNTED[field]}s"
    return _form(low).yes.format(span)


def are_range(first: Condition, second: Condition) -> bool:
    """True for a floor and a ceiling, in this order, of the same figure."""
    return (
        first.field is second.field
        and first.field in _FIGURES
        and first.op in _FLOORS
        and second.op in _CEILINGS
        and len(first.values) == len(second.values) == 1
    )


def attacker_words(condition: Condition, lexicon: Lexicon) -> str:
    """The same of one attacker: `of Goonswarm Federation`, `in a Titan`."""
    form = _ONE_ATTACKER.get(condition.field)
    if form is None:
        return condition_words(condition, lexicon)
    return _filled(form, _values(condition, lexicon))


def _form(condition: Condition) -> _Form:
    field = condition.field
    if field not in _SIDED:
        return _PLAIN[field]
    forms = _SIDED[field]
    return forms.get(condition.side or Side.EITHER, forms[Side.ATTACKER])


def _kind(numbered: tuple[int, Condition]) -> tuple[_Form, int | None]:
    """What neighbours have in common that can share their words; a figure stands alone."""
    number, condition = numbered
    return _form(condition), number if condition.field in _FIGURES else None


def _filled(form: str, values: Sequence[str]) -> str:
    """The form with its values; articles where it wants them, and where the values take one."""
    left = len(values) - NAMED
    named = list(values if left <= 1 else values[:NAMED])
    more = [f"{left} more"] if left > 1 else []
    bare = _joined([value.removeprefix(_ARTICLE) for value in named] + more)
    return form.format(bare, a=_joined([_with_article(value) for value in named] + more))


def _joined(values: Sequence[str]) -> str:
    if not values:
        return "nothing"
    *others, last = values
    return f"{', '.join(others)} or {last}" if others else last


_ARTICLE = "\0"
"""Before a value that takes an article where it stands alone."""


def _with_article(value: str) -> str:
    if not value.startswith(_ARTICLE):
        return value
    bare = value.removeprefix(_ARTICLE)
    return f"{'an' if bare[:1] in 'AEIOUaeiou' else 'a'} {bare}"


def _values(condition: Condition, lexicon: Lexicon) -> list[str]:
    """The values in words; of a figure all in one."""
    told = _told(condition, lexicon)
    if condition.field not in _FIGURES:
        return told
    compared = _compared(condition, _joined(told))
    if noun := _COUNTED.get(condition.field):
        compared += f" {noun}" if told == ["1"] else f" {noun}s"
    return [compared]


def _compared(condition: Condition, words: str) -> str:
    compared = _COMPARED[condition.op].format(words)
    return compared.replace("less", "fewer") if condition.field in _COUNTED else compared


def _told(condition: Condition, lexicon: Lexicon) -> list[str]:
    """Each value once, those together that have a name together."""
    field, values = condition.field, condition.values
    article = _ARTICLE if field in _WITH_ARTICLE else ""
    told = []
    for named, members, word in _SETS:
        if field is named and members <= set(values):
            told.append(f"{article}{word}")
            values = tuple(value for value in values if value not in members)
    told += [f"{article}{_value(field, value, lexicon)}" for value in values]
    return list(dict.fromkeys(told))


def _value(field: FilterField, value: FilterValue, lexicon: Lexicon) -> str:
    match value:
        case Reach():
            return _reach(value, lexicon)
        case Hours():
            return f"{clock(value.start)}{DASH}{clock(value.end)} EVE"
        case int() | float() if field in _FIGURES:
            return _FIGURES[field](value)
        case int() if field in _NAMES:
            return _NAMES[field](lexicon, value)
        case _:
            return _word(field, str(value), lexicon)


def _word(field: FilterField, word: str, lexicon: Lexicon) -> str:
    if field is F.STANDING:
        return _STANDINGS.get(word, word)
    if field is F.IS:
        return _TRAITS.get(word, word)
    if field is F.CLASS:
        return _UNCLASSED if word == HullClass.OTHER else hull_class_name(word)
    if field is F.SPACE:
        return lexicon.space_name(word)
    return f"“{word}”" if field is F.LABEL else word


def _reach(reach: Reach, lexicon: Lexicon) -> str:
    system = lexicon.system_name(reach.system_id)
    if reach.jumps is not None:
        return f"{reach.jumps} jump{'' if reach.jumps == 1 else 's'} of {system}"
    if reach.light_years is not None:
        return f"{reach.light_years:g} ly of {system}"
    hull = lexicon.hull_name(reach.hull_id)
    skill = f" (skill {reach.skill})" if reach.skill is not None else ""
    return f"{hull} jump range{skill} of {system}"


def _day(_: Lexicon, number: int) -> str:
    return _DAYS[number] if number in range(len(_DAYS)) else f"day {number}"


def _wormhole(lexicon: Lexicon, number: int) -> str:
    name = lexicon.wormhole_name(number)
    return name if name == "Thera" else f"a {name}"


def _type(lexicon: Lexicon, key: int) -> str:
    return lexicon.type_name(TypeId(key))


def _group(lexicon: Lexicon, key: int) -> str:
    return lexicon.group_name(key)


def _entity(kind: OrganisationKind) -> Callable[[Lexicon, int], str]:
    return lambda lexicon, key: lexicon.organisation_name(Organisation(key, kind))


_NAMES: dict[FilterField, Callable[[Lexicon, int], str]] = {
    F.CHARACTER: _entity(OrganisationKind.CHARACTER),
    F.CORPORATION: _entity(OrganisationKind.CORPORATION),
    F.ALLIANCE: _entity(OrganisationKind.ALLIANCE),
    F.FACTION: _entity(OrganisationKind.FACTION),
    F.HULL: _type,
    F.WEAPON: _type,
    F.ITEM: _type,
    F.FITTED: _type,
    F.CARRIED: _type,
    F.GROUP: _group,
    F.WEAPON_GROUP: _group,
    F.SYSTEM: lambda lexicon, key: lexicon.system_name(SystemId(key)),
    F.CONSTELLATION: lambda lexicon, key: lexicon.constellation_name(key),
    F.REGION: lambda lexicon, key: lexicon.region_name(RegionId(key)),
    F.WORMHOLE: _wormhole,
    F.WEEKDAY: _day,
}
_FIGURES: dict[FilterField, Callable[[float], str]] = {
    F.SECURITY: lambda value: f"{value:.1f}".replace("-", MINUS),
    F.ISK: format_isk,
    F.ATTACKERS: lambda value: f"{value:,.0f}",
    F.PILOTS: lambda value: f"{value:,.0f}",
    F.SHARE: lambda value: f"{value * 100:g}%",
    F.AGE: lambda value: duration(timedelta(seconds=max(0.0, min(value, _LONGEST)))),
}
