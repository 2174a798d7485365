"""Threads of messages: where the milestones of a battle go that were asked for there.

A thread has the id of the message it belongs to, so nothing has to be remembered of it: a milestone is written into
it, and where Discord knows no such thread it is made and written into again. That works after a restart at any moment,
and after a lost answer (the thread is there already; the milestone has its nonce).

What concerns a thread alone never closes its channel: where no thread can be had (the right to make one is missing, or
the server holds as many as Discord allows) the milestone answers the message in the channel; where somebody deleted the
message or the thread, or locked it, the milestone ends as if it had been deleted.
"""

from typing import Final

import discord
import structlog

from bot.letters import Letter
from bot.outcomes import (
    ARCHIVED_THREAD,
    LOCKED_THREAD,
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    THREAD_EXISTS,
    TOO_MANY_THREADS,
    TROUBLE,
    UNKNOWN_CHANNEL,
    WRONG_CHANNEL_TYPE,
    ended,
    words_of,
)
from services.domain.ids import MessageId
from services.outbox.sender import Outcome

log = structlog.get_logger(__name__)

AUTO_ARCHIVE_MINUTES: Final = 60
"""How long a thread rests before Discord archives it: the shortest that there is. A battle is over after less than an
hour without kills, a new message opens the thread again, and a server holds only so many that are not archived."""
_NO_THREAD = TOO_MANY_THREADS | {MISSING_ACCESS, MISSING_PERMISSIONS, WRONG_CHANNEL_TYPE}


class Threads:
    """Writes into threads by their ids, opens and closes them."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    def at(self, thread_id: int) -> discord.PartialMessageable:
        """A thread, or a channel, to write into."""
        return self._client.get_partial_messageable(thread_id)

    async def start(self, channel: discord.TextChannel, message_id: MessageId, name: str) -> None:
        """Make the thread of a message; one that is there already is as good. Raises HTTPException."""
        message = channel.get_partial_message(message_id)
        try:
            await message.create_thread(name=name, auto_archive_duration=AUTO_ARCHIVE_MINUTES)
        except discord.HTTPException as error:
            if error.code != THREAD_EXISTS:
                raise

    async def write(
        self, thread_id: MessageId, letter: Letter, *, answers: MessageId | None = None
    ) -> Outcome:
        """Post into a thread, which Discord opens for that; the last message closes it. Raises HTTPException."""
        try:
            outcome = await letter.post(self.at(thread_id), answers=answers)
        except discord.HTTPException as error:
            if error.code in (ARCHIVED_THREAD, LOCKED_THREAD):
                return ended("somebody locked the thread")
            raise
        if letter.is_last:
            await self.close(thread_id)
        return outcome

    async def edit(self, thread_id: MessageId, letter: Letter) -> Outcome:
        """Edit within a thread. One found archived is opened, and closed again unless more is to come.

        Raises HTTPException, NotFound where the thread or the message is gone.
        """
        try:
            return await letter.edit(self.at(thread_id))
        except discord.HTTPException as error:
            if error.code != ARCHIVED_THREAD:
                raise
        if not await self._open(thread_id):
            return ended("somebody locked the thread")
        try:
            return await letter.edit(self.at(thread_id))
        finally:
            if not letter.will_change:
                await self.close(thread_id)

    async def close(self, thread_id: MessageId) -> None:
        """Archive it. Where that fails Discord does so itself, an hour after the last message."""
        try:
            await self._set_archived(thread_id, archived=True)
        except TROUBLE as error:
            log.info("thread stays open", thread=thread_id, reason=words_of(error))

    async def _open(self, thread_id: MessageId) -> bool:
        """False where somebody locked it, which only a moderator ends."""
        try:
            await self._set_archived(thread_id, archived=False)
        except discord.Forbidden:
            thread = await self._client.fetch_channel(thread_id)
            if isinstance(thread, discord.Thread) and thread.locked:
                return False
            raise
        return True

    async def _set_archived(self, thread_id: MessageId, *, archived: bool) -> None:
        thread = self._client.get_channel(thread_id)
        if not isinstance(thread, discord.Thread):
            thread = await self._client.fetch_channel(thread_id)
        if isinstance(thread, discord.Thread):
            await thread.edit(archived=archived)


class BattleThreads:
    """Puts what is for a message's thread there, or beside the message."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._without: set[int] = set()
        """Channels where no thread could be made the last time."""

    async def put(self, channel: discord.TextChannel, letter: Letter) -> Outcome:
        """Post or edit. Raises HTTPException for what concerns the channel."""
        thread_id = letter.thread_id
        assert thread_id is not None, "it is for a thread"
        if letter.delivery.message_id is not None:
            return await self._edit(channel, thread_id, letter)
        try:
            outcome = await self._tell(channel, thread_id, letter)
        except discord.HTTPException as error:
            if error.code not in _NO_THREAD:
                raise
            return await self._beside(channel, thread_id, letter, error=error)
        self._without.discard(channel.id)
        return outcome

    async def _tell(
        self, channel: discord.TextChannel, thread_id: MessageId, letter: Letter
    ) -> Outcome:
        """Write into the thread; make it where it is missing, but not for its last words."""
        try:
            return await self._threads.write(thread_id, letter)
        except discord.NotFound as error:
            if error.code != UNKNOWN_CHANNEL:
                raise
        if letter.is_last:
            return ended("it has no thread in which the end could be told")
        await self._threads.start(channel, thread_id, letter.name)
        try:
            return await self._threads.write(thread_id, letter)
        except discord.NotFound as error:
            if error.code != UNKNOWN_CHANNEL:
                raise
            # A message has one thread in its life.
            return ended("somebody deleted the thread")

    async def _beside(
        self,
        channel: discord.TextChannel,
        thread_id: MessageId,
        letter: Letter,
        *,
        error: discord.HTTPException,
    ) -> Outcome:
        """Answer the message in the channel; `/alert list` says which right is missing for more."""
        if channel.id not in self._without:
            self._without.add(channel.id)
            log.warning("milestones go beside the battle", channel=channel.id, reason=str(error))
        if letter.is_last:
            return ended("it has no thread in which the end could be told")
        return await letter.post(self._threads.at(channel.id), answers=thread_id)

    async def _edit(
        self, channel: discord.TextChannel, thread_id: MessageId, letter: Letter
    ) -> Outcome:
        try:
            return await self._threads.edit(thread_id, letter)
        except discord.NotFound:
            # It was said beside the battle, if it stands at all.
            return await letter.edit(self._threads.at(channel.id))
