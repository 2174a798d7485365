"""Pictures in place of those the page must not fetch: logos, portraits and hulls, drawn from the id in their address.

The page is opened from disk and asks no server for anything. The same id always gives the same drawing, so that a
reader recognises an organisation again; nothing here pretends to be the real picture.
"""

import random
import re
from html import escape

_ADDRESS = re.compile(r"/(?P<category>alliances|corporations|characters|types)/(?P<id>\d+)/")
_WORD = re.compile(r"[^\W_]+")
_CAPSULES = frozenset({670, 33328})
_SECTIONS = 7
"""Points along a drawn hull's side."""


def logo(url: str, name: str) -> str:
    """A hexagon with initials for an organisation, a round one for a pilot; SVG, 24 by 24 units."""
    match = _ADDRESS.search(url)
    hue = _hue(int(match["id"]) if match else sum(map(ord, name)))
    shape = (
        '<circle cx="12" cy="12" r="11.5"/>'
        if match and match["category"] == "characters"
        else '<path d="M12 .5 22 6.2v11.6L12 23.5 2 17.8V6.2z"/>'
    )
    letters = escape(initials(name))
    return (
        f'<svg class="logo" viewBox="0 0 24 24" role="img" aria-label="{escape(name)}">'
        f'<g fill="hsl({hue} 42% 38%)">{shape}</g>'
        f'<text x="12" y="15.4" text-anchor="middle" fill="#fff">{letters}</text></svg>'
    )


def hull(url: str, name: str) -> str:
    """A drawn hull from above with its name under it; SVG, 96 by 96 units."""
    match = _ADDRESS.search(url)
    type_id = int(match["id"]) if match else sum(map(ord, name))
    hue = _hue(type_id)
    caption = escape(name if len(name) <= 16 else f"{name[:15]}…")
    body = _capsule() if type_id in _CAPSULES else _hull_path(type_id)
    return (
        f'<svg class="hull" viewBox="0 0 96 96" role="img" aria-label="{escape(name)}">'
        f'<rect width="96" height="96" rx="6" fill="hsl({hue} 24% 14%)"/>'
        f'<g fill="hsl({hue} 26% 46%)" stroke="hsl({hue} 40% 70%)" stroke-width="1" stroke-linejoin="round">{body}</g>'
        f'<text x="48" y="89" text-anchor="middle" fill="#e3e5e8">{caption}</text></svg>'
    )


def initials(name: str) -> str:
    """At most two letters."""
    words: list[str] = _WORD.findall(name)
    if not words:
        return "?"
    second = words[1][:1] if len(words) > 1 else words[0][1:2]
    return f"{words[0][:1]}{second}".upper()


def _hue(number: int) -> int:
    return number * 47 % 360


def _capsule() -> str:
    return '<ellipse cx="48" cy="42" rx="12" ry="19"/><ellipse cx="48" cy="35" rx="5" ry="7" fill="#0008"/>'


def _hull_path(type_id: int) -> str:
    """A symmetrical outline, bow up."""
    dice = random.Random(type_id)  # noqa: S311 - a drawing, no secret
    widths = [2.0] + [
        dice.uniform(6, 24) * (0.5 + 0.5 * step / _SECTIONS) for step in range(1, _SECTIONS)
    ]
    heights = [10 + 62 * step / (_SECTIONS - 1) for step in range(_SECTIONS)]
    right = [(48 + width, height) for width, height in zip(widths, heights, strict=True)]
    left = [(48 - width, height) for width, height in zip(widths, heights, strict=True)]
    outline = " ".join(f"{x:.1f},{y:.1f}" for x, y in [*right, *reversed(left)])
    return f'<polygon points="{outline}"/><path d="M48 16V68" stroke-opacity=".45" fill="none"/>'
