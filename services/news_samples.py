"""What a sample of an alert on occurrences shows.

The latest that it would have told, else the latest of its kinds from anywhere, else something made up; and which of the
three it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from services.alerts.watching import wanted_kinds
from services.domain.alert import Alert, AlertKind
from services.domain.clock import Clock
from services.domain.ids import AllianceId, SystemId
from services.domain.killmail import Organisation, OrganisationKind
from services.domain.message import Message
from services.domain.news import CampaignMessage, NewsMessage
from services.domain.occurrence import (
    CAMPAIGN_KINDS,
    Occurrence,
    OccurrenceKind,
    OccurrenceSearch,
    Topic,
)
from services.domain.sovereignty import Campaign, CampaignState
from services.news_trials import LONGEST, NewsTrials
from services.occurrences.service import OccurrenceService
from services.publishing.spots import wish
from services.sovereignty.service import SovereigntyService
from services.universe.universe import Universe

K = OccurrenceKind

_SOON = timedelta(hours=3)
_CALDARI, _GALLENTE, _MORDU, _SANSHA, _GURISTAS = (
    Organisation(500_000 + number, OrganisationKind.FACTION) for number in (1, 4, 18, 19, 10)
)
_PLACES = {
    Topic.SOV: SystemId(30004759),  # 1DQ1-A
    Topic.FW: SystemId(30002813),  # Tama
    Topic.INCURSION: SystemId(30002813),
}
_FIGURES: Mapping[OccurrenceKind, dict[str, Any]] = {
    K.ADM: {"before": 3.9, "after": 4.0},
    K.SHIFT: {"before": 0.42, "after": 0.55},
    K.FLIP: {"starts": None},
    K.RESET: {"before": 1.0},
    K.SAFE: {"after": 0.9, "starts": None},
    K.ROLE: {"word": "frontline"},
    K.INSURGENCY_STARTED: {"new": _GURISTAS, "old": None},
    K.INSURGENCY_STAGE: {"word": "corruption", "before": 2.0, "after": 3.0, "new": _GURISTAS},
    K.INSURGENCY_ENDED: {"new": _GURISTAS, "old": None},
    K.WAR_ALLY: {"others": (_SANSHA,)},
    K.INCURSION_STARTED: {"after": 0.0},
    K.INCURSION_MOBILIZING: {"after": 0.4},
    K.INCURSION_WITHDRAWING: {"after": 0.9},
}


class Origin(Enum):
    """Where a sample comes from."""

    MATCH = "match"
    """The alert would have told it."""
    ELSEWHERE = "elsewhere"
    """It happened, and does not meet the alert's scope."""
    MADE_UP = "made up"


@dataclass(frozen=True, slots=True)
class Sample:
    """What to post."""

    message: Message
    origin: Origin


class NewsSamples:
    """Finds, or makes, what a sample shows."""

    def __init__(
        self,
        trials: NewsTrials,
        occurrences: OccurrenceService,
        sovereignty: SovereigntyService,
        *,
        universe: Universe,
        clock: Clock,
    ) -> None:
        self._trials = trials
        self._occurrences = occurrences
        self._sovereignty = sovereignty
        self._universe = universe
        self._clock = clock

    async def sample(self, alert: Alert) -> Sample:
        """For an alert on occurrences."""
        told = await self._trials.try_alert(alert, LONGEST)
        if told.latest:
            return Sample(await self._message(alert, told.latest[0]), Origin.MATCH)
        kinds = frozenset(kind for kind in wanted_kinds(alert) if kind.is_kept)
        latest = await self._occurrences.search(OccurrenceSearch(kinds=kinds, limit=1))
        # A war is known because some server marked its parties, which is nobody else's business.
        if kinds and latest and alert.kind is not AlertKind.WAR:
            return Sample(await self._message(alert, latest[0]), Origin.ELSEWHERE)
        return Sample(self._made_up(alert), Origin.MADE_UP)

    async def _message(self, alert: Alert, occurrence: Occurrence) -> Message:
        if occurrence.kind in CAMPAIGN_KINDS and occurrence.subject is not None:
            campaign = await self._sovereignty.find_campaign(occurrence.subject)
            if campaign is not None:
                claim = await self._sovereignty.find_claim(campaign.system_id)
                return _campaign(alert, campaign, adm=None if claim is None else claim.adm)
        return _news(alert, occurrence)

    def _made_up(self, alert: Alert) -> Message:
        topic, kinds = alert.kind.topic, wanted_kinds(alert)
        assert topic is not None
        now, place = self._clock(), self._place(alert, topic)
        if K.CAMPAIGN_NEW in kinds and place is not None:
            party = alert.scope.party if alert.scope else None
            alliance = party is not None and party.kind is OrganisationKind.ALLIANCE
            system = self._universe.find_system(place)
            campaign = Campaign(
                id=0,
                event_type="ihub_defense",
                system_id=place,
                constellation_id=None if system is None else system.constellation_id,
                structure_id=0,
                defender_id=AllianceId(party.id) if party is not None and alliance else None,
                start=now + _SOON,
                state=CampaignState.SCHEDULED,
                first_seen=now,
                seen=now,
            )
            return _campaign(alert, campaign, adm=None)
        kind = next(kind for kind in OccurrenceKind if kind in kinds)
        return _news(alert, self._occurrence(alert, kind, place))

    def _occurrence(self, alert: Alert, kind: OccurrenceKind, place: SystemId | None) -> Occurrence:
        now = self._clock()
        known = None if place is None else self._universe.find_system(place)
        old, new = _parties(alert, kind.topic)
        fields: dict[str, Any] = {
            "systems": () if place is None else (place,),
            "old": old,
            "new": new,
            "starts": now,
            "ends": now + _SOON,
        }
        if kind.topic is Topic.INCURSION:
            subject = None if known is None else known.constellation_id
            fields |= {"old": None, "new": None, "others": (_SANSHA,), "subject": subject}
        return Occurrence(key="sample", kind=kind, at=now, **(fields | _FIGURES.get(kind, {})))

    def _place(self, alert: Alert, topic: Topic) -> SystemId | None:
        """Where the alert looks, as far as it says so."""
        scope = alert.scope
        if topic is Topic.WAR:
            return None
        if scope is not None and scope.system_id is not None:
            return scope.system_id
        if scope is not None and scope.region_id is not None:
            there = (
                key
                for key, one in self._universe.systems.items()
                if one.region_id == scope.region_id
            )
            return min(there, default=None)
        return _PLACES[topic]


def _parties(alert: Alert, topic: Topic) -> tuple[Organisation | None, Organisation]:
    """Who loses and who gains; whoever the alert is about gains."""
    about = alert.scope.party if alert.scope else None
    if topic is Topic.FW:
        new = about or _CALDARI
        return (_CALDARI if new == _GALLENTE else _GALLENTE), new
    if topic is Topic.WAR:
        return _MORDU, about or _GURISTAS
    return None, about or _MORDU


def _campaign(alert: Alert, campaign: Campaign, *, adm: float | None) -> CampaignMessage:
    return CampaignMessage(
        campaign=campaign,
        reasons=(wish(alert),),
        adm=adm,
        home_id=_home(alert),
        sample=True,
    )


def _news(alert: Alert, occurrence: Occurrence) -> NewsMessage:
    return NewsMessage(
        occurrences=(occurrence,), reasons=(wish(alert),), home_id=_home(alert), sample=True
    )


def _home(alert: Alert) -> SystemId | None:
    return None if alert.scope is None else alert.scope.system_id
