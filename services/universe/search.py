"""Names, as people type them.

Case, accents and surrounding blanks never matter, punctuation rarely: `1dq1a` finds 1DQ1-A, and
`forge` finds The Forge. Answers come in tiers: the name itself, the name without punctuation, names
that begin so, names whose words begin so. In a tier what a player is likelier to mean comes first:
known space before wormholes before abyssal pockets, published hulls before test hulls, regions
before systems, then the alphabet. All of that order is settled once, when the index is built, so
that a search compares numbers. Last of all, and only where nothing has exactly this name, come names
that the query misspells.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from heapq import nsmallest

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from services.universe.misspelt import LookAlikes
from services.universe.model import Hit, NameKind

NEAR_ENOUGH = 65.0
"""Likeness in percent below which a name is no help as a suggestion."""

_NOT_WORD = re.compile(r"[\W_]+")
_APOSTROPHES = str.maketrans("", "", "'`\u00b4\u2018\u2019")
_KIND_ORDER = {kind: order for order, kind in enumerate(NameKind)}
_EXACT = 1
"""The last tier of names that are the query, punctuation apart."""
_AFTER_ALL = "\U0010ffff"


def fold(text: str) -> str:
    """Lower case, no accents, no apostrophes, single blanks; other punctuation stays."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(mark for mark in decomposed if not unicodedata.combining(mark))
        text = text.replace("ı", "i")  # noqa: RUF001 (Turkish: its capital is our I)
    return " ".join(text.casefold().translate(_APOSTROPHES).split())


def squeeze(folded: str) -> str:
    """Letters and digits alone."""
    return _NOT_WORD.sub("", folded)


class NameIndex:
    """Every name that a command takes, ranked. `names` gives hits with their remoteness (0 is the likeliest)."""

    def __init__(self, names: Iterable[tuple[Hit, int]]) -> None:
        ranked = sorted(
            (remoteness, _KIND_ORDER[hit.kind], fold(hit.name), hit.id, hit)
            for hit, remoteness in names
        )
        self._hits = [entry[4] for entry in ranked]
        self._folded = [entry[2] for entry in ranked]
        self._squeezed = [squeeze(folded) for folded in self._folded]
        self._starts = _Starts(enumerate(self._squeezed))
        self._words = _Starts(
            (row, word) for row, folded in enumerate(self._folded) for word in _words(folded)
        )
        self._kinds = np.array([_KIND_ORDER[hit.kind] for hit in self._hits], dtype=np.int8)
        self._alike = LookAlikes(self._squeezed, list(self._tails()))

    def search(
        self, query: str, *, kinds: frozenset[NameKind], limit: int = 25, misspelt: bool = True
    ) -> tuple[Hit, ...]:
        """The best hits, best first. An empty query gives the first names; one of punctuation alone gives none."""
        folded = fold(query)
        squeezed = squeeze(folded)
        if folded and not squeezed:
            return ()
        tiers = {
            row: self._tier(row, folded, squeezed)
            for row in self._starts.rows(squeezed)
            if self._hits[row].kind in kinds
        }
        if len(tiers) < limit and folded:
            for row in self._rows_by_words(folded):
                if self._hits[row].kind in kinds:
                    tiers.setdefault(row, 4)
        best = [row for _, row in nsmallest(limit, ((tier, row) for row, tier in tiers.items()))]
        exact = bool(best) and tiers[best[0]] <= _EXACT
        if misspelt and not exact and len(best) < limit:
            alike = self._alike.rows(squeezed, self._of_kinds(kinds))
            best += [row for row in alike if row not in tiers][: limit - len(best)]
        return tuple(self._hits[row] for row in best)

    def find(self, name: str, kind: NameKind) -> Hit | None:
        """The hit whose name is this, with or without punctuation; None where there is none."""
        folded = fold(name)
        squeezed = squeeze(folded)
        if not squeezed:
            return None
        exact = [
            (self._folded[row] != folded, row)
            for row in self._starts.rows(squeezed)
            if self._squeezed[row] == squeezed and self._hits[row].kind is kind
        ]
        return self._hits[min(exact)[1]] if exact else None

    def nearest(self, query: str, kind: NameKind, *, limit: int = 3) -> tuple[str, ...]:
        """Names of this kind that look most like the query, for an error message. Looks at all: some milliseconds."""
        rows = [row for row, hit in enumerate(self._hits) if hit.kind is kind]
        found = process.extract(
            squeeze(fold(query)),
            [self._squeezed[row] for row in rows],
            scorer=fuzz.ratio,
            limit=limit,
            score_cutoff=NEAR_ENOUGH,
        )
        return tuple(self._hits[rows[index]].name for _, _, index in found)

    def _of_kinds(self, kinds: frozenset[NameKind]) -> NDArray[np.bool_]:
        return np.isin(self._kinds, [_KIND_ORDER[kind] for kind in kinds])

    def _tails(self) -> Iterator[tuple[int, str]]:
        """What is left of names without their first word, their first two, ..."""
        for row, folded in enumerate(self._folded):
            words = folded.split()
            for first in range(1, len(words)):
                yield row, squeeze("".join(words[first:]))

    def _tier(self, row: int, folded: str, squeezed: str) -> int:
        name = self._folded[row]
        if name == folded:
            return 0
        if self._squeezed[row] == squeezed:
            return 1
        return 2 if name.startswith(folded) else 3

    def _rows_by_words(self, folded: str) -> set[int]:
        """Rows in which every word of the query begins some word."""
        sets = sorted((set(self._words.rows(word)) for word in _words(folded)), key=len)
        return set.intersection(*sets) if sets else set()


class _Starts:
    """Texts in order, to find those that begin with something by halving."""

    def __init__(self, texts: Iterable[tuple[int, str]]) -> None:
        entries = sorted((text, row) for row, text in texts)
        self._texts = [text for text, _ in entries]
        self._rows = [row for _, row in entries]

    def rows(self, start: str) -> list[int]:
        first = bisect_left(self._texts, start)
        return self._rows[first : bisect_left(self._texts, start + _AFTER_ALL, first)]


def _words(folded: str) -> list[str]:
    return [word for word in _NOT_WORD.split(folded) if word]
