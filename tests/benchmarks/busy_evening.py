"""The busiest recorded quarter of an hour, told again now and faster, and the alerts of busy servers about it.

The kills are those of 2021-11-30 from 19:22 EVE on (the fight in X47L-Q among them), in the order and with the pauses
of their times, told some times faster. The archives hold no values: each kill gets the typical loss of its hull, as
zKillboard would have published it. The alerts are made up the way servers have them: what concerns their own alliance,
what happens near home, their regions, dear kills, capitals, hulls they hunt. Needs WARROOM_TEST_DATA.
"""

import json
import random
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

from services.domain.alert import AlertKind, AlertRequest, CardStyle
from services.domain.filter import (
    Condition,
    Filter,
    FilterField,
    FilterGroup,
    FilterNode,
    FilterValue,
    GroupKind,
    Op,
    Reach,
    Side,
)
from services.domain.ids import ChannelId, GuildId, SystemId, TypeId, UserId
from services.domain.space import HullClass
from services.domain.standing import Standing
from services.prices.typical import TypicalValues
from services.universe.universe import Universe
from tests.benchmarks.bench_feeds import recorded_archives
from tests.fakes.r2z2 import document, shifted

BEGIN, MINUTES = datetime(2021, 11, 30, 19, 22, tzinfo=UTC), 15
PUBLISHED_AFTER = timedelta(seconds=40)
"""From a kill to its publication."""
GUILDS, CHANNELS, ALERTS = 10, 100, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One document of the feed, and how many seconds after the beginning it was published."""

    after: float
    mail: dict[str, Any]
    zkb: dict[str, Any]

    def published(self, number: int, now: datetime) -> dict[str, Any]:
        """The feed's file, as if the kill had happened shortly before `now`."""
        happened = datetime.fromisoformat(self.mail["killmail_time"])
        mail = shifted(self.mail, now - PUBLISHED_AFTER - happened)
        return document(mail, number, uploaded_at=now, zkb=self.zkb)


def busy_kills(universe: Universe) -> list[Kill]:
    """The quarter of an hour, in order."""
    typical = TypicalValues.load()
    mails = sorted(_recorded(), key=lambda mail: (mail["killmail_time"], mail["killmail_id"]))
    kills = []
    for mail in mails:
        after = (datetime.fromisoformat(mail["killmail_time"]) - BEGIN).total_seconds()
        hull = mail["victim"].get("ship_type_id")
        kind = universe.find_type(hull)
        isk = typical.find(hull, lambda _, k=kind: None if k is None else k.group_id)  # type: ignore[misc]
        zkb = {} if isk is None else {"totalValue": isk, "droppedValue": round(isk / 4, 2)}
        kills.append(Kill(after=after, mail=mail, zkb=zkb))
    return kills


def _recorded() -> Iterator[dict[str, Any]]:
    [path] = [path for path in recorded_archives() if "11-30" in path.name]
    end = BEGIN + timedelta(minutes=MINUTES)
    with tarfile.open(path, "r|bz2") as tar:
        for member in tar:
            if (content := tar.extractfile(member)) is not None:
                mail = json.load(content)
                if BEGIN <= datetime.fromisoformat(mail["killmail_time"]) < end:
                    yield mail


def names_of(kills: list[Kill]) -> dict[int, tuple[str, str]]:
    """Everybody on these mails, with made-up names, as ESI's stand-in wants them."""
    names = {}
    for kill in kills:
        for who in (kill.mail["victim"], *kill.mail["attackers"]):
            for kind in ("character", "corporation", "alliance"):
                if (entity := who.get(f"{kind}_id")) is not None:
                    names[entity] = (kind, f"{kind.capitalize()} of number {entity}")
    return names


# Alerts


def busy_alerts(kills: list[Kill], universe: Universe) -> list[AlertRequest]:
    """`ALERTS` alerts: of each server as many, in its own channels in turn."""
    dice = random.Random(20_261_121)
    alliances = _often(kills, "alliance_id")
    requests: list[AlertRequest] = []
    for guild in range(1, GUILDS + 1):
        channels = cycle(channels_of(guild))
        filters = _filters(dice, alliances[guild - 1], kills, universe)
        requests += [
            AlertRequest(
                guild_id=GuildId(guild),
                channel_id=ChannelId(next(channels)),
                created_by=UserId(1),
                kind=AlertKind.KILLS,
                name=f"alert {number}",
                filter=next(filters),
                style=CardStyle.FULL,
            )
            for number in range(ALERTS // GUILDS)
        ]
    return requests


def us_of(kills: list[Kill]) -> dict[int, int]:
    """The alliance that each server marks as its own."""
    return dict(enumerate(_often(kills, "alliance_id")[:GUILDS], start=1))


def channels_of(guild: int) -> list[int]:
    """A server's channels."""
    return [guild * 1000 + number for number in range(CHANNELS // GUILDS)]


def _filters(
    dice: random.Random, own: int, kills: list[Kill], universe: Universe
) -> Iterator[Filter]:
    """What one server asks for, for ever: fifteen sorts in turn."""
    systems = [kill.mail["solar_system_id"] for kill in kills]
    everywhere = [key for key, ends in universe.gates.items() if ends]
    regions = list({universe.systems[SystemId(key)].region_id for key in everywhere})
    hulls = [kill.mail["victim"]["ship_type_id"] for kill in kills]
    foes = _often(kills, "alliance_id")[:60]
    us, ours = Standing.US.value, FilterField.STANDING
    while True:
        home = SystemId(dice.choice(everywhere))
        near = Reach(system_id=home, jumps=dice.choice((3, 5, 8)))
        yield _all(_is(ours, us, side=Side.VICTIM), _isk(dice.choice((0.0, 1e7, 1e8))))
        yield _all(_is(ours, us, side=Side.ATTACKER), _none(_is(ours, us, side=Side.VICTIM)))
        yield _all(_is(FilterField.WITHIN, near), _none(_is(ours, us, side=Side.ATTACKER)))
        yield _all(_is(FilterField.REGION, dice.choice(regions)), _isk(dice.choice((5e7, 1e9))))
        yield _all(_isk(dice.choice((5e9, 1e10, 2e10))))
        yield _all(
            _is(FilterField.CLASS, HullClass.CAPITAL.value, side=Side.EITHER),
            _is(FilterField.WITHIN, Reach(system_id=home, light_years=7.0)),
        )
        yield _all(_is(FilterField.ALLIANCE, dice.choice(foes), side=Side.VICTIM), _isk(1e9))
        yield _all(_is(FilterField.HULL, TypeId(dice.choice(hulls)), side=Side.VICTIM), _isk(2e8))
        yield _all(_is(FilterField.SYSTEM, dice.choice(systems)), _isk(5e8))
        yield _all(_is(FilterField.CLASS, HullClass.STRUCTURE.value, side=Side.VICTIM))
        yield _all(_is(FilterField.ALLIANCE, own, side=Side.ATTACKER), _isk(1e9))
        yield _all(_is(FilterField.IS, "solo"), _isk(1e9))
        yield _all(Condition(FilterField.ATTACKERS, (50,), Op.AT_LEAST), _isk(2e9))
        yield _all(_is(FilterField.REGION, *dice.sample(regions, 3)), _isk(5e9))
        yield _all(
            _is(FilterField.CHARACTER, dice.randrange(90_000_000, 99_000_000), side=Side.EITHER)
        )


def _often(kills: list[Kill], key: str) -> list[int]:
    """Ids that stand on most mails first."""
    seen = Counter(
        entity
        for kill in kills
        for entity in {who.get(key) for who in (kill.mail["victim"], *kill.mail["attackers"])}
        if entity is not None
    )
    return [entity for entity, _ in sorted(seen.items(), key=lambda item: (-item[1], item[0]))]


def _all(*nodes: FilterNode) -> Filter:
    return Filter(FilterGroup(GroupKind.ALL, nodes))


def _none(condition: Condition) -> FilterGroup:
    return FilterGroup(GroupKind.NONE, (condition,))


def _is(field: FilterField, *values: FilterValue, side: Side | None = None) -> Condition:
    return Condition(field, values, Op.IS, side)


def _isk(floor: float) -> Condition:
    return Condition(FilterField.ISK, (floor,), Op.AT_LEAST)
