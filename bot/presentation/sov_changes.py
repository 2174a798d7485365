"""`/sov changes`: what changed hands, was lost, moved and was decided, the latest first."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.presentation import colours, phrases, times
from bot.presentation.ages import NOTHING, age_text
from bot.presentation.card import Card
from bot.presentation.lexicon import Lexicon
from bot.presentation.sov_words import holder_name, line
from bot.presentation.text import DESCRIPTION, clamp, escape, fit
from services.domain.freshness import Freshness
from services.domain.ids import RegionId
from services.domain.killmail import Organisation
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.sovereignty import Campaign, CampaignState

PAGE = 10
"""Changes on one page."""
TOLD = frozenset(
    {
        OccurrenceKind.HOLDER,
        OccurrenceKind.HUB_LOST,
        OccurrenceKind.CAPITAL,
        OccurrenceKind.CAMPAIGN_ENDED,
    }
)
"""What counts as a change of sovereignty. Multipliers cross whole numbers by the hundred, and tell nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesView:
    """One page, the latest first. `page` counts from 0; `total` is over all pages."""

    changes: tuple[Occurrence, ...]
    freshness: Freshness
    page: int
    pages: int
    total: int
    days: int
    region_id: RegionId | None = None
    party: Organisation | None = None
    watched_since: datetime | None = None
    """Where that is not as far back as was asked: what was before is not known."""
    taken_back: frozenset[str] = frozenset()
    """The keys of those that turned out to be wrong."""


def render_changes(view: ChangesView, lexicon: Lexicon, *, now: datetime, zone: ZoneInfo) -> Card:
    """A page of changes."""
    told = []
    if asked := _asked(view, lexicon):
        told.append(f"**Asked for** {asked}")
    told += [
        change_block(change, lexicon, now=now, zone=zone, taken_back=view.taken_back)
        for change in view.changes
    ]
    if not view.total:
        told.append(_nothing(view))
    if view.watched_since is not None:
        told.append(watched_line(view.watched_since, now=now, zone=zone))
    known = view.freshness.as_of is not None
    age = f"-# Sovereignty {age_text(view.freshness, now=now, zone=zone)}" if known else ""
    text = fit(
        [f"{block}\n" for block in told],
        DESCRIPTION - len(age) - 1,
        more=lambda left: f"*and {left} more*",
    )
    embed = discord.Embed(
        title=f"Sovereignty, last {phrases.counted(view.days, 'day')}",
        description=f"{text}\n{age}",
        colour=colours.WARNING if view.freshness.is_stale else colours.NEUTRAL,
    )
    if view.total:
        pages = [f"Page {view.page + 1} of {view.pages:,}"] if view.pages > 1 else []
        embed.set_footer(text=" · ".join([*pages, phrases.counted(view.total, "change")]))
    return Card(embed=clamp(embed))


def taken_back(changes: Iterable[Occurrence], campaigns: Iterable[Campaign]) -> frozenset[str]:
    """The keys of the ends that were told and are not held to be true: the contest was listed again.

    `campaigns`: those that they are about; an end whose campaign is not among them stays as it was told.
    """
    verdicts = {
        campaign.id: campaign.verdict if campaign.state is CampaignState.OVER else None
        for campaign in campaigns
    }
    ends = (change for change in changes if change.kind is OccurrenceKind.CAMPAIGN_ENDED)
    return frozenset(
        end.key for end in ends if end.subject in verdicts and verdicts[end.subject] != end.word
    )


def change_block(
    change: Occurrence,
    lexicon: Lexicon,
    *,
    now: datetime,
    zone: ZoneInfo,
    taken_back: Collection[str] = (),
) -> str:
    """What changed, and when the source first said so; after a gap, since when it may have been so.

    `taken_back`: the keys of those that turned out to be wrong.
    """
    moment = f"{times.relative(change.at)} · {times.eve(change.at, now=now, zone=zone)}"
    if change.since is not None:
        moment += f", some time after {times.eve(change.since, now=now, zone=zone)}"
    told = line(change, lexicon, zone=zone)
    if change.key in taken_back:
        told = f"~~{told}~~ **taken back**, it was listed again"
    return f"{told}\n-# {moment}"


def watched_line(since: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """That nobody looked before, in small print."""
    moment = times.eve(since, now=now, zone=zone, dated=True)
    return f"-# I have watched since {moment}: what changed before I do not know"


def _asked(view: ChangesView, lexicon: Lexicon) -> str:
    words = []
    if view.region_id is not None:
        words.append(f"in {escape(lexicon.region_name(view.region_id))}")
    if view.party is not None:
        words.append(f"of {holder_name(lexicon, view.party)}")
    return ", ".join(words)


def _nothing(view: ChangesView) -> str:
    if view.freshness.as_of is None:
        return f"Sovereignty: {NOTHING}."
    return "Nothing changed that I saw. Ask for more days, or another place."
