"""Made-up mails in short hand, for every test: `A1` is pilot 1 of alliance A, `a` an empty hull of its corporation.

`npc` is an NPC. Ids come from the names, so that the same name is the same pilot everywhere.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from services.domain.alert import Alert, AlertKind, AlertRequest
from services.domain.filter import (
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterNode,
    GroupKind,
    Op,
)
from services.domain.ids import (
    AlertId,
    AllianceId,
    ChannelId,
    CharacterId,
    CorporationId,
    GuildId,
    KillmailId,
    RegionId,
    SystemId,
    TypeId,
    UserId,
)
from services.domain.isk import UNKNOWN_VALUE, Value, ValueSource
from services.domain.killmail import (
    Arrival,
    Attacker,
    Combatant,
    Item,
    Killmail,
    Organisation,
    Victim,
)
from services.universe.universe import Universe

MIDNIGHT = datetime(2021, 11, 30, tzinfo=UTC)
EVENING = datetime(2026, 11, 20, 18, tzinfo=UTC)
"""When questions to ESI are asked in tests."""
FRIGATE = TypeId(587)
POD = TypeId(670)
GUILD, CHANNEL, OWNER = GuildId(7), ChannelId(70), UserId(1000)


class HandClock:
    """Time that stands still until somebody moves it; sleeping moves it at once, and is remembered in seconds."""

    def __init__(self, now: datetime = MIDNIGHT) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        """Let time pass: `seconds`, `minutes`, `days`."""
        self.now += timedelta(**span)

    async def sleep(self, seconds: float) -> None:
        """In the place of `asyncio.sleep`."""
        self.slept.append(seconds)
        self.advance(seconds=seconds)


def mail(
    number: int,
    minutes: float,
    victim: str,
    *attackers: str,
    hull: TypeId | None = FRIGATE,
    isk: float | None = None,
    system: int = 30_000_001,
    items: Iterable[tuple[int, int, int]] = (),
) -> Killmail:
    """One mail, `minutes` after midnight. Attackers fly frigates; the first one dealt the final blow.

    `items`: type, destroyed, dropped.
    """
    return Killmail(
        id=KillmailId(number),
        hash=f"{number:040x}",
        time=MIDNIGHT + timedelta(minutes=minutes),
        system_id=SystemId(system),
        victim=Victim(
            **who(victim),
            ship_type_id=hull,
            items=tuple(
                Item(type_id=TypeId(kind), flag=5, destroyed=gone, dropped=left)
                for kind, gone, left in items
            ),
        ),
        attackers=tuple(
            Attacker(**who(name), ship_type_id=FRIGATE, final_blow=not number)
            for number, name in enumerate(attackers)
        ),
        value=UNKNOWN_VALUE if isk is None else Value(isk=isk, source=ValueSource.ZKB),
    )


def who(name: str) -> dict[str, Any]:
    """The ids of a pilot (`A1`), of a hull without one (`a`), or of an NPC."""
    if name == "npc":
        return {"corporation_id": CorporationId(1_000_125)}
    number = ord(name[0].upper())
    ids: dict[str, Any] = {"corporation_id": CorporationId(98_000_000 + number)}
    if name[0].isupper():
        ids["alliance_id"] = AllianceId(99_000_000 + number)
        ids["character_id"] = CharacterId(90_000_000 + 1000 * number + int(name[1:]))
    return ids


def party(name: str) -> Organisation:
    """The party of a short name: the alliance of a pilot, the corporation of an empty hull."""
    organisation = Combatant(**who(name)).organisation
    assert organisation is not None
    return organisation


DERELIK = RegionId(10_000_001)


def region_of(system_id: SystemId) -> RegionId:
    """A made-up map: each thousand of systems is a region; the first is Derelik, where its first ones really lie."""
    return RegionId(DERELIK + system_id // 1000 - 30_000)


@cache
def universe() -> Universe:
    """The shipped one, once per run."""
    return Universe.load()


def arrival(killmail: Killmail, received_at: datetime | None = None, *, lag: float = 0) -> Arrival:
    """A mail that comes in at `received_at` (else a minute after the kill), published `lag` seconds before."""
    received_at = received_at or killmail.time + timedelta(minutes=1)
    return Arrival(
        killmail=killmail,
        received_at=received_at,
        published_at=received_at - timedelta(seconds=lag),
    )


def request(kind: AlertKind = AlertKind.KILLS, **fields: Any) -> AlertRequest:
    """What a server asks for; a kill alert without conditions is for the region of the default system."""
    fields = {"guild_id": GUILD, "channel_id": CHANNEL, "created_by": OWNER, **fields}
    if kind is AlertKind.KILLS and not {"region_id", "filter"} & fields.keys():
        fields["region_id"] = DERELIK
    return AlertRequest(kind=kind, **_filtered(kind, fields))


def alert(number: int = 1, kind: AlertKind = AlertKind.KILLS, **fields: Any) -> Alert:
    """A stored alert; one for kills without conditions wants every kill."""
    fields = {"guild_id": GUILD, "channel_id": CHANNEL, "created_by": OWNER, **fields}
    return Alert(id=AlertId(number), created_at=MIDNIGHT, kind=kind, **_filtered(kind, fields))


def _filtered(kind: AlertKind, fields: dict[str, Any]) -> dict[str, Any]:
    """`region_id` and `min_isk` of an alert for kills become its filter."""
    if kind is not AlertKind.KILLS or "filter" in fields:
        return fields
    region_id, floor = fields.pop("region_id", None), fields.pop("min_isk", None)
    conditions = []
    if region_id is not None:
        conditions.append(Condition(FilterField.REGION, (region_id,)))
    if floor is not None:
        conditions.append(Condition(FilterField.ISK, (floor,), Op.AT_LEAST))
    return fields | {"filter": all_of(*conditions)}


def all_of(*members: FilterNode) -> Filter:
    """The filter that wants all of them."""
    return Filter(FilterGroup(GroupKind.ALL, members))
