"""What systems of a map are marked with: battles, contests, changes of hands, insurgencies."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from services.domain.battle import Fought
from services.domain.freshness import Freshness
from services.domain.ids import SystemId
from services.domain.occurrence import Occurrence
from services.domain.sovereignty import Campaign
from services.domain.warfare import WarzoneSystem
from services.rendering.map_data import MapMark, MarkKind
from services.rendering.map_notes import ago

MARKED = 8
"""Systems marked for their battles on a map, those with the most kills."""


def battle_marks(
    fought: Mapping[SystemId, Fought], asked: SystemId | None = None
) -> Iterator[MapMark]:
    """What all battles left in a system, at the deadliest ones; the asked system is always among them."""
    ranked = sorted(fought, key=lambda where: (where != asked, -fought[where].kills, where))
    for where in ranked[:MARKED]:
        found = fought[where]
        several = f"{found.battles:,} battles, " if found.battles > 1 else ""
        text = f"{several}{found.kills:,} kill{'s' if found.kills != 1 else ''}"
        yield MapMark(system_id=where, kind=MarkKind.BATTLE, text=text)


def marks_line(fought: Mapping[SystemId, Fought]) -> str:
    """That not every battle is marked; nothing where each is."""
    if len(fought) <= MARKED:
        return ""
    return f"Battles were in {len(fought):,} of these systems: the {MARKED} deadliest are marked"


def campaign_marks(
    campaigns: Sequence[Campaign], timers: Freshness | None, now: datetime
) -> Iterator[MapMark]:
    """When it starts; once it runs, the defender's score. Several of a system: the next one."""
    stale = timers is None or timers.is_stale
    seen: set[SystemId] = set()
    for campaign in sorted(campaigns, key=lambda found: (found.start, found.id)):
        if campaign.system_id not in seen:
            seen.add(campaign.system_id)
            text = _standing(campaign, now, stale=stale)
            yield MapMark(system_id=campaign.system_id, kind=MarkKind.CAMPAIGN, text=text)


def _standing(campaign: Campaign, now: datetime, *, stale: bool) -> str:
    """`in 3 h`, `now, 60% held`; `due 2 h ago` where no answer confirmed the start, `began` where none came lately."""
    if campaign.start > now:
        return f"in {ago(campaign.start - now)}"
    if not campaign.has_begun:
        return f"due {ago(now - campaign.start)} ago"
    score = campaign.score.defender if campaign.score else None
    word = "began" if stale else "now"
    return word if score is None else f"{word}, {score:.0%} held"


def flip_marks(flips: Sequence[Occurrence], now: datetime) -> Iterator[MapMark]:
    """The latest of each system."""
    seen: set[SystemId] = set()
    for flip in sorted(flips, key=lambda found: found.at, reverse=True):
        where = flip.system_id
        if where is not None and where not in seen:
            seen.add(where)
            short = ago(now - flip.at).split(" ")
            text = f"{' '.join(short[:2])} ago"
            yield MapMark(system_id=where, kind=MarkKind.FLIP, text=text)


def corruption_marks(systems: Sequence[WarzoneSystem]) -> Iterator[MapMark]:
    """The stage of each system that pirates have corrupted."""
    for one in systems:
        if one.corruption is not None and one.corruption.corruption_stage > 0:
            text = f"stage {one.corruption.corruption_stage}"
            yield MapMark(system_id=one.system_id, kind=MarkKind.INSURGENCY, text=text)
