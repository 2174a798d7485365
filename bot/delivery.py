"""The outbox's Sender for Discord. A message is drawn when it is sent, so it shows names and times as they are then.

Nothing that Discord or the network does is raised: each ends in an outcome that says what is known. Only roles and
people that the card wants called, on its first posting, are called; an edit calls nobody.

What was posted carries the delivery's marker (in the fragment of the title's address, else at the end of the footer; in
a message without an embed in the fragment of its link): so it can be found in the channel when an answer was lost for
longer than Discord remembers the nonce.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import discord
import structlog

from bot.interaction.backdrop import backdrop
from bot.interaction.replies import NOBODY, edit_arguments, new_arguments
from bot.presentation.card import Card
from bot.presentation.messages import named_ids, render_message
from bot.presentation.summaries import with_picture
from bot.presentation.text import FOOTER, cut
from services.container import Services
from services.domain.delivery import Delivery, Destination, DestinationKind
from services.domain.ids import MessageId
from services.domain.message import SummaryMessage
from services.outbox.sender import Delivered, Limited, Lost, NotSent, Outcome, Refused, Searched
from services.rendering.errors import RenderError

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 60.0
"""Longer than discord.py waits for a rate limit, shorter than Discord remembers a nonce."""
HISTORY = 100
"""Messages of a channel that are looked through for a marker."""
UNKNOWN_WAIT_SECONDS = 60.0
"""Pause after a 429 that does not say how long."""
_TOO_MANY = 429
_NOT_A_THREAD = 50024
_LINK_LINE = re.compile(r"^https://[^\s#]+$", re.MULTILINE)
_SEARCH_PAUSES = (1.0, 5.0, 15.0)
"""Seconds between the tries of a search."""

TROUBLE = (
    discord.HTTPException,
    discord.RateLimited,
    aiohttp.ClientError,
    OSError,  # time-outs and refused connections among them
    json.JSONDecodeError,
)
"""Everything that Discord and the network can do to a request."""

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

    async def send(self, delivery: Delivery) -> Outcome:
        """Post it with its nonce, or edit the message that it names."""
        if not self._is_open():
            return NotSent(text="not logged in to Discord")
        drawn = await draw(self._services, delivery)
        card = marked(drawn.card, delivery.marker)
        outcome = await self._try(lambda: self._put(delivery, card))
        return with_missing(outcome, drawn)

    async def find(self, delivery: Delivery) -> Searched:
        """Look through the channel's last messages for one of ours with the marker.

        A search that fails for a passing reason is repeated a few times; then the channel counts as unreadable.
        """
        for pause in (*_SEARCH_PAUSES, None):
            try:
                async with asyncio.timeout(self._patience):
                    return await self._search(delivery)
            except discord.Forbidden:
                break
            except discord.NotFound:
                # No channel, no message: sending says the rest.
                return Searched(readable=True)
            except TROUBLE as error:
                log.info("search failed", row=delivery.id, reason=_words(error))
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
                return Refused(status=400, code=_NOT_A_THREAD, text="this is no thread")
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

    async def _put(self, delivery: Delivery, card: Card) -> Outcome:
        channel = await self._channel(delivery.destination)
        if delivery.message_id is not None:
            standing = channel.get_partial_message(delivery.message_id)
            await standing.edit(**_edit(card))
            return Delivered(message_id=delivery.message_id)
        arguments = _new(card)
        if delivery.reply_to is not None:
            arguments["reference"] = discord.MessageReference(
                message_id=delivery.reply_to,
                channel_id=delivery.destination.id,
                fail_if_not_exists=False,
            )
        sent = await channel.send(**arguments, nonce=delivery.nonce)
        return Delivered(message_id=MessageId(sent.id))

    async def _search(self, delivery: Delivery) -> Searched:
        channel = await self._channel(delivery.destination)
        own = self._client.user
        async for message in channel.history(limit=HISTORY):
            if (
                own is not None
                and message.author.id == own.id
                and carries(message, delivery.marker)
            ):
                return Searched(readable=True, message_id=MessageId(message.id))
        return Searched(readable=True)

    async def _channel(
        self, destination: Destination
    ) -> discord.PartialMessageable | discord.DMChannel:
        """Channels and threads by id alone, so that one which the cache does not know works too."""
        if destination.kind is DestinationKind.USER:
            return await self._client.create_dm(discord.Object(destination.id))
        return self._client.get_partial_messageable(destination.id)

    def _is_open(self) -> bool:
        return self._client.user is not None and not self._client.is_closed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A card, and those whom it could not name in time."""

    card: Card
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
    return Drawn(card=card, missing=scene.lexicon.names.missing)


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


def marked(card: Card, marker: str) -> Card:
    """The same card with the marker in it."""
    if not card.embed:
        return replace(card, content=_marked_text(card.content or "", marker))
    embed = card.embed.copy()
    if embed.url and "#" not in embed.url:
        embed.url = f"{embed.url}#{marker}"
    else:
        text = cut(embed.footer.text or "War Room", FOOTER - len(marker) - 3)
        embed.set_footer(text=f"{text} · {marker}", icon_url=embed.footer.icon_url)
    return replace(card, embed=embed)


def _marked_text(text: str, marker: str) -> str:
    """In the fragment of the first link that is a line of its own, which changes nothing of where it leads."""
    told, count = _LINK_LINE.subn(rf"\g<0>#{marker}", text, count=1)
    return told if count else f"{text}\n-# {marker}".strip()


def carries(message: discord.Message, marker: str) -> bool:
    """True when the message was posted with this marker."""
    places = [text for e in message.embeds for text in (e.url, e.footer.text) if text]
    places += message.content.splitlines()
    return any(place.endswith((f"#{marker}", f" {marker}")) for place in places)


def outcome_of(error: BaseException) -> Outcome:
    """What an exception of `TROUBLE` says about the request."""
    match error:
        case discord.RateLimited():
            return Limited(seconds=error.retry_after)
        case discord.HTTPException(status=status) if status == _TOO_MANY:
            return Limited(seconds=_wait(error), code=error.code)
        case discord.HTTPException(status=status) if status >= 500 or status == 408:
            return Lost(text=_words(error))
        case discord.HTTPException():
            return Refused(status=error.status, code=error.code, text=error.text)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return NotSent(text=_words(error))
        case _:
            return Lost(text=_words(error))


def _called(card: Card) -> discord.AllowedMentions:
    if not card.role_pings and not card.user_pings:
        return NOBODY
    roles = [discord.Object(role) for role in card.role_pings]
    people = [discord.Object(one) for one in card.user_pings]
    return discord.AllowedMentions(everyone=False, users=people, roles=roles, replied_user=False)


def _new(card: Card) -> dict[str, Any]:
    arguments = new_arguments(card) | {"allowed_mentions": _called(card)}
    if not card.embed:
        del arguments["embed"]
    return arguments


def _edit(card: Card) -> dict[str, Any]:
    """What the card does not have is left as it stands: an old picture, and the page that Discord unfolded."""
    arguments = edit_arguments(card)
    if not card.files:
        del arguments["attachments"]
    if not card.embed:
        del arguments["embed"]
    return arguments


def _wait(error: discord.HTTPException) -> float:
    """Seconds that a 429 asks for; it may have come from the edge with a page of HTML."""
    try:
        return float(error.response.headers.get("Retry-After", UNKNOWN_WAIT_SECONDS))
    except ValueError:
        return UNKNOWN_WAIT_SECONDS


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
