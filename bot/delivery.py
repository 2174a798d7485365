"""The outbox's Sender for Discord. A message is drawn when it is sent, so it shows names and times as they are then.

Nothing that Discord or the network does is raised: each ends in an outcome that says what is known. What was posted
carries the delivery's marker: so it can be found again when an answer was lost for longer than Discord remembers the
nonce. A forum's messages are posts (`forums`), a battle's milestones may go into its thread (`threads`).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import discord
import structlog

from bot.forums import Forums
from bot.interaction.backdrop import backdrop
from bot.letters import Channel, Letter
from bot.marker import carries, marked
from bot.outcomes import TROUBLE, WRONG_CHANNEL_TYPE, outcome_of, words_of
from bot.presentation.card import Card
from bot.presentation.messages import named_ids, render_message
from bot.presentation.summaries import with_picture
from bot.presentation.thread_names import thread_name
from bot.threads import BattleThreads, Threads
from services.container import Services
from services.domain.delivery import Delivery, Destination, DestinationKind
from services.domain.ids import MessageId
from services.domain.message import SummaryMessage
from services.outbox.sender import Delivered, NotSent, Outcome, Refused, Searched
from services.rendering.errors import RenderError

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 60.0
"""Longer than discord.py waits for a rate limit, shorter than Discord remembers a nonce."""
HISTORY = 100
"""Messages of a channel that are looked through for a marker."""
_SEARCH_PAUSES = (1.0, 5.0, 15.0)
"""Seconds between the tries of a search."""

Sleep = Callable[[float], Awaitable[None]]


class DiscordSender:
    """Posts, edits, looks for, and opens threads through one client."""

    def __init__(
        self,
        client: discord.Client,
        services: Services,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._client = client
        self._services = services
        self._patience = patience_seconds
        self._sleep = sleep
        self._threads = Threads(client)
        self._battle_threads = BattleThreads(self._threads)
        self._forums = Forums(client, self._threads)
        self._asked: dict[int, object] = {}
        """Channels that the gateway did not tell of, as Discord described them."""

    async def send(self, delivery: Delivery) -> Outcome:
        """Post it with its nonce, or edit the message that it names."""
        if not self._is_open():
            return NotSent(text="not logged in to Discord")
        drawn = await draw(self._services, delivery)
        letter = Letter(
            delivery=delivery, card=marked(drawn.card, delivery.marker), name=drawn.name
        )
        outcome = await self._try(lambda: self._put(letter))
        return with_missing(outcome, drawn)

    async def find(self, delivery: Delivery) -> Searched:
        """Look where it would stand for one of ours with the marker, among the last messages.

        A search that fails for a passing reason is repeated a few times; then the channel counts as unreadable.
        """
        for pause in (*_SEARCH_PAUSES, None):
            try:
                async with asyncio.timeout(self._patience):
                    return Searched(readable=True, message_id=await self._search(delivery))
            except discord.Forbidden:
                break
            except discord.NotFound:
                # No channel, no message: sending says the rest.
                return Searched(readable=True)
            except TROUBLE as error:
                log.info("search failed", row=delivery.id, reason=words_of(error))
                if pause is not None:
                    await self._sleep(pause)
        return Searched(readable=False)

    async def unarchive(self, destination: Destination) -> Outcome | None:
        """Open an archived thread again; None when that worked."""
        if not self._is_open():
            return NotSent(text="not logged in to Discord")

        async def open_thread() -> Outcome | None:
            channel = await self._client.fetch_channel(destination.id)
            if not isinstance(channel, discord.Thread):
                return Refused(status=400, code=WRONG_CHANNEL_TYPE, text="this is no thread")
            await channel.edit(archived=False)
            return None

        try:
            async with asyncio.timeout(self._patience):
                return await open_thread()
        except TROUBLE as error:
            return outcome_of(error)

    async def _try(self, request: Callable[[], Awaitable[Outcome]]) -> Outcome:
        try:
            async with asyncio.timeout(self._patience):
                return await request()
        except TROUBLE as error:
            return outcome_of(error)
        except RuntimeError as error:
            # aiohttp's way to say that the session was closed under a request.
            if self._is_open():
                raise
            return NotSent(text=str(error))

    async def _put(self, letter: Letter) -> Outcome:
        destination = letter.delivery.destination
        home = await self._home(destination)
        if isinstance(home, discord.ForumChannel):
            return await self._forums.put(home, letter)
        if isinstance(home, discord.TextChannel) and letter.thread_id is not None:
            return await self._battle_threads.put(home, letter)
        return await letter.put(await self._channel(destination))

    async def _search(self, delivery: Delivery) -> MessageId | None:
        home = await self._home(delivery.destination)
        if isinstance(home, discord.ForumChannel) and delivery.reply_to is None:
            return await self._forums.find_post(home, delivery.marker)
        own = self._client.user
        async for message in self._history(delivery, home):
            if (
                own is not None
                and message.author.id == own.id
                and carries(message, delivery.marker)
            ):
                return MessageId(message.id)
        return None

    async def _history(self, delivery: Delivery, home: object) -> AsyncIterator[discord.Message]:
        """The last messages of the thread that it may be in, then those of the channel."""
        if delivery.reply_to is not None:
            try:
                async for message in self._threads.at(delivery.reply_to).history(limit=HISTORY):
                    yield message
            except discord.NotFound:
                pass  # what it answers has no thread
        if not isinstance(home, discord.ForumChannel):
            channel = await self._channel(delivery.destination)
            async for message in channel.history(limit=HISTORY):
                yield message

    async def _home(self, destination: Destination) -> object:
        """The channel as Discord describes it, which tells its kind; asked for once where the gateway did not tell."""
        if destination.kind is DestinationKind.USER:
            return None
        known = self._client.get_channel(destination.id)
        if known is not None:
            return known
        if destination.id not in self._asked:
            try:
                self._asked[destination.id] = await self._client.fetch_channel(destination.id)
            except discord.InvalidData:
                self._asked[destination.id] = None  # of a kind that is newer than discord.py
        return self._asked[destination.id]

    async def _channel(self, destination: Destination) -> Channel:
        if destination.kind is DestinationKind.USER:
            return await self._client.create_dm(discord.Object(destination.id))
        return self._client.get_partial_messageable(destination.id)

    def _is_open(self) -> bool:
        return self._client.user is not None and not self._client.is_closed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A card, what its thread would be called, and those whom it could not name in time."""

    card: Card
    name: str
    missing: frozenset[int]


async def draw(services: Services, delivery: Delivery) -> Drawn:
    """The delivery's card as it is to stand now, in the server's own time zone."""
    message = delivery.message
    scene = await backdrop(services, delivery.guild_id, ids=named_ids(message))
    card = render_message(message, scene.lexicon, now=scene.now, zone=scene.zone)
    if isinstance(message, SummaryMessage):
        lexicon = scene.lexicon
        shown = sum(count for system, count in message.systems if lexicon.is_on_map(system))
        if shown:
            card = await _pictured(services, card, message, shown=shown)
    return Drawn(
        card=card,
        name=thread_name(message, card, scene.lexicon),
        missing=scene.lexicon.names.missing,
    )


async def _pictured(services: Services, card: Card, message: SummaryMessage, *, shown: int) -> Card:
    """With a heatmap of where it happened. The card says the same in words, so it goes without where drawing fails."""
    start, end = message.window or (message.since, message.until)
    try:
        png = await services.pictures.digest(dict(message.systems), start, end)
    except (RenderError, ValueError, ArithmeticError, OSError) as error:
        log.warning("digest goes without its picture", reason=str(error))
        return card
    return with_picture(card, png, message, shown=shown)


def with_missing(outcome: Outcome, drawn: Drawn) -> Outcome:
    """The outcome, telling whom the card that was delivered does not name."""
    if isinstance(outcome, Delivered):
        return Delivered(message_id=outcome.message_id, missing=drawn.missing)
    return outcome
