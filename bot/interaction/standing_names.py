"""Many pilots and organisations at once, as people paste them: who is meant by each, and what cannot be told.

Names are separated by commas, semicolons or new lines; `"in quotes"` a comma belongs to the name. Each may be a name, a
`[ticker]`, a link to a killboard, and may say what it is: `alliance:Test`. One that is not known keeps nobody back.
"""

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.presentation.text import escape
from services.container import Services
from services.domain.errors import UserError
from services.domain.killmail import OrganisationKind
from services.domain.names import NamedEntity, Resolution
from services.universe.search import fold, squeeze
from services.universe.universe import Universe

MOST = 200
"""Names at once: each may have to be asked for."""
_AT_ONCE = 10
"""Names that are asked for side by side."""
_SHOWN = 60
_ENTRY = re.compile(r'"(?P<quoted>[^"]*)"|(?P<plain>[^",;\n]+)')
_LINKS = re.compile(r"(?:<?https?://\S+\s*){2,}", re.IGNORECASE)
_TICKERS = re.compile(r"(?:\[[^\[\]]+\]\s*){2,}")
_TICKER = re.compile(r"\[[^\[\]]+\]")
_WITH_TICKER = re.compile(r"(?P<name>[^\[\]]*\S)\s*[\[<][^\[\]<>]{1,5}[\]>]")
_KIND = re.compile(r"(?P<kind>[a-z]+)\s*:\s*(?!//)(?P<name>.+)", re.IGNORECASE | re.DOTALL)
_FACTION_LINK = re.compile(
    r"<?(?:https?://)?(?:www\.)?zkillboard\.com/faction/(?P<id>\d{1,9})/?.*",
    re.IGNORECASE | re.DOTALL,
)
_KINDS = {
    "alliance": OrganisationKind.ALLIANCE,
    "corp": OrganisationKind.CORPORATION,
    "corporation": OrganisationKind.CORPORATION,
    "pilot": OrganisationKind.CHARACTER,
    "character": OrganisationKind.CHARACTER,
    "faction": OrganisationKind.FACTION,
}
KIND_WORDS = {
    OrganisationKind.ALLIANCE: "alliance",
    OrganisationKind.CORPORATION: "corp",
    OrganisationKind.CHARACTER: "pilot",
    OrganisationKind.FACTION: "faction",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """Whom a name means."""

    id: int
    kind: OrganisationKind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """Those who are meant, each once, and a sentence about each name that means nobody or several."""

    found: tuple[Somebody, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    name: str
    kind: OrganisationKind | None


def split_names(text: str) -> list[str]:
    """The names in it, each once, in order. Raises UserError without any, or with too many."""
    names: dict[str, None] = {}
    for matched in _ENTRY.finditer(text):
        entry = (matched["quoted"] or matched["plain"] or "").strip()
        parts = _parts(entry) if matched["quoted"] is None else [entry]
        names.update(dict.fromkeys(part for part in parts if part))
    if not names:
        raise UserError("There is no name in that. Separate names by commas or new lines.")
    if len(names) > MOST:
        raise UserError(f"Those are {len(names)} names; at most {MOST} can be taken at once.")
    return list(names)


async def find_everybody(services: Services, names: Sequence[str]) -> Sorted:
    """Ask for all of them, some side by side."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def find(name: str) -> Somebody | str:
        async with slots:
            return await _find(services, name)

    answers = await asyncio.gather(*(find(name) for name in names))
    found = {one.id: one for one in answers if isinstance(one, Somebody)}
    problems = tuple(one for one in answers if isinstance(one, str))
    return Sorted(found=tuple(found.values()), problems=problems)


def pick(known: Iterable[Somebody], names: Sequence[str]) -> Sorted:
    """The same among those who are known already: nobody is asked."""
    everybody = list(known)
    found: dict[int, Somebody] = {}
    problems: list[str] = []
    for name in names:
        asked = _read(name)
        linked = re.search(r"/(\d{1,18})/?$", name.strip("<> "))
        wanted = squeeze(fold(asked.name)) or asked.name
        hits = [
            one
            for one in everybody
            if (asked.kind in (None, one.kind) and squeeze(fold(one.name)) == wanted)
            or (linked is not None and one.id == int(linked[1]))
        ]
        found.update({one.id: one for one in hits})
        if not hits:
            problems.append(f"{_said(name)} is not marked here.")
    return Sorted(found=tuple(found.values()), problems=tuple(problems))


async def _find(services: Services, name: str) -> Somebody | str:
    """Who is meant, or why nobody is."""
    asked = _read(name)
    known = _of_the_game(services.universe, asked)
    if asked.kind is OrganisationKind.FACTION:
        return known[0] if known else f"{_said(name)}: there is no faction called so."
    resolution = await services.names.resolve(asked.name)
    seen = {one.id for one in known}
    known += [_somebody(one) for one in resolution.found if one.id not in seen]
    fitting = [one for one in known if asked.kind in (None, one.kind)]
    if len(fitting) == 1:
        return fitting[0]
    return _several(name, fitting) if fitting else _nobody(name, resolution)


def _of_the_game(universe: Universe, asked: _Asked) -> list[Somebody]:
    """Factions and NPC corporations, which nobody has to be asked for."""
    linked = _FACTION_LINK.fullmatch(asked.name)
    wanted = squeeze(fold(asked.name))
    tables = (
        (OrganisationKind.FACTION, universe.factions),
        (OrganisationKind.CORPORATION, universe.npc_corporations),
    )
    return [
        Somebody(id=int(key), kind=kind, name=one.name)
        for kind, table in tables
        for key, one in table.items()
        if (wanted and squeeze(fold(one.name)) == wanted)
        or (linked and kind is OrganisationKind.FACTION and int(key) == int(linked["id"]))
    ]


def _somebody(entity: NamedEntity) -> Somebody:
    kind = OrganisationKind(entity.kind.value)
    return Somebody(id=entity.id, kind=kind, name=entity.name.name)


def _read(name: str) -> _Asked:
    """`corp:Test`, `Goonswarm Federation [CONDI]`, or plain."""
    matched = _KIND.fullmatch(name)
    kind = _KINDS.get(matched["kind"].lower()) if matched else None
    plain = (matched["name"] if matched and kind else name).strip().strip('"')
    tagged = _WITH_TICKER.fullmatch(plain)
    return _Asked(name=tagged["name"] if tagged else plain, kind=kind)


def _parts(entry: str) -> list[str]:
    """Links and tickers are told apart by blanks alone."""
    if _LINKS.fullmatch(entry):
        return entry.split()
    return _TICKER.findall(entry) if _TICKERS.fullmatch(entry) else [entry]


def _said(name: str) -> str:
    return f"“{escape(name[:_SHOWN])}”"


def _several(name: str, found: Sequence[Somebody]) -> str:
    kinds = sorted({KIND_WORDS[one.kind] for one in found})
    if len(kinds) == len(found):
        plain = _read(name).name
        offered = " or ".join(f"`{kind}:{plain.replace('`', '')[:_SHOWN]}`" for kind in kinds)
        return f"{_said(name)} can mean {len(found)}: write {offered}."
    return f"{_said(name)} can mean {len(found)}: paste the zKillboard link of the one you mean."


def _nobody(name: str, resolution: Resolution) -> str:
    if not resolution.certain:
        return f"{_said(name)} is new to me, and the game cannot be asked at the moment: try again later."
    near = ", ".join(escape(one) for one in resolution.near)
    return f"{_said(name)}: I know nobody called so." + (f" Did you mean {near}?" if near else "")
