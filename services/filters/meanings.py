"""What a name means: looked up in the static data and among pilots and organisations.

A field says what kind is meant. Without one, everything of that name counts, and more than one of them is a question
back; but nearly every word is some pilot's name, and every short one some corporation's ticker, so those count only
where nothing in the game itself is called so. A number is an id unless it is quoted.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.domain.filter import Condition, FilterField, Side
from services.domain.names import EntityKind, NamedEntity, Resolution
from services.filters.catalogue import PLACES, Catalogue
from services.filters.errors import FilterFault, code, did_you_mean, nearest
from services.filters.fields import FIELDS, IDS, FieldSpec, ValueKind
from services.filters.parsing import MINUS, Value, Written
from services.filters.text import quoted, write_condition
from services.filters.words import WORDS
from services.universe.search import fold

F = FilterField

KIND_OF = {
    F.CHARACTER: EntityKind.CHARACTER,
    F.CORPORATION: EntityKind.CORPORATION,
    F.ALLIANCE: EntityKind.ALLIANCE,
}
FIELD_OF = {kind: field for field, kind in KIND_OF.items()}
_STATIC = (F.REGION, F.CONSTELLATION, F.SYSTEM, F.HULL, F.GROUP, F.FACTION)
"""Where a name without a field is looked up, besides pilots and organisations."""
_SIDED_STATIC = (F.HULL, F.GROUP, F.FACTION)
_OTHERS = {
    F.HULL: (F.GROUP,),
    F.GROUP: (F.HULL, F.WEAPON_GROUP),
    F.WEAPON: (F.WEAPON_GROUP,),
    F.WEAPON_GROUP: (F.WEAPON, F.GROUP),
    F.SYSTEM: (F.CONSTELLATION, F.REGION),
    F.CONSTELLATION: (F.SYSTEM, F.REGION),
    F.REGION: (F.CONSTELLATION, F.SYSTEM),
}
"""What else might have been meant by a field."""
_MOST_MEANINGS = 6
_KEYWORDS = frozenset({"or", "and", "not"})


@dataclass(frozen=True, slots=True)
class Meaning:
    """Something by field and id."""

    field: FilterField
    id: int
    name: str


class Meanings:
    """Looks names up. Those of people that are not in `known` are noted in `wanted`, and stand for id 1 meanwhile."""

    def __init__(self, catalogue: Catalogue, known: Mapping[str, Resolution]) -> None:
        self._catalogue = catalogue
        self._known = known
        self.wanted: set[str] = set()

    def of_field(self, value: Value, spec: FieldSpec, text: str) -> Meaning:
        """What it means in this field; a group of hulls for a hull of which there is none. Raises FilterFault."""
        field, name = spec.field, value.text.strip()
        if value.written is Written.PLAIN and name.isascii() and name.isdecimal():
            if len(name) > 19 or int(name) not in IDS:
                raise FilterFault(f"{code(name)} is no id.")
            return Meaning(field, int(name), name)
        if spec.kind is ValueKind.ENTITY and field is not F.FACTION:
            return self._person(value, field, text)
        found = self._catalogue.find(field, name)
        if found is not None:
            return Meaning(field, found, name)
        group = self._catalogue.find(F.GROUP, name) if field is F.HULL else None
        if group is not None and self._catalogue.is_hull_group(group):
            return Meaning(F.GROUP, group, name)
        raise self._unknown(value, spec, text)

    def anything(self, value: Value, text: str, *, sided: bool) -> Meaning:
        """What a name without a field means; `sided`: somebody or some hull. Raises FilterFault."""
        name = value.text.strip()
        if value.written is Written.PLAIN and name.isascii() and name.isdecimal():
            raise FilterFault(
                f"Of what is {code(name)} the id? Say so: {code(f'corp:{name}')}, {code(f'system:{name}')}."
            )
        is_ticker = name.startswith("[") and name.endswith("]")
        fields = () if is_ticker else _SIDED_STATIC if sided else _STATIC
        static = list(self._static(name, fields))
        asked = self._ask(name)
        if asked is None:
            return static[0] if static else Meaning(F.ALLIANCE, 1, name)
        people = [
            Meaning(FIELD_OF[entity.kind], entity.id, entity.name.name) for entity in asked.found
        ]
        if static:
            people = [
                one for one in people if one.field is not F.CHARACTER and _is_called(one, name)
            ]
        found = list(dict.fromkeys([*static, *people]))
        if len(found) > 1:
            raise _ambiguous(name, found)
        if not found:
            raise self._nothing(value, asked, text)
        return found[0]

    def _static(self, name: str, fields: Iterable[FilterField]) -> Iterable[Meaning]:
        for field in fields:
            found = self._catalogue.find(field, name)
            if found is None or (field is F.GROUP and not self._catalogue.is_hull_group(found)):
                continue
            yield Meaning(field, found, self._catalogue.name(field, found) or name)
        npc = self._npc_corporation(name)
        if npc is not None:
            yield Meaning(F.CORPORATION, npc, name)

    def _npc_corporation(self, name: str) -> int | None:
        found = self._catalogue.find(F.CORPORATION, name)
        called = None if found is None else self._catalogue.name(F.CORPORATION, found)
        return found if called is not None and fold(called) == fold(name) else None

    def _ask(self, name: str) -> Resolution | None:
        """Who is called so; None while nobody was asked."""
        if name not in self._known:
            self.wanted.add(name)
        return self._known.get(name)

    def _person(self, value: Value, field: FilterField, text: str) -> Meaning:
        name = value.text.strip()
        if field is F.CORPORATION and (npc := self._npc_corporation(name)) is not None:
            return Meaning(field, npc, name)
        asked = self._ask(name)
        if asked is None:
            return Meaning(field, 1, name)
        everyone = asked.found
        if value.written is Written.PLAIN and name[0] in MINUS:
            # Names are found without their punctuation; this one must really begin so.
            everyone = tuple(one for one in everyone if one.name.name[0] in MINUS)
        found = [entity for entity in everyone if entity.kind is KIND_OF[field]]
        if len(found) == 1:
            return Meaning(field, found[0].id, found[0].name.name)
        if found:
            raise _ambiguous(
                name, [Meaning(field, entity.id, entity.name.name) for entity in found]
            )
        if everyone:
            raise _of_other_kind(name, everyone, field)
        raise self._unknown_person(value, field, asked, text)

    def _unknown(self, value: Value, spec: FieldSpec, text: str) -> FilterFault:
        """Nothing of this field is called so."""
        name, field = value.text.strip(), spec.field
        problem = f"{code(name)} is not {spec.said} that I know."
        if (whole := self._with_next_words(value, (field,), text)) is not None:
            return FilterFault(f"{problem} {_QUOTES} {code(_written(whole))}.")
        others = [
            found
            for other in _OTHERS.get(field, ())
            for found in self._static(name, (other,))
            if found.field is other
        ]
        if others:
            return FilterFault(
                f"{code(name)} is {FIELDS[others[0].field].said}: write {code(_written(others[0]))}."
            )
        near = [*self._catalogue.near(field, name)]
        if field is F.HULL:
            near += [group for group in self._catalogue.near(F.GROUP, name) if group not in near]
        return FilterFault(f"{problem}{did_you_mean(near[:4])}")

    def _unknown_person(
        self, value: Value, field: FilterField, asked: Resolution, text: str
    ) -> FilterFault:
        name, said = value.text.strip(), FIELDS[field].said
        if not asked.certain:
            return FilterFault(
                f"I have not seen {said} called {code(name)} yet, and the game cannot be asked at the moment."
                f"{did_you_mean(asked.near)} Else try again in a minute, or paste a zKillboard link."
            )
        hint = did_you_mean(asked.near)
        if (longer := _longer(value, text)) is not None:
            hint = f" {_QUOTES} {code(f'{FIELDS[field].name}:{quoted(longer)}')}."
        return FilterFault(f"There is no {said.partition(' ')[2]} called {code(name)}.{hint}")

    def _nothing(self, value: Value, asked: Resolution, text: str) -> FilterFault:
        """Nothing at all is called so."""
        name = value.text.strip()
        problem = f"Nothing I know is called {code(name)}."
        if (whole := self._with_next_words(value, _STATIC, text)) is not None:
            return FilterFault(f"{problem} {_QUOTES} {code(_written(whole))}.")
        if fixed := _as_fixed_word(name):
            return FilterFault(f"{problem} Did you mean {code(fixed)}?")
        if (longer := _longer(value, text)) is not None:
            return FilterFault(f"{problem} {_QUOTES} {code(quoted(longer))}.")
        near = [
            found
            for field in (*PLACES, F.HULL, F.GROUP)
            for found in self._catalogue.near(field, name, limit=2)
        ]
        near = [*asked.near, *nearest(name, dict.fromkeys(near), limit=4)]
        unsure = (
            ""
            if asked.certain
            else " The game cannot be asked for pilots and organisations at the moment."
        )
        return FilterFault(f"{problem}{unsure}{did_you_mean(near[:5])}")

    def _with_next_words(
        self, value: Value, fields: Iterable[FilterField], text: str
    ) -> Meaning | None:
        """What is meant if the words that follow belong to the name: the commonest mistake."""
        if value.written is not Written.PLAIN:
            return None
        words = _next_words(value, text)
        for count in range(len(words), 0, -1):
            for found in self._static(" ".join((value.text, *words[:count])), fields):
                return found
        return None


_QUOTES = "A name with blanks stands in quotation marks:"


def _is_called(meaning: Meaning, name: str) -> bool:
    """True for a name; a ticker is hardly ever meant where a place, a hull or a group is called so."""
    return fold(meaning.name) == fold(name)


def _next_words(value: Value, text: str) -> list[str]:
    """Up to two words after a value that could belong to its name."""
    words = []
    for word in text[value.end :].split()[:2]:
        if (
            not re.fullmatch(r"[\w'\u2019.-]*[\w'\u2019.]", word)
            or word.startswith("-")
            or word.casefold() in _KEYWORDS
        ):
            break
        words.append(word)
    return words


def _longer(value: Value, text: str) -> str | None:
    """The name that it may be a part of: with the next word, else with the one before; None without either."""
    if value.written is not Written.PLAIN:
        return None
    if following := _next_words(value, text):
        return f"{value.text} {following[0]}"
    before = re.search(r"([\w'\u2019-][\w'\u2019.-]*)\s+$", text[: value.start])
    if before is None or before[1].casefold() in _KEYWORDS:
        return None
    return f"{before[1]} {value.text}"


def _written(meaning: Meaning) -> str:
    """The term that means it."""
    return f"{FIELDS[meaning.field].name}:{quoted(meaning.name)}"


def _ambiguous(name: str, found: list[Meaning]) -> FilterFault:
    """More than one answer to a name: each with the text to write."""
    fields = [meaning.field for meaning in found]
    lines = [
        f"{FIELDS[meaning.field].said}: {code(write(meaning))}"
        for meaning in found[:_MOST_MEANINGS]
        for write in (_written if fields.count(meaning.field) == 1 else _by_id,)
    ]
    return FilterFault(
        f"{code(name)} can mean {len(found)} things. Write which: {'; '.join(lines)}."
    )


def _by_id(meaning: Meaning) -> str:
    return write_condition(
        Condition(meaning.field, (meaning.id,), side=Side.EITHER), lambda *_: None
    )


def _of_other_kind(name: str, found: Iterable[NamedEntity], field: FilterField) -> FilterFault:
    others = [Meaning(FIELD_OF[entity.kind], entity.id, entity.name.name) for entity in found]
    said = " and ".join(dict.fromkeys(FIELDS[other.field].said for other in others))
    written = " or ".join(dict.fromkeys(code(_written(other)) for other in others))
    return FilterFault(f"{code(name)} is {said}, not {FIELDS[field].said}. Write {written}.")


def _as_fixed_word(name: str) -> str | None:
    """`is:solo` for `solo`: a fixed word without its field."""
    for field in (F.IS, F.SPACE, F.CLASS, F.WORMHOLE, F.STANDING):
        if name.casefold() in WORDS[field]:
            shown = name.casefold()
            return f"attacker:{shown}" if field is F.STANDING else f"{FIELDS[field].name}:{shown}"
    return None
