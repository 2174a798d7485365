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
from services.domain.delivery import Posting
from services.domain.ids import SystemId
from services.domain.message import Message
from services.domain.news import CampaignMessage, CampaignNoteMessage, Fighting, NoteKind
from services.domain.occurrence import Occurrence, OccurrenceKind
from services.domain.sovereignty import Campaign, Score
from services.outbox import replies
from services.outbox import store as outbox
from services.outbox.codec import kind_of
from services.publishing.reading import reads_the_same
from services.publishing.spots import Desk, Spot, people_of, roles_of, with_reasons
from services.publishing.telling import Telling
from services.publishing.verdicts import Ages, Moment, Way
from services.sovereignty import store as sovereignty
from services.storage.database import Transaction

SCORE_STEP, SCORE_SPACING = 0.1, timedelta(minutes=10)
"""Scores are told when they moved by so much since they were last told, and not more often. One node is worth 0.07."""
_NEWS = timedelta(minutes=30)
"""For how long a turn of a contest is worth a message, where it could not be sent."""
_NOTE = kind_of(CampaignNoteMessage)
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


class Campaigns:
    """Tells channels of campaigns."""

    def __init__(self, alerts: AlertService, desk: Desk, *, ages: Ages) -> None:
        self._alerts = alerts
        self._desk = desk
        self._ages = ages

    async def load(self, tx: Transaction, occurrences: Iterable[Occurrence]) -> dict[int, Campaign]:
        """The campaigns that these are about."""
        ids = {one.subject for one in occurrences if one.subject is not None}
        found = await sovereignty.load_campaigns(tx, ids) if ids else ()
        return {campaign.id: campaign for campaign in found}

    async def tell(
        self,
        tx: Transaction,
        spot: Spot,
        occurrence: Occurrence,
        campaign: Campaign,
        *,
        alerts: Sequence[Alert],
        telling: Telling,
        at: datetime,
    ) -> bool:
        """Tell what these alerts of a channel want to hear.

        False where it is to be told like any other news: an end of which no message stands.
        """
        turn = await self._turn(tx, spot, occurrence, campaign, at=at)
        if turn is None:
            return True
        if turn.note is NoteKind.ENDED and not await self._is_known(tx, spot, campaign):
            return False
        verdict, moment = await telling.judge(tx, spot, alerts, turn.happened)
        if verdict.way is Way.POST:
            await self.say(tx, spot, turn, verdict.told, telling=telling, moment=moment)
        elif verdict.way is not Way.NOT:
            if turn.note is NoteKind.SCORE:
                # Told from where it stood when it was last told, as a reply would.
                occurrence = replace(occurrence, before=turn.campaign.scores[0].defender)
            if not await telling.hold(tx, spot, verdict, occurrence):
                return True
        elif turn.note is NoteKind.SCORE:
            return True  # it is looked at again with the next answer
        telling.count(verdict.outcomes)
        return True

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
        """Say it: the message where there is none yet, and the reply."""
        card = await self._stand(tx, spot, turn, alerts, telling=telling, moment=moment)
        if turn.note is None:
            return
        fighting = turn.fighting or (card.fighting if card else Fighting())
        callers: list[Alert] = []
        if turn.note in _CALLING:
            callers = await telling.ledger.callers(tx, alerts, None, moment=moment)
        key = campaign_key(turn.campaign.id)
        note = CampaignNoteMessage(
            campaign=turn.campaign,
            note=turn.note,
            reasons=tuple(Reason.of(alert) for alert in alerts),
            minutes=turn.minutes,
            fighting=fighting,
            ping=roles_of(callers),
            call=people_of(callers),
            ping_until=turn.happened + self._ages.calling(callers),
        )
        telling.ledger.post(spot.channel_id)
        await self._desk.reply(
            tx,
            spot,
            f"{key}:{turn.what}",
            note,
            now=telling.now,
            expires_at=turn.expires_at,
            to=key,
        )

    async def said(
        self, tx: Transaction, spot: Spot, campaign: Campaign
    ) -> list[tuple[str, CampaignNoteMessage]]:
        """Replies so far, oldest first, each with what tells it from the others."""
        key = campaign_key(campaign.id)
        found = await replies.load(tx, spot.destination, key, kind=_NOTE)
        return [(said.removeprefix(f"{key}:"), _note(message)) for said, message in found]

    async def refresh(
        self,
        tx: Transaction,
        campaigns: Collection[Campaign],
        *,
        now: datetime,
        fighting: Mapping[int, Fighting] | None = None,
    ) -> int:
        """Bring the messages that stand up to date; returns how many say something else now."""
        changed = 0
        for posting, message in await self.stale(tx, campaigns, fighting=fighting or {}):
            spot = Spot(posting.destination, posting.guild_id)
            expires = posting.expires_at
            await self._desk.put(tx, spot, posting.dedupe_key, message, now=now, expires_at=expires)
            changed += 1
        return changed

    async def stale(
        self, tx: Transaction, campaigns: Collection[Campaign], *, fighting: Mapping[int, Fighting]
    ) -> list[tuple[Posting, CampaignMessage]]:
        """Messages that stand and should read differently, each with what it should say."""
        now = {campaign.id: campaign for campaign in campaigns}
        adms = await load_adms(tx, [campaign.system_id for campaign in campaigns])
        found = []
        for posting in await outbox.load_messages(tx, [campaign_key(key) for key in now]):
            told = _card(posting.message)
            campaign = now[told.campaign.id]
            message = replace(
                told,
                campaign=campaign,
                adm=adms.get(campaign.system_id, told.adm),
                fighting=fighting.get(campaign.id, told.fighting),
            )
            if not reads_the_same(told, message):
                found.append((posting, message))
        return found

    async def _is_known(self, tx: Transaction, spot: Spot, campaign: Campaign) -> bool:
        """Whether its message stands in the channel, or stood there."""
        place, key = spot.destination, campaign_key(campaign.id)
        if await outbox.find_message(tx, place, key) is not None:
            return True
        return await outbox.find_ended(tx, place, key) is not None

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
        campaign, place = turn.campaign, spot.destination
        key, reasons = campaign_key(campaign.id), [Reason.of(alert) for alert in alerts]
        posting = await outbox.find_message(tx, place, key)
        if posting is None and await outbox.find_ended(tx, place, key) is not None:
            return None
        if posting is not None:
            told = _card(posting.message)
            message = replace(told, reasons=with_reasons(told.reasons, reasons))
            if turn.note is None:
                calling = [a for a in alerts if a.role_id is not None or a.user_id is not None]
                telling.ledger.count((alert.id, Outcome.EDIT_PING) for alert in calling)
        else:
            callers: list[Alert] = []
            if turn.note is None:
                callers = await telling.ledger.callers(tx, alerts, None, moment=moment)
            message = CampaignMessage(
                campaign=campaign,
                reasons=tuple(reasons),
                adm=(await load_adms(tx, [campaign.system_id])).get(campaign.system_id),
                fighting=turn.fighting or Fighting(),
                home_id=next(filter(None, map(self._alerts.home_of, alerts)), None),
                ping=roles_of(callers),
                call=people_of(callers),
                ping_until=turn.happened + self._ages.calling(callers),
            )
            telling.ledger.post(spot.channel_id)
        if posting is None or not reads_the_same(_card(posting.message), message):
            expires = max(campaign.start, telling.now) + self._ages.post
            await self._desk.put(tx, spot, key, message, now=telling.now, expires_at=expires)
        return message

    async def _turn(
        self,
        tx: Transaction,
        spot: Spot,
        occurrence: Occurrence,
        campaign: Campaign,
        *,
        at: datetime,
    ) -> Turn | None:
        """What is to be said; None where the message alone shows it."""
        match occurrence.kind:
            case OccurrenceKind.CAMPAIGN_NEW:
                return Turn(campaign=campaign, happened=at, expires_at=campaign.start)
            case OccurrenceKind.CAMPAIGN_STARTED:
                return Turn(
                    campaign=campaign,
                    happened=campaign.start,
                    note=NoteKind.STARTED,
                    what=f"started:{campaign.start:%Y%m%d%H%M}",
                    expires_at=at + self._ages.post,
                )
            case OccurrenceKind.CAMPAIGN_ENDED:
                return Turn(
                    campaign=campaign,
                    happened=at,
                    note=NoteKind.ENDED,
                    what="ended",
                    expires_at=at + timedelta(days=1),
                )
            case _:
                return await self._score(tx, spot, campaign, at=at)

    async def _score(
        self, tx: Transaction, spot: Spot, campaign: Campaign, *, at: datetime
    ) -> Turn | None:
        """The scores, where they moved by much since they were last told. The reply shows them from there on."""
        said = await self.said(tx, spot, campaign)
        told = [note.campaign for _, note in said if note.note is NoteKind.SCORE]
        scores = moved(campaign.scores, told[-1].score if told else None)
        if not scores:
            return None
        return Turn(
            campaign=replace(campaign, scores=scores),
            happened=at,
            note=NoteKind.SCORE,
            what=f"score:{len(told) + 1}",
            expires_at=at + _NEWS,
        )


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


async def load_adms(tx: Transaction, systems: Collection[SystemId]) -> dict[SystemId, float]:
    """The activity defence multipliers of systems, where known."""
    claims = await sovereignty.load_claims(tx, systems) if systems else {}
    return {key: claim.adm for key, claim in claims.items() if claim.adm is not None}


def campaign_key(campaign_id: int) -> str:
    """The key of a campaign's messages."""
    return f"campaign:{campaign_id}"


def _card(message: Message) -> CampaignMessage:
    assert isinstance(message, CampaignMessage)
    return message


def _note(message: Message) -> CampaignNoteMessage:
    assert isinstance(message, CampaignNoteMessage)
    return message
