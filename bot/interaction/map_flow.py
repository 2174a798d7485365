"""From map to map: a region chosen under the galaxy's heatmap, a system chosen under a region's.

What is chosen stands in the list's id and its value, so a list of last week still works. The answer is a new message
that only whoever chose can see: a channel is not filled by those who look around in it.
"""

from bot.client import WarRoomBot
from bot.interaction.map_questions import HeatQuestion, recalled
from bot.interaction.maps import TO_REGION, TO_SYSTEM, region_answer
from bot.interaction.menus import chosen
from bot.interaction.replies import Interaction, defer, reply
from bot.interaction.system_answers import system_card
from services.domain.ids import RegionId, SystemId


class MapFlow:
    """Does what the lists under maps ask for."""

    def __init__(self, bot: WarRoomBot) -> None:
        self._services = bot.services
        bot.actions.register(TO_REGION, self._on_region)
        bot.actions.register(TO_SYSTEM, self._on_system)

    async def _on_region(self, interaction: Interaction, state: str) -> None:
        await defer(interaction, private=True)
        asked = HeatQuestion.parse(state)
        wanted = await recalled(self._services, asked)
        region_id = RegionId(int(chosen(interaction)[0]))
        answer = await region_answer(
            self._services, interaction.guild_id, region_id, asked, wanted=wanted
        )
        await reply(interaction, answer.card, private=True, menus=answer.menus)

    async def _on_system(self, interaction: Interaction, _state: str) -> None:
        await defer(interaction, private=True)
        system_id = SystemId(int(chosen(interaction)[0]))
        card = await system_card(self._services, interaction.guild_id, system_id)
        await reply(interaction, card, private=True)
