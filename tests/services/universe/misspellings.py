"""Names as people get them wrong: one letter swapped with the next, missing, doubled or wrong; always the same ones."""

import random

from services.universe.search import fold, squeeze

_KEYS = "abcdefghijklmnopqrstuvwxyz0123456789"


def misspell(name: str, pick: random.Random) -> str:
    """The name in lower case with one mistake among its letters and digits; never the name itself."""
    right = squeeze(fold(name))
    while True:
        wrong = _mistake(name.lower(), pick)
        if squeeze(fold(wrong)) != right:
            return wrong


def _mistake(name: str, pick: random.Random) -> str:
    at = pick.randrange(len(name))
    before, here, after = name[:at], name[at], name[at + 1 :]
    return pick.choice(
        (
            before + after[:1] + here + after[1:],
            before + after,
            before + here + here + after,
            before + pick.choice(_KEYS) + after,
        )
    )
