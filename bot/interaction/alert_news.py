"""`/alert add sov|fw|incursion|war`: alerts on what happens in the game beside kills.

Who may ask for it, and whether it could be posted, is settled before anything is read or stored.
"""

from dataclasses import dataclass, field

from bot.interaction.alert_adding import Call, draft_of, tell_added
from bot.interaction.alert_scopes import ScopeWishes, read_events, read_scope
from bot.interaction.reminders import parse_reminders
from bot.interaction.replies import Interaction, defer
from bot.interaction.rights import Place, guild_of
from services.container import Services
from services.domain.alert import AlertKind, AlertRequest
from services.domain.ids import UserId
from services.domain.occurrence import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsAsked:
    """What the options gave: where and whom, which events, and how it is told."""

    wishes: ScopeWishes = field(default_factory=ScopeWishes)
    events: str | None = None
    reminders: str | None = None
    call: Call = field(default_factory=Call)
    name: str | None = None
    channel: Place | None = None


async def add_news(
    services: Services, interaction: Interaction, topic: Topic, asked: NewsAsked
) -> None:
    """Store it and say what it will do, or raise UserError that says why it cannot be."""
    await defer(interaction, private=True)
    draft = draft_of(interaction, channel=asked.channel, call=asked.call)
    scope = await read_scope(services, topic, asked.wishes)
    request = AlertRequest(
        guild_id=guild_of(interaction),
        channel_id=draft.channel_id,
        kind=AlertKind(topic.value),
        created_by=UserId(interaction.user.id),
        name=asked.name,
        role_id=draft.role_id,
        user_id=draft.user_id,
        scope=scope,
        events=frozenset() if asked.events is None else read_events(topic, asked.events),
        reminders=None if asked.reminders is None else parse_reminders(asked.reminders),
    )
    await tell_added(services, interaction, await services.alerts.add(request))
