"""`/battle losses`: what a battle cost, hull by hull, and what each hull had aboard.

The details of old losses are not kept: those of a page are asked for when the page is looked at, and whoever looks
sees where that stands and presses Refresh. The answer itself waits for nobody.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.client import WarRoomBot
from bot.interaction.actions import ANYBODY, custom_id
from bot.interaction.backdrop import backdrop
from bot.interaction.menus import Menu, MenuOption, chosen
from bot.interaction.paging import Page, Pager, page_count
from bot.interaction.replies import Interaction, defer, edit_arguments, reply
from bot.presentation.battle_losses import (
    PAGE,
    LossesView,
    ids_in_losses,
    ids_of,
    render_fit,
    render_losses,
)
from bot.presentation.card import ActionButton, Card
from bot.presentation.lexicon import Lexicon
from bot.presentation.text import plain
from services.domain.battle import Battle, Loss
from services.domain.errors import NotFound
from services.domain.fetch import FetchedFit, FetchState
from services.domain.ids import GuildId, KillmailId
from services.domain.isk import format_isk

_PAGES, _AGAIN, _PICK, _FIT = "losses", "losses-again", "losses-fit", "battle-fit"
_UNDER_WAY = frozenset({FetchState.PENDING, FetchState.PROCESSING})


class LossLists:
    """The list, its menu of fits, and the fits."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        self._pager = Pager(bot.actions, _PAGES, self._page)
        bot.actions.register(_AGAIN, self._on_again)
        bot.actions.register(_PICK, self._on_pick)
        bot.actions.register(_FIT, self._on_fit)

    async def open(
        self, interaction: Interaction, public_id: str, *, private: bool, note: str | None = None
    ) -> None:
        """Answer with the first page."""
        await self._pager.open(interaction, public_id, private=private, note=note)

    async def _page(self, interaction: Interaction, public_id: str, number: int) -> Page:
        battle, everything = await self._losses(interaction, public_id)
        pages = page_count(len(everything), PAGE)
        page = min(number, pages - 1)
        losses = everything[page * PAGE : (page + 1) * PAGE]
        view = LossesView(
            battle=battle,
            losses=losses,
            page=page,
            pages=pages,
            total=len(everything),
            fits=await self._fits([loss.killmail_id for loss in losses]),
        )
        scene = await backdrop(self._services, interaction.guild_id, ids=ids_in_losses(view))
        card = render_losses(view, scene.lexicon, now=scene.now, zone=scene.zone)
        if any(fit.state in _UNDER_WAY for fit in view.fits.values()):
            state = f"{page}:{public_id}"
            card = _with_refresh(card, custom_id(_AGAIN, owner=interaction.user.id, state=state))
        return Page(
            card=scene.finished(card),
            page=page,
            pages=pages,
            menus=_menus(public_id, losses, scene.lexicon, first=page * PAGE + 1),
        )

    async def _losses(
        self, interaction: Interaction, public_id: str
    ) -> tuple[Battle, tuple[Loss, ...]]:
        """The battle as the server sees it, and all that it cost, the most valuable first."""
        guild_id = None if interaction.guild_id is None else GuildId(interaction.guild_id)
        return await self._services.battle_reports.losses(public_id, guild_id=guild_id)

    async def _fits(self, ids: Sequence[KillmailId]) -> dict[KillmailId, FetchedFit]:
        """What is known of these; what is not is asked for from now on."""
        fits = self._services.fits
        known = await fits.fits(ids)
        wanting = [key for key in ids if key not in known or known[key].state is FetchState.FAILED]
        if not wanting:
            return known
        await fits.want(wanting)
        return await fits.fits(ids)

    async def _on_again(self, interaction: Interaction, state: str) -> None:
        number, _, public_id = state.partition(":")
        await self._pager.show(interaction, public_id, number=int(number))

    async def _on_pick(self, interaction: Interaction, public_id: str) -> None:
        await defer(interaction, private=True)
        killmail_id = KillmailId(int(chosen(interaction)[0]))
        card = await self._fit_card(interaction, public_id, killmail_id)
        await reply(interaction, card, private=True)

    async def _on_fit(self, interaction: Interaction, state: str) -> None:
        killmail_id, _, public_id = state.partition(":")
        await interaction.response.defer()
        card = await self._fit_card(interaction, public_id, KillmailId(int(killmail_id)))
        await interaction.edit_original_response(**edit_arguments(card))

    async def _fit_card(
        self, interaction: Interaction, public_id: str, killmail_id: KillmailId
    ) -> Card:
        _, losses = await self._losses(interaction, public_id)
        loss = next((one for one in losses if one.killmail_id == killmail_id), None)
        if loss is None:
            raise NotFound(
                "That loss does not belong to this battle any more. Use `/battle losses` again."
            )
        fit = (await self._fits([killmail_id]))[killmail_id]
        scene = await backdrop(self._services, interaction.guild_id, ids=ids_of(loss))
        card = render_fit(loss, fit, scene.lexicon, now=scene.now, zone=scene.zone)
        if fit.state in _UNDER_WAY:
            state = f"{killmail_id}:{public_id}"
            card = _with_refresh(card, custom_id(_FIT, owner=ANYBODY, state=state))
        return scene.finished(card)


def _with_refresh(card: Card, pressed: str) -> Card:
    return replace(card, buttons=(*card.buttons, ActionButton(label="Refresh", custom_id=pressed)))


def _menus(
    public_id: str, losses: Sequence[Loss], lexicon: Lexicon, *, first: int
) -> tuple[Menu, ...]:
    """One list of what is on the page, with its numbers; whoever reads it may open a fit, for their own eyes."""
    options = tuple(
        MenuOption(
            label=f"{number}. {plain(lexicon.hull_name(loss.ship_type_id))}",
            value=str(loss.killmail_id),
            description=_described(loss, lexicon),
        )
        for number, loss in enumerate(losses, start=first)
    )
    if not options:
        return ()
    pressed = custom_id(_PICK, owner=ANYBODY, state=public_id)
    return (Menu(custom_id=pressed, placeholder="Open a fit", options=options),)


def _described(loss: Loss, lexicon: Lexicon) -> str:
    """Whose it was, as far as that is known, what it was worth, and when it died."""
    pilot = lexicon.pilot_name(loss.character_id)
    party = None if loss.organisation is None else lexicon.organisation_name(loss.organisation)
    worth = "value unknown" if loss.value.isk is None else f"{format_isk(loss.value.isk)} ISK"
    words = [plain(name)[:32] for name in (pilot, party) if name]
    return " · ".join((*words, worth, f"{loss.time:%H:%M} EVE"))
