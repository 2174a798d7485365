"""What `/timer` does: a timer made, listed, taken away.

Whoever may write in a channel may have it reminded of something; a role is called only for those who could mention it
themselves. A timer is taken away by whoever made it, or by those who manage its channel.

Boards have readers of their own. What is planned in a channel that not everybody can see stands on them only for those
who said so.
"""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import discord

from bot.interaction.backdrop import backdrop
from bot.interaction.paging import Page, page_count
from bot.interaction.reminders import parse_reminders
from bot.interaction.replies import Interaction
from bot.interaction.rights import (
    Place,
    guild_of,
    lacking,
    require_manager_of,
    require_mention,
    require_post,
    rights_in,
)
from bot.interaction.timer_options import is_in_sight, timers_in_sight
from bot.interaction.timer_times import parse_when
from bot.presentation.card import Card
from bot.presentation.text import escape
from bot.presentation.timers import (
    PAGE,
    TimerAddedView,
    TimerListView,
    render_timer_added,
    render_timer_list,
)
from services.container import Services
from services.domain.errors import NotFound, UserError
from services.domain.ids import ChannelId, GuildId, RoleId, SystemId, UserId
from services.domain.timer import OwnTimer, TimerRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerDraft:
    """A timer as it was typed."""

    what: str
    when: str
    system_id: SystemId | None = None
    note: str | None = None
    channel: Place | None = None
    role: discord.Role | None = None
    reminders: str | None = None
    board: bool | None = None
    """It stands on boards; None: where everybody can see its channel."""


async def added_card(services: Services, interaction: Interaction, draft: TimerDraft) -> Card:
    """Make it. Raises UserError that says what is wrong with it, or which right is lacking."""
    guild_id = guild_of(interaction)
    zone = ZoneInfo((await services.guilds.get(guild_id)).time_zone)
    channel_id = _channel(interaction, draft)
    is_open = _is_open(interaction, channel_id)
    request = TimerRequest(
        guild_id=guild_id,
        channel_id=channel_id,
        what=draft.what,
        system_id=draft.system_id,
        at=parse_when(draft.when, now=services.clock(), zone=zone),
        created_by=UserId(interaction.user.id),
        note=draft.note,
        role_id=None if draft.role is None else RoleId(draft.role.id),
        on_boards=is_open if draft.board is None else draft.board,
    )
    if draft.reminders is not None:
        request = replace(request, reminders=parse_reminders(draft.reminders))
    if draft.role is not None and not request.reminders:
        raise UserError("A timer without reminders calls nobody. Leave the role out, or remind.")
    rights = rights_in(interaction, channel_id)
    manages = rights.manage_channels or rights.administrator
    timer = await services.timers.add(request, manages=manages)
    view = TimerAddedView(
        timer=timer,
        boards=await _boards(services, guild_id) if timer.on_boards else (),
        hidden=not is_open,
    )
    scene = await backdrop(services, guild_id)
    return render_timer_added(view, scene.lexicon, now=scene.now, zone=scene.zone)


async def timers_page(services: Services, interaction: Interaction, number: int) -> Page:
    """One page of `/timer list`, counted from 0; the last one when there are fewer.

    Whoever gave the bot its rights back looks here: channels that are open again are tried again.
    """
    guild_id = guild_of(interaction)
    seen, hidden = await timers_in_sight(services, interaction, guild_id)
    pages = page_count(len(seen), PAGE)
    page = min(number, pages - 1)
    shown = tuple(seen[page * PAGE : (page + 1) * PAGE])
    lacks = {timer.channel_id: _lacking(interaction, timer) for timer in shown}
    await services.timers.try_again([channel for channel, why in lacks.items() if not why])
    scene = await backdrop(services, guild_id)
    view = TimerListView(
        timers=shown,
        page=page,
        pages=pages,
        total=len(seen),
        hidden=hidden,
        lacking=lacks,
    )
    card = render_timer_list(view, scene.lexicon, now=scene.now, zone=scene.zone)
    return Page(card=card, page=page, pages=pages)


async def removed(services: Services, interaction: Interaction, timer_id: int) -> str:
    """Take it away; says what it was. Raises NotFound, and UserError for those who may not."""
    guild_id = guild_of(interaction)
    timer = await services.timers.get(guild_id, timer_id)
    if not is_in_sight(interaction, timer):
        # Whoever cannot see the channel does not learn what is planned in it either.
        raise NotFound(
            f"This server has no timer #{timer_id} that you can see. `/timer list` shows those that you can."
        )
    if timer.created_by != interaction.user.id:
        require_manager_of(interaction, timer.channel_id)
    await services.timers.remove(guild_id, timer_id)
    return f"Timer #{timer_id} is gone: **{escape(timer.what)}**, {timer.at:%Y-%m-%d %H:%M} EVE."


def _channel(interaction: Interaction, draft: TimerDraft) -> ChannelId:
    """Where it is reminded of: a channel in which the bot can, and the asker may, write."""
    channel_id = require_post(interaction, draft.channel)
    rights = rights_in(interaction, channel_id)
    here = draft.channel or interaction.channel
    writes = (
        rights.send_messages_in_threads
        if isinstance(here, discord.Thread)
        else rights.send_messages
    )
    if not (rights.administrator or (rights.view_channel and writes)):
        raise UserError(
            f"You may not write in <#{channel_id}> yourself, so I remind nobody there for you. Choose another channel."
        )
    if draft.role is not None:
        require_mention(interaction, draft.role, channel_id)
    return ChannelId(channel_id)


def _is_open(interaction: Interaction, channel_id: ChannelId) -> bool:
    """True where everybody in the server can see the channel, as far as that can be told."""
    guild = interaction.guild
    channel = None if guild is None else guild.get_channel_or_thread(channel_id)
    if guild is None or channel is None:
        return False
    if isinstance(channel, discord.Thread) and (channel.is_private() or channel.parent is None):
        return False
    return channel.permissions_for(guild.default_role).view_channel


async def _boards(services: Services, guild_id: GuildId) -> tuple[ChannelId, ...]:
    """The channels of those boards on which the server's own timers stand, each once."""
    boards = await services.boards.all_of(guild_id)
    return tuple(dict.fromkeys(board.channel_id for board in boards if board.own_timers))


def _lacking(interaction: Interaction, timer: OwnTimer) -> str:
    """Why nobody will be reminded; empty when all is well."""
    missing = lacking(interaction, timer.channel_id)
    if missing:
        return f"I lack **{', '.join(missing)}** in <#{timer.channel_id}>"
    guild = interaction.guild
    if guild is not None and guild.get_channel_or_thread(timer.channel_id) is None:
        return "its channel is gone, or I cannot see it"
    return ""
