"""Which answers can be read and not be believed. Pure: the doubt, or None.

What is empty or a fraction of what it was is far more often a fault of the other side than the truth. It is believed
when the same has been said for long enough, since all of it could be true: an empty list, and a short one, each for
itself. A first answer has nothing to be compared with, and is doubted when it is empty: all that follows would be new.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from services.domain.ids import SystemId
from services.domain.killmail import OrganisationKind
from services.domain.sovereignty import Claim, Skyhook
from services.polling.source import FEW, Doubted, Moment
from services.sovereignty.answers import CampaignAnswer, SkyhookAnswer
from services.sovereignty.comparing import Change
from services.sovereignty.settings import SovereigntySettings

EMPTY = "empty"
"""An answer lists nothing at all."""
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
) -> Doubted | None:
    """`listed`: the numbers of those that the answer before held."""
    if moment.is_first and not answer.present:
        return _unless_repeated(Doubted("no campaign is listed", EMPTY), moment, settings)
    if not listed or not answer.is_complete:
        return None
    if not answer.present:
        doubt = Doubted(f"none of {len(listed)} campaigns is listed any more", EMPTY)
        return _unless_repeated(doubt, moment, settings)
    still = sum(number in answer.present for number in listed)
    if len(listed) < _FEW or still >= settings.least_campaigns_share * len(listed):
        return None
    doubt = Doubted(f"only {still} of {len(listed)} campaigns are still listed", FEW)
    return _unless_repeated(doubt, moment, settings)


def doubt_systems(
    known: Mapping[SystemId, Claim],
    told: Mapping[SystemId, Claim],
    changes: Sequence[Change],
    *,
    moment: Moment,
    settings: SovereigntySettings,
) -> Doubted | None:
    """`changes`: of what was `known` until now to what is `told`. An empty answer is never believed."""
    if not told:
        return Doubted("no system is listed", EMPTY)
    if len(told) < settings.least_systems_share * len(known):
        doubt = Doubted(f"only {len(told)} of {len(known)} systems are listed", FEW)
        return _unless_repeated(doubt, moment, settings)
    moved = sum(
        _is_held(change.old) != _is_held(change.new) for change in changes if change.old is not None
    )
    if moved <= _FEW_SYSTEMS:
        return None
    were = sum(map(_is_held, known.values()))
    if were - moved >= settings.least_systems_share * were:
        return None
    reason = f"{moved} systems were claimed or given up at once, of {were} that alliances held"
    return _unless_repeated(Doubted(reason, FEW), moment, settings)


def doubt_skyhooks(
    listed: Collection[Skyhook],
    answer: SkyhookAnswer,
    *,
    moment: Moment,
    settings: SovereigntySettings,
) -> Doubted | None:
    """`listed`: those that the answer before held."""
    if moment.is_first and not answer.skyhooks:
        return _unless_repeated(Doubted("no skyhook is listed", EMPTY), moment, settings)
    lasting = {skyhook.key for skyhook in listed if skyhook.window.end > moment.now}
    still = len(lasting & {skyhook.key for skyhook in answer.skyhooks})
    if lasting and not answer.skyhooks:
        doubt = Doubted(f"none of {len(lasting)} skyhooks is listed any more", EMPTY)
        return _unless_repeated(doubt, moment, settings)
    if len(lasting) >= _FEW and still < settings.least_skyhooks_share * len(lasting):
        doubt = Doubted(f"only {still} of {len(lasting)} skyhooks are still listed", FEW)
        return _unless_repeated(doubt, moment, settings)
    return None


def _unless_repeated(
    doubt: Doubted, moment: Moment, settings: SovereigntySettings
) -> Doubted | None:
    """None where all answers have said the same for long enough."""
    long = timedelta(minutes=settings.doubt_minutes)
    return None if moment.has_doubted_for(long, doubt.about) else doubt


def _is_held(claim: Claim) -> bool:
    return claim.holder is not None and claim.holder.kind is OrganisationKind.ALLIANCE
