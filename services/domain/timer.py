"""A server's own timers, and the boards that keep themselves up to date."""

from dataclasses import dataclass
from datetime import datetime

from services.domain.freshness import Freshness
from services.domain.ids import ChannelId, GuildId, RegionId, RoleId, SystemId, UserId
from services.domain.killmail import Organisation
from services.domain.sovereignty import Campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerRequest:
    """A timer as it is asked for. Only its server ever sees it."""

    guild_id: GuildId
    channel_id: ChannelId
    """Where it is reminded of."""
    what: str
    """At most 100 characters, as typed."""
    system_id: SystemId | None
    at: datetime
    created_by: UserId
    note: str | None = None
    """At most 300 characters."""
    role_id: RoleId | None = None
    reminders: tuple[int, ...] = (180, 30, 5)
    """Minutes before, longest first; none: nobody is reminded."""
    on_boards: bool = True
    """False: it does not stand on the server's boards (their readers are not to see it)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTimer(TimerRequest):
    """A stored one."""

    id: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRequest:
    """A board as it is asked for: the campaigns of these regions, or of these defenders, and the server's own timers.

    Without any region or party: all campaigns.
    """

    guild_id: GuildId
    channel_id: ChannelId
    created_by: UserId
    regions: tuple[RegionId, ...] = ()
    parties: tuple[Organisation, ...] = ()
    own_timers: bool = True
    """False: the server's own timers do not stand on it, whatever they say themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board(BoardRequest):
    """A stored one. `generation` counts its messages: a message that was deleted is followed by another."""

    id: int
    generation: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardState:
    """What stands on a board."""

    campaigns: tuple[Campaign, ...]
    """Running first, then by start; at most 25."""
    adms: tuple[tuple[SystemId, float], ...]
    """Of the campaigns' systems, where known, by system."""
    timers: tuple[OwnTimer, ...]
    """The server's that may stand on boards, by time; those past by less than an hour included."""
    more: int
    """Campaigns that did not fit."""
    freshness: Freshness
    missed: tuple[int, ...] = ()
    """Of the campaigns, by id: the start has passed, and no answer has told of it since."""
