"""Who may rule an alert that stands: those who manage its own channel, wherever they use the command."""

from bot.interaction.replies import Interaction
from bot.interaction.rights import guild_of, require_manager_of, require_same_call
from services.container import Services
from services.domain.alert import Alert
from services.domain.ids import AlertId


async def managed_alert(services: Services, interaction: Interaction, alert_id: AlertId) -> Alert:
    """The alert. NotFound for one that the server has not, UserError unless the asker manages its channel."""
    alert = await services.alerts.get(guild_of(interaction), alert_id)
    require_manager_of(interaction, alert.channel_id)
    return alert


def require_its_call(interaction: Interaction, alert: Alert) -> None:
    """Raises UserError unless the asker may have called whom it calls: making it speak is calling."""
    require_same_call(interaction, alert.channel_id, role_id=alert.role_id, user_id=alert.user_id)
