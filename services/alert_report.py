"""What became of what an alert matched, and what people said of the kills that were posted.

Every kill or occurrence that an alert matched has one outcome (`services.publishing.verdicts`); what happened to a
message after that stands in the outbox. Both together answer why an alert is silent.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from services.alerts import counts, posts
from services.alerts.counts import everybody
from services.alerts.service import AlertService
from services.alerts.settings import AlertSettings
from services.alerts.watching import wanted_kinds
from services.battles import store as battles
from services.domain.alert import Alert, Outcome
from services.domain.alert_report import AlertWhy, FeedHealth, SendFailure
from services.domain.clock import Clock
from services.domain.delivery import Destination, DestinationKind, Posting
from services.domain.errors import UserError
from services.domain.ids import AlertId, ChannelId, GuildId, KillmailId, UserId
from services.domain.message import (
    BattleMessage,
    Handling,
    KillMessage,
    Mute,
    NoticeMessage,
    SummaryMessage,
    Verdict,
)
from services.domain.news import BoardMessage, NewsMessage, TimerNoteMessage
from services.domain.news_trial import SourceHealth
from services.domain.occurrence import CAMPAIGN_KINDS, OccurrenceKind
from services.domain.quiet import Quiet, quiet_at
from services.feeds.items import FeedStatus
from services.guilds import store as guilds
from services.outbox import history, overview
from services.outbox import store as outbox
from services.outbox.history import PostState
from services.polling.store import load_poll
from services.publishing.battles import battle_key
from services.publishing.catch_up import load_catching_up
from services.publishing.hush import hush
from services.publishing.kills import kill_key
from services.publishing.summaries import is_digest
from services.publishing.verdicts import is_muted
from services.storage.database import Database, Transaction
from services.storage.turns import BATTLES, take_turn

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_SHOWN = 3
_RAISED_BY: dict[str, frozenset[OccurrenceKind]] = {
    "sov-campaigns": CAMPAIGN_KINDS,
    "sov-systems": frozenset(
        {
            OccurrenceKind.CAMPAIGN_ENDED,
            OccurrenceKind.HOLDER,
            OccurrenceKind.HUB_LOST,
            OccurrenceKind.ADM,
            OccurrenceKind.WINDOW,
            OccurrenceKind.CAPITAL,
        }
    ),
    "skyhooks": frozenset({OccurrenceKind.SKYHOOK}),
    "fw-systems": frozenset(kind for kind in OccurrenceKind if kind.value.startswith("fw-")),
    "insurgency": frozenset(kind for kind in OccurrenceKind if kind.value.startswith("insurg")),
    "incursions": frozenset(kind for kind in OccurrenceKind if kind.value.startswith("incurs")),
    "wars": frozenset(kind for kind in OccurrenceKind if kind.value.startswith("war-")),
}
"""The kinds of occurrences that each polled source finds."""
_OUTCOMES = {
    Verdict.ACKNOWLEDGED: Outcome.ACKNOWLEDGED,
    Verdict.RESOLVED: Outcome.RESOLVED,
    Verdict.FALSE_ALARM: Outcome.FALSE_ALARM,
}


class AlertReport:
    """Answers `/alert why`, and takes what is said by a message's buttons."""

    def __init__(
        self,
        database: Database,
        alerts: AlertService,
        *,
        settings: AlertSettings,
        clock: Clock,
        feed: Callable[[], FeedStatus | None],
        ring: Callable[[], None],
        paces: Mapping[str, timedelta] | None = None,
    ) -> None:
        """Make it.

        Args:
            database: where alerts, counters and the outbox are.
            alerts: the alerts themselves.
            settings: the limits.
            clock: the time.
            feed: how the kill feed stands; None where none runs.
            ring: called when a message has become due.
            paces: how often each polled source is asked, by its name; of others nothing is told.
        """
        self._paces = paces or {}
        self._database = database
        self._alerts = alerts
        self._settings = settings
        self._clock = clock
        self._feed = feed
        self._ring = ring

    async def why(self, guild_id: GuildId, alert_id: AlertId) -> AlertWhy:
        """Everything that explains what an alert said and did not say. NotFound for an alert the server has not."""
        alert = await self._alerts.get(guild_id, alert_id)
        now, place = self._clock(), Destination(DestinationKind.CHANNEL, alert.channel_id)
        everyone = everybody(alert.kind.topic)
        async with self._database.read() as tx:
            day = await counts.load(tx, (alert_id, everyone), since=now - _DAY)
            week = await counts.load(tx, (alert_id, everyone), since=now - _WEEK)
            last = await counts.load_last(tx, alert_id)
            failed = _naming(await history.load_failed(tx, place, since=now - _WEEK), alert_id)
            waiting = _naming(await history.load_waiting(tx, place), alert_id)
            refusal = await history.find_refusal(tx, place)
            used = await posts.load(tx, [alert.channel_id], now=now)
            quiet = await _quiet(tx, alert, now)
            catching_up = await load_catching_up(tx)
            held = await overview.is_held(tx)
            sources = await self._sources(tx, alert, now)
        due = [post for post in waiting if post.due_at <= now]
        digest = next(
            (post for post in waiting if is_digest(post.message) and post.due_at > now), None
        )
        posted = [last[key] for key in (Outcome.POSTED, Outcome.MERGED) if key in last]
        return AlertWhy(
            now=now,
            alert=alert,
            day=day[alert_id],
            week=week[alert_id],
            seen_day=day[everyone][Outcome.SEEN],
            seen_week=week[everyone][Outcome.SEEN],
            last_match_at=_within_a_week(last.get(Outcome.MATCHED), now),
            last_post_at=_within_a_week(max(posted, default=None), now),
            failed=len(failed),
            failures=tuple(
                SendFailure(at=post.due_at, reason=post.error or "") for post in failed[:_SHOWN]
            ),
            waiting=len(due),
            waiting_since=min((post.due_at for post in due), default=None),
            held=_held_in(digest),
            digest_at=None if digest is None else digest.due_at,
            muted_until=alert.muted_until if is_muted(alert, now) else None,
            quiet=quiet,
            blocked_since=None if refusal is None else refusal.since,
            blocked_reason=None if refusal is None else refusal.reason,
            posts=used[alert.channel_id],
            posts_limit=self._settings.posts_per_channel_hour,
            sending_held=held,
            feed=_health(self._feed(), catching_up),
            sources=sources,
        )

    async def _sources(
        self, tx: Transaction, alert: Alert, now: datetime
    ) -> tuple[SourceHealth, ...]:
        """The polled sources that find what the alert wants."""
        wanted, found = wanted_kinds(alert), []
        for name, pace in self._paces.items():
            if wanted & _RAISED_BY.get(name, frozenset()):
                state = await load_poll(tx, name, pace=pace)
                health = SourceHealth(name=name, freshness=state.freshness(now), fault=state.fault)
                found.append(health)
        return tuple(found)

    async def handle(
        self,
        guild_id: GuildId,
        channel_id: ChannelId,
        killmail_id: KillmailId,
        *,
        verdict: Verdict,
        by: UserId,
    ) -> KillMessage:
        """Somebody said something of a posted kill: its message shows it at once. Returns the message as it is then.

        The same said again by the same person changes nothing; who changes their mind is heard. What a message is
        called counts once, whoever says so. UserError for a message that is not known any more.
        """
        now, place = self._clock(), Destination(DestinationKind.CHANNEL, channel_id)
        async with self._database.write() as tx:
            # Whoever revises the kill writes the same row.
            await take_turn(tx, BATTLES)
            posting = await _get_posting(tx, place, kill_key(killmail_id), guild_id=guild_id)
            message = posting.message
            assert isinstance(message, KillMessage)
            said = [known for known in message.handling if known.by == by]
            if said and said[-1].verdict is verdict:
                return message
            new = all(known.verdict is not verdict for known in message.handling)
            message = replace(message, handling=_said(message.handling, verdict, by=by, at=now))
            await outbox.put(
                tx, replace(posting, message=message), now=now, edit_spacing=timedelta(0)
            )
            if new:
                told = {(reason.alert_id, _OUTCOMES[verdict]): 1 for reason in message.reasons}
                await counts.add(tx, told, now=now)
        self._ring()
        return message

    async def mute_battle(
        self, guild_id: GuildId, channel_id: ChannelId, public_id: str, *, by: UserId
    ) -> bool:
        """Let one fight call nobody in this channel, nor tell milestones, until it is pressed again.

        What is not sent yet is taken back. Its message is still edited, and shows the change at once. True when it is
        muted now. UserError for a battle whose message is not known any more.
        """
        now, place = self._clock(), Destination(DestinationKind.CHANNEL, channel_id)
        async with self._database.write() as tx:
            # Whoever brings the battle up to date writes the same row.
            await take_turn(tx, BATTLES)
            known = await battles.find_key(tx, public_id)
            key = None if known is None else battle_key(known)
            posting = await _get_posting(tx, place, key, guild_id=guild_id)
            message = posting.message
            assert isinstance(message, BattleMessage)
            muted = Mute(by=by, at=now) if message.muted is None else None
            message = replace(message, muted=muted)
            await outbox.put(
                tx, replace(posting, message=message), now=now, edit_spacing=timedelta(0)
            )
            if muted is not None:
                await hush(tx, place, posting.dedupe_key)
        self._ring()
        return muted is not None

    async def counted(
        self, alert_ids: Iterable[AlertId], *, since: datetime
    ) -> dict[AlertId, dict[Outcome, int]]:
        """The counters of several alerts, of the EVE hours that began after `since` (for a list)."""
        async with self._database.read() as tx:
            found = await counts.load(tx, tuple(alert_ids), since=since)
        return {alert_id: dict(counted) for alert_id, counted in found.items()}

    async def prune(self) -> None:
        """Delete counters and calls that nobody asks for any more."""
        async with self._database.write() as tx:
            await counts.prune(tx, now=self._clock())


async def _get_posting(
    tx: Transaction, place: Destination, key: str | None, *, guild_id: GuildId
) -> Posting:
    """What stands under this key in a channel of this server. UserError for what is not known any more."""
    found = None if key is None else await outbox.find_message(tx, place, key)
    if found is None or found.guild_id != guild_id:
        raise UserError(
            "I do not remember that message any more: I keep what I posted for some weeks, and the buttons of a sample "
            "do nothing."
        )
    return found


def _said(
    handling: Iterable[Handling], verdict: Verdict, *, by: UserId, at: datetime
) -> tuple[Handling, ...]:
    """With this as the last word. Who says it a second time has said it only now: a message stays small."""
    others = (known for known in handling if (known.verdict, known.by) != (verdict, by))
    return (*others, Handling(verdict=verdict, by=by, at=at))


def _naming(found: Iterable[PostState], alert_id: AlertId) -> list[PostState]:
    """Messages that were posted for this alert, among others."""
    return [
        post
        for post in found
        if not isinstance(post.message, NoticeMessage | TimerNoteMessage | BoardMessage)
        and any(reason.alert_id == alert_id for reason in post.message.reasons)
    ]


def _held_in(digest: PostState | None) -> int:
    if digest is None:
        return 0
    if isinstance(digest.message, NewsMessage):
        return len(digest.message.occurrences) + digest.message.more
    assert isinstance(digest.message, SummaryMessage)
    return digest.message.kills + len(digest.message.battles)


async def _quiet(tx: Transaction, alert: Alert, now: datetime) -> Quiet | None:
    server = await guilds.load(tx, alert.guild_id)
    return quiet_at(now, own=alert.quiet, server=server.quiet, time_zone=server.time_zone)


def _within_a_week(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment is not None and now - moment <= _WEEK else None


def _health(feed: FeedStatus | None, catching_up: datetime | None) -> FeedHealth | None:
    if feed is None:
        return None
    return FeedHealth(
        lag_seconds=feed.lag_seconds,
        last_new_at=feed.last_new_at,
        backlog=feed.backlog,
        catching_up_since=catching_up,
        failing_since=feed.failing_since,
        paused_until=feed.paused_until,
        fault=feed.last_error,
    )
