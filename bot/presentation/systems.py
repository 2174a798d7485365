"""`/system show`: one system at a glance: what died there hour by hour, who holds or occupies it, what is going on.

Each part comes from a source of its own, so each says how old it is where it is stale; an hour of which no kills are
stored is shown as unknown and not as quiet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, fw_words, incursion_words, links, phrases, times
from bot.presentation.ages import age_text
from bot.presentation.boards import campaign_line
from bot.presentation.campaigns import ids_in_campaign
from bot.presentation.card import Card, CardFile, LinkButton
from bot.presentation.fw_systems import corruption_words, share_words
from bot.presentation.heatmap import NO_PICTURE
from bot.presentation.hubs import hub_words
from bot.presentation.lexicon import Lexicon
from bot.presentation.maps import battle_lines
from bot.presentation.searches import kill_line
from bot.presentation.sov_systems import ids_in_claims
from bot.presentation.sov_words import adm_words, held_by, window_state
from bot.presentation.text import FIELD_VALUE, clamp, escape, fit
from services.domain.battle import Battle, Fought
from services.domain.freshness import Freshness
from services.domain.heat import Heat
from services.domain.ids import SystemId
from services.domain.incursion import Incursion
from services.domain.maps import NeighbourhoodPicture
from services.domain.message import KillSummary
from services.domain.sovereignty import Campaign, Claim
from services.domain.space import Space
from services.domain.trial import Bar
from services.domain.warfare import Activity, WarzoneSystem

FILE = "system.png"
HOURS = 24
"""How far back kills are told, here and on the map."""
BATTLE_DAYS = 7
"""How far back battles are told."""
BATTLES = 4
"""Of these, so many are named."""
_KILLS = 3
_STEPS = "▂▃▄▅▆▇█"
_QUIET, _UNKNOWN = "▁", "?"
_INVADED = frozenset({Space.HIGH, Space.LOW, Space.NULL})
"""Where incursions can be."""
_KNOWN = 0.5
"""Share of an hour that must be stored for its silence to count as silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemView:
    """All that is known of one system at a moment."""

    system_id: SystemId
    hours: tuple[Bar, ...]
    """Kills by EVE hour, oldest first; the first and the last one are not whole."""
    heat: Heat | None
    """What died in all of them; None: nothing."""
    activity: Activity
    fought: Fought | None = None
    """What of that died in battles; None: nothing."""
    latest: tuple[KillSummary, ...] = ()
    """Kills, the newest first."""
    battles: tuple[Battle, ...] = ()
    """Of the last days (`BATTLE_DAYS`), the latest first; no more than `BATTLES` are named."""
    battle_count: int = 0
    """All of those days."""
    claim: Claim | None = None
    campaigns: tuple[Campaign, ...] = ()
    """Running or ahead."""
    timers: Freshness
    """Of the campaigns."""
    sovereignty: Freshness
    """Of the claim."""
    warzone: WarzoneSystem | None = None
    warfare: Freshness
    """Of occupier and contested share."""
    insurgency: Freshness
    """Of what pirates have corrupted."""
    incursion: Incursion | None = None
    incursions: Freshness
    picture: NeighbourhoodPicture | None = None
    no_picture: str | None = None
    """Why there is none, in a sentence; markdown of our own."""


def render_system(view: SystemView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """The card, with the map of what lies around."""
    known = lexicon.universe.find_system(view.system_id)
    name = lexicon.system_name(view.system_id)
    page = links.dotlan_url(name) if known else links.system_url(view.system_id)
    embed = discord.Embed(
        title=escape(name),
        url=page,
        description="\n".join(_about(view, lexicon, now=now, zone=zone)),
        colour=colours.CAMP if view.campaigns or view.incursion else colours.NEUTRAL,
    )
    for title, lines in _parts(view, lexicon, now=now, zone=zone):
        value = fit(lines, FIELD_VALUE, more=lambda left: f"*and {left} more*")
        embed.add_field(name=title, value=value, inline=False)
    embed.set_footer(text="Kills and battles are those that I know of")
    files = _picture(view, embed, lexicon)
    buttons = [LinkButton(label="zKillboard", url=links.system_url(view.system_id))]
    if known:
        buttons.insert(0, LinkButton(label="DOTLAN", url=page))
    return Card(embed=clamp(embed), buttons=tuple(buttons), files=files)


def ids_in_system(view: SystemView) -> frozenset[int]:
    """Organisations whom the card names."""
    campaigns = frozenset().union(*map(ids_in_campaign, view.campaigns))
    return campaigns | ids_in_claims([view.claim] if view.claim else [])


def _about(view: SystemView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    system = lexicon.universe.find_system(view.system_id)
    area = None
    if system is not None and lexicon.is_on_map(system.id):
        area = escape(lexicon.constellation_name(system.constellation_id))
    yield phrases.row((phrases.place(lexicon, view.system_id), area))
    if hub := hub_words(lexicon, view.system_id):
        yield hub
    yield from _sovereignty(view, lexicon, now=now)
    yield from _warzone(view, lexicon)
    yield from _incursion(view, lexicon)
    yield from _ages(view, lexicon, now=now, zone=zone)
    if view.picture is not None and view.picture.png is None:
        yield NO_PICTURE
    elif view.no_picture:
        yield f"-# {view.no_picture}"


def _sovereignty(view: SystemView, lexicon: Lexicon, *, now: datetime) -> Iterator[str]:
    claim = view.claim
    if claim is None or view.warzone is not None:
        return
    yield phrases.row(
        (
            held_by(claim, lexicon),
            "**capital**" if claim.is_capital else None,
            None if claim.adm is None else adm_words(claim.adm),
        )
    )
    if claim.hub_id is not None:
        as_of, contested = view.sovereignty.as_of, bool(view.campaigns)
        state = window_state(claim.window, now, as_of=as_of, contested=contested)
        yield f"**Vulnerability** {state}"


def _warzone(view: SystemView, lexicon: Lexicon) -> Iterator[str]:
    system = view.warzone
    if system is None:
        return
    owner = None
    if system.owner_id != system.occupier_id:
        owner = f"by right of {fw_words.faction(lexicon, system.owner_id)}"
    yield phrases.row(
        (
            f"**Occupied by** {fw_words.faction(lexicon, system.occupier_id)}",
            owner,
            share_words(system),
            fw_words.role(system.role),
        )
    )
    if system.corruption is not None:
        yield f"**Insurgency** {corruption_words(system.corruption)}"


def _incursion(view: SystemView, lexicon: Lexicon) -> Iterator[str]:
    one = view.incursion
    if one is None:
        return
    here = one.staging_id == view.system_id
    staging = (
        "staging here" if here else f"staging in {escape(lexicon.system_name(one.staging_id))}"
    )
    yield phrases.row(
        (
            f"**Incursion** {incursion_words.state(one)}",
            f"influence {incursion_words.influence(one.influence)}",
            staging,
        )
    )


def _ages(view: SystemView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """How old what was said is; of what was not said but can be here, only that nobody could ask."""
    space = lexicon.universe.space_of(view.system_id)
    fought = view.warzone is not None
    pirates = view.warzone is not None and view.warzone.corruption is not None
    told = (
        ("Sovereignty", view.sovereignty, bool(view.claim) and not fought, space is Space.NULL),
        ("Timers", view.timers, bool(view.campaigns), space is Space.NULL),
        ("Warzone", view.warfare, fought, space is Space.LOW),
        ("Insurgency", view.insurgency, pirates, fought),
        ("Incursions", view.incursions, view.incursion is not None, space in _INVADED),
    )
    for what, freshness, said, can_be in told:
        if said or (can_be and freshness.is_stale):
            yield f"-# {what}: {age_text(freshness, now=now, zone=zone)}"


def _parts(
    view: SystemView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Iterator[tuple[str, list[str]]]:
    for campaign in view.campaigns:
        adm = view.claim.adm if view.claim else None
        told = campaign_line(campaign, lexicon, adm=adm, now=now, zone=zone)
        yield "Sovereignty timer", told.split("\n")
    yield f"Kills, last {HOURS} hours", list(_kills(view, now=now, zone=zone))
    if view.latest:
        yield "Latest", [f"- {kill_line(kill, lexicon)}" for kill in view.latest[:_KILLS]]
    if view.battles:
        lines = battle_lines(view.battles[:BATTLES], lexicon)
        if (left := view.battle_count - BATTLES) > 0:
            lines.append(f"*and {left:,} more: `/battle list`*")
        yield f"Battles, last {phrases.counted(BATTLE_DAYS, 'day')}", lines


def _kills(view: SystemView, *, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    heat = view.heat
    unknown = sum(1 for bar in view.hours if _is_unknown(bar))
    if heat is None or not heat.kills:
        if unknown == len(view.hours):
            yield "I have no kills of this time stored: nothing can be said of it."
            return
        yield "Nothing that I heard of died here."
    else:
        yield phrases.row(
            (
                f"**{phrases.counted(heat.kills, 'kill')}**",
                phrases.counted(view.activity.pilots, "pilot"),
                phrases.destroyed(heat.isk),
            )
        )
        if view.fought is not None:
            battles = phrases.counted(view.fought.battles, "battle")
            yield f"{view.fought.kills:,} of them in {battles}"
        yield f"`{_line(view.hours)}`"
        yield _busiest(view.hours, now=now, zone=zone)
    if unknown:
        of = phrases.counted(unknown, "hour")
        yield f"-# Of {of} no kills are stored (`{_UNKNOWN}`): what died then is not known"


def _line(hours: Sequence[Bar]) -> str:
    """`▁▁▂▁█▃`: an hour a sign."""
    most = max((bar.matches for bar in hours), default=0) or 1
    signs = []
    for bar in hours:
        if bar.matches:
            step = round(bar.matches / most * (len(_STEPS) - 1))
            signs.append(_STEPS[step])
        else:
            signs.append(_UNKNOWN if _is_unknown(bar) else _QUIET)
    return "".join(signs)


def _is_unknown(bar: Bar) -> bool:
    return not bar.matches and bar.covered < _KNOWN


def _busiest(hours: Sequence[Bar], *, now: datetime, zone: ZoneInfo) -> str:
    """From when to when the line goes, and its highest place in words."""
    best = max(hours, key=lambda bar: (bar.matches, bar.start))
    when = times.eve(best.start, now=now, zone=zone)
    span = times.span(hours[0].start, now, now=now, zone=zone)
    return f"-# By the hour, {span}; most: {round(best.matches):,} from {when}"


def _picture(view: SystemView, embed: discord.Embed, lexicon: Lexicon) -> tuple[CardFile, ...]:
    picture = view.picture
    if picture is None or picture.png is None:
        return ()
    embed.set_image(url=f"attachment://{FILE}")
    name = lexicon.system_name(picture.system_id)
    kills = sum(heat.kills for _, heat in picture.heat)
    died = ""
    if kills or not picture.coverage.is_nothing:
        hours = phrases.counted(picture.hours, "hour")
        died = f", {phrases.counted(kills, 'kill')} in the last {hours}"
    told = (
        f"Map of {name} and what lies within {phrases.counted(picture.jumps, 'jump')}: "
        f"{phrases.counted(len(picture.systems), 'system')}{died}."
    )
    return (CardFile(name=FILE, data=picture.png, description=told),)
