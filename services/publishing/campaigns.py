"""Campaigns: one message a channel from the moment an alert wants one until its verdict, edited; turns are replies.

Edits notify nobody. So what people must hear of at once is a reply to the message: reminders, the start, a fight near
it, scores that moved by much, the end. A campaign whose message does not stand yet, because it was known before the
alert was or was announced in quiet hours, gets it with the next of these; for its end alone it is not made any more.
Whoever deletes the message is not given another one; what was asked for is said all the same.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.alerts.service import AlertService
from services.domain.alert import Alert, Outcome, Reason
from services.domain.news import CampaignMessage, CampaignNoteMessage, Fighting, NoteKind
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.sovereignty import Campaign, CampaignState, Score
from services.outbox import everywhere
from services.publishing.contests import State, campaign_key, drawn_from
from services.publishing.ledger import calls_somebody
from services.publishing.reading import missed_start, reads_the_same
from services.publishing.spots import Spot, by_channel, people_of, roles_of, with_reasons
from services.publishing.telling import Telling
from services.publishing.verdicts import Ages, Moment, Way
from services.sovereignty import store as sovereignty
from services.storage.database import Transaction

SCORE_STEP, SCORE_SPACING = 0.1, timedelta(minutes=10)
"""Scores are told when they moved by so much since they were last told, and not more often. One node is worth 0.07."""
_LONG = 60
"""Scores from which on earlier ones may be forgotten."""
_NEWS = timedelta(minutes=30)
"""For how long a turn of a contest is worth a message, where it could not be sent."""
_CALLING = frozenset({NoteKind.REMINDER, NoteKind.STARTED, NoteKind.FIGHT})
"""What people are to come for. Nobody has to come for a score, or for what is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What is to be said of a campaign."""

    campaign: Campaign
    happened: datetime
    note: NoteKind | None = None
    """None: that it is there, which the message itself says."""
    what: str = ""
    """Tells this reply from others to the same message."""
    expires_at: datetime
    minutes: int | None = None
    fighting: Fighting | None = None
    """As it is now; None: as it was last known."""
    stale_since: datetime | None = None
    """Since when the source gives nothing, where it does not."""

    @property
    def is_promised(self) -> bool:
        """Worth nothing later, and one of a known few: neither an hour's limit nor an earlier call holds it up.

        Nor does it use up that limit: there would be no room for what is lost meanwhile.
        """
        return self.note in (NoteKind.REMINDER, NoteKind.STARTED)

    @property
    def is_calling(self) -> bool:
        """People are to come for it. One that was left out of the last answers before its start may be called off."""
        doubtful = self.campaign.state is CampaignState.MISSING and not self.campaign.has_begun
        return self.note in _CALLING and not doubtful


class Campaigns:
    """Tells channels of campaigns."""

    def __init__(self, alerts: AlertService, *, ages: Ages) -> None:
        self._alerts = alerts
        self._ages = ages
        self._fighting: Mapping[int, Fighting] = {}
        self._states: dict[int, State] = {}

    async def load(self, tx: Transaction, occurrences: Iterable[Occurrence]) -> dict[int, Campaign]:
        """The campaigns that these are about."""
        ids = {one.subject for one in occurrences if one.subject is not None}
        found = await sovereignty.load_campaigns(tx, ids) if ids else ()
        return {campaign.id: campaign for campaign in found}

    async def tell(
        self,
        tx: Transaction,
        occurrence: Occurrence,
        campaign: Campaign,
        alerts: Sequence[Alert],
        *,
        telling: Telling,
        at: datetime,
    ) -> list[Alert]:
        """Tell the channels of these alerts; `telling.contests` knows the campaign.

        Returns those whose channels are to be told like of any other news: an end of which no message stands there.
        """
        left = []
        told = [
            (turn, spot, wanting)
            for turn, spot, wanting in await self._turns(tx, occurrence, campaign, alerts, at=at)
            if turn.note is not NoteKind.ENDED or telling.contests.knows(spot, campaign.id)
        ]
        if occurrence.kind is OccurrenceKind.CAMPAIGN_ENDED:
            known = {alert.id for _, _, wanting in told for alert in wanting}
            left = [alert for alert in alerts if alert.id not in known]
        await telling.ledger.learn(tx, [alert for _, _, wanting in told for alert in wanting])
        for turn, spot, wanting in told:
            await telling.outgoing.pause()
            await self._tell(tx, spot, turn, wanting, telling=telling, occurrence=occurrence)
        return left

    async def _turns(
        self,
        tx: Transaction,
        occurrence: Occurrence,
        campaign: Campaign,
        alerts: Sequence[Alert],
        *,
        at: datetime,
    ) -> list[tuple[Turn, Spot, Sequence[Alert]]]:
        """What is to be said where; nothing where the message alone shows it."""
        if occurrence.kind is OccurrenceKind.CAMPAIGN_SCORE:
            return await _scores(tx, campaign, alerts, at=at)
        turn = _turn(occurrence, campaign, at=at, post=self._ages.post)
        wanted = by_channel(alerts, lambda alert: alert)
        return [(turn, spot, wanting) for spot, wanting in wanted.items()]

    async def _tell(
        self,
        tx: Transaction,
        spot: Spot,
        turn: Turn,
        alerts: Sequence[Alert],
        *,
        telling: Telling,
        occurrence: Occurrence,
    ) -> None:
        verdict, moment = await telling.judge(
            tx, spot, alerts, turn.happened, free=turn.is_promised
        )
        if verdict.way is Way.POST:
            await self.say(tx, spot, turn, verdict.told, telling=telling, moment=moment)
        elif verdict.way is not Way.NOT:
            if turn.note is NoteKind.SCORE:
                # Told from where it stood when it was last told, as a reply would.
                occurrence = replace(occurrence, before=turn.campaign.scores[0].defender)
            if not await telling.hold(tx, spot, verdict, [occurrence]):
                return
        elif turn.note is NoteKind.SCORE:
            return  # it is looked at again with the next answer
        telling.count(verdict.outcomes)

    async def say(
        self,
        tx: Transaction,
        spot: Spot,
        turn: Turn,
        alerts: Sequence[Alert],
        *,
        telling: Telling,
        moment: Moment,
    ) -> None:
        """Say it: the message where there is none yet, and the reply; `telling.contests` knows the campaign."""
        card = await self._stand(tx, spot, turn, alerts, telling=telling, moment=moment)
        if turn.note is None:
            return
        fighting = turn.fighting or (card.fighting if card else Fighting())
        callers: list[Alert] = []
        if turn.is_calling:
            callers = await telling.ledger.callers(
                tx, alerts, None, moment=moment, spaced=not turn.is_promised
            )
        note = CampaignNoteMessage(
            campaign=turn.campaign,
            note=turn.note,
            reasons=tuple(Reason.of(alert) for alert in alerts),
            minutes=turn.minutes,
            fighting=fighting,
            stale_since=turn.stale_since,
            ping=roles_of(callers),
            call=people_of(callers),
            ping_until=turn.happened + self._ages.calling(callers),
        )
        _count_post(spot, turn, telling)
        telling.contests.reply(spot, turn.what, note, expires_at=turn.expires_at)

    async def refresh(
        self,
        tx: Transaction,
        campaigns: Collection[Campaign],
        telling: Telling,
        *,
        fighting: Mapping[int, Fighting] | None = None,
        stale_since: datetime | None = None,
    ) -> int:
        """Bring the messages that stand up to date; returns how many say something else now.

        `stale_since`: since when the source gives nothing, where it does not.
        """
        changed, contests, fighting = 0, telling.contests, fighting or {}
        await contests.learn(tx, campaigns)
        for campaign in campaigns:
            state = State(
                campaign=campaign,
                adm=contests.adm(campaign),
                fighting=fighting.get(campaign.id, self._fighting.get(campaign.id)),
                stale_since=stale_since if campaign.is_alive else None,
                missed=missed_start(campaign, telling.now),
            )
            known: CampaignMessage | None = None
            same = True
            for spot, told in contests.cards(campaign.id):
                await telling.outgoing.pause()
                drawn = drawn_from(told)
                if drawn != known:  # most channels show the same
                    known, same = drawn, reads_the_same(drawn, state.on(drawn))
                if not same:
                    contests.edit(spot, state.on(told))
                    changed += 1
            self._states[campaign.id] = state.confirmed()
        return changed

    async def unlike(
        self,
        tx: Transaction,
        campaigns: Sequence[Campaign],
        *,
        now: datetime,
        fighting: Mapping[int, Fighting],
        stale_since: datetime | None = None,
    ) -> list[Campaign]:
        """Those that are otherwise than when their messages were last compared with them; the others are forgotten."""
        claims = await sovereignty.load_claims(tx, {one.system_id for one in campaigns})
        adms = {key: claim.adm for key, claim in claims.items()}
        self._fighting = fighting
        self._states = {one.id: self._states[one.id] for one in campaigns if one.id in self._states}
        states = {
            one.id: State(
                campaign=one,
                adm=adms.get(one.system_id),
                fighting=fighting.get(one.id),
                stale_since=stale_since if one.is_alive else None,
                missed=missed_start(one, now),
            ).confirmed()
            for one in campaigns
        }
        return [one for one in campaigns if self._states.get(one.id) != states[one.id]]

    def forget(self, campaigns: Iterable[Campaign]) -> None:
        """Their messages are to be compared again."""
        for campaign in campaigns:
            self._states.pop(campaign.id, None)

    async def _stand(
        self,
        tx: Transaction,
        spot: Spot,
        turn: Turn,
        alerts: Sequence[Alert],
        *,
        telling: Telling,
        moment: Moment,
    ) -> CampaignMessage | None:
        """See to it that the message stands, and names these alerts; None where somebody deleted it."""
        campaign, contests = turn.campaign, telling.contests
        reasons = [Reason.of(alert) for alert in alerts]
        told = contests.find(spot, campaign.id)
        if told is None and contests.knows(spot, campaign.id):
            return None
        if told is not None:
            message = replace(told, reasons=with_reasons(told.reasons, reasons))
            if turn.note is None:
                calling = [alert for alert in alerts if calls_somebody(alert)]
                telling.ledger.count((alert.id, Outcome.EDIT_PING) for alert in calling)
            if message != told:
                contests.edit(spot, message)
            return message
        callers: list[Alert] = []
        if turn.note is None:
            callers = await telling.ledger.callers(tx, alerts, None, moment=moment)
        message = CampaignMessage(
            campaign=campaign,
            reasons=tuple(reasons),
            adm=contests.adm(campaign),
            fighting=turn.fighting or self._fighting.get(campaign.id, Fighting()),
            home_id=next(filter(None, map(self._alerts.home_of, alerts)), None),
            stale_since=turn.stale_since,
            ping=roles_of(callers),
            call=people_of(callers),
            ping_until=turn.happened + self._ages.calling(callers),
        )
        _count_post(spot, turn, telling)
        expires = max(campaign.start, telling.now) + self._ages.post
        contests.put(spot, message, expires_at=expires)
        return message


def _count_post(spot: Spot, turn: Turn, telling: Telling) -> None:
    if not turn.is_promised:
        telling.ledger.post(spot.channel_id)


def _turn(occurrence: Occurrence, campaign: Campaign, *, at: datetime, post: timedelta) -> Turn:
    """What is to be said of an announcement, a start or an end. `post`: for how long a start is worth it."""
    match occurrence.kind:
        case OccurrenceKind.CAMPAIGN_NEW:
            return Turn(campaign=campaign, happened=at, expires_at=campaign.start)
        case OccurrenceKind.CAMPAIGN_STARTED:
            return Turn(
                campaign=campaign,
                happened=campaign.start,
                note=NoteKind.STARTED,
                what=f"started:{campaign.start:%Y%m%d%H%M}",
                expires_at=at + post,
            )
        case _:
            return Turn(
                campaign=campaign,
                happened=at,
                note=NoteKind.ENDED,
                what="ended",
                expires_at=at + timedelta(days=1),
            )


async def _scores(
    tx: Transaction, campaign: Campaign, alerts: Sequence[Alert], *, at: datetime
) -> list[tuple[Turn, Spot, Sequence[Alert]]]:
    """The scores, where they moved by much since they were last told. The reply shows them from there on."""
    if not may_have_moved(campaign.scores):
        return []
    key = campaign_key(campaign.id)
    found: list[tuple[Turn, Spot, Sequence[Alert]]] = []
    said = await everywhere.load_last(tx, key, prefix=f"{key}:score:")
    for spot, wanting in by_channel(alerts, lambda alert: alert).items():
        number, told = said.get(spot.destination, (0, None))
        assert told is None or isinstance(told, CampaignNoteMessage)
        scores = moved(campaign.scores, told.campaign.score if told else None)
        if scores:
            turn = Turn(
                campaign=replace(campaign, scores=scores),
                happened=at,
                note=NoteKind.SCORE,
                what=f"score:{number + 1}",
                expires_at=at + _NEWS,
            )
            found.append((turn, spot, wanting))
    return found


def may_have_moved(scores: Sequence[Score]) -> bool:
    """False where the scores cannot have moved by much since they were told, whatever was: all of them are alike.

    Of a long contest the first are forgotten; one of those may have been told.
    """
    shares = [score.defender for score in scores if score.defender is not None]
    if len(scores) >= _LONG:
        return True
    return bool(shares) and round(max(shares) - min(shares), 6) >= SCORE_STEP


def moved(scores: Sequence[Score], told: Score | None) -> tuple[Score, ...]:
    """The scores that were told last and those of now; none where it is not time to tell them.

    Where none were told yet, the first that are known stand in their place.
    """
    since = [score for score in scores if told is None or score.at > told.at]
    began = told or next(iter(scores), None)
    if not since or began is None or began.defender is None or since[-1].defender is None:
        return ()
    if told is not None and since[-1].at - told.at < SCORE_SPACING:
        return ()
    if round(abs(since[-1].defender - began.defender), 6) < SCORE_STEP:
        return ()
    return began, since[-1]
