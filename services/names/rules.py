"""Names as people type them: what a search compares, and what a text asks for. Pure.

Case, accents and punctuation never matter: `ragequit` finds Rage-Quit, `[condi]` the alliance with that ticker. A link
to a killboard or to DOTLAN stands for whom it shows.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from services.domain.names import EntityKind
from services.universe.search import fold, squeeze

LONGEST = 100
"""Characters of a name that ESI takes; no name in the game is longer."""
KEY_LENGTH = 64
_LINK = re.compile(
    r"(?:https?://)?(?:www\.)?(?P<host>zkillboard\.com|evewho\.com|evemaps\.dotlan\.net)"
    r"/(?P<page>[a-z]+)/(?P<whom>[^\s/?#]+)(?:[/?#].*)?",
    re.IGNORECASE | re.DOTALL,
)
_TICKER = re.compile(r"\[([^\[\]]*)\]?|<([^<>]*)>", re.DOTALL)
_PAGES = {
    "alliance": EntityKind.ALLIANCE,
    "corporation": EntityKind.CORPORATION,
    "corp": EntityKind.CORPORATION,
    "character": EntityKind.CHARACTER,
    "pilot": EntityKind.CHARACTER,
}
_IDS = range(1, 2**63)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a text asks for: an id (a link), a ticker, or a name; `kind` where the text says it."""

    entity_id: int | None = None
    ticker: str | None = None
    name: str | None = None
    kind: EntityKind | None = None


def search_key(text: str) -> str:
    """What is compared: letters and digits alone; the signs themselves where there is nothing else."""
    folded = fold(text)
    return (squeeze(folded) or "".join(sign for sign in folded if sign.isprintable()))[:KEY_LENGTH]


def read_question(text: str) -> Asked:
    """Understand what was typed or pasted; what makes no sense asks for an empty name."""
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    if (linked := _linked(words.strip("<>"))) is not None:
        return linked
    if (ticker := _TICKER.fullmatch(words)) is not None:
        return Asked(ticker=(ticker[1] or ticker[2] or "").strip())
    return Asked(name=words)


def _linked(words: str) -> Asked | None:
    matched = _LINK.fullmatch(words)
    kind = _PAGES.get(matched["page"].lower()) if matched else None
    if matched is None or kind is None:
        return None
    whom = matched["whom"]
    if whom.isascii() and whom.isdecimal():
        entity_id = int(whom[:20])
        return Asked(entity_id=entity_id, kind=kind) if entity_id in _IDS else Asked(name="")
    return Asked(name=unquote(whom).replace("_", " ").strip(), kind=kind)
