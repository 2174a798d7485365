"""The game's and Discord's ids, each with a name of its own so that mypy notices a mix-up."""

from typing import NewType

KillmailId = NewType("KillmailId", int)
SystemId = NewType("SystemId", int)
ConstellationId = NewType("ConstellationId", int)
RegionId = NewType("RegionId", int)
TypeId = NewType("TypeId", int)
GroupId = NewType("GroupId", int)
CategoryId = NewType("CategoryId", int)
CharacterId = NewType("CharacterId", int)
CorporationId = NewType("CorporationId", int)
AllianceId = NewType("AllianceId", int)
FactionId = NewType("FactionId", int)
LocationId = NewType("LocationId", int)
WarId = NewType("WarId", int)

GuildId = NewType("GuildId", int)
ChannelId = NewType("ChannelId", int)
RoleId = NewType("RoleId", int)
UserId = NewType("UserId", int)
MessageId = NewType("MessageId", int)

AlertId = NewType("AlertId", int)
BattleKey = NewType("BattleKey", int)
"""The battle's row, never shown to anybody; people see the public id (`BR-…`)."""

NPC_CORPORATIONS = range(1_000_000, 2_000_000)
"""Ids of the corporations that nobody plays."""

STARGATES = range(50_000_000, 60_000_000)
"""Ids of the places that are stargates."""


def is_npc_corporation(corporation_id: int | None) -> bool:
    """True for a corporation run by the game (rookie corporations, CONCORD, militias, pirates)."""
    return corporation_id is not None and corporation_id in NPC_CORPORATIONS


def is_stargate(location_id: int | None) -> bool:
    """True for a stargate. A range looks for what is no number among all of its own, so None is not looked for."""
    return location_id is not None and location_id in STARGATES
