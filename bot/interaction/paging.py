"""Lists by pages, with Back and Next. Only the asker turns them; the page and the question stand in the buttons."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.interaction.actions import Actions, custom_id
from bot.interaction.menus import Menu
from bot.interaction.replies import Interaction, edit_arguments, reply
from bot.presentation.card import ActionButton, Card, LinkButton


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page. `page` counts from 0 and is the one that is really shown (a list may have become shorter)."""

    card: Card
    page: int
    pages: int
    menus: tuple[Menu, ...] = ()


Draw = Callable[[Interaction, str, int], Awaitable[Page]]
"""Draws a page of the list that the question asks for. A page beyond the end gives the last one."""


def page_count(total: int, per_page: int) -> int:
    """How many pages so many entries fill, at least one."""
    return max(1, -(-total // per_page))


class Pager:
    """One kind of list. `name` must be the same after a restart."""

    def __init__(self, actions: Actions, name: str, draw: Draw) -> None:
        self._name = name
        self._draw = draw
        actions.register(name, self._turn)

    async def open(
        self,
        interaction: Interaction,
        question: str = "",
        *,
        private: bool,
        note: str | None = None,
    ) -> None:
        """Answer with the first page.

        `question`: a short text that `draw` understands, at most 60 characters (a button's id holds a hundred, with
        the list's name, whose it is and the page). `note`: words above it, until somebody turns the page.
        """
        page = await self._draw(interaction, question, 0)
        card = self._with_buttons(page, question, owner=interaction.user.id)
        if note is not None:
            card = replace(card, content=note)
        await reply(interaction, card, private=private, menus=page.menus)

    async def show(self, interaction: Interaction, question: str, *, number: int) -> None:
        """Put another page, or another question, in the place of what stands there."""
        if not interaction.response.is_done():
            await interaction.response.defer()
        page = await self._draw(interaction, question, number)
        card = self._with_buttons(page, question, owner=interaction.user.id)
        await interaction.edit_original_response(**edit_arguments(card, page.menus))

    async def _turn(self, interaction: Interaction, state: str) -> None:
        number, _, question = state.partition(":")
        await self.show(interaction, question, number=int(number))

    def _with_buttons(self, page: Page, question: str, *, owner: int) -> Card:
        if page.pages <= 1:
            return page.card
        last = page.pages - 1
        turns = (
            ("Back", max(page.page - 1, 0), page.page == 0),
            # Two buttons of a message never share an id, so a Next that leads nowhere points behind the end.
            ("Next", page.page + 1, page.page >= last),
        )
        buttons = tuple(
            ActionButton(
                label=label,
                custom_id=custom_id(self._name, owner=owner, state=f"{target}:{question}"),
                disabled=disabled,
            )
            for label, target, disabled in turns
        )
        # Links stand last: what is pressed keeps its place from page to page.
        links = tuple(button for button in page.card.buttons if isinstance(button, LinkButton))
        others = tuple(button for button in page.card.buttons if button not in links)
        return replace(page.card, buttons=(*others, *buttons, *links))
