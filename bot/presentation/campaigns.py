"""One contest over a sovereignty structure as a channel sees it: announced, under way, over; and the replies to it.

The title says how it stands and where, the first lines when and how the scores are; what killmails tell of the fight
stands below. A verdict is inferred, so the ground for it stands beside it. What the source does not say is unknown.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, links, phrases, times
from bot.presentation.card import Card, LinkButton
from bot.presentation.hubs import hub_words, jumps_words
from bot.presentation.lexicon import Lexicon
from bot.presentation.pings import called, mentions
from bot.presentation.reasons import footer, mark_sample
from bot.presentation.sov_words import (
    adm_words,
    campaign_name,
    campaign_state,
    defender_of,
    percent,
    score_words,
    who_gains,
)
from bot.presentation.text import SHORT_NAME, clamp, escape, held
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.news import CampaignMessage, CampaignNoteMessage, Fighting, NoteKind
from services.domain.sovereignty import Campaign, CampaignState, Score

NEAR_JUMPS = 2
"""How the cards call the neighbourhood whose kills are counted."""
_BAR = 10
_PARTICIPANTS, _MOVES = 5, 6
_MINUTE = timedelta(minutes=1)


def render_campaign(
    message: CampaignMessage, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """The campaign's own card."""
    campaign = message.campaign
    distance = (
        None
        if message.home_id is None
        else jumps_words(lexicon, campaign.system_id, message.home_id)
    )
    lines = [
        *_when(campaign, now=now, zone=zone),
        *_scores(campaign, lexicon, now=now, zone=zone),
        *_verdict(campaign),
        phrases.row(
            (_place(campaign, lexicon), adm_words(message.adm) if campaign.is_alive else None)
        ),
        phrases.row((distance, hub_words(lexicon, campaign.system_id))),
        *fighting_lines(message.fighting, lexicon),
        _age(campaign, message.stale_since, now=now, zone=zone),
    ]
    embed = _embed(campaign, lexicon, [line for line in lines if line])
    if message.stale_since is not None:
        embed.colour = discord.Colour(colours.WARNING)
    if message.sample:
        mark_sample(embed)
    embed.set_footer(text=footer(message.reasons, lexicon, f"campaign {campaign.number}"))
    return Card(
        embed=clamp(embed),
        buttons=campaign_links(campaign, lexicon),
        content=mentions(message.ping, message.call),
        role_pings=called(message.ping, until=message.ping_until, now=now),
        user_pings=called(message.call, until=message.ping_until, now=now),
    )


def render_campaign_note(
    message: CampaignNoteMessage, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Card:
    """A reply to it: what is new in the title, and what is needed to act on it."""
    campaign = message.campaign
    small = phrases.row(
        (escape(lexicon.region_of(campaign.system_id) or ""), _defends(campaign, lexicon))
    )
    lines = [*_noted(message, lexicon, now=now, zone=zone), f"-# {small}" if small else None]
    if message.stale_since is not None:
        lines.append(_age(campaign, message.stale_since, now=now, zone=zone))
    embed = discord.Embed(
        title=_note_title(message, lexicon, now=now),
        url=_page(campaign, lexicon),
        description="\n".join(line for line in lines if line),
        colour=_colour(campaign),
    )
    embed.set_footer(text=footer(message.reasons, lexicon, f"campaign {campaign.number}"))
    return Card(
        embed=clamp(embed),
        content=mentions(message.ping, message.call),
        role_pings=called(message.ping, until=message.ping_until, now=now),
        user_pings=called(message.call, until=message.ping_until, now=now),
    )


def ids_in_campaign(campaign: Campaign) -> frozenset[int]:
    """Everybody whom a card of the campaign names."""
    found = {alliance for alliance, _ in campaign.participants[:_PARTICIPANTS]}
    if campaign.defender_id is not None:
        found.add(campaign.defender_id)
    return frozenset(found)


def fighting_lines(fighting: Fighting, lexicon: Lexicon) -> Iterator[str]:
    """What killmails tell of the neighbourhood; nothing where nobody died. Battles stand with their ids."""
    if fighting.kills:
        kills = phrases.counted(fighting.kills, "kill")
        yield f"**{kills}** within {NEAR_JUMPS} jumps, {phrases.destroyed(fighting.isk)}"
    for fight in fighting.battles:
        place = escape(lexicon.system_name(fight.system_id))
        away = phrases.counted(fight.jumps, "jump") + " away" if fight.jumps else None
        size = held(phrases.counted(fight.kills, "kill"))
        yield phrases.row(
            (
                f"Battle in **{place}**",
                away,
                size,
                phrases.isk(fight.isk),
                f"`{fight.public_id}`",
            )
        )


def campaign_links(campaign: Campaign, lexicon: Lexicon) -> tuple[LinkButton, ...]:
    """Where more of the place stands."""
    buttons = [LinkButton(label="zKillboard", url=links.system_url(campaign.system_id))]
    if (system := lexicon.universe.find_system(campaign.system_id)) is not None:
        buttons.insert(0, LinkButton(label="DOTLAN", url=links.dotlan_url(system.name)))
    return tuple(buttons)


def score_bar(share: float | None) -> str:
    """`■■■■■■□□□□`: the defender's share, for the eye; the figures stand beside it."""
    if share is None:
        return ""
    full = min(max(round(share * _BAR), 0), _BAR)
    return "■" * full + "□" * (_BAR - full)


def doubt_words(campaign: Campaign, *, now: datetime, zone: ZoneInfo) -> str | None:
    """`not listed since 13:42 EVE: it may be called off`, of one that the last answers before its start left out."""
    missing = campaign.state is CampaignState.MISSING and not campaign.has_begun
    if not missing or campaign.ended is None:
        return None
    since = times.eve(campaign.ended, now=now, zone=zone)
    return f"not listed since {since}: it may be called off"


def _embed(campaign: Campaign, lexicon: Lexicon, lines: list[str]) -> discord.Embed:
    embed = discord.Embed(
        title=f"{campaign_state(campaign)}: {campaign_name(campaign, lexicon)}",
        url=_page(campaign, lexicon),
        description="\n".join(lines),
        colour=_colour(campaign),
    )
    if (defender := defender_of(campaign)) is not None:
        name = phrases.organisation_plain(lexicon, defender)
        embed.set_author(
            name=f"Defender: {name}",
            url=links.organisation_url(defender),
            icon_url=links.organisation_picture(defender),
        )
    return embed


def _page(campaign: Campaign, lexicon: Lexicon) -> str:
    system = lexicon.universe.find_system(campaign.system_id)
    return links.dotlan_url(system.name) if system else links.system_url(campaign.system_id)


def _colour(campaign: Campaign) -> int:
    return colours.CAMP if campaign.state is CampaignState.RUNNING else colours.NEUTRAL


def _when(campaign: Campaign, *, now: datetime, zone: ZoneInfo) -> Iterator[str]:
    # Once it is past it is dated: nobody may edit the message for days.
    missed = campaign.start <= now and not campaign.has_begun
    eve = times.eve(campaign.start, now=now, zone=zone, dated=missed)
    start = f"{times.relative(campaign.start)} · {eve}"
    if not campaign.is_alive and not campaign.has_begun:
        yield f"It was to start {start}"
    elif campaign.start > now:
        yield f"**Starts** {start}"
    elif not campaign.has_begun:
        yield f"**Was to start** {start}"
    else:
        yield f"**Started** {start}"
    if doubt := doubt_words(campaign, now=now, zone=zone):
        yield f"**{doubt[:1].upper()}{doubt[1:]}**"
    elif campaign.ended is not None:
        ended = times.eve(campaign.ended, now=now, zone=zone)
        # One that is missing may come back: the answers that follow settle whether it is over.
        what = "Not listed since" if campaign.is_alive else "Gone from the list"
        yield f"**{what}** {times.relative(campaign.ended)} · {ended}"


def _scores(
    campaign: Campaign, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Iterator[str]:
    if not campaign.has_begun and (campaign.ended is not None or len(campaign.scores) < 2):
        return
    score = campaign.score
    words = score_words(score)
    bar = score_bar(score.defender if score else None)
    yield f"{bar} {words}" if bar else words[:1].upper() + words[1:]
    if moved := _last_move(campaign.scores, now=now, zone=zone):
        yield f"-# {moved}"
    for alliance, share in campaign.participants[:_PARTICIPANTS]:
        party = Organisation(alliance, OrganisationKind.ALLIANCE)
        yield f"{phrases.organisation(lexicon, party, limit=SHORT_NAME)}: {percent(share)}"


def _age(campaign: Campaign, stale_since: datetime | None, *, now: datetime, zone: ZoneInfo) -> str:
    """When the source said so: the message is edited when it says something else, or nothing for long."""
    seen = times.eve(campaign.seen, now=now, zone=zone, dated=True)
    told = "unchanged since" if stale_since is None else "as of"
    if not campaign.is_alive:
        told = "last listed"
    words = f"{told} {seen}, {times.relative(campaign.seen)}, by ESI"
    if stale_since is None:
        return f"-# {words}"
    stale = times.eve(stale_since, now=now, zone=zone, dated=True)
    return f"-# **stale since {stale}**, {words}"


def _last_move(scores: tuple[Score, ...], *, now: datetime, zone: ZoneInfo) -> str | None:
    if len(scores) < 2:
        return None
    gained = who_gains(scores[-2].defender, scores[-1].defender)
    if gained is None:
        return None
    at = scores[-1].at
    return f"Last move: {gained}, {times.eve(at, now=now, zone=zone)} ({times.relative(at)})"


def _verdict(campaign: Campaign) -> Iterator[str]:
    if campaign.ground:
        yield f"**{campaign_state(campaign)}**: {escape(campaign.ground)}"
    elif campaign.state is CampaignState.GONE:
        yield "Who won is read off the next answers about the system itself."


def _place(campaign: Campaign, lexicon: Lexicon) -> str:
    return phrases.place(lexicon, campaign.system_id)


def _defends(campaign: Campaign, lexicon: Lexicon) -> str | None:
    defender = defender_of(campaign)
    if defender is None:
        return None
    return f"defended by {phrases.organisation(lexicon, defender, limit=SHORT_NAME)}"


def _note_title(message: CampaignNoteMessage, lexicon: Lexicon, *, now: datetime) -> str:
    campaign = message.campaign
    name = campaign_name(campaign, lexicon)
    match message.note:
        case NoteKind.REMINDER:
            left = _left(message, now)
            return f"{left} to go: {name}" if left else f"It has begun: {name}"
        case NoteKind.STARTED:
            return f"It has begun: {name}"
        case NoteKind.SCORE:
            return f"{_gaining(campaign)}: {name}"
        case NoteKind.FIGHT:
            return f"Fighting near the {name}"
        case NoteKind.ENDED:
            return f"{campaign_state(campaign)}: {name}"
        case _:
            assert_never(message.note)


def _left(message: CampaignNoteMessage, now: datetime) -> str | None:
    """What is really left when it is drawn: a reminder may come late. None: nothing."""
    left = message.campaign.start - now
    if left <= timedelta(0):
        return None
    asked = None if message.minutes is None else _MINUTE * message.minutes
    if asked is not None and abs(left - asked) <= _MINUTE:
        return times.duration(asked)
    return times.duration(max(left, _MINUTE))


def _gaining(campaign: Campaign) -> str:
    """Who moved it last. By how much in all since it was last told is read off the way there."""
    scores = campaign.scores
    gained = who_gains(scores[-2].defender, scores[-1].defender) if len(scores) > 1 else None
    if gained is None:
        return "Scores moved"
    return "Defender is gaining" if gained.startswith("defender") else "Attackers are gaining"


def _way(scores: tuple[Score, ...]) -> str | None:
    """`defender 60% → 53% → 46%`: the last moves."""
    known = [percent(score.defender) for score in scores[-_MOVES:] if score.defender is not None]
    return f"-# defender {' → '.join(known)}" if len(known) > 1 else None


def _noted(
    message: CampaignNoteMessage, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo
) -> Iterator[str]:
    campaign = message.campaign
    start = f"{times.relative(campaign.start)} · {times.eve(campaign.start, now=now, zone=zone)}"
    match message.note:
        case NoteKind.REMINDER:
            yield f"**{'Starts' if campaign.start > now else 'Started'}** {start}"
            if doubt := doubt_words(campaign, now=now, zone=zone):
                yield f"**{doubt[:1].upper()}{doubt[1:]}**"
            yield hub_words(lexicon, campaign.system_id) or ""
        case NoteKind.STARTED:
            yield f"**Started** {start}"
        case NoteKind.ENDED:
            yield escape(campaign.ground or "")
            yield from fighting_lines(message.fighting, lexicon)
        case NoteKind.SCORE | NoteKind.FIGHT:
            if message.note is NoteKind.FIGHT:
                yield from fighting_lines(message.fighting, lexicon)
            bar = score_bar(campaign.score.defender if campaign.score else None)
            yield f"{bar} {score_words(campaign.score)}".strip()
            if message.note is NoteKind.SCORE and (way := _way(campaign.scores)):
                yield way
        case _:
            assert_never(message.note)
