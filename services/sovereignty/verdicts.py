"""How a campaign ended, inferred from who holds its system some minutes after it was gone. Pure.

Nobody publishes an outcome. The same hub still standing was defended, whenever that is seen, if an answer saw the
contest begin; a system that nobody holds, or another one, was lost, if the campaign was listed not long before. What
allows neither is left open, and the ground says in words what was seen, and how exactly it is known when the contest
was gone.
"""

from datetime import datetime, timedelta

from services.domain.sovereignty import Campaign, CampaignState, CampaignVerdict, Claim
from services.polling.source import Moment
from services.sovereignty.following import Step, defender, end
from services.sovereignty.moments import between
from services.sovereignty.settings import SovereigntySettings

HUB = "ihub_defense"


def settle(
    campaign: Campaign, claim: Claim | None, *, moment: Moment, settings: SovereigntySettings
) -> Step | None:
    """The end of a campaign that is gone; None where this answer cannot tell it yet.

    `moment`: of the answer that holds `claim`, which may be a few minutes older than the moment it came.
    """
    if campaign.state is not CampaignState.GONE or campaign.ended is None or claim is None:
        return None
    if moment.at - campaign.ended < timedelta(minutes=settings.verdict_minutes):
        return None
    found = judge(campaign, claim, at=moment.at, settings=settings)
    return end(campaign, *found, moment=moment) if found else None


def judge(
    campaign: Campaign, claim: Claim, *, at: datetime, settings: SovereigntySettings
) -> tuple[CampaignVerdict, str] | None:
    """The verdict and its ground, by who held the system at `at`; None where it does not tell."""
    found = _read(campaign, claim, _seen(campaign, at, pace=settings.campaigns_pace))
    late = at - campaign.seen > timedelta(minutes=settings.verdict_patience_minutes)
    if found is None or not late or found[0] is not CampaignVerdict.LOST:
        return found
    ground = f"{found[1]} It may have been lost in this contest or since then."
    return CampaignVerdict.UNKNOWN, ground


def _read(campaign: Campaign, claim: Claim, seen: str) -> tuple[CampaignVerdict, str] | None:
    """The verdict if nothing else happened meanwhile. `seen`: when this was seen, in words."""
    if claim.hub_id == campaign.structure_id:
        changed = claim.holder != defender(campaign) and campaign.defender_id is not None
        whose = " under another alliance" if changed else ""
        if not campaign.has_begun:
            ground = (
                f"The same hub still stood{whose} {seen}; whether it was fought over nobody knows."
            )
            return CampaignVerdict.UNKNOWN, ground
        return CampaignVerdict.DEFENDED, f"The same hub still stood{whose} {seen}."
    if claim.holder is None:
        return CampaignVerdict.LOST, f"Nobody held the system {seen}; its hub was gone."
    if claim.holder != defender(campaign):
        return _held_by_another(campaign, claim, seen)
    if claim.hub_id is None:
        return None
    if campaign.event_type == HUB:
        return CampaignVerdict.LOST, f"Another hub of the same alliance stood {seen}."
    ground = (
        f"The system had the same holder {seen}; of such a structure nothing more is published."
    )
    return CampaignVerdict.UNKNOWN, ground


def _held_by_another(
    campaign: Campaign, claim: Claim, seen: str
) -> tuple[CampaignVerdict, str] | None:
    """A defender that was never named cannot be told from another one, but another hub can."""
    if campaign.defender_id is None and (claim.hub_id is None or campaign.event_type != HUB):
        return None
    ground = f"Somebody else held the system {seen}."
    return CampaignVerdict.LOST, ground


def _seen(campaign: Campaign, at: datetime, *, pace: timedelta) -> str:
    """When the system was seen, and how long that was after the contest was gone, as far as is known."""
    gone = campaign.ended or at
    when = between(campaign.seen, gone, pace=pace)
    if gone - campaign.seen <= 2 * pace:
        passed = int((at - gone).total_seconds() // 60)
        long = f"{passed} minutes" if passed < 120 else f"{passed // 60} hours"
        return f"at {at:%H:%M} EVE, {long} after the contest was gone"
    dated = f"{at:%H:%M}" if at.date() == campaign.seen.date() else f"{at:%Y-%m-%d %H:%M}"
    return f"at {dated} EVE (the contest was gone {when})"
