"""Links that people paste: what a page of zKillboard, DOTLAN or EveWho shows, as terms of a filter.

zKillboard's advanced search keeps its whole question in the address, so that is read as well.

A link that shows something else (one kill, a battle, a route) is refused with a word on what to do.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from services.domain.filter import SIDED, FilterField, GroupKind, Side
from services.filters.errors import FilterFault
from services.filters.parsing import Value, Written

F = FilterField


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTerm:
    """One thing that a link says."""

    field: FilterField
    value: Value
    side: Side | None = None
    """None where the link does not say."""


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """Several of them."""

    kind: GroupKind
    members: "tuple[LinkNode, ...]"


LinkNode = LinkTerm | LinkGroup

_SHOWN = {
    "character": F.CHARACTER, "pilot": F.CHARACTER,
    "corporation": F.CORPORATION, "corp": F.CORPORATION,
    "alliance": F.ALLIANCE,
    "faction": F.FACTION,
    "ship": F.HULL, "shiptype": F.HULL,
    "group": F.GROUP,
    "item": F.ITEM,
    "system": F.SYSTEM, "solarsystem": F.SYSTEM,
    "constellation": F.CONSTELLATION,
    "region": F.REGION,
    "label": F.LABEL,
}  # fmt: skip
"""Pages, by the first part of their path."""

_MORE = {
    "highsec": (F.SPACE, "high"),
    "lowsec": (F.SPACE, "low"),
    "nullsec": (F.SPACE, "null"),
    "w-space": (F.SPACE, "wormhole"),
    "abyssal": (F.SPACE, "abyssal"),
    "pochven": (F.SPACE, "pochven"),
    "solo": (F.IS, "solo"),
    "npc": (F.IS, "npc"),
    "awox": (F.IS, "awox"),
    "ganked": (F.IS, "gank"),
    "capitals": (F.CLASS, "capital"),
    "structures": (F.CLASS, "structure"),
}
"""What narrows a page."""

_SIDES = {"kills": Side.ATTACKER, "losses": Side.VICTIM}
_SLOTS = {"neutrals": Side.EITHER, "attackers": Side.ATTACKER, "victims": Side.VICTIM}
"""Lists of the advanced search."""
_SORTS = {
    "solo": "#",
    "awox": "flag", "ganked": "flag", "npc": "flag", "pvp": "flag", "padding": "flag",
    "atShip": "cat", "capital": "cat",
}  # fmt: skip
"""Labels without a sort in their name."""
_LABEL = re.compile(r"(?:loc|tz|isk|cat|fw|#):[\w+-]+")

_OVERVIEWS = frozenset(
    {"stats", "top", "topalltime", "ranks", "trophies", "supers", "corpstats", "wars", "overview", "api"}
)  # fmt: skip
"""Pages that show the same thing in another way."""

_ID = re.compile(r"\d{1,18}", re.ASCII)
_HINT = "Paste the page of a pilot, corporation, alliance, system, region, ship or group"


def read_link(value: Value) -> LinkNode:
    """What the link says. Raises FilterFault without a place."""
    text = value.text.strip("<>")
    parts = urlsplit(text if "://" in text else f"https://{text}")
    host = (parts.hostname or "").removeprefix("www.")
    reader = _SITES.get(host)
    if reader is None:
        raise FilterFault(f"I know links to zKillboard, DOTLAN and EveWho only. {_HINT} there.")
    path = [unquote(part) for part in parts.path.split("/") if part]
    if reader is _killboard and path[:1] == ["asearch"]:
        return _advanced(unquote(parts.fragment), value)
    terms = reader(path, value)
    return terms[0] if len(terms) == 1 else LinkGroup(GroupKind.ALL, terms)


def _killboard(path: list[str], link: Value) -> tuple[LinkTerm, ...]:
    words = iter(path)
    terms: list[LinkTerm] = []
    side: Side | None = None
    for word in map(str.lower, words):
        if word in _SHOWN:
            shown = next(words, "")
            if not _ID.fullmatch(shown) and word != "label":
                raise FilterFault(f"This link is incomplete. {_HINT}.")
            terms.append(_term(_SHOWN[word], shown, link))
        elif word in _SIDES:
            side = _SIDES[word]
        elif word in _MORE:
            terms.append(_term(*_MORE[word], link))
        elif word == "page":
            next(words, None)
        elif word not in _OVERVIEWS:
            raise FilterFault(_unfit(word))
    if not terms:
        raise FilterFault(f"This link shows no one and nothing in particular. {_HINT}.")
    return tuple(
        LinkTerm(field=term.field, value=term.value, side=side if term.field in SIDED else None)
        for term in terms
    )


def _unfit(word: str) -> str:
    if word in {"kill", "kills"}:
        return f"This link shows a single kill. {_HINT}."
    if word in {"related", "br"}:
        return f"This link shows a battle. {_HINT}."
    return f"I cannot make a filter of this link. {_HINT}."


def _advanced(fragment: str, link: Value) -> LinkNode:
    """The advanced search: sides joined as its buttons say, places and labels of one sort by `or`; times left out."""
    try:
        asked = json.loads(fragment)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise FilterFault("This link to the advanced search is incomplete. Copy the whole address.")
    pressed = [button for button in _list(asked.get("buttons")) if isinstance(button, str)]
    groups = [
        _people(asked, slot, side, pressed=pressed, link=link) for slot, side in _SLOTS.items()
    ]
    groups.append(LinkGroup(GroupKind.ANY, _entries(asked.get("location"), None, link)))
    items = GroupKind.ANY if "items-or" in pressed else GroupKind.ALL
    groups.append(LinkGroup(items, _entries(asked.get("items"), None, link)))
    groups += _labels(pressed, link)
    kept = tuple(group for group in groups if group.members)
    if not kept:
        raise FilterFault("This link to the advanced search asks for nothing in particular.")
    return LinkGroup(GroupKind.ALL, kept)


def _people(
    asked: dict[str, object], slot: str, side: Side, *, pressed: list[str], link: Value
) -> LinkGroup:
    name = "either" if slot == "neutrals" else slot
    if f"{name}-or" in pressed:
        return LinkGroup(GroupKind.ANY, _entries(asked.get(slot), side, link))
    if (
        f"{name}-and" in pressed
        or side is Side.VICTIM
        or not any(button.startswith(f"{name}-") for button in pressed)
    ):
        return LinkGroup(GroupKind.ALL, _entries(asked.get(slot), side, link))
    # The third way to join them there: all of one and the same person.
    one = LinkGroup(GroupKind.SAME, _entries(asked.get(slot), Side.ATTACKER, link))
    if side is Side.ATTACKER or not one.members:
        return one
    victim = LinkGroup(GroupKind.ALL, _entries(asked.get(slot), Side.VICTIM, link))
    return LinkGroup(GroupKind.ANY, (one, victim))


def _entries(found: object, side: Side | None, link: Value) -> tuple[LinkTerm, ...]:
    terms = []
    for entry in _list(found):
        sort, thing_id = (
            (entry.get("type"), entry.get("id")) if isinstance(entry, dict) else ("", "")
        )
        field = _SHOWN.get(
            str(sort).removesuffix("ID").lower(), F.ITEM if sort == "typeID" else None
        )
        if field is None or not _ID.fullmatch(str(thing_id)):
            raise FilterFault("This search asks for something that no filter here knows.")
        whose = side if field in SIDED else None
        terms.append(
            LinkTerm(field=field, value=_term(field, str(thing_id), link).value, side=whose)
        )
    return tuple(terms)


def _labels(pressed: list[str], link: Value) -> list[LinkGroup]:
    """Those of one sort by `or`, the sorts together."""
    sorts: dict[str, list[LinkTerm]] = {}
    for label in (button.removeprefix("label-") for button in pressed):
        sort = _SORTS.get(label) or (label.partition(":")[0] if _LABEL.fullmatch(label) else None)
        if sort is not None:
            term = _term(F.LABEL, label, link, written=Written.QUOTED)
            sorts.setdefault(sort, []).append(term)
    return [LinkGroup(GroupKind.ANY, tuple(terms)) for terms in sorts.values()]


def _list(found: object) -> list[object]:
    return found if isinstance(found, list) else []


def _maps(path: list[str], link: Value) -> tuple[LinkTerm, ...]:
    page = path[0].lower() if path else ""
    names = [part.replace("_", " ").strip() for part in path[1:]]
    if page == "map" and len(names) >= 2:
        return (_term(F.SYSTEM, names[1], link, written=Written.QUOTED),)
    if page in {"map", "region"} and names:
        return (_term(F.REGION, names[0], link, written=Written.QUOTED),)
    if page == "range" and len(names) == 2:
        hull, _, skill = names[0].partition(",")
        place = Value(text=names[1], written=Written.QUOTED, start=link.start, end=link.end)
        reach = Value(
            text=f"{hull}@{skill[:1] or 5}",
            written=Written.REACH,
            start=link.start,
            end=link.end,
            place=place,
        )
        return (LinkTerm(field=F.WITHIN, value=reach),)
    if page in _SHOWN and names:
        digits = _ID.fullmatch(names[0]) is not None
        written = Written.PLAIN if digits else Written.QUOTED
        return (_term(_SHOWN[page], names[0], link, written=written),)
    raise FilterFault(f"I cannot make a filter of this link. {_HINT}.")


def _term(
    field: FilterField, text: str, link: Value, *, written: Written = Written.PLAIN
) -> LinkTerm:
    return LinkTerm(
        field=field, value=Value(text=text, written=written, start=link.start, end=link.end)
    )


_SITES: dict[str, Callable[[list[str], Value], tuple[LinkTerm, ...]]] = {
    "zkillboard.com": _killboard,
    "eve-kill.com": _killboard,
    "evewho.com": _killboard,
    "evemaps.dotlan.net": _maps,
}
