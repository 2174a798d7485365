"""`/sov alliance`: what an alliance holds, how firmly, when it is vulnerable, and what it won and lost lately."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, links, phrases, times
from bot.presentation.ages import NOTHING, age_text
from bot.presentation.boards import campaign_line
from bot.presentation.campaigns import ids_in_campaign
from bot.presentation.card import Card, LinkButton
from bot.presentation.lexicon import Lexicon
from bot.presentation.news import ids_in_news
from bot.presentation.sov_changes import change_block, watched_line
from bot.presentation.sov_words import system_link
from bot.presentation.text import FIELD_VALUE, clamp, escape, fit, held
from services.domain.freshness import Freshness
from services.domain.killmail import Organisation
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.sovereignty import Campaign, Claim, Window, WindowPhase

DAYS = 7
"""How far back flips are told."""
_REGIONS, _WEAKEST, _OPEN, _NEXT, _CAMPAIGNS, _CHANGES = 8, 3, 6, 3, 4, 4
_FIRM, _WEAK = 4.0, 2.0
_HOUR, _DAY = timedelta(hours=1), 24
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SovAllianceView:
    """All that is known of one holder."""

    party: Organisation
    claims: tuple[Claim, ...]
    campaigns: tuple[Campaign, ...]
    """Against it, under way or ahead."""
    changes: tuple[Occurrence, ...]
    """Of the last days, the latest first."""
    freshness: Freshness
    """Of what it holds."""
    timers_freshness: Freshness
    """Of the contests."""
    watched_since: datetime | None = None
    """Where that is not as far back as changes are told: what was before is not known."""
    taken_back: frozenset[str] = frozenset()
    """The keys of the changes that turned out to be wrong."""


def render_sov_alliance(
    view: SovAllianceView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """The card."""
    embed = discord.Embed(
        title=f"Sovereignty of {phrases.organisation(lexicon, view.party)}",
        url=links.organisation_url(view.party),
        description="\n".join(_lines(view, lexicon, now=now, zone=zone)),
        colour=_colour(view),
    )
    embed.set_thumbnail(url=links.organisation_picture(view.party, 128))
    for title, lines in _parts(view, lexicon, now=now, zone=zone):
        value = fit(lines, FIELD_VALUE, more=lambda left: f"*and {left} more*")
        embed.add_field(name=title, value=value, inline=False)
    button = LinkButton(label="zKillboard", url=links.organisation_url(view.party))
    return Card(embed=clamp(embed), buttons=(button,))


def ids_in_sov_alliance(view: SovAllianceView) -> frozenset[int]:
    """Everybody whom the card names."""
    return ids_in_news(view.changes).union(
        {view.party.id}, *(ids_in_campaign(one) for one in view.campaigns)
    )


def won_and_lost(changes: Sequence[Occurrence], party: Organisation) -> tuple[int, int]:
    """Systems that it took, and those that it does not hold any more."""
    won = sum(one.kind is OccurrenceKind.HOLDER and one.new == party for one in changes)
    kinds = (OccurrenceKind.HOLDER, OccurrenceKind.HUB_LOST)
    lost = sum(one.kind in kinds and one.old == party for one in changes)
    return won, lost


def _lines(
    view: SovAllianceView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Iterator[str]:
    claims = view.claims
    if view.freshness.as_of is None:
        yield f"What it holds: {NOTHING}."
    elif not claims:
        yield "It holds no system."
    else:
        regions = _by_region(claims, lexicon)
        systems = phrases.counted(len(claims), "system")
        yield f"**{systems}** in {phrases.counted(len(regions), 'region')}"
        capitals = [claim for claim in claims if claim.is_capital]
        yield from (f"**Capital** {system_link(lexicon, c.system_id)}" for c in capitals)
    won, lost = won_and_lost(view.changes, view.party)
    if won or lost:
        yield f"Last {DAYS} days: took **{won}**, lost **{lost}**"
    if view.watched_since is not None:
        yield watched_line(view.watched_since, now=now, zone=zone)
    if view.freshness.as_of is not None:
        yield f"-# {age_text(view.freshness, now=now, zone=zone)}"
    if view.campaigns or view.timers_freshness.is_stale:
        yield f"-# Timers: {age_text(view.timers_freshness, now=now, zone=zone)}"


def _parts(
    view: SovAllianceView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Iterator[tuple[str, list[str]]]:
    if view.campaigns:
        adms = {claim.system_id: claim.adm for claim in view.claims}
        told = [
            campaign_line(one, lexicon, adm=adms.get(one.system_id), now=now, zone=zone)
            for one in view.campaigns[:_CAMPAIGNS]
        ]
        if (left := len(view.campaigns) - _CAMPAIGNS) > 0:
            told.append(f"*and {left} more: `/sov timers`*")
        yield "Contests", told
    if view.claims:
        yield "Regions", [_regions(view.claims, lexicon)]
        yield "ADM", list(_adms(view.claims, lexicon))
        yield "Vulnerability", list(_windows(view, lexicon, now=now))
    if view.changes:
        lines = [
            change_block(one, lexicon, now=now, zone=zone, taken_back=view.taken_back)
            for one in view.changes[:_CHANGES]
        ]
        if (left := len(view.changes) - _CHANGES) > 0:
            lines.append(f"*and {left} more: `/sov changes`*")
        yield f"Last {DAYS} days", lines


def _colour(view: SovAllianceView) -> int:
    if view.freshness.is_stale or view.timers_freshness.is_stale:
        return colours.WARNING
    return colours.CAMP if view.campaigns else colours.NEUTRAL


def _by_region(claims: Sequence[Claim], lexicon: Lexicon) -> Counter[str]:
    return Counter(lexicon.region_of(claim.system_id) or "unknown space" for claim in claims)


def _regions(claims: Sequence[Claim], lexicon: Lexicon) -> str:
    """`Delve 45 · Querious 20 · and 3 regions more`."""
    ranked = sorted(_by_region(claims, lexicon).items(), key=lambda item: (-item[1], item[0]))
    told = [held(f"{escape(name)} {count}", 24) for name, count in ranked[:_REGIONS]]
    if (left := len(ranked) - _REGIONS) > 0:
        told.append(f"{phrases.counted(left, 'region')} more")
    return phrases.row(told)


def _adms(claims: Sequence[Claim], lexicon: Lexicon) -> Iterator[str]:
    """Spread in figures, and the weakest by name."""
    known = sorted((claim.adm, claim.system_id) for claim in claims if claim.adm is not None)
    unknown = len(claims) - len(known)
    if not known:
        yield "unknown"
        return
    values = [adm for adm, _ in known]
    yield (
        f"lowest **{values[0]:.1f}**, middle **{median(values):.1f}**, highest **{values[-1]:.1f}**"
    )
    weak = sum(adm < _WEAK for adm in values)
    firm = sum(adm >= _FIRM for adm in values)
    yield phrases.row(
        (
            held(f"{weak} below {_WEAK:.0f}", 24),
            held(f"{len(values) - weak - firm} from {_WEAK:.0f} to {_FIRM:.0f}", 24),
            held(f"{firm} from {_FIRM:.0f} on", 24),
            held(f"{unknown} unknown", 24) if unknown else None,
        )
    )
    weakest = [
        held(f"{escape(lexicon.system_name(system))} {adm:.1f}", 24)
        for adm, system in known[:_WEAKEST]
    ]
    yield f"-# weakest: {', '.join(weakest)}"


def _windows(view: SovAllianceView, lexicon: Lexicon, *, now: datetime) -> Iterator[str]:
    """What is open now, what opens next, what nobody knows, and at which hours most of it is."""
    phases: dict[WindowPhase, list[Claim]] = {phase: [] for phase in WindowPhase}
    windows: list[Window] = []
    for claim in sorted(view.claims, key=_opens):
        if claim.window is not None:
            windows.append(claim.window)
            phases[claim.window.phase(now, as_of=view.freshness.as_of)].append(claim)
    opened = phases[WindowPhase.OVERTIME] + phases[WindowPhase.OPEN]
    if windows:
        yield f"**open now: {len(opened)}**{_names(opened, lexicon)}"
    if ended := phases[WindowPhase.ENDED]:
        yield f"closed or in overtime, no answer since: {len(ended)}{_names(ended, lexicon)}"
    bare = [claim for claim in view.claims if claim.window is None]
    fought = {campaign.system_id for campaign in view.campaigns}
    if contested := [claim for claim in bare if claim.system_id in fought]:
        yield f"contested, no window meanwhile: {len(contested)}{_names(contested, lexicon)}"
    if unknown := len(bare) - len(contested):
        yield f"window unknown: {unknown}"
    for claim in phases[WindowPhase.AHEAD][:_NEXT]:
        opens = times.relative(_opens(claim)[0])
        yield f"{escape(lexicon.system_name(claim.system_id))} opens {opens}"
    if windows:
        hours = Counter(hour for window in windows for hour in _hours(window))
        busiest, count = min(hours.items(), key=lambda item: (-item[1], item[0]))
        yield f"-# most at {busiest:02}:00 EVE: {count} of {len(windows)} windows"


def _opens(claim: Claim) -> tuple[datetime, int]:
    """By what claims are told in order: those without a window last."""
    return (claim.window.start if claim.window else _NEVER), claim.system_id


def _names(claims: Sequence[Claim], lexicon: Lexicon) -> str:
    """` (1DQ1-A, T5ZI-S and 3 more)`."""
    names = ", ".join(escape(lexicon.system_name(claim.system_id)) for claim in claims[:_OPEN])
    more = f" and {len(claims) - _OPEN} more" if len(claims) > _OPEN else ""
    return f" ({names}{more})" if claims else ""


def _hours(window: Window) -> set[int]:
    """The hours of the day, EVE time, that it touches."""
    first = window.start.replace(minute=0, second=0, microsecond=0)
    count = min(max(-(-(window.end - first) // _HOUR), 1), _DAY)
    return {(first.hour + offset) % _DAY for offset in range(count)}
