"""The button *Mute* of a battle's card: nobody is called for this fight any more, and its milestones stay away.

Muting is configuring: it needs Manage Channels, as the button of a kill's card does. Of a fight that is frozen, or part
of a larger one by now, there is nothing to mute: an older card that still has the button says so.
"""

from bot.interaction.replies import Interaction
from bot.interaction.rights import guild_of, posted_in, require_manager_of
from services.container import Services
from services.domain.battle import BattleState
from services.domain.errors import UserError
from services.domain.ids import ChannelId, UserId

MUTED = (
    "This fight is muted here: I call nobody for it any more and post no milestones; its card goes on being edited. "
    "*Unmute* undoes that."
)
UNMUTED = "This fight is not muted any more."


async def mute_battle(services: Services, interaction: Interaction, public_id: str) -> str:
    """Mute it in the channel where the card stands, or unmute it; gives the words of the answer."""
    guild_id = guild_of(interaction)
    channel_id = posted_in(interaction)
    if channel_id is None:
        raise UserError("This button works in the channel where the card stands.")
    require_manager_of(interaction, channel_id)
    battle = await services.battles.get(public_id)
    if battle.public_id != public_id:
        raise UserError(
            f"This fight is part of {battle.public_id} now, and that one's card has the button."
        )
    if battle.state is BattleState.FROZEN:
        raise UserError("This fight is long over: I call nobody for it, and its card stands still.")
    muted = await services.alert_report.mute_battle(
        guild_id, ChannelId(channel_id), public_id, by=UserId(interaction.user.id)
    )
    return MUTED if muted else UNMUTED
