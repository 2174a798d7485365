"""Forums: each message becomes a post there, a thread of its own whose first message it is and whose id it has.

Answers, calls and milestones go into the post of the message they belong to. What concerns one post never closes the
forum: where somebody deleted or locked a post, what was for it ends as if it had been deleted.

Discord knows no nonce for posts: the same request twice makes two. So one is asked for once (discord.py would repeat
it after a server error), and one that may have been made is looked for among the newest posts before it is made again.
"""

from io import BytesIO
from typing import Any

import discord
from discord.http import Route, handle_message_parameters

from bot.letters import Letter
from bot.marker import carries
from bot.outcomes import UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, ended
from bot.threads import AUTO_ARCHIVE_MINUTES, Threads
from services.domain.ids import MessageId
from services.outbox.sender import Delivered, Lost, Outcome

NEWEST = 25
"""Own posts that are looked at: a forum's messages keep their order, so what was lost is among the latest few."""


class Forums:
    """Puts messages into forums."""

    def __init__(self, client: discord.Client, threads: Threads) -> None:
        self._client = client
        self._threads = threads

    async def put(self, forum: discord.ForumChannel, letter: Letter) -> Outcome:
        """Make a post, write into one or edit within one. Raises HTTPException for what concerns the forum."""
        delivery = letter.delivery
        if delivery.message_id is None and delivery.reply_to is None:
            return await self._post(forum, letter)
        try:
            if delivery.message_id is not None:
                return await self._threads.edit(delivery.reply_to or delivery.message_id, letter)
            assert delivery.reply_to is not None, "else it is a post of its own"
            answers = None if letter.thread_id is not None else delivery.reply_to
            return await self._threads.write(delivery.reply_to, letter, answers=answers)
        except discord.NotFound as error:
            if error.code not in (UNKNOWN_CHANNEL, UNKNOWN_MESSAGE):
                raise
            return ended("somebody deleted the post")

    async def find_post(self, forum: discord.ForumChannel, marker: str) -> MessageId | None:
        """The own post with this marker among the newest, archived ones too. Raises HTTPException."""
        own = self._client.user
        posts = [post for post in await forum.guild.active_threads() if post.parent_id == forum.id]
        posts += [post async for post in forum.archived_threads(limit=NEWEST)]
        mine = {post.id: post for post in posts if own is not None and post.owner_id == own.id}
        for post_id in sorted(mine, reverse=True)[:NEWEST]:
            try:
                message = await mine[post_id].fetch_message(post_id)
            except discord.NotFound:
                continue  # its first message was deleted
            if carries(message, marker):
                return MessageId(post_id)
        return None

    async def _post(self, forum: discord.ForumChannel, letter: Letter) -> Outcome:
        if letter.delivery.unsure:
            try:
                found = await self.find_post(forum, letter.delivery.marker)
            except discord.Forbidden:
                # The outbox gives up later, and says so; to post again might be to post twice.
                return Lost(text="it may stand in the forum, where I may not look for it")
            if found is not None:
                return Delivered(message_id=found)
        made = await self._start(forum, letter)
        return Delivered(message_id=MessageId(int(made["id"])))

    async def _start(self, forum: discord.ForumChannel, letter: Letter) -> Any:
        """The new thread as Discord tells it."""
        payload = {"name": letter.name, "auto_archive_duration": AUTO_ARCHIVE_MINUTES}
        with handle_message_parameters(
            **letter.arguments(),
            previous_allowed_mentions=self._client.allowed_mentions,
            channel_payload=payload,
        ) as made:
            body: dict[str, Any] = (
                {"form": made.multipart} if made.files else {"json": made.payload}
            )
            return await self._client.http.request(
                Route("POST", "/channels/{channel_id}/threads", channel_id=forum.id),
                files=[_Once(), *(made.files or ())],
                params={"use_nested_fields": 1},
                **body,
            )


class NotTwice(ConnectionError):
    """The request went out, its answer was no answer, and it must not be repeated blindly."""


class _Once(discord.File):
    """Goes along with a request and is no part of it: discord.py rewinds every file before it repeats one."""

    def __init__(self) -> None:
        super().__init__(BytesIO(), filename="once")

    def reset(self, *, seek: int | bool = True) -> None:
        """Raises NotTwice before a second try."""
        if seek:
            raise NotTwice("no answer that could be read; the post may have been made")
