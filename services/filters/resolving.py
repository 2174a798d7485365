"""From terms to a filter: fields are recognised, names become ids, values are checked. Each fault knows its place.

It runs without waiting: names of pilots and organisations that it needs and was not given are noted in `wanted`, and it
is run again with the answers. Whatever else is wrong has come out by then, before anybody was asked.
"""

from collections.abc import Iterable, Mapping

from services.domain.errors import UserError
from services.domain.filter import (
    FIGURES,
    Condition,
    FilterField,
    FilterGroup,
    FilterNode,
    FilterValue,
    GroupKind,
    Op,
    Side,
)
from services.domain.names import Resolution
from services.filters.catalogue import Catalogue
from services.filters.distances import read_reach
from services.filters.errors import FilterFault, code, did_you_mean, nearest
from services.filters.fields import (
    BY_WORD,
    FIELDS,
    LONGEST_LABEL,
    SIDE_WORDS,
    FieldSpec,
    ValueKind,
    default_side,
)
from services.filters.figures import read_figure, read_range
from services.filters.links import LinkGroup, LinkNode, read_link
from services.filters.meanings import Meaning, Meanings
from services.filters.normal import MAX_CONDITIONS, check_values, conditions_of
from services.filters.parsing import MINUS, Node, Term, Terms, Value, Written
from services.filters.words import OFFERED, is_standing, read_hours, read_word
from services.universe.universe import Universe

F = FilterField
_COMPARISONS = (
    (">=", Op.AT_LEAST), ("=>", Op.AT_LEAST), ("<=", Op.AT_MOST), ("=<", Op.AT_MOST), (">", Op.ABOVE), ("<", Op.BELOW),
)  # fmt: skip
"""As some write them after a colon."""
_WITH_MINUS = frozenset({F.CHARACTER, F.CORPORATION, F.ALLIANCE, F.LABEL})
"""Fields whose values may begin so."""
LONGEST_NAME = 100
"""Characters; no name in the game is longer."""
_KEYWORDS = frozenset({"or", "and", "not", "|", "||", "&", "&&"})


class _FieldFault(FilterFault):
    """Something is wrong with what stands before the colon."""


class Resolver:
    """Turns one text's tree into a filter's root."""

    def __init__(
        self, text: str, universe: Universe, catalogue: Catalogue, known: Mapping[str, Resolution]
    ) -> None:
        self._text = text
        self._universe = universe
        self._meanings = Meanings(catalogue, known)
        self._count = 0

    @property
    def wanted(self) -> frozenset[str]:
        """Names that somebody must be asked for, and the tree read once more."""
        return frozenset(self._meanings.wanted)

    def node(self, node: Node) -> FilterNode:
        """The node of the filter. Raises FilterFault with the place."""
        if isinstance(node, Term):
            return self._term(node, None)
        if node.kind is GroupKind.SAME:
            return self._same(node)
        return FilterGroup(node.kind, tuple(self.node(member) for member in node.members))

    def _same(self, terms: Terms) -> FilterGroup:
        """Conditions of one attacker."""
        members: list[Condition] = []
        for term in self._conjuncts(terms):
            node = self._term(term, Side.ATTACKER)
            try:
                members += _of_one_attacker(node)
            except FilterFault as fault:
                raise fault.within(self._text, term.start, term.end) from None
        return FilterGroup(GroupKind.SAME, tuple(members))

    def _conjuncts(self, terms: Terms) -> Iterable[Term]:
        for member in terms.members:
            if isinstance(member, Term):
                yield member
            elif member.kind is GroupKind.ALL:
                yield from self._conjuncts(member)
            else:
                raise self._fault(
                    "Inside `same(…)` all terms must hold: no `or`, no exclusion.", member
                )

    def _term(self, term: Term, usual: Side | None) -> FilterNode:
        """One term: a condition, or a group where its values mean different fields."""
        self._count += 1
        if self._count > MAX_CONDITIONS:
            raise self._fault(f"A filter has at most {MAX_CONDITIONS} conditions.", term)
        try:
            check_values(len(term.values))
            _check_lengths(term)
            if term.field is None:
                return _grouped(self._each(term.values, None, usual))
            side, spec = _read_field(term.field)
            if spec is None:
                _check_uncompared(term)
                return _grouped(self._each(term.values, None, side))
            if side is not None:
                _check_side(spec, side)
            if spec.field in FIGURES:
                return _figure(spec, term)
            _check_uncompared(term)
            return _grouped(self._each(term.values, spec, side or usual))
        except _FieldFault as fault:
            raise fault.within(self._text, term.start, term.field_end) from None
        except FilterFault as fault:
            raise fault.within(self._text, term.start, term.end) from None

    def _each(
        self, values: Iterable[Value], spec: FieldSpec | None, side: Side | None
    ) -> list[FilterNode]:
        """What each value stands for."""
        found = []
        for value in values:
            try:
                found.append(self._value(value, spec, side))
            except FilterFault as fault:
                raise fault.within(self._text, value.start, value.end) from None
            except UserError as error:  # a hull that cannot jump
                raise FilterFault(
                    str(error), text=self._text, start=value.start, end=value.end
                ) from error
        return found

    def _value(self, value: Value, spec: FieldSpec | None, side: Side | None) -> FilterNode:
        if value.written is Written.LINK:
            return self._link(value, spec, side)
        if value.written is Written.REACH:
            if spec is not None and spec.field is not F.WITHIN:
                raise FilterFault(
                    "Put a blank before the parenthesis, or the name into quotation marks."
                )
            return Condition(F.WITHIN, (read_reach(value, self._universe, self._meanings),))
        if spec is None:
            return self._loose(value, side)
        return self._known(value, spec, side)

    def _known(self, value: Value, spec: FieldSpec, side: Side | None) -> Condition:
        """A value of a field."""
        _check_minus(value, spec)
        if spec.kind in _LOOKED_UP:
            return _condition(self._meanings.of_field(value, spec, self._text), side)
        return Condition(spec.field, _given(value, spec), side=_side(spec, side))

    def _loose(self, value: Value, side: Side | None) -> FilterNode:
        """A value without a field: a standing where a side is named, otherwise whatever is called so."""
        plain = value.written is Written.PLAIN
        if plain and value.text.casefold() in _KEYWORDS:
            raise FilterFault(
                f"{code(value.text)} stands between two terms. A name that is spelt so stands in quotation marks."
            )
        if plain and value.text[0] in MINUS:
            raise FilterFault("To exclude, put one minus before the whole term.")
        if plain and side is not None and is_standing(value.text):
            return Condition(F.STANDING, read_word(F.STANDING, value.text), side=side)
        meaning = self._meanings.anything(value, self._text, sided=side is not None)
        return _condition(meaning, side)

    def _link(self, value: Value, spec: FieldSpec | None, side: Side | None) -> FilterNode:
        """What a link shows, of the side that is asked for if one is."""
        node = self._linked(read_link(value), side)
        shown = [condition.field for condition in conditions_of(node)]
        if spec is not None and not any(_fits(field, spec.field) for field in shown):
            raise FilterFault(f"This link shows {FIELDS[shown[0]].said}, not {spec.said}.")
        return node

    def _linked(self, node: LinkNode, side: Side | None) -> FilterNode:
        if isinstance(node, LinkGroup):
            return FilterGroup(
                node.kind, tuple(self._linked(member, side) for member in node.members)
            )
        if node.field is F.WITHIN:
            return Condition(F.WITHIN, (read_reach(node.value, self._universe, self._meanings),))
        return self._known(node.value, FIELDS[node.field], side or node.side)

    def _fault(self, problem: str, node: Node) -> FilterFault:
        return FilterFault(problem, text=self._text, start=node.start, end=node.end)


_LOOKED_UP = frozenset({ValueKind.ENTITY, ValueKind.TYPE, ValueKind.GROUP, ValueKind.PLACE})


def _read_field(word: str) -> tuple[Side | None, FieldSpec | None]:
    """Side and field of what stands before the colon; no field where a side stands alone."""
    whose, dot, rest = word.rpartition(".")
    side = SIDE_WORDS.get(whose) if dot else None
    name = rest if side is not None or not dot else word
    if dot and side is None and whose in BY_WORD and rest in SIDE_WORDS:
        raise _FieldFault(f"The side comes first: {code(f'{rest}.{whose}')}.")
    spec = BY_WORD.get(name) or BY_WORD.get(name.replace("_", "").replace("-", ""))
    if spec is not None:
        return side, spec
    if not dot and word in SIDE_WORDS:
        return SIDE_WORDS[word], None
    raise _FieldFault(_unknown_field(word, whose if side is not None else ""))


def _unknown_field(word: str, side: str) -> str:
    name = word.rpartition(".")[2] if side else word
    near = nearest(name, [*BY_WORD, *([] if side else SIDE_WORDS)])
    # Several words of one field are one suggestion.
    names = dict.fromkeys(BY_WORD[found].name if found in BY_WORD else found for found in near)
    return f"I know no field {code(word)}.{did_you_mean([f'{side}.{found}' if side else found for found in names])}"


def _of_one_attacker(node: FilterNode) -> Iterable[Condition]:
    """The conditions of a term inside `same`."""
    parts: tuple[FilterNode, ...] = (node,)
    if isinstance(node, FilterGroup) and node.kind is GroupKind.ALL:
        parts = node.members
    for part in parts:
        if not isinstance(part, Condition):
            raise FilterFault(
                "Inside `same(…)` each term must mean one field. Write two of them with `or` between."
            )
        if part.side is not Side.ATTACKER:
            raise FilterFault(
                "Inside `same(…)` stands only what one attacker has: who they are, their hull, their weapon."
            )
        yield part


def _check_uncompared(term: Term) -> None:
    if term.op is not Op.IS:
        raise FilterFault(
            f"{code(term.field or '')} is not compared. Write {code(f'{term.field}:…')}."
        )


def _check_lengths(term: Term) -> None:
    for value in term.values:
        if len(value.text) > LONGEST_NAME and value.written is not Written.LINK:
            raise FilterFault(f"No name and no value has more than {LONGEST_NAME} characters.")


def _check_side(spec: FieldSpec, side: Side) -> None:
    if not spec.sides:
        raise _FieldFault(f"{code(spec.name)} has no side: leave {code(side.value)} out.")
    if side is Side.VICTIM and side not in spec.sides:
        raise _FieldFault(
            f"A mail does not say with what the victim shot: {code(spec.name)} is asked of attackers."
        )


def _figure(spec: FieldSpec, term: Term) -> FilterNode:
    """One comparison, or two for a range or an exact count."""
    # What stands between commas belongs together: 1,000,000.
    text, op = ",".join(value.text for value in term.values), term.op
    for sign, comparison in _COMPARISONS:
        if op is Op.IS and text.startswith(sign):
            text, op = text.removeprefix(sign), comparison
    if op is not Op.IS:
        return Condition(spec.field, (read_figure(spec, text),), op=op)
    if text.endswith("+"):
        return Condition(spec.field, (read_figure(spec, text[:-1]),), op=Op.AT_LEAST)
    ends = read_range(spec, text)
    if ends is None:
        figure = read_figure(spec, text)
        if not spec.exact:
            raise FilterFault(
                f"No two kills have exactly the same {spec.name}: write {code(f'{spec.name}>={text}')} for at least, "
                f"{code(f'{spec.name}<={text}')} for at most."
            )
        ends = figure, figure
    low, high = (
        Condition(spec.field, (end,), op=op)
        for end, op in zip(ends, (Op.AT_LEAST, Op.AT_MOST), strict=True)
    )
    return FilterGroup(GroupKind.ALL, (low, high))


def _given(value: Value, spec: FieldSpec) -> tuple[FilterValue, ...]:
    """Values that need no looking up."""
    if spec.kind is ValueKind.HOURS:
        return (read_hours(value.text),)
    if spec.kind is ValueKind.LABEL:
        return (_label(value.text),)
    if spec.kind is ValueKind.REACH:
        place = code(f"within:5j({value.text})")
        raise FilterFault(
            f"How far? Write the distance before the system, as in {place} or `within:7ly(1DQ1-A)`."
        )
    return read_word(spec.field, value.text)


def _check_minus(value: Value, spec: FieldSpec) -> None:
    """A minus is part of few names, and nobody must get what they wanted to exclude."""
    if (
        value.written is not Written.PLAIN
        or value.text[0] not in MINUS
        or spec.field in _WITH_MINUS
    ):
        return
    term = f"-{spec.name}:{value.text[1:]}"
    raise FilterFault(f"To exclude, put the minus before the field: {code(term)}.")


def _label(text: str) -> str:
    label = text.strip()
    if not 0 < len(label) <= LONGEST_LABEL or not label.isprintable():
        raise FilterFault(f"A label has at most {LONGEST_LABEL} signs.")
    return next(
        (str(known) for known in OFFERED[F.LABEL] if known.casefold() == label.casefold()), label
    )


def _condition(meaning: Meaning, side: Side | None) -> Condition:
    return Condition(meaning.field, (meaning.id,), side=_side(FIELDS[meaning.field], side))


def _side(spec: FieldSpec, side: Side | None) -> Side | None:
    """The side that is stored."""
    return side if side in spec.sides else default_side(spec)


def _fits(field: FilterField, asked: FilterField) -> bool:
    """Whether a link's field is what was asked: a group of hulls is a hull, too; any entity any other."""
    return (
        field is asked
        or {field, asked} == {F.HULL, F.GROUP}
        or (field is F.ITEM and asked in {F.FITTED, F.CARRIED})
    )


def _grouped(found: list[FilterNode]) -> FilterNode:
    """Alternatives as one node: conditions that differ in nothing but their values are one."""
    merged: dict[tuple[FilterField, Side | None] | int, FilterNode] = {}
    for number, node in enumerate(found):
        if not isinstance(node, Condition):
            merged[number] = node
            continue
        before = merged.get((node.field, node.side))
        values = (*before.values, *node.values) if isinstance(before, Condition) else node.values
        merged[node.field, node.side] = Condition(node.field, values, side=node.side)
    nodes = tuple(merged.values())
    return nodes[0] if len(nodes) == 1 else FilterGroup(GroupKind.ANY, nodes)
