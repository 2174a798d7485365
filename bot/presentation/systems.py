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
from bot.presentation.hubs import hub_words
from bot.presentation.lexicon import Lexicon
from bot.presentation.maps import battle_lines
from bot.presentation.searches import kill_line
from bot.presentation.sov_systems import ids_in_claims
from bot.presentation.sov_words import adm_words, claim_holder, window_state
from bot.presentation.text import FIELD_VALUE, clamp, escape, fit
from services.domain.battle import Battle
from services.domain.freshness import Freshness
from services.domain.heat import Heat
from services.domain.ids import SystemId
from services.domain.incursion import Incursion
from services.domain.maps import NeighbourhoodPicture
from services.domain.message import KillSummary
from services.domain.sovereignty import Campaign, Claim
from services.domain.trial import Bar
from services.domain.warfare import Activity, WarzoneSystem

FILE = "system.png"
HOURS = 24
"""How far back kills are told, here and on the map."""
BATTLE_DAYS = 7
"""How far back battles are told."""
_BATTLES, _KILLS = 4, 3
_STEPS = "▂▃▄▅▆▇█"
_QUIET, _UNKNOWN = "▁", "?"
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
    latest: tuple[KillSummary, ...] = ()
    """Kills, the newest first."""
    battles: tuple[Battle, ...] = ()
    """Of the last days (`BATTLE_DAYS`), the latest first."""
    claim: Claim | None = None
    campaigns: tuple[Campaign, ...] = ()
    """Running or ahead."""
    sovereignty: Freshness
    warzone: WarzoneSystem | None = None
    warfare: Freshness
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
    yield from _ages(view, now=now, zone=zone)
    if view.picture is None and view.no_picture:
        yield f"-# {view.no_picture}"


def _sovereignty(view: SystemView, lexicon: Lexicon, *, now: datetime) -> Iterator[str]:
    claim = view.claim
    if claim is None or view.warzone is not None:
        return
    yield phrases.row(
        (
            f"**Held by** {claim_holder(claim, lexicon)}",
            "**capital**" if claim.is_capital else None,
            None if claim.adm is None else adm_words(claim.adm),
        )
    )
    if claim.hub_id is not None:
        yield f"**Vulnerability** {window_state(claim.window, now)}"


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


def _ages(view: SystemView, *, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """How old what was said is; of what was not said, only that nobody could ask."""
    told = (
        ("Sovereignty", view.sovereignty, bool(view.claim or view.campaigns) and not view.warzone),
        ("Warzone", view.warfare, view.warzone is not None),
        ("Incursions", view.incursions, view.incursion is not None),
    )
    for what, freshness, said in told:
        if said or freshness.is_stale:
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
        lines = battle_lines(view.battles[:_BATTLES], lexicon)
        if (left := len(view.battles) - _BATTLES) > 0:
            lines.append(f"*and {left} more: `/battle list`*")
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
    if picture is None:
        return ()
    embed.set_image(url=f"attachment://{FILE}")
    name = lexicon.system_name(picture.system_id)
    heat = dict(picture.heat)
    kills = sum(one.kills for one in heat.values())
    told = (
        f"Map of {name} and what lies within {phrases.counted(picture.jumps, 'jump')}: "
        f"{phrases.counted(len(picture.systems), 'system')}, {phrases.counted(kills, 'kill')} in the last "
        f"{phrases.counted(picture.hours, 'hour')}."
    )
    return (CardFile(name=FILE, data=picture.png, description=told),)
