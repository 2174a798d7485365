"""The bot about itself: told in the server's notices channel, else to an alert's creator, else in `/alert list`.

A notice must not depend on the channel it is about: where that very channel is the notices channel, or the notices
channel itself is closed, the alert's creator is written to instead.

What is wrong with the bot as a whole is told to whoever runs it: in the home server's notices channel, else by direct
message to the owner of the application, or to each of its team. A person who takes no direct messages holds nothing up.
What each notice means, and what to do about it, stands in `docs/operations.md`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from services.alerts.service import AlertService
from services.boards import store as boards
from services.domain.alert import Alert
from services.domain.clock import Clock
from services.domain.delivery import Delivery, Destination, DestinationKind, Posting
from services.domain.ids import ChannelId, GuildId, UserId
from services.domain.message import NoticeMessage, Severity
from services.domain.timer import Board, OwnTimer
from services.domain.trouble import TroubleState
from services.guilds import store as guilds
from services.outbox import overview
from services.outbox import store as outbox
from services.storage.database import Database, Transaction
from services.storage.marks import drop_mark, load_mark, save_mark
from services.timers import store as timers
from services.troubles.rules import RULES, title

_NO_SPACING = timedelta(0)
_EDIT_SPACING = timedelta(minutes=1)
_NEWS_FOR = timedelta(days=2)
_OPERATORS = "operators"
_DETAIL = 300


class Notices:
    """Hears of trouble from the outbox (`services.outbox.worker.Told`) and tells people."""

    def __init__(self, alerts: AlertService, *, clock: Clock) -> None:
        self._alerts = alerts
        self._clock = clock

    async def on_blocked(
        self, tx: Transaction, guild_id: GuildId | None, destination: Destination, reason: str
    ) -> None:
        """Mark the channel's alerts, and tell the server's notices channel, or whoever asked for something there."""
        if destination.kind is not DestinationKind.CHANNEL or guild_id is None:
            return
        channel_id = ChannelId(destination.id)
        hit = await self._alerts.block_channel(tx, channel_id, reason)
        kept = await boards.load_channel(tx, channel_id)
        told = await timers.load_channel(tx, channel_id, since=self._clock())
        if not hit and not kept and not told:
            return
        notice = NoticeMessage(
            title="Alerts are waiting",
            text=f"I cannot post in <#{channel_id}>: {reason}. {_resting(hit, kept, told)} Nothing was deleted.",
            severity=Severity.WARNING,
        )
        for place in await self._places(tx, guild_id, channel_id, (*hit, *kept, *told)):
            await self._put(tx, guild_id, place, f"blocked:{channel_id}", notice)

    async def on_uncertain(self, tx: Transaction, delivery: Delivery) -> None:
        """A message may be missing, and nobody can look: say so where the server reads notices."""
        if delivery.guild_id is None or delivery.destination.kind is not DestinationKind.CHANNEL:
            return
        notice = NoticeMessage(
            title="One message may be missing",
            text=(
                f"A restart fell between posting in <#{delivery.destination.id}> and Discord's answer, and I may "
                "not read that channel's history. I did not post again, to spare you a duplicate."
            ),
        )
        channel_id = ChannelId(delivery.destination.id)
        alerts = await self._alerts.in_channel(tx, channel_id)
        for place in await self._places(tx, delivery.guild_id, channel_id, alerts):
            await self._put(tx, delivery.guild_id, place, f"uncertain:{delivery.id}", notice)

    async def _places(
        self,
        tx: Transaction,
        guild_id: GuildId,
        about: ChannelId,
        asked: Sequence[Alert | Board | OwnTimer],
    ) -> list[Destination]:
        channel = (await guilds.load(tx, guild_id)).notices_channel_id
        if channel is not None and channel != about:
            office = Destination(DestinationKind.CHANNEL, channel)
            if office not in await overview.load_blocked(tx):
                return [office]
        owners = dict.fromkeys(one.created_by for one in asked)
        return [Destination(DestinationKind.USER, owner) for owner in owners]

    async def _put(
        self,
        tx: Transaction,
        guild_id: GuildId,
        place: Destination,
        key: str,
        notice: NoticeMessage,
    ) -> None:
        now = self._clock()
        posting = Posting(
            destination=place,
            guild_id=guild_id,
            # Each outage is told anew, not edited into an old message that nobody looks at.
            dedupe_key=f"{key}:{now:%Y%m%d%H%M%S}",
            message=notice,
            expires_at=now + _NEWS_FOR,
        )
        await outbox.put(tx, posting, now=now, edit_spacing=_NO_SPACING)


def _resting(alerts: Sequence[Alert], boards: Sequence[Board], timers: Sequence[OwnTimer]) -> str:
    """What rests, and what wakes it."""
    parts = []
    if alerts:
        parts.append(
            f"{_named('Alert', alerts)} until somebody mends that and uses `/alert resume`"
        )
    if boards:
        parts.append(
            f"{_named('Board', boards)} until somebody mends that and uses `/sov board resume`"
        )
    if timers:
        parts.append(f"{_named('Timer', timers)} in that channel until it takes messages again")
    return f"At rest: {'; '.join(parts)}."


def _named(noun: str, things: Sequence[Alert | Board | OwnTimer]) -> str:
    return f"{noun} {', '.join(f'#{one.id}' for one in things)}"


class OperatorNotices:
    """Tells whoever runs the bot (a `services.troubles.board.Teller`)."""

    def __init__(self, database: Database, *, home_guild: GuildId | None, clock: Clock) -> None:
        self._database = database
        self._home = home_guild
        self._clock = clock

    async def save_operators(self, people: Iterable[UserId]) -> None:
        """Remember who runs the bot; said at each login. One who refused direct messages is tried again."""
        ids = sorted(set(people))
        async with self._database.write() as tx:
            await save_mark(tx, _OPERATORS, " ".join(map(str, ids)), now=self._clock())
            for person in ids:
                await outbox.unblock(tx, Destination(DestinationKind.USER, person))

    async def forget_operators(self) -> None:
        """Nobody is to be written to (a copy of a database, from which nothing is posted)."""
        async with self._database.write() as tx:
            await drop_mark(tx, _OPERATORS)

    async def tell(self, tx: Transaction, number: int, state: TroubleState) -> bool:
        """Say how a trouble stands; False when there is nobody to tell. Where it stands already it is edited."""
        key = f"trouble:{number}"
        closed = await overview.load_blocked(tx)
        standing = [posting.destination for posting in await outbox.load_messages(tx, [key])]
        places = [place for place in standing if place not in closed]
        places = places or await self._places(tx, closed)
        now = self._clock()
        for place in places:
            posting = Posting(
                destination=place,
                guild_id=self._home if place.kind is DestinationKind.CHANNEL else None,
                dedupe_key=key,
                message=trouble_notice(state),
                expires_at=now + _NEWS_FOR,
            )
            await outbox.put(tx, posting, now=now, edit_spacing=_EDIT_SPACING)
        return bool(places)

    async def _places(
        self, tx: Transaction, closed: Mapping[Destination, str]
    ) -> list[Destination]:
        if self._home is not None:
            channel = (await guilds.load(tx, self._home)).notices_channel_id
            office = None if channel is None else Destination(DestinationKind.CHANNEL, channel)
            if office is not None and office not in closed:
                return [office]
        people = ((await load_mark(tx, _OPERATORS)) or "").split()
        places = [Destination(DestinationKind.USER, int(person)) for person in people]
        return [place for place in places if place not in closed]


def trouble_notice(state: TroubleState) -> NoticeMessage:
    """The message about a trouble as it stands."""
    manual = f"What it means and what to do: `docs/operations.md`, “{state.trouble}”."
    lines = [f"{_since(state)}{_often(state)}", _quoted(state.detail), manual]
    warns = RULES[state.trouble].severity if state.ended_at is None else Severity.INFO
    return NoticeMessage(
        title=title(state) if state.ended_at is None else f"Over: {title(state)}",
        text="\n".join(line for line in lines if line),
        severity=warns,
    )


def _since(state: TroubleState) -> str:
    began = f"<t:{int(state.began_at.timestamp())}:R>"
    if state.ended_at is None:
        return f"It began {began}."
    lasted = _minutes(state.ended_at - state.began_at)
    if not state.confirmed:
        return f"It began {began}. Nobody has seen it since the bot was started anew; it counts as over."
    return f"Over after {lasted}: it began {began}."


def _often(state: TroubleState) -> str:
    return f" It came and went {state.times} times." if state.times > 1 else ""


def _minutes(length: timedelta) -> str:
    minutes = max(round(length.total_seconds() / 60), 1)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"


def _quoted(detail: str) -> str:
    """As code, on one line: whatever an upstream put into it is neither markdown nor a mention."""
    words = " ".join(detail.replace("`", "'").split())
    shown = words if len(words) <= _DETAIL else f"{words[: _DETAIL - 1]}…"
    return f"`{shown}`" if shown else ""
