"""What each kind of map says: a region's kills, sovereignty, the warzone, a neighbourhood. Facts in, `MapData` out.

Nothing here asks anybody. Whatever is not known is left out or said to be unknown; how old it is stands at the foot.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.domain.battle import Battle
from services.domain.freshness import Freshness
from services.domain.heat import Heat, HeatBy
from services.domain.ids import FactionId, SystemId
from services.domain.isk import IskSum, format_isk
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.names import NameBook
from services.domain.occurrence import Occurrence
from services.domain.sovereignty import Campaign, Claim
from services.domain.warfare import Warzone, WarzoneSystem
from services.rendering.furniture import length_text, span_text
from services.rendering.map_data import Contest, Holder, MapData, MapMark, MarkKind
from services.rendering.palette import RGB
from services.universe.universe import Universe

_MARKED_BATTLES = 8
"""Battles marked on a map, the largest ones."""
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)
_LABEL = 10
"""Letters of whoever has no ticker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Who holds what of a map's systems, most first, with their colours."""

    holders: tuple[tuple[Organisation, int], ...]
    claims: tuple[Claim, ...]
    colours: Mapping[int, RGB]


def region_map(
    name: str,
    systems: tuple[SystemId, ...],
    heat: Mapping[SystemId, Heat],
    *,
    by: HeatBy,
    window: tuple[datetime, datetime],
    filtered: bool,
    battles: Sequence[Battle],
    campaigns: Sequence[Campaign],
    now: datetime,
) -> MapData:
    """A region's kills in a window."""
    total = sum((found.isk for found in heat.values()), IskSum())
    kills = sum(found.kills for found in heat.values())
    what = "Kills" if by is HeatBy.KILLS else "ISK lost"
    length = length_text(window[1] - window[0])
    return MapData(
        systems=systems,
        title=name,
        subtitle=(f"{what}{' by filter' if filtered else ''} · {length}", span_text(*window)),
        figure=_sum_text(total, kills, by),
        detail=f"in {len(heat)} of {len(systems)} systems",
        heat=_measured(heat, by),
        by=by,
        heat_text=what,
        marks=(*_campaign_marks(campaigns, now), *_battle_marks(battles, systems)),
        notes=(_unpriced(total, by),),
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
    now: datetime,
) -> MapData:
    """Who holds what, in a region or (without `systems`) in New Eden."""
    known = sum(count for _, count in held.holders)
    claimed = f"{known:,} system{'s' if known != 1 else ''} held"
    open_ones = len(systems) - known if systems else 0
    marks = [
        *(
            MapMark(system_id=claim.system_id, kind=MarkKind.CAPITAL)
            for claim in held.claims
            if claim.is_capital and systems
        ),
        *_campaign_marks(campaigns, now),
        *_flip_marks(flips, now),
    ]
    return MapData(
        systems=systems,
        title=f"Sovereignty · {place}" if systems else "Sovereignty",
        subtitle=("Who holds what, and what is contested",) if systems else (place,),
        figure=claimed,
        detail=f"{open_ones} not held" if systems else f"by {len(held.holders)} alliances",
        holders=_owners(held, book, universe),
        held=tuple(
            (claim.system_id, claim.holder.id) for claim in held.claims if claim.holder is not None
        ),
        marks=tuple(marks),
        empty="" if freshness.as_of else "Nothing known yet: ESI has not answered",
        notes=(age_line("Sovereignty", freshness, now),),
        drawn_at=now,
    )


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
    flips: Sequence[Occurrence],
    battles: Sequence[Battle],
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
    pirates = any(one.corruption for one in systems)
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
            *_flip_marks(flips, now),
            *_battle_marks(battles, ids),
            *_corruption_marks(systems),
        ),
        notes=(
            age_line("Occupancy", warzone.freshness, now),
            age_line("Insurgency", warzone.insurgency, now) if pirates else "",
        ),
        drawn_at=now,
    )


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
    battles: Sequence[Battle],
    campaigns: Sequence[Campaign],
    now: datetime,
) -> MapData:
    """What lies around a system."""
    kills = sum(found.kills for found in heat.values())
    return MapData(
        systems=systems,
        title=f"Around {name}",
        subtitle=(
            f"Everything within {jumps} jump{'s' if jumps != 1 else ''}",
            f"kills of {length_text(hours * _HOUR)}",
        ),
        figure=_sum_text(IskSum(), kills, HeatBy.KILLS),
        detail=f"in {len(heat)} of {len(systems)} systems",
        heat=_measured(heat, HeatBy.KILLS),
        heat_text="Kills",
        marks=(*_campaign_marks(campaigns, now), *_battle_marks(battles, systems)),
        asked=asked,
        drawn_at=now,
    )


def short_faction(name: str) -> str:
    """One word for a power: `Caldari`, `Guristas`."""
    words = [word for word in name.split() if word not in {"The", "Servant"}]
    return words[0].removesuffix("'s") if words else name


def age_line(what: str, freshness: Freshness, now: datetime) -> str:
    """`Sovereignty as of 18:02 EVE (3 min ago)`, and since when it is stale."""
    if freshness.as_of is None:
        return f"{what}: nothing known yet"
    age = now - freshness.as_of
    words = f"{what} as of {_moment(freshness.as_of, now)}"
    words += f" ({ago(age)} ago)" if age >= _MINUTE else ""
    if freshness.stale_since is not None:
        words += f", stale since {_moment(freshness.stale_since, now)}"
    return words + (", from EVE Ref's mirror" if freshness.mirror else "")


def ago(length: timedelta) -> str:
    """`3 min`, `2 h 5 min`, `1 d 4 h`: two units at most, none of them 0."""
    minutes = max(int(length.total_seconds() // 60), 0)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = ((days, "d"), (hours, "h"), (0 if days else rest, "min"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min"


def _moment(moment: datetime, now: datetime) -> str:
    return f"{moment:%H:%M} EVE" if moment.date() == now.date() else f"{moment:%Y-%m-%d %H:%M} EVE"


def _measured(heat: Mapping[SystemId, Heat], by: HeatBy) -> tuple[tuple[SystemId, float], ...]:
    values = (
        (key, float(found.kills) if by is HeatBy.KILLS else found.isk.isk)
        for key, found in sorted(heat.items())
    )
    return tuple((key, value) for key, value in values if value > 0)


def _sum_text(total: IskSum, kills: int, by: HeatBy) -> str:
    if by is HeatBy.KILLS:
        return f"{kills:,} kill{'s' if kills != 1 else ''}" if kills else "no kills"
    least = "at least " if total.unpriced else ""
    return f"{least}{'~' if total.estimated else ''}{format_isk(total.isk)} ISK"


def _unpriced(total: IskSum, by: HeatBy) -> str:
    if by is HeatBy.KILLS or not total.unpriced:
        return ""
    return f"{total.unpriced:,} loss{'es' if total.unpriced != 1 else ''} of unknown value"


def _battle_marks(battles: Sequence[Battle], systems: Collection[SystemId]) -> Iterator[MapMark]:
    """At each battle's deadliest place on the map; several at one place are one mark."""
    shown = set(systems)
    kills: dict[SystemId, int] = {}
    fights: dict[SystemId, int] = {}
    for battle in sorted(battles, key=lambda found: (-found.kills, found.key))[:_MARKED_BATTLES]:
        here = [place for place in battle.places if place.system_id in shown]
        place = max(here, key=lambda found: found.kills, default=None)
        where = battle.system_id if place is None else place.system_id
        if where in shown:
            kills[where] = kills.get(where, 0) + battle.kills
            fights[where] = fights.get(where, 0) + 1
    for where, count in kills.items():
        several = f"{fights[where]} battles, " if fights[where] > 1 else ""
        yield MapMark(system_id=where, kind=MarkKind.BATTLE, text=f"{several}{count:,} kills")


def _campaign_marks(campaigns: Sequence[Campaign], now: datetime) -> Iterator[MapMark]:
    """When it starts; once it runs, the defender's score. Several of a system: the next one."""
    seen: set[SystemId] = set()
    for campaign in sorted(campaigns, key=lambda found: (found.start, found.id)):
        if campaign.system_id in seen:
            continue
        seen.add(campaign.system_id)
        text = f"in {ago(campaign.start - now)}"
        if campaign.start <= now:
            score = campaign.score.defender if campaign.score else None
            text = "now" if score is None else f"now, {score:.0%} held"
        yield MapMark(system_id=campaign.system_id, kind=MarkKind.CAMPAIGN, text=text)


def _flip_marks(flips: Sequence[Occurrence], now: datetime) -> Iterator[MapMark]:
    """The latest of each system."""
    seen: set[SystemId] = set()
    for flip in sorted(flips, key=lambda found: found.at, reverse=True):
        where = flip.system_id
        if where is not None and where not in seen:
            seen.add(where)
            short = ago(now - flip.at).split(" ")
            text = f"{' '.join(short[:2])} ago"
            yield MapMark(system_id=where, kind=MarkKind.FLIP, text=text)


def _corruption_marks(systems: Sequence[WarzoneSystem]) -> Iterator[MapMark]:
    for one in systems:
        if one.corruption is not None and one.corruption.corruption_stage > 0:
            text = f"stage {one.corruption.corruption_stage}"
            yield MapMark(system_id=one.system_id, kind=MarkKind.INSURGENCY, text=text)


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
