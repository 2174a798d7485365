"""The colours of those who hold space: one's colour follows from its id, and nobody's looks like another's nearby.

Each id has a row of colours that it would take, always the same. The most important holder gets its first; whoever
comes later takes its first that differs enough from all taken before. Hence the large ones keep their colours from
picture to picture. The powers of faction warfare have theirs by name.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

from services.rendering.palette import RGB

_FACTIONS: dict[int, RGB] = {
    500_001: (82, 158, 222),
    500_002: (208, 84, 66),
    500_003: (230, 190, 84),
    500_004: (86, 186, 124),
    500_007: (196, 160, 96),
    500_008: (176, 134, 70),
}
_TRIES = 48
_APART = 0.115
"""How far two colours lie from each other in OKLab before one tells them apart at a glance."""
_TIERS = ((0.74, 0.145), (0.62, 0.155), (0.84, 0.105), (0.56, 0.12))
"""Lightness and chroma; all well above the dark ground."""


def colours_of(ids: Sequence[int], *, liked: Mapping[int, RGB] | None = None) -> dict[int, RGB]:
    """A colour for each id, the most important first; where there are too many, the last ones may look alike.

    `liked`: colours that ids wear elsewhere, to be kept where they can be told apart here too.
    """
    taken: list[tuple[float, float, float]] = []
    found: dict[int, RGB] = {}
    for key in ids:
        if key in _FACTIONS:
            found[key] = _FACTIONS[key]
            taken.append(_lab_of(_FACTIONS[key]))
            continue
        labs = _wanted(key)
        if liked is not None and key in liked:
            labs = (_lab_of(liked[key]), *labs)
        chosen = next((lab for lab in labs if _gap(lab, taken) >= _APART), None)
        chosen = chosen or max(labs, key=lambda lab: _gap(lab, taken))
        taken.append(chosen)
        found[key] = _rgb(chosen)
    return found


@lru_cache(maxsize=512)
def _wanted(key: int) -> tuple[tuple[float, float, float], ...]:
    """The colours that an id would take, in OKLab, its favourite first."""
    seed = hashlib.blake2b(key.to_bytes(8, "big"), digest_size=4).digest()
    turn = int.from_bytes(seed[:2], "big") / 65_536
    tier = 0 if seed[2] < 200 else 1
    labs = []
    for i in range(_TRIES):
        lightness, chroma = _TIERS[(tier + i // 12) % len(_TIERS)]
        hue = math.tau * (turn + i * 0.381966)
        labs.append((lightness, chroma * math.cos(hue), chroma * math.sin(hue)))
    return tuple(labs)


def _gap(lab: tuple[float, float, float], taken: Sequence[tuple[float, float, float]]) -> float:
    return min((math.dist(lab, other) for other in taken), default=1.0)


def _rgb(lab: tuple[float, float, float]) -> RGB:
    """From OKLab to sRGB, cut to what a screen can show."""
    light, a, b = lab
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red, green, blue = (
        _gamma(value)
        for value in (
            4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
        )
    )
    return red, green, blue


def _gamma(value: float) -> int:
    value = min(max(value, 0.0), 1.0)
    shown = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
    return round(255 * shown)


def _lab_of(colour: RGB) -> tuple[float, float, float]:
    red, green, blue = (
        (value / 255 / 12.92 if value <= 10 else ((value / 255 + 0.055) / 1.055) ** 2.4)
        for value in colour
    )
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )
