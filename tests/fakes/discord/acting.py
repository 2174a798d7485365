"""How tests act as people: each call makes one interaction and waits for what the person would see.

`until` says how long to wait: "final" for the standing answer (a deferred one filled), "callback" for the first
reply alone, "sent" not at all. `settle` waits further on the same answer.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from tests.fakes.discord import interactions as building
from tests.fakes.discord import permissions
from tests.fakes.discord.answers import Answer, Interaction, Kind
from tests.fakes.discord.state import Channel, Message, World

if TYPE_CHECKING:
    from tests.fakes.discord.gateway import Gateway

Until = Literal["final", "callback", "sent"]
PATIENCE = 5.0
"""Seconds of real time that an answer may take in a test."""


class Acting:
    """The part of `FakeDiscord` that plays people."""

    world: World
    gateway: "Gateway"
    interactions: dict[str, Interaction]

    @property
    def base(self) -> str:
        """The stand-in's address."""
        raise NotImplementedError

    def _init_waiting(self) -> None:
        self._posted = asyncio.Event()

    def tell_posted(self) -> None:
        """A message was made or edited."""
        self._posted.set()
        self._posted = asyncio.Event()

    async def wait_for_messages(
        self, channel_id: int, *, count: int = 1, edits: int = 0, patience: float = PATIENCE
    ) -> list[Message]:
        """Wait until a channel has `count` standing messages, the last of them edited `edits` times."""

        def found() -> list[Message]:
            return self.world.history(channel_id)

        def enough() -> bool:
            return len(found()) >= count and (not edits or found()[-1].edits >= edits)

        try:
            async with asyncio.timeout(patience):
                while not enough():
                    await self._posted.wait()
        except TimeoutError:
            words = f"channel {channel_id} has {len(found())} messages after {patience} s"
            raise TimeoutError(words) from None
        return found()

    async def slash(
        self,
        command: str,
        *,
        channel_id: int,
        user_id: int,
        options: dict[str, Any] | None = None,
        member_permissions: int | None = None,
        hidden_too: bool = False,
        until: Until = "final",
        patience: float = PATIENCE,
    ) -> Answer:
        """A person uses a command.

        Args:
            command: its spoken name, as `battle recent`.
            channel_id: where; the channel's server is the command's.
            user_id: who.
            options: by name; users, roles and channels by id, files as `{"filename": ..., "content": text}`.
            member_permissions: what the person may do there; worked out from roles when None.
            hidden_too: use it although the default permissions hide it (servers can override those).
            until: see the module.
            patience: seconds.

        Raises:
            ValueError: the person could not have done this.
            TimeoutError: no answer came.
        """
        channel = self.world.channels[channel_id]
        data = self._command_data(
            command,
            channel=channel,
            user_id=user_id,
            options=options or {},
            member_permissions=member_permissions,
            hidden_too=hidden_too,
        )
        interaction = building.begin(
            self.world,
            Kind.COMMAND,
            channel=channel,
            user_id=user_id,
            data=data,
            member_permissions=member_permissions,
        )
        return await self._run(interaction, until=until, patience=patience)

    async def autocomplete(
        self,
        command: str,
        *,
        channel_id: int,
        user_id: int,
        option: str,
        text: str,
        options: dict[str, Any] | None = None,
        member_permissions: int | None = None,
        patience: float = PATIENCE,
    ) -> list[dict[str, Any]]:
        """A person types `text` into `option`; returns the offered choices (`name`, `value`)."""
        channel = self.world.channels[channel_id]
        data = self._command_data(
            command,
            channel=channel,
            user_id=user_id,
            options=(options or {}) | {option: text},
            member_permissions=member_permissions,
            focused=option,
        )
        interaction = building.begin(
            self.world,
            Kind.AUTOCOMPLETE,
            channel=channel,
            user_id=user_id,
            data=data,
            member_permissions=member_permissions,
        )
        answer = await self._run(interaction, until="final", patience=patience)
        return answer.choices

    def _command_data(
        self,
        command: str,
        *,
        channel: Channel,
        user_id: int,
        options: dict[str, Any],
        member_permissions: int | None,
        focused: str | None = None,
        hidden_too: bool = False,
    ) -> dict[str, Any]:
        granted = member_permissions
        if granted is None:
            granted = permissions.in_channel(self.world, channel, user_id)
        return building.command_data(
            self.world,
            command,
            guild_id=channel.guild_id,
            options=options,
            granted=granted,
            focused=focused,
            hidden_too=hidden_too,
            base=self.base,
        )

    async def click(
        self,
        message_id: int,
        custom_id: str,
        *,
        user_id: int,
        member_permissions: int | None = None,
        until: Until = "final",
        patience: float = PATIENCE,
    ) -> Answer:
        """A person presses a button. A bare `defer()` is never final: wait with `until="callback"` there."""
        return await self._use(
            message_id, custom_id, values=None, user_id=user_id,
            member_permissions=member_permissions, until=until, patience=patience,
        )  # fmt: skip

    async def select(
        self,
        message_id: int,
        custom_id: str,
        *,
        values: list[Any],
        user_id: int,
        member_permissions: int | None = None,
        until: Until = "final",
        patience: float = PATIENCE,
    ) -> Answer:
        """A person chooses from a list: values of its options, or ids."""
        return await self._use(
            message_id, custom_id, values=values, user_id=user_id,
            member_permissions=member_permissions, until=until, patience=patience,
        )  # fmt: skip

    async def _use(
        self,
        message_id: int,
        custom_id: str,
        *,
        values: list[Any] | None,
        user_id: int,
        member_permissions: int | None,
        until: Until,
        patience: float,
    ) -> Answer:
        message = self.world.messages[message_id]
        if message.deleted:
            raise ValueError("the message is gone")
        channel = self.world.channels[message.channel_id]
        data = building.component_data(
            self.world, message, custom_id, values=values, guild_id=channel.guild_id
        )
        interaction = building.begin(
            self.world,
            Kind.COMPONENT,
            channel=channel,
            user_id=user_id,
            data=data,
            member_permissions=member_permissions,
            source=message,
            base=self.base,
        )
        return await self._run(interaction, until=until, patience=patience)

    async def submit_modal(
        self,
        interaction_id: int,
        *,
        values: dict[str, str],
        member_permissions: int | None = None,
        until: Until = "final",
        patience: float = PATIENCE,
    ) -> Answer:
        """The person fills the form that an interaction opened: texts by custom id.

        `member_permissions`: what they may do by now; what they could when it was opened, when None.
        """
        opened = self._interaction(interaction_id)
        modal = opened.answer.modal
        if modal is None:
            raise ValueError("that interaction opened no form")
        interaction = building.begin(
            self.world,
            Kind.MODAL,
            channel=opened.channel,
            user_id=opened.answer.user_id,
            data=building.modal_data(modal, values=values),
            member_permissions=_granted(opened)
            if member_permissions is None
            else member_permissions,
            source=opened.source,
            base=self.base,
        )
        return await self._run(interaction, until=until, patience=patience)

    async def settle(
        self,
        interaction_id: int,
        *,
        until: Until = "final",
        followups: int = 0,
        patience: float = PATIENCE,
    ) -> Answer:
        """Wait for more of an earlier answer: its standing form, or so many follow-ups."""
        interaction = self._interaction(interaction_id)
        return await self._wait(interaction, until=until, followups=followups, patience=patience)

    def _interaction(self, interaction_id: int) -> Interaction:
        return next(i for i in self.interactions.values() if i.id == interaction_id)

    async def _run(self, interaction: Interaction, *, until: Until, patience: float) -> Answer:
        self.interactions[interaction.token] = interaction
        there = await self.gateway.dispatch(
            "INTERACTION_CREATE", interaction.payload, guild_id=interaction.channel.guild_id
        )
        if not there:
            raise RuntimeError("no bot is connected: the application did not respond")
        return await self._wait(interaction, until=until, followups=0, patience=patience)

    async def _wait(
        self, interaction: Interaction, *, until: Until, followups: int, patience: float
    ) -> Answer:
        answer = interaction.answer
        reached: dict[Until, Callable[[], bool]] = {
            "final": lambda: interaction.settled,
            "callback": lambda: answer.callback is not None,
            "sent": lambda: True,
        }
        try:
            async with asyncio.timeout(patience):
                while not reached[until]() or len(answer.followups) < followups:
                    await interaction.changed.wait()
        except TimeoutError:
            name = (
                interaction.payload["data"].get("name") or interaction.payload["data"]["custom_id"]
            )
            words = f"{name}: not {until} after {patience} s; the callback was {answer.callback!r}"
            raise TimeoutError(words) from None
        return answer


def _granted(interaction: Interaction) -> int | None:
    member = interaction.payload.get("member")
    return int(member["permissions"]) if member else None
