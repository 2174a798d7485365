"""Which answers can be read and not be believed. Pure: the reason in words, or None.

What is empty or a fraction of what it was is far more often a fault of the other side than the truth. It is believed
when the same has been said for long enough, since all of it could be true.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from services.domain.ids import SystemId
from services.domain.killmail import OrganisationKind
from services.domain.sovereignty import Claim, Skyhook
from services.polling.source import Moment
from services.sovereignty.answers import CampaignAnswer, SkyhookAnswer
from services.sovereignty.comparing import Change
from services.sovereignty.moments import follows
from services.sovereignty.settings import SovereigntySettings

_FEW = 4
"""Of fewer campaigns or skyhooks than so many, a share says nothing."""
_FEW_SYSTEMS = 50
"""Claimed or given up at once: so many are believed whatever their share."""


def doubt_campaigns(
    listed: Collection[int],
    answer: CampaignAnswer,
    *,
    moment: Moment,
    settings: SovereigntySettings,
) -> str | None:
    """`listed`: those that the answer before held."""
    if moment.has_doubted_for(timedelta(minutes=settings.campaigns_doubt_minutes)):
        return None
    if not listed or not answer.is_complete:
        return None
    if not answer.present:
        return f"none of {len(listed)} campaigns is listed any more"
    still = sum(campaign_id in answer.present for campaign_id in listed)
    few = len(listed) >= _FEW and still < settings.least_campaigns_share * len(listed)
    if few and follows(moment):
        return f"only {still} of {len(listed)} campaigns are still listed"
    return None


def doubt_systems(
    known: Mapping[SystemId, Claim],
    told: Mapping[SystemId, Claim],
    changes: Sequence[Change],
    *,
    moment: Moment,
    settings: SovereigntySettings,
) -> str | None:
    """`changes`: of what was `known` until now to what is `told`. A first answer that is empty is doubted too."""
    if not told:
        return "no system is listed"
    if moment.has_doubted_for(timedelta(minutes=settings.doubt_minutes)):
        return None
    if len(told) < settings.least_systems_share * len(known):
        return f"only {len(told)} of {len(known)} systems are listed"
    moved = sum(
        _is_held(change.old) != _is_held(change.new) for change in changes if change.old is not None
    )
    if moved <= _FEW_SYSTEMS:
        return None
    were = sum(map(_is_held, known.values()))
    if were - moved < settings.least_systems_share * were:
        return f"{moved} systems were claimed or given up at once, of {were} that alliances held"
    return None


def doubt_skyhooks(
    known: Collection[Skyhook],
    answer: SkyhookAnswer,
    *,
    moment: Moment,
    settings: SovereigntySettings,
) -> str | None:
    """`known`: those listed until now."""
    if moment.has_doubted_for(timedelta(minutes=settings.doubt_minutes)):
        return None
    lasting = {_key(skyhook) for skyhook in known if skyhook.window.end > moment.now}
    still = len(lasting & {_key(skyhook) for skyhook in answer.skyhooks})
    if lasting and not answer.skyhooks:
        return f"none of {len(lasting)} skyhooks is listed any more"
    if len(lasting) >= _FEW and still < settings.least_skyhooks_share * len(lasting):
        return f"only {still} of {len(lasting)} skyhooks are still listed"
    return None


def _is_held(claim: Claim) -> bool:
    return claim.holder is not None and claim.holder.kind is OrganisationKind.ALLIANCE


def _key(skyhook: Skyhook) -> tuple[int, object]:
    return skyhook.planet_id, skyhook.window.start
