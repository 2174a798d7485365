"""What each kind of map says: a region's kills, sovereignty, the warzone, a neighbourhood. Facts in, `MapData` out.

Nothing here asks anybody. Whatever is not known is left out or said to be unknown; how old it is stands at the foot.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from services.domain.battle import Fought
from services.domain.freshness import Freshness
from services.domain.heat import Coverage, Heat, HeatBy
from services.domain.ids import FactionId, SystemId
from services.domain.isk import IskSum
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.names import NameBook
from services.domain.occurrence import Occurrence
from services.domain.sovereignty import Campaign
from services.domain.warfare import Warzone, WarzoneSystem
from services.rendering.furniture import length_text, span_text
from services.rendering.map_data import Contest, Holder, MapData, MapMark, MarkKind
from services.rendering.map_holders import Held
from services.rendering.map_marks import (
    battle_marks,
    campaign_marks,
    corruption_marks,
    flip_marks,
    marks_line,
)
from services.rendering.map_notes import age_line, coverage_line, sum_text, unpriced_line
from services.rendering.palette import RGB
from services.universe.universe import Universe

_HOUR = timedelta(hours=1)
_LABEL = 10
"""Letters of whoever has no ticker."""


def region_map(
    name: str,
    systems: tuple[SystemId, ...],
    heat: Mapping[SystemId, Heat],
    *,
    by: HeatBy,
    window: tuple[datetime, datetime],
    filtered: bool,
    coverage: Coverage,
    fought: Mapping[SystemId, Fought],
    campaigns: Sequence[Campaign],
    timers: Freshness | None,
    now: datetime,
) -> MapData:
    """A region's kills in a window. `timers`: how old the campaigns are; None: they do not belong on this map."""
    total = sum((found.isk for found in heat.values()), IskSum())
    kills = sum(found.kills for found in heat.values())
    what = "Kills" if by is HeatBy.KILLS else "ISK lost"
    length = length_text(window[1] - window[0])
    return MapData(
        systems=systems,
        title=name,
        subtitle=(f"{what}{' by filter' if filtered else ''} · {length}", span_text(*window)),
        figure=sum_text(total, kills, by, coverage=coverage),
        detail=_spread(heat, systems, coverage),
        heat=_measured(heat, by),
        by=by,
        heat_text=what,
        marks=(*campaign_marks(campaigns, timers, now), *battle_marks(fought)),
        notes=(
            unpriced_line(total, by),
            coverage_line(coverage, kills=kills),
            _timers_line(timers, now),
            marks_line(fought),
        ),
        drawn_at=now,
    )


def sov_map(
    place: str,
    systems: tuple[SystemId, ...],
    held: Held,
    *,
    book: NameBook,
    universe: Universe,
    campaigns: Sequence[Campaign],
    flips: Sequence[Occurrence],
    freshness: Freshness,
    timers: Freshness,
    now: datetime,
) -> MapData:
    """Who holds what, in a region or (without `systems`) in New Eden. `timers`: how old the campaigns are."""
    figure, detail = _holdings(held, systems) if freshness.as_of else ("", "")
    marks = [
        *(
            MapMark(system_id=claim.system_id, kind=MarkKind.CAPITAL)
            for claim in held.claims
            if claim.is_capital and systems
        ),
        *campaign_marks(campaigns, timers, now),
        *flip_marks(flips, now),
    ]
    return MapData(
        systems=systems,
        title=f"Sovereignty · {place}" if systems else "Sovereignty",
        subtitle=("Who holds what, and what is contested",) if systems else (place,),
        figure=figure,
        detail=detail,
        holders=_owners(held, book, universe),
        held=tuple(
            (claim.system_id, claim.holder.id) for claim in held.claims if claim.holder is not None
        ),
        marks=tuple(marks),
        empty="" if freshness.as_of else "Nothing known yet: ESI has not answered",
        notes=(age_line("Sovereignty", freshness, now), _timers_line(timers, now)),
        drawn_at=now,
    )


def _holdings(held: Held, systems: Sequence[SystemId]) -> tuple[str, str]:
    """How many are held; and, in a region, how many are not and of how many no answer told."""
    known = sum(count for _, count in held.holders)
    claimed = f"{known:,} system{'s' if known != 1 else ''} held"
    if not systems:
        count = len(held.holders)
        return claimed, f"by {count} alliance{'s' if count != 1 else ''}"
    free = sum(claim.holder is None for claim in held.claims)
    unknown = len(systems) - len(held.claims)
    return claimed, f"{free} not held" + (f", {unknown} unknown" if unknown else "")


def _owners(held: Held, book: NameBook, universe: Universe) -> tuple[Holder, ...]:
    return tuple(
        Holder(
            key=holder.id,
            label=_label(holder, book, universe),
            name=_name(holder, book, universe),
            count=count,
            colour=held.colours[holder.id],
        )
        for holder, count in held.holders
    )


def fw_map(
    warzone: Warzone,
    systems: Sequence[WarzoneSystem],
    pair: tuple[FactionId, FactionId] | None,
    *,
    heat: Mapping[SystemId, Heat],
    hours: int,
    coverage: Coverage,
    flips: Sequence[Occurrence],
    fought: Mapping[SystemId, Fought],
    colours: Mapping[int, RGB],
    universe: Universe,
    now: datetime,
) -> MapData:
    """The warzone of a pair, or both."""
    counts = Counter(one.occupier_id for one in systems)
    ids = tuple(sorted(one.system_id for one in systems))
    names = [_faction(universe, key) for key in pair or ()]
    length = length_text(hours * _HOUR)
    figure = " : ".join(str(counts[key]) for key in pair) if pair else f"{len(ids)} systems"
    return MapData(
        systems=ids,
        title="Warzone" if pair else "Faction warfare",
        subtitle=(
            " against ".join(names) if names else "Both warzones",
            f"Occupier, contested share, kills of {length}",
        ),
        figure=figure,
        detail="systems, " + " : ".join(map(short_faction, names)) if names else "",
        heat=_measured(heat, HeatBy.KILLS),
        heat_text=f"kills in {length}",
        holders=_powers(counts, colours, universe),
        held=tuple((one.system_id, int(one.occupier_id)) for one in systems),
        contests=tuple(map(_contest, systems)),
        enemies=tuple((int(a), int(b)) for a, b in warzone.enemies),
        exits=False,
        marks=(
            *flip_marks(flips, now),
            *battle_marks(fought),
            *corruption_marks(systems),
        ),
        notes=(
            age_line("Occupancy", warzone.freshness, now),
            _insurgency_line(warzone, systems, now),
            coverage_line(coverage, kills=sum(found.kills for found in heat.values())),
            marks_line(fought),
        ),
        drawn_at=now,
    )


def _insurgency_line(warzone: Warzone, systems: Sequence[WarzoneSystem], now: datetime) -> str:
    """How old the corruption is; nothing where there is none, and that is certain."""
    pirates = any(one.corruption for one in systems)
    told = pirates or warzone.insurgency.is_stale
    return age_line("Insurgency", warzone.insurgency, now) if told else ""


def _powers(
    counts: Mapping[FactionId, int], colours: Mapping[int, RGB], universe: Universe
) -> tuple[Holder, ...]:
    return tuple(
        Holder(
            key=key,
            label=short_faction(_faction(universe, key)),
            name=_faction(universe, key),
            count=count,
            colour=colours[key],
        )
        for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def _contest(one: WarzoneSystem) -> Contest:
    return Contest(
        system_id=one.system_id, share=one.share, vulnerable=one.is_vulnerable, role=one.role
    )


def around_map(
    name: str,
    systems: tuple[SystemId, ...],
    asked: SystemId,
    *,
    jumps: int,
    heat: Mapping[SystemId, Heat],
    hours: int,
    coverage: Coverage,
    fought: Mapping[SystemId, Fought],
    campaigns: Sequence[Campaign],
    timers: Freshness | None,
    now: datetime,
) -> MapData:
    """What lies around a system. `timers`: how old the campaigns are; None: there can be none."""
    kills = sum(found.kills for found in heat.values())
    return MapData(
        systems=systems,
        title=f"Around {name}",
        subtitle=(
            f"Everything within {jumps} jump{'s' if jumps != 1 else ''}",
            f"kills of {length_text(hours * _HOUR)}",
        ),
        figure=sum_text(IskSum(), kills, HeatBy.KILLS, coverage=coverage),
        detail=_spread(heat, systems, coverage),
        heat=_measured(heat, HeatBy.KILLS),
        heat_text="Kills",
        marks=(*campaign_marks(campaigns, timers, now), *battle_marks(fought, asked)),
        notes=(
            coverage_line(coverage, kills=kills),
            _timers_line(timers, now),
            marks_line(fought),
        ),
        asked=asked,
        drawn_at=now,
    )


def short_faction(name: str) -> str:
    """One word for a power: `Caldari`, `Guristas`."""
    words = [word for word in name.split() if word not in {"The", "Servant"}]
    return words[0].removesuffix("'s") if words else name


def _timers_line(timers: Freshness | None, now: datetime) -> str:
    return age_line("Timers", timers, now) if timers is not None else ""


def _spread(heat: Mapping[SystemId, Heat], systems: Sequence[SystemId], coverage: Coverage) -> str:
    """`in 5 of 97 systems`; nothing where nobody knows."""
    known = bool(heat) or not coverage.is_nothing
    return f"in {len(heat)} of {len(systems)} systems" if known else ""


def _measured(heat: Mapping[SystemId, Heat], by: HeatBy) -> tuple[tuple[SystemId, float], ...]:
    values = (
        (key, float(found.kills) if by is HeatBy.KILLS else found.isk.isk)
        for key, found in sorted(heat.items())
    )
    return tuple((key, value) for key, value in values if value > 0)


def _faction(universe: Universe, faction_id: int) -> str:
    found = universe.factions.get(FactionId(faction_id))
    return found.name if found else f"#{faction_id}"


def _name(holder: Organisation, book: NameBook, universe: Universe) -> str:
    if holder.kind is OrganisationKind.FACTION:
        return _faction(universe, holder.id)
    return book.name(holder.id)


def _label(holder: Organisation, book: NameBook, universe: Universe) -> str:
    if holder.kind is OrganisationKind.FACTION:
        return short_faction(_faction(universe, holder.id))[:_LABEL]
    return (book.ticker(holder.id) or book.name(holder.id))[:_LABEL]
