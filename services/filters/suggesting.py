"""Completing the last word of an unfinished text: fields, fixed words, names.

What is offered are whole texts, since a choice of Discord replaces all that was typed. Nothing here waits for a
network, and what cannot be understood gives nothing.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence

from services.domain.filter import FIGURES, FilterField
from services.domain.names import EntityKind, NamedEntity
from services.filters.catalogue import Catalogue
from services.filters.errors import FilterFault
from services.filters.fields import BY_WORD, FIELDS, SIDE_NAMES, SIDE_WORDS, FieldSpec, ValueKind
from services.filters.figures import read_figure
from services.filters.meanings import KIND_OF
from services.filters.text import quoted
from services.filters.words import OFFERED
from services.universe.universe import Universe

Search = Callable[[str, Collection[EntityKind], int], Awaitable[Sequence[NamedEntity]]]

F = FilterField
MOST, LONGEST = 25, 100
"""What Discord takes: choices, and characters of one."""

_UNFINISHED = re.compile(
    r"""(?P<before>(?:.*?[\s(])??[-!]?)                        # what stays
        (?:(?P<field>[^\W\d][\w.-]*?)\s*(?P<op>:|!=|>=|<=|>|<|=)\s*
           (?P<done>(?:(?:"[^"]*"|[^",()\s]+)\s*,\s*)*))?    # values before the last
        (?P<word>["'\u201c\u201e](?P<quoted>[^"\u201d]*)|[^\s,()":<>=]*)$""",
    re.VERBOSE | re.DOTALL,
)
_DISTANCE = re.compile(
    r"""(?P<before>.*(?:[\s:,]))(?P<call>(?:"[^"]*"@\d|[^\s:,()"]+)\()(?P<word>[^()]*)$""",
    re.DOTALL,
)
_EXAMPLES = {
    F.ISK: ("isk>=100m", "isk>=1b", "isk>=10b"),
    F.ATTACKERS: ("attackers>=10", "attackers<=3"),
    F.PILOTS: ("pilots>=5", "pilots<=3"),
    F.SHARE: ("share>=50%",),
    F.AGE: ("age<=15m", "age<=1h"),
    F.SECURITY: ("security>=0.5", "security<=0.4"),
    F.WITHIN: ("within:5j(", "within:7ly(", "within:Archon@5("),
}
_NO_FIELD = (F.REGION, F.SYSTEM, F.CONSTELLATION, F.HULL, F.GROUP)
_FIRST = (
    "region:", "system:", "within:5j(", "space:", "isk>=1b", "victim:", "attacker:", "attackers>=10", "alliance:",
    "corp:", "pilot:", "hull:", "group:", "class:", "is:", "-", "time:", "day:", "age<=15m", "weapon:", "fitted:",
    "item:", "wh:", "label:", "same(",
)  # fmt: skip
"""What is offered before anything is typed: what most filters are made of."""


class Suggester:
    """Completes texts."""

    def __init__(self, universe: Universe, catalogue: Catalogue, search: Search | None) -> None:
        self._universe = universe
        self._catalogue = catalogue
        self._search = search

    async def suggest(self, text: str) -> list[str]:
        """Whole texts, likeliest first."""
        if len(text) >= LONGEST:
            return []
        options = dict.fromkeys(await self._options(text))
        return [option for option in options if len(option) <= LONGEST][:MOST]

    async def _options(self, text: str) -> list[str]:
        inside = _DISTANCE.fullmatch(text)
        if inside and not inside["call"].startswith(("same(", "-", "(")) and ":" in text:
            start = inside["word"].strip().lstrip("\"'“")
            systems = self._catalogue.begins(F.SYSTEM, start, limit=MOST)
            return [f"{inside['before']}{inside['call']}{quoted(name)})" for name in systems]
        last = _UNFINISHED.fullmatch(text)
        if last is None:
            return []
        before, typed = (
            last["before"],
            last["quoted"] if last["quoted"] is not None else last["word"],
        )
        if last["field"] is None:
            return [
                before + word
                for word in await self._words(typed, quoted_so_far=last["quoted"] is not None)
            ]
        head = text[len(before) : last.start("word")]
        return [
            f"{before}{head}{word}"
            for word in await self._values(last["field"].casefold(), typed, head)
        ]

    async def _words(self, typed: str, *, quoted_so_far: bool) -> list[str]:
        """A field, a side, or a name without either."""
        found: list[str] = []
        if not quoted_so_far:
            found += _fields(typed)
        if typed:
            for field in _NO_FIELD:
                names = self._catalogue.begins(field, typed, limit=5)
                found += [f"{FIELDS[field].name}:{quoted(name)}" for name in names]
            found += [
                f"{_field_of(entity).name}:{quoted(entity.name.name)}"
                for entity in await self._people(typed, tuple(EntityKind), limit=8)
            ]
        return found

    async def _values(self, word: str, typed: str, head: str) -> list[str]:
        """Values of a field, as they stand after what was written of it (`head`)."""
        whose, dot, name = word.rpartition(".")
        spec = BY_WORD.get(name) if not dot or whose in SIDE_WORDS else None
        if spec is None and not dot and word in SIDE_WORDS:
            people = await self._people(typed, tuple(EntityKind), limit=MOST)
            return [*_beginning(OFFERED[F.STANDING], typed), *(quoted(p.name.name) for p in people)]
        if spec is None:
            return []
        if spec.field in FIGURES or spec.field is F.WITHIN:
            return _figures(spec, head, typed)
        if spec.field in KIND_OF:
            people = await self._people(typed, (KIND_OF[spec.field],), limit=MOST)
            return [quoted(person.name.name) for person in people]
        if spec.field in OFFERED:
            return [
                quoted(value) if spec.kind is ValueKind.LABEL else value
                for value in _beginning(OFFERED[spec.field], typed)
            ]
        names = [*self._catalogue.begins(spec.field, typed, limit=MOST)]
        if spec.field is F.HULL and typed:
            names += self._catalogue.begins(F.GROUP, typed, limit=MOST)
        return [quoted(name) for name in names]

    async def _people(
        self, typed: str, kinds: Collection[EntityKind], *, limit: int
    ) -> Sequence[NamedEntity]:
        if self._search is None or not typed.strip():
            return ()
        return await self._search(typed, kinds, limit)


def _fields(typed: str) -> list[str]:
    """Fields and sides that begin so; after a side, its fields."""
    if not typed:
        return list(_FIRST)
    whose, dot, rest = typed.casefold().rpartition(".")
    if dot:
        side = SIDE_WORDS.get(whose)
        specs = [
            spec for spec in FIELDS.values() if side in spec.sides and spec.field is not F.STANDING
        ]
        return [f"{whose}.{name}:" for name in _starting(specs, rest)]
    named = [name for name in SIDE_NAMES.values() if name.startswith(rest)]
    return [*_heads(rest), *(f"{name}{sign}" for name in named for sign in ":.")]


def _heads(typed: str) -> list[str]:
    heads: list[str] = []
    for spec in FIELDS.values():
        if not any(
            word.startswith(typed) for word in (spec.name, *(spec.aliases if typed else ()))
        ):
            continue
        heads += _EXAMPLES.get(spec.field, (f"{spec.name}:",))[: None if typed else 1]
    return heads


def _starting(specs: Iterable[FieldSpec], typed: str) -> list[str]:
    return [
        spec.name
        for spec in specs
        if any(word.startswith(typed) for word in (spec.name, *spec.aliases))
    ]


def _figures(spec: FieldSpec, head: str, typed: str) -> list[str]:
    """What was typed, if it can stand, then examples that begin so."""
    written = head + typed
    own = [typed] if typed and _is_figure(spec, typed) else []
    return own + [
        example[len(head) :] for example in _EXAMPLES[spec.field] if example.startswith(written)
    ]


def _is_figure(spec: FieldSpec, typed: str) -> bool:
    if spec.field not in FIGURES:
        return False
    try:
        read_figure(spec, typed)
    except FilterFault:
        return False
    return True


def _beginning(words: Iterable[str], typed: str) -> list[str]:
    return [str(word) for word in words if word.casefold().startswith(typed.casefold())]


def _field_of(entity: NamedEntity) -> FieldSpec:
    return next(FIELDS[field] for field, kind in KIND_OF.items() if kind is entity.kind)
