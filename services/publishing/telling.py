"""The books of one telling of news: what is judged for a channel, what is counted, and what is held back together.

News has no age at which it is too old to be told: what a source says for the first time is new. After a gap in which
the source gave nothing, all that changed meanwhile comes as one message a channel, and calls nobody.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from services.domain.alert import Alert, Outcome
from services.domain.ids import AlertId
from services.domain.killmail import OrganisationKind, party
from services.domain.occurrence import REMINDED, Occurrence, OccurrenceKind, Topic
from services.domain.sovereignty import Campaign, CampaignState
from services.publishing.contests import Contests
from services.publishing.held_news import HeldNews, cap_sheet, quiet_sheet
from services.publishing.ledger import Ledger
from services.publishing.outgoing import Outgoing
from services.publishing.spots import Desk, Spot
from services.publishing.summaries import Sheet
from services.publishing.verdicts import Moment, NewsVerdict, Way, judge_news
from services.storage.database import Transaction

GAP = timedelta(hours=1)
"""What changed while a source gave nothing for longer is told in one summary."""
GAPS = {Topic.WAR: 3 * GAP}
"""Wars are asked for once an hour: one answer that did not come is no gap."""


class Telling:
    """Made for one transaction, written at its end."""

    def __init__(self, ledger: Ledger, desk: Desk, *, limit: int, gap: Sheet | None = None) -> None:
        """`gap`: the summary that all goes to, after a gap."""
        self.ledger = ledger
        self.held = HeldNews(desk, now=ledger.now)
        self.outgoing = Outgoing(desk, now=ledger.now)
        self.contests = Contests(self.outgoing)
        self._limit = limit
        self._gap = gap

    @property
    def now(self) -> datetime:
        """The moment of the telling."""
        return self.ledger.now

    async def judge(
        self,
        tx: Transaction,
        spot: Spot,
        alerts: Sequence[Alert],
        happened: datetime,
        *,
        free: bool = False,
    ) -> tuple[NewsVerdict, Moment]:
        """What becomes of it in this channel. `free`: the hour's limit does not hold it up."""
        await self.ledger.look_at(tx, [spot.channel_id])
        moment = Moment(
            now=self.now,
            happened=happened,
            late=self._gap is not None,
            catching_up=self._gap is not None,
            quiet=await self.ledger.quiet(tx, alerts),
            posts_left=1 if free else self.ledger.posts_left(spot.channel_id),
        )
        return judge_news(alerts, moment), moment

    def count(self, outcomes: Iterable[tuple[AlertId, Outcome]], times: int = 1) -> None:
        """Each of these alerts wanted it, and this became of it; of so many."""
        outcomes = tuple(outcomes) * times
        self.ledger.count((alert_id, Outcome.MATCHED) for alert_id, _ in outcomes)
        self.ledger.count(outcomes)

    async def hold(
        self,
        tx: Transaction,
        spot: Spot,
        verdict: NewsVerdict,
        occurrences: Sequence[Occurrence],
    ) -> bool:
        """Name them where they are held. False where they stand there."""
        sheet = self._sheet(verdict)
        return await self.held.add(tx, spot, sheet, occurrences, alerts=verdict.told)

    async def hold_campaign(
        self, tx: Transaction, spot: Spot, verdict: NewsVerdict, campaign: Campaign
    ) -> bool:
        """Name a campaign of which a reminder or a fight was held. False where any line tells of it."""
        sheet = self._sheet(verdict)
        if await self.held.names_contest(tx, spot, sheet, campaign.id, alerts=verdict.told):
            return False
        return await self.held.add(
            tx, spot, sheet, [line_of(campaign, now=self.now)], alerts=verdict.told
        )

    def _sheet(self, verdict: NewsVerdict) -> Sheet:
        if verdict.window is not None:
            return quiet_sheet(verdict.window)
        if verdict.way is Way.CAP:
            return cap_sheet(self.now, self._limit)
        assert self._gap is not None, "nothing else is summed up"
        return self._gap

    async def write(self, tx: Transaction) -> None:
        """Write what changed."""
        await self.outgoing.write(tx)
        await self.held.write(tx)
        await self.ledger.write(tx)


def line_of(campaign: Campaign, *, now: datetime) -> Occurrence:
    """A campaign as a line among news: a reminder of now, or that it is under way."""
    ahead = campaign.state is CampaignState.SCHEDULED or now < campaign.start
    kind = OccurrenceKind.CAMPAIGN_NEW if ahead else OccurrenceKind.CAMPAIGN_STARTED
    defender = campaign.defender_id
    return Occurrence(
        key=f"{kind}:{campaign.id}",
        kind=kind,
        at=now if ahead else campaign.start,
        systems=(campaign.system_id,),
        others=() if defender is None else (party(defender, OrganisationKind.ALLIANCE),),
        starts=campaign.start,
        subject=campaign.id,
        word=REMINDED if ahead else None,
    )
