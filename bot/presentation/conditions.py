"""One condition of a filter as people say it: `in Delve or Querious`, `no Titan lost`, `worth at least 1.00B ISK`.

Raw text: names stand in it as they are, and whoever puts it on a card escapes it. Every condition has words, also one
that no filter of today can hold.
"""

from collections.abc import Callable
from datetime import timedelta

from bot.presentation.figures import hull_class_name
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import DASH, MINUS
from bot.presentation.times import clock, duration
from services.domain.filter import Condition, FilterField, FilterValue, Hours, Op, Reach, Side
from services.domain.ids import RegionId, SystemId, TypeId
from services.domain.isk import format_isk
from services.domain.killmail import Organisation, OrganisationKind
from services.filters.words import CLASS_WORDS

F = FilterField

NAMED = 4
"""Values named; more of them are counted."""

_WHO = {
    Side.VICTIM: ("against {}", "not against {}"),
    Side.ATTACKER: ("by {}", "not by {}"),
    Side.FINAL_BLOW: ("final blow by {}", "no final blow by {}"),
    Side.EITHER: ("with {} involved", "without {} involved"),
}
_HULL = {
    Side.VICTIM: ("{} lost", "no {} lost"),
    Side.ATTACKER: ("{} among the attackers", "no {} among the attackers"),
    Side.FINAL_BLOW: ("final blow from {}", "no final blow from {}"),
    Side.EITHER: ("{} involved", "no {} involved"),
}
_SHOT = {
    Side.ATTACKER: ("shot with {}", "not shot with {}"),
    Side.FINAL_BLOW: ("final blow with {}", "no final blow with {}"),
}
_SIDED = {
    F.CHARACTER: _WHO, F.CORPORATION: _WHO, F.ALLIANCE: _WHO, F.FACTION: _WHO, F.STANDING: _WHO,
    F.HULL: _HULL, F.GROUP: _HULL, F.CLASS: _HULL, F.WEAPON: _SHOT, F.WEAPON_GROUP: _SHOT,
}  # fmt: skip
_IN = ("in {}", "not in {}")
_PLAIN = {
    F.ITEM: ("with {} aboard", "without {} aboard"),
    F.FITTED: ("with {} fitted", "without {} fitted"),
    F.CARRIED: ("with {} in the hold", "without {} in the hold"),
    F.SYSTEM: _IN, F.CONSTELLATION: _IN, F.REGION: _IN, F.SPACE: _IN, F.WORMHOLE: _IN,
    F.WITHIN: ("within {}", "not within {}"),
    F.SECURITY: ("at security {}", "not at security {}"),
    F.ISK: ("worth {} ISK", "not worth {} ISK"),
    F.ATTACKERS: ("by {} attackers", "not by {} attackers"),
    F.PILOTS: ("by {} pilots", "not by {} pilots"),
    F.SHARE: ("{} of the pilots from one organisation", "not {} of the pilots from one organisation"),
    F.AGE: ("{} old on arrival", "not {} old on arrival"),
    F.IS: ("{}", "not {}"),
    F.LABEL: ("labelled {}", "not labelled {}"),
    F.TIME: ("between {}", "not between {}"),
    F.WEEKDAY: ("on {}", "not on {}"),
}  # fmt: skip
_ONE_ATTACKER = {
    F.CHARACTER: "who is {}", F.CORPORATION: "of {}", F.ALLIANCE: "of {}", F.FACTION: "of {}",
    F.STANDING: "who is {}", F.HULL: "in {}", F.GROUP: "in {}", F.CLASS: "in {}",
    F.WEAPON: "shooting with {}", F.WEAPON_GROUP: "shooting with {}",
}  # fmt: skip

_COMPARED = {
    Op.IS: "exactly {}",
    Op.AT_LEAST: "at least {}",
    Op.AT_MOST: "at most {}",
    Op.ABOVE: "more than {}",
    Op.BELOW: "less than {}",
}
_SUBCAPITAL = CLASS_WORDS["subcapital"]
_LONGEST = 1e12
"""Seconds; what is longer is told as this."""
_COUNTED = frozenset({F.ATTACKERS, F.PILOTS})
_STANDINGS = {"us": "us", "friend": "a friend", "foe": "a foe", "neutral": "a neutral"}
_TRAITS = {
    "npc": "killed by NPCs alone",
    "solo": "solo",
    "awox": "killed by its own side",
    "gank": "a suicide gank",
    "war": "in a declared war",
    "revised": "corrected by the feed",
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def condition_words(condition: Condition, lexicon: Lexicon, *, denied: bool = False) -> str:
    """`by Goonswarm Federation`; denied: `not by Goonswarm Federation`."""
    field = condition.field
    if field in _SIDED:
        pairs = _SIDED[field]
        pair = pairs.get(condition.side or Side.EITHER, pairs[Side.ATTACKER])
    else:
        pair = _PLAIN[field]
    return pair[denied].format(_values(condition, lexicon))


def attacker_words(condition: Condition, lexicon: Lexicon) -> str:
    """The same of one attacker: `of Goonswarm Federation`, `in Titan`."""
    form = _ONE_ATTACKER.get(condition.field)
    if form is None:
        return condition_words(condition, lexicon)
    return form.format(_values(condition, lexicon))


def _values(condition: Condition, lexicon: Lexicon) -> str:
    """The values, joined by `or`, each told once."""
    values = condition.values
    told: list[str] = []
    if condition.field is F.CLASS and set(_SUBCAPITAL) <= set(values):
        told.append("subcapital")
        values = tuple(value for value in values if value not in _SUBCAPITAL)
    told += [_value(condition.field, value, lexicon) for value in values]
    told = list(dict.fromkeys(told))
    left = len(told) - NAMED
    if left > 1:
        told = [*told[:NAMED], f"{left} more"]
    words = " or ".join(told) or "nothing"
    if condition.field not in _FIGURES:
        return words
    compared = _COMPARED[condition.op].format(words)
    return compared.replace("less", "fewer") if condition.field in _COUNTED else compared


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
        return hull_class_name(word)
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
