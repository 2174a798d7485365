"""Messages that people ask for by a command and that still go the durable way (samples)."""

from collections.abc import Callable
from datetime import timedelta

from services.battles.service import BattleService
from services.domain.alert import Alert, AlertKind
from services.domain.clock import Clock
from services.domain.delivery import Destination, DestinationKind, Posting
from services.domain.errors import NotFound
from services.domain.ids import SystemId, TypeId
from services.domain.message import BattleMessage, KillMessage, KillSummary, Message
from services.domain.space import HullClass
from services.killmails.service import KillmailService
from services.news_samples import NewsSamples, Origin
from services.outbox import store as outbox
from services.publishing.spots import wish
from services.storage.database import Database

_NEWS_FOR = timedelta(hours=1)


class Posts:
    """Puts messages into the outbox on request."""

    def __init__(
        self,
        database: Database,
        battles: BattleService,
        killmails: KillmailService,
        *,
        clock: Clock,
        ring: Callable[[], None],
        news: NewsSamples,
        home_of: Callable[[Alert], SystemId | None] = lambda _: None,
        hull_class: Callable[[TypeId | None], HullClass] | None = None,
    ) -> None:
        """Make it.

        Args:
            database: where the outbox is.
            battles: for samples of battles.
            killmails: for samples of kills.
            clock: the time.
            ring: called when a message has become due.
            news: for samples of what happens beside kills.
            home_of: the system that an alert measures from.
            hull_class: what a hull counts as; without it cards do not say what attackers flew.
        """
        self._database = database
        self._battles = battles
        self._killmails = killmails
        self._clock = clock
        self._ring = ring
        self._news = news
        self._home_of = home_of
        self._hull_class = hull_class

    async def sample(self, alert: Alert) -> Origin:
        """Post what this alert would post, marked as a sample, calling nobody. NotFound while nothing is stored.

        Says where the sample comes from: an alert on occurrences may have nothing to show but what is made up.
        """
        now = self._clock()
        message, origin = await self._sample(alert)
        posting = Posting(
            destination=Destination(DestinationKind.CHANNEL, alert.channel_id),
            guild_id=alert.guild_id,
            dedupe_key=f"sample:{alert.id}:{now:%Y%m%d%H%M%S%f}",
            message=message,
            expires_at=now + _NEWS_FOR,
        )
        async with self._database.write() as tx:
            await outbox.put(tx, posting, now=now, edit_spacing=timedelta(0))
        self._ring()
        return origin

    async def _sample(self, alert: Alert) -> tuple[Message, Origin]:
        if alert.kind.topic is None:
            return await self._fight(alert), Origin.MATCH
        sample = await self._news.sample(alert)
        return sample.message, sample.origin

    async def _fight(self, alert: Alert) -> Message:
        reasons = (wish(alert),)
        if alert.kind is AlertKind.BATTLES:
            battle = await self._battles.newest()
            if battle is not None:
                return BattleMessage(battle=battle, reasons=reasons, sample=True)
        else:
            newest = (await self._killmails.totals()).last_kill_id
            if newest is not None:
                mail = await self._killmails.get(str(newest))
                return KillMessage(
                    kill=KillSummary.of(mail, hull_class=self._hull_class),
                    reasons=reasons,
                    style=alert.style,
                    hidden=tuple(sorted(alert.hidden)),
                    home_id=self._home_of(alert),
                    sample=True,
                )
        raise NotFound(
            "Nothing has come over the feed yet, so there is nothing to show. Try again in a minute."
        )
