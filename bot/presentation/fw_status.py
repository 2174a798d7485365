"""`/fw status`: both warzones at a glance, or how one militia stands."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, fw_words, links, phrases, times
from bot.presentation.card import Card
from bot.presentation.fw_systems import (
    FOOTER,
    Fights,
    age_lines,
    most_contested,
    quickest,
    share_words,
    stale_line,
    stored_line,
    trend_words,
    turn_words,
)
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import FIELD_VALUE, NO_BREAK, clamp, escape, fit
from services.domain.ids import FactionId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.occurrence import Occurrence
from services.domain.warfare import FactionDay, Insurgency, Role, Warzone, WarzoneSystem

FLIP_DAYS = 7
"""How far back flips are counted."""
NOTHING_YET = "Nothing is known of the warzone yet: ESI has not answered since I was set up. Ask again in some minutes."
_WATCHED, _OF_A_FACTION = 3, 6
"""Systems named of each warzone, and of each side of a militia's card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FwStatusView:
    """`/fw status`. `faction_id`: None for all of the warzone."""

    warzone: Warzone
    faction_id: FactionId | None = None
    flips: tuple[Occurrence, ...] = ()
    """Of the last days (`FLIP_DAYS`)."""
    flips_known_since: datetime | None = None
    """Where less than those days is kept: since when."""
    fights: Fights
    figures: FactionDay | None = None
    """The faction's latest of the day."""


def render_fw_status(
    view: FwStatusView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """The state of both warzones, or one faction's."""
    if view.faction_id is None:
        embed = discord.Embed(title="Faction warfare", colour=colours.NEUTRAL)
        fields = _warzones(view, lexicon)
    else:
        embed = _faction_head(view.faction_id, lexicon)
        fields = _faction_fields(view, view.faction_id, lexicon)
    known = bool(view.warzone.systems)
    stale = stale_line(view.warzone.freshness, now=now, zone=zone) if known else None
    told = _totals(view, lexicon) if known else NOTHING_YET
    embed.description = f"{stale}\n{told}" if stale else told
    if stale:
        embed.colour = discord.Colour(colours.WARNING)
    if known:
        for name, value in fields:
            embed.add_field(name=name, value=value, inline=False)
    ages = age_lines(view.warzone.freshness, pirates=view.warzone.insurgency, now=now, zone=zone)
    ages += filter(None, [stored_line(view.fights)])
    embed.add_field(name="How old this is", value="\n".join(ages), inline=False)
    embed.set_footer(text=FOOTER)
    return Card(embed=clamp(embed))


Fields = Iterator[tuple[str, str]]


def _faction_head(faction_id: FactionId, lexicon: Lexicon) -> discord.Embed:
    party = Organisation(faction_id, OrganisationKind.FACTION)
    embed = discord.Embed(title="Faction warfare", colour=colours.NEUTRAL)
    embed.set_author(
        name=phrases.organisation_plain(lexicon, party),
        url=links.organisation_url(party),
        icon_url=links.organisation_picture(party),
    )
    return embed


def _totals(view: FwStatusView, lexicon: Lexicon) -> str:
    """Systems, flips, fighting; of the faction that was asked for."""
    of = view.faction_id
    systems = [s for s in view.warzone.systems if of is None or of in (s.occupier_id, s.owner_id)]
    flips = [f for f in view.flips if of is None or of in (_id(f.old), _id(f.new))]
    if of is None:
        first = phrases.counted(len(systems), "system")
        changed = phrases.counted(len(flips), "flip")
    else:
        held = [s for s in systems if s.occupier_id == of]
        first = f"holds **{phrases.counted(len(held), 'system')}**"
        taken = sum(_id(flip.new) == of for flip in flips)
        changed = f"took {taken:,}, lost {len(flips) - taken:,}" if flips else "no flips"
    enemies = ", ".join(fw_words.faction(lexicon, one) for one in enemies_of(view.warzone, of))
    return phrases.row(
        (
            f"against {enemies}" if enemies else None,
            first,
            f"{changed} {_in_days(view)}",
            _kills(view) if of is None else None,
        )
    )


def _kills(view: FwStatusView) -> str:
    """`12 kills in the warzone in 24 h`, as far as that is known."""
    stored, last = view.fights.day_stored, f"24{NO_BREAK}h"
    if stored.is_nothing:
        return f"kills of the last {last} unknown"
    kills = sum(view.fights.of_day(s.system_id).kills for s in view.warzone.systems)
    known = "" if stored.is_whole else " that I know of"
    return f"{phrases.counted(kills, 'kill')}{known} in the warzone in {last}"


def enemies_of(warzone: Warzone, faction_id: FactionId | None) -> list[FactionId]:
    """Whom a faction is at war with, as far as the source says."""
    return [
        other
        for pair in warzone.enemies
        if faction_id in pair
        for other in pair
        if other != faction_id
    ]


def _in_days(view: FwStatusView) -> str:
    if view.flips_known_since is not None:
        return f"since {times.relative(view.flips_known_since)}, when I began to look"
    return f"in {FLIP_DAYS} days"


def _warzones(view: FwStatusView, lexicon: Lexicon) -> Fields:
    """A field a warzone, and one a campaign of pirates."""
    for pair in fw_words.WARZONES:
        systems = [s for s in view.warzone.systems if fw_words.zone_of(s) == pair]
        if systems:
            name = fw_words.warzone_name(lexicon, pair)
            lines = [
                *(_side(one, systems, view, lexicon) for one in pair),
                *_watched(systems, lexicon),
            ]
            yield f"{name[:1].upper()}{name[1:]}", "\n".join(lines)
    yield from _insurgencies(view.warzone.insurgencies, lexicon)


def _side(
    faction_id: FactionId, systems: Sequence[WarzoneSystem], view: FwStatusView, lexicon: Lexicon
) -> str:
    held = [s for s in systems if s.occupier_id == faction_id]
    gained = sum(_id(flip.new) == faction_id for flip in view.flips)
    lost = sum(_id(flip.old) == faction_id for flip in view.flips)
    moved = f"took {gained:,}, lost {lost:,}" if gained or lost else None
    count = f"**{fw_words.faction(lexicon, faction_id)}** {phrases.counted(len(held), 'system')}"
    return f"{phrases.row((count, moved))}\n-# {roles_words(held)}"


def roles_words(systems: Sequence[WarzoneSystem]) -> str:
    """`12 frontline, 20 command operations, 15 rearguard`; how many have no known role."""
    counts = Counter(system.role for system in systems)
    told = [f"{counts[role]:,} {fw_words.role(role)}" for role in Role if counts[role]]
    if counts[None]:
        told.append(f"{counts[None]:,} of unknown role")
    return ", ".join(told) or "none"


def _watched(systems: Sequence[WarzoneSystem], lexicon: Lexicon) -> Iterator[str]:
    """The vulnerable ones, then the most contested."""
    for system in most_contested(systems)[:_WATCHED]:
        holder = fw_words.short_faction(lexicon, system.occupier_id)
        yield phrases.row(
            (fw_words.system(lexicon, system.system_id, region=False), share_words(system), holder)
        )


def _insurgencies(insurgencies: Sequence[Insurgency], lexicon: Lexicon) -> Fields:
    for one in insurgencies:
        lawless = [s for s in one.systems if s.corruption_stage >= fw_words.LAWLESS]
        held_down = [s for s in one.systems if s.suppression_stage >= fw_words.LAWLESS]
        began = f"began {times.relative(one.started)}" if one.started else None
        figures = (
            phrases.counted(len(one.systems), "system"),
            f"{len(lawless):,} lawless",
            f"{len(held_down):,} suppressed",
        )
        state = escape(one.state.lower()) if one.state else None
        lines = [phrases.row((began, state)), phrases.row(figures)]
        origin = escape(lexicon.system_name(one.origin_id))
        name = f"Insurgency of {fw_words.faction(lexicon, one.pirate_id)} from {origin}"
        yield name, "\n".join(line for line in lines if line)


def _faction_fields(view: FwStatusView, faction_id: FactionId, lexicon: Lexicon) -> Fields:
    systems = view.warzone.systems
    held = [s for s in systems if s.occupier_id == faction_id]
    taken = sum(s.owner_id != faction_id for s in held)
    gone = [s for s in systems if s.owner_id == faction_id and s.occupier_id != faction_id]
    owned = f"{taken:,} of them owned by the enemy; {phrases.counted(len(gone), 'system')} of its own held by the enemy"
    yield "Systems", f"{roles_words(held)}\n-# {owned}"
    foes = frozenset(enemies_of(view.warzone, faction_id))
    theirs = [s for s in systems if s.occupier_id in foes]
    yield "Held, most contested", _list(held, view, lexicon)
    yield "Of the enemy, most contested", _list(theirs, view, lexicon)
    if (day := view.figures) is not None:
        yield (
            f"Figures of {day.day:%Y-%m-%d}",
            phrases.row(
                (
                    phrases.counted(day.pilots, "pilot"),
                    f"{phrases.counted(day.kills_yesterday, 'kill')} the day before",
                    f"{day.points_yesterday:,} victory points the day before",
                )
            ),
        )


def _list(systems: Sequence[WarzoneSystem], view: FwStatusView, lexicon: Lexicon) -> str:
    found = most_contested(systems)[:_OF_A_FACTION]
    if not found:
        return "None is contested"
    lines = [_line(system, view, lexicon) for system in found]
    return fit(lines, FIELD_VALUE, more=lambda left: f"*and {left} more*")


def _line(system: WarzoneSystem, view: FwStatusView, lexicon: Lexicon) -> str:
    day = view.fights.of_day(system.system_id)
    kills = f"{phrases.counted(day.kills, 'kill')} in 24{NO_BREAK}h" if day.kills else None
    return phrases.row(
        (
            fw_words.system(lexicon, system.system_id, region=False),
            share_words(system),
            trend_words(quickest(system)),
            turn_words(system),
            kills,
        )
    )


def _id(party: Organisation | None) -> int | None:
    return None if party is None else party.id
