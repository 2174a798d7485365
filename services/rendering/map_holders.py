"""Who holds what of a map, counted and coloured: the same holder has the same colour on every map where that can be."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.domain.ids import SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.sovereignty import Claim
from services.rendering.map_colours import colours_of
from services.rendering.palette import RGB


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Who holds what of a map's systems, most first, with their colours."""

    holders: tuple[tuple[Organisation, int], ...]
    claims: tuple[Claim, ...]
    colours: Mapping[int, RGB]


def held_of(claims: Sequence[Claim], systems: frozenset[SystemId] | None) -> Held:
    """Holders of these systems; of all of New Eden the alliances. Colours are those of the galaxy where they can be."""
    everywhere = _counted(claims, alliances=True)
    liked = colours_of([holder.id for holder, _ in everywhere])
    if systems is None:
        return Held(
            holders=everywhere,
            claims=tuple(claim for claim in claims if _is_alliances(claim)),
            colours=liked,
        )
    here = tuple(claim for claim in claims if claim.system_id in systems)
    holders = _counted(here, alliances=False)
    colours = colours_of([holder.id for holder, _ in holders], liked=liked)
    return Held(holders=holders, claims=here, colours=colours)


def _counted(claims: Sequence[Claim], *, alliances: bool) -> tuple[tuple[Organisation, int], ...]:
    """Holders with their systems, most first; `alliances`: only those."""
    counts = Counter(
        claim.holder
        for claim in claims
        if claim.holder is not None and (_is_alliances(claim) or not alliances)
    )
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0].id)))


def _is_alliances(claim: Claim) -> bool:
    return claim.holder is not None and claim.holder.kind is OrganisationKind.ALLIANCE
