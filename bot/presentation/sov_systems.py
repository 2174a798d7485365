"""`/sov system`: who holds a system, since when and how firmly; when it is vulnerable; what was fought over it.

What is not known of a system (levels of NPC space, the multiplier of an unclaimed one) is left out, or called unknown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, links, phrases, times
from bot.presentation.ages import NOTHING, age_text
from bot.presentation.boards import campaign_line
from bot.presentation.campaigns import ids_in_campaign
from bot.presentation.card import Card, LinkButton
from bot.presentation.hubs import hub_words
from bot.presentation.lexicon import Lexicon
from bot.presentation.news import ids_in_news
from bot.presentation.sov_changes import change_block, taken_back
from bot.presentation.sov_words import (
    adm_words,
    campaign_state,
    held_by,
    score_words,
    window_state,
)
from bot.presentation.text import FIELD_VALUE, clamp, escape, fit, held
from services.domain.freshness import Freshness
from services.domain.ids import SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.occurrence import Occurrence
from services.domain.sovereignty import Campaign, Claim, Skyhook
from services.domain.space import Space

NEAR_JUMPS = 3
"""How far around the system raidable skyhooks are told."""
ADM_DAYS = 30
"""How far back the multiplier is told."""
_CHANGES, _PAST, _HOOKS, _PICTURED = 4, 3, 6, 14
_STEPS = "▁▂▃▄▅▆▇█"
_LOWEST, _HIGHEST = 1.0, 6.0
_UNCLAIMABLE = frozenset({Space.WORMHOLE, Space.ABYSSAL, Space.POCHVEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class SovSystemView:
    """All that is known of one system."""

    system_id: SystemId
    claim: Claim | None
    campaigns: tuple[Campaign, ...] = ()
    """Alive ones and past ones, the latest start first."""
    changes: tuple[Occurrence, ...] = ()
    """The latest first."""
    adms: tuple[tuple[datetime, float], ...] = ()
    """Its multiplier as it changed, oldest first."""
    skyhooks: tuple[Skyhook, ...] = ()
    """Raidable ones nearby, in no order."""
    freshness: Freshness
    """Of who holds what."""
    campaigns_freshness: Freshness
    skyhooks_freshness: Freshness

    @property
    def alive(self) -> tuple[Campaign, ...]:
        """The contests that are announced or under way."""
        return tuple(one for one in self.campaigns if one.is_alive)


def render_sov_system(
    view: SovSystemView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """The card."""
    system = lexicon.universe.find_system(view.system_id)
    name = lexicon.system_name(view.system_id)
    url = links.dotlan_url(system.name) if system else links.system_url(view.system_id)
    embed = discord.Embed(
        title=f"Sovereignty: {escape(name)}",
        url=url,
        description="\n".join(_lines(view, lexicon, now=now, zone=zone)),
        colour=_colour(view),
    )
    holder = view.claim.holder if view.claim else None
    if holder is not None:
        embed.set_thumbnail(url=links.organisation_picture(holder, 128))
    for title, lines in _parts(view, lexicon, now=now, zone=zone):
        embed.add_field(name=title, value=_fitted(lines), inline=False)
    buttons = [LinkButton(label="zKillboard", url=links.system_url(view.system_id))]
    if system is not None:
        buttons.insert(0, LinkButton(label="DOTLAN", url=url))
    return Card(embed=clamp(embed), buttons=tuple(buttons))


def ids_in_sov_system(view: SovSystemView) -> frozenset[int]:
    """Everybody whom the card names."""
    found = ids_in_news(view.changes).union(*map(ids_in_campaign, view.campaigns))
    return found | ids_in_claims([view.claim] if view.claim else [])


def ids_in_claims(claims: Sequence[Claim]) -> frozenset[int]:
    """Alliances and corporations that hold these; factions are known without asking."""
    found: set[int] = set()
    for claim in claims:
        if claim.holder is not None and claim.holder.kind is not OrganisationKind.FACTION:
            found.add(claim.holder.id)
            if claim.corporation_id is not None:
                found.add(claim.corporation_id)
    return frozenset(found)


def adm_line(adms: Sequence[tuple[datetime, float]]) -> str:
    """`▃▃▄▄▆ 3.0 → **4.2**, between 2.9 and 4.2`: the eye's picture of it, and the same in figures."""
    values = [adm for _, adm in adms]
    shown = values[-_PICTURED:]
    picture = "".join(_STEPS[_step(adm)] for adm in shown)
    low, high = min(values), max(values)
    between = f", between {low:.1f} and {high:.1f}" if len(values) > 1 else ""
    return f"{picture} {values[0]:.1f} → **{values[-1]:.1f}**{between}"


def _lines(
    view: SovSystemView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Iterator[str]:
    yield phrases.row(
        (phrases.place(lexicon, view.system_id), _constellation(view.system_id, lexicon))
    )
    if hub := hub_words(lexicon, view.system_id):
        yield hub
    if view.claim is None:
        yield _unclaimed(view, lexicon)
    else:
        yield from _claim_lines(view.claim, lexicon)
        yield from _window(view, view.claim, now=now, zone=zone)
    if view.freshness.as_of is not None:
        yield f"-# {age_text(view.freshness, now=now, zone=zone)}"
    claimable = lexicon.universe.space_of(view.system_id) not in _UNCLAIMABLE
    if view.alive or (view.campaigns_freshness.is_stale and claimable):
        yield f"-# Timers: {age_text(view.campaigns_freshness, now=now, zone=zone)}"


def _colour(view: SovSystemView) -> int:
    if view.freshness.is_stale or view.campaigns_freshness.is_stale:
        return colours.WARNING
    return colours.CAMP if view.alive else colours.NEUTRAL


def _unclaimed(view: SovSystemView, lexicon: Lexicon) -> str:
    if lexicon.universe.space_of(view.system_id) in _UNCLAIMABLE:
        return "Nobody can claim systems here."
    if view.freshness.as_of is None:
        return f"Who holds it: {NOTHING}."
    return "The game's list of claims does not tell of this system."


def _claim_lines(claim: Claim, lexicon: Lexicon) -> Iterator[str]:
    capital = "**capital**" if claim.is_capital else None
    yield phrases.row((held_by(claim, lexicon), capital))
    since = claim.claimed_since
    corporation = None
    if claim.corporation_id is not None:
        party = Organisation(claim.corporation_id, OrganisationKind.CORPORATION)
        corporation = f"through {phrases.organisation(lexicon, party)}"
    taken = f"since {since:%Y-%m-%d} ({times.relative(since)})" if since else None
    if held_how := phrases.row((corporation, taken)):
        yield held_how
    if claim.hub_id is None and claim.adm is None:
        return
    levels = (
        (claim.military, "military"),
        (claim.industrial, "industrial"),
        (claim.strategic, "strategic"),
    )
    known = [held(f"{word} {level}") for level, word in levels if level is not None]
    yield phrases.row((adm_words(claim.adm), *known))


def _window(view: SovSystemView, claim: Claim, *, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """The window as it is, and its hours; nothing of space that has none."""
    if claim.hub_id is None and claim.adm is None:
        return
    if claim.hub_id is None:
        yield "No sovereignty hub is listed."
        return
    window, hours = claim.window, None
    if window is not None:
        hours = times.span(window.start, window.end, now=now, zone=zone)
    as_of, contested = view.freshness.as_of, bool(view.alive)
    state = window_state(window, now, as_of=as_of, contested=contested)
    yield phrases.row((f"**Vulnerability** {state}", hours))


def _parts(
    view: SovSystemView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Iterator[tuple[str, list[str]]]:
    adm = view.claim.adm if view.claim else None
    for campaign in view.alive:
        told = campaign_line(campaign, lexicon, adm=adm, now=now, zone=zone)
        yield campaign_state(campaign), told.split("\n")
    if past := [one for one in view.campaigns if not one.is_alive][:_PAST]:
        yield "Contests before", [_past(one, now=now, zone=zone) for one in past]
    if len(view.adms) > 1:
        yield f"ADM, last {ADM_DAYS} days", [adm_line(view.adms)]
    if view.changes:
        wrong = taken_back(view.changes, view.campaigns)
        lines = [
            change_block(one, lexicon, now=now, zone=zone, taken_back=wrong)
            for one in view.changes[:_CHANGES]
        ]
        yield "Lately", lines
    if view.skyhooks:
        yield (
            "Skyhooks that can be raided now or soon",
            _skyhooks(view, lexicon, now=now, zone=zone),
        )


def _past(campaign: Campaign, *, now: datetime, zone: ZoneInfo) -> str:
    when = times.eve(campaign.start, now=now, zone=zone, dated=True)
    ground = f"\n-# {escape(campaign.ground)}" if campaign.ground else ""
    score = score_words(campaign.score) if campaign.has_begun else "nobody saw it begin"
    return f"**{campaign_state(campaign)}** · {when}, {score}{ground}"


def _skyhooks(view: SovSystemView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> list[str]:
    """The nearest first."""
    far = lexicon.universe.within_jumps(view.system_id, NEAR_JUMPS)
    near = sorted(view.skyhooks, key=lambda hook: (far.get(hook.system_id, 99), hook.window.start))
    lines = []
    for hook in near[:_HOOKS]:
        jumps = far.get(hook.system_id, 0)
        place = "here" if not jumps else escape(lexicon.system_name(hook.system_id))
        away = phrases.counted(jumps, "jump") if jumps else None
        window = hook.window
        parts = (
            place,
            away,
            window_state(window, now, as_of=view.skyhooks_freshness.as_of),
            times.span(window.start, window.end, now=now, zone=zone),
        )
        lines.append(phrases.row(parts))
    if (left := len(near) - _HOOKS) > 0:
        lines.append(f"*and {left} more within {NEAR_JUMPS} jumps*")
    if view.skyhooks_freshness.is_stale:
        lines.append("-# their list is stale")
    return lines


def _constellation(system_id: SystemId, lexicon: Lexicon) -> str | None:
    system = lexicon.universe.find_system(system_id)
    if system is None or system.space is Space.WORMHOLE:
        return None
    return escape(lexicon.constellation_name(system.constellation_id))


def _step(adm: float) -> int:
    share = (min(max(adm, _LOWEST), _HIGHEST) - _LOWEST) / (_HIGHEST - _LOWEST)
    return round(share * (len(_STEPS) - 1))


def _fitted(lines: list[str]) -> str:
    return fit(lines, FIELD_VALUE, more=lambda left: f"*and {left} more*")
