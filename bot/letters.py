"""A drawn message on its way into one channel: posted with its nonce, or put in the place of what stands there.

Only roles and people that the card wants called, on its first posting, are called; an edit calls nobody.
"""

from dataclasses import dataclass
from typing import Any

import discord

from bot.interaction.replies import NOBODY, edit_arguments, new_arguments
from bot.presentation.card import Card
from services.domain.battle import BattleState
from services.domain.delivery import Delivery
from services.domain.ids import MessageId
from services.domain.message import BattleMessage, BattleMilestoneMessage, MilestoneKind
from services.domain.news import BoardMessage, CampaignMessage
from services.outbox.sender import Delivered

Channel = discord.PartialMessageable | discord.DMChannel
"""Where it goes: channels and threads by id alone, so that one which the cache does not know works too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A delivery with its card, which has the delivery's marker, and the name of the thread that it may need."""

    delivery: Delivery
    card: Card
    name: str

    @property
    def thread_id(self) -> MessageId | None:
        """The thread that it is for, by the message whose thread that is; None for the channel itself."""
        message = self.delivery.message
        wanted = isinstance(message, BattleMilestoneMessage) and message.in_thread
        return self.delivery.reply_to if wanted else None

    @property
    def is_last(self) -> bool:
        """Nothing follows it in its thread."""
        message = self.delivery.message
        return (
            isinstance(message, BattleMilestoneMessage) and message.milestone is MilestoneKind.OVER
        )

    @property
    def will_change(self) -> bool:
        """It is edited again soon: a battle or a contest that goes on, a board."""
        message = self.delivery.message
        if isinstance(message, BoardMessage):
            return True
        if isinstance(message, CampaignMessage):
            return message.campaign.is_alive
        return (
            isinstance(message, BattleMessage)
            and message.battle.state is BattleState.OPEN
            and message.merged_into is None
        )

    async def put(self, channel: Channel) -> Delivered:
        """Post it, or edit the message that the delivery names."""
        if self.delivery.message_id is not None:
            return await self.edit(channel)
        return await self.post(channel, answers=self.delivery.reply_to)

    async def post(self, channel: Channel, *, answers: MessageId | None = None) -> Delivered:
        """Post it, as an answer to a message of the same channel where one is named."""
        arguments = self.arguments()
        if answers is not None:
            arguments["reference"] = discord.MessageReference(
                message_id=answers, channel_id=channel.id, fail_if_not_exists=False
            )
        sent = await channel.send(**arguments, nonce=self.delivery.nonce)
        return Delivered(message_id=MessageId(sent.id))

    async def edit(self, channel: Channel) -> Delivered:
        """Put it in the place of the message that the delivery names."""
        message_id = self.delivery.message_id
        assert message_id is not None, "only what stands is edited"
        await channel.get_partial_message(message_id).edit(**_edited(self.card))
        return Delivered(message_id=message_id)

    def arguments(self) -> dict[str, Any]:
        """For posting it."""
        arguments = new_arguments(self.card) | {"allowed_mentions": _called(self.card)}
        if not self.card.embed:
            del arguments["embed"]
        return arguments


def _called(card: Card) -> discord.AllowedMentions:
    if not card.role_pings and not card.user_pings:
        return NOBODY
    roles = [discord.Object(role) for role in card.role_pings]
    people = [discord.Object(one) for one in card.user_pings]
    return discord.AllowedMentions(everyone=False, users=people, roles=roles, replied_user=False)


def _edited(card: Card) -> dict[str, Any]:
    """What the card does not have is left as it stands: an old picture, and the page that Discord unfolded."""
    arguments = edit_arguments(card)
    if not card.files:
        del arguments["attachments"]
    if not card.embed:
        del arguments["embed"]
    return arguments
