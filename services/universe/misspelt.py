"""Names that look like a misspelt one.

Mistakes are counted on letters and digits alone: one wrong, missing, doubled or two swapped count as one mistake,
and letters that look alike on a screen (O and 0, l, I and 1) are the same letter. A short query may hold one
mistake, a longer one two. The query is held against whole names, against what names begin with (people stop typing
when they see what they want), and against names without their first words; in this order, fewer mistakes first, and
among equals those with the right first letter, which is seldom wrong.

Measuring ten thousand names would take a millisecond and more; so each name has a mask of the letters in it, and
only names that hold nearly all letters of the query are measured.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 3
"""Letters below which everything looks like everything."""
_SHORTEST_BEGINNING = 4
"""Letters from which a query is held against what names begin with."""
_SHORTEST_FOR_TAILS = 5
"""Letters from which a query is held against names without their first words."""
_LONG = 6
"""Letters from which a query may hold two mistakes."""
_SHORTEST_TAIL = 4
_ALIKE = str.maketrans("oil", "011")
_BITS = 64
_TOO_FAR = 99


class LookAlikes:
    """`names`: of each row, letters and digits alone in lower case. `tails`: rows with a name less its first words."""

    def __init__(self, names: Sequence[str], tails: Sequence[tuple[int, str]]) -> None:
        kept = [(row, tail) for row, tail in tails if len(tail) >= _SHORTEST_TAIL]
        self._texts = [text.translate(_ALIKE) for text in (*names, *(tail for _, tail in kept))]
        self._rows = np.array([*range(len(names)), *(row for row, _ in kept)], dtype=np.intp)
        self._is_tail = np.arange(len(self._texts)) >= len(names)
        self._masks = np.array([_mask(text) for text in self._texts], dtype=np.uint64)
        self._heads = np.array([_head(text) for text in self._texts])

    def rows(self, query: str, wanted: NDArray[np.bool_]) -> list[int]:
        """Rows of which `wanted` is true that look like the query (letters and digits, lower case), likest first."""
        if len(query) < SHORTEST:
            return []
        asked = query.translate(_ALIKE)
        mistakes = 1 if len(asked) < _LONG else 2
        lacking = np.bitwise_count(np.uint64(_mask(asked)) & ~self._masks)
        held = (lacking <= mistakes) & wanted[self._rows]
        if len(asked) < _SHORTEST_FOR_TAILS:
            held &= ~self._is_tail
        near = np.flatnonzero(held)
        score = self._score(asked, near, mistakes=mistakes)
        found = score < _TOO_FAR
        near, score = near[found], score[found]
        other_first = self._heads[near, 0] != ord(asked[0])
        order = np.lexsort((self._rows[near], other_first, score))
        return list(dict.fromkeys(self._rows[near[order]].tolist()))

    def _score(self, asked: str, near: NDArray[np.intp], *, mistakes: int) -> NDArray[np.int64]:
        """As `_scores`; one more where a name only begins so, one more where its first words are left out.

        Beginnings are tried for names of whose first two letters one at least is one of the query's first two.
        """
        score = _scores(asked, [self._texts[entry] for entry in near.tolist()], mistakes=mistakes)
        if len(asked) >= _SHORTEST_BEGINNING:
            tried = np.flatnonzero(np.isin(self._heads[near], _head(asked)).any(axis=1))
            texts = [self._texts[entry] for entry in near[tried].tolist()]
            for length in range(len(asked) - 1, len(asked) + 2):
                begun = _scores(asked, [text[:length] for text in texts], mistakes=mistakes)
                score[tried] = np.minimum(score[tried], begun + 1)
        return score + self._is_tail[near]


def _scores(asked: str, texts: list[str], *, mistakes: int) -> NDArray[np.int64]:
    """Three for each mistake between the query and a text; `_TOO_FAR` for more than `mistakes`."""
    if not texts:
        return np.zeros(0, dtype=np.int64)
    counted = process.cdist(
        [asked], texts, scorer=OSA.distance, score_cutoff=mistakes, dtype=np.uint8
    )
    return np.where(counted[0] > mistakes, _TOO_FAR, 3 * counted[0].astype(np.int64))


def _head(text: str) -> tuple[int, int]:
    """The first two letters; 0 for one that is not there."""
    first, second, *_ = (*map(ord, text[:2]), 0, 0)
    return first, second


def _mask(text: str) -> int:
    """A bit for each letter that occurs; letters may share one, which only makes a name pass."""
    mask = 0
    for letter in text:
        mask |= 1 << (ord(letter) % _BITS)
    return mask
