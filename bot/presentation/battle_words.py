"""A battle in words: what kind of fight, where, how large, who is ahead and how sure that is, whether it grows.

Nobody is called the winner. Who is ahead is told by ISK, only where the sides are clear and no unknown value decides;
unclear sides are said to be so before they are named.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.presentation import links, phrases, times
from bot.presentation.figures import (
    pace,
    split_sides,
    sum_isk,
)
from bot.presentation.lexicon import Lexicon
from bot.presentation.side_words import side_label
from bot.presentation.text import MINUS, NO_BREAK, escape, held, link, plain
from services.domain.battle import (
    CAPITALS,
    Battle,
    BattleKind,
    BattleState,
    Place,
    ShipCount,
    ahead,
)
from services.domain.space import HullClass

_STATIONS = 3
"""Systems of a movement that a title names."""
_STRAGGLERS = 4
"""Systems of a kill or two that a card names in small print."""
_STOPS = 6
"""Systems of a movement that a card tells with their times."""
_CAPITAL_TYPES = 4

NO_PICTURE = "its picture could not be drawn just now"
"""Said on a card that has a place for one."""

_KINDS = {
    BattleKind.GANK: "Gank",
    BattleKind.GATE_CAMP: "Gate camp",
    BattleKind.SMARTBOMB_CAMP: "Smartbomb camp",
    BattleKind.ROAMING: "Roaming",
    BattleKind.SKIRMISH: "Skirmish",
    BattleKind.BRAWL: "Brawl",
    BattleKind.BATTLE: "Battle",
    BattleKind.CAPITAL_BRAWL: "Capital brawl",
    BattleKind.STRUCTURE_FIGHT: "Structure fight",
    BattleKind.EVICTION: "Eviction",
}


def kind_name(kind: BattleKind) -> str:
    """`Capital brawl`."""
    return _KINDS[kind]


def stations(battle: Battle) -> tuple[Place, ...]:
    """Where it was fought, in order; one place for a battle whose mails nobody counted by system."""
    whole = Place(
        system_id=battle.system_id, start=battle.start, end=battle.end, kills=battle.kills
    )
    return battle.main_places or (whole,)


def movement(battle: Battle, lexicon: Lexicon) -> str:
    """`UW9B-F`, `A → B → C`, `A → B → … → F`: where most of it was, not where a straggler died. Raw text."""
    names = [lexicon.system_name(place.system_id) for place in stations(battle)]
    if len(names) > _STATIONS:
        names = [*names[: _STATIONS - 1], "…", names[-1]]
    return " → ".join(names)


def battle_name(battle: Battle, lexicon: Lexicon) -> str:
    """`Capital brawl in UW9B-F`, `Roaming in A → B → C`. Raw text."""
    return f"{kind_name(battle.kind)} in {movement(battle, lexicon)}"


def battle_title(battle: Battle, lexicon: Lexicon) -> str:
    """`Capital brawl in UW9B-F — 195 kills, ongoing`."""
    return f"{escape(battle_name(battle, lexicon))} — {_state(battle)}"


def battle_title_plain(battle: Battle, lexicon: Lexicon) -> str:
    """The same for author lines, where there is no markdown."""
    return f"{plain(battle_name(battle, lexicon))} — {_state(battle)}"


def size(battle: Battle) -> str:
    """What it cost, how many flew, how long."""
    pilots = held(phrases.counted(battle.pilots, "pilot"))
    cost = [phrases.destroyed(battle.isk_destroyed), pilots]
    if battle.duration.total_seconds() >= 60:
        cost.append(held(times.duration(battle.duration)))
    return phrases.row(cost)


def standing(battle: Battle, lexicon: Lexicon) -> str | None:
    """`**Test Alliance +5** ahead by ISK, 56 : 44 · sides 95% certain`; or why nobody can say."""
    if len(battle.sides) < 2:
        return None
    if not battle.is_clear:
        return (
            f"**Sides unclear:** read from who shot whom, and that explains only {battle.certainty:.0%} of it. "
            "Take the split below with care."
        )
    told = _ahead(battle, lexicon)
    if battle.moved:
        return told
    sure = f"{'sides' if told else 'Sides'} {battle.certainty:.0%} certain"
    return phrases.row((told, held(sure, 24)))


def brief_standing(battle: Battle, lexicon: Lexicon) -> str | None:
    """The same for a card that has little room: who is ahead, or that the sides are unclear; else nothing."""
    if len(battle.sides) > 1 and not battle.is_clear:
        return "Sides unclear"
    return standing(battle, lexicon) if ahead(battle) else None


def growth(battle: Battle, *, now: datetime) -> str | None:
    """`**Growing** up to its last kill: 31 kills in 10 minutes, 12 in the 10 before`.

    None when it is over, young, or quiet. A card stands until the next kill, so this says of when it is true; how long
    ago that was is told by `when`, whose stamp ages by itself.
    """
    found = pace(battle, now=now)
    if found is None:
        return None
    kills = phrases.counted(found.kills, "kill")
    before = f"{found.before:,} in the {found.minutes} before"
    return f"**{found.trend}** up to its last kill: {kills} in 10 minutes, {before}"


def capitals(battle: Battle, lexicon: Lexicon) -> str | None:
    """`**9 capitals**: Avatar 1 (-1) · Naglfar 8 (-2)`; None without any."""
    if not battle.capitals:
        return None
    counts: dict[int, ShipCount] = {}
    for ship in (ship for side in battle.sides for ship in side.ships):
        if ship.type_id is not None and lexicon.hull_class(ship.type_id) in CAPITALS:
            so_far = counts.get(ship.type_id, ShipCount(type_id=ship.type_id, fielded=0, lost=0))
            counts[ship.type_id] = ShipCount(
                type_id=ship.type_id,
                fielded=so_far.fielded + ship.fielded,
                lost=so_far.lost + ship.lost,
            )
    ranked = sorted(counts.values(), key=lambda ship: _weight(ship, lexicon))
    told = [ship_words(ship, lexicon) for ship in ranked[:_CAPITAL_TYPES]]
    if rest := sum(ship.fielded for ship in ranked[_CAPITAL_TYPES:]):
        told.append(f"{rest:,}{NO_BREAK}more")
    head = f"**{phrases.counted(battle.capitals, 'capital')}**"
    return f"{head}: {phrases.row(told)}" if told else head


def ship_words(ship: ShipCount, lexicon: Lexicon) -> str:
    """`Naglfar 8 (-2)`, safe in markdown; held together."""
    name = escape(lexicon.hull_name(ship.type_id)).replace(" ", NO_BREAK)
    lost = f"{NO_BREAK}({MINUS}{ship.lost:,})" if ship.lost else ""
    return f"{name}{NO_BREAK}{ship.fielded:,}{lost}"


def where(battle: Battle, lexicon: Lexicon, *, stops: int = _STOPS) -> str:
    """One line for a battle of one system, else its movement with the time of arrival and the kills in each.

    Systems where one or two died stand below it, in small print.
    """
    places = stations(battle)
    minor = [place for place in battle.places if place not in places]
    small = f"\n-# {_stragglers(minor, lexicon)}" if minor else ""
    if len(places) == 1:
        return phrases.place(lexicon, places[0].system_id) + small
    told = [
        f"{_system(place, lexicon)}{NO_BREAK}{place.start:%H:%M}{NO_BREAK}({_kills(place, places)})"
        for place in places[:stops]
    ]
    if left := len(places) - stops:
        told += [f"{left} more"] if left > 0 else []
    areas = dict.fromkeys(lexicon.area(place.system_id) for place in places)
    region = ", ".join(escape(area) for area in areas if area)
    return f"**Moved** {' → '.join(told)}" + (f"{NO_BREAK}· {region}" if region else "") + small


def when(battle: Battle, *, now: datetime, zone: ZoneInfo) -> str:
    """`Began 2 hours ago, last kill 3 minutes ago · 00:26-02:08 EVE`."""
    told = times.span(battle.start, battle.end, now=now, zone=zone)
    if battle.state is BattleState.OPEN:
        began, last = times.relative(battle.start), times.relative(battle.end)
        return f"Began {began}, last kill {last} · {told}"
    return f"Ended {times.relative(battle.end)} · {told}"


def related_line(battle: Battle, lexicon: Lexicon, *, most: int) -> str | None:
    """ZKillboard's pages by system and hour in small print, the latest of them; None where the buttons have all."""
    pages = links.related_pages(battle)
    if len(pages) <= links.RELATED_BUTTONS:
        return None
    told = [
        link(f"{lexicon.system_name(page.system_id)} {page.hour:%H}:00", page.url)
        for page in pages[-most:]
    ]
    if (left := len(pages) - most) > 0:
        told.append(f"{left} earlier")
    return f"-# zKillboard: {phrases.row(told)}"


def by_hand(battle: Battle) -> str | None:
    """`Sides as changed by hand on this server: 2 parties moved`; None where nobody moved anybody."""
    moved = battle.moved
    if not moved:
        return None
    return f"Sides as changed by hand on this server: {phrases.counted(moved, 'party', 'parties')} moved"


def _stragglers(places: Sequence[Place], lexicon: Lexicon) -> str:
    """`Also UW9B-F (1 kill), X47L-Q (2)`."""
    told = [
        f"{_system(place, lexicon)}{NO_BREAK}({_kills(place, places)})"
        for place in places[:_STRAGGLERS]
    ]
    if (left := len(places) - _STRAGGLERS) > 0:
        told.append(f"{left} more")
    return f"Also {', '.join(told)}"


def _state(battle: Battle) -> str:
    state = "ongoing" if battle.state is BattleState.OPEN else "over"
    return f"{phrases.counted(battle.kills, 'kill')}, {state}"


def _ahead(battle: Battle, lexicon: Lexicon) -> str | None:
    found = ahead(battle)
    if found is None:
        main, _ = split_sides(battle)
        unpriced = sum_isk(main[:2]).unpriced
        if not unpriced:
            return None
        return f"Nobody can say who is ahead: {phrases.counted(unpriced, 'loss', 'losses')} without a value"
    side = found.side
    tilde = "~" if battle.isk_destroyed.estimated else ""
    percent = round(found.share * 100)
    least = "" if found.exact else f"at least{NO_BREAK}"
    ratio = f"{least}{tilde}{percent}{NO_BREAK}:{NO_BREAK}{100 - percent}"
    if found.is_even:
        return f"**Even** by ISK, {ratio}"
    name = f"**{escape(side_label(side, lexicon))}** ahead by ISK"
    return f"{name}, {ratio}" if side.losses else f"{name}, lost nothing"


def _weight(ship: ShipCount, lexicon: Lexicon) -> tuple[bool, int, int]:
    """The heaviest first, then the most."""
    light = lexicon.hull_class(ship.type_id) is not HullClass.SUPERCAPITAL
    return light, -ship.fielded, ship.type_id or 0


def _kills(place: Place, places: Sequence[Place]) -> str:
    """The first figure says what is counted."""
    count = phrases.counted(place.kills, "kill") if place is places[0] else f"{place.kills:,}"
    return count.replace(" ", NO_BREAK)


def _system(place: Place, lexicon: Lexicon) -> str:
    known = lexicon.universe.find_system(place.system_id)
    url = links.dotlan_url(known.name) if known else links.system_url(place.system_id)
    return link(lexicon.system_name(place.system_id), url)
