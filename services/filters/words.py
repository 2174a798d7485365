"""Words that stand for fixed values, and back: kinds of space, traits, standings, hull classes, holes, days, hours.

A word can stand for several values and is then written out (`capital` means capitals and supercapitals); values that
have a common word are printed as that word.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from services.domain.filter import FilterField, FilterValue, Hours, Trait
from services.domain.space import HullClass, Space
from services.domain.standing import Standing
from services.filters.errors import FilterFault, code, did_you_mean, nearest

F = FilterField
Words = Mapping[str, tuple[FilterValue, ...]]

_SUBCAPITAL = (
    HullClass.ROOKIE, HullClass.FRIGATE, HullClass.DESTROYER, HullClass.CRUISER, HullClass.BATTLECRUISER,
    HullClass.BATTLESHIP,
)  # fmt: skip
_CAPITAL = (HullClass.CAPITAL, HullClass.SUPERCAPITAL)
CLASS_WORDS: Mapping[str, tuple[HullClass, ...]] = {
    "subcapital": _SUBCAPITAL,
    "capital": _CAPITAL,
    "capital-only": (HullClass.CAPITAL,),
}
"""What is printed for hull classes that are not called by their own name."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOLES = {12: "Thera", 14: "Sentinel", 15: "Barbican", 16: "Vidette", 17: "Conflux", 18: "Redoubt"}
_DRIFTERS = tuple(range(14, 19))


def _table(synonyms: Mapping[FilterValue | tuple[FilterValue, ...], str]) -> Words:
    """By each word; the key is what it stands for."""
    return MappingProxyType(
        {
            word: tuple(
                str(value) for value in (values if isinstance(values, tuple) else (values,))
            )
            for values, words in synonyms.items()
            for word in words.split()
        }
    )


_SPACES = _table(
    {
        Space.HIGH: "high highsec hisec hs empire",
        Space.LOW: "low lowsec losec ls",
        Space.NULL: "null nullsec zerosec ns 0.0",
        Space.WORMHOLE: "wormhole wormholes wh jspace wspace anoikis",
        Space.POCHVEN: "pochven trig triglavian",
        Space.ABYSSAL: "abyssal abyss",
        Space.UNKNOWN: "unknown",
        (Space.HIGH, Space.LOW, Space.NULL): "kspace known",
    }
)
_TRAITS = _table(
    {
        Trait.NPC: "npc npcs ratted",
        Trait.SOLO: "solo",
        Trait.AWOX: "awox awoxed",
        Trait.GANK: "gank ganked ganks suicide",
        Trait.WAR: "war wardec wars",
        Trait.REVISED: "revised rewritten",
    }
)
_STANDINGS = _table(
    {
        Standing.US: "us we our ours own",
        Standing.FRIEND: "friend friends friendly blue blues ally allies",
        Standing.FOE: "foe foes enemy enemies hostile hostiles red reds",
        Standing.NEUTRAL: "neutral neutrals neut neuts",
    }
)
_CLASSES = _table(
    {
        HullClass.POD: "pod pods capsule capsules",
        HullClass.ROOKIE: "rookie rookies corvette corvettes shuttle shuttles",
        HullClass.FRIGATE: "frigate frigates",
        HullClass.DESTROYER: "destroyer destroyers",
        HullClass.CRUISER: "cruiser cruisers",
        HullClass.BATTLECRUISER: "battlecruiser battlecruisers bc",
        HullClass.BATTLESHIP: "battleship battleships bs",
        HullClass.INDUSTRIAL: "industrial industrials indy",
        (HullClass.CAPITAL,): "capitalonly capitalsonly",
        HullClass.SUPERCAPITAL: "supercapital supercapitals super supers supercap supercaps",
        HullClass.STRUCTURE: "structure structures",
        HullClass.DEPLOYABLE: "deployable deployables",
        HullClass.FIGHTER: "fighter fighters",
        HullClass.OTHER: "other",
        _SUBCAPITAL: "subcapital subcapitals subcap subcaps",
        _CAPITAL: "capital capitals cap caps",
    }
)
_WEEKDAYS: Words = {
    **{word: (day,) for day, word in enumerate(_DAYS)},
    **{word: (day,) for day, word in enumerate(_LONG_DAYS)},
    "tues": (1,), "weds": (2,), "thur": (3,), "thurs": (3,),
    "weekday": tuple(range(5)), "weekdays": tuple(range(5)), "workday": tuple(range(5)), "workdays": tuple(range(5)),
    "weekend": (5, 6), "weekends": (5, 6),
}  # fmt: skip
_WORMHOLES: Words = {
    **{f"c{number}": (number,) for number in (*range(1, 7), *range(12, 19))},
    **{str(number): (number,) for number in (*range(1, 7), *range(12, 19))},
    **{name.casefold(): (number,) for number, name in _HOLES.items()},
    "drifter": _DRIFTERS, "drifters": _DRIFTERS,
}  # fmt: skip

WORDS: Mapping[FilterField, Words] = {
    F.SPACE: _SPACES,
    F.IS: _TRAITS,
    F.STANDING: _STANDINGS,
    F.CLASS: _CLASSES,
    F.WEEKDAY: _WEEKDAYS,
    F.WORMHOLE: _WORMHOLES,
}
"""What each fixed word stands for; hyphens, blanks and underscores are left out of words."""

OFFERED: Mapping[FilterField, Sequence[str]] = {
    F.SPACE: tuple(space for space in Space if space is not Space.UNKNOWN),
    F.IS: tuple(Trait),
    F.STANDING: tuple(Standing),
    F.CLASS: ("capital", "supercapital", "subcapital", "industrial", "structure", "pod", "battleship", "battlecruiser",
              "cruiser", "destroyer", "frigate", "rookie", "deployable", "fighter", "capital-only"),
    F.WEEKDAY: (*_DAYS, "weekend"),
    F.WORMHOLE: (*(f"C{number}" for number in range(1, 7)), "C13", *_HOLES.values()),
    F.LABEL: ("pvp", "solo", "npc", "awox", "ganked", "loc:highsec", "loc:lowsec", "loc:nullsec", "loc:w-space",
              "loc:abyssal", "tz:eu", "tz:us", "tz:use", "tz:usw", "tz:ru", "tz:au", "isk:1b+", "isk:5b+", "isk:10b+",
              "isk:100b+", "isk:1t+", "cat:6", "cat:65", "#:1", "#:2+", "#:5+", "#:10+", "#:25+", "#:50+", "#:100+",
              "#:1000+", "capital", "atShip", "padding", "fw:amamin", "fw:calgal", "loc:pochven", "loc:drifter",
              "isk:under1b"),
    F.TIME: ("0-6", "6-12", "12-18", "18-24", "18-23"),
}  # fmt: skip
"""What is offered while somebody types, and named in an error."""

_HOURS = re.compile(r"(\d{1,2})(?::?([0-5]\d))?(?:-|\.\.|to)(\d{1,2})(?::?([0-5]\d))?", re.ASCII)
_ONE_HOUR = re.compile(r"(\d{1,2})(?::00)?h?", re.ASCII)
_DASHES = str.maketrans("\u2013\u2014\u2212\u2011", "----")
_DAY_MINUTES = 24 * 60


def read_word(field: FilterField, text: str) -> tuple[FilterValue, ...]:
    """What a word of this field stands for. Raises FilterFault without a place."""
    words = WORDS[field]
    found = words.get(_key(text)) or words.get(text.casefold())
    if found is None and field is F.WEEKDAY:
        found = _days(text)
    if found is None:
        offered = [str(word) for word in OFFERED[field]]
        hint = (
            did_you_mean(nearest(text, offered)) or f" Choose from {', '.join(map(code, offered))}."
        )
        raise FilterFault(f"{code(text)} is nothing I know here.{hint}")
    return found


def is_standing(text: str) -> bool:
    """True for a word such as `us` or `foe`."""
    return _key(text) in _STANDINGS


def read_hours(text: str) -> Hours:
    """Hours out of `18-23`, `22:30-03:00`, `2230-0300`. Raises FilterFault without a place."""
    plain = text.translate(_DASHES).casefold()
    one, matched = _ONE_HOUR.fullmatch(plain), _HOURS.fullmatch(plain)
    if one and int(one[1]) < 24:
        start = int(one[1]) * 60
        return Hours(start=start, end=(start + 60) % _DAY_MINUTES)
    if matched:
        start, end = (int(matched[i]) * 60 + int(matched[i + 1] or 0) for i in (1, 3))
        if start < _DAY_MINUTES and end <= _DAY_MINUTES:
            return Hours(start=start, end=end % _DAY_MINUTES)
    raise FilterFault(
        f"{code(text)} are no hours of the day. Write them like `18-23` or `22:30-03:00`."
    )


def write_hours(hours: Hours) -> str:
    """`18-23`, `22:30-03:00`; midnight as an end is 24."""
    end = hours.end or _DAY_MINUTES
    if hours.start % 60 == 0 and end % 60 == 0:
        return f"{hours.start // 60}-{end // 60}"
    return f"{hours.start // 60:02}:{hours.start % 60:02}-{end // 60:02}:{end % 60:02}"


def write_words(field: FilterField, values: Sequence[FilterValue]) -> list[str]:
    """The words for the values of a condition, in the normal form."""
    if field is F.CLASS:
        return _class_words({HullClass(str(value)) for value in values})
    if field is F.WEEKDAY:
        return [_DAYS[int(str(value))] for value in values]
    if field is F.WORMHOLE:
        return [_HOLES.get(int(str(value)), f"C{value}") for value in values]
    return [str(value) for value in values]


def _class_words(classes: set[HullClass]) -> list[str]:
    """The widest words first; what is left is called by its own name."""
    words = []
    for word, meant in CLASS_WORDS.items():
        if classes.issuperset(meant):
            words.append(word)
            classes = classes - set(meant)
    return [*words, *(hull for hull in HullClass if hull in classes)]


def _days(text: str) -> tuple[int, ...] | None:
    """Of a range such as `fri-sun`, which may run over the end of the week."""
    first, dash, last = text.translate(_DASHES).casefold().partition("-")
    ends = [_WEEKDAYS.get(word.strip(), ()) for word in (first, last)]
    if not dash or any(len(days) != 1 for days in ends):
        return None
    start, end = (int(str(days[0])) for days in ends)
    return tuple((start + step) % 7 for step in range((end - start) % 7 + 1))


def _key(text: str) -> str:
    return re.sub(r"[\s_-]", "", text.casefold())
