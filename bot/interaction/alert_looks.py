"""`/alert style`: how an alert's cards look, chosen from two lists that work for as long as the message stands."""

from typing import Any

from bot.client import WarRoomBot
from bot.interaction.actions import custom_id
from bot.interaction.alert_rights import managed_alert
from bot.interaction.alert_showing import Showing
from bot.interaction.backdrop import backdrop, ids_in_alerts
from bot.interaction.menus import Menu, MenuOption, chosen
from bot.interaction.replies import Interaction, defer, edit_arguments, reply
from bot.interaction.rights import guild_of
from bot.presentation.alerts import render_alert
from bot.presentation.card import ActionButton, Card
from bot.presentation.reasons import kind_noun
from services.domain.alert import Alert, AlertKind, CardPart, CardStyle
from services.domain.errors import UserError
from services.domain.ids import AlertId

STYLES = {
    CardStyle.FULL: ("Full", "Everything: sides, place, value, links"),
    CardStyle.COMPACT: ("Compact", "Two lines"),
    CardStyle.LINK: ("Link", "The killboard's link alone"),
    CardStyle.WATCH: (
        "Surveillance",
        "Full, with buttons: acknowledge, resolve, false alarm, mute",
    ),
}
PARTS = {
    CardPart.VICTIM: "Victim and their organisation",
    CardPart.FINAL_BLOW: "Final blow",
    CardPart.TOP_DAMAGE: "Most damage",
    CardPart.ATTACKERS: "Attackers by organisation and hull",
    CardPart.PLACE: "Place",
    CardPart.DISTANCE: "Distance from the alert's own system",
    CardPart.VALUE: "Value destroyed and dropped",
    CardPart.TIME: "Time of the kill and of its arrival",
    CardPart.NOTES: "Notes: solo, gank, war, NPCs",
    CardPart.PICTURE: "Picture of the hull",
    CardPart.LINKS: "Links",
    CardPart.REASON: "Which alert fired, and why",
}
_STYLE, _PARTS, _SAMPLE = "alert-style", "alert-parts", "alert-sample"


class Looks:
    """Changes how alerts look."""

    def __init__(self, bot: WarRoomBot, showing: Showing) -> None:
        self._services = bot.services
        self._showing = showing
        bot.actions.register(_STYLE, self._on_style)
        bot.actions.register(_PARTS, self._on_parts)
        bot.actions.register(_SAMPLE, self._on_sample)

    async def open(self, interaction: Interaction, alert_id: AlertId) -> None:
        """Show the two lists."""
        await defer(interaction, private=True)
        alert = await managed_alert(self._services, interaction, alert_id)
        if alert.kind is not AlertKind.KILLS:
            raise UserError(
                f"Alert #{alert_id} is for {kind_noun(alert.kind)}, whose cards have one look. Styles are for kills."
            )
        card = await self._card(interaction, alert)
        menus = _menus(alert, owner=interaction.user.id)
        await reply(interaction, card, private=True, menus=menus)

    async def _on_style(self, interaction: Interaction, state: str) -> None:
        await self._change(interaction, state, {"style": CardStyle(chosen(interaction)[0])})

    async def _on_parts(self, interaction: Interaction, state: str) -> None:
        shown = {CardPart(value) for value in chosen(interaction)}
        await self._change(interaction, state, {"hidden": frozenset(CardPart) - shown})

    async def _on_sample(self, interaction: Interaction, state: str) -> None:
        await defer(interaction, private=True)
        await self._showing.sample(interaction, AlertId(int(state)))

    async def _change(self, interaction: Interaction, state: str, changes: dict[str, Any]) -> None:
        await managed_alert(self._services, interaction, AlertId(int(state)))
        await interaction.response.defer()
        alert = await self._services.alerts.edit(
            guild_of(interaction), AlertId(int(state)), **changes
        )
        card = await self._card(interaction, alert)
        menus = _menus(alert, owner=interaction.user.id)
        await interaction.edit_original_response(**edit_arguments(card, menus))

    async def _card(self, interaction: Interaction, alert: Alert) -> Card:
        ids = ids_in_alerts([alert])
        scene = await backdrop(self._services, interaction.guild_id, ids=ids)
        card = render_alert(
            alert, scene.lexicon, title=f"How alert #{alert.id} looks", now=scene.now
        )
        sample = ActionButton(
            label="Post a sample",
            custom_id=custom_id(_SAMPLE, owner=interaction.user.id, state=str(alert.id)),
        )
        return Card(embed=card.embed, buttons=(sample,))


def _menus(alert: Alert, *, owner: int) -> tuple[Menu, ...]:
    styles = tuple(
        MenuOption(label=label, value=style.value, description=words, chosen=style is alert.style)
        for style, (label, words) in STYLES.items()
    )
    parts = tuple(
        MenuOption(label=label, value=part.value, chosen=part not in alert.hidden)
        for part, label in PARTS.items()
    )
    state = str(alert.id)
    return (
        Menu(
            custom_id=custom_id(_STYLE, owner=owner, state=state),
            placeholder="Style",
            options=styles,
        ),
        Menu(
            custom_id=custom_id(_PARTS, owner=owner, state=state),
            placeholder="What the card shows: nothing beyond its title",
            options=parts,
            least=0,
            most=len(parts),
        ),
    )
